# SPDX-License-Identifier: BSD-2-Clause
sources += \
	src/serve/headers.c \
	src/serve/request.c
headers += \
	include/serve/request.h \
	include/serve/server.h \
	src/serve/rate.h \
	src/serve/server_parts.h \
	src/serve/worker.h
if WITH_SERVE
sources += \
	src/serve/access.c \
	src/serve/answer.c \
	src/serve/answer_status.c \
	src/serve/exchange.c \
	src/serve/exchange_wait.c \
	src/serve/rate.c \
	src/serve/server.c \
	src/serve/worker.c
else
sources += src/serve/server_none.c
endif
unit_tests += tests/unit/serve/test_request
