# SPDX-License-Identifier: GPL-2.0-only
# The files of the first file, one a line, and all that include one of those, directly or through others.
# The second one has the tree's include lines as "FILE:#include ...", from grep.  arch=NAME: of its headers.
function normal(path,	n, i, m, part, keep, r)
{
	n = split(path, part, "/")
	for (i = 1; i <= n; i++) {
		if (part[i] == "..")
			m--
		else if (part[i] != ".")
			keep[++m] = part[i]
	}
	r = keep[1]
	for (i = 2; i <= m; i++)
		r = r "/" keep[i]
	return r
}
FNR == NR { todo[++last] = $0; seen[$0] = 1; next }
{
	i = index($0, ":")
	file = substr($0, 1, i - 1)
	if (!match($0, /[<"][^>"]+[>"]/))
		next
	name = substr($0, RSTART + 1, RLENGTH - 2)
	dir = file
	sub(/[^\/]*$/, "", dir)
	if (substr($0, RSTART, 1) == "\"")
		by[normal(dir name)] = by[normal(dir name)] " " file
	n = split("include/ include/uapi/ arch/" arch "/include/ arch/" arch "/include/uapi/", at, " ")
	for (i = 1; i <= n; i++)
		by[at[i] name] = by[at[i] name] " " file
}
END {
	for (k = 1; k <= last; k++) {
		print todo[k]
		n = split(by[todo[k]], f, " ")
		for (i = 1; i <= n; i++)
			if (!seen[f[i]]++)
				todo[++last] = f[i]
	}
}
