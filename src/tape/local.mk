# SPDX-License-Identifier: BSD-2-Clause
sources += \
	src/tape/hook.c \
	src/tape/hook_check.c \
	src/tape/hook_child.c \
	src/tape/hook_process.c \
	src/tape/rotation.c \
	src/tape/segment_name.c \
	src/tape/sink_tape.c \
	src/tape/tape.c \
	src/tape/tape_adopt.c \
	src/tape/tape_age.c \
	src/tape/tape_ahead.c \
	src/tape/tape_change.c \
	src/tape/tape_dir.c \
	src/tape/tape_finish.c \
	src/tape/tape_index.c \
	src/tape/tape_keeper.c \
	src/tape/tape_oldest.c \
	src/tape/tape_plan.c \
	src/tape/tape_writer.c
headers += \
	include/tape/hook.h \
	include/tape/rotation.h \
	include/tape/segment_name.h \
	include/tape/sink_tape.h \
	src/tape/hook_process.h \
	src/tape/tape.h \
	src/tape/tape_desk.h \
	src/tape/tape_index.h \
	src/tape/tape_keeper.h \
	src/tape/tape_state.h \
	src/tape/tape_writer.h
