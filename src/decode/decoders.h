/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Every decoder the tables name; the contract is decode.h's.
 */
#ifndef WIRETAPE_DECODERS_H
#define WIRETAPE_DECODERS_H

#include "decode/decode.h"

/* Link types. */
decode_fn decode_ethernet;
decode_fn decode_sll;
decode_fn decode_sll2;
decode_fn decode_null;
decode_fn decode_raw_ip;

/* Behind an ethertype. */
decode_fn decode_arp;
decode_fn decode_ipv4;
decode_fn decode_ipv6;
decode_fn decode_ipx;
decode_fn decode_ipx_ethernet; /* with a word in front that says so */

/* Behind an IP protocol number. */
decode_fn decode_icmp;
decode_fn decode_no_next_header;
decode_fn decode_tcp;
decode_fn decode_udp;

/* Behind a port. */
decode_fn decode_dhcp;
decode_fn decode_dhcp6;
decode_fn decode_dns;
decode_fn decode_dns_stream;
decode_fn decode_ftp;
decode_fn decode_geneve;
decode_fn decode_http;
decode_fn decode_isakmp;
decode_fn decode_mdns;
decode_fn decode_ntp;
decode_fn decode_otv;
decode_fn decode_rtsp;
decode_fn decode_sip;
decode_fn decode_smtp;
decode_fn decode_snmp;
decode_fn decode_ssh;
decode_fn decode_syslog;
decode_fn decode_tftp;
decode_fn decode_udp_encapsulation;
decode_fn decode_vxlan;
decode_fn decode_vxlan_gpe;
decode_fn decode_whois;
/* Behind an IP protocol number: control and multicast. */
decode_fn decode_icmp6;
decode_fn decode_igmp;

/* Tunnels. */
decode_fn decode_ethernet_inside;  /* in a tunnel */
decode_fn decode_ethernet_bridged; /* in SNAP, with padding in front */
decode_fn decode_gre;
decode_fn decode_mpls;
decode_fn decode_nsh;
decode_fn decode_ppp;
decode_fn decode_pppoe;

/* Others in IP. */
decode_fn decode_ah;
decode_fn decode_dccp;
decode_fn decode_esp;
decode_fn decode_ipcomp;
decode_fn decode_sctp;
decode_fn decode_vrrp;

/* Of switches. */
decode_fn decode_eapol;
decode_fn decode_lldp;
decode_fn decode_stp;

#endif
