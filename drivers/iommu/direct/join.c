// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which devices of a group are one RID: see &struct iommu_rid.
 */
#include <linux/device.h>
#include <linux/iommu.h>
#include <linux/lockdep.h>
#include <linux/pci.h>
#include <linux/slab.h>

#include "../iommu-priv.h"
#include "group.h"
#include "rid.h"

/*
 * A device behind a VMD has the alias of the VMD endpoint, which is in another
 * segment than the device: an alias is unique in its segment only.
 */
struct rid_alias {
	int segment;
	u16 alias;
};

static int rid_alias_is(struct pci_dev *pdev, u16 alias, void *data)
{
	struct rid_alias *other = data;

	return pci_domain_nr(pdev->bus) == other->segment &&
	       alias == other->alias;
}

static int rid_alias_is_of(struct pci_dev *pdev, u16 alias, void *data)
{
	struct rid_alias own = { pci_domain_nr(pdev->bus), alias };

	return pci_for_each_dma_alias(data, rid_alias_is, &own);
}

/* Do @a and @b, which are in one group, have the same RID? See rid.h */
static bool rid_is_shared_by(struct device *a, struct device *b)
{
	return !dev_is_pci(a) || !dev_is_pci(b) ||
	       pci_for_each_dma_alias(to_pci_dev(a), rid_alias_is_of,
				      to_pci_dev(b));
}

static bool rid_has(struct iommu_rid *rid, struct device *dev)
{
	struct group_device *gdev;

	for_each_rid_device(rid, gdev)
		if (rid_is_shared_by(gdev->dev, dev))
			return true;
	return false;
}

/**
 * iommu_rid_find() - Find the RID that a device belongs to
 * @group: its group
 * @dev: the device, which has not joined yet, or has left
 *
 * Context: Caller holds the mutex of @group.
 *
 * Return: a RID of the devices that have joined, or NULL.
 */
struct iommu_rid *iommu_rid_find(struct iommu_group *group, struct device *dev)
{
	struct iommu_rid *rid;

	for_each_rid(group, rid)
		if (rid_has(rid, dev))
			return rid;
	return NULL;
}

/* A device joins that belongs to both RIDs: make them one */
static void rid_merge(struct iommu_rid *rid, struct iommu_rid *other)
{
	struct group_device *gdev;

	for_each_rid_device(other, gdev)
		gdev->rid = rid;
	list_splice_tail(&other->devices, &rid->devices);
	/*
	 * In a reset the target is the blocking domain. Otherwise NULL, so that
	 * it is decided anew when the device that joins is attached.
	 */
	if (!rid->resets)
		rid->target = other->resets ? other->target : NULL;
	rid->resets += other->resets;
	rid->partial |= other->partial;
	list_del(&other->node);
	kfree(other);
}

static int rid_add(struct iommu_group *group, struct group_device *gdev)
{
	struct iommu_rid *rid = iommu_rid_find(group, gdev->dev);
	struct iommu_rid *other, *next;

	if (rid) {
		other = list_next_entry(rid, node);
		list_for_each_entry_safe_from(other, next, &group->rids, node)
			if (rid_has(other, gdev->dev))
				rid_merge(rid, other);
	} else {
		rid = kzalloc(sizeof(*rid), GFP_KERNEL);
		if (!rid)
			return -ENOMEM;
		INIT_LIST_HEAD(&rid->devices);
		list_add_tail(&rid->node, &group->rids);
	}
	list_add_tail(&gdev->rid_node, &rid->devices);
	gdev->rid = rid;
	return 0;
}

/**
 * iommu_rid_join() - Add a device to a RID of its group
 * @group: its group
 * @gdev: the device, in the list of the group
 *
 * Maps the regions of the device in the default domain, if there is one. If the
 * device requires direct regions, also allocates the direct-only domain and
 * maps them there, since the error paths that attach that domain cannot
 * allocate.
 *
 * iommu_rid_leave() takes the device out of the RID again, also after an error.
 * What was mapped stays mapped.
 *
 * Context: Process context, may sleep. Caller holds the mutex of @group.
 *
 * Return: 0, -ENOMEM, or another error of iommu_setup_dma_ops().
 */
int iommu_rid_join(struct iommu_group *group, struct group_device *gdev)
{
	int ret;

	lockdep_assert_held(&group->mutex);

	ret = rid_add(group, gdev);
	if (!ret)
		ret = iommu_rid_map_direct(group, gdev);
	if (!ret && group->default_domain)
		ret = iommu_rid_map_default(group, gdev, group->default_domain);
	return ret;
}

/**
 * iommu_rid_leave() - Take a device out of its RID
 * @group: its group
 * @gdev: the device; nothing is done if it has no RID
 *
 * Context: Caller holds the mutex of @group.
 */
void iommu_rid_leave(struct iommu_group *group, struct group_device *gdev)
{
	struct iommu_rid *rid = gdev->rid;

	if (!rid)
		return;
	list_del(&gdev->rid_node);
	gdev->rid = NULL;
	if (!list_empty(&rid->devices))
		return;
	list_del(&rid->node);
	kfree(rid);
}
