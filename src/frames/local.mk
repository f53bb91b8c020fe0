# SPDX-License-Identifier: BSD-2-Clause
sources += \
	src/frames/block.c \
	src/frames/checksum.c \
	src/frames/checksum_fix.c \
	src/frames/linktype.c \
	src/frames/pcapng.c \
	src/frames/pcapng_copy.c \
	src/frames/pcapng_foreign.c \
	src/frames/pcapng_order.c \
	src/frames/pcapng_ticks.c \
	src/frames/rewrite.c \
	src/frames/rewrite_link.c \
	src/frames/rewrite_packet.c \
	src/frames/rewrite_ports.c \
	src/frames/rewrite_rules.c \
	src/frames/rewrite_sums.c \
	src/frames/sll2.c \
	src/frames/transport.c \
	src/frames/vlan.c \
	src/frames/weave.c
headers += \
	include/frames/block.h \
	include/frames/checksum.h \
	include/frames/checksum_fix.h \
	include/frames/feed.h \
	include/frames/frame.h \
	include/frames/linktype.h \
	include/frames/load.h \
	include/frames/pcapng.h \
	include/frames/pcapng_copy.h \
	include/frames/pcapng_ticks.h \
	include/frames/rewrite.h \
	include/frames/sink.h \
	include/frames/time_order.h \
	include/frames/sll2.h \
	include/frames/transport.h \
	include/frames/vlan.h \
	include/frames/weave.h \
	src/frames/rewrite_parts.h \
	src/frames/store.h
unit_tests += \
	tests/unit/frames/test_block \
	tests/unit/frames/test_checksum_fix \
	tests/unit/frames/test_linktype \
	tests/unit/frames/test_pcapng \
	tests/unit/frames/test_pcapng_copy \
	tests/unit/frames/test_pcapng_ticks \
	tests/unit/frames/test_rewrite \
	tests/unit/frames/test_sll2 \
	tests/unit/frames/test_vlan \
	tests/unit/frames/test_weave
