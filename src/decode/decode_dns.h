/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the parts of the DNS decoder share. Places in a message are distances
 * from its first byte: pointers in names count so. 0 is never the place behind
 * something, and tells that it could not be printed to its end.
 */
#ifndef WIRETAPE_DECODE_DNS_H
#define WIRETAPE_DECODE_DNS_H

#include "decode/decode.h"

#define DNS_HEADER_BYTES 12u
#define DNS_TYPE_OPT     41u

struct dns {
	struct decode *decode;
	struct cursor message;
	bool multicast;
	bool beyond; /* bytes were needed that were not captured */
};

/* Passes a name, without a look at what its pointers point to. */
uint32_t dns_skip_name(const struct dns *dns, uint32_t at);

/* Prints a name, with a dot behind each label. */
uint32_t dns_print_name(struct dns *dns, uint32_t at);

/* The same, where pointers count from another place, which may be behind it. */
uint32_t dns_print_name_from(struct dns *dns, uint32_t at, uint32_t base);

/* Prints up to count bytes; false where they were not all captured. */
bool dns_print_bytes(const struct dns *dns, uint32_t at, uint32_t count);

/* " TYPE CLASS? name". */
uint32_t dns_print_question(struct dns *dns, uint32_t at);

/* " TYPE data", with -v the owner's name in front. Where even what is in front
 * of the data was not captured, the end of the message is returned. */
uint32_t dns_print_record(struct dns *dns, uint32_t at);

/* An EDNS option (RFC 6891). */
uint32_t dns_print_option(struct dns *dns, uint32_t at);

/* The data of an OPT record, from at to end, in brackets. */
bool dns_print_options(struct dns *dns, uint32_t at, uint32_t end);

static inline bool dns_has(const struct dns *dns, uint32_t at, uint32_t bytes)
{
	return cursor_bytes_at(&dns->message, at, bytes) != NULL;
}

static inline uint32_t dns_end(const struct dns *dns)
{
	return cursor_left(&dns->message);
}

#endif
