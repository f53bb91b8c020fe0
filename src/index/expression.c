/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The whole of an expression: "and" and "or" bind alike, from the left, as libpcap's grammar
 * has it; and its runs.
 */
#include "index/expression.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "expression_parts.h"

#define DEPTH_MOST 50u

static uint32_t read_all(struct reading *r, bool top);

static uint32_t read_term(struct reading *r, bool top)
{
	uint32_t node;

	if (r->lost || ++r->depth > DEPTH_MOST) {
		r->lost = true;
		return NODE_EVERYTHING;
	}
	if (r->words.token == TOKEN_NOT) {
		words_next(&r->words);
		read_term(r, false);
		node = NODE_EVERYTHING;
	} else if (r->words.token == TOKEN_OPEN) {
		words_next(&r->words);
		node = read_all(r, false);
		if (r->words.token != TOKEN_CLOSE)
			r->lost = true;
		words_next(&r->words);
		/* They were around arithmetic. */
		if (r->words.token == TOKEN_OPERATOR)
			node = read_primitive(r);
	} else {
		node = read_primitive(r);
		r->vlan_inside |= r->vlan && !top;
		r->vlan_at_top |= r->vlan && top;
		r->vlan = false;
	}
	r->depth--;
	return node;
}

static uint32_t read_all(struct reading *r, bool top)
{
	uint32_t node = read_term(r, top);

	while (!r->lost && (r->words.token == TOKEN_AND || r->words.token == TOKEN_OR)) {
		const bool either = r->words.token == TOKEN_OR;
		uint32_t more;

		r->or_at_top |= either && top;
		words_next(&r->words);
		/* "port 80 or 443". */
		if (r->words.token == TOKEN_WORD && strchr("0123456789", r->words.word[0]))
			more = read_id(r, &r->before);
		else
			more = read_term(r, top);
		node = either ? node_either(r->expression, node, more)
			      : node_both(r->expression, node, more);
	}
	return node;
}

int index_expression_parse(const char *text, struct index_expression **result)
{
	struct index_expression *e = calloc(1, sizeof(*e));
	struct reading r = {.expression = e};

	if (!e)
		return -ENOMEM;
	node_add(e, &(struct node){.type = NODE_ALL});
	words_start(&r.words, text);
	e->root = r.words.token == TOKEN_END ? NODE_EVERYTHING : read_all(&r, true);
	/* What is right of a "vlan" is looked for behind a tag, whether there is one or not. Only
	 * where each match has one are these the keys that were gathered. */
	if (r.lost || r.vlan_inside || (r.vlan_at_top && r.or_at_top) || r.words.token != TOKEN_END)
		e->root = NODE_EVERYTHING;
	if (e->failed) {
		index_expression_close(e);
		return -ENOMEM;
	}
	*result = e;
	return 0;
}

void index_expression_close(struct index_expression *e)
{
	if (!e)
		return;
	free(e->nodes);
	free(e);
}

bool index_expression_narrows(const struct index_expression *e)
{
	return e->root != NODE_EVERYTHING;
}

static int find_runs(const struct index_expression *e, uint32_t number, struct index *x,
		     uint64_t *set, struct error *err)
{
	const struct node *node = &e->nodes[number];
	const uint32_t words = index_set_words(index_run_count(x));
	uint64_t *right;
	int rc;

	if (node->type == NODE_ALL) {
		memset(set, 0xff, words * sizeof(*set));
		return 0;
	}
	if (node->type == NODE_FIND)
		return index_find(x, node->kind, node->first, node->last, set, err);
	rc = find_runs(e, node->left, x, set, err);
	if (rc < 0)
		return rc;
	right = calloc(words + 1, sizeof(*right));
	if (!right)
		return error_system(err, ENOMEM, "read an index");
	rc = find_runs(e, node->right, x, right, err);
	for (uint32_t i = 0; i < words && rc == 0; i++)
		set[i] = node->type == NODE_AND ? set[i] & right[i] : set[i] | right[i];
	free(right);
	return rc;
}

int index_expression_runs(const struct index_expression *e, struct index *x, uint64_t *set,
			  struct error *err)
{
	const uint32_t runs = index_run_count(x);
	int rc;

	memset(set, 0, index_set_words(runs) * sizeof(*set));
	rc = find_runs(e, e->root, x, set, err);
	/* The last word may reach beyond them. */
	if (runs % 64)
		set[runs / 64] &= (UINT64_C(1) << runs % 64) - 1;
	return rc;
}
