#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# a patch that does not apply is named, with its hunk and both versions of the base
# shellcheck source=scripts/tests/lib
. "$(dirname "$0")/lib"

project
p=$(cd "patches/$BASE" && grep -rl '^--- a/' --include='[0-9]*.patch' . | sort | tail -n 1)
p=${p#./}
f=$(sed -n '/^--- a\//{s,^--- a/\([^\t]*\).*,\1,p;q}' "patches/$BASE/$p")
awk '/^@@/ { hunk = 1 } hunk == 1 && /^ / { $0 = $0 " never there"; hunk = 2 } 1' "patches/$BASE/$p" >"$T/broken"
cp "$T/broken" "patches/$BASE/$p"
sed -i 's/^made-on .*/made-on 1.2.3-4/' "patches/$BASE/series"
met=$(cat "out/$BASE/version")
refused "^series: $p does not apply to $BASE \\($met; made on 1\\.2\\.3-4\\): $f, hunk 1 at line [0-9]+$" series
[ ! -e "out/$BASE/series" ] || fail "there is a series all the same"
[ ! -e "out/$BASE/series.tmp" ] || fail "something half-done is left"
# The same as a line of make versions, for a tree.
pristine_copy "$T/k"
cp "$PRISTINE/Makefile" "$PRISTINE/MAINTAINERS" "$T/k/"
if run versions "KSRC=$T/k" >"$T/versions"; then fail "make versions: succeeded"; fi
grep -qE "^# $p, made on 1\\.2\\.3-4, does not apply: $f, hunk 1 at line [0-9]+$" "$T/versions" || { cat "$T/versions"; exit 1; }
grep -qE '^not ok 1 ' "$T/versions"
