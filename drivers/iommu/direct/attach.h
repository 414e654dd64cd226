/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reserved regions of a device: which domains it may be attached to.
 */
#ifndef __IOMMU_DIRECT_ATTACH_H
#define __IOMMU_DIRECT_ATTACH_H

#include "snapshot.h"

/**
 * enum iommu_resv_use - who decides what a domain maps
 * @IOMMU_RESV_USE_CORE: the core, which maps the direct regions by itself
 * @IOMMU_RESV_USE_BLOCK: the domain maps nothing
 * @IOMMU_RESV_USE_USER: user space, through VFIO or iommufd
 * @IOMMU_RESV_USE_KERNEL: a kernel driver
 * @IOMMU_RESV_USE_SHARED: a kernel driver that leaves the direct regions to the
 *			   core, see iommu_domain_keep_direct()
 *
 * Direct regions must be mapped at all times. A blocking domain does not map
 * them, and the core cannot rely on the owner of a domain to do so. So a device
 * that requires direct regions is only attached to a domain of the core, or to
 * one in which the core maps them.
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
