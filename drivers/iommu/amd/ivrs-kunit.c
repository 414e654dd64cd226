// SPDX-License-Identifier: GPL-2.0-only
/*
 * Generated IVRSs for the real parser, which includes this file at its end.
 *
 * Only IOMMUs are made here: there are no registers behind them.
 */
#include "../iommu-fuzz-kunit.h"

#define FUZZ_IOMMU	0x0002

static LIST_HEAD(fuzz_iommus);

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

static void fuzz_put_entry(struct fuzz_table *table, u8 type, u16 devid, u32 ext)
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
	u32 devs = 0;
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
			fuzz_put_entry(table, IVHD_DEV_EXT_SELECT, devid, fuzz_u32());
			devs |= fuzz_devs(seg, devid, devid);
			break;
		case 3:
			fuzz_put_entry(table, IVHD_DEV_ALIAS, devid,
				       fuzz_any_devid() << 8);
			devs |= fuzz_devs(seg, devid, devid);
			break;
		case 4:
			fuzz_put_entry(table, IVHD_DEV_SPECIAL, 0, devid << 8 |
				       (IVHD_SPECIAL_IOAPIC + fuzz_below(2)) << 24);
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
		ACPI_IVMD_TYPE_ALL, ACPI_IVMD_TYPE, ACPI_IVMD_TYPE, ACPI_IVMD_TYPE_RANGE,
	};
	struct ivmd_header *m;
	u64 start, length;
	u32 held = 0;

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

	/* To be mapped 1:1, or excluded from translation: firmware uses it */
	if (m->flags & (IVMD_FLAG_UNITY_MAP | IVMD_FLAG_EXCL_RANGE)) {
		if (m->type == ACPI_IVMD_TYPE_ALL)
			held = fuzz_devs(m->pci_seg, 0, 0xffff);
		else if (m->type == ACPI_IVMD_TYPE)
			held = fuzz_devs(m->pci_seg, m->devid, m->devid);
		else
			held = fuzz_devs(m->pci_seg, min(m->devid, m->aux),
					 max(m->devid, m->aux));
	}
	table->entries[table->nr].held = held;
	table->held |= held;
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
	/* Who has no IOMMU cannot be assigned anyway */
	table->maybe = ~translated;
}

/* As init_iommu_all(), without registers */
static int __init fuzz_parse_ivrs(struct acpi_table_header *ivrs)
{
	u8 *p = (u8 *)ivrs + IVRS_HEADER_LENGTH;
	struct amd_iommu *iommu;
	struct ivhd_header *h;
	int ret;

	ret = check_ivrs_blocks(ivrs);
	if (ret)
		return ret;
	ivinfo_init(ivrs);
	amd_iommu_target_ivhd_type = get_highest_supported_ivhd_type(ivrs);

	for (; p < ivrs_end; p += h->length) {
		h = (struct ivhd_header *)p;
		if (h->type != amd_iommu_target_ivhd_type)
			continue;
		iommu = kzalloc(sizeof(*iommu), GFP_KERNEL);
		if (!iommu)
			return -ENOMEM;
		list_add_tail(&iommu->list, &fuzz_iommus);
		iommu->devid = h->devid;
		iommu->mmio_phys = h->mmio_phys;
		iommu->pci_seg = get_pci_segment(h->pci_seg, ivrs);
		if (!iommu->pci_seg)
			return -ENOMEM;
		ret = init_iommu_from_acpi(iommu, h);
		if (ret)
			return ret;
	}
	list_for_each_entry(iommu, &fuzz_iommus, list)
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

static u32 fuzz_assignable_ivrs(void)
{
	u32 assignable = 0;
	unsigned int i;

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

	list_for_each_entry(iommu, &fuzz_iommus, list)
		tables_say("unit %04x:%llx", iommu->pci_seg->id, iommu->mmio_phys);
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

	/* The parser does not look at what is in this list already */
	list_for_each_entry_safe(flags, next_flags, &amd_ivhd_dev_flags_list, list) {
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
	list_for_each_entry_safe(iommu, next, &fuzz_iommus, list) {
		list_del(&iommu->list);
		kfree(iommu);
	}
}

static struct fuzz_parser fuzz_ivrs __refdata = {
	.header = IVRS_HEADER_LENGTH,
	.cut_holds_all = true,
	.generate = fuzz_generate_ivrs,
	.parse = fuzz_parse_ivrs,
	.assignable = fuzz_assignable_ivrs,
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

static int ivrs_fuzz_test_init(struct kunit *test)
{
	if (!list_empty(&amd_iommu_pci_seg_list) || !list_empty(&ioapic_map) ||
	    !list_empty(&hpet_map) || !list_empty(&acpihid_map))
		kunit_skip(test, "there is a real IOMMU");
	return 0;
}

static struct kunit_case ivrs_fuzz_cases[] = {
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
