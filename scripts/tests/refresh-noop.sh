#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# make refresh changes nothing on an unchanged tree
# shellcheck source=scripts/tests/lib
. "$(dirname "$0")/lib"

project
cp -r patches "$T/before"
run refresh
diff -r patches "$T/before"
