/* SPDX-License-Identifier: BSD-2-Clause */
#include "print_time.h"

#include <time.h>

#define NS_PER_S 1000000000ll
#define DAY_S    86400ll

/* Rounded down, before 1970 too: what is left over is never less than nothing. */
static int64_t floor_of(int64_t number, int64_t by)
{
	return number / by - (number % by < 0);
}

static int64_t zone_offset(struct print_time *state, int64_t seconds)
{
	const int64_t minute = floor_of(seconds, 60);
	time_t when = (time_t)seconds;
	struct tm local;

	if (state->has_zone && state->zone_minute == minute)
		return state->zone_offset_s;
	state->has_zone = true;
	state->zone_minute = minute;
	state->zone_offset_s = localtime_r(&when, &local) ? local.tm_gmtoff : 0;
	return state->zone_offset_s;
}

/* The date of a day since 1970 (proleptic Gregorian). */
static void put_date(struct text *text, int64_t day)
{
	time_t when = (time_t)(day * DAY_S);
	struct tm date;

	if (!gmtime_r(&when, &date))
		return;
	text_decimal_fixed(text, (uint64_t)date.tm_year + 1900, 4);
	text_char(text, '-');
	text_decimal_fixed(text, (uint64_t)date.tm_mon + 1, 2);
	text_char(text, '-');
	text_decimal_fixed(text, (uint64_t)date.tm_mday, 2);
	text_char(text, ' ');
}

static void put_clock(struct text *text, uint64_t second_of_day)
{
	char clock[8];
	uint64_t parts[3] = {second_of_day / 3600, second_of_day / 60 % 60, second_of_day % 60};

	for (int i = 0; i < 3; i++) {
		clock[i * 3] = (char)('0' + parts[i] / 10);
		clock[i * 3 + 1] = (char)('0' + parts[i] % 10);
		if (i < 2)
			clock[i * 3 + 2] = ':';
	}
	text_bytes(text, clock, sizeof(clock));
}

static void put_fraction(struct text *text, const struct decode_options *options, uint64_t ns)
{
	text_char(text, '.');
	if (options->nano)
		text_decimal_fixed(text, ns, 9);
	else
		text_decimal_fixed(text, ns / 1000, 6);
	text_char(text, ' ');
}

static void print_difference(struct print_time *state, struct text *text,
			     const struct decode_options *options, int64_t time_ns)
{
	uint64_t difference;
	bool negative;

	/* Of what is printed, not of what is behind it. */
	if (!options->nano)
		time_ns = floor_of(time_ns, 1000) * 1000;
	if (!state->has_reference)
		state->reference = time_ns;
	state->has_reference = true;
	negative = time_ns < state->reference;
	difference = (uint64_t)time_ns - (uint64_t)state->reference;
	difference = negative ? -difference : difference;
	text_char(text, negative ? '-' : ' ');
	put_clock(text, difference / NS_PER_S % DAY_S);
	put_fraction(text, options, difference % NS_PER_S);
	if (options->time == DECODE_TIME_PREVIOUS)
		state->reference = time_ns;
}

static void print_local(struct print_time *state, struct text *text,
			const struct decode_options *options, int64_t time_ns)
{
	const int64_t since = floor_of(time_ns, NS_PER_S);
	const int64_t seconds = since + zone_offset(state, since);
	const int64_t day = floor_of(seconds, DAY_S);

	if (options->time == DECODE_TIME_DATE)
		put_date(text, day);
	put_clock(text, (uint64_t)(seconds - day * DAY_S));
	put_fraction(text, options, (uint64_t)(time_ns - since * NS_PER_S));
}

static void print_epoch(struct text *text, const struct decode_options *options, int64_t time_ns)
{
	uint64_t ns = (uint64_t)time_ns;

	if (time_ns < 0) {
		text_char(text, '-');
		ns = -ns;
		/* A microsecond that has begun. */
		if (!options->nano)
			ns += 999;
	}
	text_decimal(text, ns / NS_PER_S);
	put_fraction(text, options, ns % NS_PER_S);
}

void print_time(struct print_time *state, struct text *text, const struct decode_options *options,
		int64_t time_ns)
{
	bool differs = options->time == DECODE_TIME_PREVIOUS || options->time == DECODE_TIME_FIRST;

	if (options->time == DECODE_TIME_NONE)
		return;
	if (differs) {
		print_difference(state, text, options, time_ns);
	} else if (options->time == DECODE_TIME_EPOCH) {
		print_epoch(text, options, time_ns);
	} else {
		print_local(state, text, options, time_ns);
	}
}
