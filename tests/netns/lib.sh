# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# What the tests over network namespaces share; each script sources it. Two
# namespaces are joined by a veth pair: generate sends out of va in the first,
# wiretape listens on vb in the second; a third can be joined to that by one
# more pair, wb and wc. Nothing but the test's own traffic is there, so counts
# can be exact. All of it goes away with the script.
#
# A check is a series of `expect`s closed by `result TITLE`, one line of TAP.

set -u -o pipefail
export LC_ALL=C
: "${WIRETAPE:?path of the program}" "${TESTTOOLS:?directory of generate and verify}"

NS_A=wt$$a NS_B=wt$$b NS_C=wt$$c
TMP=$(mktemp -d) && chmod 711 "$TMP"
tests=0 failures=0 faults="" pid="" status=""
started=() floods=()

skip_all() {
	echo "1..0 # SKIP $*"
	exit 0
}

# Mounted below $TMP, the innermost first.
mounts() { awk -v top="$TMP/" 'index($2, top) == 1 { print $2 }' /proc/mounts | sort -r; }

clean_up() {
	local p
	# Nothing ends on a frozen file system.
	for p in $(mounts); do
		fsfreeze -u "$p" 2>/dev/null
	done
	for p in "${started[@]}"; do
		kill -CONT "$p" 2>/dev/null
		kill -KILL "$p" 2>/dev/null
	done
	wait 2>/dev/null
	for p in $(mounts); do
		umount "$p" || umount -l "$p"
	done
	ip netns del "$NS_A" 2>/dev/null
	ip netns del "$NS_B" 2>/dev/null
	ip netns del "$NS_C" 2>/dev/null
	rm -rf "$TMP"
}
trap clean_up EXIT
trap 'exit 1' INT TERM HUP

# --- results ---------------------------------------------------------------

expect() { # WHAT GOT WANTED
	[ "$2" = "$3" ] || faults+="$1: '$2', not '$3'"$'\n'
}

expect_range() { # WHAT GOT LOWEST HIGHEST
	[[ $2 =~ ^[0-9]+$ ]] && (($2 >= $3 && $2 <= $4)) || faults+="$1: '$2', not $3 to $4"$'\n'
}

expect_text() { # FILE REGEXP
	grep -qE -- "$2" "$1" || faults+="no line like '$2' in:"$'\n'"$(cat "$1")"$'\n'
}

expect_ok() { # COMMAND...
	local out
	out=$("$@" 2>&1) || faults+="failed: $*"$'\n'"$out"$'\n'
}

result() { # TITLE
	tests=$((tests + 1))
	if [ -z "$faults" ]; then
		echo "ok $tests - $1"
	else
		failures=$((failures + 1))
		echo "not ok $tests - $1"
		printf '%s' "$faults" | sed 's/^/# /'
	fi
	faults=
}

skip() { # TITLE REASON
	tests=$((tests + 1))
	echo "ok $tests - $1 # SKIP $2"
}

finish_tests() {
	echo "1..$tests"
	exit $((failures > 0))
}

# --- network ---------------------------------------------------------------

in_a() { ip netns exec "$NS_A" "$@"; }
in_b() { ip netns exec "$NS_B" "$@"; }
in_c() { ip netns exec "$NS_C" "$@"; }

is_up() { ip -n "$NS_B" link show "$1" | grep -q 'state UP'; }

# A pair: one end in the first namespace, the other in the second. IPv6 is off
# before they are up, or its announcements would be in the captures.
veth() { # NAME PEER
	ip -n "$NS_A" link add "$1" mtu 9000 type veth peer name "$2" mtu 9000 netns "$NS_B" &&
		ip -n "$NS_A" link set "$1" up && ip -n "$NS_B" link set "$2" up &&
		wait_for 5 is_up "$2"
}

new_namespace() { # NAME
	ip netns add "$1" 2>"$TMP/refused" || skip_all "no network namespace: $(cat "$TMP/refused")"
	ip netns exec "$1" sysctl -qw net.ipv6.conf.all.disable_ipv6=1 \
		net.ipv6.conf.default.disable_ipv6=1 2>/dev/null
}

netns_setup() {
	[ "$(id -u)" = 0 ] || skip_all "needs root"
	new_namespace "$NS_A"
	new_namespace "$NS_B"
	veth va vb 2>"$TMP/refused" || skip_all "no veth pair: $(cat "$TMP/refused")"
}

# The way on from the second namespace: wb, with wc at its end in the third.
veth_on() { # MTU [NUMBER]
	# shellcheck disable=SC2086 # two words, or none
	ip -n "$NS_B" link add wb ${2:+index $2} mtu "$1" type veth peer name wc mtu "$1" netns "$NS_C" &&
		ip -n "$NS_B" link set wb up && ip -n "$NS_C" link set wc up &&
		wait_for 5 is_up wb
}

# What the kernel counts of an interface: rx_packets, tx_dropped ...
counter() { # NAMESPACE INTERFACE NAME
	ip netns exec "$1" cat "/sys/class/net/$2/statistics/$3"
}

send() { # ARG...: generate out of va, all of it or a fault
	expect_ok in_a "$TESTTOOLS/generate" -i va "$@"
}

# Traffic without end, until flood_end; a further one each time.
flood() { # ARG...
	ip netns exec "$NS_A" "$TESTTOOLS/generate" -n 0 --seconds 30 "$@" >/dev/null &
	floods+=($!)
	started+=($!)
}

flood_end() {
	kill "${floods[@]}"
	wait "${floods[@]}"
	floods=()
}

# As send, with something to be done meanwhile: while sending; do ...
sender() { # ARG...
	ip netns exec "$NS_A" "$TESTTOOLS/generate" -i va "$@" >/dev/null &
	sender_pid=$!
	started+=("$sender_pid")
}
sending() { kill -0 "$sender_pid" 2>/dev/null; }

# --- the program -----------------------------------------------------------

wait_for() { # SECONDS COMMAND...: until it succeeds
	local end=$((SECONDS + $1))
	shift
	until "$@"; do
		((SECONDS <= end)) || return 1
		sleep 0.02
	done
}

running() { kill -0 "$pid" 2>/dev/null; }
gone() { ! running; }
ready() { grep -qsE '^wiretape: (listening on|forwarding|sending) ' "$TMP/$1.err" || gone; }

# Starts the program in a namespace and waits until it listens. Its standard
# error is $TMP/NAME.err, its standard output $TMP/NAME.out.
record_in() { # NAMESPACE NAME ARG...
	local ns=$1 name=$2
	shift 2
	rm -f "$TMP/$name.err"
	ip netns exec "$ns" "$WIRETAPE" "$@" >"$TMP/$name.out" 2>"$TMP/$name.err" </dev/null &
	pid=$!
	started+=("$pid")
	wait_for 10 ready "$name"
}

# Options for a ring version. A V1 or V2 frame takes 64 KiB by default; with
# smaller ones the ring holds all a test sends.
ring() { # VERSION
	[ "$1" = 3 ] || echo --ring-version "$1" --frame-size 2048
}

record() { # NAME ARG...: on vb
	local name=$1
	shift
	record_in "$NS_B" "$name" -i vb "$@"
}

# Nothing is on its way between interfaces: the 12th of the numbers of each CPU
# (net/core/net-procfs.c).
backlog_empty() { awk '$12 ~ /[1-9a-f]/ { exit 1 }' /proc/net/softnet_stat; }

# What was sent is through the peer's backlog queue and in the ring.
settle() {
	wait_for 5 backlog_empty
	sleep 0.1
}

# Waits for the end, of its own accord or after a signal; sets status.
finish() { # [SIGNAL]
	[ $# = 0 ] || kill "-$1" "$pid" 2>/dev/null
	if ! wait_for 15 gone; then
		faults+="still running after 15 s"$'\n'
		kill -KILL "$pid"
	fi
	wait "$pid" 2>/dev/null
	status=$?
}

count() { # NAME WORDS: the number in front of them in the closing report
	sed -nE "s/^([0-9]+) packets? $2\$/\1/p" "$TMP/$1.err" | tail -n 1
}

# The three lines of the closing report.
expect_report() { # NAME CAPTURED RECEIVED DROPPED
	expect "$1 captured" "$(count "$1" captured)" "$2"
	expect "$1 received" "$(count "$1" 'received by filter')" "$3"
	expect "$1 dropped" "$(count "$1" 'dropped by kernel')" "$4"
}

# Nothing lost and everything told: the run ended well, the report says COUNT
# three ways, and the file holds just these frames.
expect_whole() { # NAME FILE COUNT VERIFY-ARG...
	local name=$1 file=$2 count=$3
	shift 3
	expect "exit status" "$status" 0
	[ "$status" = 0 ] || faults+=$(cat "$TMP/$name.err")$'\n'
	expect_report "$name" "$count" "$count" 0
	expect_ok "$TESTTOOLS/verify" -n "$count" "$@" "$file"
}

# --- segments --------------------------------------------------------------

# A new directory to record into, $tape.
new_tape() {
	tape=$TMP/tape
	rm -rf "$tape"
	mkdir "$tape"
}

# Sets files to the segments in it, by their numbers.
list_tape() {
	mapfile -t files < <(find "$tape" -maxdepth 1 -type f ! -name '.*' | sort -V)
}

has_segments() { # COUNT
	list_tape
	((${#files[@]} >= $1))
}

# Nothing is left of how they were made.
expect_no_hidden() {
	expect "left over" "$(find "$tape" -name '.wiretape-[0-9]*' -printf '%f ')" ""
}

# What was sent is in the segments, once and in order, or told as lost: in the
# report, and in the statistics of the segments together. Sets files, captured
# and dropped.
expect_tape() { # NAME SENT VERIFY-ARG...
	local name=$1 sent=$2 told=()
	shift 2
	captured=$(count "$name" captured) dropped=$(count "$name" 'dropped by kernel')
	expect "exit status" "$status" 0
	[ "$status" = 0 ] || faults+=$(cat "$TMP/$name.err")$'\n'
	expect_report "$name" $((sent - dropped)) "$sent" "$dropped"
	list_tape
	[[ ${files[0]} = *.pcap* && ${files[0]} != *.pcapng ]] ||
		told=(--drops "$dropped" --drops-anywhere --isb "$sent,$dropped,$captured")
	expect_ok "$TESTTOOLS/verify" -n "$captured" --allow-gaps "${told[@]}" "$@" "${files[@]}"
	expect_no_hidden
}

# The published segments of a directory, by their sequence number.
segments() { # DIRECTORY
	find "$1" -maxdepth 1 -name 'vb_*' -printf '%f\n' | sort -t_ -k3 | sed "s|^|$1/|"
}

sequence_of() { # FILE
	local number=${1##*_}
	echo $((10#${number%%.*}))
}

# Whether there is one with a higher number.
newer() { # DIRECTORY NUMBER
	local file
	for file in "$1"/vb_*_*; do
		file=${file##*_}
		file=${file%%.*}
		[[ $file =~ ^[0-9]+$ ]] && ((10#$file > $2)) && return
	done
	return 1
}

# The newest one's number, 0 without any.
newest() { # DIRECTORY
	local last
	last=$(segments "$1" | tail -n 1)
	sequence_of "${last:-_0}"
}

# Each as it is: a published one never changes, so this does not either.
states() { # FILE...
	[ $# = 0 ] || stat -c '%n %i %s %y' "$@"
}

# Each segment is whole and has its own number, and the frames in them are in
# order and right. Sets frames, and missing: those between the first and last.
expect_segments() { # DIRECTORY VERIFY-ARG...
	local directory=$1 out files
	shift
	mapfile -t files < <(segments "$directory")
	frames=0 missing=0
	expect "sequence numbers that come twice" \
		"$(printf '%s\n' "${files[@]}" | sed 's/.*_//; s/\..*//' | uniq -d)" ""
	[ ${#files[@]} = 0 ] && return
	out=$("$TESTTOOLS/verify" --allow-gaps "$@" "${files[@]}" 2>&1) || faults+=$out$'\n'
	# shellcheck disable=SC2034 # its users are in other files
	read -r frames missing < <(sed -nE 's/^frames ([0-9]+) .* missing ([0-9]+) .*/\1 \2/p' <<<"$out")
	have capinfos && expect "capinfos" "$(capinfos -M -c "${files[@]}" 2>&1 >/dev/null | head -n 3)" ""
}

# Nothing but the list is left beside the segments.
expect_tidy() { # DIRECTORY
	expect "hidden files" "$(cd "$1" && find . -name '.?*' -printf '%f ')" ".wiretape-manifest "
}

# --- other readers ---------------------------------------------------------

have() { command -v "$1" >/dev/null; }

# Each takes a file and prints the packets in it, or what went wrong.
count_tcpdump() {
	local n
	n=$(tcpdump -nr "$1" 2>"$TMP/reader.err" | wc -l) || n="exit status"
	grep -q truncated "$TMP/reader.err" && n="truncated"
	echo "$n"
}

count_tshark() {
	local n
	n=$(tshark -nr "$1" -T fields -e frame.number 2>"$TMP/reader.err" | wc -l) || n="exit status"
	grep -q 'cut short\|appears to be damaged' "$TMP/reader.err" && n=$(cat "$TMP/reader.err")
	echo "$n"
}

count_capinfos() {
	capinfos -M -c "$1" >"$TMP/reader.out" 2>&1 || {
		cat "$TMP/reader.out"
		return
	}
	awk '/^Number of packets/ { print $NF }' "$TMP/reader.out"
}

expect_readers() { # FILE COUNT
	local reader
	for reader in tcpdump tshark capinfos; do
		have "$reader" || continue
		expect "$reader" "$("count_$reader" "$1")" "$2"
	done
}
