#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# an unpacking that was cut short leaves no tree, and the next one continues without a download
# shellcheck source=scripts/tests/lib
. "$(dirname "$0")/lib"

project
fake_apt
mkfifo "$T/hold"
fake tar <<FAKE
case "\$*" in
*-xJ*)	touch "\${@: -1}/half"	# the directory to unpack into
	echo started >"$T/hold"
	cat >/dev/null
	exec sleep 1000 ;;
esac
exec $(command -v tar) "\$@"
FAKE
setsid env -u OUT -u ROOT -u KSRC -u ARCH -u PATCHED -u VARIANT -u LOCK_build make -s base BASE=9.9 >"$T/out" 2>&1 &
pid=$!
read -r _ <"$T/hold"
kill -TERM -- "-$pid"
! wait "$pid" || fail "make ended well"
[ ! -e out/9.9/linux-source-9.9 ] || fail "a half tree has the final name"
rm "$T/bin/tar"
run base BASE=9.9
[ "$(cd out/9.9/linux-source-9.9 && echo *)" = Makefile ] || fail "leftovers of the first try"
[ "$(grep -c download "$T/apt-log")" -eq 1 ] || fail "fetched again"
