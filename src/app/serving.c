/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What takes a right is done first: keys are read, the socket and the directory opened. Then all
 * rights go, and only then is the first connection taken. Nothing keeps any: who serves has to be
 * allowed to read the directory by its mode, as its owner is.
 */
#include "app/serving.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "paths.h"
#include "read/segment.h"
#include "serve/server.h"
#include "serving_request.h"
#include "system/notify.h"
#include "system/privilege.h"
#include "system/secret.h"

#define BACKLOG 128

struct serving {
	const struct options *options;
	struct log *log;
	struct listen_address address;
	int fd; /* that listens; -1 */
	char *cert, *key, *client_ca, *token;
	struct reader *reader;
	struct notify *notify;
	struct privilege_target user;
	struct server *server;
};

/* --- what is read at the start -------------------------------------------------------------- */

static int read_secrets(struct serving *s, struct error *err)
{
	const struct options_serve *o = &s->options->serve;
	const struct secret_file cert = {"--tls-cert", o->tls_cert, false};
	const struct secret_file key = {"--tls-key", o->tls_key, true};
	const struct secret_file client_ca = {"--tls-client-ca", o->tls_client_ca, false};
	const struct secret_file token = {"--token-file", o->token_file, true};
	int rc = secret_read(&cert, &s->cert, err);

	if (rc == 0)
		rc = secret_read(&key, &s->key, err);
	if (rc == 0)
		rc = secret_read(&client_ca, &s->client_ca, err);
	return rc == 0 ? secret_read_token(&token, &s->token, err) : rc;
}

/* --- rights --------------------------------------------------------------------------------- */

static int open_directory(struct serving *s, struct stat *st, struct error *err)
{
	const struct reader_config config = paths_config(s->options);
	const char *path = s->options->reads[0];
	struct reader_path about;
	int rc = paths_open(s->options, &config, &s->reader, err);

	if (rc < 0)
		return rc;
	reader_path(s->reader, 0, &about);
	if (!about.directory || stat(path, st) < 0)
		return error_usage(err, "-r: %s is no directory: --serve needs that of a recorder",
				   path);
	return 0;
}

/* Who serves needs no right to write: as it reads its own segments, a recorder's user does. */
static int choose_user(struct serving *s, const struct stat *st, struct error *err)
{
	const struct privilege_choice choice = {.user = s->options->user, .directory = st};
	int rc = privilege_choose(&choice, &s->user, err);

	return rc < 0 ? error_context(err, "-Z") : 0;
}

/* The socket is theirs who serve. */
static int give_away_socket(const struct serving *s, struct error *err)
{
	const struct sockaddr_un *at = (const struct sockaddr_un *)&s->address.socket;

	if (!s->address.local || geteuid() != 0 || s->user.keeps_root || s->user.uid == 0)
		return 0;
	if (lchown(at->sun_path, s->user.uid, s->user.gid) < 0)
		return error_system(err, errno, "--serve: give %s to %s", at->sun_path,
				    s->user.name);
	return 0;
}

static int give_up_rights(struct serving *s, struct error *err)
{
	const char *path = s->options->reads[0];
	int rc = give_away_socket(s, err), fd;

	if (rc == 0)
		rc = privilege_drop(&s->user, err);
	if (rc < 0)
		return rc;
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return error_usage(err, "-r: %s: %s may not read there: give another -Z (%s)", path,
				   s->user.name, strerror(errno));
	close(fd);
	return 0;
}

/* --- serving ------------------------------------------------------------------------------------
 */

static int work(void *context, const struct serve_request *request)
{
	const struct serving *s = context;

	return serving_request(s->options, request);
}

static int open_segment(void *context, const char *name)
{
	const struct serving *s = context;

	return segment_open(s->reader, name);
}

static int open_server(struct serving *s, struct error *err)
{
	const struct options_serve *o = &s->options->serve;
	const struct server_config config = {
		.listen_fd = s->fd,
		.local = s->address.local,
		.tls = {s->cert, s->key, s->client_ca},
		.token = s->token,
		.limits = {o->requests, o->time_ns, o->bytes_per_second},
		.log = s->log,
		.verbose = s->options->verbose > 0,
		.work = work,
		.open_segment = open_segment,
		.context = s,
	};

	return server_open(&config, &s->server, err);
}

static void say_start(const struct serving *s)
{
	char address[LISTEN_ADDRESS_ROOM];

	listen_address_text(&s->address, address);
	log_say(s->log, NOTE_ADOPT, NULL, "serving %s at %s%s%s, as %s", s->options->reads[0],
		s->address.local ? ""
		: s->cert        ? "https://"
				 : "http://",
		address, s->address.local ? "" : "/", s->user.name);
	notify_ready(s->notify);
}

static int open_all(struct serving *s, struct error *err)
{
	struct stat st;
	int rc = read_secrets(s, err);

	if (rc == 0)
		rc = open_directory(s, &st, err);
	if (rc == 0)
		rc = choose_user(s, &st, err);
	if (rc == 0 && (rc = listen_address_open(&s->address, BACKLOG, &s->fd, err)) < 0)
		error_context(err, "--serve");
	if (rc == 0 && notify_open(&s->notify, err) < 0)
		log_say(s->log, NOTE_CHECK, NULL, "%s", err->text);
	if (rc == 0)
		rc = give_up_rights(s, err);
	return rc == 0 ? open_server(s, err) : rc;
}

static void close_all(struct serving *s)
{
	const struct sockaddr_un *at = (const struct sockaddr_un *)&s->address.socket;

	notify_stopping(s->notify);
	server_close(s->server);
	notify_close(s->notify);
	reader_close(s->reader);
	if (s->fd >= 0) {
		close(s->fd);
		/* Where it is not ours to remove, the next one does. */
		if (s->address.local)
			(void)unlink(at->sun_path);
	}
	secret_free(s->cert);
	secret_free(s->key);
	secret_free(s->client_ca);
	secret_free(s->token);
}

int serving_run(const struct options *options, struct log *log, struct error *err)
{
	struct serving s = {
		.options = options,
		.log = log,
		.address = options->serve.address,
		.fd = -1,
	};
	int rc;

	if (!server_is_built())
		return error_usage(err, "--serve: this program was built without libmicrohttpd");
	rc = open_all(&s, err);
	if (rc == 0) {
		say_start(&s);
		rc = server_run(s.server, err);
	}
	close_all(&s);
	return rc;
}
