// SPDX-License-Identifier: GPL-2.0-only
/*
 * Firmware tables from files: what the drivers read from them.
 *
 * A line is printed for each unit and for each direct region of a device, to
 * be compared with what another program reads from the same tables. The devices
 * of the machine are in the file, too, and are not derived from the table.
 */
#include <kunit/resource.h>
#include <kunit/test.h>
#include <linux/initrd.h>
#include <linux/iommu.h>
#include <linux/kernel_read_file.h>
#include <linux/moduleparam.h>
#include <linux/pci.h>
#include <linux/printk.h>
#include <linux/slab.h>
#include <linux/sprintf.h>
#include <linux/string.h>
#include <linux/vmalloc.h>

#include "../direct/snapshot.h"
#include "iommu_fuzz_kunit.h"

static char *dir;
module_param(dir, charp, 0444);
MODULE_PARM_DESC(dir, "Where the files are that have the tables");

/* A file has one of these per machine, followed by its devices and its table */
struct tables_machine {
	__le32 nr_devs;
	__le32 len;
} __packed;

/* A bridge comes before what is below it */
struct tables_dev {
	__le16 seg;
	u8 bus;
	u8 devfn;
	__le16 parent;	/* number of the bridge above, or U16_MAX */
	u8 secondary;	/* first and last bus below a bridge, else 0 */
	u8 subordinate;
} __packed;

/* Each device has its own struct pci_bus, since no parser compares pointers */
struct slot {
	struct pci_sysdata sysdata;
	struct pci_bus bus;
	struct pci_bus below;
	struct pci_dev pdev;
	struct dev_iommu iommu;
	char name[16];
};

static void make_dev(struct slot *slots, unsigned int i,
		     const struct tables_dev *from)
{
	u16 parent = le16_to_cpu(from->parent);
	struct slot *slot = &slots[i];
	struct pci_dev *pdev = &slot->pdev;

	slot->sysdata.domain = le16_to_cpu(from->seg);
	slot->bus.sysdata = &slot->sysdata;
	slot->bus.number = from->bus;
	if (parent < i) {
		slot->bus.self = &slots[parent].pdev;
		slot->bus.parent = &slots[parent].bus;
	}
	pdev->bus = &slot->bus;
	pdev->devfn = from->devfn;
	pdev->hdr_type = PCI_HEADER_TYPE_NORMAL;
	if (from->secondary) {
		pdev->hdr_type = PCI_HEADER_TYPE_BRIDGE;
		pdev->class = PCI_CLASS_BRIDGE_PCI_NORMAL;
		pdev->subordinate = &slot->below;
		slot->below.number = from->secondary;
		slot->below.busn_res.end = from->subordinate;
		slot->below.self = pdev;
		slot->below.parent = &slot->bus;
	}
	snprintf(slot->name, sizeof(slot->name), "%04x:%02x:%02x.%x",
		 slot->sysdata.domain, from->bus, PCI_SLOT(from->devfn),
		 PCI_FUNC(from->devfn));
	device_initialize(&pdev->dev);
	pdev->dev.init_name = slot->name;
	pdev->dev.bus = &pci_bus_type;
	pdev->dev.iommu = &slot->iommu;
}

/* The table that is being read: file, and number in the file */
static const char *current_file;
static unsigned int current_number;

void tables_say(const char *fmt, ...)
{
	struct va_format vaf = { .fmt = fmt };
	va_list args;

	va_start(args, fmt);
	vaf.va = &args;
	pr_info("iommu_tables: %s %u %pV\n", current_file, current_number,
		&vaf);
	va_end(args);
}

/* Print a device, with its IOMMU at @unit, or 0 if it has none */
void tables_say_dev(struct pci_dev *pdev, u64 unit, const struct iommu_ops *ops)
{
	const char *name = pdev->dev.init_name;
	const struct iommu_resv_range *range;
	struct iommu_resv *resv;
	LIST_HEAD(reported);

	tables_say("%s unit %llx", name, unit);
	if (!unit)
		return;

	if (ops->get_resv_regions(&pdev->dev, &reported))
		tables_say("%s has no regions", name);
	resv = iommu_resv_snapshot(&pdev->dev, &reported);
	iommu_put_resv_regions(&pdev->dev, &reported);
	if (IS_ERR(resv)) {
		tables_say("%s has no snapshot", name);
		return;
	}

	for (range = resv->ranges; range < iommu_resv_end(resv); range++)
		if (range->type == IOMMU_RESV_DIRECT)
			tables_say("%s direct %llx-%llx %s%s", name,
				   (u64)range->start, (u64)range->last,
				   range->prot & IOMMU_READ ? "r" : "",
				   range->prot & IOMMU_WRITE ? "w" : "");
	if (resv->broken_source)
		tables_say("%s direct malformed", name);
	kvfree(resv);
}

/* The table ends where its memory does, so that KASAN finds reads beyond */
static void read_table(struct kunit *test, const struct fuzz_parser *parser,
		       const struct tables_dev *from, unsigned int nr_devs,
		       const void *table, unsigned int len)
{
	struct acpi_table_header *acpi = kmemdup(table, len, GFP_KERNEL);
	struct slot *slots = kvcalloc(nr_devs, sizeof(*slots), GFP_KERNEL);
	struct pci_dev **devs = kcalloc(nr_devs, sizeof(*devs), GFP_KERNEL);
	unsigned int i;
	int ret;

	if (!acpi || !slots || !devs) {
		KUNIT_FAIL(test, "no memory");
		goto out;
	}
	for (i = 0; i < nr_devs; i++) {
		make_dev(slots, i, &from[i]);
		devs[i] = &slots[i].pdev;
	}
	fuzz_use_devs(devs, nr_devs);

	ret = parser->parse(acpi);
	if (ret)
		tables_say("refused, error %d", -ret);
	else
		parser->say();
	tables_say("end");
	parser->forget();

	fuzz_use_devs(NULL, 0);
	/* Else a slow console thread loses lines when the log is full */
	pr_flush(10000, true);
out:
	kfree(devs);
	kvfree(slots);
	kfree(acpi);
}

static void free_file(void *file)
{
	vfree(file);
}

/* Let the driver read all tables in the file of that name */
void tables_read(struct kunit *test, const struct fuzz_parser *parser,
		 const char *name)
{
	const struct tables_machine *machine;
	void *file = NULL, *pos;
	ssize_t left;
	char *path;

	if (!dir)
		kunit_skip(test,
			   "iommu_tables_kunit.dir= says where tables are");

	path = kunit_kzalloc(test, PATH_MAX, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, path);
	snprintf(path, PATH_MAX, "%s/%s", dir, name);
	wait_for_initramfs();
	/* Use init's root: that of a kernel thread may be another one */
	left = kernel_read_file_from_path_initns(path, 0, &file, INT_MAX, NULL,
						 READING_UNKNOWN);
	if (left == -ENOENT)
		kunit_skip(test, "no file %s", path);
	KUNIT_ASSERT_GT_MSG(test, left, 0, "%s cannot be read", path);
	KUNIT_ASSERT_EQ(test, 0,
			kunit_add_action_or_reset(test, free_file, file));

	current_file = name;
	current_number = 0;
	/* KUnit's last line may have no newline yet: this ends it */
	kunit_info(test, "tables of %s\n", path);
	for (pos = file; left; current_number++) {
		size_t devs, len;

		KUNIT_ASSERT_GE(test, left, sizeof(*machine));
		machine = pos;
		devs = array_size(le32_to_cpu(machine->nr_devs),
				  sizeof(struct tables_dev));
		len = size_add(size_add(sizeof(*machine), devs),
			       le32_to_cpu(machine->len));
		KUNIT_ASSERT_GE(test, left, len);
		read_table(test, parser, pos + sizeof(*machine),
			   le32_to_cpu(machine->nr_devs),
			   pos + sizeof(*machine) + devs,
			   le32_to_cpu(machine->len));
		pos += len;
		left -= len;
	}
}
