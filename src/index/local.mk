# SPDX-License-Identifier: BSD-2-Clause
sources += \
	src/index/build.c \
	src/index/expression.c \
	src/index/expression_id.c \
	src/index/expression_nodes.c \
	src/index/expression_primitive.c \
	src/index/expression_words.c \
	src/index/file.c \
	src/index/find.c \
	src/index/frames.c \
	src/index/gather.c \
	src/index/index_name.c \
	src/index/keys.c \
	src/index/keys_frame.c \
	src/index/postings.c \
	src/index/run_queue.c
headers += \
	include/index/build.h \
	include/index/expression.h \
	include/index/file.h \
	include/index/frames.h \
	include/index/gather.h \
	include/index/key.h \
	include/index/name.h \
	src/index/expression_parts.h \
	src/index/file_parts.h \
	src/index/keys.h \
	src/index/layout.h \
	src/index/postings.h \
	src/index/run_queue.h
unit_tests += \
	tests/unit/index/test_index
