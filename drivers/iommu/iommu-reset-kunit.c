// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit tests of what the IOMMU core does for the reset of a device, and of a
 * group's way back from a domain that one of its devices cannot have.
 *
 * The mock driver is told by its ops' wrappers here to have PASIDs and ATS, and
 * to be as bad as drivers are: one that fails to attach a domain may have ended
 * what was attached before.
 */
#include <kunit/test.h>
#include <linux/iommu.h>
#include <linux/log2.h>
#include <linux/sizes.h>

#include "iommu-mock-driver-kunit.h"
#include "iommu-priv.h"

#define NR_DEVS		4
#define NR_PASIDS	4

/**
 * struct reset_dev - what the wrappers know of a device, by its number
 * @ats: the hardware sends ATC invalidations for it
 * @pasids: the domain of each PASID
 * @fail_pasid: the n-th attach of a PASID from now fails, once; 0 is never
 */
struct reset_dev {
	bool ats;
	struct iommu_domain *pasids[NR_PASIDS];
	unsigned int fail_pasid;
};

static struct {
	const struct iommu_domain_ops *static_ops;
	struct reset_dev devs[NR_DEVS];
	/* The core called another domain a PASID's old one than the one attached */
	unsigned int wrong_old;
	/*
	 * A PASID went too late: after ATS did, so that its domain goes on with
	 * invalidations, or after what the RID was attached to, and its table
	 */
	unsigned int late_pasids;
} reset;

static struct mock_dev *find(struct device *dev)
{
	struct mock_dev *mdev;

	list_for_each_entry(mdev, &mock_iommu->devices, node)
		if (mdev->pdev && mdev->dev == dev)
			return mdev;
	return NULL;
}

static int attach(struct iommu_domain *domain, struct device *dev,
		  struct iommu_domain *old)
{
	struct mock_dev *mdev = find(dev);
	bool fails = mdev->fail_attach == 1;
	int ret;

	ret = reset.static_ops->attach_dev(domain, dev, old);
	if (fails) {
		/* It ended what was attached before it looked at what is to be */
		mock_hw_set(mdev, &mock_blocked);
		return -EINVAL;
	}
	if (!ret)
		reset.devs[mdev->id].ats =
			(domain->type & __IOMMU_DOMAIN_PAGING) &&
			!dev->iommu->ats_off;
	return ret;
}

static int set_pasid(struct iommu_domain *domain, struct device *dev,
		     ioasid_t pasid, struct iommu_domain *old)
{
	struct reset_dev *rdev = &reset.devs[find(dev)->id];

	reset.wrong_old += old != rdev->pasids[pasid];
	if (domain->type == IOMMU_DOMAIN_BLOCKED) {
		reset.late_pasids += dev->iommu->ats_off ||
				     dev->iommu->attached == &mock_blocked;
		rdev->pasids[pasid] = NULL;
		return 0;
	}
	if (rdev->fail_pasid && !--rdev->fail_pasid)
		return -ENOMEM;
	rdev->pasids[pasid] = domain;
	return 0;
}

static struct iommu_domain_ops paging_ops;

static const struct iommu_domain_ops static_ops = {
	.attach_dev = attach,
	.set_dev_pasid = set_pasid,
};

/* With PASIDs, and its hardware looked at */
static struct mock_dev *plug(struct kunit *test, unsigned int group,
			     const struct firmware *firmware)
{
	struct mock_dev *mdev = mock_new_dev(test, group, firmware);

	KUNIT_ASSERT_LT(test, mdev->id, NR_DEVS);
	mdev->pasid_bits = ilog2(NR_PASIDS);
	mock_plug(test, mdev);
	KUNIT_ASSERT_EQ(test, mdev->dev->iommu->max_pasids, NR_PASIDS);
	return mdev;
}

static void reset_begin(struct kunit *test, struct mock_dev *mdev)
{
	KUNIT_ASSERT_EQ(test, 0, iommu_dev_reset_prepare(mdev->dev));
}

static bool has_ats(const struct mock_dev *mdev)
{
	return reset.devs[mdev->id].ats;
}

/* What is attached where, and to what the core and the driver think it is */
static void expect_attached(struct kunit *test, const struct mock_dev *mdev,
			    struct iommu_domain *domain)
{
	mock_expect_on(test, mdev, domain);
	KUNIT_EXPECT_EQ(test, mock_iommu->wrong_old, 0);
}

/* The group has a domain of its own for that, which no other call returns */
static void expect_rid_direct_only(struct kunit *test, const struct mock_dev *mdev)
{
	KUNIT_ASSERT_NOT_NULL(test, mdev->hw);
	KUNIT_EXPECT_PTR_NE(test, mdev->hw,
			    iommu_group_default_domain(mdev->dev->iommu_group));
	KUNIT_EXPECT_EQ(test, mdev->hw->type, IOMMU_DOMAIN_UNMANAGED);
	KUNIT_EXPECT_TRUE(test, mock_covers(mdev, mdev->hw));
	KUNIT_EXPECT_EQ(test, iommu_iova_to_phys(mdev->hw, SZ_2M), 0);
	KUNIT_EXPECT_EQ(test, mock_iommu->wrong_old, 0);
}

static void expect_direct_only(struct kunit *test, const struct mock_dev *mdev)
{
	expect_rid_direct_only(test, mdev);
	KUNIT_EXPECT_FALSE(test, has_ats(mdev));
}

static struct iommu_domain *pasid_domain(const struct mock_dev *mdev,
					 ioasid_t pasid)
{
	return reset.devs[mdev->id].pasids[pasid];
}

/* What is not allowed during a reset, and with that until it is over */
static void expect_in_reset(struct kunit *test, struct mock_dev *mdev,
			    bool in_reset)
{
	struct iommu_domain *domain = mock_new_domain(test, mdev);
	int want = in_reset ? -EBUSY : 0;

	mock_map_direct(test, domain, mdev);
	KUNIT_EXPECT_EQ(test, want, iommu_attach_group(domain, mdev->dev->iommu_group));
	if (!in_reset)
		iommu_detach_group(domain, mdev->dev->iommu_group);
}

/* Staging */

static void reset_blocks(struct kunit *test)
{
	struct mock_dev *mdev;

	mock_start(test);
	mdev = plug(test, 0, &mock_nothing);
	KUNIT_EXPECT_TRUE(test, has_ats(mdev));

	reset_begin(test, mdev);
	expect_attached(test, mdev, &mock_blocked);
	KUNIT_EXPECT_FALSE(test, has_ats(mdev));
	iommu_dev_reset_done(mdev->dev);
	expect_attached(test, mdev, mock_default_domain(mdev));
	KUNIT_EXPECT_TRUE(test, has_ats(mdev));
	expect_in_reset(test, mdev, false);
}

static void reset_keeps_direct_regions(struct kunit *test)
{
	struct mock_dev *mdev;

	mock_start(test);
	mdev = plug(test, 0, &mock_direct);

	reset_begin(test, mdev);
	expect_direct_only(test, mdev);
	expect_in_reset(test, mdev, true);
	iommu_dev_reset_done(mdev->dev);
	expect_attached(test, mdev, mock_default_domain(mdev));
	KUNIT_EXPECT_TRUE(test, has_ats(mdev));
	mock_expect_always_direct(test, mdev);
	expect_in_reset(test, mdev, false);
}

static void reset_of_relaxable_blocks(struct kunit *test)
{
	struct mock_dev *mdev;

	mock_start(test);
	mdev = plug(test, 0, &mock_relaxable);

	reset_begin(test, mdev);
	expect_attached(test, mdev, &mock_blocked);
	iommu_dev_reset_done(mdev->dev);
	expect_attached(test, mdev, mock_default_domain(mdev));
}

/* Not all memory, where that is what the device has at other times */
static void reset_leaves_identity(struct kunit *test)
{
	struct mock_dev *mdev;

	mock_start(test);
	mdev = mock_new_dev(test, 0, &mock_direct);
	mdev->type = IOMMU_DOMAIN_IDENTITY;
	mock_plug(test, mdev);
	expect_attached(test, mdev, &mock_identity);

	reset_begin(test, mdev);
	expect_direct_only(test, mdev);
	iommu_dev_reset_done(mdev->dev);
	expect_attached(test, mdev, &mock_identity);
	mock_expect_always_direct(test, mdev);
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
	iommu_dev_reset_done(mdev->dev);
	expect_direct_only(test, mdev);
	KUNIT_EXPECT_EQ(test, mdev->nr_log, attaches);
	iommu_dev_reset_done(mdev->dev);
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
	reset_begin(test, direct);
	expect_attached(test, free, &mock_blocked);
	expect_direct_only(test, direct);
	iommu_dev_reset_done(free->dev);
	expect_attached(test, free, mock_default_domain(free));
	expect_direct_only(test, direct);
	expect_in_reset(test, direct, true);
	iommu_dev_reset_done(direct->dev);
	expect_attached(test, direct, mock_default_domain(direct));
	mock_expect_always_direct(test, direct);
	expect_in_reset(test, direct, false);
}

/* What is attached for one is attached for both */
static void reset_of_shared_rid(struct kunit *test)
{
	struct mock_dev *free, *direct;

	mock_start_rids(test);
	direct = plug(test, 1, &mock_direct);
	free = plug(test, 1, &mock_nothing);

	reset_begin(test, free);
	expect_rid_direct_only(test, direct);
	KUNIT_EXPECT_FALSE(test, has_ats(free));
	iommu_dev_reset_done(free->dev);
	mock_expect_on(test, direct, mock_default_domain(direct));
	mock_expect_always_direct(test, direct);
}

/* Not without a reset: there is a worse place, and the one it has */
static void reset_without_direct_domain(struct kunit *test)
{
	struct mock_dev *mdev;

	mock_start(test);
	mdev = plug(test, 0, &mock_direct);

	/* One attach fails, and the driver has blocked the device by then */
	mdev->fail_attach = 1;
	reset_begin(test, mdev);
	expect_attached(test, mdev, mock_default_domain(mdev));
	KUNIT_EXPECT_FALSE(test, has_ats(mdev));
	expect_in_reset(test, mdev, true);
	iommu_dev_reset_done(mdev->dev);
	expect_attached(test, mdev, mock_default_domain(mdev));
	KUNIT_EXPECT_TRUE(test, has_ats(mdev));
	expect_in_reset(test, mdev, false);
}

/* A driver that maps in an attached domain only has nothing in that one */
static void reset_without_maps_ahead(struct kunit *test)
{
	struct mock_dev *mdev;

	mock_iommu->map_after_attach = true;
	mock_start(test);
	mdev = plug(test, 0, &mock_direct);

	reset_begin(test, mdev);
	expect_attached(test, mdev, mock_default_domain(mdev));
	mock_expect_direct_now(test, mdev);
	KUNIT_EXPECT_FALSE(test, has_ats(mdev));
	iommu_dev_reset_done(mdev->dev);
	expect_attached(test, mdev, mock_default_domain(mdev));
	KUNIT_EXPECT_TRUE(test, has_ats(mdev));
}

/* Its own domain is given up and freed while it is in reset on that */
static void reset_on_domain_that_goes(struct kunit *test)
{
	struct iommu_domain *domain;
	struct mock_dev *mdev;

	mock_start(test);
	mdev = plug(test, 0, &mock_direct);
	domain = iommu_paging_domain_alloc(mdev->dev);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, domain);
	mock_map_direct(test, domain, mdev);
	KUNIT_ASSERT_EQ(test, 0, iommu_attach_device(domain, mdev->dev));

	mdev->fail_attach = 1;
	reset_begin(test, mdev);
	expect_attached(test, mdev, domain);
	iommu_detach_device(domain, mdev->dev);
	expect_attached(test, mdev, mock_default_domain(mdev));
	KUNIT_EXPECT_FALSE(test, has_ats(mdev));
	iommu_domain_free(domain);
	iommu_dev_reset_done(mdev->dev);
	expect_attached(test, mdev, mock_default_domain(mdev));
	KUNIT_EXPECT_TRUE(test, has_ats(mdev));
	mock_expect_always_direct(test, mdev);
}

static void reset_refused_changes_nothing(struct kunit *test)
{
	struct mock_dev *mdev;

	mock_start(test);
	mdev = plug(test, 0, &mock_nothing);
	mdev->fail_attach = 1;
	KUNIT_EXPECT_EQ(test, -EINVAL, iommu_dev_reset_prepare(mdev->dev));
	expect_attached(test, mdev, mock_default_domain(mdev));
	expect_in_reset(test, mdev, false);
}

/* The group */

static void reset_before_first_domain(struct kunit *test)
{
	struct mock_dev *mdev;

	mock_start(test);
	mdev = mock_new_dev(test, 0, &mock_direct);
	mdev->deferred = true;
	mock_plug(test, mdev);
	mock_expect_on(test, mdev, NULL);

	reset_begin(test, mdev);
	expect_direct_only(test, mdev);
	iommu_dev_reset_done(mdev->dev);
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
	iommu_dev_reset_done(a->dev);
	KUNIT_ASSERT_EQ(test, 0,
			iommu_group_claim_dma_owner(a->dev->iommu_group, test));

	/* Given back during a reset: the device gets what the group has then */
	reset_begin(test, a);
	iommu_group_release_dma_owner(a->dev->iommu_group);
	expect_attached(test, a, &mock_blocked);
	expect_attached(test, b, mock_default_domain(b));
	iommu_dev_reset_done(a->dev);
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
	mock_map_direct(test, domain, mdev);
	KUNIT_EXPECT_EQ(test, 0, iommu_attach_device(domain, mdev->dev));

	reset_begin(test, mdev);
	expect_direct_only(test, mdev);
	/* Nobody takes from the domain what the device is to come back to */
	KUNIT_EXPECT_EQ(test, 0, iommu_unmap(domain,
					     mock_direct.regions[0].start, SZ_4K));
	iommu_detach_device(domain, mdev->dev);
	expect_direct_only(test, mdev);
	/* It is not coming back to that one any more, which may go */
	KUNIT_EXPECT_EQ(test, SZ_64K, iommu_unmap(domain,
						  mock_direct.regions[0].start, SZ_64K));
	iommu_domain_free(domain);
	iommu_dev_reset_done(mdev->dev);
	expect_attached(test, mdev, mock_default_domain(mdev));
	mock_expect_always_direct(test, mdev);
}

static void reset_while_type_changes(struct kunit *test)
{
	struct mock_dev *mdev;

	mock_start(test);
	mdev = plug(test, 0, &mock_direct);
	reset_begin(test, mdev);
	KUNIT_EXPECT_EQ(test, -EBUSY, mock_set_type(mdev, "identity"));
	expect_direct_only(test, mdev);
	iommu_dev_reset_done(mdev->dev);
	expect_attached(test, mdev, mock_default_domain(mdev));
	KUNIT_EXPECT_GT(test, mock_set_type(mdev, "identity"), 0);
	mock_expect_always_direct(test, mdev);
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
	expect_direct_only(test, mdev);
	reset_begin(test, other);
	expect_direct_only(test, other);
	KUNIT_EXPECT_PTR_EQ(test, mdev->hw, other->hw);
	iommu_dev_reset_done(mdev->dev);
	iommu_dev_reset_done(other->dev);
	mock_expect_always_direct(test, mdev);
	mock_expect_always_direct(test, other);
}

static void reset_of_parked(struct kunit *test)
{
	struct mock_dev *held, *parked;

	mock_start(test);
	held = plug(test, 1, &mock_nothing);
	KUNIT_ASSERT_EQ(test, 0,
			iommu_group_claim_dma_owner(held->dev->iommu_group, test));
	parked = plug(test, 1, &mock_direct);
	mock_expect_always_direct(test, parked);
	KUNIT_EXPECT_TRUE(test, has_ats(parked));

	/* It is on that domain already, but not without ATS */
	reset_begin(test, parked);
	expect_direct_only(test, parked);
	iommu_dev_reset_done(parked->dev);
	KUNIT_EXPECT_TRUE(test, has_ats(parked));
	mock_expect_always_direct(test, parked);

	reset_begin(test, held);
	expect_attached(test, held, &mock_blocked);
	iommu_dev_reset_done(held->dev);
	expect_attached(test, held, &mock_blocked);

	/* The owner lets go while it is in reset: it is not parked after that */
	reset_begin(test, parked);
	iommu_group_release_dma_owner(held->dev->iommu_group);
	expect_direct_only(test, parked);
	iommu_dev_reset_done(parked->dev);
	expect_attached(test, parked, mock_default_domain(parked));
	KUNIT_EXPECT_TRUE(test, has_ats(parked));
	mock_expect_always_direct(test, parked);
}

/* Firmware has no access meanwhile, and the owner's RID none to firmware's */
static void reset_of_owned_rid_beside_parked(struct kunit *test)
{
	struct mock_dev *held, *parked;

	mock_start_rids(test);
	held = plug(test, 1, &mock_nothing);
	KUNIT_ASSERT_EQ(test, 0,
			iommu_group_claim_dma_owner(held->dev->iommu_group, test));
	parked = plug(test, 1, &mock_direct);

	reset_begin(test, held);
	mock_expect_on(test, held, &mock_blocked);
	reset_begin(test, parked);
	mock_expect_on(test, held, &mock_blocked);
	iommu_dev_reset_done(parked->dev);
	mock_expect_on(test, held, &mock_blocked);
	iommu_dev_reset_done(held->dev);
	mock_expect_on(test, held, &mock_blocked);
}

/* Removal */

static const struct firmware * const kinds[] = {
	&mock_nothing, &mock_direct,
};

static void kind_desc(const struct firmware * const *kind, char *desc)
{
	strscpy(desc, *kind == &mock_nothing ? "free" : "direct",
		KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(kind, kinds, kind_desc);

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

/* PASIDs */

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
	iommu_dev_reset_done(mdev->dev);
	expect_pasids(test, mdev, domain);
	expect_attached(test, mdev, mock_default_domain(mdev));

	/* Given up during the reset: it does not come back */
	reset_begin(test, mdev);
	detach_pasids(mdev, domain);
	iommu_dev_reset_done(mdev->dev);
	expect_pasids(test, mdev, NULL);
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
	KUNIT_EXPECT_EQ(test, -EINVAL, iommu_dev_reset_prepare(mdev->dev));
	expect_pasids(test, mdev, domain);
	detach_pasids(mdev, domain);
}

/* The @nth of those that are attached, which is @pasid */
static void lose_pasid(struct kunit *test, struct mock_dev *mdev,
		       unsigned int nth, ioasid_t pasid)
{
	reset_begin(test, mdev);
	reset.devs[mdev->id].fail_pasid = nth;
	iommu_dev_reset_done(mdev->dev);
	KUNIT_EXPECT_NULL(test, pasid_domain(mdev, pasid));
	KUNIT_EXPECT_EQ(test, reset.wrong_old, 0);
}

/* One that fails is no reason to keep the others, or what comes, from the device */
static void reset_that_loses_pasid(struct kunit *test)
{
	const struct firmware * const *firmware = test->param_value;
	struct iommu_attach_handle old = {}, new = {};
	struct iommu_domain *domain, *other;
	struct mock_dev *mdev;

	mock_start(test);
	mdev = plug(test, 0, *firmware);
	domain = mock_new_domain(test, mdev);
	attach_pasids(test, mdev, domain);

	lose_pasid(test, mdev, 2, 3);
	expect_attached(test, mdev, mock_default_domain(mdev));
	KUNIT_EXPECT_PTR_EQ(test, pasid_domain(mdev, 1), domain);
	KUNIT_EXPECT_EQ(test, 0,
			iommu_attach_device_pasid(domain, mdev->dev, 2, NULL));
	iommu_detach_device_pasid(domain, mdev->dev, 2);

	/* Another reset brings it back */
	reset_begin(test, mdev);
	iommu_dev_reset_done(mdev->dev);
	expect_pasids(test, mdev, domain);

	/* What is not there is not detached */
	lose_pasid(test, mdev, 2, 3);
	detach_pasids(mdev, domain);
	expect_pasids(test, mdev, NULL);
	expect_in_reset(test, mdev, false);

	/* Another domain may do better */
	KUNIT_ASSERT_EQ(test, 0, iommu_attach_device_pasid(domain, mdev->dev, 1, &old));
	lose_pasid(test, mdev, 1, 1);
	other = mock_new_domain(test, mdev);
	reset.devs[mdev->id].fail_pasid = 1;
	KUNIT_EXPECT_EQ(test, -ENOMEM,
			iommu_replace_device_pasid(other, mdev->dev, 1, &new));
	KUNIT_EXPECT_EQ(test, 0,
			iommu_replace_device_pasid(other, mdev->dev, 1, &new));
	KUNIT_EXPECT_PTR_EQ(test, pasid_domain(mdev, 1), other);
	iommu_detach_device_pasid(other, mdev->dev, 1);
	expect_pasids(test, mdev, NULL);
}

/* Nothing to remember it by: all of them stay off, as one that failed does */
static void reset_that_loses_pasid_without_memory(struct kunit *test)
{
	struct iommu_domain *domain;
	struct mock_dev *mdev;

	if (mock_fail_init())
		kunit_skip(test, "needs CONFIG_FAILSLAB and its debugfs files");
	mock_start(test);
	mdev = plug(test, 0, &mock_nothing);
	domain = mock_new_domain(test, mdev);
	attach_pasids(test, mdev, domain);

	reset_begin(test, mdev);
	reset.devs[mdev->id].fail_pasid = 2;
	mock_fail_all(true);
	iommu_dev_reset_done(mdev->dev);
	mock_fail_all(false);
	expect_attached(test, mdev, mock_default_domain(mdev));
	expect_pasids(test, mdev, NULL);
	expect_in_reset(test, mdev, true);

	/* Another reset brings them back */
	reset_begin(test, mdev);
	iommu_dev_reset_done(mdev->dev);
	expect_attached(test, mdev, mock_default_domain(mdev));
	expect_pasids(test, mdev, domain);
	detach_pasids(mdev, domain);
	expect_in_reset(test, mdev, false);
}

/* Recovery */

static void reset_that_does_not_recover(struct kunit *test)
{
	const struct firmware * const *firmware = test->param_value;
	struct iommu_domain *staged;
	struct mock_dev *mdev;

	mock_start(test);
	mdev = plug(test, 0, *firmware);

	reset_begin(test, mdev);
	staged = mdev->hw;
	mdev->fail_attach = 1;
	iommu_dev_reset_done(mdev->dev);
	expect_attached(test, mdev, staged);
	KUNIT_EXPECT_FALSE(test, has_ats(mdev));
	expect_in_reset(test, mdev, true);

	/* Another reset does */
	reset_begin(test, mdev);
	expect_attached(test, mdev, staged);
	iommu_dev_reset_done(mdev->dev);
	expect_attached(test, mdev, mock_default_domain(mdev));
	KUNIT_EXPECT_TRUE(test, has_ats(mdev));
	expect_in_reset(test, mdev, false);
	if (*firmware == &mock_direct)
		mock_expect_direct_now(test, mdev);
}

/* The owner lets go of a device that is not in reset, but has not recovered */
static void reset_recovers_with_next_domain(struct kunit *test)
{
	struct mock_dev *mdev;

	mock_start(test);
	mdev = plug(test, 0, &mock_direct);
	reset_begin(test, mdev);
	mdev->fail_attach = 1;
	iommu_dev_reset_done(mdev->dev);
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
	iommu_dev_reset_done(mdev->dev);
	expect_attached(test, mdev, &mock_blocked);
	iommu_group_release_dma_owner(mdev->dev->iommu_group);
	expect_attached(test, mdev, mock_default_domain(mdev));
	expect_in_reset(test, mdev, false);
}

/* Revert */

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
	domain = mock_new_domain(test, devs[0]);
	mock_map_direct(test, domain, devs[0]);

	for (failing = 0; failing < ARRAY_SIZE(devs); failing++) {
		devs[failing]->fail_attach = 1;
		KUNIT_EXPECT_EQ(test, -EINVAL,
				iommu_attach_group(domain,
						   devs[0]->dev->iommu_group));
		for (i = 0; i < ARRAY_SIZE(devs); i++) {
			expect_attached(test, devs[i], before);
			if (*firmware == &mock_direct)
				mock_expect_direct_now(test, devs[i]);
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
	before = mock_new_domain(test, mdev);
	domain = mock_new_domain(test, mdev);
	KUNIT_ASSERT_EQ(test, 0, iommu_group_claim_dma_owner(group, test));
	KUNIT_ASSERT_EQ(test, 0, iommu_attach_group_handle(before, group, &first));

	mdev->fail_attach = 1;
	KUNIT_EXPECT_EQ(test, -EINVAL,
			iommu_replace_group_handle(group, domain, &second));
	expect_attached(test, mdev, before);
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
	KUNIT_EXPECT_EQ(test, -EINVAL,
			iommu_attach_group(domain, held->dev->iommu_group));
	expect_attached(test, held, &mock_blocked);
	mock_expect_always_direct(test, parked);
}

static struct kunit_case reset_test_cases[] = {
	KUNIT_CASE(reset_blocks),
	KUNIT_CASE(reset_keeps_direct_regions),
	KUNIT_CASE(reset_of_relaxable_blocks),
	KUNIT_CASE(reset_leaves_identity),
	KUNIT_CASE(reset_in_reset),
	KUNIT_CASE(reset_in_mixed_group),
	KUNIT_CASE(reset_of_shared_rid),
	KUNIT_CASE(reset_without_direct_domain),
	KUNIT_CASE(reset_without_maps_ahead),
	KUNIT_CASE(reset_on_domain_that_goes),
	KUNIT_CASE(reset_refused_changes_nothing),
	KUNIT_CASE(reset_before_first_domain),
	KUNIT_CASE(reset_while_group_is_claimed),
	KUNIT_CASE(reset_while_domain_is_detached),
	KUNIT_CASE(reset_while_type_changes),
	KUNIT_CASE(reset_while_another_comes),
	KUNIT_CASE(reset_of_parked),
	KUNIT_CASE(reset_of_owned_rid_beside_parked),
	KUNIT_CASE_PARAM(reset_of_device_that_goes, kind_gen_params),
	KUNIT_CASE(reset_of_last_device_that_goes),
	KUNIT_CASE_PARAM(reset_with_pasids, kind_gen_params),
	KUNIT_CASE(reset_refused_leaves_pasids),
	KUNIT_CASE_PARAM(reset_that_loses_pasid, kind_gen_params),
	KUNIT_CASE(reset_that_loses_pasid_without_memory),
	KUNIT_CASE_PARAM(reset_that_does_not_recover, kind_gen_params),
	KUNIT_CASE(reset_recovers_with_next_domain),
	KUNIT_CASE_PARAM(failed_domain_leaves_the_old_one, kind_gen_params),
	KUNIT_CASE(failed_replace_leaves_the_users_domain),
	KUNIT_CASE(failed_domain_leaves_the_parked),
	{}
};

static int reset_test_init(struct kunit *test)
{
	int ret = mock_test_init(test);

	if (ret || !mock_iommu)
		return ret;
	mock_iommu->iommu.max_pasids = NR_PASIDS;
	memset(&reset, 0, sizeof(reset));
	reset.static_ops = mock_blocked.ops;
	mock_blocked.ops = &static_ops;
	mock_identity.ops = &static_ops;
	paging_ops = mock_paging_ops;
	paging_ops.attach_dev = attach;
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
	mock_identity.ops = reset.static_ops;
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
