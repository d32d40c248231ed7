/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Somebody else's LSM programs, around those of cgward: some attached before COMMAND, which
 * attaches cgward's, and some after it. Then this process enters a cgroup and makes for each hook a
 * call that the policy allows and one that it denies, three times: denied by the program that is
 * asked first, by the one that is asked last, and by neither.
 *
 *   other_lsm CGROUP.PROCS COMMAND…   prints "HOOK ROUND OUTCOME OUTCOME", a line for each
 *
 * The hard idea: a program denies, with an errno that nobody else would give, the tasks of one name
 * alone; so all of them can be attached at once, and the name is in the records, too. Of programs
 * on one hook the kernel asks the latest first.
 */
#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <stddef.h>
#include <sys/prctl.h>

#include "lib/hook_programs.h"
#include "lib/outside.h"

#define OURS   "/o/ok/" /* allowed */
#define THEIRS "/o/no/" /* denied */

/* The name of a task that a program denies: as long as a register, with its NUL. */
#define NAME_SIZE 8

static const struct {
	const char *name;
	char letter;
} rounds[] = { { "first", 'f' }, { "last", 'l' }, { "neither", 'n' } };

static const char *at(bool allowed, const char *name)
{
	static char path[32];

	snprintf(path, sizeof(path), "%s%s", allowed ? OURS : THEIRS, name);
	return path;
}

/* ---- calls, each of which leaves things as they were when it succeeds ---------------------- */

static int open_one(bool allowed)
{
	return closed(open(at(allowed, "file"), O_RDONLY | O_CLOEXEC));
}

static int change_one(bool allowed)
{
	return result(chmod(at(allowed, "file"), 0700));
}

static int make_one(bool allowed)
{
	int error = result(mkdir(at(allowed, "directory"), 0700));

	if (!error)
		ready(rmdir(at(allowed, "directory")), "rmdir");
	return error;
}

static int name_one(bool allowed)
{
	int error = result(symlink("file", at(allowed, "name")));

	if (!error)
		ready(unlink(at(allowed, "name")), "unlink");
	return error;
}

static int execute_one(bool allowed)
{
	return runs(AT_FDCWD, at(allowed, "true"));
}

static int map_one(bool allowed)
{
	int fd = open(at(allowed, "library"), O_RDONLY | O_CLOEXEC), error;

	error = maps(ready(fd, "library"), PROT_READ | PROT_EXEC, 0);
	close(fd);
	return error;
}

static int connect_one(bool allowed)
{
	return call_unix(allowed ? "@ok" : "@no", SOCK_STREAM);
}

static int send_one(bool allowed)
{
	return call_unix(allowed ? "@ok" : "@no", SOCK_DGRAM);
}

static int make_socket(bool allowed)
{
	return closed(socket(allowed ? AF_UNIX : AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, 0));
}

static const struct {
	const char *hook;
	int (*call)(bool allowed);
} hooks[] = {
	{ "file_open", open_one },
	{ "path_chmod", change_one },
	{ "path_mkdir", make_one },
	{ "path_symlink", name_one },
	{ "bprm_check_security", execute_one },
	{ "mmap_file", map_one },
	{ "unix_stream_connect", connect_one },
	{ "unix_may_send", send_one },
	{ "socket_create", make_socket },
};
#define HOOKS (sizeof(hooks) / sizeof(hooks[0]))

static void make_places(void)
{
	for (int allowed = 0; allowed < 2; allowed++) {
		ready(mkdir(at(allowed, ""), 0755), "mkdir");
		copy_file("/bin/busybox", at(allowed, "true"));
		make_file(at(allowed, "file"));
		make_file(at(allowed, "library"));
	}
}

/* ---- programs ---------------------------------------------------------------------------- */

static void task_name(char letter, size_t hook, char name[NAME_SIZE])
{
	snprintf(name, NAME_SIZE, "other%c%c", (char)('a' + hook), letter);
}

static int load(int32_t function, const char name[NAME_SIZE])
{
	uint32_t low, high;

	memcpy(&low, name, sizeof(low));
	memcpy(&high, name + sizeof(low), sizeof(high));

	const struct bpf_insn program[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_X,
		  .dst_reg = BPF_REG_1,
		  .src_reg = BPF_REG_10 },
		{ .code = BPF_ALU64 | BPF_ADD | BPF_K, .dst_reg = BPF_REG_1, .imm = -16 },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_2, .imm = 16 },
		{ .code = BPF_JMP | BPF_CALL, .imm = BPF_FUNC_get_current_comm },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = 0 },
		{ .code = BPF_LDX | BPF_MEM | BPF_DW,
		  .dst_reg = BPF_REG_1,
		  .src_reg = BPF_REG_10,
		  .off = -16 },
		{ .code = BPF_LD | BPF_IMM | BPF_DW, .dst_reg = BPF_REG_2, .imm = (int32_t)low },
		{ .imm = (int32_t)high },
		{ .code = BPF_JMP | BPF_JNE | BPF_X,
		  .dst_reg = BPF_REG_1,
		  .src_reg = BPF_REG_2,
		  .off = 1 },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = -EDOM },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	LIBBPF_OPTS(bpf_prog_load_opts, options, .expected_attach_type = BPF_LSM_MAC,
	            .attach_btf_id = (uint32_t)function);

	return ready(bpf_prog_load(BPF_PROG_TYPE_LSM, "other", "GPL", program,
	                           sizeof(program) / sizeof(program[0]), &options),
	             "program");
}

/* On every hook, for as long as this process lives. */
static void attach(const struct btf *kernel, char letter)
{
	for (size_t i = 0; i < HOOKS; i++) {
		char function[64], name[NAME_SIZE];
		int program;

		snprintf(function, sizeof(function), "bpf_lsm_%s", hooks[i].hook);
		task_name(letter, i, name);
		program = load(
		        ready(btf__find_by_name_kind(kernel, function, BTF_KIND_FUNC), function),
		        name);
		ready(bpf_raw_tracepoint_open(NULL, program), function);
		close(program);
	}
}

static void run(char **command)
{
	pid_t child = ready(fork(), "fork");
	int status;

	if (child == 0) {
		execvp(*command, command);
		err(UNPREPARED, "%s", *command);
	}
	if (waitpid(child, &status, 0) != child || !WIFEXITED(status) || WEXITSTATUS(status))
		errx(UNPREPARED, "%s failed", *command);
}

int main(int argc, char **argv)
{
	struct btf *kernel = btf__load_vmlinux_btf();

	if (argc < 3)
		errx(EXIT_USAGE, "usage: other_lsm CGROUP.PROCS COMMAND...");
	if (!kernel)
		err(UNPREPARED, "BTF");
	make_places();
	attach(kernel, 'l');
	run(argv + 2);
	attach(kernel, 'f');
	btf__free(kernel);
	enter_cgroup(argv[1]);
	for (size_t round = 0; round < sizeof(rounds) / sizeof(rounds[0]); round++) {
		for (size_t i = 0; i < HOOKS; i++) {
			char name[NAME_SIZE];
			int allowed, denied;

			task_name(rounds[round].letter, i, name);
			prctl(PR_SET_NAME, name);
			allowed = hooks[i].call(true);
			denied = hooks[i].call(false);
			printf("%s %s %s %s\n", hooks[i].hook, rounds[round].name,
			       outcome_name(-allowed), outcome_name(-denied));
		}
	}
	return 0;
}
