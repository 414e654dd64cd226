// SPDX-License-Identifier: GPL-2.0-only
/*
 * Relax direct regions by the class of the device, or of the card it is on.
 *
 * Firmware uses some devices only until the kernel's driver takes over: a USB
 * controller for the keyboard, a display for the boot screen. Its tables list
 * the memory that it uses for that, but have no flag for "until then".
 */
#include <linux/device.h>
#include <linux/iommu.h>
#include <linux/list.h>
#include <linux/pci.h>

#include "relax.h"

/* The class of USB-C connector managers (UCSI); pci_ids.h does not define it */
#define RESV_CLASS_SERIAL_OTHER	0x0c80

/*
 * Firmware is assumed not to use USB controllers and displays after boot. If
 * the regions of a display are still in use, that has to end before the display
 * is assigned.
 * No other class is known to be safe. Do not add one on a guess: if firmware
 * still uses the memory, data is lost.
 */
static bool is_display(struct pci_dev *pdev)
{
	return pdev->class >> 16 == PCI_BASE_CLASS_DISPLAY;
}

static bool is_usb(struct pci_dev *pdev)
{
	return pdev->class >> 8 == PCI_CLASS_SERIAL_USB;
}

/* Other functions of graphics cards: sound, and the USB-C connector manager */
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
 * Is it the sound or USB-C function of a graphics card: is function 0 of its
 * slot a display? Few cards isolate their functions from each other, so all are
 * in one group and can only be assigned together. Firmware does not use these
 * functions any more either once the kernel runs.
 *
 * For two kinds of functions only their own class counts: virtual functions,
 * which did not exist when firmware ran, and with ARI those above 7, where
 * PCI_SLOT() is a part of the function number and not a slot.
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
 * table leaves that to the class of the device and the class permits it. The
 * sound and USB-C functions of a graphics card are relaxed because of the class
 * of its display, unless the display was removed before they are probed.
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
