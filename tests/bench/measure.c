/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Runs a command on one CPU and tells what it cost: processor time of the
 * whole process, peak memory, time on the wall. Threads count, those of
 * io_uring included: the kernel keeps them in the process.
 *
 * SIGUSR1 says that the command has started up: what it has used so far is
 * told apart, because that varies more than what follows. SIGINT ends the command with SIGINT as
 * soon as it has been out of work for a while, so that what it has taken in is also written;
 * SIGTERM at once. One that does not end by itself is killed.
 */
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define SECOND_NS 1000000000ull
#define STEP_MS   100u /* between two looks at a process */

/* Out of work is at most this much CPU a step for a number of steps in a row:
 * a writer that waits for a slow disk wakes more often. */
#define IDLE_CPU_NS 200000ull
#define MOST_STEPS  100u

#define PATIENCE_S 20

struct job {
	int cpu;             /* -1: any */
	unsigned idle_steps; /* before it is out of work */
	const char *result;
	char **command;
};

struct cost {
	uint64_t start_ns; /* CPU time to start up */
	struct rusage usage;
};

static uint64_t clock_ns(clockid_t clock)
{
	struct timespec now;

	if (clock_gettime(clock, &now) < 0)
		return 0;
	return (uint64_t)now.tv_sec * SECOND_NS + (uint64_t)now.tv_nsec;
}

/* CPU time of a process so far, of all threads it ever had. 0: there is none. */
static uint64_t process_ns(pid_t pid)
{
	clockid_t clock;

	return clock_getcpuclockid(pid, &clock) == 0 ? clock_ns(clock) : 0;
}

static uint64_t timeval_ns(const struct timeval *time)
{
	return (uint64_t)time->tv_sec * SECOND_NS + (uint64_t)time->tv_usec * 1000u;
}

static pid_t start(const struct job *job, const sigset_t *signals)
{
	pid_t pid = fork();
	cpu_set_t cpus;

	if (pid != 0)
		return pid;
	sigprocmask(SIG_UNBLOCK, signals, NULL);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	CPU_ZERO(&cpus);
	CPU_SET((unsigned)job->cpu, &cpus);
	if (job->cpu >= 0 && sched_setaffinity(0, sizeof(cpus), &cpus) < 0)
		fprintf(stderr, "measure: CPU %d: %s\n", job->cpu, strerror(errno));
	else if (execvp(job->command[0], job->command) < 0)
		fprintf(stderr, "measure: %s: %s\n", job->command[0], strerror(errno));
	_exit(127);
}

static void wait_idle(pid_t pid, unsigned idle_steps)
{
	const struct timespec step = {.tv_nsec = STEP_MS * 1000000};
	uint64_t before = process_ns(pid), now;
	unsigned steps, idle = 0;

	for (steps = 0; steps < MOST_STEPS && idle < idle_steps; steps++) {
		nanosleep(&step, NULL);
		now = process_ns(pid);
		idle = now - before <= IDLE_CPU_NS ? idle + 1 : 0;
		before = now;
	}
}

/* Waits for the end of the process, doing what the signals say. */
static int await(pid_t pid, const struct job *job, const sigset_t *signals, struct cost *cost)
{
	const struct timespec patience = {.tv_sec = PATIENCE_S};
	bool ending = false;
	int status, signal;

	while (wait4(pid, &status, WNOHANG, &cost->usage) == 0) {
		signal = sigtimedwait(signals, NULL, ending ? &patience : NULL);
		if (signal == SIGUSR1)
			cost->start_ns = process_ns(pid);
		if (signal == SIGINT)
			wait_idle(pid, job->idle_steps);
		if (signal == SIGINT || signal == SIGTERM) {
			kill(pid, SIGINT);
			ending = true;
		}
		if (signal < 0 && errno == EAGAIN)
			kill(pid, SIGKILL);
	}
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* 0 or -1. */
static int write_result(const char *path, const struct cost *cost, uint64_t wall_ns)
{
	uint64_t cpu_ns = timeval_ns(&cost->usage.ru_utime) + timeval_ns(&cost->usage.ru_stime);
	FILE *out = fopen(path, "w");

	if (!out)
		return -1;
	fprintf(out, "%llu %llu %ld %.3f\n", (unsigned long long)cpu_ns,
		(unsigned long long)cost->start_ns, cost->usage.ru_maxrss,
		(double)wall_ns / SECOND_NS);
	return fclose(out);
}

/* The exit status is the command's. */
static int run(const struct job *job)
{
	static const int handled[] = {SIGCHLD, SIGINT, SIGTERM, SIGUSR1};
	uint64_t began = clock_ns(CLOCK_MONOTONIC);
	struct cost cost = {0};
	sigset_t signals;
	pid_t pid;
	size_t i;
	int status;

	sigemptyset(&signals);
	for (i = 0; i < sizeof(handled) / sizeof(handled[0]); i++)
		sigaddset(&signals, handled[i]);
	/* A shell starts what it does not wait for with SIGINT ignored, and
	 * ignored signals are never pending. */
	signal(SIGINT, SIG_DFL);
	sigprocmask(SIG_BLOCK, &signals, NULL);
	pid = start(job, &signals);
	if (pid < 0) {
		perror("measure: fork");
		return 127;
	}
	status = await(pid, job, &signals, &cost);
	if (write_result(job->result, &cost, clock_ns(CLOCK_MONOTONIC) - began) < 0) {
		fprintf(stderr, "measure: %s: %s\n", job->result, strerror(errno));
		return 127;
	}
	return status;
}

static int usage(void)
{
	fputs("usage: measure [-c CPU] [-q QUIET-MS] -o RESULT COMMAND...\n"
	      "       measure -p PID\n"
	      "Runs COMMAND and writes \"CPU-ns start-CPU-ns peak-RSS-KiB wall-s\" to RESULT, or "
	      "prints\n"
	      "the CPU time of a running process in ns.\n",
	      stderr);
	return 2;
}

int main(int argc, char **argv)
{
	struct job job = {.cpu = -1, .idle_steps = 4};
	pid_t pid = 0;

	for (int c; (c = getopt(argc, argv, "+c:o:p:q:")) != -1;) {
		if (c == 'c')
			job.cpu = atoi(optarg);
		else if (c == 'o')
			job.result = optarg;
		else if (c == 'q')
			job.idle_steps = (unsigned)atoi(optarg) / STEP_MS;
		else if (c == 'p')
			pid = (pid_t)atoi(optarg);
		else
			return usage();
	}
	job.command = argv + optind;
	if (pid > 0 && optind == argc) {
		printf("%llu\n", (unsigned long long)process_ns(pid));
		return process_ns(pid) == 0;
	}
	if (!job.result || !*job.command)
		return usage();
	return run(&job);
}
