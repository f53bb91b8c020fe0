/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The control side of a capture, from its start to its end.
 */
#include "engine/session.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "preparer.h"
#include "ring_thread.h"
#include "session_parts.h"

static void close_all(struct session *s)
{
	preparer_close(s->preparer);
	link_thread_close(s->links);
	session_close_fds(s);
	free(s->attached);
	for (uint32_t l = 0; l < s->config->lane_count; l++) {
		free(s->counts[l].each);
		lane_close(&s->lanes[l]);
	}
}

/* Room for what there is of each interface. */
static int allocate(struct session *s, struct error *err)
{
	const struct session_config *c = s->config;
	uint32_t count = 0;
	int rc = 0;

	for (uint32_t i = 0; i < c->lane_count; i++)
		count += c->lanes[i].stats.count + c->lanes[i].exit_count;
	s->attached = calloc(count, sizeof(*s->attached));
	if (!s->attached)
		rc = -ENOMEM;
	for (uint32_t i = 0; i < c->lane_count && rc == 0; i++) {
		rc = lane_open(&s->lanes[i], &c->lanes[i], &s->counts[i]);
		if (rc == 0)
			lane_attach(&s->lanes[i], s->attached, &s->attached_count);
	}
	return rc < 0 ? error_system(err, -rc, "start the capture") : 0;
}

static int watch_links(struct session *s, struct error *err)
{
	const struct link_thread_config config = {
		.interfaces = s->attached,
		.interface_count = s->config->exit_on_loss ? 0 : s->attached_count,
		.lanes = s->lanes,
		.lane_count = s->config->lane_count,
		.look_fd = s->fds[FD_LINK],
		.news_fd = s->fds[FD_LINKS],
	};

	return link_thread_open(&config, &s->links, err);
}

static int start_thread(struct session *s, struct lane *lane, struct error *err)
{
	const struct session_config *c = s->config;
	const struct ring_thread_config config = {
		.feeds = lane->feeds,
		.feed_count = lane->config->stats.count,
		.sinks = lane->config->sinks,
		.sink_count = lane->config->sink_count,
		.max_packets = lane->config->max_packets,
		.done_fd = s->fds[FD_DONE],
		.work_fd = s->fds[FD_WORK],
		.loss_fd = s->fds[FD_LOSS],
		.link_fd = c->exit_on_loss ? -1 : s->fds[FD_LINK],
	};

	return ring_thread_start(&config, &lane->thread, err);
}

static bool has_rings(const struct session_config *c)
{
	bool rings = false;

	for (uint32_t l = 0; l < c->lane_count; l++)
		rings |= c->lanes[l].sources[0].ring != NULL || c->lanes[l].exit_count > 0;
	return rings;
}

static int start(struct session *s, struct error *err)
{
	const struct session_config *c = s->config;
	int rc = 0;

	/* Before binding, so that nothing is missed. */
	if (has_rings(c))
		rc = watch_links(s, err);
	for (uint32_t i = 0; i < c->lane_count && rc == 0; i++)
		rc = lane_bind(&s->lanes[i], err);
	session_snapshots(s, s->counts);
	if (rc == 0)
		rc = c->started(c->context, err);
	s->start_ns = s->counts[0].total.time_ns;
	if (rc == 0)
		rc = preparer_open(s->lanes, c->lane_count, s->fds[FD_WORK], &s->preparer, err);
	if (rc == 0 && s->links)
		rc = link_thread_start(s->links, err);
	for (uint32_t i = 0; i < c->lane_count && rc == 0; i++) {
		rc = start_thread(s, &s->lanes[i], err);
		s->running += rc == 0;
	}
	return rc;
}

/* After all ring threads have ended. What ended one goes before what its finish
 * complains of. */
static int finish(struct session *s, struct session_counts *final, struct error *err)
{
	int rc = 0, finish_rc = 0;
	struct error finish_error, ignored;

	session_tell_links(s);
	link_thread_count(s->links);
	/* It must not reserve what finishing gives back. */
	preparer_close(s->preparer);
	s->preparer = NULL;
	for (uint32_t i = 0; i < s->config->lane_count; i++) {
		struct ring_thread_result result;
		int now;

		ring_thread_join(s->lanes[i].thread, &result);
		now = lane_finish(&s->lanes[i], &result, s->start_ns, &final[i],
				  finish_rc < 0 ? &ignored : &finish_error);
		finish_rc = finish_rc < 0 ? finish_rc : now;
		now = lane_explain(&s->lanes[i], &result, rc < 0 ? &ignored : err);
		rc = rc < 0 ? rc : now;
		final[i].asked = s->stopping;
		final[i].typed = s->typed;
	}
	if (rc < 0 || finish_rc == 0)
		return rc;
	*err = finish_error;
	return finish_rc;
}

int session_run(const struct session_config *config, struct session_counts *final,
		struct error *err)
{
	struct session s = {.config = config};
	int rc;

	memset(s.fds, -1, sizeof(s.fds));
	session_block_signals(config->rotates);
	rc = session_open_fds(&s, err);
	if (rc == 0)
		rc = allocate(&s, err);
	if (rc == 0)
		rc = start(&s, err);
	if (rc == 0) {
		session_loop(&s);
		rc = finish(&s, final, err);
		if (config->ended)
			config->ended(config->context, final);
	} else {
		/* Of those that were to run a later one did not start. */
		for (uint32_t i = 0; i < s.running; i++) {
			struct ring_thread_result result;

			ring_thread_stop(s.lanes[i].thread);
			ring_thread_stop(s.lanes[i].thread);
			ring_thread_join(s.lanes[i].thread, &result);
		}
	}
	close_all(&s);
	return rc;
}
