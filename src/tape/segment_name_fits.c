/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Names of segments, read: whether one can be a recording's.
 */
#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "disk/segment_head.h"
#include "tape/segment_name.h"

/* "20261123150501" */
#define WHEN_DIGITS 14u

static size_t count_digits(const char *text)
{
	return strspn(text, "0123456789");
}

/* Whether all of it is a time as the template has it. */
static bool fits_template(const char *base, const char *name)
{
	struct tm local;
	const char *end = strptime(name, base, &local);

	return end && !*end;
}

static bool fits_counted(const struct segment_naming *naming, const char *name, uint64_t sequence)
{
	char expected[SEGMENT_NAME_ROOM];
	const size_t length = strlen(naming->base);

	if (sequence == 0)
		return strncmp(name, naming->base, length) == 0 &&
		       !name[length + count_digits(name + length)];
	return segment_name_make(naming, 0, sequence, 0, expected) == 0 &&
	       strcmp(name, expected) == 0;
}

/* STEM_NNNNN_YYYYmmddHHMMSS.EXT */
static bool fits_numbered(const char *base, const char *name, uint64_t sequence)
{
	const char *dot = strrchr(base, '.'), *extension = dot && dot != base ? dot : "";
	const size_t stem = strlen(base) - strlen(extension);
	char number[32];

	if (strncmp(name, base, stem) != 0 || name[stem] != '_')
		return false;
	name += stem + 1;
	snprintf(number, sizeof(number), "%05" PRIu64 "_", sequence);
	if (sequence && strncmp(name, number, strlen(number)) != 0)
		return false;
	name += count_digits(name);
	return *name == '_' && count_digits(name + 1) == WHEN_DIGITS &&
	       strcmp(name + 1 + WHEN_DIGITS, extension) == 0;
}

bool segment_name_fits(const struct segment_naming *naming, const char *name, uint64_t sequence)
{
	uint64_t number;

	switch (naming->style) {
	case NAME_DIRECTORY:
		number = segment_number_in(name);
		return number && (!sequence || number == sequence);
	case NAME_TEMPLATE:
		return fits_template(naming->base, name);
	case NAME_COUNTED:
		return fits_counted(naming, name, sequence);
	case NAME_NUMBERED:
		return fits_numbered(naming->base, name, sequence);
	}
	return false;
}
