/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How it goes, of late: rates, and what is wrong. Counts are noted now and then, and held
 * against those of some time ago.
 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/parse.h"
#include "monitor_parts.h"

/* One that failed is told for so long; more than so many behind those that may run do not keep
 * up. */
#define HOOK_NS    NS_PER_HOUR
#define HOOKS_WAIT 10u

/* A rate is that of so long, at least; what was lost is told for so long. */
#define RATE_NS   (10 * NS_PER_SECOND)
#define LATELY_NS (60 * NS_PER_SECOND)

uint64_t monitor_bytes_out(const struct monitor *m, const struct session_counts *counts)
{
	if (!m->config.output)
		return counts->total.sent_bytes;
	return atomic_load_explicit(&output_sink(m->config.output)->bytes, memory_order_relaxed);
}

void monitor_note(struct monitor *m, const struct session_counts *counts)
{
	const uint64_t now = clock_boot(&clock_system);
	struct monitor_sample *newest = &m->samples[m->sample];

	if (newest->boot_ns && now - newest->boot_ns < RATE_NS / 2)
		return;
	m->sample = (m->sample + 1) % MONITOR_SAMPLES;
	m->samples[m->sample] = (struct monitor_sample){
		.boot_ns = now,
		.packets = counts->total.captured,
		.out_bytes = monitor_bytes_out(m, counts),
		.lost = stats_lost(&counts->total),
	};
}

/* The newest of those that are so old, else the oldest there is; null: there is none. */
static const struct monitor_sample *sample_before(const struct monitor *m, uint64_t now,
						  uint64_t age_ns)
{
	const struct monitor_sample *found = NULL;

	for (unsigned i = 0; i < MONITOR_SAMPLES; i++) {
		const struct monitor_sample *each =
			&m->samples[(m->sample + MONITOR_SAMPLES - i) % MONITOR_SAMPLES];

		if (!each->boot_ns)
			break;
		found = each;
		if (now - each->boot_ns >= age_ns)
			break;
	}
	return found;
}

static void __attribute__((format(printf, 2, 3)))
add_problem(struct status_health *health, const char *format, ...)
{
	va_list args;

	if (health->problem_count == STATUS_PROBLEMS_MOST)
		return;
	va_start(args, format);
	vsnprintf(health->problems[health->problem_count++], STATUS_PROBLEM_ROOM, format, args);
	va_end(args);
}

static void find_rates(const struct monitor *m, const struct session_counts *counts,
		       struct status_health *health)
{
	const uint64_t now = clock_boot(&clock_system);
	const struct monitor_sample *before = sample_before(m, now, RATE_NS);
	const uint64_t over = before ? now - before->boot_ns : 0;

	if (over < NS_PER_SECOND)
		return;
	health->packets_per_second =
		(uint64_t)((double)(counts->total.captured - before->packets) * 1e9 / (double)over);
	health->bytes_per_second =
		(uint64_t)((double)(monitor_bytes_out(m, counts) - before->out_bytes) * 1e9 /
			   (double)over);
	before = sample_before(m, now, LATELY_NS);
	health->lost_lately = stats_lost(&counts->total) - before->lost;
}

static void judge_hooks(const struct monitor *m, const struct sink_tape_summary *tape,
			struct status_health *health)
{
	const uint64_t now = clock_boot(&clock_system);

	health->hooks = tape->hooks;
	health->hooks_failed = tape->hooks_failed;
	if (tape->hooks > m->config.options->hook_jobs + HOOKS_WAIT)
		add_problem(health, "hooks do not keep up: %" PRIu64 " wait or run", tape->hooks);
	if (tape->hook_failed_ns && now - tape->hook_failed_ns < HOOK_NS)
		add_problem(health, "a hook failed within the last hour, %" PRIu64 " have so far",
			    tape->hooks_failed);
}

void monitor_judge(const struct monitor *m, const struct session_counts *counts,
		   const struct sink_tape_summary *tape, struct status_health *health)
{
	static const char *const links[] = {[STATUS_DOWN] = "down", [STATUS_GONE] = "gone"};

	*health = (struct status_health){0};
	find_rates(m, counts, health);
	if (health->lost_lately > 0)
		add_problem(health, "%" PRIu64 " packet%s lost in the last minute",
			    health->lost_lately, PLURAL(health->lost_lately));
	for (uint32_t i = 0; i < m->count; i++)
		if (m->interfaces[i].link != STATUS_UP)
			add_problem(health, "interface %s is %s", m->rows[i].name,
				    links[m->interfaces[i].link]);
	if (tape->dropping)
		add_problem(health, "packets are dropped, for want of disk space");
	judge_hooks(m, tape, health);
}
