/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Waits for interfaces that are not there yet. What comes is only looked at
 * for whether it has one of the names.
 */
#include "wait_link.h"

#include <poll.h>

#include "link_watch.h"
#include "netdev.h"

static void ignore_event(void *context, const struct link_event *event)
{
	(void)context;
	(void)event;
}

static int wait_for(struct link_watch *watch, const char *name, struct log *log, struct error *err)
{
	struct pollfd fd = {.fd = link_watch_fd(watch), .events = POLLIN};
	struct netdev dev;
	bool said = false;
	int rc = 0;

	while (rc >= 0 && netdev_find(name, &dev, err) < 0) {
		if (err->kind != ERROR_USAGE)
			return -err->code;
		if (!said)
			log_say(log, NOTE_ADOPT, name, "%s: waiting for the interface", name);
		said = true;
		poll(&fd, 1, -1);
		rc = link_watch_read(watch, ignore_event, NULL, err);
	}
	return rc < 0 ? rc : 0;
}

int wait_for_links(const struct options *options, struct log *log, struct error *err)
{
	struct link_watch *watch;
	int rc = link_watch_open(&watch, err);

	if (rc < 0)
		return rc;
	for (uint32_t i = 0; i < options->interface_count && rc == 0; i++)
		rc = wait_for(watch, options->interfaces[i].name, log, err);
	link_watch_close(watch);
	return rc;
}
