/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Packet socket set-up: every option first, then the ring, then the mapping,
 * because most options are refused once a ring exists; the protocol comes
 * last, with bind, because it opens the gate.
 */
#include "ring/rx_socket.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/net_tstamp.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/parse.h"

/* No frame has it: in a frame it is a length. (Older kernels take 0 for the protocol that
 * there was.) */
#define PROTOCOL_OF_NONE 0x00ff

static int set_option(const struct rx_socket_config *config, int fd, int option, const char *what,
		      int value, struct error *err)
{
	if (setsockopt(fd, SOL_PACKET, option, &value, sizeof(value)) < 0)
		return error_system(err, errno, "%s: set %s to %d", config->name, what, value);
	return 0;
}

/* Asks the kernel for the ring; 0 or -errno. block_nr 0 gives it back. */
static int request_ring(const struct rx_socket_config *config, int fd, uint32_t block_nr)
{
	const struct geometry *g = config->geometry;
	struct tpacket_req3 request = {
		.tp_block_size = g->block_size,
		.tp_block_nr = block_nr,
		.tp_frame_size = g->frame_size,
		.tp_frame_nr = g->frames_per_block * block_nr,
	};
	socklen_t bytes = sizeof(struct tpacket_req); /* the same first four fields */

	if (g->version == RING_V3) {
		bytes = sizeof(struct tpacket_req3);
		request.tp_retire_blk_tov = config->block_timeout_ms;
		request.tp_sizeof_priv = g->priv_bytes;
	}
	if (setsockopt(fd, SOL_PACKET, PACKET_RX_RING, &request, bytes) < 0)
		return -errno;
	return 0;
}

/* Out of memory: finds out by trying what would fit, and says it. */
static int report_memory(const struct rx_socket_config *config, int fd, struct error *err)
{
	const struct geometry *g = config->geometry;
	char asked[FORMAT_SIZE_ROOM], fits[FORMAT_SIZE_ROOM];
	uint32_t block_nr = g->block_nr / 2;

	while (block_nr > 0 && request_ring(config, fd, block_nr) < 0)
		block_nr /= 2;
	format_size(asked, g->ring_bytes);
	if (block_nr == 0)
		return error_system(err, ENOMEM, "%s: set up a ring of %s (nor does one block fit)",
				    config->name, asked);
	request_ring(config, fd, 0);
	return error_system(err, ENOMEM, "%s: set up a ring of %s (%s would fit)", config->name,
			    asked, format_size(fits, (uint64_t)block_nr * g->block_size));
}

static int set_adapter_stamps(const struct rx_socket_config *config, int fd, struct error *err)
{
	struct hwtstamp_config stamps = {.rx_filter = HWTSTAMP_FILTER_ALL};
	struct ifreq request = {.ifr_data = (void *)&stamps};

	strncpy(request.ifr_name, config->name, sizeof(request.ifr_name) - 1);
	if (ioctl(fd, SIOCSHWTSTAMP, &request) < 0)
		return error_system(err, errno,
				    "%s: --time-stamp-source adapter: the device does not stamp",
				    config->name);
	return set_option(config, fd, PACKET_TIMESTAMP, "PACKET_TIMESTAMP",
			  SOF_TIMESTAMPING_RAW_HARDWARE, err);
}

static int open_socket(const struct rx_socket_config *config, struct error *err)
{
	int fd = socket(AF_PACKET, (config->cooked ? SOCK_DGRAM : SOCK_RAW) | SOCK_CLOEXEC, 0);

	if (fd >= 0)
		return fd;
	if (errno == EPERM)
		return error_set(err, EPERM,
				 "%s: no permission to capture: run as root, or give the program "
				 "CAP_NET_RAW (setcap cap_net_raw+ep)",
				 config->name);
	return error_system(err, errno, "%s: open a packet socket", config->name);
}

/* Of what is queued a buffer's own size counts; more than the system's usual takes
 * CAP_NET_ADMIN. The kernel takes the value twice, for its book-keeping: sock_setsockopt(),
 * net/core/sock.c. */
static int set_uncut(const struct rx_socket_config *config, struct rx_socket *rx, struct error *err)
{
	const int bytes = (int)(config->uncut_bytes / 2);
	int had = 0, rc = 0;
	socklen_t size = sizeof(had);

	if (config->offloads)
		rc = set_option(config, rx->fd, PACKET_VNET_HDR, "PACKET_VNET_HDR", 1, err);
	if (rc == 0)
		rc = set_option(config, rx->fd, PACKET_COPY_THRESH, "PACKET_COPY_THRESH", 1, err);
	if (rc < 0)
		return rc;
	if (setsockopt(rx->fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof(bytes)) < 0)
		(void)!setsockopt(rx->fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof(bytes));
	if (getsockopt(rx->fd, SOL_SOCKET, SO_RCVBUF, &had, &size) == 0)
		rx->uncut_bytes = (uint32_t)had;
	return 0;
}

/* Any socket of this network namespace tells. */
bool rx_socket_may_queue(void)
{
	const int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0), bytes = 4096;
	bool may;

	if (fd < 0)
		return false;
	may = setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof(bytes)) == 0;
	close(fd);
	return may;
}

/* Everything that must be in place before the ring is. */
static int set_options(const struct rx_socket_config *config, struct rx_socket *rx,
		       struct error *err)
{
	const int fd = rx->fd;
	static const int versions[] =
		{[RING_V1] = TPACKET_V1, [RING_V2] = TPACKET_V2, [RING_V3] = TPACKET_V3};
	const struct geometry *g = config->geometry;
	const int one = 1;
	int rc;

	rc = set_option(config, fd, PACKET_VERSION, "PACKET_VERSION", versions[g->version], err);
	if (rc < 0)
		return rc;
	rc = set_option(config, fd, PACKET_RESERVE, "PACKET_RESERVE", (int)g->reserve, err);
	if (rc < 0)
		return rc;
	if (config->adapter_stamps) {
		rc = set_adapter_stamps(config, fd, err);
		if (rc < 0)
			return rc;
	}
	if (config->uncut_bytes > 0) {
		rc = set_uncut(config, rx, err);
		if (rc < 0)
			return rc;
	}
	/* Since Linux 4.20; the filter drops what comes without it. */
	if (config->ignore_outgoing)
		(void)!setsockopt(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &one, sizeof(one));
	rc = filter_attach(config->filter, fd);
	/* Nothing changes it any more: the end of the inflow is another binding. */
	if (rc == 0)
		rc = filter_lock(fd);
	if (rc < 0)
		return error_system(err, -rc, "%s: attach the filter", config->name);
	return 0;
}

/*
 * Writes to every page once, changing nothing. The mapping has its pages from
 * the start, but the first write to each may still trap: to set its dirty bit,
 * and under some hypervisors to build the real translation, which takes
 * microseconds. Better now than with frames coming in.
 */
static void touch_pages(uint8_t *map, uint64_t bytes)
{
	const long page = sysconf(_SC_PAGESIZE);

	for (uint64_t at = 0; at < bytes; at += (uint64_t)page)
		__atomic_fetch_or((uint32_t *)(void *)(map + at), 0, __ATOMIC_RELAXED);
}

static int make_ring(const struct rx_socket_config *config, struct rx_socket *rx, struct error *err)
{
	const struct geometry *g = config->geometry;
	int rc = request_ring(config, rx->fd, g->block_nr);

	if (rc == -ENOMEM)
		return report_memory(config, rx->fd, err);
	if (rc < 0)
		return error_system(err, -rc, "%s: set up a ring of %u blocks of %u bytes",
				    config->name, g->block_nr, g->block_size);
	rx->map = mmap(config->map_at, g->ring_bytes, PROT_READ | PROT_WRITE,
		       MAP_SHARED | (config->map_at ? MAP_FIXED : 0), rx->fd, 0);
	if (rx->map == MAP_FAILED) {
		rx->map = NULL;
		return error_system(err, errno, "%s: map the ring", config->name);
	}
	/* A child would keep the socket and its ring alive. */
	madvise(rx->map, g->ring_bytes, MADV_DONTFORK);
	touch_pages(rx->map, g->ring_bytes);
	return 0;
}

int rx_socket_open(const struct rx_socket_config *config, struct rx_socket *rx, struct error *err)
{
	int rc;

	*rx = (struct rx_socket){.fd = open_socket(config, err)};
	if (rx->fd < 0)
		return rx->fd;
	rc = set_options(config, rx, err);
	if (rc == 0)
		rc = make_ring(config, rx, err);
	if (rc < 0)
		rx_socket_close(config, rx);
	return rc;
}

static int set_promiscuous(const struct rx_socket_config *config, const struct rx_socket *rx,
			   int option)
{
	struct packet_mreq membership = {
		.mr_ifindex = config->index,
		.mr_type = PACKET_MR_PROMISC,
	};

	if (!config->promiscuous || config->index == 0)
		return 0;
	return setsockopt(rx->fd, SOL_PACKET, option, &membership, sizeof(membership));
}

static int bind_to(const struct rx_socket *rx, int index, uint16_t protocol)
{
	struct sockaddr_ll address = {
		.sll_family = AF_PACKET,
		.sll_protocol = htons(protocol),
		.sll_ifindex = index,
	};

	return bind(rx->fd, (struct sockaddr *)&address, sizeof(address));
}

int rx_socket_rebind(struct rx_socket_config *config, const struct rx_socket *rx, int index)
{
	/* Gone with a device that is gone. */
	(void)!set_promiscuous(config, rx, PACKET_DROP_MEMBERSHIP);
	config->index = index;
	if (set_promiscuous(config, rx, PACKET_ADD_MEMBERSHIP) < 0 ||
	    bind_to(rx, index, ETH_P_ALL) < 0)
		return -errno;
	return 0;
}

int rx_socket_stop(const struct rx_socket *rx)
{
	const int index = rx_socket_bound(rx);

	/* Of an interface that is gone nothing comes. */
	if (index < 0)
		return 0;
	if (bind_to(rx, index, PROTOCOL_OF_NONE) < 0 && errno != ENODEV)
		return -errno;
	/* That it is down is no news. */
	(void)rx_socket_error(rx);
	return 0;
}

int rx_socket_bound(const struct rx_socket *rx)
{
	struct sockaddr_ll address = {0};
	socklen_t bytes = sizeof(address);

	return getsockname(rx->fd, (struct sockaddr *)&address, &bytes) < 0 ? -1
									    : address.sll_ifindex;
}

int rx_socket_bind(const struct rx_socket_config *config, const struct rx_socket *rx,
		   struct error *err)
{
	int code;

	if (set_promiscuous(config, rx, PACKET_ADD_MEMBERSHIP) < 0)
		return error_system(err, errno, "%s: set promiscuous mode", config->name);
	if (bind_to(rx, config->index, ETH_P_ALL) < 0)
		return error_system(err, errno, "%s: bind", config->name);
	/* bind() takes an interface that is down, and says so only here. */
	code = rx_socket_error(rx);
	if (code == ENETDOWN && config->may_be_down)
		return 0;
	if (code == ENETDOWN)
		return error_set(err, code, "%s: the interface is down (ip link set %s up)",
				 config->name, config->name);
	if (code != 0)
		return error_system(err, code, "%s: bind", config->name);
	return 0;
}

int rx_socket_error(const struct rx_socket *rx)
{
	int code = 0;
	socklen_t bytes = sizeof(code);

	if (getsockopt(rx->fd, SOL_SOCKET, SO_ERROR, &code, &bytes) < 0)
		return errno;
	return code;
}

void rx_socket_close(const struct rx_socket_config *config, struct rx_socket *rx)
{
	/* The mapping alone would keep the socket receiving. */
	if (rx->map)
		munmap(rx->map, config->geometry->ring_bytes);
	if (rx->fd >= 0)
		close(rx->fd);
	rx->map = NULL;
	rx->fd = -1;
}
