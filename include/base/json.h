/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Strings in JSON (RFC 8259): valid UTF-8, whatever bytes they come from.
 */
#ifndef WIRETAPE_JSON_H
#define WIRETAPE_JSON_H

#include <stdio.h>

/* With its quotation marks. Characters that may not be shown (safe_text.h) are escaped;
 * a byte that is no UTF-8 becomes U+FFFD and two hexadecimal digits, and so do those of a
 * U+FFFD, so that texts that differ go on differing. */
void json_write_string(FILE *out, const char *text);

#endif
