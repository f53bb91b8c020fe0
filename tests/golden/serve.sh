#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# --serve on loopback and a Unix socket: what comes out of it is what the command line and the
# directory have, byte for byte, and nothing else can be asked for.
# shellcheck source-path=SCRIPTDIR source=read_lib.sh
. "$(dirname "$0")/read_lib.sh"
# shellcheck source-path=SCRIPTDIR source=serve_lib.sh
. "$golden/serve_lib.sh"
need curl jq tcpdump
run -r none --serve :0
if grep -q 'built without libmicrohttpd' err; then skip_all "built without libmicrohttpd"; fi

make_directory d
serve -r d --serve :0 || { echo "Bail out! no server"; exit 1; }

expect "status" "$(get /segments)" 200
expect "names" "$(jq -r '.[].name' body)" "$(cd d && printf '%s\n' *.pcapng)"
expect "bytes" "$(jq -r '.[].bytes' body)" "$(cd d && stat -c %s -- *.pcapng)"
expect "packets" "$(jq '[.[].packets] | add' body)" "$("$program" -r d --count 2>/dev/null | cut -d ' ' -f 1)"
result "the segments are listed"

name=$(cd d && printf '%s\n' *.pcapng | head -n 1)
expect "status" "$(get "/segments/$name")" 200
expect_same "the segment" body "d/$name"
expect "status, HEAD" "$(curl -sI -m 20 "$url/segments/$name" | tr -d '\r' | sed -n 's/^Content-Length: //p')" \
	"$(stat -c %s "d/$name")"
result "a segment is the file"

size=$(stat -c %s "d/$name")
for range in 0-0 1-1 "$((size - 1))-" -1 "-$size" "-$((size + 5))" "0-$((size - 1))" "5-$((size + 99))" 100-199; do
	from=${range%-*} to=${range#*-}
	if [ -z "$from" ]; then tail -c "$to" "d/$name" >wanted; else
		tail -c "+$((from + 1))" "d/$name" | head -c "$((${to:-$size} - from + 1))" >wanted
	fi
	expect "status of $range" "$(get "/segments/$name" -H "Range: bytes=$range")" 206
	expect_same "bytes $range" body wanted
done
for range in "$size-" "$size-$((size + 1))" -0 99999999999999999999-; do
	case $range in 9*) wanted=200 ;; *) wanted=416 ;; esac
	expect "status of $range" "$(get "/segments/$name" -H "Range: bytes=$range")" $wanted
done
for range in 5-4 a-b 0-1,3-4 - '' ' 0-1'; do
	expect "status of '$range'" "$(get "/segments/$name" -H "Range: bytes=$range")" 200
	expect_same "all of it for '$range'" body "d/$name"
done
etag=$(curl -sI "$url/segments/$name" | tr -d '\r' | sed -n 's/^ETag: //p')
expect "status of the same state" "$(get "/segments/$name" -H 'Range: bytes=0-9' -H "If-Range: $etag")" 206
expect "status of another state" "$(get "/segments/$name" -H 'Range: bytes=0-9' -H 'If-Range: "x"')" 200
curl -s -r 0-499 -o part "$url/segments/$name" && curl -s -C - -o part "$url/segments/$name"
expect_same "gone on with" part "d/$name"
result "a part of it by Range, at odd places too"

at() { # SECONDS: behind the first packet of the sample
	echo "@$((1700000000 + $1))"
}
ask() { # QUERY ARGUMENT...: both ways
	expect "status of $1" "$(get "/packets$1")" 200
	"$program" -r d -w - "${@:2}" >wanted 2>/dev/null
	expect_same "/packets$1" body wanted
}
ask ''
ask '?filter=tcp' tcp
ask '?filter=tcp+port+80+and+not+host+192.0.2.1' tcp port 80 and not host 192.0.2.1
ask "?from=$(at 20)&to=$(at 60)" --from "$(at 20)" --to "$(at 60)"
ask "?filter=tcp&from=$(at 20)&format=pcap" --from "$(at 20)" --format pcap tcp
ask '?format=pcapng&filter=ip6' ip6
curl -s "$url/packets?filter=tcp" | tcpdump -n -r - 2>/dev/null >got
"$program" -r d -w - tcp 2>/dev/null | tcpdump -n -r - 2>/dev/null >wanted
expect_same "as tcpdump reads it" got wanted
if command -v tshark >/dev/null; then
	expect "packets as tshark reads them" "$(curl -s "$url/packets" | tshark -r - 2>/dev/null | wc -l)" \
		"$("$program" -r d --count 2>/dev/null | cut -d ' ' -f 1)"
fi
result "packets are what -r -w - writes, to the byte"

for query in '' '?filter=tcp' "?from=$(at 20)&to=$(at 60)" '?filter=port+99'; do
	expect "status" "$(get "/count$query")" 200
	filter=() times=()
	case $query in *tcp) filter=(tcp) ;; *99) filter=(port 99) ;; *from*) times=(--from "$(at 20)" --to "$(at 60)") ;; esac
	expect "count$query" "$(jq .packets body)" \
		"$("$program" -r d --count "${times[@]}" "${filter[@]}" 2>/dev/null | cut -d ' ' -f 1)"
done
result "counts are those of --count"

# What is wrong is told, and nothing is done.
while IFS='|' read -r path wanted text; do
	expect "status of $path" "$(get "$path" --path-as-is)" "$wanted"
	expect_text body "$text"
done <<'END'
/|404|there is no such thing here
/packets/|404|there is no such thing here
/../../etc/passwd|404|there is no such thing here
/segments/../d/.wiretape-manifest|404|no such segment
/segments/..%2f..%2fetc%2fpasswd|404|no such segment
/segments/%2e%2e|404|no such segment
/segments/.wiretape-manifest|404|no such segment
/segments/.wiretape-manifest~|404|no such segment
/segments/nothing.pcapng|404|no such segment
/segments/%00|404|no such segment
/segments/stranger.pcapng|404|no such segment
/segments/link.pcapng|404|no such segment
/packets?filter=tcp+prt+80|400|syntax error
/packets?filter=udp%00tcp|400|a byte 0
/packets?filter=udp%0atcp|400|control character
/packets?filter=-w+/tmp/x|400|syntax error
/packets?filter=tcp;id|400|parse filter expression
/packets?filter=tcp&filter=udp|400|given twice
/packets?from=yesterday|400|from: 'yesterday'
/packets?from=@20&to=@10|400|from is not before to
/packets?write=/tmp/x|400|unknown parameter
/packets?format=text|400|it is pcap or pcapng
/packets?filter|400|lacks its value
/count?format=pcap|400|unknown parameter
/status?x=1|400|unknown parameter
END
cp "d/$name" d/stranger.pcapng && ln -s "$name" d/link.pcapng
expect "a file of others" "$(get /segments/stranger.pcapng)" 404
expect "a link" "$(get /segments/link.pcapng)" 404
rm d/stranger.pcapng d/link.pcapng
expect "a long filter" "$(get "/packets?filter=$(printf '%04097d' 0)")" 400
expect "a change" "$(get /packets -X DELETE)" 405
expect "a body" "$(get /packets -d filter=tcp)" 405
expect "a name of the web" "$(get /status -H 'Host: attacker.example')" 421
result "nothing else can be asked for"

# An expression that libpcap takes for ever over.
slow=$(printf 'host 1.2.3.4 or host 5.6.7.8 and not (%.0s' {1..30})tcp$(printf ')%.0s' {1..30})
expect_range "status of an odd filter" "$(get /packets -G --data-urlencode "filter=$slow")" 200 400
expect "it goes on" "$(get /status)" 200
result "an odd filter holds nobody up"

expect "status" "$(get /status)" 200
expect "refused" "$(jq '.refused > 20 and .failed == 0 and .working == 0' body)" true
expect "status" "$(get /metrics)" 200
expect_text body '^wiretape_serve_requests_total\{kind="packets"\} [0-9]+$'
expect "lines" "$(grep -cvE '^(# (HELP|TYPE) wiretape_serve_[a-z_]+ .+|wiretape_serve_[a-z_]+(\{kind="[a-z]+"\})? [0-9]+)$' body)" 0
result "it tells of itself"

if ! "$program" -r http:// 2>&1 | grep -q 'built without libcurl'; then
	run -r "$url/packets" -w - tcp
	expect "exit status" "$status" 0
	cp out got
	"$program" -r d 2>/dev/null tcp >wanted
	expect "packets" "$("$program" -r got 2>/dev/null | cmp - wanted && echo same)" same
	run -r "$url/packets?filter=tcp&format=pcap" -r d --count
	expect "with another path" "$(cat out)" "$(($(wc -l <wanted) + $("$program" -r d --count 2>/dev/null | cut -d ' ' -f 1))) packets"
	run -r "$url/segments/$name" --count
	expect "of a segment" "$(cat out)" "$("$program" -r "d/$name" --count 2>/dev/null)"
	run -r "$url/packets?filter=tcp+prt"
	expect "exit status" "$status" 2
	expect_text err 'answers 400: filter "tcp prt": .*syntax error$'
	run -r "$url/segments"
	expect "exit status of what is no capture" "$status" 2
	result "-r of a URL reads it"
fi

# A second one does not get the port.
run -r d --serve "${url#http://}"
expect "exit status" "$status" 2
expect_text err "^wiretape: --serve: cannot listen on ${url#http://}: Address already in use$"
result "a port in use is refused"

end_server
expect "exit status" "$ended" 0
expect "said" "$(sed '/serving d at/d' server.log)" ""
result "it ends when it is told to"

# --- a damaged file --------------------------------------------------------------------------

cp -r d damaged
last=$(cd damaged && printf '%s\n' *.pcapng | tail -n 1)
truncate -s -7 "damaged/$last"
serve -r damaged --serve :0 || exit 1
curl -s -m 20 -o body "$url/packets"
expect "exit status of curl" "$?" 18
"$program" -r damaged -w - >wanted 2>/dev/null
expect_same "all whole packets" body wanted
expect_text server.log 'packets: .*: cut short: '
if ! "$program" -r http:// 2>&1 | grep -q 'built without libcurl'; then
	run -r "$url/packets" --count
	expect "exit status of -r of the URL" "$status" 1
	expect_text err "$url/packets: cut short"
	run -r "$url/packets?format=pcap" --count
	expect "exit status, pcap" "$status" 1
fi
end_server
result "what is not whole is seen to be broken off"

# --- a Unix socket -----------------------------------------------------------------------------

serve -r d --serve unix:socket || exit 1
url=http://x
expect "mode" "$(stat -c %a socket)" 600
expect "status" "$(get "/segments/$name" --unix-socket socket)" 200
expect_same "the segment" body "d/$name"
expect "status" "$(get "/count" --unix-socket socket)" 200
kill -KILL "$server"
wait "$server" 2>/dev/null
expect "left behind" "$(test -S socket && echo yes)" yes
serve -r d --serve unix:socket || exit 1
url=http://x
expect "status" "$(get /status --unix-socket socket)" 200
run -r d --serve unix:socket
expect "exit status of a second one" "$status" 2
expect "status of the first one then" "$(get /status --unix-socket socket)" 200
end_server
serve -r d --serve unix:socket || exit 1
end_server
result "a Unix socket is its owner's alone, and does not get in the way"

# --- limits ----------------------------------------------------------------------------------

"$program" -q -r "$captures/print/tcp.pcap" -r "$captures/print/tcp.pcap" -w one.pcapng 2>/dev/null
for i in {1..6}; do "$program" -q -r one.pcapng -r one.pcapng -w two.pcapng 2>/dev/null && mv two.pcapng one.pcapng; done
"$program" -q -r one.pcapng -w big/ -b files:5 2>/dev/null
bytes=$(stat -c %s one.pcapng)
serve -r big --serve :0 --serve-limit "rate:$((bytes / 2))" --serve-limit requests:1 || exit 1
begin=$EPOCHREALTIME
expect "status" "$(get /packets)" 200
took=$(((${EPOCHREALTIME/./} - ${begin/./}) / 1000))
expect_range "ms" "$took" 1500 6000
"$program" -r big -w - >wanted 2>/dev/null
expect_same "all of it" body wanted
big=$(cd big && printf '%s\n' *.pcapng)
expect "status" "$(get "/segments/$big" -r 100-20099)" 206
tail -c +101 "big/$big" | head -c 20000 >wanted
expect_same "a part of a segment" body wanted
result "no more than so many bytes a second"

for i in 1 2 3; do
	curl -s -m 30 -o "body$i" "$url/packets" &
	getters+=($!)
done
wait "${getters[@]}"
"$program" -r big -w - >wanted 2>/dev/null
for i in 1 2 3; do expect_same "answer $i" "body$i" wanted; done
end_server
result "requests wait for their turn"

serve -r big --serve :0 --serve-limit "rate:$((bytes / 10))" --serve-limit time:1s --serve-limit requests:1 || exit 1
curl -s -m 30 -o /dev/null "$url/packets" &
getter=$!
sleep 0.2
curl -s -m 30 -o /dev/null "$url/packets"
expect "exit status of the one that waited" "$?" 18
wait "$getter"
expect "exit status of the one before" "$?" 18
expect "it goes on" "$(get /status)" 200
end_server
result "no longer than so long"

finish_tests
