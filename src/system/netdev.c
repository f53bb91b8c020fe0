/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Asks rtnetlink for interfaces, their addresses and their counters, and
 * ethtool for link speeds. Every call opens its own socket: a capture asks
 * seldom, and the answer is that of the network namespace it is in now.
 */
#include "system/netdev.h"

#include <errno.h>
#include <linux/ethtool.h>
#include <linux/if_arp.h>
#include <linux/sockios.h>
#include <netlink/cache.h>
#include <netlink/errno.h>
#include <netlink/netlink.h>
#include <netlink/route/addr.h>
#include <netlink/route/link.h>
#include <netlink/socket.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/parse.h"
#include "system/link_watch.h"

/* libnl has error numbers of its own; these are the ones a caller may act on. */
static int errno_of_nl(int code)
{
	switch (-code) {
	case NLE_NODEV:
	case NLE_OBJ_NOTFOUND:
		return ENODEV;
	case NLE_NOMEM:
		return ENOMEM;
	case NLE_PERM:
	case NLE_NOACCESS:
		return EPERM;
	default:
		return EIO;
	}
}

static int nl_error(struct error *err, int code, const char *what)
{
	return error_set(err, errno_of_nl(code), "%s: %s", what, nl_geterror(code));
}

static int route_connect(struct nl_sock **sock)
{
	int ret;

	*sock = nl_socket_alloc();
	if (!*sock)
		return -NLE_NOMEM;
	ret = nl_connect(*sock, NETLINK_ROUTE);
	if (ret < 0)
		nl_socket_free(*sock);
	return ret;
}

static uint64_t speed_read(const char *name)
{
	struct ethtool_cmd command = {.cmd = ETHTOOL_GSET};
	struct ifreq request = {.ifr_data = (void *)&command};
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	uint32_t mbit;
	int ret;

	if (fd < 0)
		return 0;
	snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", name);
	ret = ioctl(fd, SIOCETHTOOL, &request);
	close(fd);
	/* ethtool_cmd_speed() would shift a set bit into the sign. */
	mbit = (uint32_t)command.speed_hi << 16 | command.speed;
	return ret < 0 || mbit == (uint32_t)SPEED_UNKNOWN ? 0 : mbit * UINT64_C(1000000);
}

/* Appends a word to a list of them if it fits whole. */
static bool words_append(char *words, size_t room, const char *separator, const char *word)
{
	size_t used = strlen(words);

	if (used == 0)
		separator = "";
	if (used + strlen(separator) + strlen(word) >= room)
		return false;
	snprintf(words + used, room - used, "%s%s", separator, word);
	return true;
}

static uint32_t mask_of(unsigned prefix)
{
	return prefix == 0 || prefix > 32 ? 0 : UINT32_MAX << (32 - prefix);
}

static void addresses_write(struct netdev *dev, struct nl_cache *addresses)
{
	for (struct nl_object *o = nl_cache_get_first(addresses); o; o = nl_cache_get_next(o)) {
		struct rtnl_addr *address = (struct rtnl_addr *)o;
		char text[128];

		if (rtnl_addr_get_ifindex(address) != dev->index || !rtnl_addr_get_local(address))
			continue;
		if (dev->netmask == 0 && rtnl_addr_get_family(address) == AF_INET)
			dev->netmask = mask_of((unsigned)rtnl_addr_get_prefixlen(address));
		nl_addr2str(rtnl_addr_get_local(address), text, sizeof(text));
		if (!words_append(dev->addresses, sizeof(dev->addresses), " ", text))
			return;
	}
}

static void netdev_fill(struct netdev *dev, struct rtnl_link *link, struct nl_cache *addresses)
{
	const char *alias = rtnl_link_get_ifalias(link);
	struct nl_addr *mac = rtnl_link_get_addr(link);

	memset(dev, 0, sizeof(*dev));
	dev->index = rtnl_link_get_ifindex(link);
	snprintf(dev->name, sizeof(dev->name), "%s", rtnl_link_get_name(link));
	snprintf(dev->asked, sizeof(dev->asked), "%s", dev->name);
	snprintf(dev->alias, sizeof(dev->alias), "%s", alias ? alias : "");
	dev->flags = rtnl_link_get_flags(link);
	dev->mtu = rtnl_link_get_mtu(link);
	dev->arphrd = rtnl_link_get_arptype(link);
	dev->has_mac = mac && nl_addr_get_len(mac) == sizeof(dev->mac);
	if (dev->has_mac)
		memcpy(dev->mac, nl_addr_get_binary_addr(mac), sizeof(dev->mac));
	dev->speed_bps = speed_read(dev->name);
	addresses_write(dev, addresses);
}

/* Its link type has to come out as cooked: ARPHRD_VOID is no device's. */
static void netdev_fill_any(struct netdev *dev)
{
	*dev = (struct netdev){.name = "any", .asked = "any", .arphrd = ARPHRD_VOID};
}

static int index_compare(const void *a, const void *b)
{
	const struct netdev *left = a, *right = b;

	return (left->index > right->index) - (left->index < right->index);
}

int netdev_list(struct netdev **list, size_t *count, struct error *err)
{
	struct nl_cache *links = NULL, *addresses = NULL;
	struct nl_sock *sock;
	struct netdev *devices;
	size_t used = 0;
	int ret = route_connect(&sock);

	if (ret < 0)
		return nl_error(err, ret, "open rtnetlink");
	ret = rtnl_link_alloc_cache(sock, AF_UNSPEC, &links);
	if (ret == 0)
		ret = rtnl_addr_alloc_cache(sock, &addresses);
	if (ret < 0) {
		ret = nl_error(err, ret, "list interfaces");
		goto out;
	}
	devices = calloc((size_t)nl_cache_nitems(links) + 1, sizeof(*devices));
	if (!devices) {
		ret = error_system(err, ENOMEM, "list interfaces");
		goto out;
	}
	for (struct nl_object *o = nl_cache_get_first(links); o; o = nl_cache_get_next(o))
		netdev_fill(&devices[used++], (struct rtnl_link *)o, addresses);
	qsort(devices, used, sizeof(*devices), index_compare);
	netdev_fill_any(&devices[used++]);
	*list = devices;
	*count = used;
out:
	nl_cache_free(addresses);
	nl_cache_free(links);
	nl_socket_free(sock);
	return ret;
}

/* The interface with a name that only rtnetlink has room for; 0: none. */
static int long_name_index(const char *name)
{
	struct link_watch *watch;
	struct link_state state = {.index = 0};

	if (strlen(name) < IF_NAMESIZE || link_watch_open(&watch, NULL) < 0)
		return 0;
	if (link_watch_find(watch, name, 0, &state) < 0)
		state.index = 0;
	link_watch_close(watch);
	return state.index;
}

/* The kernel resolves names, since it also knows the alternative ones. A name
 * has precedence over a number: "7" may be an interface's name. */
static bool netdev_match(const struct netdev *list, size_t count, const char *name,
			 struct netdev *dev)
{
	uint64_t index = if_nametoindex(name);
	bool named;

	if (index == 0)
		index = (uint64_t)long_name_index(name);
	named = index != 0;
	if (!named && strcmp(name, "any") != 0 && parse_count(name, 0, INT32_MAX, &index, NULL) < 0)
		return false;
	for (size_t i = 0; i < count; i++) {
		if ((uint64_t)list[i].index != index)
			continue;
		*dev = list[i];
		if (named)
			snprintf(dev->asked, sizeof(dev->asked), "%s", name);
		return true;
	}
	return false;
}

static char *write_names(char known[static NETDEV_NAMES_ROOM], const struct netdev *list,
			 size_t count)
{
	static const char more[] = ", ...";

	*known = '\0';
	for (size_t i = 0; i < count; i++) {
		if (words_append(known, NETDEV_NAMES_ROOM - strlen(more), ", ", list[i].name))
			continue;
		words_append(known, NETDEV_NAMES_ROOM, "", more);
		break;
	}
	return known;
}

char *netdev_names(char names[static NETDEV_NAMES_ROOM])
{
	struct netdev *list = NULL;
	size_t count = 0;

	*names = '\0';
	if (netdev_list(&list, &count, NULL) == 0)
		write_names(names, list, count);
	free(list);
	return names;
}

static int unknown_error(struct error *err, const char *name, const struct netdev *list,
			 size_t count)
{
	const char **names = calloc(count, sizeof(*names));
	const char *nearest;
	char known[NETDEV_NAMES_ROOM];

	if (!names)
		return error_system(err, ENOMEM, "list interfaces");
	for (size_t i = 0; i < count; i++)
		names[i] = list[i].name;
	nearest = parse_nearest(name, names, count);
	free(names);
	if (nearest)
		return error_usage(err, "no interface named '%s'; did you mean '%s'?", name,
				   nearest);
	return error_usage(err, "no interface named '%s'; there are: %s", name,
			   write_names(known, list, count));
}

int netdev_find(const char *name, struct netdev *dev, struct error *err)
{
	struct netdev *list;
	size_t count;
	int ret = netdev_list(&list, &count, err);

	if (ret < 0)
		return ret;
	if (!netdev_match(list, count, name, dev))
		ret = unknown_error(err, name, list, count);
	free(list);
	return ret;
}

int netdev_peer(const char *name, char peer[static IF_NAMESIZE])
{
	struct rtnl_link *link = NULL;
	struct nl_sock *sock;
	int ret = route_connect(&sock), elsewhere;

	if (ret < 0)
		return -errno_of_nl(ret);
	ret = rtnl_link_get_kernel(sock, 0, name, &link);
	nl_socket_free(sock);
	if (ret < 0)
		return -errno_of_nl(ret);
	/* The number of one that is in another namespace means nothing here. */
	if (rtnl_link_get_link(link) == 0 || rtnl_link_get_link_netnsid(link, &elsewhere) == 0 ||
	    !if_indextoname((unsigned)rtnl_link_get_link(link), peer))
		ret = -ENODEV;
	rtnl_link_put(link);
	return ret;
}

/* Not rx_dropped: it also counts frames that reach us and then find no other
 * taker, such as those of a VLAN nobody listens to. */
static uint64_t link_drops(struct rtnl_link *link)
{
	return rtnl_link_get_stat(link, RTNL_LINK_RX_MISSED_ERR) +
	       rtnl_link_get_stat(link, RTNL_LINK_RX_FIFO_ERR);
}

int netdev_read_drops(int index, struct netdev_drops *drops)
{
	struct nl_cache *links = NULL;
	struct rtnl_link *link = NULL;
	struct nl_sock *sock;
	int ret = route_connect(&sock);

	if (ret < 0)
		return -errno_of_nl(ret);
	if (index)
		ret = rtnl_link_get_kernel(sock, index, NULL, &link);
	else
		ret = rtnl_link_alloc_cache(sock, AF_UNSPEC, &links);
	if (ret == 0) {
		drops->total = link ? link_drops(link) : 0;
		for (struct nl_object *o = links ? nl_cache_get_first(links) : NULL; o;
		     o = nl_cache_get_next(o))
			drops->total += link_drops((struct rtnl_link *)o);
	}
	rtnl_link_put(link);
	nl_cache_free(links);
	nl_socket_free(sock);
	return ret < 0 ? -errno_of_nl(ret) : 0;
}
