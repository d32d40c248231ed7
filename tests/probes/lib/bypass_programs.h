/* SPDX-License-Identifier: BSD-2-Clause */
/* Other ways to run a program, or code, that a policy denies. */
#pragma once

#include <dlfcn.h>
#include <sys/mman.h>

#include "bypass.h"

#define PROGRAM "/b/noexec/bypass"
#define LIBRARY "/b/noexec/library.so"

static const char *const harmless[] = { "bypass", "nothing", NULL };

static int nothing(void)
{
	return 0;
}

static int exec_directly(void)
{
	return runs(AT_FDCWD, PROGRAM, harmless);
}

static int exec_descriptor(void)
{
	return runs(prepared(open(PROGRAM, O_PATH), PROGRAM), "", harmless);
}

static int by_loader(void)
{
	const char *const arguments[] = { "ld.so", PROGRAM, "nothing", NULL };

	return runs(AT_FDCWD, "/lib64/ld-linux-x86-64.so.2", arguments);
}

/* /b/ok/script: "#!/b/noexec/bypass nothing" */
static int interpreter(void)
{
	return runs(AT_FDCWD, "/b/ok/script", harmless);
}

static int copy_to_memory(void)
{
	int from = prepared(open(PROGRAM, O_RDONLY | O_CLOEXEC), PROGRAM), memory;
	char bytes[65536];
	ssize_t length;

	memory = prepared(memfd_create("program", 0), "memfd");
	while ((length = read(from, bytes, sizeof(bytes))) > 0) {
		if (write(memory, bytes, (size_t)length) != length)
			err(EXIT_PREPARATION, "write");
	}
	close(from);
	return memory;
}

static int exec_memfd(void)
{
	return runs(copy_to_memory(), "", harmless);
}

static int map(int fd, int protection)
{
	void *at = mmap(NULL, 4096, protection, MAP_PRIVATE, fd, 0);

	return at == MAP_FAILED ? -errno : 0;
}

static int map_memfd(void)
{
	return map(copy_to_memory(), PROT_READ | PROT_EXEC);
}

/* The server's program: its file is gone. */
static int exec_deleted(void)
{
	return runs(AT_FDCWD, of_server("exe"), harmless);
}

static int map_file(void)
{
	return map(prepared(open(PROGRAM, O_RDONLY | O_CLOEXEC), PROGRAM), PROT_READ | PROT_EXEC);
}

static int protect_later(void)
{
	int fd = prepared(open(PROGRAM, O_RDONLY | O_CLOEXEC), PROGRAM);
	void *at = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);

	if (at == MAP_FAILED)
		err(EXIT_PREPARATION, "mmap");
	return result(mprotect(at, 4096, PROT_READ | PROT_EXEC));
}

static int protect_with_key(void)
{
	int fd = prepared(open(PROGRAM, O_RDONLY | O_CLOEXEC), PROGRAM);
	void *at = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, fd, 0);

	if (at == MAP_FAILED)
		err(EXIT_PREPARATION, "mmap");
	return result(syscall(SYS_pkey_mprotect, at, 4096, PROT_READ | PROT_EXEC, -1));
}

static int load_library(void)
{
	return dlopen(LIBRARY, RTLD_NOW) ? 0 : -EPERM;
}

/* What a program writes itself has no file to judge. */
static int own_code(void)
{
	void *at = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (at == MAP_FAILED)
		err(EXIT_PREPARATION, "mmap");
	return result(mprotect(at, 4096, PROT_READ | PROT_EXEC));
}

static int personality_reads_exec(void)
{
	if (syscall(SYS_personality, 0x0400000 /* READ_IMPLIES_EXEC */) < 0)
		err(EXIT_PREPARATION, "personality");
	return map(prepared(open(PROGRAM, O_RDONLY | O_CLOEXEC), PROGRAM), PROT_READ);
}

static const struct bypass bypass_programs[] = {
	{ "nothing", nothing },
	{ "exec", exec_directly },
	{ "execveat", exec_descriptor },
	{ "ld.so", by_loader },
	{ "interpreter", interpreter },
	{ "memfd-exec", exec_memfd },
	{ "memfd-map", map_memfd },
	{ "deleted-exec", exec_deleted },
	{ "mmap-exec", map_file },
	{ "mprotect", protect_later },
	{ "pkey-mprotect", protect_with_key },
	{ "dlopen", load_library },
	{ "read-is-exec", personality_reads_exec },
	{ "own-code", own_code },
};
