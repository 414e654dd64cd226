#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# make tree FROM=BASE takes the steps of one base to another one, and stops where one does not fit
# shellcheck source=scripts/tests/lib
. "$(dirname "$0")/lib"

small_series
echo made-on 9.9.1-1 | cat - <(printf '%s\n' 000{1-one,2-two,3-three}.patch) >patches/9.9/series
apt_files=("$T/k"/*.txt)
fake_apt
old=$T/old
cp -r "$T/k" "$old"
sed -i 's/PATCHLEVEL = .*/PATCHLEVEL = 8/' "$old/Makefile"
sed -i '1i moved' "$old/a.txt"
printf 'first\nolder\nlast\n' >"$old/b.txt"
run tree BASE=9.8 KSRC="$old" FROM=9.9 >"$T/tree" 2>"$T/err" || { cat "$T/err"; exit 1; }
tree=$(tail -n 1 "$T/tree")
grep -q '^tree: two: does not fit' "$T/err" || fail "$(cat "$T/err")"
cd "$tree"
printf 'first\nolder, changed\nlast\n' >b.txt
git add b.txt
GIT_EDITOR=: git -c user.name=t -c user.email=t@localhost cherry-pick --continue >/dev/null
cd "$T/p"
run refresh BASE=9.8 KSRC="$old" FROM=tree >/dev/null
run series BASE=9.8 KSRC="$old" >/dev/null
[ "$(cat patches/9.8/series)" = "$(sed 's/9\.9\.1-1/9.8.1/' patches/9.9/series)" ] || fail "$(cat patches/9.8/series)"
grep -qxF -- '+older, changed' patches/9.8/0002-two.patch || fail "$(cat patches/9.8/0002-two.patch)"
grep -qxF '@@ -1,4 +1,4 @@' patches/9.8/0001-one.patch || fail "$(cat patches/9.8/0001-one.patch)"
