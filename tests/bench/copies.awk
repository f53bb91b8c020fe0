# SPDX-License-Identifier: BSD-2-Clause
# From lines of copies.sh to a table of medians, and a chart of the sender's processor time a MB.
BEGIN { FS = OFS = "\t" }
{
	key = $1 SUBSEP $2 SUBSEP $3
	if (!(key in n)) order[++keys] = key
	i = ++n[key]
	wall[key, i] = $5; cpu[key, i] = $6; calls[key] = $7; switches[key, i] = $8
}
function median(list, key,   i, j, t, v) {
	for (i = 1; i <= n[key]; i++) v[i] = list[key, i] + 0
	for (i = 2; i <= n[key]; i++)
		for (j = i; j > 1 && v[j - 1] > v[j]; j--) { t = v[j]; v[j] = v[j - 1]; v[j - 1] = t }
	return v[int((n[key] + 1) / 2)]
}
# Copies by a processor that each byte sees on its way out of the page cache, the disk or the ring:
# counted by reasoning, that of the receiver apart.
function copies(way) {
	if (way == "read-write") return 2
	if (way == "direct-write" || way == "async-direct" || way == "mmap-write") return 1
	if (way == "ring-pipe-write" || way == "ring-send") return 1
	# Loopback copies what its user may change: of a card it is none.
	if (way ~ /zerocopy|send-zc|uring/) return "1 (0)"
	return 0
}
END {
	printf "%-6s %6s  %-20s %10s %10s %8s %8s %7s\n", "part", "MB", "way", "wall ms", "CPU ms", "calls", "switches", "copies"
	for (k = 1; k <= keys; k++) {
		split(order[k], p, SUBSEP)
		printf "%-6s %6d  %-20s %10.1f %10.1f %8s %8s %7s\n", p[1], p[2], p[3], median(wall, order[k]) / 1000, median(cpu, order[k]) / 1000, calls[order[k]], p[3] == "get" ? "-" : median(switches, order[k]), copies(p[3] == "get" ? "sendfile" : p[3])
	}
	chart()
}
function chart(   k, p, x, y, most, w, names, ways, sizes, i, color, value) {
	split("#4269d0 #efb118 #ff725c #6cc5b0 #3ca951 #ff8ab7 #a463f2 #97bbf5", color, " ")
	for (k = 1; k <= keys; k++) {
		split(order[k], p, SUBSEP)
		if (p[1] != "warm") continue
		value = median(cpu, order[k]) / p[2]
		if (value > most) most = value
		if (!(p[3] in names)) { names[p[3]] = ++ways; label[ways] = p[3] }
		if (!(p[2] in sizes)) { sizes[p[2]] = ++w; size[w] = p[2] }
	}
	if (!w) return
	printf "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 760 320\" font-family=\"sans-serif\" font-size=\"12\">\n<rect width=\"760\" height=\"320\" fill=\"#fff\"/>\n<text x=\"50\" y=\"20\">sender's CPU, µs a MB, page cache warm, TCP on loopback</text>\n" >svg
	for (i = 0; i <= 4; i++)
		printf "<text x=\"44\" y=\"%d\" text-anchor=\"end\">%d</text><path d=\"M50 %dH580\" stroke=\"#ddd\"/>\n", 284 - i * 60, most * i / 4, 280 - i * 60 >svg
	for (i = 1; i <= w; i++)
		printf "<text x=\"%d\" y=\"300\" text-anchor=\"middle\">%s MB</text>\n", 50 + (i - 1) * 530 / (w > 1 ? w - 1 : 1), size[i] >svg
	for (x = 1; x <= ways; x++) {
		printf "<polyline fill=\"none\" stroke=\"%s\" stroke-width=\"2\" points=\"", color[x] >svg
		for (i = 1; i <= w; i++) {
			k = "warm" SUBSEP size[i] SUBSEP label[x]
			if (k in n) printf "%.1f,%.1f ", 50 + (i - 1) * 530 / (w > 1 ? w - 1 : 1), 280 - median(cpu, k) / size[i] / most * 240 >svg
		}
		printf "\"/>\n<path d=\"M600 %dh20\" stroke=\"%s\" stroke-width=\"3\"/><text x=\"626\" y=\"%d\">%s</text>\n", 40 + x * 22, color[x], 44 + x * 22, label[x] >svg
	}
	print "</svg>" >svg
}
