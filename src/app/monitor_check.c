/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is wrong with the machine: printed when asked for, said at a start.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "base/safe_text.h"
#include "monitor_parts.h"
#include "startup_check.h"
#include "system/nowait.h"

static void check(struct monitor *m,
		  void (*say)(void *, enum check_level, const char *, const char *))
{
	const struct options *o = m->config.options;
	struct check_interface interfaces[OPTIONS_INTERFACES_MAX];
	struct startup_check_config config = {
		.interfaces = interfaces,
		.directory = -1,
		.forwards = m->config.out && (o->no_uncut || !m->config.output),
		.forwards_uncut = !o->no_uncut,
		.budget_bytes = o->rotation.budget_bytes,
		.reserve_bytes = o->rotation.reserve_bytes,
		.sync = !o->no_sync,
		.file_mode = o->file_mode,
		.say = say,
		.context = m,
	};
	bool missing;

	for (uint32_t i = 0; i < m->count; i++) {
		const struct source *source = m->rows[i].source;

		if (m->rows[i].lane == 0)
			interfaces[config.interface_count++] =
				(struct check_interface){source->dev.name, source->dev.mtu};
		config.ring_bytes += source->geometry.ring_bytes;
	}
	if (m->config.output)
		config.path = output_directory(m->config.output, &missing);
	if (config.path) {
		config.kept_bytes = output_kept_bytes(m->config.output);
		config.directory = open(config.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	}
	startup_check(&config);
	if (config.directory >= 0)
		close(config.directory);
}

static void print_check(void *context, enum check_level level, const char *about, const char *text)
{
	char line[512];

	(void)context;
	snprintf(line, sizeof(line), "%s: %s: %s", level == CHECK_WARN ? "warning" : "ok", about,
		 text);
	text_clean(line);
	puts(line);
}

static void say_check(void *context, enum check_level level, const char *about, const char *text)
{
	struct monitor *m = context;

	if (level == CHECK_WARN)
		log_say(m->config.log, NOTE_CHECK, NULL, "%s: %s", about, text);
}

int monitor_check(struct monitor *m, struct error *err)
{
	check(m, print_check);
	if (fflush(stdout) != 0 && !nowait_is_deserted(STDOUT_FILENO))
		return error_system(err, errno, "standard output");
	return 0;
}

void monitor_advise(struct monitor *m)
{
	/* A single capture somebody looks at needs no advice on months of it. */
	if (m->config.out || (m->config.output && output_rotates(m->config.output)))
		check(m, say_check);
}
