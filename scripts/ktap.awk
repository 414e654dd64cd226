# SPDX-License-Identifier: GPL-2.0-only
# awk -v part=NAME -f ktap.awk: count the results of KTAP, subtests rather than their sums.
# Prints "count PASSED FAILED SKIPPED" and a line for each result that is not a pass.
/^ *(not )?ok [0-9]/ {
	match($0, /^ */)
	depth = RLENGTH
	parent = depth < prev
	prev = depth
	bad = $1 == "not"
	if (parent && !(bad && !below[depth])) {
		# Its subtests are counted, and one of them says what failed.
		below[depth] = below[depth] || bad
		next
	}
	name = $0
	sub(/^ *(not )?ok [0-9]+ *(- )?/, "", name)
	why = ""
	if (match(name, /# *SKIP */)) {
		why = substr(name, RSTART + RLENGTH)
		name = substr(name, 1, RSTART - 1)
	}
	sub(/ *(#.*)?$/, "", name)
	if (bad) {
		fail++
		for (d = 0; d < depth; d++)
			below[d] = 1
		print "fail\t" part ": " name
	} else if ($0 ~ /# *SKIP/) {
		skip++
		print "skip\t" part ": " name "\t" (why ? why : "no reason given")
	} else
		pass++
	# A result at this depth starts the next parent's subtests afresh.
	for (d = depth + 1; d < 32; d++)
		below[d] = 0
}
END { printf "count\t%d\t%d\t%d\n", pass, fail, skip }
