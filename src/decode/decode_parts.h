/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Parts of decoders that are files of their own: options and extension
 * headers. Used by one decoder each; the contract is decode.h's.
 */
#ifndef WIRETAPE_DECODE_PARTS_H
#define WIRETAPE_DECODE_PARTS_H

#include "decode/decode.h"

enum ipv4_options {
	IPV4_OPTIONS_WHOLE,
	IPV4_OPTIONS_CUT,    /* an option ends behind what was captured */
	IPV4_OPTIONS_BEYOND, /* not even an option's type and length are there */
};

/* The options of an IPv4 header, as many bytes as the cursor's length. */
enum ipv4_options decode_ipv4_options(struct decode *decode, struct cursor *options);

enum ipv6_extension {
	IPV6_EXTENSION_NEXT, /* passed: the cursor is behind it */
	IPV6_EXTENSION_END,  /* nothing can be decoded behind it */
	IPV6_EXTENSION_BEYOND,
};

/*
 * One extension header. payload is the length in the fixed header: a jumbogram
 * option may set it, where it is 0, and jumbo with it.
 */
enum ipv6_extension decode_ipv6_options(struct decode *decode, struct cursor *cursor,
					bool hop_by_hop, uint32_t *payload, bool *jumbo);
enum ipv6_extension decode_ipv6_routing(struct decode *decode, struct cursor *cursor);
enum ipv6_extension decode_ipv6_fragment(struct decode *decode, struct cursor *cursor);

/* The last one there can be: nothing may follow it yet. */
enum ipv6_extension decode_ipv6_mobility(struct decode *decode, const struct cursor *header);

/* What there is in a segment's header. */
struct tcp_header {
	uint32_t seq, ack; /* as they are printed: relative or not */
	uint32_t sack_base;
	uint32_t bytes;
	uint32_t data_bytes;
	uint16_t window, urgent;
	uint8_t flags;
};

/* False: bytes beyond what was captured. broken: no more of the segment can be
 * printed. */
bool decode_tcp_options(struct decode *decode, const struct cursor *segment,
			const struct tcp_header *tcp, bool *broken);

/* The options of a DCCP header, which the cursor is at, between two distances. */
bool decode_dccp_options(struct decode *decode, const struct cursor *segment, uint32_t at,
			 uint32_t end);

/* The option of MPTCP: from behind its length on, captured whole. False: it cannot
 * be what it says. flags are those of the segment. */
bool decode_mptcp(struct decode *decode, const struct cursor *option, uint8_t flags);

/* What may be behind the datagram in an ICMP error; the cursor is at the ICMP
 * header. */
bool decode_icmp_extension(struct decode *decode, const struct cursor *icmp);

/* How the body of an ICMPv6 message ended. */
enum icmp6_body {
	ICMP6_WHOLE,
	ICMP6_ENDED, /* nothing is to follow, not even its length */
	ICMP6_CUT,
	ICMP6_BEYOND, /* bytes that were not captured */
};

/* Parts of it, with the cursor at the ICMPv6 header. The options begin so many
 * bytes behind that. */
enum icmp6_body decode_icmp6_options(struct decode *decode, const struct cursor *icmp,
				     uint32_t offset);
enum icmp6_body decode_icmp6_listener(struct decode *decode, const struct cursor *icmp);
enum icmp6_body decode_icmp6_query(struct decode *decode, const struct cursor *icmp);
enum icmp6_body decode_icmp6_node_query(struct decode *decode, const struct cursor *icmp);
enum icmp6_body decode_icmp6_node_reply(struct decode *decode, const struct cursor *icmp);
enum icmp6_body decode_icmp6_renumbering(struct decode *decode, const struct cursor *icmp);
enum icmp6_body decode_icmp6_rpl(struct decode *decode, const struct cursor *icmp, uint8_t code);
enum icmp6_body decode_icmp6_report(struct decode *decode, const struct cursor *icmp);

enum icmp6_body decode_icmp6_unreachable(struct decode *decode, const struct cursor *icmp,
					 uint8_t code);
enum icmp6_body decode_icmp6_exceeded(struct decode *decode, const struct cursor *icmp,
				      uint8_t code);
enum icmp6_body decode_icmp6_parameter(struct decode *decode, const struct cursor *icmp,
				       uint8_t code);

/* Words and an address; false, and nothing printed, where it was not captured. */
bool decode_icmp6_address(struct decode *decode, const char *word, const struct cursor *icmp,
			  uint32_t at);

/* What the flags of a router or a route say of it. */
const char *decode_icmp6_preference(uint8_t flags);

/* What routers tell each other in IGMP, from its header on; DVMRP has at least the
 * length of one. False: bytes beyond what was captured. */
bool decode_dvmrp(struct decode *decode, const struct cursor *igmp);
bool decode_pim1(struct decode *decode, const struct cursor *igmp);

/* What PPP carries, by its number: packets; control protocols, of the link (LCP)
 * and of the packets (IPCP); and who logs in (PAP). */
enum {
	PPP_IP = 0x0021,
	PPP_IPX = 0x002b,
	PPP_VJ_UNCOMPRESSED = 0x002f,
	PPP_MULTILINK = 0x003d,
	PPP_IPV6 = 0x0057,
	PPP_COMPRESSED = 0x00fd,
	PPP_MPLS = 0x0281,
	PPP_MPLS_MULTICAST = 0x0283,
	PPP_IPCP = 0x8021,
	PPP_OSICP = 0x8023,
	PPP_IP6CP = 0x8057,
	PPP_CCP = 0x80fd,
	PPP_MPLSCP = 0x8281,
	PPP_LCP = 0xc021,
	PPP_PAP = 0xc023,
	PPP_LQM = 0xc025,
	PPP_SPAP = 0xc027,
	PPP_BACP = 0xc02b,
	PPP_BAP = 0xc02d,
	PPP_OLD_SPAP = 0xc123,
	PPP_CHAP = 0xc223,
	PPP_EAP = 0xc227,
};

/* From the number of the protocol on; and what is configured, from the first
 * option on, length being that of the options and the header. */
bool decode_ppp_control(struct decode *decode, const struct cursor *control);
bool decode_ppp_options(struct decode *decode, const struct cursor *data, uint16_t protocol,
			uint32_t length);

/* One option, captured or not. */
struct ppp_option {
	struct cursor at;
	uint8_t type, length;
};

enum ppp_option_end {
	PPP_OPTION_NEXT,
	PPP_OPTION_UNKNOWN, /* no more is known of it than its name */
	PPP_OPTION_SKIP,    /* without its bytes in hex */
	PPP_OPTION_LAST,
	PPP_OPTION_BEYOND,
};

/* The options of LCP; the name of one, or null. */
enum ppp_option_end decode_ppp_lcp(struct decode *decode, const struct ppp_option *option);
const char *decode_ppp_lcp_name(uint8_t option);

/* An address behind a word; and that an option is not as long as it must be,
 * which may be the end of all. */
enum ppp_option_end decode_ppp_address(struct decode *decode, const char *word,
				       const struct ppp_option *option, uint32_t at);
enum ppp_option_end decode_ppp_wrong(struct decode *decode, bool exact, uint32_t length, bool ends);

extern const struct text_name decode_ppp_names[];

/* Of a TLV of LLDP that was captured whole: what organizations added. False for a
 * TLV that is too short; unknown, or true of those of one organization, where its
 * bytes are to be shown. */
bool decode_lldp_private(struct decode *decode, const struct cursor *tlv, bool *unknown);
bool decode_lldp_8021(struct decode *decode, const struct cursor *tlv);
bool decode_lldp_dcbx(struct decode *decode, const struct cursor *tlv);
bool decode_lldp_med(struct decode *decode, const struct cursor *tlv);

/* Of such a TLV what kind it is, and that of links that act as one. */
void decode_lldp_kind(struct decode *decode, const struct text_name *names, uint8_t kind);
void decode_lldp_aggregation(struct decode *decode, const struct cursor *tlv);
extern const struct text_name decode_lldp_on_bits[];

/* Records of group reports, in IGMP and in ICMPv6. */
extern const struct text_name decode_record_names[];

#endif
