#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# --serve with many clients at once, half of whom go away in the middle: the others get what is
# theirs, and afterwards nothing is left, no process, no descriptor, no memory. A segment that is
# deleted while it is sent is sent whole. With LONG=1: 200 clients, several rounds.
# shellcheck source-path=SCRIPTDIR source=read_lib.sh
. "$(dirname "$0")/read_lib.sh"
# shellcheck source-path=SCRIPTDIR source=serve_lib.sh
. "$golden/serve_lib.sh"
need curl jq
run -r none --serve :0
if grep -q 'built without libmicrohttpd' err; then skip_all "built without libmicrohttpd"; fi

clients=24 rounds=2 doublings=7
[ -z "${LONG:-}" ] || clients=200 rounds=10 doublings=9

# A few MB, so that pipes and sockets are full while a client does not read.
"$program" -q -r "$captures/print/tcp.pcap" -w one.pcapng 2>/dev/null
for ((i = 0; i < doublings; i++)); do "$program" -q -r one.pcapng -r one.pcapng -w two.pcapng 2>/dev/null && mv two.pcapng one.pcapng; done
"$program" -q -r one.pcapng -w d/ -b filesize:4M 2>/dev/null
first=$(cd d && printf '%s\n' *.pcapng | head -n 1)
"$program" -r d -w - tcp >wanted 2>/dev/null

serve -r d --serve unix:socket --serve-limit requests:8 || { echo "Bail out! no server"; exit 1; }
url=http://localhost

# So many that it holds.
descriptors() {
	find "/proc/$server/fd" -mindepth 1 2>/dev/null | wc -l
}
kilobytes() {
	sed -n 's/^VmRSS:[^0-9]*\([0-9]*\).*/\1/p' "/proc/$server/status"
}
children() {
	pgrep -c -P "$server"
}

one() { # NUMBER
	local path="/packets?filter=tcp"
	[ $(($1 % 4)) -lt 2 ] || path=/segments/$first
	if [ $(($1 % 2)) -eq 1 ]; then
		# Reads a little, and is gone; or is cut off.
		curl -s -N --unix-socket socket "$url$path" | head -c $(($1 * 1000)) >/dev/null
	else
		curl -s -m 120 --unix-socket socket -o "got$1" "$url$path"
	fi
}

round() {
	local i
	getters=()
	for ((i = 0; i < clients; i++)); do
		one "$i" &
		getters+=($!)
	done
	for ((i = 0; i < 20; i++)); do
		[ "$(children)" -le 8 ] || faults+="more than 8 at work"$'\n'
		sleep 0.02
	done
	wait "${getters[@]}"
	for ((i = 0; i < clients; i += 2)); do
		if [ $((i % 4)) -lt 2 ]; then cmp "got$i" wanted; else cmp "got$i" "d/$first"; fi || faults+="client $i got something else"$'\n'
	done
}

# shellcheck disable=SC2317 # expect_ok calls it
settled() {
	local i
	for ((i = 0; i < 100; i++)); do
		get /status --unix-socket socket >/dev/null
		[ "$(jq '.working + .waiting + .connections' body)" != 1 ] || return 0
		sleep 0.1
	done
	return 1
}

round
expect_ok settled
result "$clients clients at once, half of them gone in the middle"
before=$(descriptors) memory=$(kilobytes)
for ((r = 1; r < rounds; r++)); do round; done
expect_ok settled
expect "processes" "$(children)" 0
expect_range "descriptors" "$(descriptors)" 1 $((before + 1))
expect_range "kB of memory" "$(kilobytes)" 1 $((memory + memory / 4 + 2048))
get /status --unix-socket socket >/dev/null
expect "refused or failed" "$(jq '.refused + .failed' body)" 0
expect "broken off were counted" "$(jq '.broken_off > 0' body)" true
result "nothing is left of them"

# Of sendfile a call is as long as the socket takes; of a copy 4 KiB.
calls() {
	sed -n 's/^syscw: //p' "/proc/$server/io" 2>/dev/null
}
before=$(calls)
if [ -n "$before" ]; then
	get "/segments/$first" --unix-socket socket >/dev/null
	expect_range "calls that write" $(($(calls) - before)) 1 $(($(stat -c %s "d/$first") / 16384))
	result "a segment goes by sendfile"
fi

# It is slow enough for that, and longer than what is under way.
curl -s -m 60 --limit-rate 1M --unix-socket socket -o got "$url/segments/$first" &
getter=$!
sleep 0.3
cp "d/$first" kept
rm "d/$first"
expect "status then" "$(get "/segments/$first" --unix-socket socket)" 404
wait "$getter"
expect "exit status of the one that had begun" "$?" 0
expect_same "the segment" got kept
result "a segment deleted while it is sent is sent whole"

end_server
expect "exit status" "$ended" 0
expect "said" "$(sed '/serving d at/d' server.log)" ""
result "it ends"

# With clients that are being served.
serve -r d --serve unix:socket || exit 1
url=http://localhost
for _ in 1 2 3 4; do
	curl -s -m 30 --limit-rate 10k --unix-socket socket -o /dev/null "$url/packets" &
done
for ((i = 0; i < 100 && $(children) < 4; i++)); do sleep 0.05; done
end_server
expect "exit status" "$ended" 0
expect "processes" "$(pgrep -c -f "^$program -r d --serve unix:socket")" 0
result "it ends with all it has begun"

finish_tests
