# SPDX-License-Identifier: BSD-2-Clause
sources += \
	src/cli/log.c \
	src/cli/log_queue.c \
	src/cli/option_alone.c \
	src/cli/option_check.c \
	src/cli/option_choice.c \
	src/cli/option_control.c \
	src/cli/option_foreign.c \
	src/cli/option_forward.c \
	src/cli/option_help.c \
	src/cli/option_index.c \
	src/cli/option_interface.c \
	src/cli/option_pin.c \
	src/cli/option_ports.c \
	src/cli/option_print.c \
	src/cli/option_refuse.c \
	src/cli/option_replay.c \
	src/cli/option_rotate.c \
	src/cli/option_serve.c \
	src/cli/option_set.c \
	src/cli/option_stream.c \
	src/cli/option_table.c \
	src/cli/option_value.c \
	src/cli/options.c \
	src/cli/report.c
headers += \
	include/cli/log.h \
	include/cli/options.h \
	include/cli/report.h \
	src/cli/log_queue.h \
	src/cli/option_alone.h \
	src/cli/option_check.h \
	src/cli/option_choice.h \
	src/cli/option_control.h \
	src/cli/option_foreign.h \
	src/cli/option_forward.h \
	src/cli/option_index.h \
	src/cli/option_interface.h \
	src/cli/option_pin.h \
	src/cli/option_ports.h \
	src/cli/option_print.h \
	src/cli/option_refuse.h \
	src/cli/option_replay.h \
	src/cli/option_rotate.h \
	src/cli/option_serve.h \
	src/cli/option_set.h \
	src/cli/option_stream.h \
	src/cli/option_table.h \
	src/cli/option_value.h
unit_tests += \
	tests/unit/cli/test_log \
	tests/unit/cli/test_log_queue \
	tests/unit/cli/test_options \
	tests/unit/cli/test_report
