#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# make versions: a line for each version on offer, fetched once; one that does not compose fails
# shellcheck source=scripts/tests/lib
. "$(dirname "$0")/lib"

small_series
echo made-on 9.9.1-1 | cat - <(printf '%s\n' 000{1-one,2-two,3-three}.patch) >patches/9.9/series
apt_files=("$T/k"/*.txt)
fake_apt
export XDG_CACHE_HOME=$T/cache
run versions BASE=9.9 >"$T/v" 2>"$T/err" || { cat "$T/v" "$T/err"; exit 1; }
grep -qxF "ok 1 9.9.1-1 (here): composes, 3 patches, 0 left out" "$T/v" || fail "$(cat "$T/v")"
[ "$(cd "$T/cache"/*/linux-source-9.9_9.9.1-1 && echo *)" = "Makefile a.txt b.txt c.txt" ] || fail "kept: $(ls "$T/cache"/*/*)"
sed -i 's/^ last$/ past/' patches/9.9/0002-two.patch
if run versions BASE=9.9 >"$T/v"; then fail "one that does not compose passes"; fi
grep -qxF "# 0002-two.patch, made on 9.9.1-1, does not apply: b.txt, hunk 1 at line 1" "$T/v" || fail "$(cat "$T/v")"
grep -qxF "not ok 1 9.9.1-1 (here)" "$T/v"
[ "$(grep -c download "$T/apt-log")" -eq 1 ] || fail "fetched again"
