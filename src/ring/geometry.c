/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Ring arithmetic. Everything is computed in 64 bits and narrowed only after
 * it was found to fit, and every rule stands in one place, so that what
 * geometry_plan makes and what geometry_check takes cannot drift apart.
 */
#include "ring/geometry.h"

#include <errno.h>
#include <inttypes.h>
#include <linux/if_packet.h>

#define DEFAULT_BLOCK_BYTES 1048576u
#define V3_PRIV_ALIGN       8u
#define V3_PRIV_MAX         65535u
#define V3_BLOCKS_MAX       65536u  /* the reader's block index has 16 bits */
#define BLOCKS_MAX          524288u /* 8 bytes each in one 4 MiB allocation */

/* What a ring is made of, before anything is narrowed to the kernel's types. */
struct sizes {
	uint64_t block;
	uint64_t frame;
	uint64_t ring;
};

/* A size that is a multiple of unit from least to most, which are such, too. */
struct rule {
	const char *option;
	uint64_t unit;
	uint64_t least;
	uint64_t most;
	const char *hint; /* what else would help against "too small" */
};

static uint64_t round_up(uint64_t value, uint64_t unit)
{
	return (value + unit - 1) / unit * unit;
}

/* Bytes of the headers in front of a frame, or 0 for no known version. */
static uint64_t header_bytes(enum ring_version version)
{
	switch (version) {
	case RING_V1:
		return TPACKET_HDRLEN;
	case RING_V2:
		return TPACKET2_HDRLEN;
	case RING_V3:
		return TPACKET3_HDRLEN;
	}
	return 0;
}

static uint64_t largest_block(uint32_t page_bytes)
{
	return INT32_MAX / page_bytes * page_bytes; /* the kernel has it as an int */
}

/* The least block: for V3 its own headers, else one frame. */
static uint64_t least_block(const struct geometry *plan, uint64_t frame)
{
	if (plan->version != RING_V3)
		return frame;
	return sizeof(struct tpacket_block_desc) + round_up(plan->priv_bytes, V3_PRIV_ALIGN) +
	       header_bytes(RING_V3) + plan->reserve;
}

static int rule_check(const struct rule *rule, uint64_t value, struct error *err)
{
	uint64_t below = value / rule->unit * rule->unit;

	if (value < rule->least)
		return error_usage(err, "%s %" PRIu64 ": too small, at least %" PRIu64 "%s",
				   rule->option, value, rule->least, rule->hint);
	if (value > rule->most)
		return error_usage(err, "%s %" PRIu64 ": too large, at most %" PRIu64, rule->option,
				   value, rule->most);
	if (value != below)
		return error_usage(err,
				   "%s %" PRIu64 ": not a multiple of %" PRIu64
				   ", the nearest are %" PRIu64 " and %" PRIu64,
				   rule->option, value, rule->unit, below, below + rule->unit);
	return 0;
}

/* Blocks and frames are counted in types of their own, short of the sizes. */
static int count_check(const struct geometry *plan, const struct sizes *sizes, uint32_t page_bytes,
		       struct error *err)
{
	uint64_t blocks = sizes->ring / sizes->block;
	uint64_t per_block = sizes->block / sizes->frame;
	uint64_t blocks_max = plan->version == RING_V3 ? V3_BLOCKS_MAX : BLOCKS_MAX;

	if (blocks == 0)
		return error_usage(err,
				   "--ring-size %" PRIu64
				   ": smaller than one block, at least %" PRIu64,
				   sizes->ring, sizes->block);
	if (blocks > UINT32_MAX / per_block)
		return error_usage(err,
				   "--ring-size %" PRIu64 ": more frames than can be counted, at "
				   "most %" PRIu64 ", or a larger --frame-size",
				   sizes->ring, UINT32_MAX / per_block * sizes->block);
	if (blocks > blocks_max) {
		uint64_t block = round_up(sizes->ring / (blocks_max + 1) + 1, page_bytes);

		return error_usage(err,
				   "--ring-size %" PRIu64 ": more than %" PRIu64
				   " blocks, at most %" PRIu64 ", or --block-size %" PRIu64,
				   sizes->ring, blocks_max, blocks_max * sizes->block, block);
	}
	return 0;
}

/* Every rule on sizes, those first that the later ones divide by. */
static int sizes_check(const struct geometry *plan, const struct sizes *sizes, uint32_t page_bytes,
		       struct error *err)
{
	uint64_t header = header_bytes(plan->version);
	int rc;

	if (header == 0)
		return error_usage(err, "--ring-version %d: there are 1, 2 and 3",
				   (int)plan->version);
	if (plan->version == RING_V3 && plan->priv_bytes > V3_PRIV_MAX)
		return error_set(err, EINVAL, "private area of %" PRIu32 " bytes: at most %u",
				 plan->priv_bytes, V3_PRIV_MAX);

	struct rule frame = {
		.option = "--frame-size",
		.unit = TPACKET_ALIGNMENT,
		.least = round_up(header + plan->reserve, TPACKET_ALIGNMENT),
		.most = largest_block(page_bytes),
		.hint = "",
	};
	struct rule block = {
		.option = "--block-size",
		.unit = page_bytes,
		.least = round_up(least_block(plan, sizes->frame), page_bytes),
		.most = largest_block(page_bytes),
		.hint = plan->version == RING_V3 ? "" : ", or a smaller --frame-size",
	};
	/* With V3 the frame size is no size of its own, but the block's again. */
	rc = plan->version == RING_V3 ? 0 : rule_check(&frame, sizes->frame, err);
	if (rc == 0)
		rc = rule_check(&block, sizes->block, err);
	if (rc == 0)
		rc = count_check(plan, sizes, page_bytes, err);
	return rc;
}

/*
 * Room for frame_data bytes behind any link-layer header. The kernel aligns
 * what follows that header, and counts it as 16 bytes at least, so the data
 * starts at most there when it is 0 bytes long.
 */
static uint64_t default_frame(const struct geometry_request *request)
{
	uint64_t data = round_up(header_bytes(request->version) + 16, TPACKET_ALIGNMENT);

	return round_up(data + request->reserve + request->frame_data, TPACKET_ALIGNMENT);
}

/*
 * Halved until two fit into the ring, so that the kernel can fill one while
 * the other is read, but never too small for what goes in.
 */
static uint64_t default_block(uint64_t ring, uint64_t least, uint32_t page_bytes)
{
	uint64_t block = DEFAULT_BLOCK_BYTES;

	while (ring / block < 2 && block / 2 >= page_bytes)
		block /= 2;
	return round_up(block > least ? block : least, page_bytes);
}

int geometry_plan(const struct geometry_request *request, struct geometry *plan, struct error *err)
{
	struct sizes sizes = {
		.block = request->block_bytes,
		.frame = request->frame_bytes,
		.ring = request->ring_bytes,
	};
	int rc;

	*plan = (struct geometry){
		.version = request->version,
		.priv_bytes = request->version == RING_V3 ? request->priv_bytes : 0,
		.reserve = request->reserve,
	};
	if (sizes.frame == 0)
		sizes.frame = default_frame(request);
	if (sizes.block == 0)
		sizes.block = default_block(sizes.ring, least_block(plan, sizes.frame),
					    request->page_bytes);
	if (request->version == RING_V3)
		sizes.frame = sizes.block;
	rc = sizes_check(plan, &sizes, request->page_bytes, err);
	if (rc < 0)
		return rc;

	plan->block_size = (uint32_t)sizes.block;
	plan->block_nr = (uint32_t)(sizes.ring / sizes.block);
	plan->frame_size = (uint32_t)sizes.frame;
	plan->frames_per_block = plan->block_size / plan->frame_size;
	plan->frame_nr = plan->frames_per_block * plan->block_nr;
	plan->ring_bytes = sizes.block * plan->block_nr;
	return geometry_check(plan, request->page_bytes, err);
}

int geometry_check(const struct geometry *plan, uint32_t page_bytes, struct error *err)
{
	struct sizes sizes = {
		.block = plan->block_size,
		.frame = plan->version == RING_V3 ? plan->block_size : plan->frame_size,
		.ring = (uint64_t)plan->block_size * plan->block_nr,
	};
	int rc = sizes_check(plan, &sizes, page_bytes, err);

	if (rc < 0)
		return rc;
	if (plan->ring_bytes != sizes.ring || plan->frame_size != sizes.frame ||
	    plan->frames_per_block != plan->block_size / plan->frame_size ||
	    plan->frame_nr != plan->frames_per_block * plan->block_nr)
		return error_set(err, EINVAL, "ring plan contradicts itself");
	return 0;
}

uint64_t geometry_block_offset(const struct geometry *plan, uint32_t block)
{
	return (uint64_t)block * plan->block_size;
}

/* Not index * frame_size: the tail of a block may be too short for a frame. */
uint64_t geometry_frame_offset(const struct geometry *plan, uint32_t index)
{
	return geometry_block_offset(plan, index / plan->frames_per_block) +
	       (uint64_t)(index % plan->frames_per_block) * plan->frame_size;
}
