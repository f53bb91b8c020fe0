/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Looks at what the kernel says of interfaces and binds sockets again. A state
 * is what was told last; events come as it changes.
 */
#include "engine/attach.h"

#include <errno.h>
#include <linux/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "system/link_watch.h"

/* An interface as it was told last. */
struct attachment {
	enum attach_change state; /* ATTACH_BACK: it is there */
	enum attach_change cause; /* of the gap: the worst it has been in it */
	uint64_t since_ns;        /* when the gap began */
	char name[IF_NAMESIZE];   /* that it has, as far as was told */
	bool unbound;             /* the socket's interface was deleted */
	bool news;
};

struct attach {
	struct attach_config config;
	struct link_watch *watch;
	struct attachment *attachments;
};

static void note_event(void *context, const struct link_event *event)
{
	struct attach *a = context;

	for (uint32_t i = 0; i < a->config.count; i++) {
		const struct attach_interface *interface = &a->config.interfaces[i];
		struct attachment *at = &a->attachments[i];
		bool bound = interface->socket &&
			     interface->ops->index(interface->socket) == event->index;

		/* What is waited for may come under an alternative name. */
		at->news |= bound || at->unbound || strcmp(event->name, interface->name) == 0 ||
			    strcmp(at->name, interface->name) != 0;
		/* One made anew can get its number: the socket is not its. */
		at->unbound |= bound && event->deleted;
	}
}

static void tell(struct attach *a, uint32_t i, struct attach_event *event)
{
	event->interface = i;
	a->config.changed(a->config.context, event);
}

static void set_usable(struct attach *a, uint32_t i, bool usable)
{
	const struct attach_interface *interface = &a->config.interfaces[i];

	if (interface->ops->usable)
		interface->ops->usable(interface->socket, usable);
}

/* The interface is not there. */
static void set_gap(struct attach *a, uint32_t i, enum attach_change state)
{
	struct attachment *at = &a->attachments[i];
	struct attach_event event = {.change = state, .from_ns = clock_wall(&clock_system)};

	set_usable(a, i, false);
	if (at->state == state)
		return;
	if (at->state == ATTACH_BACK)
		at->since_ns = event.from_ns;
	if (at->state == ATTACH_BACK || at->cause == ATTACH_DOWN)
		at->cause = state;
	at->state = state;
	tell(a, i, &event);
}

static void set_there(struct attach *a, uint32_t i, const char *name)
{
	struct attachment *at = &a->attachments[i];
	struct attach_event event = {.change = ATTACH_BACK, .cause = at->cause};

	set_usable(a, i, true);
	if (at->state != ATTACH_BACK) {
		event.from_ns = at->since_ns;
		event.to_ns = clock_wall(&clock_system);
		at->state = ATTACH_BACK;
		tell(a, i, &event);
	}
	if (strcmp(at->name, name) == 0)
		return;
	snprintf(at->name, sizeof(at->name), "%s", name);
	event = (struct attach_event){.change = ATTACH_RENAMED,
				      .from_ns = clock_wall(&clock_system)};
	snprintf(event.name, sizeof(event.name), "%s", name);
	tell(a, i, &event);
}

/* It is up: whether anything gets through is another question. */
static void set_up(struct attach *a, uint32_t i, const struct link_state *link)
{
	const struct attach_interface *interface = &a->config.interfaces[i];

	if (interface->ops->usable && !(link->flags & IFF_LOWER_UP))
		set_gap(a, i, ATTACH_DOWN);
	else
		set_there(a, i, link->name);
}

/* Binds to the one that has the name now. */
static void bind_again(struct attach *a, uint32_t i, const struct link_state *named)
{
	const struct attach_interface *interface = &a->config.interfaces[i];
	struct attachment *at = &a->attachments[i];

	/* What it was bound to takes nothing for it any more, if it ever did. */
	if (at->unbound)
		set_gap(a, i, ATTACH_GONE);
	if (named->arphrd != interface->arphrd) {
		set_gap(a, i, ATTACH_OTHER);
		return;
	}
	if (interface->ops->rebind(interface->socket, named->index) < 0) {
		set_gap(a, i, ATTACH_GONE);
		at->unbound = true;
		return;
	}
	at->unbound = false;
	/* Under an alternative name it may be called otherwise. */
	if (strcmp(named->name, interface->name) == 0)
		snprintf(at->name, sizeof(at->name), "%s", named->name);
	if (named->up)
		set_up(a, i, named);
	else
		set_gap(a, i, ATTACH_DOWN);
}

static void look_at(struct attach *a, uint32_t i)
{
	const struct attach_interface *interface = &a->config.interfaces[i];
	struct attachment *at = &a->attachments[i];
	struct link_view view = {
		.name = interface->name,
		.bound = at->unbound ? 0 : interface->ops->bound(interface->socket),
	};

	/* Nothing is known then. */
	if (link_watch_look(a->watch, &view) < 0)
		return;
	switch (link_decide(&view)) {
	case LINK_KEEP:
	case LINK_RENAMED:
		set_up(a, i, view.by_index.present ? &view.by_index : &view.by_name);
		break;
	case LINK_DOWN:
		set_gap(a, i, ATTACH_DOWN);
		break;
	case LINK_BIND:
		bind_again(a, i, &view.by_name);
		break;
	case LINK_GONE:
		at->unbound = true;
		set_gap(a, i, ATTACH_GONE);
		break;
	}
}

void attach_look(struct attach *a, bool all)
{
	/* Too much news to keep, or none to be had. */
	if (link_watch_read(a->watch, note_event, a, NULL) != 0)
		all = true;
	for (uint32_t i = 0; i < a->config.count; i++) {
		struct attachment *at = &a->attachments[i];

		if (a->config.interfaces[i].socket && (at->news || all))
			look_at(a, i);
		at->news = false;
	}
}

int attach_open(const struct attach_config *config, struct attach **result, struct error *err)
{
	struct attach *a = calloc(1, sizeof(*a));
	int rc;

	if (!a)
		return error_system(err, ENOMEM, "watch the interfaces");
	a->config = *config;
	a->attachments = calloc(config->count, sizeof(*a->attachments));
	rc = a->attachments ? link_watch_open(&a->watch, err)
			    : error_system(err, ENOMEM, "watch the interfaces");
	if (rc < 0) {
		attach_close(a);
		return rc;
	}
	for (uint32_t i = 0; i < config->count; i++) {
		a->attachments[i].state = ATTACH_BACK;
		snprintf(a->attachments[i].name, sizeof(a->attachments[i].name), "%s",
			 config->interfaces[i].known);
	}
	*result = a;
	return 0;
}

int attach_fd(const struct attach *a)
{
	return link_watch_fd(a->watch);
}

void attach_close(struct attach *a)
{
	if (!a)
		return;
	link_watch_close(a->watch);
	free(a->attachments);
	free(a);
}
