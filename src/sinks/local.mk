# SPDX-License-Identifier: BSD-2-Clause
sources += \
	src/sinks/recording.c \
	src/sinks/sink_forward.c \
	src/sinks/sink_pcap.c \
	src/sinks/sink_pcapng.c \
	src/sinks/sink_pcapng_copy.c \
	src/sinks/sink_text.c
headers += \
	include/sinks/sink_forward.h \
	include/sinks/sink_pcap.h \
	include/sinks/sink_pcapng.h \
	include/sinks/sink_text.h \
	src/sinks/recording.h \
	src/sinks/sink_pcapng_parts.h \
	src/sinks/snaplen.h
unit_tests += \
	tests/unit/sinks/test_sink_pcap \
	tests/unit/sinks/test_sink_pcapng \
	tests/unit/sinks/test_sink_pcapng_copy \
	tests/unit/sinks/test_sink_text \
	tests/unit/sinks/test_sink_woven
room_helpers += \
	tests/unit/sinks/sink_support.c tests/unit/sinks/sink_support.h
