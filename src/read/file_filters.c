/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A filter is compiled when its interface is met, and told of wherever in the files
 * that is.
 */
#include "file_filters.h"

#include <errno.h>
#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "frames/pcapng_copy.h"
#include "system/filter.h"

#define LEFT_OUT UINT32_MAX

/* In epb_flags. */
#define EPB_FCS_SHIFT 5u
#define EPB_FCS_MASK  15u

struct file_filter {
	uint32_t number; /* among those that are not left out, or LEFT_OUT */
	bool refused;    /* it cannot have the filter, which is not told yet */
	uint64_t lost;   /* in front of frames that did not pass, since the last that did */
	bool by_way;     /* there is a program for each way, else one for all */
	struct bpf_program programs[FILTER_WAY_TOTAL]; /* an empty one: all passes */
};

/* --- meeting ------------------------------------------------------------------------- */

/* What was asked for an interface of that name; null: it was not. */
static const struct file_feed_choice *find_choice(const struct file_feed_config *c,
						  const char *name)
{
	for (uint32_t i = 0; i < c->choice_count && name; i++)
		if (strcmp(c->choices[i].name, name) == 0)
			return &c->choices[i];
	return NULL;
}

/* *text is the caller's to free: null, for no filter. 0 or -ENOMEM. */
static int write_expression(const struct file_feed_config *c, const char *expression, char **text)
{
	const char *way = c->direction == DIRECTION_IN ? "inbound" : "outbound";
	int rc = 0;

	*text = NULL;
	if (c->direction == DIRECTION_INOUT)
		rc = expression ? asprintf(text, "%s", expression) : 0;
	else if (expression && *expression)
		rc = asprintf(text, "%s and (%s)", way, expression);
	else
		rc = asprintf(text, "%s", way);
	return rc < 0 ? -ENOMEM : 0;
}

/* For each way where that matters. 0 or -errno with err. */
static int compile(struct file_filter *filter, const struct filter_config *base,
		   const struct reader_interface *interface, struct error *err)
{
	struct filter_facts facts = {.interface = interface->name};
	struct filter_config config = *base;
	int rc = 0;

	config.linktype = interface->dlt;
	config.facts = interface->has_ways ? &facts : NULL;
	filter->by_way = interface->has_ways && filter_asks_way(config.expression);
	for (unsigned way = 0; way < (filter->by_way ? FILTER_WAY_TOTAL : 1) && rc == 0; way++) {
		facts.way = (enum filter_way)way;
		rc = filter_compile_offline(&config, &filter->programs[way], err);
	}
	return rc;
}

static int compile_choice(struct file_filter *filter, const struct file_feed_config *c,
			  const struct reader_interface *interface, struct error *err)
{
	const struct file_feed_choice *choice = find_choice(c, interface->name);
	struct filter_config config = {.option = c->expression_option,
				       .not_optimized = c->not_optimized};
	const char *expression = c->expression;
	char *text;
	int rc;

	if (choice && choice->expression) {
		expression = choice->expression;
		config.option = choice->option;
	}
	rc = write_expression(c, expression, &text);
	if (rc < 0)
		return error_system(err, -rc, "read the filter");
	config.expression = text;
	if (text)
		rc = compile(filter, &config, interface, err);
	/* That is nobody's, wherever it comes. */
	if (rc == -EINVAL && filter_has_sense(text))
		rc = -ENOTSUP;
	free(text);
	return rc;
}

/* Others can have the filter: tells of those met so far that cannot. */
static void tell_refused(struct file_filters *filters, uint32_t count)
{
	const struct file_feed_config *c = filters->config;
	struct error why;

	for (uint32_t i = 0; i < count && filters->taken > 0; i++) {
		struct file_filter *filter = &filters->filters[i];
		const struct reader_interface *interface = reader_interface(c->reader, i);

		if (filter->refused && c->left_out &&
		    compile_choice(filter, c, interface, &why) < 0)
			c->left_out(c->context, interface, &why);
		filter->refused = false;
	}
}

static void free_programs(struct file_filter *filter)
{
	for (unsigned way = 0; way < FILTER_WAY_TOTAL; way++)
		pcap_freecode(&filter->programs[way]);
}

static int meet(struct file_filters *filters, uint32_t number, struct error *err)
{
	const struct file_feed_config *c = filters->config;
	const struct reader_interface *interface = reader_interface(c->reader, number);
	struct file_filter *filter = &filters->filters[number];
	int rc;

	*filter = (struct file_filter){.number = LEFT_OUT};
	if (c->choice_count > 0 && !find_choice(c, interface->name))
		return 0;
	rc = compile_choice(filter, c, interface, err);
	if (rc == -ENOTSUP) {
		if (!filters->refused)
			filters->refusal = *err;
		filter->refused = filters->refused = true;
		return 0;
	}
	if (rc == 0 && (c->rewrite || c->fixes_checksums))
		rc = rewrite_check(c->rewrite, interface->dlt,
				   interface->name ? interface->name : "the file", err);
	if (rc == 0 && c->met)
		rc = c->met(c->context, interface, err);
	/* It is met again, or never. */
	if (rc != 0) {
		free_programs(filter);
		return rc;
	}
	filters->numbers[filters->taken] = number;
	filter->number = filters->taken++;
	return 0;
}

int file_filters_meet(struct file_filters *filters, struct error *err)
{
	const uint32_t count = reader_interface_count(filters->config->reader);
	struct file_filter *more;
	uint32_t *numbers;
	int rc = 0;

	if (count == filters->count)
		return 0;
	more = reallocarray(filters->filters, count, sizeof(*more));
	if (more)
		filters->filters = more;
	numbers = reallocarray(filters->numbers, count, sizeof(*numbers));
	if (numbers)
		filters->numbers = numbers;
	if (!more || !numbers)
		return error_system(err, ENOMEM, "interfaces");
	while (filters->count < count && rc == 0) {
		rc = meet(filters, filters->count, err);
		filters->count += rc == 0;
	}
	tell_refused(filters, filters->count);
	return rc;
}

/* --- what has become of it -------------------------------------------------------------- */

/* None of the files' interfaces was asked for: their names. */
static int refuse_choice(const struct file_filters *filters, struct error *err)
{
	const struct file_feed_config *c = filters->config;
	char known[256] = "";
	size_t used = 0;

	for (uint32_t i = 0; i < filters->count && used < sizeof(known); i++) {
		const char *name = reader_interface(c->reader, i)->name;

		if (name)
			used += (size_t)snprintf(known + used, sizeof(known) - used, "%s%s",
						 used > 0 ? ", " : "", name);
	}
	return error_usage(err, "%s: the files have no interface named '%s'; there are: %s%s",
			   c->choices[0].chosen_by, c->choices[0].name,
			   used > 0 ? known : "none with a name",
			   used >= sizeof(known) ? ", ..." : "");
}

int file_filters_judge(const struct file_filters *filters, struct error *err)
{
	if (filters->taken > 0 || filters->count == 0)
		return 0;
	if (!filters->refused)
		return refuse_choice(filters, err);
	*err = filters->refusal;
	return -EINVAL;
}

uint32_t file_filters_admit(struct file_filters *filters, const struct frame *frames,
			    uint32_t count, int *over, struct error *err)
{
	uint32_t met = 0;

	/* It may have been met long before the first packet of it. */
	if (filters->dislike == 0)
		filters->dislike = file_filters_meet(filters, &filters->reason);
	if (filters->dislike == 0)
		return count;
	while (met < count && frames[met].interface < filters->count)
		met++;
	if (met < count) {
		*over = filters->dislike > 0 ? FEED_END : filters->dislike;
		*err = filters->reason;
	}
	return met;
}

bool file_filters_pass(struct file_filters *filters, struct frame *frame)
{
	struct file_filter *filter = &filters->filters[frame->interface];
	const struct bpf_program *program = &filter->programs[filter->by_way ? frame->way : 0];
	const struct pcap_pkthdr header = {.caplen = frame->caplen, .len = frame->len};

	frame->interface = filter->number;
	if (filter->number == LEFT_OUT)
		return false;
	if (program->bf_len > 0 && pcap_offline_filter(program, &header, frame->data) == 0) {
		filter->lost += frame->lost;
		return false;
	}
	frame->lost += filter->lost;
	filter->lost = 0;
	return true;
}

uint64_t file_filters_lost(const struct file_filters *filters)
{
	uint64_t lost = 0;

	for (uint32_t i = 0; i < filters->count; i++)
		lost += filters->filters[i].lost;
	return lost;
}

void file_filters_strip(const struct file_filters *filters, struct frame *frame)
{
	const uint32_t number = filters->numbers[frame->interface];
	uint32_t bytes = reader_interface(filters->config->reader, number)->fcs_bytes, flags;

	if (pcapng_frame_flags(frame, &flags) && (flags >> EPB_FCS_SHIFT & EPB_FCS_MASK) > 0)
		bytes = flags >> EPB_FCS_SHIFT & EPB_FCS_MASK;
	frame->len -= bytes < frame->len ? bytes : frame->len;
	if (frame->caplen > frame->len)
		frame->caplen = frame->len;
}

/* False where it is of an interface that is left out. */
static bool renumber(const struct file_filters *filters, uint8_t *block)
{
	uint32_t type, number;

	memcpy(&type, block, sizeof(type));
	if (type != PCAPNG_BLOCK_ISB)
		return true;
	memcpy(&number, block + 8, sizeof(number));
	if (number >= filters->count || filters->filters[number].number == LEFT_OUT)
		return false;
	memcpy(block + 8, &filters->filters[number].number, sizeof(number));
	return true;
}

int file_filters_tell(struct file_filters *filters, struct error *err)
{
	const struct file_feed_config *c = filters->config;
	const struct pcapng_block *block;
	int rc = 0;

	while (c->beside && rc == 0 && (block = reader_next_block(c->reader)))
		if (renumber(filters, block->bytes))
			rc = c->beside(c->context, block, err);
	return rc;
}

int file_filters_check_time(const struct file_filters *filters, const struct frame *frame,
			    struct error *err)
{
	/* pcap counts seconds in 32 bits. */
	const int64_t end_ns = ((int64_t)UINT32_MAX + 1) * (int64_t)NS_PER_SECOND;

	if (!filters->config->short_times || (frame->time_ns >= 0 && frame->time_ns < end_ns))
		return 0;
	return error_usage(err,
			   "-w: a packet from %s: pcap has times from 1970 to 2106 only: "
			   "--format pcapng has others",
			   frame->time_ns < 0 ? "before 1970" : "after 2106");
}

void file_filters_clear(struct file_filters *filters)
{
	for (uint32_t i = 0; i < filters->count; i++)
		free_programs(&filters->filters[i]);
	free(filters->filters);
	free(filters->numbers);
}
