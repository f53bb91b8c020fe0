/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The printer over every sample capture: each packet cut at every length, with
 * every byte value in it, and with all options. That nothing is read behind
 * what was captured is for the sanitizers to find: each packet lies in memory
 * of its own. Against tcpdump it is compared by tests/golden/print.sh.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <pcap/pcap.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "print/printer.h"

static const struct decode_options option_sets[] = {
	{.time = DECODE_TIME_NONE},
	{.verbose = 3, .link_header = true, .number = true, .nano = true},
	{.quick = true, .verbose = 1, .dump = DECODE_DUMP_HEX},
	{.link_header = true, .dump = DECODE_DUMP_BOTH, .color = true, .absolute_seq = true},
	{.dump = DECODE_DUMP_ASCII_LINK, .time = DECODE_TIME_FIRST},
};

#define SETS (sizeof(option_sets) / sizeof(option_sets[0]))

struct scene {
	int ends[2];
	struct printer *printers[SETS];
	bool escapes; /* of colour are to be expected */
};

/* Reads what was printed, and looks for bytes that act on a terminal. */
static size_t drain(struct scene *scene, char *kept, size_t room)
{
	char bytes[65536];
	size_t total = 0;
	ssize_t count;

	while ((count = read(scene->ends[0], bytes, sizeof(bytes))) > 0) {
		for (ssize_t i = 0; i < count; i++) {
			unsigned char byte = (unsigned char)bytes[i];

			if (byte == '\t' || byte == '\n' || (byte == 0x1b && scene->escapes))
				continue;
			assert_in_range(byte, 0x20, 0x7e);
		}
		if (total < room)
			memcpy(kept + total, bytes,
			       (size_t)count < room - total ? (size_t)count : room - total);
		total += (size_t)count;
	}
	return total;
}

static int set_up(void **state)
{
	struct scene *scene = calloc(1, sizeof(*scene));

	assert_non_null(scene);
	assert_int_equal(pipe2(scene->ends, O_NONBLOCK), 0);
	assert_true(fcntl(scene->ends[1], F_SETPIPE_SZ, 1048576) >= 1048576);
	for (size_t i = 0; i < SETS; i++) {
		struct printer_config config = {scene->ends[1], option_sets[i]};

		assert_int_equal(printer_open(&config, &scene->printers[i], NULL), 0);
	}
	*state = scene;
	return 0;
}

static int tear_down(void **state)
{
	struct scene *scene = *state;

	for (size_t i = 0; i < SETS; i++)
		printer_close(scene->printers[i]);
	close(scene->ends[0]);
	close(scene->ends[1]);
	free(scene);
	return 0;
}

/* In memory with an end where the packet's is. */
static void print(struct scene *scene, const uint8_t *data, uint32_t caplen, uint32_t len, int dlt)
{
	uint8_t *copy = malloc(caplen ? caplen : 1);
	struct frame frame = {.data = copy,
			      .caplen = caplen,
			      .len = len,
			      .time_ns = 1700000000123456789};

	assert_non_null(copy);
	memcpy(copy, data, caplen);
	for (size_t i = 0; i < SETS; i++) {
		scene->escapes = option_sets[i].color;
		assert_int_equal(printer_packet(scene->printers[i], &frame, dlt), 0);
		assert_int_equal(printer_flush(scene->printers[i]), 0);
		assert_true(drain(scene, NULL, 0) > 0);
	}
	free(copy);
}

typedef void packet_fn(struct scene *scene, const uint8_t *data, uint32_t caplen, uint32_t len,
		       int dlt);

static void each_packet(struct scene *scene, packet_fn *use)
{
	const char *top = getenv("srcdir") ? getenv("srcdir") : ".";
	char path[1024], message[PCAP_ERRBUF_SIZE];
	struct pcap_pkthdr *header;
	const u_char *data;
	struct dirent *entry;
	unsigned files = 0;
	DIR *directory;

	snprintf(path, sizeof(path), "%s/captures/print", top);
	directory = opendir(path);
	assert_non_null(directory);
	while ((entry = readdir(directory))) {
		pcap_t *file;

		if (!strstr(entry->d_name, ".pcap"))
			continue;
		snprintf(path, sizeof(path), "%s/captures/print/%s", top, entry->d_name);
		file = pcap_open_offline(path, message);
		assert_non_null(file);
		while (pcap_next_ex(file, &header, &data) == 1)
			use(scene, data, header->caplen, header->len, pcap_datalink(file));
		pcap_close(file);
		files++;
	}
	closedir(directory);
	assert_true(files >= 10);
}

static void cut_everywhere(struct scene *scene, const uint8_t *data, uint32_t caplen, uint32_t len,
			   int dlt)
{
	for (uint32_t cut = 0; cut <= caplen; cut++)
		print(scene, data, cut, len, dlt);
}

static void test_cut(void **state)
{
	each_packet(*state, cut_everywhere);
}

/* All byte values behind the headers, and some in them. */
static void fill(struct scene *scene, const uint8_t *data, uint32_t caplen, uint32_t len, int dlt)
{
	uint8_t *copy = malloc(caplen);

	assert_non_null(copy);
	for (unsigned step = 0; step < 8; step++) {
		memcpy(copy, data, caplen);
		for (uint32_t i = 12 + step * 6; i < caplen; i++)
			copy[i] = (uint8_t)(i * 89 + step * 37);
		print(scene, copy, caplen, len, dlt);
	}
	free(copy);
}

static void test_filled(void **state)
{
	each_packet(*state, fill);
}

static void print_one(struct scene *scene, const struct decode_options *options,
		      const struct frame *frame, int dlt, char *line, size_t room)
{
	struct printer_config config = {scene->ends[1], *options};
	struct printer *printer;

	memset(line, 0, room);
	scene->escapes = true;
	assert_int_equal(printer_open(&config, &printer, NULL), 0);
	assert_int_equal(printer_packet(printer, frame, dlt), 0);
	printer_close(printer);
	assert_true(drain(scene, line, room - 1) < room);
}

static uint8_t arp[] = "\xff\xff\xff\xff\xff\xff\2\0\0\0\0\1\x08\x06\0\1\x08\0\6\4\0\1\2\0\0\0\0\1"
		       "\xc0\0\2\1\0\0\0\0\0\0\xc0\0\2\2";

static void test_front(void **state)
{
	struct frame frame = {.data = arp, .caplen = 42, .len = 60, .time_ns = 4102444800000000001};
	struct decode_options options = {.time = DECODE_TIME_DATE, .nano = true, .number = true};
	char line[200];

	setenv("TZ", "UTC", 1);
	print_one(*state, &options, &frame, DLT_EN10MB, line, sizeof(line));
	assert_string_equal(line, "    1  2100-01-01 00:00:00.000000001 ARP, Request who-has "
				  "192.0.2.2 tell 192.0.2.1, length 46\n");
	options = (struct decode_options){.time = DECODE_TIME_NONE, .color = true};
	print_one(*state, &options, &frame, DLT_EN10MB, line, sizeof(line));
	assert_string_equal(line, "\033[33mARP, Request who-has 192.0.2.2 tell 192.0.2.1, "
				  "length 46\033[0m\n");
}

#define REQUEST "ARP, Request who-has 192.0.2.2 tell 192.0.2.1, length 28\n"

/* By one printer, in a time zone. */
static void expect_fronts(struct scene *scene, enum decode_time time, const char *zone,
			  const int64_t times_ns[2], const char *lines)
{
	struct printer_config config = {scene->ends[1], {.time = time}};
	struct frame frame = {.data = arp, .caplen = 42, .len = 42};
	struct printer *printer;
	char printed[400] = "";

	setenv("TZ", zone, 1);
	tzset();
	assert_int_equal(printer_open(&config, &printer, NULL), 0);
	for (size_t i = 0; i < 2; i++) {
		frame.time_ns = times_ns[i];
		assert_int_equal(printer_packet(printer, &frame, DLT_EN10MB), 0);
	}
	printer_close(printer);
	drain(scene, printed, sizeof(printed) - 1);
	assert_string_equal(printed, lines);
}

static void test_times(void **state)
{
	/* The end of summer time, midnight at its beginning, and some nanoseconds. */
	static const int64_t autumn[2] = {1698541199999999999, 1698541200000000000};
	static const int64_t epoch[2] = {0, 18000000000000};
	static const int64_t close[2] = {1700000000000001999, 1700000000000003001};
	static const int64_t before[2] = {-1, -86400000000000};
	static const int64_t across[2] = {-500000000, 1000000000};

	expect_fronts(*state, DECODE_TIME_OF_DAY, "CET-1CEST,M3.5.0,M10.5.0/3", autumn,
		      "02:59:59.999999 " REQUEST "02:00:00.000000 " REQUEST);
	expect_fronts(*state, DECODE_TIME_DATE, "EST5", epoch,
		      "1969-12-31 19:00:00.000000 " REQUEST "1970-01-01 00:00:00.000000 " REQUEST);
	expect_fronts(*state, DECODE_TIME_PREVIOUS, "UTC", close,
		      " 00:00:00.000000 " REQUEST " 00:00:00.000002 " REQUEST);
	expect_fronts(*state, DECODE_TIME_DATE, "UTC", before,
		      "1969-12-31 23:59:59.999999 " REQUEST "1969-12-31 00:00:00.000000 " REQUEST);
	expect_fronts(*state, DECODE_TIME_DATE, "EST5", before,
		      "1969-12-31 18:59:59.999999 " REQUEST "1969-12-30 19:00:00.000000 " REQUEST);
	expect_fronts(*state, DECODE_TIME_EPOCH, "UTC", across,
		      "-0.500000 " REQUEST "1.000000 " REQUEST);
	expect_fronts(*state, DECODE_TIME_FIRST, "UTC", across,
		      " 00:00:00.000000 " REQUEST " 00:00:01.500000 " REQUEST);
}

/* A line too long for the buffer goes out in parts, and without colour: it is that of a
 * router advertisement with thousands of options. */
static void test_color_of_a_long_line(void **state)
{
	struct scene *scene = *state;
	struct printer_config config = {scene->ends[1],
					{.time = DECODE_TIME_NONE, .verbose = 1, .color = true}};
	struct frame frame = {.data = calloc(1, 65000), .caplen = 65000, .len = 65000};
	struct printer *printer;

	assert_non_null(frame.data);
	memcpy(frame.data, "\x60\0\0\0\xfd\xc0\x3a\xff", 8);
	frame.data[40] = 134;
	for (size_t i = 56; i < 65000; i += 8)
		memcpy(frame.data + i, "\1\1", 2);
	scene->escapes = false;
	assert_int_equal(printer_open(&config, &printer, NULL), 0);
	assert_int_equal(printer_packet(printer, &frame, DLT_RAW), 0);
	printer_close(printer);
	assert_true(drain(scene, NULL, 0) > 262144);
	free(frame.data);
}

static void test_impossible(void **state)
{
	struct decode_options options = {.time = DECODE_TIME_NONE};
	struct frame frame = {.data = arp, .caplen = 42, .len = 20};
	char line[200];

	print_one(*state, &options, &frame, DLT_EN10MB, line, sizeof(line));
	assert_string_equal(line, "[Invalid header: len(20) < caplen(42)]\n");
	frame = (struct frame){.data = arp, .len = 300000};
	print_one(*state, &options, &frame, DLT_EN10MB, line, sizeof(line));
	assert_string_equal(line, "[Invalid header: caplen==0, len(300000) > 262144]\n");
}

static unsigned asked;
static const char *name_now;

/* The C library's, for this program. */
char *if_indextoname(unsigned index, char name[IF_NAMESIZE])
{
	asked++;
	return index == 7 && name_now ? strcpy(name, name_now) : NULL;
}

static const char *name_then(const void *context, uint32_t number)
{
	(void)context;
	return number == 0 ? "old0" : "any";
}

/* The start of a line for a packet of interface 7. */
static void expect_name(struct printer *printer, struct scene *scene, struct frame *frame, int dlt,
			const char *wanted)
{
	char line[200] = "";

	assert_int_equal(printer_packet(printer, frame, dlt), 0);
	assert_int_equal(printer_flush(printer), 0);
	drain(scene, line, sizeof(line));
	assert_memory_equal(line, wanted, strlen(wanted));
}

static void test_names_of_interfaces(void **state)
{
	static const uint8_t address[20] = {17, 0, 8, 6, 7};
	struct scene *scene = *state;
	struct printer_config config = {.fd = scene->ends[1],
					.options = {.time = DECODE_TIME_NONE}};
	uint8_t cooked[20] = {8, 6, [7] = 7, [10] = 4};
	struct frame frame = {.data = cooked, .caplen = 20, .len = 20};
	struct frame ring = {.data = arp, .caplen = 42, .len = 42, .link = address};
	struct printer *printer;

	scene->escapes = false;
	name_now = "mine0";
	asked = 0;
	assert_int_equal(printer_open(&config, &printer, NULL), 0);
	expect_name(printer, scene, &frame, DLT_LINUX_SLL2, "?     Out ");
	assert_int_equal(asked, 0);
	printer_close(printer);
	config.here = true;
	assert_int_equal(printer_open(&config, &printer, NULL), 0);
	expect_name(printer, scene, &frame, DLT_LINUX_SLL2, "mine0 Out ");
	name_now = "new0";
	frame.time_ns = 999999999;
	expect_name(printer, scene, &frame, DLT_LINUX_SLL2, "mine0 Out ");
	frame.time_ns++;
	expect_name(printer, scene, &frame, DLT_LINUX_SLL2, "new0  Out ");
	assert_int_equal(asked, 2);
	printer_close(printer);
	config.interface = name_then;
	assert_int_equal(printer_open(&config, &printer, NULL), 0);
	expect_name(printer, scene, &ring, DLT_EN10MB, "new0  In  ARP");
	frame.packet_type = 4;
	expect_name(printer, scene, &frame, DLT_LINUX_SLL2, "new0  Out new0  Out ");
	frame.interface = 1;
	expect_name(printer, scene, &frame, DLT_LINUX_SLL2, "any   Out new0  Out ");
	name_now = NULL;
	ring.time_ns = 5000000000;
	expect_name(printer, scene, &ring, DLT_EN10MB, "old0  In  ARP");
	printer_close(printer);
}

/* A tunnel in a tunnel, down to where it is given up. */
static void test_deep(void **state)
{
	uint8_t bytes[20 * 200] = {0};
	struct frame frame = {.data = bytes, .caplen = sizeof(bytes), .len = sizeof(bytes)};
	struct decode_options options = {.time = DECODE_TIME_NONE};
	char line[16384];

	for (size_t i = 0; i < 200; i++) {
		size_t total = sizeof(bytes) - i * 20;

		bytes[i * 20] = 0x45;
		bytes[i * 20 + 2] = (uint8_t)(total >> 8);
		bytes[i * 20 + 3] = (uint8_t)total;
		bytes[i * 20 + 9] = 4;
	}
	print_one(*state, &options, &frame, DLT_RAW, line, sizeof(line));
	assert_non_null(strstr(line, "0.0.0.0 > 0.0.0.0: [nested too deeply]\n"));
}

/* Questions of six bytes, each of which points at the longest of names, made of
 * characters that take four to print. */
static void test_too_long(void **state)
{
	static const uint8_t front[] = {0x45, 0, 0, 0, 0,   0, 0, 0, 64,   17,  0, 0,
					127,  0, 0, 1, 127, 0, 0, 1, 0,    53,  0, 53,
					0,    0, 0, 0, 0,   7, 0, 0, 0xff, 0xff};
	struct scene *scene = *state;
	struct printer_config config = {scene->ends[1], {.time = DECODE_TIME_NONE}};
	struct printer *printer;
	uint8_t bytes[1400] = {0};
	struct frame frame = {.data = bytes, .caplen = sizeof(bytes), .len = sizeof(bytes)};
	static char line[200000];
	size_t at = 40, most = 65536 + sizeof(bytes) * 16;

	memcpy(bytes, front, sizeof(front));
	bytes[2] = (sizeof(bytes)) >> 8;
	bytes[3] = sizeof(bytes) & 255;
	bytes[24] = (sizeof(bytes) - 20) >> 8;
	bytes[25] = (sizeof(bytes) - 20) & 255;
	for (size_t label = 0; label < 4; label++, at += 62) {
		memset(bytes + at, 0x81, 62);
		bytes[at] = 61;
	}
	memcpy(bytes + at, "\0\0\1\0\1", 5);
	for (at += 5; at + 6 <= sizeof(bytes); at += 6)
		memcpy(bytes + at, "\xc0\x0c\0\1\0\1", 6);
	assert_int_equal(printer_open(&config, &printer, NULL), 0);
	assert_int_equal(printer_packet(printer, &frame, DLT_RAW), 0);
	/* What comes behind it is whole again. */
	frame = (struct frame){.data = arp, .caplen = 42, .len = 42};
	assert_int_equal(printer_packet(printer, &frame, DLT_EN10MB), 0);
	printer_close(printer);
	memset(line, 0, sizeof(line));
	drain(scene, line, sizeof(line) - 1);
	assert_true(strlen(line) > most);
	assert_string_equal(line + most, " [too long]\n" REQUEST);
}

static void test_reader_gone(void **state)
{
	struct scene *scene = *state;
	struct frame frame = {.data = arp, .caplen = 42, .len = 42};

	signal(SIGPIPE, SIG_IGN);
	close(scene->ends[0]);
	assert_int_equal(printer_packet(scene->printers[0], &frame, DLT_EN10MB), 0);
	assert_int_equal(printer_flush(scene->printers[0]), -EPIPE);
	assert_int_equal(printer_packet(scene->printers[0], &frame, DLT_EN10MB), -EPIPE);
	scene->ends[0] = open("/dev/null", O_RDONLY);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_cut, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_filled, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_front, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_times, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_color_of_a_long_line, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_impossible, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_names_of_interfaces, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_deep, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_too_long, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_reader_gone, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
