#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# without the Arm machine's packages the lab says so and counts a skip
# shellcheck source=scripts/tests/lib
. "$(dirname "$0")/lib"

project
fake dpkg-query <<'FAKE'
case $* in
*qemu-system-arm) exit 1 ;;
*) echo installed ;;
esac
FAKE
fake apt-get <<<'exit 1'
fake id <<<'echo 0'
run lab ARCH=arm64 >"$T/stdout" 2>"$T/stderr" || { cat "$T/stderr"; fail "a failure, not a skip"; }
grep -q 'could not install: qemu-system-arm' "$T/stderr" || { cat "$T/stderr"; fail "no message about what is missing"; }
grep -q '^ok 1 arm64 # SKIP ' "$T/stdout" || { cat "$T/stdout"; fail "no skip counted"; }
