// SPDX-License-Identifier: GPL-2.0-only
/*
 * Domains with Intel's page tables and no hardware, for KUnit.
 */
#include <linux/iommu.h>

#include "iommu.h"
#include "../iommu-prot-kunit.h"

struct iommu_domain *prot_alloc_intel(void)
{
	struct iommu_domain *domain;

	domain = intel_iommu_ops.domain_alloc(IOMMU_DOMAIN_UNMANAGED);
	if (domain)
		domain->ops = intel_iommu_ops.default_domain_ops;
	return domain;
}

struct iommu_domain *prot_alloc_intel_first_level(void)
{
	struct iommu_domain *domain = prot_alloc_intel();

	if (domain)
		to_dmar_domain(domain)->use_first_level = true;
	return domain;
}
