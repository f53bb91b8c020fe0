/* SPDX-License-Identifier: BSD-2-Clause */
#include "child.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

pid_t child_start(int (*body)(void))
{
	pid_t child = fork();

	assert_true(child >= 0);
	if (child == 0)
		_exit(body());
	return child;
}

int child_wait(pid_t child)
{
	int status;

	assert_int_equal(waitpid(child, &status, 0), child);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

int child_run(int (*body)(void))
{
	return child_wait(child_start(body));
}
