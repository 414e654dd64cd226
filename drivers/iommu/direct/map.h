/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reserved regions of a device: what is mapped 1:1 in a domain.
 */
#ifndef __IOMMU_DIRECT_MAP_H
#define __IOMMU_DIRECT_MAP_H

#include "snapshot.h"

/**
 * enum iommu_resv_map_flags - how to map reserved regions
 * @IOMMU_RESV_MAP_MISSING: map what is not mapped yet; parts may be already
 * @IOMMU_RESV_MAP_DIRECT_ONLY: do not map relaxable regions
 * @IOMMU_RESV_MAP_QUIET: do not log what cannot be mapped, since that is tried
 *			  again; for the caller of iommu_resv_map()
 */
enum iommu_resv_map_flags {
	IOMMU_RESV_MAP_MISSING = 1 << 0,
	IOMMU_RESV_MAP_DIRECT_ONLY = 1 << 1,
	IOMMU_RESV_MAP_QUIET = 1 << 2,
};

unsigned long iommu_resv_granule(const struct iommu_domain *domain);
int iommu_resv_map(struct iommu_domain *domain, struct iommu_resv *want,
		   unsigned int flags);
bool iommu_resv_exceeds(const struct iommu_resv_range *range,
			const struct iommu_resv *have);

/* Does the device have regions to be mapped 1:1? Most devices do not. */
static inline bool iommu_resv_has_mapped(const struct iommu_resv *resv)
{
	const struct iommu_resv_range *range;

	for (range = resv->ranges; range < iommu_resv_end(resv); range++)
		if (iommu_resv_range_is_mapped(range))
			return true;
	return false;
}

#endif
