#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# The systemd unit as systemd runs it: one of its own, the first process in namespaces that
# go away with it, which knows no other units than those of the test.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"

systemd=/lib/systemd/systemd
netns_setup
[ -x $systemd ] || skip_all "no systemd"

# Interfaces that systemd and a user's name do not take as they are.
veth va1 br-lan
veth va2 vb.100

# What is mounted over the system's own; the cgroup it begins in is all it sees of those.
mkdir "$TMP/default" "$TMP/units"
for target in basic exit multi-user shutdown sysinit umount; do
	printf '[Unit]\nDescription=%s\nDefaultDependencies=no\n' $target >"$TMP/units/$target.target"
done
sed -E 's|^(ExecStart=)[^ ]*/wiretape |\1/run/program/wiretape |' \
	"$(dirname "$WIRETAPE")/init/wiretape@.service" >"$TMP/units/wiretape@.service"
# All that the sample sets, but for a program that is there and a place for it to write to.
sed "s|/usr/bin/zstd -q --rm|/bin/cp -t /run/copies|; s|-b filesize:1G|--ring-size 16M &|" \
	"$(dirname "$0")/../../init/wiretape.default" >"$TMP/default/wiretape-br-lan"
# Of the manual's tasks, what is between its lines that begin and end so, of an interface
# there is here.
manual=$(dirname "$0")/../../man/wiretape.8
manual_lines() { # SED-SCRIPT
	sed -nE "$1" "$manual" | sed 's/eth0/vb/g; s/200G/20G/'
}
manual_lines '/^WIRETAPE_OPTIONS=/,/"$/p' >"$TMP/default/wiretape-vb"
printf 'WIRETAPE_OPTIONS=--ring-size 16M\nWIRETAPE_INTERFACE=vb.100\n' >"$TMP/default/wiretape-vlan100"

if [ "$(stat -f -c %T /sys/fs/cgroup)" = cgroup2fs ]; then
	cgroups=/sys/fs/cgroup kind=cgroup2 option=rw
else
	cgroups=/sys/fs/cgroup/systemd kind=cgroup option=none,name=systemd
fi
cat >"$TMP/boot" <<END
set -e
mount --make-rprivate /
mount -t proc proc /proc
mount -t tmpfs -o mode=755 tmpfs /run
mkdir -m 755 /run/program /run/units
mkdir -m 1777 /run/copies
cp '$WIRETAPE' '$TESTTOOLS/verify' /run/program
cp '$TMP'/units/* /run/units
mount -t tmpfs -o mode=755 tmpfs /var/lib
[ ! -d /etc/default ] || mount --bind '$TMP/default' /etc/default
while umount -R /sys/fs/cgroup 2>/dev/null; do :; done
if [ $kind = cgroup ]; then
	mount -t tmpfs tmpfs /sys/fs/cgroup
	mkdir $cgroups
fi
mount -t $kind -o $option cgroup $cgroups
export container=test SYSTEMD_UNIT_PATH=/run/units
exec $systemd --system --unit=basic.target --log-target=console --show-status=no
END
chmod 755 "$TMP/default"

manager=''
# shellcheck disable=SC2317 # wait_for calls it
is_managing() {
	manager=$(cat "/proc/$unshare/task/$unshare/children" 2>/dev/null)
	manager=${manager% }
	[ -n "$manager" ] && [ -S "/proc/$manager/root/run/systemd/private" ]
}
inside() { timeout 60 nsenter -t "$manager" -a "$@"; }

# Whatever systemd has put below it goes before it does.
# shellcheck disable=SC2317 # the trap calls it
remove_cgroup() {
	clean_up
	[ ! -d "$cgroups/wt$$" ] || wait_for 5 is_empty
	find "$cgroups/wt$$" -depth -type d -exec rmdir {} + 2>/dev/null
}
# shellcheck disable=SC2317 # wait_for calls it
is_empty() { [ -z "$(find "$cgroups/wt$$" -name cgroup.procs -exec cat {} +)" ]; }
trap remove_cgroup EXIT
mkdir "$cgroups/wt$$" 2>"$TMP/refused" || skip_all "no cgroup: $(cat "$TMP/refused")"

# Not by ip netns exec, which has another /sys.
# shellcheck disable=SC2016 # the other shell expands that
nsenter --net="/run/netns/$NS_B" bash -c 'echo $$ >"$1" && exec unshare -pfmuiC --kill-child bash "$2"' - \
	"$cgroups/wt$$/cgroup.procs" "$TMP/boot" >"$TMP/boot.out" 2>&1 </dev/null &
unshare=$!
started+=("$unshare")
wait_for 10 is_managing || skip_all "systemd cannot run here: $(tail -n 1 "$TMP/boot.out")"

# Of one instance.
main_pid() { inside systemctl show -P MainPID "wiretape@$1"; }
user_of() { inside sed -n 's/^Uid:[[:space:]]*\([0-9]*\).*/\1/p' "/proc/$(main_pid "$1")/status"; }
# shellcheck disable=SC2317 # wait_for calls it
has_files() { (($(inside find "$1" -name '*.pcapng' 2>/dev/null | wc -l) >= $2)); } # DIRECTORY COUNT

start() { # INSTANCE
	inside systemctl start "wiretape@$1" >"$TMP/start" 2>&1
	expect "start of $1" "$? $(cat "$TMP/start")" "0 "
	expect "status of $1" "$(inside systemctl show -P StatusText "wiretape@$1")" recording
}

start vb
start 'br\x2dlan'
start vlan100
users=$(for unit in vb 'br\x2dlan' vlan100; do user_of "$unit"; done)
expect "users" "$(sort -u <<<"$users" | wc -l) $(grep -cx 0 <<<"$users")" "3 0"
result "each instance has a user of its own"

send -n 100
expect_ok in_a "$TESTTOOLS/generate" -i va1 -n 200
expect_ok in_a "$TESTTOOLS/generate" -i va2 -n 300
settle
for unit in vb 'br\x2dlan' vlan100; do
	expect_ok inside systemctl reload "wiretape@$unit"
	expect_ok inside systemctl kill --kill-who=main -s USR1 "wiretape@$unit"
done
declare -A sent=([vb]=100 [br-lan]=200 [vlan100]=300)
for name in vb br-lan vlan100; do
	wait_for 10 has_files "/var/lib/wiretape/$name/" 1 || faults+="$name: no segment"$'\n'
	expect_ok inside bash -c "/run/program/verify -n ${sent[$name]} /var/lib/wiretape/$name/*.pcapng"
	expect_ok wait_for 5 inside test -s "/run/wiretape/$name/stats.json"
done
result "each records its interface, whatever that is called"

# As words: a hook with a blank in it, and a filter behind it.
wait_for 10 has_files /run/copies 1 || faults+="the hook has not run"$'\n'
expect "arguments" "$(inside cat "/proc/$(main_pid 'br\x2dlan')/cmdline" | tr '\0' '|')" \
	"/run/program/wiretape|-i|br-lan|--wait|-w|/var/lib/wiretape/br-lan/|--stats-file|/run/wiretape/br-lan/stats.json|--ring-size|16M|-b|filesize:1G|-b|budget:100G|-s|128|-z|/bin/cp -t /run/copies|not|port|22|"
result "the sample of /etc/default gives the options that it shows"

# --- the tasks of the manual -----------------------------------------------------------------

expect "options" "$(inside cat "/proc/$(main_pid vb)/cmdline" | tr '\0' ' ' | sed 's/.*stats.json //')" \
	"-b filesize:1G -b budget:20G --metrics-file /run/wiretape/vb/wiretape.prom --instance vb "
expect_ok wait_for 5 inside test -s /run/wiretape/vb/wiretape.prom
expect_ok inside grep -q '^wiretape_info{instance="vb",' /run/wiretape/vb/wiretape.prom
expect "mode of metrics" "$(inside stat -Lc %A /run/wiretape/vb/wiretape.prom | cut -c 8)" r
if have jq; then
	mapfile -t commands < <(manual_lines '/^jq /p')
	expect "commands" ${#commands[@]} 2
	for command in "${commands[@]}"; do
		expect_ok inside bash -c "set -e; $command | grep -v null | grep -q '[0-9]'"
	done
	expect "nothing is lost" "$(inside bash -c "${commands[0]}" | jq -sc '[(.[0] | add), .[1]]')" "[0,[]]"
fi
counted=$(manual_lines '/^sudo wiretape .*--from/,/--count/p' | sed 's/\\e$/\\/')
counted=${counted//sudo wiretape//run/program/wiretape}
counted=${counted//\/var\/tape\//\/var\/lib\/wiretape\/vb\/}
counted=${counted//2026-11-24/$(date +%Y-%m-%d)}
counted=${counted//2026-11-25/$(date -d tomorrow +%Y-%m-%d)}
expect "packets of today" "$(inside bash -c "${counted//host 192.0.2.7/}" 2>"$TMP/err")" "100 packets"
expect "packets of a host" "$(inside bash -c "$counted" 2>"$TMP/err")" "0 packets"
result "the tasks of the manual"

for unit in vb 'br\x2dlan' vlan100; do
	expect_ok inside systemctl stop "wiretape@$unit"
	expect "result of $unit" "$(inside systemctl show -P Result "wiretape@$unit")" success
done
expect "hidden files" "$(inside find /var/lib/private/wiretape -name '.wiretape-0*')" ""
# Names that make no user are refused at once, not waited for.
inside systemctl start wiretape@vb.100 >"$TMP/start" 2>&1
expect "start of vb.100" "$?" 1
result "they end as they should"

finish_tests
