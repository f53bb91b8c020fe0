#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# In line between hosts with the offloads that Linux has: frames that a sender leaves to
# its adapter to cut, or that were merged on the way in, pass as they are; and what
# the way out refuses holds up nothing else.
# shellcheck disable=SC2086 # words are meant to be split
# shellcheck disable=SC2317 # functions are called by wait_for
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/forward_lib.sh"
forward_setup 1500

for end in "$NS_A va 1" "$NS_C wc 2"; do
	read -r space name number <<<"$end"
	ip netns exec "$space" sysctl -qw "net.ipv6.conf.$name.disable_ipv6=0" 2>/dev/null
	ip -n "$space" address add 192.0.2.$number/24 dev $name
	ip -n "$space" address add 2001:db8::$number/64 dev $name nodad 2>/dev/null
done

# Serves, or sends so many bytes and takes them back, a sum over them in the end; with
# UDP in datagrams that the adapter is to cut.
cat >"$TMP/peer.py" <<'END'
import hashlib, socket, sys, threading
kind, role, address, count = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])
family = socket.AF_INET6 if ":" in address else socket.AF_INET
block = bytes((i * 7 + i // 251) & 255 for i in range(1 << 16))
def data():
    left = count
    while left > 0:
        yield block[:min(left, len(block))]
        left -= len(block)
def expected():
    sum = hashlib.sha256()
    for part in data():
        sum.update(part)
    return sum.hexdigest()
def take(sock):
    sum, got = hashlib.sha256(), 0
    while got < count:
        part = sock.recv(1 << 16)
        if not part:
            break
        sum.update(part)
        got += len(part)
    return sum.hexdigest()
if kind == "udp":
    sock = socket.socket(family, socket.SOCK_DGRAM)
    sock.settimeout(10)
    if role == "serve":
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
        sock.bind((address, 7000))
        print("ready", flush=True)
        sys.exit(take(sock) != expected())
    sock.connect((address, 7000))
    sock.setsockopt(socket.IPPROTO_UDP, 103, 1200)  # UDP_SEGMENT
    left = count
    for part in data():
        for at in range(0, len(part), 36000):
            sock.send(part[at:at + 36000])
    sys.exit()
sock = socket.socket(family, socket.SOCK_STREAM)
sock.settimeout(10)
if role == "serve":
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.bind((address, 7000))
    sock.listen()
    print("ready", flush=True)
    sock = sock.accept()[0]
    sock.settimeout(10)
else:
    sock.connect((address, 7000))
def give():
    for part in data():
        sock.sendall(part)
thread = threading.Thread(target=give)
thread.start()
got = take(sock)
thread.join()
sys.exit(got != expected())
END

serves() { grep -q ready "$TMP/serve.out"; }

# Both ways at once, compared by their sums.
transfer() { # KIND ADDRESS BYTES
	local server
	: >"$TMP/serve.out"
	in_c timeout 20 python3 "$TMP/peer.py" $1 serve $2 $3 >"$TMP/serve.out" 2>"$TMP/serve.err" &
	server=$!
	started+=("$server")
	wait_for 5 serves || faults+="nobody serves: $(cat "$TMP/serve.err")"$'\n'
	in_a timeout 20 python3 "$TMP/peer.py" $1 ask $2 $3 >/dev/null 2>"$TMP/ask.err" ||
		faults+="$1 to $2: $(tail -n 1 "$TMP/ask.err")"$'\n'
	wait "$server" || faults+="$1 from $2: $(tail -n 1 "$TMP/serve.err")"$'\n'
}

offloads() { # SWITCHES of va and wc, of vb and wb
	in_a ethtool -K va $1 >/dev/null 2>&1
	in_c ethtool -K wc $1 >/dev/null 2>&1
	in_b ethtool -K vb $2 >/dev/null 2>&1
	in_b ethtool -K wb $2 >/dev/null 2>&1
}
all_on="tso on gso on tx on rx on gro off"

end_forwarder() {
	settle
	pid=$forwarder
	finish INT
	expect "exit status" "$status" 0
	read_report run
	expect "lost" "$lost ${tally[dropped]}" "0 0"
}

# --- offloads -----------------------------------------------------------------------------

mixtures=(
	"as they come;$all_on;$all_on"
	"merged on the way in;tso off gso off;$all_on gro on"
	"cut on the way out;$all_on;tso off gso off"
	"no offload at the ends;tso off gso off tx off rx off;$all_on"
	"none in between;$all_on;tso off gso off tx off rx off"
)
for tx in ring sendmmsg; do
	for mixture in "${mixtures[@]}"; do
		IFS=';' read -r words ends between <<<"$mixture"
		[[ $tx$words =~ ^(ring|sendmmsgas|sendmmsgmerged) ]] || continue
		offloads "$ends" "$between"
		forward run --tx $tx --both-ways
		transfer tcp 192.0.2.2 4000000
		transfer tcp 2001:db8::2 4000000
		end_forwarder
		result "$tx: TCP both ways, offloads $words"
		offloads "$all_on" "$all_on"
	done
	forward run --tx $tx --both-ways
	transfer udp 192.0.2.2 400000
	transfer udp 2001:db8::2 400000
	end_forwarder
	result "$tx: UDP that is left to the adapter to cut"
done

# --- in a tunnel --------------------------------------------------------------------------------

if ip -n "$NS_A" link add name tunnel type vxlan id 7 remote 192.0.2.2 local 192.0.2.1 \
	dstport 4789 dev va 2>"$TMP/refused"; then
	ip -n "$NS_C" link add name tunnel type vxlan id 7 remote 192.0.2.1 local 192.0.2.2 \
		dstport 4789 dev wc
	for end in "$NS_A 1" "$NS_C 2"; do
		ip -n ${end% *} address add 198.51.100.${end#* }/24 dev tunnel
		ip -n ${end% *} link set tunnel up
	done
	for tx in ring sendmmsg; do
		forward run --tx $tx --both-ways
		transfer tcp 198.51.100.2 1000000
		end_forwarder
		result "$tx: TCP in VXLAN, which is cut here"
	done
	ip -n "$NS_A" link del tunnel
	ip -n "$NS_C" link del tunnel
else
	skip "TCP in VXLAN" "$(head -n 1 "$TMP/refused")"
fi

# --- with tags ------------------------------------------------------------------------------

# The tags of a frame are put back in front of it; the kernel cuts it behind them.
for tx in ring sendmmsg; do
	for tags in "--vlan 0x8100:5" "--vlan 0x88a8:5 --vlan 0x8100:6"; do
		receive tagged.pcap vlan
		offloads "$all_on" "tso off gso off tx off"
		forward run --tx $tx vlan
		send -n 20 --gso 65535 $tags
		end_both INT
		expect_forwarded 20
		segments=$((20 * ((65535 - 54 + 1447) / 1448)))
		expect "segments, with right checksums" "$(tshark -nr "$TMP/tagged.pcap" \
			-o tcp.check_checksum:TRUE -Y 'tcp.checksum.status==1 && vlan' 2>/dev/null | wc -l)" $segments
		result "$tx: tagged and uncut, $tags"
	done
done

# --- beside a recording, and cut as the kernel does -----------------------------------------

# What the kernel cuts on the way out, and what is cut here when the same frames are
# sent from a file.
# The hosts have words of their own, now and then: only what is sent here counts.
receive kernel.pcap tcp
offloads "$all_on" "tso off gso off tx off"
forward run -w "$TMP/whole.pcapng" tcp
send -n 20 --gso 65535
end_both INT
expect "recorded whole" "$(tcpdump -nr "$TMP/whole.pcapng" 2>/dev/null | wc -l)" 20
segments=$((20 * ((65535 - 54 + 1447) / 1448)))
expect "cut by the kernel" "$(tcpdump -nr "$TMP/kernel.pcap" 2>/dev/null | wc -l)" $segments
result "a recording beside it has them whole"
for tx in ring sendmmsg; do
	# A segment as long as the others'.
	ip -n "$NS_B" link set wb mtu 1488
	receive ours.pcap tcp
	expect_ok in_b "$WIRETAPE" -r "$TMP/whole.pcapng" -o wb --speed top --tx $tx
	settle
	pid=$receiver
	finish INT
	ip -n "$NS_B" link set wb mtu 1500
	for file in kernel ours; do
		tcpdump -t -xx -nr "$TMP/$file.pcap" 2>/dev/null >"$TMP/$file.text"
	done
	expect "segments" "$(grep -c '^IP' "$TMP/ours.text")" $segments
	cmp -s "$TMP/kernel.text" "$TMP/ours.text" ||
		faults+="$(diff "$TMP/kernel.text" "$TMP/ours.text" | head -n 5)"$'\n'
	result "$tx: from a file they are cut as the kernel cuts them"
done
offloads "$all_on" "$all_on"

# --- what is refused ---------------------------------------------------------------------------

# The other end takes no long frames: they are dropped on their way, and each is one loss.
for tx in ring sendmmsg; do
	ip -n "$NS_C" link set wc mtu 1000
	forward run --tx $tx --both-ways
	sender -n 2000 -s 1400 -r 1000
	in_a ping -q -c 100 -i 0.01 -W 1 192.0.2.2 >"$TMP/ping" 2>&1
	wait "$sender_pid"
	settle
	pid=$forwarder
	finish INT
	ip -n "$NS_C" link set wc mtu 1500
	read_report run
	expect_range "refused" "${tally[refused]}" 2000 2010
	expect "full" "${tally[full]}" 0
	expect_text "$TMP/ping" ' 100 received, 0% packet loss'
	result "$tx: what is refused holds up nothing else"
done

# --- a way out that is full ----------------------------------------------------------------

# 10 Mbit/s out, and much more is offered: the other direction is as fast as ever, and what
# goes out is no older than the queue's time.
if in_b tc qdisc add dev wb root tbf rate 10mbit burst 20kb latency 20ms 2>"$TMP/refused"; then
	for tx in ring sendmmsg; do
		forward run --tx $tx --both-ways
		sender -n 20000 -s 1400 -r 10000
		expect_ok in_c "$TESTTOOLS/generate" -i wc -n 10000 -s 200 -r 10000
		in_a ping -q -c 50 -i 0.02 -W 1 192.0.2.2 >"$TMP/ping" 2>&1
		wait "$sender_pid"
		begin=$(date +%s%N)
		pid=$forwarder
		finish INT
		expect_range "ms to the end" $((($(date +%s%N) - begin) / 1000000)) 0 1500
		line=$(grep '^wb>vb: ' "$TMP/run.err")
		expect_range "forwarded the other way" "$(grep -oE '[0-9]+ packets? forwarded' <<<"$line" |
			grep -oE '^[0-9]+')" 10000 10200
		read_report run
		expect_range "lost to a full queue" "${tally[full]}" 10000 20000
		worst=$(sed -n 's|^rtt .* = [0-9.]*/[0-9.]*/\([0-9]*\).*|\1|p' "$TMP/ping")
		expect_range "the longest ping, in ms" "${worst:-0}" 1 400
		result "$tx: a way out that is full holds up no other"
	done
	in_b tc qdisc del dev wb root
else
	skip "a way out that is full" "$(head -n 1 "$TMP/refused")"
fi

finish_tests
