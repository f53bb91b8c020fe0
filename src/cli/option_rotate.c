/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Rotation on the command line. What begins a new segment and what is kept is
 * said in dumpcap's way (-b) or in tcpdump's (-C, -G, -W), and comes to the same
 * struct rotation; one thing said in both ways is a contradiction.
 */
#include "option_rotate.h"

#include <string.h>

#include "base/clock.h"
#include "base/parse.h"
#include "pack/pack.h"

/* tcpdump's -C without a unit. */
#define FILE_SIZE_UNIT 1000000u

static const char *const stop_keys[STOP_TOTAL + 1] = {
	[STOP_DURATION] = "duration:TIME",
	[STOP_PACKETS] = "packets:COUNT",
	[STOP_FILESIZE] = "filesize:SIZE",
	[STOP_FILES] = "files:COUNT",
};

static const char *const rotate_keys[ROTATE_TOTAL + 1] = {
	[ROTATE_FILESIZE] = "filesize:SIZE", [ROTATE_DURATION] = "duration:TIME",
	[ROTATE_INTERVAL] = "interval:TIME", [ROTATE_PACKETS] = "packets:COUNT",
	[ROTATE_FILES] = "files:COUNT",      [ROTATE_BUDGET] = "budget:SIZE",
	[ROTATE_AGE] = "age:TIME",           [ROTATE_RESERVE] = "reserve:SIZE",
	[ROTATE_KEEP] = "keep:SIZE",         [ROTATE_COMPRESS] = "compress:zstd[:LEVEL]",
};

/* Letters of a key without its colon. */
static int key_length(const char *key)
{
	return (int)strcspn(key, ":");
}

/* Which of the keys, a null pointer behind the last, the option was given with;
 * it is noted in seen, and refused if it was there before. Or -errno. */
static int read_key(const char *const *keys, struct option_given *seen,
		    const struct option_given *given, struct error *err)
{
	char list[256] = "";
	size_t end = 0;
	int key;

	for (key = 0; keys[key]; key++) {
		if (strncmp(given->value, keys[key], (size_t)key_length(keys[key]) + 1) == 0)
			break;
		end += (size_t)snprintf(list + end, sizeof(list) - end, "%s%s", key ? ", " : "",
					keys[key]);
	}
	if (!keys[key])
		return error_usage(err, "'%s' is none of %s", given->value, list);
	if (seen[key].value)
		return option_refuse_repeat(&seen[key], given, err);
	seen[key] = *given;
	return key;
}

/* -a KEY:VALUE */
static int read_stop(struct option_parser *parser, const struct option_given *given,
		     struct error *err)
{
	struct options *options = parser->options;
	int rc, key = read_key(stop_keys, parser->stops, given, err);
	const char *value;

	if (key < 0)
		return key;
	value = given->value + key_length(stop_keys[key]) + 1;
	if (key == STOP_DURATION)
		rc = parse_duration(value, &options->max_duration_ns, err);
	else if (key == STOP_PACKETS)
		rc = parse_count(value, 1, UINT64_MAX, &options->max_packets, err);
	else if (key == STOP_FILES)
		rc = parse_count(value, 1, UINT64_MAX, &options->rotation.max_files, err);
	else
		rc = parse_size(value, &options->max_bytes, err);
	options->rotation.max_bytes = options->max_bytes;
	return rc < 0 ? error_context(err, "%.*s", key_length(stop_keys[key]), stop_keys[key]) : 0;
}

static int check_segment_bytes(const char *text, uint64_t bytes, struct error *err)
{
	/* Anything below is a mistyped unit. */
	if (bytes < ROTATION_SEGMENT_LEAST)
		return error_usage(err, "%s is too small: a segment has at least %u bytes", text,
				   ROTATION_SEGMENT_LEAST);
	return 0;
}

static int read_duration(const char *text, uint64_t *ns, struct error *err)
{
	int rc = parse_duration(text, ns, err);

	if (rc == 0 && *ns < 100 * NS_PER_MS)
		return error_usage(err, "%s is too short: it must be at least 100ms", text);
	return rc;
}

static int read_interval(const char *text, uint64_t *ns, struct error *err)
{
	int rc = parse_duration(text, ns, err);

	if (rc == 0 && *ns % NS_PER_SECOND != 0)
		return error_usage(err, "%s is not a number of whole seconds, from 1s on", text);
	return rc;
}

/* zstd[:LEVEL] */
static int read_compress(const char *text, int *level, struct error *err)
{
	static const char name[] = "zstd";
	const size_t length = sizeof(name) - 1;
	uint64_t number = PACK_LEVEL_DEFAULT;
	int rc = 0;

	if (strncmp(text, name, length) != 0 || (text[length] && text[length] != ':'))
		return error_usage(err, "'%s' is not zstd or zstd:LEVEL", text);
	if (text[length])
		rc = parse_count(text + length + 1, 1, PACK_LEVEL_MOST, &number, err);
	if (rc == 0 && !pack_is_there())
		return error_usage(err, "%s: this program was built without libzstd", text);
	*level = (int)number;
	return rc;
}

/* -b KEY:VALUE */
static int read_rotate(struct option_parser *parser, const struct option_given *given,
		       struct error *err)
{
	struct rotation *rotation = &parser->options->rotation;
	int rc = 0, key = read_key(rotate_keys, parser->rotates, given, err);
	const char *value;

	if (key < 0)
		return key;
	value = given->value + key_length(rotate_keys[key]) + 1;
	switch ((enum option_rotate)key) {
	case ROTATE_FILESIZE:
		rc = parse_size(value, &rotation->segment_bytes, err);
		if (rc == 0)
			rc = check_segment_bytes(value, rotation->segment_bytes, err);
		break;
	case ROTATE_DURATION:
		rc = read_duration(value, &rotation->duration_ns, err);
		break;
	case ROTATE_INTERVAL:
		rc = read_interval(value, &rotation->interval_ns, err);
		break;
	case ROTATE_PACKETS:
		rc = parse_count(value, 1, UINT64_MAX, &rotation->segment_packets, err);
		break;
	case ROTATE_FILES:
		rc = parse_count(value, 2, UINT64_MAX, &rotation->files, err);
		break;
	case ROTATE_BUDGET:
		rc = parse_size(value, &rotation->budget_bytes, err);
		break;
	case ROTATE_AGE:
		rc = parse_duration(value, &rotation->age_ns, err);
		break;
	case ROTATE_RESERVE:
		rc = parse_size(value, &rotation->reserve_bytes, err);
		break;
	case ROTATE_KEEP:
		rc = parse_size(value, &rotation->keep_bytes, err);
		break;
	case ROTATE_COMPRESS:
		rc = read_compress(value, &parser->options->pack_level, err);
		break;
	case ROTATE_TOTAL:
		break;
	}
	return rc < 0 ? error_context(err, "%.*s", key_length(rotate_keys[key]), rotate_keys[key])
		      : 0;
}

/* -C: as tcpdump reads it. */
static int read_file_size(const char *text, uint64_t *bytes, struct error *err)
{
	int rc;

	if (text[strspn(text, "0123456789")]) {
		rc = parse_size(text, bytes, err);
	} else {
		rc = parse_count(text, 1, UINT64_MAX / FILE_SIZE_UNIT, bytes, err);
		*bytes *= FILE_SIZE_UNIT;
	}
	return rc < 0 ? rc : check_segment_bytes(text, *bytes, err);
}

int option_rotate_set(struct option_parser *parser, enum option_id id, struct error *err)
{
	const struct option_given *given = &parser->given[id];
	struct options *options = parser->options;

	switch (id) {
	case OPTION_AUTOSTOP:
		return read_stop(parser, given, err);
	case OPTION_RING_BUFFER:
		return read_rotate(parser, given, err);
	case OPTION_FILE_SIZE:
		options->counted = true;
		return read_file_size(given->value, &options->rotation.segment_bytes, err);
	case OPTION_FILE_TIME:
		return read_duration(given->value, &options->rotation.duration_ns, err);
	default:
		return parse_count(given->value, 1, UINT64_MAX, &parser->file_count, err);
	}
}

/* -W says how many files are kept beside -C, else, with -G, how many are made. */
static int check_file_count(struct option_parser *parser, struct error *err)
{
	const struct option_given *count = &parser->given[OPTION_FILE_COUNT];
	struct options *options = parser->options;

	if (!count->value)
		return 0;
	if (options->counted && parser->rotates[ROTATE_FILES].value)
		return option_refuse_pair(count, &parser->rotates[ROTATE_FILES], err);
	if (options->counted && parser->file_count < 2)
		return error_usage(err, "%s: %s is too small: with -C it must be at least 2",
				   count->label, count->value);
	if (options->counted) {
		options->rotation.files = options->ring_names = parser->file_count;
		return 0;
	}
	if (!parser->given[OPTION_FILE_TIME].value)
		return error_usage(err, "%s %s needs -C or -G", count->label, count->value);
	if (parser->stops[STOP_FILES].value)
		return option_refuse_pair(count, &parser->stops[STOP_FILES], err);
	options->rotation.max_files = parser->file_count;
	return 0;
}

/* One thing said twice, one that hangs on another, one that cannot be met. */
static int check_sense(const struct option_parser *parser, struct error *err)
{
	static const enum option_id hooks[] = {OPTION_HOOK_JOBS, OPTION_HOOK_TIMEOUT};
	const struct rotation *rotation = &parser->options->rotation;
	const struct option_given *given = parser->given, *rotates = parser->rotates, *size;

	if (given[OPTION_FILE_SIZE].value && rotates[ROTATE_FILESIZE].value)
		return option_refuse_pair(&given[OPTION_FILE_SIZE], &rotates[ROTATE_FILESIZE], err);
	if (given[OPTION_FILE_TIME].value && rotates[ROTATE_DURATION].value)
		return option_refuse_pair(&given[OPTION_FILE_TIME], &rotates[ROTATE_DURATION], err);
	for (size_t i = 0; i < sizeof(hooks) / sizeof(hooks[0]); i++)
		if (given[hooks[i]].value && !given[OPTION_HOOK].value)
			return error_usage(err, "%s %s needs -z COMMAND", given[hooks[i]].label,
					   given[hooks[i]].value);
	if (rotation->keep_bytes && !rotation->budget_bytes)
		return error_usage(err, "%s %s needs -b budget:SIZE, of which it is a part",
				   rotates[ROTATE_KEEP].label, rotates[ROTATE_KEEP].value);
	if (rotation->keep_bytes >= rotation->budget_bytes && rotation->keep_bytes)
		return error_usage(err, "%s %s leaves nothing of %s %s to record into",
				   rotates[ROTATE_KEEP].label, rotates[ROTATE_KEEP].value,
				   rotates[ROTATE_BUDGET].label, rotates[ROTATE_BUDGET].value);
	size = rotates[ROTATE_FILESIZE].value ? &rotates[ROTATE_FILESIZE]
					      : &given[OPTION_FILE_SIZE];
	if (rotation->budget_bytes && rotation->budget_bytes < rotation->segment_bytes)
		return error_usage(err, "%s %s has no room for one segment of %s %s",
				   rotates[ROTATE_BUDGET].label, rotates[ROTATE_BUDGET].value,
				   size->label, size->value);
	return 0;
}

/* A stream has no name to go on under, and neither mode nor group. */
static int check_stream(const struct option_parser *parser, struct error *err)
{
	static const enum option_id ids[] = {
		OPTION_RING_BUFFER, OPTION_FILE_SIZE, OPTION_FILE_TIME, OPTION_FILE_COUNT,
		OPTION_ON_FULL,     OPTION_NO_SYNC,   OPTION_HOOK,      OPTION_MODE,
		OPTION_GROUP,       OPTION_ADOPT,
	};
	const struct option_given *given = parser->given, *write = &given[OPTION_WRITE];

	if (!write->value || strcmp(write->value, "-") != 0)
		return 0;
	for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++)
		if (given[ids[i]].value)
			return option_refuse_pair(&given[ids[i]], write, err);
	if (parser->stops[STOP_FILES].value)
		return option_refuse_pair(&parser->stops[STOP_FILES], write, err);
	return 0;
}

/* The first option that says nothing of a single file. */
static const struct option_given *find_segments_only(const struct option_parser *parser)
{
	static const enum option_id ids[] = {OPTION_ON_FULL, OPTION_HOOK, OPTION_NO_SYNC,
					     OPTION_ADOPT};

	for (int key = ROTATE_FILES; key < ROTATE_TOTAL; key++)
		if (parser->rotates[key].value)
			return &parser->rotates[key];
	if (parser->stops[STOP_FILES].value)
		return &parser->stops[STOP_FILES];
	for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++)
		if (parser->given[ids[i]].value)
			return &parser->given[ids[i]];
	return NULL;
}

int option_rotate_check(struct option_parser *parser, struct error *err)
{
	const struct option_given *given = parser->given, *only = find_segments_only(parser);
	struct options *options = parser->options;
	int rc;

	rc = check_file_count(parser, err);
	if (rc == 0)
		rc = check_sense(parser, err);
	if (rc == 0)
		rc = check_stream(parser, err);
	if (rc < 0)
		return rc;
	options->rotates = given[OPTION_RING_BUFFER].value || given[OPTION_FILE_SIZE].value ||
			   given[OPTION_FILE_TIME].value ||
			   (options->write && options->write[strlen(options->write) - 1] == '/');
	if (only)
		snprintf(options->needs_segments, sizeof(options->needs_segments), "%s%s%s",
			 only->label, *only->value ? " " : "", only->value);
	return 0;
}

int options_check_segments(const struct options *options, bool directory, struct error *err)
{
	static const char ways[] =
		"-w DIR/, -b filesize:, duration:, interval: or packets:, -C or -G";
	const struct rotation *rotation = &options->rotation;

	if (directory || rotation->segment_bytes || rotation->segment_packets ||
	    rotation->duration_ns || rotation->interval_ns || !*options->needs_segments)
		return 0;
	if (options->rotates)
		return error_usage(err, "%s: nothing ever begins a new segment; give %s",
				   options->needs_segments, ways);
	return error_usage(err, "%s: only with segments; give %s", options->needs_segments, ways);
}
