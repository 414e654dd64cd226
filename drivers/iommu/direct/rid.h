/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The devices of a group that the IOMMU cannot distinguish, and what they are
 * attached to.
 */
#ifndef __IOMMU_DIRECT_RID_H
#define __IOMMU_DIRECT_RID_H

#include <linux/list.h>
#include <linux/types.h>

struct device;
struct group_device;
struct iommu_domain;
struct iommu_group;

/**
 * struct iommu_rid - devices of a group with one requester ID
 * @node: in &iommu_group.rids
 * @devices: list of &struct group_device, the one that joined first in front
 * @target: the domain that the last decision chose for the RID
 * @resets: how many of its devices are in a reset
 * @partial: the group's direct-only domain lacks some direct regions of the
 *	     RID: the driver cannot map them, or only after attaching it
 * @late: map what @target lacks after attaching it, for the same reason
 * @all: count excluded devices, too; set while rid_include() checks whether a
 *	 domain suits all devices of the RID
 *
 * PCI devices of a group are one RID if their DMA aliases overlap. A device
 * that is not PCI shares its RID with all devices of the group: only the IOMMU
 * driver knows why they are in one group, so the IOMMU may not distinguish
 * them. If a device joins that belongs to two RIDs, these are merged for good.
 * Everything here is protected by &iommu_group.mutex.
 *
 * While no change is under way, each device of a RID that is not excluded is
 * attached as in this table. If several lines apply, the upper one does.
 *
 * ===================================================  ========================
 * The RID                                              is attached to
 * ===================================================  ========================
 * has a driver that attaches when it does DMA (kdump)  nothing
 * is in a reset                                        the blocking domain
 * could not be attached to what it should              direct-only if it
 *                                                      requires direct regions,
 *                                                      else blocking, else
 *                                                      nothing
 * requires regions that its group's domain lacks       the direct-only domain
 * follows its group                                    the group's domain
 * ===================================================  ========================
 *
 * The next change of the group's domain, or the end of a reset, decides again
 * which of the last two lines applies. A RID on the direct-only domain is
 * called parked: that domain maps the direct regions of the group and nothing
 * else.
 *
 * A device is excluded if it joins a RID that is in use with a domain without
 * the direct regions of the device. The IOMMU cannot distinguish the devices of
 * a RID, so to attach it to another domain would attach the others to that,
 * too. The core does not attach an excluded device to anything until its RID
 * can have a domain with its regions.
 */
struct iommu_rid {
	struct list_head node;
	struct list_head devices;
	struct iommu_domain *target;
	unsigned int resets;
	bool partial;
	bool late;
	bool all;
};

#define for_each_rid(group, rid) \
	list_for_each_entry(rid, &(group)->rids, node)

#define for_each_rid_device(rid, gdev) \
	list_for_each_entry(gdev, &(rid)->devices, rid_node)

struct iommu_rid *iommu_rid_find(struct iommu_group *group, struct device *dev);
int iommu_rid_join(struct iommu_group *group, struct group_device *gdev);
void iommu_rid_leave(struct iommu_group *group, struct group_device *gdev);

int iommu_rid_attach_new(struct iommu_group *group, struct group_device *gdev);
void iommu_rid_release(struct iommu_group *group, struct device *dev);
void iommu_rid_released(struct iommu_group *group, struct device *dev);

int iommu_group_decide(struct iommu_group *group, struct iommu_domain *domain,
		       unsigned int flags);
void iommu_rid_stay(struct iommu_rid *rid);
int iommu_rid_attach(struct iommu_group *group, struct iommu_rid *rid,
		     unsigned int flags);
int iommu_rid_set_domain(struct iommu_group *group, struct iommu_rid *rid,
			 struct iommu_domain *domain, unsigned int flags);

bool iommu_group_has_mapped_resv(struct iommu_group *group);
int iommu_group_map_resv(struct iommu_group *group, struct iommu_domain *domain,
			 unsigned int flags);
int iommu_group_setup_dma_ops(struct iommu_group *group);
int iommu_group_may_be_owned(struct iommu_group *group);
int iommu_rid_may_be_owned(struct iommu_group *group, struct device *dev);
int iommu_rid_use_default(struct iommu_group *group, struct device *dev);

#endif
