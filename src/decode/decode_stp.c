/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Spanning trees: STP, RSTP, MSTP and shortest path bridging (IEEE 802.1Q).
 */
#include <stddef.h>

#include "decoders.h"

#define LEAST_BYTES    4u
#define CONFIG_BYTES   35u
#define RAPID_BYTES    36u /* with the length of version 1 */
#define MULTIPLE_BYTES 102u
#define CONFIG_ID      64u /* of what the length of version 3 counts */
#define INSTANCE_BYTES 16u
#define LEAST_SHORTEST 87u
#define NAME_BYTES     32u

enum version { REGULAR = 0, RAPID = 2, MULTIPLE = 3, SHORTEST = 4 };
enum type { CONFIG = 0, RAPID_CONFIG = 2 };

/* Where fields are; of an instance and of SHORTEST, from where they begin. */
enum offset {
	FLAGS_AT = 4,
	ROOT_AT = 5,
	COST_AT = 13,
	BRIDGE_AT = 17,
	PORT_AT = 25,
	TIMES_AT = 27,
	LENGTH1_AT = 35,
	LENGTH3_AT = 36,
	NAME_AT = 39,
	DIGEST_AT = 73,
	INTERNAL_COST_AT = 89,
	CIST_BRIDGE_AT = 93,
	HOPS_AT = 101,
};

static const struct text_name version_names[] = {
	{REGULAR, "802.1d"},   {RAPID, "802.1w"}, {MULTIPLE, "802.1s"},
	{SHORTEST, "802.1aq"}, {0, NULL},
};

static const struct text_name type_names[] = {
	{CONFIG, "Config"},
	{RAPID_CONFIG, "Rapid STP"},
	{0x80, "Topology Change"},
	{0, NULL},
};

static const struct text_name flag_names[] = {
	{0x01, "Topology change"},
	{0x02, "Proposal"},
	{0x10, "Learn"},
	{0x20, "Forward"},
	{0x40, "Agreement"},
	{0x80, "Topology change ACK"},
	{0, NULL},
};

static void print_role(struct decode *decode, uint8_t flags)
{
	static const char *const roles[] = {"Unknown", "Alternate", "Root", "Designated"};

	text_string(decode->out, "port-role ");
	text_string(decode->out, roles[flags >> 2 & 3]);
}

static void print_bridge(struct decode *decode, const char *word, const struct cursor *bpdu,
			 uint32_t at)
{
	uint8_t id[8];

	cursor_copy_at(bpdu, at, id, sizeof(id));
	text_string(decode->out, word);
	text_hex_bytes(decode->out, id, 2);
	text_char(decode->out, '.');
	text_mac(decode->out, id + 2, 6);
}

static void print_flags(struct decode *decode, const char *word, uint8_t flags)
{
	text_string(decode->out, word);
	text_bits(decode->out, flag_names, flags, ", ", "none");
	text_char(decode->out, ']');
}

/* In 256ths of a second. */
static bool print_times(struct decode *decode, const struct cursor *bpdu)
{
	static const char *const words[] = {"\n\tmessage-age ", ", max-age ", ", hello-time ",
					    ", forwarding-delay "};

	if (!cursor_has(bpdu, TIMES_AT + 8))
		return false;
	for (uint32_t i = 0; i < 4; i++)
		text_format(decode->out, "%s%.2fs", words[i],
			    cursor_be16_at(bpdu, TIMES_AT + i * 2) / 256.0);
	return true;
}

/* Up to a zero; false where it goes on behind what was captured. */
static bool print_name(struct decode *decode, const char *word, const struct cursor *bpdu,
		       uint32_t at)
{
	text_string(decode->out, word);
	for (uint32_t i = 0; i < NAME_BYTES; i++) {
		if (!cursor_has(bpdu, at + i + 1))
			return false;
		if (!cursor_u8_at(bpdu, at + i))
			break;
		text_safe_char(decode->out, cursor_u8_at(bpdu, at + i));
	}
	return true;
}

static bool decode_config(struct decode *decode, const struct cursor *bpdu)
{
	uint8_t flags = cursor_u8_at(bpdu, FLAGS_AT);

	if (!cursor_has(bpdu, FLAGS_AT + 1))
		return false;
	print_flags(decode, ", Flags [", flags);
	if (!cursor_has(bpdu, PORT_AT + 2))
		return false;
	print_bridge(decode, ", bridge-id ", bpdu, BRIDGE_AT);
	text_char(decode->out, '.');
	text_hex(decode->out, cursor_be16_at(bpdu, PORT_AT), 4);
	text_word_decimal(decode->out, ", length ", bpdu->length);
	if (!decode->options->verbose)
		return true;
	if (!print_times(decode, bpdu))
		return false;
	print_bridge(decode, "\n\troot-id ", bpdu, ROOT_AT);
	text_word_decimal(decode->out, ", root-pathcost ", cursor_be32_at(bpdu, COST_AT));
	if (cursor_u8_at(bpdu, 2) == RAPID) {
		text_string(decode->out, ", ");
		print_role(decode, flags);
	}
	return true;
}

static bool print_instance(struct decode *decode, const struct cursor *bpdu, uint32_t at)
{
	uint8_t flags = cursor_u8_at(bpdu, at);

	if (!cursor_has(bpdu, at + 3))
		return false;
	text_word_decimal(decode->out, "\n\tMSTI ", cursor_be16_at(bpdu, at + 1) & 0xfffu);
	print_flags(decode, ", Flags [", flags);
	text_string(decode->out, ", ");
	print_role(decode, flags);
	if (!cursor_has(bpdu, at + 13))
		return false;
	print_bridge(decode, "\n\t\tMSTI regional-root-id ", bpdu, at + 1);
	text_word_decimal(decode->out, ", pathcost ", cursor_be32_at(bpdu, at + 9));
	if (!cursor_has(bpdu, at + INSTANCE_BYTES))
		return false;
	text_word_decimal(decode->out, "\n\t\tMSTI bridge-prio ", cursor_u8_at(bpdu, at + 13) >> 4);
	text_word_decimal(decode->out, ", port-prio ", cursor_u8_at(bpdu, at + 14) >> 4);
	text_word_decimal(decode->out, ", hops ", cursor_u8_at(bpdu, at + 15));
	return true;
}

/* From the version 3 length on. */
static bool decode_region(struct decode *decode, const struct cursor *bpdu)
{
	uint32_t length = cursor_be16_at(bpdu, LENGTH3_AT), at = MULTIPLE_BYTES;
	uint8_t digest[16];

	if (!cursor_has(bpdu, LENGTH3_AT + 2))
		return false;
	text_word_decimal(decode->out, "\n\tv3len ", length);
	if (!print_name(decode, ", MCID Name ", bpdu, NAME_AT) ||
	    !cursor_copy_at(bpdu, DIGEST_AT, digest, sizeof(digest)))
		return false;
	text_word_decimal(decode->out, ", rev ", cursor_be16_at(bpdu, NAME_AT + NAME_BYTES));
	text_string(decode->out, ",\n\t\tdigest ");
	text_hex_bytes(decode->out, digest, sizeof(digest));
	text_string(decode->out, ", ");
	if (!cursor_has(bpdu, CIST_BRIDGE_AT))
		return false;
	text_word_decimal(decode->out, "CIST int-root-pathcost ",
			  cursor_be32_at(bpdu, INTERNAL_COST_AT));
	text_char(decode->out, ',');
	if (!cursor_has(bpdu, HOPS_AT))
		return false;
	print_bridge(decode, "\n\tCIST bridge-id ", bpdu, CIST_BRIDGE_AT);
	text_string(decode->out, ", ");
	if (!cursor_has(bpdu, MULTIPLE_BYTES))
		return false;
	text_word_decimal(decode->out, "CIST remaining-hops ", cursor_u8_at(bpdu, HOPS_AT));
	for (; length >= CONFIG_ID + INSTANCE_BYTES; length -= INSTANCE_BYTES) {
		if (!print_instance(decode, bpdu, at))
			return false;
		at += INSTANCE_BYTES;
	}
	return true;
}

static bool decode_multiple(struct decode *decode, const struct cursor *bpdu)
{
	uint8_t flags = cursor_u8_at(bpdu, FLAGS_AT);

	print_flags(decode, ", CIST Flags [", flags);
	text_word_decimal(decode->out, ", length ", bpdu->length);
	if (!decode->options->verbose)
		return true;
	text_string(decode->out, "\n\t");
	print_role(decode, flags);
	text_string(decode->out, ", ");
	print_bridge(decode, "CIST root-id ", bpdu, ROOT_AT);
	text_word_decimal(decode->out, ", CIST ext-pathcost ", cursor_be32_at(bpdu, COST_AT));
	print_bridge(decode, "\n\tCIST regional-root-id ", bpdu, BRIDGE_AT);
	text_string(decode->out, ", CIST port-id ");
	text_hex(decode->out, cursor_be16_at(bpdu, PORT_AT), 4);
	text_char(decode->out, ',');
	return print_times(decode, bpdu) && decode_region(decode, bpdu);
}

static void print_agreement(struct decode *decode, const struct cursor *bpdu)
{
	uint8_t numbers = cursor_u8_at(bpdu, 53), format = cursor_u8_at(bpdu, 55);
	uint8_t convention = cursor_u8_at(bpdu, 56), digest[20];

	text_format(decode->out,
		    "\n\tAgreement num %u, Discarded Agreement num %u, Agreement valid-flag %u,"
		    "\n\tRestricted role-flag: %u, Format id %u cap %u, Convention id %u cap %u,",
		    numbers >> 6, numbers >> 4 & 3, numbers >> 3 & 1, numbers >> 2 & 1, format >> 4,
		    format, convention >> 4, convention);
	text_word_decimal(decode->out, "\n\tEdge count ", cursor_be16_at(bpdu, 57));
	cursor_copy_at(bpdu, 67, digest, sizeof(digest));
	text_string(decode->out, ", Agreement digest ");
	text_hex_bytes(decode->out, digest, sizeof(digest));
}

/* What version 4 adds; bpdu is at its length. */
static bool decode_shortest(struct decode *decode, const struct cursor *bpdu)
{
	uint8_t digest[16];

	if (!decode->options->verbose)
		return true;
	text_word_decimal(decode->out, "\n\tv4len ", cursor_be16_at(bpdu, 0));
	if (!print_name(decode, ", AUXMCID Name ", bpdu, 3) ||
	    !cursor_copy_at(bpdu, 37, digest, sizeof(digest)))
		return false;
	text_word_decimal(decode->out, ", Rev ", cursor_be16_at(bpdu, 35));
	text_string(decode->out, ",\n\t\tdigest ");
	text_hex_bytes(decode->out, digest, sizeof(digest));
	if (!cursor_has(bpdu, LEAST_SHORTEST))
		return false;
	print_agreement(decode, bpdu);
	return true;
}

/* A BPDU of a version with instances. */
static bool decode_versions(struct decode *decode, struct cursor *bpdu, uint8_t version)
{
	uint32_t length, length4;

	if (bpdu->length < MULTIPLE_BYTES)
		return decode_invalid(decode);
	if (!cursor_has(bpdu, LENGTH1_AT + 1))
		return false;
	if (cursor_u8_at(bpdu, LENGTH1_AT))
		return decode_invalid(decode);
	if (!cursor_has(bpdu, LENGTH3_AT + 2))
		return false;
	length = cursor_be16_at(bpdu, LENGTH3_AT) + 2u;
	if (bpdu->length < RAPID_BYTES + length)
		return decode_invalid(decode);
	if (!decode_multiple(decode, bpdu))
		return false;
	if (version != SHORTEST)
		return true;
	if (!cursor_has(bpdu, LENGTH3_AT + length + 2))
		return false;
	length4 = cursor_be16_at(bpdu, LENGTH3_AT + length) + 2u;
	if (bpdu->length < RAPID_BYTES + length + length4 || length4 < LEAST_SHORTEST)
		return decode_invalid(decode);
	cursor_skip(bpdu, RAPID_BYTES + length);
	return decode_shortest(decode, bpdu);
}

bool decode_stp(struct decode *decode, struct cursor *cursor)
{
	uint8_t version = cursor_u8_at(cursor, 2), type = cursor_u8_at(cursor, 3);

	decode->protocol = "stp";
	if (cursor->length < LEAST_BYTES)
		return decode_invalid(decode);
	if (!cursor_has(cursor, 2))
		return false;
	if (cursor_be16_at(cursor, 0)) {
		text_word_decimal(decode->out, "unknown STP version, length ", cursor->length);
		return true;
	}
	if (!cursor_has(cursor, 3))
		return false;
	text_string(decode->out, "STP ");
	text_name(decode->out, version_names, "Unknown STP protocol (0x%02x)", version);
	if (version > SHORTEST || version == 1)
		return true;
	if (!cursor_has(cursor, 4))
		return false;
	text_string(decode->out, ", ");
	text_name(decode->out, type_names, "Unknown BPDU Type (0x%02x)", type);
	if (type == CONFIG || (type == RAPID_CONFIG && version == RAPID)) {
		if (cursor->length < (type == CONFIG ? CONFIG_BYTES : RAPID_BYTES))
			return decode_invalid(decode);
		return decode_config(decode, cursor);
	}
	if (type == RAPID_CONFIG && version >= MULTIPLE)
		return decode_versions(decode, cursor, version);
	return true;
}
