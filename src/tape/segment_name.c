/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Names of segments, and the check that a template keeps giving new ones. What
 * a conversion does is up to strftime and the locale, so the check does not
 * reason about templates: it renders them at many pairs of times.
 */
#include "tape/segment_name.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "base/clock.h"

#define ARRAY_COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* A template can be longer than the name it gives. */
#define TEMPLATE_ROOM 1024u

/* As in "2026-11-24 10:50:00". */
#define TIME_ROOM 64u

/* Prints into a name. 0 or -ENAMETOOLONG. */
__attribute__((format(printf, 2, 3))) static int name_print(char name[static SEGMENT_NAME_ROOM],
							    const char *format, ...)
{
	va_list args;
	int length;

	va_start(args, format);
	length = vsnprintf(name, SEGMENT_NAME_ROOM, format, args);
	va_end(args);
	return length < 0 || length >= SEGMENT_NAME_ROOM ? -ENAMETOOLONG : 0;
}

/* Where the extension begins: the last dot, unless all is behind it, or the end. */
static size_t stem_length(const char *name)
{
	const char *dot = strrchr(name, '.');

	return dot && dot != name ? (size_t)(dot - name) : strlen(name);
}

static bool local_time(uint64_t wall_ns, struct tm *local)
{
	time_t seconds = (time_t)(wall_ns / NS_PER_SECOND);

	return localtime_r(&seconds, local);
}

static int directory_name(const struct segment_naming *naming, uint64_t wall_ns, uint64_t sequence,
			  char name[static SEGMENT_NAME_ROOM])
{
	static const char kept[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				   "0123456789.-";
	time_t seconds = (time_t)(wall_ns / NS_PER_SECOND);
	size_t length = strlen(naming->interface);
	char when[TIME_ROOM];
	struct tm utc;
	int result;

	if (!gmtime_r(&seconds, &utc) || !strftime(when, sizeof(when), "%Y%m%dT%H%M%SZ", &utc))
		return -EINVAL;
	result = name_print(name, "%s_%s_%08" PRIu64 ".%s", naming->interface, when, sequence,
			    naming->extension);
	if (result < 0)
		return result;
	for (size_t at = 0; (at += strspn(name + at, kept)) < length; at++)
		name[at] = '-';
	if (name[0] == '.')
		name[0] = '-';
	return 0;
}

static int template_name(const char *base, uint64_t wall_ns, char name[static SEGMENT_NAME_ROOM])
{
	char format[TEMPLATE_ROOM + 1], text[SEGMENT_NAME_ROOM + 1];
	struct tm local;
	size_t length;

	/* A letter goes ahead, as strftime returns 0 for an empty text just as for
	 * one that is too long. */
	if (snprintf(format, sizeof(format), "x%s", base) >= (int)sizeof(format))
		return -ENAMETOOLONG;
	if (!local_time(wall_ns, &local))
		return -EINVAL;
	length = strftime(text, sizeof(text), format, &local);
	if (length == 0)
		return -ENAMETOOLONG;
	memcpy(name, text + 1, length);
	return 0;
}

static int counted_name(const struct segment_naming *naming, uint64_t sequence,
			char name[static SEGMENT_NAME_ROOM])
{
	uint64_t number = naming->ring ? (sequence - 1) % naming->ring : sequence - 1;
	int width = 0;

	for (uint64_t most = naming->ring ? naming->ring - 1 : 0; most > 0; most /= 10)
		width++;
	if (number == 0 && width == 0)
		return name_print(name, "%s", naming->base);
	return name_print(name, "%s%0*" PRIu64, naming->base, width, number);
}

static int numbered_name(const struct segment_naming *naming, uint64_t wall_ns, uint64_t sequence,
			 char name[static SEGMENT_NAME_ROOM])
{
	size_t stem = stem_length(naming->base);
	char when[TIME_ROOM];
	struct tm local;

	if (!local_time(wall_ns, &local) || !strftime(when, sizeof(when), "%Y%m%d%H%M%S", &local))
		return -EINVAL;
	return name_print(name, "%.*s_%05" PRIu64 "_%s%s", (int)stem, naming->base, sequence, when,
			  naming->base + stem);
}

/* The name as it comes, without a count. */
static int plain_name(const struct segment_naming *naming, uint64_t wall_ns, uint64_t sequence,
		      char name[static SEGMENT_NAME_ROOM])
{
	assert(sequence > 0);
	switch (naming->style) {
	case NAME_DIRECTORY:
		return directory_name(naming, wall_ns, sequence, name);
	case NAME_TEMPLATE:
		return template_name(naming->base, wall_ns, name);
	case NAME_COUNTED:
		return counted_name(naming, sequence, name);
	case NAME_NUMBERED:
		return numbered_name(naming, wall_ns, sequence, name);
	}
	return -EINVAL;
}

int segment_name_make(const struct segment_naming *naming, uint64_t wall_ns, uint64_t sequence,
		      unsigned attempt, char name[static SEGMENT_NAME_ROOM])
{
	char plain[SEGMENT_NAME_ROOM];
	int result = plain_name(naming, wall_ns, sequence, plain);
	size_t stem;

	if (result < 0)
		return result;
	/* The check has seen to this at many times, but not at all of them. */
	if (plain[0] == '\0' || plain[0] == '.' || strpbrk(plain, "/\n"))
		return -EINVAL;
	if (attempt == 0)
		return name_print(name, "%s", plain);
	/* Not "1" behind "FILE1": that is the name of segment 12. */
	if (naming->style == NAME_COUNTED)
		return name_print(name, "%s_%u", plain, attempt + 1);
	if (naming->style == NAME_TEMPLATE && naming->count_at_end)
		return name_print(name, "%s%u", plain, attempt);
	stem = stem_length(plain);
	return name_print(name, "%.*s_%u%s", (int)stem, plain, attempt + 1, plain + stem);
}

/*
 * Every conversion has to be one. What strftime does not know it leaves as it
 * stands: so the C library at hand decides.
 */
static int check_conversions(const char *base, struct error *err)
{
	char conversion[TEMPLATE_ROOM], text[SEGMENT_NAME_ROOM];
	size_t length, end;

	for (; (base = strchr(base, '%')); base += length) {
		length = 1 + strspn(base + 1, "_-0^#+");
		length += strspn(base + length, "0123456789");
		length += strspn(base + length, "EO");
		if (!base[length])
			return error_usage(err,
					   "the template ends within a conversion, '%s'; "
					   "a percent sign is '%%%%'",
					   base);
		length++;
		snprintf(conversion, sizeof(conversion), "%.*s", (int)length, base);
		if (template_name(conversion, 0, text) < 0)
			continue; /* too wide, as the whole name is then */
		end = strlen(text);
		if (end >= length && strcasecmp(text + end - length, conversion) == 0)
			return error_usage(err,
					   "'%s' is not a conversion of strftime(3); "
					   "a percent sign is '%%%%'",
					   conversion);
	}
	return 0;
}

/* What every name has to be like. */
static int check_shape(const struct segment_naming *naming, uint64_t wall_ns, struct error *err)
{
	char name[SEGMENT_NAME_ROOM];
	uint64_t sequence = naming->ring ? naming->ring : 1;
	int result = plain_name(naming, wall_ns, sequence, name);

	if (result == -ENAMETOOLONG ||
	    (result == 0 && strlen(name) > NAME_MAX - SEGMENT_NAME_COUNT_ROOM))
		return error_usage(err, "names would be longer than %d bytes",
				   NAME_MAX - SEGMENT_NAME_COUNT_ROOM);
	if (result < 0)
		return error_usage(err, "the clock shows no time to name files by");
	if (!*name)
		return error_usage(err, "the template gives a name without a letter");
	if (strchr(name, '/'))
		return error_usage(err,
				   "a conversion gives a slash, which no name can have: '%s'; "
				   "a date without is %%F",
				   name);
	/* The manifest has a line for each. */
	if (strchr(name, '\n'))
		return error_usage(err, "a name would have two lines");
	if (name[0] == '.')
		return error_usage(err, "'%s' begins with a dot, which hides it", name);
	return 0;
}

/*
 * The times a template is tried at. First the present; then times an odd while
 * apart, which fall on every second, minute, hour, day of the week and, in 8
 * years, on most days of the year; then the days around New Year, where the
 * year of the week and the year differ.
 */
#define STARTS_APART    256u
#define NEW_YEARS       8u
#define DAYS_AROUND     7u
#define STARTS          (STARTS_APART + NEW_YEARS * DAYS_AROUND)
#define START_STRIDE_NS (((11 * 24 + 7) * UINT64_C(3600) + 13 * 60 + 17) * NS_PER_SECOND)

static uint64_t start_time(uint64_t wall_ns, unsigned index)
{
	time_t seconds = (time_t)(wall_ns / NS_PER_SECOND);
	struct tm utc, day = {.tm_hour = 12};

	if (index < STARTS_APART)
		return wall_ns + index * START_STRIDE_NS;
	if (!gmtime_r(&seconds, &utc))
		return wall_ns;
	index -= STARTS_APART;
	day.tm_year = utc.tm_year + 1 + (int)(index / DAYS_AROUND);
	day.tm_mday = (int)(index % DAYS_AROUND) - 2; /* 29 December is "-2 January" */
	return (uint64_t)timegm(&day) * NS_PER_SECOND;
}

/* A template under trial: at first time, and step later. */
struct trial {
	const char *base;
	const char *also; /* a conversion added to it, or null */
	uint64_t first, second;
};

static bool renders_same(const char *base, const struct trial *trial)
{
	char first[SEGMENT_NAME_ROOM], second[SEGMENT_NAME_ROOM];

	return template_name(base, trial->first, first) == 0 &&
	       template_name(base, trial->second, second) == 0 && strcmp(first, second) == 0;
}

/* Whether the times of the trial, step_ns apart, get one name from any start;
 * sets them to those that do. */
static bool repeats_after(struct trial *trial, uint64_t step_ns, uint64_t wall_ns)
{
	struct tm first, second;

	for (unsigned i = 0; i < STARTS; i++) {
		trial->first = start_time(wall_ns, i);
		if (__builtin_add_overflow(trial->first, step_ns, &trial->second))
			continue;
		/* The hour that comes twice when summer time ends is no fault of the
		 * template's. */
		if (!local_time(trial->first, &first) || !local_time(trial->second, &second) ||
		    first.tm_gmtoff != second.tm_gmtoff)
			continue;
		if (renders_same(trial->base, trial) &&
		    (!trial->also || renders_same(trial->also, trial)))
			return true;
	}
	return false;
}

/* As repeats_after, after any step a template might go round in. */
static bool repeats(struct trial *trial, uint64_t period_ns, uint64_t wall_ns)
{
	/* After 28 days a day has the same weekday, and the same number after a
	 * February; after 31 it has the number again. 364 is whole weeks. After 6
	 * years with one leap day (2191) a date has its weekday again. The last is
	 * ten years with two of them. */
	static const uint32_t steps[] = {
		60,         3600,        43200,       86400,       7 * 86400,    28 * 86400,
		31 * 86400, 364 * 86400, 365 * 86400, 366 * 86400, 2191 * 86400, 3652 * 86400,
	};

	/* Segments of one second are told apart by a count. */
	if (period_ns < NS_PER_SECOND)
		period_ns = NS_PER_SECOND;
	if (repeats_after(trial, period_ns, wall_ns))
		return true;
	for (size_t i = 0; i < ARRAY_COUNT(steps); i++)
		if (steps[i] * NS_PER_SECOND > period_ns &&
		    repeats_after(trial, steps[i] * NS_PER_SECOND, wall_ns))
			return true;
	return false;
}

/* The first of these that, added to the template, ends the repeats. */
static int refuse_repeat(const struct trial *repeat, uint64_t period_ns, uint64_t wall_ns,
			 struct error *err)
{
	static const struct {
		const char *what, *as;
	} missing[] = {
		{"the half of the day", "%p"},
		{"the second", "%S"},
		{"the minute", "%M"},
		{"the hour", "%H"},
		{"the minute and the second", "%M%S"},
		{"the hour and the minute", "%H%M"},
		{"the time", "%H%M%S"},
		{"the year", "%Y"},
		{"the year of the week", "%G"},
		{"the day", "%d"},
		{"the month", "%m"},
		{"the month and the day", "%m%d"},
		{"the year and the month", "%Y%m"},
		{"the date", "%Y%m%d"},
		{"the date and the hour", "%Y%m%d-%H"},
		{"the date and the time", "%Y%m%d-%H%M"},
		{"the date and the time", "%Y%m%d-%H%M%S"},
	};
	char name[SEGMENT_NAME_ROOM], first[SEGMENT_NAME_ROOM], second[SEGMENT_NAME_ROOM];
	size_t add = 0;

	for (; add + 1 < ARRAY_COUNT(missing); add++) {
		struct trial trial = {.base = repeat->base, .also = missing[add].as};

		if (!repeats(&trial, period_ns, wall_ns))
			break;
	}
	if (template_name(repeat->base, repeat->first, name) < 0 ||
	    template_name("%F %T", repeat->first, first) < 0 ||
	    template_name("%F %T", repeat->second, second) < 0)
		return error_usage(err, "the template repeats names");
	return error_usage(err,
			   "the template repeats names: %s and %s both give '%s'; add %s, as in %s",
			   first, second, name, missing[add].what, missing[add].as);
}

static int check_template(const struct segment_naming *naming, uint64_t period_ns, uint64_t wall_ns,
			  struct error *err)
{
	struct trial trial = {.base = naming->base};
	int result = 0;

	if (strlen(naming->base) < TEMPLATE_ROOM)
		result = check_conversions(naming->base, err);
	for (unsigned i = 0; i < STARTS && result == 0; i++)
		result = check_shape(naming, start_time(wall_ns, i), err);
	if (result == 0 && repeats(&trial, period_ns, wall_ns))
		result = refuse_repeat(&trial, period_ns, wall_ns, err);
	return result;
}

int segment_name_check(const struct segment_naming *naming, uint64_t period_ns, uint64_t wall_ns,
		       struct error *err)
{
	int result = naming->style == NAME_TEMPLATE
			     ? check_template(naming, period_ns, wall_ns, err)
			     : check_shape(naming, wall_ns, err);

	/* As context, a long path is cut short, and not what is wrong with it. */
	return result < 0 ? error_context(err, "%s", naming->path) : 0;
}
