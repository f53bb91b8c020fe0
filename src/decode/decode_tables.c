/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which decoder takes what. A new protocol is a line here.
 */
#include <netinet/in.h>
#include <pcap/dlt.h>
#include <stddef.h>

#include "decode_tables.h"
#include "decoders.h"

static const struct decode_link links[] = {
	{DLT_EN10MB, decode_ethernet}, {DLT_LINUX_SLL, decode_sll}, {DLT_LINUX_SLL2, decode_sll2},
	{DLT_RAW, decode_raw_ip},      {DLT_IPV4, decode_raw_ip},   {DLT_IPV6, decode_raw_ip},
	{DLT_NULL, decode_null},       {DLT_LOOP, decode_null},     {0, NULL},
};

static const struct decode_ethertype ethertypes[] = {
	{0x0800, decode_ipv4},
	{0x86dd, decode_ipv6},
	{0x0806, decode_arp},
	{0x8035, decode_arp}, /* RARP */
	{0x8137, decode_ipx_ethernet},

	{0x8847, decode_mpls},
	{0x8848, decode_mpls},
	{0x8863, decode_pppoe},
	{0x8864, decode_pppoe},
	{0x888e, decode_eapol},
	{0x88cc, decode_lldp},
	{0x894f, decode_nsh},

	{0, NULL},
};

static const struct decode_snap snaps[] = {
	{0x00000c, 0x010b, decode_stp}, /* per VLAN */
	{0x0080c2, 0x000e, decode_stp},
	{0x0080c2, 0x0001, decode_ethernet_bridged},
	{0x0080c2, 0x0007, decode_ethernet_bridged},
	{0, 0, NULL},
};

static const struct decode_protocol protocols[] = {
	{IPPROTO_TCP, 0, decode_tcp, true},
	{IPPROTO_UDP, 0, decode_udp, true},
	{IPPROTO_ICMP, 4, decode_icmp, false},
	{IPPROTO_IPIP, 0, decode_ipv4, false},
	{IPPROTO_IPV6, 0, decode_ipv6, false},
	{IPPROTO_NONE, 0, decode_no_next_header, false},

	{IPPROTO_ICMPV6, 6, decode_icmp6, false},
	{IPPROTO_IGMP, 4, decode_igmp, false},
	{IPPROTO_GRE, 0, decode_gre, false},
	{143, 6, decode_ethernet_inside, false},
	{IPPROTO_AH, 0, decode_ah, false},
	{IPPROTO_ESP, 0, decode_esp, false},
	{108, 0, decode_ipcomp, false},
	{112, 0, decode_vrrp, false},
	{IPPROTO_SCTP, 0, decode_sctp, true},
	{IPPROTO_DCCP, 0, decode_dccp, true},

	{0, 0, NULL, false},
};

/* The order is tcpdump's. */
static const struct decode_port udp_ports[] = {
	{DECODE_EITHER, 53, 53, decode_dns},
	{DECODE_EITHER, 5353, 5353, decode_mdns},
	{DECODE_EITHER, 69, 69, decode_tftp},
	{DECODE_EITHER, 67, 68, decode_dhcp},
	{DECODE_EITHER, 500, 500, decode_isakmp},
	{DECODE_EITHER, 4500, 4500, decode_udp_encapsulation},
	{DECODE_EITHER, 161, 162, decode_snmp},
	{DECODE_EITHER, 123, 123, decode_ntp},
	{DECODE_EITHER, 546, 547, decode_dhcp6},
	{DECODE_EITHER, 5060, 5060, decode_sip},
	{DECODE_EITHER, 514, 514, decode_syslog},
	{DECODE_EITHER, 8472, 8472, decode_otv},
	{DECODE_EITHER, 4789, 4789, decode_vxlan},
	{DECODE_EITHER, 6081, 6081, decode_geneve},
	{DECODE_EITHER, 4790, 4790, decode_vxlan_gpe},
	{DECODE_EITHER, 0, 0, NULL},
};

static const struct decode_port tcp_ports[] = {
	{DECODE_EITHER, 25, 25, decode_smtp},       {DECODE_EITHER, 43, 43, decode_whois},
	{DECODE_EITHER, 22, 22, decode_ssh},        {DECODE_EITHER, 21, 21, decode_ftp},
	{DECODE_EITHER, 80, 80, decode_http},       {DECODE_EITHER, 8080, 8080, decode_http},
	{DECODE_EITHER, 554, 554, decode_rtsp},     {DECODE_EITHER, 8554, 8554, decode_rtsp},
	{DECODE_EITHER, 53, 53, decode_dns_stream}, {DECODE_EITHER, 0, 0, NULL},
};

const struct decode_tables decode_tables = {
	.links = links,
	.ethertypes = ethertypes,
	.snaps = snaps,
	.protocols = protocols,
	.udp_ports = udp_ports,
	.tcp_ports = tcp_ports,
};
