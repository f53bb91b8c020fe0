/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Names of users were looked for at the start: by now it is too late to ask for one, as
 * whoever knows may be out of reach.
 */
#include "closing.h"

#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/types.h>

static const char *name_of(const struct user *user, uid_t uid, char *number, size_t room)
{
	if (uid == user->owner.in_the_end)
		return user->owner.name;
	if (uid == user->target.uid)
		return user->target.name;
	snprintf(number, room, "%" PRIuMAX, (uintmax_t)uid);
	return uid == 0 ? "root" : number;
}

void closing_say(const struct closing *c, struct log *log)
{
	const struct options *o = c->options;
	const char *group = o->group;
	char number[24];
	uid_t uid;
	uint64_t bytes;

	if (!c->output || o->quiet || !output_owner(c->output, &uid))
		return;
	bytes = atomic_load_explicit(&output_sink(c->output)->bytes, memory_order_relaxed);
	log_say(log, NOTE_END, NULL, "%s: %" PRIu64 " packet%s, %" PRIu64 " byte%s, owner %s%s%s",
		o->write, c->packets, c->packets == 1 ? "" : "s", bytes, bytes == 1 ? "" : "s",
		name_of(c->user, uid, number, sizeof(number)), group ? ", group " : "",
		group ? group : "");
}
