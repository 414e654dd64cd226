// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the SMMUv3 driver programmed for a device: its stream table entry, the
 * context descriptor of its transactions without a PASID, and the stage 1 page
 * table (Arm IHI 0070, chapter 5, and the VMSAv8-64 of Arm DDI 0487), as they
 * are in memory.
 */
#include <linux/const.h>
#include <sys/mman.h>

#include "guest.h"

#define REGS_SIZE	0x1000
#define REG_CR0		0x20
#define  CR0_SMMUEN	_BITULL(0)
#define REG_STRTAB_BASE	0x80
#define REG_STRTAB_CFG	0x88
#define  CFG_LOG2SIZE(r)	((r) & 0x3f)
#define  CFG_SPLIT(r)	((r) >> 6 & 0x1f)
#define  CFG_2LEVEL(r)	(((r) >> 16 & 3) == 1)
#define ADDR_MASK	0x000fffffffffffc0ULL	/* of any table but page tables */

#define STE_SIZE	64
#define STE_V		_BITULL(0)
#define STE_CONFIG(e)	((e) >> 1 & 7)
#define  CONFIG_ABORT	0
#define  CONFIG_BYPASS	4
#define  CONFIG_S1	5
#define STE_S1FMT(e)	((e) >> 4 & 3)
#define  S1FMT_LINEAR	0
#define STE_S1CDMAX(e)	((e) >> 59)
#define STE_S1DSS(e1)	((e1) & 3)	/* what comes without a PASID */
#define  S1DSS_ABORT	0
#define  S1DSS_BYPASS	1

#define L1CD_V		_BITULL(0)
#define CD_V		_BITULL(31)
#define CD_T0SZ(e)	((e) & 0x3f)
#define CD_TG0(e)	((e) >> 6 & 3)
#define CD_EPD0		_BITULL(14)
#define CD_TTB0		0x000ffffffffffff0ULL

#define PTE_VALID	_BITULL(0)
#define PTE_TABLE	_BITULL(1)	/* or, on the last level, a page */
#define PTE_ADDR	0x0000fffffffff000ULL

static __u32 reg32(const __u8 *regs, unsigned int reg)
{
	return __atomic_load_n((const __u32 *)(regs + reg), __ATOMIC_ACQUIRE);
}

static __u64 reg64(const __u8 *regs, unsigned int reg)
{
	return __atomic_load_n((const __u64 *)(regs + reg), __ATOMIC_ACQUIRE);
}

static const char *walk(__u64 cd, __u64 table, __u64 addr)
{
	static const unsigned char granules[] = { 12, 16, 14, 12 };
	unsigned int page = granules[CD_TG0(cd)], per_level = page - 3;
	unsigned int shift = page, size = 64 - CD_T0SZ(cd);
	__u64 index = (1ULL << per_level) - 1, pte;

	if (size < 64 && addr >> size)
		return "unmapped";
	while (shift + per_level < size)
		shift += per_level;
	/* The first table has only what the size leaves, and that from bit 0 */
	for (;; shift -= per_level) {
		pte = mem_read(table + (addr >> shift & index) * 8);
		if (!(pte & PTE_VALID))
			return "unmapped";
		table = pte & PTE_ADDR & (~0ULL << page);
		if (shift == page || !(pte & PTE_TABLE))
			break;
	}
	return (table >> shift) == (addr >> shift) ? "1:1" : "mapped";
}

/* Where a device's entry is; 0 if there is no table for its part of the IDs */
static __u64 stream(const __u8 *regs, unsigned int sid)
{
	__u64 table = reg64(regs, REG_STRTAB_BASE) & ADDR_MASK;
	__u32 cfg = reg32(regs, REG_STRTAB_CFG);
	unsigned int split = CFG_SPLIT(cfg);
	__u64 desc;

	if (sid >> CFG_LOG2SIZE(cfg))
		return 0;
	if (!CFG_2LEVEL(cfg))
		return table + (__u64)sid * STE_SIZE;
	desc = mem_read(table + (__u64)(sid >> split) * sizeof(desc));
	sid &= (1U << split) - 1;
	/* It spans 2^(n - 1) of them, or none */
	if (!(desc & 0x1f) || sid >> ((desc & 0x1f) - 1))
		return 0;
	return (desc & ADDR_MASK) + (__u64)sid * STE_SIZE;
}

/* The first context descriptor, of what comes without a PASID; 0 if none */
static __u64 context(__u64 ste)
{
	__u64 table = ste & ADDR_MASK, desc;

	if (!STE_S1CDMAX(ste) || STE_S1FMT(ste) == S1FMT_LINEAR)
		return table;
	desc = mem_read(table);
	return desc & L1CD_V ? desc & ADDR_MASK : 0;
}

static const char *look(const __u8 *regs, unsigned int sid, __u64 addr)
{
	__u64 at, ste, dss, cd;

	if (!(reg32(regs, REG_CR0) & CR0_SMMUEN))
		return "identity";
	at = stream(regs, sid);
	ste = at ? mem_read(at) : 0;
	if (!(ste & STE_V) || STE_CONFIG(ste) == CONFIG_ABORT)
		return "blocked";
	if (STE_CONFIG(ste) == CONFIG_BYPASS)
		return "identity";
	if (STE_CONFIG(ste) != CONFIG_S1)
		return "SKIP a stage 2 page table";
	if (STE_S1CDMAX(ste)) {
		dss = STE_S1DSS(mem_read(at + 8));
		if (dss == S1DSS_ABORT)
			return "blocked";
		if (dss == S1DSS_BYPASS)
			return "identity";
	}

	at = context(ste);
	cd = at ? mem_read(at) : 0;
	if (!(cd & CD_V))
		return "blocked";
	if (cd & CD_EPD0)
		return "unmapped";
	return walk(cd, mem_read(at + 8) & CD_TTB0, addr);
}

char *domain_arm(const struct scn_device *d, __u64 addr)
{
	__u64 start = domain_registers("smmu");
	const char *out;
	__u8 *regs;

	if (!start)
		return xstrdup("absent");
	regs = mem_map(start, REGS_SIZE);
	out = look(regs, domain_rid(d), addr);
	munmap(regs, REGS_SIZE);
	return xstrdup(out);
}
