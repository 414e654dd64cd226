// SPDX-License-Identifier: GPL-2.0-only
/*
 * Firmware tables of our own, for what tables of real machines rarely have, or
 * not in a way that tells a right reader from a wrong one.
 */
#include <stdio.h>
#include <string.h>

#include "../util.h"
#include "acpi.h"

#define UNIT_A	0xfed90000
#define UNIT_B	0xfed91000
#define RAID	0x4200		/* with an IVMD, two of these are in a server */
#define RAID_2	0x4300
#define LAST_ID	0xffff

static __u8 table[1024];
static size_t len, block;

static void put(int bytes, __u64 value)
{
	if (len + bytes > sizeof(table))
		die("a table of our own is too long");
	while (bytes--) {
		table[len++] = value;
		value >>= 8;
	}
}

static void set(size_t offset, int bytes, __u64 value)
{
	size_t end = len;

	len = offset;
	put(bytes, value);
	len = end;
}

/* Structures of a DMAR; a device scope belongs to the one before it */

static void begin(int type)
{
	block = len;
	put(2, type);
	put(2, 4);
}

static void grow(void)
{
	set(block + 2, 2, len - block);
}

static void drhd(__u16 seg, __u64 address, bool all)
{
	begin(0);
	put(2, all);
	put(2, seg);
	put(8, address);
	grow();
}

static void rmrr(__u16 seg, __u64 first, __u64 last)
{
	begin(1);
	put(2, 0);
	put(2, seg);
	put(8, first);
	put(8, last);
	grow();
}

/* @path: a device and a function of each hop, as in "1c.0 00.1" */
static void scope(int type, __u8 bus, const char *path)
{
	unsigned int dev, fn;
	size_t start = len;
	int n;

	put(2, type);
	put(4, (__u32)bus << 24);
	for (; sscanf(path, "%x.%x%n", &dev, &fn, &n) == 2; path += n) {
		put(1, dev);
		put(1, fn);
	}
	set(start + 1, 1, len - start);
	grow();
}

static void endpoint(const char *path)
{
	scope(1, 0, path);
}

static void bridge(const char *path)
{
	scope(2, 0, path);
}

static void andd(__u8 number, const char *name)
{
	begin(4);
	put(4, (__u32)number << 24);
	while (*name)
		put(1, *name++);
	put(1, 0);
	grow();
}

static void dmar_trailing_zeros(void)
{
	drhd(0, UNIT_A, true);
	rmrr(0, 0x9f580000, 0x9f58ffff);
	endpoint("14.0");
	put(7, 0);
}

static void dmar_length_0(void)
{
	drhd(0, UNIT_A, true);
	put(4, 3);
	rmrr(0, 0x9f580000, 0x9f58ffff);
	endpoint("14.0");
}

static void dmar_unknown_type(void)
{
	drhd(0, UNIT_A, true);
	begin(0x77);
	put(8, ~0ULL);
	grow();
	rmrr(0, 0x9f580000, 0x9f58ffff);
	endpoint("14.0");
}

/* What has nothing to do with memory of a device, and is damaged */
static void dmar_damaged_others(void)
{
	drhd(0, UNIT_A, true);
	begin(3);		/* RHSA */
	put(4, 0);
	grow();
	begin(5);		/* SATC */
	put(4, 0);
	endpoint("02.0");
	set(len - 7, 1, 100);
	rmrr(0, 0x9f580000, 0x9f58ffff);
	endpoint("14.0");
}

static void dmar_unit_twice(void)
{
	drhd(0, UNIT_A, false);
	endpoint("02.0");
	drhd(0, UNIT_B, true);
	drhd(0, UNIT_A, false);
	endpoint("14.0");
	rmrr(0, 0x9f580000, 0x9f58ffff);
	endpoint("14.0");
}

static void dmar_unit_at_0(void)
{
	drhd(0, 0, false);
	endpoint("02.0");
	drhd(0, UNIT_B, true);
	rmrr(0, 0x9f580000, 0x9f58ffff);
	endpoint("14.0");
}

static void dmar_andd_twice(void)
{
	drhd(0, UNIT_A, true);
	andd(1, "\\_SB.PCI0.UA00");
	andd(1, "\\_SB.PCI0.UA00");
	rmrr(0, 0x9f580000, 0x9f58ffff);
	endpoint("14.0");
}

/* The same bus is there in two segments, below a bridge */
static void dmar_other_segment(void)
{
	drhd(1, UNIT_B, true);
	drhd(0, UNIT_A, true);
	rmrr(0, 0x9f580000, 0x9f58ffff);
	endpoint("1c.0 00.0");
	rmrr(1, 0xaf580000, 0xaf58ffff);
	bridge("1c.0");
}

/* A bridge that the scope types as an endpoint holds those below it all the same */
static void dmar_wrong_type(void)
{
	drhd(0, UNIT_A, true);
	rmrr(0, 0x9f580000, 0x9f58ffff);
	endpoint("1c.0");
	rmrr(0, 0xaf580000, 0xaf58ffff);
	endpoint("1c.0 00.0");
}

static void dmar_scope_too_long(void)
{
	drhd(1, UNIT_B, true);
	drhd(0, UNIT_A, true);
	rmrr(0, 0x9f580000, 0x9f58ffff);
	endpoint("14.0");
	endpoint("14.1");
	set(len - 7, 1, 100);
	rmrr(1, 0xaf580000, 0xaf58ffff);
	endpoint("14.0");
}

static void dmar_scope_without_path(void)
{
	drhd(0, UNIT_A, true);
	rmrr(0, 0x9f580000, 0x9f58ffff);
	endpoint("14.0");
	endpoint("");
}

static void dmar_odd_ranges(void)
{
	drhd(0, UNIT_A, true);
	rmrr(0, 0, 0);
	endpoint("14.0");
	rmrr(0, 0x9f580800, 0x9f590800);
	endpoint("14.1");
	rmrr(0, 0x9f580000, 0x9f57ffff);
	endpoint("14.2");
	rmrr(0, ~0ULL, ~0ULL);
	endpoint("14.3");
}

/* Blocks of an IVRS */

static void ivhd(int type, __u16 id, __u64 address)
{
	block = len;
	put(2, type);
	put(2, 0);
	put(2, id);
	put(2, 0x40);
	put(8, address);
	put(8, 0);
	if (type != 0x10) {
		put(8, 0);
		put(8, 0);
	}
	grow();
}

static void ivhd_range(__u16 first, __u16 last)
{
	put(1, 3);
	put(3, first);
	put(1, 4);
	put(3, last);
	grow();
}

static void ivmd(int type, int flags, __u16 first, __u16 last, __u64 start,
		 __u64 length)
{
	block = len;
	put(2, type | flags << 8);
	put(2, 32);
	put(2, first);
	put(2, last);
	put(8, 0);
	put(8, start);
	put(8, length);
}

/* One IOMMU, for all devices */
static void ivhd_all(void)
{
	ivhd(0x11, 2, UNIT_A);
	ivhd_range(3, LAST_ID);
}

static void ivrs_excluded(void)
{
	ivhd_all();
	ivmd(0x21, 8, RAID, 0, 0x9f58d000, 0x8040000);
	ivmd(0x21, 8, RAID_2, 0, 0x9754d000, 0x8040000);
}

static void ivrs_unaligned(void)
{
	ivhd_all();
	ivmd(0x21, 7, RAID, 0, 0x9f58d800, 0x1000);
	ivmd(0x21, 7, RAID_2, 0, 0x9754dfff, 2);
}

static void ivrs_one_byte(void)
{
	ivhd_all();
	ivmd(0x22, 8, 0, 0x0fff, 0, 1);
	ivmd(0x22, 8, 0, 0x0fff, 0xfffff, 1);
	ivmd(0x21, 7, RAID, 0, 0, 1);
}

static void ivrs_reversed(void)
{
	ivhd_all();
	ivmd(0x22, 7, RAID_2, RAID, 0x9f58d000, 0x1000);
}

static void ivrs_no_last_device(void)
{
	ivhd_all();
	ivmd(0x21, 7, RAID, 0, 0x9f58d000, 0x1000);
	ivmd(0x22, 7, RAID_2, 0, 0x9754d000, 0x1000);
}

/* The IOMMU has a block of each type, with IVMDs before and between them */
static void ivrs_between(void)
{
	ivmd(0x21, 7, RAID, 0, 0x9f58d000, 0x1000);
	ivhd(0x10, 2, UNIT_A);
	ivhd_range(3, 0x0fff);
	ivmd(0x20, 7, 0, 0, 0x9e000000, 0x1000);
	ivhd(0x11, 2, UNIT_A);
	ivhd_range(3, LAST_ID);
	ivmd(0x21, 7, RAID_2, 0, 0x9754d000, 0x1000);
}

/* An IVMD has its devices and address where an IVHD has IOMMU and segment */
static void ivrs_at_iommu(void)
{
	ivhd_all();
	ivmd(0x22, 7, 2, RAID, 0x9f580000, 0x1000);
}

static void ivrs_types_differ(void)
{
	ivhd(0x10, 2, UNIT_A);
	ivhd_range(3, 0x0fff);
	ivhd(0x11, 2, UNIT_A);
	ivhd_range(3, 0x1fff);
	ivhd(0x10, 0x4002, UNIT_B);
	ivhd_range(0x4003, LAST_ID);
	ivmd(0x21, 7, RAID, 0, 0x9f58d000, 0x1000);
}

static void ivrs_unknown_type(void)
{
	ivmd(0x51, 7, RAID_2, 0, 0x9754d000, 0x1000);
	ivhd_all();
	ivmd(0x21, 7, RAID, 0, 0x9f58d000, 0x1000);
	ivmd(0x51, 7, RAID_2, 0, 0x9754d000, 0x1000);
}

static void ivrs_trailing_zeros(void)
{
	ivrs_excluded();
	put(7, 0);
}

static void ivrs_ends_early(void)
{
	ivhd_all();
	ivmd(0x21, 7, RAID, 0, 0x9f58d000, 0x1000);
	len -= 16;
	grow();
}

static void ivrs_length_0(void)
{
	ivhd_all();
	ivmd(0x21, 7, RAID, 0, 0x9f58d000, 0x1000);
	set(block + 2, 2, 0);
}

static void ivrs_overlap(void)
{
	ivhd_all();
	ivmd(0x21, 7, RAID, 0, 0x9f58d000, 0x2000);
	ivmd(0x21, 3, RAID, 0, 0x9f58e000, 0x2000);
	ivmd(0x21, 3, RAID, 0, 0x9f590000, 0x1000);
}

static void ivrs_no_sense(void)
{
	ivhd_all();
	ivmd(0x21, 1, RAID, 0, 0x9f58d000, 0x1000);
	ivmd(0x21, 7, RAID_2, 0, 0x9754d000, 0);
	ivmd(0x21, 7, 0x4400, 0, -0x1000ULL, 0x2000);
	ivmd(0x21, 6, 0x4500, 0, 0x9f58d000, 0x1000);
}

static const struct {
	const char *name;
	void (*make)(void);
} cases[] = {
	{ "dmar-andd-twice", dmar_andd_twice },
	{ "dmar-damaged-others", dmar_damaged_others },
	{ "dmar-length-0", dmar_length_0 },
	{ "dmar-odd-ranges", dmar_odd_ranges },
	{ "dmar-other-segment", dmar_other_segment },
	{ "dmar-scope-too-long", dmar_scope_too_long },
	{ "dmar-scope-without-path", dmar_scope_without_path },
	{ "dmar-trailing-zeros", dmar_trailing_zeros },
	{ "dmar-unit-at-0", dmar_unit_at_0 },
	{ "dmar-unit-twice", dmar_unit_twice },
	{ "dmar-unknown-type", dmar_unknown_type },
	{ "dmar-wrong-type", dmar_wrong_type },
	{ "ivrs-at-iommu", ivrs_at_iommu },
	{ "ivrs-between", ivrs_between },
	{ "ivrs-ends-early", ivrs_ends_early },
	{ "ivrs-excluded", ivrs_excluded },
	{ "ivrs-length-0", ivrs_length_0 },
	{ "ivrs-no-last-device", ivrs_no_last_device },
	{ "ivrs-no-sense", ivrs_no_sense },
	{ "ivrs-one-byte", ivrs_one_byte },
	{ "ivrs-overlap", ivrs_overlap },
	{ "ivrs-reversed", ivrs_reversed },
	{ "ivrs-trailing-zeros", ivrs_trailing_zeros },
	{ "ivrs-types-differ", ivrs_types_differ },
	{ "ivrs-unaligned", ivrs_unaligned },
	{ "ivrs-unknown-type", ivrs_unknown_type },
};

/**
 * acpi_case() - make one of the tables
 * @n: which one, from 0 on
 * @name: set to what it is called, which begins with "dmar" or "ivrs"
 * @size: set to its length
 *
 * Return: the table, until the next call, or NULL if there are no more.
 */
const __u8 *acpi_case(int n, const char **name, size_t *size)
{
	__u8 sum = 0;

	if (n >= ARRAY_SIZE(cases))
		return NULL;
	*name = cases[n].name;
	memset(table, 0, sizeof(table));
	memcpy(table, strncmp(*name, "dmar", 4) ? "IVRS" : "DMAR", 4);
	table[8] = 1;
	table[36] = 38;		/* bits of an address less one, for a DMAR */
	len = ACPI_HEADER;
	cases[n].make();
	set(4, 4, len);
	for (size_t i = 0; i < len; i++)
		sum += table[i];
	table[9] = -sum;
	*size = len;
	return table;
}
