// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit tests of the IOMMU core when allocations fail.
 *
 * Each test repeats an operation: in round n, the n-th allocation fails, until
 * there are fewer than n. Whether or not the operation succeeds, the device
 * keeps its direct regions and cannot be assigned. If no allocation fails, it
 * succeeds.
 */
#include <kunit/test.h>
#include <linux/atomic.h>
#include <linux/iommu.h>
#include <linux/pci.h>
#include <linux/sizes.h>
#include <linux/string.h>

#include "../../iommu-priv.h"
#include "../../tests/compat.h"
#include "mock_driver.h"

static const struct firmware second = { {
	{ 0x11000000, SZ_64K, RW, DIRECT, TABLE },
} };

/* The second region may fail when the first one is mapped already */
static const struct firmware two = { {
	{ 0x10000000, SZ_64K, RW, DIRECT, TABLE },
	{ 0x10100000, SZ_64K, RW, DIRECT, TABLE },
} };

/**
 * struct sweep - which allocation fails
 * @nth: the n-th allocation of the operation
 * @injected: number of failures so far
 * @done: the operation made fewer than @nth allocations
 */
struct sweep {
	unsigned int nth;
	unsigned int injected;
	bool done;
};

/* Number of failures in all tests */
static unsigned int injected_total;

static void sweep_fail(struct sweep *sweep)
{
	mock_fail_nth(++sweep->nth);
}

static void sweep_stop(struct sweep *sweep)
{
	sweep->done = mock_fail_done();
	sweep->injected += !sweep->done;
}

static void sweep_end(struct kunit *test, const struct sweep *sweep,
		      unsigned int least)
{
	KUNIT_EXPECT_GE(test, sweep->injected, least);
	kunit_info(test, "%u failures injected\n", sweep->injected);
	injected_total += sweep->injected;
}

/* The device never lacked its direct regions, and cannot be assigned */
static void expect_direct(struct kunit *test, struct mock_dev *mdev)
{
	mock_expect_always_direct(test, mdev);
	KUNIT_EXPECT_EQ(test, mock_attaches_to(mdev, &mock_blocked), 0);
	KUNIT_EXPECT_LT(test, iommu_device_claim_dma_owner(mdev->dev, test), 0);
}

/* Probe and hot-plug */

/* What the device joins when it is probed */
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
	{ "kernel_domain", false, false, true },
};

static void into_desc(const struct into *into, char *desc)
{
	strscpy(desc, into->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(into, intos, into_desc);

/*
 * Plug the device in without an IOMMU, so that only allocations of the IOMMU
 * core fail when the test probes it.
 */
static void plug_unseen(struct kunit *test, struct mock_dev *mdev)
{
	mdev->probe_error = -ENODEV;
	mock_plug(test, mdev);
	mdev->probe_error = 0;
}

/*
 * Claim the group of @free and attach a domain, each if @into says so. Returns
 * the domain, or NULL.
 */
static struct iommu_domain *take(struct kunit *test, const struct into *into,
				 struct mock_dev *free)
{
	struct iommu_domain *domain;

	if (into->claimed)
		KUNIT_ASSERT_EQ(test, 0,
				iommu_device_claim_dma_owner(free->dev, test));
	if (!into->attached)
		return NULL;
	domain = into->claimed ? mock_new_domain(test, free) :
			       mock_new_shared_domain(test, free);
	KUNIT_ASSERT_EQ(test, 0,
			iommu_attach_group(domain, free->dev->iommu_group));
	return domain;
}

static void probe(struct kunit *test)
{
	const struct into *into = test->param_value;
	struct mock_dev *free, *mdev, *sibling;
	struct sweep sweep = {};
	unsigned int probed = 0;
	struct iommu_domain *domain;

	mock_start(test);
	free = mock_plug_new(test, 1, &mock_nothing);
	mdev = mock_new_dev(test, into->new_group ? 2 : 1, &two);
	sibling = mock_new_dev(test, mdev->group, &mock_direct);
	domain = take(test, into, free);

	while (!sweep.done) {
		int ret;

		plug_unseen(test, mdev);
		sweep_fail(&sweep);
		ret = iommu_probe_device(mdev->dev);
		sweep_stop(&sweep);
		mock_check(test);
		KUNIT_EXPECT_EQ(test, !ret, !!mdev->dev->iommu_group);

		/* Either the probe failed, or the device has its regions */
		if (mdev->dev->iommu_group) {
			probed++;
			expect_direct(test, mdev);
			if (into->claimed)
				KUNIT_EXPECT_EQ(test,
						mock_attaches_to(mdev, domain),
						0);
			/*
			 * A failure must not affect a device that joins later
			 */
			mock_plug(test, sibling);
			expect_direct(test, sibling);
			mock_unplug(sibling);
		} else {
			KUNIT_EXPECT_FALSE(test, mdev->probed);
			KUNIT_EXPECT_NULL(test, mdev->hw);
		}
		mock_unplug(mdev);
	}
	if (into->attached)
		iommu_detach_group(domain, free->dev->iommu_group);
	KUNIT_EXPECT_GE(test, probed, 1);
	sweep_end(test, &sweep, 10);
}

/* As above, where the device shares the RID of the one in the group */
static void probe_shared_rid(struct kunit *test)
{
	const struct into *into = test->param_value;
	struct iommu_domain *domain, *hw;
	struct mock_dev *free, *mdev;
	struct sweep sweep = {};
	unsigned int nr_log;

	if (into->new_group)
		kunit_skip(test, "devices with one RID are in one group");
	mock_start(test);
	free = mock_plug_rid(test, 1, 0x100, &mock_nothing);
	mdev = mock_new_dev(test, 1, &two);
	mdev->rid = 0x100;
	domain = take(test, into, free);
	hw = free->hw;
	nr_log = free->nr_log;

	while (!sweep.done) {
		int ret;

		plug_unseen(test, mdev);
		sweep_fail(&sweep);
		ret = iommu_probe_device(mdev->dev);
		sweep_stop(&sweep);
		mock_expect_on(test, free, hw);
		KUNIT_EXPECT_TRUE(test,
				  !ret || (ret == -ENOMEM && !sweep.done));
		if (!ret && into->claimed)
			KUNIT_EXPECT_EQ(test, mdev->nr_log, 0);
		else if (!ret)
			expect_direct(test, mdev);
		mock_unplug(mdev);
		mock_expect_on(test, free, hw);
		KUNIT_EXPECT_EQ(test, free->nr_log, nr_log);
	}
	if (into->attached)
		iommu_detach_group(domain, free->dev->iommu_group);
	sweep_end(test, &sweep, 10);
}

/* All devices, in two groups, are plugged in before the IOMMU */
static void probe_cold(struct kunit *test)
{
	struct sweep sweep = {};
	struct mock_dev *mdevs[3];
	unsigned int i;

	mdevs[0] = mock_plug_new(test, 1, &mock_nothing);
	mdevs[1] = mock_plug_new(test, 1, &mock_direct);
	mdevs[2] = mock_plug_new(test, 2, &second);
	while (!sweep.done) {
		int ret, err;

		for (i = 0; i < ARRAY_SIZE(mdevs); i++)
			mdevs[i]->nr_log = 0;
		sweep_fail(&sweep);
		ret = mock_try_start();
		sweep_stop(&sweep);
		for (i = 0; !ret && i < ARRAY_SIZE(mdevs); i++) {
			if (sweep.done)
				mock_expect_on(test, mdevs[i],
					       mock_default_domain(mdevs[i]));
			if (!mdevs[i]->dev->iommu_group || mdevs[i] == mdevs[0])
				continue;
			/* Without a default domain nothing was attached */
			if (mock_default_domain(mdevs[i]))
				mock_expect_direct_now(test, mdevs[i]);
			KUNIT_EXPECT_EQ(test, mdevs[i]->uncovered, 0);
			err = iommu_device_claim_dma_owner(mdevs[i]->dev, test);
			KUNIT_EXPECT_EQ(test, -EPERM, err);
		}
		if (!ret)
			mock_stop();
		KUNIT_EXPECT_EQ(test, atomic_read(&mock_iommu->nr_domains), 0);
	}
	sweep_end(test, &sweep, 20);
}

/* A kernel driver's own domain */

/**
 * struct way - a way to attach a domain
 * @name: shown in the results
 * @alone: the group has one device only
 * @replaces: replaces another domain of the driver, not the default domain
 * @unmapped: the driver has not mapped the direct regions yet
 * @attach: attaches it
 * @detach: goes back to the default domain
 */
struct way {
	const char *name;
	bool alone;
	bool replaces;
	bool unmapped;
	int (*attach)(struct iommu_domain *domain, struct mock_dev *mdev);
	void (*detach)(struct iommu_domain *domain, struct mock_dev *mdev);
};

static struct iommu_attach_handle handle;

static int attach_device(struct iommu_domain *domain, struct mock_dev *mdev)
{
	return iommu_attach_device(domain, mdev->dev);
}

static void detach_device(struct iommu_domain *domain, struct mock_dev *mdev)
{
	iommu_detach_device(domain, mdev->dev);
}

static int attach_group(struct iommu_domain *domain, struct mock_dev *mdev)
{
	return iommu_attach_group(domain, mdev->dev->iommu_group);
}

static void detach_group(struct iommu_domain *domain, struct mock_dev *mdev)
{
	iommu_detach_group(domain, mdev->dev->iommu_group);
}

static int attach_handle(struct iommu_domain *domain, struct mock_dev *mdev)
{
	return iommu_attach_group_handle(domain, mdev->dev->iommu_group,
					 &handle);
}

static void detach_handle(struct iommu_domain *domain, struct mock_dev *mdev)
{
	iommu_detach_group_handle(domain, mdev->dev->iommu_group);
}

static int replace_domain(struct iommu_domain *domain, struct mock_dev *mdev)
{
	return iommu_compat_group_replace(mdev->dev->iommu_group, domain,
					  &handle);
}

static int replace_handle(struct iommu_domain *domain, struct mock_dev *mdev)
{
	return iommu_replace_group_handle(mdev->dev->iommu_group, domain,
					  &handle);
}

static const struct way ways[] = {
	{ "device", true, false, false, attach_device, detach_device },
	{ "group", false, false, false, attach_group, detach_group },
	{ "group_handle", false, false, false, attach_handle, detach_handle },
	{ "replace", false, true, false, replace_domain, detach_handle },
	{ "replace_handle", false, true, false, replace_handle, detach_handle },
	{ "unmapped_device", true, false, true, attach_device, detach_device },
	{ "unmapped_group", false, false, true, attach_group, detach_group },
	{ "unmapped_replace", false, true, true, replace_domain,
	  detach_handle },
};

static void way_desc(const struct way *way, char *desc)
{
	strscpy(desc, way->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(way, ways, way_desc);

/*
 * The first device has no direct regions, so it may have to go back when a
 * later one fails.
 */
static unsigned int plug_for(struct kunit *test, const struct way *way,
			     struct mock_dev *mdevs[3])
{
	if (way->alone) {
		mdevs[0] = mock_plug_new(test, 0, &mock_direct);
		return 1;
	}
	mdevs[0] = mock_plug_new(test, 1, &mock_nothing);
	mdevs[1] = mock_plug_new(test, 1, &mock_direct);
	mdevs[2] = mock_plug_new(test, 1, &second);
	return 3;
}

static struct iommu_domain *driver_domain(struct kunit *test,
					  const struct way *way,
					  struct mock_dev *mdevs[3],
					  unsigned int nr)
{
	struct iommu_domain *domain = iommu_paging_domain_alloc(mdevs[0]->dev);
	unsigned int i;

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, domain);
	iommu_domain_keep_direct(domain);
	for (i = 0; !way->unmapped && i < nr; i++)
		mock_map_direct(test, domain, mdevs[i]);
	return domain;
}

static void expect_all_on(struct kunit *test, struct mock_dev *mdevs[3],
			  unsigned int nr, struct iommu_domain *domain)
{
	unsigned int i;

	for (i = 0; i < nr; i++) {
		mock_expect_on(test, mdevs[i], domain);
		if (mdevs[i]->firmware != &mock_nothing)
			expect_direct(test, mdevs[i]);
	}
}

static void attach(struct kunit *test)
{
	const struct way *way = test->param_value;
	struct iommu_domain *domain, *home;
	struct mock_dev *mdevs[3];
	struct sweep sweep = {};
	unsigned int nr;

	mock_start(test);
	nr = plug_for(test, way, mdevs);
	home = mock_default_domain(mdevs[0]);
	if (way->replaces) {
		home = driver_domain(test, way, mdevs, nr);
		mock_iommu->domains[mock_iommu->nr_test_domains++] = home;
	}
	while (!sweep.done) {
		int ret;

		if (way->replaces)
			KUNIT_ASSERT_EQ(test, 0, way->attach(home, mdevs[0]));
		domain = driver_domain(test, way, mdevs, nr);

		mock_leak_begin();
		sweep_fail(&sweep);
		ret = way->attach(domain, mdevs[0]);
		sweep_stop(&sweep);
		KUNIT_EXPECT_TRUE(test,
				  !ret || (ret == -ENOMEM && !sweep.done));
		expect_all_on(test, mdevs, nr, ret ? home : domain);
		if (!ret || way->replaces)
			way->detach(ret ? home : domain, mdevs[0]);
		expect_all_on(test, mdevs, nr, mock_default_domain(mdevs[0]));
		iommu_domain_free(domain);
		KUNIT_EXPECT_EQ(test, 0, mock_leak_end());
	}
	sweep_end(test, &sweep, 2);
}

static void detach(struct kunit *test)
{
	const struct way *way = test->param_value;
	struct iommu_domain *domain;
	struct mock_dev *mdevs[3];
	struct sweep sweep = {};
	unsigned int nr;

	mock_start(test);
	nr = plug_for(test, way, mdevs);
	while (!sweep.done) {
		domain = driver_domain(test, way, mdevs, nr);
		KUNIT_ASSERT_EQ(test, 0, way->attach(domain, mdevs[0]));
		sweep_fail(&sweep);
		way->detach(domain, mdevs[0]);
		sweep_stop(&sweep);
		expect_all_on(test, mdevs, nr, mock_default_domain(mdevs[0]));
		iommu_domain_free(domain);
	}
	/* No minimum: detaching cannot fail, so it need not allocate */
	sweep_end(test, &sweep, 0);
}

/* Default domain changed by the administrator */

static const char * const types[] = { "identity", "DMA" };

static void type_desc(const char * const *type, char *desc)
{
	strscpy(desc, *type, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(type, types, type_desc);

static void change_type(struct kunit *test)
{
	const char * const *type = test->param_value;
	const char *other = type == types ? "DMA" : "identity";
	struct mock_dev *mdevs[3];
	struct sweep sweep = {};
	unsigned int i;

	mock_start(test);
	mdevs[0] = mock_plug_new(test, 1, &mock_nothing);
	mdevs[1] = mock_plug_new(test, 1, &mock_direct);
	mdevs[2] = mock_plug_new(test, 1, &second);
	while (!sweep.done) {
		struct iommu_domain *now;
		ssize_t ret;

		KUNIT_ASSERT_GT(test, mock_set_type(mdevs[0], other), 0);
		for (i = 0; i < ARRAY_SIZE(mdevs); i++)
			mdevs[i]->nr_log = 0;
		sweep_fail(&sweep);
		ret = mock_set_type(mdevs[0], *type);
		sweep_stop(&sweep);

		now = mock_default_domain(mdevs[0]);
		KUNIT_EXPECT_TRUE(test,
				  ret > 0 || (ret == -ENOMEM && !sweep.done));
		if (ret > 0)
			KUNIT_EXPECT_EQ(test, iommu_is_dma_domain(now),
					type != types);
		expect_all_on(test, mdevs, ARRAY_SIZE(mdevs), now);
	}
	/* No minimum for identity, which needs no allocation */
	sweep_end(test, &sweep, type == types ? 0 : 10);
}

/* Ownership */

static void claim(struct kunit *test)
{
	struct mock_dev *free, *mdev;
	struct iommu_group *group;
	struct sweep sweep = {};
	int ret;

	/* The claim allocates the blocking domain, which is a paging one */
	mock_iommu->ops.blocked_domain = NULL;
	mock_start(test);
	while (!sweep.done) {
		free = mock_plug_new(test, 0, &mock_nothing);
		group = free->dev->iommu_group;
		sweep_fail(&sweep);
		ret = iommu_group_claim_dma_owner(group, test);
		sweep_stop(&sweep);
		/*
		 * If the failed allocation was of a debug tool, the claim
		 * succeeds
		 */
		KUNIT_EXPECT_TRUE(test,
				  !ret || (ret == -ENOMEM && !sweep.done));
		KUNIT_EXPECT_EQ(test, iommu_group_dma_owner_claimed(group),
				!ret);
		if (!ret)
			iommu_group_release_dma_owner(group);
		mock_expect_on(test, free, mock_default_domain(free));
	}

	/* The claim is refused, even if an allocation would fail */
	mdev = mock_plug_new(test, 0, &mock_direct);
	mock_fail_nth(1);
	ret = iommu_group_claim_dma_owner(mdev->dev->iommu_group, test);
	mock_fail_done();
	KUNIT_EXPECT_EQ(test, ret, -EPERM);
	sweep_end(test, &sweep, 1);
}

/*
 * A device joined while the group had an owner, when its region was in use in
 * the default domain. It is free when the owner releases the group, but mapping
 * the region may fail.
 */
static void give_back(struct kunit *test)
{
	const phys_addr_t start = mock_direct.regions[0].start;
	struct mock_dev *free, *mdev;
	struct iommu_group *group;
	struct sweep sweep = {};

	mock_start(test);
	while (!sweep.done) {
		free = mock_plug_new(test, 1, &mock_nothing);
		group = free->dev->iommu_group;
		KUNIT_ASSERT_EQ(test, 0,
				iommu_device_claim_dma_owner(free->dev, test));
		KUNIT_ASSERT_EQ(test, 0,
				iommu_map(mock_default_domain(free), start,
					  0x50000000, SZ_4K, RW, GFP_KERNEL));
		mdev = mock_plug_new(test, 1, &mock_direct);
		iommu_unmap(mock_default_domain(free), start, SZ_4K);

		sweep_fail(&sweep);
		iommu_device_release_dma_owner(free->dev);
		sweep_stop(&sweep);
		mock_expect_on(test, free, mock_default_domain(free));
		expect_direct(test, mdev);
		if (!sweep.done) {
			KUNIT_ASSERT_EQ(test, 0,
					iommu_attach_group(&mock_identity,
							   group));
			iommu_detach_group(&mock_identity, group);
		}
		mock_expect_on(test, mdev, mock_default_domain(free));
		expect_direct(test, mdev);
		mock_unplug(mdev);
		mock_unplug(free);
	}
	sweep_end(test, &sweep, 1);
}

/* As above, where the parked device is to get a driver */
static void bind(struct kunit *test)
{
	const phys_addr_t start = mock_direct.regions[0].start;
	struct mock_dev *free, *mdev;
	struct sweep sweep = {};

	mock_start(test);
	while (!sweep.done) {
		int ret;

		free = mock_plug_new(test, 1, &mock_nothing);
		KUNIT_ASSERT_EQ(test, 0,
				iommu_map(mock_default_domain(free), start,
					  0x50000000, SZ_4K, RW, GFP_KERNEL));
		mdev = mock_plug_new(test, 1, &mock_direct);
		iommu_unmap(mock_default_domain(free), start, SZ_4K);

		sweep_fail(&sweep);
		ret = iommu_device_use_default_domain(mdev->dev);
		sweep_stop(&sweep);
		KUNIT_EXPECT_TRUE(test, !ret || (ret == -EBUSY && !sweep.done));
		KUNIT_EXPECT_EQ(test, !ret,
				mdev->hw == mock_default_domain(free));
		expect_direct(test, mdev);
		if (!ret)
			iommu_device_unuse_default_domain(mdev->dev);
		mock_unplug(mdev);
		mock_unplug(free);
	}
	sweep_end(test, &sweep, 1);
}

/* Reset */

static void reset(struct kunit *test)
{
	struct mock_dev *free, *mdev;
	struct sweep sweep = {};

	if (!IOMMU_COMPAT_RESETS)
		kunit_skip(test, "the core of the base has no part in resets");

	/* The reset allocates the blocking domain, which is a paging one */
	mock_iommu->ops.blocked_domain = NULL;
	mock_start(test);
	while (!sweep.done) {
		struct iommu_domain *home;
		int ret;

		free = mock_plug_rid(test, 1, 0x100, &mock_nothing);
		mdev = mock_new_dev(test, 1, &mock_direct);
		mdev->rid = 0x100;
		mdev->ats = true;
		mock_plug(test, mdev);
		home = mock_default_domain(mdev);

		sweep_fail(&sweep);
		ret = pci_dev_reset_iommu_prepare(mdev->pci);
		if (!ret)
			pci_dev_reset_iommu_done(mdev->pci);
		sweep_stop(&sweep);
		/* The reset either works or changes nothing */
		KUNIT_EXPECT_TRUE(test,
				  !ret || (ret == -ENOMEM && !sweep.done));
		mock_expect_on(test, free, home);
		mock_expect_on(test, mdev, home);
		mock_expect_direct_now(test, mdev);
		mock_unplug(mdev);
		mock_unplug(free);
	}
	sweep_end(test, &sweep, 1);
}

/* Removal */

static void unplug(struct kunit *test)
{
	const struct into *into = test->param_value;
	struct mock_dev *free, *mdev, *stays;
	struct iommu_domain *domain, *hw;
	struct sweep sweep = {};

	mock_iommu->ops.release_domain = &mock_blocked;
	mock_start(test);
	free = mock_plug_new(test, 1, &mock_nothing);
	stays = mock_new_dev(test, 1, &second);
	mdev = mock_new_dev(test, into->new_group ? 2 : 1, &mock_direct);
	domain = take(test, into, free);
	mock_plug(test, stays);
	hw = stays->hw;

	while (!sweep.done) {
		mock_plug(test, mdev);
		expect_direct(test, mdev);
		sweep_fail(&sweep);
		mock_unplug(mdev);
		sweep_stop(&sweep);
		/*
		 * Released to identity, or blocked if an owner could use the
		 * RID
		 */
		KUNIT_EXPECT_EQ(test, mdev->uncovered, into->claimed);
		KUNIT_EXPECT_EQ(test, mock_attaches_to(mdev, &mock_blocked),
				into->claimed);
		KUNIT_EXPECT_EQ(test, mock_attaches_to(mdev, &mock_identity),
				!into->claimed);
		mock_expect_on(test, stays, hw);
		expect_direct(test, stays);
	}
	if (into->attached)
		iommu_detach_group(domain, free->dev->iommu_group);
	sweep_end(test, &sweep, 1);
}

static int fault_test_init(struct kunit *test)
{
	if (mock_fail_init())
		kunit_skip(test, "needs CONFIG_FAILSLAB and its debugfs files");
	return mock_test_init(test);
}

static void fault_suite_exit(struct kunit_suite *suite)
{
	kunit_info(suite, "%u failures injected in all\n", injected_total);
}

static struct kunit_case fault_test_cases[] = {
	KUNIT_CASE_PARAM(probe, into_gen_params),
	KUNIT_CASE_PARAM(probe_shared_rid, into_gen_params),
	KUNIT_CASE(probe_cold),
	KUNIT_CASE_PARAM(attach, way_gen_params),
	KUNIT_CASE_PARAM(detach, way_gen_params),
	KUNIT_CASE_PARAM(change_type, type_gen_params),
	KUNIT_CASE(claim),
	KUNIT_CASE(give_back),
	KUNIT_CASE(bind),
	KUNIT_CASE(reset),
	KUNIT_CASE_PARAM(unplug, into_gen_params),
	{}
};

static struct kunit_suite fault_test_suite = {
	.name = "iommu_fault",
	.init = fault_test_init,
	.exit = mock_test_exit,
	.suite_exit = fault_suite_exit,
	.test_cases = fault_test_cases,
};

kunit_test_suite(fault_test_suite);

MODULE_DESCRIPTION("KUnit tests of the IOMMU core when allocations fail");
MODULE_LICENSE("GPL");
