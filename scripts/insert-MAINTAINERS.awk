# SPDX-License-Identifier: GPL-2.0-only
# awk -f insert-MAINTAINERS.awk FILES FRAGMENT MAINTAINERS: MAINTAINERS with those of FRAGMENT's entries,
# separated by blank lines, that it does not have and that have an F: line for one of FILES, a path a
# line.  The file is sorted in parts only: an entry goes to the last place where it is between the two
# titles around it.
FNR == 1 { part++ }
part == 1 { path[$0]; next }
part == 2 {
	if ($0 == "")
		open = 0
	else if (!open) {
		open = 1
		title[++n] = $0
		entry[n] = $0
	} else
		entry[n] = entry[n] "\n" $0
	if (sub(/^F:\t/, "") && covers($0))
		wanted[n] = 1
	next
}
{ line[++m] = $0 }

function covers(glob,	p) { # as in F: lines, where * stops at a slash, and a slash at the end means all below
	gsub(/[.+]/, "[&]", glob)
	gsub(/[*]/, "[^/]*", glob)
	gsub(/[?]/, "[^/]", glob)
	glob = "^" glob (glob ~ /\/$/ ? "" : "$")
	for (p in path)
		if (p ~ glob)
			return 1
	return 0
}

END {
	for (i = 2; i <= m; i++) # a title: after a blank line, before the first "X:<tab>" line
		if (line[i - 1] == "" && line[i] ~ /^[^ \t]/ && line[i + 1] ~ /^[A-Z]:\t/)
			at[++titles] = i
	for (e = 1; e <= n; e++) {
		if (!(e in wanted))
			continue
		place = 0
		for (t = 1; t <= titles; t++) {
			if (line[at[t]] == title[e])
				break
			if (line[at[t]] > title[e] && t > 1 && line[at[t - 1]] < title[e] ||
			    line[at[t]] == "THE REST" && !place)
				place = at[t]
		}
		if (t <= titles)
			continue
		if (!place) {
			print "no place for " title[e] >"/dev/stderr"
			exit failed = 1
		}
		before[place] = before[place] entry[e] "\n\n"
	}
	for (i = 1; i <= m; i++)
		print before[i] line[i]
}
