/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Whether a recorder has the directory is told by its lock, which is only looked at: who took
 * it, be it for a moment, could keep a recorder from its start.
 */
#include "app/standing.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "app/asking.h"
#include "base/json.h"
#include "base/parse.h"
#include "disk/manifest.h"

struct standing {
	int dir;
	bool locked; /* a recorder has it */
	uint64_t segments, bytes;
	uint64_t newest_ns; /* when the last one was closed; 0: not known */
};

/* A line of /proc/locks: "1: FLOCK  ADVISORY  WRITE 1234 08:01:5678 0 EOF". */
static bool is_locked(int dir)
{
	char wanted[64], line[256];
	bool found = false;
	struct stat st;
	FILE *locks;

	if (fstat(dir, &st) < 0)
		return false;
	snprintf(wanted, sizeof(wanted), " %02x:%02x:%ju ", major(st.st_dev), minor(st.st_dev),
		 (uintmax_t)st.st_ino);
	locks = fopen("/proc/locks", "re");
	while (locks && !found && fgets(line, sizeof(line), locks))
		found = strstr(line, ": FLOCK ") && strstr(line, wanted);
	if (locks)
		fclose(locks);
	return found;
}

/* Of several lines on one segment only one is counted: the file is there once. */
static int visit(void *context, const struct manifest_line *line)
{
	struct standing *s = context;
	struct file_identity identity;
	struct stat st;

	if (line->kind != MANIFEST_SEGMENT || fstatat(s->dir, line->name, &st, 0) < 0 ||
	    file_identify(s->dir, line->name, &identity, NULL) < 0 ||
	    !file_identity_equal(&identity, &line->identity))
		return 0;
	s->segments++;
	s->bytes += (uint64_t)st.st_blocks * 512;
	if (line->wall_ns > s->newest_ns)
		s->newest_ns = line->wall_ns;
	return 0;
}

static const char *problem_of(const struct standing *s)
{
	return s->locked ? "a recorder runs there that cannot be asked" : "no recorder runs there";
}

static void print(const struct standing *s, bool json)
{
	char size[FORMAT_SIZE_ROOM], time[FORMAT_TIME_ROOM] = "";

	if (s->newest_ns)
		format_time(time, s->newest_ns);
	if (!json) {
		printf("not healthy: %s\nkept: %" PRIu64 " segment%s, %s\n", problem_of(s),
		       s->segments, PLURAL(s->segments), format_size(size, s->bytes));
		if (s->newest_ns)
			printf("the last one was finished: %s\n", time);
		return;
	}
	printf("{\"recording\": %s, \"output\": {\"segments_kept\": %" PRIu64
	       ", \"used_bytes\": %" PRIu64 "},\n \"finished\": ",
	       s->locked ? "true" : "false", s->segments, s->bytes);
	if (s->newest_ns)
		json_write_string(stdout, time);
	else
		fputs("null", stdout);
	fputs(",\n \"health\": {\"healthy\": false, \"problems\": [", stdout);
	json_write_string(stdout, problem_of(s));
	puts("]}}");
}

static int look(const struct options *o, struct error *err)
{
	struct standing s = {.dir = open(o->status, O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
	int rc;

	if (s.dir < 0 && (errno == ENOENT || errno == ENOTDIR))
		return error_usage(err, "%s: %s", o->status, strerror(errno));
	if (s.dir < 0)
		return error_system(err, errno, "%s", o->status);
	s.locked = is_locked(s.dir);
	rc = manifest_read(s.dir, MANIFEST_NAME, visit, &s);
	close(s.dir);
	if (rc < 0)
		return error_system(err, -rc, "%s/%s", o->status, MANIFEST_NAME);
	print(&s, o->json);
	return error_set(err, ESRCH, "%s: %s", o->status, problem_of(&s));
}

int standing_run(const struct options *options, struct error *err)
{
	bool healthy = false;
	int rc = asking_print(options->status, &options->request, &healthy, err);

	if (rc == -ENOENT || rc == -ECONNREFUSED)
		rc = look(options, err);
	else if (rc == 0 && !healthy)
		rc = error_set(err, EIO, "%s: not healthy, as was said", options->status);
	return rc < 0 ? error_context(err, "--status") : 0;
}
