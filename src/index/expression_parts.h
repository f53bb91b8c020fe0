/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The words of an expression and the tree made of them: what the three parts of its reading
 * share (words, primitives, the whole).
 *
 * Threads: one at a time.
 */
#ifndef WIRETAPE_INDEX_EXPRESSION_PARTS_H
#define WIRETAPE_INDEX_EXPRESSION_PARTS_H

#include <stdbool.h>
#include <stdint.h>

#include "index/expression.h"

/* Longer words are none that is known here. */
#define WORD_ROOM 64u

enum token {
	TOKEN_END,
	TOKEN_WORD,
	TOKEN_OPEN,
	TOKEN_CLOSE,
	TOKEN_AND,
	TOKEN_OR,
	TOKEN_NOT,
	TOKEN_SLASH,
	TOKEN_OPERATOR,
	TOKEN_UNKNOWN
};

struct words {
	const char *at; /* behind the word at hand */
	enum token token;
	char word[WORD_ROOM];
};

void words_start(struct words *words, const char *text);
void words_next(struct words *words);
bool words_is(const struct words *words, const char *word);

/* The word behind the one at hand. */
enum token words_peek(const struct words *words, char word[WORD_ROOM]);

enum node_type { NODE_ALL, NODE_AND, NODE_OR, NODE_FIND };

struct node {
	enum node_type type;
	uint32_t left, right; /* NODE_AND, NODE_OR: numbers of nodes */
	enum index_kind kind; /* NODE_FIND: keys from first to last */
	uint8_t first[INDEX_KEY_MOST], last[INDEX_KEY_MOST];
};

/* Number 0 is "all". */
struct index_expression {
	struct node *nodes;
	uint32_t count, room;
	uint32_t root;
	bool failed; /* no memory */
};

#define NODE_EVERYTHING 0u

uint32_t node_add(struct index_expression *expression, const struct node *node);
uint32_t node_both(struct index_expression *expression, uint32_t left, uint32_t right);
uint32_t node_either(struct index_expression *expression, uint32_t left, uint32_t right);
uint32_t node_number(struct index_expression *expression, enum index_kind kind, uint32_t first,
		     uint32_t last);

/* What stands in front of an id, and goes on for the ids that follow without any. */
struct qualifiers {
	enum {
		PROTO_NONE,
		PROTO_ETHER,
		PROTO_IP,
		PROTO_IP6,
		PROTO_ARP,
		PROTO_RARP,
		PROTO_TCP,
		PROTO_UDP,
		PROTO_SCTP,
		PROTO_OTHER
	} proto;
	enum {
		TYPE_NONE,
		TYPE_HOST,
		TYPE_NET,
		TYPE_PORT,
		TYPE_PORTRANGE,
		TYPE_PROTO,
		TYPE_OTHER
	} type;
};

struct reading {
	struct index_expression *expression;
	struct words words;
	struct qualifiers before; /* of the ids that come without */
	unsigned depth;
	bool vlan;                                /* the primitive just read is one */
	bool vlan_at_top, vlan_inside, or_at_top; /* of brackets and "not" */
	bool lost; /* something changes what the rest means, or is not understood */
};

/* A primitive at the word at hand, which is left behind. */
uint32_t read_primitive(struct reading *reading);

/* An id without qualifiers, after "and" or "or": those in front of it hold. */
uint32_t read_id(struct reading *reading, const struct qualifiers *qualifiers);
bool is_id(const struct words *words);

/* The whole expression may match anywhere. Returns NODE_EVERYTHING. */
uint32_t give_up(struct reading *reading);

/* A decimal or hexadecimal number up to most. */
bool number_of(const char *word, uint32_t most, uint32_t *number);

/* Numbers of protocols over IP, and ethertypes; UINT32_MAX: not known. */
uint32_t protocol_named(const char *name);
uint32_t type_named(const char *name);

#endif
