# SPDX-License-Identifier: BSD-2-Clause
sources += \
	src/ring/geometry.c \
	src/ring/moderation.c \
	src/ring/rx_blocks.c \
	src/ring/rx_count.c \
	src/ring/rx_ring.c \
	src/ring/rx_runs.c \
	src/ring/rx_socket.c \
	src/ring/rx_uncut.c \
	src/ring/source.c
headers += \
	include/ring/geometry.h \
	include/ring/rx_ring.h \
	include/ring/source.h \
	src/ring/moderation.h \
	src/ring/rx_parts.h \
	src/ring/rx_uncut.h \
	include/ring/rx_socket.h
unit_tests += \
	tests/unit/ring/test_geometry \
	tests/unit/ring/test_moderation \
	tests/unit/ring/test_source
