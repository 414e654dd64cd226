// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit tests of reserved regions: what a snapshot makes of a report, the union
 * of several, and the copies that readers get.
 */
#include <kunit/test.h>
#include <linux/device.h>
#include <linux/err.h>
#include <linux/iommu.h>
#include <linux/sizes.h>
#include <linux/slab.h>

#include "snapshot_kunit.h"

static const struct iommu_domain_ops resv_domain_ops = {
	.map_pages = mock_domain_map_pages,
	.unmap_pages = mock_domain_unmap_pages,
	.iova_to_phys = mock_domain_iova_to_phys,
};

int resv_test_init(struct kunit *test)
{
	struct resv_test *ctx = kunit_kzalloc(test, sizeof(*ctx), GFP_KERNEL);

	if (!ctx)
		return -ENOMEM;
	test->priv = ctx;
	mock_domain_init(&ctx->mock, MOCK_4K_2M_1G);
	ctx->mock.domain.ops = &resv_domain_ops;
	ctx->dev = root_device_register("resv-kunit");
	return PTR_ERR_OR_ZERO(ctx->dev);
}

void resv_test_exit(struct kunit *test)
{
	struct resv_test *ctx = test->priv;

	if (!ctx)
		return;
	while (ctx->nr_resv)
		kvfree(ctx->resv[--ctx->nr_resv]);
	mock_domain_wipe(&ctx->mock);
	if (!IS_ERR_OR_NULL(ctx->dev))
		root_device_unregister(ctx->dev);
}

/* Fill an array of regions with a report, and add them to @list */
void resv_report(const struct report *report, unsigned int nr,
		 struct iommu_resv_region *region, struct list_head *list)
{
	for (; nr--; report++, region++) {
		region->start = report->start;
		region->length = report->length;
		region->prot = report->prot;
		region->type = report->type;
		region->source = report->source;
		list_add_tail(&region->list, list);
	}
}

static void build_list(struct kunit *test, const struct report *report,
		       unsigned int nr, struct list_head *list)
{
	struct iommu_resv_region *region;

	region = kunit_kcalloc(test, nr + 1, sizeof(*region), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, region);
	resv_report(report, nr, region, list);
}

struct iommu_resv *resv_keep(struct kunit *test, struct iommu_resv *resv)
{
	struct resv_test *ctx = test->priv;

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, resv);
	KUNIT_ASSERT_LT(test, ctx->nr_resv, ARRAY_SIZE(ctx->resv));
	ctx->resv[ctx->nr_resv++] = resv;
	return resv;
}

struct iommu_resv *resv_snapshot(struct kunit *test,
				 const struct report *report, unsigned int nr)
{
	struct resv_test *ctx = test->priv;
	LIST_HEAD(list);

	build_list(test, report, nr, &list);
	return resv_keep(test, iommu_resv_snapshot(ctx->dev, &list));
}

static void expect_ranges(struct kunit *test, const struct iommu_resv *resv,
			  const struct iommu_resv_range *want, unsigned int nr)
{
	unsigned int i, nr_direct = 0;

	KUNIT_ASSERT_EQ(test, resv->nr, nr);
	for (i = 0; i < nr; i++) {
		const struct iommu_resv_range *got = &resv->ranges[i];

		KUNIT_EXPECT_EQ_MSG(test, got->start, want[i].start, "range %u",
				    i);
		KUNIT_EXPECT_EQ_MSG(test, got->last, want[i].last, "range %u",
				    i);
		KUNIT_EXPECT_EQ_MSG(test, got->prot, want[i].prot, "range %u",
				    i);
		KUNIT_EXPECT_EQ_MSG(test, got->type, want[i].type, "range %u",
				    i);
		KUNIT_EXPECT_TRUE_MSG(test,
				      resv_same_source(got->source,
						       want[i].source),
				      "range %u: source %s, not %s", i,
				      got->source, want[i].source);
		nr_direct += want[i].type == DIRECT;
	}
	KUNIT_EXPECT_EQ(test, resv->nr_direct, nr_direct);
}

/* With SNAPSHOT(), a test is two tables: the report, and what is expected */
#define EXPECT_RANGES(test, resv, ...) do {				\
	static const struct iommu_resv_range __w[] = { __VA_ARGS__ };	\
	expect_ranges(test, resv, __w, ARRAY_SIZE(__w));		\
} while (0)

/* Snapshot */

static void snapshot_of_nothing(struct kunit *test)
{
	struct iommu_resv *resv = resv_snapshot(test, NULL, 0);

	KUNIT_EXPECT_EQ(test, resv->nr, 0);
	KUNIT_EXPECT_EQ(test, resv->nr_direct, 0);
	KUNIT_EXPECT_NULL(test, resv->broken_source);
	KUNIT_EXPECT_FALSE(test, iommu_resv_requires_direct(resv));
}

static void snapshot_sorts(struct kunit *test)
{
	struct iommu_resv *resv = SNAPSHOT(test,
		{ 0x9000, 0x1000, RW, DIRECT, "A" },
		{ 0xfee00000, 0x100000, 0, IOMMU_RESV_MSI, NULL },
		{ 0x1000, 0x1000, RW, RELAXABLE, "B" },
		{ 0x5000, 0x1000, 0, RESERVED, "C" });

	EXPECT_RANGES(test, resv,
		      { 0x1000, 0x1fff, RW, RELAXABLE, "B" },
		      { 0x5000, 0x5fff, 0, RESERVED, "C" },
		      { 0x9000, 0x9fff, RW, DIRECT, "A" },
		      { 0xfee00000, 0xfeefffff, 0, IOMMU_RESV_MSI, NULL });
}

static void snapshot_leaves_the_report_alone(struct kunit *test)
{
	static const struct report report[] = {
		{ 0x9800, 0x1000, RW, DIRECT, "A" },
		{ 0x1000, 0, RW, DIRECT, "A" },
		{ 0x1234, 0x10, 0, RESERVED, "B" },
	};
	struct resv_test *ctx = test->priv;
	struct iommu_resv_region *region;
	unsigned int i = 0;
	LIST_HEAD(list);

	build_list(test, report, ARRAY_SIZE(report), &list);
	resv_keep(test, iommu_resv_snapshot(ctx->dev, &list));

	list_for_each_entry(region, &list, list) {
		KUNIT_ASSERT_LT(test, i, ARRAY_SIZE(report));
		KUNIT_EXPECT_EQ(test, region->start, report[i].start);
		KUNIT_EXPECT_EQ(test, region->length, report[i].length);
		KUNIT_EXPECT_EQ(test, region->prot, report[i].prot);
		KUNIT_EXPECT_EQ(test, region->type, report[i].type);
		KUNIT_EXPECT_PTR_EQ(test, region->source, report[i].source);
		i++;
	}
	KUNIT_EXPECT_EQ(test, i, ARRAY_SIZE(report));
}

static void snapshot_rounds_outward(struct kunit *test)
{
	struct iommu_resv *resv;

	/* Both ends inside of pages; rounding the start up would lose one */
	resv = SNAPSHOT(test, { 0x1800, 0x1000, RW, DIRECT, "A" });
	EXPECT_RANGES(test, resv, { 0x1000, 0x2fff, RW, DIRECT, "A" });

	/* All inside of one page; rounding the start up would lose it all */
	resv = SNAPSHOT(test, { 0x1800, 0x10, R, RELAXABLE, "A" });
	EXPECT_RANGES(test, resv, { 0x1000, 0x1fff, R, RELAXABLE, "A" });

	resv = SNAPSHOT(test, { 0x1fff, 2, W, DIRECT, "A" });
	EXPECT_RANGES(test, resv, { 0x1000, 0x2fff, W, DIRECT, "A" });

	/* Nothing to round, nothing added */
	resv = SNAPSHOT(test, { 0x1000, 0x1000, RW, DIRECT, "A" });
	EXPECT_RANGES(test, resv, { 0x1000, 0x1fff, RW, DIRECT, "A" });
}

static void snapshot_joins_what_touches(struct kunit *test)
{
	struct iommu_resv *resv;

	resv = SNAPSHOT(test,
			{ 0x3000, 0x1000, RW, DIRECT, "A" },
			{ 0x1000, 0x1000, RW, DIRECT, "A" },
			{ 0x2000, 0x1000, RW, DIRECT, "A" });
	EXPECT_RANGES(test, resv, { 0x1000, 0x3fff, RW, DIRECT, "A" });

	/* They touch once they are rounded */
	resv = SNAPSHOT(test,
			{ 0x1010, 0x10, RW, RELAXABLE, "A" },
			{ 0x2ff0, 0x10, RW, RELAXABLE, "A" });
	EXPECT_RANGES(test, resv, { 0x1000, 0x2fff, RW, RELAXABLE, "A" });

	/* Regions without a source are joined, too */
	resv = SNAPSHOT(test,
			{ 0x1000, 0x1000, RW, DIRECT, NULL },
			{ 0x2000, 0x1000, RW, DIRECT, NULL });
	EXPECT_RANGES(test, resv, { 0x1000, 0x2fff, RW, DIRECT, NULL });
}

static void snapshot_keeps_apart_what_differs(struct kunit *test)
{
	struct iommu_resv *resv;

	resv = SNAPSHOT(test,
			{ 0x1000, 0x1000, RW, DIRECT, "A" },
			{ 0x2000, 0x1000, RW, RELAXABLE, "A" },
			{ 0x3000, 0x1000, R, RELAXABLE, "A" },
			{ 0x4000, 0x1000, R | IOMMU_CACHE, RELAXABLE, "A" },
			{ 0x5000, 0x1000, R | IOMMU_CACHE, RELAXABLE, "B" },
			{ 0x7000, 0x1000, R | IOMMU_CACHE, RELAXABLE, "B" });
	EXPECT_RANGES(test, resv,
		      { 0x1000, 0x1fff, RW, DIRECT, "A" },
		      { 0x2000, 0x2fff, RW, RELAXABLE, "A" },
		      { 0x3000, 0x3fff, R, RELAXABLE, "A" },
		      { 0x4000, 0x4fff, R | IOMMU_CACHE, RELAXABLE, "A" },
		      { 0x5000, 0x5fff, R | IOMMU_CACHE, RELAXABLE, "B" },
		      { 0x7000, 0x7fff, R | IOMMU_CACHE, RELAXABLE, "B" });
}

static void snapshot_direct_wins_where_shared(struct kunit *test)
{
	struct iommu_resv *resv;

	/* Inside, listed second */
	resv = SNAPSHOT(test,
			{ 0x1000, 0x4000, RW, RELAXABLE, "A" },
			{ 0x2000, 0x1000, RW, DIRECT, "B" });
	EXPECT_RANGES(test, resv,
		      { 0x1000, 0x1fff, RW, RELAXABLE, "A" },
		      { 0x2000, 0x2fff, RW, DIRECT, "B" },
		      { 0x3000, 0x4fff, RW, RELAXABLE, "A" });

	/* Across the end, listed first */
	resv = SNAPSHOT(test,
			{ 0x2000, 0x2000, RW, DIRECT, "B" },
			{ 0x1000, 0x2000, RW, RELAXABLE, "A" });
	EXPECT_RANGES(test, resv,
		      { 0x1000, 0x1fff, RW, RELAXABLE, "A" },
		      { 0x2000, 0x3fff, RW, DIRECT, "B" });

	/* The same memory twice */
	resv = SNAPSHOT(test,
			{ 0x1000, 0x1000, RW, RELAXABLE, "A" },
			{ 0x1000, 0x1000, RW, DIRECT, "B" });
	EXPECT_RANGES(test, resv, { 0x1000, 0x1fff, RW, DIRECT, "B" });

	/*
	 * If both are unaligned, only the page that they share becomes direct
	 */
	resv = SNAPSHOT(test,
			{ 0x1100, 0x1000, RW, RELAXABLE, "A" },
			{ 0x2200, 0x1000, RW, DIRECT, "B" });
	EXPECT_RANGES(test, resv,
		      { 0x1000, 0x1fff, RW, RELAXABLE, "A" },
		      { 0x2000, 0x3fff, RW, DIRECT, "B" });
}

static void snapshot_shared_piece_grants_both(struct kunit *test)
{
	struct iommu_resv *resv;

	resv = SNAPSHOT(test,
			{ 0x1000, 0x2000, R, DIRECT, "A" },
			{ 0x2000, 0x2000, W, DIRECT, "A" });
	EXPECT_RANGES(test, resv,
		      { 0x1000, 0x1fff, R, DIRECT, "A" },
		      { 0x2000, 0x2fff, RW, DIRECT, "A" },
		      { 0x3000, 0x3fff, W, DIRECT, "A" });

	/* A relaxable region adds access to a direct one, too */
	resv = SNAPSHOT(test,
			{ 0x1000, 0x1000, R, DIRECT, "A" },
			{ 0x1000, 0x1000, W, RELAXABLE, "B" });
	EXPECT_RANGES(test, resv, { 0x1000, 0x1fff, RW, DIRECT, "A" });
}

static void snapshot_shared_piece_narrows_if_both_do(struct kunit *test)
{
	struct iommu_resv *resv;

	resv = SNAPSHOT(test,
			{ 0x1000, 0x1000, RW | IOMMU_NOEXEC, DIRECT, "A" },
			{ 0x1000, 0x1000, RW, DIRECT, "A" },
			{ 0x2000, 0x1000, RW, DIRECT, "B" },
			{ 0x2000, 0x1000, RW | IOMMU_PRIV, DIRECT, "B" },
			{ 0x3000, 0x1000, R | IOMMU_NOEXEC | IOMMU_PRIV, DIRECT,
			  "C" },
			{ 0x3000, 0x1000, W | IOMMU_NOEXEC, DIRECT, "C" });
	EXPECT_RANGES(test, resv,
		      { 0x1000, 0x1fff, RW, DIRECT, "A" },
		      { 0x2000, 0x2fff, RW, DIRECT, "B" },
		      { 0x3000, 0x3fff, RW | IOMMU_NOEXEC, DIRECT, "C" });
}

/* Memory type and coherence must be those that the direct region needs */
static void snapshot_shared_piece_is_as_the_direct_one(struct kunit *test)
{
	struct iommu_resv *resv;

	resv = SNAPSHOT(test,
			{ 0x1000, 0x1000, RW | IOMMU_CACHE, DIRECT, "A" },
			{ 0x1000, 0x1000, RW, RELAXABLE, "B" },
			{ 0x3000, 0x1000, RW, RELAXABLE, "B" },
			{ 0x3000, 0x1000, RW | IOMMU_CACHE, DIRECT, "A" },
			{ 0x5000, 0x1000, R | IOMMU_CACHE, RELAXABLE, "B" },
			{ 0x5000, 0x1000, W | IOMMU_MMIO, DIRECT, "A" });
	EXPECT_RANGES(test, resv,
		      { 0x1000, 0x1fff, RW | IOMMU_CACHE, DIRECT, "A" },
		      { 0x3000, 0x3fff, RW | IOMMU_CACHE, DIRECT, "A" },
		      { 0x5000, 0x5fff, RW | IOMMU_MMIO, DIRECT, "A" });
}

static void snapshot_at_the_ends_of_the_space(struct kunit *test)
{
	struct iommu_resv *resv;

	resv = SNAPSHOT(test,
			{ TOP - 0xfff, 0x1000, RW, DIRECT, "A" },
			{ 0, 0x1000, RW, DIRECT, "A" });
	EXPECT_RANGES(test, resv,
		      { 0, 0xfff, RW, DIRECT, "A" },
		      { TOP - 0xfff, TOP, RW, DIRECT, "A" });

	/* One byte at either end */
	resv = SNAPSHOT(test,
			{ TOP, 1, R, DIRECT, "A" },
			{ 0, 1, R, DIRECT, "A" });
	EXPECT_RANGES(test, resv,
		      { 0, 0xfff, R, DIRECT, "A" },
		      { TOP - 0xfff, TOP, R, DIRECT, "A" });

	/* Both end at the top of the space, which does not touch address 0 */
	resv = SNAPSHOT(test,
			{ TOP - 0x1fff, 0x2000, R, RELAXABLE, "A" },
			{ TOP - 0xfff, 0x1000, W, DIRECT, "B" },
			{ 0, 0x1000, RW, DIRECT, "B" });
	EXPECT_RANGES(test, resv,
		      { 0, 0xfff, RW, DIRECT, "B" },
		      { TOP - 0x1fff, TOP - 0x1000, R, RELAXABLE, "A" },
		      { TOP - 0xfff, TOP, RW, DIRECT, "B" });
}

static void snapshot_of_the_whole_space(struct kunit *test)
{
	struct iommu_resv *resv;

	/* No size_t holds the length, so it comes in two parts */
	resv = SNAPSHOT(test,
			{ 0, (size_t)1 << (sizeof(size_t) * 8 - 1), RW, DIRECT,
			  "A" },
			{ (phys_addr_t)1 << (sizeof(size_t) * 8 - 1),
			  (size_t)1 << (sizeof(size_t) * 8 - 1), RW, DIRECT,
			  "A" });
	EXPECT_RANGES(test, resv, { 0, SIZE_MAX, RW, DIRECT, "A" });
}

struct flaw {
	const char *name;
	phys_addr_t start;
	size_t length;
	int prot;
	enum iommu_resv_type type;
	/* Part of the message, NULL if there is no flaw */
	const char *logged;
	bool direct;
};

static const struct flaw flaws[] = {
	{ "direct_no_length", 0x5000, 0, RW, DIRECT, "length", true },
	{ "direct_no_length_at_0", 0, 0, RW, DIRECT, "length", true },
	{ "direct_no_length_at_top", TOP, 0, RW, DIRECT, "length", true },
	{ "direct_wraps", TOP - 0xfff, 0x1001, RW, DIRECT, "ends before",
	  true },
	{ "direct_wraps_by_far", 0x5000, SIZE_MAX, RW, DIRECT, "ends before",
	  sizeof(phys_addr_t) <= sizeof(size_t) },
	{ "direct_no_access", 0x5000, 0x1000, 0, DIRECT, "neither", true },
	{ "direct_only_flags", 0x5000, 0x1000, IOMMU_CACHE | IOMMU_NOEXEC,
	  DIRECT, "neither", true },
	{ "relaxable_no_length", 0x5000, 0, RW, RELAXABLE, "length", false },
	{ "relaxable_wraps", TOP, 2, RW, RELAXABLE, "ends before", false },
	{ "relaxable_no_access", 0x5000, 0x1000, 0, RELAXABLE, "neither",
	  false },
	{ "reserved_no_length", 0x5000, 0, 0, RESERVED, "length", false },
	{ "msi_wraps", TOP, 2, W, IOMMU_RESV_MSI, "ends before", false },
	{ "sw_msi_no_length", 0x5000, 0, W, IOMMU_RESV_SW_MSI, "length",
	  false },
	/* Those need no access: they are not mapped */
	{ "reserved_no_access", 0x5000, 0x1000, 0, RESERVED, NULL, false },
	{ "msi_no_access", 0x5000, 0x1000, 0, IOMMU_RESV_MSI, NULL, false },
};

static void flaw_desc(const struct flaw *flaw, char *desc)
{
	strscpy(desc, flaw->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(flaw, flaws, flaw_desc);

static void snapshot_reports_what_makes_no_sense(struct kunit *test)
{
	const struct flaw *flaw = test->param_value;
	const struct report report[] = {
		{ 0x1000, 0x1000, RW, RELAXABLE, "GOOD" },
		{ flaw->start, flaw->length, flaw->prot, flaw->type,
		  "BADTABLE" },
		{ 0x9000, 0x1000, RW, RELAXABLE, "GOOD" },
	};
	struct kmsg_dump_iter mark = mock_log_mark();
	struct iommu_resv *resv =
		resv_snapshot(test, report, ARRAY_SIZE(report));
	bool flawed = flaw->logged;
	bool kept = !flawed || (flaw->type != RELAXABLE &&
				!strcmp(flaw->logged, "neither"));
	char where[32];

	/* A 32-bit size_t cannot wrap a 64-bit space by far */
	if (flaw->length == SIZE_MAX && sizeof(phys_addr_t) > sizeof(size_t))
		kunit_skip(test, "the space is larger than any length");

	snprintf(where, sizeof(where), "%pap", &flaw->start);
	KUNIT_EXPECT_EQ(test, flawed,
			mock_log_count(&mark, FW_BUG, "BADTABLE",
				       flaw->logged));
	KUNIT_EXPECT_EQ(test, flawed,
			mock_log_count(&mark, "resv-kunit:", "BADTABLE",
				       where));
	KUNIT_EXPECT_EQ(test, 0, mock_log_count(&mark, "GOOD", NULL, NULL));

	/*
	 * A malformed region without a valid extent and a malformed relaxable
	 * one are left out; the other regions are not affected.
	 */
	KUNIT_ASSERT_EQ(test, resv->nr, kept ? 3 : 2);
	KUNIT_EXPECT_EQ(test, resv->ranges[0].start, 0x1000);
	KUNIT_EXPECT_EQ(test, resv->ranges[resv->nr - 1].start, 0x9000);
	if (flawed && kept) {
		KUNIT_EXPECT_EQ(test, resv->ranges[1].start, flaw->start);
		KUNIT_EXPECT_EQ(test, resv->ranges[1].type, RESERVED);
	}
	KUNIT_EXPECT_EQ(test, resv->nr_direct, 0);

	/* But if it was direct, the device requires direct regions */
	KUNIT_EXPECT_EQ(test, iommu_resv_requires_direct(resv), flaw->direct);
	KUNIT_EXPECT_EQ(test, !!resv->broken_source, flaw->direct);
	if (!flaw->direct || !resv->broken_source)
		return;
	KUNIT_EXPECT_STREQ(test, resv->broken_source, "BADTABLE");
	KUNIT_EXPECT_EQ(test, resv->broken_start, flaw->start);
	KUNIT_EXPECT_EQ(test, resv->broken_length, flaw->length);
}

static void snapshot_broken_without_source(struct kunit *test)
{
	struct iommu_resv *resv =
		SNAPSHOT(test, { 0x1000, 0, RW, DIRECT, NULL });

	KUNIT_EXPECT_TRUE(test, iommu_resv_requires_direct(resv));
	KUNIT_EXPECT_EQ(test, resv->nr, 0);
}

static void snapshot_keeps_good_beside_broken(struct kunit *test)
{
	struct iommu_resv *resv = SNAPSHOT(test,
		{ 0x5000, 0, RW, DIRECT, "A" },
		{ 0x1000, 0x1000, RW, DIRECT, "B" });

	EXPECT_RANGES(test, resv, { 0x1000, 0x1fff, RW, DIRECT, "B" });
	KUNIT_EXPECT_STREQ(test, resv->broken_source, "A");
	KUNIT_EXPECT_TRUE(test, iommu_resv_requires_direct(resv));
}

static void snapshot_leaves_other_types_alone(struct kunit *test)
{
	/* Unaligned, overlapping, touching, equal: all as reported */
	struct iommu_resv *resv = SNAPSHOT(test,
		{ 0x9876, 0x123, 0, RESERVED, "A" },
		{ 0x1800, 0x100, W | IOMMU_MMIO, IOMMU_RESV_MSI, "B" },
		{ 0x1000, 0x1000, RW, DIRECT, "C" },
		{ 0x2000, 0x10, 0, RESERVED, "D" },
		{ 0x2010, 0x10, 0, RESERVED, "D" },
		{ 0x9999, 0x1, 0, RESERVED, "A" },
		{ 0x20000, 0x1, 0, RESERVED, "E" },
		{ 0x20000, 0x1, 0, RESERVED, "E" },
		{ 0x8000000, 0x100000, W, IOMMU_RESV_SW_MSI, NULL });

	EXPECT_RANGES(test, resv,
		      { 0x1000, 0x1fff, RW, DIRECT, "C" },
		      { 0x1800, 0x18ff, W | IOMMU_MMIO, IOMMU_RESV_MSI, "B" },
		      { 0x2000, 0x200f, 0, RESERVED, "D" },
		      { 0x2010, 0x201f, 0, RESERVED, "D" },
		      { 0x9876, 0x9998, 0, RESERVED, "A" },
		      { 0x9999, 0x9999, 0, RESERVED, "A" },
		      { 0x20000, 0x20000, 0, RESERVED, "E" },
		      { 0x20000, 0x20000, 0, RESERVED, "E" },
		      { 0x8000000, 0x80fffff, W, IOMMU_RESV_SW_MSI, NULL });
	KUNIT_EXPECT_TRUE(test, iommu_resv_requires_direct(resv));
}

static void snapshot_relaxable_does_not_hold(struct kunit *test)
{
	struct iommu_resv *resv = SNAPSHOT(test,
		{ 0x1000, 0x1000, RW, RELAXABLE, "A" },
		{ 0x5000, 0x1000, 0, RESERVED, "A" });

	KUNIT_EXPECT_FALSE(test, iommu_resv_requires_direct(resv));
}

/* Union */

static void union_rounds_to_granule(struct kunit *test)
{
	const struct iommu_resv *resv[2];
	struct iommu_resv *all;

	resv[0] = SNAPSHOT(test,
			   { 0x21000, 0x1000, R, RELAXABLE, "A" },
			   { 0xfee00000, 0x100000, 0, IOMMU_RESV_MSI, NULL });
	resv[1] = SNAPSHOT(test,
			   { 0x2f000, 0x2000, W, DIRECT, "B" },
			   { 0x50000, 0x1000, 0, RESERVED, "B" });

	all = resv_keep(test, iommu_resv_union(resv, 2, SZ_64K));
	EXPECT_RANGES(test, all,
		      { 0x20000, 0x2ffff, RW, DIRECT, "B" },
		      { 0x30000, 0x3ffff, W, DIRECT, "B" });

	all = resv_keep(test, iommu_resv_union(resv, 2, PAGE_SIZE));
	EXPECT_RANGES(test, all,
		      { 0x21000, 0x21fff, R, RELAXABLE, "A" },
		      { 0x2f000, 0x30fff, W, DIRECT, "B" });

	/* Smaller than a page: the snapshots are in pages already */
	all = resv_keep(test, iommu_resv_union(resv, 2, 0x200));
	EXPECT_RANGES(test, all,
		      { 0x21000, 0x21fff, R, RELAXABLE, "A" },
		      { 0x2f000, 0x30fff, W, DIRECT, "B" });
}

static void union_shares_between_devices(struct kunit *test)
{
	const struct iommu_resv *resv[3];
	struct iommu_resv *all;

	resv[0] = SNAPSHOT(test, { 0x1000, 0x3000, R, RELAXABLE, "A" });
	resv[1] = resv_snapshot(test, NULL, 0);
	resv[2] = SNAPSHOT(test, { 0x2000, 0x3000, W, DIRECT, "B" });

	all = resv_keep(test, iommu_resv_union(resv, 3, PAGE_SIZE));
	EXPECT_RANGES(test, all,
		      { 0x1000, 0x1fff, R, RELAXABLE, "A" },
		      { 0x2000, 0x3fff, RW, DIRECT, "B" },
		      { 0x4000, 0x4fff, W, DIRECT, "B" });
}

static void union_at_the_ends_of_the_space(struct kunit *test)
{
	const struct iommu_resv *resv[1];
	struct iommu_resv *all;

	resv[0] = SNAPSHOT(test,
			   { 0, 0x1000, RW, DIRECT, "A" },
			   { TOP - 0xfff, 0x1000, RW, DIRECT, "A" });
	all = resv_keep(test, iommu_resv_union(resv, 1, SZ_64K));
	EXPECT_RANGES(test, all,
		      { 0, 0xffff, RW, DIRECT, "A" },
		      { TOP - 0xffff, TOP, RW, DIRECT, "A" });
}

static void union_of_nothing(struct kunit *test)
{
	const struct iommu_resv *resv[1] = {
		SNAPSHOT(test, { 0x1000, 0x1000, 0, RESERVED, "A" }),
	};
	unsigned int nr;

	for (nr = 0; nr < 2; nr++)
		KUNIT_EXPECT_EQ(test, 0,
				resv_keep(test,
					  iommu_resv_union(resv, nr, SZ_4K))
					->nr);
}

/* Copy */

static void copy_is_the_callers(struct kunit *test)
{
	struct iommu_resv_region *region, mine = { .start = 0xabc };
	struct resv_test *ctx = test->priv;
	const struct iommu_resv_range *range;
	struct iommu_resv *resv;
	LIST_HEAD(second);
	LIST_HEAD(list);

	resv = SNAPSHOT(test,
			{ 0x1800, 0x1000, RW, DIRECT, "A" },
			{ 0x5432, 0x10, 0, RESERVED, NULL },
			{ 0x8000, 0x1000, R, RELAXABLE, "B" });

	/* The copies are added to the end of the list */
	list_add_tail(&mine.list, &list);
	KUNIT_ASSERT_EQ(test, iommu_resv_copy(resv, &list), 0);
	KUNIT_ASSERT_EQ(test, iommu_resv_copy(resv, &second), 0);
	KUNIT_ASSERT_PTR_EQ(test, list.next, &mine.list);
	list_del(&mine.list);

	range = resv->ranges;
	list_for_each_entry(region, &list, list) {
		KUNIT_ASSERT_PTR_NE(test, range, iommu_resv_end(resv));
		KUNIT_EXPECT_EQ(test, region->start, range->start);
		KUNIT_EXPECT_EQ(test, region->length,
				range->last - range->start + 1);
		KUNIT_EXPECT_EQ(test, region->prot, range->prot);
		KUNIT_EXPECT_EQ(test, region->type, range->type);
		KUNIT_EXPECT_PTR_EQ(test, region->source, range->source);
		/* Some callers free with kfree() and nothing else */
		KUNIT_EXPECT_NULL(test, region->free);
		/* The caller may change its copies */
		memset(&region->start, 0xff, sizeof(region->start));
		range++;
	}
	KUNIT_EXPECT_PTR_EQ(test, range, iommu_resv_end(resv));
	iommu_put_resv_regions(ctx->dev, &list);

	EXPECT_RANGES(test, resv,
		      { 0x1000, 0x2fff, RW, DIRECT, "A" },
		      { 0x5432, 0x5441, 0, RESERVED, NULL },
		      { 0x8000, 0x8fff, R, RELAXABLE, "B" });
	region = list_first_entry(&second, struct iommu_resv_region, list);
	KUNIT_EXPECT_EQ(test, region->start, 0x1000);
	iommu_put_resv_regions(ctx->dev, &second);
}

static void copy_of_long_ranges(struct kunit *test)
{
	struct resv_test *ctx = test->priv;
	struct iommu_resv_region *region;
	struct iommu_resv *resv;
	phys_addr_t next = 0;
	LIST_HEAD(list);

	resv = resv_keep(test,
			 kvzalloc(struct_size(resv, ranges, 1), GFP_KERNEL));
	resv->nr = 1;
	resv->nr_direct = 1;
	resv->ranges[0] = (struct iommu_resv_range) {
		.last = SIZE_MAX, .prot = RW, .type = DIRECT, .source = "A",
	};

	KUNIT_ASSERT_EQ(test, iommu_resv_copy(resv, &list), 0);
	KUNIT_EXPECT_EQ(test, list_count_nodes(&list), 2);
	list_for_each_entry(region, &list, list) {
		KUNIT_EXPECT_NE(test, region->length, 0);
		KUNIT_EXPECT_EQ(test, region->start, next);
		KUNIT_EXPECT_TRUE(test, IS_ALIGNED(region->start, PAGE_SIZE));
		KUNIT_EXPECT_TRUE(test, IS_ALIGNED(region->length, PAGE_SIZE));
		KUNIT_EXPECT_EQ(test, region->type, DIRECT);
		KUNIT_EXPECT_EQ(test, region->prot, RW);
		KUNIT_EXPECT_STREQ(test, region->source, "A");
		next = region->start + region->length;
	}
	KUNIT_EXPECT_EQ(test, next, (phys_addr_t)SIZE_MAX + 1);
	iommu_put_resv_regions(ctx->dev, &list);
}

/* Failing allocations */

/* If the failed allocation was of a debug tool, the call succeeds */
static bool without_memory(struct kunit *test, int ret, bool done)
{
	KUNIT_EXPECT_TRUE_MSG(test, !ret || (ret == -ENOMEM && !done), "%d",
			      ret);
	return ret;
}

static void failing_allocations_leave_nothing(struct kunit *test)
{
	static const struct report report[] = {
		{ 0x1000, 0x2000, RW, DIRECT, "A" },
		{ 0x2000, 0x2000, RW, RELAXABLE, "B" },
		{ 0x9000, 0x1000, 0, RESERVED, "C" },
		{ 0xb000, 0x1000, 0, RESERVED, "D" },
	};
	struct resv_test *ctx = test->priv;
	const struct iommu_resv *both[2];
	unsigned int nth, failed[3] = {};
	struct iommu_resv *resv;
	LIST_HEAD(copies);
	LIST_HEAD(list);
	bool done;
	int ret;

	if (mock_fail_init())
		kunit_skip(test, "needs CONFIG_FAILSLAB and its debugfs files");

	build_list(test, report, ARRAY_SIZE(report), &list);
	both[0] = resv_keep(test, iommu_resv_snapshot(ctx->dev, &list));
	both[1] = resv_keep(test, iommu_resv_snapshot(ctx->dev, &list));
	mock_leak_begin();

	for (nth = 1, done = false; !done; nth++) {
		mock_fail_nth(nth);
		resv = iommu_resv_snapshot(ctx->dev, &list);
		done = mock_fail_done();
		failed[0] += without_memory(test, PTR_ERR_OR_ZERO(resv), done);
		if (!IS_ERR(resv))
			kvfree(resv);
	}
	for (nth = 1, done = false; !done; nth++) {
		mock_fail_nth(nth);
		resv = iommu_resv_union(both, 2, SZ_64K);
		done = mock_fail_done();
		failed[1] += without_memory(test, PTR_ERR_OR_ZERO(resv), done);
		if (!IS_ERR(resv))
			kvfree(resv);
	}
	for (nth = 1, done = false; !done; nth++) {
		mock_fail_nth(nth);
		ret = iommu_resv_copy(both[0], &copies);
		done = mock_fail_done();
		failed[2] += without_memory(test, ret, done);
		KUNIT_EXPECT_EQ(test, list_empty(&copies), !!ret);
		iommu_put_resv_regions(ctx->dev, &copies);
		INIT_LIST_HEAD(&copies);
	}

	KUNIT_EXPECT_EQ(test, 0, mock_leak_end());
	/*
	 * The allocations of table, cuts, pieces and result have failed, and
	 * those of each copy.
	 */
	KUNIT_EXPECT_GE(test, failed[0], 4);
	KUNIT_EXPECT_GE(test, failed[1], 4);
	KUNIT_EXPECT_EQ(test, failed[2], both[0]->nr);
	kunit_info(test, "%u failures injected\n",
		   failed[0] + failed[1] + failed[2]);
}

static struct kunit_case resv_test_cases[] = {
	KUNIT_CASE(snapshot_of_nothing),
	KUNIT_CASE(snapshot_sorts),
	KUNIT_CASE(snapshot_leaves_the_report_alone),
	KUNIT_CASE(snapshot_rounds_outward),
	KUNIT_CASE(snapshot_joins_what_touches),
	KUNIT_CASE(snapshot_keeps_apart_what_differs),
	KUNIT_CASE(snapshot_direct_wins_where_shared),
	KUNIT_CASE(snapshot_shared_piece_grants_both),
	KUNIT_CASE(snapshot_shared_piece_narrows_if_both_do),
	KUNIT_CASE(snapshot_shared_piece_is_as_the_direct_one),
	KUNIT_CASE(snapshot_at_the_ends_of_the_space),
	KUNIT_CASE(snapshot_of_the_whole_space),
	KUNIT_CASE_PARAM(snapshot_reports_what_makes_no_sense, flaw_gen_params),
	KUNIT_CASE(snapshot_broken_without_source),
	KUNIT_CASE(snapshot_keeps_good_beside_broken),
	KUNIT_CASE(snapshot_leaves_other_types_alone),
	KUNIT_CASE(snapshot_relaxable_does_not_hold),
	KUNIT_CASE(union_rounds_to_granule),
	KUNIT_CASE(union_shares_between_devices),
	KUNIT_CASE(union_at_the_ends_of_the_space),
	KUNIT_CASE(union_of_nothing),
	KUNIT_CASE(copy_is_the_callers),
	KUNIT_CASE(copy_of_long_ranges),
	KUNIT_CASE(failing_allocations_leave_nothing),
	{}
};

static struct kunit_suite resv_test_suite = {
	.name = "iommu_resv",
	.init = resv_test_init,
	.exit = resv_test_exit,
	.test_cases = resv_test_cases,
};

kunit_test_suite(resv_test_suite);

MODULE_DESCRIPTION("KUnit tests of reserved regions");
MODULE_LICENSE("GPL");
