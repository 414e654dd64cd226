// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit tests of devices that the IOMMU cannot distinguish, and of devices
 * that are removed, which may be among them.
 */
#include <kunit/test.h>
#include <linux/iommu.h>
#include <linux/pci.h>
#include <linux/sizes.h>
#include <linux/string.h>

#include "../../iommu-priv.h"
#include "mock_driver.h"

/*
 * The IOMMU cannot distinguish the device from a user's: what is attached
 * for the one is attached for the other.
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

	/* One of its own RID is parked as ever */
	other = mock_plug_rid(test, 1, 0x108, &mock_direct);
	mock_expect_always_direct(test, other);

	/* Nor is it attached while the user goes from domain to domain */
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

/* The IOMMU cannot distinguish the device from one that is parked */
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
	 * It takes nothing from the one that was there, nor firmware's memory
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
	 * Nor when the user goes from domain to domain, or one of them leaves
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

	/* The one for which it is parked does */
	mock_unplug(parked);
	mock_expect_on(test, late, user);
	KUNIT_EXPECT_EQ(test, 0, iommu_device_may_be_owned(late->dev));
	mock_unplug(late);

	/* Whatever suits all of them is for all of them */
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

/*
 * A RID of whose devices one is parked leaves that with all or with none of
 * them
 */
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
	/* Only the one of them can have the default domain */
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
	/* Both of them, not just the RID */
	KUNIT_EXPECT_PTR_EQ(test, (const struct iommu_domain *)a->attached,
			    b->attached);
}

/* One that could not be attached to anything can, once its RID is its own */
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

/* What goes wrong for one is no matter for those whose RID it has, too */

/*
 * One has the RID on the default domain, and another one's region is in use
 * there
 */
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
			/* The third one says where those belong */
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

/* What was decided for the RID is not what is attached for it */
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

	/* There is room for it, and it fails */
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

/* A domain that was not attached after all changes nothing for the others */
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

	/* Refused for the other RID */
	KUNIT_EXPECT_EQ(test, -EPERM, iommu_attach_group(domain, group));
	mock_expect_on(test, free, mock_default_domain(free));
	KUNIT_EXPECT_EQ(test, mdev->nr_log, 0);
	iommu_unmap(domain, 0x11000000, SZ_4K);

	/* Failed for the one that it would be the first domain of */
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

/* What joins has the RIDs of two that were distinct until then */
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

	/* None has more than any one of them may have */
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
 * What is on no bus is in a group because the hardware cannot distinguish it,
 * whatever ids firmware gave it.
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

	/* The user's domain is what the slot has, from first to last */
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
 * Without an owner, and the slot cannot be had for the direct-only domain
 * either
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
	/*
	 * A default domain that is in use where the region is, for a new device
	 */
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

	/* With no owner, it is the firmware's */
	mock_unplug(free);
	mock_expect_always_direct(test, mdev);
	KUNIT_EXPECT_PTR_NE(test, mdev->hw, mock_default_domain(mdev));
	mock_plug(test, free);
	mock_expect_on(test, free, mdev->hw);
	mock_expect_always_direct(test, mdev);
}

/* The hardware has one place for both */
static void unplug_one_of_two(struct kunit *test, struct mock_dev *stays,
			      struct mock_dev *goes)
{
	unsigned int nr_log = stays->nr_log;

	mock_unplug(goes);
	/* Neither blocked nor let at all memory, nor attached again */
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

	/* Others as the driver has it */
	a = mock_plug_new(test, 1, &mock_nothing);
	mock_unplug(a);
	KUNIT_EXPECT_EQ(test, mock_attaches_to(a, &mock_blocked), 1);
	KUNIT_EXPECT_EQ(test, mock_attaches_to(a, &mock_identity), 0);
}

/* Where identity is no option, that is logged */
static void release_without_identity(struct kunit *test)
{
	struct kmsg_dump_iter mark;
	struct mock_dev *mdev;
	char name[32];

	mock_iommu->ops.release_domain = &mock_blocked;
	mock_start(test);
	mdev = mock_new_dev(test, 0, &mock_direct);
	/* The driver has it that the hardware lacks identity */
	mdev->type = IOMMU_DOMAIN_DMA;
	mock_plug(test, mdev);
	KUNIT_ASSERT_NOT_NULL(test, mdev->dev->iommu_group);
	strscpy(name, dev_name(mdev->dev));
	mark = mock_log_mark();
	mock_unplug(mdev);
	KUNIT_EXPECT_EQ(test, mock_attaches_to(mdev, &mock_identity), 0);
	KUNIT_EXPECT_EQ(test, 1,
			mock_log_count(&mark, name, "firmware", "released"));

	/* As for one that was pulled out: it would be asked to answer ATS */
	mdev->type = 0;
	mock_plug(test, mdev);
	mdev->pci->error_state = pci_channel_io_perm_failure;
	mock_unplug(mdev);
	KUNIT_EXPECT_EQ(test, mock_attaches_to(mdev, &mock_identity), 0);
	KUNIT_EXPECT_EQ(test, mock_attaches_to(mdev, &mock_blocked), 1);

	/* As where it fails */
	mock_plug(test, mdev);
	mdev->fail_attach = 1;
	mark = mock_log_mark();
	mock_unplug(mdev);
	KUNIT_EXPECT_EQ(test, mdev->fail_attach, 0);
	KUNIT_EXPECT_EQ(test, mock_attaches_to(mdev, &mock_blocked), 1);
	KUNIT_EXPECT_EQ(test, 1,
			mock_log_count(&mark, name, "firmware", "released"));
}

/* Until it has an owner, what is relaxable is direct */
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

	/* An owner has the group: its RID is not for all memory */
	free = mock_plug_new(test, 1, &mock_nothing);
	mdev = mock_plug_new(test, 1, &mock_relaxable);
	KUNIT_ASSERT_EQ(test, 0, iommu_device_claim_dma_owner(free->dev, test));
	mark = mock_log_mark();
	mock_unplug(mdev);
	KUNIT_EXPECT_EQ(test, mock_attaches_to(mdev, &mock_identity), 0);
	/*
	 * which is nothing to warn of: it would have lost them to an owner as
	 * well
	 */
	KUNIT_EXPECT_EQ(test, 0,
			mock_log_count(&mark, "firmware cannot", NULL, NULL));
	iommu_device_release_dma_owner(free->dev);
}

/* One that has nothing of its own takes nothing with it */
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
