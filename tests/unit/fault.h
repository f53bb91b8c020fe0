/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Makes calls on files fail, of every kind that a recorder makes, and writes that are
 * handed to io_uring. The linker leads the calls of a test here that is linked with
 * $(fault_calls); unless armed they go through untouched, but that direct writes have
 * to be aligned to FAULT_DIRECT_UNIT, whatever the file system thinks of them.
 *
 * Of close() only calls on files and directories count, none on an eventfd or a timer.
 */
#ifndef WIRETAPE_TESTS_FAULT_H
#define WIRETAPE_TESTS_FAULT_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FAULT_DIRECT_UNIT 512u

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
	X(pwritev2)        \
	X(write)           \
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
		FAULT_KINDS
};

/* Sets of them. */
#define FAULT_BIT(call) (UINT32_C(1) << (call))
#define FAULT_WRITING                                                                   \
	(FAULT_BIT(FAULT_pwrite) | FAULT_BIT(FAULT_pwritev2) | FAULT_BIT(FAULT_write) | \
	 FAULT_BIT(FAULT_ftruncate) | FAULT_BIT(FAULT_fallocate) | FAULT_BIT(FAULT_uring))
/* What a recorder does with files: not what its eventfds and pipes are written with, and
 * not taking memory. */
#define FAULT_FILES                   \
	(FAULT_BIT(FAULT_KINDS) - 1 - \
	 (FAULT_BIT(FAULT_pwritev2) | FAULT_BIT(FAULT_write) | FAULT_BIT(FAULT_calloc)))

#define FAULT_FOR_GOOD UINT_MAX
#define FAULT_HALF     SIZE_MAX

struct fault {
	uint32_t calls; /* those that count; 0: FAULT_WRITING */
	unsigned nth;   /* which of them, from 1; 0: none */
	unsigned count; /* so many in a row; 0: one */
	int error;      /* it fails with this errno and does nothing; */
	size_t bytes;   /* or, with error 0, it reads or writes no more than this, maybe 0, or
			   FAULT_HALF of what it was to, of direct writes whole units. Calls
			   of other kinds count and go through */
	int then;       /* a short one is followed by one that fails with this */
	bool direct;    /* only calls that go past the page cache count */
	bool at_submit; /* io_uring_submit fails itself, not the write; others go through */
	bool late;      /* io_uring: two failing writes end in the wrong order */
	bool no_flags;  /* renameat2() never works, as on some file systems */
};

/* Of a single kind; "any" of a set. */
const char *fault_name(uint32_t calls);

/* Counts calls anew. */
void fault_arm(const struct fault *fault);

/* For a while calls neither count nor fail. */
void fault_pause(bool pause);

/* Back to normal. Whether the call came. */
bool fault_disarm(void);

/* Since it was armed: calls that counted, and those of them that were altered. */
unsigned fault_counted(void);
unsigned fault_struck(void);

/* Every pwrite past the page cache takes so much longer; one that has begun heeds it, too.
 * Any thread. */
void fault_slow(unsigned microseconds);

/* How many of them there were at a time, at most, since it was asked for. */
unsigned fault_slow_at_once(void);

/* Each nth of calls of these kinds (a set) takes so much longer; of syncs only those of
 * regular files, and writes through io_uring are not among them. Any thread. 0: none. */
void fault_delay(uint32_t calls, unsigned nth, unsigned microseconds);

/* From now on calls that make the disk work only count, armed or not: thousands of
 * recordings are not to wait for it. */
void fault_spare_disk(void);

/* From now on, or no more, no file has a time of birth. */
void fault_forget_births(bool forget);

#endif
