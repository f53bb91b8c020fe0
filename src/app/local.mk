# SPDX-License-Identifier: BSD-2-Clause
sources += \
	src/app/answers.c \
	src/app/asking.c \
	src/app/capture.c \
	src/app/closing.c \
	src/app/copied.c \
	src/app/dump.c \
	src/app/files.c \
	src/app/files_output.c \
	src/app/files_streams.c \
	src/app/forward.c \
	src/app/index_files.c \
	src/app/indexed.c \
	src/app/indexing.c \
	src/app/inflow.c \
	src/app/lanes.c \
	src/app/monitor.c \
	src/app/monitor_check.c \
	src/app/monitor_health.c \
	src/app/monitor_links.c \
	src/app/monitor_status.c \
	src/app/origin.c \
	src/app/output.c \
	src/app/output_file.c \
	src/app/output_limits.c \
	src/app/output_segments.c \
	src/app/paths.c \
	src/app/pinning.c \
	src/app/ports.c \
	src/app/replay.c \
	src/app/rights.c \
	src/app/same_file.c \
	src/app/serving.c \
	src/app/serving_request.c \
	src/app/standing.c \
	src/app/startup_check.c \
	src/app/startup_judge.c \
	src/app/streams.c \
	src/app/summary.c \
	src/app/summary_print.c \
	src/app/summary_rows.c \
	src/app/user.c \
	src/app/wait_link.c
headers += \
	include/app/asking.h \
	include/app/capture.h \
	include/app/dump.h \
	include/app/files.h \
	include/app/indexing.h \
	include/app/pinning.h \
	include/app/standing.h \
	include/app/serving.h \
	include/app/summary.h \
	src/app/answers.h \
	src/app/closing.h \
	src/app/copied.h \
	src/app/files_output.h \
	src/app/files_streams.h \
	src/app/forward.h \
	src/app/index_files.h \
	src/app/indexed.h \
	src/app/inflow.h \
	src/app/lanes.h \
	src/app/monitor.h \
	src/app/monitor_parts.h \
	src/app/origin.h \
	src/app/output.h \
	src/app/output_parts.h \
	src/app/paths.h \
	src/app/ports.h \
	src/app/replay.h \
	src/app/rights.h \
	src/app/same_file.h \
	src/app/serving_request.h \
	src/app/startup_check.h \
	src/app/streams.h \
	src/app/summary_parts.h \
	src/app/user.h \
	src/app/wait_link.h
unit_tests += \
	tests/unit/app/test_inflow \
	tests/unit/app/test_replay \
	tests/unit/app/test_startup_check

# Its files are made up.
tests_unit_app_test_replay_LDFLAGS = $(AM_LDFLAGS) \
	-Wl,--wrap=file_feed_progress,--wrap=file_feed_times

# Its file system has no files without a name.
tests_unit_app_test_startup_check_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=openat
