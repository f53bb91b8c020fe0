/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The other process has what it needs in memory, gives up its rights, and then connects. Its first
 * word, through a socket of the two, is whether there is an answer worth reading.
 */
#include "stream/fetch.h"

#include <curl/curl.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/safe_text.h"
#include "stream_fetch.h"
#include "system/privilege.h"
#include "system/write_all.h"

#define CONNECT_SECONDS 10L
#define TEXT_ROOM       400u

/* What is fetched, and how far that has come. */
struct fetch {
	const struct fetch_config *config;
	struct fetch_secrets secrets;
	CURL *curl;
	int out;                 /* the pipe */
	int word;                /* the socket; -1: it has been said */
	char refusal[TEXT_ROOM]; /* what a server says that gives nothing */
	size_t refusal_bytes;
};

/* --- the other process ---------------------------------------------------------------- */

static void tell(struct fetch *f, const struct error *err)
{
	if (f->word < 0)
		return;
	(void)!write(f->word, err, sizeof(*err));
	close(f->word);
	f->word = -1;
}

static long status_of(const struct fetch *f)
{
	long status = 0;

	curl_easy_getinfo(f->curl, CURLINFO_RESPONSE_CODE, &status);
	return status;
}

static size_t take(char *data, size_t one, size_t count, void *context)
{
	const struct error none = {.code = 0};
	struct fetch *f = context;
	size_t room = sizeof(f->refusal) - 1 - f->refusal_bytes;

	if (status_of(f) == 200) {
		tell(f, &none);
		return write_all(f->out, data, one * count) < 0 ? 0 : one * count;
	}
	if (room > one * count)
		room = one * count;
	memcpy(f->refusal + f->refusal_bytes, data, room);
	f->refusal_bytes += room;
	return one * count;
}

/* Not every library below libcurl takes them from memory. */
static bool set_blob(const struct fetch *f, CURLoption option, const char *text)
{
	struct curl_blob blob = {(void *)text, text ? strlen(text) : 0, CURL_BLOB_COPY};

	return !text || curl_easy_setopt(f->curl, option, &blob) == CURLE_OK;
}

static int set_secrets(const struct fetch *f, struct error *err)
{
	if (set_blob(f, CURLOPT_CAINFO_BLOB, f->secrets.ca) &&
	    set_blob(f, CURLOPT_SSLCERT_BLOB, f->secrets.cert) &&
	    set_blob(f, CURLOPT_SSLKEY_BLOB, f->secrets.key))
		return 0;
	return error_set(err, ENOTSUP,
			 "%s: this libcurl takes no certificates from memory: one "
			 "that is built with OpenSSL does",
			 f->config->url);
}

static struct curl_slist *set_up(struct fetch *f)
{
	struct curl_slist *headers = NULL;
	char *line = NULL;

	curl_easy_setopt(f->curl, CURLOPT_URL, f->config->url);
	curl_easy_setopt(f->curl, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(f->curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(f->curl, CURLOPT_CONNECTTIMEOUT, CONNECT_SECONDS);
	curl_easy_setopt(f->curl, CURLOPT_WRITEFUNCTION, take);
	curl_easy_setopt(f->curl, CURLOPT_WRITEDATA, f);
	if (f->secrets.token &&
	    asprintf(&line, "Authorization: Bearer %s", f->secrets.token) >= 0) {
		headers = curl_slist_append(NULL, line);
		curl_easy_setopt(f->curl, CURLOPT_HTTPHEADER, headers);
	}
	free(line);
	return headers;
}

/* What has come ends within a packet then: a record of either format has more bytes. */
static void cut_short(const struct fetch *f)
{
	static const uint32_t begin[] = {6, 64};

	(void)write_all(f->out, begin, sizeof(begin));
}

static void perform(struct fetch *f)
{
	struct curl_slist *headers = set_up(f);
	const CURLcode rc = curl_easy_perform(f->curl);
	struct error err = {.code = 0};

	f->refusal[f->refusal_bytes] = '\0';
	f->refusal[strcspn(f->refusal, "\r\n")] = '\0';
	if (rc != CURLE_OK && f->word >= 0)
		error_set(&err, EIO, "%s: %s", f->config->url, curl_easy_strerror(rc));
	else if (rc != CURLE_OK)
		cut_short(f);
	else if (status_of(f) != 200)
		error_usage(&err, "%s: answers %ld: %s", f->config->url, status_of(f), f->refusal);
	else if (f->word >= 0)
		error_usage(&err, "%s: answers with nothing", f->config->url);
	text_clean(err.text);
	tell(f, &err);
	curl_slist_free_all(headers);
}

static _Noreturn void run(struct fetch *f, pid_t parent)
{
	const struct privilege_choice choice = {.user = NULL};
	struct privilege_target target;
	struct error err;

	const int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	/* Others wait for the ends of the standard streams. */
	if (null < 0 || dup2(null, STDIN_FILENO) < 0 || dup2(null, STDOUT_FILENO) < 0)
		_exit(ERROR_FAILED);
	signal(SIGPIPE, SIG_IGN);
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != parent)
		_exit(ERROR_FAILED);
	if (privilege_choose(&choice, &target, &err) < 0 || privilege_drop(&target, &err) < 0) {
		tell(f, &err);
		_exit(ERROR_FAILED);
	}
	/* That took it away. */
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	f->curl = curl_easy_init();
	if (f->curl && set_secrets(f, &err) == 0)
		perform(f);
	else if (f->curl)
		tell(f, &err);
	_exit(0);
}

/* --- this one --------------------------------------------------------------------------- */

bool fetch_is_url(const char *text)
{
	return strncmp(text, "http://", 7) == 0 || strncmp(text, "https://", 8) == 0;
}

static int await_word(int word, const struct fetch_config *config, struct error *err)
{
	struct error said;
	const ssize_t bytes = read(word, &said, sizeof(said));

	if (bytes < 0)
		return error_system(err, errno, "%s", config->url);
	if (bytes != sizeof(said))
		return error_set(err, EIO, "%s: the process that fetches it has ended",
				 config->url);
	if (said.code == 0)
		return 0;
	if (err)
		*err = said;
	return -said.code;
}

static int start(struct fetch *f, int *fd, struct error *err)
{
	const pid_t parent = getpid();
	int out[2], word[2], rc;
	pid_t pid;

	if (pipe2(out, O_CLOEXEC) < 0)
		return error_system(err, errno, "%s: make a pipe", f->config->url);
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, word) < 0) {
		rc = error_system(err, errno, "%s: make a socket", f->config->url);
		close(out[0]);
		close(out[1]);
		return rc;
	}
	pid = fork();
	if (pid == 0) {
		close(out[0]);
		close(word[0]);
		f->out = out[1];
		f->word = word[1];
		run(f, parent);
	}
	rc = pid < 0 ? error_system(err, errno, "%s: make a process", f->config->url) : 0;
	close(out[1]);
	close(word[1]);
	if (rc == 0)
		rc = await_word(word[0], f->config, err);
	close(word[0]);
	if (rc < 0)
		close(out[0]);
	else
		*fd = out[0];
	return rc;
}

int fetch_open(const struct fetch_config *config, int *fd, struct error *err)
{
	struct fetch f = {.config = config, .word = -1};
	int rc = fetch_secrets_read(config, &f.secrets, err);

	if (rc == 0)
		rc = start(&f, fd, err);
	fetch_secrets_free(&f.secrets);
	return rc;
}
