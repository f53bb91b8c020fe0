# SPDX-License-Identifier: BSD-2-Clause
sources += \
	src/send/segments.c \
	src/send/talkers.c \
	src/send/tx.c \
	src/send/tx_checksum.c \
	src/send/tx_mmsg.c \
	src/send/tx_ring.c \
	src/send/tx_ring_map.c \
	src/send/tx_way.c
headers += \
	include/send/talkers.h \
	include/send/tx.h \
	src/send/segments.h \
	src/send/tx_checksum.h \
	src/send/tx_ring.h \
	src/send/tx_way.h
unit_tests += \
	tests/unit/send/test_segments \
	tests/unit/send/test_talkers \
	tests/unit/send/test_tx \
	tests/unit/send/test_tx_checksum

# Has a kernel, and a time, of its own.
tests_unit_send_test_tx_LDFLAGS = $(AM_LDFLAGS) \
	-Wl,--wrap=socket,--wrap=bind,--wrap=setsockopt,--wrap=mmap,--wrap=ioctl \
	-Wl,--wrap=clock_gettime,--wrap=nanosleep,--wrap=sendto,--wrap=sendmmsg
