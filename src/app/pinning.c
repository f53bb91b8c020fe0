/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Without a recorder the directory is locked as by one, so that none begins meanwhile.
 */
#include "app/pinning.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/asking.h"
#include "base/parse.h"
#include "control/control.h"
#include "disk/manifest.h"
#include "disk/pins.h"
#include "tape/sink_tape.h"

#define FILE_MODE 0600

/* What is pinned, by the manifest: the last line on each segment that is there. */
struct sum {
	int dir;
	const struct pins *pins;
	uint64_t before_ns; /* when the segment before was closed */
	uint64_t last;      /* the one that was counted last */
	uint64_t bytes;
};

static int visit(void *context, const struct manifest_line *line)
{
	struct sum *s = context;
	struct file_identity identity;
	int64_t least = (int64_t)s->before_ns, most = (int64_t)line->wall_ns;
	struct stat st;

	if (line->kind != MANIFEST_SEGMENT || line->sequence <= s->last ||
	    fstatat(s->dir, line->name, &st, 0) < 0 ||
	    file_identify(s->dir, line->name, &identity, NULL) < 0 ||
	    !file_identity_equal(&identity, &line->identity))
		return 0;
	s->last = line->sequence;
	s->before_ns = line->wall_ns;
	if (line->order.known) {
		least = line->order.least_ns;
		most = line->order.most_ns;
	}
	for (unsigned i = 0; i < s->pins->count; i++) {
		if (!pin_holds(&s->pins->list[i], least, most))
			continue;
		s->bytes += (uint64_t)st.st_blocks * 512;
		break;
	}
	return 0;
}

/* Whether all of it fits into the share. */
static int check_share(int dir, const struct pins *pins, struct error *err)
{
	struct sum sum = {.dir = dir, .pins = pins};
	char keep[FORMAT_SIZE_ROOM], wanted[FORMAT_SIZE_ROOM];
	int rc;

	if (pins->keep_bytes == 0)
		return error_set(err, EINVAL,
				 "there is no share of the budget for pins: record with -b "
				 "keep:SIZE");
	rc = manifest_read(dir, MANIFEST_NAME, visit, &sum);
	if (rc < 0)
		return error_system(err, -rc, MANIFEST_NAME);
	if (sum.bytes <= pins->keep_bytes)
		return 0;
	return error_set(err, ENOSPC,
			 "%s for pins are not enough for %s: let another go, or pin less",
			 format_size(keep, pins->keep_bytes), format_size(wanted, sum.bytes));
}

static int change(int dir, const struct control_request *request, struct error *err)
{
	struct pins pins;
	int rc = pins_read(dir, PINS_NAME, &pins);

	if (rc < 0)
		return error_system(err, -rc, PINS_NAME);
	if (request->verb == CONTROL_UNPIN)
		rc = pins_remove(&pins, request->pin.name, err);
	else
		rc = pins_add(&pins, &request->pin, err);
	if (rc == 0 && request->verb == CONTROL_PIN)
		rc = check_share(dir, &pins, err);
	if (rc < 0)
		return rc;
	rc = pins_write(dir, PINS_NAME, &pins, FILE_MODE, true);
	return rc < 0 ? error_system(err, -rc, "write " PINS_NAME) : 0;
}

static int list(int dir, bool json, struct error *err)
{
	struct pins pins;
	int rc = pins_read(dir, PINS_NAME, &pins);
	char *text = rc == 0 ? pins_tell(&pins, json) : NULL;

	if (rc < 0)
		return error_system(err, -rc, PINS_NAME);
	if (!text)
		return error_system(err, ENOMEM, PINS_NAME);
	fputs(text, stdout);
	free(text);
	return 0;
}

static void say(const struct control_request *request)
{
	char text[PIN_NAME_MOST + 32], *words;

	snprintf(text, sizeof(text), "%s is %s", request->pin.name,
		 request->verb == CONTROL_PIN ? "pinned" : "let go");
	words = control_words(request->json, text);
	fputs(words ? words : "", stdout);
	free(words);
}

static int do_here(const struct options *o, struct error *err)
{
	struct stat st;
	int dir, rc;

	if (stat(o->pinned, &st) < 0)
		return error_usage(err, "%s: %s", o->pinned, strerror(errno));
	dir = sink_tape_lock(o->pinned, err);
	if (dir < 0)
		return dir;
	if (o->request.verb == CONTROL_PINS)
		rc = list(dir, o->json, err);
	else
		rc = change(dir, &o->request, err);
	close(dir);
	if (rc < 0)
		return error_context(err, "%s", o->pinned);
	if (o->request.verb != CONTROL_PINS)
		say(&o->request);
	return 0;
}

int pinning_run(const struct options *o, struct error *err)
{
	bool done;
	int rc = asking_print(o->pinned, &o->request, &done, err);

	if (rc == -ENOENT || rc == -ECONNREFUSED)
		rc = do_here(o, err);
	return rc < 0 ? error_context(err, "--%s", control_verb_name(o->request.verb)) : 0;
}
