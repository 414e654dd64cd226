/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What differs between kernels for files that are the same in all of them.
 */
#ifndef __IOMMU_TESTS_COMPAT_H
#define __IOMMU_TESTS_COMPAT_H

#include <linux/err.h>
#include <linux/iommu.h>

#include "../iommu-priv.h"

/* Parameters of a driver's attach_dev() */
#define IOMMU_ATTACH_PARAMS \
	struct iommu_domain *domain, struct device *dev

/*
 * Among them the domain that the device leaves, or an error: drivers don't get
 * that
 */
#define IOMMU_ATTACH_OLD		ERR_PTR(-EOPNOTSUPP)

/* Initialises, of struct iommu_ops, what ends the use of a PASID */
#define IOMMU_REMOVE_DEV_PASID(fn)	.remove_dev_pasid = (fn),

/* Replace the domain of a group; if there is a choice, without the handle */
static inline int iommu_compat_group_replace(struct iommu_group *group,
					     struct iommu_domain *domain,
					     struct iommu_attach_handle *handle)
{
	return iommu_group_replace_domain(group, domain);
}

/*
 * Replace what is attached to a PASID, or -EOPNOTSUPP where that does not exist
 */
static inline int iommu_compat_pasid_replace(struct iommu_domain *domain,
					     struct device *dev, ioasid_t pasid,
					     struct iommu_attach_handle *handle)
{
	return -EOPNOTSUPP;
}

/* Processes can be bound to devices on x86 */
#define IOMMU_COMPAT_X86_SVA		false

/* The core has no part in the reset of a device */
#define IOMMU_COMPAT_RESETS		false
#define iommu_compat_reset_depth(gdev)		((void)(gdev), 0)
#define iommu_compat_recovery_cnt(group)	((void)(group), 0)
#define pci_dev_reset_iommu_prepare(pdev)	((void)(pdev), -EOPNOTSUPP)
#define pci_dev_reset_iommu_done(pdev)		((void)(pdev))

#endif
