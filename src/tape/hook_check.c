/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Whether a hook's command can be run: told when the program starts, not when
 * the first segment is done.
 */
#include "tape/hook.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "hook_process.h"

#define ARRAY_COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Where the command would be found by name, as a hint. */
static const char *find_program(const char *name, char *path, size_t room)
{
	static const char *const dirs[] = {"/usr/local/bin", "/usr/bin", "/bin"};

	for (size_t i = 0; i < ARRAY_COUNT(dirs) && !strchr(name, '/'); i++)
		if ((size_t)snprintf(path, room, "%s/%s", dirs[i], name) < room &&
		    access(path, X_OK) == 0)
			return path;
	return NULL;
}

static int check_program(const char *program, struct error *err)
{
	char path[256];
	struct stat st;

	if (program[0] != '/') {
		if (find_program(program, path, sizeof(path)))
			return error_usage(err, "'%s' is not an absolute path: %s would be",
					   program, path);
		return error_usage(err, "'%s' is not an absolute path", program);
	}
	if (stat(program, &st) < 0)
		return error_usage(err, "%s: %s", program, strerror(errno));
	if (!S_ISREG(st.st_mode))
		return error_usage(err, "%s: not a regular file", program);
	if (access(program, X_OK) < 0)
		return error_usage(err, "%s: not executable", program);
	return 0;
}

int hook_check(const char *command, struct error *err)
{
	const char *word = command + strspn(command, HOOK_BLANKS);
	char *program;
	int rc;

	if (!*word)
		return error_usage(err, "no command");
	program = strndup(word, strcspn(word, HOOK_BLANKS));
	if (!program)
		return error_system(err, ENOMEM, "%s", word);
	rc = check_program(program, err);
	free(program);
	return rc;
}
