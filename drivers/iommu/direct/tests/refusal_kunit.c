// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit tests of the messages when a domain is refused.
 */
#include <kunit/test.h>
#include <linux/iommu.h>
#include <trace/events/iommu.h>

#include "../../iommu-priv.h"
#include "../attach.h"
#include "mock_driver.h"

static void refusal_is_said_once_per_device(struct kunit *test)
{
	struct kmsg_dump_iter mark;
	struct mock_dev *a, *b;
	unsigned int i;

	mock_start(test);
	a = mock_plug_new(test, 0, &mock_direct);
	b = mock_plug_new(test, 0, &mock_direct);
	mark = mock_log_mark();
	for (i = 0; i < 3; i++) {
		KUNIT_EXPECT_EQ(test, -EPERM,
				iommu_device_claim_dma_owner(a->dev, test));
		KUNIT_EXPECT_EQ(test, -EPERM,
				iommu_device_claim_dma_owner(b->dev, test));
	}
	KUNIT_EXPECT_EQ(test, 1, mock_log_count(&mark, dev_name(a->dev), TABLE,
						"10000000-"));
	KUNIT_EXPECT_EQ(test, 1, mock_log_count(&mark, dev_name(b->dev), TABLE,
						"10000000-"));
}

/* Does the file agree with the result of a claim? */
static void assignable_says_so(struct kunit *test)
{
	static const char line[] =
		" 0x0000000010000000 0x000000001000ffff direct " TABLE "\n";
	char *buf = kunit_kzalloc(test, PAGE_SIZE, GFP_KERNEL);
	struct mock_dev *a, *b, *c;
	char want[128];

	KUNIT_ASSERT_NOT_NULL(test, buf);
	mock_start(test);
	a = mock_plug_new(test, 1, &mock_nothing);
	b = mock_plug_new(test, 1, &mock_direct);
	c = mock_plug_new(test, 0, &mock_relaxable);

	KUNIT_EXPECT_GT(test, mock_group_file(a, "assignable", NULL, buf), 0);
	snprintf(want, sizeof(want), "no\n%s%s", dev_name(b->dev), line);
	KUNIT_EXPECT_STREQ(test, buf, want);
	KUNIT_EXPECT_EQ(test, -EPERM,
			iommu_device_claim_dma_owner(a->dev, test));

	KUNIT_EXPECT_GT(test, mock_group_file(c, "assignable", NULL, buf), 0);
	KUNIT_EXPECT_EQ(test, 0, strncmp(buf, "yes\n", 4));
	KUNIT_EXPECT_NOT_NULL(test,
			      strstr(buf, " direct-relaxable " TABLE "\n"));
	KUNIT_ASSERT_EQ(test, 0, iommu_device_claim_dma_owner(c->dev, test));
	iommu_device_release_dma_owner(c->dev);

	mock_unplug(b);
	KUNIT_EXPECT_GT(test, mock_group_file(a, "assignable", NULL, buf), 0);
	KUNIT_EXPECT_STREQ(test, buf, "yes\n");
}

/*
 * VFIO's no-IOMMU mode makes a group for a device without an IOMMU, which has
 * no regions.
 */
static void device_without_iommu_is_assignable(struct kunit *test)
{
	char *buf = kunit_kzalloc(test, PAGE_SIZE, GFP_KERNEL);
	struct iommu_group *group;
	struct mock_dev *mdev;

	KUNIT_ASSERT_NOT_NULL(test, buf);
	mock_start(test);
	mdev = mock_new_dev(test, 0, &mock_direct);
	mdev->probe_error = -EINVAL;
	mock_plug(test, mdev);
	KUNIT_ASSERT_NULL(test, mdev->dev->iommu);
	KUNIT_EXPECT_EQ(test, 0, iommu_device_may_be_owned(mdev->dev));

	group = iommu_group_alloc();
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, group);
	KUNIT_ASSERT_EQ(test, 0, iommu_group_add_device(group, mdev->dev));
	iommu_group_put(group);
	KUNIT_EXPECT_EQ(test, 0, iommu_device_may_be_owned(mdev->dev));
	KUNIT_EXPECT_GT(test, mock_group_file(mdev, "assignable", NULL, buf),
			0);
	KUNIT_EXPECT_STREQ(test, buf, "yes\n");
	KUNIT_EXPECT_EQ(test, 0,
			mock_group_file(mdev, "reserved_regions", NULL, buf));
	iommu_group_remove_device(mdev->dev);
	KUNIT_EXPECT_NULL(test, mdev->dev->iommu_group);
	KUNIT_EXPECT_EQ(test, mdev->nr_log, 0);
}

struct refusals {
	struct device *dev;
	unsigned int nr;
	char last[128];
};

static void refusal_traced(void *data, struct device *dev, int group_id,
			   const char *use, u64 start, u64 last,
			   const char *source)
{
	struct refusals *refusals = data;

	if (dev != refusals->dev)
		return;
	refusals->nr++;
	snprintf(refusals->last, sizeof(refusals->last), "%d %s %llx-%llx %s",
		 group_id, use, start, last, source);
}

static void refusals_are_traced(struct kunit *test)
{
	struct refusals *refusals;
	struct mock_dev *mdev;
	char want[128];
	int id;

	if (!IS_ENABLED(CONFIG_TRACEPOINTS))
		kunit_skip(test, "needs CONFIG_TRACEPOINTS");

	refusals = kunit_kzalloc(test, sizeof(*refusals), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, refusals);
	mock_start(test);
	mdev = mock_plug_new(test, 0, &mock_direct);
	refusals->dev = mdev->dev;
	id = iommu_group_id(mdev->dev->iommu_group);
	KUNIT_ASSERT_EQ(test, 0,
			register_trace_attach_refused(refusal_traced,
						      refusals));

	/* Every refusal is traced, but only the first is logged */
	KUNIT_EXPECT_EQ(test, -EPERM,
			iommu_device_claim_dma_owner(mdev->dev, test));
	KUNIT_EXPECT_EQ(test, -EPERM,
			iommu_device_claim_dma_owner(mdev->dev, test));
	KUNIT_EXPECT_EQ(test, 2, refusals->nr);
	snprintf(want, sizeof(want), "%d block 10000000-1000ffff " TABLE, id);
	KUNIT_EXPECT_STREQ(test, refusals->last, want);

	KUNIT_EXPECT_EQ(test, -EPERM,
			iommu_attach_device(mock_new_domain(test, mdev),
					    mdev->dev));
	KUNIT_EXPECT_EQ(test, 3, refusals->nr);
	snprintf(want, sizeof(want), "%d kernel 10000000-1000ffff " TABLE, id);
	KUNIT_EXPECT_STREQ(test, refusals->last, want);

	unregister_trace_attach_refused(refusal_traced, refusals);
	tracepoint_synchronize_unregister();
}

static void refusals_are_rate_limited(struct kunit *test)
{
	unsigned int i, lines = 0;
	struct kmsg_dump_iter mark;
	struct mock_dev *mdev;

	mock_start(test);
	mdev = mock_plug_new(test, 0, &mock_direct);
	mark = mock_log_mark();
	for (i = 0; i < 1000; i++)
		lines += iommu_resv_explain(mdev->dev, mdev->dev->iommu->resv,
					   42, IOMMU_RESV_USE_BLOCK);
	KUNIT_EXPECT_LT(test, lines, 1000);
	/* What it reports as logged is in the log */
	KUNIT_EXPECT_EQ(test, lines, mock_log_count(&mark, dev_name(mdev->dev),
						    TABLE, "groups/42/"));
}

/* Linked before all other suites that use up the rate limit */
static struct kunit_case refusal_test_cases[] = {
	KUNIT_CASE(refusal_is_said_once_per_device),
	KUNIT_CASE(assignable_says_so),
	KUNIT_CASE(device_without_iommu_is_assignable),
	KUNIT_CASE(refusals_are_traced),
	/* Last: it uses the rate limit up */
	KUNIT_CASE(refusals_are_rate_limited),
	{}
};

static struct kunit_suite refusal_test_suite = {
	.name = "iommu_refusal",
	.init = mock_test_init,
	.exit = mock_test_exit,
	.test_cases = refusal_test_cases,
};

kunit_test_suite(refusal_test_suite);

MODULE_DESCRIPTION("KUnit tests of the message about a refused domain");
MODULE_LICENSE("GPL");
