# SPDX-License-Identifier: BSD-2-Clause
sources += \
	src/sinks/recording.c \
	src/sinks/sink_forward.c \
	src/sinks/sink_pcap.c \
	src/sinks/sink_pcapng.c \
	src/sinks/sink_text.c
headers += \
	include/sinks/sink_forward.h \
	include/sinks/sink_pcap.h \
	include/sinks/sink_pcapng.h \
	include/sinks/sink_text.h \
	src/sinks/recording.h
