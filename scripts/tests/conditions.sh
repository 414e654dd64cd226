#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# a step is left out, with a message, where the source of the base has or lacks what a condition names
# shellcheck source=scripts/tests/lib
. "$(dirname "$0")/lib"

small_series
printf '%s\n' "made-on 9.9.1" \
	0001-one.patch $'\tunless a.txt has a fix of stable' \
	0002-two.patch $'\tif a.txt has a fix of stable' \
	0003-three.patch >patches/9.9/series
cp -r patches/9.9 "$T/before"
compose() { run series BASE= "KSRC=$T/k" 2>"$T/err" | tail -n 1; }
[ "$(cat "$(compose)/series")" = "$(printf '%s\n' 0001-one.patch 0002-three.patch)" ] || fail "$(cat "$T/err")"
grep -qxF "series: left out: 0002-two.patch, since a.txt does not have 'a fix of stable'" "$T/err" || fail "$(cat "$T/err")"
run versions BASE= "KSRC=$T/k" >"$T/v"
grep -qE "^ok 1 .*: composes, 2 patches, 1 left out$" "$T/v" || fail "$(cat "$T/v")"
echo "a fix of stable" >>"$T/k/a.txt"
[ "$(cat "$(compose)/series")" = "$(printf '%s\n' 0001-two.patch 0002-three.patch)" ] || fail "$(cat "$T/err")"
grep -qxF "series: left out: 0001-one.patch, since a.txt has 'a fix of stable'" "$T/err" || fail "$(cat "$T/err")"
# What is left out stays where it is, and nothing of it is lost.
run refresh BASE= "KSRC=$T/k"
diff -r -x series patches/9.9 "$T/before"
diff <(grep -v made-on patches/9.9/series) <(grep -v made-on "$T/before/series")
run tree BASE= "KSRC=$T/k" >/dev/null
run refresh FROM=tree BASE= "KSRC=$T/k"
diff -r patches/9.9 "$T/before"
printf '\twhenever it likes\n' >>patches/9.9/series
refused "'whenever it likes' is no condition" series BASE= "KSRC=$T/k"
