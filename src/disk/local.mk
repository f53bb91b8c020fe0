# SPDX-License-Identifier: BSD-2-Clause
sources += \
	src/disk/diskio.c \
	src/disk/diskio_open.c \
	src/disk/diskio_uring.c \
	src/disk/manifest.c \
	src/disk/outfile.c \
	src/disk/trim.c
headers += \
	include/disk/diskio.h \
	include/disk/diskio_uring.h \
	include/disk/manifest.h \
	include/disk/outfile.h \
	include/disk/trim.h \
	src/disk/diskio_parts.h
