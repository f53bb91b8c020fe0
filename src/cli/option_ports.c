/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What servers are is told as tcpprep has it, by what they send: that becomes a capture
 * filter.
 */
#include "option_ports.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/ether.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/parse.h"
#include "option_refuse.h"

/* --- --split ----------------------------------------------------------------------- */

static bool has_bits_behind(const uint8_t *bytes, size_t width, size_t bits)
{
	for (size_t bit = bits; bit < width; bit++)
		if (bytes[bit / 8] & 0x80 >> bit % 8)
			return true;
	return false;
}

static int check_net(const char *text, struct error *err)
{
	char address[INET6_ADDRSTRLEN];
	const char *slash = strchrnul(text, '/');
	const size_t length = (size_t)(slash - text);
	uint8_t bytes[16];
	uint64_t bits, width;
	bool four;
	int rc;

	snprintf(address, sizeof(address), "%.*s", (int)length, text);
	four = inet_pton(AF_INET, address, bytes) == 1;
	if (length >= sizeof(address) || (!four && inet_pton(AF_INET6, address, bytes) != 1))
		return error_usage(err, "'%s' is no network, such as 192.0.2.0/24", text);
	if (!*slash)
		return 0;
	width = four ? 32 : 128;
	rc = parse_count(slash + 1, 0, width, &bits, err);
	if (rc == 0 && has_bits_behind(bytes, width, bits))
		return error_usage(err,
				   "%s is an address within its net, not the net: bits behind the "
				   "first %u are set",
				   text, (unsigned)bits);
	return rc;
}

static int check_port(const char *text, struct error *err)
{
	uint64_t port;

	return parse_count(text, 1, 65535, &port, err);
}

static int check_mac(const char *text, struct error *err)
{
	struct ether_addr address;

	if (ether_aton_r(text, &address) && strlen(text) <= strlen("00:00:00:00:00:00"))
		return 0;
	return error_usage(err, "'%s' is no address, such as 02:00:00:00:00:01", text);
}

/* "src port 80 or src port 443" of the list behind the key. words is changed. */
static int write_terms(FILE *to, const char *term, char *words,
		       int (*check)(const char *text, struct error *err), struct error *err)
{
	const char *between = "";

	for (char *word; (word = strsep(&words, ","));) {
		int rc = check(word, err);

		if (rc < 0)
			return rc;
		fprintf(to, "%s%s %s", between, term, word);
		between = " or ";
	}
	return 0;
}

static int set_split(struct options_ports *ports, const char *value, struct error *err)
{
	static const struct {
		const char *key, *term;
		int (*check)(const char *text, struct error *err);
	} keys[] = {{"cidr:", "src net", check_net},
		    {"port:", "src port", check_port},
		    {"mac:", "ether src", check_mac}};
	size_t k = 0, bytes;
	char *words;
	FILE *to;
	int rc;

	ports->by = strcmp(value, "client") == 0 ? BY_CLIENT : BY_SERVER;
	if (ports->by == BY_CLIENT)
		return 0;
	while (k < 3 && strncmp(value, keys[k].key, strlen(keys[k].key)) != 0)
		k++;
	if (k == 3)
		return error_usage(err, "'%s' is none of client, cidr:NET, port:PORT and mac:MAC",
				   value);
	words = strdup(value + strlen(keys[k].key));
	to = words ? open_memstream(&ports->servers, &bytes) : NULL;
	rc = to ? write_terms(to, keys[k].term, words, keys[k].check, err)
		: error_system(err, ENOMEM, "%s", value);
	if (to && fclose(to) != 0 && rc == 0)
		rc = error_system(err, ENOMEM, "%s", value);
	free(words);
	return rc;
}

int option_ports_set(struct option_parser *parser, enum option_id id, struct error *err)
{
	struct options *options = parser->options;
	const char *value = parser->given[id].value;

	if (id == OPTION_SPLIT)
		return set_split(&options->ports, value, err);
	if (!options->out)
		options->out = value;
	else if (!options->out_other)
		options->out_other = value;
	else
		return error_usage(err, "%s is one too many: there may be two, for files", value);
	return 0;
}

/* --- what goes where ---------------------------------------------------------------- */

/* Of "KEY=IF": the key, to be freed; *name becomes the interface. Null without memory. */
static char *take_key(const char **name)
{
	const char *equals = strchr(*name, '=');
	char *key = strndup(*name, (size_t)(equals - *name));

	*name = equals + 1;
	return key;
}

static int take_keys(struct options *options, struct error *err)
{
	struct options_ports *ports = &options->ports;
	char *const *keys = ports->keys;
	bool in, out;

	ports->keys[0] = take_key(&options->out);
	ports->keys[1] = take_key(&options->out_other);
	if (!keys[0] || !keys[1])
		return error_system(err, ENOMEM, "-o");
	if (strcmp(keys[0], keys[1]) == 0)
		return error_usage(err,
				   "-o %s=%s and -o %s=%s: the packets of one cannot take both",
				   keys[0], options->out, keys[1], options->out_other);
	in = strcmp(keys[0], "in") == 0 || strcmp(keys[1], "in") == 0;
	out = strcmp(keys[0], "out") == 0 || strcmp(keys[1], "out") == 0;
	ports->by = in && out ? BY_DIRECTION : BY_INTERFACE;
	return 0;
}

static int check_keys(const struct option_parser *parser, struct error *err)
{
	struct options *options = parser->options;
	const bool first = strchr(options->out, '='), other = strchr(options->out_other, '=');

	if (parser->given[OPTION_SPLIT].value && (first || other))
		return error_usage(err, "%s contradicts -o %s, which says what goes there",
				   parser->given[OPTION_SPLIT].label,
				   first ? options->out : options->out_other);
	if (parser->given[OPTION_SPLIT].value)
		return 0;
	if (!first || !other)
		return error_usage(err,
				   "-o %s and -o %s: say what goes where, by --split, or NAME=IF "
				   "for both, with the name of an interface in the file, or in=IF "
				   "and out=IF",
				   options->out, options->out_other);
	return take_keys(options, err);
}

int option_ports_check(struct option_parser *parser, struct error *err)
{
	struct options *options = parser->options;
	int rc;

	if (!options->out_other) {
		if (parser->given[OPTION_SPLIT].value)
			return error_usage(err, "%s needs two of -o, and -r",
					   parser->given[OPTION_SPLIT].label);
		return 0;
	}
	if (options->read_count == 0)
		return error_usage(err, "given twice: -o %s and -o %s: only files (-r) have two",
				   options->out, options->out_other);
	rc = check_keys(parser, err);
	if (rc == 0 && strcmp(options->out, options->out_other) == 0)
		return error_usage(err, "given twice: -o %s", options->out);
	if (rc == 0 && options->ports.by == BY_INTERFACE && options->interface_count > 0)
		return error_usage(err,
				   "-i %s contradicts -o %s=%s, which picks the packets of that "
				   "interface",
				   options->interfaces[0].name, options->ports.keys[0],
				   options->out);
	return rc;
}

void option_ports_free(struct options *options)
{
	free(options->ports.keys[0]);
	free(options->ports.keys[1]);
	free(options->ports.servers);
	options->ports = (struct options_ports){0};
}
