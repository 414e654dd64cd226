// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit test of the IOMMU core with several tasks that use a group at the same
 * time, so that lockdep and KASAN check it. On two processors, two of them
 * really run at the same time.
 */
#include <kunit/test.h>
#include <linux/completion.h>
#include <linux/err.h>
#include <linux/gfp.h>
#include <linux/iommu.h>
#include <linux/kthread.h>
#include <linux/pci.h>
#include <linux/sched.h>

#include "../../iommu-priv.h"
#include "../../tests/compat.h"
#include "mock_driver.h"

#define ROUNDS	100

static const struct firmware second = { {
	{ 0x11000000, SZ_64K, RW, DIRECT, TABLE },
} };

/**
 * struct race - what the tasks share
 * @test: the test
 * @free: device without direct regions that stays in its group
 * @mdev: device with direct regions that is added to that group and removed
 * @sibling: another such device, with the RID of @free
 * @user: domain of the owner of the group
 * @kernel: domain of a kernel driver that leaves the direct regions to the core
 * @owner: the owner, for claims
 * @start: completed once, for all tasks
 * @end: completed by each task
 */
struct race {
	struct kunit *test;
	struct mock_dev *free;
	struct mock_dev *mdev;
	struct mock_dev *sibling;
	struct iommu_domain *user;
	struct iommu_domain *kernel;
	void *owner;
	struct completion start;
	struct completion end;
};

/* Each task returns how often it succeeded, or an unexpected error */

static int hotplug(struct race *race)
{
	unsigned int i, uncovered;
	int ret = 0;

	for (i = 0; i < ROUNDS; i++) {
		if (mock_try_plug(race->mdev))
			return -ENOMEM;
		if (!race->mdev->dev->iommu_group)
			return -ENODEV;
		if (!iommu_device_claim_dma_owner(race->mdev->dev, race->owner))
			return -EPERM;
		schedule_timeout_uninterruptible(1);
		ret += race->mdev->hw != race->free->hw;
		uncovered = race->mdev->uncovered;
		mock_unplug(race->mdev);
		if (uncovered)
			return -EFAULT;
		/*
		 * Let another task claim the group before the device joins
		 * again
		 */
		schedule_timeout_uninterruptible(1);
	}
	return ret;
}

static int hotplug_sibling(struct race *race)
{
	struct mock_dev *mdev = race->sibling;
	int i, ret = 0;

	for (i = 0; i < ROUNDS; i++) {
		if (mock_try_plug(mdev))
			return -ENOMEM;
		if (!mdev->dev->iommu_group)
			return -ENODEV;
		if (!iommu_device_claim_dma_owner(mdev->dev, race->owner))
			return -EPERM;
		schedule_timeout_uninterruptible(1);
		/* It must not be attached to the domain of the owner itself */
		if (mock_attaches_to(mdev, race->user))
			return -EFAULT;
		ret += !mdev->nr_log;
		if (i & 1 && !pci_dev_reset_iommu_prepare(mdev->pci)) {
			schedule_timeout_uninterruptible(1);
			/* Every other time it is removed during the reset */
			if (i & 2)
				pci_dev_reset_iommu_done(mdev->pci);
		}
		mock_unplug(mdev);
		schedule_timeout_uninterruptible(2);
	}
	return ret;
}

static int reset(struct race *race)
{
	struct pci_dev *pdev = race->free->pci;
	int i, ret = !IOMMU_COMPAT_RESETS;

	for (i = 0; i < ROUNDS; i++) {
		if (!pci_dev_reset_iommu_prepare(pdev)) {
			ret += race->free->hw == &mock_blocked;
			schedule_timeout_uninterruptible(1);
			if (race->free->hw != &mock_blocked)
				return -EFAULT;
			pci_dev_reset_iommu_done(pdev);
		}
		schedule_timeout_uninterruptible(2);
	}
	return ret;
}

static int claim(struct race *race)
{
	struct iommu_group *group = race->free->dev->iommu_group;
	unsigned int i;
	int ret = 0;

	for (i = 0; i < ROUNDS; i++) {
		/*
		 * Fails while a device with direct regions or a driver is there
		 */
		if (iommu_device_claim_dma_owner(race->free->dev,
						 race->owner)) {
			schedule_timeout_uninterruptible(1);
			continue;
		}
		ret++;
		/* Let the other tasks run while the group has an owner */
		schedule_timeout_uninterruptible(1);
		if (!iommu_attach_group(race->user, group)) {
			schedule_timeout_uninterruptible(1);
			iommu_detach_group(race->user, group);
		}
		iommu_device_release_dma_owner(race->free->dev);
	}
	return ret;
}

static int attach(struct race *race)
{
	struct iommu_group *group = race->free->dev->iommu_group;
	unsigned int i;
	int ret = 0;

	for (i = 0; i < ROUNDS; i++) {
		/* As a driver that is bound to the device */
		if (!iommu_device_use_default_domain(race->free->dev)) {
			if (!iommu_attach_group(race->kernel, group)) {
				ret++;
				schedule_timeout_uninterruptible(1);
				if (!iommu_map(race->kernel, SZ_1M, SZ_1M,
					       SZ_4K, RW, GFP_KERNEL))
					iommu_unmap(race->kernel, SZ_1M, SZ_4K);
				iommu_detach_group(race->kernel, group);
			}
			iommu_device_unuse_default_domain(race->free->dev);
		}
		schedule_timeout_uninterruptible(1);
	}
	return ret;
}

static int change_type(struct race *race)
{
	unsigned int i;
	int ret = 0;

	for (i = 0; i < ROUNDS; i++) {
		/* Fails while the group has an owner */
		ret += mock_set_type(race->free, i & 1 ? "DMA" : "identity") >
		       0;
		schedule_timeout_uninterruptible(1);
	}
	return ret;
}

static int read_all(struct race *race)
{
	char *buf = (char *)__get_free_page(GFP_KERNEL);
	unsigned int i;
	int ret = 0;

	if (!buf)
		return -ENOMEM;
	for (i = 0; i < ROUNDS; i++) {
		LIST_HEAD(list);

		ret += mock_group_file(race->free, "type", NULL, buf) > 0;
		mock_group_file(race->free, "reserved_regions", NULL, buf);
		if (!iommu_get_resv_regions(race->free->dev, &list))
			iommu_put_resv_regions(race->free->dev, &list);
		iommu_get_domain_for_dev(race->free->dev);
		mock_check_group(race->test, race->free->dev->iommu_group);
		cond_resched();
	}
	free_page((unsigned long)buf);
	return ret;
}

static const struct {
	const char *name;
	int (*run)(struct race *race);
} racers[] = {
	{ "hotplug", hotplug },
	{ "hotplug_sibling", hotplug_sibling },
	{ "reset", reset },
	{ "claim", claim },
	{ "attach", attach },
	{ "change_type", change_type },
	{ "read", read_all },
};

struct racer {
	struct race *race;
	int (*run)(struct race *race);
	int result;
};

static int racer_run(void *data)
{
	struct racer *racer = data;

	wait_for_completion(&racer->race->start);
	racer->result = racer->run(racer->race);
	complete(&racer->race->end);
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
	race->test = test;
	race->owner = test;

	mock_start(test);
	race->free = mock_new_dev(test, 1, &mock_nothing);
	race->free->rid = 0x100;
	race->free->ats = true;
	mock_plug(test, race->free);
	race->mdev = mock_new_dev(test, 1, &mock_direct);
	race->sibling = mock_new_dev(test, 1, &second);
	race->sibling->rid = 0x100;
	race->sibling->ats = true;
	race->user = mock_new_domain(test, race->free);
	race->kernel = mock_new_shared_domain(test, race->free);
	for (started = 0; started < ARRAY_SIZE(racers); started++) {
		racer[started] = (struct racer){ race, racers[started].run };
		if (IS_ERR(kthread_run(racer_run, &racer[started],
				       "iommu-race/%u", started)))
			break;
	}
	complete_all(&race->start);
	for (i = 0; i < started; i++)
		wait_for_completion(&race->end);

	KUNIT_EXPECT_EQ(test, started, ARRAY_SIZE(racers));
	for (i = 0; i < started; i++) {
		KUNIT_EXPECT_GE_MSG(test, racer[i].result, 0, "%s",
				    racers[i].name);
		kunit_info(test, "%s: %d of %u\n", racers[i].name,
			   racer[i].result, ROUNDS);
	}
	mock_expect_on(test, race->free, mock_default_domain(race->free));
}

static struct kunit_case race_test_cases[] = {
	KUNIT_CASE_SLOW(everything_at_once),
	{}
};

static struct kunit_suite race_test_suite = {
	.name = "iommu_race",
	.init = mock_test_init,
	.exit = mock_test_exit,
	.test_cases = race_test_cases,
};

kunit_test_suite(race_test_suite);

MODULE_DESCRIPTION("KUnit test of the IOMMU core with everything at once");
MODULE_LICENSE("GPL");
