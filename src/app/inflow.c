/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One source after the other; their rings lie side by side, so that the kernel
 * can be given them as one.
 */
#include "inflow.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "base/parse.h"
#include "ring/rx_ring.h"

static int allocate(struct inflow *in, uint32_t count, struct error *err)
{
	in->sources = calloc(count, sizeof(*in->sources));
	in->interfaces = calloc(count, sizeof(*in->interfaces));
	in->ends = calloc(count, sizeof(*in->ends));
	in->final.each = calloc(count, sizeof(*in->final.each));
	/* One more for what no interface can be told for. */
	in->stats.each = calloc(count + 1, sizeof(*in->stats.each));
	if (!in->sources || !in->interfaces || !in->ends || !in->final.each || !in->stats.each)
		return error_system(err, ENOMEM, "start the capture");
	in->count = in->stats.count = count;
	in->stats.shared = &in->stats.each[count == 1 ? 0 : count];
	return 0;
}

/* The same interface can be asked for by its name and by its number. */
static int check_twice(const struct inflow *in, uint32_t i, struct error *err)
{
	for (uint32_t k = 0; k < i; k++)
		if (in->sources[k].dev.index == in->sources[i].dev.index)
			return error_usage(err, "-i: '%s' and '%s' are the same interface",
					   in->interfaces[k].name, in->interfaces[i].name);
	return 0;
}

int inflow_find(struct inflow *in, const struct options *options, enum source_purpose purpose,
		const char *common, struct error *err)
{
	int rc = allocate(in, options->interface_count, err);

	for (uint32_t i = 0; i < in->count && rc == 0; i++) {
		in->interfaces[i] = options->interfaces[i];
		if (purpose == SOURCE_FORWARDED)
			in->interfaces[i].snaplen = SNAPLEN_DEFAULT;
		in->found = i + 1;
		rc = source_find(&in->sources[i], options, &in->interfaces[i], i, common, err);
		if (rc == 0)
			rc = check_twice(in, i, err);
		if (rc == 0)
			rc = source_plan(&in->sources[i], purpose, in->count, err);
		if (rc == 0)
			in->rings_bytes += in->sources[i].geometry.ring_bytes;
	}
	return rc;
}

/* V1 and V2 cut blocks into frames of one size; V3 packs them. */
static const char *frames_of(const struct geometry *g, char *text, size_t bytes)
{
	if (g->version == RING_V3)
		return "";
	snprintf(text, bytes, ", %u frames of %u bytes", g->frame_nr, g->frame_size);
	return text;
}

static void say_ring(const struct source *s, struct log *log)
{
	const struct geometry *g = &s->geometry;
	char ring[FORMAT_SIZE_ROOM], block[FORMAT_SIZE_ROOM], frames[64];

	if (g->version == RING_V1)
		log_say(log, NOTE_ADOPT, s->dev.name,
			"%s: a ring of version 1 loses the VLAN tags that the kernel takes off",
			s->dev.name);
	if (s->options->verbose)
		log_say(log, NOTE_DETAIL, s->dev.name,
			"%s: TPACKET_V%d ring of %s: %u blocks of %s%s", s->dev.name,
			(int)g->version, format_size(ring, g->ring_bytes), g->block_nr,
			format_size(block, g->block_size), frames_of(g, frames, sizeof(frames)));
}

int inflow_open(struct inflow *in, struct log *log, struct error *err)
{
	uint8_t *at = mmap(NULL, in->rings_bytes, PROT_NONE,
			   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (at == MAP_FAILED)
		return error_system(err, errno,
				    "set aside %zu bytes of address space for the rings",
				    in->rings_bytes);
	in->rings = at;
	for (uint32_t i = 0; i < in->count; i++) {
		struct source *s = &in->sources[i];
		int rc = source_open(s, &in->stats.each[i], at, err);

		if (rc < 0)
			return rc;
		at += s->geometry.ring_bytes;
		say_ring(s, log);
		in->ends[i] = (struct session_source){.name = s->dev.name,
						      .arphrd = s->dev.arphrd,
						      .feed = rx_ring_feed(s->ring),
						      .ring = s->ring};
	}
	return 0;
}

void inflow_close(struct inflow *in)
{
	for (uint32_t i = 0; i < in->found; i++)
		source_close(&in->sources[i]);
	if (in->rings)
		munmap(in->rings, in->rings_bytes);
	free(in->sources);
	free(in->interfaces);
	free(in->ends);
	free(in->final.each);
	free(in->stats.each);
	*in = (struct inflow){0};
}
