/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Prints on the ring thread: a terminal that is slow leaves packets in the ring,
 * and in the end the kernel drops and counts them.
 */
#include "sinks/sink_text.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "print/printer.h"
#include "system/nowait.h"

struct sink_text {
	struct sink sink;
	struct sink_text_config config;
	struct printer *printer;
	_Atomic int patience; /* enum nowait_patience, with the reader */
	bool closed;          /* nobody reads it any more */
};

/* Nobody is left to read it: no error. */
static int judge(struct sink_text *s, int rc)
{
	if (rc == -EPIPE) {
		s->closed = true;
		return SINK_FULL;
	}
	return rc < 0 ? error_system(&s->sink.error, -rc, "print packets") : 0;
}

static int text_block_begin(struct sink *sink, struct block *block,
			    const struct stats_snapshot *stats)
{
	(void)sink;
	(void)block;
	(void)stats;
	return 0;
}

static int text_frames(struct sink *sink, struct frame *frames, uint32_t count, uint32_t *taken)
{
	struct sink_text *s = (struct sink_text *)sink;
	const struct sink_text_config *c = &s->config;
	int rc = s->closed ? -EPIPE : 0;

	for (*taken = 0; *taken < count && rc == 0; ++*taken) {
		const struct frame *frame = &frames[*taken];

		rc = printer_packet(s->printer, frame, c->linktype(c->context, frame->interface));
		if (rc == 0 && c->line)
			rc = printer_flush(s->printer);
	}
	return judge(s, rc);
}

static int text_block_end(struct sink *sink, struct block *block)
{
	struct sink_text *s = (struct sink_text *)sink;

	(void)block;
	/* The next frame is told that nobody reads. */
	if (s->config.live && !s->closed && judge(s, printer_flush(s->printer)) < 0)
		return -s->sink.error.code;
	return 0;
}

static int push_text(struct sink *sink)
{
	struct sink_text *s = (struct sink_text *)sink;
	int rc = s->closed ? 0 : judge(s, printer_flush(s->printer));

	return rc < 0 ? rc : 0;
}

static void text_hurry(struct sink *sink)
{
	int patience = NOWAIT_FOR_EVER;

	atomic_compare_exchange_strong(&((struct sink_text *)sink)->patience, &patience,
				       NOWAIT_A_WHILE);
}

static void text_abandon(struct sink *sink)
{
	atomic_store(&((struct sink_text *)sink)->patience, NOWAIT_NOT);
}

static int text_finish(struct sink *sink, const struct stats_snapshot *stats, uint32_t interfaces,
		       uint64_t *unwritten)
{
	(void)stats;
	(void)interfaces;
	(void)unwritten;
	text_hurry(sink);
	return push_text(sink);
}

static void text_close(struct sink *sink)
{
	struct sink_text *s = (struct sink_text *)sink;

	printer_close(s->printer);
	free(s);
}

int sink_text_open(const struct sink_text_config *config, struct sink **sink, struct error *err)
{
	static const struct sink_ops ops = {
		.block_begin = text_block_begin,
		.frames = text_frames,
		.block_end = text_block_end,
		.flush = push_text,
		.hurry = text_hurry,
		.abandon = text_abandon,
		.finish = text_finish,
		.close = text_close,
	};
	struct printer_config printer = {
		.fd = config->fd,
		.options = *config->options,
		.interface = config->interface,
		.context = config->context,
		.here = config->here,
	};
	struct sink_text *s = calloc(1, sizeof(*s));
	int rc;

	if (!s)
		return error_system(err, ENOMEM, "print packets");
	s->sink = (struct sink){.ops = &ops, .event_fd = -1, .wake_fd = -1};
	s->sink.peer_fd = nowait_has_peer(config->fd) ? config->fd : -1;
	s->config = *config;
	printer.patience = &s->patience;
	rc = printer_open(&printer, &s->printer, err);
	if (rc < 0) {
		free(s);
		return rc;
	}
	*sink = &s->sink;
	return 0;
}
