#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# The systemd unit as it was built: systemd understands all of it, it keeps the
# recorder out of as much as is promised, and lets it do what it has to.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"

netns_setup
have systemd-analyze || skip_all "no systemd-analyze"
systemd-analyze security --help 2>&1 | grep -q -- --offline ||
	skip_all "systemd-analyze cannot look at a file"

# Exposure by systemd's own count, in tenths: 2.0 at most.
readonly most=20

unit=$TMP/wiretape@vb.service
built=$(dirname "$WIRETAPE")/init/wiretape@.service
# Nothing is installed, so the program is the one that was built.
sed -E "s|^(ExecStart=)[^ ]*/wiretape |\1$WIRETAPE |" "$built" >"$unit"

# The words of a setting, those of all its lines.
setting() { # NAME
	sed -n "s/^$1=//p" "$unit" | tr '\n' ' ' | sed 's/ *$//'
}

expect "left to substitute" "$(grep -E '@[a-z_]+@' "$built")" ""
expect_text "$built" '^ExecStart=/[^@]*/wiretape -i \$\{WIRETAPE_INTERFACE\} --wait '
result "the unit is made"

out=$(systemd-analyze verify --man=no "$unit" 2>&1)
expect "exit status" "$?" 0
expect "said" "$out" ""
result "systemd understands it"

systemd-analyze security --offline=true --no-pager --threshold="$most" "$unit" >"$TMP/security" 2>&1
expect "exit status with at most $most" "$?" 0
expect_text "$TMP/security" 'Overall exposure level.*: ([01]\.[0-9]|2\.0) '
result "exposure: $(sed -nE 's/.*Overall exposure level[^:]*: ([0-9.]+).*/\1/p' "$TMP/security") of 10"

# The figure alone would not tell of a small one that is gone.
for name in CapabilityBoundingSet='~CAP_SYS_ADMIN' IPAddressDeny= KeyringMode= \
	LockPersonality= MemoryDenyWriteExecute= NoNewPrivileges= PrivateDevices= PrivateMounts= \
	PrivateTmp= ProtectClock= ProtectControlGroups= ProtectHome= ProtectHostname= \
	ProtectKernelLogs= ProtectKernelModules= ProtectKernelTunables= ProtectProc= \
	ProtectSystem= RemoveIPC= RestrictNamespaces='~user' RestrictRealtime= RestrictSUIDSGID= \
	SystemCallArchitectures= SystemCallFilter='~@mount' SystemCallFilter='~@resources' \
	UMask= User=/DynamicUser=; do
	expect "$name" "$(grep -F "$name" "$TMP/security" | cut -c 1)" +
done
result "nothing of that is missing"

expect "capabilities" "$(setting CapabilityBoundingSet), $(setting AmbientCapabilities)" \
	"CAP_NET_RAW, CAP_NET_RAW"
for family in AF_PACKET AF_NETLINK AF_UNIX AF_INET; do
	expect "$family" "$(setting RestrictAddressFamilies | grep -cw $family)" 1
done
expect "network" "$(grep -cE '^Private(Network|Users)=' "$unit")" 0
expect "memory to lock" "$(setting LimitMEMLOCK)" infinity
result "it may do what it has to"

# Options come last, so that a filter can follow, and as words.
# shellcheck disable=SC2016
expect_text "$unit" '^ExecStart=.* \$WIRETAPE_OPTIONS$'
read -r -a words < <(setting ExecStart)
words=("${words[@]:1}")
words=("${words[@]//%I/vb}")
# shellcheck disable=SC2016 # systemd's variable
words=("${words[@]//'${WIRETAPE_INTERFACE}'/vb}")
words=("${words[@]//%S/$TMP}")
words=("${words[@]//%t/$TMP}")
words[-1]=--check
install -d -m 700 -o nobody "$TMP/wiretape/vb"
in_b timeout 20 "$WIRETAPE" "${words[@]}" >"$TMP/check" 2>&1
expect "exit status, 1 with warnings" "$?" "$(grep -q '^warning: ' "$TMP/check" && echo 1 || echo 0)"
expect_text "$TMP/check" '^ok: directory: it belongs to nobody$'
[ -z "$faults" ] || faults+=$(cat "$TMP/check")$'\n'
result "the program takes the options"

finish_tests
