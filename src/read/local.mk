# SPDX-License-Identifier: BSD-2-Clause
sources += \
	src/read/catalog.c \
	src/read/exact_sleep.c \
	src/read/file_feed.c \
	src/read/file_filters.c \
	src/read/file_rewrite.c \
	src/read/file_schedule.c \
	src/read/pace.c \
	src/read/reader.c \
	src/read/reader_access.c \
	src/read/reader_ahead.c \
	src/read/reader_beside.c \
	src/read/reader_block.c \
	src/read/reader_chunk.c \
	src/read/reader_directory.c \
	src/read/reader_file.c \
	src/read/reader_format.c \
	src/read/reader_idb.c \
	src/read/reader_gather.c \
	src/read/reader_index.c \
	src/read/reader_input.c \
	src/read/reader_listing.c \
	src/read/reader_odd.c \
	src/read/reader_packed.c \
	src/read/reader_parts.c \
	src/read/reader_pcap.c \
	src/read/reader_pcapng.c \
	src/read/reader_plan.c \
	src/read/reader_ready.c \
	src/read/reader_runs.c \
	src/read/reader_search.c \
	src/read/reader_segment.c \
	src/read/reader_sort.c \
	src/read/reader_stream.c \
	src/read/reader_swap.c \
	src/read/reader_table.c \
	src/read/reader_window.c
headers += \
	include/read/catalog.h \
	include/read/file_feed.h \
	include/read/pace.h \
	include/read/reader.h \
	include/read/segment.h \
	src/read/exact_sleep.h \
	src/read/file_filters.h \
	src/read/file_rewrite.h \
	src/read/file_schedule.h \
	src/read/reader_access.h \
	src/read/reader_ahead.h \
	src/read/reader_beside.h \
	src/read/reader_chunk.h \
	src/read/reader_directory.h \
	src/read/reader_file.h \
	src/read/reader_format.h \
	src/read/reader_heap.h \
	src/read/reader_gather.h \
	src/read/reader_index.h \
	src/read/reader_input.h \
	src/read/reader_listing.h \
	src/read/reader_packed.h \
	src/read/reader_parts.h \
	src/read/reader_pcapng.h \
	src/read/reader_ready.h \
	src/read/reader_runs.h \
	src/read/reader_plan.h \
	src/read/reader_search.h \
	src/read/reader_sort.h \
	src/read/reader_stream.h \
	src/read/reader_streams.h \
	src/read/reader_swap.h \
	src/read/reader_table.h \
	src/read/reader_window.h
unit_tests += \
	tests/unit/read/test_file_copy \
	tests/unit/read/test_file_feed \
	tests/unit/read/test_pace \
	tests/unit/read/test_reader \
	tests/unit/read/test_reader_ahead \
	tests/unit/read/test_reader_directory \
	tests/unit/read/test_reader_index \
	tests/unit/read/test_reader_pcapng \
	tests/unit/read/test_reader_sort
room_helpers += \
	tests/unit/read/reader_support.c tests/unit/read/reader_support.h

# What it reads is counted.
tests_unit_read_test_reader_directory_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=pread

# The disk fails, and the kernel refuses.
tests_unit_read_test_reader_ahead_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=pread,--wrap=fcntl \
	-Wl,--wrap=io_uring_submit,--wrap=io_uring_queue_init
