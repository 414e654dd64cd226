#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# entries for MAINTAINERS go where they belong, once, and only with a file that they are for
# shellcheck source=scripts/tests/lib
. "$(dirname "$0")/lib"

entry() { printf '%s\nS:\tMaintained\nF:\t%s\n\n' "$1" "$2"; }
insert() { # MAINTAINERS FILE...
	printf '%s\n' "${@:2}" >"$T/files"
	awk -f "$PROJECT/scripts/insert-MAINTAINERS.awk" "$T/files" "$T/fragment" "$1"
}
titles() { awk '/^[A-Z]:\t/ && blank == "" && prev ~ /^[^ \t]/ { print prev } { blank = prev; prev = $0 }' "$1"; }

# The file is sorted in parts; "IOMMU X" is between two titles in none of the first part.
{ echo 'List of maintainers'; echo
  for t in ALPHA ZULU IOMMU\ A IOMMU\ Z KILO THE\ REST; do entry "$t" "drivers/$t/"; done; } >"$T/M"
{ entry 'IOMMU X' 'drivers/x*.c'; entry 'IOMMU Y' drivers/y/; entry ZZ drivers/zz.c; } >"$T/fragment"
insert "$T/M" drivers/xx.c >"$T/M1"
[ "$(titles "$T/M1" | tr '\n' ,)" = 'ALPHA,ZULU,IOMMU A,IOMMU X,IOMMU Z,KILO,THE REST,' ] || fail "$(titles "$T/M1")"
insert "$T/M1" drivers/xx.c drivers/y/deep/y.c drivers/zz.c >"$T/M2"
[ "$(titles "$T/M2" | tr '\n' ,)" = 'ALPHA,ZULU,IOMMU A,IOMMU X,IOMMU Y,IOMMU Z,KILO,ZZ,THE REST,' ] || fail "$(titles "$T/M2")"
insert "$T/M" drivers/x/x.c drivers/zz.cc | diff "$T/M" -

# Those of the project, on this base: next to the IOMMU's own.
f=$PRISTINE/MAINTAINERS
[ -f "$f" ] || { echo "SKIP no MAINTAINERS in $PRISTINE"; exit; }
cp "$PROJECT/MAINTAINERS" "$T/fragment"
(cd "$PROJECT" && find Documentation drivers -type f) >"$T/all"
mapfile -t all <"$T/all"
insert "$f" "${all[@]}" >"$T/M3"
[ "$(titles "$T/M3" | grep -c .)" -eq $(($(titles "$f" | grep -c .) + $(titles "$T/fragment" | grep -c .))) ]
titles "$T/M3" | grep -A "$(titles "$T/fragment" | grep -c .)" '^IOMMU DMA-API LAYER' | tail -n +2 | diff - <(titles "$T/fragment")
