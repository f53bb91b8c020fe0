/* SPDX-License-Identifier: BSD-2-Clause */
#include "system/limits.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/resource.h>
#include <unistd.h>

/* Most that are ever asked for. */
#define FILES_MOST 256u

/* As many as programs expect, and no more: some close all there may be. */
#define FILES_USUAL 1024u

uint64_t limits_file_bytes(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_FSIZE, &limit) < 0 || limit.rlim_cur == RLIM_INFINITY)
		return UINT64_MAX;
	return limit.rlim_cur;
}

/* How many of so many can be opened now: the kernel alone knows which numbers are free. */
static unsigned try_files(unsigned more)
{
	int files[FILES_MOST];
	unsigned count = 0;

	if (more > FILES_MOST)
		more = FILES_MOST;
	while (count < more && (files[count] = open("/", O_PATH | O_CLOEXEC)) >= 0)
		count++;
	for (unsigned i = 0; i < count; i++)
		close(files[i]);
	return count;
}

int limits_want_files(unsigned more, struct error *err)
{
	struct rlimit limit;
	unsigned can;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return 0;
	if (limit.rlim_cur < FILES_USUAL && limit.rlim_cur < limit.rlim_max) {
		limit.rlim_cur = limit.rlim_max < FILES_USUAL ? limit.rlim_max : FILES_USUAL;
		(void)!setrlimit(RLIMIT_NOFILE, &limit);
	}
	can = try_files(more);
	if (can >= more || can == FILES_MOST)
		return 0;
	return error_usage(err,
			   "no more than %llu files may be open (ulimit -n), which is %u too few",
			   (unsigned long long)limit.rlim_cur, more - can);
}

unsigned limits_files_left(void)
{
	struct rlimit limit;
	unsigned left = 0;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0 || limit.rlim_cur > FILES_USUAL)
		return UINT_MAX;
	/* Opening some to see would take them away from other threads. */
	for (int fd = 0; fd < (int)limit.rlim_cur; fd++)
		left += fcntl(fd, F_GETFD) < 0;
	return left;
}
