# SPDX-License-Identifier: BSD-2-Clause
# Test and lint targets; included by the Makefile.
.PHONY: unit probes
probes: $(PROBES)
unit: $(UNIT_TESTS)
	$(Q)for t in $(UNIT_TESTS); do echo "== $$t"; $$t || exit 1; done

# ---- all of it -----------------------------------------------------------------------------------
# `make test` starts on a bare machine: what is missing is installed first, and only then is this
# makefile read again by a make that finds it.
.PHONY: test test-programs test-kernel test-vm lint tidy format
test:
	$(Q)contrib/install-dependencies all
	$(Q)$(MAKE) --no-print-directory B=$(B) test-programs
	$(Q)B=$(B) tests/run
test-programs: all $(UNIT_TESTS) $(PROBES)
	@:
test-kernel: all $(PROBES)
	$(Q)B=$(B) tests/run kernel
test-vm: all $(PROBES)
	$(Q)B=$(B) tests/run vm
lint:
	$(Q)B=$(B) tests/run lint

C_FILES = $(wildcard bpf/*.[ch] enforcer/*/*.[ch] tests/*/*.[ch] tests/*/lib/*.[ch])
format:
	clang-format-14 -i $(C_FILES)

# Slow analysers; each must have nothing to say. What is switched off, and why, stands in .clang-tidy
# and in tests/lint/analyse.
tidy: $(B)/gen/cgward.skel.h
	$(Q)B=$(B) tests/lint/analyse

# Where each allocation fails in turn.
$(B)/unit/test_load_memory: LDFLAGS_ALL += \
	$(foreach f,malloc calloc realloc strdup strndup vasprintf,-Wl,--wrap=$(f))
