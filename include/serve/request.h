/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a client may ask for, out of the path and the parameters of its request. They come
 * from anybody who can connect: nothing in them is believed, and the only names that can be
 * meant are those a directory of segments has (a name here is still to be looked up there).
 *
 * Threads: a struct belongs to one at a time.
 */
#ifndef WIRETAPE_REQUEST_H
#define WIRETAPE_REQUEST_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

/* A filter has no more bytes. */
#define SERVE_FILTER_MOST 4096u

enum serve_kind {
	SERVE_PACKETS,  /* those that match, as a capture file */
	SERVE_COUNT,    /* how many those are */
	SERVE_SEGMENTS, /* what segments there are */
	SERVE_SEGMENT,  /* one of them as it lies there */
	SERVE_STATUS,   /* of the server itself, as JSON, */
	SERVE_METRICS,  /* and for Prometheus */
	SERVE_KINDS
};

struct serve_request {
	enum serve_kind kind;
	char name[NAME_MAX + 1]; /* of a segment; never a hidden one, nor with a slash */
	bool has_from, has_to, has_format;
	int64_t from_ns, to_ns;             /* since 1970 */
	bool pcap;                          /* else pcapng */
	char filter[SERVE_FILTER_MOST + 1]; /* empty: all packets */
};

/* "packets", as it stands in a path and in metrics. */
const char *serve_kind_name(enum serve_kind kind);

/* Fills a request from a decoded path. 0, or -ENOENT with err: there is no such thing. */
int serve_request_path(struct serve_request *request, const char *path, struct error *err);

/* Adds a decoded parameter; bytes are the value's, which may hold any; null: it has none.
 * now_ns is the time that relative ones count from. 0 or -EINVAL with err. */
int serve_request_parameter(struct serve_request *request, const char *name, const char *value,
			    size_t bytes, uint64_t now_ns, struct error *err);

/* What the parameters are together. 0 or -EINVAL with err. */
int serve_request_check(const struct serve_request *request, struct error *err);

/*
 * A part of a file, by the header Range (RFC 9110, 14.2): "bytes=A-B", "bytes=A-" or
 * "bytes=-N" of a file of size bytes. 1 and what it is; 0 where it is to be sent whole, as for
 * several ranges, for another unit and for what makes no sense; -ERANGE where there is nothing
 * in it. A null text is no range.
 */
int serve_range_parse(const char *text, uint64_t size, uint64_t *offset, uint64_t *bytes);

/* Whether a header Host names this machine by a number, or as localhost: a page of the web that
 * has its own name stand for this machine is told from that (DNS rebinding). */
bool serve_host_is_plain(const char *host);

/* Whether an Authorization header has that token, in a time that does not depend on where they
 * differ. Null is no header. */
bool serve_token_matches(const char *header, const char *token);

#endif
