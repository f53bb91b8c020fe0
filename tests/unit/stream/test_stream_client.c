/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A client of a stream, without a thread: the bytes it gets while its socket takes all, some
 * or nothing, and while it falls behind. Each packet has a number, and what was not received
 * is what was counted.
 */
#include "stream/stream_client.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "frames/pcapng.h"
#include "stream/stream_record.h"

#define LOG_BYTES  (64u * 1024)
#define QUEUE_MOST (16u * 1024)
#define HEADER     "12345678"

/* --- calls of send() -------------------------------------------------------------- */

static struct {
	size_t most; /* bytes that are taken in one call */
	int code;    /* or it fails with this, so many times */
	unsigned times;
	size_t left; /* bytes taken before EAGAIN */
} faults;

ssize_t __real_send(int fd, const void *data, size_t bytes, int flags);
ssize_t __wrap_send(int fd, const void *data, size_t bytes, int flags);

ssize_t __wrap_send(int fd, const void *data, size_t bytes, int flags)
{
	ssize_t sent;

	assert_true(flags & MSG_NOSIGNAL);
	if (faults.times > 0) {
		faults.times--;
		errno = faults.code;
		return -1;
	}
	bytes = bytes < faults.most ? bytes : faults.most;
	bytes = bytes < faults.left ? bytes : faults.left;
	if (bytes == 0) {
		errno = EAGAIN;
		return -1;
	}
	sent = __real_send(fd, data, bytes, flags);
	faults.left -= sent > 0 ? (size_t)sent : 0;
	return sent;
}

/* --- a stream ---------------------------------------------------------------------- */

struct stream {
	struct stream_log log;
	struct stream_client *client;
	int peer;
	bool pcapng;
	uint64_t given;
	struct {
		uint8_t bytes[1 << 20];
		size_t count;
	} got;
};

static void start(struct stream *s, bool pcapng)
{
	struct stream_mark none = {0};
	int pair[2];

	memset(s, 0, sizeof(*s));
	memset(&faults, 0, sizeof(faults));
	faults.most = faults.left = SIZE_MAX;
	s->pcapng = pcapng;
	assert_int_equal(stream_log_open(&s->log, LOG_BYTES), 0);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair), 0);
	s->peer = pair[1];
	s->client =
		stream_client_open(pair[0], pcapng, (const uint8_t *)HEADER, strlen(HEADER), &none);
	assert_non_null(s->client);
}

static void end(struct stream *s)
{
	stream_client_close(s->client);
	stream_log_close(&s->log);
	close(s->peer);
}

/* A packet of so many bytes whose first ones are its number, from 1. */
static void give(struct stream *s, uint32_t bytes)
{
	uint8_t data[2000] = {0};
	struct frame frame = {.data = data, .caplen = bytes, .len = bytes, .id = s->given + 1};
	uint32_t record[4] = {0, 0, bytes, bytes};
	uint8_t *to = stream_log_room(&s->log, bytes + PCAPNG_EPB_OVERHEAD_MAX);

	s->given++;
	memcpy(data, &s->given, sizeof(s->given));
	assert_non_null(to);
	if (s->pcapng) {
		s->log.end += pcapng_put_epb(to, bytes + PCAPNG_EPB_OVERHEAD_MAX, &frame);
	} else {
		memcpy(to, record, sizeof(record));
		memcpy(to + sizeof(record), data, bytes);
		s->log.end += sizeof(record) + bytes;
	}
	stream_log_publish(&s->log, s->given, 0);
}

static void receive(struct stream *s)
{
	ssize_t count;

	while ((count = recv(s->peer, s->got.bytes + s->got.count,
			     sizeof(s->got.bytes) - s->got.count, MSG_DONTWAIT)) > 0)
		s->got.count += (size_t)count;
}

/* What the stream thread does in a round. */
static void turn(struct stream *s)
{
	struct stream_mark mark = stream_log_mark(&s->log);

	while (stream_client_send(s->client, &s->log, &mark))
		;
	stream_client_skip(s->client, &s->log, &mark, QUEUE_MOST);
	stream_client_count(s->client, &mark);
	stream_log_free(&s->log, s->client->boundary);
	receive(s);
}

/* Takes all there is, and unblocks. */
static void drain(struct stream *s)
{
	struct stream_mark mark = stream_log_mark(&s->log);

	faults.most = faults.left = SIZE_MAX;
	for (unsigned i = 0; i < 1000 && !stream_client_is_done(s->client, &mark); i++) {
		s->client->blocked = false;
		turn(s);
	}
	assert_true(stream_client_is_done(s->client, &mark));
	receive(s);
}

static uint64_t drops_of(const uint8_t *epb)
{
	const uint32_t *words = (const uint32_t *)epb;
	const uint8_t *at = epb + PCAPNG_EPB_HEADER_BYTES + (words[5] + 3) / 4 * 4;
	const uint8_t *last = epb + words[1] - 4;
	uint64_t drops = 0;

	while (at + 4 <= last) {
		uint16_t head[2];

		memcpy(head, at, sizeof(head));
		if (head[0] == 0)
			break;
		if (head[0] == PCAPNG_EPB_DROPCOUNT)
			memcpy(&drops, at + 4, sizeof(drops));
		at += 4 + (head[1] + 3) / 4 * 4;
	}
	return drops;
}

/* Whole records, in order, once each, and a gap is what was counted; in pcapng it is told by
 * the packet behind it. */
static void check(const struct stream *s)
{
	uint64_t last = 0, packets = 0, missing = 0;
	size_t at = strlen(HEADER);

	assert_true(s->got.count >= at);
	assert_memory_equal(s->got.bytes, HEADER, at);
	while (at < s->got.count) {
		const uint8_t *record = s->got.bytes + at;
		bool packet;
		size_t bytes = stream_record_bytes(record, s->pcapng, &packet);
		uint64_t number;

		assert_true(packet);
		assert_true(at + bytes <= s->got.count);
		if (s->pcapng)
			assert_memory_equal(record + bytes - 4, record + 4, 4);
		memcpy(&number, record + (s->pcapng ? 28 : 16), sizeof(number));
		assert_true(number > last);
		if (s->pcapng)
			assert_int_equal(drops_of(record), number - last - 1);
		missing += number - last - 1;
		last = number;
		packets++;
		at += bytes;
	}
	assert_int_equal(last, s->given);
	assert_int_equal(s->client->packets, packets);
	assert_int_equal(s->client->dropped, missing);
	assert_int_equal(packets + missing, s->given);
}

static void test_keeps_up(void **state)
{
	static struct stream s;

	(void)state;
	for (int pcapng = 0; pcapng < 2; pcapng++) {
		start(&s, pcapng);
		for (unsigned i = 0; i < 500; i++) {
			give(&s, 8 + i * 7 % 1400);
			turn(&s);
		}
		check(&s);
		assert_int_equal(s.client->dropped, 0);
		end(&s);
	}
}

/* A socket that takes a few bytes at a time ends in the middle of records. */
static void test_short_sends(void **state)
{
	static struct stream s;

	(void)state;
	for (int pcapng = 0; pcapng < 2; pcapng++) {
		start(&s, pcapng);
		for (unsigned i = 0; i < 300; i++) {
			give(&s, 8 + i % 100);
			faults.most = 1 + i % 13;
			turn(&s);
		}
		drain(&s);
		check(&s);
		assert_int_equal(s.client->dropped, 0);
		end(&s);
	}
}

/* One that takes less than there is: whole packets are dropped. */
static void test_falls_behind(void **state)
{
	static struct stream s;

	(void)state;
	for (int pcapng = 0; pcapng < 2; pcapng++) {
		for (size_t share = 0; share < 400; share += 37) {
			start(&s, pcapng);
			for (unsigned i = 0; i < 600; i++) {
				give(&s, 8 + i * 11 % 900);
				faults.left = share;
				s.client->blocked = false;
				turn(&s);
			}
			drain(&s);
			check(&s);
			assert_true(s.client->dropped > 0);
			end(&s);
		}
	}
}

/* What was lost before it got into the log is dropped for each client, too. */
static void test_lost_before(void **state)
{
	static struct stream s;

	(void)state;
	start(&s, false);
	give(&s, 100);
	stream_log_publish(&s.log, 1, 7);
	turn(&s);
	assert_int_equal(s.client->packets, 1);
	assert_int_equal(s.client->dropped, 7);
	end(&s);
}

static void test_failures(void **state)
{
	static const struct {
		int code, told;
		bool gone, retry;
	} cases[] = {
		{EAGAIN, 0, false, false},
		{EINTR, 0, false, false},
		{ENOBUFS, 0, false, true},
		{ENOMEM, 0, false, true},
		{EPIPE, 0, true, false},
		{ECONNRESET, 0, true, false},
		{ETIMEDOUT, ETIMEDOUT, true, false},
	};
	static struct stream s;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		start(&s, true);
		give(&s, 100);
		faults.code = cases[i].code;
		faults.times = 1;
		turn(&s);
		assert_int_equal(s.client->gone, cases[i].gone);
		assert_int_equal(s.client->retry, cases[i].retry);
		assert_int_equal(s.client->error, cases[i].told);
		if (!cases[i].gone) {
			drain(&s);
			check(&s);
		}
		end(&s);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_keeps_up),     cmocka_unit_test(test_short_sends),
		cmocka_unit_test(test_falls_behind), cmocka_unit_test(test_lost_before),
		cmocka_unit_test(test_failures),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
