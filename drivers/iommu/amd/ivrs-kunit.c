// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit tests of the kernel's parser with generated IVRSs. init.c includes this
 * file at its end. The IOMMUs of these tables have no registers.
 */
#include <kunit/static_stub.h>

#include "../tests/iommu_fuzz_kunit.h"

#define FUZZ_IOMMU		0x0002
#define FUZZ_NO_REGISTERS	0xfed00000

static u16 fuzz_devid(unsigned int i)
{
	return pci_dev_id(fuzz_dev(i));
}

static u16 fuzz_any_devid(void)
{
	if (fuzz_one_in(8))
		return FUZZ_IOMMU;
	if (fuzz_one_in(8))
		return fuzz_u32();
	return fuzz_devid(fuzz_below(FUZZ_NR_DEVS));
}

/* The devices of segment @seg with IDs from @first to @last */
static u32 fuzz_devs(u16 seg, u16 first, u16 last)
{
	unsigned int i;
	u32 devs = 0;

	for (i = 0; i < FUZZ_NR_DEVS; i++)
		if (pci_domain_nr(fuzz_dev(i)->bus) == seg &&
		    fuzz_devid(i) >= first && fuzz_devid(i) <= last)
			devs |= BIT(i);
	return devs;
}

static void fuzz_put_entry(struct fuzz_table *table, u8 type, u16 devid,
			   u32 ext)
{
	struct ivhd_entry *e = fuzz_put(table, type & 0x40 ? 8 : 4);

	e->type = type;
	e->devid = devid;
	e->flags = fuzz_u32();
	if (type & 0x40)
		e->ext = ext;
}

static void fuzz_put_hid(struct fuzz_table *table)
{
	u8 len = fuzz_below(16);
	struct ivhd_entry *e = fuzz_put(table, 22 + len);

	e->type = IVHD_DEV_ACPI_HID;
	e->devid = fuzz_any_devid();
	memcpy(&e->ext_hid, "AMDI0040", 8);
	e->uidf = fuzz_below(3);
	e->uidl = len;
	memset(&e->uid, 'x', len);
}

/* Entries of one IOMMU. Return: the devices that it translates. */
static u32 fuzz_put_entries(struct fuzz_table *table, u16 seg, u8 type)
{
	unsigned int nr = fuzz_below(6);
	u32 kind, devs = 0;
	u16 devid;

	if (fuzz_one_in(64)) {
		fuzz_put_entry(table, IVHD_DEV_ALL, 0, 0);
		devs |= fuzz_devs(seg, 0, 0xffff);
	} else if (fuzz_one_in(2)) {
		fuzz_put_entry(table, IVHD_DEV_SELECT_RANGE_START, 0, 0);
		fuzz_put_entry(table, IVHD_DEV_RANGE_END, 0x02ff, 0);
		devs |= fuzz_devs(seg, 0, 0x02ff);
	} else {
		nr++;
	}
	while (nr--) {
		devid = fuzz_any_devid();
		switch (fuzz_below(6)) {
		case 0:
			fuzz_put_entry(table, 0, 0, 0);
			fallthrough;
		case 1:
			fuzz_put_entry(table, IVHD_DEV_SELECT, devid, 0);
			devs |= fuzz_devs(seg, devid, devid);
			break;
		case 2:
			fuzz_put_entry(table, IVHD_DEV_EXT_SELECT, devid,
				       fuzz_u32());
			devs |= fuzz_devs(seg, devid, devid);
			break;
		case 3:
			fuzz_put_entry(table, IVHD_DEV_ALIAS, devid,
				       fuzz_any_devid() << 8);
			devs |= fuzz_devs(seg, devid, devid);
			break;
		case 4:
			kind = IVHD_SPECIAL_IOAPIC + fuzz_below(2);
			fuzz_put_entry(table, IVHD_DEV_SPECIAL, 0,
				       devid << 8 | kind << 24);
			break;
		case 5:
			if (type == 0x40)
				fuzz_put_hid(table);
			break;
		}
	}
	fuzz_put_entry(table, IVHD_DEV_SELECT, fuzz_devid(0), 0);
	return devs | fuzz_devs(seg, fuzz_devid(0), fuzz_devid(0));
}

static u32 fuzz_put_ivhd(struct fuzz_table *table, u8 type, u16 seg)
{
	struct ivhd_header *h;
	u32 devs;

	fuzz_begin(table, 0);
	h = fuzz_put(table, type == 0x10 ? 24 : 40);
	h->type = type;
	h->flags = fuzz_u32();
	h->devid = FUZZ_IOMMU;
	h->mmio_phys = 0xfeb80000 + fuzz_below(4);
	h->pci_seg = seg;
	devs = fuzz_put_entries(table, seg, type);
	fuzz_end(table);
	return devs;
}

static void fuzz_put_ivmd(struct fuzz_table *table)
{
	static const u8 types[] = {
		ACPI_IVMD_TYPE_ALL,
		ACPI_IVMD_TYPE,
		ACPI_IVMD_TYPE,
		ACPI_IVMD_TYPE_RANGE,
	};
	struct ivmd_header *m;
	u64 start, length;
	u32 direct = 0;

	fuzz_begin(table, 0);
	m = fuzz_put(table, sizeof(*m));
	m->type = types[fuzz_below(ARRAY_SIZE(types))];
	m->flags = fuzz_below(16);
	m->devid = fuzz_any_devid();
	m->aux = fuzz_any_devid();
	m->pci_seg = fuzz_below(FUZZ_NR_SEGS + 1);
	fuzz_range(&start, &length);
	m->range_start = start;
	m->range_length = length;

	/* Firmware uses ranges to be mapped 1:1, or left untranslated */
	if (m->flags & (IVMD_FLAG_UNITY_MAP | IVMD_FLAG_EXCL_RANGE)) {
		if (m->type == ACPI_IVMD_TYPE_ALL)
			direct = fuzz_devs(m->pci_seg, 0, 0xffff);
		else if (m->type == ACPI_IVMD_TYPE)
			direct = fuzz_devs(m->pci_seg, m->devid, m->devid);
		else
			direct = fuzz_devs(m->pci_seg, min(m->devid, m->aux),
					   max(m->devid, m->aux));
	}
	table->entries[table->nr].direct = direct;
	table->direct |= direct;
	fuzz_end(table);
}

static void fuzz_generate_ivrs(struct fuzz_table *table)
{
	static const u8 types[] = { 0x10, 0x11, 0x40 };
	u8 type = types[fuzz_below(ARRAY_SIZE(types))];
	unsigned int nr, seg;
	u32 translated = 0;

	fuzz_put_header(table, "IVRS", IVRS_HEADER_LENGTH);
	if (fuzz_one_in(8))
		fuzz_put_ivmd(table);
	if (type != 0x10 && fuzz_one_in(4))
		fuzz_put_ivhd(table, 0x10, 0);
	for (seg = 0; seg < 1 + fuzz_below(FUZZ_NR_SEGS); seg++)
		translated |= fuzz_put_ivhd(table, type, seg);
	for (nr = fuzz_below(5); nr; nr--)
		fuzz_put_ivmd(table);
	if (fuzz_one_in(8)) {
		struct ivmd_header *m;

		fuzz_begin(table, 0);
		m = fuzz_put(table, 4 + fuzz_below(32));
		m->type = 0x50;
		fuzz_end(table);
	}
	/* Without an IOMMU, a device cannot be assigned in any case */
	table->maybe = ~translated;
}

#include "ivrs-rule-kunit.h"

static u8 __iomem *fuzz_map_registers(u64 address, u64 end)
{
	return address == FUZZ_NO_REGISTERS ? NULL : (u8 __iomem *)1;
}

/* Parse the table as early_amd_iommu_init() does */
static int __init fuzz_parse_ivrs(struct acpi_table_header *ivrs)
{
	struct amd_iommu *iommu;
	int ret;

	ret = check_ivrs_blocks(ivrs);
	if (ret)
		return ret;
	ivinfo_init(ivrs);
	ret = init_iommus(ivrs);
	if (ret)
		return ret;
	for_each_iommu(iommu)
		iommu->pci_seg->rlookup_table[iommu->devid] = NULL;

	return init_memory_definitions(ivrs);
}

static struct amd_iommu *fuzz_iommu_of(struct pci_dev *pdev)
{
	struct amd_iommu_pci_seg *pci_seg;

	for_each_pci_segment(pci_seg)
		if (pci_seg->id == pci_domain_nr(pdev->bus))
			return pci_dev_id(pdev) <= pci_seg->last_bdf ?
			       pci_seg->rlookup_table[pci_dev_id(pdev)] : NULL;
	return NULL;
}

static u32 fuzz_translated_ivrs(void)
{
	unsigned int i;
	u32 devs = 0;

	for (i = 0; i < FUZZ_NR_DEVS; i++)
		if (fuzz_iommu_of(fuzz_dev(i)))
			devs |= BIT(i);
	return devs;
}

static unsigned int fuzz_units_ivrs(void)
{
	struct amd_iommu *iommu;
	unsigned int units = 0;

	for_each_iommu(iommu)
		units++;
	return units;
}

static u32 fuzz_assignable_ivrs(void)
{
	unsigned int i;
	u32 assignable = 0;

	for (i = 0; i < FUZZ_NR_DEVS; i++) {
		struct device *dev = &fuzz_dev(i)->dev;
		struct amd_iommu *iommu = fuzz_iommu_of(fuzz_dev(i));

		if (!iommu)
			continue;
		dev->iommu->iommu_dev = &iommu->iommu;
		if (fuzz_may_assign(&amd_iommu_ops, dev))
			assignable |= BIT(i);
	}
	return assignable;
}

static void fuzz_say_ivrs(void)
{
	struct amd_iommu *iommu;
	unsigned int i;

	for_each_iommu(iommu)
		tables_say("unit %04x:%llx", iommu->pci_seg->id,
			   iommu->mmio_phys);
	for (i = 0; fuzz_dev(i); i++) {
		iommu = fuzz_iommu_of(fuzz_dev(i));
		if (iommu)
			fuzz_dev(i)->dev.iommu->iommu_dev = &iommu->iommu;
		tables_say_dev(fuzz_dev(i), iommu ? iommu->mmio_phys : 0,
			       &amd_iommu_ops);
	}
}

static void __init fuzz_forget_devids(struct list_head *map)
{
	struct devid_map *entry, *next;

	list_for_each_entry_safe(entry, next, map, list) {
		list_del(&entry->list);
		kfree(entry);
	}
}

static void __init fuzz_forget_ivrs(void)
{
	struct acpihid_map_entry *hid, *next_hid;
	struct amd_iommu *iommu, *next;
#ifdef for_each_ivhd_dte_flags
	struct ivhd_dte_flags *flags, *next_flags;

	/* The parser skips devices that are in this list already: empty it */
	list_for_each_entry_safe(flags, next_flags, &amd_ivhd_dev_flags_list,
				 list) {
		list_del(&flags->list);
		kfree(flags);
	}
#endif
	fuzz_forget_devids(&ioapic_map);
	fuzz_forget_devids(&hpet_map);
	list_for_each_entry_safe(hid, next_hid, &acpihid_map, list) {
		list_del(&hid->list);
		kfree(hid);
	}
	amd_iommu_ivrs_incomplete = false;
	free_unity_maps();
	free_pci_segments();
	for_each_iommu_safe(iommu, next) {
		list_del(&iommu->list);
		kfree(iommu);
	}
	amd_iommus_present = 0;
}

static struct fuzz_parser fuzz_ivrs __refdata = {
	.header = IVRS_HEADER_LENGTH,
	.generate = fuzz_generate_ivrs,
	.parse = fuzz_parse_ivrs,
	.assignable = fuzz_assignable_ivrs,
	.translated = fuzz_translated_ivrs,
	.units = fuzz_units_ivrs,
	.expect = fuzz_expect_ivrs,
	.say = fuzz_say_ivrs,
	.forget = fuzz_forget_ivrs,
};

static void ivrs_holds_what_it_names(struct kunit *test)
{
	fuzz_whole(test, &fuzz_ivrs);
}

static void ivrs_damaged_opens_nothing(struct kunit *test)
{
	fuzz_damaged(test, &fuzz_ivrs);
}

static void ivrs_cut_opens_nothing(struct kunit *test)
{
	fuzz_cut(test, &fuzz_ivrs);
}

static void ivrs_from_files(struct kunit *test)
{
	tables_read(test, &fuzz_ivrs, "ivrs");
}

/* Small tables, most of them with one defect */

/* Two devices of segment 0 */
#define FUZZ_NIC	2
#define FUZZ_RAID	7
#define FUZZ_IN_SEG(seg) \
	(GENMASK(FUZZ_NR_IN_SEG - 1, 0) << (seg) * FUZZ_NR_IN_SEG)

static struct fuzz_table *ivrs_table(struct kunit *test)
{
	struct fuzz_table *table =
		kunit_kzalloc(test, sizeof(*table), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, table);
	fuzz_put_header(table, "IVRS", IVRS_HEADER_LENGTH);
	return table;
}

static struct ivhd_header *ivrs_put_header(struct fuzz_table *table, u8 type,
					   u16 seg)
{
	struct ivhd_header *h = fuzz_put(table, type == 0x10 ? 24 : 40);

	h->type = type;
	h->length = type == 0x10 ? 24 : 40;
	h->devid = FUZZ_IOMMU;
	h->mmio_phys = 0xfeb80000 + seg * 0x80000;
	h->pci_seg = seg;
	return h;
}

static void ivrs_put_entry(struct fuzz_table *table, struct ivhd_header *h,
			   u8 type, u16 devid, u32 ext)
{
	fuzz_put_entry(table, type, devid, ext);
	h->length = table->data + table->len - (u8 *)h;
}

/* An IVHD for all devices of a segment */
static struct ivhd_header *ivrs_put_ivhd(struct fuzz_table *table, u8 type,
					 u16 seg)
{
	struct ivhd_header *h = ivrs_put_header(table, type, seg);

	ivrs_put_entry(table, h, IVHD_DEV_SELECT_RANGE_START, 0, 0);
	ivrs_put_entry(table, h, IVHD_DEV_RANGE_END, 0x02ff, 0);
	return h;
}

static struct ivmd_header *ivrs_put_ivmd(struct fuzz_table *table, u8 type,
					 u16 first, u16 last)
{
	struct ivmd_header *m = fuzz_put(table, sizeof(*m));

	m->type = type;
	m->flags = IVMD_FLAG_UNITY_MAP | IVMD_FLAG_IR | IVMD_FLAG_IW;
	m->length = sizeof(*m);
	m->devid = first;
	m->aux = last;
	m->range_start = 0x3e000000;
	m->range_length = 0x1000;
	return m;
}

/*
 * Parse @table: exactly the devices @translated have an IOMMU, and exactly
 * those of @direct cannot be assigned, besides those without an IOMMU. Fails
 * also if the second reader disagrees.
 */
static void __ref ivrs_expect(struct kunit *test, struct fuzz_table *table,
			      u32 translated, u32 direct)
{
	u32 assignable, found, without;

	KUNIT_EXPECT_EQ(test, 0, fuzz_read(test, &fuzz_ivrs, table, &assignable,
					   &found));
	without = ~found & FUZZ_ALL_DEVS;
	KUNIT_EXPECT_EQ(test, without, ~translated & FUZZ_ALL_DEVS);
	KUNIT_EXPECT_EQ(test, ~assignable & FUZZ_ALL_DEVS, direct | without);
}

static void ivrs_zeros_are_padding(struct kunit *test)
{
	struct fuzz_table *table = ivrs_table(test);
	struct ivhd_header *h = ivrs_put_ivhd(table, 0x10, 0);

	/* Padding at the end of the IVHD, shorter than any entry */
	fuzz_put(table, 3);
	h->length += 3;
	ivrs_put_ivmd(table, ACPI_IVMD_TYPE, fuzz_devid(FUZZ_NIC), 0);
	fuzz_put(table, 18);
	ivrs_expect(test, table, FUZZ_IN_SEG(0), BIT(FUZZ_NIC));
}

static void ivrs_bad_entry_costs_no_iommu(struct kunit *test)
{
	static const u8 bad[] = { 0xff, IVHD_DEV_RANGE_END,
				  IVHD_DEV_ALIAS_RANGE };
	struct fuzz_table *table;
	struct ivhd_header *h;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		table = ivrs_table(test);
		h = ivrs_put_header(table, 0x10, 0);
		ivrs_put_entry(table, h, bad[i], fuzz_devid(FUZZ_RAID), 0);
		ivrs_put_ivhd(table, 0x10, 1);
		ivrs_expect(test, table, FUZZ_ALL_DEVS, FUZZ_IN_SEG(0));
	}

	/* An IVHD without entries is no mistake: it is for no device */
	table = ivrs_table(test);
	ivrs_put_header(table, 0x10, 0);
	ivrs_put_ivhd(table, 0x10, 1);
	ivrs_expect(test, table, FUZZ_IN_SEG(1), 0);
}

/*
 * Two IOMMUs of a segment have entries that cannot be read. A device belongs to
 * the last of them that precedes it on the bus.
 */
static void __ref ivrs_lost_devices_have_the_iommu_in_front(struct kunit *test)
{
	struct fuzz_table *table = ivrs_table(test);
	struct acpi_table_header *acpi = (void *)table->data;
	struct ivhd_header *h;
	struct amd_iommu *iommu;

	ivrs_put_entry(table, ivrs_put_header(table, 0x10, 0), 0xff, 0, 0);
	h = ivrs_put_header(table, 0x10, 0);
	h->devid = 0x0102;
	ivrs_put_entry(table, h, 0xff, 0, 0);
	acpi->length = table->len;
	ivrs_expect(test, table, FUZZ_IN_SEG(0), FUZZ_IN_SEG(0));

	KUNIT_EXPECT_EQ(test, fuzz_parse_ivrs(acpi), 0);
	iommu = fuzz_iommu_of(fuzz_dev(FUZZ_NIC));
	KUNIT_EXPECT_EQ(test, iommu ? iommu->devid : 0, FUZZ_IOMMU);
	iommu = fuzz_iommu_of(fuzz_dev(FUZZ_RAID));
	KUNIT_EXPECT_EQ(test, iommu ? iommu->devid : 0, 0x0102);
	KUNIT_EXPECT_EQ(test, fuzz_assignable_ivrs(), 0);
	fuzz_forget_ivrs();
}

static void ivrs_bad_length_costs_no_iommu(struct kunit *test)
{
	static const u16 lengths[] = { 0, 3, 16, 0xffff, 32 + 32 };
	struct fuzz_table *table;
	struct ivmd_header *ivmd;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(lengths); i++) {
		table = ivrs_table(test);
		ivrs_put_ivhd(table, 0x10, 0)->length = lengths[i];
		ivrs_put_ivmd(table, ACPI_IVMD_TYPE, fuzz_devid(FUZZ_NIC), 0);
		ivrs_put_ivhd(table, 0x10, 1);
		ivrs_expect(test, table, FUZZ_ALL_DEVS, FUZZ_ALL_DEVS);
	}

	table = ivrs_table(test);
	ivmd = ivrs_put_ivmd(table, ACPI_IVMD_TYPE, fuzz_devid(FUZZ_NIC), 0);
	ivmd->length = 0;
	ivrs_put_ivhd(table, 0x10, 0);
	ivrs_expect(test, table, FUZZ_IN_SEG(0), FUZZ_ALL_DEVS);
}

static void ivrs_blocks_in_any_order(struct kunit *test)
{
	struct fuzz_table *table = ivrs_table(test);
	struct ivhd_header *h;

	ivrs_put_ivmd(table, ACPI_IVMD_TYPE, fuzz_devid(FUZZ_NIC), 0);
	ivrs_put_header(table, 0x10, 0);
	ivrs_put_ivmd(table, ACPI_IVMD_TYPE, FUZZ_IOMMU, 0);
	h = ivrs_put_header(table, 0x40, 0);
	ivrs_put_entry(table, h, IVHD_DEV_SELECT, fuzz_devid(FUZZ_NIC), 0);
	ivrs_put_ivhd(table, 0x11, 0)->flags = 0xff;
	ivrs_put_ivmd(table, ACPI_IVMD_TYPE, fuzz_devid(FUZZ_RAID), 0);
	/* A second block of the same type for the same IOMMU */
	h = ivrs_put_header(table, 0x40, 0);
	ivrs_put_entry(table, h, IVHD_DEV_SELECT, fuzz_devid(FUZZ_RAID), 0);
	ivrs_put_ivmd(table, ACPI_IVMD_TYPE, fuzz_devid(FUZZ_RAID), 0);
	/* The IOMMU of segment 1 has only a block of an older type */
	ivrs_put_ivhd(table, 0x10, 1);
	ivrs_expect(test, table,
		    FUZZ_IN_SEG(1) | BIT(FUZZ_NIC) | BIT(FUZZ_RAID),
		    BIT(FUZZ_NIC) | BIT(FUZZ_RAID));
}

static void ivrs_iommu_without_registers(struct kunit *test)
{
	static const u64 bad[] = { 0, FUZZ_NO_REGISTERS };
	struct fuzz_table *table;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		table = ivrs_table(test);
		ivrs_put_ivhd(table, 0x10, 0)->mmio_phys = bad[i];
		ivrs_put_ivhd(table, 0x10, 1);
		ivrs_expect(test, table, FUZZ_IN_SEG(1), 0);
	}
}

static void ivrs_special_device_of_unknown_kind(struct kunit *test)
{
	struct fuzz_table *table = ivrs_table(test);
	struct ivhd_header *h = ivrs_put_header(table, 0x10, 0);

	ivrs_put_entry(table, h, IVHD_DEV_SPECIAL, 0,
		       fuzz_devid(FUZZ_NIC) << 8 | 0x7 << 24);
	ivrs_expect(test, table, BIT(FUZZ_NIC), 0);
}

static void ivrs_unknown_block_has_no_effect(struct kunit *test)
{
	struct fuzz_table *table = ivrs_table(test);

	ivrs_put_ivmd(table, 0x51, fuzz_devid(FUZZ_NIC), 0);
	ivrs_put_ivhd(table, 0x40, 0);
	ivrs_put_ivmd(table, ACPI_IVMD_TYPE, fuzz_devid(FUZZ_RAID), 0);
	ivrs_put_ivmd(table, 0x51, fuzz_devid(FUZZ_NIC), 0);
	ivrs_expect(test, table, FUZZ_IN_SEG(0), BIT(FUZZ_RAID));
}

static void ivrs_short_ivmd_holds_its_devices(struct kunit *test)
{
	struct fuzz_table *table = ivrs_table(test);
	struct ivmd_header *ivmd;

	ivrs_put_ivhd(table, 0x10, 0);
	ivmd = ivrs_put_ivmd(table, ACPI_IVMD_TYPE, fuzz_devid(FUZZ_NIC), 0);
	ivmd->length = 16;
	table->len -= 16;
	ivrs_put_ivhd(table, 0x10, 1);
	ivrs_expect(test, table, FUZZ_ALL_DEVS, BIT(FUZZ_NIC));
}

/*
 * Whatever its range is, an IVMD prevents assignment: one byte at address 0, or
 * a range that wraps around.
 */
static void ivrs_one_byte_at_0(struct kunit *test)
{
	struct fuzz_table *table = ivrs_table(test);
	struct ivmd_header *m;

	ivrs_put_ivhd(table, 0x10, 0);
	m = ivrs_put_ivmd(table, ACPI_IVMD_TYPE, fuzz_devid(FUZZ_NIC), 0);
	m->range_start = 0;
	m->range_length = 1;
	m = ivrs_put_ivmd(table, ACPI_IVMD_TYPE, fuzz_devid(FUZZ_RAID), 0);
	m->range_start = U64_MAX;
	m->range_length = 2;
	ivrs_expect(test, table, FUZZ_IN_SEG(0),
		    BIT(FUZZ_NIC) | BIT(FUZZ_RAID));
}

static void ivrs_reversed_devices(struct kunit *test)
{
	struct fuzz_table *table = ivrs_table(test);

	ivrs_put_ivhd(table, 0x10, 0);
	ivrs_put_ivmd(table, ACPI_IVMD_TYPE_RANGE, fuzz_devid(FUZZ_NIC) + 7,
		      fuzz_devid(FUZZ_NIC));
	ivrs_expect(test, table, FUZZ_IN_SEG(0), BIT(FUZZ_NIC));

	/* Without a last device, the range is for all of the segment */
	table = ivrs_table(test);
	ivrs_put_ivhd(table, 0x10, 0);
	ivrs_put_ivhd(table, 0x10, 1);
	ivrs_put_ivmd(table, ACPI_IVMD_TYPE_RANGE, fuzz_devid(FUZZ_NIC), 0);
	ivrs_expect(test, table, FUZZ_ALL_DEVS, fuzz_refused(FUZZ_IN_SEG(0)));
}

/*
 * Devices that only the command line names: those of segment 0 extend the
 * tables of that segment, the one of segment 1 does not.
 */
static void __ref ivrs_command_line(struct kunit *test)
{
	struct fuzz_table *table = ivrs_table(test);
	struct acpi_table_header *acpi = (void *)table->data;
	struct ivhd_header *h = ivrs_put_header(table, 0x40, 0);
	struct amd_iommu_pci_seg *pci_seg;
	char hid[] = "=AMDI0040:0@e0:00.0";

	ivrs_put_entry(table, h, IVHD_DEV_SPECIAL, 0,
		       4 | IVHD_SPECIAL_IOAPIC << 24);
	ivrs_put_entry(table, h, IVHD_DEV_SPECIAL, 0,
		       5 | IVHD_SPECIAL_HPET << 24);
	ivrs_put_entry(table, h, IVHD_DEV_SPECIAL, 0,
		       6 | IVHD_SPECIAL_HPET << 24);
	acpi->length = table->len;

	parse_ivrs_ioapic("=4@f0:1f.7");
	parse_ivrs_hpet("=5@c0:00.0");
	parse_ivrs_hpet("=6@0001:ff:1f.7");
	parse_ivrs_acpihid(hid);
	KUNIT_EXPECT_EQ(test, fuzz_parse_ivrs(acpi), 0);
	pci_seg = get_pci_segment(0, acpi);
	KUNIT_EXPECT_EQ(test, pci_seg->last_bdf, 0xf0ff);
	KUNIT_EXPECT_NOT_NULL(test, pci_seg->rlookup_table[0xf0ff]);
	KUNIT_EXPECT_NOT_NULL(test, pci_seg->rlookup_table[0xc000]);
	fuzz_forget_ivrs();

	early_ioapic_map_size = 0;
	early_hpet_map_size = 0;
	early_acpihid_map_size = 0;
	cmdline_maps = false;
}

static int __ref ivrs_fuzz_test_init(struct kunit *test)
{
	if (!list_empty(&amd_iommu_pci_seg_list) || !list_empty(&ioapic_map) ||
	    !list_empty(&hpet_map) || !list_empty(&acpihid_map))
		kunit_skip(test, "there is a real IOMMU");
	kunit_activate_static_stub(test, iommu_map_mmio_space,
				   fuzz_map_registers);
	return 0;
}

static struct kunit_case ivrs_fuzz_cases[] = {
	KUNIT_CASE(ivrs_zeros_are_padding),
	KUNIT_CASE(ivrs_bad_entry_costs_no_iommu),
	KUNIT_CASE(ivrs_lost_devices_have_the_iommu_in_front),
	KUNIT_CASE(ivrs_bad_length_costs_no_iommu),
	KUNIT_CASE(ivrs_blocks_in_any_order),
	KUNIT_CASE(ivrs_iommu_without_registers),
	KUNIT_CASE(ivrs_special_device_of_unknown_kind),
	KUNIT_CASE(ivrs_unknown_block_has_no_effect),
	KUNIT_CASE(ivrs_short_ivmd_holds_its_devices),
	KUNIT_CASE(ivrs_one_byte_at_0),
	KUNIT_CASE(ivrs_reversed_devices),
	KUNIT_CASE(ivrs_command_line),
	KUNIT_CASE_SLOW(ivrs_holds_what_it_names),
	KUNIT_CASE_SLOW(ivrs_damaged_opens_nothing),
	KUNIT_CASE_SLOW(ivrs_cut_opens_nothing),
	KUNIT_CASE_SLOW(ivrs_from_files),
	{}
};

static struct kunit_suite ivrs_fuzz_suite = {
	.name = "iommu_fuzz_ivrs",
	.suite_init = fuzz_suite_init,
	.suite_exit = fuzz_suite_exit,
	.init = ivrs_fuzz_test_init,
	.test_cases = ivrs_fuzz_cases,
};
kunit_test_init_section_suites(&ivrs_fuzz_suite);
