// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit tests of what page tables say that a page permits.
 *
 * Each format is asked through the driver that has it, or through io-pgtable
 * where drivers only pass the question on. No hardware uses the tables.
 */
#include <kunit/device.h>
#include <kunit/test.h>
#include <linux/err.h>
#include <linux/io-pgtable.h>
#include <linux/iommu.h>
#include <linux/sizes.h>
#include <linux/slab.h>

#include "iommu-prot-kunit.h"

#define R	IOMMU_READ
#define W	IOMMU_WRITE
#define RW	(IOMMU_READ | IOMMU_WRITE)

/* All tables have room around that */
#define IOVA	SZ_1G
#define PADDR	((phys_addr_t)SZ_1G)

/**
 * struct table - a page table, as a driver's domain or as io-pgtable has it
 * @domain: the domain, or NULL
 * @ops: operations of io-pgtable if there is no domain
 */
struct table {
	struct iommu_domain *domain;
	struct io_pgtable_ops *ops;
};

/**
 * struct format - a page table format
 * @name: for people
 * @alloc: makes a driver's domain that uses it, or NULL for io-pgtable alone
 * @free: frees that
 * @fmt: format of io-pgtable, if it is one
 * @quirks: those of io-pgtable
 * @ias: bits of an IOVA, for io-pgtable
 * @sizes: leaf sizes to test
 * @write_only: what a page mapped with IOMMU_WRITE alone permits
 */
struct format {
	const char *name;
	struct iommu_domain *(*alloc)(void);
	void (*free)(struct iommu_domain *domain);
	enum io_pgtable_fmt fmt;
	unsigned long quirks;
	unsigned int ias;
	unsigned long sizes;
	int write_only;
};

static void flush_all(void *cookie)
{
}

static void flush_walk(unsigned long iova, size_t size, size_t granule,
		       void *cookie)
{
}

static void flush_page(struct iommu_iotlb_gather *gather, unsigned long iova,
		       size_t granule, void *cookie)
{
}

static const struct iommu_flush_ops flush_ops = {
	.tlb_flush_all = flush_all,
	.tlb_flush_walk = flush_walk,
	.tlb_add_page = flush_page,
};

static struct io_pgtable_ops *make_arm(struct kunit *test,
				       const struct format *format)
{
	struct io_pgtable_cfg cfg = {
		.quirks = format->quirks,
		.pgsize_bitmap = format->sizes,
		.ias = format->ias,
		.oas = min(format->ias, 40),
		.coherent_walk = true,
		.tlb = &flush_ops,
	};
	struct io_pgtable_ops *ops;
	struct device *dev;

	if (format->fmt == ARM_V7S && !IS_ENABLED(CONFIG_IOMMU_IO_PGTABLE_ARMV7S))
		kunit_skip(test, "needs CONFIG_IOMMU_IO_PGTABLE_ARMV7S");
	if (format->fmt != ARM_V7S && !IS_ENABLED(CONFIG_IOMMU_IO_PGTABLE_LPAE))
		kunit_skip(test, "needs CONFIG_IOMMU_IO_PGTABLE_LPAE");

	dev = kunit_device_register(test, "iommu-prot");
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, dev);
	cfg.iommu_dev = dev;
	ops = alloc_io_pgtable_ops(format->fmt, &cfg, NULL);
	KUNIT_ASSERT_NOT_NULL(test, ops);
	return ops;
}

static void make(struct kunit *test, const struct format *format,
		 struct table *table)
{
	if (!format->alloc) {
		table->ops = make_arm(test, format);
		return;
	}
	table->domain = format->alloc();
	KUNIT_ASSERT_NOT_NULL(test, table->domain);
	table->domain->type = IOMMU_DOMAIN_UNMANAGED;
	table->domain->pgsize_bitmap = format->sizes;
	table->domain->geometry.aperture_end = U32_MAX;
}

static void unmake(const struct format *format, struct table *table)
{
	if (table->domain)
		format->free(table->domain);
	else
		free_io_pgtable_ops(table->ops);
}

/*
 * Where reads cannot be denied, a page that is written is one that is read:
 * stage 1 of Arm, and where a single bit is present and readable.
 */
static const struct format formats[] = {
	/* Behind generic page tables there are other tests, one suite a format */
#if IS_ENABLED(CONFIG_INTEL_IOMMU) && !IS_ENABLED(CONFIG_IOMMU_PT)
	{ .name = "intel", .alloc = prot_alloc_intel, .free = iommu_domain_free,
	  .sizes = SZ_4K | SZ_2M | SZ_1G, .write_only = RW },
	{ .name = "intel_first_level", .alloc = prot_alloc_intel_first_level,
	  .free = iommu_domain_free, .sizes = SZ_4K | SZ_2M | SZ_1G,
	  .write_only = RW },
#endif
#if IS_ENABLED(CONFIG_AMD_IOMMU) && !IS_ENABLED(CONFIG_IOMMU_PT)
	{ .name = "amd_v1", .alloc = prot_alloc_amd_v1, .free = prot_free_amd,
	  .sizes = SZ_4K | SZ_64K | SZ_2M | SZ_16M | SZ_1G, .write_only = W },
	{ .name = "amd_v2", .alloc = prot_alloc_amd_v2, .free = prot_free_amd,
	  .sizes = SZ_4K | SZ_2M | SZ_1G, .write_only = RW },
#endif
	{ .name = "lpae_64_s1",
	  .fmt = ARM_64_LPAE_S1, .ias = 48, .sizes = SZ_4K | SZ_2M | SZ_1G,
	  .write_only = RW },
	{ .name = "lpae_64_s1_dirty",
	  .fmt = ARM_64_LPAE_S1, .quirks = IO_PGTABLE_QUIRK_ARM_HD, .ias = 48,
	  .sizes = SZ_4K | SZ_2M | SZ_1G, .write_only = RW },
	{ .name = "lpae_64_s2",
	  .fmt = ARM_64_LPAE_S2, .ias = 40, .sizes = SZ_4K | SZ_2M | SZ_1G,
	  .write_only = W },
	{ .name = "lpae_32_s1",
	  .fmt = ARM_32_LPAE_S1, .ias = 32, .sizes = SZ_4K | SZ_2M | SZ_1G,
	  .write_only = RW },
	{ .name = "lpae_32_s2",
	  .fmt = ARM_32_LPAE_S2, .ias = 40, .sizes = SZ_4K | SZ_2M | SZ_1G,
	  .write_only = W },
	{ .name = "v7s", .fmt = ARM_V7S,
	  .ias = 32, .sizes = SZ_4K | SZ_64K | SZ_1M | SZ_16M,
	  .write_only = RW },
};

static void format_desc(const struct format *format, char *desc)
{
	strscpy(desc, format->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(format, formats, format_desc);

static int table_map(struct table *table, size_t size, int prot)
{
	size_t mapped = 0;

	if (table->domain)
		return iommu_map(table->domain, IOVA, PADDR, size, prot,
				 GFP_KERNEL);
	return table->ops->map_pages(table->ops, IOVA, PADDR, size, 1, prot,
				     GFP_KERNEL, &mapped);
}

static size_t table_unmap(struct table *table, size_t size)
{
	if (table->domain)
		return iommu_unmap(table->domain, IOVA, size);
	return table->ops->unmap_pages(table->ops, IOVA, size, 1, NULL);
}

static int table_prot(struct table *table, unsigned long iova)
{
	if (table->domain)
		return table->domain->ops->iova_to_prot(table->domain, iova);
	return table->ops->iova_to_prot(table->ops, iova);
}

static void expect_prot(struct kunit *test, struct table *table, size_t size,
			int inside)
{
	KUNIT_EXPECT_EQ_MSG(test, table_prot(table, IOVA), inside,
			    "first byte, size %#zx", size);
	KUNIT_EXPECT_EQ_MSG(test, table_prot(table, IOVA + size - 1), inside,
			    "last byte, size %#zx", size);
	KUNIT_EXPECT_EQ_MSG(test, table_prot(table, IOVA - 1), 0,
			    "before, size %#zx", size);
	KUNIT_EXPECT_EQ_MSG(test, table_prot(table, IOVA + size), 0,
			    "behind, size %#zx", size);
}

static void page_permits_what_it_was_mapped_with(struct kunit *test)
{
	const struct format *format = test->param_value;
	unsigned long sizes = format->sizes;
	const struct {
		int prot;
		int permits;
	} maps[] = {
		{ R, R },
		{ W, format->write_only },
		{ RW, RW },
		/* Flags of other meaning are not in the answer */
		{ RW | IOMMU_CACHE | IOMMU_NOEXEC | IOMMU_PRIV, RW },
	};
	struct table table = {};
	unsigned int i, bit;

	make(test, format, &table);
	for_each_set_bit(bit, &sizes, BITS_PER_LONG) {
		size_t size = 1UL << bit;

		for (i = 0; i < ARRAY_SIZE(maps); i++) {
			expect_prot(test, &table, size, 0);
			KUNIT_EXPECT_EQ(test, 0, table_map(&table, size, maps[i].prot));
			expect_prot(test, &table, size, maps[i].permits);
			KUNIT_EXPECT_EQ(test, size, table_unmap(&table, size));
		}
		expect_prot(test, &table, size, 0);
	}
	unmake(format, &table);
}

/* It is read-only in the table until it is written */
static void clean_page_is_writeable(struct kunit *test)
{
	static const struct format format = {
		.fmt = ARM_64_LPAE_S1, .quirks = IO_PGTABLE_QUIRK_ARM_HD,
		.ias = 48, .sizes = SZ_4K | SZ_2M | SZ_1G,
	};
	struct iommu_dirty_bitmap dirty;
	struct table table = {};

	make(test, &format, &table);
	iommu_dirty_bitmap_init(&dirty, NULL, NULL);
	KUNIT_EXPECT_EQ(test, 0, table_map(&table, SZ_2M, RW));
	KUNIT_EXPECT_EQ(test, 0,
			table.ops->read_and_clear_dirty(table.ops, IOVA, SZ_2M,
							0, &dirty));
	expect_prot(test, &table, SZ_2M, RW);
	unmake(&format, &table);
}

static struct kunit_case prot_test_cases[] = {
	KUNIT_CASE_PARAM(page_permits_what_it_was_mapped_with, format_gen_params),
	KUNIT_CASE(clean_page_is_writeable),
	{}
};

static struct kunit_suite prot_test_suite = {
	.name = "iommu_prot",
	.test_cases = prot_test_cases,
};

kunit_test_suite(prot_test_suite);

MODULE_DESCRIPTION("KUnit tests of what IOMMU page tables permit");
MODULE_LICENSE("GPL");
