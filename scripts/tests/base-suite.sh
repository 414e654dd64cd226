#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# the highest version of a base comes from whatever suite has it, by codename, and apt's settings stay
# shellcheck source=scripts/tests/lib
. "$(dirname "$0")/lib"

project
fake_apt
fake apt-cache <<-'EOF'
	case "$*" in
	*Dir::State*\ madison\ linux-source-9.9)
		echo "linux-source-9.9 | 9.9.1-1~bpo1+1 | http://localhost/debian next-backports/main amd64 Packages"
		echo "linux-source-9.9 |  9.9.1-1 | http://localhost/debian-security next-security/main amd64 Packages"
		echo "linux-source-9.9 |  9.9.1-1 | http://localhost/debian next/main amd64 Packages"
		echo "linux-source-9.9 |  9.9.9-9 | http://localhost/debian next/main Sources" ;;
	*madison\ linux-source-9.9) echo "linux-source-9.9 | 9.9.0-7 | http://localhost/debian here/main amd64 Packages" ;;
	*Dir::State*\ pkgnames*) echo linux-source-8.8 ;;
	*pkgnames*) echo linux-source-5.5 ;;
	esac
EOF
fake apt-get <<-EOF
	echo "\$*" >>"$T/apt-log"
	case "\$*" in
	indextargets*) echo http://localhost/debian-security/; echo http://localhost/debian/ ;;
	*download\ linux-source-9.9=9.9.1-1) cp "$T/linux-source-9.9_9.9.1-1_all.deb" . ;;
	esac
EOF
[ "$(run base BASE=9.9 2>"$T/err" | tail -n 1)" = "$T/p/out/9.9/linux-source-9.9" ] || { cat "$T/err"; fail "no path"; }
grep -qE '^base: version 9.9.1-1, from next-security, next$' "$T/err" || fail "$(cat "$T/err")"
# The suites are of this release and of later ones, with what belongs to them.
me=$(. /etc/os-release && echo "$VERSION_CODENAME")
for s in "$me $me-updates $me-backports" "$me-security" "sid sid-updates sid-backports"; do
	grep -qxF "Suites: $s" out/apt/debian.sources || fail "not asked for: $s"
done
! grep -qi buzz out/apt/debian.sources || fail "asks for a release that is over"
# All but the look at what the machine has is done with lists of our own.
grep -vE '^(-qq update|indextargets )' "$T/apt-log" >"$T/others"
! grep -v "Dir::State::Lists=$T/p/out/apt/" "$T/others" || fail "apt's own lists were used"
# And where no suite has it, what there is is named.
refused 'no suite offers linux-source-7\.77; there is linux-source-5\.5 linux-source-8\.8\.' base BASE=7.77
