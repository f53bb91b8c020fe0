#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# -o: each frame that comes in goes out once, in order and byte for byte, in one
# direction or both, beside a recording or alone; what does not go is counted.
# shellcheck disable=SC2086 # words are meant to be split
# shellcheck disable=SC2317 # functions are called by wait_for
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/forward_lib.sh"
forward_setup 1500
nobody=$(id -u nobody)

kinds=(
	"all sizes   -s 60,61,64,590,1514"
	"802.1Q      -s 60,80,1518 --vlan 0x8100:100"
	"802.1ad     -s 60,80,1514 --vlan 0x88a8:0xe064"
	"double      -s 60,80,1514 --vlan 0x88a8:100 --vlan 0x8100:200"
	"two 802.1Q  -s 60,80,1518 --vlan 0x8100:100 --vlan 0x8100:200"
)

for tx in ring sendmmsg; do
	for kind in "${kinds[@]}"; do
		[[ $tx${kind%% *} =~ ^(ring|sendmmsgall|sendmmsgdouble) ]] || continue
		number=4000
		[ "${kind%% *}" = all ] && number=20000
		receive got.pcapng
		before=$(counter "$NS_B" wb tx_packets)
		forward run --tx $tx
		send -n $number ${kind#*  }
		end_both INT
		expect_forwarded $number
		expect "tx_packets" $(($(counter "$NS_B" wb tx_packets) - before)) $number
		expect_arrived got.pcapng -n $number ${kind#*  }
		result "$tx: ${kind%%  *}: $number sent on, byte for byte"
	done
done

# --- both ways -------------------------------------------------------------------

for tx in ring sendmmsg; do
	record_in "$NS_A" back -i va -Q in -w "$TMP/back.pcapng"
	back=$pid
	receive got.pcapng
	before_a=$(counter "$NS_A" va rx_packets) before_c=$(counter "$NS_C" wc rx_packets)
	forward run --tx $tx --both-ways
	sender -n 10000 -s 60,1514 -r 50000
	expect_ok in_c "$TESTTOOLS/generate" -i wc -n 10000 --start 1000000 -s 64,1000 -r 50000
	wait "$sender_pid"
	wait_for 5 has_received "$NS_A" va $((before_a + 10000))
	wait_for 5 has_received "$NS_C" wc $((before_c + 10000))
	settle
	expect "frames at the first end" $(($(counter "$NS_A" va rx_packets) - before_a)) 10000
	expect "frames at the other end" $(($(counter "$NS_C" wc rx_packets) - before_c)) 10000
	end_both INT
	expect_accounted 20000
	expect_forwarded 20000
	pid=$back
	finish INT
	expect_arrived got.pcapng -n 10000 -s 60,1514
	expect_arrived back.pcapng -n 10000 --start 1000000 -s 64,1000
	result "$tx: both ways at once, and nothing comes back"
done

# --- beside a recording --------------------------------------------------------------

for tx in ring sendmmsg; do
	receive got.pcapng
	forward run --tx $tx -w "$TMP/tap.pcapng"
	send -n 10000 -s 60,1000,1514 --vlan 0x8100:5
	end_both INT
	expect "exit status" "$status" 0
	expect_report run 10000 10000 0
	expect_text "$TMP/run.err" "^(wiretape: )?wb: 10000 packets forwarded, 10000 packets received by filter, 0 packets dropped"
	expect_arrived got.pcapng -n 10000 -s 60,1000,1514 --vlan 0x8100:5
	expect_arrived tap.pcapng -n 10000 -s 60,1000,1514 --vlan 0x8100:5
	result "$tx: forwarded and recorded, the same"
done

receive got.pcapng
forward run -w "$TMP/tap.pcapng" -s 60
send -n 2000 -s 60,1514
end_both INT
expect_arrived got.pcapng -n 2000 -s 60,1514
expect_arrived tap.pcapng -n 2000 -s 60,1514 --snaplen 60
result "what is recorded may be cut, what is forwarded is not"

# --- filter and count ------------------------------------------------------------------

receive got.pcapng
forward run --stats-file "$TMP/s.json" -Z root port 9001
send -n 3000 --ports 9000,9001,9002
end_both INT
expect_forwarded 1000
expect_ok "$TESTTOOLS/verify" -n 1000 --start 1 --step 3 --ports 9000,9001,9002 "$TMP/got.pcapng"
result "a filter: what does not pass does not go on"

for tx in ring sendmmsg; do
	receive got.pcapng
	before=$(counter "$NS_C" wc rx_packets)
	forward run --tx $tx -c 777
	send -n 3000
	wait_for 5 has_received "$NS_C" wc $((before + 777))
	settle
	expect "frames" $(($(counter "$NS_C" wc rx_packets) - before)) 777
	end_both INT
	expect "exit status" "$status" 0
	expect "forwarded" "${tally[forwarded]}" 777
	expect_arrived got.pcapng -n 777
	result "$tx: -c: so many, and no more"
done

# --- sizes ------------------------------------------------------------------------------

ip -n "$NS_A" link set va mtu 9000
ip -n "$NS_B" link set vb mtu 9000
# The longest the way out takes, and one byte more; a tag is not counted.
sizes=(
	"1514,1515"
	"1518,1519 --vlan 0x8100:1"
	"1518,1519 --vlan 0x88a8:1"
	"64,1600,60,9000"
)
for tx in ring sendmmsg; do
	for size in "${sizes[@]}"; do
		[[ $tx = ring || $size != *:* ]] || continue
		receive got.pcapng
		forward run --tx $tx
		send -n 2000 -s $size
		end_both INT
		expect_accounted 2000
		expect "too long" "${tally[oversize]}" 1000
		expect_arrived got.pcapng -n 1000 -s $size --step 2
		expect "too long, at once" "$(grep -c 'larger' "$TMP/run.err")" 2
		result "$tx: ${size%%,*} bytes go out, ${size#*,}, are counted"
	done
done

# A larger MTU later: longer frames go, though no slot has room for them.
for tx in ring sendmmsg; do
	for uncut in "" --no-uncut; do
		receive got.pcapng
		forward run --tx $tx $uncut
		ip -n "$NS_C" link set wc mtu 9000
		ip -n "$NS_B" link set wb mtu 9000
		send -n 2000 -s 60,2054,9000
		end_both INT
		ip -n "$NS_B" link set wb mtu 1500
		ip -n "$NS_C" link set wc mtu 1500
		expect_forwarded 2000
		expect_arrived got.pcapng -n 2000 -s 60,2054,9000
		result "$tx $uncut: the MTU of the way out grows"
	done
done
ip -n "$NS_A" link set va mtu 1500
ip -n "$NS_B" link set vb mtu 1500

# So does that of the way in.
for tx in ring sendmmsg; do
	receive got.pcapng
	forward run --tx $tx
	for end in "$NS_A va" "$NS_B vb" "$NS_B wb" "$NS_C wc"; do
		ip -n ${end% *} link set ${end#* } mtu 9000
	done
	send -n 2000 -s 60,2054,9000
	end_both INT
	for end in "$NS_A va" "$NS_B vb" "$NS_B wb" "$NS_C wc"; do
		ip -n ${end% *} link set ${end#* } mtu 1500
	done
	expect_forwarded 2000
	expect_arrived got.pcapng -n 2000 -s 60,2054,9000
	result "$tx: the MTU of both sides grows"
done

# Without a network header, and shorter than that of the link layer where the kernel
# lets one be sent.
inject() { # BYTES...
	in_a python3 -c '
import socket, sys
s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
s.bind(("va", 0x88b5))
frame = bytes.fromhex("020000000002" "020000000001" "88b5") + bytes(range(46))
for size in sys.argv[1:]:
    try:
        s.send(frame[:int(size)])
    except OSError:
        print(size, "refused")
' "$@"
}
for tx in ring sendmmsg; do
	receive got.pcapng
	forward run --tx $tx
	refused=$(inject 14 15 0 13 20 60 | wc -l)
	end_both INT
	expect_accounted $((6 - refused))
	arrived=${tally[forwarded]}
	expect_range "arrived" "$arrived" 4 6
	expect "too short" "${tally[short]}" $((6 - refused - arrived))
	expect_arrived got.pcapng -n 0 --foreign "$arrived"
	result "$tx: frames of nothing but a header"
done

# --- super-packets -------------------------------------------------------------------------

for tx in ring sendmmsg; do
	receive got.pcapng
	forward run --tx $tx --no-uncut
	send -n 100 --gso 65535
	send -n 100 -s 64 --start 100
	end_both INT
	expect_accounted 200
	expect "too long" "${tally[oversize]}" 100
	expect_arrived got.pcapng -n 100 -s 64 --allow-gaps
	result "$tx: --no-uncut: super-packets are counted, and never cut"
done

# Those the sender's stack cuts are frames as others: their checksums are
# completed, by the way out where that cannot leave it to its adapter.
in_a ethtool -K va tso off gso off >/dev/null 2>&1
in_b ethtool -K wb tx off >/dev/null 2>&1
segments=$((100 * ((65535 - 54 + 1447) / 1448)))
for tx in ring sendmmsg; do
	receive got.pcap
	forward run --tx $tx
	send -n 100 --gso 65535
	end_both INT
	expect_forwarded $segments
	if have tshark; then
		expect "right checksums" "$(tshark -o tcp.check_checksum:TRUE -nr "$TMP/got.pcap" \
			-Y tcp.checksum.status==1 -T fields -e frame.number 2>/dev/null | wc -l)" $segments
	fi
	result "$tx: super-packets without the offload: all segments"
done
in_a ethtool -K va tso on gso on >/dev/null 2>&1
in_b ethtool -K wb tx on >/dev/null 2>&1

# --- a single frame ----------------------------------------------------------------------------

# The time between leaving va and arriving at wc, by the kernel's stamps.
for tx in ring sendmmsg; do
	receive got.pcap --nano
	record_in "$NS_A" sent -i va -Q out --nano -w "$TMP/sent.pcap"
	sent=$pid
	forward run --tx $tx
	for ((i = 0; i < 5; i++)); do
		send -n 1 --start $((3 * i))
		sleep 0.15
		send -n 2 --start $((3 * i + 1))
	done
	end_both INT
	pid=$sent
	finish INT
	expect_forwarded 15
	expect_arrived got.pcap -n 15
	# Half of them at least: others use this machine, too.
	half_us=$(paste <(tcpdump -ttnr "$TMP/sent.pcap" 2>/dev/null) \
		<(tcpdump -ttnr "$TMP/got.pcap" 2>/dev/null) | awk -F '\t' '
		{ split($1, a, " "); split($2, b, " "); printf "%d\n", (b[1] - a[1]) * 1e6 }' |
		sort -n | sed -n 8p)
	expect_range "the time on the way, in us" "$half_us" 1 50000
	result "$tx: a frame alone goes on at once"
done

# --- idle, statistics, rights ---------------------------------------------------------------------

install -d -m 777 "$TMP/stats"
forward run --stats-file "$TMP/stats/s.json"
begin=$(ticks "$forwarder")
sleep 3
expect_range "ticks in 3 s" $(($(ticks "$forwarder") - begin)) 0 2
result "idle it uses no CPU"

expect "uid" "$(awk '$1 == "Uid:" { print $2 }' "/proc/$forwarder/status")" "$nobody"
expect "capabilities" "$(awk '$1 == "CapEff:" { print $2 }' "/proc/$forwarder/status")" 0000000000000000
ip -n "$NS_A" link set va mtu 9000
ip -n "$NS_B" link set vb mtu 9000
send -n 300 -s 60,1600,64
settle
pid=$forwarder
finish INT
read_report run
expect_accounted 300
if have jq; then
	expect "in JSON" "$(jq -c '.total | [.packets.received, .packets.captured,
		.losses.tx_oversize, .losses.tx_down, .losses.tx_full, .losses.ring]' "$TMP/stats/s.json")" \
		"[300,200,100,0,0,0]"
	expect "name" "$(jq -r '.interfaces[0].name' "$TMP/stats/s.json")" "vb>wb"
fi
result "nobody forwards, and the statistics tell of it"

install -m 755 "$WIRETAPE" "$TMP/wiretape"
in_b setpriv --no-new-privs --reuid="$nobody" --regid="$nobody" --clear-groups \
	"$TMP/wiretape" -i vb -o wb >/dev/null 2>"$TMP/run.err"
expect "exit status" $? 1
expect "lines" "$(wc -l <"$TMP/run.err")" 1
expect_text "$TMP/run.err" "^wiretape: .*no permission"
result "without the right it says so"

ip -n "$NS_B" link set wb down
in_b timeout 5 "$WIRETAPE" --log-format text -i vb -o wb >/dev/null 2>"$TMP/run.err"
expect "exit status" $? 1
expect "lines" "$(wc -l <"$TMP/run.err")" 1
expect_text "$TMP/run.err" "^wiretape: -o: wb: the interface is down \(ip link set wb up\)"
result "a way out that is down at the start"

finish_tests
