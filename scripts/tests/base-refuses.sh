#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# no such base, no package lists, no network, a full disk: one line, nothing left
# shellcheck source=scripts/tests/lib
. "$(dirname "$0")/lib"

project
fake_apt
refused 'no suite offers linux-source-7\.77; there is linux-source-9\.9\. Use KSRC=DIR' base BASE=7.77
fake df <<<'echo Avail; echo 10'
refused 'needs [0-9]+ MiB in .*, 10 MiB are free' base BASE=9.9
rm "$T/bin/df"
fake apt-get <<<'echo "E: Failed to fetch" >&2; exit 100'
refused 'could not download linux-source-9.9: E: Failed to fetch; is there a network' base BASE=9.9
fake apt-cache <<<'exit 0'
refused 'apt has no package lists' base BASE=9.9
[ ! -e out/9.9/linux-source-9.9 ] || fail "there is a tree all the same"
