/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Looks at interfaces, memory, clock and disk, and has startup_judge.c say
 * what it means. Where the machine does not answer, nothing is said.
 */
#include "startup_check.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/safe_text.h"
#include "system/netdev.h"
#include "system/privilege.h"

#define CLOCKSOURCE "/sys/devices/system/clocksource/clocksource0/current_clocksource"
#define MEMINFO     "/proc/meminfo"
#define PAGE_BYTES  4096

static void say(const struct startup_check_config *c, enum check_level level, const char *subject,
		char *text)
{
	text_clean(text);
	c->say(c->context, level, subject, text);
}

/* 0 or -errno. */
static int device_ask(int fd, const char *name, void *command)
{
	struct ifreq request = {.ifr_data = command};

	if ((size_t)snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", name) >=
	    sizeof(request.ifr_name))
		return -ENODEV;
	return ioctl(fd, SIOCETHTOOL, &request) < 0 ? -errno : 0;
}

/* How many features this kernel knows, 0 where it does not tell. */
static uint32_t features_count(int fd, const char *name)
{
	struct {
		struct ethtool_sset_info info;
		uint32_t count;
	} set = {.info = {.cmd = ETHTOOL_GSSET_INFO, .sset_mask = 1u << ETH_SS_FEATURES}};

	return device_ask(fd, name, &set) < 0 || !set.info.sset_mask ? 0 : set.count;
}

static void feature_take(struct check_offloads *offloads, const char *feature, bool active)
{
	if (strncmp(feature, "rx-gro", ETH_GSTRING_LEN) == 0)
		offloads->gro = active;
	else if (strncmp(feature, "rx-lro", ETH_GSTRING_LEN) == 0)
		offloads->lro = active;
	else if (strncmp(feature, "rx-gro-hw", ETH_GSTRING_LEN) == 0)
		offloads->gro_hw = active;
}

/* What a sender leaves to its adapter. */
static void feature_take_sending(bool *uncut, const char *feature, bool active)
{
	if (strncmp(feature, "tx-generic-segmentation", ETH_GSTRING_LEN) == 0 ||
	    strncmp(feature, "tx-tcp-segmentation", ETH_GSTRING_LEN) == 0)
		*uncut |= active;
}

/* The kernel numbers features as it likes; their names stay. uncut: whether frames are
 * sent uncut. */
static int offloads_read(int fd, const char *name, struct check_offloads *offloads, bool *uncut)
{
	const uint32_t count = features_count(fd, name), blocks = (count + 31) / 32;
	struct ethtool_gstrings *names = calloc(1, sizeof(*names) + count * ETH_GSTRING_LEN);
	struct ethtool_gfeatures *features =
		calloc(1, sizeof(*features) + blocks * sizeof(features->features[0]));
	int rc = names && features ? 0 : -ENOMEM;

	if (rc == 0 && count == 0)
		rc = -EOPNOTSUPP;
	if (rc == 0) {
		names->cmd = ETHTOOL_GSTRINGS;
		names->string_set = ETH_SS_FEATURES;
		names->len = count;
		features->cmd = ETHTOOL_GFEATURES;
		features->size = blocks;
		rc = device_ask(fd, name, names);
	}
	if (rc == 0)
		rc = device_ask(fd, name, features);
	for (uint32_t i = 0; rc == 0 && i < count; i++) {
		const char *feature = (const char *)names->data + (size_t)i * ETH_GSTRING_LEN;
		const bool active = features->features[i / 32].active >> i % 32 & 1;

		feature_take(offloads, feature, active);
		feature_take_sending(uncut, feature, active);
	}
	free(names);
	free(features);
	return rc;
}

/* Between a virtual interface and its peer nothing is cut into packets. */
static bool is_uncut(int fd, const char *name)
{
	static const char *const drivers[] = {"veth", "tun", "virtio_net"};
	struct ethtool_drvinfo info = {.cmd = ETHTOOL_GDRVINFO};

	if (device_ask(fd, name, &info) < 0)
		return false;
	for (size_t i = 0; i < sizeof(drivers) / sizeof(drivers[0]); i++)
		if (strncmp(info.driver, drivers[i], sizeof(info.driver)) == 0)
			return true;
	return false;
}

/* Its frames are never merged, whatever it says: they are large from the start. */
static bool is_loopback(int fd, const char *name)
{
	struct ifreq request = {.ifr_flags = 0};

	snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", name);
	return ioctl(fd, SIOCGIFFLAGS, &request) == 0 && (request.ifr_flags & IFF_LOOPBACK);
}

/* Where the frames come from that are handed on uncut: the other end of a pair of virtual
 * interfaces, where that is here; else another machine or container, which knows. */
static void look_at_sender(int fd, const char *name, struct check_offloads *offloads,
			   char peer[static IF_NAMESIZE])
{
	struct check_offloads there = {0};
	bool uncut = false;

	if (!is_uncut(fd, name))
		return;
	offloads->sender = CHECK_UNKNOWN;
	if (netdev_peer(name, peer) < 0 || offloads_read(fd, peer, &there, &uncut) < 0)
		return;
	offloads->sender = uncut ? CHECK_UNCUT : CHECK_CUT;
	offloads->peer = peer;
}

static void look_at_offloads(const struct startup_check_config *c)
{
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	char text[CHECK_TEXT_ROOM], peer[IF_NAMESIZE];
	bool uncut = false;

	if (fd < 0)
		return;
	for (size_t i = 0; i < c->interface_count; i++) {
		const struct check_interface *interface = &c->interfaces[i];
		struct check_offloads offloads = {.mtu = interface->mtu,
						  .forwards = c->forwards,
						  .forwards_uncut = c->forwards_uncut};

		if (is_loopback(fd, interface->name) ||
		    offloads_read(fd, interface->name, &offloads, &uncut) < 0)
			continue;
		if (c->forwards)
			look_at_sender(fd, interface->name, &offloads, peer);
		say(c, check_judge_offloads(text, interface->name, &offloads), "offloads", text);
	}
	close(fd);
}

/* 0: not known. */
static uint64_t memory_available(const char *path)
{
	FILE *in = fopen(path, "re");
	uint64_t kib = 0;
	char line[128];

	while (in && fgets(line, sizeof(line), in))
		if (sscanf(line, "MemAvailable: %" SCNu64 " kB", &kib) == 1)
			break;
	if (in)
		fclose(in);
	return kib * 1024;
}

static void look_at_ring(const struct startup_check_config *c)
{
	char text[CHECK_TEXT_ROOM];
	const char *path = c->meminfo_path ? c->meminfo_path : MEMINFO;

	if (c->ring_bytes > 0)
		say(c, check_judge_ring(text, c->ring_bytes, memory_available(path)), "ring", text);
}

static void look_at_clock(const struct startup_check_config *c)
{
	FILE *in = fopen(c->clocksource_path ? c->clocksource_path : CLOCKSOURCE, "re");
	char name[64] = "", text[CHECK_TEXT_ROOM];

	if (!in)
		return;
	if (fgets(name, sizeof(name), in))
		name[strcspn(name, "\n")] = '\0';
	fclose(in);
	if (name[0] != '\0')
		say(c, check_judge_clock(text, name), "clock", text);
}

static void look_at_space(const struct startup_check_config *c)
{
	char text[CHECK_TEXT_ROOM];
	uint64_t bytes;
	struct statvfs fs;

	if (fstatvfs(c->directory, &fs) < 0)
		return;
	if (__builtin_mul_overflow(fs.f_bavail, fs.f_frsize, &bytes))
		bytes = UINT64_MAX;
	say(c, check_judge_space(text, bytes, c->kept_bytes, c->budget_bytes, c->reserve_bytes),
	    "space", text);
}

/* A file without a name, or where the file system has none (NFS, FAT), one
 * that loses it at once. */
static int scratch_open(int dir)
{
	char name[32];
	int fd = openat(dir, ".", O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600);

	if (fd >= 0 || (errno != EOPNOTSUPP && errno != EISDIR && errno != ENOENT))
		return fd;
	snprintf(name, sizeof(name), ".wiretape-check-%d", (int)getpid());
	fd = openat(dir, name, O_CREAT | O_EXCL | O_NOFOLLOW | O_WRONLY | O_CLOEXEC, 0600);
	if (fd >= 0)
		unlinkat(dir, name, 0);
	return fd;
}

static void look_at_sync(const struct startup_check_config *c)
{
	const char page[PAGE_BYTES] = "";
	char text[CHECK_TEXT_ROOM];
	int fd = scratch_open(c->directory);
	uint64_t begin;

	if (fd < 0)
		return;
	begin = clock_boot(&clock_system);
	if (write(fd, page, sizeof(page)) == (ssize_t)sizeof(page) && fdatasync(fd) == 0)
		say(c, check_judge_sync(text, clock_boot(&clock_system) - begin), "sync", text);
	close(fd);
}

/* Other directories in one are none of a recorder's: such as homes and /var have. */
static bool has_directories(int directory)
{
	int fd = openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *list = fd >= 0 ? fdopendir(fd) : NULL;
	const struct dirent *entry;
	bool found = false;

	if (!list && fd >= 0)
		close(fd);
	while (list && !found && (entry = readdir(list)))
		found = entry->d_type == DT_DIR && strcmp(entry->d_name, ".") != 0 &&
			strcmp(entry->d_name, "..") != 0;
	if (list)
		closedir(list);
	return found;
}

static void look_at_directory(const struct startup_check_config *c)
{
	struct check_place place = {
		.path = c->path,
		.file_mode = c->file_mode,
		.user = c->user,
	};
	const struct passwd *owner;
	char text[CHECK_TEXT_ROOM];
	struct stat st;

	if (c->missing) {
		snprintf(text, sizeof(text), "it is made, of mode %04o, and belongs to %s",
			 (unsigned)privilege_directory_mode(c->file_mode),
			 c->user_name ? c->user_name : "who records");
		say(c, CHECK_OK, "directory", text);
		return;
	}
	if (fstat(c->directory, &st) < 0)
		return;
	owner = getpwuid(st.st_uid);
	place.mode = st.st_mode;
	place.owner = st.st_uid;
	place.owner_name = owner ? owner->pw_name : NULL;
	place.others = (st.st_mode & S_ISVTX) || has_directories(c->directory);
	say(c, check_judge_access(text, &place), "directory", text);
	say(c, check_judge_owner(text, &place), "directory", text);
}

void startup_check(const struct startup_check_config *c)
{
	look_at_offloads(c);
	look_at_ring(c);
	look_at_clock(c);
	if (c->directory < 0)
		return;
	look_at_space(c);
	if (c->sync)
		look_at_sync(c);
	if (c->path && !c->shared)
		look_at_directory(c);
}
