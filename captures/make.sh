#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Makes the sample captures again. Traffic runs between two network namespaces
# joined by a veth pair, eth0 to eth0, and wiretape records it in the second.
# Every file is checked for the number of packets it must have; only when all
# are well do they replace the old ones. Needs root.
#
# Environment: WIRETAPE, the program (build/wiretape); TESTTOOLS, the directory
# of the test tool generate (build/tests/tools).
set -euo pipefail
export LC_ALL=C

top=$(realpath "$(dirname "$0")/..")
wiretape=$(realpath "${WIRETAPE:-$top/build/wiretape}")
generate=$(realpath "${TESTTOOLS:-$top/build/tests/tools}")/generate
here=samples-$$-here there=samples-$$-there
scratch=$(mktemp -d)
recorder=

fail() {
	echo "make.sh: $*" >&2
	exit 1
}

clean_up() {
	[ -z "$recorder" ] || kill -KILL "$recorder" 2>/dev/null || true
	ip netns delete "$here" 2>/dev/null || true
	ip netns delete "$there" 2>/dev/null || true
	rm -rf "$scratch"
}
trap clean_up EXIT
trap 'exit 1' HUP INT TERM

in_here() { ip netns exec "$here" "$@"; }
in_there() { ip netns exec "$there" "$@"; }

# Addresses are set by hand, so that a file differs from its predecessor in
# little but times.
set_up() {
	local namespace number=1
	ip netns add "$here"
	ip netns add "$there"
	ip -n "$here" link add eth0 type veth peer name eth0 netns "$there"
	for namespace in "$here" "$there"; do
		ip -n "$namespace" link set lo up
		ip -n "$namespace" link set eth0 address "02:00:00:00:00:0$number" addrgenmode none
		ip -n "$namespace" address add "192.0.2.$number/24" dev eth0
		ip -n "$namespace" link set eth0 up
		ip -n "$namespace" address add "2001:db8::$number/64" dev eth0 nodad
		number=$((number + 1))
	done
	ip -n "$there" link set eth0 alias 'veth to the other namespace'
}

record() { # FILE COUNT ARG...: until COUNT packets are in the file
	file=$1 count=$2
	shift 2
	# Not in_there: a function's process would be the shell's, not the program's.
	ip netns exec "$there" "$wiretape" -q -w "$scratch/$file" -c "$count" -a duration:10 "$@" \
		2>"$scratch/messages" &
	recorder=$!
	until grep -q '^wiretape: listening on ' "$scratch/messages"; do
		kill -0 "$recorder" 2>/dev/null || fail "$(cat "$scratch/messages")"
		sleep 0.02
	done
}

finish() {
	wait "$recorder" || fail "$file: $(cat "$scratch/messages")"
	recorder=
	grep -qx "$count packets captured" "$scratch/messages" ||
		fail "$file: not $count packets: $(cat "$scratch/messages")"
	chmod 644 "$scratch/$file"
	echo "$file: $count packets, $(stat -c %s "$scratch/$file") bytes"
}

arp_ping() {
	record arp-ping.pcapng 6 -i eth0 arp or icmp
	in_here ping -q -c 2 -i 0.2 192.0.2.2 >"$scratch/out"
	finish
}

ping6() {
	record ping6.pcap 6 -i eth0 icmp6 and host 2001:db8::1
	in_here ping -q -c 2 -i 0.2 2001:db8::2 >"$scratch/out"
	finish
}

# Nobody listens on the discard port: the answers are an ICMP error and a reset.
nano() {
	record nano.pcap 4 --nano -i eth0 udp or tcp or icmp
	in_here bash -c 'echo hello >/dev/udp/192.0.2.2/9; : >/dev/tcp/192.0.2.2/9' 2>"$scratch/out" ||
		true
	finish
}

any_loopback() {
	record any-loopback.pcapng 6 -i any icmp
	in_there ping -q -c 2 -i 0.2 127.0.0.1 >"$scratch/out"
	in_here ping -q -c 1 192.0.2.2 >"$scratch/out"
	finish
}

vlan_qinq() {
	record vlan-qinq.pcapng 4 -i eth0 vlan
	in_here "$generate" -i eth0 -n 2 -s 80 --vlan 0x8100:0x6064 >"$scratch/out"
	in_here "$generate" -i eth0 -n 2 -s 80 --vlan 0x88a8:100 --vlan 0x8100:200 >"$scratch/out"
	finish
}

snaplen() {
	record snaplen.pcapng 4 -s 68 -i eth0 icmp
	in_here ping -q -c 2 -i 0.2 -s 1400 192.0.2.2 >"$scratch/out"
	finish
}

# While the program stands still its ring, the smallest there is, runs over.
drops() {
	record drops.pcapng 60 --ring-size 8K --block-timeout 10ms -i eth0 udp
	kill -STOP "$recorder"
	in_here "$generate" -i eth0 -n 500 -r 10000 -s 60 >"$scratch/out"
	kill -CONT "$recorder"
	sleep 0.2
	in_here "$generate" -i eth0 -n 100 -r 1000 -s 60 --start 500 >"$scratch/out"
	finish
	if grep -qx '0 packets dropped by kernel' "$scratch/messages"; then
		fail "$file: nothing was dropped"
	fi
}

[ "$EUID" -eq 0 ] || fail 'must be root, to make network namespaces'
[ -x "$generate" ] || fail "no $generate: it is built by make check, or see TESTTOOLS"
set_up
arp_ping
ping6
nano
any_loopback
vlan_qinq
snaplen
drops
cp "$scratch"/*.pcap "$scratch"/*.pcapng "$top/captures/"
