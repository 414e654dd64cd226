#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# a new file that no series line names is an error
# shellcheck source=scripts/tests/lib
. "$(dirname "$0")/lib"

project
mkdir -p kernel
echo '/* x */' >kernel/iommu-unlisted.c
refused '^series: not in .*: kernel/iommu-unlisted.c' series
sed -i '1i - kernel/iommu-unlisted.c' "patches/$BASE/series"
run series >/dev/null
