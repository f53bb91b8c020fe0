# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# What the tests over network namespaces share; each script sources it. Two
# namespaces are joined by a veth pair: generate sends out of va in the first,
# wiretape listens on vb in the second; a third can be joined to that by one
# more pair, wb and wc. Nothing but the test's own traffic is there, so counts
# can be exact. All of it goes away with the script.
# shellcheck source-path=SCRIPTDIR

# Once, if further files with such means source it, too.
[ -z "${NS_A:-}" ] || return 0

set -u -o pipefail
export LC_ALL=C
. "$(dirname "$0")/../tap_lib.sh"
: "${WIRETAPE:?path of the program}" "${TESTTOOLS:?directory of generate and verify}"

NS_A=wt$$a NS_B=wt$$b NS_C=wt$$c
TMP=$(mktemp -d) && chmod 711 "$TMP"
pid="" status=""
started=() floods=()

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

# Its packet sockets take frames of that interface: it was made anew, or has come up.
is_bound() { # INTERFACE
	local number
	number=$(in_b cat "/sys/class/net/$1/ifindex" 2>/dev/null)
	in_b cat /proc/net/packet | awk -v number="$number" '$5 == number && $6 == 1 { n++ } END { exit !n }'
}

is_promiscuous() { ip -n "$NS_B" -d link show "$1" | grep -q 'promiscuity [1-9]'; } # INTERFACE

# What the kernel counts of an interface: rx_packets, tx_dropped ...
counter() { # NAMESPACE INTERFACE NAME
	ip netns exec "$1" cat "/sys/class/net/$2/statistics/$3"
}

# So many frames have come, in all.
has_received() { (($(counter "$1" "$2" rx_packets) >= $3)); } # NAMESPACE INTERFACE COUNT
has_come() { has_received "$NS_B" "$@"; }                     # INTERFACE COUNT

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

now_ms() { date +%s%3N; }

# Hundredths of a second of a processor that a process has used.
ticks() { awk '{ print $14 + $15 }' "/proc/$1/stat"; } # PID

running() { kill -0 "$pid" 2>/dev/null; }
gone() { ! running; }
ready() { grep -qsE '^wiretape: (listening on|forwarding|sending) ' "$TMP/$1.err" || gone; }

# Starts the program in a namespace and waits until it listens. Its standard
# error is $TMP/NAME.err, its standard output $TMP/NAME.out.
record_in() { # NAMESPACE NAME ARG...
	local ns=$1 name=$2
	shift 2
	# The default follows the machine's memory; tests count on a size.
	case " $* " in
	*" --ring-size "* | *" -B "* | *" -r "*) ;;
	*" -w "*) set -- --ring-size 64M "$@" ;;
	esac
	# Tests look for lines by how they begin.
	case " $* " in
	*" --log-format"* | *" -r "*) ;;
	*) set -- --log-format text "$@" ;;
	esac
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

# Each CPU has no frame waiting in the queue between interfaces, the 12th of its numbers
# (net/core/net-procfs.c), or has handled so many that it can be none of ours: other
# tests may keep it full. The first number is of those handled; a tag taken off counts
# as one more.
backlog_passed() {
	local column cpu=0 handled waiting
	while read -r -a column; do
		handled=$((16#${column[0]})) waiting=$((16#${column[11]:-0}))
		: "${backlog_goals[cpu]:=$((handled + 3 * waiting))}"
		((waiting == 0 || (handled - backlog_goals[cpu] & 0xffffffff) < 0x80000000)) || return 1
		cpu=$((cpu + 1))
	done </proc/net/softnet_stat
}

# What was sent is through the peer's backlog queue and in the ring.
settle() {
	backlog_goals=()
	wait_for 5 backlog_passed
	sleep 0.02 # the one that was taken out last
}

# What reports call packets that were taken from the ring, or the kernel, and not captured.
losses=('dropped by kernel' 'dropped for want of disk space' 'lost to a write error')

has_handled() { # NAME COUNT
	local words n sum
	kill -USR1 "$pid"
	sum=$(count "$1" captured)
	for words in "${losses[@]}"; do
		n=$(count "$1" "$words")
		sum=$((sum + n))
	done
	((sum == $2))
}

# The program has taken that many packets, all that were sent, out of its ring: it is
# asked for its report until it says so.
expect_handled() { # NAME COUNT
	wait_for 10 has_handled "$@" || faults+="$2 packets are not handled in time"$'\n'
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

# A file that is being written has so many frames by now.
holds() { "$TESTTOOLS/verify" --torn --allow-gaps -n "$2" "${@:3}" "$1" >/dev/null 2>&1; } # FILE COUNT FRAME-ARG...

count() { # NAME WORDS: the number in front of them in the closing report
	sed -nE "s/^([0-9]+) packets? $2\$/\1/p" "$TMP/$1.err" | tail -n 1
}

# The three lines of the closing report.
expect_report() { # NAME CAPTURED RECEIVED DROPPED
	expect "$1 captured" "$(count "$1" captured)" "$2"
	expect "$1 received" "$(count "$1" 'received by filter')" "$3"
	expect "$1 dropped" "$(count "$1" 'dropped by kernel')" "$4"
}

# A pipe, and a reader that puts what comes out of it into a file; reader is its process.
read_pipe() { # PIPE FILE [COMMAND]: which takes the pipe's path; cat, if none is named
	rm -f "$1"
	mkfifo "$1"
	"${3:-cat}" "$1" >"$2" &
	reader=$!
	started+=("$reader")
}

# What was sent is in the files, once and in order, or told as lost: in the report, and
# where the format has a place for it in the files together. Sets captured and dropped.
expect_recorded() { # NAME SENT VERIFY-ARG... FILE...
	local name=$1 sent=$2 told=()
	shift 2
	captured=$(count "$name" captured) dropped=$(count "$name" 'dropped by kernel')
	expect "exit status" "$status" 0
	[ "$status" = 0 ] || faults+=$(cat "$TMP/$name.err")$'\n'
	expect_report "$name" $((sent - dropped)) "$sent" "$dropped"
	[[ ${!#} != *.pcapng ]] || told=(--drops "$dropped" --isb "$sent,$dropped,$captured")
	expect_ok "$TESTTOOLS/verify" -n "$captured" --allow-gaps "${told[@]}" "$@"
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

# --- other readers ---------------------------------------------------------

have() { command -v "$1" >/dev/null; }

# Each takes a file and prints the packets in it, or what went wrong.
count_tcpdump() {
	local n
	n=$(tcpdump -nr "$1" 2>"$TMP/reader.err" | wc -l) || n="exit status"
	grep -q truncated "$TMP/reader.err" && n="truncated"
	echo "$n"
}

# Files are looked at, not what is in the frames, which takes most of the time.
tshark_numbers() { tshark -nr "$1" --disable-protocol eth -T fields -e frame.number; }

count_tshark() {
	local n
	n=$(tshark_numbers "$1" 2>"$TMP/reader.err" | wc -l) || n="exit status"
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
