// SPDX-License-Identifier: GPL-2.0-only
/*
 * Mapping the direct regions of a group's devices in the domains that they
 * share: the default domain, the direct-only domain, and the domains of drivers
 * that called iommu_domain_keep_direct().
 */
#include <linux/device.h>
#include <linux/err.h>
#include <linux/iommu.h>
#include <linux/lockdep.h>
#include <linux/slab.h>

#include "../dma-iommu.h"
#include "../iommu-priv.h"
#include "group.h"
#include "map.h"
#include "rid.h"

static bool rid_maps(const struct group_device *gdev,
		     const struct iommu_rid *rid,
		     const struct group_device *one)
{
	if (!dev_has_iommu(gdev->dev) || gdev == one ||
	    (rid && (gdev->rid != rid || !iommu_rid_counts(gdev))))
		return false;
	return iommu_resv_has_mapped(gdev->dev->iommu->resv);
}

/*
 * The ranges to map for the devices of @rid, or of the group if @rid is NULL,
 * without those of @except. Regions of different devices may overlap, so they
 * are combined. Returns NULL if there are none, or ERR_PTR(-ENOMEM).
 */
static struct iommu_resv *rid_union(struct iommu_group *group,
				    struct iommu_domain *domain,
				    const struct iommu_rid *rid,
				    const struct group_device *except)
{
	const struct iommu_resv **resv;
	struct group_device *gdev;
	struct iommu_resv *want;
	unsigned int nr = 0;

	for_each_group_device(group, gdev)
		nr += rid_maps(gdev, rid, except);
	if (!nr)
		return NULL;

	resv = kcalloc(nr, sizeof(*resv), GFP_KERNEL);
	if (!resv)
		return ERR_PTR(-ENOMEM);
	nr = 0;
	for_each_group_device(group, gdev)
		if (rid_maps(gdev, rid, except))
			resv[nr++] = gdev->dev->iommu->resv;
	want = iommu_resv_union(resv, nr, iommu_resv_granule(domain));
	kfree(resv);
	return want;
}

/* Does @range overlap a region of the device that is to be mapped? */
static bool rid_wants(struct device *dev, const struct iommu_resv_range *range)
{
	const struct iommu_resv *resv = dev->iommu->resv;
	const struct iommu_resv_range *own;

	for (own = resv->ranges; own < iommu_resv_end(resv); own++)
		if (iommu_resv_range_is_mapped(own) &&
		    own->start <= range->last && own->last >= range->start)
			return true;
	return false;
}

/*
 * Log each range that could not be mapped, once: for @joins if a device joins,
 * otherwise for the first device that has the range. If a device before @joins
 * has it, too, it was logged when that one joined, unless @joins has a conflict
 * with what is mapped for that one (-EADDRINUSE).
 */
static void rid_warn_unmapped(struct iommu_group *group,
			      const struct iommu_resv *want,
			      struct group_device *joins)
{
	const struct iommu_resv_range *range;
	struct group_device *gdev;
	struct device *dev;

	for (range = want->ranges; range < iommu_resv_end(want); range++) {
		/* -EBUSY was logged when the range could not be reserved */
		if (!range->err || range->err == -EBUSY)
			continue;
		for_each_group_device(group, gdev) {
			if (!dev_has_iommu(gdev->dev) ||
			    !rid_wants(gdev->dev, range))
				continue;
			if (joins && gdev != joins && range->err != -EADDRINUSE)
				break;
			dev = joins ? joins->dev : gdev->dev;
			dev_err(dev, "%s region [mem %pap-%pap] cannot be mapped 1:1: %pe\n",
				range->source ?: "firmware", &range->start,
				&range->last, ERR_PTR(range->err));
			break;
		}
	}
}

static int rid_map(struct iommu_group *group, struct iommu_domain *domain,
		   const struct iommu_rid *rid, unsigned int flags)
{
	struct iommu_resv *want = rid_union(group, domain, rid, NULL);
	struct iommu_resv_range *range;
	int ret;

	if (IS_ERR_OR_NULL(want))
		return PTR_ERR_OR_ZERO(want);
	/*
	 * All RIDs of the group share this domain. A later device may need more
	 * access to the same range, but what is mapped is not changed: allow it
	 * all access now.
	 */
	if (domain == group->direct_domain)
		for (range = want->ranges; range < iommu_resv_end(want);
		     range++)
			range->prot |= IOMMU_READ | IOMMU_WRITE;
	ret = iommu_resv_map(domain, want, flags);
	if (ret && !(flags & IOMMU_RESV_MAP_QUIET))
		rid_warn_unmapped(group, want, NULL);
	kvfree(want);
	return ret;
}

/**
 * iommu_rid_map_missing() - Map the direct regions of a RID that a domain lacks
 * @group: the group of the RID
 * @domain: a paging domain
 * @rid: the RID
 *
 * Logs nothing, since the caller may try again.
 *
 * Context: Process context, may sleep. Caller holds the mutex of @group.
 *
 * Return: 0, -ENOMEM, or as iommu_resv_map().
 */
int iommu_rid_map_missing(struct iommu_group *group,
			  struct iommu_domain *domain,
			  const struct iommu_rid *rid)
{
	return rid_map(group, domain, rid, IOMMU_RESV_MAP_MISSING |
		       IOMMU_RESV_MAP_DIRECT_ONLY | IOMMU_RESV_MAP_QUIET);
}

/**
 * iommu_group_map_resv() - Map the direct regions of a group's devices
 * @group: the group
 * @domain: a paging domain
 * @flags: see &enum iommu_resv_map_flags
 *
 * Context: Process context, may sleep. Caller holds the mutex of @group.
 *
 * Return: 0, -ENOMEM, or as iommu_resv_map().
 */
int iommu_group_map_resv(struct iommu_group *group, struct iommu_domain *domain,
			 unsigned int flags)
{
	lockdep_assert_held(&group->mutex);

	return rid_map(group, domain, NULL, flags);
}

/**
 * iommu_group_has_mapped_resv() - Does a group have regions to be mapped 1:1?
 * @group: the group
 *
 * Context: Caller holds the mutex of @group.
 *
 * Return: true if a device of the group has a direct or relaxable region.
 */
bool iommu_group_has_mapped_resv(struct iommu_group *group)
{
	struct group_device *gdev;

	for_each_group_device(group, gdev)
		if (rid_maps(gdev, NULL, NULL))
			return true;
	return false;
}

/**
 * iommu_group_setup_dma_ops() - Have the DMA API use the default domain
 * @group: the group, which has a default domain
 *
 * Either all devices use it, or none: if the regions of one device could not be
 * reserved, the IOVA allocator may allocate them for another.
 *
 * Context: Process context, may sleep. Caller holds the mutex of @group.
 *
 * Return: 0, or an error of iommu_setup_dma_ops(); then no device uses it.
 */
int iommu_group_setup_dma_ops(struct iommu_group *group)
{
	struct group_device *gdev;
	int ret = 0;

	for_each_group_device(group, gdev) {
		ret = iommu_setup_dma_ops(gdev->dev, group->default_domain);
		if (ret)
			break;
	}
	if (ret)
		for_each_group_device(group, gdev)
			dev_clear_dma_iommu(gdev->dev);
	return ret;
}

/**
 * iommu_rid_map_default() - Map a device's regions in a default domain in use
 * @group: its group
 * @gdev: the device
 * @domain: the default domain of @group
 *
 * Reserves a range before it is mapped, so that the IOVA allocator does not
 * allocate it. A range that others use cannot be mapped. If it is a direct one,
 * &group_device.lacks is set to @domain, to which the device is not attached.
 *
 * Context: Process context, may sleep. Caller holds the mutex of @group.
 *
 * Return: 0, -ENOMEM, or another error of iommu_setup_dma_ops().
 */
int iommu_rid_map_default(struct iommu_group *group, struct group_device *gdev,
			  struct iommu_domain *domain)
{
	const struct iommu_resv *own = gdev->dev->iommu->resv;
	struct iommu_resv *want, *have;
	struct iommu_resv_range *range;
	int ret;

	ret = iommu_setup_dma_ops(gdev->dev, domain);
	if (ret || !iommu_is_dma_domain(domain) || !iommu_resv_has_mapped(own))
		return ret;

	have = rid_union(group, domain, NULL, gdev);
	if (IS_ERR(have))
		return PTR_ERR(have);
	want = iommu_resv_union(&own, 1, iommu_resv_granule(domain));
	if (IS_ERR(want)) {
		kvfree(have);
		return PTR_ERR(want);
	}

	for (range = want->ranges; range < iommu_resv_end(want); range++) {
		if (!iommu_dma_range_is_reserved(domain, range->start,
						 range->last))
			range->err = -EBUSY;
		else if (have && iommu_resv_exceeds(range, have))
			range->err = -EADDRINUSE;
	}
	ret = iommu_resv_map(domain, want, IOMMU_RESV_MAP_MISSING);
	/* Logged when the device joins, not on each new try */
	if (ret && !gdev->lacks)
		rid_warn_unmapped(group, want, gdev);

	gdev->lacks = ret == -ENOMEM ? domain : NULL;
	for (range = want->ranges; range < iommu_resv_end(want); range++)
		if (range->type == IOMMU_RESV_DIRECT &&
		    (range->err == -EBUSY || range->err == -EADDRINUSE))
			gdev->lacks = domain;
	kvfree(have);
	kvfree(want);
	return ret == -ENOMEM ? ret : 0;
}

/**
 * iommu_rid_map_direct() - Map what a device requires in the direct-only domain
 * @group: its group
 * @gdev: the device
 *
 * Allocates the domain for the first device of the group that requires it: the
 * error paths that attach it cannot allocate.
 *
 * Context: Process context, may sleep. Caller holds the mutex of @group.
 *
 * Return: 0 or -ENOMEM.
 */
int iommu_rid_map_direct(struct iommu_group *group, struct group_device *gdev)
{
	struct iommu_domain *domain = group->direct_domain;
	struct device *dev = gdev->dev;
	int ret;

	if (likely(!dev->iommu->require_direct))
		return 0;

	if (!domain) {
		domain = iommu_paging_domain_alloc(dev);
		if (PTR_ERR_OR_ZERO(domain) == -ENOMEM)
			return -ENOMEM;
		if (IS_ERR(domain) || !iommu_resv_granule(domain)) {
			dev_warn(dev, "IOMMU driver has no paging domain, so the device cannot be parked\n");
			if (!IS_ERR(domain))
				iommu_domain_free(domain);
			return 0;
		}
		group->direct_domain = domain;
	}

	ret = iommu_rid_map_missing(group, domain, gdev->rid);
	if (ret == -ENOMEM)
		return ret;
	/* Tried again when the domain is attached; logged if it fails then */
	gdev->rid->partial |= !!ret;
	return 0;
}
