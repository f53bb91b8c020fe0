/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Files are read without rights, as always. What takes some, to open a file and to make one
 * beside it, a process of its own has kept.
 */
#include "app/indexing.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/parse.h"
#include "index_files.h"
#include "paths.h"
#include "read/catalog.h"
#include "system/broker.h"
#include "system/write_all.h"
#include "user.h"

enum request_kind { REQUEST_OPEN, REQUEST_MAKE, REQUEST_PUBLISH, REQUEST_DROP };

struct request {
	enum request_kind kind;
	uint32_t path;
	bool named;
	char name[NAME_MAX + 1];
};

struct indexing {
	const struct options *options;
	struct log *log;
	struct index_files files;
	struct reader *reader;
	struct broker *broker; /* null: what we may do, we do ourselves */
	struct user user;
	uint64_t made, bytes, there, unfinished, failed;
};

/* --- with rights -------------------------------------------------------------------- */

/* 0, or a descriptor for those that give one; or -errno. */
static int do_request(const struct indexing *x, const struct request *r)
{
	switch (r->kind) {
	case REQUEST_OPEN:
		return reader_lend(x->reader, r->path, r->named ? r->name : NULL);
	case REQUEST_MAKE:
		return index_files_make(&x->files, r->path, r->name);
	case REQUEST_PUBLISH:
		return index_files_publish(&x->files, r->path, r->name);
	case REQUEST_DROP:
		return index_files_drop(&x->files, r->path, r->name);
	}
	return -EINVAL;
}

static int serve(void *context, const void *data, size_t bytes, int *fd, struct error *err)
{
	struct request request;
	int rc;

	if (bytes != sizeof(request))
		return error_set(err, EINVAL, "there is no such request");
	memcpy(&request, data, sizeof(request));
	request.name[sizeof(request.name) - 1] = '\0';
	rc = do_request(context, &request);
	if (rc >= 0 && (request.kind == REQUEST_OPEN || request.kind == REQUEST_MAKE))
		*fd = rc;
	return rc < 0 ? error_system(err, -rc, "%s", request.name) : 0;
}

/* --- asking for it -------------------------------------------------------------------- */

static int ask(const struct indexing *x, enum request_kind kind, uint32_t path, const char *name)
{
	const bool gives = kind == REQUEST_OPEN || kind == REQUEST_MAKE;
	struct request request = {.kind = kind, .path = path, .named = name != NULL};
	int fd = -1, rc;

	if ((size_t)snprintf(request.name, sizeof(request.name), "%s", name ? name : "") >=
	    sizeof(request.name))
		return -ENAMETOOLONG;
	if (!x->broker)
		return do_request(x, &request);
	rc = broker_ask(x->broker, &request, sizeof(request), gives ? &fd : NULL, NULL);
	return rc < 0 || !gives ? rc : fd;
}

static int open_late(void *context, uint32_t path, const char *name)
{
	const struct indexing *x = context;

	return x->broker ? ask(x, REQUEST_OPEN, path, name) : -EACCES;
}

/* Descriptors of those that are read and those that are written to, to be freed; null without
 * memory. */
static int *list_directories(const struct indexing *x, size_t *count)
{
	int *read, *all;

	if (reader_directories(x->reader, &read, count) < 0)
		return NULL;
	all = calloc(*count + x->files.count, sizeof(*all));
	if (all) {
		memcpy(all, read, *count * sizeof(*all));
		memcpy(all + *count, x->files.dirs, x->files.count * sizeof(*all));
		*count += x->files.count;
	}
	free(read);
	return all;
}

/* Forks where there are rights to lose, and loses them. */
static int give_up_rights(struct indexing *x, struct error *err)
{
	static const int capabilities[] = {CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH, CAP_FOWNER,
					   CAP_CHOWN};
	struct broker_config config = {
		.serve = serve,
		.context = x,
		.capabilities = capabilities,
		.capability_count = sizeof(capabilities) / sizeof(capabilities[0]),
	};
	int rc = 0, *fds = NULL;

	if (!x->user.target.keeps_root && geteuid() == 0) {
		fds = list_directories(x, &config.fd_count);
		if (!fds)
			return error_system(err, ENOMEM, "read files");
		config.fds = fds;
		rc = broker_open(&config, &x->broker, err);
		free(fds);
	}
	return rc < 0 ? rc : privilege_drop(&x->user.target, err);
}

/* --- without ----------------------------------------------------------------------------- */

static int store(struct indexing *x, const struct catalog_file *file, const uint8_t *image,
		 size_t bytes)
{
	int fd = ask(x, REQUEST_MAKE, file->path, file->name), rc;

	if (fd < 0)
		return fd;
	rc = write_all(fd, image, bytes);
	/* The name must not be there before the bytes are. */
	if (rc == 0 && fdatasync(fd) < 0 && errno != EINVAL)
		rc = -errno;
	close(fd);
	if (rc == 0)
		rc = ask(x, REQUEST_PUBLISH, file->path, file->name);
	if (rc < 0)
		(void)ask(x, REQUEST_DROP, file->path, file->name);
	return rc;
}

static void say_failed(struct indexing *x, const struct error *why)
{
	x->failed++;
	log_say(x->log, NOTE_CHECK, NULL, "%s", why->text);
}

/* That a file is damaged is told, and counts as a failure, since the rest of it is not in
 * its index. */
static int visit(void *context, struct catalog_file *file)
{
	struct indexing *x = context;
	uint8_t *image = NULL;
	size_t bytes = 0;
	struct error err;
	int rc;

	x->unfinished += file->live;
	x->there += file->index != NULL;
	if (file->live || file->index)
		return 0;
	if (!file->file) {
		say_failed(x, &file->why);
		return 0;
	}
	rc = catalog_make_index(file, &image, &bytes, &err);
	if (rc < 0)
		say_failed(x, &err);
	if (!image)
		return 0;
	rc = store(x, file, image, bytes);
	free(image);
	if (rc < 0) {
		error_system(&err, -rc, "%s: make its index", file->shown);
		say_failed(x, &err);
		return 0;
	}
	x->made++;
	x->bytes += bytes;
	if (x->options->verbose)
		log_say(x->log, NOTE_DETAIL, NULL, "%s: index made", file->shown);
	return 0;
}

static void say_end(const struct indexing *x)
{
	char size[FORMAT_SIZE_ROOM], unfinished[64] = "";

	format_size(size, x->bytes);
	if (x->unfinished > 0)
		snprintf(unfinished, sizeof(unfinished), ", %" PRIu64 " not finished yet",
			 x->unfinished);
	log_say(x->log, NOTE_END, NULL,
		"%" PRIu64 " index%s made (%s), %" PRIu64 " there already%s", x->made,
		x->made == 1 ? "" : "es", size, x->there, unfinished);
}

static int run(struct indexing *x, struct error *err)
{
	const struct options *o = x->options;
	const struct user_config user = {.options = o};
	const struct reader_config config = {
		.paths = o->reads,
		.count = o->read_count,
		.open = open_late,
		.context = x,
		.index.used = true,
	};
	int rc = index_files_open(&x->files, o, err);

	if (rc == 0 && (rc = reader_open(&config, &x->reader, err)) < 0)
		return error_context(err, "--index");
	if (rc == 0)
		rc = user_choose(&user, &x->user, err);
	if (rc == 0)
		rc = give_up_rights(x, err);
	if (rc == 0)
		rc = log_start(x->log, err);
	if (rc == 0 && (rc = catalog_visit(x->reader, visit, x, err)) < 0)
		error_context(err, "--index");
	return rc;
}

int indexing_run(const struct options *options, struct log *log, struct error *err)
{
	struct indexing x = {.options = options, .log = log};
	int rc = run(&x, err);

	broker_close(x.broker);
	reader_close(x.reader);
	index_files_close(&x.files);
	if (rc < 0)
		return rc;
	if (!options->quiet || x.failed > 0)
		say_end(&x);
	if (x.failed > 0)
		return error_set(err, EIO,
				 "--index: of %" PRIu64 " file%s not all is indexed, as was said",
				 x.failed, x.failed == 1 ? "" : "s");
	return 0;
}
