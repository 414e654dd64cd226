#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# quilt push -a takes the series on the pristine base, without offset or fuzz
# shellcheck source=scripts/tests/lib
. "$(dirname "$0")/lib"

pristine_copy "$T/a"
cp -r "$PROJECT_O/series" "$T/a/patches"
cd "$T/a"
QUILT_PATCHES=patches quilt --quiltrc - push -a >"$T/quilt" || { cat "$T/quilt"; exit 1; }
! grep -E '^Hunk .*(offset|with fuzz)' "$T/quilt" || fail "patches do not fit exactly"
rm -rf patches .pc
mkdir "$T/b"
git -C "$PROJECT_O/git" archive HEAD | tar -x -C "$T/b"
diff -r "$T/a" "$T/b"
