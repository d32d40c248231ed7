# SPDX-License-Identifier: BSD-2-Clause
# One makefile, not recursive. `make help` lists the targets; V=1 shows commands; WERROR=1 makes
# warnings errors (CI does); CC=clang works as well as gcc.

VERSION   := 0.1.0
CC        ?= gcc
BPF_CLANG ?= clang
BPFTOOL   ?= /usr/sbin/bpftool
PREFIX    ?= /usr/local
B         := build

Q := @
ifeq ($(V),1)
Q :=
endif

.DELETE_ON_ERROR:
.SUFFIXES:
.PHONY: all help clean demo
all: $(B)/cgward

# What is missing is said once and before anything is compiled, except where the goal installs it.
PACKAGES := libbpf libelf json-c inih libcrypto libseccomp
ifneq ($(filter-out clean help demo test uninstall,$(or $(MAKECMDGOALS),all)),)
ifneq ($(shell pkg-config --exists $(PACKAGES) 2>/dev/null && echo found),found)
$(error Libraries are missing. contrib/install-dependencies installs them, or says what to install)
endif
endif
WARNINGS := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wold-style-definition \
	-Wformat=2 -Wundef -Wwrite-strings -Wpointer-arith -Wcast-align -Wcast-qual -Wvla \
	-Wimplicit-fallthrough -Wswitch-enum -Wconversion -Wnull-dereference -Wdate-time \
	-Wredundant-decls -Wnested-externs -Werror=implicit-function-declaration \
	-Werror=incompatible-pointer-types -Werror=int-conversion
ifeq ($(WERROR),1)
WARNINGS += -Werror
endif
HARDENING := -fno-common -fstack-protector-strong -fstack-clash-protection -fcf-protection=full -fPIE
CPPFLAGS_ALL := -D_GNU_SOURCE -DCGWARD_VERSION='"$(VERSION)"' -Ibpf -Ienforcer -isystem $(B)/gen \
	$(shell pkg-config --cflags $(PACKAGES) 2>/dev/null) $(CPPFLAGS)
CFLAGS ?= -O2 -g
CFLAGS_ALL = -std=gnu11 $(CFLAGS) $(WARNINGS) $(HARDENING) $(CPPFLAGS_ALL) -MMD -MP
LDFLAGS_ALL := -pie -Wl,-z,relro,-z,now,-z,noexecstack $(LDFLAGS)
LIBS := $(shell pkg-config --libs $(PACKAGES) 2>/dev/null) -lpthread
FORTIFY := -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2

# ---- the kernel half: every bpf/*.bpf.c, linked into one object, one skeleton ------------------
BPF_SOURCES := $(wildcard bpf/*.bpf.c)
BPF_OBJECTS := $(BPF_SOURCES:bpf/%.bpf.c=$(B)/bpf/%.bpf.o)
BPF_CFLAGS  := -target bpf -mcpu=v3 -g -O2 -Wall -Wextra -Werror -MMD -MP -Ibpf \
	-idirafter /usr/include/$(shell $(CC) -print-multiarch 2>/dev/null)

$(B)/bpf/%.bpf.o: bpf/%.bpf.c
	@mkdir -p $(@D)
	$(Q)$(BPF_CLANG) $(BPF_CFLAGS) -c $< -o $@
$(B)/bpf/cgward.o: $(BPF_OBJECTS)
	$(Q)$(BPFTOOL) gen object $@ $^
$(B)/gen/cgward.skel.h: $(B)/bpf/cgward.o
	@mkdir -p $(@D)
	$(Q)$(BPFTOOL) gen skeleton $< name cgward_bpf > $@

# The LSM programs are an object of their own: it is loaded when the first policy needs it.
LSM_SOURCES := $(wildcard bpf/lsm/*.bpf.c)
LSM_OBJECTS := $(LSM_SOURCES:bpf/%.bpf.c=$(B)/bpf/%.bpf.o)
$(B)/bpf/cgward_lsm.o: $(LSM_OBJECTS)
	$(Q)$(BPFTOOL) gen object $@ $^
$(B)/gen/cgward_lsm.skel.h: $(B)/bpf/cgward_lsm.o
	@mkdir -p $(@D)
	$(Q)$(BPFTOOL) gen skeleton $< name cgward_lsm_bpf > $@

# ---- user space: a directory is a layer; see enforcer/LAYERS -----------------------------------
PURE_SOURCES := $(foreach layer,base model parse compile output,$(wildcard enforcer/$(layer)/*.c))
APP_SOURCES  := $(wildcard enforcer/kernel/*.c enforcer/app/*.c)
PURE_OBJECTS := $(PURE_SOURCES:%.c=$(B)/obj/%.o)
APP_OBJECTS  := $(APP_SOURCES:%.c=$(B)/obj/%.o)

$(B)/obj/enforcer/kernel/%.o: enforcer/kernel/%.c $(B)/gen/cgward.skel.h $(B)/gen/cgward_lsm.skel.h
	@mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS_ALL) $(FORTIFY) -c $< -o $@
$(B)/obj/%.o: %.c
	@mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS_ALL) $(FORTIFY) -c $< -o $@
$(B)/libpure.a: $(PURE_OBJECTS)
	$(Q)rm -f $@ && ar rcs $@ $^
$(B)/cgward: $(APP_OBJECTS) $(B)/libpure.a
	$(Q)$(CC) $(CFLAGS_ALL) $(LDFLAGS_ALL) $(APP_OBJECTS) $(B)/libpure.a $(LIBS) -o $@

# ---- unit tests: cmocka, under ASan and UBSan --------------------------------------------------
SANITIZE     := -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
SAN_OBJECTS  := $(PURE_SOURCES:%.c=$(B)/san/%.o)
UNIT_SOURCES := $(wildcard tests/unit/test_*.c)
UNIT_TESTS   := $(UNIT_SOURCES:tests/unit/%.c=$(B)/unit/%)
UNIT_SUPPORT := $(filter-out $(UNIT_SOURCES),$(wildcard tests/unit/*.c))
UNIT_SUPPORT_OBJECTS := $(UNIT_SUPPORT:%.c=$(B)/san/%.o)

$(B)/san/%.o: %.c
	@mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS_ALL) $(SANITIZE) -Itests/unit -c $< -o $@
$(B)/san/libpure.a: $(SAN_OBJECTS)
	$(Q)rm -f $@ && ar rcs $@ $^
$(B)/unit/%: $(B)/san/tests/unit/%.o $(UNIT_SUPPORT_OBJECTS) $(B)/san/libpure.a
	@mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS_ALL) $(SANITIZE) $(LDFLAGS_ALL) $^ $(LIBS) -lcmocka -o $@
.PRECIOUS: $(B)/san/%.o

# ---- programs the tests run: tests/probes/NAME.c -> build/probes/NAME --------------------------
PROBE_SOURCES := $(wildcard tests/probes/*.c)
PROBES        := $(PROBE_SOURCES:tests/probes/%.c=$(B)/probes/%)
$(B)/probes/path_calls: tests/unit/glob_oracle.c
$(B)/probes/%: tests/probes/%.c
	@mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS_ALL) $(FORTIFY) $(LDFLAGS_ALL) $(filter %.c,$^) -luring -lpthread -o $@

include tests/tests.mk

demo:
	@B=$(B) contrib/demo

include contrib/install.mk

help:
	@echo "make            build/cgward, its manual pages and completions"
	@echo "make demo       from nothing to a refused connect and its log line"
	@echo "make test       every test that this machine can run; says what it skipped and why"
	@echo "make unit       unit tests of the pure layers under ASan and UBSan"
	@echo "make lint       format, layers, headers, shell, house rules"
	@echo "make format     rewrite the sources with clang-format"
	@echo "make tidy       clang-tidy, gcc -fanalyzer, cppcheck"
	@echo "make fuzz       each fuzz target for FUZZ_SECONDS (60)"
	@echo "make coverage   what share of the pure layers the unit tests reach"
	@echo "make bench      figures, as contrib/bench.md explains them; root, some minutes"
	@echo "make bench-vm   the same for LSM programs, in instructions, in virtual machines; beside AppArmor"
	@echo "make deb        a Debian package, in build/deb"
	@echo "make install    program, pages, completions, policies, unit; honours DESTDIR and PREFIX"
	@echo "make uninstall  takes away what install put there"

clean:
	rm -rf $(B)

-include $(shell find $(B) -path $(B)/deb -prune -o -type f -name '*.d' -print 2>/dev/null)
