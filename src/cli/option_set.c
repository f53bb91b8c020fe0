/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Most options put what they are given into a field, by its type: text_of(),
 * flag_of(), times_of() and bytes_of() know the field. set_elsewhere() has those
 * with a file of their own, and set_other() the rest.
 */
#include "option_set.h"

#include "base/parse.h"
#include "option_choice.h"
#include "option_control.h"
#include "option_forward.h"
#include "option_interface.h"
#include "option_print.h"
#include "option_replay.h"
#include "option_rotate.h"
#include "option_serve.h"
#include "option_stream.h"
#include "option_value.h"

#define HOOK_JOBS_MAX 64u

/* --- fields ---------------------------------------------------------------------- */

/* Where the value is kept as it is; null: another kind of option, here and below. */
static const char **text_of(struct options *options, enum option_id id)
{
	switch (id) {
	case OPTION_FILTER_FILE:
		return &options->filter_file;
	case OPTION_HOOK:
		return &options->hook;
	case OPTION_USER:
		return &options->user;
	case OPTION_GROUP:
		return &options->group;
	case OPTION_STATS_FILE:
		return &options->stats_file;
	case OPTION_METRICS_FILE:
		return &options->metrics_file;
	case OPTION_INSTANCE:
		return &options->instance;
	case OPTION_TLS_CERT:
		return &options->serve.tls_cert;
	case OPTION_TLS_KEY:
		return &options->serve.tls_key;
	case OPTION_TLS_CLIENT_CA:
		return &options->serve.tls_client_ca;
	case OPTION_TLS_CA:
		return &options->serve.tls_ca;
	case OPTION_TOKEN_FILE:
		return &options->serve.token_file;
	default:
		return option_control_text(options, id);
	}
}

/* What an option without a value turns on. */
static bool *flag_of(struct options *options, enum option_id id)
{
	switch (id) {
	case OPTION_WAIT:
		return &options->wait;
	case OPTION_EXIT_ON_LOSS:
		return &options->exit_on_loss;
	case OPTION_NO_SORT:
		return &options->no_sort;
	case OPTION_LIST:
		return &options->list;
	case OPTION_NOT_OPTIMIZED:
		return &options->not_optimized;
	case OPTION_NANO:
		return &options->nano;
	case OPTION_UNBUFFERED:
		return &options->unbuffered;
	case OPTION_NO_SYNC:
		return &options->no_sync;
	case OPTION_NO_INDEX:
		return &options->no_index;
	case OPTION_ADOPT:
		return &options->adopt;
	case OPTION_PRINT:
		return &options->print_too;
	case OPTION_COUNT_ONLY:
		return &options->count_only;
	case OPTION_SUMMARY:
		return &options->summary;
	case OPTION_LINK_HEADER:
		return &options->print.link_header;
	case OPTION_ABSOLUTE:
		return &options->print.absolute_seq;
	case OPTION_NUMBER:
		return &options->print.number;
	case OPTION_LINE_BUFFERED:
		return &options->line_buffered;
	case OPTION_BOTH_WAYS:
		return &options->both_ways;
	case OPTION_BYPASS_QDISC:
		return &options->bypass_qdisc;
	case OPTION_NO_UNCUT:
		return &options->no_uncut;
	case OPTION_FIX_CHECKSUMS:
		return &options->fix_checksums;
	case OPTION_QUIET:
		return &options->quiet;
	case OPTION_NO_CONTROL:
		return &options->no_control;
	case OPTION_JSON:
		return &options->json;
	case OPTION_CHECK:
		return &options->check;
	case OPTION_HELP:
		return &options->help;
	case OPTION_VERSION:
		return &options->version;
	default:
		return NULL;
	}
}

/* What says how often an option without a value was given. */
static unsigned *times_of(struct options *options, enum option_id id)
{
	switch (id) {
	case OPTION_TIME:
		return &options->times;
	case OPTION_HEX:
		return &options->hex;
	case OPTION_HEX_ASCII:
		return &options->hex_ascii;
	case OPTION_ASCII:
		return &options->ascii;
	case OPTION_VERBOSE:
		return &options->verbose;
	default:
		return NULL;
	}
}

/* A SIZE. */
static uint64_t *bytes_of(struct options *options, enum option_id id)
{
	switch (id) {
	case OPTION_RING_SIZE:
		return &options->ring_bytes;
	case OPTION_BLOCK_SIZE:
		return &options->block_bytes;
	case OPTION_FRAME_SIZE:
		return &options->frame_bytes;
	default:
		return NULL;
	}
}

/* --- the others ------------------------------------------------------------------- */

/* A whole number. */
static int set_number(struct options *options, enum option_id id, const char *value,
		      struct error *err)
{
	uint64_t number = 0;
	int rc;

	switch (id) {
	case OPTION_COUNT:
		return parse_count(value, 1, UINT64_MAX, &options->max_packets, err);
	case OPTION_LOOP:
		rc = parse_count(value, 0, UINT64_MAX, &options->loops, err);
		/* No number is reached in a lifetime. */
		options->loops = options->loops ? options->loops : UINT64_MAX;
		return rc;
	case OPTION_HOOK_JOBS:
		rc = parse_count(value, 1, HOOK_JOBS_MAX, &number, err);
		options->hook_jobs = (unsigned)number;
		return rc;
	case OPTION_BUFFER_SIZE:
		return option_read_buffer(value, &options->ring_bytes, err);
	default:
		rc = parse_count(value, RING_V1, RING_V3, &number, err);
		options->ring_version = (enum ring_version)number;
		options->ring_version_given = true;
		return rc;
	}
}

/* As tcpdump has it: which of two other options is meant. */
static int set_precision(struct option_parser *parser, struct error *err)
{
	struct option_given *given = parser->given;
	unsigned choice;
	int rc = option_read_choice(OPTION_PRECISION, given[OPTION_PRECISION].value, &choice, err);

	if (rc < 0)
		return rc;
	if (choice == 0)
		given[OPTION_MICRO] = given[OPTION_PRECISION];
	else
		given[OPTION_NANO] = given[OPTION_PRECISION];
	parser->options->nano |= choice == 1;
	return 0;
}

/* What there is for its sake. */
static int set_as_tcpdump(struct option_parser *parser, enum option_id id, struct error *err)
{
	const char *value = parser->given[id].value;
	struct options *options = parser->options;

	switch (id) {
	case OPTION_STAMP_TYPE:
		return option_read_stamp_type(value, &options->adapter_stamps, err);
	case OPTION_PRECISION:
		return set_precision(parser, err);
	case OPTION_IMMEDIATE:
		options->block_timeout_ms = 1;
		return 0;
	default: /* -n, its like and --micro say what is so anyway */
		return 0;
	}
}

/* The one time that may be nothing. */
static int set_queue_time(struct options *options, const char *value, struct error *err)
{
	options->queue_time_ns = 0;
	return strcmp(value, "0") == 0 ? 0 : parse_duration(value, &options->queue_time_ns, err);
}

/* And the one size. */
static int set_spill(struct options *options, const char *value, struct error *err)
{
	options->spill_bytes = 0;
	return strcmp(value, "0") == 0 ? 0 : parse_size(value, &options->spill_bytes, err);
}

static int add_rewrite(struct options *options, const char *value, struct error *err)
{
	int rc = options->rewrite ? 0 : rewrite_open(&options->rewrite, err);

	return rc == 0 ? rewrite_add(options->rewrite, value, err) : rc;
}

/* What each is read in a way of its own. */
static int set_single(struct option_parser *parser, enum option_id id, struct error *err)
{
	const char *value = parser->given[id].value;
	struct options *options = parser->options;

	switch (id) {
	case OPTION_MODE:
		return option_read_mode(value, &options->file_mode, err);
	case OPTION_HOOK_TIMEOUT:
		return option_read_hook_timeout(value, &options->hook_timeout_ns, err);
	case OPTION_REWRITE:
		return add_rewrite(options, value, err);
	case OPTION_QUEUE_TIME:
		return set_queue_time(options, value, err);
	case OPTION_SPILL:
		return set_spill(options, value, err);
	case OPTION_BLOCK_TIMEOUT:
		return option_read_timeout(value, &options->block_timeout_ms, err);
	case OPTION_LAST:
		return parse_duration(value, &options->last_ns, err);
	case OPTION_STATS:
		return option_read_stats(value, &options->stats_interval_ns, err);
	case OPTION_DUMP:
		options->dump += options->dump < 3;
		return 0;
	default:
		return set_as_tcpdump(parser, id, err);
	}
}

static int set_other(struct option_parser *parser, enum option_id id, struct error *err)
{
	const char *value = parser->given[id].value;
	struct options *options = parser->options;

	switch (id) {
	case OPTION_DIRECTION:
	case OPTION_STAMP_SOURCE:
	case OPTION_FORMAT:
	case OPTION_IO:
	case OPTION_READ_IO:
	case OPTION_ON_FULL:
	case OPTION_COLOR:
	case OPTION_TX:
	case OPTION_LOG_FORMAT:
		return option_choice_set(options, id, value, err);
	case OPTION_COUNT:
	case OPTION_LOOP:
	case OPTION_HOOK_JOBS:
	case OPTION_BUFFER_SIZE:
	case OPTION_RING_VERSION:
		return set_number(options, id, value, err);
	default:
		return set_single(parser, id, err);
	}
}

/* Those with a file of their own. */
static int set_elsewhere(struct option_parser *parser, enum option_id id, struct error *err)
{
	const char *value = parser->given[id].value;
	struct options *options = parser->options;

	switch (id) {
	case OPTION_INTERFACE:
	case OPTION_FILTER:
	case OPTION_SNAPLEN:
	case OPTION_NO_PROMISCUOUS:
		return option_interface_set(parser, id, err);
	case OPTION_WRITE:
	case OPTION_STREAM_BUFFER:
		return option_stream_set(parser, id, err);
	case OPTION_READ:
	case OPTION_READ_LIST:
	case OPTION_INDEX:
		return option_forward_set(parser, id, err);
	case OPTION_SERVE:
	case OPTION_SERVE_LIMIT:
		return option_serve_set(parser, id, err);
	case OPTION_FROM:
	case OPTION_TO:
		return option_print_set_time(options, id, value, err);
	case OPTION_RING_BUFFER:
	case OPTION_FILE_SIZE:
	case OPTION_FILE_TIME:
	case OPTION_FILE_COUNT:
	case OPTION_AUTOSTOP:
		return option_rotate_set(parser, id, err);
	case OPTION_OUT:
	case OPTION_SPLIT:
	case OPTION_SPEED:
	case OPTION_GAP_MOST:
	case OPTION_LOOP_DELAY:
	case OPTION_TRUNCATED:
		return option_replay_set(parser, id, err);
	default:
		return set_other(parser, id, err);
	}
}

int option_set(struct option_parser *parser, enum option_id id, struct error *err)
{
	const char *value = parser->given[id].value;
	struct options *options = parser->options;
	const char **text = text_of(options, id);
	bool *flag = flag_of(options, id);
	unsigned *times = times_of(options, id);
	uint64_t *bytes = bytes_of(options, id);

	if (bytes)
		return parse_size(value, bytes, err);
	if (text)
		*text = value;
	else if (flag)
		*flag = true;
	else if (times)
		++*times;
	else
		return set_elsewhere(parser, id, err);
	return 0;
}
