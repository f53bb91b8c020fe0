#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# -r with two of -o: each packet by its port, in one order.
# shellcheck disable=SC2317 # functions are called by wait_for
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/replay_lib.sh"
forward_setup 1500
ip link add name xb netns "$NS_B" type veth peer name xc netns "$NS_C"
ip netns exec "$NS_B" sysctl -qw net.ipv6.conf.xb.disable_ipv6=1
ip netns exec "$NS_C" sysctl -qw net.ipv6.conf.xc.disable_ipv6=1
ip -n "$NS_B" link set xb up
ip -n "$NS_C" link set xc up

# Packets 1000 a second and interface in turns, each direction of each; numbers are source ports.
python3 - "$TMP" <<'END'
import struct, sys
def block(kind, body): return struct.pack("<II", kind, len(body) + 12) + body + struct.pack("<I", len(body) + 12)
def option(code, value): return struct.pack("<HH", code, len(value)) + value + bytes(-len(value) % 4)
def tcp(source, to, sport, dport, flags, tag=b""):
    address = lambda n: bytes([192, 0, 2, n])
    mac = lambda n: bytes([2, 0, 0, 0, 0, n])
    ip = struct.pack(">BBHHHBBH", 0x45, 0, 40, 1, 0, 64, 6, 0) + address(source) + address(to)
    return mac(to) + mac(source) + tag + b"\x08\x00" + ip + struct.pack(">HHIIBBHHH", sport, dport, 0, 0, 80, flags, 0, 0, 0)
out = block(0x0A0D0D0A, struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1))
for name in b"ma", b"mb", b"mc":
    out += block(1, struct.pack("<HHI", 1, 0, 262144) + option(2, name) + option(9, b"\x09"))
pcap = struct.pack("<IHHIIII", 0xa1b23c4d, 2, 4, 0, 0, 262144, 1)
for i in range(1500):
    time = 1700000000 * 10**9 + i * 10**6 // 2
    tag = b"\x81\x00\x00\x07" if i % 4 > 1 else b""
    # Port 80 is who answers, by an ACK alone at times.
    data = tcp(1, 2, 10000 + i, 80, 2, tag) if i % 2 == 0 else tcp(2, 1, 80, 10000 + i - 1, 18, tag)
    body = struct.pack("<IIIII", i % 3, time >> 32, time & 0xffffffff, len(data), len(data)) + data + bytes(-len(data) % 4)
    out += block(6, body + option(2, struct.pack("<I", 1 + i % 2)) + option(0, b""))
    pcap += struct.pack("<IIII", time // 10**9, time % 10**9, len(data), len(data)) + data
open(sys.argv[1] + "/two.pcapng", "wb").write(out)
open(sys.argv[1] + "/one.pcap", "wb").write(pcap)
END

says() { grep -qE "$1" "$TMP/run.err"; }
play() { # NAME ARG...
	record_in "$NS_B" "$@"
	forwarder=$pid
}
receive_both() {
	record_in "$NS_C" got -i wc -i xc -Q in -w "$TMP/got.pcapng"
	receiver=$pid
}
# The packets in the order of time: "INTERFACE PORT" of each, the port of the client.
arrived() {
	"$WIRETAPE" -r "$TMP/got.pcapng" -w "$TMP/sorted.pcapng" 2>/dev/null
	tshark -r "$TMP/sorted.pcapng" -T fields -e frame.interface_name -e tcp.srcport -e tcp.dstport 2>/dev/null |
		awk '{ print $1, ($2 == 80 ? $3 + 1 : $2) - 10000 }'
}
# By number from 0: "PORT NUMBER" of each that is to come, by an expression of awk.
wanted() { # EXPRESSION-OF-I
	awk 'BEGIN { for (i = 0; i < 1500; i++) { to = '"$1"'; if (to) print to, i } }'
}
expect_both() { # EXPRESSION-OF-I
	wanted "$1" >"$TMP/wanted"
	expect_sent "$(wc -l <"$TMP/wanted")"
	arrived >"$TMP/arrived"
	expect "in order, by their ports" "$(diff "$TMP/wanted" "$TMP/arrived" | head -5)" ""
	expect_text "$TMP/run.err" "^wb: $(grep -c wc "$TMP/wanted") packets sent"
	expect_text "$TMP/run.err" "^xb: $(grep -c xc "$TMP/wanted") packets sent"
}

for tx in ring sendmmsg; do
	receive_both
	play run -r "$TMP/two.pcapng" -o ma=wb -o mb=xb --tx $tx
	expect_both '(i % 3 == 0) ? "wc" : (i % 3 == 1) ? "xc" : ""'
	result "$tx: by the interface they were recorded on"

	receive_both
	play run -r "$TMP/two.pcapng" -o out=xb -o in=wb --tx $tx
	expect_both '(i % 2) ? "xc" : "wc"'
	result "$tx: by the direction they went"
done
for split in client cidr:192.0.2.2,2001:db8::/32 port:443,80 mac:02:00:00:00:00:02; do
	receive_both
	play run -r "$TMP/one.pcap" -o wb -o xb --split $split --speed top
	expect_both '(i % 2) ? "xc" : "wc"'
	result "by --split $split"
done

in_b "$WIRETAPE" -r "$TMP/one.pcap" -o in=wb -o out=xb 2>"$TMP/run.err"
expect "exit status" $? 2
expect_text "$TMP/run.err" "a pcap file does not tell which way packets went"
in_b "$WIRETAPE" -r "$TMP/two.pcapng" -o my=wb -o mz=xb 2>"$TMP/run.err"
expect_text "$TMP/run.err" "^wiretape: -o: the files have no interface named 'my'; there are: ma, mb, mc"
in_b "$WIRETAPE" -r "$TMP/one.pcap" -o wb -o xb --split cidr:192.0.2.1/24 2>"$TMP/run.err"
expect "exit status" $? 2
expect_text "$TMP/run.err" "^wiretape: --split: "
result "what cannot be told apart is refused"

# --- one of them goes ------------------------------------------------------------------

receive_both
play run -r "$TMP/one.pcap" -o wb -o xb --split client
expect_ok wait_for 5 has_received "$NS_C" xc 100
ip -n "$NS_C" link set xc down
expect_ok wait_for 5 says 'xb: the interface went down; waiting for it'
before=$(counter "$NS_C" wc rx_packets)
sleep 0.5
expect_range "sent by the other meanwhile" $(($(counter "$NS_C" wc rx_packets) - before)) 0 64
ip -n "$NS_C" link set xc up
expect_sent 1500
expect_text "$TMP/run.err" 'xb: the interface is back; sending goes on'
result "both wait for one that is down"

finish_tests
