#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Files of several interfaces: their packets in the order of time, and filters that are
# about interfaces. What comes out is held against what went in; prints TAP.
#
# Environment: WIRETAPE, the program (./wiretape); srcdir, the top of the sources.
set -uo pipefail
export LC_ALL=C TZ=UTC
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/read_lib.sh"
need python3 tshark

make_file() { # BLOCK...
	python3 "$golden/make_several.py" "$@"
}
# The seconds of the packets that were printed.
expect_seconds() { # WANTED...
	expect "status" "$status" 0
	expect "seconds" "$(sed -E 's/^17000000([0-9]+)\..*/\1/' out | xargs)" "$*"
}

# --- the order of time ---------------------------------------------------------------

make_file if:a:1 if:b:1 0:05:1:udp 0:07:1:udp 0:07:1:arp 1:03:1:udp 1:05:1:arp 1:06:1:arp 1:09:1:udp \
	0:08:1:arp >two.pcapng
run -q -tt -r two.pcapng
expect_seconds 03 05 05 06 07 07 08 09
expect "the first one lies first" "$(sed -n '2s/.*17000000.*: //p;3s/ARP.*/ARP/p' out | xargs)" \
	"UDP, length 0 1700000005.000000 ARP"
run -q -tt -r two.pcapng --no-sort
expect_seconds 05 07 07 03 05 06 09 08
timeout 20 "$program" -q -tt -r - <two.pcapng >out 2>err
status=$?
expect_seconds 03 05 05 06 07 07 08 09
result "printed in the order of time"

run -q -r two.pcapng -w out.pcapng
expect "status" "$status" 0
expect "seconds" "$(tshark -nr out.pcapng -T fields -e frame.time_epoch | sed -E 's/17000000(..).*/\1/' | xargs)" \
	"03 05 05 06 07 07 08 09"
result "written in the order of time"

# Segments are one recording: what is late in one is early in the next.
run -q -r two.pcapng --no-sort -w segments/ -b packets:3
expect "segments" "$status $(find segments -name '*.pcapng' | wc -l)" "0 3"
run -q -tt -r segments
expect_seconds 03 05 05 06 07 07 08 09
run -q -tt -r segments --no-sort
expect_seconds 05 07 07 03 05 06 09 08
result "a directory of segments"

make_file if:c:1 0:04:1:udp 0:06:1:udp >one.pcapng
run -q -tt -r one.pcapng -r two.pcapng
expect_seconds 03 04 05 05 06 06 07 07 08 09
result "beside another file"

# --- filters ------------------------------------------------------------------------------

make_file if:raw:101 if:eth:1 0:01:1:raw 1:02:1:arp 0:03:1:raw 1:04:1:udp >types.pcapng
run -q -tt -r types.pcapng arp
expect_seconds 02
expect_text err "^wiretape: raw: none of its packets pass: filter \"arp\": "
run -q -tt -r types.pcapng udp
expect_seconds 01 03 04
expect "said" "$(cat err)" ""
# What is left out needs no place in a file.
run -q -r types.pcapng -w arp.pcap arp
expect "written" "$status $(tshark -nr arp.pcap -T fields -e arp.opcode 2>/dev/null)" "0 1"
run -q -r types.pcapng -w both.pcap udp
expect "of two types" "$status" 2
result "a filter that one of two link types cannot have"

# Of an interface that comes late, one way and the other.
make_file if:eth:1 0:01:1:arp 0:02:1:udp if:raw:101 1:03:1:raw 0:04:1:arp >late.pcapng
run -q -tt -r late.pcapng arp
expect_seconds 01 04
make_file if:raw:101 0:01:1:raw 0:02:1:raw if:eth:1 1:03:1:arp 0:04:1:raw >later.pcapng
run -q -tt -r later.pcapng arp
expect_seconds 03
timeout 20 "$program" -q -tt -r - arp <later.pcapng >out 2>err
status=$?
expect_seconds 03
result "of an interface that comes late"

make_file if:raw:101 if:raw2:101 0:01:1:raw 1:02:1:raw >raw.pcapng
run -q -r raw.pcapng arp
expect "status" "$status" 2
expect_text err '^wiretape: filter "arp": '
run -q -r raw.pcapng -w none.pcapng arp
expect "status" "$status" 2
expect "nothing is made" "$(ls none.pcapng 2>/dev/null)" ""
run -q -r later.pcapng 'udp prt 1'
expect "status" "$status" 2
expect "said once" "$(wc -l <err)" 1
result "refused where all refuse"

# --- what the file tells ---------------------------------------------------------------------

make_file if:eth0:1 if:eth1:1 0:01:1:arp 1:02:2:arp 0:03:2:udp 1:04:1:udp 0:05:-:udp 1:06:0x10:arp >told.pcapng
run -q -tt -r told.pcapng inbound
expect_seconds 01 04
run -q -tt -r told.pcapng outbound
expect_seconds 02 03
run -q -tt -r told.pcapng 'not inbound and udp'
expect_seconds 03 05
run -q -tt -r told.pcapng '(inbound and arp) or (outbound and udp)'
expect_seconds 01 03
run -q -tt -r told.pcapng -Q in
expect_seconds 01 04
run -q -tt -r told.pcapng -Q out arp
expect_seconds 02
run -q -tt -r told.pcapng -Q inout
expect_seconds 01 02 03 04 05 06
run -q -tt -r told.pcapng ifname eth1
expect_seconds 02 04 06
run -q -tt -r told.pcapng '(not (ifname eth1) and udp) or (on eth1 and arp)'
expect_seconds 02 03 05 06
run -q --count -r told.pcapng ifname eth
expect "no such name" "$status $(cat out)" "0 0 packets"
run -q --count -r told.pcapng 'ifname '
expect "no name at all" "$status" 2
run -d -r told.pcapng 'inbound and ifname eth0'
expect "-d" "$status$(tail -n 1 out | grep -o 'ret .*')" "0ret      #0"
run -d -r told.pcapng 'not inbound'
expect "-d, of one received" "$status$(grep -c len out)" 01
tshark -F pcap -r told.pcapng -w told.pcap 2>/dev/null
run -q --count -r told.pcap inbound
expect "pcap does not tell" "$status" 2
result "inbound, outbound, ifname, and -Q"

run -q -tt -r told.pcapng -i eth1
expect_seconds 02 04 06
run -q -tt -r told.pcapng -i eth1 -i eth0 arp
expect_seconds 01 02 06
run -q -tt -r told.pcapng -i eth1 -f arp -i eth0 -f udp
expect_seconds 02 03 05 06
run -q -tt -r told.pcapng -i eth1 -Q out
expect_seconds 02
run -q -r told.pcapng -i eth2 -i eth3
expect "status" "$status" 2
expect "said" "$(cat err)" "wiretape: -i: the files have no interface named 'eth2'; there are: eth0, eth1"
run -q -r types.pcapng -i eth -w chosen.pcap
expect "status" "$status" 0
expect "link type" "$(tshark -nr chosen.pcap -T fields -e frame.protocols 2>/dev/null | cut -d: -f 1 | sort -u)" eth
run -q -r types.pcapng -i raw -i eth -w chosen.pcapng
expect "names" "$status $(tshark -nr chosen.pcapng -T fields -e frame.interface_name | xargs)" "0 raw eth raw eth"
run -q -r told.pcapng -i eth1 -w chosen.pcapng
expect "names" "$status $(tshark -nr chosen.pcapng -T fields -e frame.interface_name | xargs)" "0 eth1 eth1 eth1"
run -r told.pcapng -i eth1 -s 60
expect "-s" "$status $(cat err)" "2 wiretape: -s 60 behind -i eth1: of files it is for all interfaces: put it before"
result "interfaces that are chosen"

finish_tests
