/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Times of frames on their way, in two kinds. Through something that forwards:
 * frames with a number and CLOCK_MONOTONIC inside leave from one network namespace
 * at a rate, and a thread takes them in another. And of a replay: what arrives
 * on an interface is held, by the kernel's stamps, against a schedule with a
 * fixed gap that begins with the first frame. Knows nothing of the program's own
 * code.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#define TYPE_LOCAL   0x88b5 /* IEEE 802 local experimental */
#define FRAME_BYTES  64u
#define MAGIC        0x57544c54u
#define SECOND_NS    1000000000ull
#define QUIET_MS     500 /* so long after the last one none is waited for */
#define BUFFER_BYTES (8 << 20)

struct stamp {
	uint32_t magic;
	uint32_t number;
	uint64_t ns;
};

struct times {
	int fd;
	uint64_t count;   /* that are to come */
	uint64_t got;     /* that came */
	uint64_t *values; /* ns, of each that came */
};

static uint64_t now_ns(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return (uint64_t)ts.tv_sec * SECOND_NS + (uint64_t)ts.tv_nsec;
}

static int fail(const char *what, const char *name)
{
	fprintf(stderr, "latency: %s %s: %s\n", what, name, strerror(errno));
	return -1;
}

/* A packet socket on an interface of this namespace; protocol 0 takes nothing. */
static int open_socket(const char *interface, uint16_t protocol)
{
	struct sockaddr_ll address = {.sll_family = AF_PACKET, .sll_protocol = htons(protocol)};
	const struct timeval quiet = {.tv_usec = QUIET_MS * 1000};
	const int bytes = BUFFER_BYTES, one = 1;
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);

	address.sll_ifindex = (int)if_nametoindex(interface);
	if (fd < 0 || address.sll_ifindex == 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof(bytes)) < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &quiet, sizeof(quiet)) < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &one, sizeof(one)) < 0 ||
	    setsockopt(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &one, sizeof(one)) < 0 ||
	    bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
		return fail("open", interface);
	return fd;
}

/* All that follows is of that namespace. */
static int enter(const char *namespace)
{
	char path[256];
	int fd;

	snprintf(path, sizeof(path), "/run/netns/%s", namespace);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || setns(fd, CLONE_NEWNET) < 0)
		return fail("enter", namespace);
	close(fd);
	return 0;
}

/* One frame; its length, 0 when none came for long. stamp_ns: the kernel's. */
static ssize_t take(int fd, uint8_t *data, size_t room, uint64_t *stamp_ns)
{
	char control[CMSG_SPACE(sizeof(struct timespec)) + 64];
	struct iovec part = {data, room};
	struct msghdr message = {.msg_iov = &part,
				 .msg_iovlen = 1,
				 .msg_control = control,
				 .msg_controllen = sizeof(control)};
	ssize_t bytes = recvmsg(fd, &message, 0);

	for (struct cmsghdr *c = CMSG_FIRSTHDR(&message); bytes > 0 && c;
	     c = CMSG_NXTHDR(&message, c)) {
		struct timespec ts;

		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_TIMESTAMPNS)
			continue;
		memcpy(&ts, CMSG_DATA(c), sizeof(ts));
		*stamp_ns = (uint64_t)ts.tv_sec * SECOND_NS + (uint64_t)ts.tv_nsec;
	}
	return bytes > 0 ? bytes : 0;
}

static int compare(const void *a, const void *b)
{
	const uint64_t *left = a, *right = b;

	return *left < *right ? -1 : *left > *right;
}

static double part_us(const struct times *t, unsigned permille)
{
	return t->got ? (double)t->values[(t->got - 1) * permille / 1000] / 1e3 : 0;
}

/* --- through a forwarder ----------------------------------------------------------- */

static void *take_stamped(void *context)
{
	struct times *t = context;
	uint8_t data[2048];
	uint64_t ignored;
	struct stamp stamp;
	ssize_t bytes;

	while (t->got < t->count && (bytes = take(t->fd, data, sizeof(data), &ignored)) > 0) {
		const uint64_t now = now_ns(CLOCK_MONOTONIC);

		if ((size_t)bytes < ETH_HLEN + sizeof(stamp))
			continue;
		memcpy(&stamp, data + ETH_HLEN, sizeof(stamp));
		if (stamp.magic == MAGIC)
			t->values[t->got++] = now - stamp.ns;
	}
	return NULL;
}

static int send_stamped(int fd, uint64_t count, uint64_t rate)
{
	uint8_t frame[FRAME_BYTES] = {2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 0x88, 0xb5};
	const uint64_t start = now_ns(CLOCK_MONOTONIC);

	for (uint64_t i = 0; i < count; i++) {
		const uint64_t due = start + i * SECOND_NS / rate;
		const struct timespec ts = {(time_t)(due / SECOND_NS), (long)(due % SECOND_NS)};
		struct stamp stamp = {.magic = MAGIC, .number = (uint32_t)i};

		clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL);
		stamp.ns = now_ns(CLOCK_MONOTONIC);
		memcpy(frame + ETH_HLEN, &stamp, sizeof(stamp));
		if (send(fd, frame, sizeof(frame), 0) < 0)
			return fail("send", "");
	}
	return 0;
}

/* latency FROM-NAMESPACE FROM-IF TO-NAMESPACE TO-IF COUNT RATE */
static int through(char **argv, struct times *t)
{
	const uint64_t rate = strtoull(argv[5], NULL, 10);
	pthread_t thread;
	int from, rc;

	if (rate == 0 || enter(argv[0]) < 0 || (from = open_socket(argv[1], 0)) < 0 ||
	    enter(argv[2]) < 0 || (t->fd = open_socket(argv[3], TYPE_LOCAL)) < 0)
		return -1;
	if (pthread_create(&thread, NULL, take_stamped, t) != 0)
		return fail("start", "a thread");
	rc = send_stamped(from, t->count, rate);
	pthread_join(thread, NULL);
	qsort(t->values, t->got, sizeof(t->values[0]), compare);
	printf("%llu %llu %.2f %.2f %.2f\n", (unsigned long long)t->count,
	       (unsigned long long)t->got, part_us(t, 500), part_us(t, 990), part_us(t, 1000));
	return rc;
}

/* --- of a replay ---------------------------------------------------------------------- */

/* latency -a IF COUNT GAP-NS: prints how many came, the 99 % of the errors, and that of
 * the last one, in us. */
static int arrivals(char **argv, struct times *t)
{
	const int64_t gap = strtoll(argv[2], NULL, 10);
	uint64_t first = 0, stamp = 0, wait_until = now_ns(CLOCK_MONOTONIC) + 20 * SECOND_NS;
	int64_t error = 0;
	uint8_t data[2048];

	t->fd = open_socket(argv[0], ETH_P_ALL);
	if (t->fd < 0)
		return -1;
	puts("ready");
	fflush(stdout);
	while (t->got < t->count) {
		if (take(t->fd, data, sizeof(data), &stamp) == 0) {
			if (t->got > 0 || now_ns(CLOCK_MONOTONIC) > wait_until)
				break;
			continue;
		}
		first = t->got ? first : stamp;
		error = (int64_t)(stamp - first) - (int64_t)t->got * gap;
		t->values[t->got++] = (uint64_t)(error < 0 ? -error : error);
	}
	qsort(t->values, t->got, sizeof(t->values[0]), compare);
	printf("%llu %.2f %.2f\n", (unsigned long long)t->got, part_us(t, 990),
	       (double)error / 1e3);
	return 0;
}

int main(int argc, char **argv)
{
	const bool replay = argc == 5 && strcmp(argv[1], "-a") == 0;
	struct times times = {.fd = -1};
	int rc;

	if (!replay && argc != 7) {
		fputs("usage: latency FROM-NAMESPACE FROM-IF TO-NAMESPACE TO-IF COUNT RATE\n"
		      "       latency -a IF COUNT GAP-NS\n",
		      stderr);
		return 2;
	}
	times.count = strtoull(replay ? argv[3] : argv[5], NULL, 10);
	times.values = calloc(times.count ? times.count : 1, sizeof(times.values[0]));
	if (!times.values)
		return 1;
	rc = replay ? arrivals(argv + 2, &times) : through(argv + 1, &times);
	if (times.fd >= 0)
		close(times.fd);
	free(times.values);
	return rc < 0;
}
