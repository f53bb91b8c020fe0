/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A request is a packet on a socket of the two processes, and so is the answer, with a
 * descriptor beside it.
 */
#include "system/broker.h"

#include <cap-ng.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

struct broker {
	int socket;
	pid_t pid;
	pthread_mutex_t lock;
};

struct answer {
	int rc;
	struct error error;
};

union control {
	struct cmsghdr header;
	char room[CMSG_SPACE(sizeof(int))];
};

/* --- the other process ---------------------------------------------------------- */

static int by_number(const void *a, const void *b)
{
	return *(const int *)a - *(const int *)b;
}

/* Before Linux 5.9, one by one. */
static void close_between(unsigned from, unsigned to)
{
	struct rlimit files;

	if (from > to || close_range(from, to, 0) == 0 || getrlimit(RLIMIT_NOFILE, &files) < 0)
		return;
	for (; from <= to && from < files.rlim_cur; from++)
		close((int)from);
}

/* Standard input and output are others' pipes, whose ends they wait for. What was inherited
 * besides is closed, but for what was asked for. */
static int keep_descriptors(const struct broker_config *config, int socket)
{
	const size_t count = config->fd_count + 1;
	int *kept = calloc(count, sizeof(*kept)), null = open("/dev/null", O_RDWR | O_CLOEXEC);
	unsigned from = STDERR_FILENO + 1;

	if (!kept || null < 0 || dup2(null, STDIN_FILENO) < 0 || dup2(null, STDOUT_FILENO) < 0)
		return -1;
	if (config->fd_count > 0)
		memcpy(kept, config->fds, config->fd_count * sizeof(*kept));
	kept[count - 1] = socket;
	qsort(kept, count, sizeof(*kept), by_number);
	for (size_t i = 0; i < count; i++) {
		if (kept[i] < (int)from)
			continue;
		close_between(from, (unsigned)kept[i] - 1);
		from = (unsigned)kept[i] + 1;
	}
	free(kept);
	close_between(from, ~0u);
	return 0;
}

static int keep_capabilities(const struct broker_config *config)
{
	bool kept[CAP_LAST_CAP + 1] = {false};

	if (capng_get_caps_process() < 0)
		return -1;
	for (size_t i = 0; i < config->capability_count; i++)
		kept[config->capabilities[i]] =
			capng_have_capability(CAPNG_EFFECTIVE, (unsigned)config->capabilities[i]);
	capng_clear(CAPNG_SELECT_CAPS);
	for (unsigned i = 0; i <= CAP_LAST_CAP; i++)
		if (kept[i])
			capng_update(CAPNG_ADD, CAPNG_EFFECTIVE | CAPNG_PERMITTED, i);
	return capng_apply(CAPNG_SELECT_CAPS);
}

static int send_answer(int socket, const struct answer *answer, int fd)
{
	struct iovec data = {.iov_base = (void *)answer, .iov_len = sizeof(*answer)};
	union control control = {.header = {.cmsg_level = SOL_SOCKET,
					    .cmsg_type = SCM_RIGHTS,
					    .cmsg_len = CMSG_LEN(sizeof(fd))}};
	const struct msghdr message = {
		.msg_iov = &data,
		.msg_iovlen = 1,
		.msg_control = fd >= 0 ? &control : NULL,
		.msg_controllen = fd >= 0 ? sizeof(control) : 0,
	};

	memcpy(CMSG_DATA(&control.header), &fd, sizeof(fd));
	return sendmsg(socket, &message, MSG_NOSIGNAL) < 0 ? -errno : 0;
}

static _Noreturn void serve(const struct broker_config *config, int socket)
{
	static _Alignas(max_align_t) char request[BROKER_REQUEST_BYTES];
	struct answer answer;
	ssize_t bytes;
	int fd, rc;

	prctl(PR_SET_NAME, "wiretape-rights");
	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	rc = keep_descriptors(config, socket) < 0 || keep_capabilities(config) < 0 ||
			     prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0
		     ? -EPERM
		     : 0;
	while (rc == 0 && (bytes = recv(socket, request, sizeof(request), 0)) > 0) {
		answer = (struct answer){.rc = 0};
		fd = -1;
		answer.rc =
			config->serve(config->context, request, (size_t)bytes, &fd, &answer.error);
		rc = send_answer(socket, &answer, fd);
		if (fd >= 0)
			close(fd);
	}
	if (config->end)
		config->end(config->context);
	_exit(0);
}

/* --- this one ------------------------------------------------------------------------ */

int broker_open(const struct broker_config *config, struct broker **result, struct error *err)
{
	struct broker *broker = calloc(1, sizeof(*broker));
	sigset_t all, before;
	int ends[2];

	if (!broker)
		return error_system(err, ENOMEM, "keep rights");
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0) {
		free(broker);
		return error_system(err, errno, "keep rights: open a socket");
	}
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	broker->pid = fork();
	if (broker->pid == 0)
		serve(config, ends[1]);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	close(ends[1]);
	broker->socket = ends[0];
	if (broker->pid < 0) {
		close(ends[0]);
		free(broker);
		return error_system(err, errno, "keep rights: make a process");
	}
	pthread_mutex_init(&broker->lock, NULL);
	*result = broker;
	return 0;
}

/* Whether there is one: *fd is it, or -1. */
static int take_answer(int socket, struct answer *answer, int *fd)
{
	struct iovec data = {.iov_base = answer, .iov_len = sizeof(*answer)};
	union control control;
	struct msghdr message = {
		.msg_iov = &data,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control),
	};
	const struct cmsghdr *header;
	ssize_t bytes;

	*fd = -1;
	while ((bytes = recvmsg(socket, &message, MSG_CMSG_CLOEXEC)) < 0 && errno == EINTR)
		continue;
	if (bytes < 0)
		return -errno;
	header = CMSG_FIRSTHDR(&message);
	if (header && header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_RIGHTS)
		memcpy(fd, CMSG_DATA(header), sizeof(*fd));
	return bytes == sizeof(*answer) ? 0 : -EPIPE;
}

int broker_ask(struct broker *broker, const void *request, size_t bytes, int *fd, struct error *err)
{
	struct answer answer;
	int rc = 0, got = -1;

	pthread_mutex_lock(&broker->lock);
	while (send(broker->socket, request, bytes, MSG_NOSIGNAL) < 0 && rc == 0)
		rc = errno == EINTR ? 0 : -errno;
	if (rc == 0)
		rc = take_answer(broker->socket, &answer, &got);
	pthread_mutex_unlock(&broker->lock);
	if (rc < 0)
		return error_system(err, -rc, "the process that keeps rights is gone");
	if (answer.rc < 0 && err)
		*err = answer.error;
	if (answer.rc == 0 && fd && got < 0)
		answer.rc = error_set(err, EPROTO, "the process that keeps rights gave nothing");
	if (got >= 0 && (answer.rc < 0 || !fd))
		close(got);
	else if (fd)
		*fd = got;
	return answer.rc;
}

void broker_close(struct broker *broker)
{
	if (!broker)
		return;
	close(broker->socket);
	while (waitpid(broker->pid, NULL, 0) < 0 && errno == EINTR)
		continue;
	pthread_mutex_destroy(&broker->lock);
	free(broker);
}
