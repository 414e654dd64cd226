/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Generated IORTs, valid and damaged ones, for iort-kunit.c. The result of the
 * parser is compared with that of the second reader, iort-rule-kunit.h. The
 * parameters are the same as for DMAR and IVRS: iommu_fuzz_kunit.seed=,
 * iommu_fuzz_kunit.count=
 */
#include <linux/hash.h>
#include <linux/module.h>
#include <linux/panic.h>
#include <linux/prandom.h>

#include "iort-rule-kunit.h"

#undef MODULE_PARAM_PREFIX
#define MODULE_PARAM_PREFIX "iommu_fuzz_kunit."

static unsigned int seed = 1;
module_param(seed, uint, 0444);
MODULE_PARM_DESC(seed, "Which tables to generate");

static unsigned int count = 100;
module_param(count, uint, 0444);
MODULE_PARM_DESC(count, "How many tables to generate");

static struct rnd_state rnd;

static u32 below(u32 nr)
{
	return prandom_u32_state(&rnd) % nr;
}

/* In three of four cases a number that a parser may handle wrongly */
static u32 odd_number(void)
{
	static const u32 odd[] = { 0, 1, 3, 4, 15, 16, 27, 28, 48, 100,
				   1U << 30, U32_MAX - 3, U32_MAX };

	return below(4) ? odd[below(ARRAY_SIZE(odd))] :
			  prandom_u32_state(&rnd);
}

static void iort_damage(struct iort_test *t)
{
	int i = below(NR_RMRS);

	switch (below(15)) {
	case 0:
		t->node[i]->length = odd_number();
		break;
	case 1:
		t->node[i]->mapping_offset = odd_number();
		break;
	case 2:
		t->node[i]->mapping_count = odd_number();
		break;
	case 3:
		t->rmr[i]->rmr_offset = odd_number();
		break;
	case 4:
		t->rmr[i]->rmr_count = odd_number();
		break;
	case 5:
		t->desc[i]->length = below(2) ? odd_number() :
					     -(u64)odd_number();
		break;
	case 6:
		t->desc[i]->base_address = -(u64)odd_number();
		break;
	case 7:
		t->map[i]->output_reference = odd_number();
		break;
	case 8:
		t->map[i]->id_count = odd_number();
		break;
	case 9:
		t->map[i]->output_base = odd_number();
		break;
	case 10:
		t->iort->node_count = odd_number();
		break;
	case 11:
		t->iort->node_offset = odd_number();
		break;
	case 12:
		t->iort->header.length -= below(64);
		break;
	case 13:
		*(u8 *)(iort_put(t, 24) + below(24)) = below(2);
		t->iort->node_count++;
		break;
	case 14:
		((u8 *)t->iort)[sizeof(*t->iort) +
			below(t->iort->header.length - sizeof(*t->iort))] =
			prandom_u32_state(&rnd);
		break;
	}
}

static void iort_generate(struct iort_test *t)
{
	u32 i, n, nr_maps, damages = below(4);

	for (i = 0; i < NR_RMRS; i++) {
		nr_maps = 1 + below(3);
		iort_put_rmr(t, i, MEMORY + SZ_64K * below(8),
			     SZ_64K * (1 + below(4)), nr_maps);
		t->rmr[i]->flags = below(32) | below(2);
		for (n = 0; n < nr_maps; n++) {
			t->map[i][n].output_base = 0x10 * (1 + below(4));
			t->map[i][n].id_count = 0x10 * below(3);
			t->map[i][n].output_reference =
				(void *)t->smmu[below(NR_SMMUS)] -
				(void *)t->iort;
		}
		for (n = below(3); n; n--) {
			*(struct acpi_iort_rmr_desc *)
				iort_put(t, sizeof(*t->desc[i])) =
				(struct acpi_iort_rmr_desc){
					MEMORY + SZ_64K * below(8),
					SZ_64K * (1 + below(4)) };
			t->rmr[i]->rmr_count++;
		}
		iort_end_node(t, t->node[i]);
	}
	while (damages--)
		iort_damage(t);
}

static bool resv_is_direct_at(const struct iommu_resv *resv, u64 addr)
{
	const struct iommu_resv_range *range;

	for (range = resv->ranges; range < iommu_resv_end(resv); range++)
		if (range->type == IOMMU_RESV_DIRECT &&
		    range->start <= addr && addr <= range->last)
			return true;
	return false;
}

static bool rule_is_direct_at(const struct iort_rule *rule, u64 addr)
{
	unsigned int n;

	for (n = 0; n < rule->nr; n++)
		if ((rule->start[n] & PAGE_MASK) <= addr &&
		    addr <= (rule->last[n] | ~PAGE_MASK))
			return true;
	return false;
}

/*
 * Do parser and rule differ in what is direct, at the ends of any range that
 * one of them has, or a page beyond?
 */
static bool iort_ranges_differ(const struct iommu_resv *resv,
			       const struct iort_rule *rule)
{
	unsigned int n, i;

	for (n = 0; n < rule->nr + resv->nr; n++) {
		bool of_rule = n < rule->nr;
		u64 start = of_rule ? rule->start[n] :
				      resv->ranges[n - rule->nr].start;
		u64 last = of_rule ? rule->last[n] :
				     resv->ranges[n - rule->nr].last;
		u64 at[] = { start, last, start - PAGE_SIZE, last + PAGE_SIZE };

		for (i = 0; i < ARRAY_SIZE(at); i++)
			if (resv_is_direct_at(resv, at[i]) !=
			    rule_is_direct_at(rule, at[i]))
				return true;
	}
	return false;
}

static void iort_generated_holds_what_it_names(struct kunit *test)
{
	unsigned long warned = get_taint() & BIT(TAINT_WARN);
	unsigned int number, nr_direct = 0, nr_open = 0;
	struct iort_test *t = test->priv;
	LIST_HEAD(list);
	int i;

	t->loglevel = console_loglevel;
	console_loglevel = CONSOLE_LOGLEVEL_QUIET;
	for (number = 0; number < count; number++) {
		prandom_seed_state(&rnd, hash_64(((u64)seed << 32) + number,
						 32));
		iort_forget(t);
		iort_begin(t);
		iort_generate(t);
		iort_use(test);
		for (i = 0; i < ARRAY_SIZE(masters); i++) {
			struct iort_rule rule = {
				.smmu = (void *)t->smmu[masters[i].smmu] -
					(void *)t->iort,
				.sid = masters[i].sid,
			};
			struct iommu_resv *resv = iort_snapshot(test, i);
			char c = iort_concludes(resv), expected;
			bool differ;

			rule_read((u8 *)t->iort, &rule);
			expected = rule_concludes(&rule);
			differ = iort_ranges_differ(resv, &rule);
			nr_direct += iommu_resv_requires_direct(resv);
			nr_open += strchr("r-", c) && !strchr("r-", expected);
			kvfree(resv);
			KUNIT_EXPECT_EQ_MSG(test, c, expected,
					    "table %u of seed %u, master %d",
					    number, seed, i);
			KUNIT_EXPECT_FALSE_MSG(test, differ,
					       "ranges, table %u of seed %u, master %d",
					       number, seed, i);
		}
		/* The SMMU drivers parse the table at boot, too */
		for (i = 0; i < NR_SMMUS; i++) {
			iort_get_rmr_sids(&t->fwnode[i], &list);
			iort_put_rmr_sids(&t->fwnode[i], &list);
			INIT_LIST_HEAD(&list);
		}
	}
	console_loglevel = t->loglevel;
	KUNIT_EXPECT_EQ(test, warned, get_taint() & BIT(TAINT_WARN));
	kunit_info(test, "seed %u: %u tables, %u times a device was direct, %u times it was wrongly open\n",
		   seed, number, nr_direct, nr_open);
}
