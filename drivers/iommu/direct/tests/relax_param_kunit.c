// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit tests of iommu.relax_direct=: how the list is read, and which regions
 * are relaxed by it.
 */
#include <kunit/test.h>
#include <linux/gfp.h>
#include <linux/iommu.h>
#include <linux/panic.h>
#include <linux/pci.h>
#include <linux/security.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "../../tests/mock.h"
#include "../relax.h"
#include "../relax_param.h"
#include "../snapshot.h"
#include "relax_kunit.h"

static int not_locked_down(enum lockdown_reason what)
{
	return 0;
}

/* Locked down for the reason that the parameter checks */
static int locked_down(enum lockdown_reason what)
{
	return what == LOCKDOWN_ACPI_TABLES ? -EPERM : 0;
}

static struct iommu_resv_names *parse(struct kunit *test, const char *list)
{
	struct iommu_resv_names *names;

	names = kunit_kzalloc(test, sizeof(*names), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, names);
	names->locked_down = not_locked_down;
	iommu_resv_names_parse(names, kunit_kstrdup(test, list, GFP_KERNEL));
	return names;
}

/* The list of names */

static void names_are_read(struct kunit *test)
{
	static const struct iommu_resv_name want[] = {
		{ 0, RID(0, 4, 0) },
		{ 0, RID(0xff, 0x1f, 7) },
		{ 0, RID(3, 0, 1), .force = true },
		{ 0xabcd, RID(0xab, 0xc, 0) },
		{ 0x10000, RID(1, 0, 0) },
		{ 0x7fffffff, RID(0, 0, 0) },
		{ 0, RID(5, 6, 0) },
		{ 0, RID(6, 0, 0), true, 0x8086, 0xf },
		{ 1, RID(6, 0, 0), true, 0xffff, 0xabcd, true },
	};
	struct kmsg_dump_iter mark = mock_log_mark();
	struct iommu_resv_names *names;
	unsigned int i;

	names = parse(test,
		      "00:04.0,0000:ff:1f.7,03:00.1=force,ABCD:AB:0c.0,10000:01:00.0,7fffffff:00:00.0,5:6.0,6:0.0/8086:f,1:6:0.0/ffff:ABCD=force");
	KUNIT_ASSERT_EQ(test, names->nr, ARRAY_SIZE(want));
	for (i = 0; i < names->nr; i++) {
		KUNIT_EXPECT_EQ(test, names->name[i].domain, want[i].domain);
		KUNIT_EXPECT_EQ(test, names->name[i].rid, want[i].rid);
		KUNIT_EXPECT_EQ(test, names->name[i].checked, want[i].checked);
		KUNIT_EXPECT_EQ(test, names->name[i].vendor, want[i].vendor);
		KUNIT_EXPECT_EQ(test, names->name[i].device, want[i].device);
		KUNIT_EXPECT_EQ(test, names->name[i].force, want[i].force);
	}
	KUNIT_EXPECT_EQ(test, 0,
			mock_log_count(&mark, "iommu.relax_direct", NULL,
				       NULL));
}

static void names_malformed(struct kunit *test)
{
	static const char *const wrong[] = {
		"",
		"*",
		"all",
		"on",
		"1",
		"0000",
		"03:00",
		"03:00.*",
		"*:00.0",
		"0000:*:00.0",
		"03:*.0",
		"03:00.8",
		"03:20.0",
		"100:00.0",
		"03:000.0",
		"03:00.00",
		"03:00.0 ",
		" 03:00.0",
		"03:00.0x",
		"0x3:00.0",
		"-3:00.0",
		"03:00.",
		"03:.0",
		":00.0",
		":03:00.0",
		"0000:03:00",
		"0000::00.0",
		"80000000:03:00.0",
		"000000000:03:00.0",
		"0:0000:03:00.0",
		"03.00.0",
		"03:00:0",
		"0000:03:00.0=",
		"0000:03:00.0=forced",
		"0000:03:00.0=force ",
		"0000:03:00.0=force=force",
		"=force",
		"8086:1234",
		"03:00.g",
		"03:00.0/",
		"03:00.0/8086",
		"03:00.0/8086:",
		"03:00.0/:1234",
		"03:00.0/8086:12345",
		"03:00.0/18086:1234",
		"03:00.0/8086:1234 ",
		"03:00.0/8086:*",
		"03:00.0/*:*",
		"03:00.0//8086:1234",
		"03:00.0=force/8086:1234",
		"03:00.0/8086:1234/8086:1234",
		"/8086:1234",
		"8086:1234/03:00.0",
		"03:00/8086:1.0",
		"serial8250",
		"ACPI0007:00",
		"1e78000.usb",
		"/soc/usb@0",
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(wrong); i++) {
		struct kmsg_dump_iter mark = mock_log_mark();
		struct iommu_resv_names *names;
		char *list, *quoted;

		/* The entries beside a malformed one must still be read */
		list = relax_text(test, "01:00.0,%s,02:00.0", wrong[i]);
		quoted = relax_text(test, "\"%s\"", wrong[i]);
		names = parse(test, list);
		KUNIT_EXPECT_EQ_MSG(test, names->nr, 2, "%s", quoted);
		KUNIT_EXPECT_EQ_MSG(test, names->name[0].rid, RID(1, 0, 0),
				    "%s", quoted);
		KUNIT_EXPECT_EQ_MSG(test, names->name[1].rid, RID(2, 0, 0),
				    "%s", quoted);
		KUNIT_EXPECT_EQ_MSG(test, 1,
				    mock_log_count(&mark, "iommu.relax_direct",
						   quoted, "ignored"),
				    "%s", quoted);
		KUNIT_EXPECT_EQ_MSG(test, 1,
				    mock_log_count(&mark, "iommu.relax_direct",
						   NULL, NULL),
				    "%s", quoted);
	}
}

static void names_repeated(struct kunit *test)
{
	struct kmsg_dump_iter mark = mock_log_mark();
	struct iommu_resv_names *names;

	names = parse(test, "03:00.0,0000:03:00.0=force,0001:03:00.0");
	KUNIT_EXPECT_EQ(test, names->nr, 2);
	KUNIT_EXPECT_FALSE(test, names->name[0].force);
	KUNIT_EXPECT_EQ(test, 1, mock_log_count(&mark, "\"0000:03:00.0=force\"",
						"ignored", NULL));

	/* The parameter may be given twice, too */
	iommu_resv_names_parse(names, kunit_kstrdup(test, "04:00.0,3:0.0",
						    GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, names->nr, 3);
	KUNIT_EXPECT_EQ(test, 1,
			mock_log_count(&mark, "\"3:0.0\"", "ignored", NULL));
}

static void names_too_many(struct kunit *test)
{
	struct kmsg_dump_iter mark = mock_log_mark();
	struct iommu_resv_names *names = parse(test, "00:00.0");
	char name[] = "00:00.0";
	unsigned int i;

	for (i = 1; i <= ARRAY_SIZE(names->name) + 1; i++) {
		snprintf(name, sizeof(name), "%02x:00.0", i);
		iommu_resv_names_parse(names, name);
	}
	KUNIT_EXPECT_EQ(test, names->nr, ARRAY_SIZE(names->name));
	KUNIT_EXPECT_EQ(test, 1,
			mock_log_count(&mark, "\"20:00.0\"", "ignored", NULL));
	KUNIT_EXPECT_EQ(test, 1,
			mock_log_count(&mark, "\"21:00.0\"", "ignored", NULL));
}

/* Names */

static void name_relaxes_its_device(struct kunit *test)
{
	struct iommu_resv_names *names = parse(test, "0001:03:00.0");
	struct pci_dev *pdev = relax_plug(test, CLASS_NVME, 1, RID(3, 0, 0));
	struct kmsg_dump_iter mark = mock_log_mark();
	struct iommu_resv_region *a, *b, *other;
	LIST_HEAD(list);

	a = relax_report(test, &list, 0x3e000000, 0x1000, DIRECT, true);
	b = relax_report(test, &list, 0x3f000000, 0x1000, DIRECT, true);
	other = relax_report(test, &list, 0x4000, 0x1000, RESERVED, false);
	iommu_resv_relax_named(names, &pdev->dev, &list);

	KUNIT_EXPECT_EQ(test, a->type, RELAXABLE);
	KUNIT_EXPECT_EQ(test, a->relaxed, BY_NAME);
	KUNIT_EXPECT_EQ(test, b->type, RELAXABLE);
	KUNIT_EXPECT_EQ(test, b->relaxed, BY_NAME);
	KUNIT_EXPECT_EQ(test, other->type, RESERVED);
	KUNIT_EXPECT_TRUE(test, test_taint(TAINT_USER));
	KUNIT_EXPECT_EQ(test, 1,
			mock_log_count(&mark, "0001:03:00.0", "MOCK table",
				       "3e000000"));
	/* The IDs are logged, since another device may have been meant */
	KUNIT_EXPECT_EQ(test, 1,
			mock_log_count(&mark, "0001:03:00.0", "6b75:6e69",
				       NULL));
	KUNIT_EXPECT_EQ(test, names->name[0].state, IOMMU_RESV_NAME_USED);
}

static void name_is_for_no_other_device(struct kunit *test)
{
	/* Another domain, bus, slot, function; a virtual function of 03:00.0 */
	static const struct {
		int domain;
		u16 rid;
	} others[] = {
		{ 1, RID(3, 0, 0) },	{ 0, RID(4, 0, 0) },
		{ 0, RID(3, 1, 0) },	{ 0, RID(3, 0, 1) },
		{ 0, RID(3, 0x10, 0) }, { 0x10000, RID(3, 0, 0) },
	};
	struct iommu_resv_names *names = parse(test, "03:00.0=force");
	bool tainted = test_taint(TAINT_USER);
	struct kmsg_dump_iter mark;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(others); i++) {
		struct iommu_resv_region *region;
		struct pci_dev *pdev;
		LIST_HEAD(list);

		pdev = relax_plug(test, CLASS_NIC, others[i].domain,
				  others[i].rid);
		mark = mock_log_mark();
		region = relax_report(test, &list, 0x1000, 0x1000, DIRECT,
				      true);
		iommu_resv_relax_named(names, &pdev->dev, &list);
		KUNIT_EXPECT_EQ(test, region->type, DIRECT);
		KUNIT_EXPECT_EQ(test, 0,
				mock_log_count(&mark, "iommu.relax_direct",
					       NULL, NULL));
	}
	KUNIT_EXPECT_EQ(test, names->name[0].state, IOMMU_RESV_NAME_UNSEEN);
	KUNIT_EXPECT_EQ(test, tainted, test_taint(TAINT_USER));
}

/* The next card in a slot has the same address, so IDs can be checked */
static void name_is_checked(struct kunit *test)
{
	static const char * const wrong[] = {
		"03:00.0/6b75:6e6a=force", "03:00.0/6b76:6e69=force",
		"03:00.0/6e69:6b75=force", "03:00.0/0:0=force",
	};
	struct pci_dev *pdev = relax_plug(test, CLASS_NVME, 0, RID(3, 0, 0));
	bool tainted = test_taint(TAINT_USER);
	struct iommu_resv_region *region;
	struct iommu_resv_names *names;
	struct kmsg_dump_iter mark;
	LIST_HEAD(none);
	LIST_HEAD(list);
	unsigned int i;

	region = relax_report(test, &list, 0x1000, 0x1000, DIRECT, true);
	for (i = 0; i < ARRAY_SIZE(wrong); i++) {
		names = parse(test, wrong[i]);
		mark = mock_log_mark();
		iommu_resv_relax_named(names, &pdev->dev, &list);
		KUNIT_EXPECT_EQ_MSG(test, region->type, DIRECT, "%s", wrong[i]);
		KUNIT_EXPECT_EQ(test, tainted, test_taint(TAINT_USER));
		KUNIT_EXPECT_EQ(test, names->name[0].state,
				IOMMU_RESV_NAME_USED);
		KUNIT_EXPECT_EQ(test, 1,
				mock_log_count(&mark, "0000:03:00.0", "ignored",
					       "6b75:6e69"));
	}

	/* The wrong device is also logged if it has nothing to relax */
	mark = mock_log_mark();
	iommu_resv_relax_named(names, &pdev->dev, &none);
	KUNIT_EXPECT_EQ(test, names->name[0].state, IOMMU_RESV_NAME_USED);
	KUNIT_EXPECT_EQ(test, 1,
			mock_log_count(&mark, "0000:03:00.0", "ignored",
				       "6b75:6e69"));

	names = parse(test, "03:00.0/6b75:6e69");
	iommu_resv_relax_named(names, &pdev->dev, &list);
	KUNIT_EXPECT_EQ(test, region->type, RELAXABLE);
	KUNIT_EXPECT_EQ(test, region->relaxed, BY_NAME);
}

/* Firmware of a guest may have a direct region at the MSI window of the host */
static void name_leaves_interrupts_alone(struct kunit *test)
{
	static const struct {
		phys_addr_t start;
		size_t length;
		bool takes;
	} regions[] = {
		{ 0x8000000, 0x100000, true }, { 0x7fff000, 0x1001, true },
		{ 0x80ff000, 0x10000, true }, { 0x0, 0x10000000, true },
		{ 0x8001000, 0x1000, true }, { 0x7fff000, 0x1000, false },
		{ 0x8100000, 0x1000, false }, { 0x8000000, 0, false },
	};
	struct pci_dev *pdev = relax_plug(test, CLASS_NVME, 0, RID(3, 0, 0));
	struct iommu_resv_names *names = parse(test, "03:00.0=force");
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(regions); i++) {
		struct kmsg_dump_iter mark = mock_log_mark();
		struct iommu_resv_region *region, *other;
		LIST_HEAD(list);

		other = relax_report(test, &list, 0x30000000, 0x1000, DIRECT,
				     false);
		region = relax_report(test, &list, regions[i].start,
				      regions[i].length, DIRECT, false);
		relax_report(test, &list, 0x8000000, 0x100000,
			     IOMMU_RESV_SW_MSI, false);
		iommu_resv_relax_named(names, &pdev->dev, &list);
		KUNIT_EXPECT_EQ_MSG(test, region->type,
				    regions[i].takes ? DIRECT : RELAXABLE, "%u",
				    i);
		KUNIT_EXPECT_EQ(test, other->type, region->type);
		KUNIT_EXPECT_EQ(test, regions[i].takes,
				mock_log_count(&mark, "0000:03:00.0", "ignored",
					       "interrupts"));
	}
}

static void name_without_effect(struct kunit *test)
{
	struct iommu_resv_names *names = parse(test, "03:00.0");
	struct pci_dev *pdev = relax_plug(test, CLASS_USB, 0, RID(3, 0, 0));
	struct kmsg_dump_iter mark = mock_log_mark();
	bool tainted = test_taint(TAINT_USER);
	struct iommu_resv_region *region;
	LIST_HEAD(list);

	/* Relaxed by its class, so it needs no name */
	region = relax_report(test, &list, 0x1000, 0x1000, DIRECT, true);
	relax_report(test, &list, 0x4000, 0x1000, RESERVED, false);
	iommu_resv_relax_by_class(&pdev->dev, &list);
	iommu_resv_relax_named(names, &pdev->dev, &list);
	KUNIT_EXPECT_EQ(test, region->relaxed, BY_CLASS);
	KUNIT_EXPECT_EQ(test, tainted, test_taint(TAINT_USER));
	KUNIT_EXPECT_EQ(test, 0,
			mock_log_count(&mark, "0000:03:00.0", NULL, NULL));
	KUNIT_EXPECT_EQ(test, names->name[0].state, IOMMU_RESV_NAME_IDLE);
}

static void name_needs_force_for_explicit_region(struct kunit *test)
{
	struct pci_dev *pdev = relax_plug(test, CLASS_NVME, 0, RID(3, 0, 0));
	struct kmsg_dump_iter mark = mock_log_mark();
	bool tainted = test_taint(TAINT_USER);
	struct iommu_resv_region *open, *direct;
	struct iommu_resv_names *names;
	LIST_HEAD(list);

	open = relax_report(test, &list, 0x1000, 0x1000, DIRECT, true);
	direct = relax_report(test, &list, 0x2000, 0x1000, DIRECT, false);

	/* Not even the first one: the device could not be assigned anyway */
	names = parse(test, "03:00.0");
	iommu_resv_relax_named(names, &pdev->dev, &list);
	KUNIT_EXPECT_EQ(test, open->type, DIRECT);
	KUNIT_EXPECT_EQ(test, direct->type, DIRECT);
	KUNIT_EXPECT_EQ(test, tainted, test_taint(TAINT_USER));
	KUNIT_EXPECT_EQ(test, 1, mock_log_count(&mark, "ignored", "MOCK table",
						"0000:03:00.0=force"));
	KUNIT_EXPECT_EQ(test, names->name[0].state, IOMMU_RESV_NAME_USED);

	names = parse(test, "03:00.0=force");
	iommu_resv_relax_named(names, &pdev->dev, &list);
	KUNIT_EXPECT_EQ(test, open->type, RELAXABLE);
	KUNIT_EXPECT_EQ(test, direct->type, RELAXABLE);
	KUNIT_EXPECT_EQ(test, direct->relaxed, BY_NAME);
}

/* The name of @pdev has no effect, and the reason is logged */
static struct iommu_resv_region *expect_ignored(struct kunit *test,
						struct iommu_resv_names *names,
						struct pci_dev *pdev,
						struct list_head *list,
						const char *why)
{
	struct kmsg_dump_iter mark = mock_log_mark();
	bool tainted = test_taint(TAINT_USER);
	struct iommu_resv_region *region;

	region = relax_report(test, list, 0x1000, 0x1000, DIRECT, true);
	iommu_resv_relax_named(names, &pdev->dev, list);
	KUNIT_EXPECT_EQ(test, region->type, DIRECT);
	KUNIT_EXPECT_EQ(test, tainted, test_taint(TAINT_USER));
	KUNIT_EXPECT_EQ(test, 1,
			mock_log_count(&mark, "0000:03:00.0", "ignored", why));
	return region;
}

static void name_is_not_for_external_devices(struct kunit *test)
{
	struct iommu_resv_names *names = parse(test, "03:00.0=force");
	struct pci_dev *pdev = relax_plug(test, CLASS_NVME, 0, RID(3, 0, 0));
	LIST_HEAD(list);

	pdev->untrusted = true;
	expect_ignored(test, names, pdev, &list, "external");
}

static void name_does_nothing_under_lockdown(struct kunit *test)
{
	struct iommu_resv_names *names = parse(test, "03:00.0=force");
	struct pci_dev *pdev = relax_plug(test, CLASS_NVME, 0, RID(3, 0, 0));
	struct iommu_resv_region *region;
	LIST_HEAD(list);

	names->locked_down = locked_down;
	region = expect_ignored(test, names, pdev, &list, "locked down");

	/* Lockdown is checked again for the next device */
	names->locked_down = not_locked_down;
	iommu_resv_relax_named(names, &pdev->dev, &list);
	KUNIT_EXPECT_EQ(test, region->type, RELAXABLE);
}

/* Some firmware has a region of no length for a device */
static void name_relaxes_malformed_regions(struct kunit *test)
{
	struct pci_dev *pdev = relax_plug(test, CLASS_NVME, 0, RID(3, 0, 0));
	struct iommu_resv_names *names = parse(test, "03:00.0");
	struct iommu_resv *resv;
	LIST_HEAD(list);

	relax_report(test, &list, 0x1000, 0, DIRECT, true);
	resv = relax_snapshot(test, &pdev->dev, &list);
	KUNIT_EXPECT_TRUE(test, iommu_resv_requires_direct(resv));

	iommu_resv_relax_named(names, &pdev->dev, &list);
	resv = relax_snapshot(test, &pdev->dev, &list);
	KUNIT_EXPECT_FALSE(test, iommu_resv_requires_direct(resv));
}

/* A device that is not PCI has no address that could be named */
static void name_is_for_pci_only(struct kunit *test)
{
	struct iommu_resv_names *names = parse(test, "0000:00:00.0=force");
	struct iommu_resv_region *region;
	struct device dev = { .init_name = "0000:00:00.0" };
	LIST_HEAD(list);

	region = relax_report(test, &list, 0x1000, 0x1000, DIRECT, true);
	iommu_resv_relax_named(names, &dev, &list);
	KUNIT_EXPECT_EQ(test, region->type, DIRECT);
}

static struct kunit_case relax_param_test_cases[] = {
	KUNIT_CASE(names_are_read),
	KUNIT_CASE(names_malformed),
	KUNIT_CASE(names_repeated),
	KUNIT_CASE(names_too_many),
	KUNIT_CASE(name_is_for_pci_only),
	/* Without effect: they must not taint the kernel */
	KUNIT_CASE(name_is_for_no_other_device),
	KUNIT_CASE(name_without_effect),
	KUNIT_CASE(name_is_not_for_external_devices),
	KUNIT_CASE(name_does_nothing_under_lockdown),
	/* The first one that taints it */
	KUNIT_CASE(name_relaxes_its_device),
	KUNIT_CASE(name_needs_force_for_explicit_region),
	KUNIT_CASE(name_is_checked),
	KUNIT_CASE(name_leaves_interrupts_alone),
	KUNIT_CASE(name_relaxes_malformed_regions),
	{ }
};

static struct kunit_suite relax_param_test_suite = {
	.name = "iommu_resv_relax_param",
	.exit = relax_test_exit,
	.test_cases = relax_param_test_cases,
};

kunit_test_suite(relax_param_test_suite);
