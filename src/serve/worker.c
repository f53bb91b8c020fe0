/* SPDX-License-Identifier: BSD-2-Clause */
#include "worker.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/safe_text.h"

/* A reader's memory is tens of MiB, whatever it reads (reader.h). Sanitizers want the address
 * space. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define MEMORY_MOST RLIM_INFINITY
#else
#define MEMORY_MOST ((rlim_t)1 << 30)
#endif

#define PIPE_BYTES (256 * 1024)
/* Recorders go first. */
#define NICENESS  10
#define LINE_ROOM 512u
#define PREFIX    "wiretape: "

static _Noreturn void run(const int ends[2], int errors, pid_t parent,
			  const struct serve_request *request, worker_main *body, void *context)
{
	const struct rlimit memory = {MEMORY_MOST, MEMORY_MOST}, none = {0, 0};
	const int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
	sigset_t empty;

	sigemptyset(&empty);
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != parent)
		_exit(ERROR_FAILED);
	if (null < 0 || dup2(null, STDIN_FILENO) < 0 || dup2(ends[1], STDOUT_FILENO) < 0 ||
	    dup2(errors, STDERR_FILENO) < 0 || close_range(STDERR_FILENO + 1, ~0u, 0) < 0)
		_exit(ERROR_FAILED);
	(void)setrlimit(RLIMIT_AS, &memory);
	(void)setrlimit(RLIMIT_CORE, &none);
	(void)setpriority(PRIO_PROCESS, 0, NICENESS);
	pthread_sigmask(SIG_SETMASK, &empty, NULL);
	_exit(body(context, request));
}

int worker_start(struct worker *w, const struct serve_request *request, worker_main *body,
		 void *context, struct error *err)
{
	const pid_t parent = getpid();
	int ends[2], code;

	*w = (struct worker){.out = -1, .errors = memfd_create("wiretape-errors", MFD_CLOEXEC)};
	if (w->errors < 0)
		return error_system(err, errno, "make a file in memory");
	if (pipe2(ends, O_CLOEXEC) < 0) {
		code = errno;
		close(w->errors);
		return error_system(err, code, "make a pipe");
	}
	(void)fcntl(ends[0], F_SETPIPE_SZ, PIPE_BYTES);
	(void)fcntl(ends[0], F_SETFL, O_NONBLOCK);
	w->pid = fork();
	if (w->pid == 0)
		run(ends, w->errors, parent, request, body, context);
	code = errno;
	close(ends[1]);
	if (w->pid < 0) {
		close(ends[0]);
		close(w->errors);
		*w = (struct worker){.out = -1, .errors = -1};
		return error_system(err, code, "make a process");
	}
	w->out = ends[0];
	return 0;
}

void worker_ended(struct worker *w, int status)
{
	w->pid = 0;
	w->status = status;
}

/* The last line it has written, without who says it; false: none. */
static bool last_line(const struct worker *w, char line[static LINE_ROOM])
{
	const off_t end = lseek(w->errors, 0, SEEK_END);
	const off_t from = end > (off_t)LINE_ROOM - 1 ? end - ((off_t)LINE_ROOM - 1) : 0;
	ssize_t bytes = pread(w->errors, line, LINE_ROOM - 1, from);
	char *newline, *said;

	if (bytes <= 0)
		return false;
	line[bytes] = '\0';
	if (line[bytes - 1] == '\n')
		line[bytes - 1] = '\0';
	newline = strrchr(line, '\n');
	if (newline)
		memmove(line, newline + 1, strlen(newline + 1) + 1);
	said = strstr(line, PREFIX);
	if (said)
		memmove(line, said + strlen(PREFIX), strlen(said + strlen(PREFIX)) + 1);
	text_clean(line);
	return *line != '\0';
}

int worker_result(const struct worker *w, struct error *err)
{
	char line[LINE_ROOM];

	if (WIFEXITED(w->status) && WEXITSTATUS(w->status) == 0)
		return 0;
	if (WIFSIGNALED(w->status) && WTERMSIG(w->status) == SIGALRM)
		return error_set(err, ETIMEDOUT, "the filter takes too long to compile");
	if (WIFSIGNALED(w->status))
		return error_set(err, EIO, "the process of the request was ended by signal %d",
				 WTERMSIG(w->status));
	return error_set(err, WEXITSTATUS(w->status) == ERROR_USAGE ? EINVAL : EIO, "%s",
			 last_line(w, line) ? line : "it failed without a word");
}

void worker_close(struct worker *w)
{
	if (w->pid > 0) {
		kill(w->pid, SIGKILL);
		while (waitpid(w->pid, NULL, 0) < 0 && errno == EINTR)
			continue;
		w->pid = 0;
	}
	if (w->out >= 0)
		close(w->out);
	if (w->errors >= 0)
		close(w->errors);
	w->out = w->errors = -1;
}
