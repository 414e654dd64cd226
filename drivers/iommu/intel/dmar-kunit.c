// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit tests of the kernel's parser with generated DMARs. dmar.c includes this
 * file at its end. The units of these tables have no registers.
 */
#include "../tests/iommu_fuzz_kunit.h"

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

/* Add a device scope of segment @seg. Return: the devices that it is for. */
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
		/* Not a PCI device, or an unknown type */
		scope->entry_type = ACPI_DMAR_SCOPE_TYPE_IOAPIC + fuzz_below(4);
		exists = false;
	} else if (fuzz_one_in(16)) {
		/* There is no such device */
		scope->bus = 0x80;
		exists = false;
	} else if (fuzz_one_in(16)) {
		/* The wrong type, but the path identifies the device */
		scope->entry_type = bridge ? ACPI_DMAR_SCOPE_TYPE_ENDPOINT :
					     ACPI_DMAR_SCOPE_TYPE_BRIDGE;
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
	u32 direct = 0;

	fuzz_begin(table, 0);
	rmrr = fuzz_put(table, sizeof(*rmrr));
	rmrr->header.type = ACPI_DMAR_TYPE_RESERVED_MEMORY;
	rmrr->segment = fuzz_below(FUZZ_NR_SEGS + 1);
	fuzz_range(&start, &length);
	rmrr->base_address = start;
	rmrr->end_address = start + length - 1;
	while (nr--)
		direct |= fuzz_put_scope(table, rmrr->segment);
	table->entries[table->nr].direct = direct;
	table->direct |= direct;
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
		scope = fuzz_put(table,
				 sizeof(*scope) +
					 sizeof(struct acpi_dmar_pci_path));
		scope->entry_type = ACPI_DMAR_SCOPE_TYPE_NAMESPACE;
		scope->length = 8;
	}
	fuzz_put_scopes(table, seg, fuzz_below(3));
	fuzz_end(table);
}

/* Add an ACPI device, which may exist or not */
static void fuzz_put_andd(struct fuzz_table *table)
{
	static const char *const names[] = { "\\_SB", "\\_SB.NONE", "", "_SB" };
	const char *name = names[fuzz_below(ARRAY_SIZE(names))];
	struct acpi_dmar_andd *andd;

	fuzz_begin(table, 0);
	andd = fuzz_put(table, offsetof(struct acpi_dmar_andd, device_name));
	andd->header.type = ACPI_DMAR_TYPE_NAMESPACE;
	andd->device_number = fuzz_below(2);
	memcpy(fuzz_put(table, strlen(name) + 1), name, strlen(name));
	fuzz_end(table);
}

/* Add a structure that has no direct regions */
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

/* What dmar_parse_one_drhd() does, but for access to registers */
static int __init fuzz_parse_one_drhd(struct acpi_dmar_header *header,
				      void *arg)
{
	struct acpi_dmar_hardware_unit *drhd = (void *)header;
	struct dmar_drhd_unit *dmaru;

	if (!drhd->address || dmar_find_dmaru(drhd))
		return dmar_parse_one_drhd(header, NULL);

	dmaru = kzalloc(sizeof(*dmaru) + header->length, GFP_KERNEL);
	if (!dmaru)
		return -ENOMEM;

	dmaru->hdr = (void *)(dmaru + 1);
	memcpy(dmaru->hdr, header, header->length);
	dmaru->reg_base_addr = drhd->address;
	dmaru->segment = drhd->segment;
	dmaru->include_all = drhd->flags & 0x1;
	dmaru->iommu = &fuzz_iommu;
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
		.lost = &dmar_table_incomplete,
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
		info = dmar_alloc_pci_notify_info(fuzz_dev(i),
						  BUS_NOTIFY_ADD_DEVICE);
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

static u32 fuzz_translated_dmar(void)
{
	struct dmar_drhd_unit *dmaru;
	u32 translated = 0;
	unsigned int i;

	for (i = 0; i < FUZZ_NR_DEVS; i++) {
		dmaru = dmar_find_matched_drhd_unit(fuzz_dev(i));
		if (dmaru && dmaru->iommu)
			translated |= BIT(i);
	}
	return translated;
}

static unsigned int fuzz_units_dmar(void)
{
	struct dmar_drhd_unit *dmaru;
	unsigned int units = 0;

	for_each_drhd_unit(dmaru)
		units += !!dmaru->iommu;
	return units;
}

static void fuzz_say_dmar(void)
{
	struct dmar_drhd_unit *dmaru;
	unsigned int i;

	down_read(&dmar_global_lock);
	for_each_drhd_unit(dmaru) {
		if (!dmaru->iommu)
			continue;
		tables_say("unit %04x:%llx%s", dmaru->segment,
			   dmaru->reg_base_addr,
			   dmaru->include_all ? " all" : "");
	}
	for (i = 0; fuzz_dev(i); i++) {
		dmaru = dmar_find_matched_drhd_unit(fuzz_dev(i));
		tables_say_dev(fuzz_dev(i), dmaru && dmaru->iommu ?
			       dmaru->reg_base_addr : 0, &intel_iommu_ops);
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
	dmar_table_incomplete = false;
	dmar_tbl = NULL;
	up_write(&dmar_global_lock);
}

#include "dmar-rule-kunit.h"

static struct fuzz_parser fuzz_dmar __refdata = {
	.header = sizeof(struct acpi_table_dmar),
	.generate = fuzz_generate_dmar,
	.parse = fuzz_parse_dmar,
	.assignable = fuzz_assignable_dmar,
	.translated = fuzz_translated_dmar,
	.units = fuzz_units_dmar,
	.expect = fuzz_expect_dmar,
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

/* Small tables, one for each mistake that firmware may make */

/*
 * Devices of segment 0. NVME and RAID are below BRIDGE, RAID also below a
 * second bridge.
 */
#define NIC		2
#define BRIDGE		3
#define NVME		4
#define RAID		7
/* The NIC of segment 1 */
#define OTHER_NIC	(FUZZ_NR_IN_SEG + NIC)
#define NO_DEVS		0
/* The devices that are checked: no bridges, and none that is relaxed */
#define ONES_OF_SEG(seg) \
	((BIT(NIC) | BIT(NVME) | BIT(RAID)) << ((seg) * FUZZ_NR_IN_SEG))
#define ALL_DEVS	(ONES_OF_SEG(0) | ONES_OF_SEG(1))

/*
 * Add a structure that has @size bytes, besides its device scopes.
 * Return: where it is.
 */
static void *put_structure(struct fuzz_table *table, u8 type, u32 size)
{
	struct acpi_dmar_header *header;

	fuzz_begin(table, 0);
	header = fuzz_put(table, size);
	header->type = type;
	fuzz_end(table);
	return header;
}

static struct fuzz_table *new_table(struct kunit *test)
{
	struct fuzz_table *table =
		kunit_kzalloc(test, sizeof(*table), GFP_KERNEL);
	struct acpi_table_dmar *dmar;
	unsigned int seg;

	KUNIT_ASSERT_NOT_NULL(test, table);
	dmar = (void *)table->data;
	fuzz_put_header(table, ACPI_SIG_DMAR, sizeof(*dmar));
	dmar->width = 38;
	for (seg = 0; seg < FUZZ_NR_SEGS; seg++) {
		struct acpi_dmar_hardware_unit *drhd;

		drhd = put_structure(table, ACPI_DMAR_TYPE_HARDWARE_UNIT,
				     sizeof(*drhd));
		drhd->flags = 1;
		drhd->segment = seg;
		drhd->address = 0xfed90000 + 0x1000 * seg;
	}
	return table;
}

/* Add a device scope to the last structure. Return: where it is. */
static struct acpi_dmar_device_scope *
put_scope(struct fuzz_table *table, u8 type, unsigned int dev)
{
	u32 start = table->len;
	struct acpi_dmar_device_scope *scope = fuzz_put(table, sizeof(*scope));

	scope->entry_type = type;
	fuzz_put_path(table, dev);
	scope->length = table->len - start;
	table->nr--;
	fuzz_end(table);
	return scope;
}

static struct acpi_dmar_device_scope *
put_endpoint(struct fuzz_table *table, unsigned int dev)
{
	return put_scope(table, ACPI_DMAR_SCOPE_TYPE_ENDPOINT, dev);
}

static struct acpi_dmar_reserved_memory *
put_rmrr(struct fuzz_table *table, u64 base, u64 end)
{
	struct acpi_dmar_reserved_memory *rmrr =
		put_structure(table, ACPI_DMAR_TYPE_RESERVED_MEMORY,
			      sizeof(*rmrr));

	rmrr->base_address = base;
	rmrr->end_address = end;
	return rmrr;
}

static struct acpi_dmar_device_scope *
put_rmrr_of(struct fuzz_table *table, unsigned int dev)
{
	put_rmrr(table, 0x7f000000, 0x7fffffff);
	return put_endpoint(table, dev);
}

/* Of ALL_DEVS, only @direct cannot be assigned; each device has an IOMMU */
static void expect_direct(struct kunit *test, struct fuzz_table *table,
			  u32 direct)
{
	u32 assignable, translated;

	KUNIT_EXPECT_EQ(test, 0, fuzz_read(test, &fuzz_dmar, table,
					   &assignable, &translated));
	KUNIT_EXPECT_EQ(test, direct, ~assignable & ALL_DEVS);
	KUNIT_EXPECT_EQ(test, FUZZ_ALL_DEVS, translated);
}

static void a_structure_of_length_0_may_hide_an_rmrr(struct kunit *test)
{
	struct fuzz_table *table = new_table(test);
	struct acpi_dmar_satc *satc;

	put_rmrr_of(table, NVME);
	satc = put_structure(table, ACPI_DMAR_TYPE_SATC, sizeof(*satc));
	satc->header.length = 0;
	put_rmrr_of(table, NIC);
	expect_direct(test, table, ALL_DEVS);
}

static void a_structure_beyond_the_end_may_hide_an_rmrr(struct kunit *test)
{
	struct fuzz_table *table = new_table(test);
	struct acpi_dmar_satc *satc;

	satc = put_structure(table, ACPI_DMAR_TYPE_SATC, sizeof(*satc));
	put_rmrr_of(table, NIC);
	satc->header.length = table->len;
	expect_direct(test, table, ALL_DEVS);
}

static void structures_without_regions_have_no_effect(struct kunit *test)
{
	static const struct {
		u8 type;
		u32 size;
	} too_short[] = {
		{ ACPI_DMAR_TYPE_ROOT_ATS, sizeof(struct acpi_dmar_atsr) - 1 },
		{ ACPI_DMAR_TYPE_HARDWARE_AFFINITY,
		  sizeof(struct acpi_dmar_rhsa) - 4 },
		{ ACPI_DMAR_TYPE_NAMESPACE, 4 },
		{ ACPI_DMAR_TYPE_NAMESPACE,
		  offsetof(struct acpi_dmar_andd, device_name) },
		{ ACPI_DMAR_TYPE_SATC, sizeof(struct acpi_dmar_header) },
		{ ACPI_DMAR_TYPE_RESERVED, sizeof(struct acpi_dmar_header) },
		{ 0x7f, 13 },
	};
	struct fuzz_table *table = new_table(test);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(too_short); i++)
		put_structure(table, too_short[i].type, too_short[i].size);
	put_rmrr_of(table, NIC);
	expect_direct(test, table, BIT(NIC));
}

static void a_scope_beyond_an_atsr_or_satc_has_no_effect(struct kunit *test)
{
	struct fuzz_table *table = new_table(test);

	put_structure(table, ACPI_DMAR_TYPE_ROOT_ATS,
		      sizeof(struct acpi_dmar_atsr));
	put_scope(table, ACPI_DMAR_SCOPE_TYPE_BRIDGE, BRIDGE)->length = 0;
	put_structure(table, ACPI_DMAR_TYPE_SATC,
		      sizeof(struct acpi_dmar_satc));
	put_endpoint(table, NIC);
	put_endpoint(table, NIC)->length += 2;
	put_rmrr_of(table, NVME);
	expect_direct(test, table, BIT(NVME));
}

static void a_unit_with_a_bad_scope_is_used(struct kunit *test)
{
	struct fuzz_table *table = new_table(test);
	struct acpi_dmar_hardware_unit *drhd;

	drhd = put_structure(table, ACPI_DMAR_TYPE_HARDWARE_UNIT,
			     sizeof(*drhd));
	drhd->address = 0xfed94000;
	put_endpoint(table, NIC);
	put_endpoint(table, NVME)->length = 1;
	put_rmrr_of(table, RAID);
	expect_direct(test, table, BIT(RAID));
}

static void trailing_zeros_are_padding(struct kunit *test)
{
	struct fuzz_table *table = new_table(test);
	unsigned int i;

	put_rmrr_of(table, NIC);
	for (i = 0; i < 64; i++) {
		fuzz_put(table, 1);
		expect_direct(test, table, BIT(NIC));
	}
}

static void trailing_bytes_have_no_effect(struct kunit *test)
{
	struct fuzz_table *table = new_table(test);
	unsigned int i;

	put_rmrr_of(table, NIC);
	for (i = 0; i < 3; i++) {
		*(u8 *)fuzz_put(table, 1) = 0x55;
		expect_direct(test, table, BIT(NIC));
	}
}

static void an_rmrr_that_is_too_short_may_be_for_any_device(struct kunit *test)
{
	struct fuzz_table *table = new_table(test);

	put_structure(table, ACPI_DMAR_TYPE_RESERVED_MEMORY,
		      sizeof(struct acpi_dmar_reserved_memory) - 1);
	expect_direct(test, table, ALL_DEVS);
}

static void a_unit_that_is_too_short_may_have_any_device(struct kunit *test)
{
	struct fuzz_table *table = new_table(test);

	put_structure(table, ACPI_DMAR_TYPE_HARDWARE_UNIT,
		      sizeof(struct acpi_dmar_hardware_unit) - 1);
	expect_direct(test, table, ALL_DEVS);
}

/*
 * Lengths below 6 are less than the header of a scope, 6 and 7 leave no room
 * for a path.
 */
static void a_bad_scope_of_an_rmrr_may_be_for_its_segment(struct kunit *test)
{
	unsigned int length;

	for (length = 0; length < 8; length++) {
		struct fuzz_table *table = new_table(test);

		put_rmrr_of(table, NIC);
		put_rmrr(table, 0x6f000000, 0x6fffffff)->segment = 1;
		put_endpoint(table, NIC)->length = length;
		if (length >= sizeof(struct acpi_dmar_device_scope)) {
			table->len -= 8 - length;
			table->nr--;
			fuzz_end(table);
		}
		expect_direct(test, table, BIT(NIC) | ONES_OF_SEG(1));
	}
}

static void a_scope_beyond_an_rmrr_may_be_for_its_segment(struct kunit *test)
{
	struct fuzz_table *table = new_table(test);

	put_rmrr_of(table, NVME)->length += 1;
	put_rmrr(table, 0x6f000000, 0x6fffffff)->segment = 1;
	put_endpoint(table, OTHER_NIC);
	expect_direct(test, table, ONES_OF_SEG(0) | BIT(OTHER_NIC));
}

/*
 * This includes reversed ranges, and one byte at address 0, which some tables
 * have, by mistake or not.
 */
static void what_an_rmrr_names_is_direct_at_any_address(struct kunit *test)
{
	static const struct {
		u64 base, end;
	} ranges[] = {
		{ 0, 0 }, { 0, 0xfff }, { 0x1000, 0x1000 },
		{ 0x1234, 0x1233 }, { 0x2000, 0xfff }, { 1, 0 },
		{ 0, U64_MAX }, { U64_MAX, U64_MAX }, { U64_MAX, 0 },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(ranges); i++) {
		struct fuzz_table *table = new_table(test);

		put_rmrr(table, ranges[i].base, ranges[i].end);
		put_endpoint(table, NIC);
		expect_direct(test, table, BIT(NIC));
	}
}

/* A scope of the wrong type counts, with or without one of the right type */
static void a_scope_of_the_wrong_type_hides_no_rmrr(struct kunit *test)
{
	struct fuzz_table *table = new_table(test);

	put_rmrr(table, 0x6f000000, 0x6fffffff);
	put_scope(table, ACPI_DMAR_SCOPE_TYPE_BRIDGE, BRIDGE);
	put_rmrr_of(table, BRIDGE);
	expect_direct(test, table, BIT(NVME) | BIT(RAID));

	table = new_table(test);
	put_rmrr_of(table, BRIDGE);
	put_rmrr(table, 0x6f000000, 0x6fffffff);
	put_scope(table, ACPI_DMAR_SCOPE_TYPE_BRIDGE, BRIDGE);
	expect_direct(test, table, BIT(NVME) | BIT(RAID));

	table = new_table(test);
	put_rmrr_of(table, BRIDGE);
	expect_direct(test, table, BIT(NVME) | BIT(RAID));

	table = new_table(test);
	put_rmrr(table, 0x6f000000, 0x6fffffff);
	put_scope(table, ACPI_DMAR_SCOPE_TYPE_BRIDGE, NIC);
	expect_direct(test, table, BIT(NIC));
}

static void what_is_there_twice_or_touches_holds_once(struct kunit *test)
{
	struct fuzz_table *table = new_table(test);
	unsigned int i;

	for (i = 0; i < 2; i++) {
		struct acpi_dmar_hardware_unit *drhd;

		drhd = put_structure(table, ACPI_DMAR_TYPE_HARDWARE_UNIT,
				     sizeof(*drhd));
		drhd->address = 0xfed94000;
		put_endpoint(table, NIC);
		put_endpoint(table, NIC);
		put_rmrr_of(table, NIC);
		put_endpoint(table, NIC);
		put_rmrr(table, 0x80000000 + i * 0x1000,
			 0x80000fff + i * 0x1000);
		put_endpoint(table, NVME);
		put_structure(table, ACPI_DMAR_TYPE_SATC,
			      sizeof(struct acpi_dmar_satc));
		put_endpoint(table, NIC);
	}
	expect_direct(test, table, BIT(NIC) | BIT(NVME));
}

static void a_start_bus_may_be_a_secondary_bus(struct kunit *test)
{
	struct fuzz_table *table = new_table(test);
	struct acpi_dmar_device_scope *scope;
	struct acpi_dmar_pci_path *path;

	put_rmrr(table, 0x7f000000, 0x7fffffff);
	table->nr--;
	scope = fuzz_put(table, sizeof(*scope) + sizeof(*path));
	fuzz_end(table);
	scope->entry_type = ACPI_DMAR_SCOPE_TYPE_ENDPOINT;
	scope->length = sizeof(*scope) + sizeof(*path);
	scope->bus = fuzz_dev(NVME)->bus->number;
	expect_direct(test, table, BIT(NVME));
}

static void a_unit_without_an_address_concerns_its_devices(struct kunit *test)
{
	struct fuzz_table *table = new_table(test);
	u32 assignable, translated;

	put_structure(table, ACPI_DMAR_TYPE_HARDWARE_UNIT,
		      sizeof(struct acpi_dmar_hardware_unit));
	put_endpoint(table, NIC);
	put_structure(table, ACPI_DMAR_TYPE_HARDWARE_UNIT,
		      sizeof(struct acpi_dmar_hardware_unit));
	put_scope(table, ACPI_DMAR_SCOPE_TYPE_BRIDGE, BRIDGE);
	put_rmrr(table, 0x7f000000, 0x7fffffff)->segment = 1;
	put_endpoint(table, OTHER_NIC);
	KUNIT_EXPECT_EQ(test, 0, fuzz_read(test, &fuzz_dmar, table,
					   &assignable, &translated));
	KUNIT_EXPECT_EQ(test, translated & ONES_OF_SEG(0), 0);
	KUNIT_EXPECT_EQ(test, translated & ONES_OF_SEG(1), ONES_OF_SEG(1));
	KUNIT_EXPECT_EQ(test, ~assignable & ONES_OF_SEG(1), BIT(OTHER_NIC));
}

/*
 * For an_rmrr_may_be_for_an_acpi_device(): its devices, and what
 * assignable_by_acpi() finds out while the table is in use.
 */
static struct acpi_device named_adev, other_adev;
static struct device platform_dev;
static struct dev_iommu platform_iommu;
static bool platform_may_be_assigned, companion_may_be_assigned;

static void set_companion(struct device *dev, struct acpi_device *adev)
{
	ACPI_COMPANION_SET(dev, adev);
}

static u32 __init assignable_by_acpi(void)
{
	struct device *nic = &fuzz_dev(NIC)->dev;

	down_write(&dmar_global_lock);
	dmar_acpi_insert_dev_scope(2, &named_adev);
	dmar_acpi_insert_dev_scope(3, &other_adev);
	up_write(&dmar_global_lock);

	platform_may_be_assigned =
		fuzz_may_assign(&intel_iommu_ops, &platform_dev);
	set_companion(nic, &named_adev);
	companion_may_be_assigned = fuzz_may_assign(&intel_iommu_ops, nic);
	set_companion(nic, NULL);
	return fuzz_assignable_dmar();
}

static struct fuzz_parser acpi_dmar __refdata = {
	.header = sizeof(struct acpi_table_dmar),
	.parse = fuzz_parse_dmar,
	.assignable = assignable_by_acpi,
	.forget = fuzz_forget_dmar,
};

static void an_rmrr_may_be_for_an_acpi_device(struct kunit *test)
{
	struct fuzz_table *table = new_table(test);
	struct acpi_dmar_device_scope *scope;
	u32 assignable, translated;

	named_adev.fwnode.ops = &acpi_device_fwnode_ops;
	other_adev.fwnode.ops = &acpi_device_fwnode_ops;
	named_adev.dev.init_name = "NAMED:00";
	other_adev.dev.init_name = "OTHER:00";
	platform_dev.init_name = "platform";
	device_initialize(&named_adev.dev);
	device_initialize(&other_adev.dev);
	device_initialize(&platform_dev);
	platform_dev.iommu = &platform_iommu;

	put_rmrr(table, 0xb5da5000, 0xb5dddfff);
	scope = put_scope(table, ACPI_DMAR_SCOPE_TYPE_NAMESPACE, NIC);
	scope->enumeration_id = 2;

	set_companion(&platform_dev, &named_adev);
	KUNIT_EXPECT_EQ(test, 0, fuzz_read(test, &acpi_dmar, table,
					   &assignable, &translated));
	KUNIT_EXPECT_FALSE(test, platform_may_be_assigned);
	KUNIT_EXPECT_FALSE(test, companion_may_be_assigned);
	KUNIT_EXPECT_EQ(test, ~assignable & ALL_DEVS, NO_DEVS);

	set_companion(&platform_dev, &other_adev);
	KUNIT_EXPECT_EQ(test, 0, fuzz_read(test, &acpi_dmar, table,
					   &assignable, &translated));
	KUNIT_EXPECT_TRUE(test, platform_may_be_assigned);
}

static struct kunit_case dmar_table_cases[] = {
	KUNIT_CASE(a_structure_of_length_0_may_hide_an_rmrr),
	KUNIT_CASE(a_structure_beyond_the_end_may_hide_an_rmrr),
	KUNIT_CASE(structures_without_regions_have_no_effect),
	KUNIT_CASE(a_scope_beyond_an_atsr_or_satc_has_no_effect),
	KUNIT_CASE(a_unit_with_a_bad_scope_is_used),
	KUNIT_CASE(trailing_zeros_are_padding),
	KUNIT_CASE(trailing_bytes_have_no_effect),
	KUNIT_CASE(an_rmrr_that_is_too_short_may_be_for_any_device),
	KUNIT_CASE(a_unit_that_is_too_short_may_have_any_device),
	KUNIT_CASE(a_bad_scope_of_an_rmrr_may_be_for_its_segment),
	KUNIT_CASE(a_scope_beyond_an_rmrr_may_be_for_its_segment),
	KUNIT_CASE(what_an_rmrr_names_is_direct_at_any_address),
	KUNIT_CASE(a_scope_of_the_wrong_type_hides_no_rmrr),
	KUNIT_CASE(what_is_there_twice_or_touches_holds_once),
	KUNIT_CASE(a_start_bus_may_be_a_secondary_bus),
	KUNIT_CASE(a_unit_without_an_address_concerns_its_devices),
	KUNIT_CASE(an_rmrr_may_be_for_an_acpi_device),
	{}
};

static struct kunit_suite dmar_table_suite = {
	.name = "iommu_dmar",
	.suite_init = dmar_fuzz_init,
	.suite_exit = dmar_fuzz_exit,
	.init = dmar_fuzz_test_init,
	.test_cases = dmar_table_cases,
};
kunit_test_init_section_suites(&dmar_fuzz_suite, &dmar_table_suite);
