// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit tests of domains of the DMA API: which ranges are reserved in one that
 * is in use when a device joins.
 */
#include <kunit/test.h>
#include <linux/dma-mapping.h>
#include <linux/gfp.h>
#include <linux/iommu.h>
#include <linux/iommu-dma.h>
#include <linux/preempt.h>

#include "../../dma-iommu.h"
#include "mock_driver.h"

#define IN_USE	"in use for the DMA of another device"

/* Ranges that no other device has */
#define SPARE_DIRECT	{ 0x10000000, SZ_64K, RW, DIRECT, TABLE }
#define SPARE_WINDOW	{ 0x30000000, SZ_64K, 0, IOMMU_RESV_RESERVED, TABLE }

/* A page, and the IOVA at which it is mapped for @dev */
struct buffer {
	struct page *page;
	struct device *dev;
	dma_addr_t iova;
};

static void buffer_map(struct kunit *test, struct buffer *buffer)
{
	buffer->iova = dma_map_page(buffer->dev, buffer->page, 0, PAGE_SIZE,
				    DMA_BIDIRECTIONAL);
	KUNIT_ASSERT_FALSE(test, dma_mapping_error(buffer->dev, buffer->iova));
}

static void buffer_unmap(struct buffer *buffer)
{
	dma_unmap_page(buffer->dev, buffer->iova, PAGE_SIZE, DMA_BIDIRECTIONAL);
}

static void free_page_action(void *page)
{
	__free_page(page);
}

static struct buffer buffer_new(struct kunit *test, struct mock_dev *mdev)
{
	struct buffer buffer = { alloc_page(GFP_KERNEL), mdev->dev };

	KUNIT_ASSERT_NOT_NULL(test, buffer.page);
	KUNIT_ASSERT_EQ(test, 0,
			kunit_add_action_or_reset(test, free_page_action,
						  buffer.page));
	buffer_map(test, &buffer);
	return buffer;
}

/* A region at @iova and the spare ones */
static struct firmware *firmware_at(struct kunit *test, dma_addr_t iova,
				    enum iommu_resv_type type)
{
	struct firmware *firmware =
		kunit_kzalloc(test, sizeof(*firmware), GFP_KERNEL);
	const int prot = type == IOMMU_RESV_RESERVED ? 0 : RW;

	KUNIT_ASSERT_NOT_NULL(test, firmware);
	*firmware = (struct firmware){ {
		{ iova, PAGE_SIZE, prot, type, TABLE },
		SPARE_DIRECT, SPARE_WINDOW,
	} };
	return firmware;
}

static bool is_reserved(struct iommu_domain *domain, phys_addr_t start,
			size_t size)
{
	return iommu_dma_range_is_reserved(domain, start, start + size - 1);
}

static void expect_spare_reserved(struct kunit *test,
				  struct iommu_domain *domain)
{
	KUNIT_EXPECT_TRUE(test, is_reserved(domain, 0x10000000, SZ_64K));
	KUNIT_EXPECT_TRUE(test, is_reserved(domain, 0x30000000, SZ_64K));
}

static const enum iommu_resv_type types[] = {
	IOMMU_RESV_DIRECT, IOMMU_RESV_DIRECT_RELAXABLE, IOMMU_RESV_RESERVED,
};

static void type_desc(const enum iommu_resv_type *type, char *desc)
{
	strscpy(desc, *type == IOMMU_RESV_DIRECT ? "direct" :
		      *type == IOMMU_RESV_RESERVED ? "window" : "relaxable",
		KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(type, types, type_desc);

/* One range is in use: it is reserved once it is free, the others at once */
static void join_goes_without_what_is_in_use(struct kunit *test)
{
	const enum iommu_resv_type *type = test->param_value;
	struct kmsg_dump_iter mark;
	struct iommu_domain *domain;
	struct mock_dev *free, *mdev;
	struct buffer buffer;
	dma_addr_t iova;

	mock_start(test);
	free = mock_plug_new(test, 1, &mock_nothing);
	domain = mock_default_domain(free);
	buffer = buffer_new(test, free);
	iova = buffer.iova;

	mark = mock_log_mark();
	mdev = mock_plug_new(test, 1, firmware_at(test, iova, *type));
	expect_spare_reserved(test, domain);
	KUNIT_EXPECT_FALSE(test, is_reserved(domain, iova, PAGE_SIZE));
	KUNIT_EXPECT_TRUE(test, use_dma_iommu(mdev->dev));
	KUNIT_EXPECT_EQ(test, 1,
			mock_log_count(&mark, dev_name(mdev->dev), TABLE,
				       IN_USE));

	/* The second time has the same result, and nothing is logged */
	KUNIT_EXPECT_EQ(test, 0, iommu_setup_dma_ops(mdev->dev, domain));
	KUNIT_EXPECT_FALSE(test, is_reserved(domain, iova, PAGE_SIZE));

	/*
	 * The range is free now and can be reserved, unless an allocation fails
	 */
	buffer_unmap(&buffer);
	if (!mock_fail_init()) {
		mock_fail_nth(1);
		KUNIT_EXPECT_EQ(test, 0,
				iommu_setup_dma_ops(mdev->dev, domain));
		KUNIT_EXPECT_FALSE(test, mock_fail_done());
		KUNIT_EXPECT_FALSE(test, is_reserved(domain, iova, PAGE_SIZE));
		KUNIT_EXPECT_TRUE(test, use_dma_iommu(mdev->dev));
	}
	KUNIT_EXPECT_EQ(test, 0, iommu_setup_dma_ops(mdev->dev, domain));
	KUNIT_EXPECT_TRUE(test, is_reserved(domain, iova, PAGE_SIZE));
	expect_spare_reserved(test, domain);
	KUNIT_EXPECT_EQ(test, 1,
			mock_log_count(&mark, dev_name(mdev->dev), TABLE,
				       IN_USE));

	buffer_map(test, &buffer);
	KUNIT_EXPECT_NE(test, buffer.iova, iova);
	buffer_unmap(&buffer);
}

/* Lazy unmapping: IOVAs wait for a flush before they are freed */
static struct iommu_domain_ops lazy_ops;

static void lazy_flush(struct iommu_domain *domain)
{
}

static bool lazy_capable(struct device *dev, enum iommu_cap cap)
{
	return cap == IOMMU_CAP_DEFERRED_FLUSH;
}

static void use_lazy(void)
{
	lazy_ops = mock_paging_ops;
	lazy_ops.flush_iotlb_all = lazy_flush;
	mock_iommu->ops.default_domain_ops = &lazy_ops;
	mock_iommu->ops.capable = lazy_capable;
}

static const bool lazies[] = { false, true };

static void lazy_desc(const bool *lazy, char *desc)
{
	strscpy(desc, *lazy ? "lazy" : "strict", KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(lazy, lazies, lazy_desc);

/* A freed IOVA can be reserved, even if a cache or flush queue has it */
static void join_reserves_what_was_freed(struct kunit *test)
{
	const bool *lazy = test->param_value;
	struct firmware *firmware;
	struct iommu_domain *domain;
	struct kmsg_dump_iter mark;
	struct buffer a, b;
	struct mock_dev *free;

	if (*lazy)
		use_lazy();
	mock_start(test);
	free = mock_plug_new(test, 1, &mock_nothing);
	domain = mock_default_domain(free);
	KUNIT_ASSERT_EQ(test, domain->type,
			*lazy ? IOMMU_DOMAIN_DMA_FQ : IOMMU_DOMAIN_DMA);
	a = buffer_new(test, free);
	b = buffer_new(test, free);
	buffer_unmap(&a);
	buffer_unmap(&b);

	/* A device without regions to be mapped 1:1 */
	firmware = firmware_at(test, a.iova, IOMMU_RESV_RESERVED);
	memset(&firmware->regions[1], 0, sizeof(firmware->regions[1]));
	mark = mock_log_mark();
	mock_plug_new(test, 1, firmware);
	KUNIT_EXPECT_TRUE(test, is_reserved(domain, a.iova, PAGE_SIZE));
	KUNIT_EXPECT_FALSE(test, is_reserved(domain, b.iova, PAGE_SIZE));
	KUNIT_EXPECT_EQ(test, 0, mock_log_count(&mark, TABLE, IN_USE, NULL));
}

/* The IOVA caches are not flushed if the ranges of the device are free */
static void join_flushes_only_for_what_is_in_the_way(struct kunit *test)
{
	static const struct firmware spare = { { SPARE_DIRECT, SPARE_WINDOW } };
	struct mock_dev *free, *mdev;
	struct buffer a, b;
	dma_addr_t last;

	mock_start(test);
	free = mock_plug_new(test, 1, &mock_nothing);
	mdev = mock_new_dev(test, 1, &spare);
	a = buffer_new(test, free);
	b = buffer_new(test, free);

	/*
	 * The caches are per CPU. They return the IOVA that was freed last; the
	 * allocator would return the highest one.
	 */
	migrate_disable();
	buffer_unmap(&a);
	buffer_unmap(&b);
	last = b.iova;
	mock_try_plug(mdev);
	b.iova = dma_map_page(b.dev, b.page, 0, PAGE_SIZE, DMA_BIDIRECTIONAL);
	migrate_enable();

	KUNIT_ASSERT_NOT_NULL(test, mdev->dev);
	expect_spare_reserved(test, mock_default_domain(free));
	KUNIT_EXPECT_LT(test, last, a.iova);
	KUNIT_EXPECT_EQ(test, b.iova, last);
	if (!dma_mapping_error(b.dev, b.iova))
		buffer_unmap(&b);
}

static void range_is_reserved(struct kunit *test)
{
	static const struct firmware firmware = { {
		SPARE_DIRECT,
		{ 0x10010000, SZ_64K, 0, IOMMU_RESV_RESERVED, TABLE },
		{ 0x40000000, SZ_64K, RW, IOMMU_RESV_SW_MSI, TABLE },
	} };
	static const struct {
		phys_addr_t start;
		phys_addr_t last;
		bool reserved;
	} ranges[] = {
		{ 0x10000000, 0x1000ffff, true },
		{ 0x10000001, 0x10000001, true },
		{ 0x10000fff, 0x10001000, true },
		{ 0x10000000, 0x1001ffff, true },
		{ 0x1000f000, 0x10010fff, true },
		{ 0x0fffffff, 0x1000ffff, false },
		{ 0x10000000, 0x10020000, false },
		{ 0x40000000, 0x4000ffff, false },
		{ 0, ~(phys_addr_t)0, false },
	};
	struct iommu_domain *domain;
	struct mock_dev *mdev;
	unsigned int i, joins;
	bool reserved;

	mock_start(test);
	KUNIT_EXPECT_TRUE(test, iommu_dma_range_is_reserved(&mock_identity, 0,
							    SZ_4K));
	for (joins = 0; joins < 2; joins++) {
		if (joins)
			mock_plug_new(test, 2, &mock_nothing);
		mdev = mock_plug_new(test, 1 + joins, &firmware);
		domain = mock_default_domain(mdev);
		for (i = 0; i < ARRAY_SIZE(ranges); i++) {
			reserved = iommu_dma_range_is_reserved(domain,
							       ranges[i].start,
							       ranges[i].last);
			KUNIT_EXPECT_EQ_MSG(test, ranges[i].reserved, reserved,
					    "range %u, joins %u", i, joins);
		}
	}
}

static struct kunit_case join_test_cases[] = {
	KUNIT_CASE_PARAM(join_goes_without_what_is_in_use, type_gen_params),
	KUNIT_CASE_PARAM(join_reserves_what_was_freed, lazy_gen_params),
	KUNIT_CASE(join_flushes_only_for_what_is_in_the_way),
	KUNIT_CASE(range_is_reserved),
	{}
};

static struct kunit_suite join_test_suite = {
	.name = "iommu_join",
	.init = mock_test_init,
	.exit = mock_test_exit,
	.test_cases = join_test_cases,
};

kunit_test_suite(join_test_suite);

MODULE_DESCRIPTION("KUnit tests of what is kept from a DMA domain's allocator");
MODULE_LICENSE("GPL");
