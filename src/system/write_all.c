/* SPDX-License-Identifier: BSD-2-Clause */
#include "system/write_all.h"

#include <errno.h>
#include <unistd.h>

int write_all(int fd, const void *bytes, size_t count)
{
	const char *at = bytes;

	while (count > 0) {
		ssize_t n = write(fd, at, count);

		if (n == 0 || (n < 0 && errno != EINTR))
			return n == 0 ? -EIO : -errno;
		if (n > 0) {
			at += n;
			count -= (size_t)n;
		}
	}
	return 0;
}
