/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What each option sets.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/parse.h"
#include "option_forward.h"
#include "option_print.h"
#include "option_rotate.h"
#include "option_table.h"

#define HOOK_JOBS_MAX 64u

int option_refuse_repeat(const struct option_given *first, const struct option_given *second,
			 struct error *err)
{
	if (!*second->value)
		return error_usage(err, "given twice: %s", second->label);
	return error_usage(err, "given twice: %s %s and %s %s", first->label, first->value,
			   second->label, second->value);
}

int option_refuse_pair(const struct option_given *one, const struct option_given *other,
		       struct error *err)
{
	return error_usage(err, "%s%s%s contradicts %s%s%s", one->label, *one->value ? " " : "",
			   one->value, other->label, *other->value ? " " : "", other->value);
}

/* Which of the words in the table's "a|b|c" text is: 0, 1, ... */
static int read_choice(enum option_id id, const char *text, unsigned *choice, struct error *err)
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

static int read_timeout(const char *text, uint32_t *ms, struct error *err)
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

static int read_stats(const char *text, uint64_t *ns, struct error *err)
{
	int rc = parse_duration(text, ns, err);

	if (rc == 0 && *ns < 100 * NS_PER_MS)
		return error_usage(err, "%s is too often: it must be at least 100ms", text);
	return rc;
}

/* Permission bits. The owner's program has to get at the files again; that they
 * could be run, or as somebody else, nobody means. */
static int read_mode(const char *text, mode_t *mode, struct error *err)
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

static int read_hook_timeout(const char *text, uint64_t *ns, struct error *err)
{
	int rc = parse_duration(text, ns, err);

	if (rc == 0 && *ns < NS_PER_SECOND)
		return error_usage(err, "%s is too short: it must be at least 1s", text);
	return rc;
}

/* The interface that an option of its own stands for. */
static struct options_interface *interface_at_hand(struct options *options)
{
	return options->interface_count ? &options->interfaces[options->interface_count - 1]
					: &options->all;
}

/* -i. What comes next is about this one. */
static int add_interface(struct option_parser *parser, const char *name, struct error *err)
{
	struct options *options = parser->options;
	struct options_interface *more;

	if (options->interface_count == OPTIONS_INTERFACES_MAX)
		return error_usage(err, "%s is one too many: there may be %u", name,
				   OPTIONS_INTERFACES_MAX);
	for (uint32_t i = 0; i < options->interface_count; i++)
		if (strcmp(options->interfaces[i].name, name) == 0)
			return error_usage(err, "'%s' is given twice: name each interface once",
					   name);
	more = realloc(options->interfaces, (options->interface_count + 1) * sizeof(*more));
	if (!more)
		return error_system(err, ENOMEM, "%s", name);
	options->interfaces = more;
	more[options->interface_count] = options->all;
	more[options->interface_count++].name = name;
	for (int id = 0; id < OPTION_TOTAL; id++)
		if (option_table[id].each)
			parser->given[id].value = NULL;
	return 0;
}

/* -f */
static void set_filter(struct option_parser *parser, const char *expression)
{
	interface_at_hand(parser->options)->filter = expression;
	if (parser->options->interface_count == 0)
		parser->filter = parser->given[OPTION_FILTER];
}

/* Options without a value. */
static void set_flag(struct options *options, enum option_id id)
{
	switch (id) {
	case OPTION_LIST:
		options->list = true;
		break;
	case OPTION_WAIT:
		options->wait = true;
		break;
	case OPTION_EXIT_ON_LOSS:
		options->exit_on_loss = true;
		break;
	case OPTION_CHECK:
		options->check = true;
		break;
	case OPTION_NO_PROMISCUOUS:
		interface_at_hand(options)->promiscuous = false;
		break;
	case OPTION_DUMP:
		options->dump += options->dump < 3;
		break;
	case OPTION_NANO:
		options->nano = true;
		break;
	case OPTION_UNBUFFERED:
		options->unbuffered = true;
		break;
	case OPTION_NO_SYNC:
		options->no_sync = true;
		break;
	case OPTION_BOTH_WAYS:
		options->both_ways = true;
		break;
	case OPTION_BYPASS_QDISC:
		options->bypass_qdisc = true;
		break;
	case OPTION_QUIET:
		options->quiet = true;
		break;
	case OPTION_VERBOSE:
		options->verbose++;
		break;
	case OPTION_HELP:
		options->help = true;
		break;
	case OPTION_VERSION:
		options->version = true;
		break;
	default: /* -n and --micro say what is so anyway */
		break;
	}
}

int option_set(struct option_parser *parser, enum option_id id, struct error *err)
{
	static const enum direction directions[] = {DIRECTION_IN, DIRECTION_OUT, DIRECTION_INOUT};
	static const enum diskio_mode modes[] = {DISKIO_AUTO, DISKIO_DIRECT, DISKIO_URING,
						 DISKIO_BUFFERED};
	static const enum on_full policies[] = {ON_FULL_PRUNE, ON_FULL_STOP, ON_FULL_DROP};
	const char *value = parser->given[id].value;
	struct options *options = parser->options;
	uint64_t number = 0;
	unsigned choice = 0;
	int rc = 0;

	switch (id) {
	case OPTION_INTERFACE:
		return add_interface(parser, value, err);
	case OPTION_FILTER:
		set_filter(parser, value);
		break;
	case OPTION_SNAPLEN:
		rc = parse_count(value, 0, SNAPLEN_DEFAULT, &number, err);
		interface_at_hand(options)->snaplen = number ? (uint32_t)number : SNAPLEN_DEFAULT;
		break;
	case OPTION_DIRECTION:
		rc = read_choice(id, value, &choice, err);
		options->direction = directions[rc < 0 ? 0 : choice];
		break;
	case OPTION_STAMP_SOURCE:
		rc = read_choice(id, value, &choice, err);
		options->adapter_stamps = choice == 1;
		break;
	case OPTION_FILTER_FILE:
		options->filter_file = value;
		break;
	case OPTION_WRITE:
		options->write = value;
		break;
	case OPTION_FORMAT:
		rc = read_choice(id, value, &choice, err);
		options->format = choice == 0 ? FORMAT_PCAP : FORMAT_PCAPNG;
		break;
	case OPTION_IO:
		rc = read_choice(id, value, &choice, err);
		options->io = modes[rc < 0 ? 0 : choice];
		break;
	case OPTION_MODE:
		return read_mode(value, &options->file_mode, err);
	case OPTION_RING_BUFFER:
	case OPTION_FILE_SIZE:
	case OPTION_FILE_TIME:
	case OPTION_FILE_COUNT:
	case OPTION_AUTOSTOP:
		return option_rotate_set(parser, id, err);
	case OPTION_READ_LIST:
		options->read_list = value;
		/* What goes with -r, or does not, does so with this. */
		if (!parser->given[OPTION_READ].value)
			parser->given[OPTION_READ] = parser->given[id];
		break;
	case OPTION_FROM:
	case OPTION_TO:
		return option_print_set_time(options, id, value, err);
	case OPTION_COLOR:
		rc = read_choice(id, value, &choice, err);
		options->color = (enum options_color)choice;
		break;
	case OPTION_READ:
		return option_forward_add_file(options, value, err);
	case OPTION_OUT:
		options->out = value;
		break;
	case OPTION_TX:
		rc = read_choice(id, value, &choice, err);
		options->tx = choice == 1 ? TX_SENDMMSG : TX_RING;
		break;
	case OPTION_SPEED:
		return pace_parse(value, &options->speed, err);
	case OPTION_LOOP:
		return parse_count(value, 1, UINT64_MAX, &options->loops, err);
	case OPTION_ON_FULL:
		rc = read_choice(id, value, &choice, err);
		options->on_full = policies[rc < 0 ? 0 : choice];
		break;
	case OPTION_HOOK:
		options->hook = value;
		break;
	case OPTION_HOOK_JOBS:
		rc = parse_count(value, 1, HOOK_JOBS_MAX, &number, err);
		options->hook_jobs = (unsigned)number;
		break;
	case OPTION_HOOK_TIMEOUT:
		return read_hook_timeout(value, &options->hook_timeout_ns, err);
	case OPTION_COUNT:
		return parse_count(value, 1, UINT64_MAX, &options->max_packets, err);
	case OPTION_BUFFER_SIZE:
		rc = parse_count(value, 1, UINT64_MAX >> 10, &number, err);
		options->ring_bytes = number << 10;
		break;
	case OPTION_RING_SIZE:
		return parse_size(value, &options->ring_bytes, err);
	case OPTION_BLOCK_SIZE:
		return parse_size(value, &options->block_bytes, err);
	case OPTION_BLOCK_TIMEOUT:
		return read_timeout(value, &options->block_timeout_ms, err);
	case OPTION_RING_VERSION:
		rc = parse_count(value, RING_V1, RING_V3, &number, err);
		options->ring_version = (enum ring_version)number;
		options->ring_version_given = true;
		break;
	case OPTION_FRAME_SIZE:
		return parse_size(value, &options->frame_bytes, err);
	case OPTION_USER:
		options->user = value;
		break;
	case OPTION_STATS_FILE:
		options->stats_file = value;
		break;
	case OPTION_METRICS_FILE:
		options->metrics_file = value;
		break;
	case OPTION_LOG_FORMAT:
		rc = read_choice(id, value, &choice, err);
		options->log_json = choice == 1;
		break;
	case OPTION_STATS:
		return read_stats(value, &options->stats_interval_ns, err);
	default:
		if (!option_print_set_flag(options, id))
			set_flag(options, id);
		break;
	}
	return rc;
}
