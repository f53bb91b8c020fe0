/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How much memory may be had: what the machine has available (/proc/meminfo), and what
 * each control group from ours to the top leaves (Documentation/admin-guide/cgroup-v2.rst,
 * cgroup-v1/memory.rst in the kernel's sources).
 */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "disk/spill.h"

#define CGROUPS "/sys/fs/cgroup"

/* A number in a file of its own; UINT64_MAX for "max" and where there is none. */
static uint64_t read_number(const char *directory, const char *name)
{
	char path[PATH_MAX], text[32] = "";
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	file = fopen(path, "re");
	if (!file)
		return UINT64_MAX;
	if (!fgets(text, sizeof(text), file))
		text[0] = '\0';
	fclose(file);
	return text[0] >= '0' && text[0] <= '9' ? strtoull(text, NULL, 10) : UINT64_MAX;
}

static uint64_t available(void)
{
	unsigned long long kib;
	uint64_t bytes = UINT64_MAX;
	char line[128];
	FILE *file = fopen("/proc/meminfo", "re");

	while (file && fgets(line, sizeof(line), file))
		if (sscanf(line, "MemAvailable: %llu kB", &kib) == 1)
			bytes = kib * 1024;
	if (file)
		fclose(file);
	return bytes;
}

/* What the groups of one hierarchy leave, from path below root up to it. What can be taken
 * back from the page cache counts as used; so the answer is on the safe side. */
static uint64_t left_in(const char *root, char *path, const char *limit, const char *usage)
{
	uint64_t least = UINT64_MAX;
	char directory[PATH_MAX];
	char *slash;

	for (;;) {
		uint64_t most, used;

		snprintf(directory, sizeof(directory), "%s%s", root, path);
		most = read_number(directory, limit);
		used = read_number(directory, usage);
		if (most != UINT64_MAX && used != UINT64_MAX)
			most = most > used ? most - used : 0;
		least = most < least ? most : least;
		slash = strrchr(path, '/');
		if (!slash)
			return least;
		*slash = '\0';
	}
}

/* Lines are "hierarchy:controllers:path" (cgroups(7)). */
static uint64_t left_in_groups(void)
{
	uint64_t least = UINT64_MAX, left;
	char line[PATH_MAX];
	FILE *file = fopen("/proc/self/cgroup", "re");

	while (file && fgets(line, sizeof(line), file)) {
		char *controllers = strchr(line, ':'), *path;

		path = controllers ? strchr(controllers + 1, ':') : NULL;
		if (!path)
			continue;
		*path++ = '\0';
		path[strcspn(path, "\n")] = '\0';
		if (controllers[1] == '\0')
			left = left_in(CGROUPS, path, "memory.max", "memory.current");
		else if (strcmp(controllers + 1, "memory") == 0)
			left = left_in(CGROUPS "/memory", path, "memory.limit_in_bytes",
				       "memory.usage_in_bytes");
		else
			continue;
		least = left < least ? left : least;
	}
	if (file)
		fclose(file);
	return least;
}

uint64_t spill_available(void)
{
	uint64_t bytes = available(), left = left_in_groups();

	bytes = left < bytes ? left : bytes;
	return bytes == UINT64_MAX ? 0 : bytes;
}

uint64_t spill_default_bound(void)
{
	return spill_available() / 4;
}
