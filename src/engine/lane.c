/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a session does for each of its ring threads.
 */
#include "lane.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/parse.h"
#include "ring/rx_ring.h"
#include "system/netdev.h"

/* The device's own drops, of one interface after the other of that name. */
struct device_drops {
	int index;
	uint64_t base, last, before;
};

static uint64_t device_drops(struct device_drops *d, int index)
{
	struct netdev_drops now;

	if (netdev_read_drops(index, &now) == 0) {
		if (index != d->index || now.total < d->last) {
			d->before += d->last - d->base;
			d->base = now.total;
			d->index = index;
		}
		d->last = now.total;
	}
	return d->before + d->last - d->base;
}

void lane_count_drops(struct lane *lane)
{
	const struct session_lane *c = lane->config;

	for (uint32_t i = 0; i < c->stats.count; i++)
		if (c->sources[i].ring)
			atomic_store_explicit(&c->stats.each[i].device_dropped,
					      device_drops(&lane->drops[i],
							   rx_ring_index(c->sources[i].ring)),
					      memory_order_relaxed);
}

void lane_snapshot(struct lane *lane, uint64_t start_ns, struct session_counts *counts)
{
	const struct session_lane *c = lane->config;

	if (lane->thread)
		ring_thread_turns(lane->thread, &counts->turns);
	counts->total.start_ns = start_ns;
	for (uint32_t i = 0; i < c->stats.count; i++)
		counts->each[i].start_ns = start_ns;
	stats_read_all(&c->stats, counts->each, &counts->total);
}

/* How a gap is told in the file. */
void lane_note(struct lane *lane, const struct attach_event *event)
{
	char text[RING_THREAD_NOTE_ROOM], from[FORMAT_TIME_ROOM], to[FORMAT_TIME_ROOM];

	format_time(from, event->from_ns);
	if (event->change == ATTACH_BACK)
		snprintf(text, sizeof(text), "%s from %s to %s", attach_state(event->cause), from,
			 format_time(to, event->to_ns));
	else if (event->change == ATTACH_RENAMED)
		snprintf(text, sizeof(text), "%s to %s", attach_state(event->change), event->name);
	else
		snprintf(text, sizeof(text), "%s from %s", attach_state(event->change), from);
	ring_thread_note(lane->thread, event->interface, text);
}

static int ring_index(const void *ring)
{
	return rx_ring_index(ring);
}

static int ring_bound(const void *ring)
{
	return rx_ring_bound(ring);
}

static int ring_rebind(void *ring, int index)
{
	return rx_ring_rebind(ring, index);
}

void lane_attach(struct lane *lane, struct attach_interface *list, uint32_t *count)
{
	static const struct attach_ops ring_ops = {ring_index, ring_bound, ring_rebind, NULL};
	const struct session_lane *c = lane->config;

	lane->attached = *count;
	for (uint32_t i = 0; i < c->stats.count; i++) {
		const struct session_source *from = &c->sources[i];
		bool watched = from->ring && rx_ring_index(from->ring) != 0;

		list[(*count)++] = (struct attach_interface){
			from->name,
			from->known ? from->known : from->name,
			from->arphrd,
			&ring_ops,
			watched ? from->ring : NULL,
		};
	}
	for (uint32_t i = 0; i < c->exit_count; i++) {
		const struct session_exit *to = &c->exits[i];

		list[(*count)++] = (struct attach_interface){to->name, to->known, to->arphrd,
							     to->ops, to->socket};
	}
}

int lane_open(struct lane *lane, const struct session_lane *c, struct session_counts *counts)
{
	lane->config = c;
	counts->each = calloc(c->stats.count, sizeof(*counts->each));
	lane->feeds = calloc(c->stats.count, sizeof(struct feed *));
	lane->drops = calloc(c->stats.count, sizeof(*lane->drops));
	if (!counts->each || !lane->feeds || !lane->drops)
		return -ENOMEM;
	for (uint32_t i = 0; i < c->stats.count; i++)
		lane->feeds[i] = c->sources[i].feed;
	return 0;
}

void lane_close(struct lane *lane)
{
	free(lane->feeds);
	free(lane->drops);
}

int lane_bind(struct lane *lane, struct error *err)
{
	const struct session_lane *c = lane->config;
	int rc = 0;

	for (uint32_t i = 0; i < c->stats.count && rc == 0; i++) {
		struct rx_ring *ring = c->sources[i].ring;

		if (!ring)
			continue;
		device_drops(&lane->drops[i], rx_ring_index(ring));
		rc = rx_ring_start(ring, err);
	}
	return rc;
}

bool lane_rotate(const struct lane *lane)
{
	bool rotates = false;

	for (uint32_t i = 0; i < lane->config->sink_count; i++) {
		struct sink *sink = lane->config->sinks[i];

		if (!sink->ops->rotate)
			continue;
		sink->ops->rotate(sink);
		rotates = true;
	}
	return rotates;
}

/* What no sink got any more, because nobody wanted it, or it could not be. */
static uint64_t *counter_of_left(struct stats_snapshot *stats, enum ring_thread_end end)
{
	switch (end) {
	case RING_THREAD_SINK:
		return &stats->unwritten;
	case RING_THREAD_LIMIT:
	case RING_THREAD_CLOSED:
		return &stats->unwanted;
	default:
		return &stats->unread;
	}
}

/* Adds it to the counts. */
static void count_left(const struct session_lane *c, enum ring_thread_end end,
		       struct session_counts *final)
{
	for (uint32_t i = 0; i < c->stats.count; i++) {
		struct stats_snapshot *each = &final->each[i];
		uint64_t *to = counter_of_left(each, end);
		uint64_t left = each->dropped + each->malformed + each->captured +
				stats_lost_writing(each) + stats_lost_sending(each);

		left = each->received > left ? each->received - left : 0;
		*to += left;
		*counter_of_left(&final->total, end) += left;
	}
}

int lane_finish(struct lane *lane, const struct ring_thread_result *result, uint64_t start_ns,
		struct session_counts *final, struct error *err)
{
	const struct session_lane *c = lane->config;
	uint64_t unwritten;
	int rc, failed = 0;

	lane->thread = NULL; /* it was joined */
	lane_snapshot(lane, start_ns, final);
	final->turns = result->turns;
	count_left(c, result->end, final);
	for (uint32_t i = 0; i < c->sink_count; i++) {
		struct sink *sink = c->sinks[i];

		unwritten = 0;
		rc = sink->ops->finish(sink, final->each, c->stats.count, &unwritten);
		if (sink->closed) {
			final->closed = sink;
			final->total.unwanted += unwritten;
		} else {
			final->total.unwritten += unwritten;
		}
		if (rc < 0 && !sink->closed && failed == 0) {
			failed = rc;
			*err = sink->error;
		}
		final->total.captured -= unwritten;
	}
	if (c->stats.count == 1)
		final->each[0] = final->total;
	return failed;
}

static int explain_socket(const struct session_source *source, int code, struct error *err)
{
	struct netdev dev;

	if (code != ENETDOWN)
		return error_system(err, code, "%s: capture", source->name);
	if (netdev_find(source->name, &dev, NULL) < 0 || dev.index != rx_ring_index(source->ring))
		return error_set(err, ENODEV, "%s: the interface %s", source->name,
				 attach_verb(ATTACH_GONE));
	return error_set(err, ENETDOWN, "%s: the interface %s", source->name,
			 attach_verb(ATTACH_DOWN));
}

int lane_explain(const struct lane *lane, const struct ring_thread_result *result,
		 struct error *err)
{
	const struct session_source *source = &lane->config->sources[result->feed];

	switch (result->end) {
	case RING_THREAD_SOCKET:
		return explain_socket(source, result->code, err);
	case RING_THREAD_FEED:
		*err = source->feed->error;
		return -err->code;
	case RING_THREAD_SINK:
		*err = result->sink->error;
		return -err->code;
	default:
		return 0;
	}
}
