/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Helpers for the KUnit suites of the IOMMU core: a paging domain whose page
 * table can be read back, a reader of the kernel log, devices with PASIDs,
 * failing allocations, a check for memory that was not freed.
 */
#ifndef __IOMMU_TESTS_MOCK_H
#define __IOMMU_TESTS_MOCK_H

#include <kunit/test.h>
#include <linux/iommu.h>
#include <linux/kmsg_dump.h>
#include <linux/maple_tree.h>
#include <linux/platform_device.h>

/**
 * struct mock_domain - a paging domain with its page table
 * @domain: as the core sees it
 * @leaves: page table, one entry per leaf
 * @nr_leaves: leaf entries present
 * @written: leaf entries ever written, the cost of mapping
 * @largest: size of the largest leaf ever written
 * @walks: number of calls of mock_domain_iova_to_phys()
 * @fail_leaf: writing the n-th leaf from now fails, once; 0 for none
 * @fail_error: the error that it fails with
 * @limit: last IOVA that can be mapped, even if the aperture is larger
 * @map_error: mapping fails with this, 0 for none
 * @attached: number of devices that the hardware translates with the domain
 * @no_table: mapping fails: there is no page table before the first attach
 */
struct mock_domain {
	struct iommu_domain domain;
	struct maple_tree leaves;
	unsigned long nr_leaves;
	unsigned long written;
	size_t largest;
	unsigned long walks;
	unsigned int fail_leaf;
	int fail_error;
	unsigned long limit;
	int map_error;
	unsigned int attached;
	bool no_table;
};

static inline struct mock_domain *to_mock_domain(struct iommu_domain *domain)
{
	return container_of(domain, struct mock_domain, domain);
}

#define MOCK_4K_2M_1G	(0x1000UL | 0x200000UL | 0x40000000UL)

void mock_domain_init(struct mock_domain *mock, unsigned long pgsize_bitmap);
void mock_domain_wipe(struct mock_domain *mock);
int mock_domain_limit(struct mock_domain *mock, unsigned long limit);
int mock_domain_map_pages(struct iommu_domain *domain, unsigned long iova,
			  phys_addr_t paddr, size_t pgsize, size_t pgcount,
			  int prot, gfp_t gfp, size_t *mapped);
size_t mock_domain_unmap_pages(struct iommu_domain *domain, unsigned long iova,
			       size_t pgsize, size_t pgcount,
			       struct iommu_iotlb_gather *gather);
phys_addr_t mock_domain_iova_to_phys(struct iommu_domain *domain,
				     dma_addr_t iova);
bool mock_domain_maps(struct mock_domain *mock, phys_addr_t start,
		      phys_addr_t last, int prot);

/* Count log lines after a mark that have all strings that are not NULL */
struct kmsg_dump_iter mock_log_mark(void);
unsigned int mock_log_count(const struct kmsg_dump_iter *mark, const char *a,
			    const char *b, const char *c);

int mock_platform_add(struct platform_device *pdev, u32 pasid_bits);

/* Make allocations of this task fail, see mock_fail_init() */
int mock_fail_init(void);
void mock_fail_nth(unsigned int nth);
bool mock_fail_done(void);
void mock_leak_begin(void);
unsigned int mock_leak_end(void);

#endif
