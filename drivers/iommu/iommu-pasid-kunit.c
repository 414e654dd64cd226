// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit tests of PASIDs: who holds which number, and who may attach it.
 *
 * A mock IOMMU driver writes down what the hardware is told, so that a test can
 * say that a refusal came first. Devices differ in the width of their PASIDs.
 */
#include <kunit/test.h>
#include <linux/atomic.h>
#include <linux/bitmap.h>
#include <linux/completion.h>
#include <linux/cred.h>
#include <linux/iommu.h>
#include <linux/irq_work.h>
#include <linux/kernfs.h>
#include <linux/kthread.h>
#include <linux/misc_cgroup.h>
#include <linux/platform_device.h>
#include <linux/prandom.h>
#include <linux/property.h>
#include <linux/sched/mm.h>
#include <linux/sched/user.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/sysfs.h>

#include "iommu-compat.h"
#include "iommu-mock-kunit.h"
#include "iommu-pasid.h"
#include "iommu-priv.h"

#define Q	IOMMU_PASID_QUARANTINE

/**
 * struct mock_dev - a device and what the hardware knows of it
 * @pdev: the device
 * @dev: its struct device
 * @group: devices of the same number share a group, 0 is a group of its own
 * @max: its PASIDs are below this
 * @hw: the domain of each PASID
 * @calls: how often the hardware was told something
 * @fail: telling it fails
 */
struct mock_dev {
	struct platform_device *pdev;
	struct device *dev;
	unsigned int group;
	u32 max;
	struct iommu_domain **hw;
	unsigned int calls;
	bool fail;
};

/**
 * struct mock - the mock IOMMU of a test
 * @iommu: the instance
 * @started: it is registered
 * @devs: its devices
 * @nr: how many
 */
struct mock {
	struct iommu_device iommu;
	bool started;
	struct mock_dev devs[8];
	unsigned int nr;
};

/* The driver's callbacks get no context of ours; tests run one at a time */
static struct mock *mock;

static struct mock_dev *mock_find(struct device *dev)
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
	struct mock_dev *mdev = mock_find(dev);

	mdev->calls++;
	if (mdev->fail)
		return -EIO;
	mdev->hw[pasid] = domain;
	return 0;
}

static void mock_remove_pasid(struct device *dev, ioasid_t pasid,
			      struct iommu_domain *domain)
{
	struct mock_dev *mdev = mock_find(dev);

	mdev->calls++;
	mdev->hw[pasid] = NULL;
}

/* On kernels where attaching the blocked domain is what removes a PASID */
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

/* What tests attach, it does not matter what they map */
static struct iommu_domain mock_domain = {
	.type = IOMMU_DOMAIN_UNMANAGED,
	.ops = &mock_pasid_ops,
	.owner = &mock_ops,
};

static struct iommu_domain mock_other_domain = {
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
	struct mock_dev *mdev = mock_find(dev), *other;

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

/* A device whose PASIDs have that many bits, 0 for none */
static struct mock_dev *plug(struct kunit *test, unsigned int group,
			     unsigned int bits)
{
	const struct property_entry props[] = {
		PROPERTY_ENTRY_U32("pasid-num-bits", bits),
		{}
	};
	struct mock_dev *mdev = &mock->devs[mock->nr];

	KUNIT_ASSERT_LT(test, mock->nr, ARRAY_SIZE(mock->devs));
	mdev->group = group;
	mdev->max = bits ? 1U << bits : 0;
	mdev->hw = kvcalloc(mdev->max + 1, sizeof(*mdev->hw), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, mdev->hw);
	mdev->pdev = platform_device_alloc("iommu-pasid-mock", mock->nr);
	KUNIT_ASSERT_NOT_NULL(test, mdev->pdev);
	mdev->dev = &mdev->pdev->dev;
	mock->nr++;
	if (bits)
		KUNIT_ASSERT_EQ(test, 0,
				device_create_managed_software_node(mdev->dev,
								    props,
								    NULL));
	KUNIT_ASSERT_EQ(test, 0, platform_device_add(mdev->pdev));
	KUNIT_ASSERT_NOT_NULL(test, mdev->dev->iommu_group);
	KUNIT_ASSERT_EQ(test, mdev->max, mdev->dev->iommu->max_pasids);
	return mdev;
}

static int pasid_test_init(struct kunit *test)
{
	if (iommu_ops_from_fwnode(NULL))
		kunit_skip(test, "there is a real IOMMU");
	mock = kunit_kzalloc(test, sizeof(*mock), GFP_KERNEL);
	if (!mock)
		return -ENOMEM;
	mock->iommu.max_pasids = IOMMU_PASID_SPACE;
	if (iommu_device_sysfs_add(&mock->iommu, NULL, NULL, "mock-pasid"))
		return -ENOMEM;
	if (iommu_device_register(&mock->iommu, &mock_ops, NULL)) {
		iommu_device_sysfs_remove(&mock->iommu);
		return -EBUSY;
	}
	mock->started = true;
	return 0;
}

static void pasid_test_exit(struct kunit *test)
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

static const char alice, bob;

static ioasid_t alloc(struct kunit *test, struct mock_dev *mdev,
		      const void *owner)
{
	ioasid_t pasid = IOMMU_PASID_INVALID;

	KUNIT_ASSERT_EQ(test, 0, iommu_pasid_alloc(mdev->dev, owner, &pasid));
	return pasid;
}

static int attach(struct mock_dev *mdev, ioasid_t pasid)
{
	return iommu_attach_device_pasid(&mock_domain, mdev->dev, pasid, NULL);
}

static void detach(struct mock_dev *mdev, ioasid_t pasid)
{
	iommu_detach_device_pasid(&mock_domain, mdev->dev, pasid);
}

static struct iommu_pasid_info query(struct mock_dev *mdev)
{
	struct iommu_pasid_info info = {};

	iommu_pasid_query(mdev->dev, &info);
	return info;
}

static int set_global(struct mock_dev *mdev)
{
	return iommu_pasid_set_scope(mdev->dev, IOMMU_PASID_SCOPE_GLOBAL);
}

static int set_rid(struct mock_dev *mdev)
{
	return iommu_pasid_set_scope(mdev->dev, IOMMU_PASID_SCOPE_RID);
}

static void alloc_lowest_and_never_zero(struct kunit *test)
{
	struct mock_dev *mdev = plug(test, 0, 8);
	ioasid_t pasid, i;

	for (i = 1; i < 256; i++)
		KUNIT_ASSERT_EQ(test, i, alloc(test, mdev, NULL));
	KUNIT_EXPECT_EQ(test, -ENOSPC,
			iommu_pasid_alloc(mdev->dev, NULL, &pasid));
	KUNIT_EXPECT_EQ(test, 255, query(mdev).live);
	KUNIT_EXPECT_EQ(test, 256, query(mdev).limit);
}

static void no_pasids_no_numbers(struct kunit *test)
{
	struct mock_dev *mdev = plug(test, 0, 0);
	struct iommu_pasid_info info;
	ioasid_t pasid;

	KUNIT_EXPECT_EQ(test, -EOPNOTSUPP,
			iommu_pasid_alloc(mdev->dev, NULL, &pasid));
	KUNIT_EXPECT_EQ(test, -EOPNOTSUPP,
			iommu_pasid_reserve(mdev->dev, NULL, 1));
	KUNIT_EXPECT_EQ(test, -EOPNOTSUPP,
			iommu_pasid_free(mdev->dev, NULL, 1));
	KUNIT_EXPECT_EQ(test, -EOPNOTSUPP, set_global(mdev));
	KUNIT_EXPECT_EQ(test, -EOPNOTSUPP, iommu_pasid_query(mdev->dev, &info));
	KUNIT_EXPECT_EQ(test, -EOPNOTSUPP, attach(mdev, 1));
	KUNIT_EXPECT_EQ(test, IOMMU_PASID_INVALID,
			iommu_alloc_global_pasid(mdev->dev));
}

static void rids_have_the_same_numbers(struct kunit *test)
{
	struct mock_dev *a = plug(test, 0, 8), *b = plug(test, 0, 16);

	KUNIT_EXPECT_EQ(test, 1, alloc(test, a, NULL));
	KUNIT_EXPECT_EQ(test, 1, alloc(test, b, NULL));
	KUNIT_EXPECT_EQ(test, 0, attach(a, 1));
	KUNIT_EXPECT_EQ(test, 0, attach(b, 1));
	detach(a, 1);
	detach(b, 1);
}

static void freed_number_rests(struct kunit *test)
{
	struct mock_dev *mdev = plug(test, 0, 16);
	ioasid_t first = alloc(test, mdev, NULL), pasid;
	unsigned int i;

	KUNIT_ASSERT_EQ(test, 0, iommu_pasid_free(mdev->dev, NULL, first));
	for (i = 0; i < Q; i++) {
		pasid = alloc(test, mdev, NULL);
		KUNIT_ASSERT_NE(test, first, pasid);
		KUNIT_ASSERT_EQ(test, 0,
				iommu_pasid_free(mdev->dev, NULL, pasid));
	}
	KUNIT_EXPECT_EQ(test, first, alloc(test, mdev, NULL));
}

/* Where there is nothing else, the number that was freed first */
static void narrow_rid_takes_turns(struct kunit *test)
{
	static const ioasid_t freed[] = { 17, 200, 3, 255 };
	struct mock_dev *mdev = plug(test, 0, 8);
	unsigned int i;

	for (i = 1; i < 256; i++)
		alloc(test, mdev, NULL);
	for (i = 0; i < ARRAY_SIZE(freed); i++)
		KUNIT_ASSERT_EQ(test, 0,
				iommu_pasid_free(mdev->dev, NULL, freed[i]));
	for (i = 0; i < ARRAY_SIZE(freed); i++)
		KUNIT_EXPECT_EQ(test, freed[i], alloc(test, mdev, NULL));
}

static void reserve_exactly(struct kunit *test)
{
	struct mock_dev *mdev = plug(test, 0, 16);
	ioasid_t resting = alloc(test, mdev, NULL);

	KUNIT_EXPECT_EQ(test, 0, iommu_pasid_reserve(mdev->dev, NULL, 2));
	KUNIT_EXPECT_EQ(test, 0, iommu_pasid_reserve(mdev->dev, NULL, 65535));
	KUNIT_EXPECT_EQ(test, -EBUSY, iommu_pasid_reserve(mdev->dev, NULL, 2));
	KUNIT_EXPECT_EQ(test, -EINVAL,
			iommu_pasid_reserve(mdev->dev, NULL, IOMMU_NO_PASID));
	KUNIT_EXPECT_EQ(test, -EINVAL,
			iommu_pasid_reserve(mdev->dev, NULL, 65536));
	KUNIT_EXPECT_EQ(test, -EINVAL,
			iommu_pasid_reserve(mdev->dev, NULL,
					    IOMMU_PASID_INVALID));
	/* Who asks for a number that rests knows what it was */
	KUNIT_EXPECT_EQ(test, 0, iommu_pasid_free(mdev->dev, NULL, resting));
	KUNIT_EXPECT_EQ(test, 0,
			iommu_pasid_reserve(mdev->dev, NULL, resting));
	KUNIT_EXPECT_EQ(test, 3, alloc(test, mdev, NULL));
	KUNIT_EXPECT_EQ(test, 4, query(mdev).live);
}

static void only_the_owner_frees(struct kunit *test)
{
	struct mock_dev *mdev = plug(test, 0, 8);
	ioasid_t a = alloc(test, mdev, &alice), n = alloc(test, mdev, NULL);

	KUNIT_EXPECT_EQ(test, -EPERM, iommu_pasid_free(mdev->dev, &bob, a));
	KUNIT_EXPECT_EQ(test, -EPERM, iommu_pasid_free(mdev->dev, NULL, a));
	KUNIT_EXPECT_EQ(test, -EPERM, iommu_pasid_free(mdev->dev, &alice, n));
	KUNIT_EXPECT_EQ(test, 0, iommu_pasid_free(mdev->dev, &alice, a));
	KUNIT_EXPECT_EQ(test, 0, iommu_pasid_free(mdev->dev, NULL, n));
	KUNIT_EXPECT_EQ(test, -ENOENT, iommu_pasid_free(mdev->dev, &alice, a));
	KUNIT_EXPECT_EQ(test, -ENOENT, iommu_pasid_free(mdev->dev, NULL, 99));
	KUNIT_EXPECT_EQ(test, -ENOENT,
			iommu_pasid_free(mdev->dev, NULL, IOMMU_NO_PASID));
}

static void only_the_owner_attaches(struct kunit *test)
{
	struct iommu_attach_handle of_alice = { .owner = &alice };
	struct iommu_attach_handle of_bob = { .owner = &bob };
	struct mock_dev *mdev = plug(test, 0, 8);
	ioasid_t a = alloc(test, mdev, &alice);

	KUNIT_EXPECT_EQ(test, -EPERM, attach(mdev, a));
	KUNIT_EXPECT_EQ(test, -EPERM,
			iommu_attach_device_pasid(&mock_domain, mdev->dev, a,
						  &of_bob));
	/* Only who drives the RID may choose */
	KUNIT_EXPECT_EQ(test, -ENOENT,
			iommu_attach_device_pasid(&mock_domain, mdev->dev, 99,
						  &of_bob));
	KUNIT_EXPECT_EQ(test, 0, mdev->calls);
	KUNIT_EXPECT_NULL(test, of_bob.domain);
	KUNIT_EXPECT_EQ(test, 0,
			iommu_attach_device_pasid(&mock_domain, mdev->dev, a,
						  &of_alice));
	KUNIT_EXPECT_PTR_EQ(test, &mock_domain, mdev->hw[a]);
	detach(mdev, a);
}

static void only_who_attached_replaces(struct kunit *test)
{
	struct iommu_attach_handle of_alice = { .owner = &alice };
	struct iommu_attach_handle again = { .owner = &alice };
	struct iommu_attach_handle of_bob = { .owner = &bob };
	struct iommu_attach_handle of_driver = {}, of_driver_too = {};
	struct mock_dev *mdev = plug(test, 0, 8);
	struct device *dev = mdev->dev;
	ioasid_t a = alloc(test, mdev, &alice);

	if (iommu_compat_pasid_replace(&mock_domain, dev, a, &of_alice) == -EOPNOTSUPP)
		kunit_skip(test, "the base cannot replace what is attached to a PASID");

	/* Nothing is attached yet, which is not for this call to do */
	KUNIT_EXPECT_EQ(test, -EINVAL,
			iommu_compat_pasid_replace(&mock_domain, dev, a, &of_alice));
	KUNIT_ASSERT_EQ(test, 0, iommu_attach_device_pasid(&mock_domain, dev, a,
							   &of_alice));
	KUNIT_EXPECT_EQ(test, -EPERM, iommu_compat_pasid_replace(&mock_other_domain,
								 dev, a, &of_bob));
	KUNIT_EXPECT_EQ(test, -EPERM, iommu_compat_pasid_replace(&mock_other_domain,
								 dev, a, &of_driver));
	KUNIT_EXPECT_PTR_EQ(test, &mock_domain, mdev->hw[a]);
	KUNIT_EXPECT_EQ(test, 0, iommu_compat_pasid_replace(&mock_other_domain, dev,
							    a, &again));
	KUNIT_EXPECT_PTR_EQ(test, &mock_other_domain, mdev->hw[a]);
	/* Still hers, and to be detached from where it is now */
	KUNIT_EXPECT_EQ(test, -EBUSY, iommu_pasid_free(dev, &alice, a));
	iommu_detach_device_pasid(&mock_domain, dev, a);
	KUNIT_EXPECT_PTR_EQ(test, &mock_other_domain, mdev->hw[a]);
	iommu_detach_device_pasid(&mock_other_domain, dev, a);
	KUNIT_EXPECT_NULL(test, mdev->hw[a]);
	KUNIT_EXPECT_EQ(test, 0, iommu_pasid_free(dev, &alice, a));

	/* One that nobody holds is of whoever drives the RID */
	KUNIT_ASSERT_EQ(test, 0, iommu_attach_device_pasid(&mock_domain, dev, 7,
							   &of_driver));
	KUNIT_EXPECT_EQ(test, -EPERM, iommu_compat_pasid_replace(&mock_other_domain,
								 dev, 7, &of_bob));
	KUNIT_EXPECT_EQ(test, 0, iommu_compat_pasid_replace(&mock_other_domain, dev,
							    7, &of_driver_too));
	iommu_detach_device_pasid(&mock_other_domain, dev, 7);
	KUNIT_EXPECT_EQ(test, 0, query(mdev).live);
}

static void attached_number_stays(struct kunit *test)
{
	struct mock_dev *mdev = plug(test, 0, 8);
	ioasid_t pasid = alloc(test, mdev, NULL);

	KUNIT_ASSERT_EQ(test, 0, attach(mdev, pasid));
	KUNIT_EXPECT_EQ(test, -EBUSY, attach(mdev, pasid));
	KUNIT_EXPECT_EQ(test, -EBUSY, iommu_pasid_free(mdev->dev, NULL, pasid));
	KUNIT_EXPECT_EQ(test, -EBUSY,
			iommu_pasid_reserve(mdev->dev, NULL, pasid));
	KUNIT_EXPECT_PTR_EQ(test, &mock_domain, mdev->hw[pasid]);
	detach(mdev, pasid);
	/* It was allocated, so it outlives the attachment */
	KUNIT_EXPECT_EQ(test, 1, query(mdev).live);
	KUNIT_EXPECT_EQ(test, 0, iommu_pasid_free(mdev->dev, NULL, pasid));
}

static void chosen_number_is_held_by_attachment(struct kunit *test)
{
	struct mock_dev *mdev = plug(test, 0, 8);

	KUNIT_ASSERT_EQ(test, 0, attach(mdev, 1));
	KUNIT_EXPECT_EQ(test, 1, query(mdev).live);
	KUNIT_EXPECT_EQ(test, -EBUSY, iommu_pasid_reserve(mdev->dev, NULL, 1));
	KUNIT_EXPECT_EQ(test, -ENOENT, iommu_pasid_free(mdev->dev, NULL, 1));
	KUNIT_EXPECT_EQ(test, 2, alloc(test, mdev, NULL));
	detach(mdev, 1);
	KUNIT_EXPECT_EQ(test, 1, query(mdev).live);
	/* The user may have it back at once, others may not */
	KUNIT_EXPECT_EQ(test, 3, alloc(test, mdev, NULL));
	KUNIT_EXPECT_EQ(test, 0, attach(mdev, 1));
	detach(mdev, 1);
}

static void attach_out_of_range(struct kunit *test)
{
	struct mock_dev *mdev = plug(test, 0, 8);

	KUNIT_EXPECT_EQ(test, -EINVAL, attach(mdev, IOMMU_NO_PASID));
	KUNIT_EXPECT_EQ(test, -EINVAL, attach(mdev, 256));
	KUNIT_EXPECT_EQ(test, -EINVAL, attach(mdev, IOMMU_PASID_INVALID));
	KUNIT_EXPECT_EQ(test, 0, mdev->calls);
	KUNIT_EXPECT_EQ(test, 0, query(mdev).live);
	KUNIT_EXPECT_EQ(test, 0, attach(mdev, 255));
	detach(mdev, 255);
}

static void failed_attach_leaves_nothing(struct kunit *test)
{
	struct mock_dev *a = plug(test, 1, 8), *b = plug(test, 1, 8);

	b->fail = true;
	KUNIT_EXPECT_EQ(test, -EIO, attach(a, 7));
	KUNIT_EXPECT_NULL(test, a->hw[7]);
	KUNIT_EXPECT_EQ(test, 0, query(a).live);
	b->fail = false;
	KUNIT_EXPECT_EQ(test, 0, attach(a, 7));
	KUNIT_EXPECT_PTR_EQ(test, &mock_domain, b->hw[7]);
	detach(a, 7);
	KUNIT_EXPECT_NULL(test, b->hw[7]);
}

static void detach_of_something_else(struct kunit *test)
{
	struct iommu_attach_handle handle = {};
	struct mock_dev *mdev = plug(test, 0, 8);
	unsigned int calls;

	detach(mdev, 7);
	KUNIT_EXPECT_EQ(test, 0, mdev->calls);
	KUNIT_ASSERT_EQ(test, 0,
			iommu_attach_device_pasid(&mock_domain, mdev->dev, 7,
						  &handle));
	calls = mdev->calls;
	iommu_detach_device_pasid(&mock_other_domain, mdev->dev, 7);
	KUNIT_EXPECT_EQ(test, calls, mdev->calls);
	KUNIT_EXPECT_PTR_EQ(test, &mock_domain, mdev->hw[7]);
	KUNIT_EXPECT_EQ(test, -EBUSY, attach(mdev, 7));
	detach(mdev, 7);
	KUNIT_EXPECT_EQ(test, 0, query(mdev).live);
}

static void group_is_as_narrow_as_its_devices(struct kunit *test)
{
	struct mock_dev *wide = plug(test, 1, 16), *none = plug(test, 1, 0);
	struct mock_dev *narrow = plug(test, 1, 4);
	ioasid_t pasid;
	unsigned int i;

	KUNIT_EXPECT_EQ(test, 16, query(wide).limit);
	for (i = 1; i < 16; i++)
		alloc(test, i & 1 ? wide : narrow, NULL);
	KUNIT_EXPECT_EQ(test, -ENOSPC,
			iommu_pasid_alloc(wide->dev, NULL, &pasid));
	KUNIT_EXPECT_EQ(test, 0, attach(wide, 15));
	KUNIT_EXPECT_PTR_EQ(test, &mock_domain, narrow->hw[15]);
	KUNIT_EXPECT_EQ(test, 0, none->calls);
	detach(wide, 15);
}

/* The pool was made for a wide device, before a narrow one joined the group */
static void late_narrow_device_counts(struct kunit *test)
{
	struct mock_dev *wide = plug(test, 1, 16), *narrow;

	alloc(test, wide, NULL);
	narrow = plug(test, 1, 8);
	KUNIT_EXPECT_EQ(test, 256, query(wide).limit);
	KUNIT_EXPECT_EQ(test, -EINVAL, attach(wide, 256));
	KUNIT_EXPECT_EQ(test, -EINVAL,
			iommu_pasid_reserve(wide->dev, NULL, 256));
	KUNIT_EXPECT_EQ(test, 0, wide->calls + narrow->calls);
	KUNIT_EXPECT_EQ(test, 1, query(wide).live);
	KUNIT_EXPECT_EQ(test, 0, attach(wide, 255));
	KUNIT_EXPECT_PTR_EQ(test, &mock_domain, narrow->hw[255]);
	detach(wide, 255);
}

static void scope_changes_only_without_numbers(struct kunit *test)
{
	struct mock_dev *mdev = plug(test, 0, 8);
	ioasid_t pasid = alloc(test, mdev, NULL);

	KUNIT_EXPECT_EQ(test, IOMMU_PASID_SCOPE_RID, query(mdev).scope);
	KUNIT_EXPECT_EQ(test, -EBUSY, set_global(mdev));
	KUNIT_EXPECT_EQ(test, 0, set_rid(mdev));
	KUNIT_EXPECT_EQ(test, 0, iommu_pasid_free(mdev->dev, NULL, pasid));
	KUNIT_ASSERT_EQ(test, 0, attach(mdev, 9));
	KUNIT_EXPECT_EQ(test, -EBUSY, set_global(mdev));
	detach(mdev, 9);
	KUNIT_EXPECT_EQ(test, 0, set_global(mdev));
	KUNIT_EXPECT_EQ(test, IOMMU_PASID_SCOPE_GLOBAL, query(mdev).scope);

	pasid = alloc(test, mdev, NULL);
	KUNIT_EXPECT_EQ(test, -EBUSY, set_rid(mdev));
	KUNIT_EXPECT_EQ(test, 0, set_global(mdev));
	KUNIT_EXPECT_EQ(test, 0, iommu_pasid_free(mdev->dev, NULL, pasid));
	KUNIT_EXPECT_EQ(test, 0, set_rid(mdev));

	pasid = iommu_alloc_global_pasid(mdev->dev);
	KUNIT_ASSERT_NE(test, IOMMU_PASID_INVALID, pasid);
	KUNIT_EXPECT_EQ(test, -EBUSY, set_global(mdev));
	iommu_free_global_pasid(pasid);
	KUNIT_EXPECT_EQ(test, 0, set_global(mdev));
}

static void global_number_is_one_for_all(struct kunit *test)
{
	struct iommu_attach_handle ha = { .owner = &alice };
	struct iommu_attach_handle hb = { .owner = &alice };
	struct mock_dev *a = plug(test, 0, 16), *b = plug(test, 0, 16);
	ioasid_t of_a, of_b, shared;

	KUNIT_ASSERT_EQ(test, 0, set_global(a));
	KUNIT_ASSERT_EQ(test, 0, set_global(b));
	of_a = alloc(test, a, NULL);
	of_b = alloc(test, b, NULL);
	shared = alloc(test, a, &alice);
	KUNIT_EXPECT_NE(test, of_a, of_b);

	/* Another RID's, nobody's, and someone else's */
	KUNIT_EXPECT_EQ(test, -EPERM, attach(a, of_b));
	KUNIT_EXPECT_EQ(test, -ENOENT, attach(a, 9999));
	KUNIT_EXPECT_EQ(test, -EPERM, attach(b, shared));
	KUNIT_EXPECT_EQ(test, 0, a->calls + b->calls);
	KUNIT_EXPECT_EQ(test, -EPERM, iommu_pasid_free(b->dev, NULL, of_a));

	KUNIT_EXPECT_EQ(test, 0, attach(a, of_a));
	KUNIT_EXPECT_EQ(test, 0,
			iommu_attach_device_pasid(&mock_domain, a->dev, shared,
						  &ha));
	KUNIT_EXPECT_EQ(test, 0,
			iommu_attach_device_pasid(&mock_domain, b->dev, shared,
						  &hb));
	KUNIT_EXPECT_EQ(test, -EBUSY,
			iommu_pasid_free(a->dev, &alice, shared));
	detach(a, shared);
	KUNIT_EXPECT_EQ(test, -EBUSY,
			iommu_pasid_free(a->dev, &alice, shared));
	detach(b, shared);
	detach(a, of_a);
	KUNIT_EXPECT_EQ(test, 0, iommu_pasid_free(b->dev, &alice, shared));
	KUNIT_EXPECT_EQ(test, 0, iommu_pasid_free(a->dev, NULL, of_a));
	KUNIT_EXPECT_EQ(test, 0, iommu_pasid_free(b->dev, NULL, of_b));
	KUNIT_EXPECT_EQ(test, 0, query(a).live + query(b).live);
}

/* What one RID may have and attach, another may be too narrow for */
static void narrow_rid_refuses_wide_number(struct kunit *test)
{
	struct iommu_attach_handle handle = { .owner = &alice };
	struct mock_dev *wide = plug(test, 0, 16), *narrow = plug(test, 0, 8);

	KUNIT_ASSERT_EQ(test, 0, set_global(wide));
	KUNIT_ASSERT_EQ(test, 0, set_global(narrow));
	KUNIT_ASSERT_EQ(test, 0, iommu_pasid_reserve(wide->dev, &alice, 256));
	KUNIT_EXPECT_EQ(test, -EINVAL,
			iommu_attach_device_pasid(&mock_domain, narrow->dev,
						  256, &handle));
	KUNIT_EXPECT_EQ(test, 0, narrow->calls);
	KUNIT_EXPECT_EQ(test, 0, query(narrow).live);
	KUNIT_EXPECT_EQ(test, 0,
			iommu_attach_device_pasid(&mock_domain, wide->dev, 256,
						  &handle));
	detach(wide, 256);
	KUNIT_EXPECT_EQ(test, 0, iommu_pasid_free(wide->dev, &alice, 256));
}

static void refused_global_attach_leaves_nothing(struct kunit *test)
{
	struct mock_dev *mdev = plug(test, 0, 16);

	KUNIT_ASSERT_EQ(test, 0, set_global(mdev));
	KUNIT_EXPECT_EQ(test, -ENOENT, attach(mdev, 5000));
	KUNIT_EXPECT_EQ(test, 0, query(mdev).live);
	KUNIT_EXPECT_EQ(test, 0, set_rid(mdev));
}

/* As idxd does it, and as drivers did that do not know of scopes */
static void global_calls_as_before(struct kunit *test)
{
	struct mock_dev *mdev = plug(test, 0, 8);
	unsigned int i;

	for (i = 0; i < 2; i++) {
		ioasid_t pasid = iommu_alloc_global_pasid(mdev->dev);

		KUNIT_ASSERT_GE(test, pasid, IOMMU_FIRST_GLOBAL_PASID);
		KUNIT_ASSERT_LT(test, pasid, 256);
		KUNIT_EXPECT_EQ(test, 0, attach(mdev, pasid));
		detach(mdev, pasid);
		iommu_free_global_pasid(pasid);
		KUNIT_EXPECT_EQ(test, 0, set_global(mdev));
	}
}

static void one_rid_cannot_have_all(struct kunit *test)
{
	struct mock_dev *a = plug(test, 0, 20), *b = plug(test, 0, 20);
	unsigned int i, n = 0;
	ioasid_t pasid;
	int ret;

	KUNIT_ASSERT_EQ(test, 0, set_global(a));
	do {
		ret = iommu_pasid_alloc(a->dev, n & 1 ? &alice : NULL, &pasid);
		n += !ret;
	} while (!ret);
	KUNIT_EXPECT_EQ(test, -EDQUOT, ret);
	KUNIT_EXPECT_EQ(test, IOMMU_PASID_SPACE / 2, n);
	KUNIT_EXPECT_EQ(test, IOMMU_PASID_INVALID,
			iommu_alloc_global_pasid(a->dev));
	pasid = iommu_alloc_global_pasid(b->dev);
	KUNIT_EXPECT_NE(test, IOMMU_PASID_INVALID, pasid);
	iommu_free_global_pasid(pasid);
	for (i = 0; i < IOMMU_PASID_SPACE; i++)
		n -= !iommu_pasid_free(a->dev, &alice, i) ||
		     !iommu_pasid_free(a->dev, NULL, i);
	KUNIT_EXPECT_EQ(test, 0, n);
	KUNIT_EXPECT_EQ(test, 0, set_rid(a));
}

static void claim_has_the_whole_space(struct kunit *test)
{
	struct mock_dev *mdev = plug(test, 0, 8);
	ioasid_t pasid = alloc(test, mdev, NULL);
	static const char owner;

	KUNIT_EXPECT_EQ(test, -EBUSY,
			iommu_device_claim_dma_owner(mdev->dev, (void *)&owner));
	KUNIT_EXPECT_EQ(test, 0, iommu_pasid_free(mdev->dev, NULL, pasid));
	KUNIT_EXPECT_EQ(test, 0, set_global(mdev));
	KUNIT_ASSERT_EQ(test, 0,
			iommu_device_claim_dma_owner(mdev->dev, (void *)&owner));
	KUNIT_EXPECT_TRUE(test, query(mdev).claimed);
	KUNIT_EXPECT_EQ(test, IOMMU_PASID_SCOPE_RID, query(mdev).scope);
	KUNIT_EXPECT_EQ(test, -EPERM, set_global(mdev));
	KUNIT_EXPECT_EQ(test, -EPERM,
			iommu_pasid_alloc(mdev->dev, &alice, &pasid));
	KUNIT_EXPECT_EQ(test, -EPERM,
			iommu_pasid_reserve(mdev->dev, &alice, 5));
	KUNIT_EXPECT_EQ(test, 0, attach(mdev, 200));
	KUNIT_EXPECT_EQ(test, 0, iommu_pasid_reserve(mdev->dev, NULL, 100));
	KUNIT_EXPECT_EQ(test, 2, query(mdev).live);
	detach(mdev, 200);

	/* What is left goes with the owner */
	iommu_device_release_dma_owner(mdev->dev);
	KUNIT_EXPECT_FALSE(test, query(mdev).claimed);
	KUNIT_EXPECT_EQ(test, 0, query(mdev).live);
	KUNIT_EXPECT_EQ(test, 0, set_global(mdev));
}

static void unbind_returns_the_scope(struct kunit *test)
{
	struct mock_dev *mdev = plug(test, 0, 8);
	ioasid_t left, other;

	KUNIT_ASSERT_EQ(test, 0, iommu_device_use_default_domain(mdev->dev));
	KUNIT_ASSERT_EQ(test, 0, set_global(mdev));
	left = alloc(test, mdev, NULL);
	iommu_device_unuse_default_domain(mdev->dev);
	KUNIT_EXPECT_EQ(test, IOMMU_PASID_SCOPE_RID, query(mdev).scope);
	KUNIT_EXPECT_EQ(test, 0, query(mdev).live);

	/* Nobody may have or attach what it left */
	KUNIT_ASSERT_EQ(test, 0, set_global(mdev));
	KUNIT_EXPECT_EQ(test, -EPERM, attach(mdev, left));
	KUNIT_EXPECT_EQ(test, -EPERM, iommu_pasid_free(mdev->dev, NULL, left));
	KUNIT_EXPECT_EQ(test, -EBUSY,
			iommu_pasid_reserve(mdev->dev, NULL, left));
	other = alloc(test, mdev, NULL);
	KUNIT_EXPECT_NE(test, left, other);
	KUNIT_EXPECT_EQ(test, 0, iommu_pasid_free(mdev->dev, NULL, other));
	/* A driver that is late */
	iommu_free_global_pasid(left);

	/* Numbers of the RID mean nothing to anybody else */
	KUNIT_ASSERT_EQ(test, 0, set_rid(mdev));
	KUNIT_ASSERT_EQ(test, 0, iommu_device_use_default_domain(mdev->dev));
	alloc(test, mdev, &alice);
	iommu_device_unuse_default_domain(mdev->dev);
	KUNIT_EXPECT_EQ(test, 0, query(mdev).live);
}

struct collected {
	struct iommu_pasid_want want[1000];
	unsigned int nr;
};

static int collect(ioasid_t pasid, void *data)
{
	struct collected *all = data;

	if (all->nr == ARRAY_SIZE(all->want))
		return -ENOSPC;
	all->want[all->nr++] = (struct iommu_pasid_want){ .pasid = pasid };
	return 0;
}

static void migrate_rid(struct kunit *test)
{
	static const ioasid_t pasids[] = { 1, 2, 63, 64, 4095, 4096, 65535 };
	struct mock_dev *a = plug(test, 0, 16), *b = plug(test, 0, 16);
	struct collected *all = kunit_kzalloc(test, sizeof(*all), GFP_KERNEL);
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, all);
	for (i = 0; i < ARRAY_SIZE(pasids); i++)
		KUNIT_ASSERT_EQ(test, 0, i & 1 ? attach(a, pasids[i]) :
				iommu_pasid_reserve(a->dev, NULL, pasids[i]));
	KUNIT_EXPECT_EQ(test, 0, iommu_pasid_walk(a->dev, collect, all));
	KUNIT_ASSERT_EQ(test, ARRAY_SIZE(pasids), all->nr);
	for (i = 0; i < all->nr; i++)
		KUNIT_EXPECT_EQ(test, pasids[i], all->want[i].pasid);

	/* Two that are in the way */
	KUNIT_ASSERT_EQ(test, 0, attach(b, 64));
	KUNIT_ASSERT_EQ(test, 0, iommu_pasid_reserve(b->dev, NULL, 4095));
	KUNIT_EXPECT_EQ(test, -EBUSY,
			iommu_pasid_reserve_set(b->dev, NULL, all->want,
						all->nr));
	for (i = 0; i < all->nr; i++)
		KUNIT_EXPECT_EQ(test, i == 3 || i == 4 ? -EBUSY : 0,
				all->want[i].error);
	KUNIT_EXPECT_EQ(test, 2, query(b).live);

	detach(b, 64);
	KUNIT_EXPECT_EQ(test, 0, iommu_pasid_free(b->dev, NULL, 4095));
	KUNIT_EXPECT_EQ(test, 0,
			iommu_pasid_reserve_set(b->dev, NULL, all->want,
						all->nr));
	KUNIT_EXPECT_EQ(test, all->nr, query(b).live);
	KUNIT_EXPECT_EQ(test, 0, attach(b, 4095));
	detach(b, 4095);
	for (i = 1; i < ARRAY_SIZE(pasids); i += 2)
		detach(a, pasids[i]);
}

static void migrate_global(struct kunit *test)
{
	struct iommu_pasid_want want[] = { { 700 }, { 701 }, { 702 }, { 99999 } };
	struct mock_dev *a = plug(test, 0, 16), *b = plug(test, 0, 16);
	struct collected *all = kunit_kzalloc(test, sizeof(*all), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, all);
	KUNIT_ASSERT_EQ(test, 0, set_global(a));
	KUNIT_ASSERT_EQ(test, 0, set_global(b));
	KUNIT_ASSERT_EQ(test, 0, iommu_pasid_reserve(a->dev, NULL, 701));
	KUNIT_EXPECT_EQ(test, -EBUSY,
			iommu_pasid_reserve_set(b->dev, NULL, want, 4));
	KUNIT_EXPECT_EQ(test, 0, want[0].error);
	KUNIT_EXPECT_EQ(test, -EBUSY, want[1].error);
	KUNIT_EXPECT_EQ(test, 0, want[2].error);
	KUNIT_EXPECT_EQ(test, -EINVAL, want[3].error);
	KUNIT_EXPECT_EQ(test, 0, query(b).live);

	KUNIT_EXPECT_EQ(test, 0, iommu_pasid_free(a->dev, NULL, 701));
	KUNIT_EXPECT_EQ(test, 0,
			iommu_pasid_reserve_set(b->dev, NULL, want, 3));
	/* Attached or not, it is told once; what others hold is not told */
	KUNIT_EXPECT_EQ(test, 0, attach(b, 701));
	KUNIT_EXPECT_EQ(test, 0, iommu_pasid_reserve(a->dev, NULL, 650));
	KUNIT_EXPECT_EQ(test, 0, iommu_pasid_walk(b->dev, collect, all));
	KUNIT_EXPECT_EQ(test, 3, all->nr);
	KUNIT_EXPECT_EQ(test, 701, all->want[1].pasid);
	KUNIT_EXPECT_EQ(test, 3, query(b).live);
	detach(b, 701);
	for (int i = 0; i < 3; i++)
		KUNIT_EXPECT_EQ(test, 0,
				iommu_pasid_free(b->dev, NULL, want[i].pasid));
	KUNIT_EXPECT_EQ(test, 0, iommu_pasid_free(a->dev, NULL, 650));
}

/* With the other's lock held this would not end if it were the same */
static void rids_share_no_lock(struct kunit *test)
{
	struct mock_dev *a = plug(test, 0, 8), *b = plug(test, 0, 8);
	struct iommu_pasid_rid *rid_a = iommu_group_pasids(a->dev->iommu_group);
	ioasid_t pasid = alloc(test, b, NULL);
	int ret;

	spin_lock_nested(&rid_a->pool.lock, SINGLE_DEPTH_NESTING);
	ret = iommu_pasid_free(b->dev, NULL, pasid);
	spin_unlock(&rid_a->pool.lock);
	KUNIT_EXPECT_EQ(test, 0, ret);
}

struct free_in_irq {
	struct irq_work work;
	struct mock_dev *rid;
	ioasid_t pasid;
	ioasid_t global;
	int ret;
	bool in_irq;
};

static void free_in_irq(struct irq_work *work)
{
	struct free_in_irq *f = container_of(work, struct free_in_irq, work);

	f->in_irq = in_hardirq();
	f->ret = iommu_pasid_free(f->rid->dev, NULL, f->pasid);
	iommu_free_global_pasid(f->global);
}

/* lockdep compares it with what all other tests do outside of interrupts */
static void free_in_interrupt(struct kunit *test)
{
	struct free_in_irq f = { .rid = plug(test, 0, 8) };

	f.pasid = alloc(test, f.rid, NULL);
	f.global = iommu_alloc_global_pasid(f.rid->dev);
	init_irq_work(&f.work, free_in_irq);
	irq_work_queue(&f.work);
	irq_work_sync(&f.work);
	KUNIT_EXPECT_EQ(test, 0, f.ret);
	if (!f.in_irq)
		kunit_info(test, "irq_work does not run in interrupts here\n");
	KUNIT_EXPECT_EQ(test, 0, query(f.rid).live);
	KUNIT_EXPECT_EQ(test, 0, set_global(f.rid));
}

static void unused_rid_is_small(struct kunit *test)
{
	if (IS_ENABLED(CONFIG_DEBUG_SPINLOCK) || IS_ENABLED(CONFIG_LOCKDEP))
		kunit_skip(test, "locks are larger than they are without debugging");
	KUNIT_EXPECT_LE(test, sizeof(struct iommu_pasid_rid), 64);
}

/* A file of the group in sysfs, which is not mounted; NULL if there is none */
static void expect_file(struct kunit *test, struct mock_dev *mdev,
			const char *name, const char *want)
{
	char *buf = (char *)kunit_kzalloc(test, PAGE_SIZE * 2, GFP_KERNEL);
	struct kernfs_node *link, *file;
	struct kobject *kobj;

	KUNIT_ASSERT_NOT_NULL(test, buf);
	buf = PTR_ALIGN(buf, PAGE_SIZE);
	link = kernfs_find_and_get(mdev->dev->kobj.sd, "iommu_group");
	KUNIT_ASSERT_NOT_NULL(test, link);
	kobj = link->symlink.target_kn->priv;
	kernfs_put(link);
	file = kernfs_find_and_get(kobj->sd, name);
	KUNIT_ASSERT_EQ(test, !want, !file);
	if (!file)
		return;
	get_ktype(kobj)->sysfs_ops->show(kobj, file->priv, buf);
	kernfs_put(file);
	KUNIT_EXPECT_STREQ(test, want, buf);
}

static void sysfs_tells(struct kunit *test)
{
	struct mock_dev *mdev = plug(test, 0, 8), *none = plug(test, 0, 0);
	static const char owner;

	expect_file(test, none, "pasid_limit", NULL);
	expect_file(test, mdev, "pasid_limit", "256\n");
	expect_file(test, mdev, "pasid_scope", "rid\n");
	alloc(test, mdev, NULL);
	KUNIT_ASSERT_EQ(test, 0, attach(mdev, 9));
	expect_file(test, mdev, "pasid_count", "2\n");
	detach(mdev, 9);
	KUNIT_EXPECT_EQ(test, 0, iommu_pasid_free(mdev->dev, NULL, 1));
	KUNIT_ASSERT_EQ(test, 0, set_global(mdev));
	expect_file(test, mdev, "pasid_scope", "global\n");
	KUNIT_ASSERT_EQ(test, 0,
			iommu_device_claim_dma_owner(mdev->dev, (void *)&owner));
	expect_file(test, mdev, "pasid_scope", "owner\n");
	iommu_device_release_dma_owner(mdev->dev);
}

static struct mm_struct *new_mm(struct kunit *test)
{
	struct mm_struct *mm;

	if (IS_ENABLED(CONFIG_X86))
		kunit_skip(test, "the base does not bind processes on x86");
	mm = mm_alloc();
	KUNIT_ASSERT_NOT_NULL(test, mm);
	return mm;
}

static void sva_narrow_and_wide(struct kunit *test, bool narrow_first)
{
	struct mm_struct *mm = new_mm(test);
	struct mock_dev *wide = plug(test, 0, 16), *narrow = plug(test, 0, 8);
	struct mock_dev *first = narrow_first ? narrow : wide;
	struct mock_dev *second = narrow_first ? wide : narrow;
	struct iommu_sva *a, *b;
	ioasid_t pasid;
	unsigned int i;

	/* So that what the wide one has next is beyond the narrow one */
	for (i = 0; i < 300; i++)
		alloc(test, wide, NULL);
	a = iommu_sva_bind_device(first->dev, mm);
	KUNIT_ASSERT_FALSE(test, IS_ERR(a));
	b = iommu_sva_bind_device(second->dev, mm);
	KUNIT_ASSERT_FALSE_MSG(test, IS_ERR(b), "%pe", b);
	pasid = iommu_sva_get_pasid(narrow_first ? a : b);
	KUNIT_EXPECT_LT(test, pasid, 256);
	KUNIT_EXPECT_NOT_NULL(test, narrow->hw[pasid]);
	pasid = iommu_sva_get_pasid(narrow_first ? b : a);
	KUNIT_EXPECT_GE(test, pasid, 256);
	KUNIT_EXPECT_NOT_NULL(test, wide->hw[pasid]);

	/* No number for ENQCMD, though devices use the process */
	KUNIT_EXPECT_TRUE(test, mm_valid_pasid(mm));
	KUNIT_EXPECT_EQ(test, IOMMU_PASID_INVALID, mm_get_enqcmd_pasid(mm));

	/* The driver cannot take it from the process */
	KUNIT_EXPECT_EQ(test, -EPERM, iommu_pasid_free(wide->dev, NULL, pasid));
	iommu_sva_unbind_device(a);
	iommu_sva_unbind_device(b);
	KUNIT_EXPECT_EQ(test, 0, query(narrow).live);
	KUNIT_EXPECT_EQ(test, 300, query(wide).live);
	mmput(mm);
}

static void sva_wide_then_narrow(struct kunit *test)
{
	sva_narrow_and_wide(test, false);
}

static void sva_narrow_then_wide(struct kunit *test)
{
	sva_narrow_and_wide(test, true);
}

static void sva_bond_is_counted(struct kunit *test)
{
	struct mm_struct *mm = new_mm(test);
	struct mock_dev *a = plug(test, 1, 8), *b = plug(test, 1, 8);
	struct iommu_sva *one, *two;

	one = iommu_sva_bind_device(a->dev, mm);
	KUNIT_ASSERT_FALSE(test, IS_ERR(one));
	two = iommu_sva_bind_device(b->dev, mm);
	KUNIT_EXPECT_PTR_EQ(test, one, two);
	iommu_sva_unbind_device(one);
	KUNIT_EXPECT_NOT_NULL(test, a->hw[iommu_sva_get_pasid(two)]);
	iommu_sva_unbind_device(two);
	KUNIT_EXPECT_EQ(test, 0, query(a).live);

	/* A failed bind leaves nothing */
	b->fail = true;
	one = iommu_sva_bind_device(a->dev, mm);
	KUNIT_EXPECT_EQ(test, PTR_ERR(one), -EIO);
	KUNIT_EXPECT_EQ(test, 0, query(a).live);
	mmput(mm);
}

static void sva_global_is_one_number(struct kunit *test)
{
	struct mm_struct *mm = new_mm(test), *mm2 = new_mm(test);
	struct mock_dev *a = plug(test, 0, 16), *b = plug(test, 0, 8);
	struct mock_dev *rid = plug(test, 0, 8);
	struct iommu_sva *on_a, *on_b, *on_rid, *second;
	ioasid_t pasid;

	KUNIT_ASSERT_EQ(test, 0, set_global(a));
	KUNIT_ASSERT_EQ(test, 0, set_global(b));
	on_rid = iommu_sva_bind_device(rid->dev, mm);
	on_a = iommu_sva_bind_device(a->dev, mm);
	on_b = iommu_sva_bind_device(b->dev, mm);
	second = iommu_sva_bind_device(a->dev, mm2);
	KUNIT_ASSERT_FALSE(test, IS_ERR(on_rid) || IS_ERR(on_a) ||
			   IS_ERR(on_b) || IS_ERR(second));
	pasid = iommu_sva_get_pasid(on_a);
	KUNIT_EXPECT_EQ(test, pasid, iommu_sva_get_pasid(on_b));
	KUNIT_EXPECT_EQ(test, pasid, mm_get_enqcmd_pasid(mm));
	KUNIT_EXPECT_NE(test, pasid, mm_get_enqcmd_pasid(mm2));
	KUNIT_EXPECT_EQ(test, iommu_sva_get_pasid(second),
			mm_get_enqcmd_pasid(mm2));
	KUNIT_EXPECT_EQ(test, 2, query(a).live);
	KUNIT_EXPECT_EQ(test, -EBUSY, set_rid(a));
	KUNIT_EXPECT_EQ(test, -EPERM, attach(b, iommu_sva_get_pasid(second)));

	iommu_sva_unbind_device(on_a);
	iommu_sva_unbind_device(on_b);
	iommu_sva_unbind_device(on_rid);
	iommu_sva_unbind_device(second);
	/* It stays the process's for the next device */
	KUNIT_EXPECT_EQ(test, pasid, mm_get_enqcmd_pasid(mm));
	KUNIT_EXPECT_EQ(test, 0, query(a).live);
	KUNIT_EXPECT_EQ(test, 0, set_rid(a));
	mmput(mm);
	mmput(mm2);
}

/* A claimed RID is the owner's: no process gets a number there */
static void sva_on_claimed_rid(struct kunit *test)
{
	struct mm_struct *mm = new_mm(test);
	struct mock_dev *mdev = plug(test, 0, 8);
	static const char owner;

	KUNIT_ASSERT_EQ(test, 0,
			iommu_device_claim_dma_owner(mdev->dev, (void *)&owner));
	KUNIT_EXPECT_EQ(test, PTR_ERR(iommu_sva_bind_device(mdev->dev, mm)),
			-EPERM);
	KUNIT_EXPECT_EQ(test, 0, mdev->calls);
	iommu_device_release_dma_owner(mdev->dev);
	mmput(mm);
}

/* A process of its own, bound to the device. It ends with unbind_process(). */
static struct iommu_sva *bind_process(struct kunit *test, struct mock_dev *mdev)
{
	struct mm_struct *mm = new_mm(test);
	struct iommu_sva *bond = iommu_sva_bind_device(mdev->dev, mm);

	if (IS_ERR(bond))
		mmput(mm);
	return bond;
}

static void unbind_process(struct iommu_sva *bond)
{
	struct mm_struct *mm = bond->handle.domain->mm;

	iommu_sva_unbind_device(bond);
	mmput(mm);
}

/* Another user. Some kernels' override_creds() takes no reference of its own. */
static struct cred *somebody(struct kunit *test, kuid_t uid)
{
	struct cred *cred = prepare_creds();

	KUNIT_ASSERT_NOT_NULL(test, cred);
	cred->uid = uid;
	return cred;
}

/* Of 15 numbers, the processes of one user may have 8 */
static void one_user_cannot_have_all(struct kunit *test)
{
	struct iommu_sva *bonds[8], *other;
	const struct cred *before;
	struct mock_dev *mdev = plug(test, 0, 4);
	struct cred *cred;
	unsigned int i;

	KUNIT_ASSERT_EQ(test, 0, set_global(mdev));
	for (i = 0; i < ARRAY_SIZE(bonds); i++) {
		bonds[i] = bind_process(test, mdev);
		KUNIT_ASSERT_FALSE_MSG(test, IS_ERR(bonds[i]), "%pe", bonds[i]);
	}
	KUNIT_EXPECT_EQ(test, PTR_ERR(bind_process(test, mdev)), -EDQUOT);
	KUNIT_EXPECT_EQ(test, ARRAY_SIZE(bonds), query(mdev).live);

	cred = somebody(test, KUIDT_INIT(4711));
	before = override_creds(cred);
	other = bind_process(test, mdev);
	revert_creds(before);
	put_cred(cred);
	KUNIT_ASSERT_FALSE_MSG(test, IS_ERR(other), "%pe", other);

	/* Who paid, not who is there when the process ends, is paid back */
	unbind_process(other);
	KUNIT_EXPECT_EQ(test, PTR_ERR(bind_process(test, mdev)), -EDQUOT);
	unbind_process(bonds[0]);
	bonds[0] = bind_process(test, mdev);
	KUNIT_EXPECT_FALSE(test, IS_ERR(bonds[0]));
	for (i = 0; i < ARRAY_SIZE(bonds); i++)
		unbind_process(bonds[i]);
	KUNIT_EXPECT_EQ(test, 0, set_rid(mdev));
}

#ifdef CONFIG_CGROUP_MISC
static s64 cgroup_usage(void)
{
	struct misc_cg *cgroup = get_current_misc_cg();
	s64 usage = atomic64_read(&cgroup->res[MISC_CG_RES_PASID].usage);

	put_misc_cg(cgroup);
	return usage;
}

static void cgroup_pays(struct kunit *test)
{
	struct mock_dev *a = plug(test, 0, 8), *b = plug(test, 0, 8);
	struct mock_dev *rid = plug(test, 0, 8);
	struct misc_cg *cgroup = get_current_misc_cg();
	struct misc_res *res = &cgroup->res[MISC_CG_RES_PASID];
	s64 usage = cgroup_usage();
	struct iommu_sva *bond, *again;
	u64 max = res->max;

	KUNIT_ASSERT_EQ(test, 0, set_global(a));
	KUNIT_ASSERT_EQ(test, 0, set_global(b));
	WRITE_ONCE(res->max, usage + 1);
	bond = bind_process(test, a);
	KUNIT_EXPECT_FALSE(test, IS_ERR(bond));
	/* Once for a process, whatever it is bound to */
	again = iommu_sva_bind_device(b->dev, bond->handle.domain->mm);
	KUNIT_EXPECT_FALSE(test, IS_ERR(again));
	KUNIT_EXPECT_EQ(test, usage + 1, cgroup_usage());
	KUNIT_EXPECT_EQ(test, PTR_ERR(bind_process(test, b)), -EBUSY);
	KUNIT_EXPECT_EQ(test, usage + 1, cgroup_usage());
	iommu_sva_unbind_device(again);

	/* It is for the system's numbers; a RID's are nobody else's loss */
	again = bind_process(test, rid);
	KUNIT_EXPECT_FALSE(test, IS_ERR(again));
	unbind_process(again);
	KUNIT_EXPECT_EQ(test, usage + 1, cgroup_usage());
	unbind_process(bond);
	KUNIT_EXPECT_EQ(test, usage, cgroup_usage());
	WRITE_ONCE(res->max, max);
	put_misc_cg(cgroup);
}
#else
static s64 cgroup_usage(void)
{
	return 0;
}

static void cgroup_pays(struct kunit *test)
{
	kunit_skip(test, "needs CONFIG_CGROUP_MISC");
}
#endif

/*
 * Each act is done over and over, with another allocation of it failing each
 * time, until there is none left that could.
 */
struct shortage {
	struct mock_dev *mdev;
	struct mm_struct *mm;
	struct iommu_sva *bond;
	struct iommu_attach_handle handle;
	ioasid_t pasid;
	struct iommu_pasid_want want[3];
};

/**
 * struct act - something that takes memory
 * @name: for people
 * @least: so many failures are possible
 * @global: of the scope
 * @process: it takes a process
 * @run: does it
 * @undo: takes it back
 */
struct act {
	const char *name;
	unsigned int least;
	bool global;
	bool process;
	int (*run)(struct shortage *s);
	void (*undo)(struct shortage *s);
};

static int act_alloc(struct shortage *s)
{
	return iommu_pasid_alloc(s->mdev->dev, NULL, &s->pasid);
}

static void act_free(struct shortage *s)
{
	WARN_ON(iommu_pasid_free(s->mdev->dev, NULL, s->pasid));
}

static int act_alloc_owned(struct shortage *s)
{
	return iommu_pasid_alloc(s->mdev->dev, &alice, &s->pasid);
}

static void act_free_owned(struct shortage *s)
{
	WARN_ON(iommu_pasid_free(s->mdev->dev, &alice, s->pasid));
}

static int act_reserve(struct shortage *s)
{
	s->pasid = 40000;
	return iommu_pasid_reserve(s->mdev->dev, &alice, s->pasid);
}

static int act_reserve_set(struct shortage *s)
{
	static const struct iommu_pasid_want want[] = {
		{ 5 }, { 5000 }, { 60000 },
	};

	memcpy(s->want, want, sizeof(want));
	return iommu_pasid_reserve_set(s->mdev->dev, &alice, s->want,
				       ARRAY_SIZE(s->want));
}

static void act_free_set(struct shortage *s)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(s->want); i++)
		WARN_ON(iommu_pasid_free(s->mdev->dev, &alice,
					 s->want[i].pasid));
}

static int act_attach(struct shortage *s)
{
	s->pasid = 50000;
	return attach(s->mdev, s->pasid);
}

static void act_detach(struct shortage *s)
{
	detach(s->mdev, s->pasid);
}

static int act_call(struct shortage *s)
{
	s->pasid = iommu_alloc_global_pasid(s->mdev->dev);
	return s->pasid == IOMMU_PASID_INVALID ? -ENOMEM : 0;
}

static void act_free_call(struct shortage *s)
{
	iommu_free_global_pasid(s->pasid);
}

static int act_take_and_attach(struct shortage *s)
{
	int ret = act_alloc_owned(s);

	if (ret)
		return ret;
	s->handle.owner = &alice;
	ret = iommu_attach_device_pasid(&mock_domain, s->mdev->dev, s->pasid,
					&s->handle);
	if (ret)
		act_free_owned(s);
	return ret;
}

static void act_detach_and_free(struct shortage *s)
{
	detach(s->mdev, s->pasid);
	act_free_owned(s);
}

static int act_bind(struct shortage *s)
{
	s->bond = iommu_sva_bind_device(s->mdev->dev, s->mm);
	return PTR_ERR_OR_ZERO(s->bond);
}

static void act_unbind(struct shortage *s)
{
	iommu_sva_unbind_device(s->bond);
}

static const struct act acts[] = {
	{ "alloc", 2, false, false, act_alloc, act_free },
	{ "alloc_owned", 3, false, false, act_alloc_owned, act_free_owned },
	{ "reserve", 4, false, false, act_reserve, act_free_owned },
	{ "reserve_set", 7, false, false, act_reserve_set, act_free_set },
	{ "attach_chosen", 3, false, false, act_attach, act_detach },
	{ "attach_owned", 3, false, false, act_take_and_attach,
	  act_detach_and_free },
	{ "bind", 5, false, true, act_bind, act_unbind },
	{ "global_alloc", 0, true, false, act_alloc, act_free },
	{ "global_reserve", 1, true, false, act_reserve, act_free_owned },
	{ "global_reserve_set", 1, true, false, act_reserve_set, act_free_set },
	{ "global_attach", 2, true, false, act_take_and_attach,
	  act_detach_and_free },
	{ "global_call", 0, true, false, act_call, act_free_call },
	{ "global_bind", 5, true, true, act_bind, act_unbind },
};

static void act_desc(const struct act *act, char *desc)
{
	strscpy(desc, act->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(act, acts, act_desc);

/* Nothing is held or attached, and nobody pays */
static void expect_nothing(struct kunit *test, struct mock_dev *mdev,
			   bool global, s64 usage)
{
	struct iommu_pasid_info info = query(mdev);
	unsigned int i, attached = 0;

	for (i = 0; i < mdev->max; i++)
		attached += !!mdev->hw[i];
	KUNIT_EXPECT_EQ(test, 0, attached);
	KUNIT_EXPECT_EQ(test, 0, info.live);
	KUNIT_EXPECT_EQ(test, global, info.scope);
	KUNIT_EXPECT_EQ(test, usage, cgroup_usage());
	/* Would be refused if anything were left; what was allocated is gone */
	KUNIT_EXPECT_EQ(test, 0, global ? set_rid(mdev) : set_global(mdev));
	KUNIT_EXPECT_EQ(test, 0, global ? set_global(mdev) : set_rid(mdev));
}

static void short_of_memory(struct kunit *test)
{
	const struct act *act = test->param_value;
	unsigned int nth = 0, injected = 0;
	struct shortage s = {};
	s64 usage = cgroup_usage();
	bool done = false;
	int ret;

	if (mock_fail_init())
		kunit_skip(test, "needs CONFIG_FAILSLAB and its debugfs files");
	s.mdev = plug(test, 0, 16);
	if (act->global)
		KUNIT_ASSERT_EQ(test, 0, set_global(s.mdev));
	while (!done) {
		if (act->process)
			s.mm = new_mm(test);
		mock_fail_nth(++nth);
		ret = act->run(&s);
		done = mock_fail_done();
		injected += !done;
		KUNIT_EXPECT_TRUE(test, !ret || (ret == -ENOMEM && !done));
		if (!ret) {
			KUNIT_EXPECT_GT(test, query(s.mdev).live, 0);
			act->undo(&s);
		}
		if (act->process)
			mmput(s.mm);
		expect_nothing(test, s.mdev, act->global, usage);
	}
	KUNIT_EXPECT_GE(test, injected, act->least);
	kunit_info(test, "%u failures injected\n", injected);
}

/*
 * A plain model of the rules: arrays and a queue. Random calls go to the core
 * and to the model, and have to end alike.
 */
#define MODEL_RIDS	3
#define MODEL_SPACE	1024
#define MODEL_OPS	1000000
#define MODEL_SEED	0x50415349

enum { NOBODY, DRIVER, ALICE, BOB, PROCESS, DRIVER_OF };

struct model_pool {
	DECLARE_BITMAP(taken, MODEL_SPACE);
	u8 owner[MODEL_SPACE];
	u8 users[MODEL_SPACE];
	ioasid_t queue[Q + 1];
	unsigned int nr_queue;
};

struct model_rid {
	struct mock_dev *mdev;
	struct model_pool pool;
	bool attached[MODEL_SPACE];
	bool global;
	bool claimed;
};

struct model {
	struct rnd_state rnd;
	struct model_rid rids[MODEL_RIDS];
	struct model_pool global;
	u8 drawn_by[MODEL_SPACE];
	struct iommu_attach_handle handles[PROCESS + 1];
	unsigned int ops;
};

static const void *model_cookie(unsigned int owner)
{
	static const char process;
	static const void * const cookies[] = {
		[DRIVER] = NULL, [ALICE] = &alice, [BOB] = &bob,
		[PROCESS] = &process,
	};

	return cookies[owner];
}

static void model_pool_clear(struct model_pool *pool)
{
	memset(pool, 0, sizeof(*pool));
	__set_bit(0, pool->taken);
}

static void model_unqueue(struct model_pool *pool, unsigned int i)
{
	pool->nr_queue--;
	memmove(&pool->queue[i], &pool->queue[i + 1],
		(pool->nr_queue - i) * sizeof(*pool->queue));
}

static void model_take(struct model_pool *pool, ioasid_t pasid, u8 owner)
{
	unsigned int i;

	for (i = 0; i < pool->nr_queue; i++)
		if (pool->queue[i] == pasid)
			model_unqueue(pool, i--);
	__set_bit(pasid, pool->taken);
	pool->owner[pasid] = owner;
}

static void model_give_back(struct model_pool *pool, ioasid_t pasid)
{
	pool->owner[pasid] = NOBODY;
	pool->queue[pool->nr_queue++] = pasid;
	if (pool->nr_queue > Q) {
		__clear_bit(pool->queue[0], pool->taken);
		model_unqueue(pool, 0);
	}
}

static ioasid_t model_next(struct model_pool *pool, u32 limit)
{
	ioasid_t pasid = find_first_zero_bit(pool->taken, limit);
	unsigned int i;

	if (pasid < limit)
		return pasid;
	for (i = 0; i < pool->nr_queue; i++)
		if (pool->queue[i] < limit)
			return pool->queue[i];
	return 0;
}

static unsigned int model_live(struct model *model, struct model_rid *rid)
{
	unsigned int i, n = 0, me = DRIVER_OF + (rid - model->rids);

	for (i = 1; i < rid->mdev->max; i++)
		n += rid->attached[i] || rid->pool.owner[i] ||
		     (model->global.owner[i] && model->drawn_by[i] == me);
	return n;
}

static u8 model_global_owner(struct model *model, struct model_rid *rid,
			     u8 owner)
{
	return owner == DRIVER ? DRIVER_OF + (rid - model->rids) : owner;
}

static int model_take_number(struct model *model, struct model_rid *rid,
			     u8 owner, ioasid_t want, ioasid_t *pasid)
{
	struct model_pool *pool = rid->global ? &model->global : &rid->pool;
	bool held;

	*pasid = want ?: model_next(pool, rid->mdev->max);
	if (want >= rid->mdev->max)
		return -EINVAL;
	if (owner != DRIVER && rid->claimed)
		return -EPERM;
	if (!*pasid)
		return -ENOSPC;
	held = pool->owner[*pasid] ||
	       (!rid->global && rid->attached[*pasid]);
	if (held)
		return -EBUSY;
	if (rid->global) {
		model->drawn_by[*pasid] = DRIVER_OF + (rid - model->rids);
		owner = model_global_owner(model, rid, owner);
	}
	model_take(pool, *pasid, owner);
	return 0;
}

static int model_free(struct model *model, struct model_rid *rid, u8 owner,
		      ioasid_t pasid)
{
	struct model_pool *pool = rid->global ? &model->global : &rid->pool;

	if (rid->global)
		owner = model_global_owner(model, rid, owner);
	if (pasid >= MODEL_SPACE || !pool->owner[pasid])
		return -ENOENT;
	if (pool->owner[pasid] != owner)
		return -EPERM;
	if (rid->global ? pool->users[pasid] : rid->attached[pasid])
		return -EBUSY;
	model_give_back(pool, pasid);
	return 0;
}

static int model_attach(struct model *model, struct model_rid *rid, u8 owner,
			ioasid_t pasid)
{
	u8 held_by;

	if (!pasid || pasid >= rid->mdev->max)
		return -EINVAL;
	if (owner != DRIVER && rid->claimed)
		return -EPERM;
	if (rid->global) {
		held_by = model->global.owner[pasid];
		if (rid->attached[pasid])
			return -EBUSY;
		if (!held_by)
			return -ENOENT;
		if (held_by != model_global_owner(model, rid, owner))
			return -EPERM;
		model->global.users[pasid]++;
	} else {
		held_by = rid->pool.owner[pasid];
		if (held_by && held_by != owner)
			return -EPERM;
		if (rid->attached[pasid])
			return -EBUSY;
		if (!held_by && owner != DRIVER)
			return -ENOENT;
		if (!held_by)
			model_take(&rid->pool, pasid, NOBODY);
	}
	rid->attached[pasid] = true;
	return 0;
}

static void model_detach(struct model *model, struct model_rid *rid,
			 ioasid_t pasid)
{
	rid->attached[pasid] = false;
	if (rid->global)
		model->global.users[pasid]--;
	else if (!rid->pool.owner[pasid])
		model_give_back(&rid->pool, pasid);
}

static u32 model_random(struct model *model, u32 below)
{
	return prandom_u32_state(&model->rnd) % below;
}

/* Everything that the RID holds goes, in the core and in the model */
static void model_drain(struct kunit *test, struct model *model,
			struct model_rid *rid, bool detach_only)
{
	struct model_pool *pool = rid->global ? &model->global : &rid->pool;
	unsigned int me = DRIVER_OF + (rid - model->rids), o;
	ioasid_t i;

	for (i = 1; i < rid->mdev->max; i++) {
		if (rid->attached[i]) {
			detach(rid->mdev, i);
			model_detach(model, rid, i);
			model->ops++;
		}
		/* Others may have attached what this one drew */
		if (detach_only || !pool->owner[i] ||
		    (rid->global &&
		     (model->drawn_by[i] != me || pool->users[i])))
			continue;
		o = pool->owner[i] >= DRIVER_OF ? DRIVER : pool->owner[i];
		KUNIT_ASSERT_EQ(test, model_free(model, rid, o, i),
				iommu_pasid_free(rid->mdev->dev,
						 model_cookie(o), i));
		model->ops++;
	}
}

static void model_check(struct kunit *test, struct model *model,
			struct model_rid *rid, struct collected *all)
{
	struct mock_dev *mdev = rid->mdev;
	struct iommu_pasid_info info = query(mdev);
	unsigned int me = DRIVER_OF + (rid - model->rids), n = 0;
	ioasid_t i;

	KUNIT_ASSERT_EQ(test, model_live(model, rid), info.live);
	KUNIT_ASSERT_EQ(test, rid->global, info.scope);
	KUNIT_ASSERT_EQ(test, rid->claimed, info.claimed);
	all->nr = 0;
	KUNIT_ASSERT_EQ(test, 0, iommu_pasid_walk(mdev->dev, collect, all));
	for (i = 1; i < mdev->max; i++) {
		KUNIT_ASSERT_EQ(test, rid->attached[i], !!mdev->hw[i]);
		if (rid->attached[i] || rid->pool.owner[i] ||
		    (model->global.owner[i] && model->drawn_by[i] == me))
			KUNIT_ASSERT_EQ(test, i, all->want[n++].pasid);
	}
	KUNIT_ASSERT_EQ(test, n, all->nr);
}

static void model_change_hands(struct kunit *test, struct model *model,
			       struct model_rid *rid)
{
	struct device *dev = rid->mdev->dev;
	bool global = model_random(model, 2);
	unsigned int live;
	int want;

	/* An owner that goes leaves numbers, but no attachments */
	if (model_random(model, 8))
		model_drain(test, model, rid, rid->claimed);
	live = model_live(model, rid);

	if (rid->claimed && model_random(model, 2)) {
		model_drain(test, model, rid, true);
		iommu_device_release_dma_owner(dev);
		model_pool_clear(&rid->pool);
		rid->claimed = false;
	} else if (rid->claimed || model_random(model, 2)) {
		want = rid->claimed ? -EPERM :
		       rid->global == global ? 0 : live ? -EBUSY : 0;
		KUNIT_ASSERT_EQ(test, want, iommu_pasid_set_scope(dev, global));
		if (!want && rid->global != global) {
			model_pool_clear(&rid->pool);
			rid->global = global;
		}
	} else {
		want = live ? -EBUSY : 0;
		KUNIT_ASSERT_EQ(test, want,
				iommu_device_claim_dma_owner(dev, model));
		if (!want) {
			model_pool_clear(&rid->pool);
			rid->claimed = true;
			rid->global = false;
		}
	}
}

/* The process's number, which is no RID's */
static void model_process(struct kunit *test, struct model *model,
			  struct model_rid *rid)
{
	ioasid_t pasid = 0, want = model_next(&model->global, rid->mdev->max);
	int ret;

	if (model_random(model, 2)) {
		ret = iommu_pasid_alloc_process(rid->mdev->dev,
						model_cookie(PROCESS), &pasid);
		KUNIT_ASSERT_EQ(test, want ? 0 : -ENOSPC, ret);
		if (ret)
			return;
		KUNIT_ASSERT_EQ(test, want, pasid);
		model_take(&model->global, pasid, PROCESS);
		model->drawn_by[pasid] = NOBODY;
		return;
	}
	pasid = model_random(model, MODEL_SPACE);
	if (model->global.owner[pasid] == PROCESS &&
	    !model->global.users[pasid]) {
		iommu_free_global_pasid(pasid);
		model_give_back(&model->global, pasid);
	}
}

static void model_step(struct kunit *test, struct model *model)
{
	struct model_rid *rid = &model->rids[model_random(model, MODEL_RIDS)];
	/* Phases in which more is taken, and in which more is given back */
	unsigned int op = model_random(model, 16) + (model->ops >> 14) % 2 * 4;
	u8 owner = model_random(model, 4) ? DRIVER :
		   DRIVER + model_random(model, 4);
	ioasid_t pasid = model_random(model, rid->mdev->max + 2), got, want;
	struct device *dev = rid->mdev->dev;
	unsigned int calls = rid->mdev->calls;
	int ret;

	model->ops++;
	if (op < 6) {
		ret = model_take_number(model, rid, owner, 0, &want);
		KUNIT_ASSERT_EQ(test, ret,
				iommu_pasid_alloc(dev, model_cookie(owner),
						  &got));
		if (!ret)
			KUNIT_ASSERT_EQ(test, want, got);
	} else if (op < 8) {
		ret = pasid ? model_take_number(model, rid, owner, pasid,
						&want) : -EINVAL;
		KUNIT_ASSERT_EQ(test, ret,
				iommu_pasid_reserve(dev, model_cookie(owner),
						    pasid));
	} else if (op < 11) {
		ret = model_attach(model, rid, owner, pasid);
		KUNIT_ASSERT_EQ(test, ret,
				iommu_attach_device_pasid(&mock_domain, dev,
							  pasid,
							  &model->handles[owner]));
		KUNIT_ASSERT_EQ(test, calls + !ret, rid->mdev->calls);
	} else if (op < 13) {
		ret = pasid < rid->mdev->max && rid->attached[pasid];
		detach(rid->mdev, pasid);
		if (ret)
			model_detach(model, rid, pasid);
		KUNIT_ASSERT_EQ(test, calls + ret, rid->mdev->calls);
	} else {
		KUNIT_ASSERT_EQ(test, model_free(model, rid, owner, pasid),
				iommu_pasid_free(dev, model_cookie(owner),
						 pasid));
	}
}

static void like_the_model(struct kunit *test)
{
	struct model *model = kvzalloc(sizeof(*model), GFP_KERNEL);
	struct collected *all = kvzalloc(sizeof(*all), GFP_KERNEL);
	static const unsigned int bits[MODEL_RIDS] = { 7, 9, 9 };
	unsigned int i, next = 0;
	ioasid_t pasid;

	if (!model || !all) {
		kvfree(model);
		kvfree(all);
		KUNIT_FAIL_AND_ABORT(test, "no memory for the model");
	}
	KUNIT_ASSERT_EQ(test, 0,
			kunit_add_action_or_reset(test, (void (*)(void *))kvfree,
						  model));
	KUNIT_ASSERT_EQ(test, 0,
			kunit_add_action_or_reset(test, (void (*)(void *))kvfree,
						  all));
	prandom_seed_state(&model->rnd, MODEL_SEED);
	model_pool_clear(&model->global);
	for (i = DRIVER; i <= PROCESS; i++)
		model->handles[i].owner = model_cookie(i);
	for (i = 0; i < MODEL_RIDS; i++) {
		model->rids[i].mdev = plug(test, 0, bits[i]);
		model_pool_clear(&model->rids[i].pool);
	}

	/* The system's pool is older than this test: have known numbers rest */
	KUNIT_ASSERT_EQ(test, 0, set_global(model->rids[1].mdev));
	model->rids[1].global = true;
	for (i = 1; i <= Q; i++) {
		pasid = Q + i - 1;
		KUNIT_ASSERT_EQ(test, 0,
				iommu_pasid_reserve(model->rids[1].mdev->dev,
						    NULL, pasid));
		KUNIT_ASSERT_EQ(test, 0,
				iommu_pasid_free(model->rids[1].mdev->dev,
						 NULL, pasid));
		__set_bit(pasid, model->global.taken);
		model->global.queue[model->global.nr_queue++] = pasid;
	}

	while (model->ops < MODEL_OPS) {
		struct model_rid *rid;

		rid = &model->rids[model_random(model, MODEL_RIDS)];
		model_step(test, model);
		if (!model_random(model, 16))
			model_process(test, model, rid);
		if (!model_random(model, 512))
			model_change_hands(test, model, rid);
		if (model->ops >= next) {
			model_check(test, model, rid, all);
			next = model->ops + 1024;
			cond_resched();
		}
	}
	kunit_info(test, "%u operations, seed %#x\n", model->ops, MODEL_SEED);

	for (i = 0; i < MODEL_RIDS; i++)
		model_drain(test, model, &model->rids[i], true);
	for (i = 0; i < MODEL_RIDS; i++) {
		if (model->rids[i].claimed)
			iommu_device_release_dma_owner(model->rids[i].mdev->dev);
		else
			model_drain(test, model, &model->rids[i], false);
	}
	for (pasid = 1; pasid < MODEL_SPACE; pasid++)
		if (model->global.owner[pasid])
			iommu_free_global_pasid(pasid);
}

#define RACERS		4
#define RACE_ROUNDS	20000

/**
 * struct race - several at once, on two RIDs
 * @test: the test
 * @rids: one in its own space, one that draws from the system's
 * @holder: who has a number of the system's pool, as the racers know it
 * @start: all begin together
 * @end: of all
 * @broken: what must not happen
 */
struct race {
	struct kunit *test;
	struct mock_dev *rids[2];
	atomic_t holder[2][8192];
	struct completion start;
	struct completion end;
	atomic_t broken;
};

struct racer {
	struct race *race;
	unsigned int id;
};

static void race_round(struct racer *racer, struct rnd_state *rnd)
{
	struct race *race = racer->race;
	unsigned int r = prandom_u32_state(rnd) % 2;
	struct iommu_attach_handle handle = { .owner = racer };
	struct device *dev = race->rids[r]->dev;
	struct iommu_pasid_info info;
	ioasid_t pasid, not_mine;

	if (iommu_pasid_alloc(dev, racer, &pasid))
		return;
	if (atomic_cmpxchg(&race->holder[r][pasid], 0, racer->id))
		atomic_inc(&race->broken);

	not_mine = 1 + prandom_u32_state(rnd) % 64;
	if (not_mine != pasid &&
	    !iommu_pasid_free(dev, racer, not_mine))
		atomic_inc(&race->broken);
	iommu_pasid_set_scope(dev, prandom_u32_state(rnd) % 2);

	if (prandom_u32_state(rnd) % 2 &&
	    !iommu_attach_device_pasid(&mock_domain, dev, pasid, &handle)) {
		if (iommu_pasid_free(dev, racer, pasid) != -EBUSY)
			atomic_inc(&race->broken);
		iommu_pasid_query(dev, &info);
		if (!info.live)
			atomic_inc(&race->broken);
		iommu_detach_device_pasid(&mock_domain, dev, pasid);
	}

	if (atomic_cmpxchg(&race->holder[r][pasid], racer->id, 0) != racer->id)
		atomic_inc(&race->broken);
	if (iommu_pasid_free(dev, racer, pasid))
		atomic_inc(&race->broken);
}

static int race_thread(void *data)
{
	struct racer *racer = data;
	struct rnd_state rnd;
	unsigned int i;

	prandom_seed_state(&rnd, racer->id);
	wait_for_completion(&racer->race->start);
	for (i = 0; i < RACE_ROUNDS; i++) {
		race_round(racer, &rnd);
		cond_resched();
	}
	complete(&racer->race->end);
	return 0;
}

/* A number that is held is one RID's and one racer's, whatever the scope does */
static void everything_at_once(struct kunit *test)
{
	struct race *race = kunit_kzalloc(test, sizeof(*race), GFP_KERNEL);
	struct racer racers[RACERS];
	unsigned int i, started = 0;

	KUNIT_ASSERT_NOT_NULL(test, race);
	init_completion(&race->start);
	init_completion(&race->end);
	race->rids[0] = plug(test, 0, 12);
	race->rids[1] = plug(test, 0, 13);
	KUNIT_ASSERT_EQ(test, 0, set_global(race->rids[1]));
	for (i = 0; i < RACERS; i++) {
		racers[i] = (struct racer){ race, i + 1 };
		if (!IS_ERR(kthread_run(race_thread, &racers[i], "pasid-race")))
			started++;
	}
	complete_all(&race->start);
	for (i = 0; i < started; i++)
		wait_for_completion(&race->end);
	KUNIT_EXPECT_EQ(test, RACERS, started);
	KUNIT_EXPECT_EQ(test, 0, atomic_read(&race->broken));
	for (i = 0; i < 2; i++)
		KUNIT_EXPECT_EQ(test, 0, query(race->rids[i]).live);
}

static struct kunit_case pasid_test_cases[] = {
	KUNIT_CASE(alloc_lowest_and_never_zero),
	KUNIT_CASE(no_pasids_no_numbers),
	KUNIT_CASE(rids_have_the_same_numbers),
	KUNIT_CASE(freed_number_rests),
	KUNIT_CASE(narrow_rid_takes_turns),
	KUNIT_CASE(reserve_exactly),
	KUNIT_CASE(only_the_owner_frees),
	KUNIT_CASE(only_the_owner_attaches),
	KUNIT_CASE(only_who_attached_replaces),
	KUNIT_CASE(attached_number_stays),
	KUNIT_CASE(chosen_number_is_held_by_attachment),
	KUNIT_CASE(attach_out_of_range),
	KUNIT_CASE(failed_attach_leaves_nothing),
	KUNIT_CASE(detach_of_something_else),
	KUNIT_CASE(group_is_as_narrow_as_its_devices),
	KUNIT_CASE(late_narrow_device_counts),
	KUNIT_CASE(scope_changes_only_without_numbers),
	KUNIT_CASE(global_number_is_one_for_all),
	KUNIT_CASE(narrow_rid_refuses_wide_number),
	KUNIT_CASE(refused_global_attach_leaves_nothing),
	KUNIT_CASE(global_calls_as_before),
	KUNIT_CASE(one_rid_cannot_have_all),
	KUNIT_CASE(claim_has_the_whole_space),
	KUNIT_CASE(unbind_returns_the_scope),
	KUNIT_CASE(migrate_rid),
	KUNIT_CASE(migrate_global),
	KUNIT_CASE(rids_share_no_lock),
	KUNIT_CASE(free_in_interrupt),
	KUNIT_CASE(unused_rid_is_small),
	KUNIT_CASE(sysfs_tells),
	KUNIT_CASE(sva_wide_then_narrow),
	KUNIT_CASE(sva_narrow_then_wide),
	KUNIT_CASE(sva_bond_is_counted),
	KUNIT_CASE(sva_global_is_one_number),
	KUNIT_CASE(sva_on_claimed_rid),
	KUNIT_CASE(one_user_cannot_have_all),
	KUNIT_CASE(cgroup_pays),
	KUNIT_CASE_PARAM(short_of_memory, act_gen_params),
	KUNIT_CASE_SLOW(like_the_model),
	KUNIT_CASE_SLOW(everything_at_once),
	{}
};

static struct kunit_suite pasid_test_suite = {
	.name = "iommu_pasid",
	.init = pasid_test_init,
	.exit = pasid_test_exit,
	.test_cases = pasid_test_cases,
};

kunit_test_suite(pasid_test_suite);

MODULE_DESCRIPTION("KUnit tests of PASIDs");
MODULE_LICENSE("GPL");
