// SPDX-License-Identifier: GPL-2.0-only
/*
 * Domains with AMD's page tables and no hardware, for KUnit.
 */
#include <linux/io-pgtable.h>
#include <linux/iommu.h>
#include <linux/slab.h>

#include "amd_iommu.h"
#include "../iommu-prot-kunit.h"

/* protection_domain_alloc() also numbers it, which needs an IOMMU */
static struct iommu_domain *prot_alloc_amd(enum io_pgtable_fmt fmt,
					   enum protection_domain_mode mode)
{
	struct protection_domain *domain;

	domain = kzalloc(sizeof(*domain), GFP_KERNEL);
	if (!domain)
		return NULL;
	spin_lock_init(&domain->lock);
	INIT_LIST_HEAD(&domain->dev_list);
	INIT_LIST_HEAD(&domain->dev_data_list);
	xa_init(&domain->iommu_array);
	domain->iop.pgtbl.cfg.amd.nid = NUMA_NO_NODE;
	domain->pd_mode = mode;
	domain->domain.ops = amd_iommu_ops.default_domain_ops;
	if (!alloc_io_pgtable_ops(fmt, &domain->iop.pgtbl.cfg, domain)) {
		kfree(domain);
		return NULL;
	}
	return &domain->domain;
}

struct iommu_domain *prot_alloc_amd_v1(void)
{
	return prot_alloc_amd(AMD_IOMMU_V1, PD_MODE_V1);
}

struct iommu_domain *prot_alloc_amd_v2(void)
{
	return prot_alloc_amd(AMD_IOMMU_V2, PD_MODE_V2);
}

void prot_free_amd(struct iommu_domain *domain)
{
	struct protection_domain *pdomain = to_pdomain(domain);

	free_io_pgtable_ops(&pdomain->iop.pgtbl.ops);
	kfree(pdomain);
}
