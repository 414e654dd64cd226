// SPDX-License-Identifier: GPL-2.0-only
/*
 * A mock IOMMU driver for the KUnit suites of the IOMMU core.
 */
#include <linux/kernfs.h>
#include <linux/mutex.h>
#include <linux/platform_device.h>
#include <linux/property.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/sysfs.h>

#include "../../iommu-priv.h"
#include "../../tests/compat.h"
#include "mock_driver.h"

const struct firmware mock_direct = { {
	{ 0x10000000, SZ_64K, RW, DIRECT, TABLE },
} };

const struct firmware mock_relaxable = { {
	{ 0x20000000, SZ_64K, RW, RELAXABLE, TABLE },
} };

const struct firmware mock_nothing;

struct mock_iommu *mock_iommu;

struct mock_dev *mock_find(struct device *dev)
{
	struct mock_dev *mdev;

	list_for_each_entry(mdev, &mock_iommu->devices, node)
		if (mdev->dev == dev)
			return mdev;
	return NULL;
}

/* Can firmware access all direct regions of the device through @domain? */
bool mock_covers(const struct mock_dev *mdev, struct iommu_domain *domain)
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

/* Set what the hardware translates with, whatever the core has attached */
void mock_hw_set(struct mock_dev *mdev, struct iommu_domain *domain)
{
	if (mdev->hw && !mock_is_static(mdev->hw))
		to_mock_domain(mdev->hw)->attached--;
	mdev->hw = domain;
	if (mdev->hw && !mock_is_static(mdev->hw)) {
		to_mock_domain(mdev->hw)->attached++;
		to_mock_domain(mdev->hw)->no_table = false;
	}
}

/*
 * Can the IOMMU not distinguish the two devices? Platform devices share a group
 * because the mask of one ID covers the other, so they share a RID, too.
 */
bool mock_same_rid(const struct mock_dev *a, const struct mock_dev *b)
{
	if (!a->probed || !b->probed)
		return false;
	if (a->platform || b->platform)
		return a->group && a->group == b->group;
	return a->rid && b->rid && a->rid < b->rid + (b->nr_rids ?: 1) &&
	       b->rid < a->rid + (a->nr_rids ?: 1);
}

/* Find another device with the same RID that a domain is attached to */
static struct mock_dev *mock_sibling(const struct mock_dev *mdev)
{
	struct mock_dev *other;

	list_for_each_entry(other, &mock_iommu->devices, node)
		if (other != mdev && other->attached &&
		    mock_same_rid(other, mdev))
			return other;
	return NULL;
}

/* The hardware translates all devices of a RID with the same domain */
static void mock_hw_set_rid(struct mock_dev *mdev, struct iommu_domain *domain)
{
	struct mock_dev *other;

	list_for_each_entry(other, &mock_iommu->devices, node)
		if (other == mdev || mock_same_rid(other, mdev))
			mock_hw_set(other, domain);
}

static unsigned int mock_failure(struct device *dev,
				 struct iommu_domain *domain)
{
	struct iommu_group *group = dev->iommu_group;

	if (domain == group->direct_domain)
		return MOCK_FAILED_DIRECT;
	if (domain == &mock_blocked || domain == group->blocking_domain)
		return MOCK_FAILED_BLOCKED;
	return MOCK_FAILED_OTHER;
}

static int mock_try_attach(struct mock_dev *mdev, struct iommu_domain *domain)
{
	struct mock_dev *sibling = mock_sibling(mdev);

	if (mdev->fail_attach && !--mdev->fail_attach) {
		mdev->fail_attach = !!mdev->fail_more;
		mdev->fail_more -= mdev->fail_attach;
		return -ENOMEM;
	}
	if (!mock_is_static(domain) &&
	    mock_domain_limit(to_mock_domain(domain), mock_iommu->hw_limit))
		return -EINVAL;
	mdev->attached = domain;
	/* Block the RID only if the sibling is blocked, too */
	if (domain != &mock_blocked || !sibling ||
	    sibling->attached == &mock_blocked)
		mock_hw_set_rid(mdev, domain);
	return 0;
}

static int mock_attach(IOMMU_ATTACH_PARAMS)
{
	struct mock_dev *mdev = mock_find(dev);
	struct iommu_domain *leaves = IOMMU_ATTACH_OLD;
	int ret;

	/*
	 * After a failed attach the core may pass NULL: it does not know what
	 * the device is attached to.
	 */
	if (!IS_ERR(leaves) && leaves != mdev->attached &&
	    (leaves || !mdev->failed))
		mock_iommu->wrong_old++;
	mdev->uncovered += !mock_covers(mdev, domain);
	if (mdev->nr_log < ARRAY_SIZE(mdev->log))
		mdev->log[mdev->nr_log++] = domain;

	mutex_lock(&mock_iommu->lock);
	ret = mock_try_attach(mdev, domain);
	mutex_unlock(&mock_iommu->lock);
	mdev->failed = ret;
	if (ret)
		mdev->failures |= mock_failure(dev, domain);
	return ret;
}

static const struct iommu_domain_ops mock_static_ops = {
	.attach_dev = mock_attach,
};

struct iommu_domain mock_identity = {
	.type = IOMMU_DOMAIN_IDENTITY,
	.ops = &mock_static_ops,
};

struct iommu_domain mock_blocked = {
	.type = IOMMU_DOMAIN_BLOCKED,
	.ops = &mock_static_ops,
};

bool mock_is_static(const struct iommu_domain *domain)
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
	mock_domain_init(domain, mock_iommu->pgsizes);
	domain->domain.geometry.aperture_end = mock_iommu->aperture_end;
	domain->no_table = mock_iommu->map_after_attach;
	domain->map_error = mock_iommu->map_error;
	atomic_inc(&mock_iommu->nr_domains);
	return &domain->domain;
}

static void mock_free(struct iommu_domain *domain)
{
	struct mock_domain *mock_domain = to_mock_domain(domain);

	if (mock_domain->attached)
		mock_iommu->freed_in_use++;
	atomic_dec(&mock_iommu->nr_domains);
	mock_domain_wipe(mock_domain);
	kfree(mock_domain);
}

const struct iommu_domain_ops mock_paging_ops = {
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
	if (mdev->probe_error)
		return ERR_PTR(mdev->probe_error);
	mutex_lock(&mock_iommu->lock);
	mdev->probed = true;
	mdev->reports = 0;
	mdev->finalized = 0;
	mdev->attached = NULL;
	mdev->failed = false;
	mdev->failures = 0;
	list_for_each_entry(other, &mock_iommu->devices, node)
		if (other != mdev && mock_same_rid(other, mdev))
			mock_hw_set(mdev, other->hw);
	mutex_unlock(&mock_iommu->lock);
	return &mock_iommu->iommu;
}

static void mock_release(struct device *dev)
{
	struct mock_dev *mdev = mock_find(dev);

	mutex_lock(&mock_iommu->lock);
	/* Devices that share the RID and are attached stay translated */
	if (mock_sibling(mdev))
		mock_hw_set(mdev, NULL);
	else
		mock_hw_set_rid(mdev, NULL);
	mdev->probed = false;
	mutex_unlock(&mock_iommu->lock);
}

static void mock_finalize(struct device *dev)
{
	mock_find(dev)->finalized++;
}

static struct iommu_group *mock_group(struct device *dev)
{
	struct mock_dev *mdev = mock_find(dev), *other;
	struct iommu_group *group;

	if (!mdev->group)
		return iommu_group_alloc();
	list_for_each_entry(other, &mock_iommu->devices, node) {
		if (other == mdev || other->group != mdev->group || !other->dev)
			continue;
		group = other->dev->iommu_group;
		if (group)
			return iommu_group_ref_get(group);
	}
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
	.probe_finalize = mock_finalize,
	.device_group = mock_group,
	.get_resv_regions = mock_get_resv_regions,
	.is_attach_deferred = mock_is_attach_deferred,
	.def_domain_type = mock_def_domain_type,
};

/* Register the IOMMU; the core probes the devices that are plugged in */
int mock_try_start(void)
{
	int ret;

	mock_identity.owner = &mock_iommu->ops;
	mock_blocked.owner = &mock_iommu->ops;
	mock_iommu->iommu.fwnode = mock_iommu->fwnode;
	ret = iommu_device_sysfs_add(&mock_iommu->iommu, NULL, NULL,
				     "mock-iommu");
	if (ret)
		return ret;
	ret = iommu_device_register(&mock_iommu->iommu, &mock_iommu->ops, NULL);
	if (ret)
		iommu_device_sysfs_remove(&mock_iommu->iommu);
	else
		mock_iommu->started = true;
	return ret;
}

void mock_start(struct kunit *test)
{
	KUNIT_ASSERT_EQ(test, 0, mock_try_start());
}

/* As above, and each device gets an ID from firmware */
void mock_start_ids(struct kunit *test)
{
	mock_iommu->fwnode = fwnode_create_software_node(NULL, NULL);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, mock_iommu->fwnode);
	mock_start(test);
}

void mock_stop(void)
{
	iommu_device_unregister(&mock_iommu->iommu);
	iommu_device_sysfs_remove(&mock_iommu->iommu);
	mock_iommu->started = false;
}

struct mock_dev *mock_new_dev(struct kunit *test, unsigned int group,
			      const struct firmware *firmware)
{
	struct mock_dev *mdev = kunit_kzalloc(test, sizeof(*mdev), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, mdev);
	mdev->id = mock_iommu->nr_devices++;
	mdev->devfn = -1;
	mdev->group = group;
	mdev->firmware = firmware;
	list_add_tail(&mdev->node, &mock_iommu->devices);
	return mdev;
}

int mock_set_ids(struct mock_dev *mdev)
{
	u32 id = 0x100 + mdev->id;
	int ret;

	if (!mock_iommu->fwnode)
		return 0;
	mutex_lock(&iommu_probe_device_lock);
	ret = iommu_fwspec_init(mdev->dev, mock_iommu->fwnode);
	mutex_unlock(&iommu_probe_device_lock);
	return ret ?: iommu_fwspec_add_ids(mdev->dev, &id, 1);
}

static int mock_platform_plug(struct mock_dev *mdev)
{
	int ret;

	mdev->pdev = platform_device_alloc("iommu-mock", mdev->id);
	if (!mdev->pdev)
		return -ENOMEM;
	mdev->dev = &mdev->pdev->dev;
	ret = mock_set_ids(mdev) ?:
	      mock_platform_add(mdev->pdev, mdev->pasid_bits);
	if (ret) {
		platform_device_put(mdev->pdev);
		mdev->pdev = NULL;
		mdev->dev = NULL;
	}
	return ret;
}

/* Add the device to its bus, which notifies the core */
int mock_try_plug(struct mock_dev *mdev)
{
	mdev->nr_log = 0;
	mdev->uncovered = 0;
	return mdev->platform ? mock_platform_plug(mdev) : mock_pci_plug(mdev);
}

void mock_plug(struct kunit *test, struct mock_dev *mdev)
{
	KUNIT_ASSERT_EQ(test, 0, mock_try_plug(mdev));
	mock_check(test);
}

void mock_unplug(struct mock_dev *mdev)
{
	if (mdev->platform) {
		platform_device_unregister(mdev->pdev);
		mdev->pdev = NULL;
		mdev->dev = NULL;
	} else {
		mock_pci_unplug(mdev);
	}
}

static struct mock_dev *mock_plug_grouped(struct kunit *test,
					  struct mock_dev *mdev)
{
	mock_plug(test, mdev);
	if (mock_iommu->started)
		KUNIT_ASSERT_NOT_NULL(test, mdev->dev->iommu_group);
	return mdev;
}

/* Plug in a new device; if the IOMMU is registered, it must get a group */
struct mock_dev *mock_plug_new(struct kunit *test, unsigned int group,
			       const struct firmware *firmware)
{
	return mock_plug_grouped(test, mock_new_dev(test, group, firmware));
}

/* As above, with that alias, see &struct mock_dev */
struct mock_dev *mock_plug_rid(struct kunit *test, unsigned int group, u32 rid,
			       const struct firmware *firmware)
{
	struct mock_dev *mdev = mock_new_dev(test, group, firmware);

	mdev->rid = rid;
	return mock_plug_grouped(test, mdev);
}

/* As above, a platform device: it shares the RID of all of its group */
struct mock_dev *mock_plug_slot(struct kunit *test, unsigned int group,
				const struct firmware *firmware)
{
	struct mock_dev *mdev = mock_new_dev(test, group, firmware);

	mdev->platform = true;
	return mock_plug_grouped(test, mdev);
}

/* Allocate a domain as a user of the IOMMU API, freed after the test */
struct iommu_domain *mock_new_domain(struct kunit *test, struct mock_dev *mdev)
{
	struct iommu_domain *domain = iommu_paging_domain_alloc(mdev->dev);

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, domain);
	KUNIT_ASSERT_LT(test, mock_iommu->nr_test_domains,
			ARRAY_SIZE(mock_iommu->domains));
	mock_iommu->domains[mock_iommu->nr_test_domains++] = domain;
	return domain;
}

/* As above, for a driver that leaves the direct regions to the core */
struct iommu_domain *mock_new_shared_domain(struct kunit *test,
					    struct mock_dev *mdev)
{
	struct iommu_domain *domain = mock_new_domain(test, mdev);

	iommu_domain_keep_direct(domain);
	return domain;
}

/* Map the direct regions as a driver may do itself */
void mock_map_direct(struct kunit *test, struct iommu_domain *domain,
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

/* Claim the group of the device and attach a domain of the new owner */
struct iommu_domain *mock_give_to_user(struct kunit *test,
				       struct mock_dev *mdev)
{
	struct iommu_domain *user;

	KUNIT_ASSERT_EQ(test, 0, iommu_device_claim_dma_owner(mdev->dev, test));
	user = mock_new_domain(test, mdev);
	KUNIT_ASSERT_EQ(test, 0,
			iommu_attach_group(user, mdev->dev->iommu_group));
	return user;
}

struct iommu_domain *mock_default_domain(struct mock_dev *mdev)
{
	return iommu_group_default_domain(mdev->dev->iommu_group);
}

unsigned int mock_attaches_to(const struct mock_dev *mdev,
			      const struct iommu_domain *domain)
{
	unsigned int i, n = 0;

	for (i = 0; i < mdev->nr_log; i++)
		n += mdev->log[i] == domain;
	return n;
}

void mock_expect_direct_now(struct kunit *test, const struct mock_dev *mdev)
{
	mock_check(test);
	KUNIT_EXPECT_NOT_NULL(test, mdev->hw);
	KUNIT_EXPECT_TRUE(test, mock_covers(mdev, mdev->hw));
}

/* The device was never attached without its direct regions, nor is it now */
void mock_expect_always_direct(struct kunit *test, const struct mock_dev *mdev)
{
	KUNIT_EXPECT_EQ(test, mdev->uncovered, 0);
	mock_expect_direct_now(test, mdev);
}

void mock_expect_on(struct kunit *test, const struct mock_dev *mdev,
		    const struct iommu_domain *domain)
{
	mock_check(test);
	KUNIT_EXPECT_PTR_EQ(test, (const struct iommu_domain *)mdev->hw,
			    domain);
}

/* Write to or read from a file of the group in sysfs, which is not mounted */
ssize_t mock_group_file(struct mock_dev *mdev, const char *name,
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

ssize_t mock_set_type(struct mock_dev *mdev, const char *type)
{
	return mock_group_file(mdev, "type", type, NULL);
}

int mock_test_init(struct kunit *test)
{
	if (iommu_ops_from_fwnode(NULL))
		kunit_skip(test, "there is a real IOMMU");

	mock_iommu = kunit_kzalloc(test, sizeof(*mock_iommu), GFP_KERNEL);
	if (!mock_iommu)
		return -ENOMEM;
	mock_iommu->test = test;
	mutex_init(&mock_iommu->lock);
	INIT_LIST_HEAD(&mock_iommu->devices);
	mock_iommu->ops = mock_ops;
	mock_iommu->pgsizes = MOCK_4K_2M_1G;
	mock_iommu->aperture_end = ~0UL;
	mock_iommu->hw_limit = ~0UL;
	return 0;
}

void mock_test_exit(struct kunit *test)
{
	struct iommu_domain *domain;
	struct mock_dev *mdev;

	if (!mock_iommu)
		return;

	mock_check(test);
	/* What a failed test may have left behind */
	list_for_each_entry(mdev, &mock_iommu->devices, node) {
		mdev->fail_attach = 0;
		mdev->fail_more = 0;
		if (mdev->dev && mdev->dev->iommu_group &&
		    iommu_group_dma_owner_claimed(mdev->dev->iommu_group))
			iommu_group_release_dma_owner(mdev->dev->iommu_group);
	}
	list_for_each_entry(mdev, &mock_iommu->devices, node) {
		if (!mdev->dev)
			continue;
		mock_unplug(mdev);
		mock_check(test);
	}
	mock_pci_exit();
	if (mock_iommu->started)
		mock_stop();
	while (mock_iommu->nr_test_domains) {
		mock_iommu->nr_test_domains--;
		domain = mock_iommu->domains[mock_iommu->nr_test_domains];
		iommu_domain_free(domain);
	}
	fwnode_remove_software_node(mock_iommu->fwnode);

	/* This must hold after every test */
	KUNIT_EXPECT_EQ_MSG(test, mock_iommu->freed_in_use, 0,
			    "domain freed that a device was still on");
	KUNIT_EXPECT_EQ_MSG(test, mock_iommu->wrong_old, 0,
			    "attach says the device leaves what it was not on");
	KUNIT_EXPECT_EQ_MSG(test, atomic_read(&mock_iommu->nr_domains), 0,
			    "domain leaked");
	mock_iommu = NULL;
}
