# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# What the tests of forwarding share: from va in the first namespace frames come to
# vb in the second, go on through the program, out of wb, and arrive at wc in
# the third, where another instance of it records. Its rings have room for all
# that a test sends, however little it gets to run.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"

forwarder="" receiver="" lost=0

forward_setup() { # MTU of the way in
	netns_setup
	new_namespace "$NS_C"
	ip -n "$NS_A" link set va mtu "$1"
	ip -n "$NS_B" link set vb mtu "$1"
	veth_on 1500 2>"$TMP/refused" || skip_all "no veth pair: $(cat "$TMP/refused")"
}

forward() { # NAME ARG...
	local name=$1
	shift
	record_in "$NS_B" "$name" -i vb -o wb "$@"
	forwarder=$pid
}

receive() { # FILE ARG...: what arrives at wc
	local file=$1
	shift
	record_in "$NS_C" "${file%%.*}" -i wc -Q in -w "$TMP/$file" "$@"
	receiver=$pid
}

# What the report of a run says, by its words; 0 is told of few things.
declare -A tally
read_report() { # NAME
	local number words
	tally=([captured]=0 [forwarded]=0 [received]=0 [dropped]=0 [oversize]=0 [short]=0
		[cut]=0 [full]=0 [down]=0 [refused]=0 [unfinished]=0 [unread]=0)
	while read -r number _ words; do
		case $words in
		captured | forwarded | sent) tally[${words/sent/forwarded}]=$number ;;
		'received by filter') tally[received]=$number ;;
		'dropped by kernel') tally[dropped]=$number ;;
		'larger than the way out takes') tally[oversize]=$number ;;
		'too short for a link-layer header') tally[short]=$number ;;
		'not captured whole, and not sent') tally[cut]=$number ;;
		'lost to a full queue on the way out') tally[full]=$number ;;
		'lost while the way out was down') tally[down]=$number ;;
		'refused by the way out') tally[refused]=$number ;;
		'still on the way out at the end') tally[unfinished]=$number ;;
		'left unread in the ring') tally[unread]=$number ;;
		esac
	done < <(grep -E '^[0-9]+ packets? ' "$TMP/$1.err")
	lost=$((tally[oversize] + tally[short] + tally[cut] + tally[full] + tally[down] + \
		tally[refused] + tally[unfinished]))
}

has_passed() {
	kill -USR1 "$forwarder"
	read_report run
	((tally[forwarded] + tally[dropped] + lost == $1))
}

# The forwarder has sent so many, or counted them as lost: all that were sent to it. It is
# asked for its report until it says so.
expect_passed() { # COUNT
	wait_for 10 has_passed "$1" || faults+="$1 packets are not through in time"$'\n'
}

# Both end, the forwarder first; status is its own. Its report is read.
end_both() { # SIGNAL
	local first
	settle
	pid=$forwarder
	finish "$1"
	first=$status
	[ "$first" = 0 ] || faults+=$(cat "$TMP/run.err")$'\n'
	settle
	pid=$receiver
	finish INT
	expect "exit status of the receiver" "$status" 0
	status=$first
	read_report run
}

# Each frame received is accounted for: sent, or lost, with the cause.
expect_accounted() { # RECEIVED
	expect "exit status" "$status" 0
	expect "received" "${tally[received]}" "$1"
	expect "sent and lost" $((tally[forwarded] + tally[dropped] + tally[unread] + lost)) "$1"
}

# All was sent.
expect_forwarded() { # COUNT
	expect "exit status" "$status" 0
	expect "received, forwarded, dropped and lost" \
		"${tally[received]} ${tally[forwarded]} ${tally[dropped]} $lost" "$1 $1 0 0"
}

# Just these arrived, in order, byte for byte.
expect_arrived() { # FILE VERIFY-ARG...
	local file=$1
	shift
	expect_ok "$TESTTOOLS/verify" "$@" "$TMP/$file"
}
