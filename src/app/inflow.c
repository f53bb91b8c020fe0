/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From options to sources, one after the other; their rings lie side by side, so that
 * the kernel can be given them as one.
 */
#include "inflow.h"

#include <errno.h>
#include <net/if_arp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/parse.h"
#include "disk/spill.h"
#include "ring/rx_ring.h"

/* Rings of a default size. */
#define RING_LEAST_BYTES (UINT64_C(64) << 20)
#define RING_MOST_BYTES  (UINT64_C(256) << 20)
#define RING_UNIT_BYTES  (UINT64_C(1) << 20)

/* A larger ring lasts longer while the disk stands still, so that blocks can be held and
 * need not be copied (write_queue.h) at up to 64 MB/s; what does not go to a disk has no
 * use for it. */
static uint64_t default_ring(const struct options *o, enum source_purpose purpose)
{
	uint64_t bytes;

	if (purpose != SOURCE_RECORDED || !o->write || strcmp(o->write, "-") == 0)
		return RING_LEAST_BYTES;
	bytes = spill_available() / 32 / (o->interface_count ? o->interface_count : 1);
	bytes -= bytes % RING_UNIT_BYTES;
	if (bytes < RING_LEAST_BYTES)
		return RING_LEAST_BYTES;
	return bytes < RING_MOST_BYTES ? bytes : RING_MOST_BYTES;
}

struct source_config inflow_config(const struct options *o,
				   const struct options_interface *interface,
				   enum source_purpose purpose, const char *common)
{
	struct source_config config = {
		.name = interface->name,
		.filter = interface->filter ? interface->filter : common,
		.filter_option = interface->filter ? "-f" : options_filter_option(o),
		.purpose = purpose,
		.direction = o->direction,
		.snaplen = interface->snaplen,
		.promiscuous = interface->promiscuous,
		.may_be_down = o->wait,
		.adapter_stamps = o->adapter_stamps,
		.not_optimized = o->not_optimized,
		.ring_version = o->ring_version,
		.ring_bytes = o->ring_bytes ? o->ring_bytes : default_ring(o, purpose),
		.block_bytes = o->block_bytes,
		.frame_bytes = o->frame_bytes,
		.rewrite = o->rewrite,
		.block_timeout_ms = o->block_timeout_ms,
		.uncut = purpose == SOURCE_FORWARDED ? !o->no_uncut : rx_socket_may_queue(),
	};

	if (purpose == SOURCE_RECORDED)
		return config;
	/* Frames go on whole. */
	config.snaplen = SNAPLEN_DEFAULT;
	/* A block is handed over when it is full or late, a frame at once. What is given
	 * for the ring is the recorder's, where there is one. */
	if (config.ring_version == RING_V3 && (options_writes(o) || !o->ring_version_given))
		config.ring_version = RING_V2;
	return config;
}

int inflow_find_source(struct source *source, const struct source_config *config, struct error *err)
{
	int rc = source_find(source, config, err);

	return rc < 0 ? error_context(err, "-i") : source_compile(source, err);
}

static int allocate(struct inflow *in, uint32_t count, struct error *err)
{
	in->sources = calloc(count, sizeof(*in->sources));
	in->ends = calloc(count, sizeof(*in->ends));
	in->filters = calloc(count, sizeof(*in->filters));
	in->final.each = calloc(count, sizeof(*in->final.each));
	/* One more for what no interface can be told for. */
	in->stats.each = calloc(count + 1, sizeof(*in->stats.each));
	if (!in->sources || !in->ends || !in->filters || !in->final.each || !in->stats.each)
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
					   in->sources[k].config.name, in->sources[i].config.name);
	return 0;
}

/* The common filter that an interface cannot have, while others can. */
struct refusals {
	uint32_t wanted, count; /* interfaces it is for, and of those that cannot have it */
	struct error first;
};

static int find_source(struct inflow *in, const struct source_config *config, bool common,
		       struct refusals *refusals, struct error *err)
{
	struct source *source = &in->sources[config->number];
	struct error why;
	int rc = source_find(source, config, err);

	if (rc < 0)
		return error_context(err, "-i");
	rc = source_compile(source, &why);
	refusals->wanted += common;
	if (rc == 0 || rc != -EINVAL || !common || in->count == 1) {
		if (rc < 0 && err)
			*err = why;
		return rc;
	}
	if (refusals->count++ == 0)
		refusals->first = why;
	return source_leave_out(source, &why, err);
}

/* Whether it has packets of the Internet, for the kernel and for a filter. */
static bool carries_streams(const struct netdev *dev)
{
	return dev->index == 0 || dev->arphrd == ARPHRD_ETHER || dev->arphrd == ARPHRD_LOOPBACK ||
	       dev->arphrd == ARPHRD_NONE || dev->arphrd == ARPHRD_PPP;
}

/* What this program sends is not to come in again, whatever was asked for. */
static int leave_out_own(struct inflow *in, struct source_config *config, struct error *err)
{
	const char *own, *asked = config->filter;
	struct netdev dev;
	int length;

	if (!in->own || (!in->own[0] && !in->own[1]))
		return 0;
	if (netdev_find(config->name, &dev, NULL) < 0 || !carries_streams(&dev))
		return 0;
	own = in->own[dev.index == 0 || dev.arphrd == ARPHRD_LOOPBACK];
	if (!own)
		return 0;
	length = asked && *asked
			 ? asprintf(&in->filters[config->number], "not (%s) and (%s)", own, asked)
			 : asprintf(&in->filters[config->number], "not (%s)", own);
	if (length < 0) {
		in->filters[config->number] = NULL;
		return error_system(err, ENOMEM, "filter");
	}
	config->filter = in->filters[config->number];
	return 0;
}

int inflow_find(struct inflow *in, const struct options *options, enum source_purpose purpose,
		const char *common, struct error *err)
{
	int rc = allocate(in, options->interface_count, err);
	struct refusals refusals = {.count = 0};

	in->options = options;
	for (uint32_t i = 0; i < in->count && rc == 0; i++) {
		const struct options_interface *interface = &options->interfaces[i];
		struct source_config config = inflow_config(options, interface, purpose, common);

		config.number = i;
		rc = leave_out_own(in, &config, err);
		if (rc < 0)
			break;
		in->found = i + 1;
		rc = find_source(in, &config, common && !interface->filter, &refusals, err);
		if (rc == 0)
			rc = check_twice(in, i, err);
		if (rc == 0)
			rc = source_plan(&in->sources[i], in->count, err);
		if (rc == 0)
			in->rings_bytes += in->sources[i].geometry.ring_bytes;
	}
	if (rc < 0 || refusals.count == 0 || refusals.count < refusals.wanted)
		return rc;
	if (err)
		*err = refusals.first;
	return -EINVAL;
}

/* V1 and V2 cut blocks into frames of one size; V3 packs them. */
static const char *frames_of(const struct geometry *g, char *text, size_t bytes)
{
	if (g->version == RING_V3)
		return "";
	snprintf(text, bytes, ", %u frames of %u bytes", g->frame_nr, g->frame_size);
	return text;
}

/* Frames longer than their place: of as many as there is room for, with rights to more
 * than the system's usual or without. */
static const char *uncut_of(const struct source *s, char *text, size_t bytes)
{
	const uint32_t room = rx_ring_uncut_bytes(s->ring);
	char size[FORMAT_SIZE_ROOM];

	text[0] = 0;
	if (room > 0)
		snprintf(text, bytes, ", longer ones beside it in up to %s",
			 format_size(size, room));
	return text;
}

/* What has become of its filter. */
static void say_filter(const struct inflow *in, const struct source *s, struct log *log)
{
	const char *own = in->filters[s->config.number];
	const char *coarse = filter_coarse(s->filter);

	if (own)
		log_say(log, NOTE_ADOPT, s->dev.name,
			"%s: the stream's own packets are left out: %s", s->dev.name, own);
	if (s->left_out.text[0])
		log_say(log, NOTE_CHECK, s->dev.name, "%s: none of its packets pass: %s",
			s->dev.name, s->left_out.text);
	if (coarse)
		log_say(log, NOTE_CHECK, s->dev.name,
			"%s: the kernel cannot run the filter, so that all packets come into the "
			"ring and are filtered there: %s",
			s->dev.name, coarse);
}

static void say_ring(const struct inflow *in, const struct source *s, struct log *log)
{
	const struct geometry *g = &s->geometry;
	char ring[FORMAT_SIZE_ROOM], block[FORMAT_SIZE_ROOM], frames[64], uncut[96];

	if (g->version == RING_V1)
		log_say(log, NOTE_ADOPT, s->dev.name,
			"%s: a ring of version 1 loses the VLAN tags that the kernel takes off",
			s->dev.name);
	if (in->options->verbose)
		log_say(log, NOTE_DETAIL, s->dev.name,
			"%s: TPACKET_V%d ring of %s: %u blocks of %s%s%s", s->dev.name,
			(int)g->version, format_size(ring, g->ring_bytes), g->block_nr,
			format_size(block, g->block_size), frames_of(g, frames, sizeof(frames)),
			uncut_of(s, uncut, sizeof(uncut)));
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
		say_ring(in, s, log);
		/* Once, where there are two of them. */
		if (s->config.purpose == SOURCE_RECORDED || !options_writes(in->options))
			say_filter(in, s, log);
		in->ends[i] = (struct session_source){.name = s->dev.asked,
						      .known = s->dev.name,
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
	for (uint32_t i = 0; i < in->count && in->filters; i++)
		free(in->filters[i]);
	free(in->filters);
	free(in->sources);
	free(in->ends);
	free(in->final.each);
	free(in->stats.each);
	*in = (struct inflow){0};
}
