/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The table of options, which the parser's arrays (options.c) and --help
 * (option_help.c) are made from, and the state of a reading. A new option is a name
 * below, a row in option_table.c, a case that says what it sets in option_set.c, and
 * an item in the manual.
 */
#ifndef WIRETAPE_OPTION_TABLE_H
#define WIRETAPE_OPTION_TABLE_H

#include <stdbool.h>

#include "base/error.h"
#include "cli/options.h"
#include "option_refuse.h"

enum option_id {
	OPTION_INTERFACE,
	OPTION_READ,
	OPTION_READ_LIST,
	OPTION_FROM,
	OPTION_TO,
	OPTION_NO_SORT,
	OPTION_READ_IO,
	OPTION_INDEX,
	OPTION_WAIT,
	OPTION_EXIT_ON_LOSS,
	OPTION_LIST,
	OPTION_SNAPLEN,
	OPTION_NO_PROMISCUOUS,
	OPTION_DIRECTION,
	OPTION_STAMP_SOURCE,
	OPTION_STAMP_TYPE,
	OPTION_FILTER,
	OPTION_FILTER_FILE,
	OPTION_NOT_OPTIMIZED,
	OPTION_DUMP,
	OPTION_WRITE,
	OPTION_FORMAT,
	OPTION_STREAM_BUFFER,
	OPTION_NANO,
	OPTION_MICRO,
	OPTION_PRECISION,
	OPTION_IO,
	OPTION_SPILL,
	OPTION_UNBUFFERED,
	OPTION_MODE,
	OPTION_GROUP,
	OPTION_RING_BUFFER,
	OPTION_FILE_SIZE,
	OPTION_FILE_TIME,
	OPTION_FILE_COUNT,
	OPTION_ON_FULL,
	OPTION_NO_SYNC,
	OPTION_NO_INDEX,
	OPTION_ADOPT,
	OPTION_HOOK,
	OPTION_HOOK_JOBS,
	OPTION_HOOK_TIMEOUT,
	OPTION_PRINT,
	OPTION_COUNT_ONLY,
	OPTION_SUMMARY,
	OPTION_LINK_HEADER,
	OPTION_TIME,
	OPTION_ABSOLUTE,
	OPTION_HEX,
	OPTION_HEX_ASCII,
	OPTION_ASCII,
	OPTION_NUMBER,
	OPTION_LINE_BUFFERED,
	OPTION_COLOR,
	OPTION_OUT,
	OPTION_BOTH_WAYS,
	OPTION_TX,
	OPTION_BYPASS_QDISC,
	OPTION_NO_UNCUT,
	OPTION_QUEUE_TIME,
	OPTION_REWRITE,
	OPTION_FIX_CHECKSUMS,
	OPTION_SPEED,
	OPTION_SPLIT,
	OPTION_GAP_MOST,
	OPTION_LOOP,
	OPTION_LOOP_DELAY,
	OPTION_TRUNCATED,
	OPTION_COUNT,
	OPTION_AUTOSTOP,
	OPTION_BUFFER_SIZE,
	OPTION_RING_SIZE,
	OPTION_BLOCK_SIZE,
	OPTION_BLOCK_TIMEOUT,
	OPTION_IMMEDIATE,
	OPTION_RING_VERSION,
	OPTION_FRAME_SIZE,
	OPTION_SERVE,
	OPTION_TLS_CERT,
	OPTION_TLS_KEY,
	OPTION_TLS_CLIENT_CA,
	OPTION_TLS_CA,
	OPTION_TOKEN_FILE,
	OPTION_SERVE_LIMIT,
	OPTION_CONTROL,
	OPTION_NO_CONTROL,
	OPTION_ASK,
	OPTION_STATUS,
	OPTION_PIN,
	OPTION_LAST,
	OPTION_AS,
	OPTION_PINS,
	OPTION_UNPIN,
	OPTION_JSON,
	OPTION_USER,
	OPTION_QUIET,
	OPTION_VERBOSE,
	OPTION_NUMERIC,
	OPTION_NO_DOMAINS,
	OPTION_NO_CHECKSUMS,
	OPTION_NFS_HANDLES,
	OPTION_STATS,
	OPTION_STATS_FILE,
	OPTION_METRICS_FILE,
	OPTION_INSTANCE,
	OPTION_LOG_FORMAT,
	OPTION_CHECK,
	OPTION_HELP,
	OPTION_VERSION,
	OPTION_TOTAL
};

struct option_spec {
	char letter;          /* 0: none */
	const char *name;     /* without the dashes; null: none */
	const char *argument; /* what the value is, "a|b|c" for a choice; null: takes none */
	const char *group;    /* heading, on the first option of a group */
	const char *help;
	const char *fallback; /* the default, as text; null where that says nothing */
	bool repeats;         /* may be given more than once */
	bool each;            /* behind an -i it is that interface's alone */
};

extern const struct option_spec option_table[OPTION_TOTAL];

/* -a: which of its keys, in the order of their kinds. */
enum option_stop { STOP_DURATION, STOP_PACKETS, STOP_FILESIZE, STOP_FILES, STOP_TOTAL };

/* -b: the same. */
enum option_rotate {
	ROTATE_FILESIZE,
	ROTATE_DURATION,
	ROTATE_INTERVAL,
	ROTATE_PACKETS,
	ROTATE_FILES,
	ROTATE_BUDGET,
	ROTATE_AGE,
	ROTATE_RESERVE,
	ROTATE_KEEP,
	ROTATE_COMPRESS,
	ROTATE_TOTAL
};

/* --serve-limit: how many keys it has. */
#define SERVE_LIMITS 3

/* The state of one reading of a command line. */
struct option_parser {
	struct options *options;
	struct option_given given[OPTION_TOTAL]; /* of those of an interface, the last's */
	struct option_given file_written;        /* -w of a file */
	struct option_given filter;              /* -f before any -i */
	struct option_given stops[STOP_TOTAL];
	struct option_given rotates[ROTATE_TOTAL];
	struct option_given serve_limits[SERVE_LIMITS];
	uint64_t file_count; /* -W */
	const char *file;    /* the first word of the filter, where that is the path of a file */
};

#endif
