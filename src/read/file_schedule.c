/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Waiting to the point, and measuring.
 */
#include "file_schedule.h"

#include "base/clock.h"

/* Longest sleep: a request to stop waits for no more. */
#define SLEEP_NS (NS_PER_SECOND / 10)

/* What of an outage is made up for. */
#define BACKLOG_MOST_NS NS_PER_SECOND

void file_schedule_init(struct file_schedule *s, const struct pace_request *request)
{
	pace_init(&s->pace, request);
}

void file_schedule_begin(struct file_schedule *s)
{
	if (s->start_ns != 0)
		return;
	exact_sleep_begin(&s->sleep);
	s->start_ns = s->last_ns = clock_monotonic();
}

/* The latest took so long to get away. */
static void note_outage(struct file_schedule *s, uint64_t took_ns)
{
	const uint64_t gap = s->pace.request.gap_most_ns;
	const uint64_t most = gap != 0 && gap < BACKLOG_MOST_NS ? gap : BACKLOG_MOST_NS;

	if (took_ns <= BACKLOG_MOST_NS)
		return;
	s->start_ns += took_ns - most;
	s->outage_ns += took_ns - most;
	s->outages++;
}

void file_schedule_sent(struct file_schedule *s, const uint64_t *due, uint32_t count)
{
	const uint64_t now = clock_monotonic();

	for (uint32_t i = 0; i < count; i++) {
		s->drift_ns = (int64_t)(now - s->start_ns - due[i]);
		histogram_add(&s->late, s->drift_ns > 0 ? (uint64_t)s->drift_ns : 0);
		s->last_ns = now;
	}
	if (count > 0 && s->given_ns != 0)
		note_outage(s, now - s->given_ns);
	s->given_ns = 0;
}

void file_schedule_next_round(struct file_schedule *s)
{
	pace_next_round(&s->pace, clock_monotonic() - s->start_ns);
}

void file_schedule_times(const struct file_schedule *s, struct file_feed_times *times)
{
	*times = (struct file_feed_times){
		.late_ns = &s->late,
		.lasted_ns = s->last_ns - s->start_ns + s->outage_ns,
		.drift_ns = s->drift_ns,
		.outages = s->outages,
		.outage_ns = s->outage_ns,
		.steps = s->pace.request.kind == PACE_FACTOR ? s->pace.steps : 0,
		.step_most_ns = s->pace.step_most_ns,
	};
}

uint64_t file_schedule_await(struct file_schedule *s, uint64_t due, uint64_t *again_ns)
{
	uint64_t now = clock_monotonic();

	due += s->start_ns;
	if (due > now + SLEEP_NS) {
		*again_ns = due - SLEEP_NS / 2;
		return 0;
	}
	if (due > now)
		now = exact_sleep_until(&s->sleep, due);
	s->given_ns = now;
	return now;
}
