/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Every decoder the tables name; the contract is decode.h's.
 */
#ifndef WIRETAPE_DECODERS_H
#define WIRETAPE_DECODERS_H

#include "decode.h"

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

/* Behind an IP protocol number. */
decode_fn decode_icmp;
decode_fn decode_no_next_header;
decode_fn decode_tcp;
decode_fn decode_udp;

/* Behind an IP protocol number: control and multicast. */
decode_fn decode_icmp6;
decode_fn decode_igmp;

/* Tunnels. */
decode_fn decode_ethernet_inside;  /* in a tunnel */
decode_fn decode_ethernet_bridged; /* in SNAP, with padding in front */
decode_fn decode_gre;
decode_fn decode_mpls;
decode_fn decode_ppp;
decode_fn decode_pppoe;

/* Others in IP. */
decode_fn decode_ah;
decode_fn decode_esp;
decode_fn decode_ipcomp;
decode_fn decode_sctp;
decode_fn decode_vrrp;

/* Of switches. */
decode_fn decode_eapol;
decode_fn decode_lldp;
decode_fn decode_stp;

#endif
