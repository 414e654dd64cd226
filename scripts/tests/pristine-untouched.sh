#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# trees that were patched and restored leave the pristine base as it was
# shellcheck source=scripts/tests/lib
. "$(dirname "$0")/lib"

project
run series >/dev/null
rm "out/$BASE/linux-source-$BASE"
pristine_copy "$T/p/out/$BASE/linux-source-$BASE"
src=$T/p/out/$BASE/linux-source-$BASE
cp "$PRISTINE/Makefile" "$src/"
touched "out/$BASE/git" | sums "$src" >"$T/before"
touched "out/$BASE/git" | sums "$PRISTINE" | diff "$T/before" -
env -u OUT -u ROOT scripts/worktree patched HEAD
git -C "out/$BASE/git" archive HEAD | tar -x -C "$T"
touched "out/$BASE/git" | sums "$T" | diff - <(touched "out/$BASE/git" | sums "out/$BASE/patched")
touched "out/$BASE/git" | sums "$src" | diff "$T/before" -
env -u OUT -u ROOT scripts/worktree patched base
touched "out/$BASE/git" | sums "out/$BASE/patched" | diff "$T/before" -
[ -z "$(cd "out/$BASE/patched" && find . -type f ! -name .touched | while read -r f; do [ -e "$src/$f" ] || echo "$f"; done)" ] ||
	fail "files of the series are left"
