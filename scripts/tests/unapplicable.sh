#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# a patch that does not apply is named, with the base's version
# shellcheck source=scripts/tests/lib
. "$(dirname "$0")/lib"

project
p=$(cd "patches/$BASE" && grep -l '^--- a/' [0-9]*.patch | tail -n 1)
awk '/^@@/ { hunk = 1 } hunk == 1 && /^ / { $0 = $0 " never there"; hunk = 2 } 1' "patches/$BASE/$p" >"$T/broken"
cp "$T/broken" "patches/$BASE/$p"
refused "^series: $p does not apply to $BASE \\($(cat "out/$BASE/version")\\): " series
[ ! -e "out/$BASE/series" ] || fail "there is a series all the same"
[ ! -e "out/$BASE/series.tmp" ] || fail "something half-done is left"
