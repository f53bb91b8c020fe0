/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A directory of a test's own, and small files in it.
 */
#ifndef WIRETAPE_TESTS_SCRATCH_H
#define WIRETAPE_TESTS_SCRATCH_H

#define SCRATCH_ROOM 64

/* Makes it, below /tmp, and removes it with all that is in it. As cmocka wants it: 0
 * where that went well. */
int scratch_make(char path[SCRATCH_ROOM], const char *test);
int scratch_remove(const char *path);

/* A file's whole text. */
void scratch_put(const char *path, const char *text);
void scratch_expect(const char *path, const char *text);

#endif
