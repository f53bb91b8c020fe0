/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The machine, in words: uname(2), and the model of the processor where the kernel
 * tells it.
 */
#include "origin.h"

#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

void origin_read(struct origin *origin)
{
	static const char key[] = "model name\t: ";
	struct utsname system;
	char line[256];
	FILE *cpus;

	uname(&system);
	snprintf(origin->os, sizeof(origin->os), "%s %s", system.sysname, system.release);
	snprintf(origin->hardware, sizeof(origin->hardware), "%s", system.machine);
	cpus = fopen("/proc/cpuinfo", "re");
	if (!cpus)
		return;
	while (fgets(line, sizeof(line), cpus)) {
		if (strncmp(line, key, sizeof(key) - 1) != 0)
			continue;
		line[strcspn(line, "\n")] = '\0';
		snprintf(origin->hardware, sizeof(origin->hardware), "%s (%s)",
			 line + sizeof(key) - 1, system.machine);
		break;
	}
	fclose(cpus);
}

struct pcapng_interface origin_interface(const struct origin *origin, const struct source *source)
{
	return (struct pcapng_interface){
		.linktype = pcapng_linktype(source->linktype.dlt),
		.snaplen = source->config.snaplen,
		.name = source->dev.name,
		.description = source->dev.alias,
		.filter = source->config.filter,
		.os = origin->os,
		.mac = source->dev.has_mac ? source->dev.mac : NULL,
		.speed_bps = source->dev.speed_bps,
		.tsresol = 9,
	};
}
