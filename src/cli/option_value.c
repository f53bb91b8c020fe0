/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Values that are more than a number or a size, each within its bounds.
 */
#include "option_value.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/parse.h"

int option_read_choice(enum option_id id, const char *text, unsigned *choice, struct error *err)
{
	const char *words = option_table[id].argument;
	size_t length;

	for (*choice = 0;; ++*choice) {
		length = strcspn(words, "|");
		if (strlen(text) == length && strncmp(text, words, length) == 0)
			return 0;
		if (!words[length])
			break;
		words += length + 1;
	}
	return error_usage(err, "'%s' is none of %s", text, option_table[id].argument);
}

static bool is_number(const char *text)
{
	return *text && !text[strspn(text, "0123456789")];
}

int option_read_snaplen(const char *text, uint32_t *bytes, struct error *err)
{
	uint64_t value = 0;
	int rc;

	if (is_number(text))
		rc = parse_count(text, 0, SNAPLEN_DEFAULT, &value, err);
	else
		rc = parse_size(text, &value, err);
	if (rc == 0 && value > SNAPLEN_DEFAULT)
		rc = error_usage(err, "%s is too large: it must be at most %u", text,
				 SNAPLEN_DEFAULT);
	*bytes = value && rc == 0 ? (uint32_t)value : SNAPLEN_DEFAULT;
	return rc;
}

int option_read_buffer(const char *text, uint64_t *bytes, struct error *err)
{
	int rc;

	if (!is_number(text))
		return parse_size(text, bytes, err);
	rc = parse_count(text, 1, UINT64_MAX >> 10, bytes, err);
	*bytes <<= 10;
	return rc;
}

int option_read_stamp_type(const char *text, bool *adapter, struct error *err)
{
	static const char *const types[] = {"host",    "host_lowprec",     "host_hiprec",
					    "adapter", "adapter_unsynced", NULL};

	for (size_t i = 0; types[i]; i++) {
		if (strcmp(text, types[i]) != 0)
			continue;
		*adapter = types[i][0] == 'a';
		return 0;
	}
	return error_usage(err, "'%s' is neither host nor adapter", text);
}

int option_read_timeout(const char *text, uint32_t *ms, struct error *err)
{
	uint64_t ns;
	int rc = parse_duration(text, &ns, err);

	if (rc < 0)
		return rc;
	if (ns < NS_PER_MS || ns > NS_PER_HOUR || ns % NS_PER_MS != 0)
		return error_usage(err, "%s is not from 1ms to 1h, in whole milliseconds", text);
	*ms = (uint32_t)(ns / NS_PER_MS);
	return 0;
}

int option_read_stats(const char *text, uint64_t *ns, struct error *err)
{
	int rc = parse_duration(text, ns, err);

	if (rc == 0 && *ns < 100 * NS_PER_MS)
		return error_usage(err, "%s is too often: it must be at least 100ms", text);
	return rc;
}

/* The owner's program has to get at the files again; that they
 * could be run, or as somebody else, nobody means. */
int option_read_mode(const char *text, mode_t *mode, struct error *err)
{
	size_t digits = strspn(text, "01234567");
	unsigned long bits;

	if (text[digits] || digits < 3 || digits > 4)
		return error_usage(err, "'%s' is not three or four octal digits, such as 0640",
				   text);
	bits = strtoul(text, NULL, 8);
	if (bits & ~0666ul)
		return error_usage(err,
				   "%s has more than permission to read and write: 0666 is the "
				   "most",
				   text);
	if ((bits & 0600) != 0600)
		return error_usage(err,
				   "%s keeps the owner from reading and writing: 0600 is the least",
				   text);
	*mode = (mode_t)bits;
	return 0;
}

int option_read_hook_timeout(const char *text, uint64_t *ns, struct error *err)
{
	int rc = parse_duration(text, ns, err);

	if (rc == 0 && *ns < NS_PER_SECOND)
		return error_usage(err, "%s is too short: it must be at least 1s", text);
	return rc;
}
