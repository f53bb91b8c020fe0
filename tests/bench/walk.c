/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Takes frames from an interface the way the program does and does nothing
 * with them: the ring walked with no sink at all, the limit any recorder over
 * this ring comes up against. Ends with SIGINT and prints how many there were.
 */
#include <errno.h>
#include <net/if.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/stats.h"
#include "frames/weave.h"
#include "ring/geometry.h"
#include "ring/rx_ring.h"
#include "system/filter.h"

#define RING_BYTES (64u << 20)
#define SNAPLEN    262144u
#define DLT_EN10MB 1
#define TIMEOUT_MS 100u

static int open_ring(const char *name, struct stats *stats, struct rx_ring **ring,
		     struct error *err)
{
	struct filter_config filter_config = {.interface = name,
					      .linktype = DLT_EN10MB,
					      .snaplen = SNAPLEN};
	struct geometry_request request = {
		.version = RING_V3,
		.ring_bytes = RING_BYTES,
		.reserve = rx_ring_reserve(false),
		.priv_bytes = WEAVE_PRIV_BYTES,
		.page_bytes = (uint32_t)sysconf(_SC_PAGESIZE),
	};
	struct geometry geometry;
	struct rx_ring_config config = {
		.socket = {.name = name,
			   .index = (int)if_nametoindex(name),
			   .geometry = &geometry,
			   .block_timeout_ms = TIMEOUT_MS},
		.snaplen = SNAPLEN,
		.stats = stats,
	};
	struct filter *filter = NULL;
	int rc;

	if (config.socket.index == 0)
		return error_set(err, ENODEV, "%s: no such interface", name);
	rc = filter_compile(&filter_config, &filter, err);
	config.socket.filter = filter;
	if (rc == 0)
		rc = geometry_plan(&request, &geometry, err);
	if (rc == 0)
		rc = rx_ring_open(&config, ring, err);
	if (rc == 0)
		rc = rx_ring_start(*ring, err);
	filter_free(filter);
	return rc;
}

static int watch(int epoll, int fd, uint32_t events)
{
	struct epoll_event event = {.events = events, .data.fd = fd};

	return epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
}

/* Returns 0 once the signal has come, -1 when the waiting does not work. */
static int walk(struct rx_ring *ring, int signals, uint64_t *frames)
{
	int epoll = epoll_create1(EPOLL_CLOEXEC);
	struct epoll_event event = {.data.fd = -1};
	struct block *block;
	struct frame batch[32];
	struct feed *feed = rx_ring_feed(ring);
	uint32_t count;
	int rc = -1;

	if (epoll >= 0 && watch(epoll, signals, EPOLLIN) == 0 &&
	    watch(epoll, feed->fd, EPOLLIN | EPOLLET) == 0)
		rc = 1;
	while (rc > 0 && event.data.fd != signals) {
		while (feed->ops->next(feed, &block) == 1) {
			while ((count = feed->ops->frames(feed, block, batch, 32)) > 0)
				*frames += count;
			block_put(block);
		}
		rc = epoll_wait(epoll, &event, 1, -1);
	}
	close(epoll);
	return rc > 0 ? 0 : -1;
}

int main(int argc, char **argv)
{
	struct stats stats = {0};
	struct rx_ring *ring = NULL;
	struct error err = {0};
	uint64_t frames = 0;
	sigset_t set;
	int signals, rc;

	if (argc != 2) {
		fputs("usage: walk INTERFACE\n", stderr);
		return 2;
	}
	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signals = signalfd(-1, &set, SFD_CLOEXEC);
	if (open_ring(argv[1], &stats, &ring, &err) < 0) {
		fprintf(stderr, "walk: %s\n", err.text);
		rx_ring_close(ring);
		return 1;
	}
	rc = walk(ring, signals, &frames);
	if (rc < 0)
		perror("walk: wait");
	rx_ring_close(ring);
	printf("%llu\n", (unsigned long long)frames);
	return rc < 0;
}
