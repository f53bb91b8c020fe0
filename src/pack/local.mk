# SPDX-License-Identifier: BSD-2-Clause
sources += \
	src/pack/unpack.c
headers += \
	include/pack/pack.h \
	include/pack/unpack.h \
	src/pack/unpack_ways.h
unit_tests += \
	tests/unit/pack/test_unpack

# Each library can be left out; then another file stands in for its own.
if WITH_ZSTD
sources += src/pack/pack.c src/pack/unpack_zstd.c
else
sources += src/pack/without_pack.c src/pack/without_zstd.c
endif
if WITH_ZLIB
sources += src/pack/unpack_gzip.c
else
sources += src/pack/without_gzip.c
endif
if WITH_LZ4
sources += src/pack/unpack_lz4.c
else
sources += src/pack/without_lz4.c
endif
EXTRA_DIST += src/pack/pack.c src/pack/without_pack.c src/pack/unpack_zstd.c src/pack/unpack_gzip.c src/pack/unpack_lz4.c \
	src/pack/without_zstd.c src/pack/without_gzip.c src/pack/without_lz4.c
