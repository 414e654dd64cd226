// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit tests of the IOVA allocator: reserving ranges in a domain that is in
 * use.
 */
#include <kunit/test.h>
#include <linux/iova.h>
#include <linux/ktime.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "../../tests/mock.h"

/* Each test uses a window of this many pages, at one of these places */
#define WINDOW	32

struct place {
	const char *name;
	unsigned long base;
};

static const struct place places[] = {
	{ "bottom", 0 },
	{ "across_4G", (1ULL << 32 >> PAGE_SHIFT) - WINDOW / 2 },
	{ "top", (ULONG_MAX >> PAGE_SHIFT) - WINDOW + 1 },
};

/* First and last page of a range in the window; { 0, 0 } ends a list */
struct pages {
	unsigned int lo;
	unsigned int hi;
};

/**
 * struct reserve - a case for reserve_unused_iova()
 * @name: of the case
 * @want: what to reserve
 * @ret: the expected result
 * @reserved: what is reserved already, in ascending order
 * @live: what is allocated, in descending order
 */
struct reserve {
	const char *name;
	struct pages want;
	int ret;
	struct pages reserved[3];
	struct pages live[2];
};

static const struct reserve reserves[] = {
	{ "free", { 10, 20 }, 0 },
	{ "first_page", { 0, 0 }, 0 },
	{ "last_page", { 31, 31 }, 0 },
	{ "whole_window", { 0, 31 }, 0 },
	{ "same", { 10, 20 }, 0, { { 10, 20 } } },
	{ "inside", { 12, 15 }, 0, { { 10, 20 } } },
	{ "inside_at_start", { 10, 15 }, 0, { { 10, 20 } } },
	{ "inside_at_end", { 15, 20 }, 0, { { 10, 20 } } },
	{ "touches_from_below", { 5, 9 }, 0, { { 10, 20 } } },
	{ "touches_from_above", { 21, 25 }, 0, { { 10, 20 } } },
	{ "between", { 16, 19 }, 0, { { 10, 15 }, { 20, 25 } } },
	{ "over_start", { 5, 15 }, 0, { { 10, 20 } } },
	{ "over_end", { 15, 25 }, 0, { { 10, 20 } } },
	{ "around", { 5, 25 }, 0, { { 10, 20 } } },
	{ "over_two_that_touch", { 12, 18 }, 0, { { 10, 15 }, { 16, 20 } } },
	{ "straddles_two", { 12, 22 }, 0, { { 10, 15 }, { 20, 25 } } },
	{ "around_two", { 8, 28 }, 0, { { 10, 15 }, { 20, 25 } } },
	{ "around_three", { 1, 30 }, 0, { { 3, 4 }, { 10, 15 }, { 20, 25 } } },
	{ "same_as_live", { 10, 13 }, -EADDRINUSE, {}, { { 10, 13 } } },
	{ "inside_live", { 11, 12 }, -EADDRINUSE, {}, { { 10, 13 } } },
	{ "around_live", { 5, 20 }, -EADDRINUSE, {}, { { 10, 13 } } },
	{ "over_start_of_live", { 5, 10 }, -EADDRINUSE, {}, { { 10, 13 } } },
	{ "over_end_of_live", { 13, 20 }, -EADDRINUSE, {}, { { 10, 13 } } },
	{ "touches_live_from_below", { 5, 9 }, 0, {}, { { 10, 13 } } },
	{ "touches_live_from_above", { 14, 20 }, 0, {}, { { 10, 13 } } },
	{ "between_live", { 14, 19 }, 0, {}, { { 20, 23 }, { 10, 13 } } },
	{ "reserved_then_live",
	  { 8, 20 },
	  -EADDRINUSE,
	  { { 10, 12 } },
	  { { 15, 16 } } },
	{ "live_then_reserved",
	  { 8, 25 },
	  -EADDRINUSE,
	  { { 20, 22 } },
	  { { 15, 16 } } },
	{ "live_that_touches_reserved",
	  { 8, 14 },
	  -EADDRINUSE,
	  { { 10, 12 } },
	  { { 13, 14 } } },
	{ "reserved_that_touches_live",
	  { 5, 12 },
	  0,
	  { { 10, 12 } },
	  { { 13, 14 } } },
};

static void reserve_desc(const struct reserve *reserve, char *desc)
{
	strscpy(desc, reserve->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(reserve, reserves, reserve_desc);

enum state { FREE, LIVE, RESERVED };

/**
 * struct iova_test - a domain and what should be in it
 * @iovad: the domain
 * @base: the window's first pfn
 * @pages: what each page of the window should be
 */
struct iova_test {
	struct iova_domain iovad;
	unsigned long base;
	enum state pages[WINDOW];
};

static void domain_end(struct iova_test *ctx)
{
	if (ctx->iovad.granule)
		put_iova_domain(&ctx->iovad);
	memset(ctx, 0, sizeof(*ctx));
}

static void domain_begin(struct kunit *test, unsigned long base)
{
	struct iova_test *ctx = test->priv;

	domain_end(ctx);
	init_iova_domain(&ctx->iovad, PAGE_SIZE, 1);
	ctx->base = base;
	KUNIT_ASSERT_EQ(test, 0, iova_domain_init_rcaches(&ctx->iovad));
}

static int reserve_unused(struct iova_test *ctx, const struct pages *want)
{
	return reserve_unused_iova(&ctx->iovad, ctx->base + want->lo,
				   ctx->base + want->hi);
}

static void mark(struct iova_test *ctx, const struct pages *pages,
		 enum state as)
{
	unsigned int i;

	for (i = pages->lo; i <= pages->hi; i++)
		ctx->pages[i] = as;
}

/*
 * Allocate exactly these pages: the allocator uses the highest free ones below
 * the limit that it is given.
 */
static void alloc_live(struct kunit *test, const struct pages *pages)
{
	struct iova_test *ctx = test->priv;
	struct iova *iova = alloc_iova(&ctx->iovad, pages->hi - pages->lo + 1,
				       ctx->base + pages->hi, false);

	KUNIT_ASSERT_NOT_NULL(test, iova);
	KUNIT_EXPECT_EQ(test, iova->pfn_lo, ctx->base + pages->lo);
	mark(ctx, pages, LIVE);
}

static void free_live(struct iova_test *ctx, const struct pages *pages)
{
	free_iova(&ctx->iovad, ctx->base + pages->lo);
	mark(ctx, pages, FREE);
}

/* Check each page, and iova_is_reserved() for each range of pages */
static void expect_pages(struct kunit *test)
{
	struct iova_test *ctx = test->priv;
	unsigned int lo, hi, wrong = 0;

	for (lo = 0; lo < WINDOW; lo++) {
		bool reserved = true;

		wrong += !!find_iova(&ctx->iovad, ctx->base + lo) !=
			 (ctx->pages[lo] != FREE);
		for (hi = lo; hi < WINDOW; hi++) {
			reserved &= ctx->pages[hi] == RESERVED;
			wrong += reserved != iova_is_reserved(&ctx->iovad,
							      ctx->base + lo,
							      ctx->base + hi);
		}
	}
	KUNIT_EXPECT_EQ(test, wrong, 0);
}

static void reserve_at(struct kunit *test, const struct reserve *reserve)
{
	struct iova_test *ctx = test->priv;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(reserve->live) && reserve->live[i].hi; i++)
		alloc_live(test, &reserve->live[i]);
	for (i = 0;
	     i < ARRAY_SIZE(reserve->reserved) && reserve->reserved[i].hi;
	     i++) {
		const struct pages *pages = &reserve->reserved[i];

		KUNIT_ASSERT_NOT_NULL(test,
				      reserve_iova(&ctx->iovad,
						   ctx->base + pages->lo,
						   ctx->base + pages->hi));
		mark(ctx, pages, RESERVED);
	}
	expect_pages(test);

	KUNIT_EXPECT_EQ(test, reserve->ret,
			reserve_unused(ctx, &reserve->want));
	if (!reserve->ret)
		mark(ctx, &reserve->want, RESERVED);
	expect_pages(test);
	/* A second call has the same result */
	KUNIT_EXPECT_EQ(test, reserve->ret,
			reserve_unused(ctx, &reserve->want));
	expect_pages(test);

	/*
	 * Freeing the live ranges and allocating them again changes no others
	 */
	for (i = 0; i < ARRAY_SIZE(reserve->live) && reserve->live[i].hi; i++)
		free_live(ctx, &reserve->live[i]);
	expect_pages(test);
	for (i = 0; i < ARRAY_SIZE(reserve->live) && reserve->live[i].hi; i++)
		alloc_live(test, &reserve->live[i]);
	expect_pages(test);
	for (i = 0; i < ARRAY_SIZE(reserve->live) && reserve->live[i].hi; i++)
		free_live(ctx, &reserve->live[i]);

	/* Nothing is allocated any more, so it can be reserved */
	KUNIT_EXPECT_EQ(test, 0, reserve_unused(ctx, &reserve->want));
	mark(ctx, &reserve->want, RESERVED);
	expect_pages(test);
}

static void reserve_all_or_nothing(struct kunit *test)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(places); i++) {
		kunit_info(test, "%s\n", places[i].name);
		domain_begin(test, places[i].base);
		reserve_at(test, test->param_value);
	}
}

/*
 * The last page frame number belongs to the anchor of the allocator: all pages
 * below it can be reserved, but not that one.
 */
static void reserve_up_to_the_anchor(struct kunit *test)
{
	struct iova_test *ctx = test->priv;

	domain_begin(test, ULONG_MAX - WINDOW);
	KUNIT_EXPECT_EQ(test, 0,
			reserve_unused(ctx, &(struct pages){ 20, WINDOW - 1 }));
	mark(ctx, &(struct pages){ 20, WINDOW - 1 }, RESERVED);
	expect_pages(test);
	KUNIT_EXPECT_EQ(test, -EADDRINUSE,
			reserve_unused(ctx, &(struct pages){ 10, WINDOW }));
	expect_pages(test);
	KUNIT_EXPECT_FALSE(test, iova_is_reserved(&ctx->iovad, ULONG_MAX - 1,
						  ULONG_MAX));
	KUNIT_EXPECT_EQ(test, ctx->iovad.anchor.pfn_lo, ULONG_MAX);
}

/* A freed IOVA cannot be reserved while it is in a cache */
static void reserve_what_was_cached(struct kunit *test)
{
	struct iova_test *ctx = test->priv;
	struct iova_domain *iovad = &ctx->iovad;
	unsigned long pfn[4];
	int i;

	domain_begin(test, 0);
	for (i = 0; i < ARRAY_SIZE(pfn); i++) {
		pfn[i] = alloc_iova_fast(iovad, 1, ULONG_MAX >> PAGE_SHIFT,
					 true);
		KUNIT_ASSERT_NE(test, pfn[i], 0);
	}
	free_iova_fast(iovad, pfn[1], 1);
	free_iova_fast(iovad, pfn[2], 1);
	KUNIT_EXPECT_EQ(test, -EADDRINUSE,
			reserve_unused_iova(iovad, pfn[2], pfn[1]));
	iova_flush_rcaches(iovad);
	KUNIT_EXPECT_EQ(test, -EADDRINUSE,
			reserve_unused_iova(iovad, pfn[3], pfn[1]));
	KUNIT_EXPECT_FALSE(test, iova_is_reserved(iovad, pfn[2], pfn[2]));
	KUNIT_EXPECT_EQ(test, 0, reserve_unused_iova(iovad, pfn[2], pfn[1]));
	KUNIT_EXPECT_TRUE(test, iova_is_reserved(iovad, pfn[2], pfn[1]));
	free_iova_fast(iovad, pfn[0], 1);
	free_iova_fast(iovad, pfn[3], 1);
	iova_flush_rcaches(iovad);
	KUNIT_EXPECT_EQ(test, 0, reserve_unused_iova(iovad, pfn[3], pfn[0]));
}

/*
 * If an allocation fails nothing is reserved, not even the gaps between
 * reserved ranges, which need none.
 */
static void reserve_nothing_without_memory(struct kunit *test)
{
	static const struct pages reserved[] = { { 8, 9 }, { 12, 13 } };
	static const struct pages wants[] = { { 1, 30 },
					      { 10, 14 },
					      { 20, 25 } };
	struct iova_test *ctx = test->priv;
	unsigned int i, p;

	if (mock_fail_init())
		kunit_skip(test, "no failslab");
	for (i = 0; i < ARRAY_SIZE(wants); i++) {
		domain_begin(test, 0);
		for (p = 0; p < ARRAY_SIZE(reserved); p++) {
			KUNIT_ASSERT_EQ(test, 0,
					reserve_unused(ctx, &reserved[p]));
			mark(ctx, &reserved[p], RESERVED);
		}
		mock_fail_nth(1);
		KUNIT_EXPECT_EQ(test, -ENOMEM, reserve_unused(ctx, &wants[i]));
		KUNIT_EXPECT_FALSE(test, mock_fail_done());
		expect_pages(test);

		/*
		 * No allocation is needed to fill gaps, or for what is reserved
		 * already
		 */
		mock_fail_nth(1);
		KUNIT_EXPECT_EQ(test, 0,
				reserve_unused(ctx, &(struct pages){ 9, 13 }));
		KUNIT_EXPECT_EQ(test, 0,
				reserve_unused(ctx, &(struct pages){ 8, 12 }));
		KUNIT_EXPECT_TRUE(test, mock_fail_done());
		mark(ctx, &(struct pages){ 8, 13 }, RESERVED);
		expect_pages(test);
	}
}

#define LIVE_IOVAS	100000

/* Shortest time of a batch of calls, to ignore interrupts */
#define BEST_NS(call) ({				\
	u64 __best = U64_MAX;				\
	int __i, __j;					\
							\
	for (__i = 0; __i < 16; __i++) {		\
		u64 __start = ktime_get_ns();		\
							\
		for (__j = 0; __j < 64; __j++)		\
			call;				\
		__best = min(__best, ktime_get_ns() - __start); \
	}						\
	__best;						\
})

/* The cost does not depend on how many IOVAs are allocated */
static void reserve_walks_no_allocated(struct kunit *test)
{
	const unsigned long lo = 0xfee00, hi = 0xfeeff;
	struct iova_test *ctx = test->priv;
	struct iova_domain *iovad = &ctx->iovad;
	u64 find, again, ask, refused;
	struct iova *iova = NULL;
	int i;

	domain_begin(test, 0);
	KUNIT_ASSERT_EQ(test, 0, reserve_unused_iova(iovad, lo, hi));
	for (i = 0; i < LIVE_IOVAS; i++) {
		iova = alloc_iova(iovad, 1, lo - 1, true);
		KUNIT_ASSERT_NOT_NULL(test, iova);
	}
	find = BEST_NS(find_iova(iovad, lo));
	again = BEST_NS(reserve_unused_iova(iovad, lo, hi));
	ask = BEST_NS(iova_is_reserved(iovad, lo, hi));
	refused = BEST_NS(reserve_unused_iova(iovad, lo - 1, hi));
	kunit_info(test, "ns a batch: find %llu, again %llu, ask %llu, refused %llu\n",
		   find, again, ask, refused);
	KUNIT_EXPECT_LT(test, again, 20 * find);
	KUNIT_EXPECT_LT(test, ask, 20 * find);
	KUNIT_EXPECT_LT(test, refused, 20 * find);
}

static int iova_test_init(struct kunit *test)
{
	test->priv = kunit_kzalloc(test, sizeof(struct iova_test), GFP_KERNEL);
	return test->priv ? iova_cache_get() : -ENOMEM;
}

static void iova_test_exit(struct kunit *test)
{
	struct iova_test *ctx = test->priv;

	if (!ctx)
		return;
	domain_end(ctx);
	iova_cache_put();
}

static struct kunit_case iova_test_cases[] = {
	KUNIT_CASE_PARAM(reserve_all_or_nothing, reserve_gen_params),
	KUNIT_CASE(reserve_up_to_the_anchor),
	KUNIT_CASE(reserve_what_was_cached),
	KUNIT_CASE(reserve_nothing_without_memory),
	KUNIT_CASE(reserve_walks_no_allocated),
	{}
};

static struct kunit_suite iova_test_suite = {
	.name = "iova_reserve",
	.init = iova_test_init,
	.exit = iova_test_exit,
	.test_cases = iova_test_cases,
};

kunit_test_suite(iova_test_suite);

MODULE_DESCRIPTION("KUnit tests of reserving IOVAs");
MODULE_LICENSE("GPL");
