# SPDX-License-Identifier: GPL-2.0-only
# awk -f insert-Kconfig.awk FRAGMENT KCONFIG: KCONFIG with FRAGMENT at its end,
# inside the menu when the file ends with the menu's endif.
FNR == NR {
	# Not its leading comment: that is about the fragment.
	if (n || $0 !~ /^(#.*)?$/)
		add[++n] = $0
	next
}
{ line[++m] = $0 }
END {
	last = line[m] ~ /^endif/ ? m - 1 : m
	for (i = 1; i <= last; i++)
		print line[i]
	if (line[last] != "" && add[1] != "")
		print ""
	for (i = 1; i <= n; i++)
		print add[i]
	if (last < m && add[n] != "")
		print ""
	for (i = last + 1; i <= m; i++)
		print line[i]
}
