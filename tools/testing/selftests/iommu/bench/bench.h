/* SPDX-License-Identifier: GPL-2.0-only */
/* What the machine has: the host builds it, the guest measures it. */
#ifndef BENCH_H
#define BENCH_H

#include <linux/types.h>

#define BENCH_MODULE	"/iommu_bench.ko"
#define BENCH_PASID	"/pasid_bench.ko"

/* The machine with two processors */
#define BENCH_CONTEND	"pasid-contend"

/*
 * The regions lie above the machine's memory and below "memmap=", so that they
 * may be as large as they like. Each is aligned to its size, but for "1G-odd",
 * which is aligned to 2M and takes that many more entries.
 */
#define BENCH_HOLE	0x100000000ULL
#define BENCH_HOLE_SIZE	0x140000000ULL

struct bench_device {
	const char *name;
	unsigned int slot;
	__u64 start;
	__u64 size;		/* 0: no region */
};

static const struct bench_device bench_devices[] = {
	{ "free",	4, 0, 0 },
	{ "64K",	5, 0x100000000, 64 << 10 },
	{ "16M",	6, 0x110000000, 16 << 20 },
	{ "512M",	7, 0x120000000, 512 << 20 },
	{ "1G",		8, 0x180000000, 1 << 30 },
	{ "1G-odd",	9, 0x1c0200000, 1 << 30 },
};

/* More without regions, claimed while others are; from this slot on. */
#define BENCH_CLAIMED_SLOT	10
#define BENCH_CLAIMED	16

#define BENCH_FREE	(&bench_devices[0])
#define BENCH_REFUSED	(&bench_devices[1])

#endif
