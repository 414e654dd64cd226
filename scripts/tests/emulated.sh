#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# a caller that would take KVM gets the same QEMU without it, and all else as it was
# shellcheck source=scripts/tests/lib
. "$(dirname "$0")/lib"

fake qemu-system-none <<<'printf "<%s>" "$@"'
mkdir "$T/front"
ln -s "$PROJECT/scripts/qemu-emulated" "$T/front/qemu-system-none"
export PATH=$T/front:$PATH
got=$(qemu-system-none -m 64 -append 'a -accel kvm b' -accel kvm -accel hvf -accel tcg -smp 2 '')
[ "$got" = '<-m><64><-append><a -accel kvm b><-accel><tcg><-smp><2><>' ] || fail "QEMU got $got"
