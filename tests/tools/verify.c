/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reads a capture file, or several in order as if they were one, through
 * libpcap and tells whether the numbered frames in them are all there, once,
 * in order, and byte for byte what generate sent. A pcapng file is also walked
 * block by block, without libpcap, for its structure and for the counts of
 * loss that libpcap does not show; those of several files are added up.
 */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <pcap/pcap.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "blocks.h"
#include "numbered.h"

#define SLL2_BYTES     20u
#define COMPLAINTS_MAX 5u
#define ANY            UINT64_MAX
#define SECOND_NS      1000000000ull
#define YEAR_2020_S    1577836800ull

struct wanted {
	struct numbered frames;
	uint64_t count, foreign; /* ANY: whatever there is */
	uint64_t step;           /* numbers go up by this */
	uint64_t statistics;     /* blocks of them, at least */
	bool gaps;
	bool torn;
	bool drops_anywhere;

	uint64_t snaplen;
	uint64_t drops;
	uint64_t isb[3]; /* received, dropped, delivered */
	bool has_isb;
};

struct result {
	uint64_t frames, first, last, missing, duplicates, bad, foreign;
	uint64_t packets; /* in the file, whatever they are */
	struct losses gaps;
	uint64_t stamp_ns;
	unsigned complaints;
};

__attribute__((format(printf, 2, 3))) static void complain(struct result *result,
							   const char *format, ...)
{
	va_list args;

	if (++result->complaints > COMPLAINTS_MAX)
		return;
	fputs("verify: ", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
}

/* Where the comparison begins, in the record and in the frame as it was sent,
 * and the EtherType in front of that. */
struct view {
	size_t skip, sent_skip;
	uint16_t ethertype;
};

static uint16_t get16(const uint8_t *at)
{
	return (uint16_t)(at[0] << 8 | at[1]);
}

static bool view_of(int linktype, const uint8_t *data, size_t bytes, struct view *view)
{
	*view = (struct view){0};
	switch (linktype) {
	case DLT_EN10MB:
		view->ethertype = bytes < 14 ? 0 : get16(data + 12);
		return bytes >= 14;
	case DLT_LINUX_SLL2:
		view->ethertype = bytes < SLL2_BYTES ? 0 : get16(data);
		view->skip = SLL2_BYTES;
		view->sent_skip = NUMBERED_ETHERNET;
		return bytes >= SLL2_BYTES;
	case DLT_RAW:
		view->ethertype = 0x0800;
		view->sent_skip = NUMBERED_ETHERNET;
		return true;
	default:
		return false;
	}
}

static bool find_number(int linktype, const struct view *view, const uint8_t *data, size_t bytes,
			uint64_t *number)
{
	size_t at = linktype == DLT_EN10MB ? NUMBERED_ETHERNET : view->skip;
	uint16_t type = view->ethertype;

	while (type == 0x8100 || type == 0x88a8 || type == 0x9100) {
		if (bytes < at + 4)
			return false;
		type = get16(data + at + 2);
		at += 4;
	}
	return numbered_find(data + at, bytes - at, type, number);
}

/* Compares a record with the frame of that number, built anew. */
static const char *frame_fault(const struct wanted *wanted, const struct view *view,
			       const struct pcap_pkthdr *header, const uint8_t *data,
			       uint64_t number)
{
	uint8_t head[NUMBERED_HEAD_MAX];
	size_t head_bytes = numbered_head(&wanted->frames, number, head);
	size_t size = numbered_size(&wanted->frames, number);
	size_t bytes = header->caplen - view->skip, rest = 0;

	if (header->len - view->skip != size - view->sent_skip)
		return "length";
	head_bytes -= view->sent_skip;
	if (bytes > head_bytes) {
		rest = bytes - head_bytes;
		bytes = head_bytes;
	}
	if (view->sent_skip > 0 && get16(head + 12) != view->ethertype)
		return "EtherType";
	if (memcmp(data + view->skip, head + view->sent_skip, bytes) != 0)
		return "headers";
	if (memcmp(data + view->skip + bytes, numbered_rest(&wanted->frames, number), rest) != 0)
		return "payload";
	return NULL;
}

static void check_number(const struct wanted *wanted, struct result *result, uint64_t number)
{
	bool first = result->frames == 0;
	uint64_t next = first ? wanted->frames.start : result->last + wanted->step;

	if (first)
		result->first = number;
	if (!first && number <= result->last) {
		result->duplicates++;
		complain(result, "number %" PRIu64 " after %" PRIu64, number, result->last);
		return;
	}
	if (number < next || (number - next) % wanted->step != 0) {
		result->bad++;
		complain(result, "number %" PRIu64 " is none of those wanted", number);
	} else if (number > next && !wanted->gaps) {
		complain(result, "number %" PRIu64 " where %" PRIu64 " was due", number, next);
	}
	if (number > next && !(wanted->gaps && first)) {
		result->missing += (number - next) / wanted->step;
		losses_add(&result->gaps, result->packets, (number - next) / wanted->step);
	}
	result->last = number;
}

static void check_record(const struct wanted *wanted, struct result *result, int linktype,
			 const struct pcap_pkthdr *header, const uint8_t *data)
{
	uint64_t stamp = (uint64_t)header->ts.tv_sec * SECOND_NS + (uint64_t)header->ts.tv_usec;
	uint64_t number, caplen = header->len < wanted->snaplen ? header->len : wanted->snaplen;
	const char *fault = NULL;
	struct view view;

	result->packets++;
	if (stamp < result->stamp_ns || stamp < YEAR_2020_S * SECOND_NS ||
	    (uint64_t)header->ts.tv_sec > (uint64_t)time(NULL) + 1)
		fault = "time stamp";
	result->stamp_ns = stamp;
	if (!view_of(linktype, data, header->caplen, &view) ||
	    !find_number(linktype, &view, data, header->caplen, &number)) {
		result->foreign++;
		return;
	}
	check_number(wanted, result, number);
	result->frames++;
	if (fault == NULL && header->caplen != caplen)
		fault = "captured length";
	if (fault == NULL)
		fault = frame_fault(wanted, &view, header, data, number);
	if (fault != NULL) {
		result->bad++;
		complain(result,
			 "packet %" PRIu64 " (number %" PRIu64 "): wrong %s (%u of %u bytes)",
			 result->packets, number, fault, header->caplen, header->len);
	}
}

static int read_file(const struct wanted *wanted, struct result *result, const char *path)
{
	char errbuf[PCAP_ERRBUF_SIZE];
	pcap_t *pcap =
		pcap_open_offline_with_tstamp_precision(path, PCAP_TSTAMP_PRECISION_NANO, errbuf);
	struct pcap_pkthdr *header;
	const uint8_t *data;
	int n;

	if (pcap == NULL) {
		complain(result, "%s: %s", path, errbuf);
		return -1;
	}
	while ((n = pcap_next_ex(pcap, &header, &data)) == 1)
		check_record(wanted, result, pcap_datalink(pcap), header, data);
	if (n != PCAP_ERROR_BREAK && !wanted->torn)
		complain(result, "%s: %s", path, pcap_geterr(pcap));
	pcap_close(pcap);
	return n == PCAP_ERROR_BREAK || wanted->torn ? 0 : -1;
}

/* Every loss has to be told, and where it is if that can be known. */
static void check_drops(const struct wanted *wanted, struct result *result,
			const struct losses *told)
{
	const struct losses *gaps = &result->gaps;

	if (told->lost != wanted->drops)
		complain(result, "epb_dropcounts make %" PRIu64 ", not %" PRIu64, told->lost,
			 wanted->drops);
	if (wanted->drops_anywhere)
		return;
	for (unsigned i = 0; i < LOSSES_MAX && (i < told->count || i < gaps->count); i++) {
		const struct loss *t = &told->first[i], *g = &gaps->first[i];

		if (t->packet != g->packet || t->lost != g->lost)
			complain(result,
				 "epb_dropcount %" PRIu64 " at packet %" PRIu64 ", but %" PRIu64
				 " missing before packet %" PRIu64,
				 t->lost, t->packet, g->lost, g->packet);
	}
}

/* Adds a file's counts to those of the files before it. */
static void read_blocks(const struct wanted *wanted, struct result *result, const char *path,
			struct blocks *sum)
{
	struct blocks blocks;
	const char *fault = blocks_read(path, &blocks);

	if (fault != NULL && !wanted->torn) {
		complain(result, "%s: %s", path, fault);
		return;
	}
	if (!blocks.pcapng) {
		if (wanted->drops != ANY || wanted->has_isb || wanted->statistics > 0)
			complain(result, "%s: no pcapng file", path);
		return;
	}
	if (wanted->has_isb && !blocks.closed)
		complain(result, "%s: no statistics block at the end", path);
	sum->pcapng = true;
	for (uint64_t i = 0; i < blocks.losses.count && i < LOSSES_MAX; i++)
		losses_add(&sum->losses, sum->packets + blocks.losses.first[i].packet,
			   blocks.losses.first[i].lost);
	for (uint64_t i = 0; i < LOSSES_MAX && i < blocks.losses.count; i++)
		blocks.losses.lost -= blocks.losses.first[i].lost;
	sum->losses.lost += blocks.losses.lost;
	sum->packets += blocks.packets;
	sum->statistics += blocks.statistics;
	for (unsigned i = 0; i < 3; i++)
		sum->isb[i] += blocks.isb[i];
}

static void check_blocks(const struct wanted *wanted, struct result *result,
			 const struct blocks *blocks)
{
	static const char *const names[] = {"received", "dropped", "delivered"};

	if (!blocks->pcapng)
		return;
	if (blocks->packets != result->packets)
		complain(result, "%" PRIu64 " packet blocks, %" PRIu64 " packets", blocks->packets,
			 result->packets);
	if (blocks->statistics < wanted->statistics)
		complain(result, "%" PRIu64 " statistics blocks, not %" PRIu64, blocks->statistics,
			 wanted->statistics);
	if (wanted->drops != ANY)
		check_drops(wanted, result, &blocks->losses);
	for (unsigned i = 0; wanted->has_isb && i < 3; i++) {
		if (blocks->isb[i] != wanted->isb[i])
			complain(result, "statistics block: %s %" PRIu64 ", not %" PRIu64, names[i],
				 blocks->isb[i], wanted->isb[i]);
	}
}

static void check_totals(const struct wanted *wanted, struct result *result)
{
	if (wanted->count != ANY) {
		if (result->frames != wanted->count)
			complain(result, "%" PRIu64 " numbered frames, not %" PRIu64,
				 result->frames, wanted->count);
	}
	if (wanted->foreign != ANY && result->foreign != wanted->foreign)
		complain(result, "%" PRIu64 " foreign frames, not %" PRIu64, result->foreign,
			 wanted->foreign);
}

static void usage(FILE *out)
{
	fputs("usage: verify [options] FILE...  (-: standard input, pcap only)\n"
	      "  -n COUNT            numbered frames there must be\n"
	      "  --allow-gaps        numbers may be missing, at the start too\n"
	      "  --torn              the file may end in the middle of anything\n"
	      "  --statistics N      at least so many statistics blocks\n"
	      "  --step N            every Nth number only (1)\n"
	      "  --snaplen N         records are cut there (262144)\n"
	      "  --foreign N|any     frames without a number (0)\n"
	      "  --drops N           sum of the epb_dropcount options, each at its gap\n"
	      "  --drops-anywhere    no matter at which gaps: the kernel counts a drop a\n"
	      "                      moment after it, when the block may be another\n"
	      "  --isb RECV,DROP,DELIVERED   counts of the last block, of all "
	      "files\n" NUMBERED_HELP,
	      out);
}

static bool parse_isb(const char *text, struct wanted *wanted)
{
	char junk;

	wanted->has_isb = sscanf(text, "%" SCNu64 ",%" SCNu64 ",%" SCNu64 "%c", &wanted->isb[0],
				 &wanted->isb[1], &wanted->isb[2], &junk) == 3;
	return wanted->has_isb;
}

static bool parse_option(int option, const char *value, struct wanted *wanted)
{
	switch (option) {
	case 'n':
		return numbered_parse(value, ANY - 1, &wanted->count);
	case 'G':
		wanted->gaps = true;
		return true;
	case 'T':
		wanted->torn = true;
		return true;
	case 'W':
		wanted->drops_anywhere = true;
		return true;
	case 'R':
		return numbered_parse(value, ANY - 1, &wanted->statistics);
	case 't':
		return numbered_parse(value, UINT32_MAX, &wanted->step) && wanted->step > 0;
	case 'L':
		return numbered_parse(value, UINT32_MAX, &wanted->snaplen);
	case 'F':
		wanted->foreign = ANY;
		return strcmp(value, "any") == 0 ||
		       numbered_parse(value, ANY - 1, &wanted->foreign);
	case 'X':
		return numbered_parse(value, ANY - 1, &wanted->drops);
	case 'I':
		return parse_isb(value, wanted);
	default:
		return numbered_option(&wanted->frames, option, value);
	}
}

static bool parse(int argc, char **argv, struct wanted *wanted)
{
	static const struct option options[] = {NUMBERED_LONG,
						{"allow-gaps", no_argument, NULL, 'G'},
						{"drops-anywhere", no_argument, NULL, 'W'},
						{"torn", no_argument, NULL, 'T'},
						{"statistics", required_argument, NULL, 'R'},
						{"step", required_argument, NULL, 't'},
						{"snaplen", required_argument, NULL, 'L'},
						{"foreign", required_argument, NULL, 'F'},
						{"drops", required_argument, NULL, 'X'},
						{"isb", required_argument, NULL, 'I'},
						{NULL, 0, NULL, 0}};

	for (int c; (c = getopt_long(argc, argv, "n:" NUMBERED_SHORT, options, NULL)) != -1;) {
		if (c == '?' || !parse_option(c, optarg, wanted)) {
			if (c != '?')
				fprintf(stderr, "verify: bad value '%s'\n", optarg);
			return false;
		}
	}
	return optind < argc;
}

int main(int argc, char **argv)
{
	struct wanted *wanted = calloc(1, sizeof(*wanted));
	struct result result = {0};
	struct blocks sum = {0};

	if (wanted == NULL)
		return 2;
	wanted->count = wanted->drops = ANY;
	wanted->step = 1;
	wanted->snaplen = 262144;
	numbered_init(&wanted->frames);
	if (!parse(argc, argv, wanted)) {
		usage(stderr);
		free(wanted);
		return 2;
	}
	for (int i = optind; i < argc; i++)
		if (read_file(wanted, &result, argv[i]) == 0 && strcmp(argv[i], "-") != 0)
			read_blocks(wanted, &result, argv[i], &sum);
	check_blocks(wanted, &result, &sum);
	check_totals(wanted, &result);
	free(wanted);
	printf("frames %" PRIu64 " first %" PRIu64 " last %" PRIu64 " missing %" PRIu64
	       " duplicates %" PRIu64 " bad %" PRIu64 " foreign %" PRIu64 "\n",
	       result.frames, result.first, result.last, result.missing, result.duplicates,
	       result.bad, result.foreign);
	return result.complaints > 0;
}
