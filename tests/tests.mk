# SPDX-License-Identifier: BSD-2-Clause
# Test and lint targets; included by the Makefile.
.PHONY: unit probes
probes: $(PROBES)
# Probes that load programs themselves; and what the first compares them with.
$(B)/probes/load_cost: $(B)/bpf/cgward.o $(B)/bench/empty.bpf.o
$(B)/probes/load_cost $(B)/probes/other_lsm: $(B)/probes/%: tests/probes/%.c
	@mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS_ALL) $(FORTIFY) $(LDFLAGS_ALL) $< $(LIBS) -o $@
unit: $(UNIT_TESTS)
	$(Q)for t in $(UNIT_TESTS); do echo "== $$t"; $$t || exit 1; done

# What injects faults: the shim that is preloaded, and programs beside it.
FAULT_PROGRAMS := $(B)/faults/shim.so \
	$(patsubst tests/faults/%.c,$(B)/faults/%,$(filter-out %/shim.c,$(wildcard tests/faults/*.c)))
$(B)/faults/shim.so: tests/faults/shim.c
	@mkdir -p $(@D)
	$(Q)$(CC) $(filter-out -fPIE,$(CFLAGS_ALL)) -fPIC -shared -fvisibility=hidden $< -ldl -o $@
$(B)/faults/%: tests/faults/%.c
	@mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS_ALL) $(FORTIFY) $(LDFLAGS_ALL) $< -o $@

# ---- all of it -----------------------------------------------------------------------------------
# `make test` starts on a bare machine: what is missing is installed first, and only then is this
# makefile read again by a make that finds it.
.PHONY: test test-programs test-kernel test-faults test-vm lint tidy format
test:
	$(Q)contrib/install-dependencies all
	$(Q)$(MAKE) --no-print-directory B=$(B) test-programs
	$(Q)! tests/fuzz/run --possible >/dev/null || $(MAKE) --no-print-directory B=$(B) fuzz-programs
	$(Q)B=$(B) tests/run
test-programs: all $(UNIT_TESTS) $(PROBES) $(FAULT_PROGRAMS) bench-programs
	@:
test-kernel: all $(PROBES)
	$(Q)B=$(B) tests/run kernel
test-vm: all $(PROBES)
	$(Q)B=$(B) tests/run vm
test-faults: all $(FAULT_PROGRAMS) $(PROBES)
	$(Q)B=$(B) tests/run faults
lint:
	$(Q)B=$(B) tests/run lint

C_FILES = $(wildcard bpf/*.[ch] bpf/*/*.[ch] enforcer/*/*.[ch] tests/*/*.[ch] tests/*/lib/*.[ch])
format:
	clang-format-14 -i $(C_FILES)

# ---- figures: tests/bench/NAME.c -> build/bench/NAME --------------------------------------------
# ward_cost, upload and load call the kernel layer without a process in between, so they are linked
# with it. What is called NAME.bpf.c is a kernel half: NAME.bpf.o, and NAME.skel.h for the NAME.c beside it.
.PHONY: bench bench-vm bench-programs
BENCH_BPF      := $(wildcard tests/bench/*.bpf.c)
BENCH_PROGRAMS := $(patsubst tests/bench/%.c,$(B)/bench/%,\
	$(filter-out $(BENCH_BPF),$(wildcard tests/bench/*.c)))
KERNEL_OBJECTS := $(filter $(B)/obj/enforcer/kernel/%,$(APP_OBJECTS))
$(B)/bench/ward_cost $(B)/bench/upload $(B)/bench/load: $(KERNEL_OBJECTS) $(B)/libpure.a
$(B)/bench/%: $(B)/obj/tests/bench/%.o
	@mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS_ALL) $(LDFLAGS_ALL) $(filter %.o,$^) $(filter %.a,$^) $(LIBS) -o $@
$(B)/bench/%.bpf.o: tests/bench/%.bpf.c
	@mkdir -p $(@D)
	$(Q)$(BPF_CLANG) $(BPF_CFLAGS) -c $< -o $@
$(B)/gen/%.skel.h: $(B)/bench/%.bpf.o
	@mkdir -p $(@D)
	$(Q)$(BPFTOOL) gen skeleton $< name $*_bpf > $@
$(B)/bench/%.so: tests/bench/preload/%.c
	@mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS_ALL) -fPIC -shared $< -o $@
$(B)/obj/tests/bench/match.o: $(B)/gen/match.skel.h
$(B)/obj/tests/bench/load.o: $(B)/gen/empty.skel.h
$(B)/bench/match: $(B)/libpure.a
$(B)/obj/tests/bench/vm_empty.o: $(B)/gen/empty_lsm.skel.h
$(B)/bench/vm_calls: LIBS :=
$(B)/bench/vm_calls: private LDFLAGS_ALL := -static
.PRECIOUS: $(B)/obj/%.o $(B)/bench/%.bpf.o
bench-programs: all $(BENCH_PROGRAMS) $(BENCH_BPF:tests/bench/%.c=$(B)/bench/%.o) \
		$(B)/bench/memlock.so $(B)/probes/verified_instructions
	@:
bench: bench-programs
	$(Q)B=$(B) tests/bench/run
bench-vm: bench-programs
	$(Q)B=$(B) tests/vm/bench/run

# Slow analysers; each must have nothing to say. What is switched off, and why, stands in .clang-tidy
# and in tests/lint/analyse.
tidy: $(B)/gen/cgward.skel.h $(B)/gen/cgward_lsm.skel.h
	$(Q)B=$(B) tests/lint/analyse

# Where each allocation fails in turn.
$(addprefix $(B)/unit/,test_load_memory test_memory): LDFLAGS_ALL += \
	$(foreach f,malloc calloc realloc reallocarray strdup strndup vasprintf,-Wl,--wrap=$(f))

# ---- fuzzing -------------------------------------------------------------------------------------
# libFuzzer comes with clang alone: these objects are its own, whatever CC is. The pure layers are
# instrumented; `make fuzz` runs each target for FUZZ_SECONDS (60).
FUZZ_CC      ?= clang
FUZZ_SOURCES := $(wildcard tests/fuzz/fuzz_*.c)
FUZZERS      := $(FUZZ_SOURCES:tests/fuzz/fuzz_%.c=$(B)/fuzz/fuzz_%)
FUZZ_SUPPORT := tests/fuzz/fuzz.c $(addprefix tests/unit/,automaton_check.c builder.c fake_world.c image_check.c \
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
