/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Frames go out as they come, a batch at a time, so that none waits for the
 * next. What cannot go is counted by its way out.
 */
#include "sinks/sink_forward.h"

#include <errno.h>
#include <stdlib.h>

#define WAYS_MOST 2u

struct sink_forward {
	struct sink sink;
	struct sink_forward_config config;
	uint32_t interface;                      /* of the block */
	struct stats_snapshot summed[WAYS_MOST]; /* of the parts: what is in the whole */
};

/* What the ways count goes into the whole, too. */
static void sum_parts(struct sink_forward *f)
{
	for (uint32_t i = 0; i < f->config.count; i++) {
		struct stats_snapshot now, *before = &f->summed[i];

		stats_copy(&f->config.parts[i], &now);
		stats_add(&f->config.stats->sent, now.sent - before->sent);
		stats_add(&f->config.stats->sent_bytes, now.sent_bytes - before->sent_bytes);
		stats_add(&f->config.stats->tx_oversize, now.tx_oversize - before->tx_oversize);
		stats_add(&f->config.stats->tx_short, now.tx_short - before->tx_short);
		stats_add(&f->config.stats->tx_cut, now.tx_cut - before->tx_cut);
		stats_add(&f->config.stats->tx_full, now.tx_full - before->tx_full);
		stats_add(&f->config.stats->tx_down, now.tx_down - before->tx_down);
		stats_add(&f->config.stats->tx_refused, now.tx_refused - before->tx_refused);
		stats_add(&f->config.stats->tx_unfinished,
			  now.tx_unfinished - before->tx_unfinished);
		*before = now;
	}
}

/* Frames in a row that take one way go together; the order over all ways stays. */
static int send_chosen(struct sink_forward *f, struct frame *frames, uint32_t count,
		       uint32_t *taken)
{
	const struct sink_forward_config *c = &f->config;
	int rc = 0;

	*taken = 0;
	while (rc == 0 && *taken < count) {
		const uint32_t way = c->choose(c->context, &frames[*taken]);
		uint32_t end = *taken + 1, part;

		while (end < count && c->choose(c->context, &frames[end]) == way)
			end++;
		rc = tx_send(c->ways[way], frames + *taken, end - *taken, &c->parts[way], &part);
		*taken += part;
	}
	sum_parts(f);
	return rc;
}

static int forward_block_begin(struct sink *sink, struct block *block,
			       const struct stats_snapshot *stats)
{
	struct sink_forward *f = (struct sink_forward *)sink;

	(void)stats;
	f->interface = block->interface;
	return 0;
}

static int forward_frames(struct sink *sink, struct frame *frames, uint32_t count, uint32_t *taken)
{
	struct sink_forward *f = (struct sink_forward *)sink;
	int rc = f->config.choose ? send_chosen(f, frames, count, taken)
				  : tx_send(f->config.ways[f->interface], frames, count,
					    &f->config.stats[f->interface], taken);

	return rc == TX_WAIT ? SINK_WAIT : rc;
}

static int forward_block_end(struct sink *sink, struct block *block)
{
	(void)sink;
	(void)block;
	return 0;
}

static int forward_flush(struct sink *sink)
{
	(void)sink;
	return 0;
}

static void forward_linger(struct sink *sink)
{
	struct sink_forward *f = (struct sink_forward *)sink;

	for (uint32_t i = 0; i < f->config.count; i++)
		tx_linger(f->config.ways[f->config.first + i]);
	if (f->config.choose)
		sum_parts(f);
}

static int forward_finish(struct sink *sink, const struct stats_snapshot *stats,
			  uint32_t interfaces, uint64_t *unwritten)
{
	(void)sink;
	(void)stats;
	(void)interfaces;
	(void)unwritten;
	return 0;
}

static void forward_close(struct sink *sink)
{
	free(sink);
}

int sink_forward_open(const struct sink_forward_config *config, struct sink **sink,
		      struct error *err)
{
	static const struct sink_ops ops = {
		.block_begin = forward_block_begin,
		.frames = forward_frames,
		.block_end = forward_block_end,
		.flush = forward_flush,
		.linger = forward_linger,
		.finish = forward_finish,
		.close = forward_close,
	};
	struct sink_forward *f = calloc(1, sizeof(*f));

	if (!f)
		return error_system(err, ENOMEM, "forward");
	f->sink = (struct sink){.ops = &ops,
				.event_fd = -1,
				.wake_fd = -1,
				.peer_fd = -1,
				.keeps = config->files};
	f->config = *config;
	*sink = &f->sink;
	return 0;
}
