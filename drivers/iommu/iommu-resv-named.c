// SPDX-License-Identifier: GPL-2.0-only
/*
 * iommu.relax_direct=: relax the direct regions of devices that are named.
 *
 * For the administrator who knows that firmware does not use the memory that
 * its tables hold for a device. There is no word for all devices: what is not
 * named was not looked at.
 *
 * A name is an address, as it is in firmware's tables, and stands for whatever
 * is found there, be it after boot. That is when the snapshot is made; a device
 * that is probed stays as it is.
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

#include "iommu-resv-named.h"

static struct iommu_resv_names resv_names = {
	.locked_down = security_locked_down,
};

/* Hex digits, @digits at most, and the character that ends them */
static bool resv_field(const char **text, unsigned int digits, char end,
		       u32 max, u32 *value)
{
	const char *c = *text;
	int digit;

	for (*value = 0; (digit = hex_to_bin(*c)) >= 0; c++) {
		if (!digits--)
			return false;
		*value = *value << 4 | digit;
	}
	if (c == *text || *c != end || *value > max)
		return false;
	*text = c + 1;
	return true;
}

/* [dddd:]bb:dd.f */
static bool resv_parse_name(const char *text, struct iommu_resv_name *name)
{
	u32 bus, slot, func;
	const char *colon = strchr(text, ':');

	name->domain = 0;
	if (colon && strchr(colon + 1, ':') &&
	    !resv_field(&text, 8, ':', INT_MAX, &name->domain))
		return false;
	if (!resv_field(&text, 2, ':', 0xff, &bus) ||
	    !resv_field(&text, 2, '.', 0x1f, &slot) ||
	    !resv_field(&text, 1, '\0', 7, &func))
		return false;
	name->rid = PCI_DEVID(bus, PCI_DEVFN(slot, func));
	return true;
}

static struct iommu_resv_name *resv_find_name(struct iommu_resv_names *names,
					      u32 domain, u16 rid)
{
	unsigned int i;

	for (i = 0; i < names->nr; i++)
		if (names->name[i].domain == domain && names->name[i].rid == rid)
			return &names->name[i];
	return NULL;
}

/**
 * iommu_resv_names_parse() - Add the names in a list
 * @names: where to add them
 * @list: [dddd:]bb:dd.f[=held][,...]; taken apart
 *
 * What is wrong with an entry is said, with its text, and the others count.
 *
 * Context: Any, early boot included. Nobody uses @names meanwhile.
 */
void iommu_resv_names_parse(struct iommu_resv_names *names, char *list)
{
	struct iommu_resv_name name;
	char *text, *word;

	while ((text = strsep(&list, ","))) {
		name = (struct iommu_resv_name){};
		word = strchr(text, '=');
		if (word)
			*word++ = '\0';
		name.held = word && !strcmp(word, "held");

		if ((word && !name.held) || !resv_parse_name(text, &name))
			pr_err("\"%s%s%s\" ignored, it is not [dddd:]bb:dd.f or [dddd:]bb:dd.f=held\n",
			       text, word ? "=" : "", word ?: "");
		else if (resv_find_name(names, name.domain, name.rid))
			pr_err("\"%s\" ignored, it was named before\n", text);
		else if (names->nr == ARRAY_SIZE(names->name))
			pr_err("\"%s\" ignored, %zu devices were named before\n",
			       text, ARRAY_SIZE(names->name));
		else
			names->name[names->nr++] = name;
	}
}

/**
 * iommu_resv_relax_named() - Relax the regions of a device if it is named
 * @names: the names
 * @dev: the device, which is being probed
 * @reported: list of &struct iommu_resv_region, as the driver reported it
 *
 * All regions of type IOMMU_RESV_DIRECT become IOMMU_RESV_DIRECT_RELAXABLE, or
 * none. That is said, and taints the kernel; so is the reason if it is none.
 *
 * Context: Process context. The caller keeps others from probing the device.
 */
void iommu_resv_relax_named(struct iommu_resv_names *names, struct device *dev,
			    struct list_head *reported)
{
	const struct iommu_resv_region *held = NULL, *first = NULL;
	struct iommu_resv_region *region;
	struct iommu_resv_name *name;
	unsigned int nr = 0;
	struct pci_dev *pdev;

	if (!names->nr || !dev_is_pci(dev))
		return;
	pdev = to_pci_dev(dev);
	name = resv_find_name(names, pci_domain_nr(pdev->bus), pci_dev_id(pdev));
	if (!name)
		return;

	list_for_each_entry(region, reported, list) {
		if (region->type != IOMMU_RESV_DIRECT)
			continue;
		if (!nr++)
			first = region;
		if (!region->relax_by_class)
			held = region;
	}
	name->state = nr ? IOMMU_RESV_NAME_USED : IOMMU_RESV_NAME_IDLE;
	if (!nr)
		return;

	/* Its address is up to who plugs it in, not to who named it */
	if (pdev->untrusted) {
		dev_err(dev, "ignored, the device is external\n");
		return;
	}
	if (held && !name->held) {
		dev_err(dev,
			"ignored, %s holds the memory at %pap explicitly; only %s=held overrides that\n",
			held->source ?: "firmware", &held->start, dev_name(dev));
		return;
	}
	/* As for other parameters that tell hardware what it is to do */
	if (names->locked_down(LOCKDOWN_MODULE_PARAMETERS)) {
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
		 "can be assigned although %s requires memory at %pap, length %#zx%s; if firmware uses it after that, data is lost or the machine fails\n",
		 first->source ?: "firmware", &first->start, first->length,
		 nr > 1 ? " and more" : "");
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

/* Nobody should go on believing that a name did something when it did not */
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
