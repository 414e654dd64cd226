// SPDX-License-Identifier: GPL-2.0-only
/*
 * The direct regions of a group's devices, in the domains that they share: the
 * default domain, the direct-only domain, and those of drivers that leave it to
 * the core.
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
 * What the devices of @rid want mapped, or all devices of the group if that is
 * NULL; without @except. Devices may name the same memory, so they are looked
 * at together. NULL if it is nothing, ERR_PTR() if memory is short.
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

/* Does @range concern the device? */
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
 * Say what could not be mapped, one line a range, by the first of its devices.
 * If that is one that was there before @joins, it was logged, unless it is
 * what that one has which is in the way of @joins.
 */
static void rid_warn_unmapped(struct iommu_group *group,
			      const struct iommu_resv *want,
			      struct group_device *joins)
{
	const struct iommu_resv_range *range;
	struct group_device *gdev;
	struct device *dev;

	for (range = want->ranges; range < iommu_resv_end(want); range++) {
		/* Logged when it could not be reserved */
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
	/* All RIDs share that one, and what is mapped there is not widened */
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
 * iommu_rid_map_missing() - Map what a RID requires and a domain lacks
 * @group: the group of the RID
 * @domain: a domain with pages
 * @rid: the RID
 *
 * Says nothing: the caller may try again.
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
 * iommu_group_map_resv() - Map what firmware wants of the devices of a group
 * @group: the group
 * @domain: a domain with pages
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
 * iommu_group_has_mapped_resv() - Does firmware want anything mapped?
 * @group: the group
 *
 * Context: Caller holds the mutex of @group.
 *
 * Return: true if it does, for one device at least.
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
 * @group: the group, which has one
 *
 * An allocator that knows the reserved regions of some devices only would give
 * away those of the others: all or none.
 *
 * Context: Process context, may sleep. Caller holds the mutex of @group.
 *
 * Return: 0, or -ENOMEM, and no device uses it.
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
 * iommu_rid_map_default() - Map what a device wants in a default domain in use
 * @group: its group
 * @gdev: the device
 * @domain: the default domain of @group
 *
 * First reserves, then maps, so that nothing is mapped that may be given out.
 * What others use cannot be had. That concerns the device if its firmware
 * requires it: then @gdev lacks @domain.
 *
 * Context: Process context, may sleep. Caller holds the mutex of @group.
 *
 * Return: 0 or -ENOMEM.
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
 * The domain is made with the first device that needs it: where it is attached
 * memory cannot be had.
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
			dev_warn(dev, "IOMMU driver has no domain to park the device on\n");
			if (!IS_ERR(domain))
				iommu_domain_free(domain);
			return 0;
		}
		group->direct_domain = domain;
	}

	ret = iommu_rid_map_missing(group, domain, gdev->rid);
	if (ret == -ENOMEM)
		return ret;
	/* It is tried again, and complained about, when it is needed */
	gdev->rid->partial |= !!ret;
	return 0;
}
