/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From an interface's name to its ring. What can be told without touching anything is
 * told before the socket is opened.
 */
#include "ring/source.h"

#include <net/if_arp.h>
#include <sys/sysinfo.h>
#include <unistd.h>

#include "base/parse.h"
#include "frames/weave.h"

/* Largest frame a V1 or V2 slot has room for by default: a 64 KiB
 * super-packet (GRO) with its Ethernet header and a VLAN tag. */
#define FRAME_DATA_DEFAULT (65536u + 18u)

/* What makes a slot of 2 KiB: with frames of 1500 bytes the usual, and as many of them as
 * can be. */
#define USUAL_FRAME 1940u

/* Ethernet's header and a VLAN tag. */
#define FRAME_HEADERS 18u

/* Room for frames longer than their slot, by what the ring has for the others: a ring of
 * 64 MiB has 33 000 slots. They take memory while they wait. */
#define UNCUT_SHARE 4u
#define UNCUT_MOST  (512u << 20)

int source_find(struct source *s, const struct source_config *config, struct error *err)
{
	int rc;

	*s = (struct source){.config = *config};
	s->linktype = linktype_of_arphrd(ARPHRD_ETHER);
	if (!config->name)
		return 0;
	rc = netdev_find(config->name, &s->dev, err);
	if (rc == 0)
		s->linktype =
			s->dev.index == 0 ? linktype_any() : linktype_of_arphrd(s->dev.arphrd);
	return rc;
}

int source_compile(struct source *s, struct error *err)
{
	const struct source_config *c = &s->config;
	const struct filter_config config = {
		.expression = c->filter,
		.option = c->filter_option,
		.interface = c->name ? s->dev.name : NULL,
		.linktype = s->linktype.dlt,
		.cooked = s->linktype.cooked,
		.loopback_once = c->name && (s->dev.index == 0 || (s->dev.flags & IFF_LOOPBACK)),
		.direction = c->direction,
		.snaplen = c->snaplen,
		.netmask = s->dev.netmask,
		.not_optimized = c->not_optimized,
	};

	return filter_compile(&config, &s->filter, err);
}

int source_leave_out(struct source *s, const struct error *why, struct error *err)
{
	s->left_out = *why;
	return filter_make_nothing(&s->filter, err);
}

static bool is_uncut(const struct source_config *c)
{
	if (c->purpose == SOURCE_FORWARDED)
		return c->uncut && c->ring_version == RING_V2;
	return c->uncut && c->ring_version != RING_V3 && c->frame_bytes == 0;
}

/* Longer ones come by the socket. Where they do not: a frame of the longest the interface
 * has, with room for a larger MTU later; what is longer (GRO) cannot be forwarded then. */
static uint32_t forwarded_frame(const struct source *s)
{
	const uint32_t longest = s->dev.mtu + FRAME_HEADERS;

	return is_uncut(&s->config) || longest < USUAL_FRAME ? USUAL_FRAME : longest;
}

/* The longest that come without an offload, so that a burst of them fits; where longer ones
 * would be cut, those. */
static uint32_t recorded_frame(const struct source *s)
{
	const uint32_t longest = s->dev.mtu + FRAME_HEADERS;

	if (!is_uncut(&s->config) || longest > FRAME_DATA_DEFAULT)
		return FRAME_DATA_DEFAULT;
	return longest < USUAL_FRAME ? USUAL_FRAME : longest;
}

static uint32_t uncut_bytes(const struct source *s)
{
	const uint64_t bytes = s->geometry.ring_bytes * UNCUT_SHARE;

	if (!is_uncut(&s->config))
		return 0;
	return bytes < UNCUT_MOST ? (uint32_t)bytes : UNCUT_MOST;
}

int source_plan(struct source *s, uint32_t rings, struct error *err)
{
	const struct source_config *c = &s->config;
	struct geometry_request request = {
		.version = c->ring_version,
		.ring_bytes = c->ring_bytes,
		.block_bytes = c->block_bytes,
		.frame_bytes = c->frame_bytes,
		.frame_data = recorded_frame(s),
		.reserve = rx_ring_reserve(s->linktype.cooked) +
			   (c->rewrite ? rewrite_growth(c->rewrite) : 0),
		.page_bytes = (uint32_t)sysconf(_SC_PAGESIZE),
	};
	const bool coarse = s->filter && filter_coarse(s->filter);
	char asked[FORMAT_SIZE_ROOM], memory[FORMAT_SIZE_ROOM];
	struct sysinfo info;
	uint64_t total;
	int rc = c->rewrite ? rewrite_check(c->rewrite, s->linktype.dlt, s->dev.name, err) : 0;

	if (rc < 0)
		return rc;
	/* Else the whole packet is filtered here. */
	if (!coarse && c->snaplen < request.frame_data)
		request.frame_data = c->snaplen;
	if (c->purpose == SOURCE_FORWARDED)
		request.frame_data = forwarded_frame(s);
	if (sysinfo(&info) == 0) {
		total = (uint64_t)info.totalram * info.mem_unit;
		if (c->ring_bytes >= total / rings)
			return error_usage(err,
					   "a ring of %s%s does not fit in this machine's %s of "
					   "memory: give a smaller --ring-size",
					   format_size(asked, c->ring_bytes),
					   rings > 1 ? " for each interface" : "",
					   format_size(memory, total));
	}
	rc = geometry_plan(&request, &s->geometry, err);
	/* Blocks are woven from a page behind their start on; one page more is
	 * nothing to a block of ordinary size. Of one that is filtered here not all is
	 * written. */
	if (rc == 0 && !coarse && c->purpose == SOURCE_RECORDED && c->ring_version == RING_V3 &&
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
	const struct source_config *c = &s->config;
	struct rx_ring_config config = {
		.socket =
			{
				.name = s->dev.name,
				.index = s->dev.index,
				.cooked = s->linktype.cooked,
				.promiscuous = c->promiscuous,
				.ignore_outgoing = c->direction == DIRECTION_IN,
				.may_be_down = c->may_be_down,
				.adapter_stamps = c->adapter_stamps,
				.filter = s->filter,
				.geometry = &s->geometry,
				.block_timeout_ms = c->block_timeout_ms,
				.uncut_bytes = uncut_bytes(s),
				.offloads = is_uncut(c) && c->purpose == SOURCE_FORWARDED,
				.map_at = map_at,
			},
		.snaplen = c->snaplen,
		.rewrite = c->rewrite,
		.link_bytes = rewrite_link_bytes(s->linktype.dlt),
		.interface = c->number,
		.stats = stats,
	};

	return rx_ring_open(&config, &s->ring, err);
}

void source_close(struct source *s)
{
	rx_ring_close(s->ring);
	filter_free(s->filter);
	*s = (struct source){0};
}
