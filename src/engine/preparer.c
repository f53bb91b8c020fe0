/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sleeps in poll() until a ring thread, or the end, writes the eventfd.
 */
#include "preparer.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

struct preparer {
	const struct lane *lanes;
	uint32_t count;
	int work_fd;
	_Atomic bool ends;
	pthread_t thread;
};

static bool wants_any(const struct lane *lane)
{
	for (uint32_t i = 0; i < lane->config->sink_count; i++)
		if (lane->config->sinks[i]->ops->prepare)
			return true;
	return false;
}

static void prepare_all(const struct lane *lane)
{
	for (uint32_t i = 0; i < lane->config->sink_count; i++)
		if (lane->config->sinks[i]->ops->prepare)
			lane->config->sinks[i]->ops->prepare(lane->config->sinks[i]);
}

static void *run(void *context)
{
	struct preparer *p = context;
	struct pollfd work = {.fd = p->work_fd, .events = POLLIN};
	uint64_t times;

	for (;;) {
		poll(&work, 1, -1);
		(void)!read(p->work_fd, &times, sizeof(times));
		if (atomic_load(&p->ends))
			return NULL;
		for (uint32_t i = 0; i < p->count; i++)
			prepare_all(&p->lanes[i]);
	}
}

int preparer_open(const struct lane *lanes, uint32_t count, int work_fd, struct preparer **result,
		  struct error *err)
{
	struct preparer *p;
	bool wanted = false;
	int rc;

	*result = NULL;
	for (uint32_t i = 0; i < count; i++)
		wanted |= wants_any(&lanes[i]);
	if (!wanted)
		return 0;
	p = calloc(1, sizeof(*p));
	if (!p)
		return error_system(err, ENOMEM, "start the capture");
	*p = (struct preparer){.lanes = lanes, .count = count, .work_fd = work_fd};
	rc = pthread_create(&p->thread, NULL, run, p);
	if (rc != 0) {
		free(p);
		return error_system(err, rc, "start a thread that reserves disk space");
	}
	*result = p;
	return 0;
}

void preparer_close(struct preparer *p)
{
	const uint64_t one = 1;

	if (!p)
		return;
	atomic_store(&p->ends, true);
	(void)!write(p->work_fd, &one, sizeof(one));
	pthread_join(p->thread, NULL);
	free(p);
}
