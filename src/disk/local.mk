# SPDX-License-Identifier: BSD-2-Clause
sources += \
	src/disk/diskio.c \
	src/disk/diskio_open.c \
	src/disk/diskio_out.c \
	src/disk/diskio_space.c \
	src/disk/file_identity.c \
	src/disk/spill.c \
	src/disk/spill_bound.c \
	src/disk/spill_ready.c \
	src/disk/write_queue.c \
	src/disk/write_threads.c \
	src/disk/write_uring.c \
	src/disk/manifest.c \
	src/disk/manifest_text.c \
	src/disk/outfile.c \
	src/disk/passed.c \
	src/disk/pins.c \
	src/disk/segment_head.c \
	src/disk/trim.c
headers += \
	include/disk/diskio.h \
	include/disk/file_identity.h \
	include/disk/spill.h \
	include/disk/write_queue.h \
	include/disk/manifest.h \
	include/disk/outfile.h \
	include/disk/pins.h \
	include/disk/passed.h \
	include/disk/segment_head.h \
	include/disk/trim.h \
	src/disk/diskio_parts.h \
	src/disk/manifest_text.h \
	src/disk/spill_parts.h \
	src/disk/spill_ready.h \
	src/disk/write_backend.h
unit_tests += \
	tests/unit/disk/test_write_queue \
	tests/unit/disk/test_manifest \
	tests/unit/disk/test_outfile \
	tests/unit/disk/test_passed \
	tests/unit/disk/test_spill \
	tests/unit/disk/test_trim

# Their calls can fail.
tests_unit_disk_test_diskio_LDFLAGS = $(AM_LDFLAGS) $(fault_calls)
tests_unit_disk_test_manifest_LDFLAGS = $(AM_LDFLAGS) $(fault_calls)
tests_unit_disk_test_write_queue_LDFLAGS = $(AM_LDFLAGS) $(fault_calls)

# What it reads is counted.
tests_unit_disk_test_trim_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=pread

# Its file system may have no owners.
tests_unit_disk_test_outfile_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=fchown

# It is short of memory.
tests_unit_disk_test_spill_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=madvise
