/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * One question, one policy: what the image of an attachment says about it.
 *
 * The hard idea: a path is judged by its bytes, each one step of the section's automaton, inside
 * bpf_loop, so that the verifier sees one step and not four thousand. Which policies are asked, and
 * what becomes of the answer, is police_lsm.h.
 */
#pragma once

#include "police.h"
#include "walk.h"

#define JUDGED_DENY   (1U << 0)
#define JUDGED_RECORD (1U << 1) /* the event is complete and to be written */

/* Bytes for each callback of bpf_loop: its call costs as much as a few steps. */
#define CHUNK_BYTES 4

struct reading {
	struct image_view view;
	struct automaton_walk walk;
	const struct scratch *scratch;
	__u64 broken;
};

static long read_chunk(__u32 index, struct reading *reading)
{
	const struct scratch *scratch = reading->scratch;
	__u64 position = scratch->start + (__u64)index * CHUNK_BYTES;

#pragma clang loop unroll(disable)
	for (__u32 i = 0; i < CHUNK_BYTES && position < PATH_LENGTH_MAX; i++) {
		__u64 masked = position;

		/* The compiler must not know that the mask changes nothing: the verifier does not.
		 */
		barrier_var(masked);
		masked &= PATH_LENGTH_MAX - 1;
		if (automaton_step(&reading->view, &reading->walk, (__u8)scratch->buffer[masked])) {
			reading->broken = 1;
			return 1;
		}
		position++;
	}
	return automaton_settled(&reading->walk);
}

/* "@" and the name. A socket that was never bound has none. A global function: the verifier checks
 * it once. */
__weak __noinline int find_abstract_name(struct scratch *scratch)
{
	__u32 length;

	if (!scratch)
		return 0;
	length = scratch->question.number;
	if (!length) {
		scratch->class = OBJECT_ANONYMOUS;
		return 0;
	}
	if (length > ABSTRACT_NAME_MAX)
		length = ABSTRACT_NAME_MAX;
	scratch->start = PATH_LENGTH_MAX - 1 - length;
	scratch->length = length + 1;
	scratch->class = OBJECT_ERROR;
	scratch->buffer[scratch->start & (PATH_LENGTH_MAX - 1)] = '@';
	if (!bpf_probe_read_kernel(&scratch->buffer[(scratch->start + 1) & (PATH_LENGTH_MAX - 1)],
	                           length, (const void *)scratch->question.dentry))
		scratch->class = OBJECT_NORMAL;
	return 0;
}

static __always_inline void find_name(struct scratch *scratch)
{
	if (scratch->question.kind == QUESTION_ABSTRACT)
		find_abstract_name(scratch);
	else
		find_path(scratch);
}

/* Whether the object is one that no policy with its section allows. */
static __always_inline int is_out_of_reach(const struct scratch *scratch)
{
	return scratch->class == OBJECT_DETACHED || scratch->class == OBJECT_ERROR;
}

/* The outcome for an object with a path or a name, or with none; REF_ABSENT if the policy does not
 * have the section. */
static __always_inline __u32 judge_name(const struct image_view *view, struct scratch *scratch)
{
	const struct automaton *automata = view_header(view)->automata;
	const struct automaton *automaton = &automata[AUTOMATON_UNIX];
	struct reading reading = { .view = *view, .scratch = scratch };

	if (scratch->question.section == SECTION_FILE)
		automaton = &automata[AUTOMATON_FILE];
	else if (scratch->question.section == SECTION_EXEC)
		automaton = &automata[AUTOMATON_EXEC];
	if (!automaton->start)
		return REF_ABSENT;
	/* The first policy that has the section needs the name; the others find it here. */
	if (scratch->class == OBJECT_NONE)
		find_name(scratch);
	if (is_out_of_reach(scratch))
		return REF_CLASS;
	if (scratch->class == OBJECT_ANONYMOUS)
		return automaton->anonymous;
	reading.view.blocks = bpf_map_lookup_elem(&blocks, &reading.view.number);
	if (!reading.view.blocks)
		return REF_INVALID;
	if (automaton_begin(&reading.view, automaton->start, &reading.walk))
		return REF_INVALID;
	bpf_loop((scratch->length + CHUNK_BYTES - 1) / CHUNK_BYTES, read_chunk, &reading, 0);
	return reading.broken ? REF_INVALID : automaton_outcome(&reading.view, &reading.walk);
}

/* Likewise for a number. */
static __always_inline __u32 judge_number(const struct image_view *view, struct scratch *scratch)
{
	const struct question *question = &scratch->question;
	const struct image_header *header = view_header(view);
	__u32 keys[KEYS_MAX] = { 0 }, ref, first = KEYS_MAX - 1;

	keys[KEYS_MAX - 1] = question->number;
	if (question->section == SECTION_CAPABILITY) {
		ref = header->roots[ROOT_CAPABILITY];
	} else if (question->section == SECTION_OPERATION) {
		ref = header->roots[ROOT_OPERATION];
	} else {
		ref = header->roots[ROOT_SOCKET];
		keys[KEYS_MAX - 3] = question->family;
		keys[KEYS_MAX - 2] = question->socket_type;
		keys[KEYS_MAX - 1] = question->protocol;
		first = KEYS_MAX - 3;
	}
	return ref == REF_ABSENT ? ref : diagram_walk(view, ref, keys, first);
}

/* Likewise for an address. */
static __always_inline __u32 judge_address(const struct image_view *view,
                                           const struct question *question)
{
	const struct image_header *header = view_header(view);
	const struct address *judged = &question->judged;
	__u32 keys[KEYS_MAX], root, ref, first;

	if (question->section == SECTION_CONNECT)
		root = judged->is_ipv6 ? ROOT_CONNECT6 : ROOT_CONNECT4;
	else
		root = judged->is_ipv6 ? ROOT_BIND6 : ROOT_BIND4;
	first = address_keys(judged, protocol_class(question->protocol), (__u16)question->number,
	                     keys);
	ref = header->roots[root];
	return ref == REF_ABSENT ? ref : diagram_walk(view, ref, keys, first);
}

static __always_inline void fill_lsm_address(const struct question *question, struct event *event)
{
#pragma clang loop unroll(full)
	for (int i = 0; i < 4; i++) {
		event->asked[i] = question->asked[i];
		event->judged[i] = question->judged.words[i];
	}
	event->judged_family = question->judged.is_ipv6 ? 10 : 2;
	event->port = question->number;
}

static __always_inline void fill_lsm_object(struct scratch *scratch)
{
	const struct question *question = &scratch->question;
	struct event *event = &scratch->event;
	__u32 length = scratch->length;

	event->hook = question->hook;
	event->section = question->section;
	event->operations = question->operations;
	event->lsm_hook = question->lsm_hook;
	event->target_pid = question->target_pid;
	event->family = question->family;
	event->socket_type = question->socket_type;
	event->protocol = question->protocol;
	event->number = question->kind == QUESTION_NUMBER ? question->number : 0;
	if (event->effect == EFFECT_DENIED)
		event->error = -EPERM;
	if (question->kind == QUESTION_ADDRESS)
		fill_lsm_address(question, event);
	if (scratch->class == OBJECT_NONE)
		return;
	event->object_class = scratch->class;
	event->flags = scratch->flags;
	if (length > PATH_LENGTH_MAX)
		return;
	bpf_probe_read_kernel(scratch->path, length,
	                      &scratch->buffer[scratch->start & (PATH_LENGTH_MAX - 1)]);
	event->path_length = length;
}

/* Counts the call and completes the event in `scratch`; account() says whether it is written. */
static __always_inline __u32 judge_record(struct scratch *scratch,
                                          const struct attachment *attachment, __u32 image,
                                          __u32 outcome)
{
	const struct question *question = &scratch->question;
	const struct call call = { .section = question->section, .found.image = image };
	struct recording recording = {
		.log = LOG_DENIED,
		.rate_count = BROKEN_RATE_COUNT,
		.rate_period_s = BROKEN_RATE_PERIOD_S,
		.broken = 1,
	};
	struct event *event = &scratch->event;
	__u32 judged;

	scratch->eventful = 1;
	__builtin_memset(event, 0, sizeof(*event));
	event->effect = EFFECT_DENIED;
	fill_decision(&call, question->operations, outcome, 1, event, &recording);
	if (question->flags & QUESTION_QUIET)
		recording.log = LOG_NONE;
	event->slot = attachment->slot;
	event->policy_cgroup_id = attachment->cgroup_id;
	fill_lsm_object(scratch);
	judged = event->effect == EFFECT_DENIED ? JUDGED_DENY : 0;
	if (account(event, &recording))
		judged |= JUDGED_RECORD;
	return judged;
}

/* For who wants to remember what came of it. */
static __always_inline void note_image(struct scratch *scratch, __u32 generation)
{
	__u32 place = scratch->place;

	if (place >= GENERATIONS_MAX)
		scratch->eventful = 1;
	barrier_var(place);
	scratch->judged.at[place & (GENERATIONS_MAX - 1)] = generation;
}

/* What an object is judged by. */
enum judged_by {
	BY_NAME,
	BY_NUMBER,
	BY_ADDRESS
};

/* JUDGED_* */
static __always_inline int judge(struct scratch *scratch, const struct attachment *attachment,
                                 enum judged_by by)
{
	struct image_view view = { 0 };
	__u32 outcome = REF_INVALID;

	if (!scratch || !attachment)
		return JUDGED_DENY;
	if (view_open(attachment, &view) == 0) {
		note_image(scratch, view_header(&view)->generation);
		if (by == BY_NAME)
			outcome = judge_name(&view, scratch);
		else if (by == BY_NUMBER)
			outcome = judge_number(&view, scratch);
		else
			outcome = judge_address(&view, &scratch->question);
		outcome = as_outcome(outcome);
		if (outcome_row(outcome) == OUTCOME_ROW_MASK)
			return 0;
		if (outcome_allows(outcome, scratch->question.operations) &&
		    view_header(&view)->log != LOG_ALL)
			return 0;
	}
	return judge_record(scratch, attachment, view.number, outcome);
}

/* Global functions: the verifier checks each once, and only in programs that call it. */
__weak __noinline int judge_by_name(struct scratch *scratch, const struct attachment *attachment)
{
	return judge(scratch, attachment, BY_NAME);
}

__weak __noinline int judge_by_number(struct scratch *scratch, const struct attachment *attachment)
{
	return judge(scratch, attachment, BY_NUMBER);
}

__weak __noinline int judge_by_address(struct scratch *scratch, const struct attachment *attachment)
{
	return judge(scratch, attachment, BY_ADDRESS);
}
