#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Interfaces may be called by any bytes but a few. What they are called does nothing to a
# terminal, wherever it is told, and those that differ go on differing.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"
netns_setup

esc=$'\033' override=$'\342\200\256'
hostile=v${esc}[31m$override
ip -n "$NS_B" link set vb down
ip -n "$NS_B" link set vb name "$hostile" 2>"$TMP/refused" || skip_all "no such name: $(cat "$TMP/refused")"
ip -n "$NS_B" link set "$hostile" alias "x${esc}]0;y"
ip -n "$NS_B" link set "$hostile" up
number=0
for name in $'a\376' $'a\377' 'a?'; do
	number=$((number + 1))
	expect_ok ip -n "$NS_B" link add "$name" type veth peer name "other$number" netns "$NS_A"
	expect_ok ip -n "$NS_B" link set "$name" up
	expect_ok ip -n "$NS_A" link set "other$number" up
done
mkdir -m 777 "$TMP/open"
result "names that are no words"

# No control but tab and newline; nothing that turns what is around it; valid UTF-8.
expect_harmless() { # FILE...
	local file
	for file in "$@"; do
		[ -s "$file" ] || faults+="$file: nothing in it"$'\n'
		LC_ALL=C grep -qaP '[\x00-\x08\x0b-\x1f\x7f]|\xc2[\x80-\x9f]|\xd8\x9c|\xe2\x80[\x8e\x8f\xa8-\xae]|\xe2\x81[\xa6-\xaf]' "$file" &&
			faults+="$file: $(LC_ALL=C sed -n l "$file" | head -n 5)"$'\n'
		iconv -f UTF-8 -t UTF-8 "$file" >/dev/null 2>&1 || faults+="$file: no UTF-8"$'\n'
	done
}

run() { # NAME ARG...: in the second namespace
	local name=$1
	shift
	in_b timeout 20 "$WIRETAPE" "$@" >"$TMP/$name.out" 2>"$TMP/$name.err" </dev/null
	status=$?
}

for format in text json; do
	record_in "$NS_B" "$format" -i "$hostile" -i $'a\377' --log-format $format -v -v --stats 200ms -c 5 \
		--stats-file "$TMP/open/stats" --metrics-file "$TMP/open/metrics" -w "$TMP/$format.pcapng"
	send -n 5 -s 60
	finish
	expect "exit status" "$status" 0
	expect_harmless "$TMP/$format.err" "$TMP/open/stats" "$TMP/open/metrics"
done
record_in "$NS_B" any -i any -c 5
send -n 5 -s 60
finish
expect "lines" "$(wc -l <"$TMP/any.out")" 5
record_in "$NS_B" two -i "$hostile" -i $'a\377' -c 5
send -n 5 -s 60
finish
expect "lines" "$(wc -l <"$TMP/two.out")" 5
expect_harmless "$TMP/any.out" "$TMP/any.err" "$TMP/two.out" "$TMP/two.err"
result "captured: lines, log, statistics"

record_in "$NS_B" sll -i any -c 5 -w "$TMP/any.pcapng"
send -n 5 -s 60
finish
for file in any text; do
	run read -e -r "$TMP/$file.pcapng"
	expect "exit status" "$status" 0
	expect "lines" "$(wc -l <"$TMP/read.out")" 5
	expect_harmless "$TMP/read.out" "$TMP/read.err"
done
result "read again: LINUX_SLL2 and others"

run list -D
expect "exit status" "$status" 0
expect_harmless "$TMP/list.out"
run wrong -i "none${esc}[31m$override" -w "$TMP/f"
expect "exit status" "$status" 2
run missing -r "$TMP/none${esc}[31m$override"
expect "exit status" "$status" 2
run option "--${esc}[31m$override"
expect "exit status" "$status" 2
run filter -i "$hostile" -w "$TMP/f" "host ${esc}[31m$override"
expect "exit status" "$status" 2
expect_harmless "$TMP"/{wrong,missing,option,filter}.err
record_in "$NS_B" gone -i $'a\377' -w "$TMP/f"
ip -n "$NS_B" link set $'a\377' down
wait_for 5 grep -q 'went down' "$TMP/gone.err" || faults+="$(cat "$TMP/gone.err")"$'\n'
ip -n "$NS_B" link set $'a\377' up
finish INT
expect_harmless "$TMP/gone.err"
result "complaints"

record_in "$NS_B" run -i $'a\376' -i $'a\377' -i 'a?' --stats-file "$TMP/open/stats" --metrics-file "$TMP/open/metrics" \
	-w "$TMP/f.pcapng" -a duration:300ms
finish
expect "exit status" "$status" 0
names=$(sed -nE 's/^ +"name": "(.*)",$/\1/p' "$TMP/open/stats" | sort)
expect "in JSON" "$names" "$(printf '%s\n' 'a?' $'a\357\277\275FE' $'a\357\277\275FF' | sort)"
expect "in metrics" "$(sed -nE 's/^wiretape_interface_up\{instance="[^"]*",interface="(.*)"\} .*/\1/p' "$TMP/open/metrics" | sort)" "$names"
if have jq; then
	expect "for jq" "$(jq '[.interfaces[].name] | unique | length' "$TMP/open/stats")" 3
fi
run again -r "$TMP/f.pcapng" -w "$TMP/g.pcapng"
for file in f g; do
	for name in $'a\357\277\275FE' $'a\357\277\275FF' 'a?'; do
		expect "'$name' in the file $file" "$(LC_ALL=C grep -acF "$name" "$TMP/$file.pcapng")" 1
	done
done
result "names that differ in a byte, told apart"

finish_tests
