/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Points in time as people type them:
 *
 *   2026-11-24T10:00:00Z   RFC 3339: with an offset (+01:00, -0530), a fraction
 *                          of a second, a space instead of the T; without
 *                          seconds, or without a time of day (midnight); without
 *                          a zone it is local time
 *   10:00  10:00:30.5      today, local time
 *   -15m  -2h30m  -1.5d    before now, with d, h, m and s
 *   @1700000000.25         seconds since 1970, UTC
 *
 * Local time is that of TZ. Where a time comes twice, as summer time ends, the
 * first is meant; one that is left out as it begins is an error. Times before
 * 1970 or after 2554 are, too.
 *
 * A function of its arguments and TZ; any thread, as far as localtime_r goes.
 */
#ifndef WIRETAPE_WHEN_H
#define WIRETAPE_WHEN_H

#include <stdint.h>

#include "base/error.h"

/* ns since 1970, of a text typed at now_ns. 0, or a usage error that says what would
 * be right; digits of a fraction beyond nanoseconds are left out. */
int parse_when(const char *text, uint64_t now_ns, uint64_t *ns, struct error *err);

#endif
