#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# each linter finds the fault that was made for it
# shellcheck source=scripts/tests/lib
. "$(dirname "$0")/lib"

for program in gcc ccache sparse spatch shellcheck codespell sphinx-build; do
	command -v "$program" >/dev/null || { echo "SKIP $program is not installed"; exit 0; }
done

# A series of one patch and three files, on the whole base: compiling takes its headers.  "patch-rules" tests
# the missing Signed-off-by, "coccinelle" the series' own rules.
mkdir -p "$T/p/patches/topics" "$T/p/patches/$BASE/fixes-fault" "$T/p/out/$BASE" "$T/p/kernel" "$T/p/Documentation/core-api"
mkdir -p "$T/p/scripts" "$T/p/tools/testing/selftests/iommu/lab"
cp "$PROJECT/Makefile" "$T/p/"
cp "$PROJECT"/scripts/{base,common,configured,insert-MAINTAINERS.awk,karch,lint,packages,series,steps,suites,worktree} "$T/p/scripts/"
cp "$PROJECT/patches/README.md" "$T/p/patches/"
cd "$T/p"
[ ! -d "$PROJECT/out/apt" ] || cp -r "$PROJECT/out/apt" out/
cp "$PROJECT_O/version" "out/$BASE/"
src=out/$BASE/linux-source-$BASE
cp -al "$PRISTINE" "$src" 2>/dev/null || { rm -rf "$src"; cp -a "$PRISTINE" "$src"; }
# One rule of coccinelle stands for all.
find "$src/scripts/coccinelle" -name '*.cocci' ! -name ifnullfree.cocci -delete

misspelt=$(printf 'rec%s' ieve) # in two, since this file is checked, too
cat >kernel/lint_fault.c <<'EOF'
// SPDX-License-Identifier: GPL-2.0-only
#include <linux/slab.h>
#include <linux/types.h>
#include <linux/uaccess.h>

/* What makes this line long is that it says in many words, more than eighty columns of them, that it is, indeed, long. */

/**
 * lint_fault() - MISSPELT a few faults
 * @addr: an address
 */
void *lint_fault(u64 addr, u64 by);
void *lint_fault(u64 addr, u64 by)
{
	void *pointer = (void *)addr;
	int __user *user = pointer;
	int unused;

	if (pointer)
		kfree(pointer);
	if (user)
		return NULL;
	return (void *)(unsigned long)(addr / by);
}
EOF
sed -i "s/MISSPELT/$misspelt/" kernel/lint_fault.c
{ echo '/* SPDX-License-Identifier: GPL-2.0-only */'; printf '/* line %d */\n' {1..300}; } >kernel/lint_fault.h
printf '%s\n' '.. SPDX-License-Identifier: GPL-2.0-only' '' 'A title longer than its line' '======' >Documentation/core-api/lint-fault.rst
# shellcheck disable=SC2016 # is to be found
printf '%s\n' '#!/bin/bash' '# SPDX-License-Identifier: GPL-2.0-only' 'rm $1' >scripts/fault
printf '%s\n' 'A fault for each linter' 'no person' '' 'All of them.' >patches/topics/fixes-fault
printf '%s\n' 'made-on 0' 'topic fixes-fault' \
	'0001-fault.patch + kernel/lint_fault.c kernel/lint_fault.h Documentation/core-api/lint-fault.rst' >"patches/$BASE/series"
{
	printf '%s\n' 'From: t <t@localhost>' 'Date: Thu, 1 Jan 1970 00:00:00 +0000' 'Subject: [PATCH] kernel: Add faults' '' \
		'There are none.' '' 'Signed-off-by: t <t@localhost>' ---
	{ cat "$src/kernel/Makefile"; echo 'obj-y += lint_fault.o'; } |
		diff -u --label a/kernel/Makefile --label b/kernel/Makefile "$src/kernel/Makefile" - || :
} >"patches/$BASE/fixes-fault/0001-fault.patch"

! CONFIG=tinyconfig run lint >"$T/ktap" 2>"$T/err" || fail "no fault was found"
finds() { # LINTER FINDING: a result that is not ok, with that line above it
	awk -v name="$1" -v finding="$2" '
		/^#/ { if ($0 ~ finding) found = 1; next }
		/^not ok/ && found && index($0, name) { ok = 1 }
		/^(not )?ok/ { found = 0 }
		/^ok .*# SKIP/ && index($0, name) { ok = 1 } # no compiler for it
		END { exit !ok }' "$T/ktap" || echo "$1: did not find '$2'"
}
{
	finds 'checkpatch --strict, each patch' 'line length of [0-9]* exceeds 100'
	finds 'checkpatch --strict -f' 'line length of [0-9]* exceeds 80'
	finds codespell "$misspelt ==>"
	finds 'long patches say why' 'kernel: Add faults: more than 300 added lines'
	finds 'Fixes in each fix' 'kernel: Add faults: no Fixes:'
	finds MAINTAINERS 'kernel/lint_fault.c: no entry'
	finds kernel-doc "(parameter|member) 'by' not described"
	finds sphinx 'lint-fault.rst:[34]: WARNING: Title underline too short'
	finds 'ok 9 sparse and W=1' 'unused variable'
	finds 'ok 9 sparse and W=1' 'different address spaces'
	for arch in i386 arm; do
		finds "32-bit: sparse and W=1 on $arch" 'cast to pointer from integer of different size'
		finds "32-bit: sparse and W=1 on $arch" '64-bit division'
	done
	finds 'clang: W=1' 'unused variable'
	finds 'coccinelle, 1 rules' 'NULL check before some freeing functions'
	finds shellcheck 'Double quote to prevent globbing'
} >"$T/missed"
[ ! -s "$T/missed" ] || { cat "$T/missed" "$T/ktap"; tail -n 5 "$T/err"; exit 1; }
