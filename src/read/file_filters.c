/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A filter is compiled when its interface is met, and told of wherever in the files
 * that is.
 */
#include "file_filters.h"

#include <errno.h>
#include <pcap/pcap.h>
#include <stdlib.h>

#include "base/clock.h"
#include "system/filter.h"

static int compile(const struct file_filters *filters, struct bpf_program *program, int dlt,
		   struct error *err)
{
	const struct filter_config config = {
		.expression = filters->config->expression,
		.option = filters->config->expression_option,
		.linktype = dlt,
	};

	if (!config.expression)
		return 0;
	return filter_compile_offline(&config, program, err);
}

static int meet(struct file_filters *filters, uint32_t number, struct error *err)
{
	const struct file_feed_config *c = filters->config;
	const struct reader_interface *interface = reader_interface(c->reader, number);
	int rc = 0;

	filters->programs[number] = (struct bpf_program){0};
	if (c->met)
		rc = c->met(c->context, interface, err);
	return rc == 0 ? compile(filters, &filters->programs[number], interface->dlt, err) : rc;
}

int file_filters_meet(struct file_filters *filters, struct error *err)
{
	const uint32_t count = reader_interface_count(filters->config->reader);
	struct bpf_program *more;

	if (count == filters->count)
		return 0;
	more = realloc(filters->programs, count * sizeof(*more));
	if (!more)
		return error_system(err, ENOMEM, "interfaces");
	filters->programs = more;
	for (; filters->count < count; filters->count++) {
		int rc = meet(filters, filters->count, err);

		if (rc != 0)
			return rc;
	}
	return 0;
}

uint32_t file_filters_count_met(const struct file_filters *filters, const struct frame *frames,
				uint32_t count)
{
	uint32_t met = 0;

	while (met < count && frames[met].interface < filters->count)
		met++;
	return met;
}

bool file_filters_pass(const struct file_filters *filters, const struct frame *frame)
{
	const struct bpf_program *program = &filters->programs[frame->interface];
	const struct pcap_pkthdr header = {.caplen = frame->caplen, .len = frame->len};

	return program->bf_len == 0 || pcap_offline_filter(program, &header, frame->data) != 0;
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
		pcap_freecode(&filters->programs[i]);
	free(filters->programs);
}
