/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Rules as they are typed.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <pcap/pcap.h>
#include <stdlib.h>
#include <string.h>

#include "base/parse.h"
#include "frames/vlan.h"
#include "rewrite_parts.h"

#define WORD_ROOM 64u
#define DSCP_MOST 63u
#define VLAN_MOST 4094u

/* As many as a network of providers has. */
#define REWRITE_PUSHES_MOST 2u

/* The value of a rule: what is before and behind its '='. */
struct sides {
	char from[WORD_ROOM]; /* empty: there is no '=' */
	char to[WORD_ROOM];
};

int rewrite_open(struct rewrite **rewrite, struct error *err)
{
	struct rewrite *r = calloc(1, sizeof(*r));

	if (!r)
		return error_system(err, ENOMEM, "rewrite");
	r->dscp = -1;
	*rewrite = r;
	return 0;
}

void rewrite_close(struct rewrite *r)
{
	if (!r)
		return;
	free(r->sources);
	free(r->destinations);
	free(r->vlans);
	free(r->nets);
	free(r->ports);
	free(r);
}

uint32_t rewrite_link_bytes(int dlt)
{
	return dlt == DLT_EN10MB ? ETH_HLEN : 0;
}

static bool is_ip(int dlt)
{
	return dlt == DLT_RAW || dlt == DLT_IPV4 || dlt == DLT_IPV6;
}

int rewrite_check(const struct rewrite *r, int dlt, const char *from, struct error *err)
{
	const bool link = r && r->source_count + r->destination_count + r->vlan_count > 0;
	const char *name = pcap_datalink_val_to_name(dlt);

	if (dlt == DLT_EN10MB || (is_ip(dlt) && !link))
		return 0;
	return error_usage(err, "%s: packets of %s are of link-type %s: %s",
			   r ? "--rewrite" : "--fix-checksums", from, name ? name : "unknown",
			   is_ip(dlt) ? "only Ethernet has MAC addresses and VLAN tags"
				      : "those of Ethernet and of IP alone can be rewritten");
}

uint32_t rewrite_growth(const struct rewrite *r)
{
	return r->pushes * VLAN_TAG_BYTES;
}

/* --- looked up ------------------------------------------------------------------------ */

bool rewrite_address(const struct rewrite *rewrite, const uint8_t *address, uint32_t bytes,
		     uint8_t to[static 16])
{
	for (uint32_t i = 0; i < rewrite->net_count; i++) {
		const struct rewrite_net *net = &rewrite->nets[i];
		uint32_t k = 0;

		if (net->bytes != bytes)
			continue;
		while (k < bytes && (address[k] & net->from_mask[k]) == net->from[k])
			k++;
		if (k < bytes)
			continue;
		for (k = 0; k < bytes; k++)
			to[k] = (uint8_t)(net->to[k] | (address[k] & ~net->to_mask[k]));
		return true;
	}
	return false;
}

/* --- values ------------------------------------------------------------------------- */

static int split(const char *value, struct sides *sides, struct error *err)
{
	const char *middle = strchr(value, '=');
	const size_t front = middle ? (size_t)(middle - value) : 0;
	const char *to = middle ? middle + 1 : value;

	if (front >= WORD_ROOM || strlen(to) >= WORD_ROOM)
		return error_usage(err, "'%s' is too long", value);
	memcpy(sides->from, value, front);
	sides->from[front] = '\0';
	strcpy(sides->to, to);
	if (*sides->to == '\0' || (middle && front == 0))
		return error_usage(err, "'%s' lacks a side of its '='", value);
	return 0;
}

static int parse_mac(const char *text, uint8_t mac[static 6], struct error *err)
{
	unsigned count = 0;
	const char *at = text;
	char *end;

	while (count < 6) {
		const unsigned long byte = strtoul(at, &end, 16);

		if (end == at || end - at > 2 || *at == '-' || *at == '+')
			break;
		mac[count++] = (uint8_t)byte;
		if (*end != (count < 6 ? ':' : '\0'))
			break;
		at = end + 1;
	}
	if (count < 6 || *end != '\0')
		return error_usage(err, "'%s' is no MAC address such as 02:00:00:00:00:01", text);
	return 0;
}

static void mask_of(uint32_t bits, uint8_t mask[static 16])
{
	memset(mask, 0, 16);
	for (uint32_t i = 0; i < bits; i++)
		mask[i / 8] |= (uint8_t)(0x80 >> i % 8);
}

/* One side of ip:. *bytes: of its family. */
static int parse_net(char *text, uint8_t net[static 16], uint8_t mask[static 16], uint32_t *bytes,
		     struct error *err)
{
	char *slash = strchr(text, '/');
	uint64_t bits;
	int rc;

	memset(net, 0, 16);
	if (slash)
		*slash = '\0';
	if (inet_pton(AF_INET, text, net) == 1)
		*bytes = 4;
	else if (inet_pton(AF_INET6, text, net) == 1)
		*bytes = 16;
	else
		return error_usage(err, "'%s' is no IPv4 or IPv6 address", text);
	bits = *bytes * 8;
	rc = slash ? parse_count(slash + 1, 0, bits, &bits, err) : 0;
	if (rc < 0)
		return error_context(err, "%s/%s: the bits of a net", text, slash + 1);
	mask_of((uint32_t)bits, mask);
	for (uint32_t i = 0; i < *bytes; i++)
		if (net[i] & ~mask[i])
			return error_usage(err,
					   "%s/%u is an address within its net, not the net: bits "
					   "behind the first %u are set",
					   text, (unsigned)bits, (unsigned)bits);
	return 0;
}

static int parse_number(const char *text, const char *what, uint64_t most, uint16_t *value,
			struct error *err)
{
	uint64_t number;
	int rc = parse_count(text, 0, most, &number, err);

	if (rc < 0)
		return error_context(err, "%s", what);
	*value = (uint16_t)number;
	return 0;
}

/* --- rules --------------------------------------------------------------------------- */

/* Makes room for one more element. 0 or -ENOMEM. */
static int grow(void *list, uint32_t count, size_t bytes, struct error *err)
{
	void **at = list;
	void *more = reallocarray(*at, count + 1, bytes);

	if (!more)
		return error_system(err, ENOMEM, "rewrite");
	*at = more;
	return 0;
}

static int add_mac(struct rewrite_mac **list, uint32_t *count, const char *value, bool source,
		   struct error *err)
{
	struct rewrite_mac rule = {.all = strchr(value, '=') == NULL};
	struct sides sides;
	int rc = split(value, &sides, err);

	if (rc == 0 && !rule.all)
		rc = parse_mac(sides.from, rule.from, err);
	if (rc == 0)
		rc = parse_mac(sides.to, rule.to, err);
	if (rc == 0 && source && rule.to[0] & 1)
		return error_usage(err, "'%s' is a group's MAC address: no sender has that",
				   sides.to);
	for (uint32_t i = 0; i < *count && rc == 0; i++)
		if ((*list)[i].all)
			return error_usage(err, "'%s' never happens: a rule before takes all",
					   value);
	if (rc == 0)
		rc = grow(list, *count, sizeof(rule), err);
	if (rc == 0)
		(*list)[(*count)++] = rule;
	return rc;
}

static int add_src_mac(struct rewrite *r, const char *value, struct error *err)
{
	return add_mac(&r->sources, &r->source_count, value, true, err);
}

static int add_dst_mac(struct rewrite *r, const char *value, struct error *err)
{
	return add_mac(&r->destinations, &r->destination_count, value, false, err);
}

static int add_vlan(struct rewrite *r, const char *value, struct error *err)
{
	struct rewrite_vlan rule = {REWRITE_PUSH, REWRITE_VLAN_ANY, 0};
	struct sides sides;
	int rc = 0;

	if (strcmp(value, "pop") == 0) {
		rule.kind = REWRITE_POP;
	} else if (strncmp(value, "push,", 5) == 0) {
		rc = parse_number(value + 5, "the tag's ID", VLAN_MOST, &rule.to, err);
	} else if (!strchr(value, '=')) {
		return error_usage(err, "'%s' is none of push,ID  pop  ID=ID  any=ID", value);
	} else {
		rule.kind = REWRITE_RENUMBER;
		rc = split(value, &sides, err);
		if (rc == 0 && strcmp(sides.from, "any") != 0)
			rc = parse_number(sides.from, "the tag's ID", VLAN_MOST, &rule.from, err);
		if (rc == 0)
			rc = parse_number(sides.to, "the tag's ID", VLAN_MOST, &rule.to, err);
	}
	if (rc == 0 && rule.kind == REWRITE_PUSH && r->pushes == REWRITE_PUSHES_MOST)
		return error_usage(err, "'%s' is one tag too many: %u can be put in front", value,
				   REWRITE_PUSHES_MOST);
	if (rc == 0)
		rc = grow(&r->vlans, r->vlan_count, sizeof(rule), err);
	if (rc < 0)
		return rc;
	r->vlans[r->vlan_count++] = rule;
	r->pushes += rule.kind == REWRITE_PUSH;
	return 0;
}

static int add_net(struct rewrite *r, const char *value, struct error *err)
{
	struct rewrite_net rule = {0};
	struct sides sides;
	uint32_t bytes = 0;
	int rc = split(value, &sides, err);

	if (rc == 0 && *sides.from == '\0')
		return error_usage(err, "'%s' lacks what takes its place: NET/BITS=NET/BITS",
				   value);
	if (rc == 0)
		rc = parse_net(sides.from, rule.from, rule.from_mask, &rule.bytes, err);
	if (rc == 0)
		rc = parse_net(sides.to, rule.to, rule.to_mask, &bytes, err);
	if (rc == 0 && bytes != rule.bytes)
		return error_usage(err, "'%s' is of IPv4 and of IPv6: both are to be of one",
				   value);
	if (rc == 0)
		rc = grow(&r->nets, r->net_count, sizeof(rule), err);
	if (rc == 0)
		r->nets[r->net_count++] = rule;
	return rc;
}

static int add_port(struct rewrite *r, const char *value, struct error *err)
{
	struct rewrite_port rule = {0};
	struct sides sides;
	int rc = split(value, &sides, err);

	if (rc == 0 && *sides.from == '\0')
		return error_usage(err, "'%s' lacks what takes its place: PORT=PORT", value);
	if (rc == 0)
		rc = parse_number(sides.from, "the port", UINT16_MAX, &rule.from, err);
	if (rc == 0)
		rc = parse_number(sides.to, "the port", UINT16_MAX, &rule.to, err);
	if (rc == 0)
		rc = grow(&r->ports, r->port_count, sizeof(rule), err);
	if (rc == 0)
		r->ports[r->port_count++] = rule;
	return rc;
}

static int add_ttl(struct rewrite *r, const char *value, struct error *err)
{
	const bool step = *value == '+' || *value == '-';
	uint64_t number;
	int rc = parse_count(value + step, 1, 255, &number, err);

	if (rc < 0)
		return rc;
	if (r->ttl_kind != REWRITE_TTL_STAYS)
		return error_usage(err, "'%s' is a second one", value);
	r->ttl_kind = step ? REWRITE_TTL_ADD : REWRITE_TTL_SET;
	r->ttl = *value == '-' ? -(int)number : (int)number;
	return 0;
}

static int add_dscp(struct rewrite *r, const char *value, struct error *err)
{
	uint64_t number;
	int rc = parse_count(value, 0, DSCP_MOST, &number, err);

	if (rc < 0)
		return rc;
	if (r->dscp >= 0)
		return error_usage(err, "'%s' is a second one", value);
	r->dscp = (int)number;
	return 0;
}

int rewrite_add(struct rewrite *r, const char *rule, struct error *err)
{
	static const struct {
		const char *key;
		int (*add)(struct rewrite *, const char *, struct error *);
		bool link;
	} keys[] = {
		{"src-mac:", add_src_mac, true}, {"dst-mac:", add_dst_mac, true},
		{"vlan:", add_vlan, true},       {"ip:", add_net, false},
		{"port:", add_port, false},      {"ttl:", add_ttl, false},
		{"dscp:", add_dscp, false},
	};

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		const size_t length = strlen(keys[i].key);
		int rc;

		if (strncmp(rule, keys[i].key, length) != 0)
			continue;
		rc = keys[i].add(r, rule + length, err);
		if (rc < 0)
			return error_context(err, "%.*s", (int)length - 1, rule);
		r->above_link |= !keys[i].link;
		return 0;
	}
	return error_usage(err,
			   "'%s' does not begin with src-mac: dst-mac: vlan: ip: port: ttl: "
			   "or dscp:",
			   rule);
}
