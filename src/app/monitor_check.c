/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is wrong with the machine: printed when asked for, said at a start.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/parse.h"
#include "base/safe_text.h"
#include "monitor_parts.h"
#include "startup_check.h"
#include "system/nowait.h"

struct checking {
	struct monitor *monitor;
	unsigned warnings;
};

/* The directory, or the one it is to be made in; a descriptor or -1. */
static int open_place(const char *path, bool missing)
{
	size_t length = strlen(path);
	char *parent;
	int fd;

	if (!missing)
		return open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	while (length > 0 && path[length - 1] == '/')
		length--;
	while (length > 0 && path[length - 1] != '/')
		length--;
	parent = strndup(length > 0 ? path : ".", length > 0 ? length : 1);
	fd = parent ? open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
	free(parent);
	return fd;
}

static void check_place(struct monitor *m, struct startup_check_config *config)
{
	const char *write = m->config.options->write;

	config->path = output_directory(m->config.output, &config->missing);
	if (!config->path)
		return;
	/* FILE, of which the names of segments are made, may be anywhere. */
	config->shared = strcmp(config->path, write) != 0;
	config->kept_bytes = output_kept_bytes(m->config.output);
	config->directory = open_place(config->path, config->missing);
}

static void check(struct checking *checking,
		  void (*say)(void *, enum check_level, const char *, const char *))
{
	struct monitor *m = checking->monitor;
	const struct options *o = m->config.options;
	struct check_interface interfaces[OPTIONS_INTERFACES_MAX];
	struct startup_check_config config = {
		.interfaces = interfaces,
		.directory = -1,
		.user = m->config.target->uid,
		.user_name = m->config.target->name,
		.forwards = m->config.out && (o->no_uncut || !m->config.output),
		.forwards_uncut = !o->no_uncut,
		.budget_bytes = o->rotation.budget_bytes,
		.reserve_bytes = o->rotation.reserve_bytes,
		.sync = !o->no_sync,
		.file_mode = o->file_mode,
		.say = say,
		.context = checking,
	};

	for (uint32_t i = 0; i < m->count; i++) {
		const struct source *source = m->rows[i].source;

		if (m->rows[i].lane == 0)
			interfaces[config.interface_count++] =
				(struct check_interface){source->dev.name, source->dev.mtu};
		config.ring_bytes += source->geometry.ring_bytes;
	}
	if (m->config.output)
		check_place(m, &config);
	startup_check(&config);
	if (config.directory >= 0)
		close(config.directory);
}

static void print_check(void *context, enum check_level level, const char *about, const char *text)
{
	struct checking *checking = context;
	char line[512], time[FORMAT_TIME_ROOM];
	const bool warning = level == CHECK_WARN;

	checking->warnings += warning;
	if (checking->monitor->config.options->log_json) {
		printf("{\"time\":\"%s\",\"level\":\"%s\",\"cause\":\"check\",\"about\":\"%s\","
		       "\"message\":",
		       format_time(time, clock_wall(&clock_system)), warning ? "warning" : "info",
		       about);
		json_write_string(stdout, text);
		puts("}");
		return;
	}
	snprintf(line, sizeof(line), "%s: %s: %s", warning ? "warning" : "ok", about, text);
	text_clean(line);
	puts(line);
}

static void say_check(void *context, enum check_level level, const char *about, const char *text)
{
	struct checking *checking = context;

	if (level == CHECK_WARN)
		log_say(checking->monitor->config.log, NOTE_CHECK, NULL, "%s: %s", about, text);
}

int monitor_check(struct monitor *m, struct error *err)
{
	struct checking checking = {.monitor = m};

	check(&checking, print_check);
	if (fflush(stdout) != 0 && !nowait_is_deserted(STDOUT_FILENO))
		return error_system(err, errno, "standard output");
	if (checking.warnings == 0)
		return 0;
	return error_set(err, ECANCELED, "--check: %u warning%s", checking.warnings,
			 checking.warnings == 1 ? "" : "s");
}

void monitor_advise(struct monitor *m)
{
	/* A single capture somebody looks at needs no advice on months of it. */
	if (m->config.out || (m->config.output && output_rotates(m->config.output)))
		check(&(struct checking){.monitor = m}, say_check);
}
