// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit tests of the PASIDs of processes, and of PASIDs when allocations fail.
 */
#include <kunit/test.h>
#include <linux/iommu.h>
#include <linux/sched/mm.h>

#include "../../tests/compat.h"
#include "../../tests/mock.h"
#include "mock.h"

static struct mm_struct *new_mm(struct kunit *test)
{
	struct mm_struct *mm;

	if (IS_ENABLED(CONFIG_X86) && !IOMMU_COMPAT_X86_SVA)
		kunit_skip(test, "the base does not bind processes on x86");
	mm = mm_alloc();
	KUNIT_ASSERT_NOT_NULL(test, mm);
	return mm;
}

static struct iommu_sva *bind(struct kunit *test, struct pasid_dev *mdev,
			      struct mm_struct *mm)
{
	struct iommu_sva *bond = iommu_sva_bind_device(mdev->dev, mm);

	KUNIT_ASSERT_FALSE_MSG(test, IS_ERR(bond), "%pe", bond);
	KUNIT_EXPECT_PTR_EQ(test, bond->handle.domain,
			    mdev->hw[iommu_sva_get_pasid(bond)]);
	return bond;
}

static int bind_error(struct pasid_dev *mdev, struct mm_struct *mm)
{
	return PTR_ERR_OR_ZERO(iommu_sva_bind_device(mdev->dev, mm));
}

/* Bind a process to devices with 1, 3 and many PASIDs, in every order */
static void narrow_and_wide(struct kunit *test)
{
	static const unsigned int order[][3] = {
		{ 1, 2, 16 }, { 1, 16, 2 }, { 2, 1, 16 },
		{ 2, 16, 1 }, { 16, 1, 2 }, { 16, 2, 1 },
	};
	struct mm_struct *mm, *others[4];
	struct iommu_sva *bond[3], *taken[4];
	struct pasid_dev *mdev[17] = {};
	unsigned int i, j;

	pasid_cpu_has_enqcmd(false);
	mdev[1] = pasid_plug(test, 0, 1);
	mdev[2] = pasid_plug(test, 0, 2);
	mdev[16] = pasid_plug(test, 0, 16);
	/* The wide device uses more PASIDs than the narrow ones have */
	for (i = 0; i < ARRAY_SIZE(others); i++) {
		others[i] = new_mm(test);
		taken[i] = bind(test, mdev[16], others[i]);
	}
	for (i = 0; i < ARRAY_SIZE(order); i++) {
		mm = new_mm(test);
		for (j = 0; j < 3; j++)
			bond[j] = bind(test, mdev[order[i][j]], mm);
		for (j = 0; j < 3; j++)
			KUNIT_EXPECT_EQ(test, order[i][j] == 16 ? 5 : 1,
					iommu_sva_get_pasid(bond[j]));
		/* Devices use the process, but ENQCMD has no PASID for it */
		KUNIT_EXPECT_TRUE(test, mm_valid_pasid(mm));
		KUNIT_EXPECT_EQ(test, IOMMU_PASID_INVALID,
				mm_get_enqcmd_pasid(mm));
		for (j = 0; j < 3; j++)
			iommu_sva_unbind_device(bond[j]);
		mmput(mm);
	}
	/* A device with one PASID has one process at a time */
	bond[0] = bind(test, mdev[1], others[0]);
	KUNIT_EXPECT_EQ(test, -ENOSPC, bind_error(mdev[1], others[1]));
	iommu_sva_unbind_device(bond[0]);
	bond[0] = bind(test, mdev[1], others[1]);
	iommu_sva_unbind_device(bond[0]);
	for (i = 0; i < ARRAY_SIZE(others); i++) {
		iommu_sva_unbind_device(taken[i]);
		mmput(others[i]);
	}
}

static void with_enqcmd(struct kunit *test)
{
	struct pasid_dev *a = pasid_plug(test, 0, 16),
			 *b = pasid_plug(test, 0, 2);
	struct pasid_dev *says_rid = pasid_plug(test, 0, 8);
	struct mm_struct *mm = new_mm(test), *mm2 = new_mm(test);
	struct iommu_sva *on_a, *on_b, *on_rid, *second;
	ioasid_t left[2];

	pasid_cpu_has_enqcmd(true);
	KUNIT_ASSERT_EQ(test, 0, pasid_set_rid(says_rid));
	on_rid = bind(test, says_rid, mm2);
	KUNIT_EXPECT_EQ(test, IOMMU_PASID_INVALID, mm_get_enqcmd_pasid(mm2));
	KUNIT_EXPECT_EQ(test, 1, iommu_sva_get_pasid(on_rid));
	on_a = bind(test, a, mm);
	on_b = bind(test, b, mm);
	second = bind(test, a, mm2);
	KUNIT_EXPECT_EQ(test, 1, iommu_sva_get_pasid(on_a));
	KUNIT_EXPECT_EQ(test, 1, iommu_sva_get_pasid(on_b));
	KUNIT_EXPECT_EQ(test, 1, mm_get_enqcmd_pasid(mm));
	KUNIT_EXPECT_EQ(test, 2, iommu_sva_get_pasid(second));
	KUNIT_EXPECT_EQ(test, 2, mm_get_enqcmd_pasid(mm2));
	/* VT-d chooses the domain id of cached translations by this */
	KUNIT_EXPECT_TRUE(test, on_rid->handle.domain->rid_pasid);
	KUNIT_EXPECT_FALSE(test, second->handle.domain->rid_pasid);

	iommu_sva_unbind_device(on_a);
	iommu_sva_unbind_device(on_b);
	iommu_sva_unbind_device(on_rid);
	iommu_sva_unbind_device(second);
	/* A process keeps its global PASID, for other devices, until it ends */
	KUNIT_EXPECT_EQ(test, 1, mm_get_enqcmd_pasid(mm));
	left[0] = iommu_alloc_global_pasid(a->dev);
	left[1] = iommu_alloc_global_pasid(a->dev);
	mmput(mm2);
	mm2 = new_mm(test);
	second = bind(test, a, mm2);
	KUNIT_EXPECT_EQ(test, 2, iommu_sva_get_pasid(second));
	iommu_sva_unbind_device(second);
	mmput(mm);
	mm = new_mm(test);
	iommu_free_global_pasid(left[0]);
	left[0] = iommu_alloc_global_pasid(a->dev);
	KUNIT_EXPECT_EQ(test, 1, left[0]);
	on_a = bind(test, a, mm);
	KUNIT_EXPECT_EQ(test, 3, iommu_sva_get_pasid(on_a));
	iommu_sva_unbind_device(on_a);
	iommu_free_global_pasid(left[0]);
	iommu_free_global_pasid(left[1]);
	mmput(mm2);
	mmput(mm);
}

static void number_too_wide(struct kunit *test)
{
	struct pasid_dev *wide = pasid_plug(test, 0, 16),
			 *narrow = pasid_plug(test, 0, 1);
	struct mm_struct *mm = new_mm(test), *mm2 = new_mm(test);
	struct iommu_sva *one, *two;

	pasid_cpu_has_enqcmd(true);
	one = bind(test, wide, mm);
	two = bind(test, wide, mm2);
	KUNIT_EXPECT_EQ(test, -EOVERFLOW, bind_error(narrow, mm2));
	KUNIT_EXPECT_EQ(test, 0, narrow->calls);
	/* With RID-local PASIDs, the device can be bound to the process */
	KUNIT_EXPECT_EQ(test, 0, pasid_set_rid(narrow));
	iommu_sva_unbind_device(two);
	two = bind(test, narrow, mm2);
	KUNIT_EXPECT_EQ(test, 1, iommu_sva_get_pasid(two));
	KUNIT_EXPECT_EQ(test, 2, mm_get_enqcmd_pasid(mm2));
	iommu_sva_unbind_device(one);
	iommu_sva_unbind_device(two);
	mmput(mm);
	mmput(mm2);
}

static void bond_is_counted(struct kunit *test)
{
	struct pasid_dev *a = pasid_plug(test, 1, 8),
			 *b = pasid_plug(test, 1, 8);
	struct mm_struct *mm = new_mm(test);
	struct iommu_sva *one, *two;
	unsigned int i;

	for (i = 0; i < 2; i++) {
		pasid_cpu_has_enqcmd(i);
		one = bind(test, a, mm);
		two = bind(test, b, mm);
		KUNIT_EXPECT_PTR_EQ(test, one, two);
		iommu_sva_unbind_device(one);
		KUNIT_EXPECT_EQ(test, 1, pasid_nr_attached(a));
		iommu_sva_unbind_device(two);
		KUNIT_EXPECT_EQ(test, 0, pasid_nr_attached(a));
		KUNIT_EXPECT_EQ(test, 0, pasid_nr_attached(b));
	}
	mmput(mm);
}

/*
 * After a failed bind, the process may still enable address tagging, and has no
 * global PASID.
 */
static void failed_bind_leaves_nothing(struct kunit *test)
{
	struct pasid_dev *mdev = pasid_plug(test, 0, 8),
			 *good = pasid_plug(test, 0, 8);
	struct mm_struct *mm = new_mm(test);
	struct iommu_sva *bond;
	ioasid_t pasid;
	unsigned int i;

	for (i = 0; i < 2; i++) {
		pasid_cpu_has_enqcmd(i);
		mdev->fail = true;
		KUNIT_EXPECT_EQ(test, -EIO, bind_error(mdev, mm));
		mdev->fail = false;
		KUNIT_EXPECT_FALSE(test, mm_valid_pasid(mm));
		KUNIT_ASSERT_EQ(test, 0,
				iommu_pasid_alloc_process(mm, 256, &pasid));
		KUNIT_EXPECT_EQ(test, 1, pasid);
		iommu_free_global_pasid(pasid);
	}
	/* A failed bind has no effect on another device of the process */
	bond = bind(test, good, mm);
	mdev->fail = true;
	KUNIT_EXPECT_TRUE(test, IS_ERR(iommu_sva_bind_device(mdev->dev, mm)));
	KUNIT_EXPECT_TRUE(test, mm_valid_pasid(mm));
	KUNIT_EXPECT_EQ(test, 1, mm_get_enqcmd_pasid(mm));
	iommu_sva_unbind_device(bond);
	mmput(mm);
}

/* A process can use a RID with an owner, by a PASID that the owner does not */
static void on_claimed_rid(struct kunit *test)
{
	struct pasid_dev *mdev = pasid_plug(test, 0, 8);
	struct mm_struct *mm = new_mm(test);
	struct iommu_sva *bond;

	KUNIT_ASSERT_EQ(test, 0, iommu_device_claim_dma_owner(mdev->dev, test));
	KUNIT_ASSERT_EQ(test, 0, pasid_attach(mdev, 1));
	pasid_cpu_has_enqcmd(false);
	bond = bind(test, mdev, mm);
	KUNIT_EXPECT_EQ(test, 2, iommu_sva_get_pasid(bond));
	KUNIT_EXPECT_EQ(test, -EBUSY, pasid_attach(mdev, 2));
	iommu_sva_unbind_device(bond);

	/* With ENQCMD, it needs the same PASID on all devices */
	pasid_cpu_has_enqcmd(true);
	KUNIT_EXPECT_EQ(test, -EBUSY, bind_error(mdev, mm));
	KUNIT_EXPECT_FALSE(test, mm_get_enqcmd_pasid(mm) == 1);
	pasid_detach(mdev, 1);
	bond = bind(test, mdev, mm);
	KUNIT_EXPECT_EQ(test, 1, iommu_sva_get_pasid(bond));
	iommu_sva_unbind_device(bond);
	iommu_device_release_dma_owner(mdev->dev);
	mmput(mm);
}

/* No PASID is higher than the number of processes at a time */
static void numbers_stay_low(struct kunit *test)
{
	struct pasid_dev *mdev = pasid_plug(test, 0, 4);
	struct mm_struct *mm[3] = {};
	struct iommu_sva *bond[3];
	unsigned int i, high = 0;

	pasid_cpu_has_enqcmd(true);
	for (i = 0; i < 10000; i++) {
		unsigned int k = i % 3;

		if (mm[k]) {
			iommu_sva_unbind_device(bond[k]);
			mmput(mm[k]);
		}
		mm[k] = new_mm(test);
		bond[k] = iommu_sva_bind_device(mdev->dev, mm[k]);
		KUNIT_ASSERT_FALSE(test, IS_ERR(bond[k]));
		high = max(high, iommu_sva_get_pasid(bond[k]));
	}
	KUNIT_EXPECT_EQ(test, 3, high);
	for (i = 0; i < 3; i++) {
		iommu_sva_unbind_device(bond[i]);
		mmput(mm[i]);
	}
}

/*
 * Each act is repeated: first its first allocation fails, then its second one,
 * and so on, until it ends without a failed allocation.
 */
struct shortage {
	struct pasid_dev *mdev;
	struct mm_struct *mm;
	struct iommu_sva *bond;
	ioasid_t pasid;
};

static int act_attach(struct shortage *s)
{
	s->pasid = 50000;
	return pasid_attach(s->mdev, s->pasid);
}

static int act_attach_new(struct shortage *s)
{
	return pasid_attach_new(s->mdev, &s->pasid);
}

static void act_detach(struct shortage *s)
{
	pasid_detach(s->mdev, s->pasid);
}

static int act_alloc(struct shortage *s)
{
	s->pasid = iommu_alloc_global_pasid(s->mdev->dev);
	return s->pasid == IOMMU_PASID_INVALID ? -ENOMEM : 0;
}

static void act_free(struct shortage *s)
{
	iommu_free_global_pasid(s->pasid);
}

static int act_bind(struct shortage *s)
{
	s->bond = iommu_sva_bind_device(s->mdev->dev, s->mm);
	return PTR_ERR_OR_ZERO(s->bond);
}

static void act_unbind(struct shortage *s)
{
	iommu_sva_unbind_device(s->bond);
}

/**
 * struct act - something that allocates memory
 * @name: name of the test's parameter
 * @enqcmd: the processor has ENQCMD
 * @process: the act needs a process
 * @run: do it
 * @undo: undo it
 */
struct act {
	const char *name;
	bool enqcmd;
	bool process;
	int (*run)(struct shortage *s);
	void (*undo)(struct shortage *s);
};

static const struct act acts[] = {
	{ "attach", false, false, act_attach, act_detach },
	{ "attach_new", false, false, act_attach_new, act_detach },
	{ "alloc_global", false, false, act_alloc, act_free },
	{ "bind", false, true, act_bind, act_unbind },
	{ "bind_enqcmd", true, true, act_bind, act_unbind },
};

static void act_desc(const struct act *act, char *desc)
{
	strscpy(desc, act->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(act, acts, act_desc);

static void short_of_memory(struct kunit *test)
{
	const struct act *act = test->param_value;
	unsigned int nth = 0, injected = 0;
	struct iommu_group *group;
	struct shortage s = {};
	bool done = false;
	ioasid_t pasid;
	int ret;

	if (mock_fail_init())
		kunit_skip(test, "needs CONFIG_FAILSLAB and its debugfs files");
	s.mdev = pasid_plug(test, 0, 16);
	pasid_cpu_has_enqcmd(act->enqcmd);
	while (!done) {
		if (act->process)
			s.mm = new_mm(test);
		mock_fail_nth(++nth);
		ret = act->run(&s);
		done = mock_fail_done();
		injected += !done;
		KUNIT_EXPECT_TRUE(test, !ret || (ret == -ENOMEM && !done));
		if (!ret)
			act->undo(&s);
		else if (s.mm)
			KUNIT_EXPECT_FALSE(test, mm_valid_pasid(s.mm));
		if (act->process)
			mmput(s.mm);
		KUNIT_EXPECT_EQ(test, 0, pasid_nr_attached(s.mdev));
		group = s.mdev->dev->iommu_group;
		KUNIT_EXPECT_TRUE(test, xa_empty(&group->pasid_array));
		KUNIT_ASSERT_EQ(test, 0,
				iommu_pasid_alloc_process((void *)test, 9,
							  &pasid));
		KUNIT_EXPECT_EQ(test, 1, pasid);
		iommu_free_global_pasid(pasid);
	}
	KUNIT_EXPECT_GT(test, injected, 0);
	kunit_info(test, "%u failures injected\n", injected);
}

static struct kunit_case sva_test_cases[] = {
	KUNIT_CASE(narrow_and_wide),
	KUNIT_CASE(with_enqcmd),
	KUNIT_CASE(number_too_wide),
	KUNIT_CASE(bond_is_counted),
	KUNIT_CASE(failed_bind_leaves_nothing),
	KUNIT_CASE(on_claimed_rid),
	KUNIT_CASE_SLOW(numbers_stay_low),
	KUNIT_CASE_PARAM(short_of_memory, act_gen_params),
	{}
};

static struct kunit_suite sva_test_suite = {
	.name = "iommu_sva",
	.init = pasid_mock_init,
	.exit = pasid_mock_exit,
	.test_cases = sva_test_cases,
};

kunit_test_suite(sva_test_suite);

MODULE_DESCRIPTION("KUnit tests of the PASIDs of processes");
MODULE_LICENSE("GPL");
