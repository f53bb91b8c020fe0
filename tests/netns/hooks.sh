#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Hooks: one run for each segment, knowing what it is to know and able to do no
# harm; and nothing one does, or does not do, holds up the recording.
# shellcheck disable=SC2086 # words are meant to be split
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/tape_lib.sh"
netns_setup

# Others than root come here, too.
logs=$TMP/logs
hook() { # NAME: makes it of standard input; it writes into $logs
	{
		printf '#!/bin/bash\nlogs=%s\n' "$logs"
		cat
	} >"$TMP/$1"
	chmod 755 "$TMP/$1"
}
fresh() {
	new_tape
	chown nobody "$tape"
	rm -rf "$logs"
	mkdir -m 1777 "$logs"
}
number_of() { find "$logs" -name "$1" | wc -l; }
# shellcheck disable=SC2317 # wait_for calls it
has_logs() { (($(number_of "$1") >= $2)); } # NAME COUNT
# shellcheck disable=SC2317 # wait_for calls it
is_gone() { ! kill -0 "$1" 2>/dev/null; }

# One that writes down all it sees. What it runs has its descriptors, signals
# and environment, but for where it writes.
hook see <<'END'
log=$logs/${WIRETAPE_FILE##*/}
umask >"$log.umask"
umask 0
ls -l /proc/$$/fd | sed -n 's/^l.* \([0-9]*\) -> /\1 /p' | grep -v " $0$" >"$log.fds"
{
	printf 'arg %s\n' "$@"
	sed -n 's/^\(Cap...\|NoNewPrivs\|SigBlk\|SigIgn\):[[:space:]]*0*/\1=/p' /proc/self/status | tr '\n' ' '
	echo "id $(id -u) $(id -g) $(id -G), cwd $(pwd), core $(ulimit -c)"
	tr '\0' '\n' </proc/$$/environ | sed 's/^/env /'
	cat "$WIRETAPE_FILE" | wc -c | sed 's/^/read /'
} >"$log.part" 2>&1
mv "$log.part" "$log"
END
# One that does not end before it may; what it has started neither.
hook wait <<'END'
touch "$logs/begun-${WIRETAPE_FILE##*/}"
sleep 300 &
echo $! >"$logs/child-${WIRETAPE_FILE##*/}"
until [ -e "$logs/go" ]; do sleep 0.05; done
kill $!
touch "$logs/ended-${WIRETAPE_FILE##*/}"
END
hook fail <<'END'
exit 3
END
hook crowd <<'END'
mkdir "$logs/in-$$"
ls -d "$logs"/in-* | wc -l >"$logs/crowd-$$"
sleep 0.1
rmdir "$logs/in-$$"
END

value_of() { sed -n "s/^env $2=//p" "$logs/${1##*/}"; } # FILE VARIABLE

# --- what a hook gets ---------------------------------------------------------------

# Whose it is, and that it can do nothing else.
expect_harmless() { # FILE
	local log=$logs/${1##*/}
	expect "arguments" "$(sed -n 's/^arg //p' "$log" | tr '\n' ' ')" "one two $1 "
	expect "variables" "$(sed -n 's/^env \([^=]*\)=.*/\1/p' "$log" | sort | tr '\n' ' ')" \
		"PATH WIRETAPE_BYTES WIRETAPE_DROPS WIRETAPE_FILE WIRETAPE_FIRST WIRETAPE_LAST WIRETAPE_PACKETS "
	expect PATH "$(value_of "$1" PATH)" "/usr/local/bin:/usr/bin:/bin"
	expect "descriptors" "$(grep -v ' pipe:\| /proc/' "$log.fds" | tr '\n' ' ')" \
		"0 /dev/null 1 $TMP/run.err 2 $TMP/run.err "
	expect_text "$log" "^SigBlk= SigIgn=(80000000)? CapInh= CapPrm= CapEff= CapBnd= CapAmb= NoNewPrivs=1 "
	expect_text "$log" "id $(stat -c '%u %g %g' "$tape"), cwd /, core 0$"
	expect "umask" "$(cat "$log.umask")" 0077
}

# Without -Z root as user 0 nowhere.
fresh
chown root:root "$tape"
in_b "$WIRETAPE" -i vb -w "$tape/" -z "$TMP/see" >"$TMP/refused" 2>&1
expect "exit status" $? 2
expect_text "$TMP/refused" "^wiretape: -z: $tape/ belongs to root, and so would the hook run: give it to another user [(]chown nobody $tape/[)], or ask for that with -Z root$"
expect "left behind" "$(ls -A "$tape")" ""
result "no hook in a directory of root's"

for owner in 4321:4321 65534:65534; do
	fresh
	chown "$owner" "$tape"
	record run --mode 0644 -w "$tape/" -b packets:100 -z "$TMP/see one  two "
	send -n 450
	settle
	finish INT
	expect_tape run 450 -s 64
	expect "segments" ${#files[@]} 5
	expect "hooks run" "$(number_of '*.pcapng')" 5
	expect_harmless "${files[0]}"
	packets=0 before=0
	for file in "${files[@]}"; do
		[ -e "$logs/${file##*/}" ] || continue
		number=$(value_of "$file" WIRETAPE_PACKETS)
		first=$(value_of "$file" WIRETAPE_FIRST) last=$(value_of "$file" WIRETAPE_LAST)
		expect WIRETAPE_FILE "$(value_of "$file" WIRETAPE_FILE)" "$file"
		expect WIRETAPE_BYTES "$(value_of "$file" WIRETAPE_BYTES)" "$(stat -c %s "$file")"
		expect WIRETAPE_DROPS "$(value_of "$file" WIRETAPE_DROPS)" 0
		expect_ok "$TESTTOOLS/verify" -n "$number" --start $packets -s 64 "$file"
		expect_text "$logs/${file##*/}" "^read $(stat -c %s "$file")$"
		# Ten digits, a point and nine digits: in order as numbers, too.
		[[ "$first $last" =~ ^[0-9]{10}\.[0-9]{9}\ [0-9]{10}\.[0-9]{9}$ ]] ||
			faults+="times '$first' and '$last'"$'\n'
		expect_range WIRETAPE_FIRST "${first/./}" $before "${last/./}"
		before=${last/./} packets=$((packets + number))
	done
	expect "packets told" "$packets" 450
	have tcpdump && expect "first" "$(value_of "${files[0]}" WIRETAPE_FIRST)" \
		"$(tcpdump -tt --nano -c 1 -nr "${files[0]}" 2>/dev/null | cut -d ' ' -f 1)"
	result "-z: once for each segment, as $owner, without a privilege"
done

fresh
record run -w "$tape/" -b duration:200ms -z "$TMP/see"
wait_for 5 has_logs '*.pcapng' 2
finish INT
list_tape
expect "exit status" "$status" 0
expect "hooks run" "$(number_of '*.pcapng')" ${#files[@]}
expect "of an empty one" "$(grep -E '^env WIRETAPE_(FIRST|LAST|PACKETS)=' "$logs/${files[0]##*/}" | sort | tr '\n' ' ')" \
	"env WIRETAPE_FIRST= env WIRETAPE_LAST= env WIRETAPE_PACKETS=0 "
result "a segment without packets has no times"

# --- those that go wrong --------------------------------------------------------------

fresh
record run -w "$tape/" -b packets:100 -z "$TMP/wait" --hook-jobs 1 --hook-timeout 1s
send -n 450
wait_for 5 has_segments 4
expect "published meanwhile" ${#files[@]} 4
wait_for 5 has_logs 'begun-*' 1
expect "hooks begun" "$(number_of 'begun-*')" 1
wait_for 10 has_logs 'child-*' 2
touch "$logs/go"
finish INT
expect_tape run 450 -s 64
expect_text "$TMP/run.err" "^wiretape: hook $TMP/wait for $tape/vb_.*_00000001\.pcapng: killed after 1s$"
wait_for 5 is_gone "$(cat "$logs"/child-*_00000001.pcapng)" || faults+="what the hook started lives on"$'\n'
expect "ended by itself" "$(find "$logs" -name 'ended-*_00000001.pcapng')" ""
expect_range "ended by themselves" "$(number_of 'ended-*')" 1 4
result "one that hangs is killed with what it started, and the recording goes on"

fresh
record run -w "$tape/" -b packets:100 -z "$TMP/fail"
send -n 150
expect_ok wait_for 5 grep -q "hook $TMP/fail for" "$TMP/run.err"
finish INT
expect_tape run 150 -s 64
expect_text "$TMP/run.err" "^wiretape: hook $TMP/fail for $tape/vb_.*_00000001\.pcapng: .*3"
result "one that fails is named"

for jobs in 1 3; do
	fresh
	record run --no-sync -w "$tape/" -b packets:10 -z "$TMP/crowd" --hook-jobs $jobs
	send -n 75
	settle
	finish INT
	expect_tape run 75 -s 64
	expect "hooks run" "$(number_of 'crowd-*')" 8
	expect "most at once" "$(cat "$logs"/crowd-* | sort -n | tail -n 1)" $jobs
	result "--hook-jobs $jobs: so many at once"
done

# --- the end ----------------------------------------------------------------------------

fresh
record run -w "$tape/" -b packets:10 -z "$TMP/wait"
send -n 75
wait_for 5 has_logs 'child-*' 2
kill -INT "$pid"
wait_for 5 grep -q 'waiting for the hooks to end' "$TMP/run.err" || faults+="nothing said"$'\n'
running || faults+="gone at the first signal"$'\n'
finish INT
expect_tape run 75 -s 64
expect "segments" ${#files[@]} 8
expect_text "$TMP/run.err" "^wiretape: hook $TMP/wait: 2 killed, 6 never started"
expect "hooks begun" "$(number_of 'begun-*')" 2
for child in "$logs"/child-*; do
	wait_for 5 is_gone "$(cat "$child")" || faults+="what a hook started lives on"$'\n'
done
result "a second signal ends the hooks"

fresh
record run -w "$tape/" -b packets:10 -z "$TMP/wait" --hook-timeout 1s
send -n 75
wait_for 5 has_logs 'begun-*' 2
finish INT
expect_tape run 75 -s 64
expect "segments" ${#files[@]} 8
expect_range "hooks begun" "$(number_of 'begun-*')" 2 7
expect_text "$TMP/run.err" "^wiretape: hook $TMP/wait"
result "after a signal they have --hook-timeout, all together"

# --- what is kept ------------------------------------------------------------------------

fresh
record run --block-size 128K -w "$tape/" -b budget:2M -b filesize:256K -z "$TMP/wait" --hook-jobs 1
send -n 5000 -s 1000
wait_for 5 has_logs 'begun-*' 1
expect_ok wait_for 5 grep -q 'deleted before its hook' "$TMP/run.err"
touch "$logs/go"
finish INT
expect "exit status" "$status" 0
expect_report run 5000 5000 0
list_tape
expect_range "bytes" "$(cat "${files[@]}" | wc -c)" 500000 $((2 * 1048576))
expect "the first" "$(find "$tape" -name '*_00000001.pcapng')" ""
expect_text "$TMP/run.err" "^wiretape: vb_.*_00000001\.pcapng: deleted before its hook had ended: by the budget"
result "a budget does not wait for a hook, and that is said"

fresh
record run -w "$tape/" -b packets:100 -b files:3 -z "$TMP/wait"
send -n 750
wait_for 5 has_segments 7
expect "kept for the hooks" ${#files[@]} 7
touch "$logs/go"
wait_for 5 has_logs 'ended-*' 7
finish INT
expect "exit status" "$status" 0
list_tape
expect "kept in the end" ${#files[@]} 3
expect "hooks run" "$(number_of 'ended-*')" 8
expect_ok "$TESTTOOLS/verify" -n 250 --start 500 -s 64 "${files[@]}"
result "-b files:3 waits for hooks, and makes up for it when they end"

finish_tests
