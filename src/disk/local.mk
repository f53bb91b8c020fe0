# SPDX-License-Identifier: BSD-2-Clause
sources += \
	src/disk/diskio.c \
	src/disk/diskio_open.c \
	src/disk/diskio_uring.c \
	src/disk/manifest.c \
	src/disk/outfile.c \
	src/disk/trim.c
headers += \
	include/disk/diskio.h \
	include/disk/diskio_uring.h \
	include/disk/manifest.h \
	include/disk/outfile.h \
	include/disk/trim.h \
	src/disk/diskio_parts.h
unit_tests += \
	tests/unit/disk/test_diskio_uring \
	tests/unit/disk/test_manifest \
	tests/unit/disk/test_outfile \
	tests/unit/disk/test_trim

# Their calls can fail.
tests_unit_disk_test_diskio_LDFLAGS = $(AM_LDFLAGS) $(fault_calls)
tests_unit_disk_test_diskio_uring_LDFLAGS = $(AM_LDFLAGS) $(fault_calls)

# What it reads is counted.
tests_unit_disk_test_trim_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=pread
