/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Headers of a request that say which part of a file is wanted, and who asks.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include <strings.h>

#include "base/parse.h"
#include "serve/request.h"

#define NUMBER_MOST 20u
#define BEARER      "Bearer "

/* --- Range ----------------------------------------------------------------------------- */

/* A number of decimal digits in front of end; false: something else, or nothing. */
static bool take_number(const char **at, char end, uint64_t *value)
{
	char digits[NUMBER_MOST + 1];
	const size_t length = strspn(*at, "0123456789");

	if (length == 0 || length > NUMBER_MOST || (*at)[length] != end)
		return false;
	memcpy(digits, *at, length);
	digits[length] = '\0';
	*at += length + (end != '\0');
	return parse_count(digits, 0, UINT64_MAX, value, NULL) == 0;
}

/* The last bytes of it. */
static int take_suffix(const char *at, uint64_t size, uint64_t *offset, uint64_t *bytes)
{
	uint64_t count;

	if (!take_number(&at, '\0', &count))
		return 0;
	if (count == 0 || size == 0)
		return -ERANGE;
	*bytes = count < size ? count : size;
	*offset = size - *bytes;
	return 1;
}

int serve_range_parse(const char *text, uint64_t size, uint64_t *offset, uint64_t *bytes)
{
	uint64_t first, last = UINT64_MAX;

	if (!text || strncasecmp(text, "bytes=", 6) != 0)
		return 0;
	text += 6;
	if (*text == '-')
		return take_suffix(text + 1, size, offset, bytes);
	if (!take_number(&text, '-', &first))
		return 0;
	if (*text && !take_number(&text, '\0', &last))
		return 0;
	if (last < first)
		return 0;
	if (first >= size)
		return -ERANGE;
	*offset = first;
	*bytes = (last < size ? last + 1 : size) - first;
	return 1;
}

/* --- who asks -------------------------------------------------------------------------- */

bool serve_host_is_plain(const char *host)
{
	char name[INET6_ADDRSTRLEN + 2];
	unsigned char address[sizeof(struct in6_addr)];
	size_t length;

	if (!host)
		return true;
	if (*host == '[') {
		length = strcspn(++host, "]");
		if (host[length] != ']')
			return false;
	} else {
		length = strcspn(host, ":");
	}
	if (length >= sizeof(name))
		return false;
	memcpy(name, host, length);
	name[length] = '\0';
	return strcasecmp(name, "localhost") == 0 || inet_pton(AF_INET, name, address) == 1 ||
	       inet_pton(AF_INET6, name, address) == 1;
}

bool serve_token_matches(const char *header, const char *token)
{
	const size_t length = strlen(token);
	size_t given;
	volatile unsigned differ;

	if (!header || strncasecmp(header, BEARER, strlen(BEARER)) != 0)
		return false;
	header += strlen(BEARER);
	given = strlen(header);
	differ = given != length;
	/* As long for any header of that length, right or wrong. */
	for (size_t i = 0; i < given; i++)
		differ |= (unsigned char)header[i] ^ (unsigned char)token[i < length ? i : 0];
	return differ == 0 && length > 0;
}
