#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Writes captures anew, of other programs and other machines, and compares what tshark and
# tcpdump make of the copy with what they make of the original; prints TAP. Needs no
# privileges.
#
# Environment: WIRETAPE, the program (./wiretape); srcdir, the top of the sources.
set -uo pipefail
export LC_ALL=C TZ=UTC
golden=$(dirname "$0")
[ -d "${srcdir:-}/tests/golden" ] && golden=$srcdir/tests/golden
inputs=$(cd "$golden/../../captures/copy" && pwd) || exit 1
# shellcheck source-path=SCRIPTDIR source=../tap_lib.sh
. "$golden/../tap_lib.sh"
program=$(realpath "${WIRETAPE:-./wiretape}") || exit 1

for tool in tcpdump tshark capinfos; do
	if ! command -v $tool >/dev/null; then
		skip_all "$tool, which this compares with, is missing"
	fi
done

scratch=$(mktemp -d) || exit 1
trap 'rm -rf "$scratch"' EXIT
trap 'exit 1' HUP INT TERM
# Where it is root's, who is become has to get there.
chmod 711 "$scratch" && cd "$scratch" || exit 1

run() { # ARG...: with its output in out and err, and its status
	timeout 20 "$program" "$@" >out 2>err
	status=$?
}

expect_status() { # STATUS
	expect "exit status" "$status" "$1"
	[ "$status" = "$1" ] || faults+="$(cat err)"$'\n'
}

fields() { # FILE FIELD...
	local file=$1 list=()
	shift
	for field; do
		list+=(-e "$field")
	done
	tshark -nr "$file" -T fields "${list[@]}" 2>/dev/null
}

# --- times ------------------------------------------------------------------------

run -tttt -r "$inputs/before-1970.pcapng"
expect_status 0
expect "printed" "$(cut -c 1-26 out | tr '\n' ,)" \
	"1969-12-31 23:59:59.000000,1969-12-31 23:59:59.999999,1970-01-01 00:00:00.000000,"
run -tt -r "$inputs/before-1970.pcapng"
expect "in seconds" "$(cut -d ' ' -f 1 out | tr '\n' ,)" "-1.000000,-0.000001,0.000000,"
for range in '--to=@0 2' '--from=@0 1' '--from=@1 0'; do
	run --count -r "$inputs/before-1970.pcapng" "${range% *}"
	expect "${range% *}" "$(cut -d ' ' -f 1 out)" "${range#* }"
done
result "before 1970"

run -r "$inputs/after-2106.pcapng" -w late.pcap
expect_status 1
expect_text err '^wiretape: -w: a packet from after 2106: pcap has times from 1970 to 2106 only'
expect "of 2106" "$(fields late.pcap frame.time_epoch | tr '\n' ,)" "1700000000.000000000,4294967295.000000000,"
run -r "$inputs/after-2106.pcapng" -w early.pcap src port 1000
expect_status 0
run -r "$inputs/after-2106.pcapng" -w none.pcap src port 1002
expect_status 2
expect "no file" "$(ls none.pcap 2>/dev/null)" ""
run -r "$inputs/before-1970.pcapng" -w first.pcap
expect_status 2
expect_text err '^wiretape: -w: a packet from before 1970: '
result "times that pcap has not"

run -tttt -r "$inputs/after-2262.pcapng"
expect_status 0
expect_text err '^wiretape: times before 1677 or after 2262 are taken for the first or last of those'
expect "printed" "$(tail -n 1 out | cut -c 1-10)" 2262-04-11
run -r "$inputs/after-2106.pcapng"
expect "nothing said" "$(grep -c 2262 err)" 0
result "times beyond what fits"

finish_tests
