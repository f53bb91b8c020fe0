#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Pins of a recorder that runs, that was killed, and that does not run: what is pinned stays
# while all around it goes.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/tape_lib.sh"
netns_setup

limits=(-b filesize:256K -b budget:16M -b keep:4M --ring-size 64M --block-size 64K)
pin() { "$WIRETAPE" "$@" >"$TMP/answer" 2>"$TMP/refusal"; }

# All of the first frames are in the segments that are there.
expect_pinned() { # COUNT
	local kept
	mapfile -t kept < <(segments "$tape" | head -n "$first_count")
	expect "first segments" "$(printf '%s\n' "${kept[@]}" | sha256sum)" "$first"
	expect_ok "$TESTTOOLS/verify" -n "$1" -s 1000 --allow-gaps "${kept[@]}"
}

new_tape
chown nobody "$tape"
record run -w "$tape/" "${limits[@]}"
send -n 1000 -s 1000
expect_handled run 1000
expect_ok "$WIRETAPE" --ask "$tape" rotate
wait_for 5 has_segments 5
expect_ok pin --pin "$tape" --last 10m --as first
expect "answer" "$(cat "$TMP/answer")" "first is pinned"
first_count=$(segments "$tape" | grep -c .)
first=$(segments "$tape" | sha256sum)
send -n 40000 -s 1000
expect_handled run 41000
expect_pinned 1000
pin --pin "$tape" --last 10m --as more && faults+="more is pinned than there is room for"$'\n'
expect_text "$TMP/refusal" '^wiretape: --pin: 4 MiB for pins are not enough: let another go, or pin less$'
result "a recorder that runs keeps what is pinned, within its share"

kill -KILL "$pid"
wait "$pid" 2>/dev/null
expect_ok pin --pins "$tape"
expect_text "$TMP/answer" '^first: from 20.* to 20.*Z$'
expect "lines" "$(grep -c . "$TMP/answer")" 1
pin --pin "$tape" --last 10m --as more && faults+="more is pinned than there is room for"$'\n'
expect_text "$TMP/refusal" '/tape: 4 MiB for pins are not enough for .*: let another go, or pin less$'
expect_ok pin --pin "$tape" --from @1000 --to @2000
expect "answer" "$(cat "$TMP/answer")" "19700101T001640Z is pinned"
expect_ok pin --unpin "$tape" 19700101T001640Z
expect "owner" "$(stat -c %U "$tape/.wiretape-pins")" nobody
record again -w "$tape/" "${limits[@]}"
grep -q hidden "$TMP/again.err" && faults+="the list of pins is taken for a segment"$'\n'
send -n 20000 -s 1000
expect_handled again 20000
expect_pinned 1000
expect_range "bytes in the directory" "$(du -sB1 "$tape" | cut -f1)" 0 $((16 * 1024 * 1024 + 8192))
result "so does the next one after it was killed, and pins are made without one"

if have jq; then
	expect_ok pin --pins "$tape" --json
	expect_ok jq -e '.keep_bytes == 4194304 and [.pins[].name] == ["first"]' "$TMP/answer"
fi
expect_ok pin --unpin "$tape" first
expect "answer" "$(cat "$TMP/answer")" "first is let go"
send -n 10000 -s 1000
expect_handled again 30000
finish INT
expect "exit status" "$status" 0
expect "what was pinned" "$(segments "$tape" | head -n "$first_count" | sha256sum | grep -c "$first")" 0
expect_ok pin --pins "$tape"
expect "no pins" "$(cat "$TMP/answer")" "no pins"
result "what is let go is deleted in its turn"

finish_tests
