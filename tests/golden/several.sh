#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Files of several interfaces: their packets in the order of time, and filters that are
# about interfaces. What comes out is held against what went in; prints TAP.
#
# Environment: WIRETAPE, the program (./wiretape); srcdir, the top of the sources.
set -uo pipefail
export LC_ALL=C TZ=UTC
golden=$(dirname "$0")
[ -d "${srcdir:-}/tests/golden" ] && golden=$srcdir/tests/golden
golden=$(cd "$golden" && pwd) || exit 1
# shellcheck source-path=SCRIPTDIR source=../tap_lib.sh
. "$golden/../tap_lib.sh"
program=$(realpath "${WIRETAPE:-./wiretape}") || exit 1

for tool in python3 tshark; do
	command -v $tool >/dev/null || skip_all "needs $tool"
done
scratch=$(mktemp -d) || exit 1
trap 'rm -rf "$scratch"' EXIT
trap 'exit 1' HUP INT TERM
chmod 711 "$scratch" && cd "$scratch" || exit 1

make_file() { # BLOCK...
	python3 "$golden/make_several.py" "$@"
}
run() { # ARG...: with its output in out and err, and its status
	timeout 20 "$program" "$@" >out 2>err
	status=$?
}
# The seconds of the packets that were printed.
expect_seconds() { # WANTED...
	expect "status" "$status" 0
	expect "seconds" "$(sed -E 's/^17000000([0-9]+)\..*/\1/' out | xargs)" "$*"
}

# --- the order of time ---------------------------------------------------------------

make_file if:a:1 if:b:1 0:05:1:udp 0:07:1:udp 0:07:1:arp 1:03:1:udp 1:05:1:arp 1:06:1:arp 1:09:1:udp \
	0:08:1:arp >two.pcapng
run -q -tt -r two.pcapng
expect_seconds 03 05 05 06 07 07 08 09
expect "the first one lies first" "$(sed -n '2s/.*17000000.*: //p;3s/ARP.*/ARP/p' out | xargs)" \
	"UDP, length 0 1700000005.000000 ARP"
run -q -tt -r two.pcapng --no-sort
expect_seconds 05 07 07 03 05 06 09 08
timeout 20 "$program" -q -tt -r - <two.pcapng >out 2>err
status=$?
expect_seconds 03 05 05 06 07 07 08 09
result "printed in the order of time"

run -q -r two.pcapng -w out.pcapng
expect "status" "$status" 0
expect "seconds" "$(tshark -nr out.pcapng -T fields -e frame.time_epoch | sed -E 's/17000000(..).*/\1/' | xargs)" \
	"03 05 05 06 07 07 08 09"
result "written in the order of time"

make_file if:c:1 0:04:1:udp 0:06:1:udp >one.pcapng
run -q -tt -r one.pcapng -r two.pcapng
expect_seconds 03 04 05 05 06 06 07 07 08 09
result "beside another file"

finish_tests
