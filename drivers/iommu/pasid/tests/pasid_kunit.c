// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit tests of PASIDs: which ones are chosen for a RID, and which ones can be
 * attached.
 */
#include <kunit/test.h>
#include <linux/iommu.h>
#include <linux/irq_work.h>

#include "../../tests/compat.h"
#include "../../tests/mock.h"
#include "mock.h"

/* RID-local PASIDs */

static void rids_have_the_same_numbers(struct kunit *test)
{
	struct pasid_dev *a = pasid_plug(test, 0, 8),
			 *b = pasid_plug(test, 0, 16);
	ioasid_t pasid;

	KUNIT_EXPECT_EQ(test, 0, pasid_attach(a, 1));
	KUNIT_EXPECT_EQ(test, 0, pasid_attach_new(b, &pasid));
	KUNIT_EXPECT_EQ(test, 1, pasid);
	KUNIT_EXPECT_EQ(test, -EBUSY, pasid_attach(a, 1));
	KUNIT_EXPECT_EQ(test, -EBUSY, pasid_attach(b, 1));
	pasid_detach(a, 1);
	pasid_detach(b, 1);
}

static void new_is_lowest_and_never_zero(struct kunit *test)
{
	static const ioasid_t freed[] = { 200, 17, 3, 255 };
	struct pasid_dev *mdev = pasid_plug(test, 0, 8);
	ioasid_t pasid, i;

	KUNIT_ASSERT_EQ(test, 0, pasid_attach(mdev, 5));
	for (i = 1; i < 256; i++) {
		if (i == 5)
			continue;
		KUNIT_ASSERT_EQ(test, 0, pasid_attach_new(mdev, &pasid));
		KUNIT_ASSERT_EQ(test, i, pasid);
	}
	KUNIT_EXPECT_EQ(test, -ENOSPC, pasid_attach_new(mdev, &pasid));
	KUNIT_EXPECT_EQ(test, 255, pasid_nr_attached(mdev));

	for (i = 0; i < ARRAY_SIZE(freed); i++)
		pasid_detach(mdev, freed[i]);
	KUNIT_EXPECT_EQ(test, 0, pasid_attach(mdev, 17));
	KUNIT_EXPECT_EQ(test, 0, pasid_attach_new(mdev, &pasid));
	KUNIT_EXPECT_EQ(test, 3, pasid);
	KUNIT_EXPECT_EQ(test, 0, pasid_attach_new(mdev, &pasid));
	KUNIT_EXPECT_EQ(test, 200, pasid);
	KUNIT_EXPECT_EQ(test, 0, pasid_attach_new(mdev, &pasid));
	KUNIT_EXPECT_EQ(test, 255, pasid);
	for (i = 1; i < 256; i++)
		pasid_detach(mdev, i);
}

static void attach_out_of_range(struct kunit *test)
{
	struct pasid_dev *mdev = pasid_plug(test, 0, 8);

	KUNIT_EXPECT_EQ(test, -EINVAL, pasid_attach(mdev, IOMMU_NO_PASID));
	KUNIT_EXPECT_EQ(test, -EINVAL, pasid_attach(mdev, 256));
	KUNIT_EXPECT_EQ(test, -EINVAL, pasid_attach(mdev, IOMMU_PASID_INVALID));
	KUNIT_EXPECT_EQ(test, 0, mdev->calls);
	KUNIT_EXPECT_EQ(test, 0, pasid_attach(mdev, 255));
	pasid_detach(mdev, 255);
}

static void no_pasids_no_numbers(struct kunit *test)
{
	struct pasid_dev *mdev = pasid_plug(test, 0, 0);
	ioasid_t pasid;

	KUNIT_EXPECT_EQ(test, -EOPNOTSUPP, pasid_attach_new(mdev, &pasid));
	KUNIT_EXPECT_EQ(test, -EOPNOTSUPP, pasid_set_global(mdev));
	KUNIT_EXPECT_EQ(test, IOMMU_PASID_INVALID,
			iommu_alloc_global_pasid(mdev->dev));
	KUNIT_EXPECT_EQ(test, 0, mdev->calls);
}

static void failed_attach_leaves_nothing(struct kunit *test)
{
	struct pasid_dev *a = pasid_plug(test, 1, 8),
			 *b = pasid_plug(test, 1, 8);
	ioasid_t pasid;

	b->fail = true;
	KUNIT_EXPECT_EQ(test, -EIO, pasid_attach(a, 7));
	KUNIT_EXPECT_EQ(test, -EIO, pasid_attach_new(a, &pasid));
	KUNIT_EXPECT_EQ(test, 0, pasid_nr_attached(a));
	KUNIT_EXPECT_TRUE(test, xa_empty(&a->dev->iommu_group->pasid_array));
	b->fail = false;
	KUNIT_EXPECT_EQ(test, 0, pasid_attach_new(a, &pasid));
	KUNIT_EXPECT_EQ(test, 1, pasid);
	KUNIT_EXPECT_PTR_EQ(test, &pasid_domain, b->hw[1]);
	pasid_detach(a, 1);
	KUNIT_EXPECT_NULL(test, b->hw[1]);
}

static void group_is_as_narrow_as_its_devices(struct kunit *test)
{
	struct pasid_dev *wide = pasid_plug(test, 1, 16),
			 *none = pasid_plug(test, 1, 0);
	struct pasid_dev *narrow;
	ioasid_t pasid;

	KUNIT_EXPECT_EQ(test, 0, pasid_attach(wide, 16));
	pasid_detach(wide, 16);
	narrow = pasid_plug(test, 1, 4);
	KUNIT_EXPECT_EQ(test, -EINVAL, pasid_attach(wide, 16));
	KUNIT_EXPECT_EQ(test, 16,
			iommu_group_pasid_limit(wide->dev->iommu_group));
	while (!pasid_attach_new(wide, &pasid))
		;
	KUNIT_EXPECT_EQ(test, 15, pasid_nr_attached(wide));
	KUNIT_EXPECT_EQ(test, 15, pasid_nr_attached(narrow));
	KUNIT_EXPECT_EQ(test, 0, none->calls);
	for (pasid = 1; pasid < 16; pasid++)
		pasid_detach(wide, pasid);
}

/*
 * A detach with the wrong domain blocks the PASID as well, since the caller may
 * free the attached domain next.
 */
static void detach_of_something_else(struct kunit *test)
{
	struct pasid_dev *mdev = pasid_plug(test, 0, 8);
	struct iommu_attach_handle handle = {};
	struct kmsg_dump_iter mark;
	unsigned int calls;

	if (iommu_compat_pasid_replace(&pasid_domain, mdev->dev, 7, &handle) ==
	    -EOPNOTSUPP)
		kunit_skip(test,
			   "the base does not note the domain of a PASID");
	pasid_detach(mdev, 7);
	KUNIT_EXPECT_EQ(test, 0, mdev->calls);
	KUNIT_ASSERT_EQ(test, 0, pasid_attach(mdev, 7));
	calls = mdev->calls;
	mark = mock_log_mark();
	iommu_detach_device_pasid(&pasid_other_domain, mdev->dev, 7);
	KUNIT_EXPECT_EQ(test, calls + 1, mdev->calls);
	KUNIT_EXPECT_NULL(test, mdev->hw[7]);
	KUNIT_EXPECT_EQ(test, 1, mock_log_count(&mark, dev_name(mdev->dev),
						"PASID 7", "blocked"));
	KUNIT_EXPECT_EQ(test, 0, pasid_attach(mdev, 7));
	pasid_detach(mdev, 7);
}

static void replace_is_for_what_is_attached(struct kunit *test)
{
	struct iommu_attach_handle first = {}, second = {};
	struct pasid_dev *mdev = pasid_plug(test, 0, 8);
	int ret;

	ret = iommu_compat_pasid_replace(&pasid_domain, mdev->dev, 7, &first);
	if (ret == -EOPNOTSUPP)
		kunit_skip(test,
			   "the base cannot replace what is attached to a PASID");
	KUNIT_EXPECT_EQ(test, -EINVAL, ret);
	KUNIT_EXPECT_TRUE(test, xa_empty(&mdev->dev->iommu_group->pasid_array));
	KUNIT_ASSERT_EQ(test, 0,
			iommu_attach_device_pasid(&pasid_domain, mdev->dev, 7,
						  &first));
	KUNIT_EXPECT_EQ(test, 0,
			iommu_compat_pasid_replace(&pasid_other_domain,
						   mdev->dev, 7, &second));
	KUNIT_EXPECT_PTR_EQ(test, &pasid_other_domain, mdev->hw[7]);
	iommu_detach_device_pasid(&pasid_other_domain, mdev->dev, 7);
	KUNIT_EXPECT_NULL(test, mdev->hw[7]);
}

/* Global PASIDs */

static void global_calls_as_before(struct kunit *test)
{
	struct pasid_dev *a = pasid_plug(test, 0, 8),
			 *b = pasid_plug(test, 0, 2);
	ioasid_t pasid[4];
	unsigned int i;

	for (i = 0; i < 3; i++) {
		pasid[i] = iommu_alloc_global_pasid(b->dev);
		KUNIT_EXPECT_EQ(test, i + 1, pasid[i]);
	}
	KUNIT_EXPECT_EQ(test, IOMMU_PASID_INVALID,
			iommu_alloc_global_pasid(b->dev));
	pasid[3] = iommu_alloc_global_pasid(a->dev);
	KUNIT_EXPECT_EQ(test, 4, pasid[3]);

	/* On whichever RID, also if the one that it was for is gone */
	KUNIT_EXPECT_EQ(test, 0, pasid_attach(a, 1));
	KUNIT_EXPECT_EQ(test, 0, pasid_attach(b, 1));
	pasid_detach(b, 1);
	platform_device_del(b->pdev);
	KUNIT_EXPECT_EQ(test, 0, pasid_attach(a, 2));
	pasid_detach(a, 1);
	pasid_detach(a, 2);
	for (i = 0; i < 4; i++)
		iommu_free_global_pasid(pasid[i]);
	pasid[0] = iommu_alloc_global_pasid(a->dev);
	KUNIT_EXPECT_EQ(test, 1, pasid[0]);
	iommu_free_global_pasid(pasid[0]);
	KUNIT_EXPECT_EQ(test, 0, platform_device_add(b->pdev));
}

/*
 * ENQCMD sends the global PASID of a process. On a RID to which tasks send
 * PASIDs, no other domain may be attached to it.
 */
static void global_number_of_a_process(struct kunit *test)
{
	struct pasid_dev *global = pasid_plug(test, 0, 8),
			 *own = pasid_plug(test, 0, 8);
	struct mm_struct *mm = kunit_kzalloc(test, sizeof(long), GFP_KERNEL);
	struct kmsg_dump_iter mark = mock_log_mark();
	ioasid_t process, driver, pasid;

	KUNIT_ASSERT_EQ(test, 0, pasid_set_global(global));
	KUNIT_ASSERT_EQ(test, 0, iommu_pasid_alloc_process(mm, 256, &process));
	KUNIT_EXPECT_EQ(test, -EPERM, pasid_attach(global, process));
	KUNIT_EXPECT_EQ(test, -ENOENT, pasid_attach(global, 99));
	KUNIT_EXPECT_EQ(test, -EBUSY, pasid_attach_new(global, &pasid));
	KUNIT_EXPECT_EQ(test, 0, global->calls);
	KUNIT_EXPECT_EQ(test, 2, mock_log_count(&mark, dev_name(global->dev),
						"PASID", "cannot be attached"));
	driver = iommu_alloc_global_pasid(global->dev);
	KUNIT_EXPECT_NE(test, process, driver);
	KUNIT_EXPECT_EQ(test, 0, pasid_attach(global, driver));
	pasid_detach(global, driver);

	/* A RID with RID-local PASIDs can use the same number */
	KUNIT_EXPECT_EQ(test, 0, pasid_attach(own, process));
	pasid_detach(own, process);
	/* The owner of a RID, too, since it decides which PASIDs are sent */
	KUNIT_ASSERT_EQ(test, 0,
			iommu_device_claim_dma_owner(global->dev, test));
	KUNIT_EXPECT_EQ(test, 0, pasid_attach(global, process));
	pasid_detach(global, process);
	iommu_device_release_dma_owner(global->dev);
	iommu_free_global_pasid(process);
	iommu_free_global_pasid(driver);
}

struct free_in_irq {
	struct irq_work work;
	ioasid_t pasid;
};

static void free_in_irq(struct irq_work *work)
{
	struct free_in_irq *in = container_of(work, struct free_in_irq, work);

	iommu_free_global_pasid(in->pasid);
}

/* lockdep checks the locks against their use in task context by other tests */
static void free_in_interrupt(struct kunit *test)
{
	struct pasid_dev *mdev = pasid_plug(test, 0, 8);
	struct free_in_irq f = {};

	f.pasid = iommu_alloc_global_pasid(mdev->dev);
	KUNIT_ASSERT_EQ(test, 1, f.pasid);
	init_irq_work(&f.work, free_in_irq);
	irq_work_queue(&f.work);
	irq_work_sync(&f.work);
	f.pasid = iommu_alloc_global_pasid(mdev->dev);
	KUNIT_EXPECT_EQ(test, 1, f.pasid);
	iommu_free_global_pasid(f.pasid);
}

/* Scope */

static void scope_depends_on_the_processor(struct kunit *test)
{
	struct pasid_dev *silent = pasid_plug(test, 0, 8),
			 *rid = pasid_plug(test, 0, 8);
	struct pasid_dev *global = pasid_plug(test, 0, 8);

	KUNIT_ASSERT_EQ(test, 0, pasid_set_rid(rid));
	KUNIT_ASSERT_EQ(test, 0, pasid_set_global(global));
	pasid_cpu_has_enqcmd(true);
	KUNIT_EXPECT_TRUE(test, pasid_is_global(silent));
	KUNIT_EXPECT_FALSE(test, pasid_is_global(rid));
	KUNIT_EXPECT_TRUE(test, pasid_is_global(global));
	pasid_cpu_has_enqcmd(false);
	KUNIT_EXPECT_FALSE(test, pasid_is_global(silent));
	KUNIT_EXPECT_FALSE(test, pasid_is_global(rid));
	KUNIT_EXPECT_TRUE(test, pasid_is_global(global));
}

static void scope_is_kept(struct kunit *test)
{
	struct pasid_dev *mdev = pasid_plug(test, 1, 8),
			 *sibling = pasid_plug(test, 1, 8);
	ioasid_t pasid;

	/* It cannot change while a PASID of the old scope is attached */
	KUNIT_ASSERT_EQ(test, 0, pasid_attach_new(mdev, &pasid));
	KUNIT_EXPECT_EQ(test, -EBUSY, pasid_set_global(mdev));
	KUNIT_EXPECT_FALSE(test, pasid_is_global(mdev));
	pasid_detach(mdev, pasid);

	KUNIT_ASSERT_EQ(test, 0, iommu_device_use_default_domain(mdev->dev));
	KUNIT_ASSERT_EQ(test, 0, iommu_device_use_default_domain(sibling->dev));
	KUNIT_EXPECT_EQ(test, 0, pasid_set_global(mdev));
	KUNIT_EXPECT_EQ(test, 0, pasid_set_global(sibling));
	KUNIT_EXPECT_EQ(test, -EBUSY, pasid_set_rid(sibling));
	/* It is kept until the last driver of the group is unbound */
	iommu_device_unuse_default_domain(mdev->dev);
	KUNIT_EXPECT_TRUE(test, pasid_is_global(mdev));
	iommu_device_unuse_default_domain(sibling->dev);
	KUNIT_EXPECT_FALSE(test, pasid_is_global(mdev));

	/* iommu_alloc_global_pasid() sets the global scope */
	pasid = iommu_alloc_global_pasid(mdev->dev);
	KUNIT_EXPECT_TRUE(test, pasid_is_global(mdev));
	iommu_free_global_pasid(pasid);
}

static void owner_has_the_whole_space(struct kunit *test)
{
	struct pasid_dev *mdev = pasid_plug(test, 0, 8);
	ioasid_t pasid;

	KUNIT_ASSERT_EQ(test, 0, pasid_attach(mdev, 200));
	KUNIT_EXPECT_EQ(test, -EBUSY,
			iommu_device_claim_dma_owner(mdev->dev, test));
	pasid_detach(mdev, 200);
	KUNIT_ASSERT_EQ(test, 0, iommu_device_claim_dma_owner(mdev->dev, test));
	KUNIT_EXPECT_EQ(test, -EBUSY, pasid_set_global(mdev));
	for (pasid = 1; pasid < 256; pasid++)
		KUNIT_ASSERT_EQ(test, 0, pasid_attach(mdev, pasid));
	for (pasid = 1; pasid < 256; pasid++)
		pasid_detach(mdev, pasid);
	iommu_device_release_dma_owner(mdev->dev);
	KUNIT_EXPECT_EQ(test, 0, pasid_set_global(mdev));
}

static struct kunit_case pasid_test_cases[] = {
	KUNIT_CASE(rids_have_the_same_numbers),
	KUNIT_CASE(new_is_lowest_and_never_zero),
	KUNIT_CASE(attach_out_of_range),
	KUNIT_CASE(no_pasids_no_numbers),
	KUNIT_CASE(failed_attach_leaves_nothing),
	KUNIT_CASE(group_is_as_narrow_as_its_devices),
	KUNIT_CASE(detach_of_something_else),
	KUNIT_CASE(replace_is_for_what_is_attached),
	KUNIT_CASE(global_calls_as_before),
	KUNIT_CASE(global_number_of_a_process),
	KUNIT_CASE(free_in_interrupt),
	KUNIT_CASE(scope_depends_on_the_processor),
	KUNIT_CASE(scope_is_kept),
	KUNIT_CASE(owner_has_the_whole_space),
	{}
};

static struct kunit_suite pasid_test_suite = {
	.name = "iommu_pasid",
	.init = pasid_mock_init,
	.exit = pasid_mock_exit,
	.test_cases = pasid_test_cases,
};

kunit_test_suite(pasid_test_suite);

MODULE_DESCRIPTION("KUnit tests of PASIDs");
MODULE_LICENSE("GPL");
