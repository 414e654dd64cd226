// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit tests of relaxing reserved regions by class, and of what sysfs shows
 * of them.
 */
#include <kunit/test.h>
#include <linux/gfp.h>
#include <linux/iommu.h>
#include <linux/mm.h>
#include <linux/pci.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "../attach.h"
#include "../relax.h"
#include "../snapshot.h"
#include "../sysfs.h"
#include "relax_kunit.h"

__printf(2, 3) char *relax_text(struct kunit *test, const char *fmt, ...)
{
	char *text = kunit_kzalloc(test, 96, GFP_KERNEL);
	va_list args;

	KUNIT_ASSERT_NOT_NULL(test, text);
	va_start(args, fmt);
	vsnprintf(text, 96, fmt, args);
	va_end(args);
	return text;
}

struct iommu_resv_region *relax_report(struct kunit *test,
				       struct list_head *list,
				       phys_addr_t start, size_t length,
				       enum iommu_resv_type type,
				       bool relax_by_class)
{
	struct iommu_resv_region *region;

	region = kunit_kzalloc(test, sizeof(*region), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, region);
	region->start = start;
	region->length = length;
	region->prot = RW;
	region->type = type;
	region->source = "MOCK table";
	region->relax_by_class = relax_by_class;
	list_add_tail(&region->list, list);
	return region;
}

/* As much of a PCI bus and its devices as the code under test looks at */
#if defined(CONFIG_X86) && defined(CONFIG_PCI_DOMAINS)
static struct pci_bus *new_bus(struct kunit *test, int domain, u8 number)
{
	struct {
		struct pci_bus bus;
		struct pci_sysdata sysdata;
		struct pci_dev bridge;
	} *mock;

	mock = kunit_kzalloc(test, sizeof(*mock), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, mock);
	mock->sysdata.domain = domain;
	mock->bus.sysdata = &mock->sysdata;
	mock->bus.number = number;
	mock->bus.self = &mock->bridge;
	INIT_LIST_HEAD(&mock->bus.devices);
	return &mock->bus;
}

static struct pci_dev *plug_on(struct kunit *test, struct pci_bus *bus,
			       u32 class, unsigned int devfn)
{
	struct pci_dev *pdev = kunit_kzalloc(test, sizeof(*pdev), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, pdev);
	pdev->bus = bus;
	pdev->devfn = devfn;
	pdev->class = class;
	pdev->vendor = 0x6b75;
	pdev->device = 0x6e69;
	device_initialize(&pdev->dev);
	pdev->dev.bus = &pci_bus_type;
	pdev->dev.init_name = relax_text(test, "%04x:%02x:%02x.%x",
					 pci_domain_nr(bus), bus->number,
					 PCI_SLOT(devfn), PCI_FUNC(devfn));
	list_add_tail(&pdev->bus_list, &bus->devices);
	return pdev;
}
#else
static struct pci_bus *new_bus(struct kunit *test, int domain, u8 number)
{
	kunit_skip(test, "needs x86 with CONFIG_PCI");
	return NULL;
}

static struct pci_dev *plug_on(struct kunit *test, struct pci_bus *bus,
			       u32 class, unsigned int devfn)
{
	return NULL;
}
#endif

struct pci_dev *relax_plug(struct kunit *test, u32 class, int domain, u16 rid)
{
	return plug_on(test, new_bus(test, domain, PCI_BUS_NUM(rid)), class,
		       rid & 0xff);
}

void relax_test_exit(struct kunit *test)
{
	struct iommu_resv **resv = test->priv;

	if (!resv)
		return;
	kvfree(resv[0]);
	kvfree(resv[1]);
}

struct iommu_resv *relax_snapshot(struct kunit *test, struct device *dev,
				  struct list_head *list)
{
	struct iommu_resv *resv = iommu_resv_snapshot(dev, list);
	struct iommu_resv **kept = test->priv;

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, resv);
	if (!kept) {
		kept = kunit_kcalloc(test, 2, sizeof(*kept), GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, kept);
		test->priv = kept;
	}
	kept[!!kept[0]] = resv;
	return resv;
}

/* Class */

static void class_relaxes_usb_and_display_only(struct kunit *test)
{
	static const struct {
		u32 class;
		bool relaxes;
	} classes[] = {
		{ CLASS_USB, true }, { 0x0c0300, true }, { 0x0c03fe, true },
		{ CLASS_VGA, true }, { CLASS_3D, true }, { 0x038000, true },
		{ CLASS_NVME, false }, { CLASS_NIC, false },
		{ 0x0c0000, false }, { 0x0c0500, false }, { 0x040300, false },
		{ 0x060100, false }, { 0x060400, false }, { 0x000100, false },
		{ 0x118000, false }, { 0xff0000, false },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(classes); i++) {
		struct iommu_resv_region *region;
		struct pci_dev *pdev;
		LIST_HEAD(list);

		pdev = relax_plug(test, classes[i].class, 0, 0x20);
		region = relax_report(test, &list, 0x1000, 0x1000, DIRECT,
				      true);
		iommu_resv_relax_by_class(&pdev->dev, &list);
		KUNIT_EXPECT_EQ_MSG(test, region->type,
				    classes[i].relaxes ? RELAXABLE : DIRECT,
				    "class %06x", classes[i].class);
		KUNIT_EXPECT_EQ_MSG(test, region->relaxed,
				    classes[i].relaxes ? BY_CLASS : 0,
				    "class %06x", classes[i].class);
	}
}

static void class_is_for_tables_that_leave_it_open(struct kunit *test)
{
	struct pci_dev *pdev = relax_plug(test, CLASS_USB, 0, 0x20);
	struct iommu_resv_region *open, *direct, *firmware, *other;
	LIST_HEAD(list);

	open = relax_report(test, &list, 0x1000, 0x1000, DIRECT, true);
	direct = relax_report(test, &list, 0x2000, 0x1000, DIRECT, false);
	firmware = relax_report(test, &list, 0x3000, 0x1000, RELAXABLE, true);
	other = relax_report(test, &list, 0x4000, 0x1000, RESERVED, true);
	iommu_resv_relax_by_class(&pdev->dev, &list);

	KUNIT_EXPECT_EQ(test, open->type, RELAXABLE);
	KUNIT_EXPECT_EQ(test, direct->type, DIRECT);
	KUNIT_EXPECT_EQ(test, direct->relaxed, 0);
	KUNIT_EXPECT_EQ(test, firmware->type, RELAXABLE);
	KUNIT_EXPECT_EQ(test, firmware->relaxed, 0);
	KUNIT_EXPECT_EQ(test, other->type, RESERVED);
	KUNIT_EXPECT_EQ(test, other->relaxed, 0);
}

/* A region whose table leaves it to the class, and one whose table does not */
static enum iommu_resv_relaxed relaxed(struct kunit *test, struct pci_dev *pdev)
{
	struct iommu_resv_region *open, *direct;
	LIST_HEAD(list);

	open = relax_report(test, &list, 0x1000, 0x1000, DIRECT, true);
	direct = relax_report(test, &list, 0x2000, 0x1000, DIRECT, false);
	iommu_resv_relax_by_class(&pdev->dev, &list);
	KUNIT_EXPECT_EQ(test, open->type, open->relaxed ? RELAXABLE : DIRECT);
	KUNIT_EXPECT_EQ(test, direct->type, DIRECT);
	KUNIT_EXPECT_EQ(test, direct->relaxed, 0);
	return open->relaxed;
}

static void card_is_relaxed_with_its_display(struct kunit *test)
{
	static const struct {
		u32 class;
		enum iommu_resv_relaxed relaxed;
	} fns[] = {
		{ CLASS_VGA, BY_CLASS }, { CLASS_SOUND, BY_CARD },
		{ CLASS_USB, BY_CLASS }, { CLASS_UCSI, BY_CARD },
		{ 0x040100, BY_CARD }, { CLASS_3D, BY_CLASS },
		/* Not known to be parts of graphics cards */
		{ CLASS_NVME, 0 }, { CLASS_NIC, 0 }, { CLASS_BRIDGE, 0 },
		{ 0x060100, 0 }, { 0x0c0500, 0 }, { 0x0c0700, 0 },
		{ 0x108000, 0 }, { 0x088000, 0 }, { 0xff0000, 0 },
	};
	struct pci_bus *bus = new_bus(test, 0, 3);
	unsigned int slot, i;

	for (slot = 0; slot < 32; slot += 31) {
		struct pci_dev *first =
			plug_on(test, bus, CLASS_VGA, PCI_DEVFN(slot, 0));

		for (i = 0; i < ARRAY_SIZE(fns); i++) {
			struct pci_dev *pdev;

			pdev = plug_on(test, bus, fns[i].class,
				       PCI_DEVFN(slot, i % 7 + 1));
			KUNIT_EXPECT_EQ_MSG(test, relaxed(test, pdev),
					    fns[i].relaxed, "class %06x",
					    fns[i].class);
		}
		KUNIT_EXPECT_EQ(test, 1, kref_read(&first->dev.kobj.kref));
	}
}

/* A sound function is not relaxed if function 0 of its slot is no display */
static void card_needs_its_display(struct kunit *test)
{
	struct pci_bus *bus = new_bus(test, 0, 3), *other = new_bus(test, 0, 4);
	struct pci_bus *domain = new_bus(test, 1, 3);
	struct pci_dev *first, *sound;

	plug_on(test, bus, CLASS_VGA, PCI_DEVFN(0, 0));
	/* The display is in another slot, on another bus, in another domain */
	sound = plug_on(test, bus, CLASS_SOUND, PCI_DEVFN(1, 1));
	KUNIT_EXPECT_EQ(test, relaxed(test, sound), 0);
	sound = plug_on(test, bus, CLASS_SOUND, PCI_DEVFN(1, 0));
	KUNIT_EXPECT_EQ(test, relaxed(test, sound), 0);
	sound = plug_on(test, other, CLASS_SOUND, PCI_DEVFN(0, 1));
	KUNIT_EXPECT_EQ(test, relaxed(test, sound), 0);
	sound = plug_on(test, domain, CLASS_SOUND, PCI_DEVFN(0, 1));
	KUNIT_EXPECT_EQ(test, relaxed(test, sound), 0);

	/* The display is not function 0 */
	first = plug_on(test, bus, CLASS_SOUND, PCI_DEVFN(2, 0));
	plug_on(test, bus, CLASS_VGA, PCI_DEVFN(2, 1));
	sound = plug_on(test, bus, CLASS_SOUND, PCI_DEVFN(2, 2));
	KUNIT_EXPECT_EQ(test, relaxed(test, first), 0);
	KUNIT_EXPECT_EQ(test, relaxed(test, sound), 0);
	first->class = CLASS_VGA;
	KUNIT_EXPECT_EQ(test, relaxed(test, sound), BY_CARD);

	/* The display was removed before the function was probed */
	list_del(&first->bus_list);
	KUNIT_EXPECT_EQ(test, relaxed(test, sound), 0);
}

/*
 * Virtual functions did not exist when firmware ran. With ARI, the slot of a
 * function above 7 is not a real one.
 */
static void card_has_no_virtual_nor_far_functions(struct kunit *test)
{
	struct pci_bus *bus = new_bus(test, 0, 3);
	struct pci_dev *vf, *near, *far;

	plug_on(test, bus, CLASS_VGA, PCI_DEVFN(0, 0));
	plug_on(test, bus, CLASS_VGA, PCI_DEVFN(1, 0));
	vf = plug_on(test, bus, CLASS_SOUND, PCI_DEVFN(0, 1));
	near = plug_on(test, bus, CLASS_SOUND, PCI_DEVFN(0, 2));
	far = plug_on(test, bus, CLASS_SOUND, PCI_DEVFN(1, 1));
	vf->is_virtfn = true;
	KUNIT_EXPECT_EQ(test, relaxed(test, vf), 0);
	KUNIT_EXPECT_EQ(test, relaxed(test, far), BY_CARD);
	bus->self->ari_enabled = true;
	KUNIT_EXPECT_EQ(test, relaxed(test, near), BY_CARD);
	KUNIT_EXPECT_EQ(test, relaxed(test, far), 0);
}

/* A device that is not PCI has no class */
static void only_pci_is_relaxed(struct kunit *test)
{
	struct iommu_resv_region *region;
	struct device dev = { .init_name = "0000:00:00.0" };
	LIST_HEAD(list);

	region = relax_report(test, &list, 0x1000, 0x1000, DIRECT, true);
	iommu_resv_relax_by_class(&dev, &list);
	KUNIT_EXPECT_EQ(test, region->type, DIRECT);
}

/* Snapshot */

static void snapshot_knows_what_relaxed(struct kunit *test)
{
	struct iommu_resv_region *region;
	struct device dev = { .init_name = "mock" };
	struct iommu_resv *resv;
	LIST_HEAD(list);

	relax_report(test, &list, 0x1000, 0x1000, RELAXABLE, false);
	region = relax_report(test, &list, 0x2000, 0x2000, RELAXABLE, true);
	region->relaxed = BY_CLASS;
	/* The page that it shares with the one above is direct */
	relax_report(test, &list, 0x3000, 0x2000, DIRECT, true);
	resv = relax_snapshot(test, &dev, &list);

	KUNIT_ASSERT_EQ(test, resv->nr, 3);
	KUNIT_EXPECT_EQ(test, resv->ranges[0].last, 0x1fff);
	KUNIT_EXPECT_EQ(test, resv->ranges[0].relaxed, 0);
	KUNIT_EXPECT_EQ(test, resv->ranges[1].last, 0x2fff);
	KUNIT_EXPECT_EQ(test, resv->ranges[1].relaxed, BY_CLASS);
	KUNIT_EXPECT_EQ(test, resv->ranges[2].start, 0x3000);
	KUNIT_EXPECT_EQ(test, resv->ranges[2].type, DIRECT);
	KUNIT_EXPECT_EQ(test, resv->ranges[2].relaxed, 0);
}

/* sysfs */

/* sysfs_emit() requires a buffer that is aligned to a page */
static char *page(struct kunit *test)
{
	char *buf = kunit_kzalloc(test, PAGE_SIZE, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, buf);
	return buf;
}

static void show_says_all_there_is(struct kunit *test)
{
	struct iommu_resv_region *region;
	struct device dev = { .init_name = "mock" };
	unsigned int left_out = 0;
	struct iommu_resv *resv;
	char *buf = page(test);
	LIST_HEAD(list);
	int at;

	relax_report(test, &list, 0x1000, 0x1000, DIRECT, true);
	region = relax_report(test, &list, 0x3000, 0x1000, RELAXABLE, true);
	region->source = NULL;
	region = relax_report(test, &list, 0x5000, 0x1000, RELAXABLE, true);
	region->relaxed = BY_CLASS;
	region = relax_report(test, &list, 0x7000, 0x1000, RELAXABLE, true);
	region->relaxed = BY_NAME;
	region = relax_report(test, &list, 0x8000, 0x1000, RELAXABLE, true);
	region->relaxed = BY_CARD;
	relax_report(test, &list, 0x9000, 0x1000, RESERVED, false);
	/* The end wraps around: it ends before it starts */
	relax_report(test, &list, 0xd000, -0x1000UL, DIRECT, false)->source =
		"BROKEN";
	resv = relax_snapshot(test, &dev, &list);

	at = sysfs_emit(buf, "no\n");
	at += iommu_resv_show("0000:03:00.0", resv, buf, at, &left_out);
	at += iommu_resv_show_left_out(buf, at, left_out);
	KUNIT_EXPECT_STREQ(test, buf,
			   "no\n"
			   "0000:03:00.0 0x0000000000001000 0x0000000000001fff direct MOCK table\n"
			   "0000:03:00.0 0x0000000000003000 0x0000000000003fff direct-relaxable firmware\n"
			   "0000:03:00.0 0x0000000000005000 0x0000000000005fff relaxed-by-class MOCK table\n"
			   "0000:03:00.0 0x0000000000007000 0x0000000000007fff relaxed-by-name MOCK table\n"
			   "0000:03:00.0 0x0000000000008000 0x0000000000008fff relaxed-by-card MOCK table\n"
			   "0000:03:00.0 0x000000000000d000 0x000000000000bfff malformed BROKEN\n");
	KUNIT_EXPECT_EQ(test, at, strlen(buf));
	KUNIT_EXPECT_EQ(test, left_out, 0);
}

static void show_has_a_page_only(struct kunit *test)
{
	struct device dev = { .init_name = "mock" };
	unsigned int left_out = 0, lines, i;
	struct iommu_resv *resv;
	char *buf = page(test), *c;
	char tail[32];
	LIST_HEAD(list);
	int at;

	for (i = 0; i < PAGE_SIZE / 32; i++)
		relax_report(test, &list, i * 2 * PAGE_SIZE, PAGE_SIZE, DIRECT,
			     true);
	resv = relax_snapshot(test, &dev, &list);
	KUNIT_ASSERT_EQ(test, resv->nr, PAGE_SIZE / 32);

	at = sysfs_emit(buf, "no\n");
	at += iommu_resv_show("a device", resv, buf, at, &left_out);
	/* Once a line was left out, a shorter one must not be added */
	at += iommu_resv_show("b", resv, buf, at, &left_out);
	at += iommu_resv_show_left_out(buf, at, left_out);

	KUNIT_EXPECT_EQ(test, at, strlen(buf));
	KUNIT_EXPECT_LT(test, at, PAGE_SIZE);
	KUNIT_EXPECT_GT(test, at, PAGE_SIZE - 128);
	for (c = buf, lines = 0; *c; c++)
		lines += *c == '\n';
	/* All lines but the first and the last are of regions */
	KUNIT_EXPECT_EQ(test, lines - 2 + left_out, 2 * resv->nr);
	snprintf(tail, sizeof(tail), "\nand %u more\n", left_out);
	KUNIT_EXPECT_STREQ(test, buf + at - strlen(tail), tail);
	KUNIT_EXPECT_NULL(test, strstr(buf, "\nb "));
}

/* The region that is logged as the reason of a refusal */
static void reason_of_a_refusal(struct kunit *test)
{
	struct device dev = { .init_name = "mock" };
	struct iommu_resv_range reason;
	struct iommu_resv *resv;
	LIST_HEAD(list);

	relax_report(test, &list, 0xd000, 0, DIRECT, false)->source = NULL;
	resv = relax_snapshot(test, &dev, &list);
	reason = iommu_resv_reason(resv);
	KUNIT_EXPECT_EQ(test, reason.start, 0xd000);
	KUNIT_EXPECT_EQ(test, reason.last, 0xcfff);
	KUNIT_EXPECT_STREQ(test, reason.source, "firmware");

	relax_report(test, &list, 0x1000, 0x1000, RELAXABLE, false);
	relax_report(test, &list, 0x3000, 0x1000, DIRECT, false);
	relax_report(test, &list, 0x5000, 0x1000, DIRECT, false);
	resv = relax_snapshot(test, &dev, &list);
	reason = iommu_resv_reason(resv);
	KUNIT_EXPECT_EQ(test, reason.start, 0x3000);
	KUNIT_EXPECT_STREQ(test, reason.source, "MOCK table");
}

static struct kunit_case relax_test_cases[] = {
	KUNIT_CASE(class_relaxes_usb_and_display_only),
	KUNIT_CASE(class_is_for_tables_that_leave_it_open),
	KUNIT_CASE(card_is_relaxed_with_its_display),
	KUNIT_CASE(card_needs_its_display),
	KUNIT_CASE(card_has_no_virtual_nor_far_functions),
	KUNIT_CASE(only_pci_is_relaxed),
	KUNIT_CASE(snapshot_knows_what_relaxed),
	KUNIT_CASE(show_says_all_there_is),
	KUNIT_CASE(show_has_a_page_only),
	KUNIT_CASE(reason_of_a_refusal),
	{ }
};

static struct kunit_suite relax_test_suite = {
	.name = "iommu_resv_relax",
	.exit = relax_test_exit,
	.test_cases = relax_test_cases,
};

kunit_test_suite(relax_test_suite);
