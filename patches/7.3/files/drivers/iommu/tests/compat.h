/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What differs between kernels for files that are the same in all of them.
 */
#ifndef __IOMMU_TESTS_COMPAT_H
#define __IOMMU_TESTS_COMPAT_H

#include <linux/iommu.h>

#include "../iommu-priv.h"

/* Parameters of a driver's attach_dev() */
#define IOMMU_ATTACH_PARAMS \
	struct iommu_domain *domain, struct device *dev, \
	struct iommu_domain *old

/* Among them the domain that the device leaves */
#define IOMMU_ATTACH_OLD		old

/*
 * Nothing of struct iommu_ops ends the use of a PASID, the blocked domain does
 */
#define IOMMU_REMOVE_DEV_PASID(fn)

/* Replace the domain of a group; if there is a choice, without the handle */
static inline int iommu_compat_group_replace(struct iommu_group *group,
					     struct iommu_domain *domain,
					     struct iommu_attach_handle *handle)
{
	return iommu_replace_group_handle(group, domain, handle);
}

/*
 * Replace what is attached to a PASID, or -EOPNOTSUPP where that does not exist
 */
static inline int iommu_compat_pasid_replace(struct iommu_domain *domain,
					     struct device *dev, ioasid_t pasid,
					     struct iommu_attach_handle *handle)
{
	return iommu_replace_device_pasid(domain, dev, pasid, handle);
}

/* Processes can be bound to devices on x86 */
#define IOMMU_COMPAT_X86_SVA		true

/* The core blocks a device for its reset */
#define IOMMU_COMPAT_RESETS		true
#define iommu_compat_reset_depth(gdev)		((gdev)->reset_depth)
#define iommu_compat_recovery_cnt(group)	((group)->recovery_cnt)

#endif
