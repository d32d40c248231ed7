/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Zeroes are left out of an account: a log of a quiet machine is not filled with them. What is not
 * named there is zero.
 */
#include "output/control_line.h"

#include "model/policy.h"

#define put(literal) json_text_literal(text, literal)

static void put_member(struct json_text *text, const char *name, uint64_t number)
{
	put(",\"");
	json_text_put(text, name, strlen(name));
	put("\":");
	json_text_number(text, number);
}

void epoch_text(uint64_t epoch, char text[EPOCH_TEXT_MAX])
{
	static const char digits[] = "0123456789abcdef";

	for (int i = 15; i >= 0; i--) {
		text[i] = digits[epoch & 15];
		epoch >>= 4;
	}
	text[16] = '\0';
}

static void put_epoch(struct json_text *text, uint64_t epoch)
{
	char digits[EPOCH_TEXT_MAX];

	epoch_text(epoch, digits);
	put(",\"epoch\":\"");
	json_text_put(text, digits, EPOCH_TEXT_MAX - 1);
	put("\"");
}

void reader_line(struct json_text *text, const struct line_head *head, const char *type,
                 uint64_t epoch, int pid)
{
	line_begin(text, type, head);
	put_epoch(text, epoch);
	put_member(text, "pid", (uint64_t)pid);
	put(",\"version\":\"" CGWARD_VERSION "\"}\n");
}

void lost_line(struct json_text *text, const struct line_head *head, enum loss_cause cause,
               uint64_t count, uint32_t cpu)
{
	const char *name = loss_cause_name(cause);

	if (cause == LOSS_INVALID) {
		line_begin(text, "invalid", head);
	} else {
		line_begin(text, "lost", head);
		put(",\"cause\":\"");
		json_text_put(text, name, strlen(name));
		put("\"");
	}
	put_member(text, "count", count);
	if (cpu != CPU_UNKNOWN)
		put_member(text, "cpu", cpu);
	put("}\n");
}

void suppressed_line(struct json_text *text, const struct line_head *head,
                     const struct suppressed_account *account, uint64_t count,
                     struct json_piece cgroup)
{
	const char *hook = hook_name(account->hook);

	line_begin(text, "suppressed", head);
	put_member(text, "count", count);
	put(",\"cgroup\":");
	json_text_piece(text, cgroup);
	put_member(text, "cgroup_id", account->cgroup_id);
	put(",\"hook\":\"");
	json_text_put(text, hook, strlen(hook));
	put("\"");
	put_member(text, "total", account->told + count);
	put("}\n");
}

void suppressed_rest_line(struct json_text *text, const struct line_head *head, uint64_t count)
{
	line_begin(text, "suppressed", head);
	put_member(text, "count", count);
	put(",\"cgroup\":null,\"cgroup_id\":null,\"hook\":null,\"total\":null}\n");
}

static void put_causes(struct json_text *text, const uint64_t lost[LOSS_CAUSES])
{
	bool first = true;

	put(",\"lost\":{");
	for (unsigned int i = 0; i < LOSS_CAUSES; i++) {
		const char *name = loss_cause_name(i);

		if (!lost[i])
			continue;
		if (!first)
			put(",");
		first = false;
		put("\"");
		json_text_put(text, name, strlen(name));
		put("\":");
		json_text_number(text, lost[i]);
	}
	put("}");
}

static void put_cpus(struct json_text *text, const struct accounting *accounting)
{
	bool first = true;

	put(",\"cpus\":[");
	for (size_t i = 0; i < accounting->cpus.count; i++) {
		const struct cpu_account *account = &accounting->cpus.items[i];

		if (!account->due)
			continue;
		if (!first)
			put(",");
		first = false;
		put("{\"cpu\":");
		json_text_number(text, i);
		put_member(text, "attempted", account->due);
		put_member(text, "written", account->written);
		put_causes(text, account->told);
		put("}");
	}
	put("]");
}

static void put_suppressed(struct json_text *text, const struct accounting *accounting)
{
	bool first = true;

	put(",\"suppressed_by\":[");
	array_foreach (account, &accounting->suppressed) {
		const char *hook = hook_name(account->hook);

		if (!account->told)
			continue;
		if (!first)
			put(",");
		first = false;
		put("{\"cgroup_id\":");
		json_text_number(text, account->cgroup_id);
		put(",\"hook\":\"");
		json_text_put(text, hook, strlen(hook));
		put("\"");
		put_member(text, "total", account->told);
		put("}");
	}
	put("]");
}

void account_line(struct json_text *text, const struct line_head *head,
                  const struct accounting *accounting)
{
	struct accounting_totals totals;

	accounting_total(accounting, &totals);
	line_begin(text, "account", head);
	put_epoch(text, accounting->epoch);
	put_member(text, "attempted", totals.attempted);
	put_member(text, "written", totals.written);
	put_member(text, "lost", totals.lost_total);
	put_member(text, "suppressed", totals.suppressed);
	put_cpus(text, accounting);
	put_suppressed(text, accounting);
	put("}\n");
}
