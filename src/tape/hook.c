/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The queue of hooks and those that run. Time limits and the number at once are
 * kept here; hook_process has what a process needs.
 */
#include "tape/hook.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/pidfd.h>
#include <unistd.h>

#include "hook_process.h"

#define ARRAY_COUNT(array) (sizeof(array) / sizeof((array)[0]))

#define PATH_VARIABLE "PATH=/usr/local/bin:/usr/bin:/bin"
#define FILE_VARIABLE "WIRETAPE_FILE="
#define RETRY_NS      NS_PER_SECOND
#define KILL_WAIT_MS  2000

/* One segment's. */
struct hook {
	struct hook *next;
	struct hook_file file;
	/* While it runs: */
	struct hook_process process;
	uint64_t deadline_ns;
	bool watched; /* by the epoll descriptor */
	bool killed;
	/* FILE_VARIABLE with the path, which file.path points into. */
	char variable[];
};

struct hooks {
	struct hook_config config;
	char *words; /* the command, cut up */
	char **argv;
	size_t path_at; /* where in argv the file's path goes */
	struct hook *waiting, **waiting_end;
	struct hook *running;
	uint64_t waiting_count;
	unsigned running_count;
	int epoll;
	uint64_t retry_ns; /* nothing is started before */
	bool stalled;      /* the last start failed for want of something */
};

struct environment {
	char numbers[5][64];
	char *list[8];
};

static int split_command(struct hooks *h)
{
	/* As many words as every second byte could begin, the path and a null. */
	size_t most = (strlen(h->config.command) + 1) / 2 + 2;
	char *word, *rest;

	h->words = strdup(h->config.command);
	h->argv = calloc(most, sizeof(*h->argv));
	if (!h->words || !h->argv)
		return -ENOMEM;
	for (word = strtok_r(h->words, HOOK_BLANKS, &rest); word;
	     word = strtok_r(NULL, HOOK_BLANKS, &rest))
		h->argv[h->path_at++] = word;
	assert(h->path_at > 0);
	return 0;
}

int hooks_open(const struct hook_config *config, struct hooks **hooks, struct error *err)
{
	struct hooks *h = calloc(1, sizeof(*h));
	int pidfd, rc;

	assert(config->jobs > 0 && config->timeout_ns > 0);
	if (!h)
		return error_system(err, ENOMEM, "hook");
	h->config = *config;
	h->waiting_end = &h->waiting;
	h->epoll = epoll_create1(EPOLL_CLOEXEC);
	pidfd = pidfd_open(getpid(), 0);
	if (h->epoll < 0 || pidfd < 0)
		rc = error_system(err, errno, "hook: %s", pidfd < 0 ? "pidfd" : "epoll");
	else if (split_command(h) < 0)
		rc = error_system(err, ENOMEM, "hook");
	else
		rc = 0;
	if (pidfd >= 0)
		close(pidfd);
	if (rc < 0)
		hooks_close(h);
	else
		*hooks = h;
	return rc;
}

int hooks_add(struct hooks *h, const struct hook_file *file)
{
	size_t room = sizeof(FILE_VARIABLE) + strlen(file->path);
	struct hook *hook = calloc(1, sizeof(*hook) + room);

	assert(file->path[0] == '/');
	if (!hook)
		return -ENOMEM;
	snprintf(hook->variable, room, "%s%s", FILE_VARIABLE, file->path);
	hook->file = *file;
	hook->file.path = hook->variable + strlen(FILE_VARIABLE);
	*h->waiting_end = hook;
	h->waiting_end = &hook->next;
	h->waiting_count++;
	return 0;
}

static bool holds(const struct hook *list, uint64_t sequence)
{
	while (list && list->file.sequence != sequence)
		list = list->next;
	return list;
}

bool hooks_pending(const struct hooks *h, uint64_t sequence)
{
	return holds(h->running, sequence) || holds(h->waiting, sequence);
}

/* Takes one that waits off the queue. */
static struct hook *unqueue(struct hooks *h, struct hook **at)
{
	struct hook *hook = *at;

	*at = hook->next;
	if (!*at)
		h->waiting_end = at;
	h->waiting_count--;
	return hook;
}

bool hooks_forget(struct hooks *h, uint64_t sequence)
{
	for (struct hook **at = &h->waiting; *at; at = &(*at)->next) {
		if ((*at)->file.sequence == sequence) {
			free(unqueue(h, at));
			return true;
		}
	}
	return false;
}

int hooks_fd(const struct hooks *h)
{
	return h->epoll;
}

uint64_t hooks_count(const struct hooks *h)
{
	return h->waiting_count + h->running_count;
}

/* Puts command and file in front of what is in err. */
static void note(const struct hooks *h, const struct hook *hook, struct error *err)
{
	error_context(err, "hook %s for %s", h->argv[0], hook->file.path);
	h->config.note(h->config.context, err->text);
}

/* The last of a hook whose end was taken in. */
static void drop_running(struct hooks *h, struct hook **at)
{
	struct hook *hook = *at;

	/* A close alone would leave it watched for as long as a fork of ours, on
	 * its way to exec, has a copy of the descriptor. */
	epoll_ctl(h->epoll, EPOLL_CTL_DEL, hook->process.pidfd, NULL);
	hook_process_close(&hook->process);
	*at = hook->next;
	h->running_count--;
	free(hook);
}

static void take_ended(struct hooks *h)
{
	struct hook **at = &h->running;
	struct error err;

	while (*at) {
		if (!hook_process_ended(&(*at)->process, &err)) {
			at = &(*at)->next;
			continue;
		}
		if (err.text[0] && !(*at)->killed)
			note(h, *at, &err);
		drop_running(h, at);
	}
}

/* In the largest unit it is a whole number of; hours and minutes from two on. */
static void format_duration(char *text, size_t room, uint64_t ns)
{
	static const struct {
		uint64_t ns, least;
		const char *name;
	} units[] = {
		{NS_PER_HOUR, 2, "h"},   {60 * NS_PER_SECOND, 2, "m"},
		{NS_PER_SECOND, 1, "s"}, {NS_PER_MS, 1, "ms"},
		{1000, 1, "us"},         {1, 1, "ns"},
	};
	size_t unit = 0;

	while (ns % units[unit].ns || ns / units[unit].ns < units[unit].least)
		unit++;
	snprintf(text, room, "%" PRIu64 "%s", ns / units[unit].ns, units[unit].name);
}

static void kill_late(struct hooks *h)
{
	uint64_t now = clock_boot(h->config.clock);
	struct error err;
	char limit[32];
	int rc;

	format_duration(limit, sizeof(limit), h->config.timeout_ns);
	for (struct hook *hook = h->running; hook; hook = hook->next) {
		if (hook->killed || now < hook->deadline_ns)
			continue;
		rc = hook_process_kill(&hook->process);
		if (rc < 0)
			error_system(&err, -rc, "could not be killed after %s", limit);
		else
			error_set(&err, ETIMEDOUT, "killed after %s", limit);
		note(h, hook, &err);
		hook->killed = true;
	}
}

static void set_time(char text[static 64], const char *name, const struct hook_file *file,
		     uint64_t ns)
{
	if (file->packets == 0)
		snprintf(text, 64, "%s=", name);
	else
		snprintf(text, 64, "%s=%" PRIu64 ".%09" PRIu64, name, ns / NS_PER_SECOND,
			 ns % NS_PER_SECOND);
}

static void set_environment(struct environment *e, struct hook *hook)
{
	static char path[] = PATH_VARIABLE;
	const struct hook_file *file = &hook->file;
	char **next = e->list;

	snprintf(e->numbers[0], 64, "WIRETAPE_PACKETS=%" PRIu64, file->packets);
	snprintf(e->numbers[1], 64, "WIRETAPE_BYTES=%" PRIu64, file->bytes);
	set_time(e->numbers[2], "WIRETAPE_FIRST", file, file->first_ns);
	set_time(e->numbers[3], "WIRETAPE_LAST", file, file->last_ns);
	snprintf(e->numbers[4], 64, "WIRETAPE_DROPS=%" PRIu64, file->drops);
	*next++ = path;
	*next++ = hook->variable;
	for (size_t i = 0; i < ARRAY_COUNT(e->numbers); i++)
		*next++ = e->numbers[i];
	*next = NULL;
}

/* 0, or -errno where nothing was started. */
static int start(struct hooks *h, struct hook *hook)
{
	struct epoll_event event = {.events = EPOLLIN};
	struct environment environment;
	const struct hook_child child = {
		.argv = h->argv,
		.envp = environment.list,
		.uid = h->config.uid,
		.gid = h->config.gid,
	};
	int rc;

	set_environment(&environment, hook);
	h->argv[h->path_at] = hook->variable + strlen(FILE_VARIABLE);
	rc = hook_process_start(&hook->process, &child);
	if (rc < 0)
		return rc;
	hook->deadline_ns = clock_boot(h->config.clock) + h->config.timeout_ns;
	hook->watched = epoll_ctl(h->epoll, EPOLL_CTL_ADD, hook->process.pidfd, &event) == 0;
	return 0;
}

static void start_waiting(struct hooks *h)
{
	struct hook *hook;
	struct error err;
	int rc;

	while (h->waiting && h->running_count < h->config.jobs &&
	       clock_boot(h->config.clock) >= h->retry_ns) {
		rc = start(h, h->waiting);
		if (rc < 0) {
			error_system(&err, -rc, "has to wait");
			if (!h->stalled)
				note(h, h->waiting, &err);
			h->stalled = true;
			h->retry_ns = clock_boot(h->config.clock) + RETRY_NS;
			return;
		}
		h->stalled = false;
		hook = unqueue(h, &h->waiting);
		hook->next = h->running;
		h->running = hook;
		h->running_count++;
	}
}

static uint64_t min_ns(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static uint64_t time_left(const struct hooks *h)
{
	uint64_t now = clock_boot(h->config.clock), next = UINT64_MAX;

	if (h->waiting && h->running_count < h->config.jobs)
		next = h->retry_ns;
	for (const struct hook *hook = h->running; hook; hook = hook->next) {
		if (!hook->killed)
			next = min_ns(next, hook->deadline_ns);
		if (!hook->watched) /* for want of kernel memory: looked at instead */
			next = min_ns(next, now + RETRY_NS);
	}
	if (next == UINT64_MAX)
		return next;
	return next > now ? next - now : 0;
}

uint64_t hooks_work(struct hooks *h)
{
	take_ended(h);
	kill_late(h);
	start_waiting(h);
	return time_left(h);
}

void hooks_kill(struct hooks *h)
{
	unsigned killed;
	uint64_t dropped = h->waiting_count;
	struct error err;

	take_ended(h);
	killed = h->running_count;
	for (struct hook *hook = h->running; hook; hook = hook->next)
		hook_process_kill(&hook->process);
	while (h->running) {
		struct pollfd ended = {.fd = h->running->process.pidfd, .events = POLLIN};

		while (poll(&ended, 1, KILL_WAIT_MS) < 0 && errno == EINTR)
			;
		hook_process_ended(&h->running->process, &err);
		drop_running(h, &h->running);
	}
	while (h->waiting)
		free(unqueue(h, &h->waiting));
	if (killed == 0 && dropped == 0)
		return;
	error_set(&err, ECANCELED, "hook %s: %u killed, %" PRIu64 " never started", h->argv[0],
		  killed, dropped);
	h->config.note(h->config.context, err.text);
}

void hooks_close(struct hooks *h)
{
	if (!h)
		return;
	assert(hooks_count(h) == 0);
	if (h->epoll >= 0)
		close(h->epoll);
	free(h->argv);
	free(h->words);
	free(h);
}
