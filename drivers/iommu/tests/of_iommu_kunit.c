// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit tests of reserved regions in a device tree, good ones and bad ones.
 */
#include <kunit/of.h>
#include <kunit/test.h>
#include <linux/device.h>
#include <linux/err.h>
#include <linux/iommu.h>
#include <linux/list.h>
#include <linux/of.h>
#include <linux/of_iommu.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "../direct/snapshot.h"

/* What is expected for a device of of_iommu_kunit.dtso */
static const struct of_case {
	const char *name;
	/* Its direct region, if it has one */
	phys_addr_t start;
	phys_addr_t last;
	/* It has a malformed region */
	bool malformed;
} cases[] = {
	{ "good", 0x10000000, 0x1000ffff },
	{ "sharer", 0x10000000, 0x1000ffff },
	/* Another device's entry cannot be read, nor what follows it */
	{ "dangling", .malformed = true },
	{ "unnamed", .malformed = true },
	{ "behind", .malformed = true },
	{ "first", 0x10000000, 0x1000ffff, true },
	{ "late", 0x20000000, 0x2000ffff, true },
	/* The device's own entry or memory is malformed */
	{ "bus/far", .malformed = true },
	{ "cut", .malformed = true },
	{ "hundred/long", .malformed = true },
	{ "huge/endless", .malformed = true },
	{ "noreg", .malformed = true },
	/* There is no memory, or it is that of another device */
	{ "window" },
	{ "beside" },
	{ "zeros" },
	/* Unusual, but valid */
	{ "padding", 0x10000000, 0x1000ffff },
	{ "byte", 0, PAGE_SIZE - 1 },
};

static void case_desc(const struct of_case *c, char *desc)
{
	strscpy(desc, kbasename(c->name), KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(of_iommu, cases, case_desc);

static void of_iommu_holds_what_may_be_named(struct kunit *test)
{
	const struct of_case *c = test->param_value;
	struct device *dev = test->priv;
	struct iommu_resv *resv;
	bool direct = c->last;
	char path[64];
	LIST_HEAD(list);

	snprintf(path, sizeof(path), "/iommu-kunit/soc/%s", c->name);
	dev->of_node = of_find_node_by_path(path);
	KUNIT_ASSERT_NOT_NULL(test, dev->of_node);

	/* On an error, the device would have no IOMMU */
	KUNIT_EXPECT_EQ(test, 0, of_iommu_get_resv_regions(dev, &list));
	resv = iommu_resv_snapshot(dev, &list);
	iommu_put_resv_regions(dev, &list);
	of_node_put(dev->of_node);
	dev->of_node = NULL;
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, resv);

	KUNIT_EXPECT_EQ(test, resv->nr_direct, direct);
	KUNIT_EXPECT_EQ(test, !!resv->broken_source, c->malformed);
	KUNIT_EXPECT_EQ(test, iommu_resv_requires_direct(resv),
			direct || c->malformed);
	if (direct) {
		KUNIT_EXPECT_EQ(test, resv->nr, 1);
		KUNIT_EXPECT_EQ(test, resv->ranges[0].start, c->start);
		KUNIT_EXPECT_EQ(test, resv->ranges[0].last, c->last);
	}
	kvfree(resv);
}

static int of_iommu_test_init(struct kunit *test)
{
	struct device *dev;

	if (of_overlay_apply_kunit(test, of_iommu_kunit))
		return -EINVAL;
	dev = root_device_register("of-iommu-kunit");
	if (IS_ERR(dev))
		return PTR_ERR(dev);
	test->priv = dev;
	return 0;
}

static void of_iommu_test_exit(struct kunit *test)
{
	if (test->priv)
		root_device_unregister(test->priv);
}

static struct kunit_case of_iommu_cases[] = {
	KUNIT_CASE_PARAM(of_iommu_holds_what_may_be_named, of_iommu_gen_params),
	{}
};

static struct kunit_suite of_iommu_suite = {
	.name = "of_iommu",
	.init = of_iommu_test_init,
	.exit = of_iommu_test_exit,
	.test_cases = of_iommu_cases,
};

kunit_test_suite(of_iommu_suite);

MODULE_DESCRIPTION("KUnit tests of reserved regions in a device tree");
MODULE_LICENSE("GPL");
