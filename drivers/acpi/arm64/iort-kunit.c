// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit tests of the kernel's parser of RMRs, with valid and damaged IORTs.
 * iort.c includes this file at its end.
 */
#include <kunit/test.h>
#include <linux/device.h>
#include <linux/err.h>
#include <linux/printk.h>
#include <linux/sizes.h>

#include "../../iommu/direct/snapshot.h"
#include "../../iommu/tests/mock.h"

#define MEMORY		0x84800000ULL
#define MEMORY_2	0x85800000ULL	/* 16 MiB above */

enum { SMMU_A, SMMU_B, NR_SMMUS };
enum { RMR_1, RMR_2, NR_RMRS };

/*
 * The devices, by SMMU and stream ID. RMR_1 has an ID mapping for each of the
 * first two. RMR_2, the next node of the table, has one for the third.
 */
static const struct {
	int smmu;
	u32 sid;
} masters[] = {
	{ SMMU_A, 0x10 },
	{ SMMU_A, 0x20 },
	{ SMMU_A, 0x30 },
	{ SMMU_A, 0x40 },
	{ SMMU_B, 0x10 },
};

struct iort_test {
	struct acpi_table_iort *iort;
	struct acpi_iort_node *smmu[NR_SMMUS];
	struct acpi_iort_node *node[NR_RMRS];
	struct acpi_iort_rmr *rmr[NR_RMRS];
	struct acpi_iort_id_mapping *map[NR_RMRS];
	struct acpi_iort_rmr_desc *desc[NR_RMRS];
	struct fwnode_handle fwnode[NR_SMMUS];
	/* A copy of @iort for the parser, which ends where its memory does */
	struct acpi_table_header *table;
	struct acpi_iort_node *known[NR_SMMUS];
	struct device *dev;
	struct dev_iommu iommu;
	struct iommu_fwspec *fwspec;
	/* The console's loglevel, to be restored */
	int loglevel;
};

static void *iort_put(struct iort_test *t, u32 len)
{
	void *p = (void *)t->iort + t->iort->header.length;

	t->iort->header.length += len;
	return p;
}

static struct acpi_iort_node *iort_put_node(struct iort_test *t, u8 type)
{
	struct acpi_iort_node *node = iort_put(t, sizeof(*node));

	node->type = type;
	node->revision = 3;
	t->iort->node_count++;
	return node;
}

static void iort_end_node(struct iort_test *t, struct acpi_iort_node *node)
{
	node->length = (void *)t->iort + t->iort->header.length - (void *)node;
}

static void iort_put_smmu(struct iort_test *t, int i)
{
	t->smmu[i] = iort_put_node(t, ACPI_IORT_NODE_SMMU_V3);
	iort_put(t, sizeof(struct acpi_iort_smmu_v3));
	iort_end_node(t, t->smmu[i]);
}

static void iort_put_rmr(struct iort_test *t, int i, u64 start, u64 length,
			 u32 nr_maps)
{
	struct acpi_iort_node *node = iort_put_node(t, ACPI_IORT_NODE_RMR);
	u32 n;

	t->node[i] = node;
	t->rmr[i] = iort_put(t, sizeof(*t->rmr[i]));
	t->map[i] = iort_put(t, nr_maps * sizeof(*t->map[i]));
	node->mapping_offset = (void *)t->map[i] - (void *)node;
	node->mapping_count = nr_maps;
	for (n = 0; n < nr_maps; n++)
		t->map[i][n].output_reference = (void *)t->smmu[SMMU_A] -
						(void *)t->iort;
	t->desc[i] = iort_put(t, sizeof(*t->desc[i]));
	t->desc[i]->base_address = start;
	t->desc[i]->length = length;
	t->rmr[i]->rmr_offset = (void *)t->desc[i] - (void *)node;
	t->rmr[i]->rmr_count = 1;
	iort_end_node(t, node);
}

static void iort_put_whole(struct iort_test *t)
{
	iort_put_rmr(t, RMR_1, MEMORY, SZ_8M, 2);
	t->map[RMR_1][0].output_base = masters[0].sid;
	t->map[RMR_1][1].output_base = masters[1].sid;
	iort_put_rmr(t, RMR_2, MEMORY_2, SZ_64K, 1);
	t->map[RMR_2]->output_base = masters[2].sid;
}

/* Let the parser use a copy of @t->iort */
static void iort_use(struct kunit *test)
{
	struct iort_test *t = test->priv;
	int i;

	/* Of exactly this size, so that KASAN finds reads beyond the end */
	t->table = kmemdup(t->iort, t->iort->header.length, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, t->table);
	for (i = 0; i < NR_SMMUS; i++) {
		struct acpi_iort_node *node = (void *)t->table +
			((void *)t->smmu[i] - (void *)t->iort);

		KUNIT_ASSERT_EQ(test, 0, iort_set_fwnode(node, &t->fwnode[i]));
		t->known[i] = node;
	}
	iort_table = t->table;
}

static int iort_report(struct iort_test *t, int i, struct list_head *list)
{
	t->fwspec->iommu_fwnode = &t->fwnode[masters[i].smmu];
	t->fwspec->num_ids = 1;
	t->fwspec->ids[0] = masters[i].sid;
	return iort_iommu_get_resv_regions(t->dev, list);
}

static struct iommu_resv *iort_snapshot(struct kunit *test, int i)
{
	struct iort_test *t = test->priv;
	struct iommu_resv *resv;
	LIST_HEAD(list);

	/* On an error, the device would have no IOMMU */
	KUNIT_EXPECT_EQ(test, 0, iort_report(t, i, &list));
	resv = iommu_resv_snapshot(t->dev, &list);
	iommu_put_resv_regions(t->dev, &list);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, resv);
	return resv;
}

/*
 * What a device has: 'd' a direct region, 'm' a malformed one, 'b' both, 'r'
 * only a relaxable one, '-' none. All but the last two prevent assignment.
 */
static char iort_concludes(const struct iommu_resv *resv)
{
	if (resv->nr_direct)
		return resv->broken_source ? 'b' : 'd';
	if (resv->broken_source)
		return 'm';
	return resv->nr ? 'r' : '-';
}

static char iort_concluded(struct kunit *test, int i)
{
	struct iommu_resv *resv = iort_snapshot(test, i);
	char c = iort_concludes(resv);

	kvfree(resv);
	return c;
}

static void damage_nothing(struct iort_test *t)
{
}

static void damage_old(struct iort_test *t)
{
	t->iort->header.revision = 4;
}

static void damage_first_offset(struct iort_test *t)
{
	t->iort->node_offset = 0xfffffff0;
}

static void damage_first_in_header(struct iort_test *t)
{
	t->iort->node_offset = 8;
}

static void damage_node_count(struct iort_test *t)
{
	t->iort->node_count++;
}

static void damage_padding(struct iort_test *t)
{
	t->iort->node_count++;
	iort_put(t, 20);
}

static void damage_padding_not_zero(struct iort_test *t)
{
	t->iort->node_count++;
	*(u8 *)(iort_put(t, 20) + 19) = 1;
}

static void damage_length_0(struct iort_test *t)
{
	t->iort->node_count = U32_MAX;
	t->node[RMR_1]->length = 0;
}

static void damage_length_short(struct iort_test *t)
{
	t->smmu[SMMU_B]->length = sizeof(struct acpi_iort_node) - 1;
}

static void damage_length_over_next(struct iort_test *t)
{
	t->node[RMR_1]->length = U16_MAX;
}

static void damage_length_of_last(struct iort_test *t)
{
	t->node[RMR_2]->length += 100;
}

static void damage_no_body(struct iort_test *t)
{
	t->node[RMR_2]->length = sizeof(struct acpi_iort_node);
}

static void damage_cut_header(struct iort_test *t)
{
	t->iort->header.length = (void *)t->node[RMR_2] + 4 - (void *)t->iort;
}

static void damage_cut_maps(struct iort_test *t)
{
	t->iort->header.length = (void *)t->map[RMR_2] + 4 - (void *)t->iort;
}

static void damage_cut_descs(struct iort_test *t)
{
	t->iort->header.length--;
}

static void damage_no_map(struct iort_test *t)
{
	t->node[RMR_1]->mapping_count = 0;
}

static void damage_no_map_relaxable(struct iort_test *t)
{
	t->node[RMR_1]->mapping_count = 0;
	t->rmr[RMR_1]->flags = ACPI_IORT_RMR_REMAP_PERMITTED;
}

static void damage_no_map_no_memory(struct iort_test *t)
{
	t->node[RMR_1]->mapping_count = 0;
	t->rmr[RMR_1]->rmr_count = 0;
}

static void damage_map_offset(struct iort_test *t)
{
	t->node[RMR_1]->mapping_offset = t->node[RMR_1]->length - 4;
}

static void damage_map_in_header(struct iort_test *t)
{
	t->node[RMR_1]->mapping_offset = 4;
}

static void damage_map_count(struct iort_test *t)
{
	/* In 32 bits, this times the size of a mapping is 0 */
	t->node[RMR_1]->mapping_count = 1U << 30;
}

static void damage_map_to_no_device(struct iort_test *t)
{
	t->map[RMR_1][0].output_reference += 1;
}

static void damage_map_far_away(struct iort_test *t)
{
	t->map[RMR_1][0].output_reference = U32_MAX;
}

static void damage_map_to_other(struct iort_test *t)
{
	t->map[RMR_1][0].output_reference = (void *)t->smmu[SMMU_B] -
					    (void *)t->iort;
}

static void damage_id_count_max(struct iort_test *t)
{
	t->map[RMR_1][0].id_count = U32_MAX;
}

static void damage_id_count_wraps(struct iort_test *t)
{
	t->map[RMR_1][1].id_count = 0xfffffff0;
}

static void damage_no_desc(struct iort_test *t)
{
	t->rmr[RMR_1]->rmr_count = 0;
}

static void damage_desc_offset(struct iort_test *t)
{
	t->rmr[RMR_1]->rmr_offset = U32_MAX - 3;
}

static void damage_desc_offset_0(struct iort_test *t)
{
	t->rmr[RMR_1]->rmr_offset = 0;
}

static void damage_desc_count(struct iort_test *t)
{
	t->rmr[RMR_1]->rmr_count = 1U << 30;
}

static void damage_desc_length_0(struct iort_test *t)
{
	t->desc[RMR_1]->base_address += 0x10;
	t->desc[RMR_1]->length = 0;
}

static void damage_desc_wraps(struct iort_test *t)
{
	t->desc[RMR_1]->base_address = 0x10;
	t->desc[RMR_1]->length = U64_MAX;
}

static void damage_remap_permitted(struct iort_test *t)
{
	t->rmr[RMR_1]->flags = ACPI_IORT_RMR_REMAP_PERMITTED;
}

static void damage_lost_desc_relaxable(struct iort_test *t)
{
	t->rmr[RMR_1]->flags = ACPI_IORT_RMR_REMAP_PERMITTED;
	t->rmr[RMR_1]->rmr_offset = 0;
}

static void damage_flags(struct iort_test *t)
{
	t->rmr[RMR_1]->flags = ~ACPI_IORT_RMR_REMAP_PERMITTED;
}

#define DAMAGE(name, concluded) { #name, damage_ ## name, concluded }

static const struct damage {
	const char *name;
	void (*to)(struct iort_test *t);
	/* Expected from iort_concluded(), a character for each of masters[] */
	const char *concluded;
} damages[] = {
	DAMAGE(nothing,			"ddd--"),
	DAMAGE(flags,			"ddd--"),
	DAMAGE(remap_permitted,		"rrd--"),
	/* RMRs are used from revision 5 (E.d) on */
	DAMAGE(old,			"-----"),
	/* A node cannot be read: it may be an RMR for any device */
	DAMAGE(first_offset,		"mmmmm"),
	DAMAGE(first_in_header,		"mmmmm"),
	DAMAGE(length_0,		"mmmmm"),
	DAMAGE(length_short,		"mmmmm"),
	DAMAGE(length_over_next,	"bbmmm"),
	DAMAGE(node_count,		"bbbmm"),
	DAMAGE(padding_not_zero,	"bbbmm"),
	DAMAGE(cut_header,		"bbmmm"),
	/* The ID mappings cannot be read: the RMR may be for any device */
	DAMAGE(no_body,			"bbmmm"),
	DAMAGE(cut_maps,		"bbmmm"),
	DAMAGE(no_map,			"mmbmm"),
	DAMAGE(map_offset,		"mmbmm"),
	DAMAGE(map_in_header,		"mmbmm"),
	DAMAGE(map_count,		"mmbmm"),
	/* The stream IDs can be read: only devices with these are affected */
	DAMAGE(map_to_no_device,	"mdd-m"),
	DAMAGE(map_far_away,		"mdd-m"),
	DAMAGE(map_to_other,		"-dd-d"),
	DAMAGE(id_count_max,		"dddd-"),
	DAMAGE(id_count_wraps,		"dddd-"),
	/* The mappings can be read, but not the memory, or it is invalid */
	DAMAGE(cut_descs,		"ddm--"),
	DAMAGE(desc_offset,		"mmd--"),
	DAMAGE(desc_offset_0,		"mmd--"),
	DAMAGE(desc_count,		"mmd--"),
	DAMAGE(desc_length_0,		"mmd--"),
	DAMAGE(desc_wraps,		"mmd--"),
	/* Nothing is lost that could be a direct region */
	DAMAGE(no_desc,			"--d--"),
	DAMAGE(no_map_no_memory,	"--d--"),
	DAMAGE(no_map_relaxable,	"--d--"),
	DAMAGE(lost_desc_relaxable,	"--d--"),
	DAMAGE(padding,			"ddd--"),
	DAMAGE(length_of_last,		"ddd--"),
};

static void damage_desc(const struct damage *damage, char *desc)
{
	strscpy(desc, damage->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(damage, damages, damage_desc);

static void iort_holds_what_may_be_named(struct kunit *test)
{
	const struct damage *damage = test->param_value;
	char concluded[ARRAY_SIZE(masters) + 1] = {};
	struct iort_test *t = test->priv;
	LIST_HEAD(list);
	int i;

	iort_put_whole(t);
	damage->to(t);
	iort_use(test);
	for (i = 0; i < ARRAY_SIZE(masters); i++)
		concluded[i] = iort_concluded(test, i);
	KUNIT_EXPECT_STREQ(test, concluded, damage->concluded);

	/* What the SMMU drivers do at boot has to end, whatever it finds */
	for (i = 0; i < NR_SMMUS; i++) {
		iort_get_rmr_sids(&t->fwnode[i], &list);
		iort_put_rmr_sids(&t->fwnode[i], &list);
		INIT_LIST_HEAD(&list);
	}
}

/* At boot, the driver of SMMU_A gets exactly @sids, in this order */
static void expect_sids(struct kunit *test, const u32 *sids, int nr)
{
	struct iort_test *t = test->priv;
	struct iommu_resv_region *region;
	LIST_HEAD(list);
	int n = 0;
	u32 i;

	iort_get_rmr_sids(&t->fwnode[SMMU_A], &list);
	list_for_each_entry(region, &list, list) {
		struct iommu_iort_rmr_data *rmr =
			container_of(region, struct iommu_iort_rmr_data, rr);

		for (i = 0; i < rmr->num_sids; i++, n++)
			KUNIT_EXPECT_EQ(test, rmr->sids[i],
					n < nr ? sids[n] : 0);
	}
	KUNIT_EXPECT_EQ(test, n, nr);
	iort_put_rmr_sids(&t->fwnode[SMMU_A], &list);
}

static void iort_tells_smmu_the_streams(struct kunit *test)
{
	static const u32 sids[] = { 0x10, 0x11, 0x12, 0x20, 0x30 };
	struct iort_test *t = test->priv;

	iort_put_whole(t);
	t->map[RMR_1][0].id_count = 2;
	iort_use(test);
	expect_sids(test, sids, ARRAY_SIZE(sids));
}

/* The stream IDs of one mapping are too many to allocate: keep all others */
static void iort_loses_one_range_only(struct kunit *test)
{
	static const u32 sids[] = { 0x10, 0x30 };
	struct iort_test *t = test->priv;

	iort_put_whole(t);
	t->map[RMR_1][1].id_count = 0x7fffffff;
	iort_use(test);
	expect_sids(test, sids, ARRAY_SIZE(sids));
}

/* At boot, the stream IDs matter, and which memory they use does not */
static void iort_bypasses_without_descriptors(struct kunit *test)
{
	static const u32 sids[] = { 0x10, 0x20, 0x30 };
	struct iort_test *t = test->priv;

	iort_put_whole(t);
	t->rmr[RMR_1]->rmr_offset = 0;
	iort_use(test);
	expect_sids(test, sids, ARRAY_SIZE(sids));
}

static void iort_rounds_outward(struct kunit *test)
{
	struct iort_test *t = test->priv;
	struct iommu_resv *resv;

	iort_put_whole(t);
	t->desc[RMR_1]->base_address = 0;
	t->desc[RMR_1]->length = 1;
	t->desc[RMR_2]->base_address = MEMORY + PAGE_SIZE - 1;
	t->desc[RMR_2]->length = 2;
	iort_use(test);

	resv = iort_snapshot(test, 0);
	KUNIT_ASSERT_EQ(test, resv->nr, 1);
	KUNIT_EXPECT_EQ(test, resv->nr_direct, 1);
	KUNIT_EXPECT_EQ(test, resv->ranges[0].start, 0);
	KUNIT_EXPECT_EQ(test, resv->ranges[0].last, PAGE_SIZE - 1);
	kvfree(resv);

	resv = iort_snapshot(test, 2);
	KUNIT_ASSERT_EQ(test, resv->nr, 1);
	KUNIT_EXPECT_EQ(test, resv->ranges[0].start, MEMORY);
	KUNIT_EXPECT_EQ(test, resv->ranges[0].last, MEMORY + 2 * PAGE_SIZE - 1);
	kvfree(resv);
}

static void iort_overlaps_are_one(struct kunit *test)
{
	struct iort_test *t = test->priv;
	struct iommu_resv *resv;

	iort_put_whole(t);
	t->desc[RMR_2]->base_address = MEMORY + SZ_4M;
	t->desc[RMR_2]->length = SZ_8M;
	t->map[RMR_2]->output_base = masters[0].sid;
	iort_use(test);

	resv = iort_snapshot(test, 0);
	KUNIT_ASSERT_EQ(test, resv->nr, 1);
	KUNIT_EXPECT_EQ(test, resv->ranges[0].start, MEMORY);
	KUNIT_EXPECT_EQ(test, resv->ranges[0].last, MEMORY + SZ_8M + SZ_4M - 1);
	kvfree(resv);
}

/*
 * An RMR of a real desktop machine: a framebuffer in normal non-cacheable
 * memory, which may be remapped, for five named components with two streams
 * each.
 */
static void iort_framebuffer_may_be_remapped(struct kunit *test)
{
	static const u32 sids[] = { 0x10, 0x11, 0x12, 0x13, 0x14, 0x15, 0x16,
				    0x17, 0x18, 0x19 };
	struct iort_test *t = test->priv;
	struct iommu_resv *resv;
	int i;

	iort_put_rmr(t, RMR_1, MEMORY, SZ_8M, ARRAY_SIZE(sids));
	t->rmr[RMR_1]->flags = 0x11;
	for (i = 0; i < ARRAY_SIZE(sids); i++)
		t->map[RMR_1][i].output_base = sids[i];
	iort_use(test);
	expect_sids(test, sids, ARRAY_SIZE(sids));

	resv = iort_snapshot(test, 0);
	KUNIT_EXPECT_FALSE(test, iommu_resv_requires_direct(resv));
	KUNIT_ASSERT_EQ(test, resv->nr, 1);
	KUNIT_EXPECT_EQ(test, resv->ranges[0].type,
			IOMMU_RESV_DIRECT_RELAXABLE);
	KUNIT_EXPECT_EQ(test, resv->ranges[0].prot, IOMMU_READ | IOMMU_WRITE);
	KUNIT_EXPECT_EQ(test, resv->ranges[0].start, MEMORY);
	KUNIT_EXPECT_EQ(test, resv->ranges[0].last, MEMORY + SZ_8M - 1);
	kvfree(resv);
}

/*
 * The stream IDs of the table are invalid for PCI devices whose buses the
 * kernel may have renumbered.
 */
static void iort_not_for_renumbered_pci(struct kunit *test)
{
	struct iort_test *t = test->priv;
	struct iommu_resv_region *region;
	struct pci_host_bridge *bridge;
	struct device *dev = t->dev;
	struct pci_dev *pdev;
	struct pci_bus *bus;
	LIST_HEAD(list);
	int i;

	bridge = kunit_kzalloc(test, sizeof(*bridge), GFP_KERNEL);
	bus = kunit_kzalloc(test, sizeof(*bus), GFP_KERNEL);
	pdev = kunit_kzalloc(test, sizeof(*pdev), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, bridge);
	KUNIT_ASSERT_NOT_NULL(test, bus);
	KUNIT_ASSERT_NOT_NULL(test, pdev);
	bus->bridge = &bridge->dev;
	pdev->bus = bus;
	pdev->dev.bus = &pci_bus_type;
	pdev->dev.init_name = "iort-kunit-pci";
	pdev->dev.iommu = &t->iommu;

	iort_put_whole(t);
	t->iort->node_count++;
	iort_use(test);
	t->dev = &pdev->dev;
	for (i = 0; i < 2; i++) {
		int nr = 0;

		bridge->preserve_config = i;
		KUNIT_EXPECT_EQ(test, 0, iort_report(t, 0, &list));
		list_for_each_entry(region, &list, list)
			nr++;
		iommu_put_resv_regions(t->dev, &list);
		INIT_LIST_HEAD(&list);
		/* RMR_1, and a malformed region for the missing node */
		KUNIT_EXPECT_EQ(test, nr, i ? 2 : 0);
	}
	t->dev = dev;
}

static void iort_fails_without_memory(struct kunit *test)
{
	struct iort_test *t = test->priv;
	unsigned int nth, failed = 0;
	LIST_HEAD(list);
	bool done;
	int ret;

	if (mock_fail_init())
		kunit_skip(test, "needs CONFIG_FAILSLAB and its debugfs files");

	iort_put_whole(t);
	t->iort->node_count++;
	iort_use(test);
	mock_leak_begin();
	for (nth = 1, done = false; !done; nth++) {
		mock_fail_nth(nth);
		ret = iort_report(t, 0, &list);
		done = mock_fail_done();
		/* The failure may have hit a debug option's own allocation */
		if (ret || done)
			KUNIT_EXPECT_EQ(test, ret, done ? 0 : -ENOMEM);
		/* RMR_1, and a malformed region for the missing node */
		if (!ret)
			KUNIT_EXPECT_EQ(test, list_count_nodes(&list), 2);
		failed += !!ret;
		iommu_put_resv_regions(t->dev, &list);
		INIT_LIST_HEAD(&list);
	}
	/* The same at boot, when there is no device to report for */
	for (nth = 1, done = false; !done; nth++) {
		mock_fail_nth(nth);
		iort_get_rmr_sids(&t->fwnode[SMMU_A], &list);
		done = mock_fail_done();
		iort_put_rmr_sids(&t->fwnode[SMMU_A], &list);
		INIT_LIST_HEAD(&list);
	}
	KUNIT_EXPECT_EQ(test, 0, mock_leak_end());
	KUNIT_EXPECT_GE(test, failed, 2);
}

/* Begin a table: its header and the SMMUs */
static void iort_begin(struct iort_test *t)
{
	int i;

	memset(t->iort, 0, SZ_1K);
	memcpy(t->iort->header.signature, ACPI_SIG_IORT, 4);
	t->iort->header.revision = 5;
	t->iort->header.length = sizeof(*t->iort);
	t->iort->node_offset = sizeof(*t->iort);
	for (i = 0; i < NR_SMMUS; i++)
		iort_put_smmu(t, i);
}

static void iort_forget(struct iort_test *t)
{
	int i;

	for (i = 0; i < NR_SMMUS; i++)
		if (t->known[i])
			iort_delete_fwnode(t->known[i]);
	iort_table = NULL;
	kfree(t->table);
	memset(t->known, 0, sizeof(t->known));
	t->table = NULL;
}

#include "iort-fuzz-kunit.h"

static int iort_test_init(struct kunit *test)
{
	struct iort_test *t;

	if (iort_table)
		kunit_skip(test, "there is a real IORT");

	t = kunit_kzalloc(test, sizeof(*t), GFP_KERNEL);
	if (!t)
		return -ENOMEM;
	t->iort = kunit_kzalloc(test, SZ_1K, GFP_KERNEL);
	t->fwspec = kunit_kzalloc(test, struct_size(t->fwspec, ids, 1),
				  GFP_KERNEL);
	if (!t->iort || !t->fwspec)
		return -ENOMEM;
	t->dev = root_device_register("iort-kunit");
	if (IS_ERR(t->dev))
		return PTR_ERR(t->dev);
	t->iommu.fwspec = t->fwspec;
	t->dev->iommu = &t->iommu;
	test->priv = t;

	iort_begin(t);
	return 0;
}

static void iort_test_exit(struct kunit *test)
{
	struct iort_test *t = test->priv;

	if (!t)
		return;
	if (t->loglevel)
		console_loglevel = t->loglevel;
	iort_forget(t);
	t->dev->iommu = NULL;
	root_device_unregister(t->dev);
}

static struct kunit_case iort_cases[] = {
	KUNIT_CASE_PARAM(iort_holds_what_may_be_named, damage_gen_params),
	KUNIT_CASE(iort_tells_smmu_the_streams),
	KUNIT_CASE(iort_loses_one_range_only),
	KUNIT_CASE(iort_bypasses_without_descriptors),
	KUNIT_CASE(iort_rounds_outward),
	KUNIT_CASE(iort_overlaps_are_one),
	KUNIT_CASE(iort_framebuffer_may_be_remapped),
	KUNIT_CASE(iort_not_for_renumbered_pci),
	KUNIT_CASE(iort_fails_without_memory),
	{}
};

static struct kunit_suite iort_suite = {
	.name = "iommu_iort",
	.init = iort_test_init,
	.exit = iort_test_exit,
	.test_cases = iort_cases,
};

static struct kunit_case iort_fuzz_cases[] = {
	KUNIT_CASE_SLOW(iort_generated_holds_what_it_names),
	{}
};

/* Named like iommu_fuzz_dmar and _ivrs, so that one filter selects all */
static struct kunit_suite iort_fuzz_suite = {
	.name = "iommu_fuzz_iort",
	.init = iort_test_init,
	.exit = iort_test_exit,
	.test_cases = iort_fuzz_cases,
};

kunit_test_suites(&iort_suite, &iort_fuzz_suite);
