/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Values that are of one option, or few: read from what was typed, and held to their
 * bounds. All return 0 or a usage error, which does not name the option.
 */
#ifndef WIRETAPE_OPTION_VALUE_H
#define WIRETAPE_OPTION_VALUE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"
#include "option_table.h"

/* Which of the words in the table's "a|b|c" text is: 0, 1, ... */
int option_read_choice(enum option_id id, const char *text, unsigned *choice, struct error *err);

/* -s: 0 stands for the most. */
int option_read_snaplen(const char *text, uint32_t *bytes, struct error *err);

/* -B: KiB, or a SIZE with its unit. */
int option_read_buffer(const char *text, uint64_t *bytes, struct error *err);

/* -j: tcpdump's names of two clocks. */
int option_read_stamp_type(const char *text, bool *adapter, struct error *err);

/* --block-timeout */
int option_read_timeout(const char *text, uint32_t *ms, struct error *err);

/* --stats */
int option_read_stats(const char *text, uint64_t *ns, struct error *err);

/* --hook-timeout */
int option_read_hook_timeout(const char *text, uint64_t *ns, struct error *err);

/* --mode: permission bits. */
int option_read_mode(const char *text, mode_t *mode, struct error *err);

#endif
