// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit tests of reserved regions: mapping and attach policy.
 *
 * No hardware and no groups here; iommu-group-kunit.c has those.
 */
#include <kunit/test.h>
#include <linux/err.h>
#include <linux/iommu.h>
#include <linux/sizes.h>
#include <linux/string.h>

#include "iommu-resv-attach.h"
#include "iommu-resv-kunit.h"
#include "iommu-resv-map.h"

#define USE_CORE	IOMMU_RESV_USE_CORE
#define USE_BLOCK	IOMMU_RESV_USE_BLOCK
#define USE_USER	IOMMU_RESV_USE_USER
#define USE_KERNEL	IOMMU_RESV_USE_KERNEL

#define MISSING		IOMMU_RESV_MAP_MISSING

/* Map */

static struct iommu_resv *all_of(struct kunit *test, struct iommu_resv *resv)
{
	struct resv_test *ctx = test->priv;
	const struct iommu_resv *one = resv;

	return resv_keep(test, iommu_resv_union(&one, 1,
						iommu_resv_granule(&ctx->mock.domain)));
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

static const unsigned int map_modes[] = { 0, MISSING };

static void map_mode_desc(const unsigned int *flags, char *desc)
{
	strscpy(desc, *flags ? "missing" : "all", KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(map_mode, map_modes, map_mode_desc);

static void map_uses_the_largest_pages(struct kunit *test)
{
	const unsigned int *flags = test->param_value;
	const struct iommu_resv_range *failed = NULL;
	struct resv_test *ctx = test->priv;
	struct iommu_resv *want;

	/* 1 page, 511 x 2M, 1G, 1 x 2M, 2 pages */
	want = WANT(test,
		    { 0x001ff000, (size_t)SZ_1G - 0x001ff000 + SZ_1G + SZ_2M + SZ_8K, RW,
		      DIRECT, "A" });
	KUNIT_EXPECT_EQ(test, 0, iommu_resv_map(&ctx->mock.domain, want, *flags,
						&failed));
	KUNIT_EXPECT_NULL(test, failed);
	expect_mapped(test, want, 1 + 511 + 1 + 1 + 2);
	KUNIT_EXPECT_EQ(test, ctx->mock.largest, SZ_1G);
}

/* The cost is that of the page table, not of the bytes */
static void map_cost_follows_leaves(struct kunit *test)
{
	const struct iommu_resv_range *failed = NULL;
	struct resv_test *ctx = test->priv;
	struct iommu_resv *want;

	want = WANT(test, { 0x40000000, SZ_1G, RW, DIRECT, "A" });
	KUNIT_EXPECT_EQ(test, 0, iommu_resv_map(&ctx->mock.domain, want, 0, &failed));
	expect_mapped(test, want, 1);
	/* Nothing is looked up either */
	KUNIT_EXPECT_EQ(test, ctx->mock.walks, 0);

	want = WANT(test, { 0x80000000, SZ_512M, RW, DIRECT, "A" });
	KUNIT_EXPECT_EQ(test, 0, iommu_resv_map(&ctx->mock.domain, want, 0, &failed));
	expect_mapped(test, want, 1 + 256);

	want = WANT(test, { 0x1000, SZ_64K, RW, DIRECT, "A" });
	KUNIT_EXPECT_EQ(test, 0, iommu_resv_map(&ctx->mock.domain, want, 0, &failed));
	expect_mapped(test, want, 1 + 256 + 16);
}

static void map_grants_what_is_needed(struct kunit *test)
{
	const unsigned int *flags = test->param_value;
	const struct iommu_resv_range *failed = NULL;
	struct resv_test *ctx = test->priv;
	struct iommu_resv *want;

	want = WANT(test,
		    { 0x1000, 0x1000, R, DIRECT, "A" },
		    { 0x2000, 0x1000, W, RELAXABLE, "A" },
		    { 0x3000, 0x1000, RW, DIRECT, "A" },
		    { 0x9000, 0x1000, 0, RESERVED, "A" },
		    { 0xa000, 0x1000, W, IOMMU_RESV_MSI, "A" });
	KUNIT_EXPECT_EQ(test, 0, iommu_resv_map(&ctx->mock.domain, want, *flags,
						&failed));
	expect_mapped(test, want, 3);
	/* and not more */
	KUNIT_EXPECT_FALSE(test, mock_domain_maps(&ctx->mock, 0x1000, 0x1fff, W));
	KUNIT_EXPECT_FALSE(test, mock_domain_maps(&ctx->mock, 0x2000, 0x2fff, R));
	KUNIT_EXPECT_FALSE(test, mock_domain_maps(&ctx->mock, 0x9000, 0x9fff, 0));
	KUNIT_EXPECT_FALSE(test, mock_domain_maps(&ctx->mock, 0xa000, 0xafff, 0));
}

static void map_skips_other_types(struct kunit *test)
{
	const struct iommu_resv_range *failed = NULL;
	struct resv_test *ctx = test->priv;
	struct iommu_resv *resv;

	/* A snapshot, unlike a union, has them */
	resv = SNAPSHOT(test,
			{ 0x1000, 0x1000, RW, RESERVED, "A" },
			{ 0x2000, 0x1000, RW, IOMMU_RESV_MSI, "A" },
			{ 0x3000, 0x1000, RW, IOMMU_RESV_SW_MSI, "A" });
	KUNIT_EXPECT_EQ(test, 0, iommu_resv_map(&ctx->mock.domain, resv, 0, &failed));
	KUNIT_EXPECT_EQ(test, 0, iommu_resv_map(&ctx->mock.domain, resv,
						MISSING, &failed));
	KUNIT_EXPECT_EQ(test, ctx->mock.written, 0);
}

static void map_direct_only(struct kunit *test)
{
	const struct iommu_resv_range *failed = NULL;
	struct resv_test *ctx = test->priv;
	struct iommu_resv *want;

	want = WANT(test,
		    { 0x1000, 0x1000, RW, DIRECT, "A" },
		    { 0x2000, 0x1000, RW, RELAXABLE, "A" });
	KUNIT_EXPECT_EQ(test, 0, iommu_resv_map(&ctx->mock.domain, want,
						IOMMU_RESV_MAP_DIRECT_ONLY, &failed));
	KUNIT_EXPECT_TRUE(test, mock_domain_maps(&ctx->mock, 0x1000, 0x1fff, RW));
	KUNIT_EXPECT_EQ(test, ctx->mock.written, 1);
}

static void map_at_the_ends_of_the_space(struct kunit *test)
{
	const unsigned int *flags = test->param_value;
	const struct iommu_resv_range *failed = NULL;
	struct resv_test *ctx = test->priv;
	struct iommu_resv *want;

	if (sizeof(phys_addr_t) > sizeof(long))
		kunit_skip(test, "iommu_map() cannot reach the top of the space");

	want = WANT(test,
		    { 0, 0x1000, RW, DIRECT, "A" },
		    { TOP - 0x1fff, 0x2000, RW, DIRECT, "A" });
	KUNIT_EXPECT_EQ(test, 0, iommu_resv_map(&ctx->mock.domain, want, *flags,
						&failed));
	expect_mapped(test, want, 3);
}

static void map_fills_in_what_is_missing(struct kunit *test)
{
	const struct iommu_resv_range *failed = NULL;
	struct resv_test *ctx = test->priv;
	struct iommu_domain *domain = &ctx->mock.domain;
	struct iommu_resv *want;
	unsigned int i;

	want = WANT(test, { 0, SZ_4M + 0x3000, RW, DIRECT, "A" });

	/* At the start, where 0 is no sign of a hole, in between, at the end */
	KUNIT_ASSERT_EQ(test, 0, iommu_map(domain, 0, 0, 0x1000, RW, GFP_KERNEL));
	KUNIT_ASSERT_EQ(test, 0, iommu_map(domain, 0x5000, 0x5000, 0x2000, RW,
					   GFP_KERNEL));
	KUNIT_ASSERT_EQ(test, 0, iommu_map(domain, SZ_4M + 0x2000, SZ_4M + 0x2000,
					   0x1000, RW, GFP_KERNEL));

	/* The second time there is nothing left to do */
	for (i = 0; i < 2; i++) {
		KUNIT_EXPECT_EQ(test, 0, iommu_resv_map(domain, want,
							IOMMU_RESV_MAP_MISSING,
							&failed));
		/* 512 pages with those that were there, 2M, 3 pages */
		expect_mapped(test, want, 512 + 1 + 3);
	}
}

static void map_finds_less_access(struct kunit *test)
{
	static const struct iommu_domain_ops ops = {
		.map_pages = mock_domain_map_pages,
		.unmap_pages = mock_domain_unmap_pages,
		.iova_to_phys = mock_domain_iova_to_phys,
		.iova_to_prot = mock_domain_iova_to_prot,
	};
	const struct iommu_resv_range *failed = NULL;
	struct resv_test *ctx = test->priv;
	struct iommu_domain *domain = &ctx->mock.domain;
	struct iommu_resv *want;

	domain->ops = &ops;
	KUNIT_ASSERT_EQ(test, 0, iommu_map(domain, 0x2000, 0x2000, 0x1000, R,
					   GFP_KERNEL));
	KUNIT_ASSERT_EQ(test, 0, iommu_map(domain, 0x6000, 0x6000, 0x1000, RW,
					   GFP_KERNEL));

	/* More than is wanted will do, less is nothing to rely on */
	want = WANT(test,
		    { 0x1000, 0x3000, RW, DIRECT, "A" },
		    { 0x5000, 0x3000, R, DIRECT, "A" });
	KUNIT_EXPECT_EQ(test, -EADDRINUSE,
			iommu_resv_map(domain, want, MISSING, &failed));
	KUNIT_ASSERT_NOT_NULL(test, failed);
	KUNIT_EXPECT_EQ(test, failed->start, 0x1000);
	KUNIT_EXPECT_FALSE(test, mock_domain_maps(&ctx->mock, 0x1000, 0x1fff, R));
	KUNIT_EXPECT_TRUE(test, mock_domain_maps(&ctx->mock, 0x5000, 0x7fff, R));
}

static void map_finds_something_else(struct kunit *test)
{
	const struct iommu_resv_range *failed = NULL;
	struct resv_test *ctx = test->priv;
	struct iommu_domain *domain = &ctx->mock.domain;
	struct iommu_resv *want;

	want = WANT(test,
		    { 0x1000, 0x1000, RW, DIRECT, "A" },
		    { 0x5000, 0x3000, RW, DIRECT, "A" },
		    { 0x9000, 0x1000, RW, DIRECT, "A" });

	/* A piece of it is there, and would let what is before it be mapped */
	KUNIT_ASSERT_EQ(test, 0, iommu_map(domain, 0x6000, 0x6000, 0x1000, RW,
					   GFP_KERNEL));
	/* To page 0, which a driver reports like no page at all */
	KUNIT_ASSERT_EQ(test, 0, iommu_map(domain, 0x7000, 0, 0x1000, RW,
					   GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, -EADDRINUSE,
			iommu_resv_map(domain, want, IOMMU_RESV_MAP_MISSING,
				       &failed));
	KUNIT_EXPECT_PTR_EQ(test, failed, &want->ranges[1]);
	KUNIT_EXPECT_TRUE(test, mock_domain_maps(&ctx->mock, 0x1000, 0x1fff, RW));
	KUNIT_EXPECT_TRUE(test, mock_domain_maps(&ctx->mock, 0x9000, 0x9fff, RW));
	/* It stays as it is, without pieces that others could run into */
	KUNIT_EXPECT_EQ(test, 0x10, iommu_iova_to_phys(domain, 0x7010));
	KUNIT_EXPECT_FALSE(test, mock_domain_maps(&ctx->mock, 0x5000, 0x5fff, 0));
}

static void map_beyond_the_aperture(struct kunit *test)
{
	const unsigned int *flags = test->param_value;
	const struct iommu_resv_range *failed = NULL;
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

	KUNIT_EXPECT_EQ(test, -ERANGE, iommu_resv_map(domain, want, *flags,
						      &failed));
	KUNIT_EXPECT_PTR_EQ(test, failed, &want->ranges[0]);
	KUNIT_EXPECT_TRUE(test, mock_domain_maps(&ctx->mock, 0x6000, 0x6fff, RW));
	KUNIT_EXPECT_TRUE(test, mock_domain_maps(&ctx->mock, 0xf000, 0xffff, RW));
	KUNIT_EXPECT_EQ(test, ctx->mock.written, 2);

	/* Each of those alone */
	for (i = 0; i < want->nr; i++) {
		struct iommu_resv *one;
		int ret;

		mock_domain_wipe(&ctx->mock);
		one = kunit_kzalloc(test, struct_size(one, ranges, 1), GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, one);
		one->nr = 1;
		one->ranges[0] = want->ranges[i];
		ret = iommu_resv_map(domain, one, *flags, &failed);
		KUNIT_EXPECT_EQ_MSG(test, ret, i == 2 || i == 3 ? 0 : -ERANGE,
				    "%s", want->ranges[i].source);
	}

	/* An aperture that is only advice refuses nothing */
	mock_domain_wipe(&ctx->mock);
	ctx->mock.written = 0;
	domain->geometry.force_aperture = false;
	KUNIT_EXPECT_EQ(test, 0, iommu_resv_map(domain, want, *flags, &failed));
	expect_mapped(test, want, 6);
}

static void map_goes_on_after_a_failure(struct kunit *test)
{
	const unsigned int *flags = test->param_value;
	const struct iommu_resv_range *failed = NULL;
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

	/* The first error is told, not the -ERANGE of the last */
	KUNIT_EXPECT_EQ(test, -EIO, iommu_resv_map(domain, want, *flags, &failed));
	KUNIT_EXPECT_PTR_EQ(test, failed, &want->ranges[1]);
	KUNIT_EXPECT_TRUE(test, mock_domain_maps(&ctx->mock, 0x1000, 0x1fff, RW));
	KUNIT_EXPECT_TRUE(test, mock_domain_maps(&ctx->mock, 0x5000, 0x5fff, RW));
	KUNIT_EXPECT_EQ(test, ctx->mock.nr_leaves, 2);
}

static void map_with_a_large_granule(struct kunit *test)
{
	const unsigned int *flags = test->param_value;
	const struct iommu_resv_range *failed = NULL;
	struct resv_test *ctx = test->priv;
	struct iommu_domain *domain = &ctx->mock.domain;
	struct iommu_resv *want;

	domain->pgsize_bitmap = SZ_64K | SZ_512M;
	want = WANT(test,
		    { 0x21000, 0x1000, RW, DIRECT, "A" },
		    { 0x3f000, 0x2000, RW, DIRECT, "A" });
	KUNIT_EXPECT_EQ(test, 0, iommu_resv_map(domain, want, *flags, &failed));
	KUNIT_EXPECT_TRUE(test, mock_domain_maps(&ctx->mock, 0x20000, 0x4ffff, RW));
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

/* Attach policy */

static const enum iommu_resv_use uses[] = {
	USE_BLOCK, USE_USER, USE_KERNEL, USE_CORE,
};

static int may_attach(struct kunit *test, const struct iommu_resv *resv,
		      struct iommu_domain *domain, enum iommu_resv_use use)
{
	struct resv_test *ctx = test->priv;

	/* It is always stored */
	ctx->missing = ERR_PTR(-EINVAL);
	return iommu_resv_may_attach(resv, domain, use, &ctx->missing);
}

static void map_pages_of(struct kunit *test, phys_addr_t start, size_t length)
{
	struct resv_test *ctx = test->priv;

	KUNIT_ASSERT_EQ(test, 0, iommu_map(&ctx->mock.domain, start, start,
					   length, RW, GFP_KERNEL));
}

static void attach_free_devices(struct kunit *test)
{
	struct resv_test *ctx = test->priv;
	struct iommu_domain *domain = &ctx->mock.domain;
	struct iommu_resv *resv[3];
	unsigned int i, u;

	resv[0] = resv_snapshot(test, NULL, 0);
	resv[1] = SNAPSHOT(test, { 0x1000, 0x1000, RW, RELAXABLE, "A" });
	resv[2] = SNAPSHOT(test,
			   { 0x1000, 0x1000, 0, RESERVED, "A" },
			   { 0x5000, 0, RW, RELAXABLE, "A" });
	for (i = 0; i < ARRAY_SIZE(resv); i++) {
		for (u = 0; u < ARRAY_SIZE(uses); u++) {
			KUNIT_EXPECT_EQ(test, 0, may_attach(test, resv[i], domain,
							    uses[u]));
			KUNIT_EXPECT_NULL(test, ctx->missing);
		}
	}
	/* Nobody who is free pays for a look at the page table */
	KUNIT_EXPECT_EQ(test, ctx->mock.walks, 0);
}

static void attach_blocks_or_user(struct kunit *test)
{
	struct iommu_domain identity = { .type = IOMMU_DOMAIN_IDENTITY };
	struct resv_test *ctx = test->priv;
	struct iommu_domain *domain = &ctx->mock.domain;
	struct iommu_resv *resv;
	unsigned int u;

	resv = SNAPSHOT(test, { 0x1000, 0x1000, RW, DIRECT, "A" });
	/* Even if the domain holds the maps now */
	map_pages_of(test, 0x1000, 0x1000);
	for (u = 0; u < 2; u++) {
		KUNIT_EXPECT_EQ(test, -EPERM, may_attach(test, resv, domain, uses[u]));
		KUNIT_EXPECT_NULL(test, ctx->missing);
		KUNIT_EXPECT_EQ(test, -EPERM, may_attach(test, resv, &identity, uses[u]));
	}
	/* The core has seen to it */
	KUNIT_EXPECT_EQ(test, 0, may_attach(test, resv, domain, USE_CORE));
	KUNIT_EXPECT_NULL(test, ctx->missing);
	/* There may be no domain to speak of yet */
	KUNIT_EXPECT_EQ(test, -EPERM, may_attach(test, resv, NULL, USE_BLOCK));
	KUNIT_EXPECT_EQ(test, ctx->mock.walks, 0);
}

static void attach_kernel_domain_needs_all_maps(struct kunit *test)
{
	struct resv_test *ctx = test->priv;
	struct iommu_domain *domain = &ctx->mock.domain;
	struct iommu_resv *resv;

	resv = SNAPSHOT(test,
			{ 0x1000, 0x3000, RW, DIRECT, "A" },
			{ 0x6000, 0x1000, RW, RELAXABLE, "A" },
			{ 0x8000, 0x2000, RW, DIRECT, "B" });

	KUNIT_EXPECT_EQ(test, -EPERM, may_attach(test, resv, domain, USE_KERNEL));
	KUNIT_EXPECT_PTR_EQ(test, ctx->missing, &resv->ranges[0]);

	/* All but a page in the middle of the first range */
	map_pages_of(test, 0x1000, 0x1000);
	map_pages_of(test, 0x3000, 0x1000);
	map_pages_of(test, 0x8000, 0x1000);
	KUNIT_EXPECT_EQ(test, -EPERM, may_attach(test, resv, domain, USE_KERNEL));
	KUNIT_EXPECT_PTR_EQ(test, ctx->missing, &resv->ranges[0]);

	/* All but the last page of the last range */
	map_pages_of(test, 0x2000, 0x1000);
	KUNIT_EXPECT_EQ(test, -EPERM, may_attach(test, resv, domain, USE_KERNEL));
	KUNIT_EXPECT_PTR_EQ(test, ctx->missing, &resv->ranges[2]);

	/* The relaxable one is not asked for */
	map_pages_of(test, 0x9000, 0x1000);
	KUNIT_EXPECT_EQ(test, 0, may_attach(test, resv, domain, USE_KERNEL));
	KUNIT_EXPECT_NULL(test, ctx->missing);
}

static void attach_kernel_domain_needs_1_to_1(struct kunit *test)
{
	struct resv_test *ctx = test->priv;
	struct iommu_domain *domain = &ctx->mock.domain;
	struct iommu_resv *resv;

	resv = SNAPSHOT(test, { 0x1000, 0x1000, RW, DIRECT, "A" });
	KUNIT_ASSERT_EQ(test, 0, iommu_map(domain, 0x1000, 0x5000, 0x1000, RW,
					   GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, -EPERM, may_attach(test, resv, domain, USE_KERNEL));
	KUNIT_EXPECT_PTR_EQ(test, ctx->missing, &resv->ranges[0]);

	mock_domain_wipe(&ctx->mock);
	KUNIT_ASSERT_EQ(test, 0, iommu_map(domain, 0x1000, 0, 0x1000, RW,
					   GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, -EPERM, may_attach(test, resv, domain, USE_KERNEL));
}

static void attach_at_the_ends_of_the_space(struct kunit *test)
{
	struct resv_test *ctx = test->priv;
	struct iommu_domain *domain = &ctx->mock.domain;
	struct iommu_resv *resv;

	resv = SNAPSHOT(test, { 0, 0x1000, RW, DIRECT, "A" });
	KUNIT_EXPECT_EQ(test, -EPERM, may_attach(test, resv, domain, USE_KERNEL));
	KUNIT_EXPECT_PTR_EQ(test, ctx->missing, &resv->ranges[0]);
	map_pages_of(test, 0, 0x1000);
	KUNIT_EXPECT_EQ(test, 0, may_attach(test, resv, domain, USE_KERNEL));

	if (sizeof(phys_addr_t) > sizeof(long))
		return;
	resv = SNAPSHOT(test, { TOP - 0x1fff, 0x2000, RW, DIRECT, "A" });
	map_pages_of(test, TOP - 0x1fff, 0x1000);
	KUNIT_EXPECT_EQ(test, -EPERM, may_attach(test, resv, domain, USE_KERNEL));
	map_pages_of(test, TOP - 0xfff, 0x1000);
	KUNIT_EXPECT_EQ(test, 0, may_attach(test, resv, domain, USE_KERNEL));
}

static void attach_kernel_domain_of_large_granule(struct kunit *test)
{
	struct resv_test *ctx = test->priv;
	struct iommu_domain *domain = &ctx->mock.domain;
	struct iommu_resv *resv;

	domain->pgsize_bitmap = SZ_64K;
	resv = SNAPSHOT(test, { 0x2f000, 0x2000, RW, DIRECT, "A" });
	map_pages_of(test, 0x20000, SZ_64K);
	KUNIT_EXPECT_EQ(test, -EPERM, may_attach(test, resv, domain, USE_KERNEL));
	KUNIT_EXPECT_PTR_EQ(test, ctx->missing, &resv->ranges[0]);
	map_pages_of(test, 0x30000, SZ_64K);
	KUNIT_EXPECT_EQ(test, 0, may_attach(test, resv, domain, USE_KERNEL));
}

static void attach_kernel_domain_without_pages(struct kunit *test)
{
	struct iommu_domain identity = { .type = IOMMU_DOMAIN_IDENTITY };
	struct iommu_domain blocked = { .type = IOMMU_DOMAIN_BLOCKED };
	struct resv_test *ctx = test->priv;
	struct iommu_resv *resv;

	resv = SNAPSHOT(test, { 0x1000, 0x1000, RW, DIRECT, "A" });
	KUNIT_EXPECT_EQ(test, 0, may_attach(test, resv, &identity, USE_KERNEL));
	KUNIT_EXPECT_EQ(test, -EPERM, may_attach(test, resv, &blocked, USE_KERNEL));
	KUNIT_EXPECT_PTR_EQ(test, ctx->missing, &resv->ranges[0]);
}

static void attach_broken_devices(struct kunit *test)
{
	struct resv_test *ctx = test->priv;
	struct iommu_domain *domain = &ctx->mock.domain;
	struct iommu_resv *resv;
	unsigned int u;

	resv = SNAPSHOT(test, { 0x1000, 0x1000, 0, DIRECT, "A" });
	for (u = 0; u < 2; u++) {
		KUNIT_EXPECT_EQ(test, -EPERM, may_attach(test, resv, domain, uses[u]));
		KUNIT_EXPECT_NULL(test, ctx->missing);
	}
	/* Nobody can map it, a driver of the kernel goes on as it did */
	KUNIT_EXPECT_EQ(test, 0, may_attach(test, resv, domain, USE_KERNEL));

	/* A good region beside it still counts */
	resv = SNAPSHOT(test,
			{ 0x1000, 0, RW, DIRECT, "A" },
			{ 0x5000, 0x1000, RW, DIRECT, "A" });
	KUNIT_EXPECT_EQ(test, -EPERM, may_attach(test, resv, domain, USE_KERNEL));
	KUNIT_EXPECT_PTR_EQ(test, ctx->missing, &resv->ranges[0]);
}

/* Messages */

static void explain_says_what_and_where(struct kunit *test)
{
	static const char group[] = "/sys/kernel/iommu_groups/42/assignable ";
	struct kmsg_dump_iter mark = mock_log_mark();
	struct resv_test *ctx = test->priv;
	struct iommu_resv *resv;
	char range[64];

	resv = SNAPSHOT(test,
			{ 0x1000, 0x1000, RW, RELAXABLE, "OTHER" },
			{ 0x3e000000, 0x10000, RW, DIRECT, "TABLE" });
	snprintf(range, sizeof(range), "[mem %pap-%pap]",
		 &resv->ranges[1].start, &resv->ranges[1].last);

	/* The first of all messages that the rate limit counts: none is lost */
	KUNIT_EXPECT_TRUE(test, iommu_resv_explain(ctx->dev, resv, 42, NULL));
	KUNIT_EXPECT_EQ(test, 1, mock_log_count(&mark, "resv-kunit:", "TABLE", range));
	KUNIT_EXPECT_EQ(test, 1, mock_log_count(&mark, group, "VFIO", NULL));

	/* A domain of the kernel that lacks a map is another matter */
	mark = mock_log_mark();
	KUNIT_EXPECT_TRUE(test, iommu_resv_explain(ctx->dev, resv, 42,
						   &resv->ranges[1]));
	KUNIT_EXPECT_EQ(test, 1, mock_log_count(&mark, "resv-kunit:", "TABLE", range));
	KUNIT_EXPECT_EQ(test, 1, mock_log_count(&mark, group, NULL, NULL));
	KUNIT_EXPECT_EQ(test, 0, mock_log_count(&mark, "VFIO", NULL, NULL));

	/* One that cannot be shown as a range */
	resv = SNAPSHOT(test, { 0x5000, 0, RW, DIRECT, "BROKEN" });
	mark = mock_log_mark();
	KUNIT_EXPECT_TRUE(test, iommu_resv_explain(ctx->dev, resv, 42, NULL));
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
	KUNIT_CASE_PARAM(map_at_the_ends_of_the_space, map_mode_gen_params),
	KUNIT_CASE(map_fills_in_what_is_missing),
	KUNIT_CASE(map_finds_less_access),
	KUNIT_CASE(map_finds_something_else),
	KUNIT_CASE_PARAM(map_beyond_the_aperture, map_mode_gen_params),
	KUNIT_CASE_PARAM(map_goes_on_after_a_failure, map_mode_gen_params),
	KUNIT_CASE_PARAM(map_with_a_large_granule, map_mode_gen_params),
	KUNIT_CASE(granule_of_a_domain),
	KUNIT_CASE(attach_free_devices),
	KUNIT_CASE(attach_blocks_or_user),
	KUNIT_CASE(attach_kernel_domain_needs_all_maps),
	KUNIT_CASE(attach_kernel_domain_needs_1_to_1),
	KUNIT_CASE(attach_at_the_ends_of_the_space),
	KUNIT_CASE(attach_kernel_domain_of_large_granule),
	KUNIT_CASE(attach_kernel_domain_without_pages),
	KUNIT_CASE(attach_broken_devices),
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
