#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# a missing package is installed by root and named, with the command, to others
# shellcheck source=scripts/tests/lib
. "$(dirname "$0")/lib"

project
fake_apt
fake dpkg-query <<<'echo not-installed'
fake id <<<'echo 1000'
refused 'missing packages; run as root: apt-get install --no-install-recommends -y tar xz-utils' base BASE=9.9
fake id <<<'echo 0'
run base BASE=9.9
grep -q 'install --no-install-recommends -y tar xz-utils' "$T/apt-log" || fail "nothing installed"
