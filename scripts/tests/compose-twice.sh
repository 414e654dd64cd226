#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# composing twice, elsewhere and without git, gives the same bytes
# shellcheck source=scripts/tests/lib
. "$(dirname "$0")/lib"

project
dir=$(run series | tail -n 1)
[ "$dir" = "$T/p/out/$BASE/series" ] || fail "the last line is not the path: $dir"
diff -r "$dir" "$PROJECT_O/series"
before=$(stat -c '%Y %i' "$dir/series")
run series >/dev/null
[ "$before" = "$(stat -c '%Y %i' "$dir/series")" ] || fail "written again though nothing changed"
