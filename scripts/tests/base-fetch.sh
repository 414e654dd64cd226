#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# make base fetches once, records the version and prints the path
# shellcheck source=scripts/tests/lib
. "$(dirname "$0")/lib"

project
fake_apt
[ "$(run base BASE=9.9 2>"$T/err" | tail -n 1)" = "$T/p/out/9.9/linux-source-9.9" ] || { cat "$T/err"; fail "no path"; }
[ "$(cat out/9.9/version)" = 9.9.1-1 ]
grep -q 'version 9.9.1-1, from here$' "$T/err"
[ "$(find out/9.9 -mindepth 1 -maxdepth 1 | wc -l)" -eq 3 ] || fail "leftovers: $(ls out/9.9)"
run base BASE=9.9
[ "$(grep -c download "$T/apt-log")" -eq 1 ] || fail "fetched again"
