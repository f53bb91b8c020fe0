/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What to make of what was found: kept apart from the looking, which takes the
 * machine as it is.
 */
#include <stdio.h>
#include <string.h>

#include "check.h"
#include "clock.h"
#include "parse.h"

#define SYNC_SLOW_NS (100 * NS_PER_MS)

enum check_level check_judge_offloads(char text[static CHECK_TEXT_ROOM], const char *name,
				      const struct check_offloads *offloads)
{
	if (!offloads->gro && !offloads->lro) {
		snprintf(text, CHECK_TEXT_ROOM, "%s: frames are recorded as they came", name);
		return CHECK_OK;
	}
	snprintf(text, CHECK_TEXT_ROOM,
		 "%s: %s%s%s on: several frames can be recorded as one larger than the MTU "
		 "(ethtool -K %s gro off lro off)",
		 name, offloads->gro ? "GRO" : "", offloads->gro && offloads->lro ? " and " : "",
		 offloads->lro ? "LRO" : "", name);
	return CHECK_WARN;
}

enum check_level check_judge_ring(char text[static CHECK_TEXT_ROOM], uint64_t ring_bytes,
				  uint64_t available_bytes)
{
	char ring[FORMAT_SIZE_ROOM], available[FORMAT_SIZE_ROOM];
	const bool large = ring_bytes > available_bytes / 2;

	snprintf(text, CHECK_TEXT_ROOM, "%s of %s available memory%s",
		 format_size(ring, ring_bytes), format_size(available, available_bytes),
		 large ? ": more than half" : "");
	return large ? CHECK_WARN : CHECK_OK;
}

enum check_level check_judge_clock(char text[static CHECK_TEXT_ROOM], const char *clocksource)
{
	/* Read in user space or in a register; the others take a trap or a bus. */
	static const char *const fast[] = {"tsc", "kvm-clock", "hyperv_clocksource_tsc_page",
					   "xen", "arch_sys_counter", "timebase", "tod",
					   "riscv_clocksource"};

	for (size_t i = 0; i < sizeof(fast) / sizeof(fast[0]); i++) {
		if (strcmp(clocksource, fast[i]) != 0)
			continue;
		snprintf(text, CHECK_TEXT_ROOM, "%s", clocksource);
		return CHECK_OK;
	}
	snprintf(text, CHECK_TEXT_ROOM,
		 "%s is slow to read, and coarse maybe: stamps cost more and say less",
		 clocksource);
	return CHECK_WARN;
}

enum check_level check_judge_space(char text[static CHECK_TEXT_ROOM], uint64_t free_bytes,
				   uint64_t used_bytes, uint64_t budget_bytes,
				   uint64_t reserve_bytes)
{
	const uint64_t usable = free_bytes > reserve_bytes ? free_bytes - reserve_bytes : 0;
	char budget[FORMAT_SIZE_ROOM], have[FORMAT_SIZE_ROOM];
	const uint64_t wanted = budget_bytes ? budget_bytes : 1;

	format_size(have, usable + used_bytes > 0 ? usable + used_bytes : 0);
	if (usable + used_bytes >= wanted) {
		snprintf(text, CHECK_TEXT_ROOM, "%s for segments", have);
		return CHECK_OK;
	}
	if (budget_bytes)
		snprintf(text, CHECK_TEXT_ROOM,
			 "the budget is %s, and the disk has %s for it: older segments go sooner "
			 "than it says",
			 format_size(budget, budget_bytes), have);
	else
		snprintf(text, CHECK_TEXT_ROOM, "there is no room for segments on the disk");
	return CHECK_WARN;
}

enum check_level check_judge_sync(char text[static CHECK_TEXT_ROOM], uint64_t ns)
{
	const bool slow = ns > SYNC_SLOW_NS;

	snprintf(text, CHECK_TEXT_ROOM, "%.1f ms%s", (double)ns / 1e6,
		 slow ? ": segments that end often will be behind (--no-sync does without)" : "");
	return slow ? CHECK_WARN : CHECK_OK;
}

enum check_level check_judge_directory(char text[static CHECK_TEXT_ROOM], const struct stat *st,
				       const struct privilege_target *target)
{
	const mode_t mode = st->st_mode & 0777;

	if (target->uid == 0 && st->st_uid == 0 && !target->keeps_root) {
		snprintf(text, CHECK_TEXT_ROOM,
			 "it belongs to root, as whom the recorder goes on, without capabilities: "
			 "given to another user (chown), it becomes that");
		return CHECK_WARN;
	}
	if (mode & 0002) {
		snprintf(text, CHECK_TEXT_ROOM, "everybody may write there (mode %04o)",
			 (unsigned)(st->st_mode & 07777));
		return CHECK_WARN;
	}
	snprintf(text, CHECK_TEXT_ROOM, "mode %04o, of user %s", (unsigned)(st->st_mode & 07777),
		 target->name);
	return CHECK_OK;
}
