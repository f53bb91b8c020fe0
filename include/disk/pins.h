/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a recorder is not to delete, for now: spans of time, each with a name, kept in its
 * directory in a small file that is replaced as a whole:
 *
 *   wiretape-pins 1
 *   keep BYTES                 the share of the budget that is for it, as recorded with
 *   pin FROM TO NAME           ns since 1970: packets from then on, and before then
 *
 * Which segments that are is told by how the packets of each lie in time.
 *
 * Threads: one at a time.
 */
#ifndef WIRETAPE_PINS_H
#define WIRETAPE_PINS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"

#define PINS_NAME ".wiretape-pins" /* or this, a dot and more, as the manifest's */
#define PINS_MOST 64u
/* What the file may take on the disk, and the one that is going to replace it. */
#define PINS_DISK_BYTES 32768u
#define PIN_NAME_MOST   64u

struct pin {
	int64_t from_ns, to_ns;
	char name[PIN_NAME_MOST + 1];
};

struct pins {
	uint64_t keep_bytes; /* 0: no share */
	unsigned count;
	struct pin list[PINS_MOST];
};

/* Whether a name will do: letters, digits, _, and - . : + within; at most PIN_NAME_MOST. */
bool pin_name_fits(const char *name);

/* Reads what is there; lines that are none are passed over. 0, also where there is no such
 * file, or -errno; -EPERM as of a manifest. */
int pins_read(int dir, const char *name, struct pins *pins);

/* Replaces the file, with that mode, whose owner is the directory's, where we may give it
 * away; safe on the disk when it returns, where sync is set. 0 or -errno: what was there
 * before is there. */
int pins_write(int dir, const char *name, const struct pins *pins, mode_t mode, bool sync);

/* Adds one; takes one out. 0 or -errno with err. */
int pins_add(struct pins *pins, const struct pin *pin, struct error *err);
int pins_remove(struct pins *pins, const char *name, struct error *err);

/* Whether packets between these times, both included, are in one. */
bool pin_holds(const struct pin *pin, int64_t least_ns, int64_t most_ns);

/* All of them, for people or as JSON, to be freed; null without memory. */
char *pins_tell(const struct pins *pins, bool json);

#endif
