#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# a base that this system's apt does not have comes from a suite that has it, and apt's settings stay
# shellcheck source=scripts/tests/lib
. "$(dirname "$0")/lib"

project
fake_apt
fake apt-cache <<-'EOF'
	case "$*" in
	*/apt/testing/*policy\ linux-source-9.9) echo "  Candidate: 9.9.1-1" ;;
	*/apt/stable/*pkgnames*) echo linux-source-8.8 ;;
	*pkgnames*) echo linux-source-5.5 ;;
	esac
EOF
fake apt-get <<-EOF
	echo "\$*" >>"$T/apt-log"
	case "\$*" in
	indextargets*) echo http://localhost/debian-security/; echo http://localhost/debian/ ;;
	*/apt/testing/*download*) cp "$T/linux-source-9.9_9.9.1-1_all.deb" . ;;
	esac
EOF
[ "$(run base BASE=9.9 2>"$T/err" | tail -n 1)" = "$T/p/out/9.9/linux-source-9.9" ] || { cat "$T/err"; fail "no path"; }
grep -q "^base: not in .*, but in Debian's testing$" "$T/err" || fail "$(cat "$T/err")"
# All but the first look at what the machine has is done with lists of our own.
grep -vE '^(-qq update|indextargets )' "$T/apt-log" >"$T/others"
! grep -v "Dir::State::Lists=$T/p/out/9.9/download/apt/" "$T/others" || fail "apt's own lists were used"
# And where no suite has it, all are named with what they have.
refused 'no suite offers linux-source-7\.77; there is, in apt of .*: linux-source-5\.5 ; stable: linux-source-8\.8 ;' base BASE=7.77
