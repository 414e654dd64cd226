// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit tests of relaxing reserved regions by class and by name, and of what
 * sysfs shows of them.
 */
#include <kunit/test.h>
#include <linux/gfp.h>
#include <linux/iommu.h>
#include <linux/mm.h>
#include <linux/panic.h>
#include <linux/pci.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "../../tests/mock.h"
#include "../attach.h"
#include "../relax.h"
#include "../relax_param.h"
#include "../snapshot.h"
#include "../sysfs.h"

#define RW	(IOMMU_READ | IOMMU_WRITE)

#define DIRECT		IOMMU_RESV_DIRECT
#define RELAXABLE	IOMMU_RESV_DIRECT_RELAXABLE
#define RESERVED	IOMMU_RESV_RESERVED

#define BY_CLASS	IOMMU_RESV_RELAXED_BY_CLASS
#define BY_CARD		IOMMU_RESV_RELAXED_BY_CARD
#define BY_NAME		IOMMU_RESV_RELAXED_BY_NAME

#define CLASS_NVME	0x010802
#define CLASS_NIC	0x020000
#define CLASS_VGA	0x030000
#define CLASS_3D	0x030200
#define CLASS_SOUND	0x040300
#define CLASS_BRIDGE	0x060400
#define CLASS_USB	0x0c0330
#define CLASS_UCSI	0x0c8000

static __printf(2, 3) char *text(struct kunit *test, const char *fmt, ...)
{
	char *text = kunit_kzalloc(test, 96, GFP_KERNEL);
	va_list args;

	KUNIT_ASSERT_NOT_NULL(test, text);
	va_start(args, fmt);
	vsnprintf(text, 96, fmt, args);
	va_end(args);
	return text;
}

/* What a driver reports, and what the tests look at afterwards */
static struct iommu_resv_region *report(struct kunit *test,
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
	pdev->dev.init_name = text(test, "%04x:%02x:%02x.%x",
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

static struct pci_dev *plug(struct kunit *test, u32 class, int domain, u16 rid)
{
	return plug_on(test, new_bus(test, domain, PCI_BUS_NUM(rid)), class,
		       rid & 0xff);
}

#define RID(bus, slot, func)	PCI_DEVID(bus, PCI_DEVFN(slot, func))

static int not_locked_down(enum lockdown_reason what)
{
	return 0;
}

/* Lockdown for the reason that the parameter asks with */
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
		struct pci_dev *pdev = plug(test, classes[i].class, 0, 0x20);
		struct iommu_resv_region *region;
		LIST_HEAD(list);

		region = report(test, &list, 0x1000, 0x1000, DIRECT, true);
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
	struct pci_dev *pdev = plug(test, CLASS_USB, 0, 0x20);
	struct iommu_resv_region *open, *direct, *firmware, *other;
	LIST_HEAD(list);

	open = report(test, &list, 0x1000, 0x1000, DIRECT, true);
	direct = report(test, &list, 0x2000, 0x1000, DIRECT, false);
	firmware = report(test, &list, 0x3000, 0x1000, RELAXABLE, true);
	other = report(test, &list, 0x4000, 0x1000, RESERVED, true);
	iommu_resv_relax_by_class(&pdev->dev, &list);

	KUNIT_EXPECT_EQ(test, open->type, RELAXABLE);
	KUNIT_EXPECT_EQ(test, direct->type, DIRECT);
	KUNIT_EXPECT_EQ(test, direct->relaxed, 0);
	KUNIT_EXPECT_EQ(test, firmware->type, RELAXABLE);
	KUNIT_EXPECT_EQ(test, firmware->relaxed, 0);
	KUNIT_EXPECT_EQ(test, other->type, RESERVED);
	KUNIT_EXPECT_EQ(test, other->relaxed, 0);
}

/* An IVMD for all devices, and the same if it were an RMR of the IORT */
static enum iommu_resv_relaxed relaxed(struct kunit *test, struct pci_dev *pdev)
{
	struct iommu_resv_region *open, *direct;
	LIST_HEAD(list);

	open = report(test, &list, 0x1000, 0x1000, DIRECT, true);
	direct = report(test, &list, 0x2000, 0x1000, DIRECT, false);
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
		/* What could be anything but a part of a graphics card */
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

/* The same functions where no display is function 0 of their slot */
static void card_needs_its_display(struct kunit *test)
{
	struct pci_bus *bus = new_bus(test, 0, 3), *other = new_bus(test, 0, 4);
	struct pci_bus *domain = new_bus(test, 1, 3);
	struct pci_dev *first, *sound;

	plug_on(test, bus, CLASS_VGA, PCI_DEVFN(0, 0));
	/* Another slot, bus, domain */
	sound = plug_on(test, bus, CLASS_SOUND, PCI_DEVFN(1, 1));
	KUNIT_EXPECT_EQ(test, relaxed(test, sound), 0);
	sound = plug_on(test, bus, CLASS_SOUND, PCI_DEVFN(1, 0));
	KUNIT_EXPECT_EQ(test, relaxed(test, sound), 0);
	sound = plug_on(test, other, CLASS_SOUND, PCI_DEVFN(0, 1));
	KUNIT_EXPECT_EQ(test, relaxed(test, sound), 0);
	sound = plug_on(test, domain, CLASS_SOUND, PCI_DEVFN(0, 1));
	KUNIT_EXPECT_EQ(test, relaxed(test, sound), 0);

	/* The display is another function, or function 0 something else */
	first = plug_on(test, bus, CLASS_SOUND, PCI_DEVFN(2, 0));
	plug_on(test, bus, CLASS_VGA, PCI_DEVFN(2, 1));
	sound = plug_on(test, bus, CLASS_SOUND, PCI_DEVFN(2, 2));
	KUNIT_EXPECT_EQ(test, relaxed(test, first), 0);
	KUNIT_EXPECT_EQ(test, relaxed(test, sound), 0);
	first->class = CLASS_VGA;
	KUNIT_EXPECT_EQ(test, relaxed(test, sound), BY_CARD);

	/* It went before the function came */
	list_del(&first->bus_list);
	KUNIT_EXPECT_EQ(test, relaxed(test, sound), 0);
}

/* They were not there when firmware was, or have no slot that is one */
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

/* Others have neither a class nor an address that could be named */
static void only_pci_is_relaxed(struct kunit *test)
{
	struct iommu_resv_names *names = parse(test, "0000:00:00.0=force");
	struct iommu_resv_region *region;
	struct device dev = { .init_name = "0000:00:00.0" };
	LIST_HEAD(list);

	region = report(test, &list, 0x1000, 0x1000, DIRECT, true);
	iommu_resv_relax_by_class(&dev, &list);
	iommu_resv_relax_named(names, &dev, &list);
	KUNIT_EXPECT_EQ(test, region->type, DIRECT);
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

static void names_that_make_no_sense(struct kunit *test)
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

		/* It must not cost those beside it */
		list = text(test, "01:00.0,%s,02:00.0", wrong[i]);
		quoted = text(test, "\"%s\"", wrong[i]);
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

static void names_that_come_twice(struct kunit *test)
{
	struct kmsg_dump_iter mark = mock_log_mark();
	struct iommu_resv_names *names;

	names = parse(test, "03:00.0,0000:03:00.0=force,0001:03:00.0");
	KUNIT_EXPECT_EQ(test, names->nr, 2);
	KUNIT_EXPECT_FALSE(test, names->name[0].force);
	KUNIT_EXPECT_EQ(test, 1, mock_log_count(&mark, "\"0000:03:00.0=force\"",
						"ignored", NULL));

	/* The parameter may come twice, too */
	iommu_resv_names_parse(names, kunit_kstrdup(test, "04:00.0,3:0.0",
						    GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, names->nr, 3);
	KUNIT_EXPECT_EQ(test, 1,
			mock_log_count(&mark, "\"3:0.0\"", "ignored", NULL));
}

static void names_that_are_too_many(struct kunit *test)
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
	struct pci_dev *pdev = plug(test, CLASS_NVME, 1, RID(3, 0, 0));
	struct kmsg_dump_iter mark = mock_log_mark();
	struct iommu_resv_region *a, *b, *other;
	LIST_HEAD(list);

	a = report(test, &list, 0x3e000000, 0x1000, DIRECT, true);
	b = report(test, &list, 0x3f000000, 0x1000, DIRECT, true);
	other = report(test, &list, 0x4000, 0x1000, RESERVED, false);
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
	/* The name may have been meant for another device */
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
		struct pci_dev *pdev = plug(test, CLASS_NIC, others[i].domain,
					    others[i].rid);
		struct iommu_resv_region *region;
		LIST_HEAD(list);

		mark = mock_log_mark();
		region = report(test, &list, 0x1000, 0x1000, DIRECT, true);
		iommu_resv_relax_named(names, &pdev->dev, &list);
		KUNIT_EXPECT_EQ(test, region->type, DIRECT);
		KUNIT_EXPECT_EQ(test, 0,
				mock_log_count(&mark, "iommu.relax_direct",
					       NULL, NULL));
	}
	KUNIT_EXPECT_EQ(test, names->name[0].state, IOMMU_RESV_NAME_UNSEEN);
	KUNIT_EXPECT_EQ(test, tainted, test_taint(TAINT_USER));
}

/* An address is that of a slot's next card, too */
static void name_is_checked(struct kunit *test)
{
	static const char * const wrong[] = {
		"03:00.0/6b75:6e6a=force", "03:00.0/6b76:6e69=force",
		"03:00.0/6e69:6b75=force", "03:00.0/0:0=force",
	};
	struct pci_dev *pdev = plug(test, CLASS_NVME, 0, RID(3, 0, 0));
	bool tainted = test_taint(TAINT_USER);
	struct iommu_resv_region *region;
	struct iommu_resv_names *names;
	struct kmsg_dump_iter mark;
	LIST_HEAD(none);
	LIST_HEAD(list);
	unsigned int i;

	region = report(test, &list, 0x1000, 0x1000, DIRECT, true);
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

	/* Also where there is nothing to relax: it is not what was meant */
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

/* A guest's firmware has a region for the window of its host's interrupts */
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
	struct pci_dev *pdev = plug(test, CLASS_NVME, 0, RID(3, 0, 0));
	struct iommu_resv_names *names = parse(test, "03:00.0=force");
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(regions); i++) {
		struct kmsg_dump_iter mark = mock_log_mark();
		struct iommu_resv_region *region, *other;
		LIST_HEAD(list);

		other = report(test, &list, 0x30000000, 0x1000, DIRECT, false);
		region = report(test, &list, regions[i].start,
				regions[i].length, DIRECT, false);
		report(test, &list, 0x8000000, 0x100000, IOMMU_RESV_SW_MSI,
		       false);
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
	struct pci_dev *pdev = plug(test, CLASS_USB, 0, RID(3, 0, 0));
	struct kmsg_dump_iter mark = mock_log_mark();
	bool tainted = test_taint(TAINT_USER);
	struct iommu_resv_region *region;
	LIST_HEAD(list);

	/* Relaxed by its class, so it needs no name */
	region = report(test, &list, 0x1000, 0x1000, DIRECT, true);
	report(test, &list, 0x4000, 0x1000, RESERVED, false);
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
	struct pci_dev *pdev = plug(test, CLASS_NVME, 0, RID(3, 0, 0));
	struct kmsg_dump_iter mark = mock_log_mark();
	bool tainted = test_taint(TAINT_USER);
	struct iommu_resv_region *open, *direct;
	struct iommu_resv_names *names;
	LIST_HEAD(list);

	open = report(test, &list, 0x1000, 0x1000, DIRECT, true);
	direct = report(test, &list, 0x2000, 0x1000, DIRECT, false);

	/* Not even the other one: the device could not be assigned anyway */
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

/* The name of @pdev does nothing, and the log has the reason */
static struct iommu_resv_region *expect_ignored(struct kunit *test,
						struct iommu_resv_names *names,
						struct pci_dev *pdev,
						struct list_head *list,
						const char *why)
{
	struct kmsg_dump_iter mark = mock_log_mark();
	bool tainted = test_taint(TAINT_USER);
	struct iommu_resv_region *region;

	region = report(test, list, 0x1000, 0x1000, DIRECT, true);
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
	struct pci_dev *pdev = plug(test, CLASS_NVME, 0, RID(3, 0, 0));
	LIST_HEAD(list);

	pdev->untrusted = true;
	expect_ignored(test, names, pdev, &list, "external");
}

static void name_does_nothing_under_lockdown(struct kunit *test)
{
	struct iommu_resv_names *names = parse(test, "03:00.0=force");
	struct pci_dev *pdev = plug(test, CLASS_NVME, 0, RID(3, 0, 0));
	struct iommu_resv_region *region;
	LIST_HEAD(list);

	names->locked_down = locked_down;
	region = expect_ignored(test, names, pdev, &list, "locked down");

	/* A device that comes later is looked at anew */
	names->locked_down = not_locked_down;
	iommu_resv_relax_named(names, &pdev->dev, &list);
	KUNIT_EXPECT_EQ(test, region->type, RELAXABLE);
}

/* Snapshot */

/* At most two in a test */
static void relax_test_exit(struct kunit *test)
{
	struct iommu_resv **resv = test->priv;

	if (!resv)
		return;
	kvfree(resv[0]);
	kvfree(resv[1]);
}

static struct iommu_resv *snapshot(struct kunit *test, struct device *dev,
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

/* Boards have a region of one byte for their devices, or of none */
static void name_lets_go_of_malformed_regions(struct kunit *test)
{
	struct pci_dev *pdev = plug(test, CLASS_NVME, 0, RID(3, 0, 0));
	struct iommu_resv_names *names = parse(test, "03:00.0");
	struct iommu_resv *resv;
	LIST_HEAD(list);

	report(test, &list, 0x1000, 0, DIRECT, true);
	resv = snapshot(test, &pdev->dev, &list);
	KUNIT_EXPECT_TRUE(test, iommu_resv_requires_direct(resv));

	iommu_resv_relax_named(names, &pdev->dev, &list);
	resv = snapshot(test, &pdev->dev, &list);
	KUNIT_EXPECT_FALSE(test, iommu_resv_requires_direct(resv));
}

static void snapshot_knows_what_relaxed(struct kunit *test)
{
	struct iommu_resv_region *region;
	struct device dev = { .init_name = "mock" };
	struct iommu_resv *resv;
	LIST_HEAD(list);

	report(test, &list, 0x1000, 0x1000, RELAXABLE, false);
	region = report(test, &list, 0x2000, 0x2000, RELAXABLE, true);
	region->relaxed = BY_CLASS;
	/* Shares its first page with the one above, which stays direct */
	report(test, &list, 0x3000, 0x2000, DIRECT, true);
	resv = snapshot(test, &dev, &list);

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

/* Aligned to a page, as sysfs has it */
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

	report(test, &list, 0x1000, 0x1000, DIRECT, true);
	report(test, &list, 0x3000, 0x1000, RELAXABLE, true)->source = NULL;
	region = report(test, &list, 0x5000, 0x1000, RELAXABLE, true);
	region->relaxed = BY_CLASS;
	region = report(test, &list, 0x7000, 0x1000, RELAXABLE, true);
	region->relaxed = BY_NAME;
	region = report(test, &list, 0x8000, 0x1000, RELAXABLE, true);
	region->relaxed = BY_CARD;
	report(test, &list, 0x9000, 0x1000, RESERVED, false);
	/* Ends before it starts: as wide as the space, less 0x1000 */
	report(test, &list, 0xd000, -0x1000UL, DIRECT, false)->source =
		"BROKEN";
	resv = snapshot(test, &dev, &list);

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
		report(test, &list, i * 2 * PAGE_SIZE, PAGE_SIZE, DIRECT, true);
	resv = snapshot(test, &dev, &list);
	KUNIT_ASSERT_EQ(test, resv->nr, PAGE_SIZE / 32);

	at = sysfs_emit(buf, "no\n");
	at += iommu_resv_show("a device", resv, buf, at, &left_out);
	/* What is short enough to fit must not make it look complete */
	at += iommu_resv_show("b", resv, buf, at, &left_out);
	at += iommu_resv_show_left_out(buf, at, left_out);

	KUNIT_EXPECT_EQ(test, at, strlen(buf));
	KUNIT_EXPECT_LT(test, at, PAGE_SIZE);
	KUNIT_EXPECT_GT(test, at, PAGE_SIZE - 128);
	for (c = buf, lines = 0; *c; c++)
		lines += *c == '\n';
	/* But for the first and the last line */
	KUNIT_EXPECT_EQ(test, lines - 2 + left_out, 2 * resv->nr);
	snprintf(tail, sizeof(tail), "\nand %u more\n", left_out);
	KUNIT_EXPECT_STREQ(test, buf + at - strlen(tail), tail);
	KUNIT_EXPECT_NULL(test, strstr(buf, "\nb "));
}

/* What a refusal is put down to */
static void reason_of_a_refusal(struct kunit *test)
{
	struct device dev = { .init_name = "mock" };
	struct iommu_resv_range reason;
	struct iommu_resv *resv;
	LIST_HEAD(list);

	report(test, &list, 0xd000, 0, DIRECT, false)->source = NULL;
	resv = snapshot(test, &dev, &list);
	reason = iommu_resv_reason(resv);
	KUNIT_EXPECT_EQ(test, reason.start, 0xd000);
	KUNIT_EXPECT_EQ(test, reason.last, 0xcfff);
	KUNIT_EXPECT_STREQ(test, reason.source, "firmware");

	report(test, &list, 0x1000, 0x1000, RELAXABLE, false);
	report(test, &list, 0x3000, 0x1000, DIRECT, false);
	report(test, &list, 0x5000, 0x1000, DIRECT, false);
	resv = snapshot(test, &dev, &list);
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
	KUNIT_CASE(names_are_read),
	KUNIT_CASE(names_that_make_no_sense),
	KUNIT_CASE(names_that_come_twice),
	KUNIT_CASE(names_that_are_too_many),
	/* In this order: the kernel gets tainted by the last ones */
	KUNIT_CASE(name_is_for_no_other_device),
	KUNIT_CASE(name_without_effect),
	KUNIT_CASE(name_is_not_for_external_devices),
	KUNIT_CASE(name_does_nothing_under_lockdown),
	KUNIT_CASE(name_needs_force_for_explicit_region),
	KUNIT_CASE(name_is_checked),
	KUNIT_CASE(name_leaves_interrupts_alone),
	KUNIT_CASE(name_relaxes_its_device),
	KUNIT_CASE(name_lets_go_of_malformed_regions),
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
