#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# each rule of coccinelle fires where it is to, and nowhere else
# shellcheck source=scripts/tests/lib
. "$(dirname "$0")/lib"

command -v spatch >/dev/null || { echo "SKIP coccinelle is not installed"; exit 0; }
for rule in "$PROJECT"/scripts/coccinelle/*/*.cocci; do
	case=$(dirname "$rule")/tests/$(basename "$rule" .cocci).c
	[ -f "$case" ] || fail "$(basename "$rule"): no case in tests/"
	read -ra opts < <(sed -n '/^\/\/ *Options: */{s///p;q}' "$rule") || :
	spatch -D report --very-quiet --no-show-diff --cocci-file "$rule" "${opts[@]}" "$case" 2>&1 |
		sed -n 's/^[^ :]*:\([0-9]*\)[:-].*/\1/p' | sort -nu >"$T/found"
	grep -n '/\* fires \*/' "$case" | cut -d: -f1 | diff - "$T/found" ||
		fail "$(basename "$rule"): < is to be found and is not, > the other way round"
done
