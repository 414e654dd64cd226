// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit tests of what the IOMMU core does when it cannot block a device for a
 * reset or attach it again after the reset, and of how a group goes back to its
 * old domain if one of its devices cannot be attached to a new one.
 */
#include <kunit/test.h>
#include <linux/iommu.h>

#include "../../iommu-priv.h"
#include "mock_driver.h"
#include "reset_kunit.h"

/* Refused */

static void reset_refused_changes_nothing(struct kunit *test)
{
	const struct firmware * const *firmware = test->param_value;
	struct mock_dev *mdev;

	mock_start(test);
	mdev = reset_plug(test, 0, *firmware);
	mdev->fail_attach = 1;
	KUNIT_EXPECT_EQ(test, -ENOMEM, pci_dev_reset_iommu_prepare(mdev->pci));
	mock_expect_on(test, mdev, mock_default_domain(mdev));
	reset_expect_busy(test, mdev, false);
}

/* If blocking either device fails, neither is in a reset */
static void reset_of_shared_rid_refused(struct kunit *test)
{
	struct iommu_domain *domain;
	struct mock_dev *devs[2];
	unsigned int failing;

	mock_start(test);
	devs[0] = reset_plug_rid(test, 1, 0x100, &mock_nothing);
	devs[1] = reset_plug_rid(test, 1, 0x100, &mock_nothing);
	domain = mock_default_domain(devs[0]);
	for (failing = 0; failing < 2; failing++) {
		devs[failing]->fail_attach = 1;
		KUNIT_EXPECT_EQ(test, -ENOMEM,
				pci_dev_reset_iommu_prepare(devs[0]->pci));
		mock_expect_on(test, devs[0], domain);
		mock_expect_on(test, devs[1], domain);
		KUNIT_EXPECT_PTR_EQ(test, devs[0]->attached, domain);
		KUNIT_EXPECT_PTR_EQ(test, devs[1]->attached, domain);
		reset_expect_busy(test, devs[0], false);
	}
}

/* Recovery */

static void reset_and_fail(struct kunit *test, struct mock_dev *mdev)
{
	reset_begin(test, mdev);
	mdev->fail_attach = 1;
	reset_end(test, mdev);
	KUNIT_EXPECT_EQ(test, mdev->fail_attach, 0);
}

/*
 * If the attach after a reset fails, the device is on the direct-only or the
 * blocking domain until an attach succeeds.
 */
static void reset_that_does_not_recover(struct kunit *test)
{
	const struct firmware * const *firmware = test->param_value;
	bool direct = *firmware == &mock_direct;
	struct iommu_domain *domain;
	struct mock_dev *mdev;

	mock_start(test);
	mdev = reset_plug(test, 0, *firmware);

	reset_and_fail(test, mdev);
	if (direct)
		reset_expect_direct_only(test, mdev);
	else
		mock_expect_on(test, mdev, &mock_blocked);

	/* Another reset recovers it */
	reset_begin(test, mdev);
	mock_expect_on(test, mdev, &mock_blocked);
	reset_end(test, mdev);
	mock_expect_on(test, mdev, mock_default_domain(mdev));

	/* So does the next domain, or a driver that is to be bound */
	reset_and_fail(test, mdev);
	domain = mock_new_shared_domain(test, mdev);
	KUNIT_EXPECT_EQ(test, 0,
			iommu_attach_group(domain, mdev->dev->iommu_group));
	mock_expect_on(test, mdev, domain);
	iommu_detach_group(domain, mdev->dev->iommu_group);
	mock_expect_on(test, mdev, mock_default_domain(mdev));

	reset_and_fail(test, mdev);
	KUNIT_EXPECT_EQ(test, 0, iommu_device_use_default_domain(mdev->dev));
	mock_expect_on(test, mdev, mock_default_domain(mdev));
	iommu_device_unuse_default_domain(mdev->dev);
}

/* The direct-only domain cannot be attached either */
static void reset_that_does_not_even_park(struct kunit *test)
{
	struct kmsg_dump_iter mark;
	struct mock_dev *mdev;

	mock_start(test);
	mdev = reset_plug(test, 0, &mock_direct);
	reset_begin(test, mdev);
	mdev->fail_attach = 1;
	mdev->fail_more = 1;
	mark = mock_log_mark();
	reset_end(test, mdev);
	KUNIT_EXPECT_EQ(test, mdev->fail_attach, 0);
	mock_expect_on(test, mdev, &mock_blocked);
	KUNIT_EXPECT_EQ(test, 1, mock_log_count(&mark, dev_name(mdev->dev),
						"firmware cannot", NULL));
	reset_expect_busy(test, mdev, false);
	mock_expect_on(test, mdev, mock_default_domain(mdev));
}

/*
 * If the driver can map only after an attach, the direct-only domain is filled
 * then.
 */
static void reset_that_does_not_recover_maps_late(struct kunit *test)
{
	struct mock_dev *mdev;

	mock_iommu->map_after_attach = true;
	mock_start(test);
	mdev = reset_plug(test, 0, &mock_direct);
	reset_and_fail(test, mdev);
	reset_expect_direct_only(test, mdev);
}

/* If one device of a RID fails, the other falls back with it */
static void reset_of_shared_rid_that_does_not_recover(struct kunit *test)
{
	struct mock_dev *devs[2];
	unsigned int failing;

	mock_start(test);
	devs[0] = reset_plug_rid(test, 1, 0x100, &mock_direct);
	devs[1] = reset_plug_rid(test, 1, 0x100, &mock_nothing);
	for (failing = 0; failing < 2; failing++) {
		reset_begin(test, devs[!failing]);
		devs[failing]->fail_attach = 1;
		reset_end(test, devs[!failing]);
		KUNIT_EXPECT_EQ(test, devs[failing]->fail_attach, 0);
		reset_expect_direct_only(test, devs[0]);
		KUNIT_EXPECT_PTR_EQ(test, devs[0]->attached, devs[1]->attached);
		reset_expect_busy(test, devs[0], false);
		mock_expect_on(test, devs[0], mock_default_domain(devs[0]));
		mock_expect_on(test, devs[1], mock_default_domain(devs[0]));
	}
}

/* As mock_give_to_user(), with a handle */
static struct iommu_domain *give_to_iommufd(struct kunit *test,
					    struct mock_dev *mdev,
					    struct iommu_attach_handle *handle)
{
	struct iommu_group *group = mdev->dev->iommu_group;
	struct iommu_domain *user = mock_new_domain(test, mdev);

	KUNIT_ASSERT_EQ(test, 0, iommu_group_claim_dma_owner(group, test));
	KUNIT_ASSERT_EQ(test, 0,
			iommu_attach_group_handle(user, group, handle));
	return user;
}

/* As iommufd replaces the domain of a device that has not recovered */
static void reset_recovers_with_replace(struct kunit *test)
{
	struct iommu_attach_handle first = { }, second = { };
	struct iommu_domain *domain;
	struct iommu_group *group;
	struct mock_dev *mdev;

	mock_start(test);
	mdev = reset_plug(test, 0, &mock_nothing);
	group = mdev->dev->iommu_group;
	give_to_iommufd(test, mdev, &first);
	domain = mock_new_domain(test, mdev);

	reset_begin(test, mdev);
	KUNIT_EXPECT_EQ(test, -EBUSY,
			iommu_replace_group_handle(group, domain, &second));
	mdev->fail_attach = 1;
	reset_end(test, mdev);
	mock_expect_on(test, mdev, &mock_blocked);
	KUNIT_EXPECT_EQ(test, 0,
			iommu_replace_group_handle(group, domain, &second));
	mock_expect_on(test, mdev, domain);
	iommu_detach_group_handle(domain, group);
	mock_expect_on(test, mdev, &mock_blocked);
}

/* The owner releases a device that has not recovered */
static void reset_recovers_with_next_domain(struct kunit *test)
{
	struct mock_dev *mdev;

	mock_start(test);
	mdev = reset_plug(test, 0, &mock_direct);
	reset_and_fail(test, mdev);
	reset_expect_direct_only(test, mdev);
	mock_unplug(mdev);

	mdev = reset_plug(test, 0, &mock_nothing);
	mock_give_to_user(test, mdev);
	reset_and_fail(test, mdev);
	mock_expect_on(test, mdev, &mock_blocked);
	iommu_device_release_dma_owner(mdev->dev);
	mock_expect_on(test, mdev, mock_default_domain(mdev));
	reset_expect_busy(test, mdev, false);
}

/* Going back to the old domain */

/*
 * If an attach fails, the driver leaves the device on its old domain, so the
 * core does not attach that again.
 */
static void failed_domain_leaves_the_old_one(struct kunit *test)
{
	const struct firmware * const *firmware = test->param_value;
	struct iommu_domain *before, *domain;
	struct mock_dev *devs[3];
	unsigned int failing, i;

	mock_start(test);
	for (i = 0; i < ARRAY_SIZE(devs); i++)
		devs[i] = reset_plug(test, 1, *firmware);
	before = mock_default_domain(devs[0]);
	domain = mock_new_shared_domain(test, devs[0]);

	for (failing = 0; failing < ARRAY_SIZE(devs); failing++) {
		unsigned int nr_log = devs[failing]->nr_log;

		devs[failing]->fail_attach = 1;
		KUNIT_EXPECT_EQ(test, -ENOMEM,
				iommu_attach_group(domain,
						   devs[0]->dev->iommu_group));
		KUNIT_EXPECT_EQ(test, devs[failing]->nr_log, nr_log + 1);
		for (i = 0; i < ARRAY_SIZE(devs); i++) {
			mock_expect_on(test, devs[i], before);
			mock_expect_always_direct(test, devs[i]);
		}
	}

	/* Afterwards the domain can be attached */
	KUNIT_EXPECT_EQ(test, 0, iommu_attach_group(domain,
						    devs[0]->dev->iommu_group));
	iommu_detach_group(domain, devs[0]->dev->iommu_group);
}

/* As iommufd replaces the domain of an owner */
static void failed_replace_leaves_the_users_domain(struct kunit *test)
{
	struct iommu_attach_handle first = { }, second = { };
	struct iommu_domain *before, *domain;
	struct iommu_group *group;
	struct mock_dev *mdev;

	mock_start(test);
	mdev = reset_plug(test, 0, &mock_nothing);
	group = mdev->dev->iommu_group;
	before = give_to_iommufd(test, mdev, &first);
	domain = mock_new_domain(test, mdev);

	mdev->fail_attach = 1;
	KUNIT_EXPECT_EQ(test, -ENOMEM,
			iommu_replace_group_handle(group, domain, &second));
	mock_expect_on(test, mdev, before);
	KUNIT_EXPECT_EQ(test, mock_attaches_to(mdev, before), 1);
	KUNIT_EXPECT_PTR_EQ(test, &first,
			    iommu_attach_handle_get(group, IOMMU_NO_PASID, 0));

	iommu_detach_group_handle(before, group);
	mock_expect_on(test, mdev, &mock_blocked);
}

/* If a change of domain fails, a parked device is not attached to anything */
static void failed_domain_leaves_the_parked(struct kunit *test)
{
	struct iommu_domain *domain;
	struct mock_dev *claimed, *parked;

	mock_start(test);
	claimed = reset_plug(test, 1, &mock_nothing);
	domain = mock_new_domain(test, claimed);
	KUNIT_ASSERT_EQ(test, 0,
			iommu_group_claim_dma_owner(claimed->dev->iommu_group,
						    test));
	parked = reset_plug(test, 1, &mock_direct);

	claimed->fail_attach = 1;
	KUNIT_EXPECT_EQ(test, -ENOMEM,
			iommu_attach_group(domain, claimed->dev->iommu_group));
	mock_expect_on(test, claimed, &mock_blocked);
	mock_expect_always_direct(test, parked);
}

static struct kunit_case reset_error_test_cases[] = {
	KUNIT_CASE_PARAM(reset_refused_changes_nothing, kind_gen_params),
	KUNIT_CASE(reset_of_shared_rid_refused),
	KUNIT_CASE_PARAM(reset_that_does_not_recover, kind_gen_params),
	KUNIT_CASE(reset_that_does_not_even_park),
	KUNIT_CASE(reset_that_does_not_recover_maps_late),
	KUNIT_CASE(reset_of_shared_rid_that_does_not_recover),
	KUNIT_CASE(reset_recovers_with_replace),
	KUNIT_CASE(reset_recovers_with_next_domain),
	KUNIT_CASE_PARAM(failed_domain_leaves_the_old_one, kind_gen_params),
	KUNIT_CASE(failed_replace_leaves_the_users_domain),
	KUNIT_CASE(failed_domain_leaves_the_parked),
	{}
};

static struct kunit_suite reset_error_test_suite = {
	.name = "iommu_reset_error",
	.init = reset_test_init,
	.exit = reset_test_exit,
	.test_cases = reset_error_test_cases,
};

kunit_test_suite(reset_error_test_suite);

MODULE_DESCRIPTION("KUnit tests of device resets and attaches that fail");
MODULE_LICENSE("GPL");
