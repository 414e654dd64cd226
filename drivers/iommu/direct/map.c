// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reserved regions of a device: mapping them 1:1.
 *
 * See snapshot.h for the terms and for what a snapshot promises.
 */
#include <linux/align.h>
#include <linux/iommu.h>
#include <linux/limits.h>
#include <linux/minmax.h>
#include <linux/sizes.h>

#include "map.h"

#define RESV_RW		(IOMMU_READ | IOMMU_WRITE)

/**
 * iommu_resv_granule() - Smallest page of a domain
 * @domain: the domain
 *
 * Some drivers report all page sizes until they have attached the domain. So
 * return at least 4 KiB: no IOMMU has smaller pages.
 *
 * Return: its size in bytes, or 0 if the domain has no pages.
 */
unsigned long iommu_resv_granule(const struct iommu_domain *domain)
{
	if (!domain->pgsize_bitmap)
		return 0;
	return max(1UL << __ffs(domain->pgsize_bitmap), (unsigned long)SZ_4K);
}

#define RESV_UNMAPPED	PHYS_ADDR_MAX

/*
 * iommu_iova_to_phys() returns 0 if nothing is mapped, which is also the
 * address of page 0. So look up the second byte of a page, not the first.
 */
static phys_addr_t resv_translate(struct iommu_domain *domain, dma_addr_t iova)
{
	phys_addr_t phys = iommu_iova_to_phys(domain, iova | 1);

	return phys ? phys & ~(phys_addr_t)1 : RESV_UNMAPPED;
}

static bool resv_fits(const struct iommu_domain *domain,
		      const struct iommu_resv_range *range)
{
	const struct iommu_domain_geometry *geo = &domain->geometry;

	if (range->last > ULONG_MAX)
		return false;
	return !geo->force_aperture || (range->start >= geo->aperture_start &&
					range->last <= geo->aperture_end);
}

/* Map [@start, @last] 1:1 with the largest pages that the domain has */
static int resv_map(struct iommu_domain *domain, phys_addr_t start,
		    phys_addr_t last, int prot)
{
	size_t length;
	int ret;

	for (;; start += length) {
		length = iommu_resv_chunk(start, last);
		ret = iommu_map(domain, start, start, length, prot, GFP_KERNEL);
		if (ret || last - start < length)
			return ret;
	}
}

/* 1 if the page is mapped 1:1, 0 if it is not mapped, or -EADDRINUSE */
static int resv_page_mapped(struct iommu_domain *domain, phys_addr_t addr)
{
	phys_addr_t phys = resv_translate(domain, addr);

	if (phys == RESV_UNMAPPED)
		return 0;
	return phys == addr ? 1 : -EADDRINUSE;
}

/* As resv_map(), but parts of the range may be mapped already */
static int resv_map_missing(struct iommu_domain *domain,
			    const struct iommu_resv_range *range)
{
	unsigned long granule = iommu_resv_granule(domain);
	phys_addr_t addr, run = range->start;
	bool in_run = false;
	int mapped, ret;

	/*
	 * Look for conflicts before mapping anything: a part that is mapped
	 * would stay, and keep others from using its addresses.
	 */
	for (addr = range->start;; addr += granule) {
		mapped = resv_page_mapped(domain, addr);
		if (mapped < 0)
			return mapped;
		if (range->last - addr < granule)
			break;
	}

	for (addr = range->start;; addr += granule) {
		mapped = resv_page_mapped(domain, addr);
		if (mapped < 0)
			return mapped;
		if (!mapped && !in_run)
			run = addr;
		if (mapped && in_run) {
			ret = resv_map(domain, run, addr - 1, range->prot);
			if (ret)
				return ret;
		}
		in_run = !mapped;
		if (range->last - addr < granule)
			break;
	}
	return in_run ? resv_map(domain, run, range->last, range->prot) : 0;
}

/**
 * iommu_resv_exceeds() - Does a range need more access than what is mapped has?
 * @range: the range
 * @have: what is mapped, from iommu_resv_union()
 *
 * Context: Any.
 *
 * Return: true if a range of @have overlaps @range and allows less access.
 */
bool iommu_resv_exceeds(const struct iommu_resv_range *range,
			const struct iommu_resv *have)
{
	const struct iommu_resv_range *there;

	for (there = have->ranges; there < iommu_resv_end(have); there++)
		if (there->start <= range->last &&
		    there->last >= range->start &&
		    (range->prot & RESV_RW & ~there->prot))
			return true;
	return false;
}

/**
 * iommu_resv_map() - Map reserved regions 1:1
 * @domain: a paging domain
 * @want: what to map, from iommu_resv_union() with the granule of @domain; a
 *	  range with an error is not mapped, and one that cannot be mapped gets
 *	  an error
 * @flags: see &enum iommu_resv_map_flags
 *
 * If a range cannot be mapped, the others are mapped nevertheless, unless the
 * error is -ENOMEM.
 *
 * Context: Process context, may sleep. The caller keeps others from mapping
 * in the same ranges.
 *
 * Return: 0, -ENOMEM, -EINVAL if @domain has no pages, or the error of the
 * first range that was not mapped: the one that it had before, -ERANGE if it is
 * beyond what @domain translates, -EADDRINUSE if something else is mapped
 * there, or what iommu_map() returned.
 */
int iommu_resv_map(struct iommu_domain *domain, struct iommu_resv *want,
		   unsigned int flags)
{
	struct iommu_resv_range *range;
	int first = 0;

	if (!iommu_resv_granule(domain))
		return -EINVAL;

	for (range = want->ranges; range < iommu_resv_end(want); range++) {
		if ((flags & IOMMU_RESV_MAP_DIRECT_ONLY) &&
		    range->type != IOMMU_RESV_DIRECT)
			continue;
		if (range->err)
			;
		else if (!resv_fits(domain, range))
			range->err = -ERANGE;
		else if (flags & IOMMU_RESV_MAP_MISSING)
			range->err = resv_map_missing(domain, range);
		else
			range->err = resv_map(domain, range->start, range->last,
					      range->prot);
		if (range->err == -ENOMEM)
			return -ENOMEM;
		first = first ?: range->err;
	}
	return first;
}
