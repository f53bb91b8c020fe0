/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The directory of a tape: looked at, locked, and held by its descriptor.
 */
#include "tape.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tape_state.h"

/* Opens it, looks at it and locks it: its descriptor, or a usage error. */
static int open_directory(const char *path, bool follow, struct error *err)
{
	int dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | (follow ? 0 : O_NOFOLLOW));
	struct stat st;
	int rc = 0;

	if (dir < 0)
		return error_usage(err, "cannot record in directory %s: %s", path, strerror(errno));
	if (fstat(dir, &st) < 0)
		rc = error_usage(err, "cannot record in directory %s: %s", path, strerror(errno));
	else if ((st.st_mode & S_IWOTH) && !(st.st_mode & S_ISVTX))
		rc = error_usage(err,
				 "cannot record in directory %s: anybody can write to it (chmod "
				 "o-w "
				 "%s)",
				 path, path);
	else if (faccessat(dir, ".", W_OK | X_OK, AT_EACCESS) < 0)
		rc = error_usage(err, "cannot record in directory %s: %s", path, strerror(errno));
	else if (flock(dir, LOCK_EX | LOCK_NB) < 0)
		rc = error_usage(err, "cannot record in directory %s: %s", path,
				 errno == EWOULDBLOCK ? "another recorder is using it"
						      : strerror(errno));
	if (rc < 0) {
		close(dir);
		return rc;
	}
	return dir;
}

static void read_boot_id(char id[static MANIFEST_BOOT_ID + 1])
{
	int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);

	/* Without one, no two starts are taken for the same boot. */
	memset(id, '-', MANIFEST_BOOT_ID);
	id[MANIFEST_BOOT_ID] = '\0';
	if (fd < 0)
		return;
	if (read(fd, id, MANIFEST_BOOT_ID) != MANIFEST_BOOT_ID)
		memset(id, '-', MANIFEST_BOOT_ID);
	close(fd);
}

int tape_lock(const char *path, struct error *err)
{
	return open_directory(path, true, err);
}

/* A descriptor, or -errno. */
static int lock_or_copy(const struct tape_config *config, struct error *err)
{
	int dir;

	if (config->dir == 0)
		return tape_lock(config->path, err);
	dir = fcntl(config->dir, F_DUPFD_CLOEXEC, 3);
	return dir < 0 ? error_system(err, errno, "%s", config->path) : dir;
}

int tape_open(const struct tape_config *config, struct tape **result, struct error *err)
{
	struct tape *tape = calloc(1, sizeof(*tape));
	int rc;

	if (!tape)
		return error_system(err, ENOMEM, "%s", config->path);
	tape->config = *config;
	tape->dir = rc = lock_or_copy(config, err);
	if (rc < 0) {
		free(tape);
		return rc;
	}
	/* From now on it is this one, wherever links lead later. */
	rc = tape_find_path(tape->dir, tape->path);
	if (rc < 0) {
		close(tape->dir);
		free(tape);
		return error_system(err, -rc, "%s", config->path);
	}
	rc = helper_open(config->wake_fd, &tape->remover);
	if (rc == 0 && (rc = tape_pack_open(tape)) < 0) {
		tape_pack_close(tape);
		helper_close(tape->remover);
	}
	if (rc < 0) {
		close(tape->dir);
		free(tape);
		return error_system(err, -rc, "%s", config->path);
	}
	read_boot_id(tape->boot_id);
	/* A directory is one tape; files with names of their own are others. */
	snprintf(tape->manifest_name, sizeof(tape->manifest_name), MANIFEST_NAME);
	if (config->naming->style != NAME_DIRECTORY)
		snprintf(tape->manifest_name, sizeof(tape->manifest_name), "%s.%.*s", MANIFEST_NAME,
			 (int)(MANIFEST_NAME_MOST - strlen(MANIFEST_NAME) - 1),
			 config->naming->base);
	*result = tape;
	return 0;
}

bool tape_gone(const struct tape *tape)
{
	return !tape->manifest || tape_is_deleted(tape);
}

void tape_owner(const struct tape *tape, uid_t *uid, gid_t *gid)
{
	struct stat st = {.st_uid = geteuid(), .st_gid = getegid()};

	fstat(tape->dir, &st);
	*uid = st.st_uid;
	*gid = st.st_gid;
}

void tape_close(struct tape *tape)
{
	if (!tape)
		return;
	tape_pack_close(tape);
	tape_drop_removals(tape);
	helper_close(tape->remover);
	manifest_close(tape->manifest);
	tape_index_clear(&tape->index);
	close(tape->dir);
	free(tape);
}

int tape_reopen(struct tape *tape, struct error *err)
{
	int dir;

	/* After it could not be taken in, it is the same one, with our own lock. */
	flock(tape->dir, LOCK_UN);
	dir = open_directory(tape->path, false, err);
	if (dir < 0)
		return dir;
	tape_drop_removals(tape);
	tape_pack_drop(tape);
	manifest_close(tape->manifest);
	tape->manifest = NULL;
	close(tape->dir);
	tape->dir = dir;
	return tape_adopt(tape, err);
}
