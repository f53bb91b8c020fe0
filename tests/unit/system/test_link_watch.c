/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What to do about an interface, from made-up states; and, as root, what is
 * told of real ones in a network namespace of the test's own while they come,
 * go, flap and change their names.
 */
#include "system/link_watch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>
#include <dirent.h>
#include <errno.h>
#include <linux/if.h>
#include <linux/if_packet.h>
#include <linux/rtnetlink.h>
#include <net/if_arp.h>
#include <netlink/errno.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>
#include <netlink/route/link.h>
#include <netlink/route/link/bridge.h>
#include <netlink/route/link/veth.h>
#include <netlink/socket.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

static struct link_state link_of(const char *name, int index, bool up)
{
	struct link_state state = {.present = true, .index = index, .up = up};

	snprintf(state.name, sizeof(state.name), "%s", name);
	return state;
}

static void every_view_has_its_verdict(void **state)
{
	const struct link_state none = {0};
	const struct link_state up = link_of("eth0", 7, true), down = link_of("eth0", 7, false);
	const struct link_state other = link_of("eth0", 9, true);
	const struct link_state other_down = link_of("eth0", 9, false);
	const struct link_state away = link_of("wan", 7, true);
	const struct link_state away_down = link_of("wan", 7, false);
	const struct {
		int index;
		struct link_state named, bound;
		enum link_verdict verdict;
	} cases[] = {
		{7, up, up, LINK_KEEP},
		{7, down, down, LINK_DOWN},
		{7, none, none, LINK_GONE},
		{0, none, none, LINK_GONE},
		{-1, none, none, LINK_GONE},
		/* Made anew, in either state; and there but not bound to. */
		{7, other, none, LINK_BIND},
		{7, other_down, none, LINK_BIND},
		{0, up, none, LINK_BIND},
		{-1, down, none, LINK_BIND},
		/* An unbound socket's index is nobody's. */
		{0, none, up, LINK_GONE},
		/* Renamed; and another one was given the name. */
		{7, none, away, LINK_RENAMED},
		{7, none, away_down, LINK_DOWN},
		{7, other, away, LINK_BIND},
		{7, other_down, away, LINK_BIND},
		/* Wanted by an alternative name. */
		{7, away, away, LINK_KEEP},
		{7, away_down, away_down, LINK_DOWN},
		/* Something happened between the two questions. */
		{7, up, none, LINK_KEEP},
		{7, up, away, LINK_KEEP},
		{7, none, up, LINK_KEEP},
		{7, none, down, LINK_DOWN},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct link_view view = {.name = "eth0",
					       .bound = cases[i].index,
					       .by_name = cases[i].named,
					       .by_index = cases[i].bound};

		if (link_decide(&view) != cases[i].verdict)
			fail_msg("case %zu: verdict %d", i, (int)link_decide(&view));
	}
}

/* The namespace, where there is one; each test leaves nothing but lo in it. */
static struct scene {
	bool namespace;
	struct nl_sock *rtnl;
	int control; /* for ioctl */
	struct link_watch *watch;
	unsigned descriptors; /* before it */
} scene;

static int scene_begin(void **state)
{
	(void)state;
	scene.namespace = unshare(CLONE_NEWNET) == 0;
	if (!scene.namespace)
		return 0;
	scene.rtnl = nl_socket_alloc();
	assert_int_equal(nl_connect(scene.rtnl, NETLINK_ROUTE), 0);
	scene.control = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	assert_true(scene.control >= 0);
	return 0;
}

static int scene_end(void **state)
{
	(void)state;
	nl_socket_free(scene.rtnl);
	if (scene.namespace)
		close(scene.control);
	return 0;
}

static unsigned descriptors(void)
{
	DIR *directory = opendir("/proc/self/fd");
	unsigned count = 0;

	while (readdir(directory))
		count++;
	closedir(directory);
	return count;
}

static int watch_begin(void **state)
{
	(void)state;
	scene.descriptors = descriptors();
	if (scene.namespace)
		assert_int_equal(link_watch_open(&scene.watch, NULL), 0);
	return 0;
}

static void link_delete(const char *name)
{
	struct rtnl_link *link = rtnl_link_alloc();

	rtnl_link_set_name(link, name);
	rtnl_link_delete(scene.rtnl, link);
	rtnl_link_put(link);
}

static int watch_end(void **state)
{
	static const char *const names[] = {"one", "new", "bridge"};

	(void)state;
	if (!scene.namespace)
		return 0;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		link_delete(names[i]);
	link_watch_close(scene.watch);
	scene.watch = NULL;
	assert_int_equal(descriptors(), scene.descriptors);
	return 0;
}

/* A pair "one" and "two", with an index for one (0: any). Returns the index. */
static int pair_make(int index)
{
	struct rtnl_link *link = rtnl_link_veth_alloc();
	struct rtnl_link *peer = rtnl_link_veth_get_peer(link); /* a reference of ours */

	rtnl_link_set_name(link, "one");
	rtnl_link_set_name(peer, "two");
	rtnl_link_put(peer);
	if (index)
		rtnl_link_set_ifindex(link, index);
	assert_int_equal(rtnl_link_add(scene.rtnl, link, NLM_F_CREATE | NLM_F_EXCL), 0);
	rtnl_link_put(link);
	return (int)if_nametoindex("one");
}

static void link_switch(const char *name, bool up)
{
	struct ifreq request = {.ifr_flags = 0};

	snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", name);
	assert_int_equal(ioctl(scene.control, SIOCGIFFLAGS, &request), 0);
	request.ifr_flags = (short)(up ? request.ifr_flags | IFF_UP : request.ifr_flags & ~IFF_UP);
	assert_int_equal(ioctl(scene.control, SIOCSIFFLAGS, &request), 0);
}

static void link_rename(const char *from, const char *to)
{
	struct ifreq request = {.ifr_flags = 0};

	snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", from);
	snprintf(request.ifr_newname, sizeof(request.ifr_newname), "%s", to);
	assert_int_equal(ioctl(scene.control, SIOCSIFNAME, &request), 0);
}

static void link_name_also(int index, const char *name)
{
	struct ifinfomsg link = {.ifi_index = index};
	struct nl_msg *message = nlmsg_alloc_simple(RTM_NEWLINKPROP, NLM_F_APPEND | NLM_F_EXCL);
	struct nlattr *list;

	nlmsg_append(message, &link, sizeof(link), NLMSG_ALIGNTO);
	list = nla_nest_start(message, IFLA_PROP_LIST | NLA_F_NESTED);
	nla_put_string(message, IFLA_ALT_IFNAME, name);
	nla_nest_end(message, list);
	assert_int_equal(nl_send_sync(scene.rtnl, message), 0);
}

/* The events of one interface: how many, and the last of them. */
struct heard {
	int index; /* whose; 0: anyone's */
	int count, deleted;
	struct link_event last;
};

static void hear(void *context, const struct link_event *event)
{
	struct heard *heard = context;

	if (heard->index && event->index != heard->index)
		return;
	heard->count++;
	heard->deleted += event->deleted;
	heard->last = *event;
}

static struct heard listen_to(int index)
{
	struct heard heard = {.index = index};

	assert_int_equal(link_watch_read(scene.watch, hear, &heard, NULL), 0);
	return heard;
}

static bool readable(int timeout_ms)
{
	struct pollfd fd = {.fd = link_watch_fd(scene.watch), .events = POLLIN};

	return poll(&fd, 1, timeout_ms) != 0;
}

static enum link_verdict verdict(const char *name, int index)
{
	struct link_view view = {.name = name, .bound = index};

	assert_int_equal(link_watch_look(scene.watch, &view), 0);
	return link_decide(&view);
}

static void a_made_and_a_deleted_one(void **state)
{
	struct link_state found;
	struct heard heard;
	int index;

	(void)state;
	if (!scene.namespace)
		skip();
	assert_int_equal(verdict("one", 0), LINK_GONE);
	index = pair_make(0);
	assert_true(readable(0));
	heard = listen_to(index);
	assert_true(heard.count > 0);
	assert_false(heard.last.deleted);
	assert_int_equal(heard.last.index, index);
	assert_string_equal(heard.last.name, "one");
	assert_int_equal(heard.last.mtu, 1500);
	assert_int_equal(heard.last.arphrd, ARPHRD_ETHER);
	assert_false(heard.last.flags & IFF_UP);
	assert_int_equal(link_watch_find(scene.watch, "one", 0, &found), 0);
	assert_true(found.has_mac && found.mac[0] & 2); /* made up by the kernel */
	assert_int_equal(found.mtu, 1500);
	assert_int_equal(found.index, index);
	assert_int_equal(verdict("one", 0), LINK_BIND);
	assert_int_equal(verdict("one", index), LINK_DOWN);

	link_delete("one");
	heard = listen_to(index);
	assert_int_equal(heard.deleted, 1);
	assert_true(heard.last.deleted);
	assert_string_equal(heard.last.name, "one");
	assert_int_equal(verdict("one", index), LINK_GONE);
	assert_int_equal(pair_make(0) != index, 1);
	assert_int_equal(verdict("one", index), LINK_BIND);
}

static void up_and_down(void **state)
{
	const unsigned carrier = IFF_RUNNING | IFF_LOWER_UP;
	struct link_state found;
	struct heard heard;
	int index;

	(void)state;
	if (!scene.namespace)
		skip();
	index = pair_make(0);
	link_switch("one", true);
	heard = listen_to(index);
	assert_true(heard.last.flags & IFF_UP);
	assert_int_equal(verdict("one", index), LINK_KEEP);
	/* Its peer is its carrier; the kernel tells of that within a second. */
	assert_int_equal(link_watch_find(scene.watch, NULL, index, &found), 0);
	assert_true(found.up && !found.running);
	link_switch("two", true);
	for (int i = 0; i < 20 && (heard.last.flags & carrier) != carrier; i++)
		if (readable(100))
			heard = listen_to(index);
	assert_int_equal(heard.last.flags & carrier, carrier);
	assert_int_equal(link_watch_find(scene.watch, "one", 0, &found), 0);
	assert_true(found.up && found.running);

	link_switch("one", false);
	heard = listen_to(index);
	assert_false(heard.last.flags & IFF_UP);
	assert_false(heard.last.deleted);
	assert_int_equal(verdict("one", index), LINK_DOWN);
}

static void a_renamed_one(void **state)
{
	struct heard heard;
	int index;

	(void)state;
	if (!scene.namespace)
		skip();
	index = pair_make(0);
	listen_to(0);
	link_rename("one", "new");
	heard = listen_to(index);
	assert_true(heard.count > 0);
	assert_int_equal(heard.deleted, 0);
	assert_string_equal(heard.last.name, "new");
	assert_int_equal(verdict("one", index), LINK_DOWN);
	link_switch("new", true);
	assert_int_equal(verdict("one", index), LINK_RENAMED);
	link_rename("two", "one");
	assert_int_equal(verdict("one", index), LINK_BIND);
}

static void other_names_are_found(void **state)
{
	char name[128];
	struct link_state found;
	int index;

	(void)state;
	if (!scene.namespace)
		skip();
	index = pair_make(0);
	link_switch("one", true);
	memset(name, 'n', sizeof(name));
	name[sizeof(name) - 1] = '\0';
	assert_int_equal(link_watch_find(scene.watch, name, 0, &found), -ENODEV);
	link_name_also(index, name);
	link_name_also(index, "uplink");
	assert_int_equal(link_watch_find(scene.watch, name, 0, &found), 0);
	assert_string_equal(found.name, "one");
	assert_int_equal(verdict("uplink", index), LINK_KEEP);
	link_rename("one", "new");
	assert_int_equal(verdict("uplink", index), LINK_KEEP);
}

/* The next answer stays in its queue. */
static bool deaf;
int __real_nl_recvmsgs_default(struct nl_sock *sock);
int __wrap_nl_recvmsgs_default(struct nl_sock *sock);
int __wrap_nl_recvmsgs_default(struct nl_sock *sock)
{
	if (!deaf)
		return __real_nl_recvmsgs_default(sock);
	deaf = false;
	return -NLE_AGAIN;
}

/* That is not "there is none", and the next question gets its own answer. */
static void an_answer_is_missed(void **state)
{
	struct link_view view = {.name = "one"};
	struct link_state found;

	(void)state;
	if (!scene.namespace)
		skip();
	view.bound = pair_make(0);
	deaf = true;
	assert_int_equal(link_watch_look(scene.watch, &view), -EIO);
	assert_false(view.by_name.present);
	assert_int_equal(link_watch_find(scene.watch, "two", 0, &found), 0);
	assert_string_equal(found.name, "two");
	deaf = true;
	assert_int_equal(link_watch_find(scene.watch, "none", 0, &found), -EIO);
	assert_int_equal(link_watch_find(scene.watch, "one", 0, &found), 0);
	assert_int_equal(found.index, view.bound);
}

static void there_is_none(void **state)
{
	char long_name[200];
	struct link_state found;

	(void)state;
	if (!scene.namespace)
		skip();
	memset(long_name, 'n', sizeof(long_name));
	long_name[sizeof(long_name) - 1] = '\0';
	memset(&found, 0xff, sizeof(found));
	assert_int_equal(link_watch_find(scene.watch, "one", 0, &found), -ENODEV);
	assert_false(found.present);
	assert_int_equal(link_watch_find(scene.watch, "", 0, &found), -ENODEV);
	assert_int_equal(link_watch_find(scene.watch, long_name, 0, &found), -ENODEV);
	assert_int_equal(link_watch_find(scene.watch, NULL, 0, &found), -ENODEV);
	assert_int_equal(link_watch_find(scene.watch, NULL, -1, &found), -ENODEV);
	assert_int_equal(link_watch_find(scene.watch, NULL, INT32_MAX, &found), -ENODEV);
	assert_int_equal(link_watch_find(scene.watch, "lo", 0, &found), 0);
	assert_string_equal(found.name, "lo");
	assert_int_equal(found.arphrd, ARPHRD_LOOPBACK);
}

/* A port that leaves is told of as if it were deleted, by the bridge. */
static void leaving_a_bridge_is_not_the_end(void **state)
{
	struct rtnl_link *bridge, *port;
	struct heard heard;
	int index;

	(void)state;
	if (!scene.namespace)
		skip();
	if (rtnl_link_bridge_add(scene.rtnl, "bridge") < 0)
		skip();
	index = pair_make(0);
	assert_int_equal(rtnl_link_get_kernel(scene.rtnl, 0, "bridge", &bridge), 0);
	assert_int_equal(rtnl_link_get_kernel(scene.rtnl, index, NULL, &port), 0);
	assert_int_equal(rtnl_link_enslave(scene.rtnl, bridge, port), 0);
	assert_int_equal(rtnl_link_release(scene.rtnl, port), 0);
	rtnl_link_put(bridge);
	rtnl_link_put(port);
	heard = listen_to(index);
	assert_true(heard.count > 0);
	assert_int_equal(heard.deleted, 0);
	assert_false(heard.last.deleted);
}

static void many_flaps_then_quiet(void **state)
{
	struct heard heard = {0};
	unsigned before = descriptors();
	int index;

	(void)state;
	if (!scene.namespace)
		skip();
	index = pair_make(0);
	for (int i = 0; i < 200; i++) {
		link_switch("one", i % 2 == 0);
		heard = listen_to(index);
		assert_true(heard.count > 0);
		assert_int_equal((heard.last.flags & IFF_UP) != 0, i % 2 == 0);
		assert_int_equal(verdict("one", index), i % 2 == 0 ? LINK_KEEP : LINK_DOWN);
	}
	assert_int_equal(descriptors(), before);
	/* Nothing is left over, and questions make no events. */
	assert_false(readable(100));
	assert_int_equal(verdict("one", index), LINK_DOWN);
	assert_false(readable(100));
	assert_int_equal(listen_to(0).count, 0);
}

static void flaps_are_queued(void **state)
{
	int index;

	(void)state;
	if (!scene.namespace)
		skip();
	index = pair_make(0);
	for (int i = 0; i < 200; i++)
		link_switch("one", i % 2 == 0);
	assert_in_range(listen_to(index).count, 200, 1000);
}

static void too_many_are_told(void **state)
{
	struct heard heard = {0};
	int small = 1, index;

	(void)state;
	if (!scene.namespace)
		skip();
	assert_int_equal(setsockopt(link_watch_fd(scene.watch), SOL_SOCKET, SO_RCVBUF, &small,
				    sizeof(small)),
			 0);
	index = pair_make(0);
	for (int i = 0; i < 21; i++)
		link_switch("one", i % 2 == 0);
	assert_int_equal(link_watch_read(scene.watch, hear, &heard, NULL), 1);
	assert_true(heard.count < 21);
	assert_int_equal(verdict("one", index), LINK_KEEP);
	/* Once: from here on it is whole again. */
	assert_int_equal(link_watch_read(scene.watch, hear, &heard, NULL), 0);
	link_switch("one", false);
	assert_true(listen_to(index).count > 0);
}

/* The rule in the header that the caller goes by. */
static void a_packet_socket_is_unbound_for_good(void **state)
{
	struct sockaddr_ll address = {.sll_family = AF_PACKET};
	socklen_t length = sizeof(address);
	int index, fd;

	(void)state;
	if (!scene.namespace)
		skip();
	index = pair_make(0);
	fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	assert_true(fd >= 0);
	address.sll_ifindex = index;
	assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	link_rename("one", "new");
	assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &length), 0);
	assert_int_equal(address.sll_ifindex, index);
	link_delete("new");
	assert_int_equal(pair_make(index), index);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &length), 0);
	assert_int_equal(address.sll_ifindex, -1);
	assert_int_equal(listen_to(index).deleted, 1);
	close(fd);
}

#define in_namespace(test) cmocka_unit_test_setup_teardown(test, watch_begin, watch_end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_view_has_its_verdict),
		in_namespace(a_made_and_a_deleted_one),
		in_namespace(up_and_down),
		in_namespace(a_renamed_one),
		in_namespace(other_names_are_found),
		in_namespace(an_answer_is_missed),
		in_namespace(there_is_none),
		in_namespace(leaving_a_bridge_is_not_the_end),
		in_namespace(many_flaps_then_quiet),
		in_namespace(flaps_are_queued),
		in_namespace(too_many_are_told),
		in_namespace(a_packet_socket_is_unbound_for_good),
	};

	link_watch_close(NULL);
	return cmocka_run_group_tests(tests, scene_begin, scene_end);
}
