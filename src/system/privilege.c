/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who the process is to become: the user somebody asked for, or the one who
 * can do with least. Giving up the rest is privilege_drop.c's part.
 */
#include "system/privilege.h"

#include <cap-ng.h>
#include <errno.h>
#include <inttypes.h>
#include <pwd.h>
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

#include "base/parse.h"
#include "base/safe_text.h"

#define OWN_USER "wiretape"

/* What Linux calls nobody where passwd does not: the default of
 * /proc/sys/kernel/overflowuid. */
#define NOBODY_NAME "nobody"
#define NOBODY_ID   65534

static void target_set(struct privilege_target *target, uid_t uid, gid_t gid, const char *name)
{
	*target = (struct privilege_target){.uid = uid, .gid = gid};
	if (name)
		snprintf(target->name, sizeof(target->name), "%s", name);
	else
		snprintf(target->name, sizeof(target->name), "%" PRIuMAX, (uintmax_t)uid);
	text_clean(target->name);
}

static void target_set_ids(struct privilege_target *target, uid_t uid, gid_t gid)
{
	const struct passwd *entry = getpwuid(uid);

	target_set(target, uid, gid, entry ? entry->pw_name : NULL);
}

/* The default user; there always is one. */
static void target_set_default(struct privilege_target *target, bool makes_directory)
{
	const struct passwd *entry = makes_directory ? getpwnam(OWN_USER) : NULL;

	if (!entry)
		entry = getpwnam(NOBODY_NAME);
	if (entry)
		target_set(target, entry->pw_uid, entry->pw_gid, entry->pw_name);
	else
		target_set(target, NOBODY_ID, NOBODY_ID, NOBODY_NAME);
}

int privilege_find_user(const char *name, struct privilege_target *target, struct error *err)
{
	const struct passwd *entry;
	uint64_t number;

	errno = 0;
	entry = getpwnam(name);
	/* These are how getpwnam(3) says that there is none. */
	if (!entry && errno != 0 && errno != ENOENT && errno != ESRCH && errno != EBADF &&
	    errno != EPERM)
		return error_system(err, errno, "look for user '%s'", name);
	if (entry) {
		target_set(target, entry->pw_uid, entry->pw_gid, entry->pw_name);
		return 0;
	}
	/* The highest number means "leave it" to setresuid. */
	if (parse_count(name, 0, UINT32_MAX - 1, &number, NULL) < 0)
		return error_usage(err, "there is no user '%s' (see getent passwd)", name);
	entry = getpwuid((uid_t)number);
	if (entry)
		target_set(target, entry->pw_uid, entry->pw_gid, entry->pw_name);
	else
		target_set(target, (uid_t)number, (gid_t)number, NULL);
	return 0;
}

static bool may_change_ids(void)
{
	return geteuid() == 0 && capng_get_caps_process() == 0 &&
	       capng_have_capability(CAPNG_EFFECTIVE, CAP_SETUID) &&
	       capng_have_capability(CAPNG_EFFECTIVE, CAP_SETGID);
}

/* Whether our user namespace has that id; outside of one, all are there. */
static bool id_is_mapped(const char *map, uint32_t id)
{
	FILE *file = fopen(map, "re");
	uint32_t first, outside, count;
	bool found = false;

	if (!file)
		return true;
	while (!found &&
	       fscanf(file, "%" SCNu32 "%" SCNu32 "%" SCNu32, &first, &outside, &count) == 3)
		found = id >= first && id - first < count;
	fclose(file);
	return found;
}

static bool target_is_mapped(const struct privilege_target *target)
{
	return id_is_mapped("/proc/self/uid_map", target->uid) &&
	       id_is_mapped("/proc/self/gid_map", target->gid);
}

static int choose_asked(const char *user, struct privilege_target *target, struct error *err)
{
	int rc = privilege_find_user(user, target, err);

	if (rc < 0)
		return rc;
	if (target->uid == geteuid()) {
		target->gid = getegid();
		target->keeps_root = target->uid == 0;
		return 0;
	}
	if (!may_change_ids())
		return error_usage(err,
				   "only root can become user '%s': run as root, or leave -Z out",
				   target->name);
	if (!target_is_mapped(target))
		return error_usage(err, "user '%s' is not in this user namespace", target->name);
	return 0;
}

int privilege_choose(const struct privilege_choice *choice, struct privilege_target *target,
		     struct error *err)
{
	if (choice->user)
		return choose_asked(choice->user, target, err);
	if (may_change_ids()) {
		if (choice->directory)
			target_set_ids(target, choice->directory->st_uid,
				       choice->directory->st_gid);
		else
			target_set_default(target, choice->makes_directory);
		if (target_is_mapped(target))
			return 0;
	}
	target_set_ids(target, geteuid(), getegid());
	return 0;
}
