/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Device types and the link types their frames are written with. Only types
 * whose link-layer header is always there and always the same are taken raw.
 */
#include "frames/linktype.h"

#include <linux/if_arp.h>
#include <pcap/dlt.h>

struct linktype linktype_of_arphrd(unsigned arphrd)
{
	switch (arphrd) {
	case ARPHRD_ETHER:
	case ARPHRD_LOOPBACK: /* carries an Ethernet header of zeros */
		return (struct linktype){.dlt = DLT_EN10MB};
	case ARPHRD_NONE:
	case ARPHRD_RAWIP:
		return (struct linktype){.dlt = DLT_RAW};
	case ARPHRD_IEEE80211:
		return (struct linktype){.dlt = DLT_IEEE802_11};
	case ARPHRD_IEEE80211_PRISM:
		return (struct linktype){.dlt = DLT_PRISM_HEADER};
	case ARPHRD_IEEE80211_RADIOTAP:
		return (struct linktype){.dlt = DLT_IEEE802_11_RADIO};
	case ARPHRD_IEEE802154:
		return (struct linktype){.dlt = DLT_IEEE802_15_4_NOFCS};
	case ARPHRD_CISCO:
		return (struct linktype){.dlt = DLT_C_HDLC};
	case ARPHRD_VSOCKMON:
		return (struct linktype){.dlt = DLT_VSOCK};
	default:
		/*
		 * Tunnels and PPP among them: what their drivers put in front
		 * of a packet differs with driver, direction and kernel.
		 */
		return linktype_any();
	}
}

struct linktype linktype_any(void)
{
	return (struct linktype){.dlt = DLT_LINUX_SLL2, .cooked = true};
}
