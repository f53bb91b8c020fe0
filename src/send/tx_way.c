/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What ways out have in common: the socket, what may go out by it, and for how
 * long a queue that does not move is tried.
 */
#include "tx_way.h"

#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <stdatomic.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "system/filter.h"

/* Between two attempts at a full queue: at 10 Gbit/s some 40 long frames leave
 * in that time. */
#define NAP_NS 50000u

/* How long a queue may stand still before what waits is given up. */
#define PATIENCE_NS      (NS_PER_SECOND / 10)
#define LONG_PATIENCE_NS NS_PER_SECOND

/* A frame too long has the MTU looked at, so often at most. */
#define MTU_LOOK_NS NS_PER_SECOND

/* With this many of ours gone from a queue that was full there is room for one more. */
#define ROOM_MADE 4u

/* For so long after a frame was refused without need the next one that is is believed at
 * once. */
#define REFUSING_NS NS_PER_SECOND

/* What is sent with patience is not: it looks the same for a tenth of a second when the
 * other end has gone, until there is news of that. */
#define DOUBT_NS (NS_PER_SECOND / 5)

#define VLAN_BYTES 4u
#define TAGS_MOST  2u

int tx_socket_open(struct tx *tx, struct error *err)
{
	const struct tx_config *c = &tx->config;
	const int one = 1;
	int rc;

	/* Without a protocol it takes nothing in, and with this filter it never will. */
	tx->fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	if (tx->fd < 0 && errno == EPERM)
		return error_set(err, EPERM,
				 "%s: no permission to send: run as root, or give the program "
				 "CAP_NET_RAW (setcap cap_net_raw+ep)",
				 c->name);
	if (tx->fd < 0)
		return error_system(err, errno, "%s: open a packet socket", c->name);
	rc = filter_attach_none(tx->fd);
	if (rc == 0)
		rc = filter_lock(tx->fd);
	if (rc < 0)
		return error_system(err, -rc, "%s: attach a filter", c->name);
	if (c->bypass_qdisc &&
	    setsockopt(tx->fd, SOL_PACKET, PACKET_QDISC_BYPASS, &one, sizeof(one)) < 0)
		return error_system(err, errno, "%s: --bypass-qdisc", c->name);
	return 0;
}

static int bind_to(const struct tx *tx, int index)
{
	const struct sockaddr_ll address = {.sll_family = AF_PACKET, .sll_ifindex = index};

	return bind(tx->fd, (const struct sockaddr *)&address, sizeof(address));
}

int tx_socket_bind(struct tx *tx, struct error *err)
{
	tx->mtu = tx->config.mtu;
	atomic_store(&tx->index, tx->config.index);
	if (bind_to(tx, tx->config.index) < 0)
		return error_system(err, errno, "%s: bind", tx->config.name);
	return 0;
}

int tx_index(const void *socket)
{
	const struct tx *tx = socket;

	return atomic_load(&tx->index);
}

int tx_bound(const void *socket)
{
	const struct tx *tx = socket;
	struct sockaddr_ll address = {0};
	socklen_t bytes = sizeof(address);

	return getsockname(tx->fd, (struct sockaddr *)&address, &bytes) < 0 ? -1
									    : address.sll_ifindex;
}

int tx_rebind(void *socket, int index)
{
	struct tx *tx = socket;

	if (bind_to(tx, index) < 0 || (tx->whole && bind_to(tx->whole, index) < 0))
		return -errno;
	if (tx->whole) {
		atomic_store(&tx->whole->index, index);
		atomic_store(&tx->whole->changed, true);
	}
	atomic_store(&tx->index, index);
	atomic_store(&tx->changed, true);
	return 0;
}

void tx_usable(void *socket, bool usable)
{
	struct tx *tx = socket;

	if (tx->whole)
		tx_usable(tx->whole, usable);
	atomic_store(&tx->cut_off, !usable);
	/* What there is news of can be its MTU. With a PACKET_VNET_HDR the kernel takes
	 * frames of any length: tpacket_snd(), net/packet/af_packet.c. */
	atomic_store(&tx->changed, true);
}

void tx_look_at_mtu(struct tx *tx)
{
	struct ifreq request = {.ifr_ifindex = atomic_load(&tx->index)};

	tx->mtu_ns = clock_boot(&clock_system);
	atomic_store(&tx->changed, false);
	if (ioctl(tx->fd, SIOCGIFNAME, &request) == 0 && ioctl(tx->fd, SIOCGIFMTU, &request) == 0)
		tx->mtu = (uint32_t)request.ifr_mtu;
}

static bool is_tag(const uint8_t *type)
{
	const uint16_t value = (uint16_t)(type[0] << 8 | type[1]);

	return value == ETH_P_8021Q || value == ETH_P_8021AD;
}

/* A bridge passes on what came in with a tag beside it, or two, whatever the MTU. (Where no
 * PACKET_VNET_HDR is in use, the kernel allows the 4 bytes of one 802.1Q tag, and no more:
 * packet_extra_vlan_len_allowed(), net/packet/af_packet.c.) */
uint32_t tx_longest(const struct tx *tx, const struct frame *frame)
{
	uint32_t tags = 0;

	if (tx->config.header_bytes == ETH_HLEN)
		while (tags < TAGS_MOST && frame->caplen >= ETH_HLEN + tags * VLAN_BYTES &&
		       is_tag(frame->data + 12 + (size_t)tags * VLAN_BYTES))
			tags++;
	return tx->mtu + tx->config.header_bytes + tags * VLAN_BYTES;
}

static bool fits(const struct tx *tx, const struct frame *frame, uint32_t bytes)
{
	return bytes <= tx->mtu + tx->config.header_bytes || bytes <= tx_longest(tx, frame);
}

bool tx_fits(struct tx *tx, const struct frame *frame, uint32_t bytes)
{
	if (atomic_load_explicit(&tx->changed, memory_order_relaxed))
		tx_look_at_mtu(tx);
	if (!fits(tx, frame, bytes) && clock_boot(&clock_system) - tx->mtu_ns >= MTU_LOOK_NS)
		tx_look_at_mtu(tx);
	return fits(tx, frame, bytes);
}

_Atomic uint64_t *tx_unfit(struct tx *tx, const struct frame *frame, struct stats *stats)
{
	if (!tx_fits(tx, frame, frame->len))
		return &stats->tx_oversize;
	if (frame->caplen < frame->len)
		return &stats->tx_cut;
	if (frame->len < tx->config.header_bytes || frame->len == 0)
		return &stats->tx_short;
	return NULL;
}

/*
 * ENOBUFS stands for a full queue, but also for a frame that was dropped on its way out
 * (NET_XMIT_DROP: by a firewall, by the other end of a veth with a smaller MTU), which to
 * try again has no use, and holds up those behind it. A queue that holds nothing of ours,
 * or had room made in it, is not full.
 */
static bool is_refused(struct tx *tx, const struct tx_attempt *attempt, uint64_t now)
{
	const uint64_t doubt = tx->config.patient ? DOUBT_NS : 0;
	const bool again = tx->stuck_ns != 0 && now - tx->stuck_ns >= doubt;

	if (attempt->waiting == 0)
		return again || (tx->refused_ns != 0 && now - tx->refused_ns < REFUSING_NS);
	return again && tx->waiting >= attempt->waiting + ROOM_MADE;
}

enum tx_verdict tx_judge(struct tx *tx, const struct tx_attempt *attempt)
{
	const struct timespec nap = {.tv_nsec = NAP_NS};
	uint64_t now;

	if (attempt->moved)
		tx->stuck_ns = 0;
	switch (attempt->code) {
	case ENETDOWN:
	case ENXIO:
	case ENODEV:
		return TX_DOWN;
	case EMSGSIZE:
		return TX_TOO_BIG;
	case 0:
	case ENOBUFS:
	case EAGAIN:
	case ENOMEM:
	case EINTR:
		break;
	default:
		return TX_BAD;
	}
	now = clock_boot(&clock_system);
	if (attempt->code == ENOBUFS && is_refused(tx, attempt, now)) {
		tx->refused_ns = now;
		tx->stuck_ns = 0;
		return TX_BAD;
	}
	if (tx->full_ns == 0)
		tx->full_ns = now;
	if (tx->stuck_ns == 0)
		tx->waiting = attempt->waiting;
	if (tx->stuck_ns == 0 || attempt->waiting < tx->waiting_now)
		tx->stuck_ns = now;
	tx->waiting_now = attempt->waiting;
	if (now - tx->stuck_ns >= (tx->config.patient ? LONG_PATIENCE_NS : PATIENCE_NS)) {
		tx->stuck_ns = 0;
		return TX_FULL;
	}
	nanosleep(&nap, NULL);
	return TX_AGAIN;
}

void tx_close(struct tx *tx)
{
	int fd;

	if (!tx)
		return;
	fd = tx->fd;
	tx_close(tx->whole);
	tx->ops->close(tx);
	if (fd >= 0)
		close(fd);
}
