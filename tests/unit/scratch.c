/* SPDX-License-Identifier: BSD-2-Clause */
#include "scratch.h"

#include <dirent.h>
#include <errno.h>
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

char scratch_dir[SCRATCH_ROOM];
char scratch_path[PATH_MAX];

int scratch_make(enum scratch_place place)
{
	if (place == SCRATCH_MEMORY && access("/dev/shm", W_OK) == 0 && chdir("/dev/shm") < 0)
		return -1;
	snprintf(scratch_dir, sizeof(scratch_dir), "%s%s.XXXXXX",
		 place == SCRATCH_TMP ? "/tmp/" : "", program_invocation_short_name);
	return mkdtemp(scratch_dir) ? 0 : -1;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *where)
{
	(void)st;
	(void)type;
	(void)where;
	return remove(path);
}

int scratch_remove(void)
{
	return nftw(scratch_dir, remove_one, 16, FTW_DEPTH | FTW_PHYS) < 0 && errno != ENOENT;
}

int scratch_enter(enum scratch_place place)
{
	return scratch_make(place) < 0 || chdir(scratch_dir) < 0;
}

int scratch_leave(void)
{
	return chdir("..") < 0 || scratch_remove() != 0;
}

int scratch_leave_empty(void)
{
	return chdir("..") < 0 || rmdir(scratch_dir) < 0;
}

int scratch_set_up(void **state)
{
	(void)state;
	return scratch_make(SCRATCH_TMP);
}

int scratch_tear_down(void **state)
{
	(void)state;
	return scratch_remove();
}

int scratch_set_up_inside(void **state)
{
	(void)state;
	return scratch_enter(SCRATCH_TMP);
}

int scratch_tear_down_inside(void **state)
{
	(void)state;
	return scratch_leave();
}

const char *scratch_at(const char *name)
{
	snprintf(scratch_path, sizeof(scratch_path), "%s/%s", scratch_dir, name);
	return scratch_path;
}

unsigned scratch_entries(void)
{
	DIR *dir = opendir(scratch_dir);
	unsigned count = 0;

	assert_non_null(dir);
	while (readdir(dir))
		count++;
	closedir(dir);
	return count - 2;
}

void scratch_put(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

void scratch_expect(const char *path, const char *text)
{
	char got[64] = "";
	FILE *f = fopen(path, "r");

	assert_non_null(f);
	assert_int_equal(fread(got, 1, sizeof(got) - 1, f), strlen(text));
	assert_string_equal(got, text);
	fclose(f);
}
