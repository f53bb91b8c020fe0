/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a client of --serve sends, as far as it is ours to parse: the path, parameters and
 * headers. The input is lines: the path, the headers Range, Host and Authorization, then names and
 * values of parameters. What is taken has to be within its bounds.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "serve/request.h"

#define NOW_NS     (1700000000 * UINT64_C(1000000000))
#define LINE_MOST  8192u
#define TOKEN      "a-token-of-many-letters"
#define FILE_BYTES 1000u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

static const uint8_t *at, *end;

/* The next line, with a 0 behind it that is not counted; it may have others. */
static size_t take_line(char line[static LINE_MOST])
{
	size_t length = 0;

	while (at < end && *at != '\n' && length < LINE_MOST - 1)
		line[length++] = (char)*at++;
	at += at < end;
	line[length] = '\0';
	return length;
}

static void check(int holds)
{
	if (!holds)
		abort();
}

static void check_headers(void)
{
	char line[LINE_MOST];
	uint64_t offset = 0, part = FILE_BYTES;

	take_line(line);
	if (serve_range_parse(line, FILE_BYTES, &offset, &part) == 1)
		check(part > 0 && offset < FILE_BYTES && part <= FILE_BYTES - offset);
	take_line(line);
	if (serve_host_is_plain(line))
		check(strspn(line, "[]:.0123456789abcdefABCDEFlochstLOCHST%") > 0 ||
		      line[0] == '\0');
	take_line(line);
	if (serve_token_matches(line, TOKEN))
		check(strlen(line) == strlen("Bearer " TOKEN));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	struct serve_request request;
	struct error err;
	char name[LINE_MOST], value[LINE_MOST];
	size_t length;
	int rc;

	at = data;
	end = data + bytes;
	take_line(name);
	rc = serve_request_path(&request, name, &err);
	check_headers();
	if (rc < 0)
		return 0;
	check(request.kind < SERVE_KINDS && !strchr(request.name, '/') && request.name[0] != '.');
	check((request.kind == SERVE_SEGMENT) == (request.name[0] != '\0'));
	while (at < end && rc == 0) {
		take_line(name);
		length = take_line(value);
		rc = serve_request_parameter(&request, name, value, length, NOW_NS, &err);
	}
	if (rc < 0 || serve_request_check(&request, &err) < 0)
		return 0;
	check(strlen(request.filter) <= SERVE_FILTER_MOST);
	for (const char *c = request.filter; *c; c++)
		check((unsigned char)*c >= ' ' && *c != 0x7f);
	check(!request.has_from || !request.has_to || request.from_ns < request.to_ns);
	return 0;
}
