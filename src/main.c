/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From the command line to a capture, and from its result to the exit status.
 */
#include <errno.h>
#include <fcntl.h>
#include <pcap/pcap.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "app/asking.h"
#include "app/capture.h"
#include "app/dump.h"
#include "app/files.h"
#include "app/indexing.h"
#include "app/pinning.h"
#include "app/serving.h"
#include "app/standing.h"
#include "app/summary.h"
#include "base/clock.h"
#include "base/error.h"
#include "cli/log.h"
#include "cli/options.h"
#include "cli/report.h"
#include "system/netdev.h"
#include "system/nowait.h"

static int list_devices(struct error *err)
{
	struct netdev *devices;
	size_t count;
	int rc;

	rc = netdev_list(&devices, &count, err);
	if (rc < 0)
		return rc;
	report_devices(stdout, devices, count);
	free(devices);
	return 0;
}

/* Does what the options ask for. 0 or -errno. */
static int run(const struct options *options, struct log *log, struct error *err)
{
	if (options->help) {
		options_help(stdout);
		return 0;
	}
	if (options->version) {
		printf("wiretape %s\n%s\n", WIRETAPE_VERSION, pcap_lib_version());
		return 0;
	}
	if (options->list)
		return list_devices(err);
	if (options->dump)
		return dump_filter(options, err);
	if (options->make_index)
		return indexing_run(options, log, err);
	if (options->summary)
		return summary_run(options, log, err);
	if (options->serve.on)
		return serving_run(options, log, err);
	if (options->ask)
		return asking_run(options, err);
	if (options->pinned)
		return pinning_run(options, err);
	if (options->status)
		return standing_run(options, err);
	if (options->read_count > 0)
		return files_run(options, log, err);
	return capture_run(options, log, err);
}

int main(int argc, char **argv)
{
	struct options options;
	struct error err = {0};
	struct log *log;
	int fd, rc, status = 0;

	/* What is opened first must not become a standard stream: messages would
	 * go out on the wire. */
	for (fd = 0; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDWR) != fd)
			return ERROR_FAILED;
	/* Until they mean something they must not end us. */
	signal(SIGUSR1, SIG_IGN);
	signal(SIGUSR2, SIG_IGN);
	/* Hooks are waited for, which takes this. */
	signal(SIGCHLD, SIG_DFL);
	/* A reader that goes away is an error of write(), not our end. */
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
	rc = options_parse(argc, argv, &options, &err);
	log = log_open(stderr, options.log_json ? LOG_JSON : LOG_TEXT, &clock_system);
	if (!log)
		return ERROR_FAILED;
	if (options.log_stamped)
		log_stamp(log, true);
	if (rc == 0)
		rc = run(&options, log, &err);
	if (rc < 0) {
		log_error(log, &err);
		status = (int)err.kind;
	}
	log_settle(log);
	/* Who has read enough is no failure. */
	if ((fflush(stdout) != 0 || ferror(stdout)) && !nowait_is_deserted(STDOUT_FILENO)) {
		error_system(&err, errno, "standard output");
		log_error(log, &err);
		status = status ? status : (int)err.kind;
	}
	log_close(log);
	options_free(&options);
	return status;
}
