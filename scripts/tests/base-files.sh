#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# a file of one base enters its series, is no file of another base, and make refresh leaves it alone
# shellcheck source=scripts/tests/lib
. "$(dirname "$0")/lib"

project
own=patches/$BASE/files/kernel
mkdir -p "$own" patches/0.0/files/kernel
echo '/* another base */' >patches/0.0/files/kernel/iommu-other.h
echo '/* this base */' >"$own/iommu-own.h"
refused '^series: not in .*: kernel/iommu-own.h' series
awk '/^[0-9].*\.patch/ && !n++ { $0 = $0 " + kernel/iommu-own.h" } 1' "patches/$BASE/series" >"$T/series"
cp "$T/series" "patches/$BASE/series"
cp -r patches "$T/before"
run series >/dev/null
git -C "out/$BASE/git" show HEAD:kernel/iommu-own.h | diff - "$own/iommu-own.h"
run refresh
diff -r patches "$T/before"
