/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who the process is to become: the user somebody asked for, or the one who
 * can do with least. Giving up the rest is privilege_drop.c's part.
 */
#include "system/privilege.h"

#include <cap-ng.h>
#include <errno.h>
#include <grp.h>
#include <inttypes.h>
#include <pwd.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
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

/* With the group of its own; of a user that is not in passwd one that is suggested. What
 * is of group 0 is often open to the group. */
static void target_set_user(struct privilege_target *target, uid_t uid, gid_t suggested)
{
	const struct passwd *entry = getpwuid(uid);
	gid_t gid = entry ? entry->pw_gid : suggested;

	target_set(target, uid, gid == 0 ? (gid_t)uid : gid, entry ? entry->pw_name : NULL);
}

/* Who has called sudo(8), which we trust as root's environment: false where nobody, or
 * root, has. */
static bool target_set_caller(struct privilege_target *target)
{
	const char *user = getenv("SUDO_UID"), *group = getenv("SUDO_GID");
	uint64_t uid, gid;

	if (!user || parse_count(user, 1, UINT32_MAX - 1, &uid, NULL) < 0)
		return false;
	target_set_user(target, (uid_t)uid, (gid_t)uid);
	if (group && parse_count(group, 1, UINT32_MAX - 1, &gid, NULL) == 0)
		target->gid = (gid_t)gid;
	return true;
}

/* The default user; there always is one. */
static void target_set_default(struct privilege_target *target)
{
	const struct passwd *entry = getpwnam(OWN_USER);

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

bool privilege_may_change(void)
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
	if (target->gid == 0)
		target->gid = (gid_t)target->uid;
	if (!privilege_may_change())
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
	if (privilege_may_change()) {
		if (choice->directory)
			target_set_user(target, choice->directory->st_uid,
					choice->directory->st_gid);
		else if (!choice->makes_directory || !target_set_caller(target))
			target_set_default(target);
		if (target_is_mapped(target))
			return 0;
	}
	target_set_ids(target, geteuid(), getegid());
	return 0;
}

int privilege_choose_group(const char *name, struct privilege_target *target, struct error *err)
{
	const struct group *entry = getgrnam(name);
	uint64_t number;

	if (!entry && parse_count(name, 0, UINT32_MAX - 1, &number, NULL) < 0)
		return error_usage(err, "there is no group '%s' (see getent group)", name);
	if (entry)
		number = entry->gr_gid;
	if ((gid_t)number == target->gid)
		return 0;
	if (!privilege_may_change())
		return error_usage(err,
				   "only root can take on group '%s': run as root, or through "
				   "sg(1)",
				   name);
	if (!id_is_mapped("/proc/self/gid_map", (uint32_t)number))
		return error_usage(err, "group '%s' is not in this user namespace", name);
	target->gid = (gid_t)number;
	return 0;
}

void privilege_choose_owner(const struct privilege_choice *choice, bool group,
			    const struct privilege_target *target, struct privilege_owner *owner)
{
	struct privilege_target whose;

	*owner = (struct privilege_owner){.asked = choice->user || group};
	target_set_ids(&whose, geteuid(), getegid());
	if (privilege_may_change()) {
		if (choice->user)
			whose = *target;
		else if (!target_set_caller(&whose) || !target_is_mapped(&whose))
			target_set_ids(&whose, geteuid(), getegid());
		if (group)
			whose.gid = target->gid;
	}
	owner->uid = whose.uid == geteuid() ? (uid_t)-1 : whose.uid;
	owner->gid = whose.gid == getegid() ? (gid_t)-1 : whose.gid;
	owner->given = owner->uid != (uid_t)-1 || owner->gid != (gid_t)-1;
	owner->in_the_end = whose.uid;
	memcpy(owner->name, whose.name, sizeof(owner->name));
}
