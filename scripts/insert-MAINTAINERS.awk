# SPDX-License-Identifier: GPL-2.0-only
# awk -f insert-MAINTAINERS.awk FRAGMENT MAINTAINERS: MAINTAINERS with FRAGMENT's
# entries, separated by blank lines, each at its place in the alphabet.
FNR == NR {
	if ($0 == "")
		open = 0
	else if (!open) {
		open = 1
		title[++n] = $0
		entry[n] = $0
	} else
		entry[n] = entry[n] "\n" $0
	next
}
{ line[++m] = $0 }
END {
	for (i = 1; i <= m; i++) {
		# A title: after a blank line, before the first "X:<tab>" line.
		if (i > 1 && line[i - 1] == "" && line[i] ~ /^[^ \t]/ && line[i + 1] ~ /^[A-Z]:\t/)
			for (e = 1; e <= n; e++)
				if (!(e in done) && (title[e] < line[i] || line[i] == "THE REST")) {
					print entry[e] "\n"
					done[e] = 1
				}
		print line[i]
	}
}
