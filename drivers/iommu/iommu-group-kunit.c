// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit tests of what the IOMMU core does to the devices of a group.
 *
 * A mock IOMMU driver and platform devices go through the core's own probe,
 * attach and claim code. The mock writes down all that it is asked to do, so
 * that a test can say what must never be asked.
 */
#include <kunit/test.h>
#include <linux/atomic.h>
#include <linux/completion.h>
#include <linux/dma-mapping.h>
#include <linux/gfp.h>
#include <linux/iommu.h>
#include <linux/kernfs.h>
#include <linux/kthread.h>
#include <linux/mutex.h>
#include <linux/platform_device.h>
#include <linux/property.h>
#include <linux/sched.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/sysfs.h>

#include "iommu-mock-kunit.h"
#include "iommu-priv.h"
#include "iommu-resv.h"

#define R	IOMMU_READ
#define W	IOMMU_WRITE
#define RW	(IOMMU_READ | IOMMU_WRITE)

#define DIRECT		IOMMU_RESV_DIRECT
#define RELAXABLE	IOMMU_RESV_DIRECT_RELAXABLE

/* Printed with a region, so tests look for it in the log */
#define TABLE	"MOCK table"

/* A reserved region as firmware describes it */
struct region {
	phys_addr_t start;
	size_t length;
	int prot;
	enum iommu_resv_type type;
	const char *source;
};

/* All those of a device; the first without a source ends them */
struct firmware {
	struct region regions[4];
};

static const struct firmware direct = { {
	{ 0x10000000, SZ_64K, RW, DIRECT, TABLE },
} };

static const struct firmware relaxable = { {
	{ 0x20000000, SZ_64K, RW, RELAXABLE, TABLE },
} };

static const struct firmware nothing;

/**
 * struct mock_dev - a device and what the hardware knows of it
 * @node: in &mock.devices
 * @id: its number on the bus
 * @pdev: the device, NULL while it is not plugged in
 * @dev: its struct device
 * @firmware: its reserved regions
 * @group: devices of the same number share a group, 0 is a group of its own
 * @type: default domain type that the driver asks for, 0 is none
 * @rid: number that the IOMMU knows the device by, if &mock.fwnode is set
 * @deferred: attach on the first DMA only
 * @report_error: the driver cannot report the regions
 * @no_paging: the driver has no memory for a domain for it
 * @fail_attach: the n-th attach from now fails, once; 0 is never
 * @reports: how often the driver was asked for regions since it was plugged in
 * @probed: between probe_device() and release_device()
 * @hw: the domain that the hardware translates with, NULL for none
 * @uncovered: attaches to a domain without its direct regions
 * @log: attaches asked for, as many as there is room for
 * @nr_log: how many
 */
struct mock_dev {
	struct list_head node;
	int id;
	struct platform_device *pdev;
	struct device *dev;
	const struct firmware *firmware;
	unsigned int group;
	unsigned int type;
	u32 rid;
	bool deferred;
	int report_error;
	bool no_paging;
	unsigned int fail_attach;
	unsigned int reports;
	bool probed;
	struct iommu_domain *hw;
	unsigned int uncovered;
	const struct iommu_domain *log[64];
	unsigned int nr_log;
};

/**
 * struct mock - the mock IOMMU of a test
 * @iommu: the instance
 * @ops: its driver; a test may change it before mock_start()
 * @fwnode: its firmware node; if there is one, devices have RIDs and may share
 * @started: registered
 * @devices: of struct mock_dev
 * @nr_devices: how many there ever were, numbers them
 * @pgsizes: page sizes of its domains
 * @aperture_end: last IOVA of its domains
 * @hw_limit: last IOVA that it translates, known when a domain is attached only
 * @map_after_attach: its domains have no page table before they are attached
 * @map_error: mapping fails with this in domains that it makes from now on
 * @nr_domains: paging domains in existence
 * @freed_in_use: domains freed while the hardware still used them
 * @domains: of the test, freed at its end
 * @nr_test_domains: how many
 */
struct mock {
	struct iommu_device iommu;
	struct iommu_ops ops;
	struct fwnode_handle *fwnode;
	bool started;
	struct list_head devices;
	unsigned int nr_devices;
	unsigned long pgsizes;
	dma_addr_t aperture_end;
	dma_addr_t hw_limit;
	bool map_after_attach;
	int map_error;
	atomic_t nr_domains;
	unsigned int freed_in_use;
	struct iommu_domain *domains[8];
	unsigned int nr_test_domains;
};

/* The driver's callbacks get no context of ours; tests run one at a time */
static struct mock *mock;

static struct mock_dev *mock_find(struct device *dev)
{
	struct mock_dev *mdev;

	list_for_each_entry(mdev, &mock->devices, node)
		if (mdev->pdev && mdev->dev == dev)
			return mdev;
	return NULL;
}

/* Can firmware use its direct regions through the domain? */
static bool mock_covers(const struct mock_dev *mdev, struct iommu_domain *domain)
{
	const struct region *region;

	for (region = mdev->firmware->regions; region->source; region++) {
		phys_addr_t last = region->start + (region->length - 1);

		if (region->type != DIRECT || !region->length ||
		    last < region->start || !(region->prot & RW))
			continue;
		if (!domain || domain->type == IOMMU_DOMAIN_BLOCKED)
			return false;
		if (domain->type == IOMMU_DOMAIN_IDENTITY)
			continue;
		if (!mock_domain_maps(to_mock_domain(domain),
				      ALIGN_DOWN(region->start, PAGE_SIZE),
				      last | (PAGE_SIZE - 1), region->prot))
			return false;
	}
	return true;
}

static bool mock_is_static(const struct iommu_domain *domain);

static void mock_hw_set(struct mock_dev *mdev, struct iommu_domain *domain)
{
	if (mdev->hw && !mock_is_static(mdev->hw))
		to_mock_domain(mdev->hw)->attached--;
	mdev->hw = domain;
	if (mdev->hw && !mock_is_static(mdev->hw)) {
		to_mock_domain(mdev->hw)->attached++;
		to_mock_domain(mdev->hw)->no_table = false;
	}
}

static bool mock_same_rid(const struct mock_dev *a, const struct mock_dev *b)
{
	return mock->fwnode && a->probed && b->probed && a->rid == b->rid;
}

static int mock_attach(struct iommu_domain *domain, struct device *dev)
{
	struct mock_dev *mdev = mock_find(dev), *other;

	mdev->uncovered += !mock_covers(mdev, domain);
	if (mdev->nr_log < ARRAY_SIZE(mdev->log))
		mdev->log[mdev->nr_log++] = domain;

	if (mdev->fail_attach && !--mdev->fail_attach)
		return -ENOMEM;
	if (!mock_is_static(domain) &&
	    mock_domain_limit(to_mock_domain(domain), mock->hw_limit))
		return -EINVAL;

	/* What is attached for a RID is so for all who have it */
	list_for_each_entry(other, &mock->devices, node)
		if (other == mdev || mock_same_rid(other, mdev))
			mock_hw_set(other, domain);
	return 0;
}

static const struct iommu_domain_ops mock_static_ops = {
	.attach_dev = mock_attach,
};

static struct iommu_domain mock_identity = {
	.type = IOMMU_DOMAIN_IDENTITY,
	.ops = &mock_static_ops,
};

static struct iommu_domain mock_blocked = {
	.type = IOMMU_DOMAIN_BLOCKED,
	.ops = &mock_static_ops,
};

static bool mock_is_static(const struct iommu_domain *domain)
{
	return domain == &mock_identity || domain == &mock_blocked;
}

static struct iommu_domain *mock_alloc_paging(struct device *dev)
{
	struct mock_domain *domain;

	if (mock_find(dev)->no_paging)
		return ERR_PTR(-ENOMEM);
	domain = kzalloc(sizeof(*domain), GFP_KERNEL);
	if (!domain)
		return ERR_PTR(-ENOMEM);
	mock_domain_init(domain, mock->pgsizes);
	domain->domain.geometry.aperture_end = mock->aperture_end;
	domain->no_table = mock->map_after_attach;
	domain->map_error = mock->map_error;
	atomic_inc(&mock->nr_domains);
	return &domain->domain;
}

static void mock_free(struct iommu_domain *domain)
{
	struct mock_domain *mock_domain = to_mock_domain(domain);

	if (mock_domain->attached)
		mock->freed_in_use++;
	atomic_dec(&mock->nr_domains);
	mock_domain_wipe(mock_domain);
	kfree(mock_domain);
}

static const struct iommu_domain_ops mock_paging_ops = {
	.attach_dev = mock_attach,
	.map_pages = mock_domain_map_pages,
	.unmap_pages = mock_domain_unmap_pages,
	.iova_to_phys = mock_domain_iova_to_phys,
	.free = mock_free,
};

static struct iommu_device *mock_probe(struct device *dev)
{
	struct mock_dev *mdev = mock_find(dev), *other;

	if (!mdev)
		return ERR_PTR(-ENODEV);
	mdev->probed = true;
	mdev->reports = 0;
	list_for_each_entry(other, &mock->devices, node)
		if (other != mdev && mock_same_rid(other, mdev))
			mock_hw_set(mdev, other->hw);
	return &mock->iommu;
}

static void mock_release(struct device *dev)
{
	struct mock_dev *mdev = mock_find(dev);

	mdev->probed = false;
	mock_hw_set(mdev, NULL);
}

static struct iommu_group *mock_group(struct device *dev)
{
	struct mock_dev *mdev = mock_find(dev), *other;

	if (mdev->group)
		list_for_each_entry(other, &mock->devices, node)
			if (other != mdev && other->group == mdev->group &&
			    other->pdev && other->dev->iommu_group)
				return iommu_group_ref_get(other->dev->iommu_group);
	return iommu_group_alloc();
}

static int mock_get_resv_regions(struct device *dev, struct list_head *list)
{
	struct mock_dev *mdev = mock_find(dev);
	const struct region *region;

	mdev->reports++;
	for (region = mdev->firmware->regions; region->source; region++) {
		struct iommu_resv_region *report;

		report = iommu_alloc_resv_region(region->start, region->length,
						 region->prot, region->type,
						 GFP_KERNEL);
		if (!report)
			return -ENOMEM;
		report->source = region->source;
		list_add_tail(&report->list, list);
	}
	return mdev->report_error;
}

static bool mock_is_attach_deferred(struct device *dev)
{
	return mock_find(dev)->deferred;
}

static int mock_def_domain_type(struct device *dev)
{
	return mock_find(dev)->type;
}

static const struct iommu_ops mock_ops = {
	.identity_domain = &mock_identity,
	.blocked_domain = &mock_blocked,
	.default_domain_ops = &mock_paging_ops,
	.domain_alloc_paging = mock_alloc_paging,
	.probe_device = mock_probe,
	.release_device = mock_release,
	.device_group = mock_group,
	.get_resv_regions = mock_get_resv_regions,
	.is_attach_deferred = mock_is_attach_deferred,
	.def_domain_type = mock_def_domain_type,
};

static void mock_start(struct kunit *test)
{
	mock_identity.owner = &mock->ops;
	mock_blocked.owner = &mock->ops;
	mock->iommu.fwnode = mock->fwnode;
	KUNIT_ASSERT_EQ(test, 0, iommu_device_sysfs_add(&mock->iommu, NULL, NULL,
							"mock-iommu"));
	if (iommu_device_register(&mock->iommu, &mock->ops, NULL)) {
		iommu_device_sysfs_remove(&mock->iommu);
		KUNIT_FAIL_AND_ABORT(test, "the instance was not registered");
	}
	mock->started = true;
}

static struct mock_dev *new_dev(struct kunit *test, unsigned int group,
				const struct firmware *firmware)
{
	struct mock_dev *mdev = kunit_kzalloc(test, sizeof(*mdev), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, mdev);
	mdev->id = mock->nr_devices++;
	mdev->group = group;
	mdev->firmware = firmware;
	list_add_tail(&mdev->node, &mock->devices);
	return mdev;
}

static int set_rid(struct mock_dev *mdev)
{
	int ret;

	if (!mock->fwnode)
		return 0;
	mutex_lock(&iommu_probe_device_lock);
	ret = iommu_fwspec_init(mdev->dev, mock->fwnode);
	mutex_unlock(&iommu_probe_device_lock);
	return ret ?: iommu_fwspec_add_ids(mdev->dev, &mdev->rid, 1);
}

/* From here on, as it is on a bus: the core is told and probes it */
static int try_plug(struct mock_dev *mdev)
{
	int ret;

	mdev->nr_log = 0;
	mdev->uncovered = 0;
	mdev->pdev = platform_device_alloc("iommu-mock", mdev->id);
	if (!mdev->pdev)
		return -ENOMEM;
	mdev->dev = &mdev->pdev->dev;
	ret = set_rid(mdev);
	if (!ret)
		ret = platform_device_add(mdev->pdev);
	if (ret) {
		platform_device_put(mdev->pdev);
		mdev->pdev = NULL;
		mdev->dev = NULL;
	}
	return ret;
}

static void plug(struct kunit *test, struct mock_dev *mdev)
{
	KUNIT_ASSERT_EQ(test, 0, try_plug(mdev));
}

static void unplug(struct mock_dev *mdev)
{
	platform_device_unregister(mdev->pdev);
	mdev->pdev = NULL;
	mdev->dev = NULL;
}

/* One that is plugged in, probed and in its group */
static struct mock_dev *plug_new(struct kunit *test, unsigned int group,
				 const struct firmware *firmware)
{
	struct mock_dev *mdev = new_dev(test, group, firmware);

	plug(test, mdev);
	if (mock->started)
		KUNIT_ASSERT_NOT_NULL(test, mdev->dev->iommu_group);
	return mdev;
}

/* A domain that a user of the IOMMU API makes for the device */
static struct iommu_domain *new_domain(struct kunit *test, struct mock_dev *mdev)
{
	struct iommu_domain *domain = iommu_paging_domain_alloc(mdev->dev);

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, domain);
	KUNIT_ASSERT_LT(test, mock->nr_test_domains, ARRAY_SIZE(mock->domains));
	mock->domains[mock->nr_test_domains++] = domain;
	return domain;
}

/* As a driver that knows its firmware does */
static void map_direct(struct kunit *test, struct iommu_domain *domain,
		       const struct mock_dev *mdev)
{
	const struct region *region;

	for (region = mdev->firmware->regions; region->source; region++) {
		int ret;

		if (region->type != DIRECT)
			continue;
		ret = iommu_map(domain, region->start, region->start,
				region->length, region->prot, GFP_KERNEL);
		KUNIT_ASSERT_EQ(test, ret, 0);
	}
}

static struct iommu_domain *default_domain(struct mock_dev *mdev)
{
	return iommu_group_default_domain(mdev->dev->iommu_group);
}

static unsigned int attaches_to(const struct mock_dev *mdev,
				const struct iommu_domain *domain)
{
	unsigned int i, n = 0;

	for (i = 0; i < mdev->nr_log; i++)
		n += mdev->log[i] == domain;
	return n;
}

static void expect_direct_now(struct kunit *test, const struct mock_dev *mdev)
{
	KUNIT_EXPECT_NOT_NULL(test, mdev->hw);
	KUNIT_EXPECT_TRUE(test, mock_covers(mdev, mdev->hw));
}

/* At no time was the device without its direct regions, nor is it now */
static void expect_always_direct(struct kunit *test, const struct mock_dev *mdev)
{
	KUNIT_EXPECT_EQ(test, mdev->uncovered, 0);
	expect_direct_now(test, mdev);
}

static void expect_on(struct kunit *test, const struct mock_dev *mdev,
		      const struct iommu_domain *domain)
{
	KUNIT_EXPECT_PTR_EQ(test, (const struct iommu_domain *)mdev->hw, domain);
}

/* Write to or read from a file of the group in sysfs, which is not mounted */
static ssize_t group_file(struct mock_dev *mdev, const char *name,
			  const char *value, char *buf)
{
	struct kernfs_node *link, *file;
	const struct sysfs_ops *ops;
	struct attribute *attr;
	struct kobject *kobj;

	link = kernfs_find_and_get(mdev->dev->kobj.sd, "iommu_group");
	if (!link)
		return -ENODEV;
	kobj = link->symlink.target_kn->priv;
	kernfs_put(link);

	file = kernfs_find_and_get(kobj->sd, name);
	if (!file)
		return -ENOENT;
	attr = file->priv;
	kernfs_put(file);

	ops = get_ktype(kobj)->sysfs_ops;
	return value ? ops->store(kobj, attr, value, strlen(value)) :
		       ops->show(kobj, attr, buf);
}

static ssize_t set_type(struct mock_dev *mdev, const char *type)
{
	return group_file(mdev, "type", type, NULL);
}

static int group_test_init(struct kunit *test)
{
	if (iommu_ops_from_fwnode(NULL))
		kunit_skip(test, "there is a real IOMMU");

	mock = kunit_kzalloc(test, sizeof(*mock), GFP_KERNEL);
	if (!mock)
		return -ENOMEM;
	INIT_LIST_HEAD(&mock->devices);
	mock->ops = mock_ops;
	mock->pgsizes = MOCK_4K_2M_1G;
	mock->aperture_end = ~0UL;
	mock->hw_limit = ~0UL;
	return 0;
}

static void group_test_exit(struct kunit *test)
{
	struct mock_dev *mdev;

	if (!mock)
		return;

	/* What a failed test may have left behind */
	list_for_each_entry(mdev, &mock->devices, node) {
		mdev->fail_attach = 0;
		if (mdev->pdev && mdev->dev->iommu_group &&
		    iommu_group_dma_owner_claimed(mdev->dev->iommu_group))
			iommu_group_release_dma_owner(mdev->dev->iommu_group);
	}
	list_for_each_entry(mdev, &mock->devices, node)
		if (mdev->pdev)
			unplug(mdev);
	if (mock->started) {
		iommu_device_unregister(&mock->iommu);
		iommu_device_sysfs_remove(&mock->iommu);
	}
	while (mock->nr_test_domains)
		iommu_domain_free(mock->domains[--mock->nr_test_domains]);
	fwnode_remove_software_node(mock->fwnode);

	/* Whatever the test was about */
	KUNIT_EXPECT_EQ_MSG(test, mock->freed_in_use, 0,
			    "domain freed that a device was still on");
	KUNIT_EXPECT_EQ_MSG(test, atomic_read(&mock->nr_domains), 0,
			    "domain leaked");
	mock = NULL;
}

/* Probe */

static void probe_asks_driver_once(struct kunit *test)
{
	struct iommu_domain *domain;
	struct mock_dev *mdev;
	LIST_HEAD(group_list);
	unsigned int i;

	mock_start(test);
	mdev = plug_new(test, 0, &direct);
	KUNIT_EXPECT_EQ(test, mdev->reports, 1);

	/* Everything that wants to know the regions later */
	for (i = 0; i < 3; i++) {
		struct iommu_resv_region *region;
		LIST_HEAD(list);

		KUNIT_EXPECT_EQ(test, 0, iommu_get_resv_regions(mdev->dev, &list));
		KUNIT_ASSERT_EQ(test, 1, list_count_nodes(&list));
		region = list_first_entry(&list, struct iommu_resv_region, list);
		KUNIT_EXPECT_EQ(test, region->start, direct.regions[0].start);
		KUNIT_EXPECT_EQ(test, region->length, direct.regions[0].length);
		KUNIT_EXPECT_EQ(test, region->prot, direct.regions[0].prot);
		KUNIT_EXPECT_EQ(test, region->type, direct.regions[0].type);
		KUNIT_EXPECT_STREQ(test, region->source, TABLE);
		iommu_put_resv_regions(mdev->dev, &list);
	}
	KUNIT_EXPECT_EQ(test, 0, iommu_get_group_resv_regions(mdev->dev->iommu_group,
							      &group_list));
	KUNIT_EXPECT_EQ(test, 1, list_count_nodes(&group_list));
	iommu_put_resv_regions(mdev->dev, &group_list);

	domain = new_domain(test, mdev);
	map_direct(test, domain, mdev);
	KUNIT_EXPECT_EQ(test, 0, iommu_attach_device(domain, mdev->dev));
	iommu_detach_device(domain, mdev->dev);
	iommu_group_claim_dma_owner(mdev->dev->iommu_group, test);
	KUNIT_EXPECT_GT(test, set_type(mdev, "identity"), 0);
	KUNIT_EXPECT_GT(test, set_type(mdev, "DMA"), 0);
	KUNIT_EXPECT_EQ(test, mdev->reports, 1);

	/* A device that comes again is a new one */
	unplug(mdev);
	plug(test, mdev);
	KUNIT_EXPECT_EQ(test, mdev->reports, 1);
}

static void probe_fails_if_regions_are_unknown(struct kunit *test)
{
	struct mock_dev *mdev, *other;

	mock_start(test);
	other = plug_new(test, 1, &nothing);

	/* After it has reported some: those must not be taken for all */
	mdev = new_dev(test, 1, &direct);
	mdev->report_error = -ENOMEM;
	plug(test, mdev);
	KUNIT_EXPECT_NULL(test, mdev->dev->iommu_group);
	KUNIT_EXPECT_EQ(test, mdev->reports, 1);
	KUNIT_EXPECT_FALSE(test, mdev->probed);
	KUNIT_EXPECT_EQ(test, mdev->nr_log, 0);

	/* Nobody else is concerned */
	expect_on(test, other, default_domain(other));
	KUNIT_EXPECT_EQ(test, other->nr_log, 1);

	/* and it is well as soon as the driver is */
	unplug(mdev);
	mdev->report_error = 0;
	plug(test, mdev);
	KUNIT_EXPECT_PTR_EQ(test, mdev->dev->iommu_group, other->dev->iommu_group);
	expect_always_direct(test, mdev);
}

static void probe_maps_before_attach(struct kunit *test)
{
	struct mock_dev *mdev;

	mock_start(test);
	mdev = plug_new(test, 0, &direct);
	expect_on(test, mdev, default_domain(mdev));
	KUNIT_EXPECT_TRUE(test, iommu_is_dma_domain(default_domain(mdev)));
	KUNIT_EXPECT_EQ(test, mdev->nr_log, 1);
	expect_always_direct(test, mdev);
}

static void probe_maps_whole_pages(struct kunit *test)
{
	/* Rounding the start up would lose the first page of either */
	static const struct firmware unaligned = { {
		{ 0x10001800, 0x1000, RW, DIRECT, TABLE },
		{ 0x10008010, 0x10, RW, DIRECT, TABLE },
	} };
	struct mock_dev *mdev;

	mock_start(test);
	mdev = plug_new(test, 0, &unaligned);
	expect_always_direct(test, mdev);
}

static void probe_maps_overlapping_regions(struct kunit *test)
{
	static const struct firmware overlapping = { {
		{ 0x10000000, 0x4000, R, DIRECT, TABLE },
		{ 0x10002000, 0x4000, W, DIRECT, TABLE },
		{ 0x10003000, 0x8000, RW, RELAXABLE, TABLE },
	} };
	struct mock_domain *domain;
	struct mock_dev *mdev;

	mock_start(test);
	mdev = plug_new(test, 0, &overlapping);
	expect_always_direct(test, mdev);
	domain = to_mock_domain(default_domain(mdev));
	KUNIT_EXPECT_TRUE(test, mock_domain_maps(domain, 0x10002000, 0x10003fff, RW));
	KUNIT_EXPECT_TRUE(test, mock_domain_maps(domain, 0x10003000, 0x1000afff, RW));
}

static void probe_maps_large_regions_cheaply(struct kunit *test)
{
	static const struct firmware large = { {
		{ 0x40000000, SZ_512M, RW, DIRECT, TABLE },
	} };
	struct mock_domain *domain;
	struct mock_dev *mdev;

	mock_start(test);
	mdev = plug_new(test, 0, &large);
	expect_always_direct(test, mdev);
	domain = to_mock_domain(default_domain(mdev));
	KUNIT_EXPECT_EQ(test, domain->written, 256);
	/* Looking for what may be there costs what it saves */
	KUNIT_EXPECT_EQ(test, domain->walks, 0);
}

/* All devices are there before the IOMMU is */
static void probe_cold_group(struct kunit *test)
{
	static const struct firmware second = { {
		{ 0x11000000, SZ_64K, RW, DIRECT, TABLE },
		{ 0x10000000, SZ_4K, RW, DIRECT, TABLE },
	} };
	struct mock_dev *a, *b, *c;

	a = plug_new(test, 1, &direct);
	b = plug_new(test, 1, &second);
	c = plug_new(test, 1, &nothing);
	mock_start(test);

	KUNIT_ASSERT_NOT_NULL(test, a->dev->iommu_group);
	KUNIT_EXPECT_PTR_EQ(test, a->dev->iommu_group, b->dev->iommu_group);
	expect_on(test, a, default_domain(a));
	expect_on(test, b, default_domain(a));
	expect_on(test, c, default_domain(a));
	expect_always_direct(test, a);
	expect_always_direct(test, b);
	/* Each had its own and the others' regions when it was attached */
	KUNIT_EXPECT_TRUE(test, mock_covers(a, b->hw) && mock_covers(b, a->hw));
	KUNIT_EXPECT_EQ(test, a->reports + b->reports + c->reports, 3);
}

/* What is wrong with one of them is no matter for the others */
static void probe_cold_failure_stays_local(struct kunit *test)
{
	struct mock_dev *mdevs[4];
	unsigned int i;

	/* No default domain, regions unknown, and one behind each of them */
	mdevs[0] = new_dev(test, 0, &nothing);
	mdevs[1] = new_dev(test, 0, &nothing);
	mdevs[2] = new_dev(test, 0, &direct);
	mdevs[3] = new_dev(test, 0, &direct);
	mdevs[0]->no_paging = true;
	mdevs[2]->report_error = -ENOMEM;
	for (i = 0; i < 4; i++)
		plug(test, mdevs[i]);
	mock_start(test);

	KUNIT_EXPECT_NULL(test, mdevs[0]->hw);
	KUNIT_EXPECT_NULL(test, mdevs[2]->dev->iommu_group);
	for (i = 1; i < 4; i += 2) {
		KUNIT_ASSERT_NOT_NULL(test, mdevs[i]->dev->iommu_group);
		expect_on(test, mdevs[i], default_domain(mdevs[i]));
		expect_always_direct(test, mdevs[i]);
	}
}

static void probe_identity_knows_the_requirement(struct kunit *test)
{
	struct mock_dev *mdev, *free;

	mock_start(test);
	mdev = new_dev(test, 0, &direct);
	mdev->type = IOMMU_DOMAIN_IDENTITY;
	plug(test, mdev);
	KUNIT_ASSERT_NOT_NULL(test, mdev->dev->iommu_group);
	expect_on(test, mdev, &mock_identity);
	KUNIT_EXPECT_TRUE(test, mdev->dev->iommu->require_direct);
	KUNIT_EXPECT_EQ(test, -EPERM,
			iommu_group_claim_dma_owner(mdev->dev->iommu_group, test));
	KUNIT_EXPECT_EQ(test, mdev->nr_log, 1);

	free = plug_new(test, 0, &nothing);
	KUNIT_EXPECT_FALSE(test, free->dev->iommu->require_direct);
}

static void probe_deferred_attach(struct kunit *test)
{
	struct mock_dev *mdev;

	mock_start(test);
	mdev = new_dev(test, 0, &direct);
	mdev->deferred = true;
	plug(test, mdev);
	KUNIT_ASSERT_NOT_NULL(test, mdev->dev->iommu_group);
	KUNIT_EXPECT_EQ(test, mdev->nr_log, 0);
	KUNIT_EXPECT_TRUE(test, mdev->dev->iommu->require_direct);

	KUNIT_EXPECT_EQ(test, 0, iommu_deferred_attach(mdev->dev,
						       default_domain(mdev)));
	expect_on(test, mdev, default_domain(mdev));
	expect_always_direct(test, mdev);
}

/* A region that no map of this IOMMU reaches is the problem of its own group */
static void probe_unmappable_region_stays_local(struct kunit *test)
{
	static const struct firmware far = { {
		{ 0x10000000000, SZ_64K, RW, DIRECT, TABLE },
	} };
	struct mock_dev *a, *b, *c;

	mock->aperture_end = (1ULL << 39) - 1;
	a = plug_new(test, 0, &nothing);
	b = plug_new(test, 0, &far);
	c = plug_new(test, 0, &direct);
	mock_start(test);

	KUNIT_ASSERT_NOT_NULL(test, a->dev->iommu_group);
	KUNIT_ASSERT_NOT_NULL(test, c->dev->iommu_group);
	expect_on(test, a, default_domain(a));
	expect_on(test, c, default_domain(c));
	expect_always_direct(test, c);
	/* Nor is it given away */
	KUNIT_ASSERT_NOT_NULL(test, b->dev->iommu_group);
	KUNIT_EXPECT_EQ(test, -EPERM, iommu_device_claim_dma_owner(b->dev, test));
	KUNIT_EXPECT_PTR_NE(test, (void *)b->hw, (void *)&mock_blocked);

	/* One that comes later, likewise */
	a = plug_new(test, 0, &far);
	KUNIT_EXPECT_EQ(test, -EPERM, iommu_device_claim_dma_owner(a->dev, test));
}

/* As above, and the driver finds out when it attaches what was mapped */
static void probe_unmappable_region_found_late(struct kunit *test)
{
	static const struct firmware far = { {
		{ 0x10000000000, SZ_64K, RW, DIRECT, TABLE },
		{ 0x10000000, SZ_64K, RW, DIRECT, TABLE },
	} };
	struct mock_dev *mdev;

	mock->hw_limit = (1ULL << 39) - 1;
	mock_start(test);
	mdev = plug_new(test, 0, &far);
	expect_on(test, mdev, default_domain(mdev));
	/* What can be had is */
	KUNIT_EXPECT_TRUE(test, mock_domain_maps(to_mock_domain(mdev->hw),
						 0x10000000, 0x1000ffff, RW));
	KUNIT_EXPECT_EQ(test, -EPERM, iommu_device_claim_dma_owner(mdev->dev, test));
}

/* Claim */

/* Where in a group of three is the device that must not be claimed? */
static const unsigned int positions[] = { 0, 1, 2 };

static void position_desc(const unsigned int *position, char *desc)
{
	static const char * const names[] = { "first", "second", "third" };

	strscpy(desc, names[*position], KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(position, positions, position_desc);

static void plug_three(struct kunit *test, struct mock_dev *mdevs[3])
{
	const unsigned int *position = test->param_value;
	unsigned int i;

	for (i = 0; i < 3; i++)
		mdevs[i] = plug_new(test, 1, i == *position ? &direct : &nothing);
}

static void expect_untouched(struct kunit *test, struct mock_dev *mdevs[3])
{
	struct iommu_group *group = mdevs[0]->dev->iommu_group;
	unsigned int i;

	for (i = 0; i < 3; i++) {
		KUNIT_EXPECT_EQ_MSG(test, mdevs[i]->nr_log, 1, "device %u", i);
		expect_on(test, mdevs[i], default_domain(mdevs[0]));
	}
	KUNIT_EXPECT_PTR_EQ(test, iommu_get_domain_for_dev(mdevs[0]->dev),
			    default_domain(mdevs[0]));
	KUNIT_EXPECT_FALSE(test, iommu_group_dma_owner_claimed(group));
}

static void claim_group_refused(struct kunit *test)
{
	struct mock_dev *mdevs[3];

	mock_start(test);
	plug_three(test, mdevs);
	KUNIT_EXPECT_EQ(test, -EPERM,
			iommu_group_claim_dma_owner(mdevs[0]->dev->iommu_group,
						    test));
	expect_untouched(test, mdevs);
}

static void claim_device_refused(struct kunit *test)
{
	struct mock_dev *mdevs[3];
	unsigned int i;

	mock_start(test);
	plug_three(test, mdevs);
	for (i = 0; i < 3; i++)
		KUNIT_EXPECT_EQ(test, -EPERM,
				iommu_device_claim_dma_owner(mdevs[i]->dev, test));
	expect_untouched(test, mdevs);
}

static void claim_refused_makes_no_domain(struct kunit *test)
{
	struct mock_dev *mdev;
	int nr_domains;

	mock->ops.blocked_domain = NULL;
	mock_start(test);
	mdev = plug_new(test, 0, &direct);
	nr_domains = atomic_read(&mock->nr_domains);
	KUNIT_EXPECT_EQ(test, -EPERM,
			iommu_group_claim_dma_owner(mdev->dev->iommu_group, test));
	KUNIT_EXPECT_EQ(test, nr_domains, atomic_read(&mock->nr_domains));
	KUNIT_EXPECT_EQ(test, mdev->nr_log, 1);
}

static void claim_broken_refused(struct kunit *test)
{
	static const struct firmware no_length = { { { 0x10000000, 0, RW, DIRECT, TABLE } } };
	static const struct firmware no_access = { { { 0x10000000, 0x1000, 0, DIRECT, TABLE } } };
	static const struct firmware wraps = { { { ~0UL - 0xfff, 0x2000, RW, DIRECT, TABLE } } };
	struct mock_dev *mdevs[3];
	unsigned int i;

	mock_start(test);
	mdevs[0] = plug_new(test, 0, &no_length);
	mdevs[1] = plug_new(test, 0, &no_access);
	mdevs[2] = plug_new(test, 0, &wraps);
	for (i = 0; i < 3; i++) {
		/* Harmless to its driver, but not to be given away */
		expect_on(test, mdevs[i], default_domain(mdevs[i]));
		KUNIT_EXPECT_EQ(test, -EPERM,
				iommu_device_claim_dma_owner(mdevs[i]->dev, test));
		expect_on(test, mdevs[i], default_domain(mdevs[i]));
	}
}

static void claim_allowed(struct kunit *test)
{
	static const struct firmware reserved = { {
		{ 0x30000000, SZ_64K, 0, IOMMU_RESV_RESERVED, TABLE },
		{ 0xfee00000, SZ_1M, 0, IOMMU_RESV_MSI, TABLE },
	} };
	struct mock_dev *mdevs[3];
	unsigned int i;

	mock_start(test);
	mdevs[0] = plug_new(test, 0, &nothing);
	mdevs[1] = plug_new(test, 0, &relaxable);
	mdevs[2] = plug_new(test, 0, &reserved);
	for (i = 0; i < 3; i++) {
		struct iommu_group *group = mdevs[i]->dev->iommu_group;

		KUNIT_EXPECT_EQ(test, 0, iommu_group_claim_dma_owner(group, test));
		expect_on(test, mdevs[i], &mock_blocked);
		iommu_group_release_dma_owner(group);
		expect_on(test, mdevs[i], default_domain(mdevs[i]));

		KUNIT_EXPECT_EQ(test, 0, iommu_device_claim_dma_owner(mdevs[i]->dev,
								      test));
		expect_on(test, mdevs[i], &mock_blocked);
		iommu_device_release_dma_owner(mdevs[i]->dev);
		expect_on(test, mdevs[i], default_domain(mdevs[i]));
	}
}

static void refusal_is_said_once_per_device(struct kunit *test)
{
	struct kmsg_dump_iter mark;
	struct mock_dev *a, *b;
	unsigned int i;

	mock_start(test);
	a = plug_new(test, 0, &direct);
	b = plug_new(test, 0, &direct);
	mark = mock_log_mark();
	for (i = 0; i < 3; i++) {
		KUNIT_EXPECT_EQ(test, -EPERM,
				iommu_device_claim_dma_owner(a->dev, test));
		KUNIT_EXPECT_EQ(test, -EPERM,
				iommu_device_claim_dma_owner(b->dev, test));
	}
	KUNIT_EXPECT_EQ(test, 1, mock_log_count(&mark, dev_name(a->dev), TABLE,
						"10000000-"));
	KUNIT_EXPECT_EQ(test, 1, mock_log_count(&mark, dev_name(b->dev), TABLE,
						"10000000-"));
}

/* Attach */

static void attach_without_maps_refused(struct kunit *test)
{
	const phys_addr_t start = direct.regions[0].start;
	struct iommu_domain *domain;
	struct mock_dev *mdev;

	mock_start(test);
	mdev = plug_new(test, 0, &direct);
	domain = new_domain(test, mdev);

	KUNIT_EXPECT_EQ(test, -EPERM, iommu_attach_device(domain, mdev->dev));
	KUNIT_EXPECT_EQ(test, -EPERM,
			iommu_attach_group(domain, mdev->dev->iommu_group));
	KUNIT_EXPECT_EQ(test, -EPERM,
			iommu_group_replace_domain(mdev->dev->iommu_group, domain));
	KUNIT_EXPECT_EQ(test, -EPERM,
			iommu_replace_group_handle(mdev->dev->iommu_group, domain,
						   NULL));

	/* All but the last page */
	KUNIT_ASSERT_EQ(test, 0, iommu_map(domain, start, start, SZ_64K - SZ_4K,
					   RW, GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, -EPERM, iommu_attach_device(domain, mdev->dev));

	/* All, but that one to another place */
	KUNIT_ASSERT_EQ(test, 0, iommu_map(domain, start + SZ_64K - SZ_4K, start,
					   SZ_4K, RW, GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, -EPERM, iommu_attach_device(domain, mdev->dev));

	expect_on(test, mdev, default_domain(mdev));
	KUNIT_EXPECT_EQ(test, mdev->nr_log, 1);
}

static void attach_with_maps_accepted(struct kunit *test)
{
	struct iommu_domain *domain;
	struct mock_dev *mdev;

	mock_start(test);
	mdev = plug_new(test, 0, &direct);
	domain = new_domain(test, mdev);
	map_direct(test, domain, mdev);

	KUNIT_EXPECT_EQ(test, 0, iommu_attach_device(domain, mdev->dev));
	expect_on(test, mdev, domain);
	iommu_detach_device(domain, mdev->dev);
	expect_on(test, mdev, default_domain(mdev));

	KUNIT_EXPECT_EQ(test, 0, iommu_attach_group(domain, mdev->dev->iommu_group));
	expect_on(test, mdev, domain);
	iommu_detach_group(domain, mdev->dev->iommu_group);
	expect_on(test, mdev, default_domain(mdev));

	/* Neither way was there a moment without */
	expect_always_direct(test, mdev);
}

static void attach_others_unaffected(struct kunit *test)
{
	struct iommu_domain *domain;
	struct mock_dev *mdevs[2];
	unsigned int i;

	mock_start(test);
	mdevs[0] = plug_new(test, 0, &nothing);
	mdevs[1] = plug_new(test, 0, &relaxable);
	for (i = 0; i < 2; i++) {
		domain = new_domain(test, mdevs[i]);
		KUNIT_EXPECT_EQ(test, 0, iommu_attach_device(domain, mdevs[i]->dev));
		expect_on(test, mdevs[i], domain);
		iommu_detach_device(domain, mdevs[i]->dev);
		expect_on(test, mdevs[i], default_domain(mdevs[i]));
		/* Nobody even looked */
		KUNIT_EXPECT_EQ(test, to_mock_domain(domain)->walks, 0);
	}
}

static void attach_group_refused_whole(struct kunit *test)
{
	struct iommu_domain *domain;
	struct mock_dev *mdevs[3];

	mock_start(test);
	plug_three(test, mdevs);
	domain = new_domain(test, mdevs[0]);
	KUNIT_EXPECT_EQ(test, -EPERM,
			iommu_attach_group(domain, mdevs[0]->dev->iommu_group));
	KUNIT_EXPECT_EQ(test, -EPERM,
			iommu_group_replace_domain(mdevs[0]->dev->iommu_group,
						   domain));
	expect_untouched(test, mdevs);
}

static void attach_blocked_by_type_refused(struct kunit *test)
{
	struct mock_dev *mdev;

	mock_start(test);
	mdev = plug_new(test, 0, &direct);
	KUNIT_EXPECT_EQ(test, -EPERM, iommu_attach_device(&mock_blocked, mdev->dev));
	KUNIT_EXPECT_EQ(test, -EPERM,
			iommu_attach_group(&mock_blocked, mdev->dev->iommu_group));
	KUNIT_EXPECT_EQ(test, mdev->nr_log, 1);
}

/* There is nothing to look for in a domain, and still it is no kernel driver's */
static void attach_blocked_refused_for_broken(struct kunit *test)
{
	static const struct firmware no_access = { {
		{ 0x10000000, SZ_4K, 0, DIRECT, TABLE },
	} };
	struct mock_dev *mdev;

	mock_start(test);
	mdev = plug_new(test, 0, &no_access);
	KUNIT_EXPECT_EQ(test, -EPERM, iommu_attach_device(&mock_blocked, mdev->dev));
	KUNIT_EXPECT_EQ(test, mdev->nr_log, 1);
}

static void attach_blocking_by_pointer_refused(struct kunit *test)
{
	struct iommu_domain *blocking;
	struct mock_dev *free, *mdev;

	/* Without a static blocked domain, an empty paging one stands in */
	mock->ops.blocked_domain = NULL;
	mock_start(test);
	free = plug_new(test, 1, &nothing);
	KUNIT_ASSERT_EQ(test, 0,
			iommu_group_claim_dma_owner(free->dev->iommu_group, test));
	blocking = free->hw;
	KUNIT_ASSERT_TRUE(test, blocking->type & __IOMMU_DOMAIN_PAGING);
	iommu_group_release_dma_owner(free->dev->iommu_group);

	/* Even if there is something in it */
	mdev = plug_new(test, 1, &direct);
	map_direct(test, blocking, mdev);
	KUNIT_EXPECT_EQ(test, -EPERM,
			iommu_attach_group(blocking, mdev->dev->iommu_group));
	KUNIT_EXPECT_EQ(test, mdev->nr_log, 1);
	expect_on(test, free, default_domain(free));
}

static void attach_identity_accepted(struct kunit *test)
{
	struct mock_dev *mdev;

	mock_start(test);
	mdev = plug_new(test, 0, &direct);
	KUNIT_EXPECT_EQ(test, 0, iommu_attach_device(&mock_identity, mdev->dev));
	iommu_detach_device(&mock_identity, mdev->dev);
	expect_always_direct(test, mdev);
}

static void attached_direct_region_cannot_be_unmapped(struct kunit *test)
{
	const phys_addr_t start = direct.regions[0].start;
	struct iommu_domain *domain;
	struct mock_dev *mdev;

	mock_start(test);
	mdev = plug_new(test, 0, &direct);
	domain = new_domain(test, mdev);
	map_direct(test, domain, mdev);
	KUNIT_ASSERT_EQ(test, 0, iommu_map(domain, SZ_1M, SZ_1M, SZ_64K, RW, GFP_KERNEL));
	KUNIT_ASSERT_EQ(test, 0, iommu_attach_device(domain, mdev->dev));

	KUNIT_EXPECT_EQ(test, 0, iommu_unmap(domain, start, SZ_4K));
	KUNIT_EXPECT_EQ(test, 0, iommu_unmap(domain, start, SZ_64K));
	KUNIT_EXPECT_EQ(test, 0, iommu_unmap(domain, start + SZ_64K - SZ_4K, SZ_4K));
	expect_always_direct(test, mdev);
	/* Everything else can */
	KUNIT_EXPECT_EQ(test, SZ_64K, iommu_unmap(domain, SZ_1M, SZ_64K));
	KUNIT_ASSERT_EQ(test, 0, iommu_map(domain, start + SZ_64K, start, SZ_4K, RW, GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, SZ_4K, iommu_unmap(domain, start + SZ_64K, SZ_4K));

	iommu_detach_device(domain, mdev->dev);
	KUNIT_EXPECT_EQ(test, SZ_64K, iommu_unmap(domain, start, SZ_64K));
}

static void attached_domain_leaves_nothing(struct kunit *test)
{
	struct iommu_domain *domain;
	struct mock_dev *mdev;

	mock_start(test);
	mdev = plug_new(test, 0, &direct);
	mock_leak_begin();
	domain = iommu_paging_domain_alloc(mdev->dev);
	if (!IS_ERR(domain)) {
		map_direct(test, domain, mdev);
		KUNIT_EXPECT_EQ(test, 0, iommu_attach_device(domain, mdev->dev));
		iommu_detach_device(domain, mdev->dev);
		iommu_domain_free(domain);
	}
	KUNIT_EXPECT_EQ(test, 0, mock_leak_end());
}

/* Until the last of the devices is gone, and by whatever way it goes */
static void attached_direct_regions_of_several_devices(struct kunit *test)
{
	static const struct firmware second = { {
		{ 0x11000000, SZ_64K, RW, DIRECT, TABLE },
	} };
	struct mock_dev *a, *b, *c, *free;
	struct iommu_domain *domain;

	mock_start(test);
	a = plug_new(test, 0, &direct);
	b = plug_new(test, 0, &second);
	c = plug_new(test, 0, &second);
	free = plug_new(test, 0, &nothing);
	domain = new_domain(test, a);
	map_direct(test, domain, a);
	map_direct(test, domain, b);

	/* Nobody pays who has no such device */
	KUNIT_ASSERT_EQ(test, 0, iommu_attach_device(domain, free->dev));
	KUNIT_EXPECT_PTR_EQ(test, domain->ops, &mock_paging_ops);

	KUNIT_ASSERT_EQ(test, 0, iommu_attach_device(domain, a->dev));
	KUNIT_ASSERT_EQ(test, 0, iommu_attach_device(domain, b->dev));
	KUNIT_ASSERT_EQ(test, 0, iommu_attach_device(domain, c->dev));
	KUNIT_EXPECT_EQ(test, 0, iommu_unmap(domain, 0x10000000, SZ_64K));
	KUNIT_EXPECT_EQ(test, 0, iommu_unmap(domain, 0x11000000, SZ_64K));

	iommu_detach_device(domain, a->dev);
	KUNIT_EXPECT_EQ(test, SZ_64K, iommu_unmap(domain, 0x10000000, SZ_64K));
	KUNIT_EXPECT_EQ(test, 0, iommu_unmap(domain, 0x11000000, SZ_64K));
	iommu_detach_device(domain, b->dev);
	KUNIT_EXPECT_EQ(test, 0, iommu_unmap(domain, 0x11000000, SZ_64K));
	/* It has no maps any more for one that comes back */
	KUNIT_EXPECT_EQ(test, -EPERM, iommu_attach_device(domain, a->dev));

	iommu_detach_device(domain, c->dev);
	iommu_detach_device(domain, free->dev);
	KUNIT_EXPECT_EQ(test, SZ_64K, iommu_unmap(domain, 0x11000000, SZ_64K));
}

/* Regions of every device of the group are out of bounds for its buffers */
static void iova_avoids_regions_of_all_devices(struct kunit *test)
{
	static const struct firmware top = { {
		{ 0xffff0000, SZ_64K, RW, DIRECT, TABLE },
	} };
	struct mock_dev *a, *b;
	struct page *page;
	dma_addr_t iova;

	page = alloc_page(GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, page);
	mock_start(test);
	a = plug_new(test, 1, &nothing);
	b = plug_new(test, 1, &top);
	/* Buffers are handed out from the top of the 32-bit space */
	iova = dma_map_page(a->dev, page, 0, PAGE_SIZE, DMA_BIDIRECTIONAL);
	KUNIT_EXPECT_FALSE(test, dma_mapping_error(a->dev, iova));
	KUNIT_EXPECT_LT(test, iova, 0xffff0000);
	if (!dma_mapping_error(a->dev, iova))
		dma_unmap_page(a->dev, iova, PAGE_SIZE, DMA_BIDIRECTIONAL);
	expect_always_direct(test, b);
	__free_page(page);
}

/* Default domain changed by the administrator */

static void type_change_keeps_maps(struct kunit *test)
{
	struct mock_dev *a, *b;

	mock_start(test);
	a = plug_new(test, 1, &direct);
	b = plug_new(test, 1, &nothing);
	KUNIT_EXPECT_EQ(test, 8, set_type(a, "identity"));
	expect_on(test, a, &mock_identity);
	expect_on(test, b, &mock_identity);
	KUNIT_EXPECT_EQ(test, 3, set_type(a, "DMA"));
	expect_on(test, a, default_domain(a));
	expect_on(test, b, default_domain(a));
	KUNIT_EXPECT_EQ(test, default_domain(a)->type, IOMMU_DOMAIN_DMA);
	expect_always_direct(test, a);
}

static void type_change_failure_keeps_maps(struct kunit *test)
{
	struct mock_dev *a, *b;

	mock_start(test);
	a = plug_new(test, 1, &direct);
	b = plug_new(test, 1, &nothing);

	/* The second device is the one that fails, so the first is turned back */
	b->fail_attach = 1;
	KUNIT_EXPECT_LT(test, set_type(a, "identity"), 0);
	expect_on(test, a, default_domain(a));
	expect_on(test, b, default_domain(a));
	expect_always_direct(test, a);
}

/* Hot-plug */

static void hotplug_into_default_domain(struct kunit *test)
{
	struct mock_dev *free, *mdev;

	mock_start(test);
	free = plug_new(test, 1, &nothing);
	mdev = plug_new(test, 1, &direct);
	KUNIT_EXPECT_PTR_EQ(test, free->dev->iommu_group, mdev->dev->iommu_group);
	expect_on(test, mdev, default_domain(free));
	expect_always_direct(test, mdev);
	KUNIT_EXPECT_EQ(test, free->nr_log, 1);

	/* From now on the group as a whole is held */
	KUNIT_EXPECT_EQ(test, -EPERM,
			iommu_group_claim_dma_owner(free->dev->iommu_group, test));
	unplug(mdev);
	KUNIT_EXPECT_EQ(test, 0,
			iommu_group_claim_dma_owner(free->dev->iommu_group, test));
	iommu_group_release_dma_owner(free->dev->iommu_group);
}

static void hotplug_into_identity(struct kunit *test)
{
	struct mock_dev *free, *mdev;

	mock_start(test);
	free = new_dev(test, 1, &nothing);
	free->type = IOMMU_DOMAIN_IDENTITY;
	plug(test, free);
	mdev = plug_new(test, 1, &direct);
	expect_on(test, mdev, &mock_identity);
	expect_always_direct(test, mdev);
	KUNIT_EXPECT_EQ(test, -EPERM,
			iommu_group_claim_dma_owner(free->dev->iommu_group, test));
}

/* Something of a kernel driver's buffers is where the region should be */
static void hotplug_default_domain_in_use(struct kunit *test)
{
	struct mock_dev *free, *mdev;

	mock_start(test);
	free = plug_new(test, 1, &nothing);
	KUNIT_ASSERT_EQ(test, 0, iommu_map(default_domain(free),
					   direct.regions[0].start, 0x50000000,
					   SZ_4K, RW, GFP_KERNEL));
	mdev = plug_new(test, 1, &direct);
	expect_always_direct(test, mdev);
}

/* What a user holds when the device comes */
struct held {
	const char *name;
	bool no_blocked_domain;
	bool nothing_attached;
};

static const struct held helds[] = {
	{ "user_domain", false, false },
	{ "user_domain_no_blocked", true, false },
	{ "nothing_attached", false, true },
	{ "nothing_attached_no_blocked", true, true },
};

static void held_desc(const struct held *held, char *desc)
{
	strscpy(desc, held->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(held, helds, held_desc);

static struct mock_dev *plug_held(struct kunit *test, struct iommu_domain **user)
{
	const struct held *held = test->param_value;
	struct mock_dev *free;

	if (held->no_blocked_domain)
		mock->ops.blocked_domain = NULL;
	mock_start(test);
	free = plug_new(test, 1, &nothing);
	KUNIT_ASSERT_EQ(test, 0, iommu_device_claim_dma_owner(free->dev, test));
	*user = new_domain(test, free);
	if (!held->nothing_attached)
		KUNIT_ASSERT_EQ(test, 0, iommu_attach_group(*user,
							    free->dev->iommu_group));
	return free;
}

static void hotplug_into_held_group(struct kunit *test)
{
	struct iommu_domain *user, *second, *held_by;
	struct mock_dev *free, *mdev;
	struct iommu_group *group;
	unsigned int nr_log;

	free = plug_held(test, &user);
	group = free->dev->iommu_group;
	held_by = free->hw;
	nr_log = free->nr_log;

	/* It is in the group, which fences it, and keeps what firmware needs */
	mdev = plug_new(test, 1, &direct);
	KUNIT_EXPECT_PTR_EQ(test, mdev->dev->iommu_group, group);
	expect_always_direct(test, mdev);
	KUNIT_EXPECT_EQ(test, attaches_to(mdev, held_by), 0);

	/* Nobody gets it, and the user sees nothing of it */
	KUNIT_EXPECT_EQ(test, -EPERM, iommu_device_claim_dma_owner(mdev->dev, test));
	KUNIT_EXPECT_EQ(test, -EPERM, iommu_device_claim_dma_owner(mdev->dev, mock));
	KUNIT_EXPECT_EQ(test, -EBUSY, iommu_device_use_default_domain(mdev->dev));
	KUNIT_EXPECT_EQ(test, free->nr_log, nr_log);
	expect_on(test, free, held_by);

	/* The user goes on as if there was nothing */
	if (held_by == user)
		iommu_detach_group(user, group);
	KUNIT_EXPECT_EQ(test, 0, iommu_attach_group(user, group));
	expect_on(test, free, user);
	second = new_domain(test, free);
	KUNIT_EXPECT_EQ(test, 0, iommu_group_replace_domain(group, second));
	expect_on(test, free, second);
	KUNIT_EXPECT_EQ(test, 0, iommu_replace_group_handle(group, user, NULL));
	expect_on(test, free, user);
	KUNIT_EXPECT_EQ(test, 0, iommu_group_replace_domain(group, second));
	iommu_detach_group(second, group);
	KUNIT_EXPECT_PTR_NE(test, free->hw, second);

	/* and none of that touched the device */
	KUNIT_EXPECT_EQ(test, attaches_to(mdev, user), 0);
	KUNIT_EXPECT_EQ(test, attaches_to(mdev, second), 0);
	KUNIT_EXPECT_EQ(test, attaches_to(mdev, free->hw), 0);
	expect_always_direct(test, mdev);

	/* In the end it is a device like any other */
	iommu_device_release_dma_owner(free->dev);
	expect_on(test, free, default_domain(free));
	expect_on(test, mdev, default_domain(free));
	expect_always_direct(test, mdev);
	KUNIT_EXPECT_EQ(test, 0, iommu_device_use_default_domain(mdev->dev));
	iommu_device_unuse_default_domain(mdev->dev);
	KUNIT_EXPECT_EQ(test, -EPERM, iommu_group_claim_dma_owner(group, test));
	KUNIT_EXPECT_EQ(test, -EPERM, iommu_attach_group(user, group));
	expect_on(test, free, default_domain(free));
}

/* Given back with the user's domain still attached, as at process exit */
static void hotplug_into_held_group_then_release(struct kunit *test)
{
	struct mock_dev *free, *mdev;
	struct iommu_domain *user;

	free = plug_held(test, &user);
	mdev = plug_new(test, 1, &direct);
	iommu_device_release_dma_owner(free->dev);
	expect_on(test, free, default_domain(free));
	expect_on(test, mdev, default_domain(free));
	expect_always_direct(test, mdev);
	KUNIT_EXPECT_EQ(test, attaches_to(mdev, user), 0);
}

static void hotplug_into_held_group_and_out(struct kunit *test)
{
	struct mock_dev *free, *mdev;
	struct iommu_domain *user, *held_by;
	struct iommu_group *group;
	unsigned int i;

	free = plug_held(test, &user);
	group = free->dev->iommu_group;
	held_by = free->hw;

	mdev = new_dev(test, 1, &direct);
	for (i = 0; i < 3; i++) {
		plug(test, mdev);
		KUNIT_EXPECT_PTR_EQ(test, mdev->dev->iommu_group, group);
		expect_always_direct(test, mdev);
		KUNIT_EXPECT_EQ(test, attaches_to(mdev, held_by), 0);
		unplug(mdev);
		expect_on(test, free, held_by);
		/* The RID could be the user's */
		KUNIT_EXPECT_EQ(test, attaches_to(mdev, &mock_identity), 0);
	}

	/* It leaves no trace: the group can be claimed again */
	iommu_device_release_dma_owner(free->dev);
	expect_on(test, free, default_domain(free));
	KUNIT_EXPECT_EQ(test, 0, iommu_group_claim_dma_owner(group, test));
	iommu_group_release_dma_owner(group);
}

static void hotplug_two_into_held_group(struct kunit *test)
{
	static const struct firmware second = { {
		{ 0x11000000, SZ_64K, RW, DIRECT, TABLE },
	} };
	struct mock_dev *free, *a, *b;
	struct iommu_domain *user;

	free = plug_held(test, &user);
	a = plug_new(test, 1, &direct);
	b = plug_new(test, 1, &second);
	expect_always_direct(test, a);
	expect_always_direct(test, b);
	unplug(a);
	expect_always_direct(test, b);
	iommu_device_release_dma_owner(free->dev);
	expect_on(test, b, default_domain(free));
	expect_always_direct(test, b);
}

/* Devices without direct regions follow the group, as they always did */
static void hotplug_free_into_held_group(struct kunit *test)
{
	struct mock_dev *free, *a, *b;
	struct iommu_domain *user;

	free = plug_held(test, &user);
	a = plug_new(test, 1, &nothing);
	b = plug_new(test, 1, &relaxable);
	expect_on(test, a, free->hw);
	expect_on(test, b, free->hw);
	KUNIT_EXPECT_EQ(test, 0, iommu_device_claim_dma_owner(a->dev, test));
	iommu_device_release_dma_owner(a->dev);
	iommu_device_release_dma_owner(free->dev);
	expect_on(test, a, default_domain(free));
	expect_on(test, b, default_domain(free));
}

/* Where the region should be, the default domain has something of its own */
static void hotplug_into_held_group_in_use(struct kunit *test)
{
	struct mock_dev *free, *mdev;
	struct iommu_domain *user;

	free = plug_held(test, &user);
	KUNIT_ASSERT_EQ(test, 0, iommu_map(default_domain(free),
					   direct.regions[0].start, 0x50000000,
					   SZ_4K, RW, GFP_KERNEL));
	mdev = plug_new(test, 1, &direct);
	expect_always_direct(test, mdev);
	iommu_device_release_dma_owner(free->dev);
	expect_on(test, free, default_domain(free));
	expect_always_direct(test, mdev);

	/* Once that is gone, there is room for it */
	iommu_unmap(default_domain(free), direct.regions[0].start, SZ_4K);
	KUNIT_ASSERT_EQ(test, 0, iommu_attach_group(&mock_identity,
						    free->dev->iommu_group));
	iommu_detach_group(&mock_identity, free->dev->iommu_group);
	expect_on(test, mdev, default_domain(free));
	expect_always_direct(test, mdev);
}

/* What a user maps, a user can unmap */
static void hotplug_beside_user_domain_with_maps(struct kunit *test)
{
	struct mock_dev *free, *mdev;
	struct iommu_domain *user;

	mock_start(test);
	free = plug_new(test, 1, &nothing);
	KUNIT_ASSERT_EQ(test, 0, iommu_device_claim_dma_owner(free->dev, test));
	user = new_domain(test, free);
	mdev = new_dev(test, 1, &direct);
	map_direct(test, user, mdev);
	KUNIT_ASSERT_EQ(test, 0, iommu_attach_group(user, free->dev->iommu_group));

	plug(test, mdev);
	KUNIT_EXPECT_EQ(test, attaches_to(mdev, user), 0);
	expect_always_direct(test, mdev);
	KUNIT_EXPECT_EQ(test, SZ_64K, iommu_unmap(user, direct.regions[0].start,
						  SZ_64K));
	iommu_device_release_dma_owner(free->dev);
	expect_on(test, mdev, default_domain(free));
}

/* A kernel driver's domain, nobody claimed anything */
static void hotplug_beside_kernel_domain(struct kunit *test)
{
	struct mock_dev *free, *mdev;
	struct iommu_domain *domain;

	mock_start(test);
	free = plug_new(test, 1, &nothing);
	domain = new_domain(test, free);
	KUNIT_ASSERT_EQ(test, 0, iommu_attach_group(domain, free->dev->iommu_group));

	mdev = plug_new(test, 1, &direct);
	expect_always_direct(test, mdev);
	KUNIT_EXPECT_EQ(test, attaches_to(mdev, domain), 0);
	expect_on(test, free, domain);

	iommu_detach_group(domain, free->dev->iommu_group);
	expect_on(test, free, default_domain(free));
	expect_on(test, mdev, default_domain(free));
	expect_always_direct(test, mdev);
}

static void hotplug_beside_kernel_domain_with_maps(struct kunit *test)
{
	struct mock_dev *free, *mdev;
	struct iommu_domain *domain;

	mock_start(test);
	free = plug_new(test, 1, &nothing);
	domain = new_domain(test, free);
	mdev = new_dev(test, 1, &direct);
	map_direct(test, domain, mdev);
	KUNIT_ASSERT_EQ(test, 0, iommu_attach_group(domain, free->dev->iommu_group));

	plug(test, mdev);
	expect_on(test, mdev, domain);
	expect_always_direct(test, mdev);
	iommu_detach_group(domain, free->dev->iommu_group);
	expect_on(test, mdev, default_domain(free));
	expect_always_direct(test, mdev);
}

/* A driver that needs an attach before it can map */
static void hotplug_map_after_attach(struct kunit *test)
{
	struct mock_dev *free, *mdev;
	struct iommu_domain *user;

	mock->map_after_attach = true;
	mock_start(test);
	free = plug_new(test, 1, &nothing);
	KUNIT_ASSERT_EQ(test, 0, iommu_device_claim_dma_owner(free->dev, test));
	user = new_domain(test, free);
	KUNIT_ASSERT_EQ(test, 0, iommu_attach_group(user, free->dev->iommu_group));

	mdev = plug_new(test, 1, &direct);
	KUNIT_EXPECT_EQ(test, attaches_to(mdev, user), 0);
	expect_direct_now(test, mdev);
	iommu_device_release_dma_owner(free->dev);
	expect_on(test, mdev, default_domain(free));
	expect_direct_now(test, mdev);
}

/*
 * The IOMMU cannot tell the device from one that a user holds: what is attached
 * for the one is attached for the other.
 */
static void hotplug_shared_rid(struct kunit *test)
{
	struct mock_dev *free, *mdev, *other;
	struct iommu_domain *user;

	mock->fwnode = fwnode_create_software_node(NULL, NULL);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, mock->fwnode);
	mock_start(test);
	free = new_dev(test, 1, &nothing);
	free->rid = 0x100;
	plug(test, free);
	KUNIT_ASSERT_NOT_NULL(test, free->dev->iommu_group);
	KUNIT_ASSERT_EQ(test, 0, iommu_device_claim_dma_owner(free->dev, test));
	user = new_domain(test, free);
	KUNIT_ASSERT_EQ(test, 0, iommu_attach_group(user, free->dev->iommu_group));

	mdev = new_dev(test, 1, &direct);
	mdev->rid = 0x100;
	plug(test, mdev);
	KUNIT_ASSERT_PTR_EQ(test, mdev->dev->iommu_group, free->dev->iommu_group);
	KUNIT_EXPECT_EQ(test, mdev->nr_log, 0);
	expect_on(test, free, user);
	KUNIT_EXPECT_EQ(test, -EPERM, iommu_device_claim_dma_owner(mdev->dev, test));

	/* One of its own RID is parked as ever */
	other = new_dev(test, 1, &direct);
	other->rid = 0x108;
	plug(test, other);
	KUNIT_ASSERT_NOT_NULL(test, other->dev->iommu_group);
	expect_always_direct(test, other);

	/* Nor is it attached while the user goes from domain to domain */
	iommu_detach_group(user, free->dev->iommu_group);
	KUNIT_EXPECT_EQ(test, 0, iommu_attach_group(user, free->dev->iommu_group));
	KUNIT_EXPECT_EQ(test, mdev->nr_log, 0);

	expect_on(test, free, user);

	iommu_device_release_dma_owner(free->dev);
	expect_on(test, free, default_domain(free));
	expect_on(test, mdev, default_domain(free));
	expect_always_direct(test, mdev);
	expect_on(test, other, default_domain(free));
}

/* Release */

static void release_does_not_block(struct kunit *test)
{
	struct mock_dev *a, *b;

	mock->ops.release_domain = &mock_blocked;
	mock_start(test);
	a = plug_new(test, 1, &direct);
	b = plug_new(test, 1, &direct);
	unplug(a);
	KUNIT_EXPECT_EQ(test, attaches_to(a, &mock_blocked), 0);
	KUNIT_EXPECT_EQ(test, attaches_to(a, &mock_identity), 1);
	expect_always_direct(test, b);
	unplug(b);
	KUNIT_EXPECT_EQ(test, attaches_to(b, &mock_blocked), 0);
	KUNIT_EXPECT_EQ(test, attaches_to(b, &mock_identity), 1);

	/* Others as the driver has it */
	a = plug_new(test, 1, &nothing);
	unplug(a);
	KUNIT_EXPECT_EQ(test, attaches_to(a, &mock_blocked), 1);
	KUNIT_EXPECT_EQ(test, attaches_to(a, &mock_identity), 0);
}

/* Where identity is no option, that is said */
static void release_without_identity(struct kunit *test)
{
	struct kmsg_dump_iter mark;
	struct mock_dev *mdev;
	char name[32];

	mock->ops.release_domain = &mock_blocked;
	mock_start(test);
	mdev = new_dev(test, 0, &direct);
	/* The driver has it that the hardware lacks identity */
	mdev->type = IOMMU_DOMAIN_DMA;
	plug(test, mdev);
	KUNIT_ASSERT_NOT_NULL(test, mdev->dev->iommu_group);
	strscpy(name, dev_name(mdev->dev));
	mark = mock_log_mark();
	unplug(mdev);
	KUNIT_EXPECT_EQ(test, attaches_to(mdev, &mock_identity), 0);
	KUNIT_EXPECT_EQ(test, 1, mock_log_count(&mark, name, "firmware", "released"));

	/* As where it fails */
	mdev->type = 0;
	plug(test, mdev);
	mdev->fail_attach = 1;
	mark = mock_log_mark();
	unplug(mdev);
	KUNIT_EXPECT_EQ(test, mdev->fail_attach, 0);
	KUNIT_EXPECT_EQ(test, attaches_to(mdev, &mock_blocked), 1);
	KUNIT_EXPECT_EQ(test, 1, mock_log_count(&mark, name, "firmware", "released"));
}

/* The device that stays has the RID of the one that goes */
static void release_shared_rid(struct kunit *test)
{
	struct mock_dev *stays, *goes;
	unsigned int i;

	mock->fwnode = fwnode_create_software_node(NULL, NULL);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, mock->fwnode);
	mock->ops.release_domain = &mock_blocked;
	mock_start(test);
	for (i = 0; i < 2; i++) {
		stays = new_dev(test, 1, i ? &nothing : &direct);
		goes = new_dev(test, 1, i ? &direct : &nothing);
		stays->rid = 0x100;
		goes->rid = 0x100;
		plug(test, stays);
		plug(test, goes);
		unplug(goes);
		/* Neither blocked nor let at all memory */
		expect_on(test, stays, default_domain(stays));
		KUNIT_EXPECT_EQ(test, attaches_to(goes, &mock_identity), 0);
		unplug(stays);
	}
}

/* Attach that must succeed and does not */

static void failed_restore_does_not_block(struct kunit *test)
{
	struct mock_dev *free, *mdev;
	struct iommu_group *group;

	mock_start(test);
	free = plug_new(test, 1, &nothing);
	group = free->dev->iommu_group;
	/* From here on the group has a blocking domain */
	KUNIT_ASSERT_EQ(test, 0, iommu_group_claim_dma_owner(group, test));
	iommu_group_release_dma_owner(group);
	mdev = plug_new(test, 1, &direct);
	KUNIT_ASSERT_GT(test, set_type(mdev, "identity"), 0);

	/*
	 * The new default domain turns out to be of no use when the device is
	 * on it, and the way back to the old one is barred.
	 */
	mock->map_error = -EIO;
	mdev->fail_attach = 2;
	KUNIT_EXPECT_LT(test, set_type(mdev, "DMA"), 0);
	KUNIT_EXPECT_EQ(test, mdev->fail_attach, 0);
	KUNIT_EXPECT_EQ(test, attaches_to(mdev, &mock_blocked), 0);
	expect_direct_now(test, mdev);
	expect_on(test, free, &mock_identity);
}

/* Memory that is not to be had */

/* Where the device goes that is probed */
struct into {
	const char *name;
	bool new_group;
	bool claimed;
	bool attached;
};

static const struct into intos[] = {
	{ "new_group", true, false, false },
	{ "default_domain", false, false, false },
	{ "user_domain", false, true, true },
	{ "blocking_domain", false, true, false },
};

static void into_desc(const struct into *into, char *desc)
{
	strscpy(desc, into->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(into, intos, into_desc);

static void probe_without_memory(struct kunit *test)
{
	const struct into *into = test->param_value;
	unsigned int nth, injected = 0, probed = 0;
	struct mock_dev *free, *mdev, *sibling;
	struct iommu_domain *user = NULL;
	bool done = false;

	if (mock_fail_init())
		kunit_skip(test, "needs CONFIG_FAILSLAB and its debugfs files");

	mock_start(test);
	free = plug_new(test, 1, &nothing);
	if (into->claimed)
		KUNIT_ASSERT_EQ(test, 0, iommu_device_claim_dma_owner(free->dev, test));
	if (into->attached) {
		user = new_domain(test, free);
		KUNIT_ASSERT_EQ(test, 0, iommu_attach_group(user,
							    free->dev->iommu_group));
	}

	mdev = new_dev(test, into->new_group ? 2 : 1, &direct);
	sibling = new_dev(test, mdev->group, &direct);
	for (nth = 1; !done; nth++) {
		int ret;

		mock_fail_nth(nth);
		ret = try_plug(mdev);
		done = mock_fail_done();
		injected += !done;
		if (ret)
			continue;

		/* Either it is not the IOMMU's, or it is as it should be */
		if (mdev->dev->iommu_group) {
			probed++;
			expect_direct_now(test, mdev);
			KUNIT_EXPECT_EQ(test, attaches_to(mdev, user), 0);
			KUNIT_EXPECT_EQ(test, attaches_to(mdev, &mock_blocked), 0);
			KUNIT_EXPECT_EQ(test, -EPERM,
					iommu_device_claim_dma_owner(mdev->dev, test));
			/* What is left half done must do for one that joins */
			plug(test, sibling);
			expect_direct_now(test, sibling);
			unplug(sibling);
		} else {
			KUNIT_EXPECT_FALSE(test, mdev->probed);
			KUNIT_EXPECT_NULL(test, mdev->hw);
		}
		unplug(mdev);
	}
	/* The last time nothing failed */
	KUNIT_EXPECT_GE(test, probed, 1);
	KUNIT_EXPECT_GE(test, injected, 10);
	kunit_info(test, "%u failures injected\n", injected);
}

static void type_change_without_memory(struct kunit *test)
{
	unsigned int nth, injected = 0;
	struct mock_dev *mdev;
	bool done = false;

	if (mock_fail_init())
		kunit_skip(test, "needs CONFIG_FAILSLAB and its debugfs files");

	mock_start(test);
	mdev = plug_new(test, 0, &direct);
	for (nth = 1; !done; nth++) {
		mdev->nr_log = 0;
		KUNIT_ASSERT_GT(test, set_type(mdev, "identity"), 0);
		mock_fail_nth(nth);
		set_type(mdev, "DMA");
		done = mock_fail_done();
		injected += !done;
		expect_direct_now(test, mdev);
		expect_on(test, mdev, default_domain(mdev));
		KUNIT_EXPECT_EQ(test, attaches_to(mdev, &mock_blocked), 0);
	}
	KUNIT_EXPECT_TRUE(test, iommu_is_dma_domain(default_domain(mdev)));
	KUNIT_EXPECT_GE(test, injected, 10);
	kunit_info(test, "%u failures injected\n", injected);
}

static void claim_without_memory(struct kunit *test)
{
	struct mock_dev *free, *mdev;
	unsigned int nth, injected = 0;
	struct iommu_group *group;
	bool done = false;
	int ret;

	if (mock_fail_init())
		kunit_skip(test, "needs CONFIG_FAILSLAB and its debugfs files");

	/* The blocking domain is a paging one, made by the claim */
	mock->ops.blocked_domain = NULL;
	mock_start(test);
	for (nth = 1; !done; nth++) {
		free = plug_new(test, 0, &nothing);
		group = free->dev->iommu_group;
		mock_fail_nth(nth);
		ret = iommu_group_claim_dma_owner(group, test);
		done = mock_fail_done();
		injected += ret == -ENOMEM;
		/* The failure may have hit a checker's own allocation */
		KUNIT_EXPECT_TRUE(test, !ret || (ret == -ENOMEM && !done));
		KUNIT_EXPECT_EQ(test, iommu_group_dma_owner_claimed(group), !ret);
		if (!ret)
			iommu_group_release_dma_owner(group);
		expect_on(test, free, default_domain(free));
	}
	KUNIT_EXPECT_GE(test, injected, 1);

	/* A refusal is one whatever memory there is */
	mdev = plug_new(test, 0, &direct);
	mock_fail_nth(1);
	ret = iommu_group_claim_dma_owner(mdev->dev->iommu_group, test);
	mock_fail_done();
	KUNIT_EXPECT_EQ(test, ret, -EPERM);
}

/* All at once, for lockdep and KASAN to look at */

#define RACE_ROUNDS	100

struct race {
	struct mock_dev *free;
	struct mock_dev *mdev;
	struct iommu_domain *user;
	void *owner;
	struct completion start;
	struct completion end;
	int result[3];
};

static int race_hotplug(struct race *race)
{
	unsigned int i;

	for (i = 0; i < RACE_ROUNDS; i++) {
		unsigned int uncovered;

		if (try_plug(race->mdev))
			return -ENOMEM;
		iommu_device_claim_dma_owner(race->mdev->dev, race->owner);
		schedule_timeout_uninterruptible(1);
		uncovered = race->mdev->uncovered;
		unplug(race->mdev);
		if (uncovered)
			return -EPERM;
	}
	return 0;
}

static int race_claim(struct race *race)
{
	struct iommu_group *group = race->free->dev->iommu_group;
	unsigned int i;

	for (i = 0; i < RACE_ROUNDS; i++) {
		/* Not while the other device is there */
		if (iommu_device_claim_dma_owner(race->free->dev, race->owner)) {
			schedule_timeout_uninterruptible(1);
			continue;
		}
		if (!iommu_attach_group(race->user, group)) {
			/* The others are to come by while it is held */
			schedule_timeout_uninterruptible(1);
			iommu_detach_group(race->user, group);
		}
		iommu_device_release_dma_owner(race->free->dev);
	}
	return 0;
}

static int race_sysfs(struct race *race)
{
	char *buf = (char *)__get_free_page(GFP_KERNEL);
	unsigned int i;

	for (i = 0; buf && i < RACE_ROUNDS; i++) {
		LIST_HEAD(list);

		/* Not while there is an owner */
		set_type(race->free, i & 1 ? "DMA" : "identity");
		group_file(race->free, "type", NULL, buf);
		group_file(race->free, "reserved_regions", NULL, buf);
		if (!iommu_get_resv_regions(race->free->dev, &list))
			iommu_put_resv_regions(race->free->dev, &list);
		if (!iommu_device_use_default_domain(race->free->dev))
			iommu_device_unuse_default_domain(race->free->dev);
		schedule_timeout_uninterruptible(1);
	}
	free_page((unsigned long)buf);
	return buf ? 0 : -ENOMEM;
}

static int (* const racers[])(struct race *race) = {
	race_hotplug, race_claim, race_sysfs,
};

struct racer {
	struct race *race;
	unsigned int nr;
};

static int race_run(void *data)
{
	struct racer *racer = data;
	struct race *race = racer->race;

	wait_for_completion(&race->start);
	race->result[racer->nr] = racers[racer->nr](race);
	complete(&race->end);
	return 0;
}

static void everything_at_once(struct kunit *test)
{
	struct racer racer[ARRAY_SIZE(racers)];
	unsigned int i, started;
	struct race *race;

	race = kunit_kzalloc(test, sizeof(*race), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, race);
	init_completion(&race->start);
	init_completion(&race->end);
	race->owner = test;

	mock_start(test);
	race->free = plug_new(test, 1, &nothing);
	race->mdev = new_dev(test, 1, &direct);
	race->user = new_domain(test, race->free);
	for (started = 0; started < ARRAY_SIZE(racers); started++) {
		racer[started] = (struct racer){ race, started };
		if (IS_ERR(kthread_run(race_run, &racer[started], "iommu-race/%u",
				       started)))
			break;
	}
	complete_all(&race->start);
	for (i = 0; i < started; i++)
		wait_for_completion(&race->end);

	KUNIT_EXPECT_EQ(test, started, ARRAY_SIZE(racers));
	for (i = 0; i < started; i++)
		KUNIT_EXPECT_EQ_MSG(test, race->result[i], 0, "racer %u", i);
	expect_on(test, race->free, default_domain(race->free));
}

static void refusals_are_rate_limited(struct kunit *test)
{
	unsigned int i, said = 0;
	struct kmsg_dump_iter mark;
	struct mock_dev *mdev;

	mock_start(test);
	mdev = plug_new(test, 0, &direct);
	mark = mock_log_mark();
	for (i = 0; i < 1000; i++)
		said += iommu_resv_explain(mdev->dev, mdev->dev->iommu->resv, 42,
					   NULL);
	KUNIT_EXPECT_LT(test, said, 1000);
	/* What it says it said, it said */
	KUNIT_EXPECT_EQ(test, said, mock_log_count(&mark, dev_name(mdev->dev),
						   TABLE, "groups/42/"));
}

static struct kunit_case group_test_cases[] = {
	/* First, before the others have used the rate limit up */
	KUNIT_CASE(refusal_is_said_once_per_device),
	KUNIT_CASE(probe_asks_driver_once),
	KUNIT_CASE(probe_fails_if_regions_are_unknown),
	KUNIT_CASE(probe_maps_before_attach),
	KUNIT_CASE(probe_maps_whole_pages),
	KUNIT_CASE(probe_maps_overlapping_regions),
	KUNIT_CASE(probe_maps_large_regions_cheaply),
	KUNIT_CASE(probe_cold_group),
	KUNIT_CASE(probe_cold_failure_stays_local),
	KUNIT_CASE(probe_identity_knows_the_requirement),
	KUNIT_CASE(probe_deferred_attach),
	KUNIT_CASE(probe_unmappable_region_stays_local),
	KUNIT_CASE(probe_unmappable_region_found_late),
	KUNIT_CASE_PARAM(claim_group_refused, position_gen_params),
	KUNIT_CASE_PARAM(claim_device_refused, position_gen_params),
	KUNIT_CASE(claim_refused_makes_no_domain),
	KUNIT_CASE(claim_broken_refused),
	KUNIT_CASE(claim_allowed),
	KUNIT_CASE(attach_without_maps_refused),
	KUNIT_CASE(attach_with_maps_accepted),
	KUNIT_CASE(attach_others_unaffected),
	KUNIT_CASE_PARAM(attach_group_refused_whole, position_gen_params),
	KUNIT_CASE(attach_blocked_by_type_refused),
	KUNIT_CASE(attach_blocked_refused_for_broken),
	KUNIT_CASE(attach_blocking_by_pointer_refused),
	KUNIT_CASE(attach_identity_accepted),
	KUNIT_CASE(attached_direct_region_cannot_be_unmapped),
	KUNIT_CASE(attached_direct_regions_of_several_devices),
	KUNIT_CASE(attached_domain_leaves_nothing),
	KUNIT_CASE(iova_avoids_regions_of_all_devices),
	KUNIT_CASE(type_change_keeps_maps),
	KUNIT_CASE(type_change_failure_keeps_maps),
	KUNIT_CASE(hotplug_into_default_domain),
	KUNIT_CASE(hotplug_into_identity),
	KUNIT_CASE(hotplug_default_domain_in_use),
	KUNIT_CASE_PARAM(hotplug_into_held_group, held_gen_params),
	KUNIT_CASE_PARAM(hotplug_into_held_group_then_release, held_gen_params),
	KUNIT_CASE_PARAM(hotplug_into_held_group_and_out, held_gen_params),
	KUNIT_CASE_PARAM(hotplug_two_into_held_group, held_gen_params),
	KUNIT_CASE_PARAM(hotplug_free_into_held_group, held_gen_params),
	KUNIT_CASE_PARAM(hotplug_into_held_group_in_use, held_gen_params),
	KUNIT_CASE(hotplug_beside_user_domain_with_maps),
	KUNIT_CASE(hotplug_beside_kernel_domain),
	KUNIT_CASE(hotplug_beside_kernel_domain_with_maps),
	KUNIT_CASE(hotplug_map_after_attach),
	KUNIT_CASE(hotplug_shared_rid),
	KUNIT_CASE(release_does_not_block),
	KUNIT_CASE(release_without_identity),
	KUNIT_CASE(release_shared_rid),
	KUNIT_CASE(failed_restore_does_not_block),
	KUNIT_CASE_PARAM(probe_without_memory, into_gen_params),
	KUNIT_CASE(type_change_without_memory),
	KUNIT_CASE(claim_without_memory),
	KUNIT_CASE(everything_at_once),
	/* Last: it uses the rate limit up */
	KUNIT_CASE(refusals_are_rate_limited),
	{}
};

static struct kunit_suite group_test_suite = {
	.name = "iommu_group",
	.init = group_test_init,
	.exit = group_test_exit,
	.test_cases = group_test_cases,
};

kunit_test_suite(group_test_suite);

MODULE_DESCRIPTION("KUnit tests of the IOMMU core with a mock driver");
MODULE_LICENSE("GPL");
