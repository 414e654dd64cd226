// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit tests of what the IOMMU core does for the reset of a device, and of a
 * group's way back from a domain that one of its devices cannot have.
 *
 * The mock driver is told by its ops' wrappers here to have PASIDs.
 */
#include <kunit/test.h>
#include <linux/iommu.h>
#include <linux/log2.h>
#include <linux/pci-ats.h>
#include <linux/sched/mm.h>
#include <linux/sizes.h>

#include "../../iommu-priv.h"
#include "mock_driver.h"

#define NR_DEVS		4
#define NR_PASIDS	4

/**
 * struct reset_dev - what the wrappers know of a device, by its number
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
	/* The core called another domain a PASID's old one than the one attached */
	unsigned int wrong_old;
	/* A PASID went after what the RID was attached to, and its table */
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

/* With ATS, or its reset would be none of the core's business, and PASIDs */
static struct mock_dev *plug_rid(struct kunit *test, unsigned int group, u32 rid,
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

static struct mock_dev *plug(struct kunit *test, unsigned int group,
			     const struct firmware *firmware)
{
	return plug_rid(test, group, 0, firmware);
}

static void reset_begin(struct kunit *test, struct mock_dev *mdev)
{
	KUNIT_ASSERT_EQ(test, 0, pci_dev_reset_iommu_prepare(mdev->pci));
	mock_check(test);
}

static void reset_end(struct kunit *test, struct mock_dev *mdev)
{
	pci_dev_reset_iommu_done(mdev->pci);
	mock_check(test);
}

/* What is attached where, and to what the core and the driver think it is */
static void expect_attached(struct kunit *test, const struct mock_dev *mdev,
			    struct iommu_domain *domain)
{
	mock_expect_on(test, mdev, domain);
	KUNIT_EXPECT_EQ(test, mock_iommu->wrong_old, 0);
}

/* Regions and nothing else */
static void expect_direct_only(struct kunit *test, const struct mock_dev *mdev)
{
	KUNIT_ASSERT_NOT_NULL(test, mdev->hw);
	KUNIT_EXPECT_PTR_EQ(test, mdev->hw, mdev->dev->iommu_group->direct_domain);
	mock_expect_direct_now(test, mdev);
	KUNIT_EXPECT_EQ(test, iommu_iova_to_phys(mdev->hw, SZ_2M), 0);
	KUNIT_EXPECT_EQ(test, mock_iommu->wrong_old, 0);
}

static struct iommu_domain *pasid_domain(const struct mock_dev *mdev,
					 ioasid_t pasid)
{
	return reset.devs[mdev->id].pasids[pasid];
}

/* What is not allowed during a reset, and is as soon as it is over */
static void expect_in_reset(struct kunit *test, struct mock_dev *mdev,
			    bool in_reset)
{
	struct iommu_domain *domain = mock_new_shared_domain(test, mdev);
	int want = in_reset ? -EBUSY : 0;

	KUNIT_EXPECT_EQ(test, want, iommu_attach_group(domain, mdev->dev->iommu_group));
	if (!in_reset)
		iommu_detach_group(domain, mdev->dev->iommu_group);
	mock_check(test);
}

static const struct firmware * const kinds[] = {
	&mock_nothing, &mock_direct,
};

static void kind_desc(const struct firmware * const *kind, char *desc)
{
	strscpy(desc, *kind == &mock_nothing ? "free" : "direct",
		KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(kind, kinds, kind_desc);

/* Staging */

/* No device masters the bus in its reset: firmware does not use it either */
static void reset_blocks(struct kunit *test)
{
	const struct firmware * const *firmware = test->param_value;
	struct mock_dev *mdev;

	mock_start(test);
	mdev = plug(test, 0, *firmware);

	reset_begin(test, mdev);
	expect_attached(test, mdev, &mock_blocked);
	expect_in_reset(test, mdev, true);
	reset_end(test, mdev);
	expect_attached(test, mdev, mock_default_domain(mdev));
	expect_in_reset(test, mdev, false);
}

static void reset_of_relaxable_blocks(struct kunit *test)
{
	struct mock_dev *mdev;

	mock_start(test);
	mdev = plug(test, 0, &mock_relaxable);

	reset_begin(test, mdev);
	expect_attached(test, mdev, &mock_blocked);
	reset_end(test, mdev);
	expect_attached(test, mdev, mock_default_domain(mdev));
}

/* Nothing is to be done for one whose translations nobody else has */
static void reset_without_ats(struct kunit *test)
{
	struct mock_dev *mdev;

	mock_start(test);
	mdev = mock_plug_new(test, 0, &mock_direct);
	reset_begin(test, mdev);
	expect_attached(test, mdev, mock_default_domain(mdev));
	expect_in_reset(test, mdev, false);
	reset_end(test, mdev);
	mock_expect_always_direct(test, mdev);
}

/* Not all memory, where that is what the device has at other times */
static void reset_leaves_identity(struct kunit *test)
{
	struct mock_dev *mdev;

	mock_start(test);
	mdev = mock_new_dev(test, 0, &mock_direct);
	mdev->type = IOMMU_DOMAIN_IDENTITY;
	mdev->ats = true;
	mock_plug(test, mdev);
	expect_attached(test, mdev, &mock_identity);

	reset_begin(test, mdev);
	expect_attached(test, mdev, &mock_blocked);
	reset_end(test, mdev);
	expect_attached(test, mdev, &mock_identity);
}

static void reset_in_reset(struct kunit *test)
{
	unsigned int attaches;
	struct mock_dev *mdev;

	mock_start(test);
	mdev = plug(test, 0, &mock_direct);

	reset_begin(test, mdev);
	attaches = mdev->nr_log;
	reset_begin(test, mdev);
	reset_end(test, mdev);
	expect_attached(test, mdev, &mock_blocked);
	KUNIT_EXPECT_EQ(test, mdev->nr_log, attaches);
	reset_end(test, mdev);
	expect_attached(test, mdev, mock_default_domain(mdev));
	expect_in_reset(test, mdev, false);
}

static void reset_in_mixed_group(struct kunit *test)
{
	struct mock_dev *free, *direct;

	mock_start(test);
	free = plug(test, 1, &mock_nothing);
	direct = plug(test, 1, &mock_direct);

	reset_begin(test, free);
	expect_attached(test, free, &mock_blocked);
	expect_attached(test, direct, mock_default_domain(direct));
	mock_expect_always_direct(test, direct);
	reset_begin(test, direct);
	expect_attached(test, free, &mock_blocked);
	expect_attached(test, direct, &mock_blocked);
	reset_end(test, free);
	expect_attached(test, free, mock_default_domain(free));
	expect_attached(test, direct, &mock_blocked);
	expect_in_reset(test, direct, true);
	reset_end(test, direct);
	expect_attached(test, direct, mock_default_domain(direct));
	expect_in_reset(test, direct, false);
}

static void reset_refused_changes_nothing(struct kunit *test)
{
	const struct firmware * const *firmware = test->param_value;
	struct mock_dev *mdev;

	mock_start(test);
	mdev = plug(test, 0, *firmware);
	mdev->fail_attach = 1;
	KUNIT_EXPECT_EQ(test, -ENOMEM, pci_dev_reset_iommu_prepare(mdev->pci));
	expect_attached(test, mdev, mock_default_domain(mdev));
	expect_in_reset(test, mdev, false);
}

/* Several devices with one RID */

/* What is attached for one is attached for both: the last one ends it */
static void reset_of_shared_rid(struct kunit *test)
{
	struct mock_dev *devs[2];
	unsigned int first;

	mock_start(test);
	devs[0] = plug_rid(test, 1, 0x100, &mock_direct);
	devs[1] = plug_rid(test, 1, 0x100, &mock_nothing);

	for (first = 0; first < 4; first++) {
		struct mock_dev *a = devs[first & 1], *b = devs[!(first & 1)];

		reset_begin(test, a);
		expect_attached(test, a, &mock_blocked);
		expect_attached(test, b, &mock_blocked);
		/* One in the other, or one after the other */
		reset_begin(test, b);
		reset_end(test, first & 2 ? a : b);
		expect_attached(test, a, &mock_blocked);
		expect_attached(test, b, &mock_blocked);
		expect_in_reset(test, a, true);
		reset_end(test, first & 2 ? b : a);
		expect_attached(test, a, mock_default_domain(a));
		expect_attached(test, b, mock_default_domain(a));
		mock_expect_direct_now(test, devs[0]);
		expect_in_reset(test, a, false);
	}
}

/* Each of the two may be the one that fails, and then neither is in a reset */
static void reset_of_shared_rid_refused(struct kunit *test)
{
	struct iommu_domain *domain;
	struct mock_dev *devs[2];
	unsigned int failing;

	mock_start(test);
	devs[0] = plug_rid(test, 1, 0x100, &mock_nothing);
	devs[1] = plug_rid(test, 1, 0x100, &mock_nothing);
	domain = mock_default_domain(devs[0]);
	for (failing = 0; failing < 2; failing++) {
		devs[failing]->fail_attach = 1;
		KUNIT_EXPECT_EQ(test, -ENOMEM, pci_dev_reset_iommu_prepare(devs[0]->pci));
		expect_attached(test, devs[0], domain);
		expect_attached(test, devs[1], domain);
		KUNIT_EXPECT_PTR_EQ(test, devs[0]->attached, domain);
		KUNIT_EXPECT_PTR_EQ(test, devs[1]->attached, domain);
		expect_in_reset(test, devs[0], false);
	}
}

/* The hardware does not tell what is on no bus from anything in its group */
static void reset_of_slot(struct kunit *test)
{
	struct mock_dev *mdev, *slot;

	mock_start(test);
	mdev = plug(test, 1, &mock_nothing);
	slot = mock_plug_slot(test, 1, &mock_nothing);
	reset_begin(test, mdev);
	expect_attached(test, mdev, &mock_blocked);
	expect_attached(test, slot, &mock_blocked);
	KUNIT_EXPECT_PTR_EQ(test, slot->attached, &mock_blocked);
	reset_end(test, mdev);
	expect_attached(test, mdev, mock_default_domain(mdev));
	expect_attached(test, slot, mock_default_domain(mdev));
}

/* The owner's RID stays what it is, with or without the device that came late */
static void reset_of_owned_rid_beside_excluded(struct kunit *test)
{
	struct mock_dev *held, *excluded;
	struct iommu_domain *user;

	mock_start(test);
	held = plug_rid(test, 1, 0x100, &mock_nothing);
	KUNIT_ASSERT_EQ(test, 0,
			iommu_group_claim_dma_owner(held->dev->iommu_group, test));
	user = mock_new_domain(test, held);
	KUNIT_ASSERT_EQ(test, 0, iommu_attach_group(user, held->dev->iommu_group));
	excluded = plug_rid(test, 1, 0x100, &mock_direct);
	KUNIT_EXPECT_EQ(test, excluded->nr_log, 0);

	reset_begin(test, held);
	mock_expect_on(test, held, &mock_blocked);
	reset_begin(test, excluded);
	reset_end(test, held);
	mock_expect_on(test, held, &mock_blocked);
	reset_end(test, excluded);
	mock_expect_on(test, held, user);

	reset_begin(test, excluded);
	mock_expect_on(test, held, &mock_blocked);
	reset_end(test, excluded);
	mock_expect_on(test, held, user);
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
	expect_attached(test, mdev, &mock_blocked);
	reset_end(test, mdev);
	expect_attached(test, mdev, mock_default_domain(mdev));
}

static void reset_while_group_is_claimed(struct kunit *test)
{
	struct mock_dev *a, *b;

	mock_start(test);
	a = plug(test, 1, &mock_nothing);
	b = plug(test, 1, &mock_nothing);

	reset_begin(test, a);
	KUNIT_EXPECT_EQ(test, -EBUSY,
			iommu_group_claim_dma_owner(a->dev->iommu_group, test));
	expect_attached(test, b, mock_default_domain(b));
	reset_end(test, a);
	KUNIT_ASSERT_EQ(test, 0,
			iommu_group_claim_dma_owner(a->dev->iommu_group, test));

	/* Given back during a reset: the device gets what the group has then */
	reset_begin(test, a);
	iommu_group_release_dma_owner(a->dev->iommu_group);
	expect_attached(test, a, &mock_blocked);
	expect_attached(test, b, mock_default_domain(b));
	reset_end(test, a);
	expect_attached(test, a, mock_default_domain(a));
}

static void reset_while_domain_is_detached(struct kunit *test)
{
	struct iommu_domain *domain;
	struct mock_dev *mdev;

	mock_start(test);
	mdev = plug(test, 0, &mock_direct);
	domain = iommu_paging_domain_alloc(mdev->dev);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, domain);
	iommu_domain_keep_direct(domain);
	KUNIT_EXPECT_EQ(test, 0, iommu_attach_device(domain, mdev->dev));

	reset_begin(test, mdev);
	iommu_detach_device(domain, mdev->dev);
	expect_attached(test, mdev, &mock_blocked);
	/* It is not coming back to that one any more, which may go */
	iommu_domain_free(domain);
	reset_end(test, mdev);
	expect_attached(test, mdev, mock_default_domain(mdev));
	mock_expect_direct_now(test, mdev);
}

static void reset_while_type_changes(struct kunit *test)
{
	struct mock_dev *mdev;

	mock_start(test);
	mdev = plug(test, 0, &mock_direct);
	reset_begin(test, mdev);
	KUNIT_EXPECT_EQ(test, -EBUSY, mock_set_type(mdev, "identity"));
	expect_attached(test, mdev, &mock_blocked);
	reset_end(test, mdev);
	expect_attached(test, mdev, mock_default_domain(mdev));
	KUNIT_EXPECT_GT(test, mock_set_type(mdev, "identity"), 0);
	expect_attached(test, mdev, &mock_identity);
}

/* One that comes during the reset, with more for the domain that is in use */
static void reset_while_another_comes(struct kunit *test)
{
	static const struct firmware more = { {
		{ 0x18000000, SZ_64K, RW, DIRECT, TABLE },
	} };
	struct mock_dev *mdev, *other;

	mock_start(test);
	mdev = plug(test, 1, &mock_direct);
	reset_begin(test, mdev);
	other = plug(test, 1, &more);
	expect_attached(test, other, mock_default_domain(mdev));
	mock_expect_always_direct(test, other);
	expect_attached(test, mdev, &mock_blocked);
	reset_begin(test, other);
	reset_end(test, mdev);
	expect_attached(test, other, &mock_blocked);
	reset_end(test, other);
	mock_expect_direct_now(test, mdev);
	mock_expect_direct_now(test, other);
}

/* As above, with the RID of the one that is in reset: it is blocked as well */
static void reset_while_sibling_comes(struct kunit *test)
{
	const struct firmware * const *firmware = test->param_value;
	struct mock_dev *mdev, *other;

	mock_start(test);
	mdev = plug_rid(test, 1, 0x100, &mock_nothing);
	reset_begin(test, mdev);
	other = plug_rid(test, 1, 0x100, *firmware);
	expect_attached(test, other, &mock_blocked);
	expect_attached(test, mdev, &mock_blocked);
	KUNIT_EXPECT_EQ(test, mock_attaches_to(other, mock_default_domain(mdev)), 0);
	/* Its driver may come already */
	KUNIT_EXPECT_EQ(test, 0, iommu_device_use_default_domain(other->dev));
	expect_attached(test, other, &mock_blocked);
	iommu_device_unuse_default_domain(other->dev);
	reset_end(test, mdev);
	expect_attached(test, mdev, mock_default_domain(mdev));
	expect_attached(test, other, mock_default_domain(mdev));
	expect_in_reset(test, mdev, false);
}

static void reset_of_parked(struct kunit *test)
{
	struct mock_dev *held, *parked;

	mock_start(test);
	held = plug(test, 1, &mock_nothing);
	KUNIT_ASSERT_EQ(test, 0,
			iommu_group_claim_dma_owner(held->dev->iommu_group, test));
	parked = plug(test, 1, &mock_direct);
	expect_direct_only(test, parked);

	reset_begin(test, parked);
	expect_attached(test, parked, &mock_blocked);
	reset_end(test, parked);
	expect_direct_only(test, parked);

	reset_begin(test, held);
	expect_attached(test, held, &mock_blocked);
	expect_direct_only(test, parked);
	reset_end(test, held);
	expect_attached(test, held, &mock_blocked);

	/* The owner lets go while it is in reset: it is not parked after that */
	reset_begin(test, parked);
	iommu_group_release_dma_owner(held->dev->iommu_group);
	expect_attached(test, parked, &mock_blocked);
	reset_end(test, parked);
	expect_attached(test, parked, mock_default_domain(parked));
	mock_expect_direct_now(test, parked);
}

/* Removal */

static void reset_of_device_that_goes(struct kunit *test)
{
	const struct firmware * const *firmware = test->param_value;
	struct mock_dev *mdev, *other;

	mock_start(test);
	other = plug(test, 1, &mock_nothing);
	mdev = plug(test, 1, *firmware);

	reset_begin(test, mdev);
	mock_unplug(mdev);
	KUNIT_EXPECT_EQ(test, mock_iommu->wrong_old, 0);
	/* The others do not wait for it */
	expect_in_reset(test, other, false);

	/* nor does it, when it comes again */
	mock_plug(test, mdev);
	expect_attached(test, mdev, mock_default_domain(mdev));
	expect_in_reset(test, mdev, false);
}

static void reset_of_last_device_that_goes(struct kunit *test)
{
	struct mock_dev *mdev;

	mock_start(test);
	mdev = plug(test, 0, &mock_direct);
	reset_begin(test, mdev);
	mock_unplug(mdev);
	KUNIT_EXPECT_EQ(test, mock_iommu->wrong_old, 0);
	/* mock_test_exit() looks whether a domain was freed that it is on */
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

/* Those with its RID are not left in a reset that nobody ends */
static void reset_of_sibling_that_goes(struct kunit *test)
{
	const struct firmware * const *firmware = test->param_value;
	struct mock_dev *goes, *stays;
	struct iommu_domain *domain;

	mock_iommu->ops.release_domain = &mock_blocked;
	mock_start(test);
	goes = plug_rid(test, 1, 0x100, *firmware);
	stays = plug_rid(test, 1, 0x100, &mock_nothing);
	domain = mock_new_domain(test, stays);
	attach_pasids(test, stays, domain);

	/* One of two resets */
	reset_begin(test, goes);
	reset_begin(test, stays);
	mock_unplug(goes);
	expect_attached(test, stays, &mock_blocked);
	expect_pasids(test, stays, NULL);
	reset_end(test, stays);
	expect_attached(test, stays, mock_default_domain(stays));
	expect_pasids(test, stays, domain);

	/* The only one */
	detach_pasids(stays, domain);
	mock_plug(test, goes);
	attach_pasids(test, stays, domain);
	reset_begin(test, goes);
	expect_attached(test, stays, &mock_blocked);
	mock_unplug(goes);
	expect_attached(test, stays, mock_default_domain(stays));
	expect_pasids(test, stays, domain);
	detach_pasids(stays, domain);
	expect_in_reset(test, stays, false);
}

/* PASIDs */

static void reset_with_pasids(struct kunit *test)
{
	const struct firmware * const *firmware = test->param_value;
	struct iommu_domain *domain;
	struct mock_dev *mdev;

	mock_start(test);
	mdev = plug(test, 0, *firmware);
	domain = mock_new_domain(test, mdev);
	attach_pasids(test, mdev, domain);

	reset_begin(test, mdev);
	expect_pasids(test, mdev, NULL);
	KUNIT_EXPECT_EQ(test, -EBUSY,
			iommu_attach_device_pasid(domain, mdev->dev, 2, NULL));
	reset_end(test, mdev);
	expect_pasids(test, mdev, domain);
	expect_attached(test, mdev, mock_default_domain(mdev));

	/* Given up during the reset: it does not come back */
	reset_begin(test, mdev);
	detach_pasids(mdev, domain);
	reset_end(test, mdev);
	expect_pasids(test, mdev, NULL);
}

/* The table of its PASIDs may be the sibling's, too */
static void reset_of_shared_rid_with_pasids(struct kunit *test)
{
	struct iommu_domain *domain;
	struct mock_dev *a, *b;

	mock_start(test);
	a = plug_rid(test, 1, 0x100, &mock_nothing);
	b = plug_rid(test, 1, 0x100, &mock_nothing);
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
	mdev = plug(test, 0, &mock_nothing);
	domain = mock_new_domain(test, mdev);
	attach_pasids(test, mdev, domain);

	mdev->fail_attach = 1;
	KUNIT_EXPECT_EQ(test, -ENOMEM, pci_dev_reset_iommu_prepare(mdev->pci));
	expect_pasids(test, mdev, domain);
	detach_pasids(mdev, domain);
}

/* One that fails is no reason to keep the others, or what comes, from the device */
static void reset_that_loses_pasid(struct kunit *test)
{
	const struct firmware * const *firmware = test->param_value;
	struct iommu_domain *domain;
	struct kmsg_dump_iter mark;
	struct mock_dev *mdev;

	mock_start(test);
	mdev = plug(test, 0, *firmware);
	domain = mock_new_domain(test, mdev);
	attach_pasids(test, mdev, domain);

	reset_begin(test, mdev);
	mark = mock_log_mark();
	reset.devs[mdev->id].fail_pasid = 1;
	reset_end(test, mdev);
	KUNIT_EXPECT_EQ(test, reset.wrong_old, 0);
	KUNIT_EXPECT_EQ(test, 1, mock_log_count(&mark, dev_name(mdev->dev), "PASID 1",
						"cannot be attached again"));
	expect_attached(test, mdev, mock_default_domain(mdev));
	KUNIT_EXPECT_NULL(test, pasid_domain(mdev, 1));
	KUNIT_EXPECT_PTR_EQ(test, pasid_domain(mdev, 3), domain);
	KUNIT_EXPECT_EQ(test, 0,
			iommu_attach_device_pasid(domain, mdev->dev, 2, NULL));
	iommu_detach_device_pasid(domain, mdev->dev, 2);

	/* Another reset brings it back, as its user does who starts over */
	reset_begin(test, mdev);
	reset_end(test, mdev);
	KUNIT_EXPECT_PTR_EQ(test, pasid_domain(mdev, 1), domain);
	KUNIT_EXPECT_PTR_EQ(test, pasid_domain(mdev, 3), domain);
	detach_pasids(mdev, domain);
	attach_pasids(test, mdev, domain);
	detach_pasids(mdev, domain);
	expect_in_reset(test, mdev, false);
}

/* Nobody would tell the hardware when the process gives back its pages */
static void reset_while_process_exits(struct kunit *test)
{
	struct mm_struct *mm = mm_alloc();
	struct iommu_domain *domain;
	struct mock_dev *a, *b;

	KUNIT_ASSERT_NOT_NULL(test, mm);
	mock_start(test);
	a = plug_rid(test, 1, 0x100, &mock_nothing);
	b = plug_rid(test, 1, 0x108, &mock_nothing);
	domain = mock_new_domain(test, a);
	/* The domain frees the mm at last */
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

	/* Its number is still its own, until it is given back */
	detach_pasids(a, domain);
	KUNIT_EXPECT_EQ(test, reset.wrong_old, 0);
	domain = mock_new_domain(test, a);
	attach_pasids(test, a, domain);
	expect_pasids(test, b, domain);
	detach_pasids(a, domain);
}

/* Recovery */

/* What can be had instead depends on firmware, and only until something works */
static void reset_that_does_not_recover(struct kunit *test)
{
	const struct firmware * const *firmware = test->param_value;
	bool direct = *firmware == &mock_direct;
	struct iommu_domain *domain;
	struct mock_dev *mdev;

	mock_start(test);
	mdev = plug(test, 0, *firmware);

	reset_begin(test, mdev);
	mdev->fail_attach = 1;
	reset_end(test, mdev);
	KUNIT_EXPECT_EQ(test, mdev->fail_attach, 0);
	if (direct)
		expect_direct_only(test, mdev);
	else
		expect_attached(test, mdev, &mock_blocked);

	/* Another reset does */
	reset_begin(test, mdev);
	expect_attached(test, mdev, &mock_blocked);
	reset_end(test, mdev);
	expect_attached(test, mdev, mock_default_domain(mdev));

	/* As the next domain does, or a driver that comes */
	reset_begin(test, mdev);
	mdev->fail_attach = 1;
	reset_end(test, mdev);
	domain = mock_new_shared_domain(test, mdev);
	KUNIT_EXPECT_EQ(test, 0, iommu_attach_group(domain, mdev->dev->iommu_group));
	expect_attached(test, mdev, domain);
	iommu_detach_group(domain, mdev->dev->iommu_group);
	expect_attached(test, mdev, mock_default_domain(mdev));

	reset_begin(test, mdev);
	mdev->fail_attach = 1;
	reset_end(test, mdev);
	KUNIT_EXPECT_EQ(test, 0, iommu_device_use_default_domain(mdev->dev));
	expect_attached(test, mdev, mock_default_domain(mdev));
	iommu_device_unuse_default_domain(mdev->dev);
}

/* The domain of firmware's regions cannot be had either */
static void reset_that_does_not_even_park(struct kunit *test)
{
	struct kmsg_dump_iter mark;
	struct mock_dev *mdev;

	mock_start(test);
	mdev = plug(test, 0, &mock_direct);
	reset_begin(test, mdev);
	mdev->fail_attach = 1;
	mdev->fail_more = 1;
	mark = mock_log_mark();
	reset_end(test, mdev);
	KUNIT_EXPECT_EQ(test, mdev->fail_attach, 0);
	expect_attached(test, mdev, &mock_blocked);
	KUNIT_EXPECT_EQ(test, 1, mock_log_count(&mark, dev_name(mdev->dev),
						"firmware cannot", NULL));
	expect_in_reset(test, mdev, false);
	expect_attached(test, mdev, mock_default_domain(mdev));
}

/* That domain is filled when it is attached, where the driver has it so */
static void reset_that_does_not_recover_maps_late(struct kunit *test)
{
	struct mock_dev *mdev;

	mock_iommu->map_after_attach = true;
	mock_start(test);
	mdev = plug(test, 0, &mock_direct);
	reset_begin(test, mdev);
	mdev->fail_attach = 1;
	reset_end(test, mdev);
	expect_direct_only(test, mdev);
}

/* One of two with a RID is enough, and it takes the other one with it */
static void reset_of_shared_rid_that_does_not_recover(struct kunit *test)
{
	struct mock_dev *devs[2];
	unsigned int failing;

	mock_start(test);
	devs[0] = plug_rid(test, 1, 0x100, &mock_direct);
	devs[1] = plug_rid(test, 1, 0x100, &mock_nothing);
	for (failing = 0; failing < 2; failing++) {
		reset_begin(test, devs[!failing]);
		devs[failing]->fail_attach = 1;
		reset_end(test, devs[!failing]);
		KUNIT_EXPECT_EQ(test, devs[failing]->fail_attach, 0);
		expect_direct_only(test, devs[0]);
		KUNIT_EXPECT_PTR_EQ(test, devs[0]->attached, devs[1]->attached);
		expect_in_reset(test, devs[0], false);
		expect_attached(test, devs[0], mock_default_domain(devs[0]));
		expect_attached(test, devs[1], mock_default_domain(devs[0]));
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
	KUNIT_ASSERT_EQ(test, 0, iommu_attach_group_handle(user, group, handle));
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
	mdev = plug(test, 0, &mock_nothing);
	group = mdev->dev->iommu_group;
	give_to_iommufd(test, mdev, &first);
	domain = mock_new_domain(test, mdev);

	reset_begin(test, mdev);
	KUNIT_EXPECT_EQ(test, -EBUSY,
			iommu_replace_group_handle(group, domain, &second));
	mdev->fail_attach = 1;
	reset_end(test, mdev);
	expect_attached(test, mdev, &mock_blocked);
	KUNIT_EXPECT_EQ(test, 0, iommu_replace_group_handle(group, domain, &second));
	expect_attached(test, mdev, domain);
	iommu_detach_group_handle(domain, group);
	expect_attached(test, mdev, &mock_blocked);
}

/* The owner lets go of a device that has not recovered */
static void reset_recovers_with_next_domain(struct kunit *test)
{
	struct mock_dev *mdev;

	mock_start(test);
	mdev = plug(test, 0, &mock_direct);
	reset_begin(test, mdev);
	mdev->fail_attach = 1;
	reset_end(test, mdev);
	expect_direct_only(test, mdev);
	mock_unplug(mdev);

	mdev = plug(test, 0, &mock_nothing);
	KUNIT_ASSERT_EQ(test, 0,
			iommu_group_claim_dma_owner(mdev->dev->iommu_group, test));
	KUNIT_ASSERT_EQ(test, 0,
			iommu_attach_group(mock_new_domain(test, mdev),
					   mdev->dev->iommu_group));
	reset_begin(test, mdev);
	mdev->fail_attach = 1;
	reset_end(test, mdev);
	expect_attached(test, mdev, &mock_blocked);
	iommu_group_release_dma_owner(mdev->dev->iommu_group);
	expect_attached(test, mdev, mock_default_domain(mdev));
	expect_in_reset(test, mdev, false);
}

/* Revert */

/* The driver has left it where it was, and there it is left alone */
static void failed_domain_leaves_the_old_one(struct kunit *test)
{
	const struct firmware * const *firmware = test->param_value;
	struct iommu_domain *before, *domain;
	struct mock_dev *devs[3];
	unsigned int failing, i;

	mock_start(test);
	for (i = 0; i < ARRAY_SIZE(devs); i++)
		devs[i] = plug(test, 1, *firmware);
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
			expect_attached(test, devs[i], before);
			mock_expect_always_direct(test, devs[i]);
		}
	}

	/* and the devices are not worse for it */
	KUNIT_EXPECT_EQ(test, 0, iommu_attach_group(domain,
						    devs[0]->dev->iommu_group));
	iommu_detach_group(domain, devs[0]->dev->iommu_group);
}

/* As iommufd replaces a user's domain */
static void failed_replace_leaves_the_users_domain(struct kunit *test)
{
	struct iommu_attach_handle first = { }, second = { };
	struct iommu_domain *before, *domain;
	struct iommu_group *group;
	struct mock_dev *mdev;

	mock_start(test);
	mdev = plug(test, 0, &mock_nothing);
	group = mdev->dev->iommu_group;
	before = give_to_iommufd(test, mdev, &first);
	domain = mock_new_domain(test, mdev);

	mdev->fail_attach = 1;
	KUNIT_EXPECT_EQ(test, -ENOMEM,
			iommu_replace_group_handle(group, domain, &second));
	expect_attached(test, mdev, before);
	KUNIT_EXPECT_EQ(test, mock_attaches_to(mdev, before), 1);
	KUNIT_EXPECT_PTR_EQ(test, &first,
			    iommu_attach_handle_get(group, IOMMU_NO_PASID, 0));

	iommu_detach_group_handle(before, group);
	expect_attached(test, mdev, &mock_blocked);
}

/* One that is parked, does not follow, and is asked for nothing */
static void failed_domain_leaves_the_parked(struct kunit *test)
{
	struct iommu_domain *domain;
	struct mock_dev *held, *parked;

	mock_start(test);
	held = plug(test, 1, &mock_nothing);
	domain = mock_new_domain(test, held);
	KUNIT_ASSERT_EQ(test, 0,
			iommu_group_claim_dma_owner(held->dev->iommu_group, test));
	parked = plug(test, 1, &mock_direct);

	held->fail_attach = 1;
	KUNIT_EXPECT_EQ(test, -ENOMEM,
			iommu_attach_group(domain, held->dev->iommu_group));
	expect_attached(test, held, &mock_blocked);
	mock_expect_always_direct(test, parked);
}

static struct kunit_case reset_test_cases[] = {
	KUNIT_CASE_PARAM(reset_blocks, kind_gen_params),
	KUNIT_CASE(reset_of_relaxable_blocks),
	KUNIT_CASE(reset_without_ats),
	KUNIT_CASE(reset_leaves_identity),
	KUNIT_CASE(reset_in_reset),
	KUNIT_CASE(reset_in_mixed_group),
	KUNIT_CASE_PARAM(reset_refused_changes_nothing, kind_gen_params),
	KUNIT_CASE(reset_of_shared_rid),
	KUNIT_CASE(reset_of_shared_rid_refused),
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

static int reset_test_init(struct kunit *test)
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

static void reset_test_exit(struct kunit *test)
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
