// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit tests of which domains the IOMMU core attaches a device to: domains of
 * a kernel driver with and without the direct regions of the device, those in
 * which the driver leaves these regions to the core, and default domains.
 */
#include <kunit/test.h>
#include <linux/iommu.h>
#include <linux/sizes.h>

#include "../../iommu-priv.h"
#include "../../tests/compat.h"
#include "mock_driver.h"

/* Attach */

/* For functions that attach with a handle, as iommufd does */
static struct iommu_attach_handle handle;

static void expect_refused(struct kunit *test, struct iommu_domain *domain,
			   struct mock_dev *mdev)
{
	struct iommu_group *group = mdev->dev->iommu_group;

	KUNIT_EXPECT_EQ(test, -EPERM, iommu_attach_device(domain, mdev->dev));
	KUNIT_EXPECT_EQ(test, -EPERM, iommu_attach_group(domain, group));
	KUNIT_EXPECT_EQ(test, -EPERM,
			iommu_compat_group_replace(group, domain, &handle));
	KUNIT_EXPECT_EQ(test, -EPERM,
			iommu_replace_group_handle(group, domain, &handle));
}

static void attach_without_maps_refused(struct kunit *test)
{
	const phys_addr_t start = mock_direct.regions[0].start;
	struct iommu_domain *domain;
	struct mock_dev *mdev;

	mock_start(test);
	mdev = mock_plug_new(test, 0, &mock_direct);
	domain = mock_new_domain(test, mdev);
	expect_refused(test, domain, mdev);

	/* The driver could unmap what it has mapped, so that does not count */
	KUNIT_ASSERT_EQ(test, 0, iommu_map(domain, start, start, SZ_64K - SZ_4K,
					   RW, GFP_KERNEL));
	expect_refused(test, domain, mdev);
	KUNIT_ASSERT_EQ(test, 0, iommu_map(domain, start + SZ_64K - SZ_4K,
					   start + SZ_64K - SZ_4K, SZ_4K, RW,
					   GFP_KERNEL));
	expect_refused(test, domain, mdev);
	KUNIT_EXPECT_EQ(test, to_mock_domain(domain)->walks, 0);

	mock_expect_on(test, mdev, mock_default_domain(mdev));
	KUNIT_EXPECT_EQ(test, mdev->nr_log, 1);
}

/* If the driver leaves the regions to the core, existing mappings count */
static void attach_with_maps_accepted(struct kunit *test)
{
	struct iommu_domain *domain;
	struct mock_dev *mdev;
	unsigned int written;

	mock_start(test);
	mdev = mock_plug_new(test, 0, &mock_direct);
	domain = mock_new_shared_domain(test, mdev);
	mock_map_direct(test, domain, mdev);
	written = to_mock_domain(domain)->written;

	KUNIT_EXPECT_EQ(test, 0, iommu_attach_device(domain, mdev->dev));
	mock_expect_on(test, mdev, domain);
	iommu_detach_device(domain, mdev->dev);
	mock_expect_on(test, mdev, mock_default_domain(mdev));

	KUNIT_EXPECT_EQ(test, 0,
			iommu_attach_group(domain, mdev->dev->iommu_group));
	mock_expect_on(test, mdev, domain);
	iommu_detach_group(domain, mdev->dev->iommu_group);
	mock_expect_on(test, mdev, mock_default_domain(mdev));

	/*
	 * Neither attaching nor detaching left the device without its regions
	 */
	mock_expect_always_direct(test, mdev);
	KUNIT_EXPECT_EQ(test, to_mock_domain(domain)->written, written);
}

static void attach_others_unaffected(struct kunit *test)
{
	struct iommu_domain *domain;
	struct mock_dev *mdevs[2];
	unsigned int i;

	mock_start(test);
	mdevs[0] = mock_plug_new(test, 0, &mock_nothing);
	mdevs[1] = mock_plug_new(test, 0, &mock_relaxable);
	for (i = 0; i < 2; i++) {
		domain = mock_new_domain(test, mdevs[i]);
		KUNIT_EXPECT_EQ(test, 0,
				iommu_attach_device(domain, mdevs[i]->dev));
		mock_expect_on(test, mdevs[i], domain);
		iommu_detach_device(domain, mdevs[i]->dev);
		mock_expect_on(test, mdevs[i], mock_default_domain(mdevs[i]));
		/* The core did not look up anything in the domain */
		KUNIT_EXPECT_EQ(test, to_mock_domain(domain)->walks, 0);
	}
}

static void attach_blocked_by_type_refused(struct kunit *test)
{
	struct mock_dev *mdev;

	mock_start(test);
	mdev = mock_plug_new(test, 0, &mock_direct);
	KUNIT_EXPECT_EQ(test, -EPERM,
			iommu_attach_device(&mock_blocked, mdev->dev));
	KUNIT_EXPECT_EQ(test, -EPERM,
			iommu_attach_group(&mock_blocked,
					   mdev->dev->iommu_group));
	KUNIT_EXPECT_EQ(test, mdev->nr_log, 1);
}

/* Refused for a malformed direct region, too */
static void attach_blocked_refused_for_broken(struct kunit *test)
{
	static const struct firmware no_access = { {
		{ 0x10000000, SZ_4K, 0, DIRECT, TABLE },
	} };
	struct mock_dev *mdev;

	mock_start(test);
	mdev = mock_plug_new(test, 0, &no_access);
	KUNIT_EXPECT_EQ(test, -EPERM,
			iommu_attach_device(&mock_blocked, mdev->dev));
	KUNIT_EXPECT_EQ(test, mdev->nr_log, 1);
}

static void attach_blocking_by_pointer_refused(struct kunit *test)
{
	struct iommu_domain *blocking;
	struct mock_dev *free, *mdev;

	/*
	 * Without a static blocked domain, the core allocates an empty paging
	 * one
	 */
	mock_iommu->ops.blocked_domain = NULL;
	mock_start(test);
	free = mock_plug_new(test, 1, &mock_nothing);
	KUNIT_ASSERT_EQ(test, 0,
			iommu_group_claim_dma_owner(free->dev->iommu_group,
						    test));
	blocking = free->hw;
	KUNIT_ASSERT_TRUE(test, blocking->type & __IOMMU_DOMAIN_PAGING);
	iommu_group_release_dma_owner(free->dev->iommu_group);

	/* Refused even if the regions are mapped in it */
	mdev = mock_plug_new(test, 1, &mock_direct);
	mock_map_direct(test, blocking, mdev);
	KUNIT_EXPECT_EQ(test, -EPERM,
			iommu_attach_group(blocking, mdev->dev->iommu_group));
	KUNIT_EXPECT_EQ(test, mdev->nr_log, 1);
	mock_expect_on(test, free, mock_default_domain(free));
}

static void attach_identity_accepted(struct kunit *test)
{
	struct mock_dev *mdev;

	mock_start(test);
	mdev = mock_plug_new(test, 0, &mock_direct);
	KUNIT_EXPECT_EQ(test, 0,
			iommu_attach_device(&mock_identity, mdev->dev));
	iommu_detach_device(&mock_identity, mdev->dev);
	mock_expect_always_direct(test, mdev);
}

/* A domain in which the driver leaves the direct regions to the core */

static void shared_domain_gets_maps(struct kunit *test)
{
	struct iommu_domain *domain, *second;
	struct mock_dev *mdev;

	mock_start(test);
	mdev = mock_plug_new(test, 0, &mock_direct);
	domain = mock_new_shared_domain(test, mdev);
	second = mock_new_shared_domain(test, mdev);

	KUNIT_EXPECT_EQ(test, 0, iommu_attach_device(domain, mdev->dev));
	mock_expect_on(test, mdev, domain);
	/* The driver can map at all other addresses */
	KUNIT_EXPECT_EQ(test, 0,
			iommu_map(domain, SZ_1M, SZ_1M, SZ_4K, RW, GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, SZ_4K, iommu_unmap(domain, SZ_1M, SZ_4K));

	KUNIT_EXPECT_EQ(test, 0,
			iommu_compat_group_replace(mdev->dev->iommu_group,
						   second, &handle));
	mock_expect_on(test, mdev, second);
	iommu_detach_group_handle(second, mdev->dev->iommu_group);
	KUNIT_EXPECT_EQ(test, 0,
			iommu_attach_group(domain, mdev->dev->iommu_group));
	mock_expect_on(test, mdev, domain);
	iommu_detach_group(domain, mdev->dev->iommu_group);
	mock_expect_always_direct(test, mdev);
}

static void shared_domain_leaves_relaxable_alone(struct kunit *test)
{
	const phys_addr_t start = mock_relaxable.regions[0].start;
	struct iommu_domain *domain;
	struct mock_dev *mdev;

	mock_start(test);
	mdev = mock_plug_new(test, 0, &mock_relaxable);
	domain = mock_new_shared_domain(test, mdev);
	KUNIT_EXPECT_EQ(test, 0, iommu_attach_device(domain, mdev->dev));
	KUNIT_EXPECT_EQ(test, 0, iommu_iova_to_phys(domain, start));
	KUNIT_EXPECT_EQ(test, 0, to_mock_domain(domain)->written);
	iommu_detach_device(domain, mdev->dev);
}

static void shared_domain_mapped_after_attach(struct kunit *test)
{
	struct iommu_domain *domain;
	struct mock_dev *mdev;

	mock_iommu->map_after_attach = true;
	mock_start(test);
	mdev = mock_plug_new(test, 0, &mock_direct);
	domain = mock_new_shared_domain(test, mdev);

	KUNIT_EXPECT_EQ(test, 0, iommu_attach_device(domain, mdev->dev));
	mock_expect_on(test, mdev, domain);
	mock_expect_direct_now(test, mdev);
	iommu_detach_device(domain, mdev->dev);
	mock_expect_on(test, mdev, mock_default_domain(mdev));
	mock_expect_direct_now(test, mdev);
}

static void shared_domain_that_cannot_map_refused(struct kunit *test)
{
	struct iommu_domain *domain;
	struct mock_dev *mdev;

	mock_iommu->map_after_attach = true;
	mock_start(test);
	mdev = mock_plug_new(test, 0, &mock_direct);
	mock_iommu->map_error = -EIO;
	domain = mock_new_shared_domain(test, mdev);

	/* The error occurs only after the attach, which is then undone */
	KUNIT_EXPECT_EQ(test, -EPERM, iommu_attach_device(domain, mdev->dev));
	KUNIT_EXPECT_EQ(test, 1, mock_attaches_to(mdev, domain));
	mock_expect_on(test, mdev, mock_default_domain(mdev));
	mock_expect_direct_now(test, mdev);
}

static void shared_domain_in_use_refused(struct kunit *test)
{
	const phys_addr_t start = mock_direct.regions[0].start;
	struct iommu_domain *domain;
	struct mock_dev *mdev;

	mock_start(test);
	mdev = mock_plug_new(test, 0, &mock_direct);
	domain = mock_new_shared_domain(test, mdev);
	KUNIT_ASSERT_EQ(test, 0,
			iommu_map(domain, start + SZ_4K, SZ_1M, SZ_4K, RW,
				  GFP_KERNEL));

	KUNIT_EXPECT_EQ(test, -EPERM, iommu_attach_device(domain, mdev->dev));
	mock_expect_on(test, mdev, mock_default_domain(mdev));
	mock_expect_always_direct(test, mdev);
	/* The driver's mapping is unchanged */
	KUNIT_EXPECT_EQ(test, SZ_1M, iommu_iova_to_phys(domain, start + SZ_4K));
	KUNIT_EXPECT_EQ(test, 1, to_mock_domain(domain)->nr_leaves);
	KUNIT_EXPECT_EQ(test, SZ_4K, iommu_unmap(domain, start + SZ_4K, SZ_4K));
	KUNIT_EXPECT_EQ(test, 0, iommu_attach_device(domain, mdev->dev));
	iommu_detach_device(domain, mdev->dev);
}

static void shared_domain_of_owner_is_none(struct kunit *test)
{
	struct mock_dev *free, *mdev;
	struct iommu_domain *user;

	mock_start(test);
	free = mock_plug_new(test, 1, &mock_nothing);
	user = mock_new_shared_domain(test, free);
	KUNIT_ASSERT_EQ(test, 0, iommu_device_claim_dma_owner(free->dev, test));
	KUNIT_ASSERT_EQ(test, 0,
			iommu_attach_group(user, free->dev->iommu_group));

	mdev = mock_plug_new(test, 1, &mock_direct);
	KUNIT_EXPECT_EQ(test, mock_attaches_to(mdev, user), 0);
	mock_expect_always_direct(test, mdev);
	iommu_device_release_dma_owner(free->dev);
}

static const bool late_maps[] = { false, true };

static void late_desc(const bool *late, char *desc)
{
	strscpy(desc, *late ? "after_attach" : "before_attach",
		KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(late, late_maps, late_desc);

/* A region that no domain can reach is no reason to refuse one */
static void shared_domain_does_without_the_unreachable(struct kunit *test)
{
	static const struct firmware far = { {
		{ 0x10000000, SZ_64K, RW, DIRECT, TABLE },
		{ 0x10000000000, SZ_64K, RW, DIRECT, TABLE },
	} };
	const bool *late = test->param_value;
	struct iommu_domain *domain;
	struct mock_dev *mdev;

	mock_iommu->aperture_end = (1ULL << 39) - 1;
	mock_iommu->map_after_attach = *late;
	mock_start(test);
	mdev = mock_plug_new(test, 0, &far);
	domain = mock_new_shared_domain(test, mdev);
	KUNIT_EXPECT_EQ(test, 0, iommu_attach_device(domain, mdev->dev));
	mock_expect_on(test, mdev, domain);
	KUNIT_EXPECT_TRUE(test, mock_domain_maps(to_mock_domain(domain),
						 0x10000000, 0x1000ffff, RW));
	iommu_detach_device(domain, mdev->dev);
	mock_expect_on(test, mdev, mock_default_domain(mdev));

	/* A mapping that conflicts with the other region is a reason */
	domain = mock_new_shared_domain(test, mdev);
	to_mock_domain(domain)->no_table = false;
	KUNIT_ASSERT_EQ(test, 0, iommu_map(domain, 0x10000000, SZ_1M, SZ_4K, RW,
					   GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, -EPERM, iommu_attach_device(domain, mdev->dev));
	mock_expect_on(test, mdev, mock_default_domain(mdev));
}

static void default_domain_of_others_refused(struct kunit *test)
{
	struct mock_dev *mdev, *other;

	mock_start(test);
	mdev = mock_plug_new(test, 0, &mock_direct);
	other = mock_plug_new(test, 0, &mock_nothing);

	KUNIT_EXPECT_EQ(test, -EPERM,
			iommu_attach_device(mock_default_domain(other),
					    mdev->dev));
	mock_expect_on(test, mdev, mock_default_domain(mdev));
	mock_expect_always_direct(test, mdev);
	/* Allowed for a device without direct regions */
	KUNIT_EXPECT_EQ(test, 0, iommu_attach_device(mock_default_domain(mdev),
						     other->dev));
	iommu_detach_device(mock_default_domain(mdev), other->dev);
}

/* Default domain changed by the administrator */

static void type_change_keeps_maps(struct kunit *test)
{
	struct mock_dev *a, *b;

	mock_start(test);
	a = mock_plug_new(test, 1, &mock_direct);
	b = mock_plug_new(test, 1, &mock_nothing);
	KUNIT_EXPECT_EQ(test, 8, mock_set_type(a, "identity"));
	mock_expect_on(test, a, &mock_identity);
	mock_expect_on(test, b, &mock_identity);
	KUNIT_EXPECT_EQ(test, 3, mock_set_type(a, "DMA"));
	mock_expect_on(test, a, mock_default_domain(a));
	mock_expect_on(test, b, mock_default_domain(a));
	KUNIT_EXPECT_EQ(test, mock_default_domain(a)->type, IOMMU_DOMAIN_DMA);
	mock_expect_always_direct(test, a);
}

static void type_change_failure_keeps_maps(struct kunit *test)
{
	struct mock_dev *a, *b;

	mock_start(test);
	a = mock_plug_new(test, 1, &mock_direct);
	b = mock_plug_new(test, 1, &mock_nothing);

	/* Attaching the second device fails, so the first has to go back */
	b->fail_attach = 1;
	KUNIT_EXPECT_LT(test, mock_set_type(a, "identity"), 0);
	mock_expect_on(test, a, mock_default_domain(a));
	mock_expect_on(test, b, mock_default_domain(a));
	mock_expect_always_direct(test, a);
}

/* Attaches that must succeed, but fail */

static void failed_restore_does_not_block(struct kunit *test)
{
	struct mock_dev *free, *mdev;
	struct iommu_group *group;

	mock_start(test);
	free = mock_plug_new(test, 1, &mock_nothing);
	group = free->dev->iommu_group;
	/* From now on the group has a blocking domain */
	KUNIT_ASSERT_EQ(test, 0, iommu_group_claim_dma_owner(group, test));
	iommu_group_release_dma_owner(group);
	mdev = mock_plug_new(test, 1, &mock_direct);
	KUNIT_ASSERT_GT(test, mock_set_type(mdev, "identity"), 0);

	/*
	 * The regions cannot be mapped in the new default domain, neither
	 * before nor after the device is attached to it. Going back to the old
	 * one, the second attach, fails, too.
	 */
	mock_iommu->map_error = -EIO;
	mdev->fail_attach = 2;
	KUNIT_EXPECT_LT(test, mock_set_type(mdev, "DMA"), 0);
	KUNIT_EXPECT_EQ(test, mdev->fail_attach, 0);
	KUNIT_EXPECT_EQ(test, mock_attaches_to(mdev, &mock_blocked), 0);
	mock_expect_direct_now(test, mdev);
	mock_expect_on(test, free, &mock_identity);
}

/*
 * If neither the domain of the group nor the direct-only domain can be
 * attached, the device is blocked, since the domain that it is on may be freed
 * next.
 */
static void failed_park_leaves_the_domain(struct kunit *test)
{
	struct iommu_domain *domain;
	struct kmsg_dump_iter mark;
	struct mock_dev *mdev;

	mock_start(test);
	mdev = mock_plug_new(test, 0, &mock_direct);
	KUNIT_ASSERT_GT(test, mock_set_type(mdev, "identity"), 0);

	/* As above, and attaching the direct-only domain fails as well */
	mark = mock_log_mark();
	mock_iommu->map_error = -EIO;
	mdev->fail_attach = 2;
	mdev->fail_more = 1;
	KUNIT_EXPECT_LT(test, mock_set_type(mdev, "DMA"), 0);
	KUNIT_EXPECT_EQ(test, mdev->fail_attach, 0);
	KUNIT_EXPECT_EQ(test, mock_iommu->freed_in_use, 0);
	mock_expect_on(test, mdev, &mock_blocked);
	KUNIT_EXPECT_EQ(test, 1, mock_log_count(&mark, dev_name(mdev->dev),
						"firmware cannot", NULL));

	/* The next domain can be attached */
	mock_iommu->map_error = 0;
	domain = mock_new_shared_domain(test, mdev);
	KUNIT_EXPECT_EQ(test, 0, iommu_attach_device(domain, mdev->dev));
	mock_expect_on(test, mdev, domain);
	iommu_detach_device(domain, mdev->dev);
	mock_expect_on(test, mdev, &mock_identity);
}

static struct kunit_case domain_test_cases[] = {
	KUNIT_CASE(attach_without_maps_refused),
	KUNIT_CASE(attach_with_maps_accepted),
	KUNIT_CASE(attach_others_unaffected),
	KUNIT_CASE(attach_blocked_by_type_refused),
	KUNIT_CASE(attach_blocked_refused_for_broken),
	KUNIT_CASE(attach_blocking_by_pointer_refused),
	KUNIT_CASE(attach_identity_accepted),
	KUNIT_CASE(shared_domain_gets_maps),
	KUNIT_CASE(shared_domain_leaves_relaxable_alone),
	KUNIT_CASE(shared_domain_mapped_after_attach),
	KUNIT_CASE(shared_domain_that_cannot_map_refused),
	KUNIT_CASE(shared_domain_in_use_refused),
	KUNIT_CASE(shared_domain_of_owner_is_none),
	KUNIT_CASE_PARAM(shared_domain_does_without_the_unreachable,
			 late_gen_params),
	KUNIT_CASE(default_domain_of_others_refused),
	KUNIT_CASE(type_change_keeps_maps),
	KUNIT_CASE(type_change_failure_keeps_maps),
	KUNIT_CASE(failed_restore_does_not_block),
	KUNIT_CASE(failed_park_leaves_the_domain),
	{}
};

static struct kunit_suite domain_test_suite = {
	.name = "iommu_domain",
	.init = mock_test_init,
	.exit = mock_test_exit,
	.test_cases = domain_test_cases,
};

kunit_test_suite(domain_test_suite);

MODULE_DESCRIPTION("KUnit tests of the domains that devices are attached to");
MODULE_LICENSE("GPL");
