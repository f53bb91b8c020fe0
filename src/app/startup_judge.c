/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What to make of what was found on the machine: kept apart from the looking,
 * which takes the machine as it is, so that each case can be tested.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/parse.h"
#include "startup_check.h"
#include "system/privilege.h"

#define SYNC_SLOW_NS (100 * NS_PER_MS)

enum check_level check_judge_offloads(char text[static CHECK_TEXT_ROOM], const char *name,
				      const struct check_offloads *offloads)
{
	const bool gro = offloads->gro, lro = offloads->lro, gro_hw = offloads->gro_hw;
	char mtu[32] = "";

	if (offloads->forwards && offloads->forwards_uncut) {
		snprintf(text, CHECK_TEXT_ROOM, "%s: frames are forwarded as they came", name);
		return CHECK_OK;
	}
	if (!gro && !lro && !gro_hw && offloads->forwards && offloads->sender == CHECK_UNCUT) {
		snprintf(text, CHECK_TEXT_ROOM,
			 "%s: %s leaves frames to an adapter to cut, and they come in uncut and "
			 "will be lost, as they cannot be sent (ethtool -K %s tso off gso off)",
			 name, offloads->peer, offloads->peer);
		return CHECK_WARN;
	}
	if (!gro && !lro && !gro_hw) {
		snprintf(text, CHECK_TEXT_ROOM, "%s: frames are %s as they came%s", name,
			 offloads->forwards ? "forwarded" : "recorded",
			 offloads->forwards && offloads->sender == CHECK_UNKNOWN
				 ? "; whether their sender cuts them cannot be seen from here"
				 : "");
		return CHECK_OK;
	}
	if (offloads->mtu)
		snprintf(mtu, sizeof(mtu), " of %u", offloads->mtu);
	snprintf(text, CHECK_TEXT_ROOM,
		 "%s: received frames are merged, and frames larger than the MTU%s will be "
		 "%s (ethtool -K %s%s%s%s)",
		 name, mtu, offloads->forwards ? "lost, as they cannot be sent" : "recorded", name,
		 gro ? " gro off" : "", lro ? " lro off" : "", gro_hw ? " rx-gro-hw off" : "");
	return CHECK_WARN;
}

enum check_level check_judge_ring(char text[static CHECK_TEXT_ROOM], uint64_t ring_bytes,
				  uint64_t available_bytes)
{
	char ring[FORMAT_SIZE_ROOM], available[FORMAT_SIZE_ROOM];
	const bool large = ring_bytes > available_bytes / 2;

	format_size(ring, ring_bytes);
	if (available_bytes == 0) {
		snprintf(text, CHECK_TEXT_ROOM, "%s; the memory available is not known", ring);
		return CHECK_OK;
	}
	snprintf(text, CHECK_TEXT_ROOM, "%s of %s memory available%s", ring,
		 format_size(available, available_bytes), large ? ": more than half" : "");
	return large ? CHECK_WARN : CHECK_OK;
}

enum check_level check_judge_clock(char text[static CHECK_TEXT_ROOM], const char *clocksource)
{
	/* Read by a register or from shared memory; a star: what begins so. */
	static const char *const fast[] = {
		"tsc",      "kvm-clock", "hyperv*", "xen",        "arch_sys_counter",
		"timebase", "tod",       "riscv*",  "loongarch*",
	};

	for (size_t i = 0; i < sizeof(fast) / sizeof(fast[0]); i++) {
		size_t length = strcspn(fast[i], "*");

		/* Without a star the end is compared, too. */
		if (strncmp(clocksource, fast[i], length + (fast[i][length] == '\0')) != 0)
			continue;
		snprintf(text, CHECK_TEXT_ROOM, "%s", clocksource);
		return CHECK_OK;
	}
	snprintf(text, CHECK_TEXT_ROOM,
		 "%s is slow to read or coarse: each time stamp costs more, or says less",
		 clocksource);
	return CHECK_WARN;
}

enum check_level check_judge_space(char text[static CHECK_TEXT_ROOM], uint64_t free_bytes,
				   uint64_t kept_bytes, uint64_t budget_bytes,
				   uint64_t reserve_bytes)
{
	/* What is kept already can be deleted, so it is as good as free. */
	const uint64_t all =
		kept_bytes > UINT64_MAX - free_bytes ? UINT64_MAX : free_bytes + kept_bytes;
	char have[FORMAT_SIZE_ROOM], budget[FORMAT_SIZE_ROOM], reserve[FORMAT_SIZE_ROOM];

	format_size(budget, budget_bytes);
	format_size(reserve, reserve_bytes);
	if (reserve_bytes > 0 && all <= reserve_bytes) {
		snprintf(text, CHECK_TEXT_ROOM,
			 "%s are to stay free, and with every segment deleted %s would be", reserve,
			 format_size(have, all));
		return CHECK_WARN;
	}
	format_size(have, all - reserve_bytes);
	if (budget_bytes <= all - reserve_bytes) {
		snprintf(text, CHECK_TEXT_ROOM, "%s for segments", have);
		return all > reserve_bytes ? CHECK_OK : CHECK_WARN;
	}
	snprintf(text, CHECK_TEXT_ROOM,
		 "the budget is %s, and the disk has %s for it: segments are deleted sooner",
		 budget, have);
	return CHECK_WARN;
}

enum check_level check_judge_sync(char text[static CHECK_TEXT_ROOM], uint64_t ns)
{
	const bool slow = ns > SYNC_SLOW_NS;
	/* Up, so that what is said and the warning agree. */
	const uint64_t tenths = ns / (NS_PER_MS / 10) + (ns % (NS_PER_MS / 10) > 0);

	snprintf(text, CHECK_TEXT_ROOM, "%" PRIu64 ".%" PRIu64 " ms%s", tenths / 10, tenths % 10,
		 slow ? " for 4 KiB: segments get their names late (--no-sync does without)" : "");
	return slow ? CHECK_WARN : CHECK_OK;
}

/* What to do about one that others use is to take another. */
static void advise(char text[static CHECK_TEXT_ROOM], const struct check_place *place,
		   const char *command)
{
	const size_t length = strlen(text), path = strlen(place->path);

	if (!place->others)
		snprintf(text + length, CHECK_TEXT_ROOM - length, " (%s %s)", command, place->path);
	else
		snprintf(text + length, CHECK_TEXT_ROOM - length,
			 " (a directory of its own, as %s%stape/, is made so)", place->path,
			 path > 0 && place->path[path - 1] == '/' ? "" : "/");
}

enum check_level check_judge_access(char text[static CHECK_TEXT_ROOM],
				    const struct check_place *place)
{
	/* By the bits r and w of one of the two. */
	static const char *const may[] =
		{[0] = "", [2] = "write", [4] = "read", [6] = "read and write"};
	const mode_t meant = privilege_directory_mode(place->file_mode);
	const mode_t more = place->mode & ~meant;
	const unsigned group = more >> 3 & 6, others = more & 6;
	const int length =
		snprintf(text, CHECK_TEXT_ROOM, "mode %04o", (unsigned)(place->mode & 07777));

	if (!group && !others)
		return CHECK_OK;
	snprintf(text + length, CHECK_TEXT_ROOM - (size_t)length, ": %s%s%s%s%s",
		 group ? "its group may " : "", may[group], group && others ? ", " : "",
		 others ? "others may " : "", may[others]);
	advise(text, place, "chmod go-rw");
	return CHECK_WARN;
}

enum check_level check_judge_owner(char text[static CHECK_TEXT_ROOM],
				   const struct check_place *place)
{
	if (place->user == 0 && place->owner == 0) {
		snprintf(text, CHECK_TEXT_ROOM,
			 "it belongs to root, and root records: given to another user, the "
			 "recorder becomes that user");
		advise(text, place, "chown nobody");
		return CHECK_WARN;
	}
	if (place->owner_name)
		snprintf(text, CHECK_TEXT_ROOM, "it belongs to %s", place->owner_name);
	else
		snprintf(text, CHECK_TEXT_ROOM, "it belongs to user %u, who has no name",
			 (unsigned)place->owner);
	return CHECK_OK;
}
