/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Printing through a pipe: what is to be seen at once and what may wait, a
 * reader that goes away, which ends a capture as a limit does, and one that does not
 * read. What a line has in
 * it is for the tests of the printer.
 */
#include "sinks/sink_text.h"

#include <errno.h>
#include <fcntl.h>
#include <pcap/dlt.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static const uint8_t arp[42] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2, 0, 0, 0, 0,   1, 8, 6,
				0,    1,    8,    0,    6,    4,    0, 1, 2, 0, 0,   0, 0, 1,
				192,  0,    2,    1,    0,    0,    0, 0, 0, 0, 192, 0, 2, 2};
static const char line[] = "ARP, Request who-has 192.0.2.2 tell 192.0.2.1, length 28\n";
#define LINE (sizeof(line) - 1)

static const struct stats_snapshot no_stats;
static struct block block = {.refs = 1};
static int ends[2];
static struct sink *sink;

/* Interface 0 is Ethernet, 1 begins with the packet of IP. */
static int linktype(const void *context, uint32_t interface)
{
	assert_ptr_equal(context, ends);
	return interface == 0 ? DLT_EN10MB : DLT_RAW;
}

static void open_sink(bool live, bool by_line)
{
	static const struct decode_options options = {.time = DECODE_TIME_NONE};
	struct sink_text_config config = {
		.options = &options,
		.linktype = linktype,
		.context = ends,
		.live = live,
		.line = by_line,
	};
	struct error err;

	assert_int_equal(pipe2(ends, O_NONBLOCK), 0);
	config.fd = ends[1];
	assert_int_equal(sink_text_open(&config, &sink, &err), 0);
	assert_int_equal(sink->ops->block_begin(sink, &block, &no_stats), 0);
}

static int tear_down(void **state)
{
	(void)state;
	sink->ops->close(sink);
	close(ends[0]);
	close(ends[1]);
	return 0;
}

static int give(uint32_t count, uint32_t *taken)
{
	struct frame frames[64];

	for (uint32_t i = 0; i < count; i++)
		frames[i] = (struct frame){.data = (uint8_t *)(uintptr_t)arp,
					   .caplen = sizeof(arp),
					   .len = sizeof(arp)};
	return sink->ops->frames(sink, frames, count, taken);
}

static void expect_lines(uint32_t count)
{
	char text[65 * LINE];
	ssize_t got = read(ends[0], text, sizeof(text));

	if (count == 0) {
		assert_int_equal(got, -1);
		assert_int_equal(errno, EAGAIN);
		return;
	}
	assert_int_equal(got, count * LINE);
	for (uint32_t i = 0; i < count; i++)
		assert_memory_equal(text + i * LINE, line, LINE);
}

/* With -l each line is there when its packet is. */
static void test_by_line(void **state)
{
	uint32_t taken;

	(void)state;
	open_sink(false, true);
	assert_int_equal(give(1, &taken), 0);
	assert_int_equal(taken, 1);
	expect_lines(1);
	assert_int_equal(give(3, &taken), 0);
	expect_lines(3);
}

/* What is captured is there at the end of its block. */
static void test_live(void **state)
{
	uint32_t taken;

	(void)state;
	open_sink(true, false);
	assert_int_equal(give(64, &taken), 0);
	assert_int_equal(taken, 64);
	expect_lines(0);
	assert_int_equal(sink->ops->block_end(sink, &block), 0);
	expect_lines(64);
}

/* What is read waits for a full buffer, a flush or the end. */
static void test_buffered(void **state)
{
	uint64_t unwritten = 0;
	uint32_t taken;

	(void)state;
	open_sink(false, false);
	assert_int_equal(give(2, &taken), 0);
	assert_int_equal(sink->ops->block_end(sink, &block), 0);
	expect_lines(0);
	assert_int_equal(sink->ops->flush(sink), 0);
	expect_lines(2);
	assert_int_equal(give(1, &taken), 0);
	expect_lines(0);
	assert_int_equal(sink->ops->finish(sink, &no_stats, 1, &unwritten), 0);
	assert_int_equal(unwritten, 0);
	expect_lines(1);
}

static void test_linktype(void **state)
{
	static const char wanted[] = "IP 192.0.2.1 > 192.0.2.2: ";
	uint8_t ip[20] = {0x45, 0, 0, 20, 0, 0, 0, 0, 64, 6, 0, 0, 192, 0, 2, 1, 192, 0, 2, 2};
	struct frame frame = {.data = ip, .caplen = 20, .len = 20, .interface = 1};
	char text[200];
	uint32_t taken;

	(void)state;
	open_sink(false, true);
	assert_int_equal(sink->ops->frames(sink, &frame, 1, &taken), 0);
	assert_true(read(ends[0], text, sizeof(text)) > (ssize_t)sizeof(wanted));
	assert_memory_equal(text, wanted, sizeof(wanted) - 1);
}

/* Whoever read it is gone: the capture is at its end, without an error. */
static void expect_closed(void)
{
	uint64_t unwritten = 0;
	uint32_t taken = 9;

	assert_int_equal(give(1, &taken), SINK_FULL);
	assert_int_equal(taken, 0);
	assert_int_equal(sink->ops->block_end(sink, &block), 0);
	assert_int_equal(sink->ops->flush(sink), 0);
	assert_int_equal(sink->ops->finish(sink, &no_stats, 1, &unwritten), 0);
	assert_int_equal(sink->error.code, 0);
}

static void test_gone_by_line(void **state)
{
	uint32_t taken;

	(void)state;
	open_sink(false, true);
	close(ends[0]);
	assert_int_equal(give(5, &taken), SINK_FULL);
	assert_in_range(taken, 0, 1);
	expect_closed();
}

static void test_gone_live(void **state)
{
	uint32_t taken;

	(void)state;
	open_sink(true, false);
	close(ends[0]);
	assert_int_equal(give(5, &taken), 0);
	assert_int_equal(sink->ops->block_end(sink, &block), 0);
	expect_closed();
}

static void test_gone_buffered(void **state)
{
	uint32_t taken;
	int rc = 0;

	(void)state;
	open_sink(false, false);
	close(ends[0]);
	for (unsigned i = 0; i < 10000 && rc == 0; i++)
		rc = give(64, &taken);
	assert_int_equal(rc, SINK_FULL);
	expect_closed();
}

static void *wait_and(void *context)
{
	void (*end)(struct sink *) = sink->ops->hurry;

	usleep(150000);
	if (context)
		end = sink->ops->abandon;
	end(sink);
	return NULL;
}

/* A reader that takes nothing is given up when told so, or after a while once the end
 * was asked for. */
static void test_stalled(void **state)
{
	static const int codes[] = {ETIMEDOUT, ECANCELED};

	for (int abandon = 0; abandon < 2; abandon++) {
		pthread_t thread;
		uint32_t taken;
		int rc = 0;

		open_sink(true, false);
		assert_int_equal(fcntl(ends[1], F_SETFL, 0), 0);
		assert_int_equal(pthread_create(&thread, NULL, wait_and,
						abandon ? (void *)ends : NULL),
				 0);
		for (unsigned i = 0; i < 10000 && rc == 0; i++) {
			rc = give(64, &taken);
			if (rc == 0)
				rc = sink->ops->block_end(sink, &block);
		}
		assert_int_equal(pthread_join(thread, NULL), 0);
		assert_int_equal(rc, -codes[abandon]);
		assert_int_equal(sink->error.code, codes[abandon]);
		if (abandon == 0)
			tear_down(state);
	}
}

/* Any other failure is one. */
static void test_failure(void **state)
{
	uint32_t taken;
	int full = open("/dev/full", O_WRONLY);

	(void)state;
	open_sink(true, false);
	assert_int_equal(dup2(full, ends[1]), ends[1]);
	close(full);
	assert_int_equal(give(1, &taken), 0);
	assert_int_equal(sink->ops->block_end(sink, &block), -ENOSPC);
	assert_int_equal(sink->error.code, ENOSPC);
	assert_string_equal(sink->error.text, "print packets: No space left on device");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_by_line, tear_down),
		cmocka_unit_test_teardown(test_live, tear_down),
		cmocka_unit_test_teardown(test_buffered, tear_down),
		cmocka_unit_test_teardown(test_linktype, tear_down),
		cmocka_unit_test_teardown(test_gone_by_line, tear_down),
		cmocka_unit_test_teardown(test_gone_live, tear_down),
		cmocka_unit_test_teardown(test_gone_buffered, tear_down),
		cmocka_unit_test_teardown(test_stalled, tear_down),
		cmocka_unit_test_teardown(test_failure, tear_down),
	};

	signal(SIGPIPE, SIG_IGN);
	/* What would wait ends the test. */
	alarm(60);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
