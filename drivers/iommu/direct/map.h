/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reserved regions of a device: what is mapped 1:1 in a domain.
 */
#ifndef __IOMMU_DIRECT_MAP_H
#define __IOMMU_DIRECT_MAP_H

#include "snapshot.h"

/**
 * enum iommu_resv_map_flags - how iommu_resv_map() goes about it
 * @IOMMU_RESV_MAP_MISSING: the domain may hold some of the maps already
 * @IOMMU_RESV_MAP_DIRECT_ONLY: leave out what is relaxable
 * @IOMMU_RESV_MAP_QUIET: for the caller, who tries again before complaining
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

/* Is there any? Most devices have none, and nothing is to be done for them. */
static inline bool iommu_resv_has_mapped(const struct iommu_resv *resv)
{
	const struct iommu_resv_range *range;

	for (range = resv->ranges; range < iommu_resv_end(resv); range++)
		if (iommu_resv_range_is_mapped(range))
			return true;
	return false;
}

#endif
