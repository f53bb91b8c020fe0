/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Names out of the kernel's random numbers, and the files that have them.
 */
#include "system/unique_file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#define TRIES        100
#define SUFFIX       6u
#define SHORTER_BASE "wiretape"

static const char letters[] = "0123456789abcdefghjkmnpqrstvwxyz";

int unique_create(int dir, const char *base, char name[static UNIQUE_NAME_ROOM])
{
	char suffix[SUFFIX + 1] = "";
	uint8_t random[SUFFIX];
	bool shorter = strlen(base) + 2 + SUFFIX > NAME_MAX;

	for (int i = 0; i < TRIES; i++) {
		int fd;

		if (getrandom(random, sizeof(random), 0) != sizeof(random))
			return -errno;
		for (size_t k = 0; k < SUFFIX; k++)
			suffix[k] = letters[random[k] % 32];
		snprintf(name, UNIQUE_NAME_ROOM, ".%s.%s", shorter ? SHORTER_BASE : base, suffix);
		fd = openat(dir, name, O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC | O_RDWR, 0600);
		if (fd >= 0)
			return fd;
		if (errno == ENAMETOOLONG && !shorter)
			shorter = true; /* some file systems take less than NAME_MAX */
		else if (errno != EEXIST)
			return -errno;
	}
	return -EEXIST;
}

static bool is_of(const char *name, const char *base)
{
	const size_t length = strlen(base);

	return name[0] == '.' && strncmp(name + 1, base, length) == 0 && name[length + 1] == '.' &&
	       strspn(name + length + 2, letters) == SUFFIX && name[length + 2 + SUFFIX] == '\0';
}

/* Whether fd, -1 for none, is what has the name. */
static bool is_named(int dir, const char *name, int fd)
{
	struct stat st, named;

	return fstat(fd, &st) == 0 && fstatat(dir, name, &named, AT_SYMLINK_NOFOLLOW) == 0 &&
	       st.st_dev == named.st_dev && st.st_ino == named.st_ino;
}

static void sweep_one(int dir, const char *name, bool locked)
{
	struct stat st;
	int fd;

	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0 || !S_ISREG(st.st_mode) ||
	    st.st_uid != geteuid())
		return;
	fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
	/* One that was named, or made anew, before it was locked, is no longer that file. */
	if (fd >= 0 && (!locked || flock(fd, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK) &&
	    is_named(dir, name, fd))
		unlinkat(dir, name, 0);
	if (fd >= 0)
		close(fd);
}

void unique_sweep(int dir, const char *base, bool locked)
{
	int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *names = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *entry;

	if (!names && fd >= 0)
		close(fd);
	if (!names)
		return;
	while ((entry = readdir(names)))
		if (is_of(entry->d_name, base))
			sweep_one(dir, entry->d_name, locked);
	closedir(names);
}
