/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A few lines that change seldom: they are written anew each time, under another name, and
 * then get theirs.
 */
#include "disk/pins.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/json.h"
#include "base/parse.h"
#include "system/unique_file.h"
#include "system/write_all.h"

#define FIRST_LINE "wiretape-pins 1\n"

bool pin_name_fits(const char *name)
{
	size_t length = 0;

	for (; name[length]; length++) {
		const char c = name[length];

		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
		      c == '_' || (length > 0 && strchr("-.:+", c))))
			return false;
	}
	return length > 0 && length <= PIN_NAME_MOST;
}

/* --- the file ----------------------------------------------------------------------------- */

static void take_line(struct pins *pins, char *line)
{
	struct pin pin;
	char name[PIN_NAME_MOST + 2];

	if (strncmp(line, "keep ", 5) == 0) {
		pins->keep_bytes = strtoull(line + 5, NULL, 10);
		return;
	}
	/* One more character than there may be shows that there are too many. */
	if (sscanf(line, "pin %" SCNd64 " %" SCNd64 " %65s", &pin.from_ns, &pin.to_ns, name) != 3 ||
	    !pin_name_fits(name))
		return;
	memcpy(pin.name, name, sizeof(pin.name));
	(void)pins_add(pins, &pin, NULL);
}

/* As of a manifest: what others have put there is not believed. */
static int check_owner(int dir, int fd)
{
	struct stat st, top;

	if (fstat(fd, &st) < 0 || fstat(dir, &top) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -EINVAL;
	return st.st_uid == geteuid() || st.st_uid == 0 || st.st_uid == top.st_uid ? 0 : -EPERM;
}

int pins_read(int dir, const char *name, struct pins *pins)
{
	int fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY), rc;
	char line[256];
	FILE *file;

	*pins = (struct pins){0};
	if (fd < 0)
		return errno == ENOENT ? 0 : -errno;
	rc = check_owner(dir, fd);
	file = rc == 0 ? fdopen(fd, "r") : NULL;
	if (!file) {
		close(fd);
		return rc < 0 ? rc : -ENOMEM;
	}
	if (!fgets(line, sizeof(line), file) || strcmp(line, FIRST_LINE) != 0)
		rc = ferror(file) ? -EIO : -EINVAL;
	while (rc == 0 && fgets(line, sizeof(line), file))
		take_line(pins, line);
	if (ferror(file))
		rc = -EIO;
	fclose(file);
	return rc;
}

static char *make_text(const struct pins *pins, size_t *bytes)
{
	char *text = NULL;
	FILE *out = open_memstream(&text, bytes);

	if (!out)
		return NULL;
	fprintf(out, FIRST_LINE "keep %" PRIu64 "\n", pins->keep_bytes);
	for (unsigned i = 0; i < pins->count; i++)
		fprintf(out, "pin %" PRId64 " %" PRId64 " %s\n", pins->list[i].from_ns,
			pins->list[i].to_ns, pins->list[i].name);
	if (fclose(out) == 0)
		return text;
	free(text);
	return NULL;
}

int pins_write(int dir, const char *name, const struct pins *pins, mode_t mode, bool sync)
{
	char new_name[UNIQUE_NAME_ROOM];
	struct stat top;
	size_t bytes = 0;
	char *text = make_text(pins, &bytes);
	int fd, rc;

	if (!text)
		return -ENOMEM;
	unique_sweep(dir, name, false);
	fd = rc = unique_create(dir, name, new_name);
	if (fd < 0) {
		free(text);
		return rc;
	}
	(void)!fchmod(fd, mode | 0600);
	if (fstat(dir, &top) == 0 && geteuid() == 0)
		(void)!fchown(fd, top.st_uid, (gid_t)-1);
	rc = write_all(fd, text, bytes);
	if (rc == 0 && sync && fsync(fd) < 0)
		rc = -errno;
	if (rc == 0 && renameat(dir, new_name, dir, name) < 0)
		rc = -errno;
	if (rc < 0)
		(void)unlinkat(dir, new_name, 0);
	else if (sync)
		(void)!fsync(dir);
	close(fd);
	free(text);
	return rc;
}

/* --- the list ----------------------------------------------------------------------------- */

int pins_add(struct pins *pins, const struct pin *pin, struct error *err)
{
	for (unsigned i = 0; i < pins->count; i++)
		if (strcmp(pins->list[i].name, pin->name) == 0)
			return error_set(err, EEXIST, "there is a pin called %s", pin->name);
	if (pins->count == PINS_MOST)
		return error_set(err, ENOSPC, "there are %u pins, and cannot be more", PINS_MOST);
	if (pin->from_ns < 0 || pin->from_ns >= pin->to_ns)
		return error_set(err, EINVAL, "a pin begins before it ends");
	pins->list[pins->count++] = *pin;
	return 0;
}

int pins_remove(struct pins *pins, const char *name, struct error *err)
{
	for (unsigned i = 0; i < pins->count; i++) {
		if (strcmp(pins->list[i].name, name) != 0)
			continue;
		pins->count--;
		memmove(&pins->list[i], &pins->list[i + 1],
			(pins->count - i) * sizeof(pins->list[i]));
		return 0;
	}
	return error_set(err, ENOENT, "there is no pin called %s", name);
}

bool pin_holds(const struct pin *pin, int64_t least_ns, int64_t most_ns)
{
	return least_ns < pin->to_ns && most_ns >= pin->from_ns;
}

static void tell_one(FILE *out, const struct pin *pin, bool json, bool first)
{
	char from[FORMAT_TIME_ROOM], to[FORMAT_TIME_ROOM];

	format_time(from, (uint64_t)pin->from_ns);
	format_time(to, (uint64_t)pin->to_ns);
	if (!json) {
		fprintf(out, "%s: from %s to %s\n", pin->name, from, to);
		return;
	}
	fputs(first ? "{\"name\": " : ", {\"name\": ", out);
	json_write_string(out, pin->name);
	fprintf(out, ", \"from\": \"%s\", \"to\": \"%s\"}", from, to);
}

char *pins_tell(const struct pins *pins, bool json)
{
	char *text = NULL;
	size_t bytes = 0;
	FILE *out = open_memstream(&text, &bytes);

	if (!out)
		return NULL;
	fputs(json ? "{\"pins\": [" : pins->count ? "" : "no pins\n", out);
	for (unsigned i = 0; i < pins->count; i++)
		tell_one(out, &pins->list[i], json, i == 0);
	if (json)
		fprintf(out, "], \"keep_bytes\": %" PRIu64 "}\n", pins->keep_bytes);
	if (fclose(out) == 0)
		return text;
	free(text);
	return NULL;
}
