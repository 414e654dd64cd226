// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit tests of what the IOMMU core does to the devices of a group: it maps
 * their regions and attaches their first domain when they are probed, and
 * refuses the whole group to an owner if one of them requires direct regions.
 */
#include <kunit/test.h>
#include <linux/dma-mapping.h>
#include <linux/gfp.h>
#include <linux/iommu-dma.h>
#include <linux/iommu.h>
#include <linux/sizes.h>

#include "../../iommu-priv.h"
#include "../../tests/compat.h"
#include "../snapshot.h"
#include "mock_driver.h"

/* Where in a group of three is the device that is not like the others? */
static const unsigned int positions[] = { 0, 1, 2 };

static void position_desc(const unsigned int *position, char *desc)
{
	static const char * const names[] = { "first", "second", "third" };

	strscpy(desc, names[*position], KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(position, positions, position_desc);

/* Probe */

static void probe_asks_driver_once(struct kunit *test)
{
	struct iommu_domain *domain;
	struct mock_dev *mdev;
	LIST_HEAD(group_list);
	unsigned int i;

	mock_start(test);
	mdev = mock_plug_new(test, 0, &mock_direct);
	KUNIT_EXPECT_EQ(test, mdev->reports, 1);

	/* Later readers of the regions do not ask the driver */
	for (i = 0; i < 3; i++) {
		struct iommu_resv_region *region;
		LIST_HEAD(list);

		KUNIT_EXPECT_EQ(test, 0,
				iommu_get_resv_regions(mdev->dev, &list));
		KUNIT_ASSERT_EQ(test, 1, list_count_nodes(&list));
		region =
			list_first_entry(&list, struct iommu_resv_region, list);
		KUNIT_EXPECT_EQ(test, region->start,
				mock_direct.regions[0].start);
		KUNIT_EXPECT_EQ(test, region->length,
				mock_direct.regions[0].length);
		KUNIT_EXPECT_EQ(test, region->prot,
				mock_direct.regions[0].prot);
		KUNIT_EXPECT_EQ(test, region->type,
				mock_direct.regions[0].type);
		KUNIT_EXPECT_STREQ(test, region->source, TABLE);
		iommu_put_resv_regions(mdev->dev, &list);
	}
	KUNIT_EXPECT_EQ(test, 0,
			iommu_get_group_resv_regions(mdev->dev->iommu_group,
						     &group_list));
	KUNIT_EXPECT_EQ(test, 1, list_count_nodes(&group_list));
	iommu_put_resv_regions(mdev->dev, &group_list);

	domain = mock_new_shared_domain(test, mdev);
	KUNIT_EXPECT_EQ(test, 0, iommu_attach_device(domain, mdev->dev));
	iommu_detach_device(domain, mdev->dev);
	iommu_group_claim_dma_owner(mdev->dev->iommu_group, test);
	KUNIT_EXPECT_GT(test, mock_set_type(mdev, "identity"), 0);
	KUNIT_EXPECT_GT(test, mock_set_type(mdev, "DMA"), 0);
	KUNIT_EXPECT_EQ(test, mdev->reports, 1);

	/* The driver is asked again for a device that is plugged in again */
	mock_unplug(mdev);
	mock_plug(test, mdev);
	KUNIT_EXPECT_EQ(test, mdev->reports, 1);
}

static void probe_fails_if_regions_are_unknown(struct kunit *test)
{
	struct mock_dev *mdev, *other;

	mock_start(test);
	other = mock_plug_new(test, 1, &mock_nothing);

	/*
	 * The driver fails after it has reported some: these must not be used
	 */
	mdev = mock_new_dev(test, 1, &mock_direct);
	mdev->report_error = -ENOMEM;
	mock_plug(test, mdev);
	KUNIT_EXPECT_NULL(test, mdev->dev->iommu_group);
	KUNIT_EXPECT_EQ(test, mdev->reports, 1);
	KUNIT_EXPECT_FALSE(test, mdev->probed);
	KUNIT_EXPECT_EQ(test, mdev->nr_log, 0);

	/* The other device is not affected */
	mock_expect_on(test, other, mock_default_domain(other));
	KUNIT_EXPECT_EQ(test, other->nr_log, 1);

	/* The probe succeeds once the driver can report the regions */
	mock_unplug(mdev);
	mdev->report_error = 0;
	mock_plug(test, mdev);
	KUNIT_EXPECT_PTR_EQ(test, mdev->dev->iommu_group,
			    other->dev->iommu_group);
	mock_expect_always_direct(test, mdev);
}

static void probe_maps_before_attach(struct kunit *test)
{
	struct mock_dev *mdev;

	mock_start(test);
	mdev = mock_plug_new(test, 0, &mock_direct);
	mock_expect_on(test, mdev, mock_default_domain(mdev));
	KUNIT_EXPECT_TRUE(test, iommu_is_dma_domain(mock_default_domain(mdev)));
	KUNIT_EXPECT_EQ(test, mdev->nr_log, 1);
	mock_expect_always_direct(test, mdev);
}

static void probe_maps_whole_pages(struct kunit *test)
{
	/* Rounding the start up would lose the first page of either */
	static const struct firmware unaligned = { {
		{ 0x10001800, 0x1000, RW, DIRECT, TABLE },
		{ 0x10008010, 0x10, RW, DIRECT, TABLE },
	} };
	struct mock_dev *mdev;

	mock_start(test);
	mdev = mock_plug_new(test, 0, &unaligned);
	mock_expect_always_direct(test, mdev);
}

static void probe_maps_overlapping_regions(struct kunit *test)
{
	static const struct firmware overlapping = { {
		{ 0x10000000, 0x4000, R, DIRECT, TABLE },
		{ 0x10002000, 0x4000, W, DIRECT, TABLE },
		{ 0x10003000, 0x8000, RW, RELAXABLE, TABLE },
	} };
	struct mock_domain *domain;
	struct mock_dev *mdev;

	mock_start(test);
	mdev = mock_plug_new(test, 0, &overlapping);
	mock_expect_always_direct(test, mdev);
	domain = to_mock_domain(mock_default_domain(mdev));
	KUNIT_EXPECT_TRUE(test,
			  mock_domain_maps(domain, 0x10002000, 0x10003fff, RW));
	KUNIT_EXPECT_TRUE(test,
			  mock_domain_maps(domain, 0x10003000, 0x1000afff, RW));
}

static void probe_maps_large_regions_cheaply(struct kunit *test)
{
	static const struct firmware large = { {
		{ 0x40000000, SZ_512M, RW, DIRECT, TABLE },
	} };
	struct mock_domain *domain;
	struct mock_dev *mdev;

	mock_start(test);
	mdev = mock_plug_new(test, 0, &large);
	mock_expect_always_direct(test, mdev);
	domain = to_mock_domain(mock_default_domain(mdev));
	KUNIT_EXPECT_EQ(test, domain->written, 256);
	/* Nothing is looked up first, which would cost as much as mapping */
	KUNIT_EXPECT_EQ(test, domain->walks, 0);
}

/* All devices are plugged in before the IOMMU */
static void probe_cold_group(struct kunit *test)
{
	static const struct firmware second = { {
		{ 0x11000000, SZ_64K, RW, DIRECT, TABLE },
		{ 0x10000000, SZ_4K, RW, DIRECT, TABLE },
	} };
	struct mock_dev *a, *b, *c;

	a = mock_plug_new(test, 1, &mock_direct);
	b = mock_plug_new(test, 1, &second);
	c = mock_plug_new(test, 1, &mock_nothing);
	mock_start(test);

	KUNIT_ASSERT_NOT_NULL(test, a->dev->iommu_group);
	KUNIT_EXPECT_PTR_EQ(test, a->dev->iommu_group, b->dev->iommu_group);
	mock_expect_on(test, a, mock_default_domain(a));
	mock_expect_on(test, b, mock_default_domain(a));
	mock_expect_on(test, c, mock_default_domain(a));
	mock_expect_always_direct(test, a);
	mock_expect_always_direct(test, b);
	/* The domain has the regions of both devices */
	KUNIT_EXPECT_TRUE(test, mock_covers(a, b->hw) && mock_covers(b, a->hw));
	KUNIT_EXPECT_EQ(test, a->reports + b->reports + c->reports, 3);
}

/* A device that fails does not affect the others */
static void probe_cold_failure_stays_local(struct kunit *test)
{
	struct mock_dev *mdevs[4];
	unsigned int i;

	/*
	 * The first gets no default domain, the regions of the third are
	 * unknown; after each there is one that works.
	 */
	mdevs[0] = mock_new_dev(test, 0, &mock_nothing);
	mdevs[1] = mock_new_dev(test, 0, &mock_nothing);
	mdevs[2] = mock_new_dev(test, 0, &mock_direct);
	mdevs[3] = mock_new_dev(test, 0, &mock_direct);
	mdevs[0]->no_paging = true;
	mdevs[2]->report_error = -ENOMEM;
	for (i = 0; i < 4; i++)
		mock_plug(test, mdevs[i]);
	mock_start(test);

	KUNIT_EXPECT_NULL(test, mdevs[0]->hw);
	KUNIT_EXPECT_NULL(test, mdevs[2]->dev->iommu_group);
	for (i = 1; i < 4; i += 2) {
		KUNIT_ASSERT_NOT_NULL(test, mdevs[i]->dev->iommu_group);
		mock_expect_on(test, mdevs[i], mock_default_domain(mdevs[i]));
		mock_expect_always_direct(test, mdevs[i]);
	}
}

static void probe_identity_knows_the_requirement(struct kunit *test)
{
	struct mock_dev *mdev, *free;

	mock_start(test);
	mdev = mock_new_dev(test, 0, &mock_direct);
	mdev->type = IOMMU_DOMAIN_IDENTITY;
	mock_plug(test, mdev);
	KUNIT_ASSERT_NOT_NULL(test, mdev->dev->iommu_group);
	mock_expect_on(test, mdev, &mock_identity);
	KUNIT_EXPECT_TRUE(test, mdev->dev->iommu->require_direct);
	KUNIT_EXPECT_EQ(test, -EPERM,
			iommu_group_claim_dma_owner(mdev->dev->iommu_group,
						    test));
	KUNIT_EXPECT_EQ(test, mdev->nr_log, 1);

	free = mock_plug_new(test, 0, &mock_nothing);
	KUNIT_EXPECT_FALSE(test, free->dev->iommu->require_direct);
}

static void probe_deferred_attach(struct kunit *test)
{
	struct mock_dev *mdev;

	mock_start(test);
	mdev = mock_new_dev(test, 0, &mock_direct);
	mdev->deferred = true;
	mock_plug(test, mdev);
	KUNIT_ASSERT_NOT_NULL(test, mdev->dev->iommu_group);
	KUNIT_EXPECT_EQ(test, mdev->nr_log, 0);
	KUNIT_EXPECT_TRUE(test, mdev->dev->iommu->require_direct);

	KUNIT_EXPECT_EQ(test, 0,
			iommu_deferred_attach(mdev->dev,
					      mock_default_domain(mdev)));
	mock_expect_on(test, mdev, mock_default_domain(mdev));
	mock_expect_always_direct(test, mdev);
}

/*
 * A kdump kernel leaves a device attached to what the crashed kernel attached
 * until its driver maps a buffer.
 */
static void probe_deferred_is_not_attached(struct kunit *test)
{
	struct mock_dev *mdev;

	mock_iommu->ops.release_domain = &mock_blocked;
	mock_start(test);
	mdev = mock_new_dev(test, 0, &mock_direct);
	mdev->deferred = true;
	mock_plug(test, mdev);
	KUNIT_ASSERT_NOT_NULL(test, mdev->dev->iommu_group);

	KUNIT_EXPECT_EQ(test, -EPERM,
			iommu_device_claim_dma_owner(mdev->dev, mdev));
	KUNIT_EXPECT_EQ(test, mdev->nr_log, 0);
	KUNIT_EXPECT_TRUE(test, mdev->dev->iommu->attach_deferred);

	mock_unplug(mdev);
	KUNIT_EXPECT_EQ(test, mdev->nr_log, 0);
}

/*
 * A device for which probe_device() fails has no IOMMU. The others are not
 * affected.
 */
static void probe_failure_of_driver_stays_local(struct kunit *test)
{
	struct mock_dev *mdev, *other;

	mock_start(test);
	other = mock_plug_new(test, 1, &mock_direct);
	mdev = mock_new_dev(test, 1, &mock_direct);
	mdev->probe_error = -EINVAL;
	mock_plug(test, mdev);
	KUNIT_EXPECT_NULL(test, mdev->dev->iommu_group);
	KUNIT_EXPECT_NULL(test, mdev->dev->iommu);
	KUNIT_EXPECT_EQ(test, mdev->reports, 0);
	KUNIT_EXPECT_EQ(test, -ENODEV,
			iommu_device_claim_dma_owner(mdev->dev, mdev));
	mock_expect_always_direct(test, other);
	KUNIT_EXPECT_EQ(test, other->nr_log, 1);

	mock_unplug(mdev);
	mdev->probe_error = 0;
	mock_plug(test, mdev);
	KUNIT_EXPECT_PTR_EQ(test, mdev->dev->iommu_group,
			    other->dev->iommu_group);
	mock_expect_always_direct(test, mdev);
}

/* A region beyond the aperture affects only the group of its device */
static void probe_unmappable_region_stays_local(struct kunit *test)
{
	static const struct firmware far = { {
		{ 0x10000000000, SZ_64K, RW, DIRECT, TABLE },
	} };
	struct mock_dev *a, *b, *c;

	mock_iommu->aperture_end = (1ULL << 39) - 1;
	a = mock_plug_new(test, 0, &mock_nothing);
	b = mock_plug_new(test, 0, &far);
	c = mock_plug_new(test, 0, &mock_direct);
	mock_start(test);

	KUNIT_ASSERT_NOT_NULL(test, a->dev->iommu_group);
	KUNIT_ASSERT_NOT_NULL(test, c->dev->iommu_group);
	mock_expect_on(test, a, mock_default_domain(a));
	mock_expect_on(test, c, mock_default_domain(c));
	mock_expect_always_direct(test, c);
	/* The device cannot be assigned */
	KUNIT_ASSERT_NOT_NULL(test, b->dev->iommu_group);
	KUNIT_EXPECT_EQ(test, -EPERM,
			iommu_device_claim_dma_owner(b->dev, test));
	KUNIT_EXPECT_PTR_NE(test, (void *)b->hw, (void *)&mock_blocked);

	/* The same for a device that is plugged in later */
	a = mock_plug_new(test, 0, &far);
	KUNIT_EXPECT_EQ(test, -EPERM,
			iommu_device_claim_dma_owner(a->dev, test));
}

/* As above, but the driver notices only when it attaches the domain */
static void probe_unmappable_region_found_late(struct kunit *test)
{
	static const struct firmware far = { {
		{ 0x10000000000, SZ_64K, RW, DIRECT, TABLE },
		{ 0x10000000, SZ_64K, RW, DIRECT, TABLE },
	} };
	struct mock_dev *mdev;

	mock_iommu->hw_limit = (1ULL << 39) - 1;
	mock_start(test);
	mdev = mock_plug_new(test, 0, &far);
	mock_expect_on(test, mdev, mock_default_domain(mdev));
	/* The other region is mapped */
	KUNIT_EXPECT_TRUE(test, mock_domain_maps(to_mock_domain(mdev->hw),
						 0x10000000, 0x1000ffff, RW));
	KUNIT_EXPECT_EQ(test, -EPERM,
			iommu_device_claim_dma_owner(mdev->dev, test));
}

/* Each range is logged once, for the first device that has it */
static void probe_unmappable_regions_are_named(struct kunit *test)
{
	static const struct firmware firmware[] = {
		{ {
			{ 0x20000000000, SZ_64K, RW, DIRECT, TABLE },
			{ 0x30000000000, SZ_64K, RW, DIRECT, TABLE },
		} },
		/* Touches one of them, and ends at the end of the aperture */
		{ { { 0x1ffffff0000, SZ_64K, RW, DIRECT, "NEAR table" } } },
		{ { { 0x20000000000, SZ_64K, RW, DIRECT, TABLE } } },
	};
	static const char unmapped[] = "cannot be mapped 1:1";
	struct mock_dev *mdevs[ARRAY_SIZE(firmware)];
	struct kmsg_dump_iter mark;
	unsigned int i;

	mock_iommu->aperture_end = 0x1ffffffffff;
	for (i = 0; i < ARRAY_SIZE(mdevs); i++)
		mdevs[i] = mock_plug_new(test, 1, &firmware[i]);
	mark = mock_log_mark();
	mock_start(test);
	for (i = 0; i < ARRAY_SIZE(mdevs); i++)
		mock_expect_on(test, mdevs[i], mock_default_domain(mdevs[0]));
	mock_expect_always_direct(test, mdevs[1]);

	KUNIT_EXPECT_EQ(test, 2, mock_log_count(&mark, unmapped, NULL, NULL));
	KUNIT_EXPECT_EQ(test, 2, mock_log_count(&mark, unmapped, TABLE,
						dev_name(mdevs[0]->dev)));
	KUNIT_EXPECT_EQ(test, 1, mock_log_count(&mark, unmapped,
						"0x0000020000000000", NULL));
	KUNIT_EXPECT_EQ(test, 1, mock_log_count(&mark, unmapped,
						"0x0000030000000000", NULL));
}

/* If the first attach of a device fails, the others are not affected */
static void probe_first_attach_fails(struct kunit *test)
{
	const unsigned int *position = test->param_value;
	const struct firmware *firmware;
	struct mock_dev *mdevs[3], *mdev;
	struct kmsg_dump_iter mark;
	unsigned int i, kind;
	int ret;

	for (kind = 0; kind < 2; kind++) {
		for (i = 0; i < 3; i++) {
			firmware = kind && i == *position ? &mock_direct :
							    &mock_nothing;
			mdevs[i] = mock_plug_new(test, kind + 1, firmware);
		}
		mdev = mdevs[*position];
		/*
		 * With regions a second default domain is tried: it fails, too
		 */
		mdev->fail_attach = 1;
		mdev->fail_more = kind;
		mock_start(test);
		KUNIT_EXPECT_EQ(test, mdev->fail_attach, 0);
		for (i = 0; i < 3; i++) {
			KUNIT_ASSERT_NOT_NULL(test, mdevs[i]->dev->iommu_group);
			KUNIT_EXPECT_EQ(test, mdevs[i]->finalized, 1);
			KUNIT_EXPECT_TRUE(test, use_dma_iommu(mdevs[i]->dev));
			if (i == *position)
				continue;
			mock_expect_on(test, mdevs[i],
				       mock_default_domain(mdevs[0]));
			ret = iommu_device_use_default_domain(mdevs[i]->dev);
			KUNIT_EXPECT_EQ(test, 0, ret);
			iommu_device_unuse_default_domain(mdevs[i]->dev);
		}
		/* Direct-only if it requires regions, else blocked */
		if (kind)
			mock_expect_direct_now(test, mdev);
		else
			mock_expect_on(test, mdev, &mock_blocked);

		/*
		 * If it cannot be attached, it gets no driver; that is logged
		 */
		mark = mock_log_mark();
		mdev->fail_attach = 1;
		KUNIT_EXPECT_EQ(test, -EBUSY,
				iommu_device_use_default_domain(mdev->dev));
		KUNIT_EXPECT_EQ(test, 1,
				mock_log_count(&mark, dev_name(mdev->dev),
					       "cannot do DMA", NULL));
		KUNIT_EXPECT_PTR_NE(test, mdev->hw, mock_default_domain(mdev));
		/* The next time it can */
		KUNIT_EXPECT_EQ(test, 0,
				iommu_device_use_default_domain(mdev->dev));
		iommu_device_unuse_default_domain(mdev->dev);
		mock_expect_on(test, mdev, mock_default_domain(mdev));

		for (i = 0; i < 3; i++)
			mock_unplug(mdevs[i]);
		mock_stop();
	}
}

/* The device whose attach failed follows the next change of the domain */
static void probe_first_attach_fails_until_next_domain(struct kunit *test)
{
	struct mock_dev *mdevs[3];
	unsigned int i;

	mock_start(test);
	for (i = 0; i < 3; i++)
		mdevs[i] = mock_plug_new(test, 1, &mock_nothing);
	mock_stop();
	mdevs[1]->fail_attach = 1;
	mock_start(test);
	mock_expect_on(test, mdevs[1], &mock_blocked);
	KUNIT_EXPECT_GT(test, mock_set_type(mdevs[0], "identity"), 0);
	for (i = 0; i < 3; i++)
		mock_expect_on(test, mdevs[i], &mock_identity);
	KUNIT_EXPECT_EQ(test, 0,
			iommu_device_use_default_domain(mdevs[1]->dev));
	iommu_device_unuse_default_domain(mdevs[1]->dev);
}

/* Claim, and attach to the whole group */

static void plug_three(struct kunit *test, struct mock_dev *mdevs[3])
{
	const unsigned int *position = test->param_value;
	unsigned int i;

	for (i = 0; i < 3; i++)
		mdevs[i] = mock_plug_new(test, 1,
					 i == *position ? &mock_direct :
							  &mock_nothing);
}

static void expect_untouched(struct kunit *test, struct mock_dev *mdevs[3])
{
	struct iommu_group *group = mdevs[0]->dev->iommu_group;
	unsigned int i;

	for (i = 0; i < 3; i++) {
		KUNIT_EXPECT_EQ_MSG(test, mdevs[i]->nr_log, 1, "device %u", i);
		mock_expect_on(test, mdevs[i], mock_default_domain(mdevs[0]));
	}
	KUNIT_EXPECT_PTR_EQ(test, iommu_get_domain_for_dev(mdevs[0]->dev),
			    mock_default_domain(mdevs[0]));
	KUNIT_EXPECT_FALSE(test, iommu_group_dma_owner_claimed(group));
}

static void claim_group_refused(struct kunit *test)
{
	struct mock_dev *mdevs[3];

	mock_start(test);
	plug_three(test, mdevs);
	KUNIT_EXPECT_EQ(test, -EPERM,
			iommu_group_claim_dma_owner(mdevs[0]->dev->iommu_group,
						    test));
	expect_untouched(test, mdevs);
}

static void claim_device_refused(struct kunit *test)
{
	struct mock_dev *mdevs[3];
	unsigned int i;

	mock_start(test);
	plug_three(test, mdevs);
	for (i = 0; i < 3; i++)
		KUNIT_EXPECT_EQ(test, -EPERM,
				iommu_device_claim_dma_owner(mdevs[i]->dev,
							     test));
	expect_untouched(test, mdevs);
}

static void attach_group_refused_whole(struct kunit *test)
{
	struct iommu_attach_handle handle = { };
	struct iommu_domain *domain;
	struct mock_dev *mdevs[3];

	mock_start(test);
	plug_three(test, mdevs);
	domain = mock_new_domain(test, mdevs[0]);
	KUNIT_EXPECT_EQ(test, -EPERM,
			iommu_attach_group(domain, mdevs[0]->dev->iommu_group));
	KUNIT_EXPECT_EQ(test, -EPERM,
			iommu_compat_group_replace(mdevs[0]->dev->iommu_group,
						   domain, &handle));
	expect_untouched(test, mdevs);
}

static void claim_refused_makes_no_domain(struct kunit *test)
{
	struct mock_dev *mdev;
	int nr_domains;

	mock_iommu->ops.blocked_domain = NULL;
	mock_start(test);
	mdev = mock_plug_new(test, 0, &mock_direct);
	nr_domains = atomic_read(&mock_iommu->nr_domains);
	KUNIT_EXPECT_EQ(test, -EPERM,
			iommu_group_claim_dma_owner(mdev->dev->iommu_group,
						    test));
	KUNIT_EXPECT_EQ(test, nr_domains, atomic_read(&mock_iommu->nr_domains));
	KUNIT_EXPECT_EQ(test, mdev->nr_log, 1);
}

static void claim_broken_refused(struct kunit *test)
{
	static const struct firmware no_length = { { { 0x10000000, 0, RW,
						       DIRECT, TABLE } } };
	static const struct firmware no_access = { { { 0x10000000, 0x1000, 0,
						       DIRECT, TABLE } } };
	static const struct firmware wraps = { { { ~0UL - 0xfff, 0x2000, RW,
						   DIRECT, TABLE } } };
	struct mock_dev *mdevs[3];
	unsigned int i;

	mock_start(test);
	mdevs[0] = mock_plug_new(test, 0, &no_length);
	mdevs[1] = mock_plug_new(test, 0, &no_access);
	mdevs[2] = mock_plug_new(test, 0, &wraps);
	for (i = 0; i < 3; i++) {
		/* Its driver can use it, but it cannot be assigned */
		mock_expect_on(test, mdevs[i], mock_default_domain(mdevs[i]));
		KUNIT_EXPECT_EQ(test, -EPERM,
				iommu_device_claim_dma_owner(mdevs[i]->dev,
							     test));
		mock_expect_on(test, mdevs[i], mock_default_domain(mdevs[i]));
	}
}

static void claim_allowed(struct kunit *test)
{
	static const struct firmware reserved = { {
		{ 0x30000000, SZ_64K, 0, IOMMU_RESV_RESERVED, TABLE },
		{ 0xfee00000, SZ_1M, 0, IOMMU_RESV_MSI, TABLE },
	} };
	struct mock_dev *mdevs[3];
	unsigned int i;

	mock_start(test);
	mdevs[0] = mock_plug_new(test, 0, &mock_nothing);
	mdevs[1] = mock_plug_new(test, 0, &mock_relaxable);
	mdevs[2] = mock_plug_new(test, 0, &reserved);
	for (i = 0; i < 3; i++) {
		struct iommu_group *group = mdevs[i]->dev->iommu_group;

		KUNIT_EXPECT_EQ(test, 0,
				iommu_group_claim_dma_owner(group, test));
		mock_expect_on(test, mdevs[i], &mock_blocked);
		iommu_group_release_dma_owner(group);
		mock_expect_on(test, mdevs[i], mock_default_domain(mdevs[i]));

		KUNIT_EXPECT_EQ(test, 0,
				iommu_device_claim_dma_owner(mdevs[i]->dev,
							     test));
		mock_expect_on(test, mdevs[i], &mock_blocked);
		iommu_device_release_dma_owner(mdevs[i]->dev);
		mock_expect_on(test, mdevs[i], mock_default_domain(mdevs[i]));
	}
}

/* No IOVA is allocated in a region of any device of the group */
static void iova_avoids_regions_of_all_devices(struct kunit *test)
{
	static const struct firmware top = { {
		{ 0xffff0000, SZ_64K, RW, DIRECT, TABLE },
	} };
	struct mock_dev *a, *b;
	struct page *page;
	dma_addr_t iova;

	page = alloc_page(GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, page);
	mock_start(test);
	a = mock_plug_new(test, 1, &mock_nothing);
	b = mock_plug_new(test, 1, &top);
	/* IOVAs are allocated from the top of the 32-bit space */
	iova = dma_map_page(a->dev, page, 0, PAGE_SIZE, DMA_BIDIRECTIONAL);
	KUNIT_EXPECT_FALSE(test, dma_mapping_error(a->dev, iova));
	KUNIT_EXPECT_LT(test, iova, 0xffff0000);
	if (!dma_mapping_error(a->dev, iova))
		dma_unmap_page(a->dev, iova, PAGE_SIZE, DMA_BIDIRECTIONAL);
	mock_expect_always_direct(test, b);
	__free_page(page);
}

static struct kunit_case group_test_cases[] = {
	KUNIT_CASE(probe_asks_driver_once),
	KUNIT_CASE(probe_fails_if_regions_are_unknown),
	KUNIT_CASE(probe_maps_before_attach),
	KUNIT_CASE(probe_maps_whole_pages),
	KUNIT_CASE(probe_maps_overlapping_regions),
	KUNIT_CASE(probe_maps_large_regions_cheaply),
	KUNIT_CASE(probe_cold_group),
	KUNIT_CASE(probe_cold_failure_stays_local),
	KUNIT_CASE(probe_identity_knows_the_requirement),
	KUNIT_CASE(probe_deferred_attach),
	KUNIT_CASE(probe_deferred_is_not_attached),
	KUNIT_CASE(probe_failure_of_driver_stays_local),
	KUNIT_CASE(probe_unmappable_region_stays_local),
	KUNIT_CASE(probe_unmappable_region_found_late),
	KUNIT_CASE(probe_unmappable_regions_are_named),
	KUNIT_CASE_PARAM(probe_first_attach_fails, position_gen_params),
	KUNIT_CASE(probe_first_attach_fails_until_next_domain),
	KUNIT_CASE_PARAM(claim_group_refused, position_gen_params),
	KUNIT_CASE_PARAM(claim_device_refused, position_gen_params),
	KUNIT_CASE(claim_refused_makes_no_domain),
	KUNIT_CASE(claim_broken_refused),
	KUNIT_CASE(claim_allowed),
	KUNIT_CASE_PARAM(attach_group_refused_whole, position_gen_params),
	KUNIT_CASE(iova_avoids_regions_of_all_devices),
	{}
};

static struct kunit_suite group_test_suite = {
	.name = "iommu_group",
	.init = mock_test_init,
	.exit = mock_test_exit,
	.test_cases = group_test_cases,
};

kunit_test_suite(group_test_suite);

MODULE_DESCRIPTION("KUnit tests of probing and claiming a group's devices");
MODULE_LICENSE("GPL");
