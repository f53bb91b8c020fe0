/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Makes calls on files fail, of every kind that a recorder makes. The linker
 * leads the calls of a test that wants it here (--wrap, see Makefile.am);
 * unless armed they go through, but for those that make the disk work, which
 * only count: thousands of recordings are not to wait for it.
 *
 * Calls on eventfds, timers, terminals and /proc are let through. write() and
 * pwritev2() are not among these calls: regular files are written with
 * pwrite().
 */
#ifndef WIRETAPE_FAULT_CALLS_H
#define WIRETAPE_FAULT_CALLS_H

#include <stdbool.h>
#include <stddef.h>

#define FAULT_CALLS(X)     \
	X(open)            \
	X(openat)          \
	X(close)           \
	X(fallocate)       \
	X(ftruncate)       \
	X(fsync)           \
	X(fdatasync)       \
	X(sync_file_range) \
	X(pread)           \
	X(pwrite)          \
	X(renameat)        \
	X(renameat2)       \
	X(linkat)          \
	X(unlinkat)        \
	X(faccessat)       \
	X(statx)           \
	X(fstat)           \
	X(fstatvfs)        \
	X(fchmod)          \
	X(flock)           \
	X(uring)           \
	X(calloc)

enum fault_call {
#define X(call) FAULT_##call,
	FAULT_CALLS(X)
#undef X
		FAULT_ANY /* every kind but the last, allocating memory */
};

struct fault_plan {
	enum fault_call call;
	unsigned nth;   /* from 1; 0: none */
	unsigned count; /* so many in a row fail; 0: one */
	int error;      /* with this errno; */
	size_t bytes;   /* or, with error 0, no more than this is written or read */
	bool no_flags;  /* renameat2() never works, as on some file systems */
};

const char *fault_call_name(enum fault_call call);

/* Counts calls anew. */
void fault_calls_arm(const struct fault_plan *plan);

/* For a while calls neither count nor fail. */
void fault_calls_pause(bool pause);

/* Back to normal. How many have failed. */
unsigned fault_calls_disarm(void);

#endif
