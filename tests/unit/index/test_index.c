/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The index against libpcap: over random packets and expressions no packet that a compiled filter
 * takes lies in a run that the index rules out.
 */
#include <errno.h>
#include <fcntl.h>
#include <pcap/pcap.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "index/build.h"
#include "index/expression.h"
#include "index/file.h"
#include "index/gather.h"
#include "index/keys.h"

#define PACKETS  600u
#define RUN_OF   6u /* packets */
#define RUNS     (PACKETS / RUN_OF)
#define LONGEST  160u
#define FIRST_AT 4096u
#define EACH     1000u /* bytes of the file that a packet takes */

static uint8_t packets[PACKETS][LONGEST];
static struct frame frames[PACKETS];
static unsigned seed;

static unsigned below(unsigned most)
{
	return (unsigned)rand_r(&seed) % most;
}

/* --- packets ---------------------------------------------------------------------------- */

struct writer {
	uint8_t *at;
	uint32_t used;
};

static void put(struct writer *w, uint32_t value, unsigned bytes)
{
	for (unsigned i = bytes; i-- > 0;)
		w->at[w->used++] = (uint8_t)(value >> 8 * i);
}

static void put_random(struct writer *w, unsigned bytes)
{
	for (unsigned i = 0; i < bytes; i++)
		put(w, below(256), 1);
}

static uint32_t some_ipv4(void)
{
	return 0x0a000000u + below(3) * 0x10000u + below(40);
}

static uint32_t some_port(void)
{
	static const uint16_t ports[] = {22, 53, 80, 443, 8080};

	return below(3) ? ports[below(5)] : 1024 + below(200);
}

static uint8_t some_protocol(void)
{
	static const uint8_t protocols[] = {1, 2, 6, 6, 17, 17, 50, 58, 103, 132};

	return protocols[below(sizeof(protocols))];
}

static void put_ipv6_address(struct writer *w)
{
	put(w, 0x20010db8, 4);
	put(w, 0, 4);
	put(w, 0, 4);
	put(w, below(40), 4);
}

static void put_ipv4(struct writer *w)
{
	const uint8_t protocol = some_protocol();
	const unsigned words = below(8) ? 5 : 5 + below(4);
	const unsigned fragment = below(6) ? 0 : below(3) * 0x1000 + below(3);

	put(w, below(50) ? 0x40 + words : below(256), 1);
	put(w, below(4), 1);
	put(w, below(60) ? 60 : 0x0800, 2);
	put(w, below(65536), 2);
	put(w, fragment, 2);
	put(w, 64, 1);
	put(w, protocol, 1);
	put(w, below(65536), 2);
	put(w, some_ipv4(), 4);
	put(w, some_ipv4(), 4);
	put_random(w, (words - 5) * 4);
	put(w, some_port(), 2);
	put(w, some_port(), 2);
	put_random(w, 16);
}

static void put_ipv6(struct writer *w)
{
	const uint8_t next = below(4) ? some_protocol() : below(2) ? 44 : 0;

	put(w, 0x60000000, 4);
	put(w, 32, 2);
	put(w, next, 1);
	put(w, 64, 1);
	put_ipv6_address(w);
	put_ipv6_address(w);
	if (next == 44 || next == 0) {
		put(w, some_protocol(), 1);
		put_random(w, 7);
	}
	put(w, some_port(), 2);
	put(w, some_port(), 2);
	put_random(w, 16);
}

static void put_arp(struct writer *w)
{
	put(w, 0x00010800, 4);
	put(w, 0x06040001, 4);
	put_random(w, 6);
	put(w, some_ipv4(), 4);
	put_random(w, 6);
	put(w, some_ipv4(), 4);
}

static void put_network(struct writer *w, uint32_t type)
{
	switch (type) {
	case 0x0800:
		put_ipv4(w);
		break;
	case 0x86dd:
		put_ipv6(w);
		break;
	case 0x0806:
	case 0x8035:
		put_arp(w);
		break;
	default:
		put_random(w, 40);
	}
}

static uint32_t some_type(void)
{
	static const uint16_t types[] = {0x0800, 0x0800, 0x0800, 0x86dd, 0x86dd,
					 0x0806, 0x8035, 0x88cc, 0x0026};

	return types[below(9)];
}

static void put_link(struct writer *w, int dlt, uint32_t *type)
{
	switch (dlt) {
	case DLT_EN10MB:
		put(w, 0x02000000, 4);
		put(w, below(20), 2);
		put(w, 0x02000000, 4);
		put(w, below(20), 2);
		for (unsigned tags = below(3) ? 0 : 1 + below(3); tags > 0; tags--) {
			put(w, below(2) ? 0x8100 : below(2) ? 0x88a8 : 0x9100, 2);
			put(w, below(8) << 13 | below(12), 2);
		}
		put(w, *type, 2);
		break;
	case DLT_LINUX_SLL:
		put_random(w, 14);
		put(w, *type, 2);
		break;
	case DLT_LINUX_SLL2:
		put(w, *type, 2);
		put_random(w, 18);
		break;
	default:
		*type = below(2) ? 0x0800 : 0x86dd;
	}
}

/* As another one but for a bit of its headers: what a table of flows must not take for
 * the same. */
static void change_one(uint32_t i, uint32_t from)
{
	memcpy(packets[i], packets[from], LONGEST);
	frames[i].caplen = frames[from].caplen;
	frames[i].len = frames[from].len;
	if (frames[i].caplen > 0)
		packets[i][below(frames[i].caplen < 60 ? frames[i].caplen : 60)] ^=
			(uint8_t)(1u << below(8));
}

static void make_packets(int dlt)
{
	for (uint32_t i = 0; i < PACKETS; i++) {
		struct writer w = {packets[i], 0};
		uint32_t type = some_type();

		put_link(&w, dlt, &type);
		put_network(&w, type);
		assert_true(w.used <= LONGEST);
		frames[i] = (struct frame){.data = packets[i],
					   .caplen = below(10) ? w.used : below(w.used + 1),
					   .len = w.used,
					   .time_ns = 1000 + i,
					   .lost = i % 7 == 0};
		if (i % RUN_OF != 0 && below(2))
			change_one(i, i - 1);
	}
}

/* --- an index of them -------------------------------------------------------------------- */

static struct index *open_image(const uint8_t *image, size_t bytes, int *fd, int expected)
{
	struct index *index = NULL;
	struct error err;

	*fd = memfd_create("index", MFD_CLOEXEC);
	assert_true(*fd >= 0);
	assert_int_equal(write(*fd, image, bytes), bytes);
	assert_int_equal(index_open(*fd, "image", NULL, &index, &err), expected);
	return index;
}

static void make_image(int dlt, size_t queue_bytes, uint8_t **image, size_t *bytes)
{
	const struct index_subject subject = {FIRST_AT + PACKETS * EACH, 0x12345678};
	const struct index_run *run;
	struct index_gather *gather;
	struct index_build *build;
	uint32_t runs = 0;

	assert_int_equal(index_gather_open(&dlt, 1, queue_bytes, &gather), 0);
	assert_int_equal(index_build_open(&build), 0);
	index_gather_file(gather, 1, FIRST_AT, 0);
	for (uint32_t i = 0; i < PACKETS; i += 2) {
		index_gather_frames(gather, &frames[i], 2);
		index_gather_mark(gather, FIRST_AT + (uint64_t)(i + 2) * EACH,
				  (i + 2) % RUN_OF == 0);
		while ((run = index_gather_take(gather)) != NULL) {
			assert_int_equal(run->file, 1);
			assert_int_equal(run->offset, FIRST_AT + (uint64_t)runs * RUN_OF * EACH);
			assert_int_equal(run->bytes, RUN_OF * EACH);
			index_build_add(build, run);
			index_gather_done(gather);
			runs++;
		}
	}
	assert_int_equal(runs, RUNS);
	assert_int_equal(index_build_image(build, &subject, image, bytes), 0);
	index_build_close(build);
	index_gather_close(gather);
}

/* --- expressions -------------------------------------------------------------------------- */

static void add(char *text, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void add(char *text, const char *format, ...)
{
	const size_t length = strlen(text);
	va_list rest;

	va_start(rest, format);
	vsnprintf(text + length, 2000 - length, format, rest);
	va_end(rest);
}

static const char *direction(void)
{
	static const char *const words[] =
		{"", "", "", "src ", "dst ", "src or dst ", "src and dst "};

	return words[below(7)];
}

static void some_host(char *text)
{
	switch (below(6)) {
	case 0:
		add(text, "%shost 2001:db8::%x", direction(), below(45));
		break;
	case 1:
		add(text, "%snet 10.%u.0.0/16", direction(), below(4));
		break;
	case 2:
		add(text, "%snet 2001:db8::%x/%u", direction(), below(45) & 0x38, 120 + below(6));
		break;
	case 3:
		add(text, "%s%shost 10.%u.0.%u", below(2) ? "ip " : "arp ", direction(), below(4),
		    below(45));
		break;
	default:
		add(text, "%shost 10.%u.0.%u", direction(), below(4), below(45));
		if (below(3) == 0)
			add(text, " or 10.0.0.%u", below(45));
	}
}

static void some_port_test(char *text)
{
	static const char *const protos[] = {"", "", "tcp ", "udp ", "sctp "};

	if (below(3) == 0) {
		const unsigned first = 1000 + below(250);

		add(text, "%sportrange %u-%u", protos[below(5)], first, first + below(9));
		return;
	}
	add(text, "%s%sport %u", protos[below(5)], direction(), some_port());
	if (below(4) == 0)
		add(text, " or %u", some_port());
}

static void some_primitive(char *text, bool ethernet)
{
	static const char *const names[] = {"ip",   "ip6",  "arp",   "rarp", "tcp", "udp",
					    "icmp", "igmp", "icmp6", "sctp", "pim", "esp"};

	switch (below(ethernet ? 9 : 6)) {
	case 0:
	case 1:
		some_host(text);
		break;
	case 2:
		some_port_test(text);
		break;
	case 3:
		add(text, "%s", names[below(12)]);
		break;
	case 4:
		add(text, below(2) ? "ip proto %u" : "ip6 proto %u", some_protocol());
		break;
	case 5:
		add(text, below(2) ? "less %u" : "len > %u", 40 + below(60));
		break;
	case 6:
		add(text, "ether %shost 02:00:00:00:00:%02x", below(2) ? "src " : "", below(24));
		break;
	case 7:
		add(text, "ether proto 0x%x", some_type());
		break;
	default:
		add(text, "tcp[13] & %u != 0", 1 + below(16));
	}
}

static void some_expression(char *text, bool ethernet, unsigned depth)
{
	if (ethernet && depth == 0 && below(5) == 0) {
		add(text, below(2) ? "vlan %u" : "vlan", below(12));
		add(text, below(4) ? " and " : " or ");
	}
	for (unsigned parts = 1 + below(3); parts > 0; parts--) {
		if (below(5) == 0)
			add(text, "not ");
		if (depth < 3 && below(3) == 0) {
			add(text, "(");
			some_expression(text, ethernet, depth + 1);
			add(text, ")");
		} else {
			some_primitive(text, ethernet);
		}
		if (parts > 1)
			add(text, below(3)   ? below(2) ? " and " : " && "
				  : below(2) ? " or "
					     : " || ");
	}
}

static unsigned ruled_out, held, tried;

static void assert_nothing_missed(struct index *index, pcap_t *pcap, const char *text)
{
	uint64_t set[(RUNS + 63) / 64];
	struct index_expression *expression;
	struct bpf_program program;
	struct error err;

	if (pcap_compile(pcap, &program, text, 1, 0) < 0)
		return;
	tried++;
	assert_int_equal(index_expression_parse(text, &expression), 0);
	assert_int_equal(index_expression_runs(expression, index, set, &err), 0);
	for (uint32_t i = 0; i < PACKETS; i++) {
		const struct pcap_pkthdr header = {.caplen = frames[i].caplen,
						   .len = frames[i].len};
		const bool in = set[i / RUN_OF / 64] >> i / RUN_OF % 64 & 1;

		ruled_out += i % RUN_OF == 0 && !in;
		if (!pcap_offline_filter(&program, &header, frames[i].data))
			continue;
		held++;
		if (!in)
			fail_msg("packet %u, and not its run: %s", i, text);
	}
	pcap_freecode(&program);
	index_expression_close(expression);
}

static void no_match_is_missed(void **state)
{
	static const int dlts[] = {DLT_EN10MB, DLT_LINUX_SLL, DLT_LINUX_SLL2, DLT_RAW};

	(void)state;
	for (unsigned round = 0; round < 40; round++) {
		const int dlt = dlts[round % 2 ? 0 : round / 2 % 4];
		pcap_t *pcap = pcap_open_dead(dlt, 65535);
		struct index *index;
		uint8_t *image;
		size_t bytes;
		int fd;

		seed = round + 1;
		make_packets(dlt);
		make_image(dlt, 1 << 20, &image, &bytes);
		index = open_image(image, bytes, &fd, 0);
		assert_int_equal(index_run_count(index), RUNS);
		for (unsigned i = 0; i < 100; i++) {
			char text[2000] = "";

			some_expression(text, dlt == DLT_EN10MB, 0);
			assert_nothing_missed(index, pcap, text);
		}
		index_close(index);
		close(fd);
		free(image);
		pcap_close(pcap);
	}
	/* So that it is known to be of use, and to be tested. */
	assert_in_range(tried, 3000, 4000);
	assert_in_range(held, PACKETS * 100, PACKETS * 4000);
	assert_in_range(ruled_out, RUNS * 500, RUNS * 4000);
}

static uint32_t compared_bytes;

static int by_bytes(const void *one, const void *other)
{
	return memcmp(one, other, compared_bytes);
}

/* As many as the set has, in any order. */
static void assert_same_keys(const uint8_t *keys, const struct keys_set *set)
{
	const size_t bytes = (size_t)set->count * set->bytes;
	uint8_t *one = malloc(bytes + 1), *other = malloc(bytes + 1);

	assert_non_null(one);
	assert_non_null(other);
	memcpy(one, keys, bytes);
	memcpy(other, set->keys, bytes);
	compared_bytes = set->bytes;
	qsort(one, set->count, set->bytes, by_bytes);
	qsort(other, set->count, set->bytes, by_bytes);
	if (bytes > 0)
		assert_memory_equal(one, other, bytes);
	free(one);
	free(other);
}

/* A packet of a flow that was seen adds nothing: no key is missed for that. */
static void flows_have_the_same_keys(void **state)
{
	const int dlt = DLT_EN10MB;
	struct index_gather *gather;
	const struct index_run *run;
	struct keys keys;
	uint64_t end = FIRST_AT;

	(void)state;
	assert_int_equal(index_gather_open(&dlt, 1, 1 << 20, &gather), 0);
	assert_int_equal(keys_open(&keys), 0);
	for (unsigned round = 0; round < 200; round++) {
		const uint8_t *at;

		seed = 100 + round;
		make_packets(dlt);
		/* One packet, and all others as it but for a bit. */
		for (uint32_t i = 1; i < PACKETS; i++)
			change_one(i, 0);
		index_gather_frames(gather, frames, PACKETS);
		index_gather_mark(gather, end += PACKETS * EACH, true);
		run = index_gather_take(gather);
		assert_non_null(run);
		for (uint32_t i = 0; i < PACKETS; i++)
			keys_of_frame(&keys, &frames[i], dlt);
		at = (const uint8_t *)(run + 1);
		for (unsigned kind = 0; kind < INDEX_KIND_COUNT; kind++) {
			const struct keys_set *set = &keys.sets[kind];

			assert_int_equal(run->counts[kind], set->count);
			assert_same_keys(at, set);
			at += set->count * set->bytes;
		}
		index_gather_done(gather);
		keys_clear(&keys);
	}
	keys_close(&keys);
	index_gather_close(gather);
}

/* Each says what a host's runs are, or "all". */
static void expressions_are_read(void **state)
{
	static const struct {
		const char *text;
		bool narrows;
	} cases[] = {
		{"", false},
		{"host 10.0.0.1", true},
		{"src 10.0.0.1", true},
		{"10.0.0.1", true},
		{"net 10.0.0.0 mask 255.255.0.0", true},
		{"net 10.1", true},
		{"port 80 or 443", true},
		{"tcp port (80 or 443)", true},
		{"not port 80", false},
		{"! port 80", false},
		{"port 80 and not port 443", true},
		{"host 10.0.0.1 and tcp[tcpflags] & (tcp-syn|tcp-fin) != 0", true},
		{"host 10.0.0.1 or tcp[13] & 2 != 0", false},
		{"(tcp[12] & 0xf0) >> 2 > 20 and host 10.0.0.1", true},
		{"vlan 5 and host 10.0.0.1", true},
		{"vlan and vlan 7", true},
		{"vlan 5 or host 10.0.0.1", false},
		{"(vlan 5 and host 10.0.0.1) or port 80", false},
		{"mpls and host 10.0.0.1", false},
		{"pppoes and host 10.0.0.1", false},
		{"host localhost", false},
		{"port domain", false},
		{"ether host 02:00:00:00:00:01", true},
		{"ether proto \\arp", true},
		{"ip proto \\tcp", true},
		{"ether proto 0x100", false},
		{"broadcast", false},
		{"ip broadcast", false},
		{"inbound and host 10.0.0.1", false},
		{"portrange 90-80", true},
		{"proto 17", true},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct index_expression *expression;

		assert_int_equal(index_expression_parse(cases[i].text, &expression), 0);
		if (index_expression_narrows(expression) != cases[i].narrows)
			fail_msg("%s", cases[i].text);
		index_expression_close(expression);
	}
}

/* Damage is seen, or changes nothing. */
static void damage_gives_no_other_answer(void **state)
{
	struct index_expression *expression;
	uint64_t right[(RUNS + 63) / 64], set[(RUNS + 63) / 64];
	unsigned seen = 0;
	struct index *index;
	struct error err;
	uint8_t *image;
	size_t bytes;
	int fd;

	(void)state;
	seed = 7;
	make_packets(DLT_EN10MB);
	make_image(DLT_EN10MB, 1 << 20, &image, &bytes);
	assert_int_equal(index_expression_parse("host 10.0.0.7 and port 80 or net 2001:db8::/125",
						&expression),
			 0);
	index = open_image(image, bytes, &fd, 0);
	assert_int_equal(index_expression_runs(expression, index, right, &err), 0);
	index_close(index);
	close(fd);
	for (unsigned i = 0; i < 3000; i++) {
		const size_t at = below((unsigned)bytes);
		const uint8_t was = image[at];
		size_t length = below(8) ? bytes : below((unsigned)bytes);

		image[at] ^= (uint8_t)(1u << below(8));
		fd = memfd_create("index", MFD_CLOEXEC);
		assert_int_equal(write(fd, image, length), length);
		if (index_open(fd, "image", NULL, &index, &err) < 0) {
			seen++;
		} else {
			const struct index_entry *runs;

			if (index_expression_runs(expression, index, set, &err) < 0)
				seen++;
			else
				assert_memory_equal(set, right, sizeof(set));
			index_runs(index, &runs, &err);
			index_close(index);
		}
		close(fd);
		image[at] = was;
	}
	assert_in_range(seen, 500, 3000);
	index_expression_close(expression);
	free(image);
}

/* Every part may say what it likes, with right checksums: for the sanitizer to see. */
static void of_another_file(void **state)
{
	const struct index_subject other = {FIRST_AT + PACKETS * EACH, 0x12345679};
	struct index *index;
	struct error err;
	uint8_t *image;
	size_t bytes;
	int fd;

	(void)state;
	seed = 9;
	make_packets(DLT_EN10MB);
	make_image(DLT_EN10MB, 1 << 20, &image, &bytes);
	fd = memfd_create("index", MFD_CLOEXEC);
	assert_int_equal(write(fd, image, bytes), bytes);
	assert_int_equal(index_open(fd, "image", &other, &index, &err), -ESTALE);
	close(fd);
	image[8]++;
	open_image(image, bytes, &fd, -ENOTSUP);
	close(fd);
	open_image(image, 100, &fd, -EBADMSG);
	close(fd);
	free(image);
}

/* The queue is full of runs that nobody takes: then those that find no room may hold
 * anything, and none is lost from the middle. */
static void a_full_queue(void **state)
{
	const int dlt = DLT_EN10MB;
	const struct index_run *run;
	struct index_gather *gather;
	uint64_t packets_told = 0, end = FIRST_AT;
	unsigned open = 0;

	(void)state;
	seed = 3;
	make_packets(dlt);
	assert_int_equal(index_gather_open(&dlt, 1, 64 << 10, &gather), 0);
	for (unsigned round = 0; round < 3; round++) {
		for (uint32_t i = 0; i < PACKETS; i++) {
			index_gather_frames(gather, &frames[i], 1);
			index_gather_mark(gather, end + (i + 1) * EACH, true);
		}
		end += PACKETS * EACH;
	}
	while ((run = index_gather_take(gather)) != NULL) {
		packets_told += run->packets;
		open += run->unknown == INDEX_ALL;
		index_gather_done(gather);
	}
	assert_in_range(packets_told, 50, PACKETS * 3 - 1);
	index_gather_frames(gather, &frames[0], 1);
	index_gather_mark(gather, end + EACH, true);
	run = index_gather_take(gather);
	assert_non_null(run);
	assert_int_equal(run->unknown, INDEX_ALL);
	assert_int_equal(packets_told + run->packets, PACKETS * 3 + 1);
	index_gather_done(gather);
	assert_null(index_gather_take(gather));
	index_gather_close(gather);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_match_is_missed),
		cmocka_unit_test(flows_have_the_same_keys),
		cmocka_unit_test(expressions_are_read),
		cmocka_unit_test(damage_gives_no_other_answer),
		cmocka_unit_test(of_another_file),
		cmocka_unit_test(a_full_queue),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
