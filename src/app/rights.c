/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is asked for goes to the broker as one struct; it answers out of what it has of
 * this process: the reader with its directories, the output with its path.
 */
#include "rights.h"

#include <errno.h>
#include <limits.h>
#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "paths.h"

enum request_kind { REQUEST_OPEN, REQUEST_OUTPUT };

struct request {
	enum request_kind kind;
	enum output_request output;
	uint32_t path;
	bool named;
	char name[NAME_MAX + 1];
};

/* --- in the other process ---------------------------------------------------------- */

static int serve(void *context, const void *data, size_t bytes, int *fd, struct error *err)
{
	struct rights *r = context;
	struct request request;

	if (bytes != sizeof(request))
		return error_set(err, EINVAL, "there is no such request");
	memcpy(&request, data, sizeof(request));
	request.name[sizeof(request.name) - 1] = '\0';
	if (request.kind == REQUEST_OPEN && r->reader) {
		*fd = reader_lend(r->reader, request.path, request.named ? request.name : NULL);
		return *fd < 0 ? error_system(err, -*fd, "open %s", request.name) : 0;
	}
	if (request.kind == REQUEST_OUTPUT && r->output)
		return output_serve(r->output, &r->user.target, request.output, fd, err);
	return error_set(err, EINVAL, "there is no such request");
}

static void end(void *context)
{
	struct rights *r = context;

	if (r->output)
		output_leave(r->output);
}

/* --- in this one --------------------------------------------------------------------- */

static int ask_output(void *context, enum output_request kind, int *fd, struct error *err)
{
	const struct rights *r = context;
	const struct request request = {.kind = REQUEST_OUTPUT, .output = kind};

	return broker_ask(r->broker, &request, sizeof(request), fd, err);
}

int rights_open(void *context, uint32_t path, const char *name)
{
	const struct rights *r = context;
	struct request request = {.kind = REQUEST_OPEN, .path = path, .named = name != NULL};
	int fd, rc;

	if (!r->broker)
		return -EACCES;
	if ((size_t)snprintf(request.name, sizeof(request.name), "%s", name ? name : "") >=
	    sizeof(request.name))
		return -ENAMETOOLONG;
	rc = broker_ask(r->broker, &request, sizeof(request), &fd, NULL);
	return rc < 0 ? rc : fd;
}

/* Forks, with what it is asked for in mind. */
static int keep_some(struct rights *r, struct error *err)
{
	/* Files and directories of everybody's, given to others. */
	static const int capabilities[] = {CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH, CAP_FOWNER,
					   CAP_CHOWN};
	const bool reads = r->reader && reader_opens_later(r->reader);
	const bool makes = r->output && output_makes(r->output);
	const struct output_maker maker = {ask_output, r};
	struct broker_config config = {
		.serve = serve,
		.end = end,
		.context = r,
		.capabilities = capabilities,
		.capability_count = sizeof(capabilities) / sizeof(capabilities[0]),
	};
	int rc = 0, *fds = NULL;

	if (r->user.target.keeps_root || geteuid() != 0 || (!reads && !makes))
		return 0;
	if (reads)
		rc = reader_directories(r->reader, &fds, &config.fd_count);
	if (rc < 0)
		return error_system(err, -rc, "read files");
	config.fds = fds;
	rc = broker_open(&config, &r->broker, err);
	free(fds);
	if (rc == 0 && makes)
		output_set_maker(r->output, &maker);
	return rc;
}

int rights_give_up(struct rights *r, struct error *err)
{
	int rc;

	if (r->given_up)
		return 0;
	r->given_up = true;
	rc = keep_some(r, err);
	return rc < 0 ? rc : privilege_drop(&r->user.target, err);
}

int rights_open_paths(struct rights *r, const struct options *options,
		      const struct reader_config *config, struct reader **reader, struct error *err)
{
	const struct user_config user = {.options = options};
	struct reader_config ours = *config;
	int rc;

	ours.open = rights_open;
	ours.context = r;
	*reader = NULL;
	rc = paths_open(options, &ours, reader, err);
	if (rc == 0)
		rc = user_choose(&user, &r->user, err);
	r->reader = *reader;
	return rc == 0 ? rights_give_up(r, err) : rc;
}

void rights_close(struct rights *r)
{
	broker_close(r->broker);
	r->broker = NULL;
}
