/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A directory of a test's own, one at a time, and small files in it.
 */
#ifndef WIRETAPE_TESTS_SCRATCH_H
#define WIRETAPE_TESTS_SCRATCH_H

#include <limits.h>

#define SCRATCH_ROOM 64

enum scratch_place {
	SCRATCH_BUILD,  /* where the build is: that is on a disk, /tmp may not be */
	SCRATCH_TMP,    /* below /tmp, where other users get, too */
	SCRATCH_MEMORY, /* in memory, where that goes, for thousands of files */
};

/* Its path: absolute below /tmp, else relative to the working directory, which may
 * become another one as it is made. */
extern char scratch_dir[SCRATCH_ROOM];

/* Makes it, and removes it with all that is in it, unless the test has done so. As cmocka
 * wants it: 0 where that went well. */
int scratch_make(enum scratch_place place);
int scratch_remove(void);

/* The same, and goes there, and back. */
int scratch_enter(enum scratch_place place);
int scratch_leave(void);

/* The same, but fails where there is anything left in it. */
int scratch_leave_empty(void);

/* Fixtures of cmocka: below /tmp; and with the working directory in it. */
int scratch_set_up(void **state);
int scratch_tear_down(void **state);
int scratch_set_up_inside(void **state);
int scratch_tear_down_inside(void **state);

/* The path of a name in it, which stays in scratch_path until the next call. */
extern char scratch_path[PATH_MAX];
const char *scratch_at(const char *name);

/* How many names are in it. */
unsigned scratch_entries(void);

/* A file's whole text. */
void scratch_put(const char *path, const char *text);
void scratch_expect(const char *path, const char *text);

#endif
