/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What of a file need not be read, as its index says: runs that hold nothing that is
 * wanted. Being wrong in one direction only costs time; so where an index is missing,
 * of another file, damaged or not understood, all of the file is read.
 *
 * What a skipped run would have told besides its packets is handed on: losses, to the next
 * frame of their interface; how far each interface has come, to who puts frames in order.
 *
 * Part of reader. Threads: one at a time.
 */
#ifndef WIRETAPE_READER_PLAN_H
#define WIRETAPE_READER_PLAN_H

#include "index/expression.h"
#include "read/reader.h"
#include "reader_format.h"

/* What is read of a file at first: its headers, as a rule. */
#define READER_HEADERS_BYTES 4096u

/* What is wanted of all files. */
struct reader_wish {
	bool by_index, counts;                 /* as reader_index_use has it */
	struct index_expression **expressions; /* of which one has to match; */
	uint32_t expression_count;             /* none: all do */
	int64_t from_ns, to_ns;                /* INT64_MIN, INT64_MAX: no limit */
	void (*note)(void *context, const char *text, bool damaged);
	void *context;
	struct reader_saved saved;
};

/* 0 or -ENOMEM; what it has to note is of the config. */
int reader_wish_open(struct reader_wish *wish, const struct reader_config *config);
void reader_wish_close(struct reader_wish *wish);

/* Whether an index can spare anything. */
bool reader_wish_narrows(const struct reader_wish *wish);

/* A stretch of the file that is not read. */
struct reader_gap {
	uint64_t begin, end;
	int64_t first_ns, last_ns;
	uint64_t lost;             /* to be told: of its one interface */
	uint64_t interfaces;       /* as in index/file.h */
	uint64_t packets, counted; /* as in reader_saved */
};

/* Zeros: all is read. */
struct reader_plan {
	struct reader_gap *gaps;
	uint32_t count, at;
	bool active; /* the index is believed */
};

/* Whose index it is. */
struct reader_plan_subject {
	int fd;       /* of the file */
	int index_fd; /* of its index, which stays the caller's */
	const char *name;
	uint64_t header_end; /* behind the file's headers */
};

/* Whether who can write the file, or any, has made its index: nobody else is to hide
 * packets. 0 or -errno. */
int reader_plan_check_owner(const struct reader_plan_subject *subject, struct error *err);

/* Makes the plan for a file. */
void reader_plan_make(struct reader_plan *plan, struct reader_wish *wish,
		      const struct reader_plan_subject *subject);

/* At a place between two records: goes on behind the gaps that begin there, and sees to it
 * that nothing is read of the next one. lost: losses of each interface of the table that wait
 * for a frame, grown as needed. 1 where something was skipped, 0 or -errno. */
struct reader_owed;
int reader_plan_step(struct reader_plan *plan, struct reader_file *file, struct reader_owed *owed,
		     struct error *err);

/* Whether reading has come to a gap. */
bool reader_plan_is_at_gap(const struct reader_plan *plan, const struct reader_file *file);

/* The next gap, or all that is left of them, cannot be what the index says. */
void reader_plan_drop(struct reader_plan *plan, struct reader_wish *wish, struct reader_file *file);

void reader_plan_close(struct reader_plan *plan);

/* Losses of skipped runs that no frame has told of yet. Zeros: none. */
struct reader_owed {
	uint64_t *lost; /* by interface */
	uint32_t count;
	uint64_t total;
};

/* Has frames tell of what was lost before them. */
void reader_owed_pay(struct reader_owed *owed, struct frame *frames, uint32_t count);
void reader_owed_clear(struct reader_owed *owed);

#endif
