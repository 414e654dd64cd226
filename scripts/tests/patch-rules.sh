#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# a patch that adds a file, touches what is not there or is not signed is an error
# shellcheck source=scripts/tests/lib
. "$(dirname "$0")/lib"

project
scripts/steps "out/$BASE/linux-source-$BASE" >"$T/steps"
first=$(sed -n '/^patch /{s///p;q}' "$T/steps")
cp "patches/$BASE/$first" "$T/first"
sed -i '/^Signed-off-by:/d' "patches/$BASE/$first"
refused "$first: no Signed-off-by: line" series
sed 's,^--- a/.*,--- /dev/null,' "$T/first" >"patches/$BASE/$first"
refused "$first adds a file: new files are kept once" series
sed 's,^--- a/.*,--- a/drivers/nowhere.c,' "$T/first" >"patches/$BASE/$first"
refused "$first touches drivers/nowhere.c, which $BASE .* does not have" series
