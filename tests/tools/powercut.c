/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Does to a mounted file system what a power failure would: from here on
 * nothing reaches its device, not even the journal that is in memory. What it
 * has is seen after it was unmounted and mounted again. For ext4, XFS and
 * others that know this call; as root.
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* No header that user space has tells of these. */
#define GOING_DOWN      _IOR('X', 125, uint32_t)
#define WITHOUT_JOURNAL 2u

int main(int argc, char **argv)
{
	uint32_t how = WITHOUT_JOURNAL;
	int dir, status = 0;

	if (argc != 2) {
		fputs("usage: powercut MOUNTPOINT\n", stderr);
		return 2;
	}
	dir = open(argv[1], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0 || ioctl(dir, GOING_DOWN, &how) < 0) {
		perror(argv[1]);
		status = 1;
	}
	if (dir >= 0)
		close(dir);
	return status;
}
