#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# a bad BASE, ARCH, PATCHED, SCENARIO, ACCEL, SEED, TABLES or KSRC gives one line that says so
# shellcheck source=scripts/tests/lib
. "$(dirname "$0")/lib"

project
refused 'BASE=six' series BASE=six
refused 'BASE=4.19: the series has no patches' series BASE=4.19
refused 'ARCH=sparc' kernel ARCH=sparc
refused 'ARCH=arm64: the selftests' selftests ARCH=arm64
refused 'PATCHED=maybe' kernel PATCHED=maybe
refused 'VARIANT=big' kernel VARIANT=big
refused 'ACCEL=warp' lab ACCEL=warp
refused 'SCENARIO=nothing' lab SCENARIO=nothing
refused 'SCENARIO=arm-assign: its machine is ARCH=arm64' lab SCENARIO=arm-assign ARCH=x86_64
refused 'SEED=first' fuzz SEED=first
refused 'TABLES=/nowhere: no such directory' tables TABLES=/nowhere
refused 'KSRC=/nowhere' base KSRC=/nowhere
refused "not BASE=4.19" series "KSRC=$PRISTINE" BASE=4.19
