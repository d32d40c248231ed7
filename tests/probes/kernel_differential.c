/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The kernel against `cgward test`: random policies are put in force at a cgroup, random calls are
 * really made there, and each call must be refused with EPERM if and only if the answer to its
 * question is deny.
 *
 *   kernel_differential CGWARD CGROUP DIRECTORY SEED POLICIES CALLS
 *
 * CGROUP is a directory of cgroup2 and a name that `cgward apply` takes; DIRECTORY gets the
 * policies and the file `expected`: one line for each audit record there must be, in the order of
 * the calls, for whoever compares it with the log (policy, verdict, hook, object, rule, its text).
 *
 * The hard idea: all calls are made by processes pinned to one CPU, so the kernel's own numbering
 * of records is their order, and not one record can be taken for another.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/wait.h>

#include "lib/random_calls.h"

#define CALLS_MAX 10000

struct differential {
	const char *cgward, *cgroup, *directory;
	uint32_t call_count;
	struct call calls[CALLS_MAX];
	int *results; /* shared with the process that makes the calls */
	FILE *expected;
	uint32_t policy, differences, made, refused, of_way[WAY_COUNT];
};

static void path_of(const struct differential *run, const char *name, char *path, size_t size)
{
	if ((size_t)snprintf(path, size, "%s/%s", run->directory, name) >= size)
		errx(EXIT_USAGE, "%s is too long a name", run->directory);
}

static FILE *open_file(const struct differential *run, const char *name, const char *mode)
{
	char path[512];
	FILE *file;

	path_of(run, name, path, sizeof(path));
	file = fopen(path, mode);
	if (!file)
		err(EXIT_PREPARATION, "%s", path);
	return file;
}

static void redirect(const struct differential *run, int fd, const char *name, int flags)
{
	char path[512];
	int file;

	path_of(run, name, path, sizeof(path));
	file = open(path, flags, 0600);
	if (file < 0 || dup2(file, fd) < 0)
		err(EXIT_PREPARATION, "%s", path);
}

/* `cgward VERB POLICY LAST`, from the file `questions` to `output`; returns its exit status. */
static int run_cgward(const struct differential *run, const char *verb, const char *policy,
                      const char *last, const char *output)
{
	pid_t child = fork();
	int status;

	if (child == 0) {
		redirect(run, STDIN_FILENO, "questions", O_RDONLY);
		redirect(run, STDOUT_FILENO, output, O_WRONLY | O_CREAT | O_TRUNC);
		redirect(run, STDERR_FILENO, "stderr", O_WRONLY | O_CREAT | O_TRUNC);
		execl(run->cgward, "cgward", verb, policy, last, (char *)NULL);
		_exit(EXIT_PREPARATION);
	}
	if (child < 0 || waitpid(child, &status, 0) < 0)
		err(EXIT_PREPARATION, "%s", run->cgward);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

/* A policy in force, and the answers to all questions in the file `answers`. */
static bool prepare(struct differential *run, struct random *random)
{
	char name[32], path[512];
	bool with_sockets;
	FILE *file;
	int status;

	snprintf(name, sizeof(name), "p%04u.ini", run->policy);
	path_of(run, name, path, sizeof(path));
	file = open_file(run, name, "w");
	with_sockets = random_policy(file, random);
	fclose(file);
	file = open_file(run, "questions", "w");
	for (uint32_t i = 0; i < run->call_count; i++) {
		random_call(random, with_sockets, &run->calls[i]);
		fprintf(file, "%s\n", run->calls[i].question);
	}
	fclose(file);
	status = run_cgward(run, "test", path, "-", "answers");
	if (status > 1) {
		warnx("cgward test %s: exit status %d, see stderr there", path, status);
		return false;
	}
	status = run_cgward(run, "apply", path, run->cgroup, "applied");
	if (status)
		warnx("cgward apply %s: exit status %d, see stderr there", path, status);
	return status == 0;
}

static void make_calls(const struct differential *run)
{
	int fd = open(run->cgroup, O_DIRECTORY | O_PATH | O_CLOEXEC);
	int procs = openat(fd, "cgroup.procs", O_WRONLY | O_CLOEXEC);
	cpu_set_t first_cpu;

	CPU_ZERO(&first_cpu);
	CPU_SET(0, &first_cpu);
	if (sched_setaffinity(0, sizeof(first_cpu), &first_cpu))
		err(EXIT_PREPARATION, "pinning to CPU 0");
	if (procs < 0 || write(procs, "0", 1) != 1)
		err(EXIT_PREPARATION, "entering %s", run->cgroup);
	for (uint32_t i = 0; i < run->call_count; i++)
		run->results[i] = perform(&run->calls[i]);
	_exit(0);
}

/* Cuts "deny<TAB>FILE:LINE<TAB>text\n" at its tabs. */
static void cut_answer(char *line, char *parts[3])
{
	parts[0] = strtok(line, "\t\n");
	parts[1] = strtok(NULL, "\t\n");
	parts[2] = strtok(NULL, "\t\n");
	if (!parts[0] || !parts[1] || !parts[2])
		errx(EXIT_PREPARATION, "an answer of cgward test has not three parts");
}

/* Whether the section of the policy has mode = audit: the answer does not tell, and of the
 * policy's text this much is easily read. */
static bool section_is_audit(const struct differential *run, const char *section)
{
	char name[32], line[256], head[32];
	bool inside = false, audit = false;
	FILE *file;

	snprintf(name, sizeof(name), "p%04u.ini", run->policy);
	snprintf(head, sizeof(head), "[%s]\n", section);
	file = open_file(run, name, "r");
	while (fgets(line, sizeof(line), file)) {
		if (line[0] == '[')
			inside = !strcmp(line, head);
		audit |= inside && !strcmp(line, "mode = audit\n");
	}
	fclose(file);
	return audit;
}

static void expect_record(struct differential *run, const struct call *call, char *parts[3],
                          bool audit)
{
	const char *verdict = !strcmp(parts[0], "allow")   ? "allowed"
	                      : !strcmp(parts[0], "audit") ? "audited"
	                      : audit                      ? "would-deny"
	                                                   : "denied";
	bool by_default = !strncmp(parts[1], "default of ", 11);

	if (!strcmp(parts[2], "not policed"))
		return;
	fprintf(run->expected, "p%04u\t%s\t%s\t%s\t%s\t%s\n", run->policy, verdict, call->hook,
	        call->object, by_default ? "default" : parts[1], by_default ? "" : parts[2]);
}

static void compare(struct differential *run)
{
	bool audits[] = { section_is_audit(run, "device"), section_is_audit(run, "socket"),
		          section_is_audit(run, "connect"), section_is_audit(run, "bind") };
	FILE *answers = open_file(run, "answers", "r");
	char line[512], *parts[3];

	for (uint32_t i = 0; i < run->call_count; i++) {
		const struct call *call = &run->calls[i];
		bool audit = audits[call->way <= WAY_MKNOD    ? 0
		                    : call->way == WAY_SOCKET ? 1
		                    : call->way == WAY_BIND   ? 3
		                                              : 2];
		bool wanted, refused = run->results[i] == -EPERM;

		if (!fgets(line, sizeof(line), answers))
			errx(EXIT_PREPARATION, "cgward test gave too few answers");
		cut_answer(line, parts);
		wanted = !strcmp(parts[0], "deny") && !audit;
		if (refused != wanted) {
			printf("difference: p%04u.ini: %s (%s): the kernel says %s, cgward test "
			       "says %s by %s\n",
			       run->policy, call->question, call->hook,
			       outcome_name(-run->results[i]), parts[0], parts[1]);
			run->differences++;
		}
		run->made++;
		run->of_way[call->way]++;
		run->refused += refused;
		expect_record(run, call, parts, audit);
	}
	fclose(answers);
}

/* A directory with nodes for every device that a call may open, in a mount namespace of our own. */
static void make_devices(void)
{
	struct call call = { 0 };
	char path[32];

	if (unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount("tmpfs", "/mnt", "tmpfs", MS_NOSUID | MS_NOEXEC, NULL) || chdir("/mnt"))
		err(EXIT_PREPARATION, "a private tmpfs");
	for (int is_block = 0; is_block < 2; is_block++) {
		for (size_t i = 0; i < sizeof(pool_majors) / sizeof(pool_majors[0]); i++) {
			for (size_t j = 0; j < sizeof(pool_minors) / sizeof(pool_minors[0]); j++) {
				call.is_block = is_block;
				call.major = pool_majors[i];
				call.minor = pool_minors[j];
				node_path(&call, path, sizeof(path));
				if (mknod(path, (is_block ? S_IFBLK : S_IFCHR) | 0600,
				          makedev(call.major, call.minor)) &&
				    errno != EEXIST)
					err(EXIT_PREPARATION, "mknod %s", path);
			}
		}
	}
}

static void summarise(const struct differential *run, const char *seed, uint32_t policies)
{
	static const char *const names[WAY_COUNT] = {
		[WAY_OPEN] = "open",     [WAY_ACCESS] = "access",   [WAY_MKNOD] = "mknod",
		[WAY_SOCKET] = "socket", [WAY_CONNECT] = "connect", [WAY_SENDTO] = "sendto",
		[WAY_BIND] = "bind",
	};

	printf("seed %s: %u policies, %u calls (", seed, policies, run->made);
	for (int way = 0; way < WAY_COUNT; way++)
		printf("%s%u %s", way ? ", " : "", run->of_way[way], names[way]);
	printf("), %u refused, %u differences\n", run->refused, run->differences);
}

int main(int argc, char **argv)
{
	static struct differential run;
	struct random random;
	uint32_t policies;

	if (argc != 7)
		errx(EXIT_USAGE, "usage: kernel_differential CGWARD CGROUP DIRECTORY SEED POLICIES "
		                 "CALLS");
	run.cgward = argv[1];
	run.cgroup = argv[2];
	run.directory = argv[3];
	random.state = 0x9e3779b97f4a7c15ULL + number(argv[4]);
	policies = number(argv[5]);
	run.call_count = number(argv[6]);
	if (run.call_count > CALLS_MAX)
		errx(EXIT_USAGE, "at most %u calls for each policy", CALLS_MAX);
	run.results = mmap(NULL, CALLS_MAX * sizeof(*run.results), PROT_READ | PROT_WRITE,
	                   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (run.results == MAP_FAILED)
		err(EXIT_PREPARATION, "mmap");
	run.expected = open_file(&run, "expected", "w");
	make_devices();
	for (run.policy = 0; run.policy < policies; run.policy++) {
		int status = 1;
		pid_t child;

		if (!prepare(&run, &random))
			return EXIT_PREPARATION;
		child = fork();
		if (child == 0)
			make_calls(&run);
		if (child < 0 || waitpid(child, &status, 0) < 0 || status)
			errx(EXIT_PREPARATION, "the calls were not all made");
		compare(&run);
	}
	fclose(run.expected);
	summarise(&run, argv[4], policies);
	return run.differences ? 1 : 0;
}
