/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Looks, and has check_judge.c say what it means.
 */
#include "check.h"

#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"

#define CLOCKSOURCE "/sys/devices/system/clocksource/clocksource0/current_clocksource"

static void say(const struct check_config *c, enum check_level level, const char *about,
		const char *text)
{
	c->say(c->context, level, about, text);
}

/* One of ethtool's values, or 0 where the device has none. */
static uint32_t ethtool_value(int fd, const char *name, uint32_t command)
{
	struct ethtool_value value = {.cmd = command};
	struct ifreq request = {.ifr_data = (void *)&value};

	snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", name);
	return ioctl(fd, SIOCETHTOOL, &request) < 0 ? 0 : value.data;
}

static void check_offloads(const struct check_config *c)
{
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	char text[CHECK_TEXT_ROOM];

	for (uint32_t i = 0; i < c->count && fd >= 0; i++) {
		const struct netdev *dev = &c->sources[i].dev;
		struct check_offloads offloads;

		if (dev->index == 0)
			continue;
		offloads.gro = ethtool_value(fd, dev->name, ETHTOOL_GGRO) != 0;
		offloads.lro =
			(ethtool_value(fd, dev->name, ETHTOOL_GFLAGS) & ETH_FLAG_LRO) != 0;
		say(c, check_judge_offloads(text, dev->name, &offloads), "offloads", text);
	}
	if (fd >= 0)
		close(fd);
}

static uint64_t available_memory(void)
{
	FILE *in = fopen("/proc/meminfo", "re");
	uint64_t kib = 0;
	char line[128];

	while (in && fgets(line, sizeof(line), in))
		if (sscanf(line, "MemAvailable: %" SCNu64, &kib) == 1)
			break;
	if (in)
		fclose(in);
	return kib * 1024;
}

static void check_ring(const struct check_config *c)
{
	uint64_t bytes = 0, available = available_memory();
	char text[CHECK_TEXT_ROOM];

	for (uint32_t i = 0; i < c->count; i++) {
		bytes += c->sources[i].geometry.ring_bytes;
		/* What is taken already was available. */
		available += c->sources[i].ring ? c->sources[i].geometry.ring_bytes : 0;
	}
	if (available > 0)
		say(c, check_judge_ring(text, bytes, available), "ring", text);
}

static void check_clock(const struct check_config *c)
{
	char name[64] = "", text[CHECK_TEXT_ROOM];
	FILE *in = fopen(CLOCKSOURCE, "re");

	if (!in)
		return;
	if (fgets(name, sizeof(name), in)) {
		name[strcspn(name, "\n")] = '\0';
		say(c, check_judge_clock(text, name), "clock", text);
	}
	fclose(in);
}

/* What is there may be ours, and gives way. */
static uint64_t directory_bytes(int dir)
{
	int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *list = fd >= 0 ? fdopendir(fd) : NULL;
	struct dirent *entry;
	uint64_t bytes = 0;
	struct stat st;

	while (list && (entry = readdir(list)))
		if (fstatat(dir, entry->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
		    S_ISREG(st.st_mode))
			bytes += (uint64_t)st.st_blocks * 512;
	if (list)
		closedir(list);
	else if (fd >= 0)
		close(fd);
	return bytes;
}

static void check_space(const struct check_config *c, int dir)
{
	char text[CHECK_TEXT_ROOM];
	uint64_t free_bytes;
	struct statvfs fs;

	if (fstatvfs(dir, &fs) < 0)
		return;
	free_bytes = (uint64_t)fs.f_bavail * fs.f_frsize;
	say(c, check_judge_space(text, free_bytes, directory_bytes(dir), c->budget_bytes,
				 c->reserve_bytes),
	    "space", text);
}

/* A page written and synced, into a file without a name. */
static void check_sync(const struct check_config *c, int dir)
{
	char page[4096] = "", text[CHECK_TEXT_ROOM];
	uint64_t begin;
	int fd = openat(dir, ".", O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600);

	if (fd < 0)
		return;
	begin = clock_boot(&clock_system);
	if (write(fd, page, sizeof(page)) == sizeof(page) && fdatasync(fd) == 0)
		say(c, check_judge_sync(text, clock_boot(&clock_system) - begin), "sync", text);
	close(fd);
}

void check_machine(const struct check_config *c)
{
	char text[CHECK_TEXT_ROOM];
	struct stat st;
	int dir;

	check_offloads(c);
	check_ring(c);
	check_clock(c);
	if (!c->directory)
		return;
	dir = open(c->directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return;
	check_space(c, dir);
	if (c->sync)
		check_sync(c, dir);
	if (fstat(dir, &st) == 0)
		say(c, check_judge_directory(text, &st, c->target), "directory", text);
	close(dir);
}
