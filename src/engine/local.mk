# SPDX-License-Identifier: BSD-2-Clause
sources += \
	src/engine/attach.c \
	src/engine/attach_words.c \
	src/engine/lane.c \
	src/engine/link_thread.c \
	src/engine/preparer.c \
	src/engine/ring_thread.c \
	src/engine/ring_work.c \
	src/engine/session.c \
	src/engine/session_events.c \
	src/engine/session_fds.c
headers += \
	include/engine/session.h \
	include/engine/attach.h \
	src/engine/lane.h \
	src/engine/link_thread.h \
	src/engine/preparer.h \
	src/engine/ring_thread.h \
	src/engine/ring_work.h \
	src/engine/session_parts.h
unit_tests += \
	tests/unit/engine/test_attach_words \
	tests/unit/engine/test_link_thread

# Its kernel does not answer.
tests_unit_engine_test_link_thread_LDFLAGS = $(AM_LDFLAGS) \
	-Wl,--wrap=lane_count_drops,--wrap=attach_open,--wrap=attach_fd \
	-Wl,--wrap=attach_look,--wrap=attach_close
