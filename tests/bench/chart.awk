# SPDX-License-Identifier: BSD-2-Clause
# Draws the summary table as an SVG: for each frame size CPU a packet, on a
# scale of its own, and beside it the share recorded, a mark at the worst round.
# Of each program only its default is shown, of netsniff-ng its cheapest mode.
# names: other programs than the recorders, in their order; shared: what the
# share is of.

BEGIN {
	FS = "\t"
	label["wiretape-auto"] = "wiretape, pcapng"
	label["wiretape-pcap"] = "wiretape, pcap"
	label["tcpdump"] = "tcpdump"
	label["dumpcap"] = "dumpcap"
	label["walk"] = "ring read, nothing written"
	if (names == "")
		names = "walk wiretape-auto wiretape-pcap netsniff-ng tcpdump dumpcap"
	if (shared == "")
		shared = "recorded"
	order_count = split(names, order, " ")
	WIDTH = 760; LEFT = 186; CPU_WIDTH = 290; SHARE_LEFT = 556; SHARE_WIDTH = 130
	ROW = 19; BAR = 13
}

FNR == 1 || $7 == "" { next }

{ name = $2 }
name ~ /^netsniff-ng-/ {
	if (($1, "netsniff-ng") in cpu && cpu[$1, "netsniff-ng"] <= $7)
		next
	mode[$1] = substr(name, 13)
	name = "netsniff-ng"
}
!($1 in pps) { sizes[++size_count] = $1 }
{
	pps[$1] = $4
	cpu[$1, name] = $7 > 0 ? $7 : 0
	share[$1, name] = $5 * 100
	worst[$1, name] = $6 * 100
}

function text(x, y, class, s) {
	printf "<text x=\"%.1f\" y=\"%.1f\" class=\"%s\">%s</text>\n", x, y, class, s
}

function bar(x, y, width, class) {
	printf "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%d\" rx=\"2\" class=\"%s\"/>\n", \
		x, y, width < 1 ? 1 : width, BAR, class
}

# 99.96 is not 100.
function percent(x) { return x >= 100 ? "100" : sprintf("%.1f", int(x * 10) / 10) }

function draw_row(size, name, y, scale,    class, base, x) {
	class = name ~ /^wiretape/ ? "own" : name == "walk" ? "limit" : "peer"
	base = y + BAR - 2.5
	text(LEFT - 8, base, "name", \
		name in label ? label[name] : size in mode ? "netsniff-ng --" mode[size] : name)
	bar(LEFT, y, cpu[size, name] * scale, class)
	text(LEFT + cpu[size, name] * scale + 6, base, "figure", sprintf("%.0f", cpu[size, name]))
	bar(SHARE_LEFT, y, SHARE_WIDTH, "track")
	bar(SHARE_LEFT, y, share[size, name] / 100 * SHARE_WIDTH, class)
	x = SHARE_LEFT + worst[size, name] / 100 * SHARE_WIDTH
	printf "<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" class=\"worst\"/>\n", \
		x, y - 1, x, y + BAR + 1
	text(SHARE_LEFT + SHARE_WIDTH + 6, base, "figure", percent(share[size, name]) " %")
}

function draw_size(size, y,    i, top) {
	text(12, y, "title", sprintf("%d-byte frames, %.2f million a second", size, pps[size] / 1e6))
	for (i = 1; i <= order_count; i++)
		if ((size, order[i]) in cpu && cpu[size, order[i]] > top)
			top = cpu[size, order[i]]
	y += 9
	for (i = 1; i <= order_count; i++)
		if ((size, order[i]) in cpu) {
			draw_row(size, order[i], y, top > 0 ? CPU_WIDTH / top : 0)
			y += ROW
		}
	return y + 27
}

function style() {
	print "<style>"
	print "text { font: 12px system-ui, sans-serif; fill: #24292f }"
	print ".title { font-weight: 600 } .name { text-anchor: end } .head { fill: #57606a }"
	print ".figure { font-variant-numeric: tabular-nums }"
	print ".own { fill: #0a7d6c } .peer { fill: #8c959f } .limit { fill: #b9a7d9 }"
	print ".track { fill: #8c959f; opacity: .18 } .worst { stroke: #24292f; stroke-width: 1.5 }"
	print "@media (prefers-color-scheme: dark) {"
	print "text { fill: #e6edf3 } .head { fill: #9198a1 } .own { fill: #2dd4bf }"
	print ".peer { fill: #7d8590 } .limit { fill: #8d7bb5 } .worst { stroke: #e6edf3 }"
	print "}"
	print "</style>"
}

END {
	for (i = 1; i <= size_count; i++)
		for (k = 1; k <= order_count; k++)
			rows += (sizes[i], order[k]) in cpu
	height = 52 + size_count * 36 + rows * ROW
	printf "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" width=\"%d\" " \
		"height=\"%d\" role=\"img\">\n", WIDTH, height, WIDTH, height
	print "<title>CPU time a packet and share " shared ", by program and frame size</title>"
	style()
	text(LEFT, 20, "head", "CPU time, ns a packet (less is better)")
	text(SHARE_LEFT, 20, "head", shared " (mark: worst round)")
	y = 50
	for (i = 1; i <= size_count; i++)
		y = draw_size(sizes[i], y)
	print "</svg>"
}
