// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit tests of devices that join a group that is in use.
 */
#include <kunit/test.h>
#include <linux/dma-mapping.h>
#include <linux/iommu.h>
#include <linux/sizes.h>

#include "../../iommu-priv.h"
#include "../../tests/compat.h"
#include "mock_driver.h"

/* For functions that attach with a handle, as iommufd does */
static struct iommu_attach_handle handle;

/* The device follows its group to another domain and back */
static void expect_follows_again(struct kunit *test, struct mock_dev *mdev)
{
	struct iommu_group *group = mdev->dev->iommu_group;

	KUNIT_ASSERT_EQ(test, 0, iommu_attach_group(&mock_identity, group));
	iommu_detach_group(&mock_identity, group);
	mock_expect_on(test, mdev, mock_default_domain(mdev));
	mock_expect_always_direct(test, mdev);
}

static void hotplug_into_default_domain(struct kunit *test)
{
	struct mock_dev *free, *mdev;

	mock_start(test);
	free = mock_plug_new(test, 1, &mock_nothing);
	mdev = mock_plug_new(test, 1, &mock_direct);
	KUNIT_EXPECT_PTR_EQ(test, free->dev->iommu_group,
			    mdev->dev->iommu_group);
	mock_expect_on(test, mdev, mock_default_domain(free));
	mock_expect_always_direct(test, mdev);
	KUNIT_EXPECT_EQ(test, free->nr_log, 1);

	/* From now on the group as a whole cannot be assigned */
	KUNIT_EXPECT_EQ(test, -EPERM,
			iommu_group_claim_dma_owner(free->dev->iommu_group,
						    test));
	mock_unplug(mdev);
	KUNIT_EXPECT_EQ(test, 0,
			iommu_group_claim_dma_owner(free->dev->iommu_group,
						    test));
	iommu_group_release_dma_owner(free->dev->iommu_group);
}

static void hotplug_into_identity(struct kunit *test)
{
	struct mock_dev *free, *mdev;

	mock_start(test);
	free = mock_new_dev(test, 1, &mock_nothing);
	free->type = IOMMU_DOMAIN_IDENTITY;
	mock_plug(test, free);
	mdev = mock_plug_new(test, 1, &mock_direct);
	mock_expect_on(test, mdev, &mock_identity);
	mock_expect_always_direct(test, mdev);
	KUNIT_EXPECT_EQ(test, -EPERM,
			iommu_group_claim_dma_owner(free->dev->iommu_group,
						    test));
}

/* A buffer of a kernel driver is at the addresses of the region */
static void hotplug_default_domain_in_use(struct kunit *test)
{
	struct mock_dev *free, *mdev;

	mock_start(test);
	free = mock_plug_new(test, 1, &mock_nothing);
	KUNIT_ASSERT_EQ(test, 0,
			iommu_map(mock_default_domain(free),
				  mock_direct.regions[0].start, 0x50000000,
				  SZ_4K, RW, GFP_KERNEL));
	mdev = mock_plug_new(test, 1, &mock_direct);
	mock_expect_always_direct(test, mdev);
}

/*
 * The allocator rounds three pages up to four. A device with a region in the
 * fourth must keep it when the buffer is unmapped, and others must still be
 * able to map buffers.
 */
static void hotplug_into_rest_of_buffer(struct kunit *test)
{
	struct firmware *rest = kunit_kzalloc(test, sizeof(*rest), GFP_KERNEL);
	const size_t size = 3 * PAGE_SIZE;
	dma_addr_t iova, again = DMA_MAPPING_ERROR;
	struct mock_dev *free, *mdev;
	void *buffer;

	KUNIT_ASSERT_NOT_NULL(test, rest);
	buffer = kunit_kmalloc(test, 4 * PAGE_SIZE, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, buffer);
	mock_start(test);
	free = mock_plug_new(test, 1, &mock_nothing);
	iova = dma_map_single(free->dev, buffer, size, DMA_BIDIRECTIONAL);
	KUNIT_ASSERT_FALSE(test, dma_mapping_error(free->dev, iova));

	rest->regions[0] =
		(struct region){ iova + size, PAGE_SIZE, RW, DIRECT, TABLE };
	mdev = mock_new_dev(test, 1, rest);
	mock_plug(test, mdev);
	KUNIT_EXPECT_NOT_NULL(test, mdev->dev->iommu_group);
	mock_expect_always_direct(test, mdev);

	dma_unmap_single(free->dev, iova, size, DMA_BIDIRECTIONAL);
	again = dma_map_single(free->dev, buffer, 4 * PAGE_SIZE,
			       DMA_BIDIRECTIONAL);
	KUNIT_EXPECT_FALSE(test, dma_mapping_error(free->dev, again));
	mock_expect_always_direct(test, mdev);
	if (!dma_mapping_error(free->dev, again))
		dma_unmap_single(free->dev, again, 4 * PAGE_SIZE,
				 DMA_BIDIRECTIONAL);

	/* With the buffers unmapped, the default domain can map the region */
	expect_follows_again(test, mdev);
}

/* A buffer at the addresses of a relaxable region does not park the device */
static void hotplug_relaxable_in_use(struct kunit *test)
{
	struct firmware *firmware =
		kunit_kzalloc(test, sizeof(*firmware), GFP_KERNEL);
	void *buffer = kunit_kmalloc(test, PAGE_SIZE, GFP_KERNEL);
	struct mock_dev *free, *mdev;
	struct kmsg_dump_iter mark;
	struct iommu_domain *domain;
	dma_addr_t iova;

	KUNIT_ASSERT_NOT_NULL(test, firmware);
	KUNIT_ASSERT_NOT_NULL(test, buffer);
	mock_start(test);
	free = mock_plug_new(test, 1, &mock_nothing);
	domain = mock_default_domain(free);
	iova = dma_map_single(free->dev, buffer, PAGE_SIZE, DMA_BIDIRECTIONAL);
	KUNIT_ASSERT_FALSE(test, dma_mapping_error(free->dev, iova));

	*firmware = (struct firmware){ {
		{ iova, PAGE_SIZE, RW, RELAXABLE, "USED table" },
		{ 0x10000000, SZ_64K, RW, DIRECT, TABLE },
		{ 0x20000000, SZ_64K, RW, RELAXABLE, TABLE },
	} };
	mark = mock_log_mark();
	mdev = mock_plug_new(test, 1, firmware);
	mock_expect_on(test, mdev, domain);
	mock_expect_always_direct(test, mdev);
	KUNIT_EXPECT_TRUE(test, mock_domain_maps(to_mock_domain(domain),
						 0x20000000, 0x2000ffff, RW));
	/* The buffer stays mapped, and the conflict is logged once */
	KUNIT_EXPECT_EQ(test, virt_to_phys(buffer),
			iommu_iova_to_phys(domain, iova));
	KUNIT_EXPECT_EQ(test, 1, mock_log_count(&mark, dev_name(mdev->dev),
						"USED table", NULL));
	KUNIT_EXPECT_EQ(test, 0, mock_log_count(&mark, TABLE, NULL, NULL));
	KUNIT_EXPECT_EQ(test, 0, iommu_device_use_default_domain(mdev->dev));
	iommu_device_unuse_default_domain(mdev->dev);

	dma_unmap_single(free->dev, iova, PAGE_SIZE, DMA_BIDIRECTIONAL);
	mock_expect_always_direct(test, mdev);
}

/*
 * All DMA of a driver for a parked device would fault. So if attaching the
 * domain of its group fails once more, it gets no driver.
 */
static void hotplug_parked_takes_no_driver(struct kunit *test)
{
	const phys_addr_t start = mock_direct.regions[0].start;
	struct mock_dev *free, *mdev;
	struct kmsg_dump_iter mark;

	mock_start(test);
	free = mock_plug_new(test, 1, &mock_nothing);
	KUNIT_ASSERT_EQ(test, 0,
			iommu_map(mock_default_domain(free), start, 0x50000000,
				  SZ_4K, RW, GFP_KERNEL));
	mark = mock_log_mark();
	mdev = mock_plug_new(test, 1, &mock_direct);
	mock_expect_always_direct(test, mdev);
	KUNIT_EXPECT_EQ(test, -EBUSY,
			iommu_device_use_default_domain(mdev->dev));
	/* The conflict was logged when the device joined */
	KUNIT_EXPECT_EQ(test, 1, mock_log_count(&mark, dev_name(mdev->dev),
						"cannot be mapped", TABLE));
	KUNIT_EXPECT_EQ(test, 1, mock_log_count(&mark, dev_name(mdev->dev),
						"cannot do DMA", "addresses"));
	mock_expect_always_direct(test, mdev);
	/* The other device is not affected */
	KUNIT_EXPECT_EQ(test, 0, iommu_device_use_default_domain(free->dev));

	iommu_unmap(mock_default_domain(free), start, SZ_4K);
	KUNIT_EXPECT_EQ(test, 0, iommu_device_use_default_domain(mdev->dev));
	mock_expect_on(test, mdev, mock_default_domain(free));
	mock_expect_always_direct(test, mdev);
	iommu_device_unuse_default_domain(mdev->dev);
	iommu_device_unuse_default_domain(free->dev);
}

/* A region may overlap that of another device, and need more access */
static void hotplug_with_more_access(struct kunit *test)
{
	static const struct firmware less = { {
		{ 0x10000000, SZ_64K, R, DIRECT, TABLE },
	} };
	struct kmsg_dump_iter mark;
	struct mock_dev *a, *b;

	mock_start(test);
	a = mock_plug_new(test, 1, &less);
	mark = mock_log_mark();
	b = mock_plug_new(test, 1, &mock_direct);
	KUNIT_EXPECT_PTR_NE(test, b->hw, a->hw);
	KUNIT_EXPECT_EQ(test, 1, mock_log_count(&mark, dev_name(b->dev),
						"cannot be mapped", TABLE));
	KUNIT_EXPECT_EQ(test, 0,
			mock_log_count(&mark, dev_name(a->dev), NULL, NULL));
	mock_expect_always_direct(test, a);
	mock_expect_always_direct(test, b);
	mock_unplug(b);
	mock_unplug(a);

	a = mock_plug_new(test, 1, &mock_direct);
	b = mock_plug_new(test, 1, &less);
	mock_expect_on(test, b, mock_default_domain(a));
	mock_expect_always_direct(test, b);
}

/*
 * A region beyond the aperture affects only the device that has it, and only
 * until that is removed.
 */
static void hotplug_out_of_reach(struct kunit *test)
{
	static const struct firmware far = { {
		{ 0x10000000000, SZ_64K, RW, DIRECT, TABLE },
		{ 0x18000000, SZ_64K, RW, DIRECT, TABLE },
	} };
	struct mock_dev *free, *mdev, *near, *again;
	struct iommu_domain *domain;
	struct kmsg_dump_iter mark;
	char name[32];

	mock_iommu->aperture_end = (1ULL << 39) - 1;
	mock_start(test);
	free = mock_plug_new(test, 1, &mock_nothing);
	mark = mock_log_mark();
	mdev = mock_plug_rid(test, 1, 0x100, &far);
	strscpy(name, dev_name(mdev->dev));
	near = mock_plug_new(test, 1, &mock_direct);
	again = mock_plug_new(test, 1, &far);
	mock_expect_on(test, mdev, mock_default_domain(free));
	mock_expect_on(test, again, mock_default_domain(free));
	mock_expect_always_direct(test, near);
	KUNIT_EXPECT_EQ(test, 1,
			mock_log_count(&mark, "cannot be mapped 1:1", NULL,
				       NULL));
	KUNIT_EXPECT_EQ(test, 1,
			mock_log_count(&mark, name, "cannot be mapped 1:1",
				       "0x0000010000000000"));

	/*
	 * Parked, the device has the region in reach. After it is removed, a
	 * new device with its RID has all regions.
	 */
	mock_unplug(again);
	mock_unplug(near);
	mock_unplug(mdev);
	mock_give_to_user(test, free);
	mark = mock_log_mark();
	mock_plug(test, mdev);
	KUNIT_EXPECT_EQ(test, 1,
			mock_log_count(&mark, name, "cannot be mapped 1:1",
				       "0x0000010000000000"));
	KUNIT_ASSERT_NOT_NULL(test, mdev->hw);
	KUNIT_EXPECT_TRUE(test, mock_domain_maps(to_mock_domain(mdev->hw),
						 0x18000000, 0x1800ffff, RW));
	mock_plug(test, near);
	mock_expect_always_direct(test, near);
	mock_unplug(mdev);
	mdev->firmware = &mock_direct;
	mock_plug(test, mdev);
	mock_expect_always_direct(test, mdev);
	iommu_device_release_dma_owner(free->dev);

	/* A domain that cannot reach the region of the device is refused */
	domain = mock_new_shared_domain(test, free);
	domain->geometry.aperture_end = mock_direct.regions[0].start - 1;
	KUNIT_EXPECT_EQ(test, -EPERM,
			iommu_attach_group(domain, free->dev->iommu_group));
	mock_expect_on(test, mdev, mock_default_domain(free));
}

/* What the owner has when a device joins */
struct claim {
	const char *name;
	bool no_blocked_domain;
	bool nothing_attached;
};

static const struct claim claims[] = {
	{ "user_domain", false, false },
	{ "user_domain_no_blocked", true, false },
	{ "nothing_attached", false, true },
	{ "nothing_attached_no_blocked", true, true },
};

static void claim_desc(const struct claim *claim, char *desc)
{
	strscpy(desc, claim->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(claim, claims, claim_desc);

static struct mock_dev *plug_claimed(struct kunit *test,
				     struct iommu_domain **user)
{
	const struct claim *claim = test->param_value;
	struct mock_dev *free;

	if (claim->no_blocked_domain)
		mock_iommu->ops.blocked_domain = NULL;
	mock_start(test);
	free = mock_plug_new(test, 1, &mock_nothing);
	KUNIT_ASSERT_EQ(test, 0, iommu_device_claim_dma_owner(free->dev, test));
	*user = mock_new_domain(test, free);
	if (!claim->nothing_attached)
		KUNIT_ASSERT_EQ(test, 0,
				iommu_attach_group(*user,
						   free->dev->iommu_group));
	return free;
}

static void hotplug_into_claimed_group(struct kunit *test)
{
	struct iommu_domain *user, *second, *used;
	struct mock_dev *free, *mdev;
	struct iommu_group *group;
	unsigned int nr_log;

	free = plug_claimed(test, &user);
	group = free->dev->iommu_group;
	used = free->hw;
	nr_log = free->nr_log;

	/* The device joins the group and keeps its direct regions */
	mdev = mock_plug_new(test, 1, &mock_direct);
	KUNIT_EXPECT_PTR_EQ(test, mdev->dev->iommu_group, group);
	mock_expect_always_direct(test, mdev);
	KUNIT_EXPECT_EQ(test, mock_attaches_to(mdev, used), 0);

	/* It cannot be claimed, and the device of the owner is not affected */
	KUNIT_EXPECT_EQ(test, -EPERM,
			iommu_device_claim_dma_owner(mdev->dev, test));
	KUNIT_EXPECT_EQ(test, -EPERM,
			iommu_device_claim_dma_owner(mdev->dev, mock_iommu));
	KUNIT_EXPECT_EQ(test, -EPERM, iommu_device_may_be_owned(mdev->dev));
	KUNIT_EXPECT_EQ(test, 0, iommu_device_may_be_owned(free->dev));
	KUNIT_EXPECT_EQ(test, -EBUSY,
			iommu_device_use_default_domain(mdev->dev));
	KUNIT_EXPECT_EQ(test, free->nr_log, nr_log);
	mock_expect_on(test, free, used);

	/* The owner can attach and replace domains as before */
	if (used == user)
		iommu_detach_group(user, group);
	KUNIT_EXPECT_EQ(test, 0, iommu_attach_group(user, group));
	mock_expect_on(test, free, user);
	second = mock_new_domain(test, free);
	KUNIT_EXPECT_EQ(test, 0,
			iommu_compat_group_replace(group, second, &handle));
	mock_expect_on(test, free, second);
	KUNIT_EXPECT_EQ(test, 0,
			iommu_replace_group_handle(group, user, &handle));
	mock_expect_on(test, free, user);
	KUNIT_EXPECT_EQ(test, 0,
			iommu_compat_group_replace(group, second, &handle));
	iommu_detach_group_handle(second, group);
	KUNIT_EXPECT_PTR_NE(test, free->hw, second);

	/* None of them was attached to the parked device */
	KUNIT_EXPECT_EQ(test, mock_attaches_to(mdev, user), 0);
	KUNIT_EXPECT_EQ(test, mock_attaches_to(mdev, second), 0);
	KUNIT_EXPECT_EQ(test, mock_attaches_to(mdev, free->hw), 0);
	mock_expect_always_direct(test, mdev);

	/* After the release it is attached to the default domain */
	iommu_device_release_dma_owner(free->dev);
	mock_expect_on(test, free, mock_default_domain(free));
	mock_expect_on(test, mdev, mock_default_domain(free));
	mock_expect_always_direct(test, mdev);
	KUNIT_EXPECT_EQ(test, 0, iommu_device_use_default_domain(mdev->dev));
	iommu_device_unuse_default_domain(mdev->dev);
	KUNIT_EXPECT_EQ(test, -EPERM, iommu_group_claim_dma_owner(group, test));
	KUNIT_EXPECT_EQ(test, -EPERM, iommu_attach_group(user, group));
	mock_expect_on(test, free, mock_default_domain(free));
}

/* Released with the domain of the owner attached, as at process exit */
static void hotplug_into_claimed_group_released(struct kunit *test)
{
	struct mock_dev *free, *mdev;
	struct iommu_domain *user;

	free = plug_claimed(test, &user);
	mdev = mock_plug_new(test, 1, &mock_direct);
	iommu_device_release_dma_owner(free->dev);
	mock_expect_on(test, free, mock_default_domain(free));
	mock_expect_on(test, mdev, mock_default_domain(free));
	mock_expect_always_direct(test, mdev);
	KUNIT_EXPECT_EQ(test, mock_attaches_to(mdev, user), 0);
}

static void hotplug_into_claimed_group_and_out(struct kunit *test)
{
	struct mock_dev *free, *mdev;
	struct iommu_domain *user, *used;
	struct iommu_group *group;
	unsigned int i;

	free = plug_claimed(test, &user);
	group = free->dev->iommu_group;
	used = free->hw;

	mdev = mock_new_dev(test, 1, &mock_direct);
	for (i = 0; i < 3; i++) {
		mock_plug(test, mdev);
		KUNIT_EXPECT_PTR_EQ(test, mdev->dev->iommu_group, group);
		mock_expect_always_direct(test, mdev);
		KUNIT_EXPECT_EQ(test, mock_attaches_to(mdev, used), 0);
		mock_unplug(mdev);
		mock_expect_on(test, free, used);
		/* Not to identity, since the group has an owner */
		KUNIT_EXPECT_EQ(test, mock_attaches_to(mdev, &mock_identity),
				0);
	}

	/* Once it is removed, the group can be claimed again */
	iommu_device_release_dma_owner(free->dev);
	mock_expect_on(test, free, mock_default_domain(free));
	KUNIT_EXPECT_EQ(test, 0, iommu_group_claim_dma_owner(group, test));
	iommu_group_release_dma_owner(group);
}

static void hotplug_two_into_claimed_group(struct kunit *test)
{
	static const struct firmware second = { {
		{ 0x11000000, SZ_64K, RW, DIRECT, TABLE },
	} };
	struct mock_dev *free, *a, *b;
	struct iommu_domain *user;

	free = plug_claimed(test, &user);
	a = mock_plug_new(test, 1, &mock_direct);
	b = mock_plug_new(test, 1, &second);
	mock_expect_always_direct(test, a);
	mock_expect_always_direct(test, b);
	mock_unplug(a);
	mock_expect_always_direct(test, b);
	iommu_device_release_dma_owner(free->dev);
	mock_expect_on(test, b, mock_default_domain(free));
	mock_expect_always_direct(test, b);
}

/* Devices without direct regions follow the group, as they always did */
static void hotplug_free_into_claimed_group(struct kunit *test)
{
	struct mock_dev *free, *a, *b;
	struct iommu_domain *user;

	free = plug_claimed(test, &user);
	a = mock_plug_new(test, 1, &mock_nothing);
	b = mock_plug_new(test, 1, &mock_relaxable);
	mock_expect_on(test, a, free->hw);
	mock_expect_on(test, b, free->hw);
	KUNIT_EXPECT_EQ(test, 0, iommu_device_claim_dma_owner(a->dev, test));
	iommu_device_release_dma_owner(a->dev);
	iommu_device_release_dma_owner(free->dev);
	mock_expect_on(test, a, mock_default_domain(free));
	mock_expect_on(test, b, mock_default_domain(free));
}

/* The default domain maps something else at the addresses of the region */
static void hotplug_into_claimed_group_in_use(struct kunit *test)
{
	struct mock_dev *free, *mdev;
	struct iommu_domain *user;

	free = plug_claimed(test, &user);
	KUNIT_ASSERT_EQ(test, 0,
			iommu_map(mock_default_domain(free),
				  mock_direct.regions[0].start, 0x50000000,
				  SZ_4K, RW, GFP_KERNEL));
	mdev = mock_plug_new(test, 1, &mock_direct);
	mock_expect_always_direct(test, mdev);
	iommu_device_release_dma_owner(free->dev);
	mock_expect_on(test, free, mock_default_domain(free));
	mock_expect_always_direct(test, mdev);

	/* Once that is unmapped, the region can be mapped */
	iommu_unmap(mock_default_domain(free), mock_direct.regions[0].start,
		    SZ_4K);
	expect_follows_again(test, mdev);
}

/* The owner could unmap what it has mapped, so that does not count */
static void hotplug_beside_user_domain_with_maps(struct kunit *test)
{
	struct mock_dev *free, *mdev;
	struct iommu_domain *user;

	mock_start(test);
	free = mock_plug_new(test, 1, &mock_nothing);
	KUNIT_ASSERT_EQ(test, 0, iommu_device_claim_dma_owner(free->dev, test));
	user = mock_new_domain(test, free);
	mdev = mock_new_dev(test, 1, &mock_direct);
	mock_map_direct(test, user, mdev);
	KUNIT_ASSERT_EQ(test, 0,
			iommu_attach_group(user, free->dev->iommu_group));

	mock_plug(test, mdev);
	KUNIT_EXPECT_EQ(test, mock_attaches_to(mdev, user), 0);
	mock_expect_always_direct(test, mdev);
	KUNIT_EXPECT_EQ(test, SZ_64K,
			iommu_unmap(user, mock_direct.regions[0].start,
				    SZ_64K));
	iommu_device_release_dma_owner(free->dev);
	mock_expect_on(test, mdev, mock_default_domain(free));
}

/* A kernel driver has attached a domain without a claim */
static void hotplug_beside_kernel_domain(struct kunit *test)
{
	struct mock_dev *free, *mdev;
	struct iommu_domain *domain;

	mock_start(test);
	free = mock_plug_new(test, 1, &mock_nothing);
	domain = mock_new_domain(test, free);
	KUNIT_ASSERT_EQ(test, 0,
			iommu_attach_group(domain, free->dev->iommu_group));

	mdev = mock_plug_new(test, 1, &mock_direct);
	mock_expect_always_direct(test, mdev);
	KUNIT_EXPECT_EQ(test, mock_attaches_to(mdev, domain), 0);
	mock_expect_on(test, free, domain);

	iommu_detach_group(domain, free->dev->iommu_group);
	mock_expect_on(test, free, mock_default_domain(free));
	mock_expect_on(test, mdev, mock_default_domain(free));
	mock_expect_always_direct(test, mdev);
}

/* A driver may attach the default domain of another device's group */
static void hotplug_beside_default_domain_of_another_group(struct kunit *test)
{
	struct mock_dev *free, *other, *mdev;
	struct iommu_domain *domain;

	mock_start(test);
	free = mock_plug_new(test, 1, &mock_nothing);
	other = mock_plug_new(test, 2, &mock_nothing);
	domain = mock_default_domain(other);
	KUNIT_ASSERT_EQ(test, 0, iommu_device_use_default_domain(free->dev));
	KUNIT_ASSERT_EQ(test, 0,
			iommu_attach_group(domain, free->dev->iommu_group));

	mdev = mock_plug_new(test, 1, &mock_direct);
	KUNIT_EXPECT_EQ(test, mock_attaches_to(mdev, domain), 0);
	mock_expect_always_direct(test, mdev);
	mock_expect_on(test, free, domain);

	iommu_detach_group(domain, free->dev->iommu_group);
	mock_expect_on(test, mdev, mock_default_domain(free));
	mock_expect_always_direct(test, mdev);
	iommu_device_unuse_default_domain(free->dev);
}

static const bool shareds[] = { false, true };

static void shared_desc(const bool *shared, char *desc)
{
	strscpy(desc, *shared ? "keep_direct" : "own", KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(shared, shareds, shared_desc);

/* Mappings of a driver count only if it leaves the regions to the core */
static void hotplug_beside_kernel_domain_with_maps(struct kunit *test)
{
	const bool *shared = test->param_value;
	struct mock_dev *free, *mdev;
	struct iommu_domain *domain;

	mock_start(test);
	free = mock_plug_new(test, 1, &mock_nothing);
	domain = mock_new_domain(test, free);
	mdev = mock_new_dev(test, 1, &mock_direct);
	mock_map_direct(test, domain, mdev);
	if (*shared)
		iommu_domain_keep_direct(domain);
	KUNIT_ASSERT_EQ(test, 0,
			iommu_attach_group(domain, free->dev->iommu_group));

	mock_plug(test, mdev);
	KUNIT_EXPECT_EQ(test, *shared, mdev->hw == domain);
	mock_expect_always_direct(test, mdev);
	iommu_detach_group(domain, free->dev->iommu_group);
	mock_expect_on(test, mdev, mock_default_domain(free));
	mock_expect_always_direct(test, mdev);
}

/*
 * If the driver leaves the regions to the core, those of a device that joins
 * are mapped in its domain, unless something else is mapped there.
 */
static void hotplug_beside_shared_domain(struct kunit *test)
{
	const phys_addr_t start = mock_direct.regions[0].start;
	struct mock_dev *free, *mdev;
	struct iommu_domain *domain;

	mock_start(test);
	free = mock_plug_new(test, 1, &mock_nothing);
	domain = mock_new_shared_domain(test, free);
	KUNIT_ASSERT_EQ(test, 0,
			iommu_attach_group(domain, free->dev->iommu_group));
	KUNIT_ASSERT_EQ(test, 0, iommu_map(domain, start, 0x50000000, SZ_4K, RW,
					   GFP_KERNEL));
	mdev = mock_plug_new(test, 1, &mock_direct);
	KUNIT_EXPECT_EQ(test, mock_attaches_to(mdev, domain), 0);
	mock_expect_always_direct(test, mdev);
	mock_unplug(mdev);

	iommu_unmap(domain, start, SZ_4K);
	mock_plug(test, mdev);
	mock_expect_on(test, mdev, domain);
	mock_expect_always_direct(test, mdev);
	iommu_detach_group(domain, free->dev->iommu_group);
	mock_expect_on(test, mdev, mock_default_domain(free));
}

/* An IOMMU driver that can map only after attaching a domain */
static void hotplug_map_after_attach(struct kunit *test)
{
	struct mock_dev *free, *mdev;
	struct iommu_domain *user;

	mock_iommu->map_after_attach = true;
	mock_start(test);
	free = mock_plug_new(test, 1, &mock_nothing);
	user = mock_give_to_user(test, free);

	mdev = mock_plug_new(test, 1, &mock_direct);
	KUNIT_EXPECT_EQ(test, mock_attaches_to(mdev, user), 0);
	mock_expect_direct_now(test, mdev);
	iommu_device_release_dma_owner(free->dev);
	mock_expect_on(test, mdev, mock_default_domain(free));
	mock_expect_direct_now(test, mdev);
}

static struct kunit_case hotplug_test_cases[] = {
	KUNIT_CASE(hotplug_into_default_domain),
	KUNIT_CASE(hotplug_into_identity),
	KUNIT_CASE(hotplug_default_domain_in_use),
	KUNIT_CASE(hotplug_into_rest_of_buffer),
	KUNIT_CASE(hotplug_relaxable_in_use),
	KUNIT_CASE(hotplug_parked_takes_no_driver),
	KUNIT_CASE(hotplug_with_more_access),
	KUNIT_CASE(hotplug_out_of_reach),
	KUNIT_CASE_PARAM(hotplug_into_claimed_group, claim_gen_params),
	KUNIT_CASE_PARAM(hotplug_into_claimed_group_released, claim_gen_params),
	KUNIT_CASE_PARAM(hotplug_into_claimed_group_and_out, claim_gen_params),
	KUNIT_CASE_PARAM(hotplug_two_into_claimed_group, claim_gen_params),
	KUNIT_CASE_PARAM(hotplug_free_into_claimed_group, claim_gen_params),
	KUNIT_CASE_PARAM(hotplug_into_claimed_group_in_use, claim_gen_params),
	KUNIT_CASE(hotplug_beside_user_domain_with_maps),
	KUNIT_CASE(hotplug_beside_kernel_domain),
	KUNIT_CASE(hotplug_beside_default_domain_of_another_group),
	KUNIT_CASE_PARAM(hotplug_beside_kernel_domain_with_maps,
			 shared_gen_params),
	KUNIT_CASE(hotplug_beside_shared_domain),
	KUNIT_CASE(hotplug_map_after_attach),
	{}
};

static struct kunit_suite hotplug_test_suite = {
	.name = "iommu_hotplug",
	.init = mock_test_init,
	.exit = mock_test_exit,
	.test_cases = hotplug_test_cases,
};

kunit_test_suite(hotplug_test_suite);

MODULE_DESCRIPTION("KUnit tests of devices that join a group in use");
MODULE_LICENSE("GPL");
