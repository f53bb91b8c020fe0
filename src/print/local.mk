# SPDX-License-Identifier: BSD-2-Clause
sources += \
	src/print/print_color.c \
	src/print/print_time.c \
	src/print/printer.c
headers += \
	include/print/printer.h \
	src/print/print_color.h \
	src/print/print_time.h
unit_tests += \
	tests/unit/print/test_printer
