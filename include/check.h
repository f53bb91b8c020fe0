/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A look at the machine before a recording: what makes packets larger than
 * they were, clocks slow, disks late or files readable to others. Nothing here
 * fails: what cannot be found out is passed over.
 *
 * Threads: main's.
 */
#ifndef WIRETAPE_CHECK_H
#define WIRETAPE_CHECK_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

#include "privilege.h"
#include "source.h"

enum check_level { CHECK_OK, CHECK_WARN };

struct check_config {
	const struct source *sources; /* found and planned */
	uint32_t count;
	const char *directory; /* of segments; null: none yet */
	uint64_t budget_bytes, reserve_bytes; /* 0: none */
	bool sync;
	const struct privilege_target *target; /* who records */
	void (*say)(void *context, enum check_level level, const char *about, const char *text);
	void *context;
};

void check_machine(const struct check_config *config);

/* The judgements, each with a text for people. Pure. */

#define CHECK_TEXT_ROOM 256

/* Offloads of an interface, and what they lead to. */
struct check_offloads {
	bool gro, lro;
};
enum check_level check_judge_offloads(char text[static CHECK_TEXT_ROOM], const char *name,
				      const struct check_offloads *offloads);

/* Memory of all rings against what there is. */
enum check_level check_judge_ring(char text[static CHECK_TEXT_ROOM], uint64_t ring_bytes,
				  uint64_t available_bytes);

/* The kernel's name of the clock source. */
enum check_level check_judge_clock(char text[static CHECK_TEXT_ROOM], const char *clocksource);

/* Free space against a budget, of which used_bytes are taken already. */
enum check_level check_judge_space(char text[static CHECK_TEXT_ROOM], uint64_t free_bytes,
				   uint64_t used_bytes, uint64_t budget_bytes,
				   uint64_t reserve_bytes);

/* How long a sync of a page takes. */
enum check_level check_judge_sync(char text[static CHECK_TEXT_ROOM], uint64_t ns);

/* Who may read the directory. */
enum check_level check_judge_directory(char text[static CHECK_TEXT_ROOM], const struct stat *st,
				       const struct privilege_target *target);

#endif
