/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sees to the memory behind the buffers, page by page, while nothing else has to be done.
 * Memory that is new costs as much as copying into it, and two to seven times that in a
 * guest whose host has to find it, too: a burst would be over before it is there. So
 * some is there before it is needed, and marked as free (MADV_FREE): as long as nobody else
 * needs it, it is taken into use again for nothing; otherwise the system takes it like a
 * file's clean pages.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/clock.h"
#include "spill_parts.h"
#include "spill_ready.h"

/* What is short is not begun with at once: many a run is over by then. */
#define START_NS NS_PER_SECOND

/* So much is there soon; the rest comes at a pace of a page each PACE_NS, 128 MiB/s: who captures
 * for some seconds does not pay for a pool that a recorder of months has. */
#define SOON_BYTES (UINT64_C(256) << 20)
#define PACE_NS    (SPILL_PAGE_BYTES * NS_PER_SECOND / (UINT64_C(128) << 20))

/* How often it is looked whether something is to be done. */
#define LOOK_NS (NS_PER_SECOND / 4)

/* It yields to what has work to do, but not for ever: what else wants to change the address
 * space waits for it. */
#define NICE 10

/* How many pages are filled between two looks at how much memory is left. */
#define PAGES_A_LOOK 32u

/* Most that is kept ready. */
#define READY_MOST (UINT64_C(4) << 30)

/* Where the kernel's headers are older than the kernel. */
#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23
#endif

struct spill_ready {
	struct spill *spill;
	uint32_t pages; /* the first so many are to be ready */
	uint32_t filled;
	bool scarce; /* the system has little left, or none to give */
	pthread_mutex_t lock;
	pthread_cond_t wake;
	bool ends; /* under lock */
	pthread_t thread;
};

/* Waits, unless it is to end. Whether it goes on. */
static bool rest(struct spill_ready *r, uint64_t ns)
{
	const uint64_t until = clock_monotonic() + ns;
	const struct timespec end = {.tv_sec = (time_t)(until / NS_PER_SECOND),
				     .tv_nsec = (long)(until % NS_PER_SECOND)};
	bool ends;

	pthread_mutex_lock(&r->lock);
	while (!r->ends && pthread_cond_timedwait(&r->wake, &r->lock, &end) == 0)
		;
	ends = r->ends;
	pthread_mutex_unlock(&r->lock);
	return !ends;
}

/* Puts memory behind a page. Whether it is there. */
static bool fill(uint8_t *at)
{
	if (madvise(at, SPILL_PAGE_BYTES, MADV_POPULATE_WRITE) == 0)
		return true;
	if (errno != EINVAL)
		return false;
	/* Linux 5.13 and older. Nobody else has the page now. */
	for (size_t i = 0; i < SPILL_PAGE_BYTES; i += 4096)
		*(volatile uint8_t *)(at + i) = 0;
	return true;
}

static bool is_free(const struct spill *s, uint32_t page)
{
	const uint32_t first = page * SPILL_PAGE_BUFFERS;
	const uint64_t bits = (UINT64_C(1) << SPILL_PAGE_BUFFERS) - 1;

	return (atomic_load(&s->taken[first / 64]) >> first % 64 & bits) == 0;
}

/* Others need memory, too: none is taken where less is left than we could use. */
static bool is_scarce(struct spill_ready *r)
{
	if (r->filled++ % PAGES_A_LOOK == 0) {
		const uint64_t left = spill_available();

		r->scarce = left != 0 && left < spill_bound(r->spill);
	}
	return r->scarce;
}

/* What becomes of a page that nobody uses. */
static enum spill_page tend_free(struct spill_ready *r, uint32_t page, enum spill_page is)
{
	uint8_t *at = r->spill->memory + (size_t)page * SPILL_PAGE_BYTES;

	if (page >= r->pages) {
		madvise(at, SPILL_PAGE_BYTES, MADV_DONTNEED);
		return SPILL_COLD;
	}
	if (is == SPILL_COLD && !fill(at)) {
		r->scarce = true;
		return SPILL_COLD;
	}
	/* Linux 4.4 and older keep it. */
	madvise(at, SPILL_PAGE_BYTES, MADV_FREE);
	return SPILL_READY;
}

/* Whether something was done about a page. */
static bool tend(struct spill_ready *r, uint32_t page)
{
	struct spill *s = r->spill;
	const enum spill_page is = (enum spill_page)atomic_load(&s->pages[page]);
	bool does;

	if (is == SPILL_READY || (is == SPILL_COLD && (page >= r->pages || is_scarce(r))))
		return false;
	atomic_store(&s->tended, page);
	does = is_free(s, page);
	if (does)
		atomic_store(&s->pages[page], (uint8_t)tend_free(r, page, is));
	atomic_store(&s->tended, SPILL_TENDED_NONE);
	return does;
}

/* How long to rest after what was done about a page: as long again for others, at least. */
static uint64_t pause_after(uint32_t page, bool filled, uint64_t took_ns)
{
	if (!filled || (uint64_t)page * SPILL_PAGE_BYTES < SOON_BYTES || took_ns > PACE_NS)
		return took_ns;
	return PACE_NS;
}

/* All pages once, but for the base, as long as nobody needs them. Whether it goes on. */
static bool tend_all(struct spill_ready *r)
{
	const uint32_t count = r->spill->count / SPILL_PAGE_BUFFERS;

	r->scarce = false;
	r->filled = 0;
	for (uint32_t page = SPILL_BASE_BUFFERS / SPILL_PAGE_BUFFERS; page < count; page++) {
		const uint64_t begun = clock_monotonic();
		const bool cold = atomic_load(&r->spill->pages[page]) == SPILL_COLD;

		if (spill_used(r->spill) > 0)
			return true;
		if (tend(r, page) && !rest(r, pause_after(page, cold, clock_monotonic() - begun)))
			return false;
	}
	return true;
}

static void *run(void *context)
{
	struct spill_ready *r = context;
	bool goes_on = rest(r, START_NS), calm = true;

	setpriority(PRIO_PROCESS, (id_t)gettid(), NICE);
	while (goes_on) {
		const bool was = calm;

		calm = spill_used(r->spill) == 0;
		/* What comes in bursts is left in peace between them. */
		if (!was || !calm || tend_all(r))
			goes_on = rest(r, LOOK_NS);
		else
			goes_on = false;
	}
	return NULL;
}

static void free_ready(struct spill_ready *r)
{
	pthread_cond_destroy(&r->wake);
	pthread_mutex_destroy(&r->lock);
	free(r);
}

static int start(struct spill_ready *r)
{
	sigset_t all, before;
	int rc;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	rc = pthread_create(&r->thread, NULL, run, r);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return -rc;
}

int spill_ready_open(struct spill *s, struct spill_ready **result)
{
	const uint64_t half = spill_bound(s) / 2, most = half < READY_MOST ? half : READY_MOST;
	struct spill_ready *r;
	pthread_condattr_t monotonic;
	int rc;

	*result = NULL;
	if (most < SPILL_PAGE_BYTES)
		return 0;
	r = calloc(1, sizeof(*r));
	if (!r)
		return -ENOMEM;
	r->spill = s;
	r->pages = (uint32_t)(most / SPILL_PAGE_BYTES) + SPILL_BASE_BUFFERS / SPILL_PAGE_BUFFERS;
	pthread_mutex_init(&r->lock, NULL);
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&r->wake, &monotonic);
	pthread_condattr_destroy(&monotonic);
	rc = start(r);
	if (rc < 0)
		free_ready(r);
	else
		*result = r;
	return rc;
}

void spill_ready_close(struct spill_ready *r)
{
	if (!r)
		return;
	pthread_mutex_lock(&r->lock);
	r->ends = true;
	pthread_cond_signal(&r->wake);
	pthread_mutex_unlock(&r->lock);
	pthread_join(r->thread, NULL);
	free_ready(r);
}
