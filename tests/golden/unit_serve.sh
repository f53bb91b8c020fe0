#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# The systemd unit of --serve as it was built: systemd understands all of it, it keeps the server
# out of as much as is promised, and the program takes its options.
# shellcheck source-path=SCRIPTDIR source=read_lib.sh
. "$(dirname "$0")/read_lib.sh"
# shellcheck source-path=SCRIPTDIR source=serve_lib.sh
. "$golden/serve_lib.sh"
export LC_ALL=C
need systemd-analyze curl
systemd-analyze security --help 2>&1 | grep -q -- --offline ||
	skip_all "systemd-analyze cannot look at a file"
run -r none --serve :0
if grep -q 'built without libmicrohttpd' err; then skip_all "built without libmicrohttpd"; fi

# Exposure by systemd's own count, in tenths: 2.0 at most.
readonly most=20

unit=$scratch/wiretape-serve@vb.service
built=$(dirname "$program")/init/wiretape-serve@.service
# Nothing is installed, so the program is the one that was built.
sed -E "s|^(ExecStart=)[^ ]*/wiretape |\1$program |" "$built" >"$unit"

# The words of a setting, those of all its lines.
setting() { # NAME
	sed -n "s/^$1=//p" "$unit" | tr '\n' ' ' | sed 's/ *$//'
}

expect "left to substitute" "$(grep -E '@[a-z_]+@' "$built")" ""
result "the unit is made"

said=$(systemd-analyze verify --man=no "$unit" 2>&1)
expect "exit status" "$?" 0
expect "said" "$said" ""
result "systemd understands it"

systemd-analyze security --offline=true --no-pager --threshold="$most" "$unit" >exposure 2>&1
expect "exit status with at most $most" "$?" 0
expect_text exposure 'Overall exposure level.*: ([01]\.[0-9]|2\.0) '
result "exposure: $(sed -nE 's/.*Overall exposure level[^:]*: ([0-9.]+).*/\1/p' exposure) of 10"

for name in CapabilityBoundingSet='~CAP_SYS_ADMIN' IPAddressDeny= \
	KeyringMode= LockPersonality= MemoryDenyWriteExecute= NoNewPrivileges= PrivateDevices= \
	PrivateMounts= PrivateTmp= ProtectClock= ProtectControlGroups= ProtectHome= ProtectHostname= \
	ProtectKernelLogs= ProtectKernelModules= ProtectKernelTunables= ProtectProc= \
	ProtectSystem= RemoveIPC= RestrictNamespaces='~user' RestrictRealtime= RestrictSUIDSGID= \
	RestrictAddressFamilies='~AF_PACKET' RestrictAddressFamilies='~AF_NETLINK' \
	SystemCallArchitectures= SystemCallFilter='~@mount' UMask= User=/DynamicUser=; do
	# IPAddressDeny= is shown with what is let through beside it, which is localhost alone.
	[ "$name" = IPAddressDeny= ] && continue
	expect "$name" "$(grep -F "$name" exposure | cut -c 1)" +
done
expect "capabilities" "$(setting CapabilityBoundingSet)$(setting AmbientCapabilities)" ""
expect "addresses" "$(setting IPAddressDeny), $(setting IPAddressAllow)" "any, localhost"
expect "written to" "$(setting ReadOnlyPaths)" "%S/wiretape/%I"
expect "writable elsewhere" "$(setting ReadWritePaths)" ""
result "nothing of that is missing"

# Options come last, and as words.
read -r -a words < <(setting ExecStart)
words=("${words[@]:1}")
words=("${words[@]//%I/vb}")
# shellcheck disable=SC2016 # systemd's variable
words=("${words[@]//'${WIRETAPE_SERVE}'/$(setting Environment | sed -e 's/^[^=]*=//' -e 's/%I/vb/')}")
words=("${words[@]//%S/$scratch}")
words=("${words[@]//%t/$scratch}")
# shellcheck disable=SC2016
expect "last word" "${words[-1]}" '$WIRETAPE_SERVE_OPTIONS'
unset 'words[-1]'
mkdir -p wiretape wiretape-serve/vb
make_directory wiretape/vb
serve "${words[@]}" || exit 1
# shellcheck disable=SC2034 # get's
url=http://localhost
expect "status" "$(get /segments --unix-socket wiretape-serve/vb/http.sock)" 200
end_server
expect "exit status" "$ended" 0
result "the program takes the options"

finish_tests
