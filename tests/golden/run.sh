#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Runs the cases of badinput*.list and dump.list, and prints TAP. Needs no
# privileges and no network: as root, it gives up what lets root write anywhere
# and capture.
#
# Environment: WIRETAPE, the program (./wiretape); srcdir, the top of the sources.

set -u
export LC_ALL=C
golden=$(dirname "$0")
[ -d "${srcdir:-}/tests/golden" ] && golden=$srcdir/tests/golden
golden=$(cd "$golden" && pwd) || exit 1
# shellcheck disable=SC2034 # arguments in the lists name it
captures=$(cd "$golden/../../captures" && pwd) || exit 1
program=${WIRETAPE:-./wiretape}
case $program in
/*) ;;
*) program=$PWD/$program ;;
esac

if [ "$(id -u)" = 0 ] && [ -z "${GOLDEN_DROPPED:-}" ]; then
	drop='setpriv --bounding-set=-all,+dac_read_search --inh-caps=-all'
	$drop true || { echo "1..0 # SKIP as root this needs setpriv"; exit 0; }
	GOLDEN_DROPPED=1 exec $drop "$0" "$@"
fi

scratch=$(mktemp -d) || exit 1
trap 'exec 9<&-; chmod -R u+w "$scratch"; rm -rf "$scratch"' EXIT
trap 'exit 1' HUP INT TERM
T=$scratch/t
out=$scratch/out
err=$scratch/err
number=0
failed=0

# Runs the program in @T@ with its output in files; wrong input that is taken
# for right must not capture for ever.
run() {
	(cd "$T" && exec timeout 10 "$program" "$@") >"$out" 2>"$err" </dev/null 9<&-
}

make_files() {
	mkdir "$T" "$T/dir" "$T/readonly" &&
		echo old >"$T/file" && echo old >"$T/protected" &&
		echo 'udp prot' >"$T/bad.filter" &&
		cp "$golden/../../captures/print/tcp.pcap" "$T/capture" &&
		cp "$golden/../../captures/print/raw.pcap" "$T/raw" &&
		ln -s file "$T/link" && ln -s nothing "$T/dangling" &&
		mkdir "$T/open" "$T/locked" && mkfifo "$T/fifo" &&
		echo short >"$T/secret" && chmod 600 "$T/secret" &&
		chmod 777 "$T/open" && exec 9<"$T/locked" && flock -n 9 &&
		chmod 555 "$T/readonly" && chmod 444 "$T/protected"
}

list_files() {
	(cd "$T" && find . -exec ls -lid {} + && cat file protected bad.filter)
}

# result NAME FAULTS: a line of TAP, the faults and what was printed behind it.
result() {
	number=$((number + 1))
	if [ -z "$2" ]; then
		echo "ok $number - $1"
	else
		failed=$((failed + 1))
		echo "not ok $number - $1"
		printf '%s' "$2" | sed 's/^/# /'
		sed 's/^/# stderr: /' "$err"
	fi
}

# read_list FILE: its cases, without comments, empty lines and the spaces
# around the bars.
read_list() {
	sed -e '/^#/d' -e '/^[[:space:]]*$/d' -e 's/ *| */|/g' -e "s|@T@|$T|g" "$golden/$1"
}

bad_input() {
	name=$1 expected=$2 pattern=$3
	eval "set -- $4"
	run "$@"
	status=$?
	faults=
	[ "$status" = "$expected" ] || faults="exit status $status, not $expected
"
	[ "$(wc -l <"$err")" = 1 ] || faults="${faults}not exactly one line on stderr
"
	[ -s "$out" ] && faults="${faults}something on stdout
"
	grep -qE -- "^wiretape: .*$pattern" "$err" || faults="${faults}no '$pattern' on stderr
"
	[ "$(list_files)" = "$files" ] || faults="${faults}files were made or changed
"
	result "$name" "$faults"
}

filter_dump() {
	name=$1
	eval "set -- $2"
	: >"$scratch/dump"
	faults=
	for style in -d -dd -ddd; do
		run "$style" "$@" || faults="${faults}$style: exit status $?
"
		[ -s "$err" ] && faults="${faults}$style: something on stderr
"
		cat "$out" >>"$scratch/dump"
	done
	faults=$faults$(diff "$golden/dump/$name" "$scratch/dump" 2>&1)
	result "dump: $name" "$faults"
}

make_files || exit 1
files=$(list_files)
{ read_list badinput.list && read_list badinput-segments.list; } >"$scratch/badinput"
read_list dump.list >"$scratch/dumps"
echo "1..$(cat "$scratch/badinput" "$scratch/dumps" | wc -l)"
while IFS='|' read -r name expected pattern arguments; do
	bad_input "$name" "$expected" "$pattern" "$arguments"
done <"$scratch/badinput"
while IFS='|' read -r name expression; do
	filter_dump "$name" "$expression"
done <"$scratch/dumps"
[ "$failed" = 0 ]
