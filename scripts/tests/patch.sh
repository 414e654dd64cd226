#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# patch -p1 -F0 takes each patch on the pristine base, without offset
# shellcheck source=scripts/tests/lib
. "$(dirname "$0")/lib"

pristine_copy "$T/a"
cd "$T/a"
while read -r p; do
	patch -p1 -F0 --no-backup-if-mismatch <"$PROJECT_O/series/$p" >"$T/patch" || { echo "$p"; cat "$T/patch"; exit 1; }
	! grep -E '^Hunk .*(offset|with fuzz)' "$T/patch" || fail "$p does not fit exactly"
done <"$PROJECT_O/series/series"
mkdir "$T/b"
git -C "$PROJECT_O/git" archive HEAD | tar -x -C "$T/b"
diff -r "$T/a" "$T/b"
