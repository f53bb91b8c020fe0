/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Numbers, sizes and durations from text, sizes to text, and the nearest word
 * to a mistyped one. The strto* functions take signs, white space and other
 * bases, so digits are read here.
 */
#include "base/parse.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#define ARRAY_COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Longer words get no suggestion. */
#define WORD_MAX 63u

/* The digits at *text, which moves behind them. False where there are none;
 * *overflow tells of a number over 64 bits. */
static bool read_digits(const char **text, uint64_t *value, bool *overflow)
{
	const char *start = *text;

	*value = 0;
	*overflow = false;
	for (; **text >= '0' && **text <= '9'; (*text)++)
		*overflow |= __builtin_mul_overflow(*value, UINT64_C(10), value) ||
			     __builtin_add_overflow(*value, (uint64_t)(**text - '0'), value);
	return *text != start;
}

int parse_count(const char *text, uint64_t min, uint64_t max, uint64_t *value, struct error *err)
{
	const char *at = text;
	uint64_t number;
	bool overflow;

	if (!read_digits(&at, &number, &overflow) || *at)
		return error_usage(err, "'%s' is not a whole number", text);
	if (!overflow && number < min)
		return error_usage(err, "%s is too small: it must be at least %" PRIu64, text, min);
	if (overflow || number > max)
		return error_usage(err, "%s is too large: it must be at most %" PRIu64, text, max);
	*value = number;
	return 0;
}

/* The power of 1024 a suffix stands for, or -1. */
static int size_power(const char *suffix)
{
	static const char letters[] = "KMGT";
	const char *letter;

	if (!*suffix)
		return 0;
	letter = strchr(letters, suffix[0] & ~0x20);
	if (!letter || !*letter)
		return -1;
	if (suffix[1] && strcasecmp(suffix + 1, "iB") != 0 && strcasecmp(suffix + 1, "B") != 0)
		return -1;
	return (int)(letter - letters) + 1;
}

int parse_size(const char *text, uint64_t *bytes, struct error *err)
{
	const char *at = text;
	uint64_t number;
	bool overflow;
	int power;

	if (!read_digits(&at, &number, &overflow) || (power = size_power(at)) < 0)
		return error_usage(err, "'%s' is not a size: a number, then nothing, K, M, G or T",
				   text);
	if (overflow || number > UINT64_MAX >> (10 * power))
		return error_usage(err, "%s is too large for 64 bits", text);
	if (number == 0)
		return error_usage(err, "%s is not a size: it must be at least 1", text);
	*bytes = number << (10 * power);
	return 0;
}

int parse_duration(const char *text, uint64_t *ns, struct error *err)
{
	static const struct {
		const char *suffix;
		uint64_t ns;
	} units[] = {
		{"", 1000000000},   {"s", 1000000000},    {"ms", 1000000},       {"us", 1000},
		{"m", 60000000000}, {"h", 3600000000000}, {"d", 86400000000000},
	};
	const char *at = text, *fraction = NULL, *suffix;
	uint64_t whole, part = 0;
	bool overflow, fits;
	size_t unit = 0;

	if (!read_digits(&at, &whole, &overflow))
		goto bad;
	if (*at == '.') {
		fraction = at + 1;
		at = fraction + strspn(fraction, "0123456789");
		if (at == fraction)
			goto bad;
	}
	suffix = at;
	while (unit < ARRAY_COUNT(units) && strcmp(suffix, units[unit].suffix) != 0)
		unit++;
	if (unit == ARRAY_COUNT(units))
		goto bad;
	/* From the last digit forward, rounding down in each step, which comes to
	 * the same as rounding down once, and never overflows. */
	if (fraction)
		while (at > fraction)
			part = (part + (uint64_t)(*--at - '0') * units[unit].ns) / 10;
	fits = !overflow && !__builtin_mul_overflow(whole, units[unit].ns, &whole) &&
	       !__builtin_add_overflow(whole, part, &whole);
	/* 63 bits: added to a time of day or of a clock it still fits in 64. */
	if (!fits || whole > INT64_MAX)
		return error_usage(err, "%s is too long: the most is 292 years", text);
	if (whole == 0)
		return error_usage(err, "%s is too short: it must be more than 0", text);
	*ns = whole;
	return 0;
bad:
	return error_usage(err,
			   "'%s' is not a duration: a number, then nothing or s, ms, us, m, h or d",
			   text);
}

char *format_size(char text[static FORMAT_SIZE_ROOM], uint64_t bytes)
{
	static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
	unsigned unit = 0, shift, tenths = 0;
	uint64_t whole;

	while (unit + 1 < ARRAY_COUNT(units) && bytes >> (10 * (unit + 1)))
		unit++;
	shift = 10 * unit;
	whole = bytes >> shift;
	if (unit > 0)
		tenths = (unsigned)(((bytes - (whole << shift)) * 10 +
				     (UINT64_C(1) << (shift - 1))) >>
				    shift);
	if (tenths == 10) {
		tenths = 0;
		whole++;
		if (whole == 1024 && unit + 1 < ARRAY_COUNT(units)) {
			whole = 1;
			unit++;
		}
	}
	if (tenths)
		snprintf(text, FORMAT_SIZE_ROOM, "%u.%u %s", (unsigned)whole, tenths, units[unit]);
	else
		snprintf(text, FORMAT_SIZE_ROOM, "%u %s", (unsigned)whole, units[unit]);
	return text;
}

char *format_time(char text[static FORMAT_TIME_ROOM], uint64_t ns)
{
	time_t seconds = (time_t)(ns / 1000000000u);
	struct tm parts;

	gmtime_r(&seconds, &parts);
	snprintf(text, FORMAT_TIME_ROOM, "%04d-%02d-%02dT%02d:%02d:%02d.%09uZ",
		 parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday, parts.tm_hour, parts.tm_min,
		 parts.tm_sec, (unsigned)(ns % 1000000000u));
	return text;
}

char *format_count(char text[static FORMAT_COUNT_ROOM], uint64_t count)
{
	char digits[FORMAT_COUNT_ROOM];
	int length = snprintf(digits, sizeof(digits), "%" PRIu64, count);
	char *at = text;

	for (int i = 0; i < length; i++) {
		if (i > 0 && (length - i) % 3 == 0)
			*at++ = ' ';
		*at++ = digits[i];
	}
	*at = '\0';
	return text;
}

static size_t min_size(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Edit distance where two letters swapped count as one mistake: the commonest
 * one, and the only one a word of four letters has room for. */
static size_t edit_distance(const char *a, size_t a_length, const char *b, size_t b_length)
{
	size_t rows[3][WORD_MAX + 1];
	size_t *before = rows[0], *last = rows[1], *row = rows[2];

	for (size_t j = 0; j <= b_length; j++)
		row[j] = j;
	for (size_t i = 1; i <= a_length; i++) {
		size_t *spare = before;

		before = last;
		last = row;
		row = spare;
		row[0] = i;
		for (size_t j = 1; j <= b_length; j++) {
			row[j] = min_size(last[j], row[j - 1]) + 1;
			row[j] = min_size(row[j], last[j - 1] + (a[i - 1] != b[j - 1]));
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				row[j] = min_size(row[j], before[j - 2] + 1);
		}
	}
	return row[b_length];
}

const char *parse_nearest(const char *word, const char *const *words, size_t count)
{
	size_t length = strlen(word);
	size_t limit = length / 3 > 1 ? length / 3 : 1;
	const char *nearest = NULL;

	if (length > WORD_MAX)
		return NULL;
	/* At least one letter has to be shared: "x" is not near "y". */
	for (size_t i = 0; i < count && length > 0; i++) {
		size_t other = strlen(words[i]), distance;

		if (other > WORD_MAX)
			continue;
		distance = edit_distance(word, length, words[i], other);
		if (distance <= limit && distance < length) {
			nearest = words[i];
			if (distance == 0)
				break;
			limit = distance - 1;
		}
	}
	return nearest;
}
