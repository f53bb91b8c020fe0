/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a test does in another process, where cmocka cannot be told: its exit status is
 * what body returns, and asserts are not for it.
 */
#ifndef WIRETAPE_TESTS_CHILD_H
#define WIRETAPE_TESTS_CHILD_H

#include <sys/types.h>

/* Starts it. */
pid_t child_start(int (*body)(void));

/* Waits for it: its exit status; -1 where a signal has ended it. */
int child_wait(pid_t child);

/* Both. */
int child_run(int (*body)(void));

#endif
