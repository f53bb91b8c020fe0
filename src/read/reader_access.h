/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How what a path stands for is opened: by ourselves, or, where we may not, by who is
 * asked for it (reader_config). Part of reader.
 *
 * Threads: one at a time.
 */
#ifndef WIRETAPE_READER_ACCESS_H
#define WIRETAPE_READER_ACCESS_H

#include <stdint.h>
#include <sys/stat.h>

#include "read/reader.h"

/* The path that is standard input. */
#define READER_STANDARD_INPUT "-"

struct reader_access {
	const char *path;
	uint32_t number; /* of the path */
	int dir;         /* of a directory, else AT_FDCWD */
	int (*open)(void *context, uint32_t path, const char *name);
	void *context;
};

/* A descriptor for a file of the directory, "." for the directory itself, or, with a null
 * pointer, for the path, of which opening a pipe waits for its writer; or -errno. In a
 * directory links are not followed, and nothing is waited for. */
int reader_access_open(const struct reader_access *access, const char *name);

/* The same without asking anybody: for who is asked. Of a directory nothing but regular
 * files, and it itself, are opened: -EINVAL. */
int reader_access_lend(const struct reader_access *access, const char *name);

/* What has the name in the directory. 0 or -errno. */
int reader_access_stat(const struct reader_access *access, const char *name, struct stat *st);

#endif
