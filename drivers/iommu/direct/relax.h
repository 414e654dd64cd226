/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reserved regions of a device: relax them by its class or its card.
 */
#ifndef __IOMMU_DIRECT_RELAX_H
#define __IOMMU_DIRECT_RELAX_H

#include <linux/device.h>
#include <linux/list.h>

void iommu_resv_relax_by_class(struct device *dev, struct list_head *reported);

#endif
