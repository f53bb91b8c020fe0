/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Times from text. strptime takes white space and names of months, and leaves
 * a day like 31 February as it is, so digits are read here, and what the C
 * library makes of them has to be what was typed.
 */
#include "base/when.h"

#include <stdbool.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"

#define RIGHT "2026-11-24T10:00:00Z, 10:00, -15m and @1700000000 are"

static bool is_digit(char letter)
{
	return letter >= '0' && letter <= '9';
}

/* A number of exactly so many digits. */
static bool take_digits(const char **at, unsigned digits, int *value)
{
	*value = 0;
	while (digits-- > 0) {
		if (!is_digit(**at))
			return false;
		*value = *value * 10 + (*(*at)++ - '0');
	}
	return true;
}

static bool take_letter(const char **at, const char *letters)
{
	bool there = **at && strchr(letters, **at);

	*at += there;
	return there;
}

/* Any number of digits; false for none, or more than 64 bits hold. */
static bool take_number(const char **at, uint64_t *value)
{
	const char *start = *at;
	bool fits = true;

	*value = 0;
	for (; is_digit(**at); (*at)++)
		fits = fits && !__builtin_mul_overflow(*value, UINT64_C(10), value) &&
		       !__builtin_add_overflow(*value, (uint64_t)(**at - '0'), value);
	return fits && *at != start;
}

/* A fraction, if there is one, of something unit_ns long. False for a point
 * without digits. */
static bool take_fraction(const char **at, uint64_t unit_ns, uint64_t *ns)
{
	const char *start = *at + 1, *digit;

	*ns = 0;
	if (**at != '.')
		return true;
	for (*at = start; is_digit(**at);)
		(*at)++;
	/* From the last digit on, each step rounded down: never an overflow. */
	for (digit = *at; digit > start;)
		*ns = (*ns + (uint64_t)(*--digit - '0') * unit_ns) / 10;
	return *at != start;
}

/* HH:MM, then maybe :SS and a fraction. */
static bool take_clock(const char **at, struct tm *when, uint64_t *fraction_ns)
{
	*fraction_ns = 0;
	if (!take_digits(at, 2, &when->tm_hour) || !take_letter(at, ":") ||
	    !take_digits(at, 2, &when->tm_min))
		return false;
	if (take_letter(at, ":") &&
	    (!take_digits(at, 2, &when->tm_sec) || !take_fraction(at, NS_PER_SECOND, fraction_ns)))
		return false;
	/* 60 is a leap second, which clocks show as the one after. */
	return when->tm_hour <= 23 && when->tm_min <= 59 && when->tm_sec <= 60;
}

/* Z, +HH:MM, +HHMM or +HH; nothing for local time. */
static bool take_zone(const char **at, bool *local, int64_t *offset_s)
{
	int hours, minutes = 0, sign;

	*offset_s = 0;
	*local = **at == '\0';
	if (*local || take_letter(at, "Zz"))
		return true;
	sign = **at == '-' ? -1 : 1;
	if (!take_letter(at, "+-") || !take_digits(at, 2, &hours))
		return false;
	if (**at && (take_letter(at, ":"), !take_digits(at, 2, &minutes)))
		return false;
	*offset_s = sign * (hours * INT64_C(3600) + minutes * 60);
	return hours <= 23 && minutes <= 59;
}

static bool same_time(const struct tm *a, const struct tm *b)
{
	return a->tm_year == b->tm_year && a->tm_mon == b->tm_mon && a->tm_mday == b->tm_mday &&
	       a->tm_hour == b->tm_hour && a->tm_min == b->tm_min && a->tm_sec == b->tm_sec;
}

/* Seconds since 1970 of a local time; false where there is none. */
static bool find_local(const struct tm *when, int64_t *seconds)
{
	/* As summer time the hour that comes twice is the first of both. */
	for (int summer = 1; summer >= -1; summer -= 2) {
		struct tm given = *when, found;
		time_t at;

		given.tm_isdst = summer;
		at = mktime(&given);
		if (localtime_r(&at, &found) && same_time(&found, when) &&
		    (summer < 0 || found.tm_isdst > 0)) {
			*seconds = at;
			return true;
		}
	}
	return false;
}

/* 31 February is none. */
static bool is_date(const struct tm *when)
{
	struct tm date = {.tm_year = when->tm_year,
			  .tm_mon = when->tm_mon,
			  .tm_mday = when->tm_mday};
	const struct tm typed = date;

	(void)timegm(&date);
	return same_time(&date, &typed);
}

static int out_of_range(const char *text, struct error *err)
{
	return error_usage(err, "%s is no time packets can have: those are from 1970 to 2554",
			   text);
}

static int combine(const char *text, int64_t seconds, uint64_t fraction_ns, uint64_t *ns,
		   struct error *err)
{
	if (seconds < 0 || __builtin_mul_overflow((uint64_t)seconds, NS_PER_SECOND, ns) ||
	    __builtin_add_overflow(*ns, fraction_ns, ns))
		return out_of_range(text, err);
	return 0;
}

static int not_a_time(const char *text, struct error *err)
{
	return error_usage(err, "'%s' is not a time; " RIGHT, text);
}

/* A time as a calendar and a clock show it. */
struct shown {
	struct tm when;
	uint64_t fraction_ns;
	bool local;
	int64_t offset_s; /* of a zone that was given */
};

static int convert(const char *text, struct shown *shown, uint64_t *ns, struct error *err)
{
	int64_t seconds, leap_s = shown->when.tm_sec == 60;

	shown->when.tm_sec -= (int)leap_s;
	if (!shown->local)
		seconds = timegm(&shown->when) - shown->offset_s;
	else if (!find_local(&shown->when, &seconds))
		return error_usage(err,
				   "'%s' is not a time: clocks were set forward past it that day",
				   text);
	return combine(text, seconds + leap_s, shown->fraction_ns, ns, err);
}

static int parse_date(const char *text, uint64_t *ns, struct error *err)
{
	struct shown shown = {.local = true};
	struct tm *when = &shown.when;
	const char *at = text;

	if (!take_digits(&at, 4, &when->tm_year) || !take_letter(&at, "-") ||
	    !take_digits(&at, 2, &when->tm_mon) || !take_letter(&at, "-") ||
	    !take_digits(&at, 2, &when->tm_mday))
		return not_a_time(text, err);
	if (*at && (!take_letter(&at, "Tt ") || !take_clock(&at, when, &shown.fraction_ns) ||
		    !take_zone(&at, &shown.local, &shown.offset_s) || *at))
		return not_a_time(text, err);
	when->tm_year -= 1900;
	when->tm_mon--;
	if (!is_date(when))
		return error_usage(err, "'%s' is not a time: the calendar has no such day", text);
	return convert(text, &shown, ns, err);
}

static int parse_clock(const char *text, uint64_t now_ns, uint64_t *ns, struct error *err)
{
	time_t now = (time_t)(now_ns / NS_PER_SECOND);
	struct shown shown = {.local = true};
	const char *at = text;

	if (!localtime_r(&now, &shown.when))
		return out_of_range(text, err);
	shown.when.tm_sec = 0;
	if (!take_clock(&at, &shown.when, &shown.fraction_ns) || *at)
		return not_a_time(text, err);
	return convert(text, &shown, ns, err);
}

static int parse_before(const char *text, uint64_t now_ns, uint64_t *ns, struct error *err)
{
	static const struct {
		char letter;
		uint64_t ns;
	} units[] = {{'d', 24 * NS_PER_HOUR},
		     {'h', NS_PER_HOUR},
		     {'m', 60 * NS_PER_SECOND},
		     {'s', NS_PER_SECOND}};
	const char *at = text + 1, *point;
	uint64_t number, part, before = 0;
	unsigned unit = 0;
	bool fits = true;
	char letter;

	do {
		if (!is_digit(*at))
			return not_a_time(text, err);
		fits &= take_number(&at, &number);
		point = at;
		if (!take_fraction(&at, 1, &part))
			return not_a_time(text, err);
		/* A number alone is seconds. Each unit once, the larger ones first: -5m2m is
		 * a slip. */
		letter = !*at && unit == 0 ? 's' : *at;
		while (unit < 4 && units[unit].letter != letter)
			unit++;
		if (unit == 4)
			return not_a_time(text, err);
		(void)take_fraction(&point, units[unit].ns, &part);
		fits = fits && !__builtin_mul_overflow(number, units[unit].ns, &number) &&
		       !__builtin_add_overflow(before, number, &before) &&
		       !__builtin_add_overflow(before, part, &before);
		unit++;
	} while (*at && *++at);
	if (!fits || before > now_ns)
		return error_usage(err, "%s is before 1970", text);
	*ns = now_ns - before;
	return 0;
}

static int parse_epoch(const char *text, uint64_t *ns, struct error *err)
{
	const char *at = text + 1;
	uint64_t seconds, fraction_ns;
	bool fits;

	if (!is_digit(*at))
		return not_a_time(text, err);
	fits = take_number(&at, &seconds);
	if (!take_fraction(&at, NS_PER_SECOND, &fraction_ns) || *at)
		return not_a_time(text, err);
	if (!fits || seconds > INT64_MAX)
		return out_of_range(text, err);
	return combine(text, (int64_t)seconds, fraction_ns, ns, err);
}

int parse_when(const char *text, uint64_t now_ns, uint64_t *ns, struct error *err)
{
	if (*text == '@')
		return parse_epoch(text, ns, err);
	if (*text == '-')
		return parse_before(text, now_ns, ns, err);
	if (is_digit(text[0]) && is_digit(text[1]) && text[2] == ':')
		return parse_clock(text, now_ns, ns, err);
	return parse_date(text, ns, err);
}
