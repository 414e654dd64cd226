// SPDX-License-Identifier: GPL-2.0-only
/*
 * iommu.relax_direct=: relax the direct regions of the devices that it names.
 *
 * For an administrator who knows that firmware does not use the memory that its
 * tables list for a device. There is no wildcard, since this is not known of
 * devices that are not named.
 *
 * A name is a PCI address, since firmware's tables have that. It applies to any
 * device that is found there, also to one that is plugged in after boot; if the
 * name has vendor and device IDs, only to a device that has them, too. It is
 * looked up once for each device, when the snapshot is made. Devices that are
 * not PCI devices have no such address and cannot be named.
 */
#define pr_fmt(fmt) "iommu.relax_direct: " fmt
#define dev_fmt pr_fmt

#include <linux/device.h>
#include <linux/hex.h>
#include <linux/init.h>
#include <linux/iommu.h>
#include <linux/list.h>
#include <linux/panic.h>
#include <linux/pci.h>
#include <linux/printk.h>
#include <linux/security.h>
#include <linux/string.h>

#include "relax_param.h"

static struct iommu_resv_names resv_names = {
	.locked_down = security_locked_down,
};

/* Parse a number of at most @digits hex digits, and advance @text past it */
static bool resv_number(const char **text, unsigned int digits, u32 max,
			u32 *value)
{
	const char *c = *text;
	int digit;

	for (*value = 0; (digit = hex_to_bin(*c)) >= 0; c++) {
		if (!digits--)
			return false;
		*value = *value << 4 | digit;
	}
	if (c == *text || *value > max)
		return false;
	*text = c;
	return true;
}

static bool resv_word(const char **text, const char *word)
{
	size_t length = str_has_prefix(*text, word);

	*text += length;
	return length;
}

/* [dddd:]bb:dd.f[/vendor:device][=force] */
static bool resv_parse_name(const char *text, struct iommu_resv_name *name)
{
	const char *dot = strchrnul(text, '.');
	const char *colon = strnchr(text, dot - text, ':');
	u32 bus, slot, func;

	*name = (struct iommu_resv_name){};
	if (colon && strnchr(colon + 1, dot - colon - 1, ':') &&
	    !(resv_number(&text, 8, INT_MAX, &name->domain) &&
	      resv_word(&text, ":")))
		return false;
	if (!resv_number(&text, 2, 0xff, &bus) || !resv_word(&text, ":") ||
	    !resv_number(&text, 2, 0x1f, &slot) || !resv_word(&text, ".") ||
	    !resv_number(&text, 1, 7, &func))
		return false;
	name->rid = PCI_DEVID(bus, PCI_DEVFN(slot, func));

	name->checked = resv_word(&text, "/");
	if (name->checked &&
	    (!resv_number(&text, 4, 0xffff, &name->vendor) ||
	     !resv_word(&text, ":") ||
	     !resv_number(&text, 4, 0xffff, &name->device)))
		return false;
	name->force = resv_word(&text, "=force");
	return !*text;
}

static struct iommu_resv_name *resv_find_name(struct iommu_resv_names *names,
					      u32 domain, u16 rid)
{
	unsigned int i;

	for (i = 0; i < names->nr; i++)
		if (names->name[i].domain == domain &&
		    names->name[i].rid == rid)
			return &names->name[i];
	return NULL;
}

/**
 * iommu_resv_names_parse() - Add the names in a list
 * @names: where to add them
 * @list: [dddd:]bb:dd.f[/vendor:device][=force][,...]; modified
 *
 * An entry that is malformed, repeated or one too many is logged and ignored.
 *
 * Context: Any, early boot included. The caller keeps others from using @names.
 */
void iommu_resv_names_parse(struct iommu_resv_names *names, char *list)
{
	struct iommu_resv_name name;
	char *text;

	while ((text = strsep(&list, ","))) {
		if (!resv_parse_name(text, &name))
			pr_err("\"%s\" ignored, it is not [dddd:]bb:dd.f[/vendor:device][=force]\n",
			       text);
		else if (resv_find_name(names, name.domain, name.rid))
			pr_err("\"%s\" ignored, it was named before\n", text);
		else if (names->nr == ARRAY_SIZE(names->name))
			pr_err("\"%s\" ignored, %zu devices were named before\n",
			       text, ARRAY_SIZE(names->name));
		else
			names->name[names->nr++] = name;
	}
}

/*
 * Does the region overlap the window for MSIs that the IOMMU's driver chose? In
 * a guest, firmware may have a direct region there, since the host expects the
 * MSIs of an assigned device at these addresses: without the 1:1 mapping, the
 * device would have no interrupts.
 */
static bool resv_takes_msi(const struct iommu_resv_region *region,
			   const struct list_head *reported)
{
	const struct iommu_resv_region *msi;

	list_for_each_entry(msi, reported, list)
		if (msi->type == IOMMU_RESV_SW_MSI && region->length &&
		    region->start <= msi->start + (msi->length - 1) &&
		    msi->start <= region->start + (region->length - 1))
			return true;
	return false;
}

/**
 * iommu_resv_relax_named() - Relax the regions of a device if it is named
 * @names: the names
 * @dev: the device, which is being probed
 * @reported: list of &struct iommu_resv_region, as the driver reported it
 *
 * Either all regions of type IOMMU_RESV_DIRECT become
 * IOMMU_RESV_DIRECT_RELAXABLE, which is logged and taints the kernel, or none,
 * and the reason is logged. That the device has none is logged at the end of
 * boot, by resv_names_report().
 *
 * Context: Process context. The caller keeps others from probing the device.
 */
void iommu_resv_relax_named(struct iommu_resv_names *names, struct device *dev,
			    struct list_head *reported)
{
	const struct iommu_resv_region *explicit = NULL, *first = NULL;
	const struct iommu_resv_region *msi = NULL;
	struct iommu_resv_region *region;
	struct iommu_resv_name *name;
	unsigned int nr = 0;
	struct pci_dev *pdev;
	bool other;

	if (!names->nr || !dev_is_pci(dev))
		return;
	pdev = to_pci_dev(dev);
	name = resv_find_name(names, pci_domain_nr(pdev->bus),
			      pci_dev_id(pdev));
	if (!name)
		return;

	list_for_each_entry(region, reported, list) {
		if (region->type != IOMMU_RESV_DIRECT)
			continue;
		if (!nr++)
			first = region;
		if (!region->relax_by_class)
			explicit = region;
		if (resv_takes_msi(region, reported))
			msi = region;
	}
	other = name->checked && (name->vendor != pdev->vendor ||
				  name->device != pdev->device);
	name->state = nr || other ? IOMMU_RESV_NAME_USED : IOMMU_RESV_NAME_IDLE;
	if (other) {
		dev_err(dev, "ignored, the device is %04x:%04x and not %04x:%04x\n",
			pdev->vendor, pdev->device, name->vendor, name->device);
		return;
	}
	if (!nr)
		return;

	/* Any device may be plugged in at this address */
	if (pdev->untrusted) {
		dev_err(dev, "ignored, the device is external\n");
		return;
	}
	if (msi) {
		dev_err(dev,
			"ignored, the device's interrupts go through the memory at %pap that %s reserves\n",
			&msi->start, msi->source ?: "firmware");
		return;
	}
	if (explicit && !name->force) {
		dev_err(dev,
			"ignored, %s reserves the memory at %pap explicitly; only %s=force overrides that\n",
			explicit->source ?: "firmware", &explicit->start,
			dev_name(dev));
		return;
	}
	/* Same effect as replacing firmware's table, which lockdown forbids */
	if (names->locked_down(LOCKDOWN_ACPI_TABLES)) {
		dev_err(dev, "ignored, the kernel is locked down\n");
		return;
	}

	list_for_each_entry(region, reported, list) {
		if (region->type != IOMMU_RESV_DIRECT)
			continue;
		region->type = IOMMU_RESV_DIRECT_RELAXABLE;
		region->relaxed = IOMMU_RESV_RELAXED_BY_NAME;
	}
	add_taint(TAINT_USER, LOCKDEP_STILL_OK);
	dev_warn(dev,
		 "device %04x:%04x can be assigned although %s requires memory at %pap, length %#zx%s; if firmware uses it after that, data is lost or the machine fails\n",
		 pdev->vendor, pdev->device, first->source ?: "firmware",
		 &first->start, first->length, nr > 1 ? " and more" : "");
}

/**
 * iommu_resv_relax_by_name() - Apply iommu.relax_direct= to a device
 * @dev: the device, which is being probed
 * @reported: list of &struct iommu_resv_region, as the driver reported it
 *
 * See iommu_resv_relax_named().
 *
 * Context: Process context. The caller keeps others from probing the device.
 */
void iommu_resv_relax_by_name(struct device *dev, struct list_head *reported)
{
	iommu_resv_relax_named(&resv_names, dev, reported);
}

static int __init resv_names_setup(char *list)
{
	if (!list) {
		pr_err("ignored, it names no device\n");
		return -EINVAL;
	}
	iommu_resv_names_parse(&resv_names, list);
	return 0;
}
early_param("iommu.relax_direct", resv_names_setup);

/* Log each name that has had no effect so far: it may be a mistake */
static int __init resv_names_report(void)
{
	struct iommu_resv_name *name = resv_names.name;
	struct pci_dev *pdev;
	const char *what;

	for (; name < resv_names.name + resv_names.nr; name++) {
		if (name->state == IOMMU_RESV_NAME_USED)
			continue;
		pdev = pci_get_domain_bus_and_slot(name->domain,
						   PCI_BUS_NUM(name->rid),
						   name->rid & 0xff);
		if (!pdev)
			what = "no such device so far";
		else if (name->state == IOMMU_RESV_NAME_IDLE)
			what = "the device has no direct region to relax";
		else
			what = "the device is not behind an IOMMU so far";
		pci_dev_put(pdev);
		pr_warn("%04x:%02x:%02x.%x: %s\n", name->domain,
			PCI_BUS_NUM(name->rid), PCI_SLOT(name->rid),
			PCI_FUNC(name->rid), what);
	}
	return 0;
}
late_initcall_sync(resv_names_report);
