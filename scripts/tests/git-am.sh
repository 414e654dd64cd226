#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# git am takes the mbox on the pristine base, with the same result
# shellcheck source=scripts/tests/lib
. "$(dirname "$0")/lib"

pristine_copy "$T/a"
cd "$T/a"
git init -q
git add -fA
git -c user.name=t -c user.email=t@localhost commit -qm base
git -c user.name=t -c user.email=t@localhost am -q "$PROJECT_O/series/iommu-$BASE.mbox"
[ -z "$(git -C "$T/a" ls-files -o)" ]
[ "$(git rev-parse 'HEAD^{tree}')" = "$(git -C "$PROJECT_O/git" rev-parse 'HEAD^{tree}')" ] ||
	fail "not the tree that was composed"
