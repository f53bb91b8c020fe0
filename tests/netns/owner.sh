#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Whose files are in the end: users and groups, for one who is root, one who calls sudo, and
# one who asks for somebody. What sudo tells is told by the test.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/tape_lib.sh"
netns_setup
unset SUDO_UID SUDO_GID

nobody=$(id -u nobody) nogroup=$(id -g nobody)

# As a user has it, on one line.
owned() { stat -c '%u:%g %a' "$@"; }

# Of the running program.
ids() { awk '$1 == "Uid:" || $1 == "Gid:" { print $2, $3, $4, $5 }' "/proc/$pid/status" | tr '\n' ','; }

# Records 500 packets; the last line says what has come of it.
record_some() { # PATH OWNER ARG...
	local path=$1 owner=$2
	shift 2
	record run -w "$path" "$@"
	some_ids=$(ids)
	send -n 500
	settle
	finish INT
	expect "exit status" "$status" 0
	expect "closing line" "$(tail -n 1 "$TMP/run.err" | sed -E 's/, [0-9]+ bytes,/, N bytes,/')" \
		"wiretape: $path: 500 packets, N bytes, owner $owner"
}

# --- a single file -------------------------------------------------------------------

record_some "$TMP/f.pcapng" root
expect "ids" "$some_ids" "$nobody $nobody $nobody $nobody,$nogroup $nogroup $nogroup $nogroup,"
expect "of root" "$(owned "$TMP/f.pcapng")" "0:0 600"
expect "bytes told" "$(tail -n 1 "$TMP/run.err" | sed -E 's/.*, ([0-9]+) bytes.*/\1/')" "$(stat -c %s "$TMP/f.pcapng")"
result "root's own file is root's"

SUDO_UID=4321 SUDO_GID=4322 record_some "$TMP/f.pcapng" 4321
expect "ids" "$some_ids" "$nobody $nobody $nobody $nobody,$nogroup $nogroup $nogroup $nogroup,"
expect "through sudo" "$(owned "$TMP/f.pcapng")" "4321:4322 600"
SUDO_UID=4321 SUDO_GID=4322 in_b "$WIRETAPE" -r "$TMP/f.pcapng" -w "$TMP/g.pcap" 2>"$TMP/run.err"
expect "exit status" $? 0
expect "read and written" "$(owned "$TMP/g.pcap")" "4321:4322 600"
expect_text "$TMP/run.err" "^wiretape: $TMP/g.pcap: 500 packets, $(stat -c %s "$TMP/g.pcap") bytes, owner 4321$"
for uid in 0 '' -1 root; do
	SUDO_UID=$uid SUDO_GID=4322 record_some "$TMP/f.pcapng" root
	expect "SUDO_UID=$uid" "$(owned "$TMP/f.pcapng")" "0:0 600"
done
result "a file is who calls sudo's"

record_some "$TMP/f.pcapng" 4321 -Z 4321
expect "-Z" "$(owned "$TMP/f.pcapng")" "4321:4321 600"
SUDO_UID=4322 SUDO_GID=4322 record_some "$TMP/f.pcapng" daemon -Z daemon
expect "-Z through sudo" "$(owned "$TMP/f.pcapng")" "$(id -u daemon):$(id -g daemon) 600"
SUDO_UID=4322 SUDO_GID=4322 record_some "$TMP/f.pcapng" root -Z root
expect "-Z root through sudo" "$(owned "$TMP/f.pcapng")" "0:0 600"
record_some "$TMP/f.pcapng" "root, group daemon" --group daemon --mode 0640
expect "--group" "$(owned "$TMP/f.pcapng")" "0:$(getent group daemon | cut -d : -f 3) 640"
record_some "$TMP/f.pcapng" "root, group 79" --group 79 -Z root
expect "--group, -Z root" "$(owned "$TMP/f.pcapng")" "0:79 600"
result "a file is -Z's, and --group's"

# --- directories ------------------------------------------------------------------------

# Whose a directory is and what is in it.
expect_owned() { # WHAT OWNER DIRECTORY-MODE FILE-MODE
	expect "$1: directory" "$(owned "$tape")" "$2 $3"
	expect "$1: segments" "$(owned "$tape"/vb_* | sort -u)" "$2 $4"
	expect "$1: all" "$(find "$tape" -mindepth 1 -printf '%U:%G\n' | sort -u)" "$2"
}
gone_tape() {
	new_tape
	rmdir "$tape"
}

new_tape
chown "$nobody" "$tape" # of group 0
chmod 755 "$tape"
record_some "$tape/" nobody -b packets:200
expect "ids" "$some_ids" "$nobody $nobody $nobody $nobody,$nogroup $nogroup $nogroup $nogroup,"
expect "segments" "$(owned "$tape"/vb_* | sort -u)" "$nobody:$nogroup 600"
new_tape
chown 4321 "$tape" # of a user without a group
record_some "$tape/" 4321 -b packets:200
expect "segments" "$(owned "$tape"/vb_* | sort -u)" "4321:4321 600"
result "nobody is of group 0 because a directory is"

gone_tape
record_some "$tape/" nobody -b packets:200
expect_owned "made" "$nobody:$nogroup" 700 600
gone_tape
SUDO_UID=4321 SUDO_GID=4322 record_some "$tape/" 4321 -b packets:200
expect_owned "through sudo" 4321:4322 700 600
gone_tape
record_some "$tape/" "nobody, group daemon" -b packets:200 --group daemon --mode 0640
expect_owned "--group" "$nobody:$(getent group daemon | cut -d : -f 3)" 750 640
expect "advice" "$(grep -c chmod "$TMP/run.err")" 0
gone_tape
in_b "$WIRETAPE" -r "$TMP/f.pcapng" -w "$tape/" --group 79 --mode 0644 -Z 4321 2>"$TMP/run.err"
expect "exit status" $? 0
expect "read and written" "$(owned "$tape" "$tape"/vb_* | tr '\n' ' ')" "4321:79 755 4321:79 644 "
new_tape
chown "$nobody" "$tape"
chmod 750 "$tape"
record_some "$tape/" "nobody, group 79" --group 79 --mode 0640 -b packets:200
expect "in one that is there" "$(owned "$tape"/vb_* | sort -u)" "$nobody:79 640"
expect "advice" "$(grep -c chmod "$TMP/run.err")" 0
in_b "$WIRETAPE" -i vb -w "$tape/" --check >"$TMP/check" 2>&1
expect_text "$TMP/check" "^warning: directory: mode 0750: its group may read"
result "a directory is who calls sudo's, and --group's"

chmod 2770 "$tape"
in_b "$WIRETAPE" -i vb -w "$tape/" --group 79 >"$TMP/refused" 2>&1
expect "exit status" $? 2
expect_text "$TMP/refused" "^wiretape: --group: in $tape/ files are of the directory's group"
in_b "$WIRETAPE" -i vb -w "$tape/" --group no-such-group >"$TMP/refused" 2>&1
expect "exit status" $? 2
expect_text "$TMP/refused" "^wiretape: --group: there is no group 'no-such-group'"
result "groups that cannot be"

# --- a user for it ---------------------------------------------------------------------------

# Where there is a user of that name, for the program alone.
real=$WIRETAPE
{
	cat /etc/passwd
	echo 'wiretape:x:4444:4445::/nonexistent:/usr/sbin/nologin'
} >"$TMP/passwd"
cat >"$TMP/wiretape" <<END
#!/bin/sh
mount --bind "$TMP/passwd" /etc/passwd && exec "$real" "\$@"
END
chmod 755 "$TMP/wiretape"
chmod 644 "$TMP/passwd"
if in_b sh -c "mount --bind '$TMP/passwd' /etc/passwd && id -u wiretape" >/dev/null 2>&1 &&
	! id -u wiretape >/dev/null 2>&1; then
	WIRETAPE=$TMP/wiretape
	record_some "$TMP/f.pcapng" root
	expect "ids" "$some_ids" "4444 4444 4444 4444,4445 4445 4445 4445,"
	gone_tape
	record_some "$tape/" wiretape -b packets:200
	expect_owned "made" 4444:4445 700 600
	result "a user of its own is preferred"
	WIRETAPE=$real
else
	skip "a user of its own is preferred" "/etc/passwd cannot be another one here"
fi

finish_tests
