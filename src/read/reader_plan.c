/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From an index to gaps, and over them.
 */
#include "reader_plan.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "index/file.h"

/* A file may count microseconds, cut off, where its index was told of more. */
#define ROUNDED_NS 1000

/* The bit that stands for more interfaces than one. */
#define BIT_MORE 63u

/* --- wishes ------------------------------------------------------------------------- */

int reader_wish_open(struct reader_wish *wish, const struct reader_config *config)
{
	const uint32_t count = config->index.expression_count;
	int rc = 0;

	*wish = (struct reader_wish){
		.by_index = config->index.used,
		.counts = config->index.counts,
		.from_ns = config->has_from ? config->from_ns : INT64_MIN,
		.to_ns = config->has_to ? config->to_ns : INT64_MAX,
		.note = config->index.note,
		.context = config->index.context,
	};
	if (!wish->by_index || count == 0)
		return 0;
	wish->expressions = calloc(count, sizeof(*wish->expressions));
	if (!wish->expressions)
		return -ENOMEM;
	while (wish->expression_count < count && rc == 0) {
		rc = index_expression_parse(config->index.expressions[wish->expression_count],
					    &wish->expressions[wish->expression_count]);
		wish->expression_count += rc == 0;
	}
	return rc;
}

void reader_wish_close(struct reader_wish *wish)
{
	for (uint32_t i = 0; i < wish->expression_count; i++)
		index_expression_close(wish->expressions[i]);
	free(wish->expressions);
	*wish = (struct reader_wish){0};
}

/* Whether all runs may hold something that is wanted, but for their times. */
static bool wants_all(const struct reader_wish *wish)
{
	for (uint32_t i = 0; i < wish->expression_count; i++)
		if (!index_expression_narrows(wish->expressions[i]))
			return true;
	return wish->expression_count == 0;
}

static bool is_bounded(const struct reader_wish *wish)
{
	return wish->from_ns > INT64_MIN || wish->to_ns < INT64_MAX;
}

bool reader_wish_narrows(const struct reader_wish *wish)
{
	return wish->by_index && (wish->counts || is_bounded(wish) || !wants_all(wish));
}

/* --- plans -------------------------------------------------------------------------- */

static bool has_run(const uint64_t *set, uint32_t run)
{
	return set[run / 64] >> run % 64 & 1;
}

/* Sets the bits of the runs that one of the expressions may match in. 0 or -errno. */
static int find_runs(const struct reader_wish *wish, struct index *index, uint64_t *set,
		     struct error *err)
{
	const uint32_t words = index_set_words(index_run_count(index));
	uint64_t *one;
	int rc = 0;

	if (wants_all(wish)) {
		memset(set, 0xff, words * sizeof(*set));
		return 0;
	}
	one = calloc(words + 1, sizeof(*one));
	if (!one)
		return error_system(err, ENOMEM, "read an index");
	for (uint32_t i = 0; i < wish->expression_count && rc == 0; i++) {
		rc = index_expression_runs(wish->expressions[i], index, one, err);
		for (uint32_t w = 0; w < words && rc == 0; w++)
			set[w] |= one[w];
	}
	free(one);
	return rc;
}

static bool is_one(uint64_t interfaces)
{
	return interfaces >> BIT_MORE == 0 && __builtin_popcountll(interfaces) == 1;
}

/* Whether all of a run is of another time than that asked for. */
static bool is_outside(const struct reader_wish *wish, const struct index_entry *run)
{
	return run->last_ns < wish->from_ns || (run->first_ns >= INT64_MIN + ROUNDED_NS &&
						run->first_ns - ROUNDED_NS >= wish->to_ns);
}

/* Whether all of it is of that time. */
static bool is_inside(const struct reader_wish *wish, const struct index_entry *run)
{
	return (wish->from_ns == INT64_MIN || (run->first_ns >= INT64_MIN + ROUNDED_NS &&
					       run->first_ns - ROUNDED_NS >= wish->from_ns)) &&
	       run->last_ns < wish->to_ns;
}

/* Whether a run need not be read. Where it cannot be told whose its losses are, or which of
 * them are of the time asked for, its packets have to say. */
static bool can_skip(const struct reader_wish *wish, const struct index_entry *run, bool matches)
{
	if (is_outside(wish, run))
		return true;
	if (wish->counts)
		return is_inside(wish, run);
	return !matches && (run->lost == 0 || (is_inside(wish, run) && is_one(run->interfaces)));
}

static void note_gap(struct reader_plan *plan, struct reader_wish *wish,
		     const struct index_entry *run)
{
	plan->gaps[plan->count++] = (struct reader_gap){
		.begin = run->offset,
		.end = run->offset + run->bytes,
		.first_ns = run->first_ns,
		.last_ns = run->last_ns,
		.lost = is_outside(wish, run) ? 0 : run->lost,
		.interfaces = run->interfaces,
		.packets = run->packets,
		.counted = wish->counts && is_inside(wish, run) ? run->packets : 0,
	};
	wish->saved.bytes += run->bytes;
	wish->saved.packets += run->packets;
	wish->saved.counted += plan->gaps[plan->count - 1].counted;
}

static int make(struct reader_plan *plan, struct reader_wish *wish, struct index *index,
		const struct reader_plan_subject *s, struct error *err)
{
	const uint32_t count = index_run_count(index);
	const struct index_entry *runs = NULL;
	uint64_t *set = calloc(index_set_words(count) + 1, sizeof(*set));
	struct stat st;
	int rc =
		set ? find_runs(wish, index, set, err) : error_system(err, ENOMEM, "read an index");

	if (rc == 0)
		rc = index_runs(index, &runs, err);
	if (rc == 0 && fstat(s->fd, &st) < 0)
		rc = error_system(err, errno, "%s", s->name);
	/* They are in order, so that the first and the last tell of all. */
	if (rc == 0 && count > 0 &&
	    (runs[0].offset < s->header_end ||
	     runs[count - 1].offset + runs[count - 1].bytes > (uint64_t)st.st_size))
		rc = error_set(err, EBADMSG, "%s: the index is damaged (a run's place)", s->name);
	if (rc == 0) {
		plan->gaps = malloc((count + 1) * sizeof(*plan->gaps));
		rc = plan->gaps ? 0 : error_system(err, ENOMEM, "read an index");
	}
	for (uint32_t i = 0; i < count && rc == 0; i++)
		if (can_skip(wish, &runs[i], has_run(set, i)))
			note_gap(plan, wish, &runs[i]);
	if (rc == 0) {
		wish->saved.indexed++;
		wish->saved.whole += count > 0 && plan->count == count;
	}
	free(set);
	return rc;
}

int reader_plan_check_owner(const struct reader_plan_subject *s, struct error *err)
{
	struct stat file, index;

	if (fstat(s->fd, &file) < 0 || fstat(s->index_fd, &index) < 0)
		return error_system(err, errno, "%s", s->name);
	if (!S_ISREG(index.st_mode))
		return error_set(err, EPERM, "%s: the index is no file", s->name);
	if (index.st_uid != file.st_uid && index.st_uid != 0 && index.st_uid != getuid())
		return error_set(err, EPERM, "%s: the index is of user %u, who does not own it",
				 s->name, (unsigned)index.st_uid);
	return 0;
}

void reader_plan_make(struct reader_plan *plan, struct reader_wish *wish,
		      const struct reader_plan_subject *s)
{
	struct index_subject subject;
	struct index *index = NULL;
	struct error err;
	int rc = reader_plan_check_owner(s, &err);

	if (rc == 0) {
		rc = index_subject_read(s->fd, &subject);
		if (rc < 0)
			error_system(&err, -rc, "%s", s->name);
	}
	if (rc == 0)
		rc = index_open(s->index_fd, s->name, &subject, &index, &err);
	if (rc == 0)
		rc = make(plan, wish, index, s, &err);
	index_close(index);
	plan->active = rc == 0;
	if (rc == 0)
		return;
	reader_plan_close(plan);
	wish->saved.without++;
	if (wish->note)
		wish->note(wish->context, err.text, rc == -EBADMSG);
}

/* --- on the way --------------------------------------------------------------------- */

/* Room for the losses of that interface. 0 or -ENOMEM. */
static int owe(struct reader_owed *owed, uint32_t interface, uint64_t lost)
{
	uint64_t *more;

	if (interface >= owed->count) {
		more = reallocarray(owed->lost, interface + 1, sizeof(*more));
		if (!more)
			return -ENOMEM;
		memset(more + owed->count, 0, (interface + 1 - owed->count) * sizeof(*more));
		owed->lost = more;
		owed->count = interface + 1;
	}
	owed->lost[interface] += lost;
	owed->total += lost;
	return 0;
}

/* Hands on what the packets of a gap would have told. 0 or -ENOMEM. */
static int pass_gap(const struct reader_gap *gap, struct reader_file *file,
		    struct reader_owed *owed)
{
	const int64_t came_to = is_one(gap->interfaces) ? gap->last_ns : gap->first_ns;
	int rc = 0;

	if (file->format != &reader_format_pcapng)
		return gap->lost > 0 ? owe(owed, file->number, gap->lost) : 0;
	for (uint32_t i = 0; i < file->interface_count && i < BIT_MORE && rc == 0; i++) {
		struct reader_section_interface *interface = &file->interfaces[i];

		if (!(gap->interfaces >> i & 1))
			continue;
		if (!interface->passed || came_to > interface->passed_ns)
			interface->passed_ns = came_to;
		interface->passed = true;
		if (gap->lost > 0)
			rc = owe(owed, interface->number, gap->lost);
	}
	return rc;
}

int reader_plan_step(struct reader_plan *plan, struct reader_file *file, struct reader_owed *owed,
		     struct error *err)
{
	struct reader_input *input = &file->input;
	uint64_t to = 0;
	int rc = 0;

	for (; plan->at < plan->count; plan->at++) {
		const struct reader_gap *gap = &plan->gaps[plan->at];

		if (gap->begin != (to ? to : reader_input_offset(input)))
			break;
		if (pass_gap(gap, file, owed) < 0)
			return error_system(err, ENOMEM, "%s", input->name);
		to = gap->end;
	}
	if (to)
		rc = reader_input_skip(input, to, err);
	if (rc < 0)
		return rc;
	reader_input_limit(input, plan->at < plan->count ? plan->gaps[plan->at].begin : UINT64_MAX);
	return to != 0;
}

bool reader_plan_is_at_gap(const struct reader_plan *plan, const struct reader_file *file)
{
	return plan->at < plan->count &&
	       plan->gaps[plan->at].begin == reader_input_offset(&file->input);
}

void reader_plan_drop(struct reader_plan *plan, struct reader_wish *wish, struct reader_file *file)
{
	struct error err;

	for (; plan->at < plan->count; plan->count--) {
		const struct reader_gap *gap = &plan->gaps[plan->count - 1];

		wish->saved.bytes -= gap->end - gap->begin;
		wish->saved.packets -= gap->packets;
		wish->saved.counted -= gap->counted;
	}
	reader_input_limit(&file->input, UINT64_MAX);
	error_set(&err, EBADMSG, "%s: the index is damaged (a run that begins within a packet)",
		  file->input.name);
	if (wish->note)
		wish->note(wish->context, err.text, true);
}

void reader_plan_close(struct reader_plan *plan)
{
	free(plan->gaps);
	*plan = (struct reader_plan){0};
}

/* --- losses -------------------------------------------------------------------------- */

void reader_owed_pay(struct reader_owed *owed, struct frame *frames, uint32_t count)
{
	for (uint32_t i = 0; i < count && owed->total > 0; i++) {
		const uint32_t interface = frames[i].interface;

		if (interface >= owed->count)
			continue;
		frames[i].lost += owed->lost[interface];
		owed->total -= owed->lost[interface];
		owed->lost[interface] = 0;
	}
}

void reader_owed_clear(struct reader_owed *owed)
{
	free(owed->lost);
	*owed = (struct reader_owed){0};
}
