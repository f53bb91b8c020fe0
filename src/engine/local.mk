# SPDX-License-Identifier: BSD-2-Clause
sources += \
	src/engine/attach.c \
	src/engine/attach_words.c \
	src/engine/lane.c \
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
	src/engine/preparer.h \
	src/engine/ring_thread.h \
	src/engine/ring_work.h \
	src/engine/session_parts.h
unit_tests += \
	tests/unit/engine/test_attach_words
