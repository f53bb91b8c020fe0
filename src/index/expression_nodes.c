/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The tree. What may match anywhere is one node, so that a branch that cannot narrow is not
 * kept.
 */
#include <stdlib.h>

#include "expression_parts.h"

#define NODES_MOST 10000u

uint32_t node_add(struct index_expression *e, const struct node *node)
{
	if (e->count == e->room) {
		const uint32_t room = e->room ? 2 * e->room : 16;
		struct node *more = e->failed || room > NODES_MOST
					    ? NULL
					    : realloc(e->nodes, room * sizeof(*more));

		/* Being too wide is no fault. */
		e->failed |= !more && room <= NODES_MOST;
		if (!more)
			return NODE_EVERYTHING;
		e->nodes = more;
		e->room = room;
	}
	e->nodes[e->count] = *node;
	return e->count++;
}

uint32_t node_both(struct index_expression *e, uint32_t left, uint32_t right)
{
	if (left == NODE_EVERYTHING)
		return right;
	if (right == NODE_EVERYTHING)
		return left;
	return node_add(e, &(struct node){.type = NODE_AND, .left = left, .right = right});
}

uint32_t node_either(struct index_expression *e, uint32_t left, uint32_t right)
{
	if (left == NODE_EVERYTHING || right == NODE_EVERYTHING)
		return NODE_EVERYTHING;
	return node_add(e, &(struct node){.type = NODE_OR, .left = left, .right = right});
}

uint32_t node_number(struct index_expression *e, enum index_kind kind, uint32_t first,
		     uint32_t last)
{
	struct node node = {.type = NODE_FIND, .kind = kind};
	const uint32_t bytes = index_key_bytes(kind);

	for (uint32_t i = 0; i < bytes; i++) {
		node.first[i] = (uint8_t)(first >> 8 * (bytes - 1 - i));
		node.last[i] = (uint8_t)(last >> 8 * (bytes - 1 - i));
	}
	return node_add(e, &node);
}
