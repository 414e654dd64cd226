#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# TOPIC= composes a topic with what it needs and no more, each in a directory of its own
# shellcheck source=scripts/tests/lib
. "$(dirname "$0")/lib"

small_series
mkdir patches/9.9/{first,second,third} kernel
mv patches/9.9/0001-* patches/9.9/first/
mv patches/9.9/0002-* patches/9.9/second/0001-two.patch
mv patches/9.9/0003-* patches/9.9/third/0001-three.patch
echo '/* third */' >kernel/third.c
cat >patches/9.9/series <<-EOF
	made-on 9.9.1

	topic first
	0001-one.patch

	topic second
	0001-two.patch

	topic third needs first
	0001-three.patch + kernel/third.c
EOF
mkdir patches/topics
for t in first second third fourth; do
	printf '%s\n' "About $t" "Take it if you like." "" Problem "None." >"patches/topics/$t"
done
cp -r patches/9.9 "$T/before"
compose() { run series BASE= "KSRC=$T/k" "$@" 2>"$T/err" | tail -n 1; }
dir=$(compose) || { cat "$T/err"; exit 1; }
[ "$(tr '\n' ' ' <"$dir/series")" = "first/0001-one.patch second/0001-two.patch third/0001-three.patch " ]
[ "$(grep -c '^From 0' "$dir/iommu-9.9.mbox")" -eq 3 ]
dir=$(compose TOPIC=third)
[ "$(tr '\n' ' ' <"$dir/series")" = "first/0001-one.patch third/0001-three.patch " ] || fail "$(cat "$dir/series")"
[ "$(cat "$dir/third/series")" = 0001-three.patch ]
grep -qxF 'Subject: [PATCH 9.9 0/1] About third' "$dir/third/0000-cover-letter.patch"
grep -q 'kernel/third.c | 1 +$' "$dir/third/0000-cover-letter.patch"
! grep -q 'Take it' "$dir/third/0000-cover-letter.patch" || fail "a line of the table is in the letter"
grep -q '^+/\* third \*/' "$dir/third/third.mbox"
dir=$(compose TOPIC=second)
[ "$(cat "$dir/series")" = second/0001-two.patch ]
refused 'TOPIC=fourth: no such topic; there are: first second third' series BASE= "KSRC=$T/k" TOPIC=fourth
# A tree keeps its topics; a new commit is of the topic of the one before it.
tree=$(run tree BASE= "KSRC=$T/k" | tail -n 1)
run refresh FROM=tree BASE= "KSRC=$T/k"
diff -r patches/9.9 "$T/before"
echo more >>"$tree/c.txt"
git -C "$tree" -c user.name=t -c user.email=t@localhost commit -qasm "More"
run refresh FROM=tree BASE= "KSRC=$T/k"
[ "$(tail -n 1 patches/9.9/series)" = 0002-More.patch ] || fail "$(cat patches/9.9/series)"
[ -f patches/9.9/third/0002-More.patch ]
# A commit says that it is of another one.
git -C "$tree" -c user.name=t -c user.email=t@localhost commit -q --amend -m "More

Signed-off-by: t <t@localhost>
Topic: fourth"
run refresh FROM=tree BASE= "KSRC=$T/k"
[ "$(tail -n 2 patches/9.9/series)" = "$(printf 'topic fourth\n0001-More.patch')" ] || fail "$(cat patches/9.9/series)"
! grep -q Topic patches/9.9/fourth/0001-More.patch || fail "the line that names the topic is in the patch"
# One without a letter is no topic.
rm patches/topics/fourth
refused 'topic fourth has no cover letter' series BASE= "KSRC=$T/k"
