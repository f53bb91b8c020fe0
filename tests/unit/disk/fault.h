/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Makes calls that write fail: pwrite, pwritev2, write, ftruncate, fallocate, and writes
 * handed to io_uring. The linker leads the calls of a test that wants it here (--wrap,
 * see Makefile.am); unless armed they go through untouched. Direct writes have to be
 * aligned to DIRECT_UNIT, whatever the file system thinks of them.
 */
#ifndef WIRETAPE_FAULT_H
#define WIRETAPE_FAULT_H

#include <stdbool.h>
#include <stddef.h>

#define DIRECT_UNIT 512u

struct fault {
	unsigned nth;   /* which call, from 1; 0: none */
	bool for_good;  /* and all after it */
	int error;      /* it fails with this errno and writes nothing; */
	size_t bytes;   /* or, with error 0, it writes no more than this, maybe 0 */
	int then;       /* a short one is followed by one that fails with this */
	bool direct;    /* only calls that go past the page cache count */
	bool at_submit; /* io_uring_submit fails itself, not the write */
	bool late;      /* io_uring: two failing writes end in the wrong order */
};

/* Counts calls anew. */
void fault_arm(const struct fault *fault);

/* Back to normal. Whether the call came. */
bool fault_disarm(void);

#endif
