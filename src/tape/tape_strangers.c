/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is in a tape's directory and not proven the tape's: told of, and left alone.
 * Empty files under hidden names go: a crash between making a file and the line that
 * says so leaves one, under a number that may be any of the last, as numbers are given
 * back; and nothing is lost with it.
 */
#include "tape.h"

#include "base/parse.h"
#include "control/control.h"

#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tape_state.h"

/* Whether it is the name of a segment that is open. */
static bool is_open(const struct tape *tape, const char *name)
{
	uint64_t sequence = tape_hidden_number(name);

	for (unsigned i = 0; i < TAPE_OPEN_MOST; i++)
		if (sequence && tape->open[i].sequence == sequence)
			return true;
	return false;
}

/* Whether it is the name of what is left of one that is being deleted. */
static bool is_going(const struct tape *tape, const char *name)
{
	char gone[MANIFEST_GONE_ROOM];

	for (const struct tape_removal *r = tape->removals; r; r = r->next) {
		manifest_gone_name(r->sequence, gone);
		if (strcmp(name, gone) == 0)
			return true;
	}
	return false;
}

/* Whether it is empty, and has come from a recorder's crash. */
static bool is_leftover(const struct tape *tape, const char *name)
{
	char gone[MANIFEST_GONE_ROOM] = "";
	struct stat st;

	/* What a segment was to be packed into has that of one that goes. */
	if (strncmp(name, MANIFEST_HIDDEN, strlen(MANIFEST_HIDDEN)) == 0)
		manifest_gone_name(strtoull(name + strlen(MANIFEST_HIDDEN), NULL, 10), gone);
	return (tape_hidden_number(name) || strcmp(name, gone) == 0) &&
	       fstatat(tape->dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(st.st_mode) &&
	       st.st_size == 0 && st.st_nlink == 1 && st.st_uid == geteuid();
}

struct strangers {
	size_t hidden, files;
};

static void look_at(const struct tape *tape, const char *name, struct strangers *found)
{
	if (strncmp(name, MANIFEST_HIDDEN, strlen(MANIFEST_HIDDEN)) != 0)
		found->files += *name != '.';
	else if (strncmp(name, MANIFEST_NAME, strlen(MANIFEST_NAME)) != 0 &&
		 strncmp(name, PINS_NAME, strlen(PINS_NAME)) != 0 &&
		 strcmp(name, CONTROL_HIDDEN_NAME) != 0 && !is_open(tape, name) &&
		 !is_going(tape, name) &&
		 (!is_leftover(tape, name) || unlinkat(tape->dir, name, 0) < 0))
		found->hidden++;
}

void tape_tell_strangers(struct tape *tape, const struct tape_index *orphans)
{
	int fd = openat(tape->dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct strangers found = {0};
	struct dirent *entry;

	if (!dir) {
		if (fd >= 0)
			close(fd);
		return;
	}
	while ((entry = readdir(dir))) {
		tape_drop_lone_index(tape, entry->d_name);
		look_at(tape, entry->d_name, &found);
	}
	closedir(dir);
	/* Those were told of. */
	for (size_t i = 0; i < orphans->count; i++)
		if (*tape_index_at(orphans, i)->name == '.' && found.hidden > 0)
			found.hidden -= !tape->config.adopt;
	if (found.hidden > 0)
		tape_note(tape, NOTE_ADOPT,
			  "%s: %zu hidden file%s named like segments are not proven ours, left "
			  "alone",
			  tape->path, found.hidden, found.hidden == 1 ? "" : "s");
	if (found.files > tape->index.count)
		tape_note(tape, NOTE_DETAIL,
			  "%s: not this recorder's, not counted, never deleted: %zu file%s",
			  tape->path, found.files - tape->index.count,
			  PLURAL(found.files - tape->index.count));
}
