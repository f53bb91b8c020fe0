/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Two sockets: one that news comes in on, and one to ask with, so that an
 * answer never stands behind news.
 */
#include "link_watch.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <netlink/attr.h>
#include <netlink/errno.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>
#include <netlink/route/link.h>
#include <netlink/socket.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* News of some thousand interfaces at once. */
#define RECEIVE_BYTES (1 << 20)

struct link_watch {
	struct nl_sock *news, *ask;
	void (*changed)(void *context, const struct link_event *event);
	void *context;
};

static int take_message(struct nl_msg *message, void *argument)
{
	struct link_watch *w = argument;
	struct nlmsghdr *header = nlmsg_hdr(message);
	const struct ifinfomsg *info = nlmsg_data(header);
	struct link_event event = {0};
	struct nlattr *name;

	if (header->nlmsg_type != RTM_NEWLINK && header->nlmsg_type != RTM_DELLINK)
		return NL_OK;
	if (!nlmsg_valid_hdr(header, sizeof(*info)) || !w->changed)
		return NL_OK;
	/* A port of a bridge is "deleted" from that, too (AF_BRIDGE). */
	if (info->ifi_family != AF_UNSPEC)
		return NL_OK;
	event.index = info->ifi_index;
	event.deleted = header->nlmsg_type == RTM_DELLINK;
	name = nlmsg_find_attr(header, sizeof(*info), IFLA_IFNAME);
	if (name)
		nla_strlcpy(event.name, name, sizeof(event.name));
	w->changed(w->context, &event);
	return NL_OK;
}

static int open_news(struct link_watch *w)
{
	int rc;

	nl_socket_disable_seq_check(w->news);
	rc = nl_socket_modify_cb(w->news, NL_CB_VALID, NL_CB_CUSTOM, take_message, w);
	if (rc == 0)
		rc = nl_connect(w->news, NETLINK_ROUTE);
	if (rc == 0)
		rc = nl_socket_set_buffer_size(w->news, RECEIVE_BYTES, 0);
	if (rc == 0)
		rc = nl_socket_set_nonblocking(w->news);
	if (rc == 0)
		rc = nl_socket_add_memberships(w->news, RTNLGRP_LINK, 0);
	return rc;
}

int link_watch_open(struct link_watch **watch, struct error *err)
{
	struct link_watch *w = calloc(1, sizeof(*w));
	int rc;

	if (!w)
		return error_system(err, ENOMEM, "watch the interfaces");
	w->news = nl_socket_alloc();
	w->ask = nl_socket_alloc();
	rc = w->news && w->ask ? open_news(w) : -NLE_NOMEM;
	if (rc == 0)
		rc = nl_connect(w->ask, NETLINK_ROUTE);
	if (rc < 0) {
		link_watch_close(w);
		return error_set(err, EIO, "watch the interfaces: %s", nl_geterror(rc));
	}
	*watch = w;
	return 0;
}

int link_watch_fd(const struct link_watch *w)
{
	return nl_socket_get_fd(w->news);
}

int link_watch_read(struct link_watch *w,
		    void (*changed)(void *context, const struct link_event *event), void *context,
		    struct error *err)
{
	int rc;

	w->changed = changed;
	w->context = context;
	do
		rc = nl_recvmsgs_default(w->news);
	while (rc >= 0);
	w->changed = NULL;
	if (rc == -NLE_AGAIN)
		return 0;
	/* libnl's word for ENOBUFS. */
	if (rc == -NLE_NOMEM)
		return 1;
	return error_set(err, EIO, "watch the interfaces: %s", nl_geterror(rc));
}

int link_watch_find(struct link_watch *w, const char *name, int index, struct link_state *state)
{
	struct rtnl_link *link = NULL;
	int rc = rtnl_link_get_kernel(w->ask, name ? 0 : index, name, &link);

	*state = (struct link_state){0};
	if (rc < 0 || !link)
		return rc == -NLE_NODEV || rc == -NLE_OBJ_NOTFOUND || rc >= 0 ? -ENODEV : -EIO;
	state->present = true;
	state->index = rtnl_link_get_ifindex(link);
	snprintf(state->name, sizeof(state->name), "%s", rtnl_link_get_name(link));
	state->up = (rtnl_link_get_flags(link) & IFF_UP) != 0;
	state->arphrd = rtnl_link_get_arptype(link);
	rtnl_link_put(link);
	return 0;
}

void link_watch_close(struct link_watch *w)
{
	if (!w)
		return;
	nl_socket_free(w->news);
	nl_socket_free(w->ask);
	free(w);
}

enum link_verdict link_decide(const struct link_view *v)
{
	const bool bound = v->bound > 0 && v->by_index.present;

	if (v->by_name.present && (!bound || v->by_name.index != v->bound))
		return LINK_BIND;
	if (!bound)
		return LINK_GONE;
	if (!v->by_index.up)
		return LINK_DOWN;
	return v->by_name.present ? LINK_KEEP : LINK_RENAMED;
}
