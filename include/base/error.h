/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Errors as values. A function that can fail returns 0 or a negative errno,
 * and those used while setting up also fill a struct error with a text for
 * people. Only main prints them. Nothing here allocates; every function takes
 * a null pointer for the error and then only computes its return value.
 *
 * Threads: a struct error belongs to one thread at a time.
 */
#ifndef WIRETAPE_ERROR_H
#define WIRETAPE_ERROR_H

#include <stdbool.h>
/* What went wrong in the large; the values are the exit statuses. */
enum error_kind {
	ERROR_FAILED = 1, /* the machine would not, or something broke */
	ERROR_USAGE = 2,  /* what was asked for is wrong */
};

struct error {
	int code; /* positive errno */
	enum error_kind kind;
	char text[512]; /* one line, no newline, always terminated */
};

/* Sets a failure whose text is complete as it stands. Returns -code. */
int error_set(struct error *err, int code, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* As error_set, with ": " and the system's words for the code appended. */
int error_system(struct error *err, int code, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Sets an error in what the user asked for. Returns -EINVAL. */
int error_usage(struct error *err, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Puts "context: " in front of a text already set. Returns -code. */
int error_context(struct error *err, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Whether -errno says that a file system has no room left for us: it is full, or a quota
 * is used up. */
bool error_is_full(int rc);

#endif
