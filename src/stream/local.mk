# SPDX-License-Identifier: BSD-2-Clause
sources += \
	src/stream/sink_stream.c \
	src/stream/stream_address.c \
	src/stream/stream_client.c \
	src/stream/stream_hub.c \
	src/stream/stream_input.c \
	src/stream/stream_log.c \
	src/stream/stream_record.c \
	src/stream/stream_socket.c \
	src/stream/stream_thread.c
headers += \
	include/stream/fetch.h \
	src/stream/stream_fetch.h \
	include/stream/address.h \
	include/stream/input.h \
	include/stream/sink_stream.h \
	src/stream/stream_client.h \
	src/stream/stream_hub.h \
	src/stream/stream_log.h \
	src/stream/stream_record.h \
	src/stream/stream_socket.h
if WITH_CURL
sources += src/stream/fetch.c src/stream/stream_fetch.c
else
sources += src/stream/fetch_none.c
endif
unit_tests += \
	tests/unit/stream/test_stream_address \
	tests/unit/stream/test_stream_client

# Its sockets take what they are told to.
tests_unit_stream_test_stream_client_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=send
