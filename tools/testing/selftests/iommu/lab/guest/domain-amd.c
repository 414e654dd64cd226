// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the AMD driver programmed for a device: its entry of the device table
 * and the host page table (AMD I/O Virtualization Technology specification,
 * 2.2.2 and 2.2.3), as they are in memory.
 */
#include <linux/const.h>
#include <sys/mman.h>

#include "guest.h"

#define REGS_SIZE	0x1000
#define REG_DEV_TABLE	0
#define ADDR_MASK	0x000ffffffffff000ULL
#define ACCESS		(3ULL << 61)	/* of both: may be read, written */

#define DTE_SIZE	32
#define DTE_V		_BITULL(0)
#define DTE_TV		_BITULL(1)
#define DTE_MODE(e)	((e) >> 9 & 7)
#define DTE_GV		_BITULL(55)

#define PTE_PR		_BITULL(0)
#define PTE_NEXT(e)	((e) >> 9 & 7)
#define  NEXT_LEAF	0
#define  NEXT_SIZED	7		/* a leaf whose address says its size, too */

static const char *walk(__u64 table, unsigned int level, __u64 addr)
{
	unsigned int shift = 12 + 9 * level;
	__u64 pte, size;

	if (shift < 64 && addr >> shift)
		return "unmapped";
	do {
		shift = 12 + 9 * (level - 1);
		pte = mem_read(table + (addr >> shift & 511) * 8);
		if (!(pte & PTE_PR))
			return "unmapped";
		table = pte & ADDR_MASK;
		level = PTE_NEXT(pte);
	} while (level != NEXT_LEAF && level != NEXT_SIZED);
	size = 1ULL << (level == NEXT_LEAF ? shift :
			13U + __builtin_ctzll(~(table >> 12)));
	return (table & -size) == (addr & -size) ? "1:1" : "mapped";
}

char *domain_amd(const struct scn_device *d, __u64 addr)
{
	__u64 regs = domain_registers("amd_iommu"), *base, dte;

	if (!regs)
		return xstrdup("absent");
	base = mem_map(regs, REGS_SIZE);
	dte = __atomic_load_n(base + REG_DEV_TABLE, __ATOMIC_ACQUIRE);
	munmap(base, REGS_SIZE);
	dte = mem_read((dte & ADDR_MASK) + domain_rid(d) * DTE_SIZE);

	if (!(dte & DTE_V))
		return xstrdup("identity");
	if (!(dte & DTE_TV) || !(dte & ACCESS))
		return xstrdup("blocked");
	if (dte & DTE_GV)
		return xstrdup("SKIP a guest page table");
	if (!DTE_MODE(dte))
		return xstrdup("identity");
	return xstrdup(walk(dte & ADDR_MASK, DTE_MODE(dte), addr));
}
