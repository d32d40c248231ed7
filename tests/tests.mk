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
	$(Q)! tests/fuzz/run --possible >/dev/null || $(MAKE) --no-print-directory B=$(B) fuzz-programs
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

# ---- figures: tests/bench/NAME.c -> build/bench/NAME --------------------------------------------
# ward_cost calls the kernel layer without a process in between, so it is linked with it.
.PHONY: bench bench-programs
BENCH_PROGRAMS := $(patsubst tests/bench/%.c,$(B)/bench/%,$(wildcard tests/bench/*.c))
KERNEL_OBJECTS := $(filter $(B)/obj/enforcer/kernel/%,$(APP_OBJECTS))
$(B)/bench/ward_cost: $(KERNEL_OBJECTS) $(B)/libpure.a
$(B)/bench/%: $(B)/obj/tests/bench/%.o
	@mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS_ALL) $(LDFLAGS_ALL) $(filter %.o,$^) $(filter %.a,$^) $(LIBS) -o $@
.PRECIOUS: $(B)/obj/%.o
bench-programs: all $(BENCH_PROGRAMS) $(B)/probes/verified_instructions
	@:
bench: bench-programs
	$(Q)B=$(B) tests/bench/run

# Slow analysers; each must have nothing to say. What is switched off, and why, stands in .clang-tidy
# and in tests/lint/analyse.
tidy: $(B)/gen/cgward.skel.h
	$(Q)B=$(B) tests/lint/analyse

# Where each allocation fails in turn.
$(B)/unit/test_load_memory: LDFLAGS_ALL += \
	$(foreach f,malloc calloc realloc strdup strndup vasprintf,-Wl,--wrap=$(f))

# ---- fuzzing -------------------------------------------------------------------------------------
# libFuzzer comes with clang alone: these objects are its own, whatever CC is. The pure layers are
# instrumented; `make fuzz` runs each target for FUZZ_SECONDS (60).
FUZZ_CC      ?= clang
FUZZ_SOURCES := $(wildcard tests/fuzz/fuzz_*.c)
FUZZERS      := $(FUZZ_SOURCES:tests/fuzz/fuzz_%.c=$(B)/fuzz/fuzz_%)
FUZZ_SUPPORT := tests/fuzz/fuzz.c $(addprefix tests/unit/,builder.c fake_world.c image_check.c \
	oracle.c random_policy.c)
FUZZ_CFLAGS   = -std=gnu11 -O1 -g $(WARNINGS) $(CPPFLAGS_ALL) -Itests/unit -Itests/fuzz -MMD -MP \
	-fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer

.PHONY: fuzz fuzz-programs
fuzz: fuzz-programs
	$(Q)B=$(B) tests/fuzz/run
fuzz-programs: $(FUZZERS)
	@:
$(B)/fuzz/obj/%.o: %.c
	@mkdir -p $(@D)
	$(Q)$(FUZZ_CC) $(FUZZ_CFLAGS) -c $< -o $@
$(B)/fuzz/libpure.a: $(PURE_SOURCES:%.c=$(B)/fuzz/obj/%.o) $(FUZZ_SUPPORT:%.c=$(B)/fuzz/obj/%.o)
	$(Q)rm -f $@ && ar rcs $@ $^
$(B)/fuzz/fuzz_%: $(B)/fuzz/obj/tests/fuzz/fuzz_%.o $(B)/fuzz/libpure.a
	$(Q)$(FUZZ_CC) -fsanitize=fuzzer,address,undefined $^ $(LIBS) -o $@
.PRECIOUS: $(B)/fuzz/obj/%.o

# ---- coverage ------------------------------------------------------------------------------------
# The unit tests once more, counted instead of sanitized.
.PHONY: coverage unit-programs
unit-programs: $(UNIT_TESTS)
	@:
coverage:
	$(Q)$(MAKE) --no-print-directory B=$(B)/coverage CC=clang \
		SANITIZE='-fprofile-instr-generate -fcoverage-mapping' unit-programs
	$(Q)B=$(B)/coverage tests/coverage
