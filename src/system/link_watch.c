/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Two rtnetlink sockets: one hears of every change to an interface, the other
 * asks. The kernel answers a question before the call that sends it returns,
 * so neither ever waits.
 */
#include "system/link_watch.h"

#include <errno.h>
#include <linux/if.h>
#include <linux/rtnetlink.h>
#include <netlink/attr.h>
#include <netlink/errno.h>
#include <netlink/handlers.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>
#include <netlink/socket.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

/* An event is about 2 KiB in the queue's count: some hundreds of them. */
#define QUEUE_BYTES   (1 << 20)
#define MESSAGES_MOST 1000

struct link_watch {
	struct nl_sock *events, *questions;
	/* Whom the events of this call go to. */
	void (*changed)(void *context, const struct link_event *event);
	void *context;
	/* What the question in flight was, and its answer. */
	uint32_t sequence;
	bool answered;
	int refusal; /* -errno */
	struct link_state answer;
};

static void attributes_read(struct link_state *state, struct nlattr **attributes)
{
	struct nlattr *mac = attributes[IFLA_ADDRESS];

	if (attributes[IFLA_IFNAME])
		nla_strlcpy(state->name, attributes[IFLA_IFNAME], sizeof(state->name));
	if (attributes[IFLA_MTU])
		state->mtu = nla_get_u32(attributes[IFLA_MTU]);
	state->has_mac = mac && nla_len(mac) == sizeof(state->mac);
	if (state->has_mac)
		memcpy(state->mac, nla_data(mac), sizeof(state->mac));
}

/* False for what is no news of an interface. A port that leaves a bridge comes
 * as RTM_DELLINK too, in the bridge's family. */
static bool state_read(struct link_state *state, struct nlmsghdr *header)
{
	static const struct nla_policy policy[IFLA_MAX + 1] = {
		[IFLA_IFNAME] = {.type = NLA_STRING, .maxlen = IF_NAMESIZE},
		[IFLA_MTU] = {.type = NLA_U32},
	};
	struct nlattr *attributes[IFLA_MAX + 1];
	const struct ifinfomsg *link;

	*state = (struct link_state){0};
	if (header->nlmsg_type != RTM_NEWLINK && header->nlmsg_type != RTM_DELLINK)
		return false;
	if (nlmsg_parse(header, sizeof(*link), attributes, IFLA_MAX, policy) < 0)
		return false;
	link = nlmsg_data(header);
	if (link->ifi_family != AF_UNSPEC)
		return false;
	state->present = header->nlmsg_type == RTM_NEWLINK;
	state->index = link->ifi_index;
	state->flags = link->ifi_flags;
	state->up = state->flags & IFF_UP;
	/* IFF_RUNNING is also set for a moment before the carrier is looked at. */
	state->running = (state->flags & IFF_RUNNING) && (state->flags & IFF_LOWER_UP);
	state->arphrd = link->ifi_type;
	attributes_read(state, attributes);
	return true;
}

/* Those of other programs are not taken for the kernel's. */
static bool from_kernel(struct nl_msg *message)
{
	return nlmsg_get_src(message)->nl_pid == 0;
}

static int event_take(struct nl_msg *message, void *context)
{
	struct link_watch *watch = context;
	struct link_state state;
	struct link_event event;

	if (!watch->changed || !from_kernel(message) || !state_read(&state, nlmsg_hdr(message)))
		return NL_OK;
	event = (struct link_event){
		.deleted = !state.present,
		.index = state.index,
		.flags = state.flags,
		.mtu = state.mtu,
		.arphrd = state.arphrd,
	};
	memcpy(event.name, state.name, sizeof(event.name));
	watch->changed(watch->context, &event);
	return NL_OK;
}

static int answer_take(struct nl_msg *message, void *context)
{
	struct link_watch *watch = context;
	struct nlmsghdr *header = nlmsg_hdr(message);

	if (from_kernel(message) && header->nlmsg_seq == watch->sequence)
		watch->answered = state_read(&watch->answer, header) && watch->answer.present;
	return NL_OK;
}

static int refusal_take(struct sockaddr_nl *source, struct nlmsgerr *refusal, void *context)
{
	struct link_watch *watch = context;

	if (source->nl_pid == 0 && refusal->msg.nlmsg_seq == watch->sequence)
		watch->refusal = refusal->error;
	return NL_SKIP;
}

static int route_connect(struct nl_sock **sock)
{
	int ret;

	*sock = nl_socket_alloc();
	if (!*sock)
		return -NLE_NOMEM;
	nl_socket_disable_seq_check(*sock);
	nl_socket_disable_auto_ack(*sock);
	ret = nl_connect(*sock, NETLINK_ROUTE);
	return ret < 0 ? ret : nl_socket_set_nonblocking(*sock);
}

/* Beyond net.core.rmem_max with CAP_NET_ADMIN, up to it without. */
static void queue_enlarge(int fd)
{
	int bytes = QUEUE_BYTES;

	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof(bytes)) < 0)
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof(bytes));
}

static int sockets_open(struct link_watch *watch)
{
	struct nl_cb *callbacks;
	int ret = route_connect(&watch->questions);

	if (ret == 0)
		ret = route_connect(&watch->events);
	if (ret < 0)
		return ret;
	callbacks = nl_socket_get_cb(watch->questions);
	nl_cb_set(callbacks, NL_CB_VALID, NL_CB_CUSTOM, answer_take, watch);
	nl_cb_err(callbacks, NL_CB_CUSTOM, refusal_take, watch);
	nl_cb_put(callbacks);
	nl_socket_modify_cb(watch->events, NL_CB_VALID, NL_CB_CUSTOM, event_take, watch);
	queue_enlarge(nl_socket_get_fd(watch->events));
	return nl_socket_add_membership(watch->events, RTNLGRP_LINK);
}

int link_watch_open(struct link_watch **result, struct error *err)
{
	struct link_watch *watch = calloc(1, sizeof(*watch));
	int ret;

	if (!watch)
		return error_system(err, ENOMEM, "watch interfaces");
	ret = sockets_open(watch);
	if (ret < 0) {
		link_watch_close(watch);
		return error_set(err, ret == -NLE_NOMEM ? ENOMEM : EIO, "watch interfaces: %s",
				 nl_geterror(ret));
	}
	*result = watch;
	return 0;
}

void link_watch_close(struct link_watch *watch)
{
	if (!watch)
		return;
	nl_socket_free(watch->events);
	nl_socket_free(watch->questions);
	free(watch);
}

int link_watch_fd(const struct link_watch *watch)
{
	return nl_socket_get_fd(watch->events);
}

int link_watch_read(struct link_watch *watch,
		    void (*changed)(void *context, const struct link_event *event), void *context,
		    struct error *err)
{
	int lost = 0;

	watch->changed = changed;
	watch->context = context;
	for (int i = 0; i < MESSAGES_MOST; i++) {
		int ret = nl_recvmsgs_default(watch->events);

		if (ret == -NLE_AGAIN)
			break;
		/* Both are about one message or some. libnl says NOMEM for ENOBUFS. */
		if (ret == -NLE_NOMEM || ret == -NLE_MSG_TRUNC || ret == -NLE_MSG_OVERFLOW)
			lost = 1;
		else if (ret < 0)
			return error_set(err, EIO, "watch interfaces: %s", nl_geterror(ret));
	}
	return lost;
}

/* Those that fit go where kernels before 5.5 look, too. */
static int name_put(struct nl_msg *message, const char *name)
{
	return nla_put_string(message, strlen(name) < IF_NAMESIZE ? IFLA_IFNAME : IFLA_ALT_IFNAME,
			      name);
}

static int question_send(struct link_watch *watch, const char *name, int index)
{
	struct ifinfomsg link = {.ifi_family = AF_UNSPEC, .ifi_index = name ? 0 : index};
	struct nl_msg *message = nlmsg_alloc_simple(RTM_GETLINK, NLM_F_REQUEST);
	int ret;

	if (!message)
		return -NLE_NOMEM;
	ret = nlmsg_append(message, &link, sizeof(link), NLMSG_ALIGNTO);
	if (ret == 0 && name)
		ret = name_put(message, name);
	if (ret == 0) {
		nl_complete_msg(watch->questions, message);
		watch->sequence = nlmsg_hdr(message)->nlmsg_seq;
		ret = nl_send(watch->questions, message);
	}
	nlmsg_free(message);
	return ret < 0 ? ret : 0;
}

int link_watch_find(struct link_watch *watch, const char *name, int index, struct link_state *state)
{
	int ret;

	*state = (struct link_state){0};
	/* The kernel refuses those too, but with other errors. */
	if (name ? name[0] == '\0' || strlen(name) >= ALTIFNAMSIZ : index <= 0)
		return -ENODEV;
	watch->answered = false;
	watch->refusal = 0;
	ret = question_send(watch, name, index);
	while (ret >= 0 && !watch->answered && !watch->refusal)
		ret = nl_recvmsgs_default(watch->questions);
	if (watch->answered) {
		*state = watch->answer;
		return 0;
	}
	if (watch->refusal)
		return watch->refusal;
	return ret == -NLE_NOMEM ? -ENOMEM : -EIO;
}

int link_watch_look(struct link_watch *watch, struct link_view *view)
{
	int ret = link_watch_find(watch, view->name, 0, &view->by_name);

	if (ret < 0 && ret != -ENODEV)
		return ret;
	ret = link_watch_find(watch, NULL, view->bound, &view->by_index);
	return ret == -ENODEV ? 0 : ret;
}

/* Two questions are two moments: where only one of the answers shows the bound
 * interface under its name, that one counts. */
enum link_verdict link_decide(const struct link_view *view)
{
	const struct link_state *named = &view->by_name, *bound = &view->by_index;

	if (named->present) {
		if (named->index != view->bound)
			return LINK_BIND;
		return named->up ? LINK_KEEP : LINK_DOWN;
	}
	if (view->bound <= 0 || !bound->present)
		return LINK_GONE;
	if (!bound->up)
		return LINK_DOWN;
	return strcmp(bound->name, view->name) == 0 ? LINK_KEEP : LINK_RENAMED;
}
