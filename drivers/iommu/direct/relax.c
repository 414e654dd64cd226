// SPDX-License-Identifier: GPL-2.0-only
/*
 * Relax direct regions by the class of the device, or of the card it is on.
 *
 * Firmware drives some devices until the kernel's driver takes over: keyboards
 * behind a USB controller, the boot screen. Its tables name the memory that it
 * uses for that, and have no word for "until then".
 */
#include <linux/device.h>
#include <linux/iommu.h>
#include <linux/list.h>
#include <linux/pci.h>

#include "relax.h"

/* As USB-C connector managers (UCSI) have it; pci_ids.h has no name for it */
#define RESV_CLASS_SERIAL_OTHER	0x0c80

/*
 * Firmware is assumed to have left USB controllers alone after boot. Display
 * devices as well, whose user tears down what is left before it gives them
 * away. No other class is known to be safe; this is not the place for a guess.
 */
static bool is_display(struct pci_dev *pdev)
{
	return pdev->class >> 16 == PCI_BASE_CLASS_DISPLAY;
}

static bool is_usb(struct pci_dev *pdev)
{
	return pdev->class >> 8 == PCI_CLASS_SERIAL_USB;
}

/* What graphics cards have beside their display: sound, and the USB-C socket */
static bool is_beside_display(struct pci_dev *pdev)
{
	switch (pdev->class >> 8) {
	case PCI_CLASS_MULTIMEDIA_AUDIO:
	case PCI_CLASS_MULTIMEDIA_HD_AUDIO:
	case RESV_CLASS_SERIAL_OTHER:
		return true;
	}
	return false;
}

/*
 * Is it a function of a graphics card? Those of a slot go where the display at
 * function 0 goes: few cards keep them apart, so they are assigned together or
 * not at all. Firmware plays no sounds either once the kernel runs.
 *
 * It never saw a virtual function, and what ARI has beyond function 7 only
 * looks like a slot: those are judged by their own class alone.
 */
static bool on_graphics_card(struct pci_dev *pdev)
{
	unsigned int slot = PCI_SLOT(pdev->devfn);
	struct pci_dev *first;
	bool ret;

	if (!is_beside_display(pdev) || pdev->is_virtfn ||
	    (slot && pci_ari_enabled(pdev->bus)))
		return false;

	first = pci_get_slot(pdev->bus, PCI_DEVFN(slot, 0));
	ret = first && is_display(first);
	pci_dev_put(first);
	return ret;
}

static enum iommu_resv_relaxed relaxed_by(struct device *dev)
{
	struct pci_dev *pdev;

	if (!dev_is_pci(dev))
		return IOMMU_RESV_NOT_RELAXED;
	pdev = to_pci_dev(dev);
	if (is_display(pdev) || is_usb(pdev))
		return IOMMU_RESV_RELAXED_BY_CLASS;
	if (on_graphics_card(pdev))
		return IOMMU_RESV_RELAXED_BY_CARD;
	return IOMMU_RESV_NOT_RELAXED;
}

/**
 * iommu_resv_relax_by_class() - Relax what the class of a device permits
 * @dev: the device
 * @reported: list of &struct iommu_resv_region, as the driver reported it
 *
 * A region of type IOMMU_RESV_DIRECT becomes IOMMU_RESV_DIRECT_RELAXABLE if its
 * table leaves that to the class of the device, and the class permits it, or
 * that of the display whose card the device is a function of. A function that
 * comes when that display is gone stays as it is.
 *
 * Context: Process context, may sleep.
 */
void iommu_resv_relax_by_class(struct device *dev, struct list_head *reported)
{
	enum iommu_resv_relaxed relaxed = relaxed_by(dev);
	struct iommu_resv_region *region;

	if (relaxed == IOMMU_RESV_NOT_RELAXED)
		return;

	list_for_each_entry(region, reported, list) {
		if (region->type != IOMMU_RESV_DIRECT ||
		    !region->relax_by_class)
			continue;
		region->type = IOMMU_RESV_DIRECT_RELAXABLE;
		region->relaxed = relaxed;
	}
}
