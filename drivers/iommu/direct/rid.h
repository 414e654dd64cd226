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
 * @devices: of &struct group_device, the first one that came at the front
 * @target: what the RID is to be attached to, as decided last
 * @resets: how many of its devices are in a reset
 * @partial: the group's direct-only domain lacks some of its direct regions,
 *	     which the driver cannot map, or not before it attached the domain
 * @late: @target lacks some until it is attached, for the same reason
 * @all: while it is asked whether a domain suits those that are excluded, too
 *
 * PCI devices with a DMA alias in common are one RID. So are those of a group
 * that are not PCI: they are in it because the IOMMU cannot distinguish them,
 * in ways that only their IOMMU driver knows. A device with the aliases of two
 * RIDs makes them one, and they stay so. Everything here is protected by
 * &iommu_group.mutex.
 *
 * Between two changes a RID, that is each of its devices that is not excluded,
 * is attached as in this table. If two lines apply, the upper one
 * does.
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
 * The next change of the group's domain, and the end of a reset, start over
 * with the last two lines. A RID on the direct-only domain is called parked:
 * firmware has its regions, and nothing else is mapped.
 *
 * A device that joins a RID which others use with a domain that lacks its
 * regions is excluded: what it would be attached to they would have, too. It is
 * attached to nothing by itself, until the group has a domain that suits it.
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

int iommu_rid_join(struct iommu_group *group, struct group_device *gdev);
int iommu_rid_attach_new(struct iommu_group *group, struct group_device *gdev);
void iommu_rid_leave(struct iommu_group *group, struct group_device *gdev);
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
