// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit tests of devices that the IOMMU cannot distinguish, and of removing
 * devices.
 */
#include <kunit/test.h>
#include <linux/iommu.h>
#include <linux/pci.h>
#include <linux/sizes.h>
#include <linux/string.h>

#include "../../iommu-priv.h"
#include "mock_driver.h"

/*
 * A device with the RID of an owner's device is excluded: to attach it to
 * another domain would attach the owner's device to that, too.
 */
static void hotplug_shared_rid(struct kunit *test)
{
	struct mock_dev *free, *mdev, *other;
	struct iommu_domain *user;

	mock_start(test);
	free = mock_plug_rid(test, 1, 0x100, &mock_nothing);
	user = mock_give_to_user(test, free);

	mdev = mock_plug_rid(test, 1, 0x100, &mock_direct);
	KUNIT_ASSERT_PTR_EQ(test, mdev->dev->iommu_group,
			    free->dev->iommu_group);
	KUNIT_EXPECT_EQ(test, mdev->nr_log, 0);
	mock_expect_on(test, free, user);
	KUNIT_EXPECT_EQ(test, -EPERM,
			iommu_device_claim_dma_owner(mdev->dev, test));

	/* A device with another RID is parked */
	other = mock_plug_rid(test, 1, 0x108, &mock_direct);
	mock_expect_always_direct(test, other);

	/* The excluded device is not attached when the owner changes domains */
	iommu_detach_group(user, free->dev->iommu_group);
	KUNIT_EXPECT_EQ(test, 0,
			iommu_attach_group(user, free->dev->iommu_group));
	KUNIT_EXPECT_EQ(test, mdev->nr_log, 0);

	mock_expect_on(test, free, user);

	iommu_device_release_dma_owner(free->dev);
	mock_expect_on(test, free, mock_default_domain(free));
	mock_expect_on(test, mdev, mock_default_domain(free));
	mock_expect_always_direct(test, mdev);
	mock_expect_on(test, other, mock_default_domain(free));
}

/* A device joins with the RID of one that is parked */
static void hotplug_shares_rid_of_parked(struct kunit *test)
{
	struct mock_dev *free, *parked, *late, *later;
	struct iommu_domain *user;

	mock_start(test);
	free = mock_plug_rid(test, 1, 0x100, &mock_nothing);
	user = mock_give_to_user(test, free);
	parked = mock_plug_rid(test, 1, 0x108, &mock_direct);
	mock_expect_always_direct(test, parked);

	/*
	 * The parked device keeps its regions, and the new one is parked, too
	 */
	late = mock_plug_rid(test, 1, 0x108, &mock_nothing);
	KUNIT_ASSERT_PTR_EQ(test, late->dev->iommu_group,
			    free->dev->iommu_group);
	mock_expect_always_direct(test, parked);
	KUNIT_EXPECT_EQ(test, mock_attaches_to(late, user), 0);
	KUNIT_EXPECT_EQ(test, -EPERM, iommu_device_may_be_owned(late->dev));
	KUNIT_EXPECT_EQ(test, -EPERM,
			iommu_device_claim_dma_owner(late->dev, test));
	later = mock_plug_rid(test, 1, 0x108, &mock_direct);
	mock_expect_always_direct(test, parked);
	mock_expect_always_direct(test, later);

	/*
	 * That does not change when the owner changes domains, or when one of
	 * them is removed.
	 */
	iommu_detach_group(user, free->dev->iommu_group);
	KUNIT_EXPECT_EQ(test, 0,
			iommu_attach_group(user, free->dev->iommu_group));
	mock_expect_always_direct(test, parked);
	mock_unplug(late);
	mock_expect_always_direct(test, parked);
	mock_unplug(later);
	mock_expect_always_direct(test, parked);
	mock_plug(test, late);

	/* When no device requires direct regions, the RID follows its group */
	mock_unplug(parked);
	mock_expect_on(test, late, user);
	KUNIT_EXPECT_EQ(test, 0, iommu_device_may_be_owned(late->dev));
	mock_unplug(late);

	/* The devices of a RID are parked together, and leave together */
	mock_plug(test, parked);
	mock_plug(test, late);
	mock_expect_on(test, late, parked->hw);
	iommu_device_release_dma_owner(free->dev);
	mock_expect_on(test, parked, mock_default_domain(free));
	mock_expect_on(test, late, mock_default_domain(free));
	mock_expect_always_direct(test, parked);
	KUNIT_EXPECT_EQ(test, mock_attaches_to(late, mock_default_domain(free)),
			1);
}

/* All devices of a parked RID can follow the group, or none does */
static void parked_rid_stays_together(struct kunit *test)
{
	static const struct firmware firmware[] = {
		{ { { 0x10000000, SZ_64K, RW, DIRECT, TABLE }, } },
		{ { { 0x30000000, SZ_64K, RW, DIRECT, TABLE }, } },
	};
	struct iommu_domain *domain;
	struct mock_dev *free, *a, *b;

	mock_start(test);
	free = mock_plug_rid(test, 1, 0x100, &mock_nothing);
	/* The region of the second device cannot be mapped there */
	KUNIT_ASSERT_EQ(test, 0,
			iommu_map(mock_default_domain(free),
				  firmware[1].regions[0].start, 0x50000000,
				  SZ_4K, RW, GFP_KERNEL));
	domain = mock_new_domain(test, free);
	KUNIT_ASSERT_EQ(test, 0,
			iommu_attach_group(domain, free->dev->iommu_group));
	a = mock_plug_rid(test, 1, 0x108, &firmware[0]);
	b = mock_plug_rid(test, 1, 0x108, &firmware[1]);
	mock_expect_always_direct(test, a);
	mock_expect_always_direct(test, b);

	iommu_detach_group(domain, free->dev->iommu_group);
	mock_expect_on(test, free, mock_default_domain(free));
	KUNIT_EXPECT_PTR_NE(test, a->hw, mock_default_domain(free));
	mock_expect_always_direct(test, a);
	mock_expect_always_direct(test, b);

	iommu_unmap(mock_default_domain(free), firmware[1].regions[0].start,
		    SZ_4K);
	KUNIT_EXPECT_EQ(test, 0, iommu_attach_group(&mock_identity,
						    free->dev->iommu_group));
	iommu_detach_group(&mock_identity, free->dev->iommu_group);
	mock_expect_on(test, a, mock_default_domain(free));
	mock_expect_always_direct(test, a);
	mock_expect_always_direct(test, b);
	/* Each device was attached, not only one for the RID of both */
	KUNIT_EXPECT_PTR_EQ(test, (const struct iommu_domain *)a->attached,
			    b->attached);
}

/* An excluded device can be parked once no other device has its RID */
static void shared_rid_is_left(struct kunit *test)
{
	struct mock_dev *free, *mdev;
	struct iommu_domain *domain;

	mock_start(test);
	free = mock_plug_rid(test, 1, 0x100, &mock_nothing);
	domain = mock_new_domain(test, free);
	KUNIT_ASSERT_EQ(test, 0,
			iommu_attach_group(domain, free->dev->iommu_group));
	mdev = mock_plug_rid(test, 1, 0x100, &mock_direct);
	KUNIT_EXPECT_EQ(test, mdev->nr_log, 0);
	mock_expect_on(test, free, domain);

	mock_unplug(free);
	mock_expect_always_direct(test, mdev);
	KUNIT_EXPECT_EQ(test, mock_attaches_to(mdev, domain), 0);
	iommu_detach_group(domain, mdev->dev->iommu_group);
	mock_expect_on(test, mdev, mock_default_domain(mdev));
}

/* A device that fails does not affect others with the same RID */

/* @free is on the default domain, where the region of @excluded is in use */
static void plug_excluded(struct kunit *test, struct mock_dev **free,
			  struct mock_dev **excluded)
{
	*free = mock_plug_rid(test, 1, 0x100, &mock_nothing);
	KUNIT_ASSERT_EQ(test, 0,
			iommu_map(mock_default_domain(*free),
				  mock_direct.regions[0].start, 0x50000000,
				  SZ_4K, RW, GFP_KERNEL));
	*excluded = mock_plug_rid(test, 1, 0x100, &mock_direct);
	KUNIT_EXPECT_EQ(test, (*excluded)->nr_log, 0);
}

static void shared_rid_of_one_that_fails(struct kunit *test)
{
	struct mock_dev *free, *mdev;
	unsigned int nr_log, i;

	mock_start(test);
	free = mock_plug_rid(test, 1, 0x100, &mock_nothing);
	nr_log = free->nr_log;
	for (i = 0; i < 2; i++) {
		mdev = mock_new_dev(test, 1, i ? &mock_direct : &mock_nothing);
		mdev->rid = 0x100;
		mdev->fail_attach = 1;
		mock_plug(test, mdev);
		KUNIT_EXPECT_NULL(test, mdev->dev->iommu_group);
		mock_expect_on(test, free, mock_default_domain(free));
		KUNIT_EXPECT_EQ(test, free->nr_log, nr_log);
	}
}

/* All devices of a RID change to a domain, or none of them */
static void shared_rid_changes_whole_or_not(struct kunit *test)
{
	struct mock_dev *mdevs[3];
	struct iommu_domain *domain;
	unsigned int i, j;

	mock_start(test);
	for (i = 0; i < 2; i++) {
		for (j = 0; j < 3; j++) {
			mdevs[j] = mock_new_dev(test, i + 1, &mock_nothing);
			mdevs[j]->rid = 0x100;
			/* Only the third shows what the RID goes back to */
			mdevs[j]->deferred = i && j < 2;
			mock_plug(test, mdevs[j]);
		}
		domain = mock_new_domain(test, mdevs[2]);
		mdevs[1]->fail_attach = 1;
		KUNIT_EXPECT_EQ(test, -ENOMEM,
				iommu_attach_group(domain,
						   mdevs[0]->dev->iommu_group));
		KUNIT_EXPECT_EQ(test, mock_attaches_to(mdevs[0], domain), 1);
		mock_expect_on(test, mdevs[0], mock_default_domain(mdevs[2]));
		KUNIT_EXPECT_PTR_EQ(test, mdevs[0]->attached,
				    mock_default_domain(mdevs[2]));
		KUNIT_EXPECT_EQ(test, mock_attaches_to(mdevs[2], domain), 0);
		for (j = 0; j < 3; j++)
			mock_unplug(mdevs[j]);
	}
}

/* The RID is blocked since its attach failed: a device that joins retries it */
static void device_joins_rid_that_failed(struct kunit *test)
{
	struct mock_dev *other, *failed, *joins;

	other = mock_plug_rid(test, 1, 0x108, &mock_nothing);
	failed = mock_plug_rid(test, 1, 0x100, &mock_nothing);
	failed->fail_attach = 1;
	mock_start(test);
	mock_expect_on(test, other, mock_default_domain(other));
	mock_expect_on(test, failed, &mock_blocked);

	joins = mock_plug_rid(test, 1, 0x100, &mock_nothing);
	mock_expect_on(test, joins, mock_default_domain(other));
	mock_expect_on(test, failed, mock_default_domain(other));
	KUNIT_EXPECT_PTR_EQ(test, failed->attached, joins->attached);
}

static void shared_rid_of_one_that_takes_no_driver(struct kunit *test)
{
	struct mock_dev *free, *mdev;
	unsigned int nr_log;

	mock_start(test);
	plug_excluded(test, &free, &mdev);
	KUNIT_EXPECT_EQ(test, 0, iommu_device_use_default_domain(free->dev));
	nr_log = free->nr_log;
	KUNIT_EXPECT_EQ(test, -EBUSY,
			iommu_device_use_default_domain(mdev->dev));
	mock_expect_on(test, free, mock_default_domain(free));

	/* The region can be mapped now, but the attach fails */
	iommu_unmap(mock_default_domain(free), mock_direct.regions[0].start,
		    SZ_4K);
	mdev->fail_attach = 1;
	KUNIT_EXPECT_EQ(test, -EBUSY,
			iommu_device_use_default_domain(mdev->dev));
	KUNIT_EXPECT_EQ(test, mdev->fail_attach, 0);
	mock_expect_on(test, free, mock_default_domain(free));
	KUNIT_EXPECT_EQ(test, free->nr_log, nr_log);

	KUNIT_EXPECT_EQ(test, 0, iommu_device_use_default_domain(mdev->dev));
	mock_expect_on(test, mdev, mock_default_domain(free));
	mock_expect_always_direct(test, mdev);
	KUNIT_EXPECT_EQ(test, free->nr_log, nr_log);
	iommu_device_unuse_default_domain(mdev->dev);
	iommu_device_unuse_default_domain(free->dev);
}

/* If a domain is refused or fails, the excluded device stays excluded */
static void shared_rid_keeps_excluded(struct kunit *test)
{
	static const struct firmware second = { {
		{ 0x11000000, SZ_64K, RW, DIRECT, TABLE },
	} };
	struct mock_dev *free, *mdev, *other;
	struct iommu_domain *domain;
	struct iommu_group *group;

	mock_start(test);
	plug_excluded(test, &free, &mdev);
	group = free->dev->iommu_group;
	other = mock_plug_rid(test, 1, 0x108, &second);
	domain = mock_new_shared_domain(test, free);
	KUNIT_ASSERT_EQ(test, 0,
			iommu_map(domain, 0x11000000, 0x50000000, SZ_4K, RW,
				  GFP_KERNEL));

	/* Refused because of the other RID */
	KUNIT_EXPECT_EQ(test, -EPERM, iommu_attach_group(domain, group));
	mock_expect_on(test, free, mock_default_domain(free));
	KUNIT_EXPECT_EQ(test, mdev->nr_log, 0);
	iommu_unmap(domain, 0x11000000, SZ_4K);

	/* The attach of the excluded device fails */
	mdev->fail_attach = 1;
	KUNIT_EXPECT_EQ(test, -ENOMEM, iommu_attach_group(domain, group));
	mock_expect_on(test, free, mock_default_domain(free));
	mock_expect_on(test, other, mock_default_domain(free));
	KUNIT_EXPECT_EQ(test, mdev->nr_log, 1);

	KUNIT_EXPECT_EQ(test, 0, iommu_attach_group(domain, group));
	mock_expect_on(test, mdev, domain);
	mock_expect_always_direct(test, mdev);
	iommu_unmap(mock_default_domain(free), mock_direct.regions[0].start,
		    SZ_4K);
	iommu_detach_group(domain, group);
	mock_expect_on(test, mdev, mock_default_domain(free));
	mock_expect_always_direct(test, mdev);
}

/* A device joins with the aliases of two RIDs, which are merged */
static void device_joins_two_rids(struct kunit *test)
{
	struct mock_dev *free, *parked, *both;
	struct iommu_domain *user;

	mock_start(test);
	free = mock_plug_rid(test, 1, 0x100, &mock_nothing);
	user = mock_give_to_user(test, free);
	parked = mock_plug_rid(test, 1, 0x101, &mock_direct);
	mock_expect_always_direct(test, parked);
	mock_expect_on(test, free, user);

	/* The merged RID is parked, since one device requires direct regions */
	both = mock_new_dev(test, 1, &mock_nothing);
	both->rid = 0x100;
	both->nr_rids = 2;
	mock_plug(test, both);
	mock_expect_always_direct(test, parked);
	mock_expect_on(test, free, parked->hw);
	mock_expect_on(test, both, parked->hw);
	KUNIT_EXPECT_EQ(test, mock_attaches_to(both, user), 0);
	KUNIT_EXPECT_EQ(test, -EPERM, iommu_device_may_be_owned(both->dev));

	iommu_device_release_dma_owner(free->dev);
	mock_expect_on(test, free, mock_default_domain(free));
	mock_expect_on(test, both, mock_default_domain(free));
	mock_expect_always_direct(test, parked);
	mock_unplug(free);
	mock_unplug(parked);
	mock_expect_on(test, both, mock_default_domain(both));
}

/*
 * Platform devices share a group because the IOMMU cannot distinguish them,
 * whatever IDs firmware gave them. So they are one RID.
 */

static void slot_probe(struct kunit *test)
{
	struct mock_dev *a, *b;

	a = mock_plug_slot(test, 1, &mock_direct);
	b = mock_plug_slot(test, 1, &mock_nothing);
	mock_start(test);
	KUNIT_ASSERT_NOT_NULL(test, a->dev->iommu_group);
	mock_expect_on(test, a, mock_default_domain(a));
	mock_expect_on(test, b, mock_default_domain(a));
	mock_expect_always_direct(test, a);
	KUNIT_EXPECT_EQ(test, -EPERM,
			iommu_device_claim_dma_owner(b->dev, test));
}

static void slot_hotplug_beside_user(struct kunit *test)
{
	struct mock_dev *free, *mdev;
	struct iommu_domain *user;
	unsigned int nr_log;

	mock_iommu->ops.release_domain = &mock_blocked;
	mock_start_ids(test);
	free = mock_plug_slot(test, 1, &mock_nothing);
	user = mock_give_to_user(test, free);
	nr_log = free->nr_log;

	/* The RID stays on the domain of the owner all the time */
	mdev = mock_plug_slot(test, 1, &mock_direct);
	KUNIT_ASSERT_PTR_EQ(test, mdev->dev->iommu_group,
			    free->dev->iommu_group);
	mock_expect_on(test, free, user);
	KUNIT_EXPECT_EQ(test, -EPERM,
			iommu_device_claim_dma_owner(mdev->dev, test));
	KUNIT_EXPECT_EQ(test, -EPERM, iommu_device_may_be_owned(mdev->dev));
	KUNIT_EXPECT_EQ(test, 0, iommu_device_may_be_owned(free->dev));
	mock_unplug(mdev);
	mock_expect_on(test, free, user);
	KUNIT_EXPECT_EQ(test, mdev->nr_log, 0);
	KUNIT_EXPECT_EQ(test, free->nr_log, nr_log);

	mock_plug(test, mdev);
	iommu_device_release_dma_owner(free->dev);
	mock_expect_on(test, mdev, mock_default_domain(free));
	mock_expect_always_direct(test, mdev);
}

/*
 * Without an owner the device is excluded, too: to attach the direct-only
 * domain would attach it for the other device as well.
 */
static void slot_hotplug_beside_kernel_domain(struct kunit *test)
{
	struct mock_dev *free, *mdev;
	struct iommu_domain *domain;

	mock_start_ids(test);
	free = mock_plug_slot(test, 1, &mock_nothing);
	domain = mock_new_domain(test, free);
	KUNIT_ASSERT_EQ(test, 0,
			iommu_attach_group(domain, free->dev->iommu_group));
	mdev = mock_plug_slot(test, 1, &mock_direct);
	mock_expect_on(test, free, domain);
	KUNIT_EXPECT_EQ(test, mdev->nr_log, 0);
	KUNIT_EXPECT_EQ(test, -EBUSY,
			iommu_device_use_default_domain(mdev->dev));
	mock_expect_on(test, free, domain);
	iommu_detach_group(domain, free->dev->iommu_group);
	mock_expect_on(test, mdev, mock_default_domain(free));
	mock_expect_always_direct(test, mdev);
}

static void slot_is_parked_as_one(struct kunit *test)
{
	const phys_addr_t start = mock_direct.regions[0].start;
	struct mock_dev *free, *mdev;

	mock_start_ids(test);
	free = mock_plug_slot(test, 1, &mock_nothing);
	mdev = mock_plug_slot(test, 1, &mock_direct);
	/* Plug it in again when its region is in use in the default domain */
	mock_unplug(mdev);
	iommu_unmap(mock_default_domain(free), start, SZ_64K);
	KUNIT_ASSERT_EQ(test, 0,
			iommu_map(mock_default_domain(free), start, 0x50000000,
				  SZ_4K, RW, GFP_KERNEL));
	mock_plug(test, mdev);
	mock_expect_on(test, free, mock_default_domain(free));
	KUNIT_EXPECT_EQ(test, mdev->nr_log, 0);
	KUNIT_EXPECT_EQ(test, -EBUSY,
			iommu_device_use_default_domain(mdev->dev));

	/* Once the other device is removed, the RID can be parked */
	mock_unplug(free);
	mock_expect_always_direct(test, mdev);
	KUNIT_EXPECT_PTR_NE(test, mdev->hw, mock_default_domain(mdev));
	mock_plug(test, free);
	mock_expect_on(test, free, mdev->hw);
	mock_expect_always_direct(test, mdev);
}

/* Remove one of two devices of a RID */
static void unplug_one_of_two(struct kunit *test, struct mock_dev *stays,
			      struct mock_dev *goes)
{
	unsigned int nr_log = stays->nr_log;

	mock_unplug(goes);
	/*
	 * The RID is not blocked, not on identity, and was not attached again
	 */
	mock_expect_on(test, stays, mock_default_domain(stays));
	KUNIT_EXPECT_EQ(test, stays->nr_log, nr_log);
	KUNIT_EXPECT_EQ(test, mock_attaches_to(goes, &mock_identity), 0);
	mock_unplug(stays);
}

static void slot_release(struct kunit *test)
{
	struct mock_dev *stays, *goes;
	unsigned int i;

	mock_iommu->ops.release_domain = &mock_blocked;
	mock_start_ids(test);
	for (i = 0; i < 2; i++) {
		stays = mock_plug_slot(test, 1,
				       i ? &mock_nothing : &mock_direct);
		goes = mock_plug_slot(test, 1,
				      i ? &mock_direct : &mock_nothing);
		unplug_one_of_two(test, stays, goes);
	}
}

/* Release */

static void release_does_not_block(struct kunit *test)
{
	struct mock_dev *a, *b;

	mock_iommu->ops.release_domain = &mock_blocked;
	mock_start(test);
	a = mock_plug_new(test, 1, &mock_direct);
	b = mock_plug_new(test, 1, &mock_direct);
	mock_unplug(a);
	KUNIT_EXPECT_EQ(test, mock_attaches_to(a, &mock_blocked), 0);
	KUNIT_EXPECT_EQ(test, mock_attaches_to(a, &mock_identity), 1);
	mock_expect_always_direct(test, b);
	mock_unplug(b);
	KUNIT_EXPECT_EQ(test, mock_attaches_to(b, &mock_blocked), 0);
	KUNIT_EXPECT_EQ(test, mock_attaches_to(b, &mock_identity), 1);

	/* Other devices are released to the release domain of the driver */
	a = mock_plug_new(test, 1, &mock_nothing);
	mock_unplug(a);
	KUNIT_EXPECT_EQ(test, mock_attaches_to(a, &mock_blocked), 1);
	KUNIT_EXPECT_EQ(test, mock_attaches_to(a, &mock_identity), 0);
}

/* If a device cannot be released to identity, that is logged */
static void release_without_identity(struct kunit *test)
{
	struct kmsg_dump_iter mark;
	struct mock_dev *mdev;
	char name[32];

	mock_iommu->ops.release_domain = &mock_blocked;
	mock_start(test);
	mdev = mock_new_dev(test, 0, &mock_direct);
	/* The driver insists on a DMA domain */
	mdev->type = IOMMU_DOMAIN_DMA;
	mock_plug(test, mdev);
	KUNIT_ASSERT_NOT_NULL(test, mdev->dev->iommu_group);
	strscpy(name, dev_name(mdev->dev));
	mark = mock_log_mark();
	mock_unplug(mdev);
	KUNIT_EXPECT_EQ(test, mock_attaches_to(mdev, &mock_identity), 0);
	KUNIT_EXPECT_EQ(test, 1,
			mock_log_count(&mark, name, "firmware", "released"));

	/*
	 * Nor can one that was pulled out, which would not answer ATS requests
	 */
	mdev->type = 0;
	mock_plug(test, mdev);
	mdev->pci->error_state = pci_channel_io_perm_failure;
	mock_unplug(mdev);
	KUNIT_EXPECT_EQ(test, mock_attaches_to(mdev, &mock_identity), 0);
	KUNIT_EXPECT_EQ(test, mock_attaches_to(mdev, &mock_blocked), 1);

	/* Attaching identity may fail, too */
	mock_plug(test, mdev);
	mdev->fail_attach = 1;
	mark = mock_log_mark();
	mock_unplug(mdev);
	KUNIT_EXPECT_EQ(test, mdev->fail_attach, 0);
	KUNIT_EXPECT_EQ(test, mock_attaches_to(mdev, &mock_blocked), 1);
	KUNIT_EXPECT_EQ(test, 1,
			mock_log_count(&mark, name, "firmware", "released"));
}

/* Without an owner, relaxable regions are kept as direct ones are */
static void release_of_relaxable(struct kunit *test)
{
	struct mock_dev *mdev, *free;
	struct kmsg_dump_iter mark;

	mock_iommu->ops.release_domain = &mock_blocked;
	mock_start(test);
	mdev = mock_plug_new(test, 0, &mock_relaxable);
	mock_unplug(mdev);
	KUNIT_EXPECT_EQ(test, mock_attaches_to(mdev, &mock_identity), 1);
	KUNIT_EXPECT_EQ(test, mock_attaches_to(mdev, &mock_blocked), 0);

	/* With an owner of the group, the RID must not get identity */
	free = mock_plug_new(test, 1, &mock_nothing);
	mdev = mock_plug_new(test, 1, &mock_relaxable);
	KUNIT_ASSERT_EQ(test, 0, iommu_device_claim_dma_owner(free->dev, test));
	mark = mock_log_mark();
	mock_unplug(mdev);
	KUNIT_EXPECT_EQ(test, mock_attaches_to(mdev, &mock_identity), 0);
	/*
	 * That is not logged: an owner of the device does not map relaxable
	 * regions either.
	 */
	KUNIT_EXPECT_EQ(test, 0,
			mock_log_count(&mark, "firmware cannot", NULL, NULL));
	iommu_device_release_dma_owner(free->dev);
}

/* Removing an excluded device does not affect its RID */
static void release_of_excluded(struct kunit *test)
{
	struct mock_dev *free, *mdev;
	struct iommu_domain *user;
	unsigned int nr_log, i;

	mock_iommu->ops.release_domain = &mock_blocked;
	mock_start(test);
	free = mock_plug_rid(test, 1, 0x100, &mock_nothing);
	user = mock_give_to_user(test, free);
	nr_log = free->nr_log;
	mdev = mock_new_dev(test, 1, &mock_direct);
	mdev->rid = 0x100;
	for (i = 0; i < 3; i++) {
		mock_plug(test, mdev);
		mock_unplug(mdev);
		KUNIT_EXPECT_EQ(test, mdev->nr_log, 0);
		KUNIT_EXPECT_EQ(test, free->nr_log, nr_log);
		mock_expect_on(test, free, user);
	}
	iommu_device_release_dma_owner(free->dev);
}

/* The device that stays has the RID of the one that goes */
static void release_shared_rid(struct kunit *test)
{
	struct mock_dev *stays, *goes;
	unsigned int i;

	mock_iommu->ops.release_domain = &mock_blocked;
	mock_start(test);
	for (i = 0; i < 2; i++) {
		stays = mock_plug_rid(test, 1, 0x100,
				      i ? &mock_nothing : &mock_direct);
		goes = mock_plug_rid(test, 1, 0x100,
				     i ? &mock_direct : &mock_nothing);
		unplug_one_of_two(test, stays, goes);
	}
}

static struct kunit_case rid_test_cases[] = {
	KUNIT_CASE(hotplug_shared_rid),
	KUNIT_CASE(hotplug_shares_rid_of_parked),
	KUNIT_CASE(parked_rid_stays_together),
	KUNIT_CASE(shared_rid_is_left),
	KUNIT_CASE(shared_rid_of_one_that_fails),
	KUNIT_CASE(shared_rid_changes_whole_or_not),
	KUNIT_CASE(device_joins_rid_that_failed),
	KUNIT_CASE(shared_rid_of_one_that_takes_no_driver),
	KUNIT_CASE(shared_rid_keeps_excluded),
	KUNIT_CASE(device_joins_two_rids),
	KUNIT_CASE(slot_probe),
	KUNIT_CASE(slot_hotplug_beside_user),
	KUNIT_CASE(slot_hotplug_beside_kernel_domain),
	KUNIT_CASE(slot_is_parked_as_one),
	KUNIT_CASE(slot_release),
	KUNIT_CASE(release_does_not_block),
	KUNIT_CASE(release_without_identity),
	KUNIT_CASE(release_of_relaxable),
	KUNIT_CASE(release_of_excluded),
	KUNIT_CASE(release_shared_rid),
	{}
};

static struct kunit_suite rid_test_suite = {
	.name = "iommu_rid",
	.init = mock_test_init,
	.exit = mock_test_exit,
	.test_cases = rid_test_cases,
};

kunit_test_suite(rid_test_suite);

MODULE_DESCRIPTION("KUnit tests of devices with one requester ID");
MODULE_LICENSE("GPL");
