/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Index files as they are made: under another name first, with owner and mode of the file they
 * are of.
 *
 * Threads: one at a time.
 */
#ifndef WIRETAPE_INDEX_FILES_H
#define WIRETAPE_INDEX_FILES_H

#include "cli/options.h"

/* The directories that the files of each path are in. */
struct index_files {
	const struct options *options;
	int *dirs; /* of each path; -1 */
	uint32_t count;
};

/* Opens them. 0 or -errno; close also then. */
int index_files_open(struct index_files *files, const struct options *options, struct error *err);
void index_files_close(struct index_files *files);

/* name is that of a file in the directory of that path: nothing else is made an index for.
 * Makes a new one; returns a descriptor for writing or -errno. */
int index_files_make(const struct index_files *files, uint32_t path, const char *name);

/* It is whole, and gets its name; or it goes. 0 or -errno. */
int index_files_publish(const struct index_files *files, uint32_t path, const char *name);
int index_files_drop(const struct index_files *files, uint32_t path, const char *name);

#endif
