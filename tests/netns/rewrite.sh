#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# --rewrite in line, on replay and into a file: two hosts talk by way of addresses and
# ports that neither of them has, uncut frames and ICMP errors included, and tshark
# finds every checksum right.
# shellcheck disable=SC2317 # functions are called by wait_for
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/forward_lib.sh"
forward_setup 1500

ip -n "$NS_A" address add 192.0.2.1/24 dev va
ip -n "$NS_C" address add 192.0.2.2/24 dev wc
for end in "$NS_A va 1" "$NS_C wc 2"; do
	read -r space name number <<<"$end"
	ip netns exec "$space" sysctl -qw "net.ipv6.conf.$name.disable_ipv6=0" 2>/dev/null
	ip -n "$space" address add "2001:db8::$number/64" dev "$name" nodad
done

cat >"$TMP/peer.py" <<'END'
import hashlib, socket, sys
role, address, port = sys.argv[1], sys.argv[2], int(sys.argv[3])
family = socket.AF_INET6 if ":" in address else socket.AF_INET
block = bytes((i * 7 + i // 251) & 255 for i in range(1 << 16))
count = 200
expected = hashlib.sha256(block * count).hexdigest()
if role == "refused":
    sock = socket.socket(family, socket.SOCK_DGRAM)
    sock.settimeout(5)
    sock.connect((address, port))
    sock.send(b"anybody?")
    try:
        sock.recv(10)
    except ConnectionRefusedError:
        sys.exit(0)
    sys.exit(1)
sock = socket.socket(family, socket.SOCK_STREAM)
sock.settimeout(10)
if role == "serve":
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.bind((address, port))
    sock.listen()
    print("ready", flush=True)
    sock = sock.accept()[0]
    sum = hashlib.sha256()
    while part := sock.recv(1 << 16):
        sum.update(part)
    sock.sendall(sum.hexdigest().encode())
    sys.exit(sum.hexdigest() != expected)
sock.connect((address, port))
for _ in range(count):
    sock.sendall(block)
sock.shutdown(socket.SHUT_WR)
told = b""
while part := sock.recv(100):
    told += part
sys.exit(told.decode() != expected)
END

# Each end knows the other by an address and a port that only the way between has.
translate=(--rewrite ip:192.0.2.2=192.0.2.102 --rewrite ip:192.0.2.102=192.0.2.2
	--rewrite ip:2001:db8::2=2001:db8::102 --rewrite ip:2001:db8::102=2001:db8::2
	--rewrite port:80=8080 --rewrite port:8080=80)

is_ready() {
	[ -s "$TMP/server.out" ]
}

talk() { # ADDRESS OF-THE-SERVER
	: >"$TMP/server.out"
	in_c timeout 20 python3 "$TMP/peer.py" serve "$2" 8080 >"$TMP/server.out" 2>"$TMP/server.err" &
	server=$!
	started+=("$server")
	wait_for 5 is_ready
	expect_ok in_a timeout 20 python3 "$TMP/peer.py" send "$1" 80
	wait "$server" || faults+="the server got something else"$'\n'
}

# Sums that are wrong or, with an offload, not known are told as such by tshark.
expect_right_sums() { # FILE [OF-UDP-ONLY]
	local wrong
	wrong=$(tshark -n -r "$1" -o ip.check_checksum:TRUE -o tcp.check_checksum:TRUE \
		-o udp.check_checksum:TRUE -Y "ip.checksum.status == 0 || tcp.checksum.status == 0 ||
		(udp.checksum.status == 0 && (${2:-frame})) || icmp.checksum.status == 0 || icmpv6.checksum.status == 0" \
		2>/dev/null | head -5)
	expect "packets with a wrong checksum" "$wrong" ""
}

count_in() { # FILE FILTER
	tshark -n -r "$1" -Y "$2" 2>/dev/null | wc -l
}

for tx in ring sendmmsg; do
	if [ $tx = ring ]; then
		record_in "$NS_A" sender -i va -w "$TMP/sender.pcapng"
		sender=$pid
	fi
	forward run --tx $tx --both-ways "${translate[@]}"
	talk 192.0.2.102 192.0.2.2
	talk 2001:db8::102 2001:db8::2
	expect_ok in_a timeout 20 python3 "$TMP/peer.py" refused 192.0.2.102 9
	expect_ok in_a timeout 20 python3 "$TMP/peer.py" refused 2001:db8::102 9
	expect_ok in_a ping -q -c 3 -i 0.2 192.0.2.102
	pid=$forwarder
	finish INT
	expect "exit status" "$status" 0
	if [ $tx = ring ]; then
		pid=$sender
		finish INT
	fi
	result "$tx: TCP, refusals, ARP and discovery by translated addresses and ports, uncut"
done

# --- without offloads: sums and fields as a reader of the wire sees them ----------------------

for end in "$NS_A va" "$NS_B vb" "$NS_B wb" "$NS_C wc"; do
	read -r space name <<<"$end"
	ip netns exec "$space" ethtool -K "$name" tx off tso off gso off gro off >/dev/null 2>&1
done
receive cut.pcapng
forward run --both-ways "${translate[@]}" --rewrite dscp:46 --rewrite ttl:-1
talk 192.0.2.102 192.0.2.2
talk 2001:db8::102 2001:db8::2
end_both INT
expect_right_sums "$TMP/cut.pcapng"
expect "addresses of before" "$(count_in "$TMP/cut.pcapng" 'ip.addr == 192.0.2.102 || tcp.port == 80')" 0
expect "other DSCP" "$(count_in "$TMP/cut.pcapng" 'tcp && !(ip.dsfield.dscp == 46 || ipv6.tclass.dscp == 46)')" 0
expect "other TTL" "$(count_in "$TMP/cut.pcapng" 'tcp && !(ip.ttl == 63 || ipv6.hlim == 63)')" 0
(($(count_in "$TMP/cut.pcapng" tcp) > 1000)) || faults+="hardly any packets arrived"$'\n'
result "checksums of translated packets are right, DSCP and TTL as asked"

# --- checksums that were left to an adapter ------------------------------------------------------

expect "kinds whose checksum is wrong" "$(tshark -n -r "$TMP/sender.pcapng" -o tcp.check_checksum:TRUE \
	-o udp.check_checksum:TRUE -Y 'tcp.checksum.status == 0 || (udp.checksum.status == 0 && !icmp && !icmpv6)' \
	-T fields -e eth.type -e ip.proto -e ipv6.nxt 2>/dev/null | sort -u | wc -l)" 4
# What an ICMP error quotes is as its sender had it: only begun.
expect_ok "$WIRETAPE" -q -r "$TMP/sender.pcapng" -w "$TMP/fixed.pcap" --fix-checksums
expect "packets" "$(capinfos -TrMc "$TMP/fixed.pcap" 2>/dev/null | cut -f 2)" \
	"$(capinfos -TrMc "$TMP/sender.pcapng" 2>/dev/null | cut -f 2)"
expect_right_sums "$TMP/fixed.pcap" '!icmp && !icmpv6'
receive fixed_sent.pcapng
record_in "$NS_B" fixing -r "$TMP/sender.pcapng" -o wb --speed top --fix-checksums --rewrite vlan:push,5
forwarder=$pid
finish
expect "exit status" "$status" 0
settle
pid=$receiver
finish INT
(($(count_in "$TMP/fixed_sent.pcapng" 'vlan.id == 5 && tcp') > 1000)) || faults+="hardly any packets arrived"$'\n'
expect_right_sums "$TMP/fixed_sent.pcapng" '!icmp && !icmpv6'
result "what was recorded on its sender gets right checksums, in a copy and on replay"

expect_ok "$WIRETAPE" -q -r "$TMP/cut.pcapng" -s 100 -c 2000 -w "$TMP/heads.pcapng"
receive padded.pcapng
record_in "$NS_B" padding -r "$TMP/heads.pcapng" -o wb --speed top --truncated pad --fix-checksums
forwarder=$pid
finish
expect "exit status" "$status" 0
settle
pid=$receiver
finish INT
expect "packets of full length" "$(count_in "$TMP/padded.pcapng" 'frame.len == 1514')" \
	"$(count_in "$TMP/heads.pcapng" 'frame.len == 1514')"
expect_right_sums "$TMP/padded.pcapng" '!icmp && !icmpv6'
result "what a snapshot length has cut is padded, and has right checksums"

# --- files ---------------------------------------------------------------------------------------

record_in "$NS_C" tagged -i wc -Q in -w "$TMP/tagged.pcapng" --rewrite vlan:push,7 \
	--rewrite vlan:push,8
receiver=$pid
record_in "$NS_B" again -r "$TMP/cut.pcapng" -o wb --speed top --rewrite ip:192.0.2.0/24=10.9.8.0/24 \
	--rewrite src-mac:02:00:00:00:00:99 --rewrite vlan:push,5
forwarder=$pid
finish
expect "exit status" "$status" 0
settle
pid=$receiver
finish INT
all=$(count_in "$TMP/cut.pcapng" frame)
expect "packets" "$(count_in "$TMP/tagged.pcapng" 'eth.src == 02:00:00:00:00:99')" "$all"
expect "tags" "$(tshark -n -r "$TMP/tagged.pcapng" -T fields -e vlan.id 2>/dev/null | sort -u)" 8,7,5
expect "in the net of before" "$(count_in "$TMP/tagged.pcapng" 'ip.addr == 192.0.2.0/24 || arp.dst.proto_ipv4 == 192.0.2.0/24')" 0
expect_right_sums "$TMP/tagged.pcapng"
result "a replayed file is rewritten, and what is recorded of it again: three tags"

for format in pcap pcapng; do
	expect_ok "$WIRETAPE" -q -r "$TMP/tagged.pcapng" -w "$TMP/copy.$format" --rewrite vlan:pop \
		--rewrite vlan:pop --rewrite vlan:pop --rewrite ip:10.9.8.0/24=192.0.2.0/24
	expect "packets" "$(count_in "$TMP/copy.$format" '!vlan')" "$all"
	expect "bytes of IP" \
		"$(tshark -n -r "$TMP/copy.$format" -T fields -e ip.src -e ip.id -e tcp.checksum -e tcp.len 2>/dev/null | md5sum)" \
		"$(tshark -n -r "$TMP/cut.pcapng" -T fields -e ip.src -e ip.id -e tcp.checksum -e tcp.len 2>/dev/null | md5sum)"
done
result "a copy of a file is rewritten back to what it was"
finish_tests
