/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Each parameter is read once, as an option of that name would be on the command line.
 */
#include "serve/request.h"

#include <errno.h>
#include <string.h>

#include "base/when.h"

#define SEGMENT_PREFIX "/segments/"

static const char *const names[SERVE_KINDS] = {
	[SERVE_PACKETS] = "packets", [SERVE_COUNT] = "count",   [SERVE_SEGMENTS] = "segments",
	[SERVE_SEGMENT] = "segment", [SERVE_STATUS] = "status", [SERVE_METRICS] = "metrics",
};

const char *serve_kind_name(enum serve_kind kind)
{
	return names[kind];
}

/* --- the path ------------------------------------------------------------------------ */

static int refuse_path(struct error *err)
{
	return error_set(err, ENOENT,
			 "there is no such thing here: /packets, /count, /segments, "
			 "/segments/NAME, /status and /metrics are");
}

int serve_request_path(struct serve_request *request, const char *path, struct error *err)
{
	static const enum serve_kind plain[] = {SERVE_PACKETS, SERVE_COUNT, SERVE_SEGMENTS,
						SERVE_STATUS, SERVE_METRICS};
	const size_t prefix = strlen(SEGMENT_PREFIX);
	const char *name;

	*request = (struct serve_request){.kind = SERVE_KINDS};
	if (path[0] != '/')
		return refuse_path(err);
	for (size_t i = 0; i < sizeof(plain) / sizeof(plain[0]); i++)
		if (strcmp(path + 1, names[plain[i]]) == 0)
			request->kind = plain[i];
	if (request->kind != SERVE_KINDS)
		return 0;
	if (strncmp(path, SEGMENT_PREFIX, prefix) != 0)
		return refuse_path(err);
	name = path + prefix;
	/* Hidden names are a recorder's own. */
	if (!*name || *name == '.' || strchr(name, '/') || strlen(name) > NAME_MAX)
		return error_set(err, ENOENT, "there is no such segment");
	request->kind = SERVE_SEGMENT;
	strcpy(request->name, name);
	return 0;
}

/* --- parameters ---------------------------------------------------------------------- */

static int set_time(bool *has, int64_t *to, const char *name, const char *value, uint64_t now_ns,
		    struct error *err)
{
	uint64_t ns;

	if (*has)
		return error_set(err, EINVAL, "%s: given twice", name);
	if (parse_when(value, now_ns, &ns, err) < 0) {
		error_context(err, "%s", name);
		return -EINVAL;
	}
	*has = true;
	*to = ns < INT64_MAX ? (int64_t)ns : INT64_MAX;
	return 0;
}

static int set_filter(struct serve_request *request, const char *value, size_t bytes,
		      struct error *err)
{
	if (*request->filter)
		return error_set(err, EINVAL, "filter: given twice");
	if (bytes > SERVE_FILTER_MOST)
		return error_set(err, EINVAL, "filter: has %zu bytes; %u at most", bytes,
				 SERVE_FILTER_MOST);
	for (size_t i = 0; i < bytes; i++)
		if ((unsigned char)value[i] < ' ' || value[i] == 0x7f)
			return error_set(err, EINVAL, "filter: has a control character");
	memcpy(request->filter, value, bytes);
	request->filter[bytes] = '\0';
	return 0;
}

static int set_format(struct serve_request *request, const char *value, struct error *err)
{
	if (request->has_format)
		return error_set(err, EINVAL, "format: given twice");
	request->has_format = true;
	request->pcap = strcmp(value, "pcap") == 0;
	if (request->pcap || strcmp(value, "pcapng") == 0)
		return 0;
	return error_set(err, EINVAL, "format: it is pcap or pcapng");
}

int serve_request_parameter(struct serve_request *r, const char *name, const char *value,
			    size_t bytes, uint64_t now_ns, struct error *err)
{
	const bool picks = r->kind == SERVE_PACKETS || r->kind == SERVE_COUNT;

	if (!value)
		return error_set(err, EINVAL, "a parameter lacks its value");
	if (strlen(value) != bytes)
		return error_set(err, EINVAL, "a parameter has a byte 0");
	if (picks && strcmp(name, "from") == 0)
		return set_time(&r->has_from, &r->from_ns, name, value, now_ns, err);
	if (picks && strcmp(name, "to") == 0)
		return set_time(&r->has_to, &r->to_ns, name, value, now_ns, err);
	if (picks && strcmp(name, "filter") == 0)
		return set_filter(r, value, bytes, err);
	if (r->kind == SERVE_PACKETS && strcmp(name, "format") == 0)
		return set_format(r, value, err);
	return error_set(err, EINVAL,
			 "unknown parameter: /packets takes from, to, filter and "
			 "format, /count the first three, the others none");
}

int serve_request_check(const struct serve_request *r, struct error *err)
{
	if (r->has_from && r->has_to && r->from_ns >= r->to_ns)
		return error_set(err, EINVAL, "from is not before to");
	return 0;
}
