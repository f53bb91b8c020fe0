# SPDX-License-Identifier: BSD-2-Clause
sources += \
	src/control/ask.c \
	src/control/callers.c \
	src/control/control.c \
	src/control/control_request.c \
	src/control/socket.c
headers += \
	include/control/ask.h \
	include/control/control.h \
	include/control/request.h \
	src/control/callers.h \
	src/control/socket.h
unit_tests += \
	tests/unit/control/test_control
