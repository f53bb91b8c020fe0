/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Makes calls on files and directories fail, whichever of them comes as the
 * Nth. The linker leads the calls of a test that wants it here (--wrap, see
 * Makefile.am); unless armed they go through untouched.
 */
#ifndef WIRETAPE_FAULT_FILES_H
#define WIRETAPE_FAULT_FILES_H

#include <stdbool.h>

struct file_fault {
	unsigned nth;  /* which call, from 1; 0: none */
	unsigned last; /* and all up to this one */
	int error;     /* it fails with this errno, as far as that call can; or,
			  with 0, a write is a short one */
};

/* Counts calls anew. */
void file_fault_arm(const struct file_fault *fault);

/* Back to normal. How many calls have failed. */
unsigned file_fault_disarm(void);

/* Calls so far. */
unsigned file_fault_calls(void);

#endif
