/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sends numbered frames out of an interface, as fast as sendmmsg goes or at a
 * rate: traffic for tests and measurements. Always bounded in time. What the
 * device refuses for want of room is sent again, so that every number goes
 * out exactly once.
 */
#include <errno.h>
#include <getopt.h>
#include <linux/if_packet.h>
#include <linux/virtio_net.h>
#include <net/if.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include "numbered.h"

#define BATCH      64u
#define SEND_BYTES (8 << 20)
#define SECOND_NS  1000000000ull

/* What a peer with the Internet's usual MTU would be sent. */
#define SEGMENT_BYTES 1448u

struct job {
	struct numbered frames;
	const char *interface;
	uint64_t count; /* 0: until the time is over or a signal */
	uint64_t rate;  /* frames a second; 0: as fast as it goes */
	uint64_t seconds;
	bool bypass;
};

struct batch {
	struct mmsghdr messages[BATCH];
	struct iovec parts[BATCH][2];
	uint8_t heads[BATCH][sizeof(struct virtio_net_hdr) + NUMBERED_HEAD_MAX];
};

static volatile sig_atomic_t stopped;

static void stop(int signal)
{
	(void)signal;
	stopped = 1;
}

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * SECOND_NS + (uint64_t)ts.tv_nsec;
}

static void sleep_until(uint64_t ns)
{
	struct timespec ts = {(time_t)(ns / SECOND_NS), (long)(ns % SECOND_NS)};

	clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL);
}

static int set_option(int fd, int level, int name, int value)
{
	return setsockopt(fd, level, name, &value, sizeof(value));
}

static int open_socket(const struct job *job)
{
	struct sockaddr_ll address = {.sll_family = AF_PACKET};
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -1;
	address.sll_ifindex = (int)if_nametoindex(job->interface);
	if (address.sll_ifindex == 0 || set_option(fd, SOL_SOCKET, SO_SNDBUFFORCE, SEND_BYTES) ||
	    (job->bypass && set_option(fd, SOL_PACKET, PACKET_QDISC_BYPASS, 1)) ||
	    (job->frames.gso && set_option(fd, SOL_PACKET, PACKET_VNET_HDR, 1)) ||
	    bind(fd, (struct sockaddr *)&address, sizeof(address))) {
		close(fd);
		return -1;
	}
	return fd;
}

static size_t put_vnet_header(const struct job *job, uint8_t *at)
{
	uint16_t l3 = (uint16_t)(NUMBERED_ETHERNET + 4 * job->frames.tag_count);
	struct virtio_net_hdr header = {
		.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM,
		.gso_type = VIRTIO_NET_HDR_GSO_TCPV4,
		.hdr_len = (uint16_t)(l3 + 40),
		.gso_size = SEGMENT_BYTES,
		.csum_start = (uint16_t)(l3 + 20),
		.csum_offset = 16,
	};

	memcpy(at, &header, sizeof(header));
	return sizeof(header);
}

static void fill_batch(const struct job *job, struct batch *batch, uint64_t number, unsigned count)
{
	for (unsigned i = 0; i < count; i++, number++) {
		uint8_t *head = batch->heads[i];
		struct iovec *parts = batch->parts[i];
		size_t vnet = job->frames.gso ? put_vnet_header(job, head) : 0;
		size_t bytes = numbered_head(&job->frames, number, head + vnet);

		parts[0] = (struct iovec){head, vnet + bytes};
		parts[1] = (struct iovec){(void *)(uintptr_t)numbered_rest(&job->frames, number),
					  numbered_size(&job->frames, number) - bytes};
		batch->messages[i].msg_hdr = (struct msghdr){.msg_iov = parts, .msg_iovlen = 2};
	}
}

/* Sends all of a batch; returns how many went out before time or patience
 * ended. */
static unsigned send_batch(int fd, struct batch *batch, unsigned count, uint64_t deadline)
{
	unsigned sent = 0;

	while (sent < count && !stopped) {
		int n = sendmmsg(fd, batch->messages + sent, count - sent, 0);

		if (n > 0) {
			sent += (unsigned)n;
		} else if (errno == ENOBUFS || errno == EAGAIN || errno == EINTR) {
			if (now_ns() >= deadline)
				break;
			usleep(50);
		} else {
			perror("generate: send");
			stopped = 1;
		}
	}
	return sent;
}

static int run(const struct job *job, int fd, struct batch *batch)
{
	uint64_t start = now_ns(), deadline = start + job->seconds * SECOND_NS, took;
	uint64_t sent = 0, bytes = 0;
	unsigned most = BATCH, part, done;

	/* At a low rate evenly spaced, at a high one in bursts of a millisecond. */
	if (job->rate > 0 && job->rate < BATCH * 1000)
		most = job->rate < 1000 ? 1 : (unsigned)(job->rate / 1000);
	do {
		part = most;
		if (job->count > 0 && job->count - sent < part)
			part = (unsigned)(job->count - sent);
		fill_batch(job, batch, job->frames.start + sent, part);
		if (job->rate > 0)
			sleep_until(start + (uint64_t)((double)sent * 1e9 / (double)job->rate));
		done = send_batch(fd, batch, part, deadline);
		for (unsigned i = 0; i < done; i++)
			bytes += numbered_size(&job->frames, job->frames.start + sent + i);
		sent += done;
	} while (done == part && part > 0 && !stopped && sent != job->count && now_ns() < deadline);
	took = now_ns() - start;
	printf("sent %llu frames %llu bytes in %.6f s\n", (unsigned long long)sent,
	       (unsigned long long)bytes, (double)took / 1e9);
	return sent >= job->count ? 0 : 1;
}

static void usage(FILE *out)
{
	fputs("usage: generate -i IF -n COUNT [options]\n"
	      "  -i IF               interface\n"
	      "  -n COUNT            frames; 0: until --seconds or a signal\n"
	      "  -r PPS              frames a second (0: as fast as it goes)\n"
	      "  --seconds N         give up after N seconds (60)\n"
	      "  --bypass            PACKET_QDISC_BYPASS\n" NUMBERED_HELP,
	      out);
}

static bool parse(int argc, char **argv, struct job *job)
{
	static const struct option options[] = {NUMBERED_LONG,
						{"seconds", required_argument, NULL, 't'},
						{"bypass", no_argument, NULL, 'b'},
						{NULL, 0, NULL, 0}};
	bool counted = false;

	for (int c; (c = getopt_long(argc, argv, "i:n:r:" NUMBERED_SHORT, options, NULL)) != -1;) {
		bool good = true;

		if (c == 'i')
			job->interface = optarg;
		else if (c == 'n')
			good = counted = numbered_parse(optarg, UINT64_MAX, &job->count);
		else if (c == 'r')
			good = numbered_parse(optarg, UINT32_MAX, &job->rate);
		else if (c == 't')
			good = numbered_parse(optarg, 3600, &job->seconds);
		else if (c == 'b')
			job->bypass = true;
		else
			good = numbered_option(&job->frames, c, optarg);
		if (!good) {
			if (c != '?')
				fprintf(stderr, "generate: bad value '%s'\n", optarg);
			return false;
		}
	}
	return optind == argc && job->interface != NULL && counted;
}

int main(int argc, char **argv)
{
	struct sigaction action = {.sa_handler = stop};
	struct job *job = calloc(1, sizeof(*job));
	struct batch *batch = calloc(1, sizeof(*batch));
	int fd = -1, status = 2;

	if (job == NULL || batch == NULL)
		goto out;
	job->seconds = 60;
	numbered_init(&job->frames);
	if (!parse(argc, argv, job)) {
		usage(stderr);
		goto out;
	}
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	status = 1;
	fd = open_socket(job);
	if (fd < 0)
		fprintf(stderr, "generate: %s: %s\n", job->interface, strerror(errno));
	else
		status = run(job, fd, batch);
out:
	if (fd >= 0)
		close(fd);
	free(batch);
	free(job);
	return status;
}
