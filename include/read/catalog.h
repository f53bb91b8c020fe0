/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The files that a reader's paths stand for, one by one, each with its index.
 *
 * Threads: one at a time.
 */
#ifndef WIRETAPE_CATALOG_H
#define WIRETAPE_CATALOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "index/file.h"
#include "read/reader.h"

struct reader_file;

struct catalog_file {
	uint32_t path;        /* the number of the path it is of */
	const char *name;     /* in its directory */
	const char *shown;    /* with that, for people */
	bool live;            /* a recorder writes it: it has no index yet */
	uint64_t bytes;       /* of it, */
	uint64_t index_bytes; /* and of its index */
	/* Its index; null: there is none that is right, as state and why say: -ENOENT for none,
	 * else as index_open, or why the file itself cannot be read. */
	struct index *index;
	int state;
	struct error why;
	struct reader_file *file; /* its headers were read; null: they cannot be */
	struct index_subject subject;
};

/*
 * Calls visit for each file of all paths, in their order; what it gets is valid until it
 * returns. To be called once, after reader_open, with nothing read before. visit: 0 to go on, or
 * -errno. 0 or -errno with err.
 */
int catalog_visit(struct reader *reader, int (*visit)(void *context, struct catalog_file *file),
		  void *context, struct error *err);

/* The interfaces that the headers of a file tell of. */
uint32_t catalog_interface_count(const struct catalog_file *file);
const struct reader_interface *catalog_interface(const struct catalog_file *file, uint32_t number);

/* Reads a file that has file set, and makes its index in memory that the caller frees. 0;
 * -ENODATA or -EBADMSG, with an index, where the file is damaged; or another -errno, without
 * one. */
int catalog_make_index(struct catalog_file *file, uint8_t **image, size_t *bytes,
		       struct error *err);

#endif
