#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# --serve over TLS: who has the right certificate, or the token, gets packets; who has a wrong one,
# one that is over, one made for servers, or none, gets nothing.
# shellcheck source-path=SCRIPTDIR source=read_lib.sh
. "$(dirname "$0")/read_lib.sh"
# shellcheck source-path=SCRIPTDIR source=serve_lib.sh
. "$golden/serve_lib.sh"
need curl openssl
run -r none --serve :0
if grep -q 'built without libmicrohttpd' err; then skip_all "built without libmicrohttpd"; fi

umask 077
authority() { # NAME
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj "/CN=$1" \
		-keyout "$1.key" -out "$1.pem" 2>/dev/null
}
certificate() { # NAME AUTHORITY PURPOSE [ARGUMENT...]
	openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=$1" \
		-keyout "$1.key" -out "$1.csr" 2>/dev/null
	printf 'extendedKeyUsage=%s\nsubjectAltName=IP:127.0.0.1\n' "$3" >"$1.ext"
	openssl x509 -req -in "$1.csr" -CA "$2.pem" -CAkey "$2.key" -CAcreateserial -extfile "$1.ext" \
		-out "$1.pem" "${@:4}" 2>/dev/null
}
authority ours && authority theirs
certificate server ours serverAuth -days 1
certificate client ours clientAuth -days 1
certificate stranger theirs clientAuth -days 1
certificate sender ours serverAuth -days 1
# Over since yesterday.
openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=old -keyout old.key \
	-out old.csr 2>/dev/null
mkdir ca && : >ca/index.txt && echo 01 >ca/serial
printf '[ca]\ndefault_ca=x\n[x]\ndatabase=ca/index.txt\nserial=ca/serial\nnew_certs_dir=ca\ndefault_md=sha256\npolicy=p\n[p]\ncommonName=supplied\n' >ca.conf
openssl ca -batch -config ca.conf -cert ours.pem -keyfile ours.key -in old.csr -out old.pem \
	-startdate 20200101000000Z -enddate 20200102000000Z 2>/dev/null
echo 'a-token-of-many-letters' >token
echo 'another-token-of-letters' >token2
for file in server.pem client.pem stranger.pem old.pem; do
	[ -s "$file" ] || { echo "Bail out! openssl makes no $file"; exit 1; }
done

make_directory d
first=$(cd d && printf '%s\n' *.pcapng | head -n 1)
by=(--tls-cert server.pem --tls-key server.key)
"$program" -r d -w - udp >wanted 2>/dev/null || true
"$program" -r d -w - tcp >wanted 2>/dev/null

serve -r d --serve :0 "${by[@]}" --tls-client-ca ours.pem -v || { echo "Bail out! no server"; exit 1; }
expect "address" "${url%%:*}" https
as() { # NAME
	get '/packets?filter=tcp' --cacert ours.pem --cert "$1.pem" --key "$1.key"
}
expect "status of a client of ours" "$(as client)" 200
expect_same "packets" body wanted
expect "the segment" "$(get "/segments/$first" --cacert ours.pem --cert client.pem --key client.key)" 200
expect_same "the segment" body "d/$first"
expect "a part of it" "$(get "/segments/$first" -r 7-1006 --cacert ours.pem --cert client.pem --key client.key)" 206
tail -c +8 "d/$first" | head -c 1000 >wanted.part
expect_same "a part of it" body wanted.part
result "who has a certificate gets what is asked for"

if "$program" -r http:// 2>&1 | grep -q 'built without libcurl'; then
	skip "-r of a URL" "built without libcurl"
else
	chmod 644 client.pem ours.pem
	run -r "$url/packets?filter=tcp" -w got.pcapng --tls-ca ours.pem --tls-cert client.pem --tls-key client.key
	expect "exit status" "$status" 0
	"$program" -r got.pcapng >printed && "$program" -r wanted >printed.wanted 2>/dev/null
	expect_same "packets" printed printed.wanted
	run -r "$url/packets" --tls-ca ours.pem
	expect "exit status without a certificate" "$status" 2
	expect_text err "^wiretape: -r: $url/packets: answers 403: a client needs a certificate"
	run -r "$url/packets" --tls-ca theirs.pem --tls-cert client.pem --tls-key client.key
	expect "exit status with another server's" "$status" 1
	expect_text err "^wiretape: -r: $url/packets: .*certificate"
	expect "printed" "$(cat out)" ""
	result "-r of a URL takes packets from who it trusts"
fi

for who in stranger old sender; do
	: >body
	answer=$(as "$who")
	case $answer in 403 | 000) ;; *) expect "status of $who" "$answer" "403 or none" ;; esac
	expect "$who got packets" "$(cmp -s body wanted && echo yes)" ""
done
expect "status without one" "$(get /packets --cacert ours.pem)" 403
expect_text body 'a client needs a certificate of --tls-client-ca'
expect "a self-made one" "$(get /packets --cacert ours.pem --cert theirs.pem --key theirs.key)" 403
expect "without TLS" "$(curl -s -m 5 -o /dev/null -w '%{http_code}' "${url/https/http}/packets")" 000
expect "an old TLS" "$(get /status --cacert ours.pem --cert client.pem --key client.key --tls-max 1.1 --ciphers DEFAULT@SECLEVEL=0)" 000
expect "a client that doubts" "$(get /status --cacert theirs.pem --cert client.pem --key client.key)" 000
expect "it goes on" "$(as client)" 200
end_server
expect "exit status" "$ended" 0
result "who has a wrong one, one that is over, or none, gets nothing"

serve -r d --serve 127.0.0.1:0 "${by[@]}" --token-file token || exit 1
expect "with the token" "$(get /count --cacert ours.pem -H 'Authorization: Bearer a-token-of-many-letters')" 200
expect "with another" "$(get /count --cacert ours.pem -H 'Authorization: Bearer another-token-of-letters')" 401
expect "with a part of it" "$(get /count --cacert ours.pem -H 'Authorization: Bearer a-token-of-many-letter')" 401
expect "without" "$(get /count --cacert ours.pem)" 401
expect "challenge" "$(curl -s -D - -o /dev/null --cacert ours.pem "$url/count" | tr -d '\r' | grep -i '^www-auth')" \
	"WWW-Authenticate: Bearer"
expect "not told to who has none" "$(get /nothing --cacert ours.pem)" 401
if ! "$program" -r http:// 2>&1 | grep -q 'built without libcurl'; then
	run -r "$url/packets" --count --tls-ca ours.pem --token-file token
	expect "by a URL" "$(cat out)" "$("$program" -r d --count)"
	run -r "$url/packets" --count --tls-ca ours.pem --token-file token2
	expect "by a URL with another, exit status" "$status" 2
fi
end_server
result "a token lets in who has it"

serve -r d --serve 0.0.0.0:0 "${by[@]}" --token-file token2 --tls-client-ca ours.pem || exit 1
url=https://127.0.0.1:${url##*:}
expect "both" "$(get /count --cacert ours.pem --cert client.pem --key client.key -H 'Authorization: Bearer another-token-of-letters')" 200
expect "a certificate alone" "$(get /count --cacert ours.pem --cert client.pem --key client.key)" 401
expect "a token alone" "$(get /count --cacert ours.pem -H 'Authorization: Bearer another-token-of-letters')" 403
end_server
result "where both are asked for, both are needed"

run -r d --serve :0 --tls-cert server.pem --tls-key client.key
expect "exit status" "$status" 2
expect_text err '^wiretape: --tls-cert and --tls-key: .*key.*'
run -r d --serve :0 "${by[@]}" --tls-client-ca token
expect "exit status" "$status" 2
expect_text err '^wiretape: --tls-client-ca: '
result "keys that do not fit are refused"

finish_tests
