// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit tests of what the IOMMU core does for the reset of a device.
 *
 * The ops of the mock driver are wrapped to add support for PASIDs.
 */
#include <kunit/test.h>
#include <linux/iommu.h>
#include <linux/log2.h>
#include <linux/pci-ats.h>
#include <linux/sched/mm.h>
#include <linux/sizes.h>

#include "../../iommu-priv.h"
#include "mock_driver.h"
#include "reset_kunit.h"

#define NR_DEVS		4
#define NR_PASIDS	4

/**
 * struct reset_dev - the PASIDs of a device, indexed by &mock_dev.id
 * @pasids: the domain of each PASID
 * @fail_pasid: the n-th attach of a PASID from now fails, once; 0 is never
 */
struct reset_dev {
	struct iommu_domain *pasids[NR_PASIDS];
	unsigned int fail_pasid;
};

static struct {
	const struct iommu_domain_ops *static_ops;
	struct reset_dev devs[NR_DEVS];
	/* Attaches for which the core passed a wrong old domain of a PASID */
	unsigned int wrong_old;
	/* PASIDs that were detached only after their RID was blocked */
	unsigned int late_pasids;
} reset;

static int set_pasid(struct iommu_domain *domain, struct device *dev,
		     ioasid_t pasid, struct iommu_domain *old)
{
	struct reset_dev *rdev = &reset.devs[mock_find(dev)->id];

	reset.wrong_old += old != rdev->pasids[pasid];
	if (domain->type == IOMMU_DOMAIN_BLOCKED) {
		reset.late_pasids += dev->iommu->attached == &mock_blocked;
		rdev->pasids[pasid] = NULL;
		return 0;
	}
	if (rdev->fail_pasid && !--rdev->fail_pasid)
		return -ENOMEM;
	rdev->pasids[pasid] = domain;
	return 0;
}

static struct iommu_domain_ops paging_ops;
static struct iommu_domain_ops static_ops;

/* A device with PASIDs, and with ATS: the core ignores other resets */
struct mock_dev *reset_plug_rid(struct kunit *test, unsigned int group, u32 rid,
				const struct firmware *firmware)
{
	struct mock_dev *mdev = mock_new_dev(test, group, firmware);

	KUNIT_ASSERT_LT(test, mdev->id, NR_DEVS);
	mdev->rid = rid;
	mdev->ats = true;
	mdev->pasid_bits = ilog2(NR_PASIDS);
	mock_plug(test, mdev);
	KUNIT_ASSERT_TRUE(test, pci_ats_supported(mdev->pci));
	KUNIT_ASSERT_EQ(test, mdev->dev->iommu->max_pasids, NR_PASIDS);
	return mdev;
}

void reset_begin(struct kunit *test, struct mock_dev *mdev)
{
	KUNIT_ASSERT_EQ(test, 0, pci_dev_reset_iommu_prepare(mdev->pci));
	mock_check(test);
}

void reset_end(struct kunit *test, struct mock_dev *mdev)
{
	pci_dev_reset_iommu_done(mdev->pci);
	mock_check(test);
}

/* The device is on the direct-only domain, which maps nothing else */
void reset_expect_direct_only(struct kunit *test, const struct mock_dev *mdev)
{
	KUNIT_ASSERT_NOT_NULL(test, mdev->hw);
	KUNIT_EXPECT_PTR_EQ(test, mdev->hw,
			    mdev->dev->iommu_group->direct_domain);
	mock_expect_direct_now(test, mdev);
	KUNIT_EXPECT_EQ(test, iommu_iova_to_phys(mdev->hw, SZ_2M), 0);
}

static struct iommu_domain *pasid_domain(const struct mock_dev *mdev,
					 ioasid_t pasid)
{
	return reset.devs[mdev->id].pasids[pasid];
}

/* During a reset, and only then, no domain can be attached to the group */
void reset_expect_busy(struct kunit *test, struct mock_dev *mdev, bool busy)
{
	struct iommu_domain *domain = mock_new_shared_domain(test, mdev);
	int want = busy ? -EBUSY : 0;

	KUNIT_EXPECT_EQ(test, want,
			iommu_attach_group(domain, mdev->dev->iommu_group));
	if (!busy)
		iommu_detach_group(domain, mdev->dev->iommu_group);
	mock_check(test);
}

/* Blocking */

/* A device does no DMA in a reset, so its regions are not needed either */
static void reset_blocks(struct kunit *test)
{
	const struct firmware * const *firmware = test->param_value;
	struct mock_dev *mdev;

	mock_start(test);
	mdev = reset_plug(test, 0, *firmware);

	reset_begin(test, mdev);
	mock_expect_on(test, mdev, &mock_blocked);
	reset_expect_busy(test, mdev, true);
	reset_end(test, mdev);
	mock_expect_on(test, mdev, mock_default_domain(mdev));
	reset_expect_busy(test, mdev, false);
}

static void reset_of_relaxable_blocks(struct kunit *test)
{
	struct mock_dev *mdev;

	mock_start(test);
	mdev = reset_plug(test, 0, &mock_relaxable);

	reset_begin(test, mdev);
	mock_expect_on(test, mdev, &mock_blocked);
	reset_end(test, mdev);
	mock_expect_on(test, mdev, mock_default_domain(mdev));
}

/* Without ATS the core need not do anything for a reset */
static void reset_without_ats(struct kunit *test)
{
	struct mock_dev *mdev;

	mock_start(test);
	mdev = mock_plug_new(test, 0, &mock_direct);
	reset_begin(test, mdev);
	mock_expect_on(test, mdev, mock_default_domain(mdev));
	reset_expect_busy(test, mdev, false);
	reset_end(test, mdev);
	mock_expect_always_direct(test, mdev);
}

/* A device on the identity domain is blocked during a reset, too */
static void reset_leaves_identity(struct kunit *test)
{
	struct mock_dev *mdev;

	mock_start(test);
	mdev = mock_new_dev(test, 0, &mock_direct);
	mdev->type = IOMMU_DOMAIN_IDENTITY;
	mdev->ats = true;
	mock_plug(test, mdev);
	mock_expect_on(test, mdev, &mock_identity);

	reset_begin(test, mdev);
	mock_expect_on(test, mdev, &mock_blocked);
	reset_end(test, mdev);
	mock_expect_on(test, mdev, &mock_identity);
}

static void reset_in_reset(struct kunit *test)
{
	unsigned int attaches;
	struct mock_dev *mdev;

	mock_start(test);
	mdev = reset_plug(test, 0, &mock_direct);

	reset_begin(test, mdev);
	attaches = mdev->nr_log;
	reset_begin(test, mdev);
	reset_end(test, mdev);
	mock_expect_on(test, mdev, &mock_blocked);
	KUNIT_EXPECT_EQ(test, mdev->nr_log, attaches);
	reset_end(test, mdev);
	mock_expect_on(test, mdev, mock_default_domain(mdev));
	reset_expect_busy(test, mdev, false);
}

static void reset_in_mixed_group(struct kunit *test)
{
	struct mock_dev *free, *direct;

	mock_start(test);
	free = reset_plug(test, 1, &mock_nothing);
	direct = reset_plug(test, 1, &mock_direct);

	reset_begin(test, free);
	mock_expect_on(test, free, &mock_blocked);
	mock_expect_on(test, direct, mock_default_domain(direct));
	mock_expect_always_direct(test, direct);
	reset_begin(test, direct);
	mock_expect_on(test, free, &mock_blocked);
	mock_expect_on(test, direct, &mock_blocked);
	reset_end(test, free);
	mock_expect_on(test, free, mock_default_domain(free));
	mock_expect_on(test, direct, &mock_blocked);
	reset_expect_busy(test, direct, true);
	reset_end(test, direct);
	mock_expect_on(test, direct, mock_default_domain(direct));
	reset_expect_busy(test, direct, false);
}

/* Several devices with one RID */

/* Both devices are blocked until the last of their resets ends */
static void reset_of_shared_rid(struct kunit *test)
{
	struct mock_dev *devs[2];
	unsigned int first;

	mock_start(test);
	devs[0] = reset_plug_rid(test, 1, 0x100, &mock_direct);
	devs[1] = reset_plug_rid(test, 1, 0x100, &mock_nothing);

	for (first = 0; first < 4; first++) {
		struct mock_dev *a = devs[first & 1], *b = devs[!(first & 1)];

		reset_begin(test, a);
		mock_expect_on(test, a, &mock_blocked);
		mock_expect_on(test, b, &mock_blocked);
		/* The resets are nested, or overlap */
		reset_begin(test, b);
		reset_end(test, first & 2 ? a : b);
		mock_expect_on(test, a, &mock_blocked);
		mock_expect_on(test, b, &mock_blocked);
		reset_expect_busy(test, a, true);
		reset_end(test, first & 2 ? b : a);
		mock_expect_on(test, a, mock_default_domain(a));
		mock_expect_on(test, b, mock_default_domain(a));
		mock_expect_direct_now(test, devs[0]);
		reset_expect_busy(test, a, false);
	}
}

/* A platform device shares the RID of all devices of its group */
static void reset_of_slot(struct kunit *test)
{
	struct mock_dev *mdev, *slot;

	mock_start(test);
	mdev = reset_plug(test, 1, &mock_nothing);
	slot = mock_plug_slot(test, 1, &mock_nothing);
	reset_begin(test, mdev);
	mock_expect_on(test, mdev, &mock_blocked);
	mock_expect_on(test, slot, &mock_blocked);
	KUNIT_EXPECT_PTR_EQ(test, slot->attached, &mock_blocked);
	reset_end(test, mdev);
	mock_expect_on(test, mdev, mock_default_domain(mdev));
	mock_expect_on(test, slot, mock_default_domain(mdev));
}

/*
 * After a reset of either device, the RID is on the domain of the owner again,
 * and the excluded device is still not attached.
 */
static void reset_of_owned_rid_beside_excluded(struct kunit *test)
{
	struct mock_dev *claimed, *excluded;
	struct iommu_domain *user;

	mock_start(test);
	claimed = reset_plug_rid(test, 1, 0x100, &mock_nothing);
	user = mock_give_to_user(test, claimed);
	excluded = reset_plug_rid(test, 1, 0x100, &mock_direct);
	KUNIT_EXPECT_EQ(test, excluded->nr_log, 0);

	reset_begin(test, claimed);
	mock_expect_on(test, claimed, &mock_blocked);
	reset_begin(test, excluded);
	reset_end(test, claimed);
	mock_expect_on(test, claimed, &mock_blocked);
	reset_end(test, excluded);
	mock_expect_on(test, claimed, user);

	reset_begin(test, excluded);
	mock_expect_on(test, claimed, &mock_blocked);
	reset_end(test, excluded);
	mock_expect_on(test, claimed, user);
	KUNIT_EXPECT_EQ(test, excluded->nr_log, 0);
}

/* The group */

static void reset_before_first_domain(struct kunit *test)
{
	struct mock_dev *mdev;

	mock_start(test);
	mdev = mock_new_dev(test, 0, &mock_direct);
	mdev->deferred = true;
	mdev->ats = true;
	mock_plug(test, mdev);
	mock_expect_on(test, mdev, NULL);

	reset_begin(test, mdev);
	mock_expect_on(test, mdev, &mock_blocked);
	reset_end(test, mdev);
	mock_expect_on(test, mdev, mock_default_domain(mdev));
}

static void reset_while_group_is_claimed(struct kunit *test)
{
	struct mock_dev *a, *b;

	mock_start(test);
	a = reset_plug(test, 1, &mock_nothing);
	b = reset_plug(test, 1, &mock_nothing);

	reset_begin(test, a);
	KUNIT_EXPECT_EQ(test, -EBUSY,
			iommu_group_claim_dma_owner(a->dev->iommu_group, test));
	mock_expect_on(test, b, mock_default_domain(b));
	reset_end(test, a);
	KUNIT_ASSERT_EQ(test, 0,
			iommu_group_claim_dma_owner(a->dev->iommu_group, test));

	/* Released during a reset: after it the device follows its group */
	reset_begin(test, a);
	iommu_group_release_dma_owner(a->dev->iommu_group);
	mock_expect_on(test, a, &mock_blocked);
	mock_expect_on(test, b, mock_default_domain(b));
	reset_end(test, a);
	mock_expect_on(test, a, mock_default_domain(a));
}

static void reset_while_domain_is_detached(struct kunit *test)
{
	struct iommu_domain *domain;
	struct mock_dev *mdev;

	mock_start(test);
	mdev = reset_plug(test, 0, &mock_direct);
	domain = iommu_paging_domain_alloc(mdev->dev);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, domain);
	iommu_domain_keep_direct(domain);
	KUNIT_EXPECT_EQ(test, 0, iommu_attach_device(domain, mdev->dev));

	reset_begin(test, mdev);
	iommu_detach_device(domain, mdev->dev);
	mock_expect_on(test, mdev, &mock_blocked);
	/* The device does not return to that domain, so it can be freed */
	iommu_domain_free(domain);
	reset_end(test, mdev);
	mock_expect_on(test, mdev, mock_default_domain(mdev));
	mock_expect_direct_now(test, mdev);
}

static void reset_while_type_changes(struct kunit *test)
{
	struct mock_dev *mdev;

	mock_start(test);
	mdev = reset_plug(test, 0, &mock_direct);
	reset_begin(test, mdev);
	KUNIT_EXPECT_EQ(test, -EBUSY, mock_set_type(mdev, "identity"));
	mock_expect_on(test, mdev, &mock_blocked);
	reset_end(test, mdev);
	mock_expect_on(test, mdev, mock_default_domain(mdev));
	KUNIT_EXPECT_GT(test, mock_set_type(mdev, "identity"), 0);
	mock_expect_on(test, mdev, &mock_identity);
}

/* A device with other regions joins the group during a reset */
static void reset_while_another_comes(struct kunit *test)
{
	static const struct firmware more = { {
		{ 0x18000000, SZ_64K, RW, DIRECT, TABLE },
	} };
	struct mock_dev *mdev, *other;

	mock_start(test);
	mdev = reset_plug(test, 1, &mock_direct);
	reset_begin(test, mdev);
	other = reset_plug(test, 1, &more);
	mock_expect_on(test, other, mock_default_domain(mdev));
	mock_expect_always_direct(test, other);
	mock_expect_on(test, mdev, &mock_blocked);
	reset_begin(test, other);
	reset_end(test, mdev);
	mock_expect_on(test, other, &mock_blocked);
	reset_end(test, other);
	mock_expect_direct_now(test, mdev);
	mock_expect_direct_now(test, other);
}

/* As above, with the RID of the device in the reset: both are blocked */
static void reset_while_sibling_comes(struct kunit *test)
{
	const struct firmware * const *firmware = test->param_value;
	struct mock_dev *mdev, *other;

	mock_start(test);
	mdev = reset_plug_rid(test, 1, 0x100, &mock_nothing);
	reset_begin(test, mdev);
	other = reset_plug_rid(test, 1, 0x100, *firmware);
	mock_expect_on(test, other, &mock_blocked);
	mock_expect_on(test, mdev, &mock_blocked);
	KUNIT_EXPECT_EQ(test,
			mock_attaches_to(other, mock_default_domain(mdev)), 0);
	/* It may get a driver during the reset */
	KUNIT_EXPECT_EQ(test, 0, iommu_device_use_default_domain(other->dev));
	mock_expect_on(test, other, &mock_blocked);
	iommu_device_unuse_default_domain(other->dev);
	reset_end(test, mdev);
	mock_expect_on(test, mdev, mock_default_domain(mdev));
	mock_expect_on(test, other, mock_default_domain(mdev));
	reset_expect_busy(test, mdev, false);
}

static void reset_of_parked(struct kunit *test)
{
	struct mock_dev *claimed, *parked;

	mock_start(test);
	claimed = reset_plug(test, 1, &mock_nothing);
	KUNIT_ASSERT_EQ(test, 0,
			iommu_group_claim_dma_owner(claimed->dev->iommu_group,
						    test));
	parked = reset_plug(test, 1, &mock_direct);
	reset_expect_direct_only(test, parked);

	reset_begin(test, parked);
	mock_expect_on(test, parked, &mock_blocked);
	reset_end(test, parked);
	reset_expect_direct_only(test, parked);

	reset_begin(test, claimed);
	mock_expect_on(test, claimed, &mock_blocked);
	reset_expect_direct_only(test, parked);
	reset_end(test, claimed);
	mock_expect_on(test, claimed, &mock_blocked);

	/*
	 * If the owner releases the group during the reset, the device is not
	 * parked after it.
	 */
	reset_begin(test, parked);
	iommu_group_release_dma_owner(claimed->dev->iommu_group);
	mock_expect_on(test, parked, &mock_blocked);
	reset_end(test, parked);
	mock_expect_on(test, parked, mock_default_domain(parked));
	mock_expect_direct_now(test, parked);
}

/* Removal */

static void reset_of_device_that_goes(struct kunit *test)
{
	const struct firmware * const *firmware = test->param_value;
	struct mock_dev *mdev, *other;

	mock_start(test);
	other = reset_plug(test, 1, &mock_nothing);
	mdev = reset_plug(test, 1, *firmware);

	reset_begin(test, mdev);
	mock_unplug(mdev);
	/* The other devices can be attached at once */
	reset_expect_busy(test, other, false);

	/* So can the device when it is plugged in again */
	mock_plug(test, mdev);
	mock_expect_on(test, mdev, mock_default_domain(mdev));
	reset_expect_busy(test, mdev, false);
}

static void reset_of_last_device_that_goes(struct kunit *test)
{
	struct mock_dev *mdev;

	mock_start(test);
	mdev = reset_plug(test, 0, &mock_direct);
	reset_begin(test, mdev);
	mock_unplug(mdev);
	/* mock_test_exit() checks that no domain in use was freed */
}

static void attach_pasids(struct kunit *test, struct mock_dev *mdev,
			  struct iommu_domain *domain)
{
	KUNIT_ASSERT_EQ(test, 0,
			iommu_attach_device_pasid(domain, mdev->dev, 1, NULL));
	KUNIT_ASSERT_EQ(test, 0,
			iommu_attach_device_pasid(domain, mdev->dev, 3, NULL));
}

static void expect_pasids(struct kunit *test, const struct mock_dev *mdev,
			  struct iommu_domain *domain)
{
	KUNIT_EXPECT_PTR_EQ(test, pasid_domain(mdev, 1), domain);
	KUNIT_EXPECT_PTR_EQ(test, pasid_domain(mdev, 3), domain);
	KUNIT_EXPECT_EQ(test, reset.wrong_old, 0);
	KUNIT_EXPECT_EQ(test, reset.late_pasids, 0);
}

static void detach_pasids(struct mock_dev *mdev, struct iommu_domain *domain)
{
	iommu_detach_device_pasid(domain, mdev->dev, 1);
	iommu_detach_device_pasid(domain, mdev->dev, 3);
}

/* If a device is removed in a reset, that reset ends for its RID */
static void reset_of_sibling_that_goes(struct kunit *test)
{
	const struct firmware * const *firmware = test->param_value;
	struct mock_dev *goes, *stays;
	struct iommu_domain *domain;

	mock_iommu->ops.release_domain = &mock_blocked;
	mock_start(test);
	goes = reset_plug_rid(test, 1, 0x100, *firmware);
	stays = reset_plug_rid(test, 1, 0x100, &mock_nothing);
	domain = mock_new_domain(test, stays);
	attach_pasids(test, stays, domain);

	/* Both devices are in a reset */
	reset_begin(test, goes);
	reset_begin(test, stays);
	mock_unplug(goes);
	mock_expect_on(test, stays, &mock_blocked);
	expect_pasids(test, stays, NULL);
	reset_end(test, stays);
	mock_expect_on(test, stays, mock_default_domain(stays));
	expect_pasids(test, stays, domain);

	/* Only the device that is removed is in a reset */
	detach_pasids(stays, domain);
	mock_plug(test, goes);
	attach_pasids(test, stays, domain);
	reset_begin(test, goes);
	mock_expect_on(test, stays, &mock_blocked);
	mock_unplug(goes);
	mock_expect_on(test, stays, mock_default_domain(stays));
	expect_pasids(test, stays, domain);
	detach_pasids(stays, domain);
	reset_expect_busy(test, stays, false);
}

/* PASIDs */

static void reset_with_pasids(struct kunit *test)
{
	const struct firmware * const *firmware = test->param_value;
	struct iommu_domain *domain;
	struct mock_dev *mdev;

	mock_start(test);
	mdev = reset_plug(test, 0, *firmware);
	domain = mock_new_domain(test, mdev);
	attach_pasids(test, mdev, domain);

	reset_begin(test, mdev);
	expect_pasids(test, mdev, NULL);
	KUNIT_EXPECT_EQ(test, -EBUSY,
			iommu_attach_device_pasid(domain, mdev->dev, 2, NULL));
	reset_end(test, mdev);
	expect_pasids(test, mdev, domain);
	mock_expect_on(test, mdev, mock_default_domain(mdev));

	/* A PASID that is detached during a reset is not attached after it */
	reset_begin(test, mdev);
	detach_pasids(mdev, domain);
	reset_end(test, mdev);
	expect_pasids(test, mdev, NULL);
}

/* Devices of one RID may share a PASID table, so both lose their PASIDs */
static void reset_of_shared_rid_with_pasids(struct kunit *test)
{
	struct iommu_domain *domain;
	struct mock_dev *a, *b;

	mock_start(test);
	a = reset_plug_rid(test, 1, 0x100, &mock_nothing);
	b = reset_plug_rid(test, 1, 0x100, &mock_nothing);
	domain = mock_new_domain(test, a);
	attach_pasids(test, a, domain);
	expect_pasids(test, b, domain);

	reset_begin(test, a);
	expect_pasids(test, a, NULL);
	expect_pasids(test, b, NULL);
	reset_begin(test, b);
	reset_end(test, a);
	expect_pasids(test, a, NULL);
	expect_pasids(test, b, NULL);
	reset_end(test, b);
	expect_pasids(test, a, domain);
	expect_pasids(test, b, domain);
	detach_pasids(a, domain);
	expect_pasids(test, b, NULL);
}

static void reset_refused_leaves_pasids(struct kunit *test)
{
	struct iommu_domain *domain;
	struct mock_dev *mdev;

	mock_start(test);
	mdev = reset_plug(test, 0, &mock_nothing);
	domain = mock_new_domain(test, mdev);
	attach_pasids(test, mdev, domain);

	mdev->fail_attach = 1;
	KUNIT_EXPECT_EQ(test, -ENOMEM, pci_dev_reset_iommu_prepare(mdev->pci));
	expect_pasids(test, mdev, domain);
	detach_pasids(mdev, domain);
}

/*
 * If one PASID cannot be attached again, the others are, and new ones can be.
 */
static void reset_that_loses_pasid(struct kunit *test)
{
	const struct firmware * const *firmware = test->param_value;
	struct iommu_domain *domain;
	struct kmsg_dump_iter mark;
	struct mock_dev *mdev;

	mock_start(test);
	mdev = reset_plug(test, 0, *firmware);
	domain = mock_new_domain(test, mdev);
	attach_pasids(test, mdev, domain);

	reset_begin(test, mdev);
	mark = mock_log_mark();
	reset.devs[mdev->id].fail_pasid = 1;
	reset_end(test, mdev);
	KUNIT_EXPECT_EQ(test, reset.wrong_old, 0);
	KUNIT_EXPECT_EQ(test, 1,
			mock_log_count(&mark, dev_name(mdev->dev), "PASID 1",
				       "cannot be attached again"));
	mock_expect_on(test, mdev, mock_default_domain(mdev));
	KUNIT_EXPECT_NULL(test, pasid_domain(mdev, 1));
	KUNIT_EXPECT_PTR_EQ(test, pasid_domain(mdev, 3), domain);
	KUNIT_EXPECT_EQ(test, 0,
			iommu_attach_device_pasid(domain, mdev->dev, 2, NULL));
	iommu_detach_device_pasid(domain, mdev->dev, 2);

	/* Another reset attaches it again, and so does its user */
	reset_begin(test, mdev);
	reset_end(test, mdev);
	KUNIT_EXPECT_PTR_EQ(test, pasid_domain(mdev, 1), domain);
	KUNIT_EXPECT_PTR_EQ(test, pasid_domain(mdev, 3), domain);
	detach_pasids(mdev, domain);
	attach_pasids(test, mdev, domain);
	detach_pasids(mdev, domain);
	reset_expect_busy(test, mdev, false);
}

/*
 * The PASID of a process that has exited is not attached again: the IOTLB would
 * not be flushed when the pages of the process are freed.
 */
static void reset_while_process_exits(struct kunit *test)
{
	struct mm_struct *mm = mm_alloc();
	struct iommu_domain *domain;
	struct mock_dev *a, *b;

	KUNIT_ASSERT_NOT_NULL(test, mm);
	mock_start(test);
	a = reset_plug_rid(test, 1, 0x100, &mock_nothing);
	b = reset_plug_rid(test, 1, 0x108, &mock_nothing);
	domain = mock_new_domain(test, a);
	/* Freeing the domain drops this reference */
	domain->type = IOMMU_DOMAIN_SVA;
	domain->cookie_type = IOMMU_COOKIE_SVA;
	domain->mm = mm;
	mmgrab(mm);
	attach_pasids(test, a, domain);

	reset_begin(test, a);
	reset_end(test, a);
	expect_pasids(test, a, domain);
	KUNIT_EXPECT_EQ(test, 1, atomic_read(&mm->mm_users));

	reset_begin(test, a);
	mmput(mm);
	reset_end(test, a);
	expect_pasids(test, a, NULL);
	expect_pasids(test, b, NULL);

	/* The PASID is in use until it is detached */
	detach_pasids(a, domain);
	KUNIT_EXPECT_EQ(test, reset.wrong_old, 0);
	domain = mock_new_domain(test, a);
	attach_pasids(test, a, domain);
	expect_pasids(test, b, domain);
	detach_pasids(a, domain);
}

static struct kunit_case reset_test_cases[] = {
	KUNIT_CASE_PARAM(reset_blocks, kind_gen_params),
	KUNIT_CASE(reset_of_relaxable_blocks),
	KUNIT_CASE(reset_without_ats),
	KUNIT_CASE(reset_leaves_identity),
	KUNIT_CASE(reset_in_reset),
	KUNIT_CASE(reset_in_mixed_group),
	KUNIT_CASE(reset_of_shared_rid),
	KUNIT_CASE(reset_of_slot),
	KUNIT_CASE(reset_of_owned_rid_beside_excluded),
	KUNIT_CASE(reset_before_first_domain),
	KUNIT_CASE(reset_while_group_is_claimed),
	KUNIT_CASE(reset_while_domain_is_detached),
	KUNIT_CASE(reset_while_type_changes),
	KUNIT_CASE(reset_while_another_comes),
	KUNIT_CASE_PARAM(reset_while_sibling_comes, kind_gen_params),
	KUNIT_CASE(reset_of_parked),
	KUNIT_CASE_PARAM(reset_of_device_that_goes, kind_gen_params),
	KUNIT_CASE(reset_of_last_device_that_goes),
	KUNIT_CASE_PARAM(reset_of_sibling_that_goes, kind_gen_params),
	KUNIT_CASE_PARAM(reset_with_pasids, kind_gen_params),
	KUNIT_CASE(reset_of_shared_rid_with_pasids),
	KUNIT_CASE(reset_refused_leaves_pasids),
	KUNIT_CASE_PARAM(reset_that_loses_pasid, kind_gen_params),
	KUNIT_CASE(reset_while_process_exits),
	{}
};

int reset_test_init(struct kunit *test)
{
	int ret;

	if (!IS_ENABLED(CONFIG_PCI_ATS) || !IS_ENABLED(CONFIG_PCI_PASID))
		kunit_skip(test, "needs CONFIG_PCI_PASID");
	ret = mock_test_init(test);
	if (ret || !mock_iommu)
		return ret;
	mock_iommu->iommu.max_pasids = NR_PASIDS;
	memset(&reset, 0, sizeof(reset));
	reset.static_ops = mock_blocked.ops;
	static_ops = *mock_blocked.ops;
	static_ops.set_dev_pasid = set_pasid;
	mock_blocked.ops = &static_ops;
	paging_ops = mock_paging_ops;
	paging_ops.set_dev_pasid = set_pasid;
	mock_iommu->ops.default_domain_ops = &paging_ops;
	return 0;
}

void reset_test_exit(struct kunit *test)
{
	mock_test_exit(test);
	if (!reset.static_ops)
		return;
	mock_blocked.ops = reset.static_ops;
	reset.static_ops = NULL;
}

static struct kunit_suite reset_test_suite = {
	.name = "iommu_reset",
	.init = reset_test_init,
	.exit = reset_test_exit,
	.test_cases = reset_test_cases,
};

kunit_test_suite(reset_test_suite);

MODULE_DESCRIPTION("KUnit tests of the IOMMU core's part in a device's reset");
MODULE_LICENSE("GPL");
