/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reserved regions of a device: kept in the domain of a kernel driver.
 */
#ifndef __IOMMU_RESV_GUARD_H
#define __IOMMU_RESV_GUARD_H

#include "iommu-resv.h"

int iommu_resv_guard_add(struct iommu_domain *domain,
			 const struct iommu_resv *resv);
void iommu_resv_guard_del(struct iommu_domain *domain,
			  const struct iommu_resv *resv);
void iommu_resv_guard_free(struct iommu_domain *domain);

#endif
