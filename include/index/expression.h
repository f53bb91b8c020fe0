/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What an expression of pcap-filter(7) says of the runs that can hold a match: all that do,
 * and perhaps more. The compiled filter decides on each packet all the same.
 *
 * Understood are hosts, networks, ports and port ranges, protocols, ethertypes, MAC
 * addresses and VLANs, with what stands in front of them, and "and", "or", "not" and brackets.
 * Whatever else is there may match anywhere; where that changes what the rest means, all
 * of it may.
 *
 * Threads: any; what is parsed does not change.
 */
#ifndef WIRETAPE_INDEX_EXPRESSION_H
#define WIRETAPE_INDEX_EXPRESSION_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "index/file.h"

struct index_expression;

/* text is one that libpcap takes. 0 or -ENOMEM. Close takes a null pointer. */
int index_expression_parse(const char *text, struct index_expression **expression);
void index_expression_close(struct index_expression *expression);

/* Whether it can rule anything out. */
bool index_expression_narrows(const struct index_expression *expression);

/* Sets the bits of the runs that can hold a match in set, which is cleared first and has
 * index_set_words() words. 0 or -errno. */
int index_expression_runs(const struct index_expression *expression, struct index *index,
			  uint64_t *set, struct error *err);

#endif
