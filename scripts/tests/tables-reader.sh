#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# the lab reads units and direct regions from a DMAR and an IVRS, and sees what a kernel reads otherwise
# shellcheck source=scripts/tests/lib
. "$(dirname "$0")/lib"

lab=$T/lab/lab
make -s -C "$PROJECT/tools/testing/selftests/iommu/lab" O="$T/lab" "$lab" >"$T/make" 2>&1 ||
	{ cat "$T/make"; fail "the lab does not build"; }
mkdir -p "$T/tables/of/one"

le() { # BYTES VALUE...: little endian, in hex
	local bytes=$1 v i
	shift
	for v; do
		for ((i = 0; i < bytes; i++)); do printf '%02x ' "$((v >> 8 * i & 255))"; done
	done
}

body=()
block() { # HEX...: a structure; its length goes to byte 2
	local len
	read -ra len <<<"$(le 2 "$(($# + 2))")"
	body+=("${@:1:2}" "${len[@]}" "${@:3}")
}

table() { # SIGNATURE FILE: of the structures so far
	local header
	read -ra header <<<"$(le 4 "$((48 + ${#body[@]}))") $(le 4 0 0 0 0 0 0 0) $(le 4 38 0 0)"
	{
		printf %s "$1"
		printf '%b' "$(printf '\\x%s' "${header[@]}" "${body[@]}")"
	} >"$T/tables/$2"
	body=()
}

# shellcheck disable=SC2046 # words
{
# Two functions of a device with one byte at 0; adjacent pages, behind a bridge; structures without regions
block 00 00 01 00 $(le 2 0) $(le 8 0xfed91000)
block 05 00 00 00 $(le 2 0) 01 08 $(le 2 0) 00 00 02 00
block 01 00 $(le 4 0) $(le 8 0 0) 01 08 $(le 2 0) 00 00 1d 00 01 08 $(le 2 0) 00 00 1d 07
block 63 00 ff ff
block 01 00 $(le 4 0) $(le 8 0x1000 0x1fff) 01 0a $(le 2 0) 00 00 01 00 00 00
block 01 00 $(le 4 0) $(le 8 0x2000 0x2fff) 01 0a $(le 2 0) 00 00 01 00 00 00
table DMAR of/one/touch
# The unit for all has no registers; a scope starts at a secondary bus; an end before the start; padding
block 00 00 00 00 $(le 2 0) $(le 8 0xfed90000) 01 08 $(le 2 0) 00 00 02 00 01 08 $(le 2 0) 00 05 00 00
block 00 00 01 00 $(le 2 0) $(le 8 0)
block 01 00 $(le 4 0) $(le 8 0x9000 0xafff) 01 08 $(le 2 0) 00 05 00 00
block 01 00 $(le 4 0) $(le 8 0x9000 0x7fff) 01 08 $(le 2 0) 00 00 02 00
body+=(00 00 00 00 00 00)
table DMAR odd
# One IOMMU in two formats; what is excluded for a range of devices; an unknown type
block 10 00 $(le 2 2 0x40) $(le 8 0xfd00000) $(le 2 0 0) $(le 4 0) 02 $(le 2 0x100) 00
block 11 00 $(le 2 2 0x40) $(le 8 0xfd00000) $(le 2 0 0) $(le 4 0) $(le 8 0 0) \
	03 $(le 2 1) 00 04 $(le 2 0x1fe) 00
block 22 08 $(le 2 0 0xff) $(le 8 0) $(le 8 0x5000 1)
block 21 03 $(le 2 0x100 0) $(le 8 0) $(le 8 0x6000 0x1000)
block 51 00 $(le 4 0)
table IVRS ranges
}

"$lab" tables initrd "$T/initrd" "$T/tables" || fail "no initrd"

say() { # KIND NUMBER: lines as the kernel's log has them
	sed "s/^/[    1.234567] iommu_tables: $1 $2 /;s/\$/\r/"
}

{
say dmar 1 <<EOF
unit 0000:fed91000 all
0000:00:1f.7 unit fed91000
0000:00:01.0 unit fed91000
0000:01:00.0 unit fed91000
0000:01:00.0 direct 1000-2fff rw
0000:00:02.0 unit fed91000
0000:00:1d.0 unit fed91000
0000:00:1d.0 direct 0-fff rw
0000:00:1d.7 unit fed91000
0000:00:1d.7 direct 0-fff rw
end
EOF
say dmar 0 <<EOF
unit 0000:fed90000
0000:00:1f.7 unit 0
0000:00:1f.6 unit 0
0000:00:02.0 unit fed90000
0000:00:02.0 direct malformed
0000:05:00.0 unit fed90000
0000:05:00.0 direct 9000-afff rw
end
EOF
say ivrs 0 <<EOF
unit 0000:fd00000
0000:00:00.0 unit 0
0000:00:00.1 unit fd00000
0000:00:00.1 direct 5000-5fff rw
0000:00:00.2 unit 0
0000:00:00.3 unit fd00000
0000:00:00.3 direct 5000-5fff rw
0000:00:1f.6 unit fd00000
0000:00:1f.6 direct 5000-5fff rw
0000:00:1f.7 unit fd00000
0000:00:1f.7 direct 5000-5fff rw
0000:01:00.0 unit fd00000
0000:01:00.0 direct 6000-6fff r
0000:01:00.1 unit fd00000
0000:01:1f.5 unit fd00000
0000:01:1f.6 unit fd00000
0000:01:1f.7 unit 0
end
EOF
} >"$T/log"

check() { # LOG-EDIT WHAT-IT-SAYS...
	local line
	sed "$1" "$T/log" >"$T/log.edited"
	shift
	"$lab" tables check "$T/log.edited" "$T/tables" >"$T/out" 2>&1 || :
	for line; do
		grep -qxF -- "$line" "$T/out" || { cat "$T/out"; fail "no line '$line'"; }
	done
}

check '' 'ok 1 odd' 'ok 2 of/one/touch' 'ok 3 ranges' \
	'# 3 tables, 37 lines; 0 differences in 0 tables, 0 tables lose a unit'
check '/1d.7 direct/d' '# table: 0000:00:1d.7 direct 0-fff rw' 'not ok 2 of/one/touch' 'ok 3 ranges'
check 's/2fff/1fff/' '# table: 0000:01:00.0 direct 1000-2fff rw' '# kernel: 0000:01:00.0 direct 1000-1fff rw'
check '/unit 0000:fed90000/d' 'not ok 1 odd' \
	'# 3 tables, 37 lines; 1 differences in 1 tables, 1 tables lose a unit'
check '/ivrs 0 end/d' '# table: end' 'not ok 3 ranges'
"$lab" tables check "$T/log" "$T/tables/of" >"$T/out" 2>&1 && fail "a log of other tables is taken"
mkdir "$T/none"
! "$lab" tables initrd "$T/initrd" "$T/none" 2>"$T/out" || fail "no table is enough"
grep -q 'no DMAR and no IVRS below' "$T/out" || { cat "$T/out"; fail "no word about it"; }
"$lab" tables make "$T/none" || fail "no tables of the lab's own"
"$lab" tables initrd "$T/initrd" "$T/none" "$T/tables" || fail "two directories are not taken"
