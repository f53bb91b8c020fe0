/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Strings in JSON (RFC 8259): valid UTF-8, whatever bytes they come from.
 */
#ifndef WIRETAPE_JSON_H
#define WIRETAPE_JSON_H

#include <stdio.h>

/* With its quotation marks. Control characters are escaped, what is no UTF-8
 * becomes U+FFFD. */
void json_write_string(FILE *out, const char *text);

#endif
