# SPDX-License-Identifier: BSD-2-Clause
sources += \
	src/tape/hook.c \
	src/tape/hook_check.c \
	src/tape/hook_child.c \
	src/tape/hook_process.c \
	src/tape/rotation.c \
	src/tape/segment_name.c \
	src/tape/segment_name_fits.c \
	src/tape/sink_tape.c \
	src/tape/tape_added.c \
	src/tape/tape_adopt.c \
	src/tape/tape_age.c \
	src/tape/tape_ahead.c \
	src/tape/tape_asks.c \
	src/tape/tape_change.c \
	src/tape/tape_check.c \
	src/tape/tape_closer.c \
	src/tape/tape_dir.c \
	src/tape/tape_finish.c \
	src/tape/tape_found.c \
	src/tape/tape_grants.c \
	src/tape/tape_helper.c \
	src/tape/tape_index.c \
	src/tape/tape_index_file.c \
	src/tape/tape_indexing.c \
	src/tape/tape_keeper.c \
	src/tape/tape_keeper_base.c \
	src/tape/tape_manifest.c \
	src/tape/tape_oldest.c \
	src/tape/tape_order.c \
	src/tape/tape_orphans.c \
	src/tape/tape_pack.c \
	src/tape/tape_pack_queue.c \
	src/tape/tape_packing.c \
	src/tape/tape_pins.c \
	src/tape/tape_plan.c \
	src/tape/tape_publish.c \
	src/tape/tape_rate.c \
	src/tape/tape_remove.c \
	src/tape/tape_room.c \
	src/tape/tape_segment.c \
	src/tape/tape_state.c \
	src/tape/tape_strangers.c \
	src/tape/tape_writer.c
headers += \
	include/tape/hook.h \
	include/tape/rotation.h \
	include/tape/segment_name.h \
	include/tape/sink_tape.h \
	src/tape/hook_process.h \
	src/tape/lesser.h \
	src/tape/tape.h \
	src/tape/tape_added.h \
	src/tape/tape_desk.h \
	src/tape/tape_found.h \
	src/tape/tape_helper.h \
	src/tape/tape_index.h \
	src/tape/tape_keeper.h \
	src/tape/tape_pack.h \
	src/tape/tape_pack_queue.h \
	src/tape/tape_packing.h \
	src/tape/tape_rate.h \
	src/tape/tape_state.h \
	src/tape/tape_writer.h
unit_tests += \
	tests/unit/tape/test_hook \
	tests/unit/tape/test_rotation \
	tests/unit/tape/test_segment_name \
	tests/unit/tape/test_sink_tape \
	tests/unit/tape/test_tape \
	tests/unit/tape/test_tape_adopt \
	tests/unit/tape/test_tape_clock \
	tests/unit/tape/test_tape_indexing \
	tests/unit/tape/test_tape_kept \
	tests/unit/tape/test_tape_pins \
	tests/unit/tape/test_tape_manifest \
	tests/unit/tape/test_tape_orphans \
	tests/unit/tape/test_tape_slow \
	tests/unit/tape/test_tape_remove
room_helpers += \
	tests/unit/tape/recorder_support.c tests/unit/tape/recorder_support.h \
	tests/unit/tape/tape_scene.c tests/unit/tape/tape_scene.h \
	tests/unit/tape/tape_support.c tests/unit/tape/tape_support.h

# Their calls can fail.
tests_unit_tape_test_tape_calls_LDFLAGS = $(AM_LDFLAGS) $(fault_calls)
tests_unit_tape_test_tape_manifest_LDFLAGS = $(AM_LDFLAGS) $(fault_calls)
tests_unit_tape_test_tape_orphans_LDFLAGS = $(AM_LDFLAGS) $(fault_calls)
tests_unit_tape_test_tape_kept_LDFLAGS = $(AM_LDFLAGS) $(fault_calls)
tests_unit_tape_test_tape_pins_LDFLAGS = $(AM_LDFLAGS) $(fault_calls)
tests_unit_tape_test_tape_remove_LDFLAGS = $(AM_LDFLAGS) $(fault_calls)
tests_unit_tape_test_tape_slow_LDFLAGS = $(AM_LDFLAGS) $(fault_calls)
tests_unit_tape_test_tape_faults_LDFLAGS = $(AM_LDFLAGS) $(fault_calls)

# Makes forks fail, and an old kernel.
tests_unit_tape_test_hook_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=fork,--wrap=pidfd_open,--wrap=close_range
