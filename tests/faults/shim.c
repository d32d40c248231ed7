/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Preloaded into cgward: makes the Nth system call of a kind fail, and shifts the wall clock.
 *
 *   FAULT_AT=N          which call fails, from 1 (0 or absent: none)
 *   FAULT_CALLS=LIST    the kinds that count ("bpf,openat"), default: every kind below but memory
 *   FAULT_ERRNO=NUMBER  what it fails with; default: what that call is likely to fail with
 *   FAULT_FOREVER=1     all calls from the Nth on fail
 *   FAULT_RUN=COMMAND   nothing fails: the shell runs this just before the Nth call
 *   FAULT_STATE=FILE    "KIND ERRNO" is appended to it when the fault has been injected
 *   FAULT_CLOCK=FILE    seconds, as text, that are added to CLOCK_REALTIME; read at each call
 *
 * The hard idea: libbpf makes its calls through libc's syscall(), so wrapping that and the usual
 * functions reaches every call cgward makes, in one count that forked children share. What is
 * executed afterwards is free of it: the variables are taken away at once.
 *
 * Calls that libc makes inside itself (printf's write, opendir's open) are not seen; what wraps
 * those (opendir, fopen) is.
 */
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

#define EXPORT __attribute__((visibility("default")))

static struct {
	long at; /* 0: nothing fails */
	bool forever;
	int error;
	char kinds[256], state[512], clock[512], run[1024];
	atomic_long *seen; /* shared with children */
} fault;

static long number(const char *text)
{
	long value = 0;

	for (; text && *text >= '0' && *text <= '9'; text++)
		value = value * 10 + (*text - '0');
	return value;
}

static void take(const char *name, char *to, size_t size)
{
	const char *value = getenv(name);

	if (value)
		snprintf(to, size, "%s", value);
	unsetenv(name);
}

__attribute__((constructor)) static void start(void)
{
	char text[32] = "";

	take("FAULT_CALLS", fault.kinds, sizeof(fault.kinds));
	take("FAULT_STATE", fault.state, sizeof(fault.state));
	take("FAULT_CLOCK", fault.clock, sizeof(fault.clock));
	take("FAULT_RUN", fault.run, sizeof(fault.run));
	take("FAULT_ERRNO", text, sizeof(text));
	fault.error = (int)number(text);
	text[0] = '\0';
	take("FAULT_FOREVER", text, sizeof(text));
	fault.forever = number(text) > 0;
	text[0] = '\0';
	take("FAULT_AT", text, sizeof(text));
	unsetenv("LD_PRELOAD");
	fault.seen = mmap(NULL, sizeof(*fault.seen), PROT_READ | PROT_WRITE,
	                  MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (fault.seen == MAP_FAILED)
		abort();
	fault.at = number(text);
}

/* Allocation is asked for by name only: it fails far more often than it is of use to the rest. */
static bool counts(const char *kind)
{
	const char *at = fault.kinds;
	size_t length = strlen(kind);

	if (!*at)
		return strcmp(kind, "memory") != 0;
	while ((at = strstr(at, kind))) {
		if ((at == fault.kinds || at[-1] == ',') && (!at[length] || at[length] == ','))
			return true;
		at += length;
	}
	return false;
}

static void tell(const char *kind, int error)
{
	char line[64];
	int length = snprintf(line, sizeof(line), "%s %s\n", kind, strerrorname_np(error));
	long fd = syscall(SYS_openat, AT_FDCWD, fault.state,
	                  O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);

	if (fd < 0)
		return;
	syscall(SYS_write, fd, line, length);
	syscall(SYS_close, fd);
}

/* True with errno set if this call shall fail. */
static bool fails(const char *kind, int likely)
{
	long seen;

	if (!fault.at || !counts(kind))
		return false;
	seen = atomic_fetch_add(fault.seen, 1) + 1;
	if (fault.forever ? seen < fault.at : seen != fault.at)
		return false;
	if (seen == fault.at)
		tell(kind, fault.error ? fault.error : likely);
	if (fault.run[0]) {
		if (system(fault.run))
			abort();
		return false;
	}
	errno = fault.error ? fault.error : likely;
	return true;
}

/* The next definition of a function: the one that this file's hides. */
#define NEXT(name)                                                         \
	({                                                                 \
		static __typeof__(&name) next;                             \
		if (!next)                                                 \
			*(void **)(void *)&next = dlsym(RTLD_NEXT, #name); \
		next;                                                      \
	})

#define WRAP(type, name, kind, likely, failed, parameters, arguments) \
	EXPORT type name parameters                                   \
	{                                                             \
		if (fails(kind, likely))                              \
			return failed;                                \
		return NEXT(name) arguments;                          \
	}

WRAP(ssize_t, write, "write", EIO, -1, (int fd, const void *bytes, size_t size), (fd, bytes, size))
WRAP(ssize_t, read, "read", EIO, -1, (int fd, void *bytes, size_t size), (fd, bytes, size))
WRAP(int, fsync, "fsync", EIO, -1, (int fd), (fd))
WRAP(int, fdatasync, "fsync", EIO, -1, (int fd), (fd))
WRAP(int, ftruncate, "ftruncate", EIO, -1, (int fd, off_t size), (fd, size))
WRAP(int, mkdir, "mkdir", ENOSPC, -1, (const char *path, mode_t mode), (path, mode))
WRAP(int, mkdirat, "mkdir", ENOSPC, -1, (int at, const char *path, mode_t mode), (at, path, mode))
WRAP(int, rename, "rename", EIO, -1, (const char *from, const char *to), (from, to))
WRAP(int, unlink, "unlink", EIO, -1, (const char *path), (path))
WRAP(int, unlinkat, "unlink", EIO, -1, (int at, const char *path, int flags), (at, path, flags))
WRAP(int, rmdir, "rmdir", EBUSY, -1, (const char *path), (path))
WRAP(int, flock, "flock", ENOLCK, -1, (int fd, int operation), (fd, operation))
WRAP(int, fstatfs, "statfs", EIO, -1, (int fd, struct statfs *status), (fd, status))
WRAP(int, epoll_create1, "epoll", EMFILE, -1, (int flags), (flags))
WRAP(int, epoll_ctl, "epoll", ENOMEM, -1, (int fd, int what, int other, struct epoll_event *event),
     (fd, what, other, event))
WRAP(DIR *, opendir, "openat", EMFILE, NULL, (const char *path), (path))
WRAP(DIR *, fdopendir, "openat", ENOMEM, NULL, (int fd), (fd))
WRAP(FILE *, fopen, "openat", EMFILE, NULL, (const char *path, const char *mode), (path, mode))
WRAP(FILE *, fopen64, "openat", EMFILE, NULL, (const char *path, const char *mode), (path, mode))
WRAP(void *, mmap, "mmap", ENOMEM, MAP_FAILED,
     (void *at, size_t size, int protection, int flags, int fd, off_t offset),
     (at, size, protection, flags, fd, offset))
WRAP(void *, mmap64, "mmap", ENOMEM, MAP_FAILED,
     (void *at, size_t size, int protection, int flags, int fd, off_t offset),
     (at, size, protection, flags, fd, offset))
WRAP(pid_t, fork, "fork", EAGAIN, -1, (void), ())
WRAP(int, pipe2, "pipe", EMFILE, -1, (int fds[2], int flags), (fds, flags))

/* Whether there is a mode to pass on is told by the flags. */
#define WRAP_OPEN(name, parameters, ...)                                             \
	EXPORT int name parameters                                                   \
	{                                                                            \
		mode_t mode = 0;                                                     \
                                                                                     \
		if (flags & (O_CREAT | __O_TMPFILE)) {                               \
			va_list more;                                                \
                                                                                     \
			va_start(more, flags);                                       \
			mode = va_arg(more, mode_t);                                 \
			va_end(more);                                                \
		}                                                                    \
		return fails("openat", EMFILE) ? -1 : NEXT(name)(__VA_ARGS__, mode); \
	}

WRAP_OPEN(open, (const char *path, int flags, ...), path, flags)
WRAP_OPEN(open64, (const char *path, int flags, ...), path, flags)
WRAP_OPEN(openat, (int at, const char *path, int flags, ...), at, path, flags)

EXPORT int ioctl(int fd, unsigned long request, ...)
{
	va_list more;
	void *argument;

	va_start(more, request);
	argument = va_arg(more, void *);
	va_end(more);
	return fails("ioctl", EIO) ? -1 : NEXT(ioctl)(fd, request, argument);
}

static bool named_call_fails(long call)
{
	switch (call) {
	case SYS_bpf:
		return fails("bpf", ENOMEM);
	case SYS_openat2:
		return fails("openat", EMFILE);
	case SYS_perf_event_open:
		return fails("perf_event_open", EMFILE);
	case SYS_membarrier:
		return fails("membarrier", EINVAL);
	case SYS_clone3:
		return fails("fork", EAGAIN);
	default:
		return false;
	}
}

/* Six arguments are always passed on, as libc does. */
EXPORT long syscall(long call, ...)
{
	long arguments[6];
	va_list more;

	va_start(more, call);
	for (size_t i = 0; i < 6; i++)
		arguments[i] = va_arg(more, long);
	va_end(more);
	if (named_call_fails(call))
		return -1;
	return NEXT(syscall)(call, arguments[0], arguments[1], arguments[2], arguments[3],
	                     arguments[4], arguments[5]);
}

/* ---- memory ------------------------------------------------------------------------------------
 */

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *old, size_t size);

EXPORT void *malloc(size_t size)
{
	return fails("memory", ENOMEM) ? NULL : __libc_malloc(size);
}

EXPORT void *calloc(size_t count, size_t size)
{
	return fails("memory", ENOMEM) ? NULL : __libc_calloc(count, size);
}

EXPORT void *realloc(void *old, size_t size)
{
	return fails("memory", ENOMEM) ? NULL : __libc_realloc(old, size);
}

/* ---- the wall clock ----------------------------------------------------------------------------
 */

static long clock_shift_s(void)
{
	char text[32] = "";
	bool back;
	long fd, got;

	if (!fault.clock[0])
		return 0;
	fd = NEXT(syscall)(SYS_openat, AT_FDCWD, fault.clock, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return 0;
	got = NEXT(syscall)(SYS_read, fd, text, sizeof(text) - 1);
	NEXT(syscall)(SYS_close, fd);
	if (got <= 0)
		return 0;
	back = text[0] == '-';
	return back ? -number(text + 1) : number(text);
}

EXPORT int clock_gettime(clockid_t clock, struct timespec *time)
{
	int error = NEXT(clock_gettime)(clock, time);

	if (!error && clock == CLOCK_REALTIME)
		time->tv_sec += clock_shift_s();
	return error;
}
