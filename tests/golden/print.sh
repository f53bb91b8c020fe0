#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Prints the captures of captures/print as print.list has it, once with tcpdump
# and once with our own printer, and compares them line by line; prints TAP.
# Needs no privileges.
#
# Environment: TESTTOOLS, the directory of the test tool print (tests/tools);
# srcdir, the top of the sources.
set -uo pipefail
export LC_ALL=C TZ=Europe/Berlin
golden=$(dirname "$0")
[ -d "${srcdir:-}/tests/golden" ] && golden=$srcdir/tests/golden
golden=$(cd "$golden" && pwd) || exit 1
captures=$(cd "$golden/../../captures/print" && pwd) || exit 1
print=${TESTTOOLS:-tests/tools}/print
readonly tested=4.99.3

if ! command -v tcpdump >/dev/null; then
	echo '1..0 # SKIP tcpdump, which this compares with, is missing: apt-get install tcpdump'
	exit 0
fi
version=$(tcpdump --version 2>&1 | sed -n 's/^tcpdump version \([^ ]*\).*/\1/p')
if [ "$version" != "$tested" ]; then
	echo "1..0 # SKIP tcpdump is $version; the format followed is that of $tested"
	exit 0
fi

scratch=$(mktemp -d) || exit 1
trap 'rm -rf "$scratch"' EXIT
trap 'exit 1' HUP INT TERM

# read_list FILE: its lines, without comments, empty lines and the spaces
# around the bars.
read_list() {
	sed -e '/^#/d' -e '/^[[:space:]]*$/d' -e 's/ *| */|/g' "$golden/$1"
}

# The cases, a line each: capture, bar, options.
read_list print.list | while IFS='|' read -r name options; do
	IFS=, read -ra each <<<"$options,"
	for one in "${each[@]}"; do
		echo "$name|${one# }"
	done
done >"$scratch/cases"
read_list print.differences >"$scratch/differences"
: >"$scratch/used"

# explained THEIRS OURS: whether a pair of lines may differ. Keeps what explains it.
explained() {
	local theirs ours why
	while IFS='|' read -r theirs ours why; do
		[[ $1 =~ $theirs && $2 =~ $ours ]] || continue
		echo "$theirs|$ours|$why" >>"$scratch/used"
		return
	done <"$scratch/differences"
	return 1
}

# Reads both outputs, and prints the pairs of lines nothing explains.
unexplained() {
	local theirs ours more=1
	while [ "$more" ]; do
		more=
		theirs='(no line)' ours='(no line)'
		IFS= read -r theirs <&3 && more=1
		IFS= read -r ours <&4 && more=1
		[ "$theirs" = "$ours" ] || explained "$theirs" "$ours" ||
			printf '# tcpdump: %s\n# printed: %s\n' "$theirs" "$ours"
	done 3<"$scratch/theirs" 4<"$scratch/ours"
}

echo "1..$(($(wc -l <"$scratch/cases") + 1))"
number=0
failed=0
while IFS='|' read -r name options; do
	number=$((number + 1))
	faults=
	read -ra words <<<"$options"
	tcpdump -n "${words[@]}" -r "$captures/$name.pcap" >"$scratch/theirs" 2>/dev/null ||
		faults='# tcpdump failed'
	"$print" -n "${words[@]}" "$captures/$name.pcap" >"$scratch/ours" 2>"$scratch/err" ||
		faults="# print: $(cat "$scratch/err")"
	[ -s "$scratch/ours" ] || faults='# nothing was printed'
	cmp -s "$scratch/theirs" "$scratch/ours" || faults+=$(unexplained)
	if [ -z "$faults" ]; then
		echo "ok $number - $name $options"
	else
		failed=$((failed + 1))
		echo "not ok $number - $name $options"
		head -n 20 <<<"$faults"
	fi
done <"$scratch/cases"
# One that nothing shows any more would hide the fault it once was.
unused=$(grep -vxF -f "$scratch/used" "$scratch/differences")
if [ -z "$unused" ]; then
	echo "ok $((number + 1)) - each difference is met"
else
	failed=$((failed + 1))
	echo "not ok $((number + 1)) - each difference is met"
	echo "# not met: ${unused//$'\n'/$'\n# not met: '}"
fi
[ "$failed" -eq 0 ]
