#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# make tree and refresh FROM=tree: nothing changes by itself, commits and new files come back
# shellcheck source=scripts/tests/lib
. "$(dirname "$0")/lib"

project
src=$T/p/out/$BASE/linux-source-$BASE
rm "$src"
pristine_copy "$src"
cp "$PRISTINE/Makefile" "$PRISTINE/MAINTAINERS" "$src/"
run refresh
cp -r patches "$T/before"
tree=$(run tree | tail -n 1)
run refresh FROM=tree
diff -r -x series "patches/$BASE" "$T/before/$BASE"
strip() { tr -s ' \t' ' ' <"$1"; }
diff <(strip "patches/$BASE/series") <(strip "$T/before/$BASE/series")

cd "$tree" || exit
f=$(touched "$T/p/out/$BASE/git" | sed -n '0,/\.c$/s//&/p')
echo '/* changed */' >>"$f"
echo '/* new */' >drivers/iommu-new.c
git add -fA "$f" drivers/iommu-new.c
git -c user.name=t -c user.email=t@localhost commit -qsm "iommu: One more"
cd "$T/p" || exit
run refresh FROM=tree
p=$(tail -n 1 "patches/$BASE/series")
grep -qE '^[0-9]{4}-iommu-One-more.patch \+ drivers/iommu-new.c$' <<<"$p" || fail "series ends: $p"
[ "$(cat drivers/iommu-new.c)" = '/* new */' ]
grep -qxF '+/* changed */' "patches/$BASE"/*/*-iommu-One-more.patch
! grep -q new "patches/$BASE"/*/*-iommu-One-more.patch || fail "the new file is in the patch"

git -C "$tree" reset -q --hard HEAD^
run refresh FROM=tree
[ ! -e drivers/iommu-new.c ] || fail "a file is left of a commit that is gone"
diff -r -x series "patches/$BASE" "$T/before/$BASE"
