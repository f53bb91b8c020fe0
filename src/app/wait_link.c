/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Waits for interfaces that are not there yet. What comes is only looked at
 * for whether it has one of the names.
 */
#include "wait_link.h"

#include <limits.h>
#include <poll.h>
#include <signal.h>

#include "base/clock.h"
#include "system/link_watch.h"
#include "system/netdev.h"

/* How often a manager without a watchdog is told: one that had no room for
 * READY=1 gets it with the next message. */
#define TELL_NS (10 * NS_PER_SECOND)

struct wait {
	struct link_watch *watch;
	struct log *log;
	struct notify *notify;
	uint64_t tell_ns; /* when the manager is told again */
};

static void ignore_event(void *context, const struct link_event *event)
{
	(void)context;
	(void)event;
}

static uint64_t interval_ns(const struct wait *w)
{
	const uint64_t watchdog_ns = notify_watchdog_ns(w->notify);

	return watchdog_ns ? watchdog_ns : TELL_NS;
}

static void begin(struct wait *w, const char *name)
{
	log_say(w->log, NOTE_ADOPT, name, "%s: waiting for the interface", name);
	notify_ready(w->notify);
	notify_status(w->notify, "waiting for %s", name);
	w->tell_ns = clock_boot(&clock_system) + interval_ns(w);
}

/* Tells the manager, if it is time to. Milliseconds until it will be, as poll
 * takes them: -1 for never. */
static int tell(struct wait *w, const char *name)
{
	uint64_t now = clock_boot(&clock_system), ms;

	if (!w->notify)
		return -1;
	if (now >= w->tell_ns) {
		if (notify_watchdog_ns(w->notify))
			notify_watchdog(w->notify);
		else
			notify_status(w->notify, "waiting for %s", name);
		w->tell_ns = now + interval_ns(w);
	}
	ms = (w->tell_ns - now) / NS_PER_MS + 1;
	return ms < INT_MAX ? (int)ms : INT_MAX;
}

static int wait_for(struct wait *w, const char *name, struct error *err)
{
	struct pollfd fd = {.fd = link_watch_fd(w->watch), .events = POLLIN};
	struct netdev dev;
	bool begun = false;
	int rc = 0;

	while (rc >= 0 && netdev_find(name, &dev, err) < 0) {
		if (err->kind != ERROR_USAGE)
			return -err->code;
		if (!begun)
			begin(w, name);
		begun = true;
		/* Time alone brings no interface. */
		while (poll(&fd, 1, tell(w, name)) == 0)
			continue;
		rc = link_watch_read(w->watch, ignore_event, NULL, err);
	}
	/* What is still to be opened has all of the watchdog's time. */
	if (begun && notify_watchdog_ns(w->notify))
		notify_watchdog(w->notify);
	return rc < 0 ? rc : 0;
}

int wait_for_links(const struct options *options, struct log *log, struct notify *notify,
		   struct error *err)
{
	struct wait w = {.log = log, .notify = notify};
	void (*hangup)(int) = SIG_DFL;
	int rc = link_watch_open(&w.watch, err);

	if (rc < 0)
		return rc;
	/* A manager that was told READY=1 may send it at any time. */
	if (options->rotates)
		hangup = signal(SIGHUP, SIG_IGN);
	for (uint32_t i = 0; i < options->interface_count && rc == 0; i++)
		rc = wait_for(&w, options->interfaces[i].name, err);
	if (rc == 0 && options->out)
		rc = wait_for(&w, options->out, err);
	if (options->rotates)
		signal(SIGHUP, hangup);
	link_watch_close(w.watch);
	return rc;
}
