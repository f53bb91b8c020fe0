/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The command line. One table (option_table.c) gives the parser, --help and, by
 * way of a test, the manual. Only the words themselves are judged here: what
 * needs a look at the machine (interfaces, files, memory) is left to others.
 */
#ifndef WIRETAPE_OPTIONS_H
#define WIRETAPE_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

#include "base/error.h"
#include "control/request.h"
#include "decode/decode.h"
#include "disk/diskio.h"
#include "frames/rewrite.h"
#include "read/file_feed.h"
#include "read/pace.h"
#include "read/reader.h"
#include "ring/geometry.h"
#include "send/tx.h"
#include "stream/address.h"
#include "system/filter.h"
#include "system/listen_address.h"
#include "tape/rotation.h"

#define SNAPLEN_DEFAULT 262144u
/* Most of -i. */
#define OPTIONS_INTERFACES_MAX 64u
/* Most streams of -w. */
#define OPTIONS_STREAMS_MAX 8u

enum file_format { FORMAT_PCAP, FORMAT_PCAPNG };

enum options_color { COLOR_AUTO, COLOR_ALWAYS, COLOR_NEVER };

/* What may stand for one interface alone. */
struct options_interface {
	const char *name;   /* -i */
	const char *filter; /* -f; null: that of all */
	uint32_t snaplen;
	bool promiscuous;
};

/* --serve and what goes with it. */
struct options_serve {
	bool on;
	struct listen_address address;
	const char *tls_cert, *tls_key, *tls_client_ca, *tls_ca, *token_file; /* paths */
	unsigned requests;         /* --serve-limit: that are worked on at once, */
	uint64_t time_ns;          /* of one of them, */
	uint64_t bytes_per_second; /* of all; 0: as many as there are */
};

/* Which of two ways out a packet of files takes. */
enum options_by { BY_NONE, BY_INTERFACE, BY_DIRECTION, BY_CLIENT, BY_SERVER };

struct options_ports {
	enum options_by by;
	char *keys[2]; /* BY_INTERFACE: whose packets go out by the first and second -o;
			  BY_DIRECTION: "in" and "out", or the other way round */
	char *servers; /* BY_SERVER: the filter of what goes out by the second; owned */
};

struct options {
	struct options_interface *interfaces; /* in the order given */
	uint32_t interface_count;
	struct options_interface all; /* given before any -i: the defaults of each */
	bool wait;                    /* --wait: for interfaces that are not there */
	bool exit_on_loss;
	const char **reads; /* -r, in the order given */
	uint32_t read_count;
	bool make_index;       /* --index: of reads */
	const char *read_list; /* -V */
	char **listed;         /* the names in it, which are among reads */
	uint32_t listed_count;
	bool has_from, has_to; /* --from, --to were given: */
	int64_t from_ns, to_ns;
	bool no_sort; /* --no-sort */
	enum reader_io read_io;
	const char *write;              /* -w: a file, directory, pipe; or null */
	struct stream_address *streams; /* -w: those that are streams */
	uint32_t stream_count;
	enum file_format stream_format;
	uint64_t stream_buffer_bytes;          /* --stream-buffer */
	struct decode_options print;           /* how, -v and -q apart */
	unsigned hex, hex_ascii, ascii, times; /* -x, -X, -A, -t: how many of each */
	enum options_color color;
	bool print_too;        /* --print */
	bool count_only;       /* --count */
	bool summary;          /* --summary */
	bool line_buffered;    /* -l */
	const char *out;       /* -o; of files without what stands in front of the "=" */
	const char *out_other; /* the second of -o, of files alone; null */
	struct options_ports ports;
	bool both_ways;                /* --both-ways; the second interface is the one of -o */
	enum tx_mode tx;               /* --tx */
	uint64_t queue_time_ns;        /* --queue-time */
	bool no_uncut;                 /* --no-uncut */
	struct rewrite *rewrite;       /* --rewrite: all of them; null: none */
	bool fix_checksums;            /* --fix-checksums */
	enum file_truncated truncated; /* --truncated */
	bool bypass_qdisc;             /* --bypass-qdisc */
	struct pace_request speed;     /* --speed, --gap-most, --loop-delay */
	uint64_t loops;                /* --loop; at least 1 */
	const char *filter_file;       /* -F */
	char *expression;              /* trailing words joined by spaces, or null */
	enum file_format format;       /* --format, else the extension of -w */
	bool nano;                     /* stamps of a pcap file in nanoseconds */
	enum diskio_mode io;           /* --io */
	uint64_t spill_bytes;          /* --spill; UINT64_MAX: not given */
	enum direction direction;
	bool not_optimized; /* -O: the filter's code */
	unsigned dump;      /* -d, -dd, -ddd */
	bool list;          /* -D */
	enum ring_version ring_version;
	bool ring_version_given;
	uint64_t ring_bytes;               /* 0: not given */
	uint64_t block_bytes, frame_bytes; /* 0: not given */
	uint32_t block_timeout_ms;
	bool adapter_stamps;
	uint64_t max_packets;     /* -c, -a packets: */
	uint64_t max_duration_ns; /* -a duration: */
	uint64_t max_bytes;       /* -a filesize:, as rotation.max_bytes */
	struct rotation rotation; /* -b, -C, -G, -W, -a files:, -a filesize: */
	bool rotates;             /* -b, -C, -G or -W was given, or -w ends in a slash */
	bool counted;             /* -C was given: names as tcpdump makes them */
	uint64_t ring_names;      /* -W with -C: names come again after so many; 0: never */
	enum on_full on_full;     /* --on-full */
	bool no_sync;             /* --no-sync */
	bool no_index;            /* --no-index */
	bool adopt;               /* --adopt */
	mode_t file_mode;         /* --mode */
	const char *group;        /* --group */
	const char *hook;         /* -z */
	unsigned hook_jobs;       /* --hook-jobs */
	int pack_level;           /* -b compress: the level of zstd; 0: none */
	uint64_t hook_timeout_ns; /* --hook-timeout */
	char needs_segments[96];  /* the first option given that says nothing of a single
				     file, as typed; empty: none */
	uint64_t stats_interval_ns;
	const char *stats_file;   /* --stats-file */
	const char *metrics_file; /* --metrics-file */
	const char *instance;     /* --instance */
	const char *user;         /* -Z */
	bool log_json;            /* --log-format json */
	bool log_plain;           /* --log-format text */
	bool log_stamped;         /* --log-format stamped */
	bool check;               /* --check */
	struct options_serve serve;
	const char *control;  /* --control */
	bool no_control;      /* --no-control */
	const char *ask;      /* --ask: of whom; request is what */
	const char *status;   /* --status */
	const char *pinned;   /* --pin, --unpin, --pins: of which directory */
	const char *pin_name; /* --as */
	uint64_t last_ns;     /* --last */
	struct control_request request;
	bool json; /* --json */
	bool unbuffered, quiet, help, version;
	unsigned verbose;
};

/*
 * Parses argv into options, defaults filled in. Errors are usage errors, with
 * the option, the value and what would be right. Strings point into argv,
 * except expression. options_free frees what is not, after an error too. With help or version set
 * the rest may be incomplete.
 */
int options_parse(int argc, char **argv, struct options *options, struct error *err);
void options_free(struct options *options);

/*
 * What options_parse could not tell, as it depends on whether -w names a
 * directory, which the caller has found out: refuses, as a usage error, options
 * for segments where there is only ever one file. (In option_rotate.c.)
 */
int options_check_segments(const struct options *options, bool directory, struct error *err);

/*
 * The filter of all interfaces and files: *text is the caller's to free, null where
 * there is none. 0 or -errno.
 */
int options_read_filter(const struct options *options, char **text, struct error *err);

/* The option it comes from; null: none, it stands at the end of the command. */
const char *options_filter_option(const struct options *options);

/* Whether packets are printed: where they go nowhere else, or by --print. (In
 * option_print.c, as is the next one.) */
bool options_prints(const struct options *options);

/* Whether packets are written anywhere by -w. (In option_stream.c.) */
bool options_writes(const struct options *options);

/* How they are printed, on this standard output. */
struct decode_options options_print(const struct options *options);

/* What --help prints. */
void options_help(FILE *out);

#endif
