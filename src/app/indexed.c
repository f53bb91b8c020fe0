/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A packet is wanted where the filter of its interface takes it: whatever none of the filters
 * takes is not.
 */
#include "indexed.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/parse.h"

static void note(void *context, const char *text, bool damaged)
{
	const struct indexed *x = context;

	if (damaged || x->options->verbose)
		log_say(x->log, damaged ? NOTE_CHECK : NOTE_DETAIL, NULL,
			"%s: the whole file is read", text);
}

/* The filters there are; 0 where one of them takes all. */
static uint32_t list_filters(struct indexed *x, const char *text,
			     const struct file_feed_choice *choices)
{
	const uint32_t count = x->options->interface_count;
	uint32_t used = 0;

	for (uint32_t i = 0; i < count && i < OPTIONS_INTERFACES_MAX; i++) {
		x->expressions[used] = choices[i].expression ? choices[i].expression : text;
		if (!x->expressions[used++])
			return 0;
	}
	if (count == 0 && text)
		x->expressions[used++] = text;
	return used;
}

/* Whether all packets of the time asked for are only to be counted. */
static bool only_counts(const struct options *o, const char *text)
{
	return o->count_only && (!text || !*text) && o->interface_count == 0 &&
	       o->direction == DIRECTION_INOUT && o->max_packets == 0;
}

void indexed_use(struct indexed *x, const char *text, const struct file_feed_choice *choices,
		 struct reader_config *config)
{
	if (x->options->no_index)
		return;
	config->index = (struct reader_index_use){
		.used = true,
		.expressions = x->expressions,
		.expression_count = list_filters(x, text, choices),
		.counts = only_counts(x->options, text),
		.note = note,
		.context = x,
	};
}

static void say_saved(const struct indexed *x, const struct reader_saved *saved)
{
	char size[FORMAT_SIZE_ROOM];

	format_size(size, saved->bytes);
	log_say(x->log, NOTE_END, NULL,
		"by index: %s with %" PRIu64 " packet%s not read; of %" PRIu64 " file%s with an "
		"index %" PRIu64 " left out; %" PRIu64 " without one",
		size, saved->packets, PLURAL(saved->packets), saved->indexed,
		PLURAL(saved->indexed), saved->whole, saved->without);
}

void indexed_end(const struct indexed *x, const struct reader *reader, struct stats_snapshot *total)
{
	struct reader_saved saved;

	reader_saved(reader, &saved);
	total->captured += saved.counted;
	if (x->options->count_only)
		printf("%" PRIu64 " packet%s\n", total->captured, total->captured == 1 ? "" : "s");
	if (x->options->verbose && saved.indexed > 0)
		say_saved(x, &saved);
}
