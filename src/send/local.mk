# SPDX-License-Identifier: BSD-2-Clause
sources += \
	src/send/tx.c \
	src/send/tx_checksum.c \
	src/send/tx_mmsg.c \
	src/send/tx_ring.c
headers += \
	include/send/tx.h \
	src/send/tx_checksum.h \
	src/send/tx_way.h
