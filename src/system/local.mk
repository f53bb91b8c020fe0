# SPDX-License-Identifier: BSD-2-Clause
sources += \
	src/system/filter.c \
	src/system/link_watch.c \
	src/system/netdev.c \
	src/system/notify.c \
	src/system/privilege.c \
	src/system/privilege_directory.c \
	src/system/privilege_drop.c \
	src/system/statfile.c
headers += \
	include/system/filter.h \
	include/system/link_watch.h \
	include/system/netdev.h \
	include/system/notify.h \
	include/system/privilege.h \
	include/system/statfile.h
