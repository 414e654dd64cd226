/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * PASIDs: whose space a number is from, and who holds it.
 *
 * The functions below are for whoever drives a device: its driver, or the owner
 * that claimed it. Documentation/driver-api/iommu-pasid.rst says which scope to
 * ask for. Devices of a group share its PASIDs, so "the RID" is the group's.
 */
#ifndef __LINUX_IOMMU_PASID_H
#define __LINUX_IOMMU_PASID_H

#include <linux/errno.h>
#include <linux/iommu.h>
#include <linux/types.h>

struct device;

/**
 * enum iommu_pasid_scope - whose space the PASIDs of a RID are from
 * @IOMMU_PASID_SCOPE_RID: its own; another RID may use the same number for
 *	something else
 * @IOMMU_PASID_SCOPE_GLOBAL: the system's; a number means the same on all RIDs
 *	of this scope, as ENQCMD needs
 */
enum iommu_pasid_scope {
	IOMMU_PASID_SCOPE_RID,
	IOMMU_PASID_SCOPE_GLOBAL,
};

/**
 * struct iommu_pasid_info - what is known of the PASIDs of a RID
 * @scope: whose space they are from
 * @claimed: the RID has an owner, VFIO for example, and with it the whole space
 * @live: how many the RID holds: allocated, reserved or attached
 * @limit: numbers are below this; 0 if the device or its IOMMU has no PASIDs
 */
struct iommu_pasid_info {
	enum iommu_pasid_scope scope;
	bool claimed;
	unsigned int live;
	u32 limit;
};

/**
 * struct iommu_pasid_want - one number of iommu_pasid_reserve_set()
 * @pasid: the number
 * @error: result, why it cannot be had, or 0
 */
struct iommu_pasid_want {
	ioasid_t pasid;
	int error;
};

#ifdef CONFIG_IOMMU_API
int iommu_pasid_set_scope(struct device *dev, enum iommu_pasid_scope scope);
int iommu_pasid_query(struct device *dev, struct iommu_pasid_info *info);
int iommu_pasid_alloc(struct device *dev, const void *owner, ioasid_t *pasid);
int iommu_pasid_reserve(struct device *dev, const void *owner, ioasid_t pasid);
int iommu_pasid_reserve_set(struct device *dev, const void *owner,
			    struct iommu_pasid_want *want, unsigned int nr);
int iommu_pasid_free(struct device *dev, const void *owner, ioasid_t pasid);
int iommu_pasid_walk(struct device *dev,
		     int (*fn)(ioasid_t pasid, void *data), void *data);
#else
static inline int iommu_pasid_set_scope(struct device *dev,
					enum iommu_pasid_scope scope)
{
	return -EOPNOTSUPP;
}

static inline int iommu_pasid_query(struct device *dev,
				    struct iommu_pasid_info *info)
{
	return -EOPNOTSUPP;
}

static inline int iommu_pasid_alloc(struct device *dev, const void *owner,
				    ioasid_t *pasid)
{
	return -EOPNOTSUPP;
}

static inline int iommu_pasid_reserve(struct device *dev, const void *owner,
				      ioasid_t pasid)
{
	return -EOPNOTSUPP;
}

static inline int iommu_pasid_reserve_set(struct device *dev, const void *owner,
					  struct iommu_pasid_want *want,
					  unsigned int nr)
{
	return -EOPNOTSUPP;
}

static inline int iommu_pasid_free(struct device *dev, const void *owner,
				   ioasid_t pasid)
{
	return -EOPNOTSUPP;
}

static inline int iommu_pasid_walk(struct device *dev,
				   int (*fn)(ioasid_t pasid, void *data),
				   void *data)
{
	return -EOPNOTSUPP;
}
#endif

#endif
