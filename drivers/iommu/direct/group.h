/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Mapping the direct regions of a group's devices, for use by rid.c.
 */
#ifndef __IOMMU_DIRECT_GROUP_H
#define __IOMMU_DIRECT_GROUP_H

#include "../iommu-priv.h"
#include "rid.h"

/* Must the domain that is chosen for the RID of a device suit the device? */
static inline bool iommu_rid_counts(const struct group_device *gdev)
{
	return !gdev->excluded || gdev->rid->all;
}

int iommu_rid_map_missing(struct iommu_group *group,
			  struct iommu_domain *domain,
			  const struct iommu_rid *rid);
int iommu_rid_map_default(struct iommu_group *group, struct group_device *gdev,
			  struct iommu_domain *domain);
int iommu_rid_map_direct(struct iommu_group *group, struct group_device *gdev);

#endif
