/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Limits of the process (setrlimit(2), ulimit of a shell) that a recording runs into.
 *
 * Threads: any; limits are the whole process's.
 */
#ifndef WIRETAPE_LIMITS_H
#define WIRETAPE_LIMITS_H

#include <stdint.h>

#include "base/error.h"

/* How large a file may grow, in bytes; UINT64_MAX: there is no such limit. */
uint64_t limits_file_bytes(void);

/* Sees to it that so many more files can be opened, and raises the limit for that as far as
 * we may. A usage error where that is not enough. */
int limits_want_files(unsigned more, struct error *err);

/* How many more can be opened now; UINT_MAX where the limit is so high that it does not
 * matter. Takes some 0.1 ms at most. */
unsigned limits_files_left(void);

#endif
