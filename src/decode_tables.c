/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which decoder takes what. A new protocol is a line here.
 */
#include <netinet/in.h>
#include <pcap/dlt.h>
#include <stddef.h>

#include "decoders.h"

const struct decode_link decode_links[] = {
	{DLT_EN10MB, decode_ethernet}, {DLT_LINUX_SLL, decode_sll}, {DLT_LINUX_SLL2, decode_sll2},
	{DLT_RAW, decode_raw_ip},      {DLT_IPV4, decode_raw_ip},   {DLT_IPV6, decode_raw_ip},
	{DLT_NULL, decode_null},       {DLT_LOOP, decode_null},     {0, NULL},
};

const struct decode_ethertype decode_ethertypes[] = {
	{0x0800, decode_ipv4},
	{0x86dd, decode_ipv6},
	{0x0806, decode_arp},
	{0x8035, decode_arp}, /* RARP */

	{0x8847, decode_mpls},
	{0x8848, decode_mpls},
	{0x8863, decode_pppoe},
	{0x8864, decode_pppoe},
	{0x888e, decode_eapol},
	{0x88cc, decode_lldp},

	{0, NULL},
};

const struct decode_snap decode_snaps[] = {
	{0x00000c, 0x010b, decode_stp}, /* per VLAN */
	{0x0080c2, 0x000e, decode_stp},
	{0x0080c2, 0x0001, decode_ethernet_bridged},
	{0x0080c2, 0x0007, decode_ethernet_bridged},
	{0, 0, NULL},
};

const struct decode_protocol decode_protocols[] = {
	{IPPROTO_TCP, 0, decode_tcp},
	{IPPROTO_UDP, 0, decode_udp},
	{IPPROTO_ICMP, 4, decode_icmp},
	{IPPROTO_IPIP, 0, decode_ipv4},
	{IPPROTO_IPV6, 0, decode_ipv6},
	{IPPROTO_NONE, 0, decode_no_next_header},

	{IPPROTO_ICMPV6, 6, decode_icmp6},
	{IPPROTO_IGMP, 4, decode_igmp},
	{IPPROTO_GRE, 0, decode_gre},
	{143, 6, decode_ethernet_inside},
	{IPPROTO_AH, 0, decode_ah},
	{IPPROTO_ESP, 0, decode_esp},
	{108, 0, decode_ipcomp},
	{112, 0, decode_vrrp},
	{IPPROTO_SCTP, 0, decode_sctp},

	{0, 0, NULL},
};

/* The order is tcpdump's. */
const struct decode_port decode_udp_ports[] = {
	{DECODE_EITHER, 0, 0, NULL},
};

const struct decode_port decode_tcp_ports[] = {
	{DECODE_EITHER, 0, 0, NULL},
};
