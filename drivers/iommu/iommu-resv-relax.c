// SPDX-License-Identifier: GPL-2.0-only
/*
 * Relax direct regions by the class of the device.
 *
 * Firmware drives some devices until the kernel's driver takes over: keyboards
 * behind a USB controller, the boot screen. Its tables name the memory that it
 * uses for that, and have no word for "until then".
 */
#include <linux/device.h>
#include <linux/iommu.h>
#include <linux/list.h>
#include <linux/pci.h>

#include "iommu-resv-relax.h"

/*
 * Firmware is assumed to have left USB controllers alone after boot. Display
 * devices as well, whose user tears down what is left before it gives them
 * away. No other class is known to be safe; this is not the place for a guess.
 */
static bool relax_class(struct device *dev)
{
	u32 class;

	if (!dev_is_pci(dev))
		return false;
	class = to_pci_dev(dev)->class;
	return class >> 16 == PCI_BASE_CLASS_DISPLAY ||
	       class >> 8 == PCI_CLASS_SERIAL_USB;
}

/**
 * iommu_resv_relax_by_class() - Relax what the class of a device permits
 * @dev: the device
 * @reported: list of &struct iommu_resv_region, as the driver reported it
 *
 * A region of type IOMMU_RESV_DIRECT becomes IOMMU_RESV_DIRECT_RELAXABLE if its
 * table leaves that to the class of the device, and the class permits it.
 *
 * Context: Any. Takes no locks.
 */
void iommu_resv_relax_by_class(struct device *dev, struct list_head *reported)
{
	struct iommu_resv_region *region;

	if (!relax_class(dev))
		return;

	list_for_each_entry(region, reported, list) {
		if (region->type != IOMMU_RESV_DIRECT || !region->relax_by_class)
			continue;
		region->type = IOMMU_RESV_DIRECT_RELAXABLE;
		region->relaxed = IOMMU_RESV_RELAXED_BY_CLASS;
	}
}
