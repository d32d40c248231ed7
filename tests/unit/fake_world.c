/* SPDX-License-Identifier: BSD-2-Clause */
#include "fake_world.h"

#include <linux/bpf.h>
#include <string.h>

static int copy_out(const char *text, size_t length, char **ret_text)
{
	char *copy = malloc(length + 1);

	if (!copy)
		return -ENOMEM;
	memcpy(copy, text, length);
	copy[length] = '\0';
	*ret_text = copy;
	return 0;
}

static int read_file(void *context, const char *path, size_t limit, char **ret_text,
                     size_t *ret_length, const char **ret_why)
{
	struct fake_world *world = context;

	world->reads++;
	for (size_t i = 0; i < world->count; i++) {
		const struct fake_file *file = &world->files[i];
		size_t length = file->length;

		if (strcmp(file->path, path))
			continue;
		if (file->error == -EPERM)
			*ret_why = "not trusted, everybody may write to it";
		if (file->error)
			return file->error;
		if (!length)
			length = strlen(file->text);
		if (length > limit)
			return -EFBIG;
		*ret_length = length;
		return copy_out(file->text, length, ret_text);
	}
	return -ENOENT;
}

static int device_at(void *context, const char *path, struct device_pattern *ret_device)
{
	static const struct {
		const char *path;
		struct device_pattern device;
	} devices[] = {
		{ "/dev/null", { BPF_DEVCG_DEV_CHAR, 1, 3 } },
		{ "/dev/zero", { BPF_DEVCG_DEV_CHAR, 1, 5 } },
		{ "/dev/loop0", { BPF_DEVCG_DEV_BLOCK, 7, 0 } },
	};

	(void)context;
	for (size_t i = 0; i < sizeof(devices) / sizeof(devices[0]); i++) {
		if (strcmp(devices[i].path, path))
			continue;
		*ret_device = devices[i].device;
		return 0;
	}
	return strcmp(path, "/dev/shm") ? -ENOENT : -ENODEV;
}

static int device_classes(void *context, char **ret_text)
{
	static const char text[] = "Character devices:\n"
	                           "  1 mem\n"
	                           "  4 /dev/vc/0\n"
	                           "  4 tty\n"
	                           "  5 /dev/tty\n"
	                           "136 pts\n"
	                           "137 pts\n"
	                           "\n"
	                           "Block devices:\n"
	                           "  7 loop\n"
	                           "259 blkext\n";

	(void)context;
	return copy_out(text, sizeof(text) - 1, ret_text);
}

/* "exec" is 512/tcp, and 512/udp is "biff": here one that differs, and one of UDP alone. */
static int service_port(void *context, const char *name, const char *protocol, uint16_t *ret_port)
{
	static const struct {
		const char *name;
		uint16_t tcp, udp;
	} services[] = {
		{ "http", 80, 0 },     { "https", 443, 443 },      { "domain", 53, 53 },
		{ "differs", 10, 20 }, { "http-alt", 8080, 8080 }, { "tftp", 0, 69 },
	};

	(void)context;
	for (size_t i = 0; i < sizeof(services) / sizeof(services[0]); i++) {
		uint16_t tcp = services[i].tcp, udp = services[i].udp, port;

		if (strcmp(services[i].name, name))
			continue;
		if (!protocol && tcp && udp && tcp != udp)
			return -EEXIST;
		port = !protocol ? (tcp ? tcp : udp) : !strcmp(protocol, "tcp") ? tcp : udp;
		if (!port)
			return -ENOENT;
		*ret_port = port;
		return 0;
	}
	return -ENOENT;
}

struct surroundings fake_surroundings(struct fake_world *world)
{
	return (struct surroundings){
		.context = world,
		.read_file = world ? read_file : surroundings_any_owner.read_file,
		.device_at = device_at,
		.device_classes = device_classes,
		.service_port = service_port,
	};
}

char *findings_text(const struct diag *diag)
{
	char *text = NULL;
	size_t length = 0;
	FILE *out = open_memstream(&text, &length);

	if (!out)
		return NULL;
	array_foreach (finding, &diag->findings)
		finding_write(out, finding, false);
	return fclose(out) ? NULL : text;
}

bool has_finding(const struct diag *diag, const char *code, uint32_t line, uint32_t column)
{
	array_foreach (finding, &diag->findings)
		if (!strcmp(finding->code, code) && finding->line == line &&
		    finding->column == column)
			return true;
	return false;
}
