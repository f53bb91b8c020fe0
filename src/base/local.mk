# SPDX-License-Identifier: BSD-2-Clause
sources += \
	src/base/clock.c \
	src/base/copy.c \
	src/base/crc32c.c \
	src/base/error.c \
	src/base/histogram.c \
	src/base/json.c \
	src/base/latency.c \
	src/base/ledger.c \
	src/base/note.c \
	src/base/parse.c \
	src/base/safe_text.c \
	src/base/stats.c \
	src/base/status_json.c \
	src/base/status_prom.c \
	src/base/status_text.c \
	src/base/when.c
headers += \
	include/base/clock.h \
	include/base/copy.h \
	include/base/crc32c.h \
	include/base/error.h \
	include/base/histogram.h \
	include/base/json.h \
	include/base/latency.h \
	include/base/ledger.h \
	include/base/note.h \
	include/base/parse.h \
	include/base/safe_text.h \
	include/base/stats.h \
	include/base/status.h \
	include/base/when.h
unit_tests += \
	tests/unit/base/test_copy \
	tests/unit/base/test_crc32c \
	tests/unit/base/test_error \
	tests/unit/base/test_histogram \
	tests/unit/base/test_latency \
	tests/unit/base/test_ledger \
	tests/unit/base/test_note \
	tests/unit/base/test_parse \
	tests/unit/base/test_safe_text \
	tests/unit/base/test_stats \
	tests/unit/base/test_status \
	tests/unit/base/test_when
room_helpers += \
	tests/unit/base/prom_parser.c tests/unit/base/prom_parser.h
