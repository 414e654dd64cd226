// SPDX-License-Identifier: GPL-2.0-only
/*
 * Generated DMARs for the real parser, which includes this file at its end.
 *
 * Only DMAR units are made here: there are no registers behind them.
 */
#include "../iommu-fuzz-kunit.h"

static struct intel_iommu fuzz_iommu;

static void fuzz_put_path(struct fuzz_table *table, unsigned int i)
{
	struct acpi_dmar_pci_path *path;

	if (fuzz_parent(i) >= 0)
		fuzz_put_path(table, fuzz_parent(i));
	path = fuzz_put(table, sizeof(*path));
	path->device = PCI_SLOT(fuzz_dev(i)->devfn);
	path->function = PCI_FUNC(fuzz_dev(i)->devfn);
}

/* One device scope in segment @seg. Return: the devices that it is for. */
static u32 fuzz_put_scope(struct fuzz_table *table, u16 seg)
{
	u32 start = table->len, below = 0;
	struct acpi_dmar_device_scope *scope = fuzz_put(table, sizeof(*scope));
	unsigned int dev = fuzz_below(FUZZ_NR_IN_SEG), i;
	bool bridge = fuzz_is_bridge(dev), exists = seg < FUZZ_NR_SEGS;

	if (exists)
		dev += seg * FUZZ_NR_IN_SEG;
	scope->entry_type = bridge ? ACPI_DMAR_SCOPE_TYPE_BRIDGE :
				     ACPI_DMAR_SCOPE_TYPE_ENDPOINT;
	fuzz_put_path(table, dev);

	if (fuzz_one_in(16)) {
		/* Not a PCI device, or nothing that this version knows */
		scope->entry_type = ACPI_DMAR_SCOPE_TYPE_IOAPIC + fuzz_below(4);
		exists = false;
	} else if (fuzz_one_in(16)) {
		/* Nobody is there */
		scope->bus = 0x80;
		exists = false;
	} else if (fuzz_one_in(32)) {
		/* The wrong kind: refused, if the device is there */
		scope->entry_type = bridge ? ACPI_DMAR_SCOPE_TYPE_ENDPOINT :
					     ACPI_DMAR_SCOPE_TYPE_BRIDGE;
		table->may_fail |= exists;
		bridge = false;
	}
	scope->length = table->len - start;
	if (!exists)
		return 0;
	if (bridge) {
		for (i = 0; i < FUZZ_NR_DEVS; i++)
			if (fuzz_is_below(i, dev))
				below |= BIT(i);
	}
	return BIT(dev) | below;
}

static void fuzz_put_scopes(struct fuzz_table *table, u16 seg, unsigned int nr)
{
	while (nr--)
		fuzz_put_scope(table, seg);
}

static void fuzz_put_rmrr(struct fuzz_table *table)
{
	struct acpi_dmar_reserved_memory *rmrr;
	unsigned int nr = fuzz_below(4);
	u64 start, length;
	u32 held = 0;

	fuzz_begin(table, 0);
	rmrr = fuzz_put(table, sizeof(*rmrr));
	rmrr->header.type = ACPI_DMAR_TYPE_RESERVED_MEMORY;
	rmrr->segment = fuzz_below(FUZZ_NR_SEGS + 1);
	fuzz_range(&start, &length);
	rmrr->base_address = start;
	rmrr->end_address = start + length - 1;
	while (nr--)
		held |= fuzz_put_scope(table, rmrr->segment);
	table->entries[table->nr].held = held;
	table->held |= held;
	fuzz_end(table);
}

static void fuzz_put_drhd(struct fuzz_table *table, u16 seg, bool all)
{
	struct acpi_dmar_device_scope *scope;
	struct acpi_dmar_hardware_unit *drhd;

	fuzz_begin(table, 0);
	drhd = fuzz_put(table, sizeof(*drhd));
	drhd->header.type = ACPI_DMAR_TYPE_HARDWARE_UNIT;
	drhd->flags = all;
	drhd->segment = seg;
	drhd->address = 0xfed90000 + 0x1000 * fuzz_below(4);
	if (fuzz_one_in(4)) {
		scope = fuzz_put(table, sizeof(*scope) + sizeof(struct acpi_dmar_pci_path));
		scope->entry_type = ACPI_DMAR_SCOPE_TYPE_NAMESPACE;
		scope->length = 8;
	}
	fuzz_put_scopes(table, seg, fuzz_below(3));
	fuzz_end(table);
}

/* An ACPI device, which may be there or not */
static void fuzz_put_andd(struct fuzz_table *table)
{
	static const char * const names[] = { "\\_SB", "\\_SB.NONE", "", "_SB" };
	const char *name = names[fuzz_below(ARRAY_SIZE(names))];
	struct acpi_dmar_andd *andd;

	fuzz_begin(table, 0);
	andd = fuzz_put(table, offsetof(struct acpi_dmar_andd, device_name));
	andd->header.type = ACPI_DMAR_TYPE_NAMESPACE;
	andd->device_number = fuzz_below(2);
	memcpy(fuzz_put(table, strlen(name) + 1), name, strlen(name));
	fuzz_end(table);
}

/* Structures that hold nothing */
static void fuzz_put_other(struct fuzz_table *table)
{
	struct acpi_dmar_header *header;
	struct acpi_dmar_atsr *atsr;
	struct acpi_dmar_satc *satc;
	struct acpi_dmar_rhsa *rhsa;

	fuzz_begin(table, 0);
	switch (fuzz_below(4)) {
	case 0:
		atsr = fuzz_put(table, sizeof(*atsr));
		atsr->header.type = ACPI_DMAR_TYPE_ROOT_ATS;
		atsr->flags = fuzz_below(2);
		fuzz_put_scopes(table, atsr->segment, fuzz_below(3));
		break;
	case 1:
		satc = fuzz_put(table, sizeof(*satc));
		satc->header.type = ACPI_DMAR_TYPE_SATC;
		fuzz_put_scopes(table, satc->segment, fuzz_below(3));
		break;
	case 2:
		rhsa = fuzz_put(table, sizeof(*rhsa));
		rhsa->header.type = ACPI_DMAR_TYPE_HARDWARE_AFFINITY;
		rhsa->base_address = 0xfed90000;
		break;
	default:
		header = fuzz_put(table, sizeof(*header) + fuzz_below(32));
		header->type = ACPI_DMAR_TYPE_SATC + 1 + fuzz_below(100);
		break;
	}
	fuzz_end(table);
}

static void fuzz_generate_dmar(struct fuzz_table *table)
{
	struct acpi_table_dmar *dmar = (void *)table->data;
	unsigned int i, nr;

	fuzz_put_header(table, ACPI_SIG_DMAR, sizeof(*dmar));
	dmar->width = 38;

	if (fuzz_one_in(2))
		fuzz_put_drhd(table, fuzz_below(FUZZ_NR_SEGS), false);
	for (i = 0; i < FUZZ_NR_SEGS; i++)
		fuzz_put_drhd(table, i, true);
	for (nr = fuzz_below(3); nr; nr--)
		fuzz_put_andd(table);
	for (nr = fuzz_below(6); nr; nr--) {
		if (fuzz_one_in(3))
			fuzz_put_other(table);
		else
			fuzz_put_rmrr(table);
	}
}

/* As dmar_parse_one_drhd(), without registers */
static int __init fuzz_parse_one_drhd(struct acpi_dmar_header *header, void *arg)
{
	struct acpi_dmar_hardware_unit *drhd = (void *)header;
	struct dmar_drhd_unit *dmaru;

	if (dmar_find_dmaru(drhd))
		return 0;

	dmaru = kzalloc(sizeof(*dmaru) + header->length, GFP_KERNEL);
	if (!dmaru)
		return -ENOMEM;

	dmaru->hdr = (void *)(dmaru + 1);
	memcpy(dmaru->hdr, header, header->length);
	dmaru->reg_base_addr = drhd->address;
	dmaru->segment = drhd->segment;
	dmaru->include_all = drhd->flags & 0x1;
	/* Where there are no registers nothing is translated */
	dmaru->iommu = drhd->address ? &fuzz_iommu : NULL;
	dmaru->devices = dmar_alloc_dev_scope((void *)(drhd + 1),
					      (void *)drhd + header->length,
					      &dmaru->devices_cnt);
	dmar_register_drhd_unit(dmaru);
	return 0;
}

static int __init fuzz_parse_dmar(struct acpi_table_header *acpi)
{
	struct dmar_res_callback cb = {
		.print_entry = true,
		.ignore_unhandled = true,
		.cb[ACPI_DMAR_TYPE_HARDWARE_UNIT] = &fuzz_parse_one_drhd,
		.cb[ACPI_DMAR_TYPE_RESERVED_MEMORY] = &dmar_parse_one_rmrr,
		.cb[ACPI_DMAR_TYPE_ROOT_ATS] = &dmar_parse_one_atsr,
		.cb[ACPI_DMAR_TYPE_HARDWARE_AFFINITY] = &dmar_parse_one_rhsa,
		.cb[ACPI_DMAR_TYPE_NAMESPACE] = &dmar_parse_one_andd,
		.cb[ACPI_DMAR_TYPE_SATC] = &dmar_parse_one_satc,
	};
	struct dmar_pci_notify_info *info;
	unsigned int i;
	int ret;

	down_write(&dmar_global_lock);
	dmar_tbl = acpi;
	dmar_dev_scope_status = 0;

	ret = dmar_walk_dmar_table((struct acpi_table_dmar *)acpi, &cb);
	if (ret)
		goto out;
	dmar_acpi_dev_scope_init();
	for (i = 0; fuzz_dev(i); i++) {
		info = dmar_alloc_pci_notify_info(fuzz_dev(i), BUS_NOTIFY_ADD_DEVICE);
		if (!info)
			continue;
		dmar_pci_bus_add_dev(info);
		dmar_free_pci_notify_info(info);
	}
	ret = dmar_dev_scope_status;
out:
	up_write(&dmar_global_lock);
	return ret;
}

static u32 fuzz_assignable_dmar(void)
{
	u32 assignable = 0;
	unsigned int i;

	for (i = 0; i < FUZZ_NR_DEVS; i++)
		if (fuzz_may_assign(&intel_iommu_ops, &fuzz_dev(i)->dev))
			assignable |= BIT(i);
	return assignable;
}

static void fuzz_say_dmar(void)
{
	struct dmar_drhd_unit *dmaru;
	unsigned int i;

	down_read(&dmar_global_lock);
	for_each_drhd_unit(dmaru) {
		if (!dmaru->iommu)
			continue;
		tables_say("unit %04x:%llx%s", dmaru->segment, dmaru->reg_base_addr,
			   dmaru->include_all ? " all" : "");
	}
	for (i = 0; fuzz_dev(i); i++) {
		dmaru = dmar_find_matched_drhd_unit(fuzz_dev(i));
		tables_say_dev(fuzz_dev(i), dmaru ? dmaru->reg_base_addr : 0,
			       &intel_iommu_ops);
	}
	up_read(&dmar_global_lock);
}

static void __init fuzz_forget_dmar(void)
{
	struct dmar_drhd_unit *dmaru, *next;

	down_write(&dmar_global_lock);
	list_for_each_entry_safe(dmaru, next, &dmar_drhd_units, list) {
		list_del(&dmaru->list);
		dmaru->iommu = NULL;
		dmar_free_drhd(dmaru);
	}
	intel_iommu_free_dmars();
	dmar_tbl = NULL;
	up_write(&dmar_global_lock);
}

static struct fuzz_parser fuzz_dmar __refdata = {
	.header = sizeof(struct acpi_table_dmar),
	.generate = fuzz_generate_dmar,
	.parse = fuzz_parse_dmar,
	.assignable = fuzz_assignable_dmar,
	.say = fuzz_say_dmar,
	.forget = fuzz_forget_dmar,
};

static void dmar_holds_what_it_names(struct kunit *test)
{
	fuzz_whole(test, &fuzz_dmar);
}

static void dmar_damaged_opens_nothing(struct kunit *test)
{
	fuzz_damaged(test, &fuzz_dmar);
}

static void dmar_cut_opens_nothing(struct kunit *test)
{
	fuzz_cut(test, &fuzz_dmar);
}

static void dmar_from_files(struct kunit *test)
{
	tables_read(test, &fuzz_dmar, "dmar");
}

static int saved_scope_status;

static int dmar_fuzz_init(struct kunit_suite *suite)
{
	saved_scope_status = dmar_dev_scope_status;
	return fuzz_suite_init(suite);
}

static void dmar_fuzz_exit(struct kunit_suite *suite)
{
	dmar_dev_scope_status = saved_scope_status;
	fuzz_suite_exit(suite);
}

static int dmar_fuzz_test_init(struct kunit *test)
{
	if (!list_empty(&dmar_drhd_units))
		kunit_skip(test, "there is a real IOMMU");
	return 0;
}

static struct kunit_case dmar_fuzz_cases[] = {
	KUNIT_CASE_SLOW(dmar_holds_what_it_names),
	KUNIT_CASE_SLOW(dmar_damaged_opens_nothing),
	KUNIT_CASE_SLOW(dmar_cut_opens_nothing),
	KUNIT_CASE_SLOW(dmar_from_files),
	{}
};

static struct kunit_suite dmar_fuzz_suite = {
	.name = "iommu_fuzz_dmar",
	.suite_init = dmar_fuzz_init,
	.suite_exit = dmar_fuzz_exit,
	.init = dmar_fuzz_test_init,
	.test_cases = dmar_fuzz_cases,
};
kunit_test_init_section_suites(&dmar_fuzz_suite);
