#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# make refresh takes up moved lines, and then changes nothing
# shellcheck source=scripts/tests/lib
. "$(dirname "$0")/lib"

project
rm "out/$BASE/linux-source-$BASE"
pristine_copy "$T/p/out/$BASE/linux-source-$BASE"
cp "$PRISTINE/Makefile" "out/$BASE/linux-source-$BASE/"
cp "$PRISTINE/MAINTAINERS" "out/$BASE/linux-source-$BASE/"
f=$(touched "$PROJECT_O/git" | sed -n '0,/\.c$/s//&/p')
sed -i '1s/^/\/* moved *\/\n/' "out/$BASE/linux-source-$BASE/$f"
cp -r patches "$T/before"
run refresh
! diff -r patches "$T/before" >/dev/null || fail "no patch of $f moved"
rm -rf "$T/before"
cp -r patches "$T/before"
run refresh
diff -r patches "$T/before"
