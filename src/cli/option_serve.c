/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A directory is served as it is: what picks packets or says how they are written comes with
 * each request.
 */
#include "option_serve.h"

#include <string.h>

#include "base/clock.h"
#include "base/parse.h"
#include "option_alone.h"
#include "option_refuse.h"
#include "stream/address.h"
#include "stream/fetch.h"

#define REQUESTS_MOST 256u

/* --- what they set ----------------------------------------------------------------------- */

static int read_requests(const char *text, struct options_serve *serve, struct error *err)
{
	uint64_t count;
	int rc = parse_count(text, 1, REQUESTS_MOST, &count, err);

	if (rc == 0)
		serve->requests = (unsigned)count;
	return rc;
}

static int read_time(const char *text, struct options_serve *serve, struct error *err)
{
	int rc = parse_duration(text, &serve->time_ns, err);

	if (rc == 0 && serve->time_ns < NS_PER_SECOND)
		return error_usage(err, "%s is too short: it must be at least 1s", text);
	return rc;
}

static int read_rate(const char *text, struct options_serve *serve, struct error *err)
{
	return parse_size(text, &serve->bytes_per_second, err);
}

static const struct {
	const char *key, *value;
	int (*read)(const char *text, struct options_serve *serve, struct error *err);
} limits[SERVE_LIMITS] = {
	{"requests:", "COUNT", read_requests},
	{"time:", "TIME", read_time},
	{"rate:", "SIZE", read_rate},
};

/* --serve-limit KEY:VALUE */
static int set_limit(struct option_parser *parser, struct error *err)
{
	const struct option_given *given = &parser->given[OPTION_SERVE_LIMIT];

	for (int i = 0; i < SERVE_LIMITS; i++) {
		const size_t length = strlen(limits[i].key);

		if (strncmp(given->value, limits[i].key, length) != 0)
			continue;
		if (parser->serve_limits[i].value)
			return option_refuse_repeat(&parser->serve_limits[i], given, err);
		parser->serve_limits[i] = *given;
		if (limits[i].read(given->value + length, &parser->options->serve, err) == 0)
			return 0;
		return error_context(err, "%.*s", (int)length - 1, limits[i].key);
	}
	return error_usage(err, "'%s' is none of requests:COUNT, time:TIME, rate:SIZE",
			   given->value);
}

int option_serve_set(struct option_parser *parser, enum option_id id, struct error *err)
{
	struct options_serve *serve = &parser->options->serve;

	if (id == OPTION_SERVE_LIMIT)
		return set_limit(parser, err);
	serve->on = true;
	return listen_address_parse(parser->given[id].value, &serve->address, err);
}

/* --- what goes with them ------------------------------------------------------------------ */

static bool goes_along(enum option_id id, enum option_id with)
{
	switch (id) {
	case OPTION_TLS_CERT:
	case OPTION_TLS_KEY:
	case OPTION_TLS_CLIENT_CA:
	case OPTION_TOKEN_FILE:
	case OPTION_SERVE_LIMIT:
	case OPTION_READ:
	case OPTION_NO_INDEX:
	case OPTION_NO_SORT:
	case OPTION_USER:
	case OPTION_QUIET:
	case OPTION_VERBOSE:
	case OPTION_LOG_FORMAT:
	case OPTION_NUMERIC:
		return true;
	default:
		return id == with;
	}
}

static int refuse_others(const struct option_parser *parser, struct error *err)
{
	const struct option_given words = {"the filter expression", parser->options->expression};
	int rc = option_alone_check(parser, OPTION_SERVE, goes_along, err);

	if (rc == 0 && words.value)
		rc = option_refuse_pair(&parser->given[OPTION_SERVE], &words, err);
	return rc;
}

/* One is of no use without the other. */
static int check_pair(const struct option_parser *parser, struct error *err)
{
	const struct option_given *given = parser->given;
	const struct options_serve *serve = &parser->options->serve;

	if ((serve->tls_cert != NULL) != (serve->tls_key != NULL))
		return error_usage(err, "%s needs %s",
				   given[serve->tls_cert ? OPTION_TLS_CERT : OPTION_TLS_KEY].label,
				   serve->tls_cert ? "--tls-key, the key of that certificate"
						   : "--tls-cert, the certificate of that key");
	return 0;
}

/* Packets are for nobody that is not known. */
static int check_secured(const struct option_parser *parser, struct error *err)
{
	const struct option_given *given = parser->given;
	const struct options_serve *serve = &parser->options->serve;
	char address[LISTEN_ADDRESS_ROOM];
	int rc = check_pair(parser, err);

	if (rc < 0)
		return rc;
	if (serve->tls_client_ca && !serve->tls_cert)
		return error_usage(err, "%s needs --tls-cert and --tls-key",
				   given[OPTION_TLS_CLIENT_CA].label);
	if (serve->address.loopback ||
	    (serve->tls_cert && (serve->tls_client_ca || serve->token_file)))
		return 0;
	return error_usage(err,
			   "--serve: %s is reached from other machines: give --tls-cert, "
			   "--tls-key, "
			   "and --tls-client-ca or --token-file, or an address of loopback",
			   listen_address_text(&serve->address, address));
}

static bool reads_url(const struct options *options)
{
	bool reads = false;

	for (uint32_t i = 0; i < options->read_count; i++)
		reads |= fetch_is_url(options->reads[i]);
	return reads;
}

/* What says who is who at either end of a connection, where there is none. */
static int check_needs(const struct option_parser *parser, struct error *err)
{
	static const struct {
		enum option_id id;
		bool serves, reads;
	} needs[] = {
		{OPTION_TLS_CERT, true, true},       {OPTION_TLS_KEY, true, true},
		{OPTION_TLS_CLIENT_CA, true, false}, {OPTION_TLS_CA, false, true},
		{OPTION_TOKEN_FILE, true, true},     {OPTION_SERVE_LIMIT, true, false},
	};
	const struct option_given *given = parser->given;
	const bool serves = parser->options->serve.on, reads = reads_url(parser->options);

	for (size_t i = 0; i < sizeof(needs) / sizeof(needs[0]); i++) {
		if (!given[needs[i].id].value || (serves && needs[i].serves) ||
		    (reads && needs[i].reads))
			continue;
		return error_usage(err, "%s needs %s%s%s", given[needs[i].id].label,
				   needs[i].serves ? "--serve, the address to serve at" : "",
				   needs[i].serves && needs[i].reads ? ", or " : "",
				   needs[i].reads ? "-r and a URL" : "");
	}
	return 0;
}

int option_serve_check(const struct option_parser *parser, struct error *err)
{
	const struct option_given *given = parser->given;
	int rc = check_needs(parser, err);

	if (rc < 0)
		return rc;
	if (!given[OPTION_SERVE].value)
		return check_pair(parser, err);
	rc = refuse_others(parser, err);
	if (rc < 0)
		return rc;
	if (!given[OPTION_READ].value || parser->options->read_count != 1)
		return error_usage(err, "%s needs one -r, the directory to serve",
				   given[OPTION_SERVE].label);
	/* Nobody is connected to, or waited for, to be told that. */
	if (stream_is_address(parser->options->reads[0]))
		return error_usage(err, "-r: %s is no directory: %s needs that of a recorder",
				   parser->options->reads[0], given[OPTION_SERVE].label);
	return check_secured(parser, err);
}
