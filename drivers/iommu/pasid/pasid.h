/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * PASIDs, for the IOMMU core: the scope of a RID, and the system's pool.
 */
#ifndef __IOMMU_PASID_PASID_H
#define __IOMMU_PASID_PASID_H

#include <linux/iommu.h>

struct device;
struct iommu_domain;
struct iommu_group;
struct mm_struct;

bool iommu_pasid_cpu_has_enqcmd(void);
bool iommu_pasid_is_global(struct iommu_group *group);
int iommu_pasid_may_attach_global(struct iommu_domain *domain,
				  struct device *dev, ioasid_t pasid);
int iommu_pasid_alloc_process(struct mm_struct *mm, u32 limit, ioasid_t *pasid);

#endif
