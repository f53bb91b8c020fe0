/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What options there are, in the order in which --help shows them, and what
 * each of them sets. How the command line as a whole is read is in options.c.
 */
#include "option_table.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "option_forward.h"
#include "option_print.h"
#include "option_rotate.h"
#include "parse.h"

#define HOOK_JOBS_MAX 64u

const struct option_spec option_table[OPTION_TOTAL] = {
	[OPTION_INTERFACE] =
		{.group = "Source",
		 .letter = 'i',
		 .name = "interface",
		 .argument = "IF",
		 .help = "interface to capture from, by name or number; \"any\" for all; several "
			 "may be given",
		 .repeats = true},
	[OPTION_READ] = {.letter = 'r',
			 .name = "read",
			 .argument = "PATH",
			 .help = "capture file, recorder's directory or \"-\" to take packets "
				 "from, instead of -i; several may be given",
			 .repeats = true},
	[OPTION_READ_LIST] = {.letter = 'V',
			      .argument = "FILE",
			      .help = "-r for each line of it; \"-\": standard input"},
	[OPTION_FROM] = {.name = "from",
			 .argument = "TIME",
			 .help = "of files only packets from then on: 2026-11-24T10:00:00Z, 10:00, "
				 "-15m"},
	[OPTION_TO] = {.name = "to", .argument = "TIME", .help = "and those before then"},
	[OPTION_WAIT] = {.name = "wait",
			 .help = "wait for an interface that is not there yet, or down"},
	[OPTION_EXIT_ON_LOSS] =
		{.name = "exit-on-loss",
		 .help = "end when an interface goes down or away, instead of waiting for it"},
	[OPTION_LIST] = {.letter = 'D',
			 .name = "list-interfaces",
			 .help = "list the interfaces and exit"},
	[OPTION_SNAPLEN] = {.letter = 's',
			    .name = "snapshot-length",
			    .argument = "BYTES",
			    .help = "keep no more of a packet; 0 is the default",
			    .fallback = "262144",
			    .each = true},
	[OPTION_NO_PROMISCUOUS] = {.letter = 'p',
				   .name = "no-promiscuous-mode",
				   .help = "only what the interface takes in anyway",
				   .each = true},
	[OPTION_DIRECTION] = {.letter = 'Q',
			      .name = "direction",
			      .argument = "in|out|inout",
			      .help = "only packets received, or only those sent",
			      .fallback = "inout"},
	[OPTION_STAMP_SOURCE] = {.name = "time-stamp-source",
				 .argument = "host|adapter",
				 .help = "which clock stamps the packets",
				 .fallback = "host"},
	[OPTION_FILTER] = {.letter = 'f',
			   .name = "filter",
			   .argument = "EXPRESSION",
			   .help = "filter expression; behind an -i that interface's (so are -s "
				   "and -p)",
			   .each = true},
	[OPTION_FILTER_FILE] = {.letter = 'F',
				.argument = "FILE",
				.help = "read the filter expression from a file"},
	[OPTION_DUMP] = {.letter = 'd',
			 .help = "print the filter's code and exit; -dd as C, -ddd as numbers",
			 .repeats = true},
	[OPTION_WRITE] =
		{.group = "File",
		 .letter = 'w',
		 .name = "write",
		 .argument = "PATH",
		 .help = "file to write, directory for segments, or \"-\": standard output"},
	[OPTION_FORMAT] = {.name = "format",
			   .argument = "pcap|pcapng",
			   .help = "format of the file, whatever its name",
			   .fallback = "pcap for *.pcap, else pcapng"},
	[OPTION_NANO] = {.name = "nano",
			 .help = "nanoseconds in a pcap file (pcapng always has them)"},
	[OPTION_MICRO] = {.name = "micro", .help = "microseconds in a pcap file: the default"},
	[OPTION_IO] =
		{.name = "io",
		 .argument = "auto|direct|uring|buffered",
		 .help = "how a file is written: past the page cache with pwrite or io_uring, "
			 "or through it",
		 .fallback = "auto"},
	[OPTION_UNBUFFERED] = {.letter = 'U',
			       .name = "packet-buffered",
			       .help = "write packets out as each block of the ring arrives"},
	[OPTION_MODE] = {.name = "mode",
			 .argument = "OCTAL",
			 .help = "permission bits of the files made",
			 .fallback = "0600"},
	[OPTION_RING_BUFFER] =
		{.group = "Rotate",
		 .letter = 'b',
		 .name = "ring-buffer",
		 .argument = "KEY:VALUE",
		 .help = "new segment at filesize:SIZE, duration:TIME, interval:TIME or "
			 "packets:COUNT; keep files:COUNT, budget:SIZE, age:TIME, free "
			 "reserve:SIZE; once for each",
		 .repeats = true},
	[OPTION_FILE_SIZE] = {.letter = 'C',
			      .argument = "SIZE",
			      .help = "-b filesize:, as tcpdump has it: in millions of bytes"},
	[OPTION_FILE_TIME] = {.letter = 'G',
			      .argument = "TIME",
			      .help = "-b duration:, as tcpdump has it"},
	[OPTION_FILE_COUNT] = {.letter = 'W',
			       .argument = "COUNT",
			       .help = "with -C: keep so many files; with -G alone: stop after"},
	[OPTION_ON_FULL] = {.name = "on-full",
			    .argument = "prune|stop|drop",
			    .help = "when the disk is full: delete the oldest segments, end, or "
				    "drop packets",
			    .fallback = "prune"},
	[OPTION_NO_SYNC] = {.name = "no-sync",
			    .help = "do not wait until a segment is safe on the disk"},
	[OPTION_HOOK] = {.letter = 'z',
			 .name = "post-rotate",
			 .argument = "COMMAND",
			 .help = "run it for each finished segment, the path added"},
	[OPTION_HOOK_JOBS] = {.name = "hook-jobs",
			      .argument = "COUNT",
			      .help = "most of them at a time, 1 to 64",
			      .fallback = "2"},
	[OPTION_HOOK_TIMEOUT] = {.name = "hook-timeout",
				 .argument = "TIME",
				 .help = "end one that runs longer",
				 .fallback = "10m"},
	[OPTION_PRINT] = {.group = "Print",
			  .name = "print",
			  .help = "print packets even where they are written or sent (-w, -o)"},
	[OPTION_COUNT_ONLY] = {.name = "count", .help = "print only how many there were"},
	[OPTION_LINK_HEADER] = {.letter = 'e', .help = "print the link-layer header, too"},
	[OPTION_TIME] = {.letter = 't',
			 .help = "print no time; -tt since 1970, -ttt since the one before, -tttt "
				 "with the date, -ttttt since the first",
			 .repeats = true},
	[OPTION_ABSOLUTE] = {.letter = 'S',
			     .name = "absolute-tcp-sequence-numbers",
			     .help = "print TCP sequence numbers as they are"},
	[OPTION_HEX] = {.letter = 'x',
			.help = "print the packet in hex; -xx with its link-layer header",
			.repeats = true},
	[OPTION_HEX_ASCII] = {.letter = 'X',
			      .help = "in hex and ASCII; -XX with its link-layer header",
			      .repeats = true},
	[OPTION_ASCII] = {.letter = 'A', .help = "in ASCII", .repeats = true},
	[OPTION_NUMBER] = {.letter = '#', .name = "number", .help = "print a number in front"},
	[OPTION_LINE_BUFFERED] = {.letter = 'l', .help = "write each line out at once"},
	[OPTION_COLOR] = {.name = "color",
			  .argument = "auto|always|never",
			  .help = "color by protocol; auto: on a terminal, unless NO_COLOR is set",
			  .fallback = "auto"},
	[OPTION_OUT] = {.group = "Forward",
			.letter = 'o',
			.name = "out-interface",
			.argument = "IF",
			.help = "interface to send what passes the filter out of"},
	[OPTION_BOTH_WAYS] = {.name = "both-ways",
			      .help = "and what comes in there out of the one of -i"},
	[OPTION_TX] = {.name = "tx",
		       .argument = "ring|sendmmsg",
		       .help = "how frames are sent: through PACKET_TX_RING, or by system calls",
		       .fallback = "ring"},
	[OPTION_BYPASS_QDISC] =
		{.name = "bypass-qdisc",
		 .help = "send past the queueing discipline, and past other captures"},
	[OPTION_SPEED] = {.name = "speed",
			  .argument = "xN|top|PPS|RATE",
			  .help = "how fast -r is sent: x2 (twice as fast), top, 10kpps, 100Mbit",
			  .fallback = "x1"},
	[OPTION_LOOP] = {.name = "loop",
			 .argument = "COUNT",
			 .help = "send the files of -r so many times",
			 .fallback = "1"},
	[OPTION_COUNT] = {.group = "Stop",
			  .letter = 'c',
			  .argument = "COUNT",
			  .help = "stop after so many packets"},
	[OPTION_AUTOSTOP] =
		{.letter = 'a',
		 .name = "autostop",
		 .argument = "KEY:VALUE",
		 .help = "stop at duration:TIME, packets:COUNT, filesize:SIZE (of all segments) or "
			 "files:COUNT; once for each",
		 .repeats = true},
	[OPTION_BUFFER_SIZE] = {.group = "Ring",
				.letter = 'B',
				.name = "buffer-size",
				.argument = "KiB",
				.help = "--ring-size, as tcpdump has it"},
	[OPTION_RING_SIZE] = {.name = "ring-size",
			      .argument = "SIZE",
			      .help = "memory for the ring",
			      .fallback = "64M"},
	[OPTION_BLOCK_SIZE] = {.name = "block-size",
			       .argument = "SIZE",
			       .help = "size of its blocks, a multiple of the page",
			       .fallback = "1M"},
	[OPTION_BLOCK_TIMEOUT] = {.name = "block-timeout",
				  .argument = "TIME",
				  .help = "longest wait for a block to fill, 1ms to 1h",
				  .fallback = "100ms"},
	[OPTION_RING_VERSION] = {.name = "ring-version",
				 .argument = "1|2|3",
				 .help = "TPACKET version",
				 .fallback = "3"},
	[OPTION_FRAME_SIZE] =
		{.name = "frame-size",
		 .argument = "BYTES",
		 .help = "frame of a version 1 or 2 ring, a multiple of 16; longer packets are cut",
		 .fallback = "room for the snapshot length, at most 64K"},
	[OPTION_USER] = {.group = "Run",
			 .letter = 'Z',
			 .name = "relinquish-privileges",
			 .argument = "USER",
			 .help = "who to become once all is open; root: nobody else",
			 .fallback = "the directory's owner, else nobody"},
	[OPTION_QUIET] = {.letter = 'q',
			  .name = "quiet",
			  .help = "no status line; print less of each packet"},
	[OPTION_VERBOSE] = {.letter = 'v',
			    .name = "verbose",
			    .help = "say more about what is done; print more of each packet",
			    .repeats = true},
	[OPTION_NUMERIC] = {.letter = 'n',
			    .help = "no effect: addresses are never looked up",
			    .repeats = true},
	[OPTION_STATS] = {.name = "stats",
			  .argument = "TIME",
			  .help = "print the counts every so often, say 10s"},
	[OPTION_STATS_FILE] = {.name = "stats-file",
			       .argument = "PATH",
			       .help = "write them there instead, as JSON"},
	[OPTION_METRICS_FILE] = {.name = "metrics-file",
				 .argument = "PATH",
				 .help = "or in the text format of Prometheus"},
	[OPTION_LOG_FORMAT] = {.name = "log-format",
			       .argument = "text|json",
			       .help = "what the lines on standard error look like",
			       .fallback = "text"},
	[OPTION_CHECK] = {.name = "check",
			  .help = "only look at the machine: offloads, memory, clock, disk"},
	[OPTION_HELP] = {.letter = 'h', .name = "help", .help = "print this and exit"},
	[OPTION_VERSION] = {.name = "version", .help = "print the version and exit"},
};

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
