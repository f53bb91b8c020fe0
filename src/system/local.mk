# SPDX-License-Identifier: BSD-2-Clause
sources += \
	src/system/broker.c \
	src/system/filter.c \
	src/system/filter_coarse.c \
	src/system/filter_dump.c \
	src/system/filter_file.c \
	src/system/filter_offline.c \
	src/system/filter_words.c \
	src/system/limits.c \
	src/system/listen_address.c \
	src/system/link_watch.c \
	src/system/netdev.c \
	src/system/notify.c \
	src/system/page_cache.c \
	src/system/nowait.c \
	src/system/privilege.c \
	src/system/privilege_directory.c \
	src/system/privilege_drop.c \
	src/system/secret.c \
	src/system/stat_writer.c \
	src/system/statfile.c \
	src/system/unique_file.c \
	src/system/write_all.c \
	src/system/uring.c
headers += \
	include/system/uring.h \
	include/system/broker.h \
	include/system/filter.h \
	include/system/limits.h \
	include/system/listen_address.h \
	include/system/link_watch.h \
	include/system/netdev.h \
	include/system/notify.h \
	include/system/page_cache.h \
	include/system/nowait.h \
	include/system/privilege.h \
	include/system/secret.h \
	include/system/stat_writer.h \
	include/system/statfile.h \
	include/system/unique_file.h \
	include/system/write_all.h \
	src/system/filter_parts.h \
	src/system/filter_words.h
unit_tests += \
	tests/unit/system/test_broker \
	tests/unit/system/test_filter \
	tests/unit/system/test_limits \
	tests/unit/system/test_link_watch \
	tests/unit/system/test_netdev \
	tests/unit/system/test_notify \
	tests/unit/system/test_nowait \
	tests/unit/system/test_privilege \
	tests/unit/system/test_privilege_drop \
	tests/unit/system/test_stat_writer \
	tests/unit/system/test_statfile

# Misses answers.
tests_unit_system_test_link_watch_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=nl_recvmsgs_default

# Lets the passwd have a user, a file system be read-only or change no owners, and others
# meddle.
tests_unit_system_test_privilege_LDFLAGS = $(AM_LDFLAGS) \
	-Wl,--wrap=getpwnam,--wrap=fstatvfs,--wrap=mkdirat,--wrap=fchown

# Has others get between a look at a file and its lock.
tests_unit_system_test_statfile_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=flock

# Its file system hangs.
tests_unit_system_test_stat_writer_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=flock
