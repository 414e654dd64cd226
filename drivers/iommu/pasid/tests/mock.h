/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A mock IOMMU driver for the PASID suites. It records what the hardware is
 * programmed with, so that tests can check that a refused call did not get that
 * far. Devices differ in the width of their PASIDs.
 */
#ifndef __IOMMU_PASID_TESTS_MOCK_H
#define __IOMMU_PASID_TESTS_MOCK_H

#include <kunit/test.h>
#include <linux/iommu.h>
#include <linux/platform_device.h>

#include "../../iommu-priv.h"
#include "../pasid.h"

/**
 * struct pasid_dev - a device and its PASIDs in hardware
 * @pdev: the device
 * @dev: its struct device
 * @group: devices of the same number share a group, 0 is a group of its own
 * @max: its PASIDs are below this
 * @hw: the domain of each PASID
 * @calls: how often the hardware was programmed
 * @fail: programming it fails
 */
struct pasid_dev {
	struct platform_device *pdev;
	struct device *dev;
	unsigned int group;
	u32 max;
	struct iommu_domain **hw;
	unsigned int calls;
	bool fail;
};

/* Domains to attach; what they map does not matter */
extern struct iommu_domain pasid_domain, pasid_other_domain;

int pasid_mock_init(struct kunit *test);
void pasid_mock_exit(struct kunit *test);
struct pasid_dev *pasid_plug(struct kunit *test, unsigned int group,
			     unsigned int bits);
unsigned int pasid_nr_attached(const struct pasid_dev *pdev);
void pasid_cpu_has_enqcmd(bool has);

static inline int pasid_attach(struct pasid_dev *pdev, ioasid_t pasid)
{
	return iommu_attach_device_pasid(&pasid_domain, pdev->dev, pasid, NULL);
}

static inline int pasid_attach_new(struct pasid_dev *pdev, ioasid_t *pasid)
{
	return iommu_attach_device_new_pasid(&pasid_domain, pdev->dev, pasid,
					     NULL);
}

static inline void pasid_detach(struct pasid_dev *pdev, ioasid_t pasid)
{
	iommu_detach_device_pasid(&pasid_domain, pdev->dev, pasid);
}

static inline int pasid_set_global(struct pasid_dev *pdev)
{
	return iommu_pasid_set_scope(pdev->dev, IOMMU_PASID_SCOPE_GLOBAL);
}

static inline int pasid_set_rid(struct pasid_dev *pdev)
{
	return iommu_pasid_set_scope(pdev->dev, IOMMU_PASID_SCOPE_RID);
}

static inline bool pasid_is_global(struct pasid_dev *pdev)
{
	return iommu_pasid_is_global(pdev->dev->iommu_group);
}

#endif
