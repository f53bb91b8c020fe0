/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Becomes the user who can do with least, and reads back from the kernel that
 * nothing is left. The order matters: each step needs a right that a later
 * one takes away.
 */
#include "system/privilege.h"

#include <cap-ng.h>
#include <dirent.h>
#include <errno.h>
#include <grp.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#define ARRAY_COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* A process that did not exist before its user namespace can be denied
 * setgroups for good (user_namespaces(7)). */
static bool groups_are_denied(void)
{
	FILE *file = fopen("/proc/self/setgroups", "re");
	char word[16] = "";
	bool denied;

	if (!file)
		return false;
	denied = fscanf(file, "%15s", word) == 1 && strcmp(word, "deny") == 0;
	fclose(file);
	return denied;
}

static int drop_bounding(struct error *err)
{
	int rc;

	capng_clear(CAPNG_SELECT_BOUNDS);
	rc = capng_apply(CAPNG_SELECT_BOUNDS);
	if (rc < 0)
		return error_set(err, EPERM, "empty the bounding set: libcap-ng says %d", rc);
	return 0;
}

static int change_group(const struct privilege_target *target, struct error *err)
{
	if (setresgid(target->gid, target->gid, target->gid) < 0)
		return error_system(err, errno, "take on group %" PRIuMAX, (uintmax_t)target->gid);
	return 0;
}

/* All ids of each kind, so that none is left to go back to. */
static int change_ids(const struct privilege_target *target, const struct privilege_left *left,
		      struct error *err)
{
	int rc;

	if (!left->groups && setgroups(0, NULL) < 0)
		return error_system(err, errno, "give up supplementary groups");
	rc = change_group(target, err);
	if (rc < 0)
		return rc;
	if (setresuid(target->uid, target->uid, target->uid) < 0)
		return error_system(err, errno, "become user '%s'", target->name);
	return 0;
}

/* Also where the change of user has done it already: that depends on
 * securebits we may have been started with. */
static int drop_capabilities(struct error *err)
{
	int rc;

	capng_clear(CAPNG_SELECT_ALL);
	rc = capng_apply(CAPNG_SELECT_AMBIENT);
	if (rc == 0)
		rc = capng_apply(CAPNG_SELECT_CAPS);
	if (rc < 0)
		return error_set(err, EPERM, "give up capabilities: libcap-ng says %d", rc);
	return 0;
}

int privilege_drop(const struct privilege_target *target, struct error *err)
{
	struct privilege_left left;
	int rc = 0;

	if (target->keeps_root)
		return change_group(target, err);
	if (capng_get_caps_process() < 0)
		return error_set(err, EIO, "cannot find out what privileges there are");
	left.bounding = !capng_have_capability(CAPNG_EFFECTIVE, CAP_SETPCAP);
	left.groups = !capng_have_capability(CAPNG_EFFECTIVE, CAP_SETGID) || groups_are_denied();
	/* Can be locked by securebits: what it would keep is cleared below. */
	prctl(PR_SET_KEEPCAPS, 0, 0, 0, 0);
	if (!left.bounding)
		rc = drop_bounding(err);
	if (rc == 0)
		rc = change_ids(target, &left, err);
	if (rc == 0)
		rc = drop_capabilities(err);
	if (rc < 0)
		return rc;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return error_system(err, errno, "forbid new privileges");
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
		return error_system(err, errno, "forbid core dumps");
	return privilege_verify(target, &left, err);
}

/* What a thread's status may say. */
struct wanted {
	const struct privilege_target *target;
	const struct privilege_left *left;
};

/* Real, effective, saved and file system id. */
static bool ids_are(const char *value, uint32_t id)
{
	uint32_t ids[4];

	if (sscanf(value, "%" SCNu32 "%" SCNu32 "%" SCNu32 "%" SCNu32, &ids[0], &ids[1], &ids[2],
		   &ids[3]) != 4)
		return false;
	return ids[0] == id && ids[1] == id && ids[2] == id && ids[3] == id;
}

static bool uid_is_right(const char *value, const struct wanted *wanted)
{
	return ids_are(value, wanted->target->uid);
}

static bool gid_is_right(const char *value, const struct wanted *wanted)
{
	return ids_are(value, wanted->target->gid);
}

static bool groups_are_right(const char *value, const struct wanted *wanted)
{
	return wanted->left->groups || !strpbrk(value, "0123456789");
}

static bool set_is_empty(const char *value, const struct wanted *wanted)
{
	(void)wanted;
	return value[0] != '\0' && strspn(value, "0") == strlen(value);
}

static bool bounding_is_right(const char *value, const struct wanted *wanted)
{
	return wanted->left->bounding || set_is_empty(value, wanted);
}

static bool no_new_is_right(const char *value, const struct wanted *wanted)
{
	(void)wanted;
	return strcmp(value, "1") == 0;
}

static const struct {
	const char *label;
	const char *words;
	bool (*is_right)(const char *value, const struct wanted *wanted);
} checks[] = {
	{"Uid:", "user ids", uid_is_right},
	{"Gid:", "group ids", gid_is_right},
	{"Groups:", "supplementary groups", groups_are_right},
	{"CapInh:", "inheritable capabilities", set_is_empty},
	{"CapPrm:", "permitted capabilities", set_is_empty},
	{"CapEff:", "effective capabilities", set_is_empty},
	{"CapBnd:", "bounding capabilities", bounding_is_right},
	{"CapAmb:", "ambient capabilities", set_is_empty},
	{"NoNewPrivs:", "a way to new privileges, no_new_privs", no_new_is_right},
};

/* 1: a line that was to be looked at, and is right; 0: another one. */
static int check_line(const char *line, const struct wanted *wanted, struct error *err)
{
	for (size_t i = 0; i < ARRAY_COUNT(checks); i++) {
		size_t length = strlen(checks[i].label);
		const char *value = line + length;

		if (strncmp(line, checks[i].label, length) != 0)
			continue;
		value += strspn(value, " ");
		if (checks[i].is_right(value, wanted))
			return 1;
		return error_set(err, EPERM, "privileges are left: %s %s", checks[i].words, value);
	}
	return 0;
}

/* Tabs would be shown as '?'. */
static void line_tidy(char *line)
{
	line[strcspn(line, "\n")] = '\0';
	for (char *at = line; *at; at++)
		if (*at == '\t')
			*at = ' ';
}

static int check_thread(const char *id, const struct wanted *wanted, struct error *err)
{
	char path[64], line[256];
	size_t right = 0;
	FILE *file;
	int rc = 0;

	snprintf(path, sizeof(path), "/proc/self/task/%.20s/status", id);
	file = fopen(path, "re");
	if (!file)
		return error_system(err, errno, "%s", path);
	/* The rest of a long line is taken for one: no label is like it. */
	while (rc >= 0 && fgets(line, sizeof(line), file)) {
		line_tidy(line);
		rc = check_line(line, wanted, err);
		right += rc > 0;
	}
	fclose(file);
	if (rc >= 0 && right != ARRAY_COUNT(checks))
		return error_set(err, EIO, "%s does not tell what privileges are left", path);
	return rc < 0 ? rc : 0;
}

int privilege_verify(const struct privilege_target *target, const struct privilege_left *left,
		     struct error *err)
{
	static const char path[] = "/proc/self/task";
	const struct privilege_left nothing = {false, false};
	const struct wanted wanted = {target, left ? left : &nothing};
	const struct dirent *entry;
	size_t threads = 0;
	DIR *tasks = opendir(path);
	int rc = 0;

	if (!tasks)
		return error_system(err, errno, "%s", path);
	while (rc == 0 && (entry = readdir(tasks))) {
		if (entry->d_name[0] == '.')
			continue;
		threads++;
		rc = check_thread(entry->d_name, &wanted, err);
	}
	closedir(tasks);
	if (rc == 0 && threads == 0)
		return error_set(err, EIO, "%s does not tell what privileges are left", path);
	return rc;
}
