// SPDX-License-Identifier: GPL-2.0-only
/*
 * The mock IOMMU driver of mock.h.
 */
#include <kunit/static_stub.h>
#include <kunit/test.h>
#include <linux/slab.h>

#include "../../tests/compat.h"
#include "../../tests/mock.h"
#include "mock.h"

/**
 * struct mock - the mock IOMMU of a test
 * @iommu: the instance
 * @started: it is registered
 * @devs: its devices
 * @nr: number of devices
 */
struct mock {
	struct iommu_device iommu;
	bool started;
	struct pasid_dev devs[8];
	unsigned int nr;
};

/* For the driver's callbacks. There is only one, as tests run one at a time. */
static struct mock *mock;

static struct pasid_dev *mock_find(struct device *dev)
{
	unsigned int i;

	for (i = 0; mock && i < mock->nr; i++)
		if (mock->devs[i].dev == dev)
			return &mock->devs[i];
	return NULL;
}

static int mock_attach(IOMMU_ATTACH_PARAMS)
{
	return 0;
}

static int mock_set_pasid(struct iommu_domain *domain, struct device *dev,
			  ioasid_t pasid, struct iommu_domain *old)
{
	struct pasid_dev *mdev = mock_find(dev);

	mdev->calls++;
	if (mdev->fail)
		return -EIO;
	mdev->hw[pasid] = domain;
	return 0;
}

static void mock_remove_pasid(struct device *dev, ioasid_t pasid,
			      struct iommu_domain *domain)
{
	struct pasid_dev *mdev = mock_find(dev);

	mdev->calls++;
	mdev->hw[pasid] = NULL;
}

/* For kernels that remove a PASID by attaching the blocked domain */
static int mock_block_pasid(struct iommu_domain *domain, struct device *dev,
			    ioasid_t pasid, struct iommu_domain *old)
{
	mock_remove_pasid(dev, pasid, old);
	return 0;
}

static void mock_free(struct iommu_domain *domain)
{
	kfree(domain);
}

static const struct iommu_domain_ops mock_static_ops = {
	.attach_dev = mock_attach,
};

static const struct iommu_domain_ops mock_blocked_ops = {
	.attach_dev = mock_attach,
	.set_dev_pasid = mock_block_pasid,
};

static const struct iommu_domain_ops mock_pasid_ops = {
	.attach_dev = mock_attach,
	.set_dev_pasid = mock_set_pasid,
};

static const struct iommu_domain_ops mock_sva_ops = {
	.set_dev_pasid = mock_set_pasid,
	.free = mock_free,
};

static const struct iommu_ops mock_ops;

static struct iommu_domain mock_identity = {
	.type = IOMMU_DOMAIN_IDENTITY,
	.ops = &mock_static_ops,
	.owner = &mock_ops,
};

static struct iommu_domain mock_blocked = {
	.type = IOMMU_DOMAIN_BLOCKED,
	.ops = &mock_blocked_ops,
	.owner = &mock_ops,
};

struct iommu_domain pasid_domain = {
	.type = IOMMU_DOMAIN_UNMANAGED,
	.ops = &mock_pasid_ops,
	.owner = &mock_ops,
};

struct iommu_domain pasid_other_domain = {
	.type = IOMMU_DOMAIN_UNMANAGED,
	.ops = &mock_pasid_ops,
	.owner = &mock_ops,
};

static struct iommu_domain *mock_alloc_sva(struct device *dev,
					   struct mm_struct *mm)
{
	struct iommu_domain *domain = kzalloc(sizeof(*domain), GFP_KERNEL);

	if (!domain)
		return ERR_PTR(-ENOMEM);
	domain->ops = &mock_sva_ops;
	return domain;
}

static struct iommu_device *mock_probe(struct device *dev)
{
	return mock_find(dev) ? &mock->iommu : ERR_PTR(-ENODEV);
}

static struct iommu_group *mock_group(struct device *dev)
{
	struct pasid_dev *mdev = mock_find(dev), *other;

	for (other = mock->devs; mdev->group && other < mdev; other++)
		if (other->group == mdev->group)
			return iommu_group_ref_get(other->dev->iommu_group);
	return iommu_group_alloc();
}

static int mock_def_domain_type(struct device *dev)
{
	return IOMMU_DOMAIN_IDENTITY;
}

static const struct iommu_ops mock_ops = {
	.identity_domain = &mock_identity,
	.blocked_domain = &mock_blocked,
	.domain_alloc_sva = mock_alloc_sva,
	IOMMU_REMOVE_DEV_PASID(mock_remove_pasid)
	.probe_device = mock_probe,
	.device_group = mock_group,
	.def_domain_type = mock_def_domain_type,
};

/* Add a device with PASIDs of @bits bits, or without PASIDs if 0 */
struct pasid_dev *pasid_plug(struct kunit *test, unsigned int group,
			     unsigned int bits)
{
	struct pasid_dev *mdev = &mock->devs[mock->nr];

	KUNIT_ASSERT_LT(test, mock->nr, ARRAY_SIZE(mock->devs));
	mdev->group = group;
	mdev->max = bits ? 1U << bits : 0;
	mdev->hw = kvcalloc(mdev->max + 1, sizeof(*mdev->hw), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, mdev->hw);
	mdev->pdev = platform_device_alloc("iommu-pasid-mock", mock->nr);
	KUNIT_ASSERT_NOT_NULL(test, mdev->pdev);
	mdev->dev = &mdev->pdev->dev;
	mock->nr++;
	KUNIT_ASSERT_EQ(test, 0, mock_platform_add(mdev->pdev, bits));
	KUNIT_ASSERT_NOT_NULL(test, mdev->dev->iommu_group);
	KUNIT_ASSERT_EQ(test, mdev->max, mdev->dev->iommu->max_pasids);
	return mdev;
}

static bool enqcmd;

static bool has_enqcmd(void)
{
	return enqcmd;
}

void pasid_cpu_has_enqcmd(bool has)
{
	enqcmd = has;
}

int pasid_mock_init(struct kunit *test)
{
	if (iommu_ops_from_fwnode(NULL))
		kunit_skip(test, "there is a real IOMMU");
	mock = kunit_kzalloc(test, sizeof(*mock), GFP_KERNEL);
	if (!mock)
		return -ENOMEM;
	enqcmd = false;
	mock->iommu.max_pasids = 1U << 20;
	if (iommu_device_sysfs_add(&mock->iommu, NULL, NULL, "mock-pasid"))
		return -ENOMEM;
	if (iommu_device_register(&mock->iommu, &mock_ops, NULL)) {
		iommu_device_sysfs_remove(&mock->iommu);
		return -EBUSY;
	}
	mock->started = true;
	kunit_activate_static_stub(test, iommu_pasid_cpu_has_enqcmd,
				   has_enqcmd);
	return 0;
}

void pasid_mock_exit(struct kunit *test)
{
	unsigned int i;

	if (!mock || !mock->started)
		return;
	for (i = 0; i < mock->nr; i++) {
		if (!mock->devs[i].dev->iommu_group)
			platform_device_put(mock->devs[i].pdev);
		else
			platform_device_unregister(mock->devs[i].pdev);
		kvfree(mock->devs[i].hw);
	}
	iommu_device_unregister(&mock->iommu);
	iommu_device_sysfs_remove(&mock->iommu);
	mock = NULL;
}

unsigned int pasid_nr_attached(const struct pasid_dev *mdev)
{
	unsigned int i, n = 0;

	for (i = 0; i < mdev->max; i++)
		n += !!mdev->hw[i];
	return n;
}
