/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Ways out over a kernel of the test's own, which takes frames, holds them back,
 * refuses them and is down when it is told to; and whose time passes while the
 * code under test sleeps. It takes the slots of a ring strictly in order, as
 * tpacket_snd() does.
 */
#include "send/tx.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if_packet.h>
#include <linux/sockios.h>
#include <linux/virtio_net.h>
#include <net/if.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <time.h>

#include <cmocka.h>

#include "base/clock.h"

#define NET_BYTES   ((uint32_t)sizeof(struct virtio_net_hdr))
#define DATA_OFFSET (TPACKET2_HDRLEN - (uint32_t)sizeof(struct sockaddr_ll))
#define IDS         8192u
#define AT_ONCE     64u
#define LONGEST     9100u

static struct {
	struct tpacket_req ring;
	uint8_t *map;
	uint32_t head;
	uint64_t now_ns, every_ns; /* with the latter, room for one more so often */
	uint32_t room;             /* of the queue */
	int down;                  /* not 0: the error that says so */
	bool holds;                /* it keeps slots, with the frames on their way */
	bool queues;               /* so it does, until there is room for one more */
	uint32_t queued;           /* sendmmsg() */
	bool tag;                  /* byte 13 is part of one */
	bool bypass;               /* PACKET_QDISC_BYPASS */
	uint32_t mtu, looks;
	int answers[IDS]; /* not 0: the error for the frame of that number */
	uint32_t ids[IDS], taken;
} k;

static struct frame frames[AT_ONCE];
static uint8_t data[AT_ONCE][LONGEST];
static struct stats stats;
static struct tx *tx;

/* --- the kernel ------------------------------------------------------------------- */

int __wrap_socket(int domain, int type, int protocol);
int __wrap_bind(int fd, const struct sockaddr *address, socklen_t bytes);
int __wrap_setsockopt(int fd, int level, int name, const void *value, socklen_t bytes);
void *__real_mmap(void *at, size_t bytes, int protection, int flags, int fd, off_t offset);
void *__wrap_mmap(void *at, size_t bytes, int protection, int flags, int fd, off_t offset);
int __wrap_ioctl(int fd, unsigned long request, ...);
int __wrap_clock_gettime(clockid_t id, struct timespec *now);
int __wrap_nanosleep(const struct timespec *time, struct timespec *left);
ssize_t __wrap_sendto(int fd, const void *from, size_t bytes, int flags, const struct sockaddr *to,
		      socklen_t to_bytes);
int __wrap_sendmmsg(int fd, struct mmsghdr *messages, unsigned count, int flags);

int __wrap_socket(int domain, int type, int protocol)
{
	(void)domain;
	(void)type;
	(void)protocol;
	return open("/dev/null", O_RDWR | O_CLOEXEC);
}

int __wrap_bind(int fd, const struct sockaddr *address, socklen_t bytes)
{
	(void)fd;
	(void)address;
	(void)bytes;
	return 0;
}

int __wrap_setsockopt(int fd, int level, int name, const void *value, socklen_t bytes)
{
	(void)fd;
	if (level == SOL_PACKET && name == PACKET_TX_RING) {
		assert_int_equal(bytes, sizeof(k.ring));
		memcpy(&k.ring, value, sizeof(k.ring));
	}
	k.bypass |= level == SOL_PACKET && name == PACKET_QDISC_BYPASS && *(const int *)value;
	return 0;
}

void *__wrap_mmap(void *at, size_t bytes, int protection, int flags, int fd, off_t offset)
{
	(void)flags;
	(void)fd;
	assert_int_equal(bytes, (size_t)k.ring.tp_block_size * k.ring.tp_block_nr);
	k.map = __real_mmap(at, bytes, protection, MAP_PRIVATE | MAP_ANONYMOUS, -1, offset);
	return k.map;
}

int __wrap_ioctl(int fd, unsigned long request, ...)
{
	struct ifreq *answer;
	va_list rest;

	(void)fd;
	va_start(rest, request);
	answer = va_arg(rest, struct ifreq *);
	va_end(rest);
	if (request == SIOCGIFMTU) {
		k.looks++;
		answer->ifr_mtu = (int)k.mtu;
	} else if (request == SIOCOUTQ) {
		*(int *)(void *)answer = (int)k.queued * 2304;
	}
	return 0;
}

int __wrap_clock_gettime(clockid_t id, struct timespec *now)
{
	(void)id;
	*now = (struct timespec){(time_t)(k.now_ns / NS_PER_SECOND),
				 (long)(k.now_ns % NS_PER_SECOND)};
	return 0;
}

static struct tpacket2_hdr *slot(uint32_t number)
{
	const uint32_t in_block = k.ring.tp_block_size / k.ring.tp_frame_size;

	return (void *)(k.map + (size_t)(number / in_block) * k.ring.tp_block_size +
			(size_t)(number % in_block) * k.ring.tp_frame_size);
}

/* Gives so many slots back, the oldest first, as far as there are. */
static uint32_t give_back_most(uint32_t count)
{
	for (uint32_t i = 0; i < k.ring.tp_frame_nr && count > 0; i++) {
		struct tpacket2_hdr *header = slot((k.head + i) % k.ring.tp_frame_nr);

		if (header->tp_status != TP_STATUS_SENDING)
			continue;
		header->tp_status = TP_STATUS_AVAILABLE;
		count--;
	}
	return count;
}

static void give_back(uint32_t count)
{
	assert_int_equal(give_back_most(count), 0);
}

static void pass(uint64_t ns)
{
	const uint64_t before = k.now_ns;
	uint32_t gone;

	k.now_ns += ns;
	if (!k.every_ns)
		return;
	gone = (uint32_t)(k.now_ns / k.every_ns - before / k.every_ns);
	k.room += gone;
	if (!k.queues)
		return;
	give_back_most(gone);
	k.queued -= gone < k.queued ? gone : k.queued;
}

int __wrap_nanosleep(const struct timespec *time, struct timespec *left)
{
	(void)left;
	pass((uint64_t)time->tv_sec * NS_PER_SECOND + (uint64_t)time->tv_nsec);
	return 0;
}

/* 0: it takes the frame. */
static int offer(const uint8_t *frame, size_t bytes)
{
	uint32_t id;

	if (k.down)
		return k.down;
	memcpy(&id, frame, sizeof(id));
	assert_in_range(id, 0, IDS - 1);
	if (k.answers[id])
		return k.answers[id];
	if (k.room == 0)
		return ENOBUFS;
	k.room--;
	for (size_t i = sizeof(id); i < bytes; i++)
		if (frame[i] != (uint8_t)(id + i) && !(k.tag && i == 13))
			fail_msg("frame %u: byte %zu of %zu", id, i, bytes);
	assert_in_range(k.taken, 0, IDS - 1);
	k.ids[k.taken++] = id;
	return 0;
}

ssize_t __wrap_sendto(int fd, const void *from, size_t bytes, int flags, const struct sockaddr *to,
		      socklen_t to_bytes)
{
	struct tpacket2_hdr *header;

	(void)fd;
	(void)from;
	(void)bytes;
	(void)flags;
	(void)to;
	(void)to_bytes;
	for (; (header = slot(k.head))->tp_status == TP_STATUS_SEND_REQUEST;
	     k.head = (k.head + 1) % k.ring.tp_frame_nr) {
		const struct virtio_net_hdr *net = (void *)((uint8_t *)header + DATA_OFFSET);
		const uint32_t length = header->tp_len - NET_BYTES;
		int code;

		/* Long ones are fragments, out of the ring; short ones copied. */
		assert_true(header->tp_len <= k.ring.tp_frame_size - DATA_OFFSET);
		assert_int_equal(net->hdr_len, length <= 1536 ? length : 0);
		code = offer((const uint8_t *)(net + 1), length);
		if (code && code != ENOBUFS && !k.down)
			header->tp_status = TP_STATUS_WRONG_FORMAT;
		if (code) {
			errno = code;
			return -1;
		}
		header->tp_status = k.holds || k.queues ? TP_STATUS_SENDING : TP_STATUS_AVAILABLE;
	}
	return 0;
}

int __wrap_sendmmsg(int fd, struct mmsghdr *messages, unsigned count, int flags)
{
	unsigned at = 0;
	int code = 0;

	(void)fd;
	(void)flags;
	for (; at < count && code == 0; at += code == 0) {
		const struct msghdr *message = &messages[at].msg_hdr;

		assert_int_equal(message->msg_iovlen, 2);
		assert_int_equal(message->msg_iov[0].iov_len, NET_BYTES);
		code = offer(message->msg_iov[1].iov_base, message->msg_iov[1].iov_len);
		k.queued += k.queues && code == 0;
	}
	errno = code;
	return at > 0 ? (int)at : -1;
}

/* --- a way out ----------------------------------------------------------------------- */

static void open_config(const struct tx_config *config)
{
	struct error err;

	memset(&k, 0, sizeof(k));
	k.now_ns = 1000 * NS_PER_SECOND;
	k.room = UINT32_MAX;
	k.mtu = 9000;
	stats = (struct stats){0};
	if (tx_open(config, &tx, &err) < 0)
		fail_msg("%s", err.text);
}

static void open_way(enum tx_mode mode, bool patient)
{
	const struct tx_config config = {.name = "out",
					 .index = 7,
					 .mtu = 9000,
					 .header_bytes = 14,
					 .mode = mode,
					 .patient = patient};

	open_config(&config);
}

/* Frames with numbers from first on, of all lengths. */
static void make(uint32_t first, uint32_t count)
{
	static const uint32_t lengths[] = {60, 9014, 1536, 14, 1537, 100};

	for (uint32_t i = 0; i < count; i++) {
		const uint32_t id = first + i, length = lengths[id % 6];

		memcpy(data[i], &id, sizeof(id));
		for (uint32_t at = sizeof(id); at < length; at++)
			data[i][at] = (uint8_t)(id + at);
		frames[i] = (struct frame){.data = data[i], .caplen = length, .len = length};
	}
}

/* Offers them; all are dealt with. */
static void send_frames(uint32_t first, uint32_t count)
{
	uint32_t taken;

	make(first, count);
	assert_int_equal(tx_send(tx, frames, count, &stats, &taken), 0);
	assert_int_equal(taken, count);
}

/* What the kernel took: those from first on but for the ones it was to refuse. */
static void assert_taken(uint32_t first, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++, first++) {
		while (k.answers[first])
			first++;
		assert_int_equal(k.ids[i], first);
	}
	assert_int_equal(k.taken, count);
}

static void close_way(void)
{
	tx_linger(tx);
	tx_close(tx);
}

static const enum tx_mode modes[] = {TX_RING, TX_SENDMMSG};

/* Twice around a ring. */
static void all_in_order(void **state)
{
	(void)state;
	for (unsigned m = 0; m < 2; m++) {
		uint64_t bytes = 0;
		uint32_t id = 0;

		open_way(modes[m], false);
		for (uint32_t count = 1; id + count <= IDS; id += count, count = count % 64 + 1) {
			send_frames(id, count);
			for (uint32_t i = 0; i < count; i++)
				bytes += frames[i].len;
		}
		assert_taken(0, id);
		assert_true(modes[m] != TX_RING || id > 2 * k.ring.tp_frame_nr);
		assert_int_equal(stats.sent, id);
		assert_int_equal(stats.sent_bytes, bytes);
		close_way();
		assert_int_equal(stats.tx_unfinished, 0);
	}
}

/* Those behind one that is refused go all the same; and that one's length is nobody
 * else's. */
static void refused_ones(void **state)
{
	(void)state;
	for (unsigned m = 0; m < 2; m++) {
		uint64_t bytes = 0;

		open_way(modes[m], false);
		send_frames(0, 10);
		for (uint32_t i = 0; i < 10; i++)
			bytes += frames[i].len;
		k.answers[10] = k.answers[20] = k.answers[30] = EINVAL;
		k.answers[22] = k.answers[33] = EMSGSIZE;
		send_frames(10, 24);
		for (uint32_t i = 0; i < 24; i++)
			bytes += k.answers[10 + i] ? 0 : frames[i].len;
		assert_taken(0, 29);
		assert_int_equal(stats.sent, 29);
		assert_int_equal(stats.sent_bytes, bytes);
		assert_int_equal(stats.tx_refused, 3);
		assert_int_equal(stats.tx_oversize, 2);
		assert_int_equal(k.looks, 2);
		close_way();
	}
}

/* What comes while it is down is lost, at once, and never comes later. The kernel says
 * so, or it is known. */
static void down(void **state)
{
	static const int errors[] = {0, ENETDOWN, ENXIO, ENODEV};

	(void)state;
	for (unsigned i = 0; i < 8; i++) {
		uint64_t begin;

		open_way(modes[i % 2], false);
		begin = k.now_ns;
		send_frames(0, 5);
		k.down = errors[i / 2];
		tx_usable(tx, k.down != 0);
		send_frames(5, 20);
		assert_int_equal(stats.tx_down, 20);
		k.down = 0;
		tx_usable(tx, true);
		for (uint32_t id = 5; id < 25; id++)
			k.answers[id] = EINVAL;
		send_frames(25, 5);
		assert_taken(0, 10);
		assert_int_equal(stats.sent, 10);
		assert_int_equal(stats.tx_down, 20);
		assert_int_equal(k.now_ns, begin);
		close_way();
	}
}

/* With patience they wait, and each goes once. Those that cannot go are counted
 * once, however often they are offered. */
static void down_and_patient(void **state)
{
	(void)state;
	for (unsigned m = 0; m < 2; m++) {
		uint32_t taken, at = 0;

		open_way(modes[m], true);
		make(0, 40);
		frames[3].caplen--;
		frames[30].caplen--;
		k.answers[3] = k.answers[30] = EINVAL;
		k.down = ENETDOWN;
		for (unsigned i = 0; i < 3; i++, at += taken)
			assert_int_equal(tx_send(tx, frames + at, 40 - at, &stats, &taken),
					 TX_WAIT);
		k.down = 0;
		assert_int_equal(k.taken, 0);
		assert_int_equal(tx_send(tx, frames + at, 40 - at, &stats, &taken), 0);
		assert_int_equal(taken, 40 - at);
		assert_taken(0, 38);
		assert_int_equal(stats.sent, 38);
		assert_int_equal(stats.tx_cut, 2);
		assert_int_equal(stats.tx_down, 0);
		close_way();
	}
}

/* A queue that stands still for a tenth of a second, or with patience for a second, is
 * full; one that moves by a frame at a time never is. */
static void full(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 4; i++) {
		const bool patient = i >= 2;
		uint64_t begin, waited, least;

		open_way(modes[i % 2], patient);
		begin = k.now_ns;
		k.queues = true;
		least = patient ? NS_PER_SECOND : NS_PER_SECOND / 10;
		k.room = 7;
		send_frames(0, 20);
		waited = k.now_ns - begin;
		assert_in_range(waited, least, least + NS_PER_MS);
		assert_taken(0, 7);
		assert_int_equal(stats.tx_full, 13);
		assert_int_equal(stats.tx_refused, 0);
		for (uint32_t id = 7; id < 20; id++)
			k.answers[id] = EINVAL;
		k.every_ns = NS_PER_SECOND / 11;
		send_frames(20, 30);
		assert_taken(0, 37);
		assert_int_equal(stats.tx_full, 13);
		assert_int_equal(stats.tx_refused, 0);
		close_way();
		assert_int_equal(stats.sent + stats.tx_unfinished, 37);
	}
}

/* What is dropped on its way out comes back as a full queue does. With none of ours in the
 * queue, or room made in it, it was not full: one frame is lost, and holds up no other. */
static void dropped_on_the_way(void **state)
{
	(void)state;
	for (unsigned m = 0; m < 2; m++) {
		uint64_t begin;

		open_way(modes[m], false);
		begin = k.now_ns;
		k.answers[3] = k.answers[4] = k.answers[19] = ENOBUFS;
		send_frames(0, 20);
		assert_taken(0, 17);
		assert_int_equal(stats.tx_refused, 3);
		assert_int_equal(stats.tx_full, 0);
		/* Whether it is one is tried once. */
		assert_int_equal(k.now_ns - begin, 50000);
		k.now_ns += 2 * NS_PER_SECOND;
		begin = k.now_ns;
		k.answers[30] = ENOBUFS;
		k.queues = true;
		k.room = 100;
		k.every_ns = NS_PER_MS;
		send_frames(20, 20);
		assert_taken(0, 36);
		assert_int_equal(stats.tx_refused, 4);
		assert_in_range(k.now_ns - begin, 3 * NS_PER_MS, 6 * NS_PER_MS);
		close_way();
	}
}

/* With patience the first is not believed at once: maybe the other end is going. */
static void dropped_with_patience(void **state)
{
	(void)state;
	for (unsigned m = 0; m < 2; m++) {
		uint64_t begin;

		open_way(modes[m], true);
		begin = k.now_ns;
		k.answers[3] = k.answers[4] = k.answers[19] = ENOBUFS;
		send_frames(0, 20);
		assert_taken(0, 17);
		assert_int_equal(stats.tx_refused, 3);
		assert_in_range(k.now_ns - begin, NS_PER_SECOND / 5, NS_PER_SECOND / 4);
		close_way();
	}
}

/* Sent is what has left: the kernel has given its slot back. */
static void on_their_way(void **state)
{
	uint32_t at = 0;

	(void)state;
	open_way(TX_RING, false);
	k.holds = true;
	send_frames(0, 10);
	assert_int_equal(stats.sent, 0);
	give_back(10);
	send_frames(10, 1);
	assert_int_equal(stats.sent, 10);
	/* No more are there than slots. */
	for (at = 11; at < 10 + k.ring.tp_frame_nr; at += 1)
		send_frames(at, 1);
	assert_int_equal(stats.tx_full, 0);
	send_frames(at, 1);
	assert_int_equal(stats.tx_full, 1);
	k.answers[at++] = EINVAL;
	give_back(1);
	send_frames(at, 1);
	assert_int_equal(stats.tx_full, 1);
	assert_int_equal(stats.sent, 11);
	assert_taken(0, at);
	/* At the end there is a second for them. */
	give_back(3);
	k.now_ns = NS_PER_SECOND;
	tx_linger(tx);
	assert_in_range(k.now_ns, 2 * NS_PER_SECOND, 2 * NS_PER_SECOND + 10 * NS_PER_MS);
	assert_int_equal(stats.sent, 14);
	assert_int_equal(stats.tx_unfinished, at - 14);
	tx_close(tx);
}

static void send_too_long(uint32_t count)
{
	const uint64_t before = stats.tx_oversize;
	uint32_t taken;

	make(0, count);
	for (uint32_t i = 0; i < count; i++)
		frames[i].len = frames[i].caplen = 9015;
	assert_int_equal(tx_send(tx, frames, count, &stats, &taken), 0);
	assert_int_equal(taken, count);
	assert_int_equal(stats.tx_oversize, before + count);
}

/* The MTU is asked for when there is news of the interface, and else, where a frame
 * is too long, once a second. */
static void looks_at_the_mtu(void **state)
{
	(void)state;
	for (unsigned m = 0; m < 2; m++) {
		open_way(modes[m], false);
		send_frames(0, 60);
		assert_int_equal(k.looks, 0);
		send_too_long(60);
		send_too_long(60);
		assert_int_equal(k.looks, 1);
		k.now_ns += NS_PER_SECOND - 1;
		send_too_long(60);
		assert_int_equal(k.looks, 1);
		k.now_ns++;
		send_too_long(60);
		assert_int_equal(k.looks, 2);
		/* Down to what all but those of 9014 bytes have; and it is heard of. */
		k.mtu = 1600;
		tx_usable(tx, true);
		send_frames(60, 60);
		assert_int_equal(k.looks, 3);
		assert_int_equal(stats.tx_oversize, 250);
		assert_int_equal(stats.sent, 110);
		k.mtu = 9000;
		assert_int_equal(tx_rebind(tx, 8), 0);
		assert_int_equal(tx_index(tx), 8);
		send_frames(120, 60);
		assert_int_equal(k.looks, 4);
		assert_int_equal(stats.sent, 170);
		close_way();
	}
}

/* A larger MTU makes no larger slots: what has no room in one goes by the other way, behind
 * those in front of it. */
static void longer_than_a_slot(void **state)
{
	uint32_t room, taken;

	(void)state;
	open_way(TX_RING, false);
	k.mtu = 10000;
	tx_usable(tx, true);
	room = k.ring.tp_frame_size - DATA_OFFSET - NET_BYTES;
	assert_in_range(room, 9018, LONGEST - 2);
	for (uint32_t i = 0; i < 4; i++) {
		memcpy(data[i], &i, sizeof(i));
		for (uint32_t at = sizeof(i); at < LONGEST; at++)
			data[i][at] = (uint8_t)(i + at);
		frames[i] = (struct frame){.data = data[i],
					   .caplen = room + i % 2,
					   .len = room + i % 2};
	}
	assert_int_equal(tx_send(tx, frames, 4, &stats, &taken), 0);
	assert_taken(0, 4);
	assert_int_equal(stats.sent, 4);
	assert_int_equal(stats.sent_bytes, 4 * room + 2);
	close_way();
}

/* Ethernet takes 4 bytes more of a frame with a tag; without its header nothing is one. */
static void tagged(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 12; i++) {
		const uint32_t header = i < 6 ? 14 : 0, more = 3 + i / 2 % 3;
		const struct tx_config config = {.name = "out",
						 .mtu = 1496,
						 .header_bytes = header,
						 .mode = modes[i % 2]};
		uint32_t taken;

		open_config(&config);
		k.mtu = 1496;
		for (unsigned tpid = 0; tpid < 2; tpid++) {
			/* So that its bytes are as the kernel looks for them. */
			const uint32_t id = tpid ? 0x88 - 12 : 0x81 - 12;

			data[0][0] = (uint8_t)id;
			memset(data[0] + 1, 0, 3);
			for (uint32_t at = sizeof(id); at < 1600; at++)
				data[0][at] = (uint8_t)(id + at);
			data[0][13] = tpid ? 0xa8 : 0;
			frames[0] = (struct frame){.data = data[0],
						   .caplen = 1496 + header + more,
						   .len = 1496 + header + more};
			k.tag = true;
			assert_int_equal(tx_send(tx, frames, 1, &stats, &taken), 0);
			assert_int_equal(stats.sent, header == 14 && more <= 4 ? tpid + 1 : 0);
			assert_int_equal(stats.sent + stats.tx_oversize, tpid + 1);
		}
		close_way();
	}
}

static void around_the_queue(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 4; i++) {
		const struct tx_config config = {.name = "out",
						 .mtu = 1500,
						 .mode = modes[i % 2],
						 .bypass_qdisc = i >= 2};

		open_config(&config);
		assert_int_equal(k.bypass, i >= 2);
		close_way();
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_in_order),
		cmocka_unit_test(refused_ones),
		cmocka_unit_test(down),
		cmocka_unit_test(down_and_patient),
		cmocka_unit_test(full),
		cmocka_unit_test(dropped_on_the_way),
		cmocka_unit_test(dropped_with_patience),
		cmocka_unit_test(on_their_way),
		cmocka_unit_test(looks_at_the_mtu),
		cmocka_unit_test(longer_than_a_slot),
		cmocka_unit_test(tagged),
		cmocka_unit_test(around_the_queue),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
