/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Domains with the page tables of a driver and no hardware, for KUnit. Each is
 * NULL if there is no memory.
 */
#ifndef __IOMMU_PROT_KUNIT_H
#define __IOMMU_PROT_KUNIT_H

struct iommu_domain;

struct iommu_domain *prot_alloc_amd_v1(void);
struct iommu_domain *prot_alloc_amd_v2(void);
void prot_free_amd(struct iommu_domain *domain);

/* To be freed with iommu_domain_free() */
struct iommu_domain *prot_alloc_intel(void);
struct iommu_domain *prot_alloc_intel_first_level(void);

#endif
