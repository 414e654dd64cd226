#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# make refresh changes nothing on an unchanged tree
# shellcheck source=scripts/tests/lib
. "$(dirname "$0")/lib"

project
made=$(sed -n 's/^made-on //p' "patches/$BASE/series")
if [ "$made" != "$(cat "out/$BASE/version")" ]; then
	echo "SKIP the patches were made on $made, this is $(cat "out/$BASE/version"): lines may have moved"
	exit
fi
cp -r patches "$T/before"
run refresh
diff -r patches "$T/before"
