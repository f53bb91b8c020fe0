# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# What the benchmarks between namespaces share: the generator sends out of va in the
# first, from one CPU; what is measured listens on vb in the second, from another. A
# script's own clean_up removes its files, and ends with remove_namespaces.

set -u -o pipefail
export LC_ALL=C
: "${WIRETAPE:?path of the program}"
: "${TESTTOOLS:?directory of generate}" "${BENCHTOOLS:?directory of the programs that measure}"
: "${BENCH_OUT:=$PWD/bench}" "${ROUNDS:=5}"

# shellcheck disable=SC2034 # its users are in other files
SELF=$(dirname "$0")
SEND_CPU=0 MEASURED_CPU=1
NS_A=wtb$$a NS_B=wtb$$b NS_C=wtb$$c
# What is measured, as a command and as a process, what went wrong with it, and who is left out by now.
command=() job='' problem=''
declare -A gone=()

say() { echo "bench: $*" >&2; }

die() {
	say "$*"
	exit 1
}

remove_namespaces() {
	local ns
	[ -z "$job" ] || kill -TERM "$job" 2>/dev/null
	wait
	for ns in "$NS_A" "$NS_B" "$NS_C"; do
		ip netns del "$ns" 2>/dev/null
	done
}

# Two namespaces joined by a pair of interfaces.
make_namespaces() { # MTU
	local ns
	[ "$(id -u)" = 0 ] || die "needs root"
	(($(nproc --all) > MEASURED_CPU)) || die "needs two CPUs"
	mkdir -p "$BENCH_OUT" || exit 1
	trap clean_up EXIT
	trap 'exit 1' INT TERM HUP
	for ns in "$NS_A" "$NS_B" "$NS_C"; do
		ip netns add "$ns" || exit 1
		ip netns exec "$ns" sysctl -qw net.ipv6.conf.all.disable_ipv6=1 \
			net.ipv6.conf.default.disable_ipv6=1 2>/dev/null
	done
	ip -n "$NS_A" link add va mtu "$1" type veth peer name vb mtu "$1" netns "$NS_B" &&
		ip -n "$NS_A" link set va up && ip -n "$NS_B" link set vb up || exit 1
	link=$(ip -n "$NS_B" -o link show vb | cut -d: -f1)
}

# Sets found to those that are there. The function sets command for a name, to nothing
# where the kernel does it.
find_all() { # FUNCTION NAME...
	local function=$1 name
	shift
	found=()
	for name; do
		$function "$name"
		if [ ${#command[@]} = 0 ] || command -v "${command[0]}" >/dev/null; then
			found+=("$name")
		else
			say "$name left out: there is no ${command[0]}"
		fi
	done
}

# Calls a function for each that was found and is not left out, each round beginning with
# another one.
in_turn() { # ROUND FUNCTION ARG...: and the name behind them
	local round=$1 i name
	shift
	for ((i = 0; i < ${#found[@]}; i++)); do
		name=${found[(i + round - 1) % ${#found[@]}]}
		[ -n "${gone[$name]-}" ] || "$@" "$name"
	done
}

# Starts command in the second namespace, to be measured, as job: once it is let go with
# SIGUSR1, for the time that it is busy.
start_measured() { # QUIET-MS: how long it can have frames without a look at them
	ip netns exec "$NS_B" "$BENCHTOOLS/measure" -c $MEASURED_CPU -q "$1" -o "$BENCH_OUT/measured" \
		"${command[@]}" >"$BENCH_OUT/run.out" 2>"$BENCH_OUT/run.err" </dev/null &
	job=$!
}

# Whether a packet socket is bound to vb and takes frames.
listening() { # PID
	awk -v link="$link" '$5 == link && $6 == 1 { found = 1 } END { exit !found }' \
		"/proc/$1/net/packet" 2>/dev/null
}

await_listening() { # PID
	local end=$((SECONDS + 10))
	until listening "$1"; do
		kill -0 "$1" 2>/dev/null && ((SECONDS < end)) || return 1
		sleep 0.02
	done
	sleep 0.3 # for what it does before its first look at the ring
}

# Sends COUNT frames and sets sent and pps.
generate() { # SIZE COUNT [ARG...]
	local line
	line=$(ip netns exec "$NS_A" taskset -c $SEND_CPU \
		"$TESTTOOLS/generate" -i va -s "$1" -n "$2" "${@:3}") || problem="generator: $line"
	# shellcheck disable=SC2034 # its users are in other files
	read -r sent pps < <(awk '$1 == "sent" { printf "%d %.0f\n", $2, $2 / $(NF - 1) }' <<<"$line")
}

give_up() { # NAME
	say "$1: $problem; left out from here on"
	sed 's/^/    /' "$BENCH_OUT/run.err" >&2
	gone[$1]=1
}
