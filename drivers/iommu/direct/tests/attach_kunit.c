// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit tests of reserved regions: mapping, and the message about a refusal.
 *
 * These tests need no hardware and no groups; group_kunit.c has those.
 */
#include <kunit/test.h>
#include <linux/err.h>
#include <linux/iommu.h>
#include <linux/sizes.h>
#include <linux/string.h>

#include "../attach.h"
#include "../map.h"
#include "snapshot_kunit.h"

#define MISSING		IOMMU_RESV_MAP_MISSING

/* Map */

static struct iommu_resv *all_of(struct kunit *test, struct iommu_resv *resv)
{
	struct resv_test *ctx = test->priv;
	unsigned long granule = iommu_resv_granule(&ctx->mock.domain);
	const struct iommu_resv *one = resv;

	return resv_keep(test, iommu_resv_union(&one, 1, granule));
}

#define WANT(test, ...) ({						\
	struct kunit *__test = (test);					\
									\
	all_of(__test, SNAPSHOT(__test, __VA_ARGS__));			\
})

static void expect_mapped(struct kunit *test, const struct iommu_resv *resv,
			  unsigned long written)
{
	struct resv_test *ctx = test->priv;
	const struct iommu_resv_range *range;

	for (range = resv->ranges; range < iommu_resv_end(resv); range++) {
		bool mapped = mock_domain_maps(&ctx->mock, range->start,
					       range->last, range->prot);

		KUNIT_EXPECT_TRUE_MSG(test, mapped, "[%pap-%pap]",
				      &range->start, &range->last);
	}
	KUNIT_EXPECT_EQ(test, ctx->mock.written, written);
}

/* Range @nth has @error, those in @mask have any error, the others none */
static void expect_errors(struct kunit *test, const struct iommu_resv *want,
			  unsigned int nth, int error, unsigned int mask)
{
	unsigned int i;

	KUNIT_ASSERT_LT(test, nth, want->nr);
	KUNIT_EXPECT_EQ(test, want->ranges[nth].err, error);
	for (i = 0; i < want->nr; i++)
		KUNIT_EXPECT_EQ_MSG(test, !!want->ranges[i].err,
				    i == nth || mask & BIT(i), "range %u", i);
}

static const unsigned int map_modes[] = { 0, MISSING };

static void map_mode_desc(const unsigned int *flags, char *desc)
{
	strscpy(desc, *flags ? "missing" : "all", KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(map_mode, map_modes, map_mode_desc);

/* From 0x001ff000: 1 page, 511 x 2M, 1G, 1 x 2M, 2 pages */
#define MIXED_SIZE	((size_t)SZ_1G - 0x001ff000 + SZ_1G + SZ_2M + SZ_8K)

static void map_uses_the_largest_pages(struct kunit *test)
{
	const unsigned int *flags = test->param_value;
	struct resv_test *ctx = test->priv;
	struct iommu_resv *want;

	want = WANT(test, { 0x001ff000, MIXED_SIZE, RW, DIRECT, "A" });
	KUNIT_EXPECT_EQ(test, 0,
			iommu_resv_map(&ctx->mock.domain, want, *flags));
	expect_mapped(test, want, 1 + 511 + 1 + 1 + 2);
	KUNIT_EXPECT_EQ(test, ctx->mock.largest, SZ_1G);
}

/* The cost is the number of page table entries, not the size */
static void map_cost_follows_leaves(struct kunit *test)
{
	struct resv_test *ctx = test->priv;
	struct iommu_resv *want;

	want = WANT(test, { 0x40000000, SZ_1G, RW, DIRECT, "A" });
	KUNIT_EXPECT_EQ(test, 0, iommu_resv_map(&ctx->mock.domain, want, 0));
	expect_mapped(test, want, 1);
	/* Without MISSING nothing is looked up either */
	KUNIT_EXPECT_EQ(test, ctx->mock.walks, 0);

	want = WANT(test, { 0x80000000, SZ_512M, RW, DIRECT, "A" });
	KUNIT_EXPECT_EQ(test, 0, iommu_resv_map(&ctx->mock.domain, want, 0));
	expect_mapped(test, want, 1 + 256);

	want = WANT(test, { 0x1000, SZ_64K, RW, DIRECT, "A" });
	KUNIT_EXPECT_EQ(test, 0, iommu_resv_map(&ctx->mock.domain, want, 0));
	expect_mapped(test, want, 1 + 256 + 16);
}

static void map_grants_what_is_needed(struct kunit *test)
{
	const unsigned int *flags = test->param_value;
	struct resv_test *ctx = test->priv;
	struct iommu_resv *want;

	want = WANT(test,
		    { 0x1000, 0x1000, R, DIRECT, "A" },
		    { 0x2000, 0x1000, W, RELAXABLE, "A" },
		    { 0x3000, 0x1000, RW, DIRECT, "A" },
		    { 0x9000, 0x1000, 0, RESERVED, "A" },
		    { 0xa000, 0x1000, W, IOMMU_RESV_MSI, "A" });
	KUNIT_EXPECT_EQ(test, 0,
			iommu_resv_map(&ctx->mock.domain, want, *flags));
	expect_mapped(test, want, 3);
	/* No more access than that, and no other types */
	KUNIT_EXPECT_FALSE(test,
			   mock_domain_maps(&ctx->mock, 0x1000, 0x1fff, W));
	KUNIT_EXPECT_FALSE(test,
			   mock_domain_maps(&ctx->mock, 0x2000, 0x2fff, R));
	KUNIT_EXPECT_FALSE(test,
			   mock_domain_maps(&ctx->mock, 0x9000, 0x9fff, 0));
	KUNIT_EXPECT_FALSE(test,
			   mock_domain_maps(&ctx->mock, 0xa000, 0xafff, 0));
}

static void map_skips_other_types(struct kunit *test)
{
	struct resv_test *ctx = test->priv;
	struct iommu_resv *want;

	want = WANT(test,
		    { 0x1000, 0x1000, RW, RESERVED, "A" },
		    { 0x2000, 0x1000, RW, IOMMU_RESV_MSI, "A" },
		    { 0x3000, 0x1000, RW, IOMMU_RESV_SW_MSI, "A" });
	KUNIT_EXPECT_EQ(test, 0, iommu_resv_map(&ctx->mock.domain, want, 0));
	KUNIT_EXPECT_EQ(test, 0,
			iommu_resv_map(&ctx->mock.domain, want, MISSING));
	KUNIT_EXPECT_EQ(test, ctx->mock.written, 0);
}

/* A range for which the caller has set an error is not mapped */
static void map_leaves_out_what_failed(struct kunit *test)
{
	const unsigned int *flags = test->param_value;
	struct resv_test *ctx = test->priv;
	struct iommu_resv *want;

	want = WANT(test,
		    { 0x1000, 0x1000, RW, DIRECT, "A" },
		    { 0x3000, 0x1000, RW, DIRECT, "A" },
		    { 0x5000, 0x1000, RW, RELAXABLE, "A" });
	want->ranges[1].err = -EBUSY;
	KUNIT_EXPECT_EQ(test, -EBUSY,
			iommu_resv_map(&ctx->mock.domain, want, *flags));
	expect_errors(test, want, 1, -EBUSY, 0);
	KUNIT_EXPECT_TRUE(test,
			  mock_domain_maps(&ctx->mock, 0x1000, 0x1fff, RW));
	KUNIT_EXPECT_FALSE(test,
			   mock_domain_maps(&ctx->mock, 0x3000, 0x3fff, 0));
	KUNIT_EXPECT_TRUE(test,
			  mock_domain_maps(&ctx->mock, 0x5000, 0x5fff, RW));
}

/* -ENOMEM does not tell whether a range can be mapped: map nothing more */
static void map_without_memory(struct kunit *test)
{
	const unsigned int *flags = test->param_value;
	struct resv_test *ctx = test->priv;
	struct iommu_resv *want;

	want = WANT(test,
		    { 0x1000, 0x1000, RW, DIRECT, "A" },
		    { 0x3000, 0x1000, RW, DIRECT, "A" });
	ctx->mock.fail_leaf = 1;
	ctx->mock.fail_error = -ENOMEM;
	KUNIT_EXPECT_EQ(test, -ENOMEM,
			iommu_resv_map(&ctx->mock.domain, want, *flags));
	KUNIT_EXPECT_EQ(test, ctx->mock.written, 0);
}

static void map_in_domain_without_pages(struct kunit *test)
{
	struct iommu_domain identity = { .type = IOMMU_DOMAIN_IDENTITY };
	struct iommu_resv *want =
		WANT(test, { 0x1000, 0x1000, RW, DIRECT, "A" });

	KUNIT_EXPECT_EQ(test, -EINVAL, iommu_resv_map(&identity, want, 0));
}

static void map_direct_only(struct kunit *test)
{
	struct resv_test *ctx = test->priv;
	struct iommu_resv *want;

	want = WANT(test,
		    { 0x1000, 0x1000, RW, DIRECT, "A" },
		    { 0x2000, 0x1000, RW, RELAXABLE, "A" });
	KUNIT_EXPECT_EQ(test, 0, iommu_resv_map(&ctx->mock.domain, want,
						IOMMU_RESV_MAP_DIRECT_ONLY));
	KUNIT_EXPECT_TRUE(test,
			  mock_domain_maps(&ctx->mock, 0x1000, 0x1fff, RW));
	KUNIT_EXPECT_EQ(test, ctx->mock.written, 1);
}

static void map_at_the_ends_of_the_space(struct kunit *test)
{
	const unsigned int *flags = test->param_value;
	struct resv_test *ctx = test->priv;
	struct iommu_resv *want;

	if (sizeof(phys_addr_t) > sizeof(long))
		kunit_skip(test,
			   "iommu_map() cannot reach the top of the space");

	want = WANT(test,
		    { 0, 0x1000, RW, DIRECT, "A" },
		    { TOP - 0x1fff, 0x2000, RW, DIRECT, "A" });
	KUNIT_EXPECT_EQ(test, 0,
			iommu_resv_map(&ctx->mock.domain, want, *flags));
	expect_mapped(test, want, 3);
}

static void map_fills_in_what_is_missing(struct kunit *test)
{
	struct resv_test *ctx = test->priv;
	struct iommu_domain *domain = &ctx->mock.domain;
	struct iommu_resv *want;
	unsigned int i;

	want = WANT(test, { 0, SZ_4M + 0x3000, RW, DIRECT, "A" });

	/*
	 * Mapped already: page 0, whose address looks as if nothing were
	 * mapped, two pages in between, and the last page.
	 */
	KUNIT_ASSERT_EQ(test, 0,
			iommu_map(domain, 0, 0, 0x1000, RW, GFP_KERNEL));
	KUNIT_ASSERT_EQ(test, 0, iommu_map(domain, 0x5000, 0x5000, 0x2000, RW,
					   GFP_KERNEL));
	KUNIT_ASSERT_EQ(test, 0,
			iommu_map(domain, SZ_4M + 0x2000, SZ_4M + 0x2000,
				  0x1000, RW, GFP_KERNEL));

	/* The second time there is nothing left to do */
	for (i = 0; i < 2; i++) {
		KUNIT_EXPECT_EQ(test, 0,
				iommu_resv_map(domain, want,
					       IOMMU_RESV_MAP_MISSING));
		/* 512 pages, 2M, 3 pages, including those mapped before */
		expect_mapped(test, want, 512 + 1 + 3);
	}
}

static void map_finds_something_else(struct kunit *test)
{
	struct resv_test *ctx = test->priv;
	struct iommu_domain *domain = &ctx->mock.domain;
	struct iommu_resv *want;

	want = WANT(test,
		    { 0x1000, 0x1000, RW, DIRECT, "A" },
		    { 0x5000, 0x3000, RW, DIRECT, "A" },
		    { 0x9000, 0x1000, RW, DIRECT, "A" });

	/*
	 * Part of the range is mapped 1:1 already, and the page before is free
	 */
	KUNIT_ASSERT_EQ(test, 0, iommu_map(domain, 0x6000, 0x6000, 0x1000, RW,
					   GFP_KERNEL));
	/* Mapped to page 0, which drivers report as if nothing were mapped */
	KUNIT_ASSERT_EQ(test, 0, iommu_map(domain, 0x7000, 0, 0x1000, RW,
					   GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, -EADDRINUSE,
			iommu_resv_map(domain, want, IOMMU_RESV_MAP_MISSING));
	expect_errors(test, want, 1, -EADDRINUSE, 0);
	KUNIT_EXPECT_TRUE(test,
			  mock_domain_maps(&ctx->mock, 0x1000, 0x1fff, RW));
	KUNIT_EXPECT_TRUE(test,
			  mock_domain_maps(&ctx->mock, 0x9000, 0x9fff, RW));
	/* The conflict stays as it is, and no part of the range is mapped */
	KUNIT_EXPECT_EQ(test, 0x10, iommu_iova_to_phys(domain, 0x7010));
	KUNIT_EXPECT_FALSE(test,
			   mock_domain_maps(&ctx->mock, 0x5000, 0x5fff, 0));
}

static void map_beyond_the_aperture(struct kunit *test)
{
	const unsigned int *flags = test->param_value;
	struct resv_test *ctx = test->priv;
	struct iommu_domain *domain = &ctx->mock.domain;
	struct iommu_resv *want;
	unsigned int i;

	want = WANT(test,
		    { 0x1000, 0x1000, RW, DIRECT, "below" },
		    { 0x3000, 0x2000, RW, DIRECT, "across" },
		    { 0x6000, 0x1000, RW, DIRECT, "inside" },
		    { 0xf000, 0x1000, RW, DIRECT, "at the end" },
		    { 0x10000, 0x1000, RW, DIRECT, "beyond" });
	domain->geometry.aperture_start = 0x4000;
	domain->geometry.aperture_end = 0xffff;

	KUNIT_EXPECT_EQ(test, -ERANGE, iommu_resv_map(domain, want, *flags));
	expect_errors(test, want, 0, -ERANGE, BIT(1) | BIT(4));
	KUNIT_EXPECT_TRUE(test,
			  mock_domain_maps(&ctx->mock, 0x6000, 0x6fff, RW));
	KUNIT_EXPECT_TRUE(test,
			  mock_domain_maps(&ctx->mock, 0xf000, 0xffff, RW));
	KUNIT_EXPECT_EQ(test, ctx->mock.written, 2);

	/* Each of the ranges alone */
	for (i = 0; i < want->nr; i++) {
		struct iommu_resv *one;
		int ret;

		mock_domain_wipe(&ctx->mock);
		one = kunit_kzalloc(test, struct_size(one, ranges, 1),
				    GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, one);
		one->nr = 1;
		one->ranges[0] = want->ranges[i];
		one->ranges[0].err = 0;
		ret = iommu_resv_map(domain, one, *flags);
		KUNIT_EXPECT_EQ_MSG(test, ret, i == 2 || i == 3 ? 0 : -ERANGE,
				    "%s", want->ranges[i].source);
	}

	/* Without force_aperture no range is refused */
	mock_domain_wipe(&ctx->mock);
	ctx->mock.written = 0;
	domain->geometry.force_aperture = false;
	for (i = 0; i < want->nr; i++)
		want->ranges[i].err = 0;
	KUNIT_EXPECT_EQ(test, 0, iommu_resv_map(domain, want, *flags));
	expect_mapped(test, want, 6);
}

static void map_goes_on_after_a_failure(struct kunit *test)
{
	const unsigned int *flags = test->param_value;
	struct resv_test *ctx = test->priv;
	struct iommu_domain *domain = &ctx->mock.domain;
	struct iommu_resv *want;

	want = WANT(test,
		    { 0x1000, 0x1000, RW, DIRECT, "A" },
		    { 0x3000, 0x1000, RW, DIRECT, "A" },
		    { 0x5000, 0x1000, RW, RELAXABLE, "A" },
		    { 0x10000, 0x1000, RW, DIRECT, "A" });
	domain->geometry.aperture_end = 0xffff;
	ctx->mock.fail_leaf = 2;
	ctx->mock.fail_error = -EIO;

	/* The first error is returned, not the -ERANGE of the last */
	KUNIT_EXPECT_EQ(test, -EIO, iommu_resv_map(domain, want, *flags));
	expect_errors(test, want, 1, -EIO, BIT(3));
	KUNIT_EXPECT_TRUE(test,
			  mock_domain_maps(&ctx->mock, 0x1000, 0x1fff, RW));
	KUNIT_EXPECT_TRUE(test,
			  mock_domain_maps(&ctx->mock, 0x5000, 0x5fff, RW));
	KUNIT_EXPECT_EQ(test, ctx->mock.nr_leaves, 2);
}

static void map_with_a_large_granule(struct kunit *test)
{
	const unsigned int *flags = test->param_value;
	struct resv_test *ctx = test->priv;
	struct iommu_domain *domain = &ctx->mock.domain;
	struct iommu_resv *want;

	domain->pgsize_bitmap = SZ_64K | SZ_512M;
	want = WANT(test,
		    { 0x21000, 0x1000, RW, DIRECT, "A" },
		    { 0x3f000, 0x2000, RW, DIRECT, "A" });
	KUNIT_EXPECT_EQ(test, 0, iommu_resv_map(domain, want, *flags));
	KUNIT_EXPECT_TRUE(test,
			  mock_domain_maps(&ctx->mock, 0x20000, 0x4ffff, RW));
	KUNIT_EXPECT_EQ(test, ctx->mock.written, 3);
}

static void granule_of_a_domain(struct kunit *test)
{
	struct iommu_domain domain = { .pgsize_bitmap = 0 };

	KUNIT_EXPECT_EQ(test, 0, iommu_resv_granule(&domain));
	domain.pgsize_bitmap = SZ_64K | SZ_2M;
	KUNIT_EXPECT_EQ(test, SZ_64K, iommu_resv_granule(&domain));
	domain.pgsize_bitmap = MOCK_4K_2M_1G;
	KUNIT_EXPECT_EQ(test, SZ_4K, iommu_resv_granule(&domain));
}

/* A mapping may allow less access than another device needs */
static void range_exceeds_what_is_there(struct kunit *test)
{
	struct iommu_resv *have;
	struct iommu_resv_range range = { 0x2000, 0x2fff, RW, DIRECT };

	have = WANT(test,
		    { 0x1000, 0x1000, RW, DIRECT, "A" },
		    { 0x2000, 0x1000, R, RELAXABLE, "A" },
		    { 0x4000, 0x1000, W, DIRECT, "A" });
	KUNIT_EXPECT_TRUE(test, iommu_resv_exceeds(&range, have));
	range.prot = R;
	KUNIT_EXPECT_FALSE(test, iommu_resv_exceeds(&range, have));
	range.prot = R | IOMMU_NOEXEC;
	KUNIT_EXPECT_FALSE(test, iommu_resv_exceeds(&range, have));

	/* One page with less access is enough */
	range = (struct iommu_resv_range){ 0, 0x2fff, W, DIRECT };
	KUNIT_EXPECT_TRUE(test, iommu_resv_exceeds(&range, have));
	range.last = 0x1fff;
	KUNIT_EXPECT_FALSE(test, iommu_resv_exceeds(&range, have));
	/* A range that overlaps no mapping exceeds nothing */
	range = (struct iommu_resv_range){ 0x3000, 0x3fff, RW, DIRECT };
	KUNIT_EXPECT_FALSE(test, iommu_resv_exceeds(&range, have));
	range.last = 0x4000;
	KUNIT_EXPECT_TRUE(test, iommu_resv_exceeds(&range, have));
}

static void reason_is_a_direct_region(struct kunit *test)
{
	struct iommu_resv_range reason;
	struct iommu_resv *resv;

	resv = SNAPSHOT(test, { 0x1000, 0x1000, RW, RELAXABLE, "A" },
			{ 0x5000, 0, RW, DIRECT, "B" },
			{ 0x9000, 0x1000, RW, DIRECT, NULL });
	reason = iommu_resv_reason(resv);
	KUNIT_EXPECT_EQ(test, reason.start, 0x9000);
	KUNIT_EXPECT_EQ(test, reason.last, 0x9fff);
	KUNIT_EXPECT_STREQ(test, reason.source, "firmware");

	/* Without a direct one, the malformed region as firmware has it */
	resv = SNAPSHOT(test, { 0x1000, 0x1000, RW, RELAXABLE, "A" },
			{ 0x5010, 0x10, 0, DIRECT, "B" });
	reason = iommu_resv_reason(resv);
	KUNIT_EXPECT_EQ(test, reason.start, 0x5010);
	KUNIT_EXPECT_EQ(test, reason.last, 0x501f);
	KUNIT_EXPECT_STREQ(test, reason.source, "B");
}

/* Messages */

static void explain_says_what_and_where(struct kunit *test)
{
	static const char group[] = "/sys/kernel/iommu_groups/42/assignable ";
	static const enum iommu_resv_use kernel[] = {
		IOMMU_RESV_USE_KERNEL, IOMMU_RESV_USE_SHARED,
	};
	struct kmsg_dump_iter mark = mock_log_mark();
	struct resv_test *ctx = test->priv;
	struct iommu_resv *resv;
	unsigned int i;
	char range[64];

	resv = SNAPSHOT(test,
			{ 0x1000, 0x1000, RW, RELAXABLE, "OTHER" },
			{ 0x3e000000, 0x10000, RW, DIRECT, "TABLE" });
	snprintf(range, sizeof(range), "[mem %pap-%pap]",
		 &resv->ranges[1].start, &resv->ranges[1].last);

	/*
	 * No refusal was logged before, so the rate limit drops none of these
	 */
	KUNIT_EXPECT_TRUE(test, iommu_resv_explain(ctx->dev, resv, 42,
						   IOMMU_RESV_USE_USER));
	KUNIT_EXPECT_EQ(test, 1,
			mock_log_count(&mark, "resv-kunit:", "TABLE", range));
	KUNIT_EXPECT_EQ(test, 1, mock_log_count(&mark, group, "VFIO", NULL));

	/* For a domain of a kernel driver the message does not mention VFIO */
	for (i = 0; i < ARRAY_SIZE(kernel); i++) {
		mark = mock_log_mark();
		KUNIT_EXPECT_TRUE(test, iommu_resv_explain(ctx->dev, resv, 42,
							   kernel[i]));
		KUNIT_EXPECT_EQ(test, 1,
				mock_log_count(&mark, "resv-kunit:", "TABLE",
					       range));
		KUNIT_EXPECT_EQ(test, 1,
				mock_log_count(&mark, group, NULL, NULL));
		KUNIT_EXPECT_EQ(test, 0,
				mock_log_count(&mark, "VFIO", NULL, NULL));
	}

	/* A malformed region cannot be shown as a range */
	resv = SNAPSHOT(test, { 0x5000, 0, RW, DIRECT, "BROKEN" });
	mark = mock_log_mark();
	KUNIT_EXPECT_TRUE(test, iommu_resv_explain(ctx->dev, resv, 42,
						   IOMMU_RESV_USE_USER));
	KUNIT_EXPECT_EQ(test, 1, mock_log_count(&mark, "resv-kunit:", "BROKEN",
						"5000"));
}

static struct kunit_case resv_attach_test_cases[] = {
	KUNIT_CASE(explain_says_what_and_where),
	KUNIT_CASE_PARAM(map_uses_the_largest_pages, map_mode_gen_params),
	KUNIT_CASE(map_cost_follows_leaves),
	KUNIT_CASE_PARAM(map_grants_what_is_needed, map_mode_gen_params),
	KUNIT_CASE(map_skips_other_types),
	KUNIT_CASE(map_direct_only),
	KUNIT_CASE_PARAM(map_leaves_out_what_failed, map_mode_gen_params),
	KUNIT_CASE_PARAM(map_without_memory, map_mode_gen_params),
	KUNIT_CASE(map_in_domain_without_pages),
	KUNIT_CASE_PARAM(map_at_the_ends_of_the_space, map_mode_gen_params),
	KUNIT_CASE(map_fills_in_what_is_missing),
	KUNIT_CASE(map_finds_something_else),
	KUNIT_CASE_PARAM(map_beyond_the_aperture, map_mode_gen_params),
	KUNIT_CASE_PARAM(map_goes_on_after_a_failure, map_mode_gen_params),
	KUNIT_CASE_PARAM(map_with_a_large_granule, map_mode_gen_params),
	KUNIT_CASE(granule_of_a_domain),
	KUNIT_CASE(range_exceeds_what_is_there),
	KUNIT_CASE(reason_is_a_direct_region),
	{}
};

static struct kunit_suite resv_attach_test_suite = {
	.name = "iommu_resv_attach",
	.init = resv_test_init,
	.exit = resv_test_exit,
	.test_cases = resv_attach_test_cases,
};

kunit_test_suite(resv_attach_test_suite);

MODULE_DESCRIPTION("KUnit tests of reserved regions, mapped and attached");
MODULE_LICENSE("GPL");
