/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Primitives: qualifiers and an id, a protocol's name, arithmetic. What is not known to be
 * harmless loses the whole expression: then all runs are read.
 */
#include <linux/if_ether.h>
#include <string.h>

#include "expression_parts.h"

static bool take_proto(struct words *w, struct qualifiers *q, char name[WORD_ROOM])
{
	static const struct {
		const char *name;
		int proto;
	} names[] = {{"ether", PROTO_ETHER}, {"link", PROTO_ETHER},  {"ip", PROTO_IP},
		     {"ip6", PROTO_IP6},     {"arp", PROTO_ARP},     {"rarp", PROTO_RARP},
		     {"tcp", PROTO_TCP},     {"udp", PROTO_UDP},     {"sctp", PROTO_SCTP},
		     {"icmp", PROTO_OTHER},  {"icmp6", PROTO_OTHER}, {"igmp", PROTO_OTHER},
		     {"pim", PROTO_OTHER},   {"vrrp", PROTO_OTHER},  {"ah", PROTO_OTHER},
		     {"esp", PROTO_OTHER}};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (!words_is(w, names[i].name))
			continue;
		q->proto = names[i].proto;
		memcpy(name, w->word, WORD_ROOM);
		words_next(w);
		return true;
	}
	return false;
}

static bool is_side(const char *word)
{
	return strcmp(word, "src") == 0 || strcmp(word, "dst") == 0;
}

/* "src", "src or dst": keys are of both. */
static bool take_direction(struct words *w)
{
	char word[WORD_ROOM];
	struct words other;

	if (w->token != TOKEN_WORD || !is_side(w->word))
		return false;
	words_next(w);
	other = *w;
	if (w->token == TOKEN_OR || w->token == TOKEN_AND) {
		words_next(&other);
		/* "src or dst port 80"; but "src 1.2.3.4 or dst ..." is another primitive. */
		memcpy(word, other.word, sizeof(word));
		if (other.token == TOKEN_WORD && is_side(word)) {
			words_next(&other);
			*w = other;
		}
	}
	return true;
}

static bool take_type(struct words *w, struct qualifiers *q)
{
	static const struct {
		const char *name;
		int type;
	} names[] = {{"host", TYPE_HOST},    {"net", TYPE_NET},
		     {"port", TYPE_PORT},    {"portrange", TYPE_PORTRANGE},
		     {"proto", TYPE_PROTO},  {"protochain", TYPE_OTHER},
		     {"gateway", TYPE_OTHER}};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (!words_is(w, names[i].name))
			continue;
		q->type = names[i].type;
		words_next(w);
		return true;
	}
	return false;
}

/* A protocol's name alone. */
static uint32_t read_name(struct reading *r, const struct qualifiers *q, const char *name)
{
	const uint32_t type = type_named(name), protocol = protocol_named(name);

	/* "ether broadcast", "ip multicast". */
	if (words_is(&r->words, "broadcast") || words_is(&r->words, "multicast")) {
		words_next(&r->words);
		return NODE_EVERYTHING;
	}
	if (type != UINT32_MAX)
		return node_number(r->expression, INDEX_ETHERTYPE, type, type);
	if (protocol != UINT32_MAX && q->proto != PROTO_ETHER)
		return node_number(r->expression, INDEX_PROTOCOL, protocol, protocol);
	return give_up(r);
}

/* "tcp[13] & 2 != 0": up to what joins it with others. */
static uint32_t read_arithmetic(struct reading *r)
{
	unsigned depth = 0;

	while (r->words.token != TOKEN_END && r->words.token != TOKEN_UNKNOWN) {
		if (depth == 0 && (r->words.token == TOKEN_AND || r->words.token == TOKEN_OR ||
				   r->words.token == TOKEN_CLOSE))
			return NODE_EVERYTHING;
		depth += r->words.token == TOKEN_OPEN;
		depth -= r->words.token == TOKEN_CLOSE;
		words_next(&r->words);
	}
	return r->words.token == TOKEN_END && depth == 0 ? NODE_EVERYTHING : give_up(r);
}

static uint32_t read_vlan(struct reading *r)
{
	static const uint16_t tags[] = {ETH_P_8021Q, ETH_P_8021AD, 0x9100};
	uint32_t id, node = NODE_EVERYTHING;

	r->vlan = true;
	words_next(&r->words);
	if (r->words.token == TOKEN_WORD && number_of(r->words.word, 4095, &id)) {
		words_next(&r->words);
		return node_number(r->expression, INDEX_VLAN, id, id);
	}
	for (size_t i = 0; i < sizeof(tags) / sizeof(tags[0]); i++) {
		const uint32_t tag = node_number(r->expression, INDEX_ETHERTYPE, tags[i], tags[i]);

		node = i == 0 ? tag : node_either(r->expression, node, tag);
	}
	return node;
}

uint32_t read_primitive(struct reading *r)
{
	struct qualifiers q = {PROTO_NONE, TYPE_NONE};
	char name[WORD_ROOM] = "", next[WORD_ROOM];
	bool proto, more;

	if (r->words.token == TOKEN_OPERATOR)
		return read_arithmetic(r);
	if (r->words.token != TOKEN_WORD)
		return give_up(r);
	if (words_peek(&r->words, next) == TOKEN_OPERATOR)
		return read_arithmetic(r);
	if (words_is(&r->words, "vlan"))
		return read_vlan(r);
	if (words_is(&r->words, "broadcast") || words_is(&r->words, "multicast")) {
		words_next(&r->words);
		return NODE_EVERYTHING;
	}
	if (words_is(&r->words, "less") || words_is(&r->words, "greater")) {
		words_next(&r->words);
		words_next(&r->words);
		return NODE_EVERYTHING;
	}
	proto = take_proto(&r->words, &q, name);
	more = take_direction(&r->words);
	more |= take_type(&r->words, &q);
	if (proto && !more &&
	    (r->words.token != TOKEN_WORD || words_is(&r->words, "broadcast") ||
	     words_is(&r->words, "multicast")))
		return read_name(r, &q, name);
	/* An id alone is a host; a word alone may be anything. */
	if (!proto && !more && r->words.word[0] != 0 && !strchr("0123456789", r->words.word[0]) &&
	    !strchr(r->words.word, ':'))
		return give_up(r);
	if (!is_id(&r->words))
		return give_up(r);
	r->before = q;
	return read_id(r, &q);
}
