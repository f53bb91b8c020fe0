/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Frames go out as they come, a batch at a time, so that none waits for the
 * next. What cannot go is counted by its way out.
 */
#include "sinks/sink_forward.h"

#include <errno.h>
#include <stdlib.h>

struct sink_forward {
	struct sink sink;
	struct sink_forward_config config;
	uint32_t interface; /* of the block */
};

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
	int rc = tx_send(f->config.ways[f->interface], frames, count,
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
