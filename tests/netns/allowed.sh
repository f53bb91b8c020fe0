#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# A recorder that may do less than it takes: limits of the process, and files whose owner
# it cannot change. What ends it ends it at the start, says what it was, and leaves
# nothing.
# shellcheck source-path=SCRIPTDIR
export TMPDIR=$PWD
. "$(dirname "$0")/tape_lib.sh"
netns_setup

# The program alone is started by such a command.
started_by() { # COMMAND TEST-COMMAND...
	printf '#!/bin/sh\nexec %s "%s" "$@"\n' "$1" "$WIRETAPE" >"$TMP/limited"
	chmod 755 "$TMP/limited"
	WIRETAPE=$TMP/limited "${@:2}"
}

# What is refused: the status of an error of use, and nothing is made.
expect_refused() { # NAME DIRECTORY TEXT
	expect "exit status" "$status" 2
	expect_text "$TMP/$1.err" "$3"
	expect "left over" "$(ls -d "$2" 2>/dev/null)" ""
}

# --- how large files may get -------------------------------------------------------

small="prlimit --fsize=2097152"
for options in "-b duration:1h" "-b filesize:8M -b budget:40M --io buffered" "--format pcap --no-sync"; do
	new_tape
	# shellcheck disable=SC2086 # words
	started_by "$small" record run -w "$tape/" $options
	send -n 6000 -s 1000 -r 20000
	settle
	finish INT
	expect_text "$TMP/run.err" "no segment may be larger than 2 MiB .ulimit -f"
	expect_tape run 6000 -s 1000
	expect_range "segments" ${#files[@]} 3 6
	result "ulimit -f, $options: segments end before"
done

# It is lowered while the recorder runs: one segment ends in the middle, and the next is
# there at once. Some frames are lost with that, counted, and afterwards none.
new_tape
record run -w "$tape/" -b filesize:8M
send -n 3000 -s 1000 -r 20000
prlimit --pid "$pid" --fsize=2097152
send -n 12000 -s 1000 -r 10000 --start 3000
settle
finish INT
expect "exit status" "$status" 1
expect_text "$TMP/run.err" "File too large"
list_tape
captured=$(count run captured)
expect_range "frames recorded" "$captured" 13000 15000
expect "the others" "$(count run 'lost to a write error')" $((15000 - captured))
expect_ok "$TESTTOOLS/verify" -n "$captured" --allow-gaps -s 1000 "${files[@]}"
expect "last segment's last frame" "$("$TESTTOOLS/verify" --allow-gaps -s 1000 "${files[-1]}" |
	sed -nE 's/.* last ([0-9]+) missing 0 .*/\1/p')" 14999
result "prlimit --fsize beside it: the next segment follows at once"

started_by "prlimit --fsize=2048" record run -w "$TMP/small/"
finish
expect_refused run "$TMP/small" "no file may be larger than 2 KiB .ulimit -f"
result "ulimit -f 2: refused"

started_by "$small" record run -w "$TMP/single.pcapng"
send -n 6000 -s 1000 -r 20000
finish
expect "exit status" "$status" 1
expect_text "$TMP/run.err" "no file may be larger than 2 MiB .ulimit -f.: the recording ends there"
expect_ok "$TESTTOOLS/verify" --allow-gaps -s 1000 "$TMP/single.pcapng"
result "ulimit -f, one file: said at the start"

# --- how many files may be open -------------------------------------------------------

# What starts has enough: the least that it starts with does for many segments.
few=(-b packets:20 -z /bin/true --hook-jobs 1)
for ((limit = 20; limit < 100; limit++)); do
	rm -rf "$TMP/few"
	started_by "prlimit --nofile=$limit:$limit" record run -w "$TMP/few/" "${few[@]}"
	gone || break
	finish
	expect_refused run "$TMP/few" "no more than $limit files may be open .ulimit -n., which is [0-9]* too few"
done
expect_range "the least limit" $limit 31 65
send -n 2000 -s 1000 -r 2000
settle
finish INT
tape=$TMP/few
expect_tape run 2000 -s 1000
expect "said" "$(grep "Too many open files" "$TMP/run.err")" ""
result "ulimit -n: what is too few is refused, and what starts has enough ($limit)"

# As few to begin with, and more where that is allowed.
new_tape
started_by "prlimit --nofile=30:4096" record run -w "$tape/" -b packets:100
send -n 1000 -s 1000
settle
finish INT
expect_tape run 1000 -s 1000
result "ulimit -Sn 30: as many as are allowed"

# --- owners -----------------------------------------------------------------------------

unchanged="setpriv --bounding-set=-chown --inh-caps=-chown"
if $unchanged true 2>/dev/null; then
	started_by "$unchanged" record run -w "$TMP/mine/" -Z nobody
	finish
	expect_refused run "$TMP/mine" "cannot make directory .* for user 'nobody': change its owner: Operation not permitted .-Z root"
	started_by "$unchanged" record run -w "$TMP/mine/" -Z root -c 10
	send -n 10 -s 100
	finish
	expect "exit status" "$status" 0
	result "without CAP_CHOWN: refused, and nothing is left; -Z root records"
else
	skip "without CAP_CHOWN" "setpriv cannot take it away"
fi

finish_tests
