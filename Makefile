# SPDX-License-Identifier: GPL-2.0-only
# The front door.  Each target is one short script in scripts/; `make help` lists them.

BASE ?=
KSRC ?=
ARCH ?=
PATCHED ?=
VARIANT ?=
SCENARIO ?=
ACCEL ?=
FROM ?=
SEED ?=
COUNT ?=
TOPIC ?=
TABLES ?=
export TABLES TOPIC BASE KSRC ARCH PATCHED VARIANT SCENARIO ACCEL FROM SEED COUNT

.NOTPARALLEL:
.PHONY: help demo check base series versions topics alone kernel lab selftests clients distro kunit fuzz tables bench lint bisect tree refresh clean

help:		## This list
	@echo 'Targets:'
	@sed -n 's/^\([a-z]*\):\t*## /  \1\t/p' Makefile
	@echo 'Topics:'
	@awk -F' *[|] *' '/^[|] topic [|]/ { n = split($$0, h); t = 1; next } !/^[|]/ { t = 0 } \
		t && $$2 !~ /^-/ { printf "  %s\t%s\n\t\t", $$2, $$3; \
			for (i = 4; i < n - 2; i++) printf "%s: %s; ", h[i], $$i; \
			printf "needs %s\n\t\ttake it if %s\n", $$i, $$(i + 1) }' README.md
	@echo 'Variables:'
	@sed -n 's/^# \([A-Z]*\)=/  \1=/p' Makefile

# BASE=6.12             kernel series the patches go on (a directory of patches/)
# KSRC=DIR              use this kernel tree, never written to, instead of apt's
# FROM=tree             refresh: from the commits of make tree
# FROM=BASE             tree: with the steps of that base, for one that has none yet
# TOPIC="NAME..."       only these topics and what they need
# ARCH=x86_64           or arm64; lab: only this one, default both
# PATCHED=yes           or no: the base as it is
# VARIANT=debug         kernel, kunit: with KASAN, lockdep, kmemleak, UBSAN
# VARIANT=64k           kernel, lab: arm64 with 64 KiB pages
# SCENARIO=NAME         lab: only this one
# COUNT=N, SEED=N       fuzz, kunit: how many generated tables, and which
# TABLES=DIR            tables: where they are, in binary, at any depth
# ACCEL=kvm             lab, clients, distro, kunit: use KVM instead of emulation
# PARTS="NAME..."       distro: only these of objects, symbols, size, vmlinux, boot
# JOBS=N                parallel jobs, default: all processors
# CHECKS="NAME..."      check: only these parts
# MINUTES=N             check: start nothing that N minutes are too few for, count it as skipped

demo:		## Packages, base, series, both kernels, VMs: shows the result table
	@scripts/demo
check:		## All tests; ends with 'N passed, N failed'
	@scripts/check
base:		## Fetch and unpack linux-source-$(BASE); prints its path
	@scripts/base
series:		## Compose the series for git am and quilt; prints its path
	@scripts/series
kernel:		## Build the lab's kernel; prints the image's path
	@scripts/kernel
lab:		## Boot both kernels on emulated IOMMUs and run the scenarios
	@scripts/lab
selftests:	## The base's selftests of iommufd and VFIO, and ours, on both kernels
	@scripts/selftests
clients:	## Debian's QEMU, a guest in the guest and DPDK on the patched kernel
	@scripts/clients
distro:		## Debian's configuration: W=1, exported symbols, size, the lab with modules
	@scripts/distro
kunit:		## KUnit: pure logic on UML, the core with a mock driver on x86-64
	@scripts/kunit
fuzz:		## Many generated DMARs, IVRSs and IORTs for their parsers, under KASAN and UBSAN
	@VARIANT=debug COUNT=$${COUNT:-2000} FILTER='iommu_fuzz*' scripts/kunit
tables:		## Our own DMARs and IVRSs, and those of TABLES=DIR: the patched parsers against a reader of the lab's
	@scripts/tables
versions:	## Whether the series composes on every version that Debian offers today
	@scripts/versions
topics:		## Write the table of topics into README.md
	@scripts/topics
alone:		## Each topic on what it needs: compose, build per patch, KUnit, lab
	@scripts/alone
bench:		## Instructions on both kernels: table, CSV, plot
	@scripts/bench
lint:		## checkpatch, sparse, W=1 with gcc and clang, 32 bits, sphinx, coccinelle and others
	@scripts/lint
bisect:		## Build the touched directories after each patch
	@scripts/bisect
tree:		## A git tree, base plus one commit per patch, to work in; prints its path
	@scripts/tree
refresh:	## Rewrite patches/$(BASE) from what applies; FROM=tree takes work back
	@scripts/refresh
clean:		## Remove out/
	@scripts/clean
