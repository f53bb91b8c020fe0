/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From -i to a ring. What can be told without touching anything is told
 * before the socket is opened.
 */
#include "ring/source.h"

#include <errno.h>
#include <net/if_arp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysinfo.h>
#include <unistd.h>

#include "base/parse.h"
#include "frames/weave.h"

/* Largest frame a V1 or V2 slot has room for by default: a 64 KiB
 * super-packet (GRO) with its Ethernet header and a VLAN tag. */
#define FRAME_DATA_DEFAULT (65536u + 18u)

/* Ethernet's header and a VLAN tag. */
#define FRAME_HEADERS         18u
#define FORWARDED_FRAME_LEAST 1940u /* which makes a slot of 2 KiB */

static int compile_filter(struct source *s, const char *expression, struct error *err)
{
	struct filter_config config = {
		.option = s->interface->filter ? "-f" : options_filter_option(s->options),
		.interface = s->interface->name,
		.linktype = s->linktype.dlt,
		.cooked = s->linktype.cooked,
		.loopback_once =
			s->interface->name && (s->dev.index == 0 || (s->dev.flags & IFF_LOOPBACK)),
		.direction = s->options->direction,
		.snaplen = s->interface->snaplen,
	};

	if (expression) {
		s->filter_text = strdup(expression);
		if (!s->filter_text)
			return error_system(err, ENOMEM, "filter");
	}
	config.expression = s->filter_text;
	return filter_compile(&config, &s->filter, err);
}

int source_find(struct source *s, const struct options *options,
		const struct options_interface *interface, uint32_t number, const char *common,
		struct error *err)
{
	int rc;

	*s = (struct source){.options = options, .interface = interface, .number = number};
	s->linktype = linktype_of_arphrd(ARPHRD_ETHER);
	if (interface->name) {
		rc = netdev_find(interface->name, &s->dev, err);
		if (rc < 0)
			return error_context(err, "-i");
		s->linktype =
			s->dev.index == 0 ? linktype_any() : linktype_of_arphrd(s->dev.arphrd);
	}
	return compile_filter(s, interface->filter ? interface->filter : common, err);
}

/* A frame of the longest the interface has, with room for a larger MTU later. What
 * is longer (GRO) cannot be forwarded anyway. */
static uint32_t forwarded_frame(const struct source *s)
{
	const uint32_t longest = s->dev.mtu + FRAME_HEADERS;

	return longest > FORWARDED_FRAME_LEAST ? longest : FORWARDED_FRAME_LEAST;
}

int source_plan(struct source *s, enum source_purpose purpose, uint32_t rings, struct error *err)
{
	const struct options *o = s->options;
	const uint32_t snaplen = s->interface->snaplen;
	struct geometry_request request = {
		.version = o->ring_version,
		.ring_bytes = o->ring_bytes,
		.block_bytes = o->block_bytes,
		.frame_bytes = o->frame_bytes,
		.frame_data = snaplen < FRAME_DATA_DEFAULT ? snaplen : FRAME_DATA_DEFAULT,
		.reserve = rx_ring_reserve(s->linktype.cooked),
		.page_bytes = (uint32_t)sysconf(_SC_PAGESIZE),
	};
	char asked[FORMAT_SIZE_ROOM], memory[FORMAT_SIZE_ROOM];
	struct sysinfo info;
	uint64_t total;
	int rc;

	if (purpose == SOURCE_FORWARDED) {
		/* A block is handed over when it is full or late, a frame at once. */
		if (request.version == RING_V3 && (o->write || !o->ring_version_given))
			request.version = RING_V2;
		request.frame_data = forwarded_frame(s);
	}
	if (sysinfo(&info) == 0) {
		total = (uint64_t)info.totalram * info.mem_unit;
		if (o->ring_bytes >= total / rings)
			return error_usage(err,
					   "a ring of %s%s does not fit in this machine's %s of "
					   "memory: give a smaller --ring-size",
					   format_size(asked, o->ring_bytes),
					   rings > 1 ? " for each interface" : "",
					   format_size(memory, total));
	}
	rc = geometry_plan(&request, &s->geometry, err);
	/* Blocks are woven from a page behind their start on; one page more is
	 * nothing to a block of ordinary size. */
	if (rc == 0 && purpose == SOURCE_RECORDED && o->ring_version == RING_V3 &&
	    s->geometry.block_size >= 16 * WEAVE_RUN_OFFSET) {
		request.priv_bytes = WEAVE_PRIV_BYTES;
		rc = geometry_plan(&request, &s->geometry, err);
	}
	return rc;
}

bool source_is_woven(const struct source *s)
{
	return s->geometry.priv_bytes == WEAVE_PRIV_BYTES;
}

int source_open(struct source *s, struct stats *stats, uint8_t *map_at, struct error *err)
{
	const struct options *o = s->options;
	struct rx_ring_config config = {
		.socket =
			{
				.name = s->dev.name,
				.index = s->dev.index,
				.cooked = s->linktype.cooked,
				.promiscuous = s->interface->promiscuous,
				.ignore_outgoing = o->direction == DIRECTION_IN,
				.may_be_down = o->wait,
				.adapter_stamps = o->adapter_stamps,
				.filter = s->filter,
				.geometry = &s->geometry,
				.block_timeout_ms = o->block_timeout_ms,
				.map_at = map_at,
			},
		.snaplen = s->interface->snaplen,
		.interface = s->number,
		.stats = stats,
	};

	return rx_ring_open(&config, &s->ring, err);
}

void source_close(struct source *s)
{
	rx_ring_close(s->ring);
	filter_free(s->filter);
	free(s->filter_text);
	*s = (struct source){0};
}
