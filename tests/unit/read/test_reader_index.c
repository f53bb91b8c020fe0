/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reading by an index against reading all: whatever is in the files and asked for, the packets
 * that match are the same, in the same order, and so is what they tell of losses. Files are
 * made here, their indexes by what reads them.
 */
#include <errno.h>
#include <fcntl.h>
#include <pcap/pcap.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "read/catalog.h"
#include "read/reader.h"
#include "reader_support.h"
#include "scratch.h"

#define S          UINT64_C(1000000000)
#define START      (1700000000 * S)
#define MADE_BYTES (9u << 20)
#define ERA        (MADE_BYTES / 12) /* so long hosts and ports are the same few */
#define INTERFACES 3u

static const char *const names[] = {"a", "b", "c", "d", "e"};
static uint32_t first_name; /* of a file's interfaces */
static bool alone; /* a file has one: then it is known whose losses are, so there are more */
static uint32_t seed;

static uint32_t any(uint32_t below)
{
	seed = seed * 1664525u + 1013904223u;
	return (uint32_t)((uint64_t)seed * below >> 32);
}

/* --- files ---------------------------------------------------------------------------- */

/* Ethernet, IPv4 or IPv6, UDP or TCP: keys by where in the file it is. */
static void fill_packet(uint8_t *data, uint32_t caplen, size_t at)
{
	const uint8_t host = (uint8_t)(at / ERA * 8 + any(4));
	const uint16_t port = (uint16_t)(1000 + at / ERA * 10 + any(3));
	uint8_t head[80] = {2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, host};
	size_t ports = 34;

	if (any(4)) {
		memcpy(head + 12, "\x08\0\x45", 3);
		head[23] = any(2) ? 17 : 6;
		memcpy(head + 26, (uint8_t[]){10, 0, 0, host, 10, 0, 1, (uint8_t)any(3)}, 8);
	} else {
		memcpy(head + 12, "\x86\xdd\x60", 3);
		head[20] = 17;
		memcpy(head + 22, "\x20\x01\x0d\xb8", 4);
		head[37] = host;
		memcpy(head + 38, "\x20\x01\x0d\xb8", 4);
		ports = 54;
	}
	head[ports] = (uint8_t)(port >> 8);
	head[ports + 1] = (uint8_t)port;
	head[ports + 3] = (uint8_t)any(50);
	memcpy(data, head, caplen < sizeof(head) ? caplen : sizeof(head));
}

static void put_packet(struct made *made, uint32_t interface, uint64_t time_ns)
{
	const uint32_t caplen = 60 + any(2400);
	const size_t at = made->used;
	uint64_t lost = any(alone ? 1500 : 15000);

	made_epb_open(made, interface, time_ns, caplen, caplen);
	fill_packet(made->bytes + at + 28, caplen, at);
	if (lost < 3) {
		lost = made->swapped ? __builtin_bswap64(lost + 1) : lost + 1;
		made_option(made, 4, &lost, 8);
	}
	made_end(made);
}

/* What is to be read whatever is skipped. */
static void put_aside(struct made *made, uint32_t *interfaces, uint64_t *times)
{
	if (*interfaces < INTERFACES && any(2)) {
		for (uint32_t i = 0; i < *interfaces; i++)
			if (times[i] > times[*interfaces])
				times[*interfaces] = times[i];
		made_idb(made, 1, names[first_name + (*interfaces)++]);
		return;
	}
	made_block(made, 0xbad);
	made_put64(made, 1);
	made_end(made);
}

/* Stretches of one interface each, as a recorder writes them; each interface rises. */
static void make_pcapng(const char *path, uint64_t from_ns, uint32_t interfaces)
{
	const uint32_t stretch = 1u << (3 + any(8));
	const bool one = interfaces == 1;
	uint64_t times[INTERFACES];
	struct made made;

	for (uint32_t i = 0; i < INTERFACES; i++)
		times[i] = from_ns;
	alone = one;
	made_new(&made, any(4) == 0);
	made_shb(&made);
	for (uint32_t i = 0; i < interfaces; i++)
		made_idb(&made, 1, names[first_name + i]);
	while (made.used < MADE_BYTES) {
		const uint32_t interface = any(interfaces);

		if (!one && any(30) == 0)
			put_aside(&made, &interfaces, times);
		for (uint32_t left = 1 + any(stretch); left > 0; left--) {
			times[interface] += any(2000000);
			put_packet(&made, interface, times[interface]);
		}
	}
	made_write(&made, path);
	made_drop(&made);
}

static void make_pcap(const char *path, uint64_t from_ns)
{
	uint64_t time_ns = from_ns;
	struct made made;

	made_new(&made, any(2));
	made_pcap(&made, 0xa1b23c4d, 1);
	while (made.used < MADE_BYTES) {
		const uint32_t caplen = 60 + any(2400);
		size_t at;

		time_ns += any(2000000);
		made_record(&made, (uint32_t)(time_ns / S), (uint32_t)(time_ns % S), caplen,
			    caplen);
		at = made.used - caplen;
		fill_packet(made.bytes + at, caplen, at);
	}
	made_write(&made, path);
	made_drop(&made);
}

static int write_index(void *context, struct catalog_file *file)
{
	char path[600];
	struct error err;
	uint8_t *image;
	size_t bytes;
	int fd;

	(void)context;
	assert_non_null(file->file);
	if (catalog_make_index(file, &image, &bytes, &err) < 0)
		fail_msg("%s", err.text);
	snprintf(path, sizeof(path), "%.*s.%s.index",
		 (int)(strlen(file->shown) - strlen(file->name)), file->shown, file->name);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, image, bytes), bytes);
	close(fd);
	free(image);
	return 0;
}

static void make_indexes(const char *path)
{
	const struct reader_config config = {.paths = &path, .count = 1, .index.used = true};
	struct reader *reader;
	struct error err;

	assert_int_equal(reader_open(&config, &reader, &err), 0);
	if (catalog_visit(reader, write_index, NULL, &err) < 0)
		fail_msg("%s", err.text);
	reader_close(reader);
}

/* --- reading --------------------------------------------------------------------------- */

/* What matched. */
struct match {
	int64_t time_ns;
	uint64_t lost, sum;
	uint32_t interface, caplen;
};

struct matches {
	struct match *list;
	uint32_t count, room;
	uint64_t lost; /* nothing behind tells of them */
	struct reader_saved saved;
	unsigned notes, damages;
};

static void add_match(struct matches *m, const struct frame *frame)
{
	uint64_t sum = 0;

	if (m->count == m->room) {
		m->room = m->room ? 2 * m->room : 1024;
		m->list = realloc(m->list, m->room * sizeof(*m->list));
		assert_non_null(m->list);
	}
	for (uint32_t i = 0; i < frame->caplen && i < 80; i++)
		sum = sum * 31 + frame->data[i];
	m->list[m->count++] = (struct match){.time_ns = frame->time_ns,
					     .lost = frame->lost,
					     .sum = sum,
					     .interface = frame->interface,
					     .caplen = frame->caplen};
}

static void note(void *context, const char *text, bool damaged)
{
	struct matches *m = context;

	assert_true(*text);
	m->notes++;
	m->damages += damaged;
}

/* Reads it all, and keeps what matches: losses are told by the next that does. */
static void read_matches(struct matches *m, struct reader_config config, const char *text)
{
	pcap_t *pcap = pcap_open_dead(1, 65535);
	uint64_t lost[2 * INTERFACES] = {0};
	struct bpf_program program;
	struct frame frames[64];
	struct reader *reader;
	struct error err;
	int rc;

	assert_int_equal(pcap_compile(pcap, &program, text, 1, 0), 0);
	m->count = m->notes = m->damages = 0;
	config.index.expressions = &text;
	config.index.expression_count = *text ? 1 : 0;
	config.index.note = note;
	config.index.context = m;
	assert_int_equal(started_reader(&config, &reader, &err), 0);
	while ((rc = reader_fill(reader, frames, 64, &err)) > 0) {
		for (int i = 0; i < rc; i++) {
			struct frame *frame = &frames[i];
			const struct pcap_pkthdr header = {.caplen = frame->caplen,
							   .len = frame->len};

			lost[frame->interface] += frame->lost;
			if (!pcap_offline_filter(&program, &header, frame->data))
				continue;
			frame->lost = lost[frame->interface];
			lost[frame->interface] = 0;
			add_match(m, frame);
		}
	}
	if (rc != 0)
		fail_msg("%s", err.text);
	assert_int_equal(reader_late(reader), 0);
	m->lost = reader_lost(reader);
	for (unsigned i = 0; i < 2 * INTERFACES; i++)
		m->lost += lost[i];
	reader_saved(reader, &m->saved);
	reader_close(reader);
	pcap_freecode(&program);
	pcap_close(pcap);
}

static void some_expression(char *text, size_t room)
{
	const unsigned era = any(14), host = era * 8 + any(5), port = 1000 + era * 10 + any(4);

	switch (any(9)) {
	case 0:
		snprintf(text, room, "host 10.0.0.%u", host);
		break;
	case 1:
		snprintf(text, room, "udp port %u", port);
		break;
	case 2:
		snprintf(text, room, "src net 10.0.0.%u/30 and not port %u", host & ~3u, port);
		break;
	case 3:
		snprintf(text, room, "host 2001:db8:0:0:0:0:0:%x or port %u", host << 0, port);
		break;
	case 4:
		snprintf(text, room, "ether host 02:00:00:00:00:%02x", host);
		break;
	case 5:
		snprintf(text, room, "not port %u", port);
		break;
	case 6:
		snprintf(text, room, "portrange %u-%u and tcp", port, port + 12);
		break;
	case 7:
		text[0] = '\0';
		break;
	default:
		snprintf(text, room, "host 10.0.0.%u or (port %u and ip)", host, port);
	}
}

static uint64_t spared, known_lost;

/* With and without the index, and with one more way of reading. */
static void compare(struct reader_config config, struct matches *all, struct matches *few)
{
	char text[200];

	some_expression(text, sizeof(text));
	config.has_from = any(3) == 0;
	config.has_to = any(3) == 0;
	config.from_ns = (int64_t)(START + any(10) * S);
	config.to_ns = config.from_ns + (int64_t)any(8000) * 1000000;
	config.sort = any(4) > 0;
	config.index.used = false;
	read_matches(all, config, text);
	config.index.used = true;
	config.io = (enum reader_io)any(3);
	read_matches(few, config, text);
	assert_int_equal(few->notes, 0);
	if (few->count != all->count)
		fail_msg("%u packets, not %u: %s", few->count, all->count, text);
	for (uint32_t i = 0; i < all->count; i++)
		if (memcmp(&all->list[i], &few->list[i], sizeof(all->list[i])) != 0)
			fail_msg("packet %u of %u: %s", i, all->count, text);
	/* Which of the losses at the end are of the time asked for is nobody's guess. */
	if (!config.has_from && !config.has_to)
		assert_int_equal(few->lost, all->lost);
	assert_int_equal(all->saved.bytes, 0);
	spared += few->saved.bytes;
	known_lost += all->lost;
	for (uint32_t i = 0; i < all->count; i++)
		known_lost += all->list[i].lost;
}

static struct matches all, few;

static int tear_down(void **state)
{
	(void)state;
	free(all.list);
	free(few.list);
	all = few = (struct matches){0};
	return 0;
}

static void the_same_packets(void **state)
{
	(void)state;
	for (uint32_t round = 1; round <= 12; round++) {
		const char *path = round % 3 ? "one.pcapng" : "one.pcap";
		const struct reader_config config = {.paths = &path, .count = 1, .merge = true};

		seed = round;
		if (round % 3)
			make_pcapng(path, START, 1 + round / 3 % INTERFACES);
		else
			make_pcap(path, START);
		make_indexes(path);
		for (unsigned i = 0; i < 14; i++)
			compare(config, &all, &few);
	}
	/* So that it is known to be of use, and to be tested. */
	assert_true(spared > UINT64_C(12) * 14 * MADE_BYTES / 5);
	assert_true(known_lost > 100);
}

static void of_several_files(void **state)
{
	static const char *const paths[] = {"x.pcapng", "y.pcapng", "z.pcap"};
	const struct reader_config config = {.paths = paths, .count = 3, .merge = true};

	(void)state;
	seed = 77;
	make_pcapng(paths[0], START, 2);
	/* Whose losses are told by which file is nobody's guess where they are of one name. */
	first_name = 2;
	make_pcapng(paths[1], START + S, 2);
	first_name = 0;
	make_pcap(paths[2], START + 2 * S);
	for (unsigned i = 0; i < 3; i++)
		make_indexes(paths[i]);
	for (unsigned i = 0; i < 14; i++)
		compare(config, &all, &few);
}

/* A directory's segments one after the other, each begins where the one before ends. */
static void of_a_directory(void **state)
{
	const char *path = "d";
	const struct reader_config config = {.paths = &path, .count = 1, .merge = true};

	(void)state;
	seed = 5;
	assert_int_equal(mkdir(path, 0700), 0);
	for (unsigned i = 0; i < 4; i++) {
		char name[64];

		snprintf(name, sizeof(name), "d/x_20231114T22133%uZ_0000000%u.pcapng", i, i + 1);
		make_pcapng(name, START + i * 12 * S, 2);
	}
	make_indexes(path);
	for (unsigned i = 0; i < 14; i++)
		compare(config, &all, &few);
	/* A host that is nowhere. */
	read_matches(&few, (struct reader_config){.paths = &path, .count = 1, .index.used = true},
		     "host 10.9.9.9");
	assert_int_equal(few.count, 0);
	assert_int_equal(few.saved.indexed, 4);
	assert_int_equal(few.saved.without, 0);
	assert_true(few.saved.bytes > 3 * MADE_BYTES);
}

/* What is skipped tells how far its interface has come: who puts packets in order waits for it
 * no longer than if it were read. */
static void an_interface_that_is_skipped_holds_up_none(void **state)
{
	static const char *const path = "one.pcapng";
	struct reader_config config = {.paths = &path, .count = 1, .sort = true};
	const char *text = "host 10.0.0.1";
	uint64_t done, bytes, time_ns = START;
	struct frame frames[64];
	struct reader *reader;
	struct error err;
	struct made made;

	(void)state;
	made_new(&made, false);
	made_shb(&made);
	made_idb(&made, 1, names[0]);
	made_idb(&made, 1, names[1]);
	for (unsigned i = 0; made.used < MADE_BYTES; i++) {
		const uint32_t interface = i / 1200 % 2;
		size_t at;

		/* A run ends there. */
		if (i % 1200 == 0) {
			made_block(&made, 0xbad);
			made_end(&made);
		}
		at = made.used + 28;
		made_epb_open(&made, interface, time_ns += 1000, 1000, 1000);
		memcpy(made.bytes + at + 12, "\x08\0\x45", 3);
		memcpy(made.bytes + at + 26, (uint8_t[]){10, 0, 0, (uint8_t)(1 + interface)}, 4);
		made_end(&made);
	}
	made_write(&made, path);
	made_drop(&made);
	make_indexes(path);
	config.index = (struct reader_index_use){.used = true,
						 .expressions = &text,
						 .expression_count = 1};
	assert_int_equal(started_reader(&config, &reader, &err), 0);
	assert_true(reader_fill(reader, frames, 64, &err) > 0);
	reader_progress(reader, &done, &bytes);
	assert_true(done < bytes / 2);
	reader_close(reader);
}

/* --- indexes that are not right --------------------------------------------------------- */

static void put_byte(const char *path, off_t at, int change)
{
	int fd = open(path, O_RDWR);
	uint8_t byte;

	assert_int_equal(pread(fd, &byte, 1, at), 1);
	byte = (uint8_t)(byte ^ change);
	assert_int_equal(pwrite(fd, &byte, 1, at), 1);
	close(fd);
}

/* All is read, and that is noted: as damage where it is that. */
static void expect_unused(unsigned damages)
{
	static const char *const path = "one.pcapng";
	struct reader_config config = {.paths = &path, .count = 1};

	read_matches(&all, config, "host 10.0.0.1");
	config.index.used = true;
	read_matches(&few, config, "host 10.0.0.1");
	assert_int_equal(few.notes, 1);
	assert_int_equal(few.damages, damages);
	assert_int_equal(few.saved.bytes, 0);
	assert_int_equal(few.saved.without, 1);
	assert_int_equal(few.count, all.count);
	assert_true(all.count > 0);
}

static void a_wrong_index_is_none(void **state)
{
	static const char *const path = "one.pcapng", *const index = ".one.pcapng.index";

	(void)state;
	seed = 3;
	make_pcapng(path, START, 2);
	make_indexes(path);
	put_byte(index, 8, 3);
	expect_unused(0); /* another version */
	put_byte(index, 8, 3);
	put_byte(index, 20, 1);
	expect_unused(1);
	put_byte(index, 20, 1);
	/* Another file, as long: of another snapshot length. */
	put_byte(path, 28 + 13, 1);
	expect_unused(0);
}

/* A file that ends within a packet has an index all the same. */
static int write_cut_index(void *context, struct catalog_file *file)
{
	FILE *out = fopen(".one.pcapng.index", "w");
	struct error err;
	uint8_t *image;
	size_t bytes;

	(void)context;
	assert_int_equal(catalog_make_index(file, &image, &bytes, &err), -ENODATA);
	assert_int_equal(fwrite(image, 1, bytes, out), bytes);
	fclose(out);
	free(image);
	return 0;
}

/* Nothing is hidden: that it is cut is told, whatever is skipped before. */
static void cut_behind_the_runs(void **state)
{
	static const char *const path = "one.pcapng";
	struct reader_config config = {.paths = &path, .count = 1, .index.used = true};
	const char *text = "host 10.9.9.9";
	struct reader_saved saved;
	struct frame frames[64];
	struct reader *reader;
	struct error err;
	struct made made;
	int rc;

	(void)state;
	made_new(&made, false);
	made_shb(&made);
	made_idb(&made, 1, "a");
	for (unsigned i = 0; i < 2000; i++)
		made_epb(&made, 0, START + i, 1000);
	made_put32(&made, 6);
	made_put32(&made, 40);
	made_write(&made, path);
	made_drop(&made);
	assert_int_equal(reader_open(&config, &reader, &err), 0);
	assert_int_equal(catalog_visit(reader, write_cut_index, NULL, &err), 0);
	reader_close(reader);
	config.index.expressions = &text;
	config.index.expression_count = 1;
	assert_int_equal(started_reader(&config, &reader, &err), 0);
	while ((rc = reader_fill(reader, frames, 64, &err)) > 0)
		;
	assert_int_equal(rc, -ENODATA);
	reader_saved(reader, &saved);
	assert_int_equal(saved.indexed, 1);
	reader_close(reader);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_same_packets),
		cmocka_unit_test(of_several_files),
		cmocka_unit_test(of_a_directory),
		cmocka_unit_test(a_wrong_index_is_none),
		cmocka_unit_test(cut_behind_the_runs),
		cmocka_unit_test(an_interface_that_is_skipped_holds_up_none),
	};
	int failed = cmocka_run_group_tests(tests, scratch_set_up_inside, scratch_tear_down_inside);

	tear_down(NULL);
	return failed;
}
