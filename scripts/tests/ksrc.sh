#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# KSRC=DIR gives the same series and writes nothing there
# shellcheck source=scripts/tests/lib
. "$(dirname "$0")/lib"

project
pristine_copy "$T/k"
cp "$PRISTINE/Makefile" "$PRISTINE/Kconfig" "$PRISTINE/MAINTAINERS" "$T/k/"
state() { (cd "$T/k" && find . -type f -exec sha256sum {} + && find . -printf '%p %m %T@\n') | sort; }
state >"$T/before"
chmod -R a-w "$T/k"
trap 'chmod -R u+w "$T/k"' EXIT
[ "$(run base "KSRC=$T/k" | tail -n 1)" = "$T/k" ] || fail "make base does not print KSRC"
dir=$(run series "KSRC=$T/k" | tail -n 1)
case $dir in "$T/p/out/$BASE-ksrc-"*/series) ;; *) fail "not kept apart: $dir" ;; esac
diff -r "$dir" "$PROJECT_O/series"
chmod -R u+w "$T/k"
state | diff "$T/before" -
