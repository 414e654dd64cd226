// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit test of reserved regions: compares snapshots of random reports with a
 * model, which computes what a snapshot must have for each of a few pages.
 */
#include <kunit/test.h>
#include <linux/err.h>
#include <linux/iommu.h>
#include <linux/prandom.h>
#include <linux/slab.h>

#include "snapshot_kunit.h"

#define MODEL_PAGES	48
#define MODEL_REGIONS	8
#define MODEL_CASES	25000

struct model_page {
	bool mapped;
	int prot;
	enum iommu_resv_type type;
	const char *source;
};

static void model_page(struct model_page *page, phys_addr_t addr,
		       const struct report *report, unsigned int nr)
{
	const struct report *shown = NULL;
	int grants = 0, narrow = ~0;
	unsigned int i;

	for (i = 0; i < nr; i++) {
		if (report[i].type != DIRECT && report[i].type != RELAXABLE)
			continue;
		/* Does any byte of the region lie in the page? */
		if (report[i].start > addr + (PAGE_SIZE - 1) ||
		    report[i].start + (report[i].length - 1) < addr)
			continue;
		grants |= report[i].prot & RW;
		narrow &= report[i].prot & (IOMMU_NOEXEC | IOMMU_PRIV);
		if (!shown ||
		    (shown->type != DIRECT && report[i].type == DIRECT))
			shown = &report[i];
	}

	*page = (struct model_page){ .mapped = shown };
	if (!shown)
		return;
	page->type = shown->type;
	page->source = shown->source;
	page->prot = grants | narrow |
		     (shown->prot & (IOMMU_CACHE | IOMMU_MMIO));
}

static unsigned int model_report(struct rnd_state *rnd, phys_addr_t base,
				 struct report *report)
{
	static const char * const sources[] = { "A", "B", NULL };
	static const int prots[] = {
		R, W, RW, RW, RW, RW | IOMMU_CACHE, R | IOMMU_NOEXEC,
		RW | IOMMU_NOEXEC | IOMMU_PRIV, W | IOMMU_MMIO,
	};
	static const enum iommu_resv_type types[] = {
		DIRECT, DIRECT, DIRECT, RELAXABLE, RELAXABLE, RESERVED,
		IOMMU_RESV_MSI, IOMMU_RESV_SW_MSI,
	};
	unsigned int nr = prandom_u32_state(rnd) % (MODEL_REGIONS + 1);
	unsigned int i, size = MODEL_PAGES * PAGE_SIZE;

	for (i = 0; i < nr; i++) {
		unsigned int offset = prandom_u32_state(rnd) % size;
		unsigned int length;

		/* A third are aligned, so that regions touch now and then */
		if (prandom_u32_state(rnd) % 3 == 0)
			offset = ALIGN_DOWN(offset, PAGE_SIZE);
		length = 1 + prandom_u32_state(rnd) %
			     min_t(unsigned int, size - offset,
				   PAGE_SIZE << (prandom_u32_state(rnd) % 5));
		if (prandom_u32_state(rnd) % 3 == 0)
			length = min_t(unsigned int, size - offset,
				       ALIGN(length, PAGE_SIZE));

		report[i].start = base + offset;
		report[i].length = length;
		report[i].prot =
			prots[prandom_u32_state(rnd) % ARRAY_SIZE(prots)];
		report[i].type =
			types[prandom_u32_state(rnd) % ARRAY_SIZE(types)];
		report[i].source =
			sources[prandom_u32_state(rnd) % ARRAY_SIZE(sources)];
	}
	return nr;
}

static bool model_same(const struct model_page *page,
		       const struct iommu_resv_range *range)
{
	return page->mapped && page->prot == range->prot &&
	       page->type == range->type &&
	       resv_same_source(page->source, range->source);
}

/* NULL, or what is wrong with @resv */
static const char *model_check(const struct iommu_resv *resv, phys_addr_t base,
			       const struct report *report, unsigned int nr)
{
	const struct iommu_resv_range *range, *prev = NULL, *any = NULL;
	unsigned int i, p, pages = 0, want = 0, direct = 0;
	static struct model_page page[MODEL_PAGES];
	bool used[MODEL_REGIONS] = {};

	for (p = 0; p < MODEL_PAGES; p++) {
		model_page(&page[p], base + p * PAGE_SIZE, report, nr);
		want += page[p].mapped;
	}

	for (range = resv->ranges; range < iommu_resv_end(resv); range++) {
		if (any && range->start < any->start)
			return "not sorted";
		any = range;
		if (range->last < range->start)
			return "ends before it starts";
		if (!iommu_resv_range_is_mapped(range)) {
			for (i = 0; i < nr; i++) {
				if (used[i] || report[i].type != range->type ||
				    report[i].start != range->start ||
				    report[i].length - 1 !=
					    range->last - range->start ||
				    report[i].prot != range->prot ||
				    report[i].source != range->source)
					continue;
				used[i] = true;
				break;
			}
			if (i == nr)
				return "range of another type, not reported";
			continue;
		}

		direct += range->type == DIRECT;
		if (range->start < base ||
		    range->last - base >= MODEL_PAGES * PAGE_SIZE)
			return "beyond what was reported";
		if (!IS_ALIGNED(range->start - base, PAGE_SIZE) ||
		    !IS_ALIGNED(range->last - base + 1, PAGE_SIZE))
			return "not at page boundaries";
		if (prev && range->start <= prev->last)
			return "overlap";
		if (prev && prev->last + 1 == range->start &&
		    prev->type == range->type && prev->prot == range->prot &&
		    resv_same_source(prev->source, range->source))
			return "not joined";
		for (p = (range->start - base) / PAGE_SIZE;
		     p <= (range->last - base) / PAGE_SIZE; p++, pages++)
			if (!model_same(&page[p], range))
				return "a page is not as it should be";
		prev = range;
	}

	for (i = 0; i < nr; i++)
		if (report[i].type != DIRECT && report[i].type != RELAXABLE &&
		    !used[i])
			return "a range of another type is lost";
	if (pages != want)
		return "a page is lost";
	if (direct != resv->nr_direct)
		return "miscounted";
	return NULL;
}

static void snapshot_agrees_with_model(struct kunit *test)
{
	static const phys_addr_t bases[] = {
		0, 0x100000, TOP - (MODEL_PAGES * PAGE_SIZE - 1),
	};
	struct iommu_resv_region region[MODEL_REGIONS] = {};
	struct report report[MODEL_REGIONS];
	struct resv_test *ctx = test->priv;
	struct rnd_state rnd;
	unsigned int i, k, nr;

	prandom_seed_state(&rnd, 0x5eed);
	for (k = 0; k < MODEL_CASES; k++) {
		phys_addr_t base = bases[k % ARRAY_SIZE(bases)];
		struct iommu_resv *resv;
		const char *wrong;
		LIST_HEAD(list);

		nr = model_report(&rnd, base, report);
		resv_report(report, nr, region, &list);
		resv = iommu_resv_snapshot(ctx->dev, &list);
		KUNIT_ASSERT_NOT_ERR_OR_NULL(test, resv);
		wrong = model_check(resv, base, report, nr);
		kvfree(resv);
		if (!wrong)
			continue;

		KUNIT_FAIL(test, "case %u: %s", k, wrong);
		for (i = 0; i < nr; i++)
			kunit_info(test, "start %pap length %#zx prot %#x type %d source %s\n",
				   &report[i].start, report[i].length,
				   report[i].prot, report[i].type,
				   report[i].source);
		return;
	}
}

static struct kunit_case model_test_cases[] = {
	KUNIT_CASE(snapshot_agrees_with_model),
	{}
};

static struct kunit_suite model_test_suite = {
	.name = "iommu_resv_model",
	.init = resv_test_init,
	.exit = resv_test_exit,
	.test_cases = model_test_cases,
};

kunit_test_suite(model_test_suite);

MODULE_DESCRIPTION("KUnit test of reserved regions against a model");
MODULE_LICENSE("GPL");
