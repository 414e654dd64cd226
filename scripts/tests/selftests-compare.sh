#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# a selftest that is worse, lost or cut off with the patches fails, and so does a new splat
# shellcheck source=scripts/tests/lib
. "$(dirname "$0")/lib"

make -s -C "$PROJECT/tools/testing/selftests/iommu/lab" O="$T/lab" "$T/lab/lab" >"$T/make" 2>&1 ||
	{ cat "$T/make"; fail "the lab does not build"; }

results() { # KERNEL OUTCOME TEST-LINE...
	local dir=$T/results/$1 outcome=$2
	shift 2
	mkdir -p "$dir"
	{ printf '# | %s\n' "$@"; echo "ok 1 test prog dev: $outcome"; echo 'ok 2 splat: none'; } >"$dir/a.ktap"
	echo '[    1.0] WARNING: CPU: 0 PID: 12 at foo.c:12 bar+0x1a/0x20' >"$dir/a.log"
}

compare() { "$T/lab/lab" compare "$T/results" >"$T/out" 2>&1; }

good() { # WHAT PATTERN: the comparison passes and says so
	compare || { cat "$T/out"; fail "$1: failed"; }
	grep -qF -- "$2" "$T/out" || { cat "$T/out"; fail "$1: no line '$2'"; }
}

bad() {
	! compare || { cat "$T/out"; fail "$1: passed"; }
	grep -qF -- "$2" "$T/out" || { cat "$T/out"; fail "$1: no line '$2'"; }
}

two='2 passed, 0 skipped, 0 failed'
results unpatched "$two" '1..2' 'ok 1 x' 'ok 2 y'
results patched "$two" '1..2' 'ok 1 x' 'ok 2 y'
good "the same" "ok 1 prog dev: $two, as unpatched"

results patched '1 passed, 0 skipped, 1 failed' '1..2' 'ok 1 x' 'not ok 2 y'
bad "one fails" 'y: unpatched ok, patched not ok'
results patched '1 passed, 1 skipped, 0 failed' '1..2' 'ok 1 x' 'ok 2 y # SKIP why'
bad "one is skipped" 'y: unpatched ok, patched skipped'
results patched "$two" '1..2' 'ok 1 x' 'ok 2 z'
bad "the same count without one" 'y: unpatched ok, patched missing'
results patched "$two, killed by SIGSEGV" '1..2' 'ok 1 x' 'ok 2 y'
bad "killed at the end" 'not ok 1 prog dev'
results patched '3 passed, 0 skipped, 0 failed' '1..3' 'ok 1 x' 'ok 2 y' 'ok 3 z'
good "one more" "3 passed, 0 skipped, 0 failed; unpatched: $two"

results patched "$two" '1..2' 'ok 1 x' 'ok 2 y'
echo '[    9.0] WARNING: CPU: 1 PID: 99 at foo.c:14 bar+0x1f/0x2c' >"$T/results/patched/a.log"
good "the same splat" 'patched: WARNING'
echo '[    9.0] BUG: something' >>"$T/results/patched/a.log"
bad "a new splat" 'patched only: BUG: something'

results patched "$two" '1..2' 'ok 1 x' 'ok 2 y'
sed -i 's/^ok 1/not ok 1/' "$T/results/patched/a.ktap"
bad "not what the scenario expects" 'not ok 1 prog dev'
echo 'ok 1 splat: none' >"$T/results/patched/a.ktap"
bad "the program was not reached" 'not ok 1 prog dev: not reached'
rm "$T/results/unpatched/a.ktap"
bad "no results to compare with" 'no results in'
