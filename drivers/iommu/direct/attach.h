/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reserved regions of a device: which domains it may be attached to.
 */
#ifndef __IOMMU_DIRECT_ATTACH_H
#define __IOMMU_DIRECT_ATTACH_H

#include "snapshot.h"

/**
 * enum iommu_resv_use - who decides what a domain maps
 * @IOMMU_RESV_USE_CORE: the core, which sees to the direct regions itself
 * @IOMMU_RESV_USE_BLOCK: the domain maps nothing
 * @IOMMU_RESV_USE_USER: user space, through VFIO or iommufd
 * @IOMMU_RESV_USE_KERNEL: a driver of the kernel
 * @IOMMU_RESV_USE_SHARED: a driver of the kernel, which leaves the direct
 *			   regions in there to the core
 *
 * Firmware must reach its direct regions at all times. No domain that maps
 * nothing does that, and none whose mappings an owner decides can be relied on:
 * a device that requires them is attached to a domain of the core, or to one
 * that the core has mapped them in.
 */
enum iommu_resv_use {
	IOMMU_RESV_USE_CORE,
	IOMMU_RESV_USE_BLOCK,
	IOMMU_RESV_USE_USER,
	IOMMU_RESV_USE_KERNEL,
	IOMMU_RESV_USE_SHARED,
};

struct iommu_resv_range iommu_resv_reason(const struct iommu_resv *resv);
bool iommu_resv_explain(struct device *dev, const struct iommu_resv *resv,
			int group_id, enum iommu_resv_use use);

#endif
