// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit tests of PASIDs with many calls: random ones, which are compared with a
 * model, and concurrent ones.
 */
#include <kunit/test.h>
#include <linux/atomic.h>
#include <linux/completion.h>
#include <linux/iommu.h>
#include <linux/kthread.h>
#include <linux/prandom.h>

#include "mock.h"

/*
 * A simple model of the rules, in arrays. Random calls are made to the core and
 * to the model, and must have the same results.
 */
#define MODEL_RIDS	3
#define MODEL_SPACE	64
#define MODEL_OPS	1000000
#define MODEL_SEED	0x50415349

enum { FREE, DRIVER, PROCESS };

/**
 * struct model - the expected state
 * @attached: which PASIDs of each RID are attached
 * @scope: the scope that was set for each RID
 * @owned: which RIDs have an owner
 * @pool: for whom each global PASID is allocated
 */
struct model {
	bool attached[MODEL_RIDS][MODEL_SPACE];
	u8 scope[MODEL_RIDS];
	bool owned[MODEL_RIDS];
	u8 pool[MODEL_SPACE];
};

static unsigned int model_live(const struct model *model, unsigned int r)
{
	unsigned int i, n = 0;

	for (i = 0; i < MODEL_SPACE; i++)
		n += model->attached[r][i];
	return n;
}

static int model_may_attach(const struct model *model, unsigned int r,
			    ioasid_t pasid, u32 max)
{
	if (!pasid || pasid >= max)
		return -EINVAL;
	if (model->scope[r] == IOMMU_PASID_SCOPE_GLOBAL && !model->owned[r] &&
	    model->pool[pasid] != DRIVER)
		return model->pool[pasid] ? -EPERM : -ENOENT;
	return model->attached[r][pasid] ? -EBUSY : 0;
}

static ioasid_t model_lowest(const struct model *model, int r, u32 max)
{
	ioasid_t pasid;

	for (pasid = 1; pasid < max; pasid++)
		if (r < 0 ? !model->pool[pasid] : !model->attached[r][pasid])
			return pasid;
	return IOMMU_PASID_INVALID;
}

static int model_set_scope(struct model *model, unsigned int r, u8 scope)
{
	bool was = model->scope[r] == IOMMU_PASID_SCOPE_GLOBAL;
	bool is = scope == IOMMU_PASID_SCOPE_GLOBAL;

	if (model->owned[r] || (model->scope[r] && model->scope[r] != scope) ||
	    (was != is && model_live(model, r)))
		return -EBUSY;
	model->scope[r] = scope;
	return 0;
}

static void model_free(struct model *model, ioasid_t pasid)
{
	if (model->pool[pasid] == PROCESS)
		iommu_free_global_pasid(pasid);
	else if (model->pool[pasid])
		iommu_free_global_pasid(pasid);
	model->pool[pasid] = FREE;
}

static void model_step(struct kunit *test, struct model *model,
		       struct pasid_dev **rids, struct rnd_state *rnd)
{
	unsigned int r = prandom_u32_state(rnd) % MODEL_RIDS;
	ioasid_t pasid = prandom_u32_state(rnd) % MODEL_SPACE, got, want;
	struct pasid_dev *mdev = rids[r];
	int ret;

	switch (prandom_u32_state(rnd) % 16) {
	case 0 ... 3:
		ret = model_may_attach(model, r, pasid, mdev->max);
		KUNIT_ASSERT_EQ(test, ret, pasid_attach(mdev, pasid));
		if (!ret)
			model->attached[r][pasid] = true;
		break;
	case 4 ... 5:
		want = model_lowest(model, r, mdev->max);
		ret = model->scope[r] == IOMMU_PASID_SCOPE_GLOBAL ? -EBUSY :
		      want == IOMMU_PASID_INVALID ? -ENOSPC : 0;
		KUNIT_ASSERT_EQ(test, ret, pasid_attach_new(mdev, &got));
		if (ret)
			break;
		KUNIT_ASSERT_EQ(test, want, got);
		model->attached[r][got] = true;
		break;
	case 6 ... 9:
		if (!pasid || pasid >= mdev->max)
			break;
		pasid_detach(mdev, pasid);
		model->attached[r][pasid] = false;
		break;
	case 10:
		want = model_lowest(model, -1, mdev->max);
		model_set_scope(model, r, IOMMU_PASID_SCOPE_GLOBAL);
		KUNIT_ASSERT_EQ(test, want,
				iommu_alloc_global_pasid(mdev->dev));
		if (want != IOMMU_PASID_INVALID)
			model->pool[want] = DRIVER;
		break;
	case 11:
		want = model_lowest(model, -1, mdev->max);
		ret = want == IOMMU_PASID_INVALID ? -ENOSPC : 0;
		KUNIT_ASSERT_EQ(test, ret,
				iommu_pasid_alloc_process((void *)test,
							  mdev->max, &got));
		if (ret)
			break;
		KUNIT_ASSERT_EQ(test, want, got);
		model->pool[want] = PROCESS;
		break;
	case 12 ... 13:
		model_free(model, pasid);
		break;
	case 14:
		pasid = pasid & 1 ? IOMMU_PASID_SCOPE_RID :
				    IOMMU_PASID_SCOPE_GLOBAL;
		ret = model_set_scope(model, r, pasid);
		KUNIT_ASSERT_EQ(test, ret,
				iommu_pasid_set_scope(mdev->dev, pasid));
		break;
	case 15:
		/*
		 * Detach all PASIDs, then release the owner, or unbind a
		 * driver: both reset the scope. Maybe claim the RID again.
		 */
		for (got = 1; got < mdev->max; got++) {
			if (model->attached[r][got])
				pasid_detach(mdev, got);
			model->attached[r][got] = false;
		}
		if (model->owned[r]) {
			iommu_device_release_dma_owner(mdev->dev);
		} else {
			ret = iommu_device_use_default_domain(mdev->dev);
			KUNIT_ASSERT_EQ(test, 0, ret);
			iommu_device_unuse_default_domain(mdev->dev);
		}
		model->scope[r] = IOMMU_PASID_SCOPE_DEFAULT;
		model->owned[r] = !model->owned[r] && (pasid & 1);
		if (model->owned[r])
			KUNIT_ASSERT_EQ(test, 0,
					iommu_device_claim_dma_owner(mdev->dev,
								     test));
		break;
	}
	KUNIT_ASSERT_EQ(test, !!mdev->hw[pasid % mdev->max],
			model->attached[r][pasid % mdev->max]);
}

static void like_the_model(struct kunit *test)
{
	static const unsigned int bits[MODEL_RIDS] = { 2, 4, 6 };
	struct model *model = kunit_kzalloc(test, sizeof(*model), GFP_KERNEL);
	struct pasid_dev *rids[MODEL_RIDS];
	struct rnd_state rnd;
	unsigned int i, r;

	KUNIT_ASSERT_NOT_NULL(test, model);
	pasid_cpu_has_enqcmd(false);
	for (r = 0; r < MODEL_RIDS; r++)
		rids[r] = pasid_plug(test, 0, bits[r]);
	prandom_seed_state(&rnd, MODEL_SEED);
	for (i = 0; i < MODEL_OPS; i++)
		model_step(test, model, rids, &rnd);
	for (r = 0; r < MODEL_RIDS; r++) {
		KUNIT_EXPECT_EQ(test, model_live(model, r),
				pasid_nr_attached(rids[r]));
		for (i = 1; i < rids[r]->max; i++)
			if (model->attached[r][i])
				pasid_detach(rids[r], i);
		if (model->owned[r])
			iommu_device_release_dma_owner(rids[r]->dev);
	}
	for (i = 1; i < MODEL_SPACE; i++)
		model_free(model, i);
}

/* Several tasks use the same RIDs and the pool */
#define RACERS	4
#define ROUNDS	5000

/* This one is never allocated, since the lowest free one is always chosen */
#define RACE_FREE	63

struct race {
	struct pasid_dev *rids[3];
	struct completion start, end;
	atomic_t in_use[2][64];
	atomic_t broken;
};

struct racer {
	struct race *race;
	unsigned int seed;
};

/* While one task has a PASID, no other task may get the same one */
static void race_round(struct race *race, struct rnd_state *rnd)
{
	unsigned int r = prandom_u32_state(rnd) & 1;
	struct pasid_dev *mdev = race->rids[r];
	ioasid_t pasid, global;

	global = iommu_alloc_global_pasid(race->rids[1]->dev);
	if (global != IOMMU_PASID_INVALID &&
	    atomic_inc_return(&race->in_use[1][global]) != 1)
		atomic_inc(&race->broken);
	if (!r && !pasid_attach_new(mdev, &pasid)) {
		if (atomic_inc_return(&race->in_use[0][pasid]) != 1)
			atomic_inc(&race->broken);
		cond_resched();
		atomic_dec(&race->in_use[0][pasid]);
		pasid_detach(mdev, pasid);
	}
	if (global != IOMMU_PASID_INVALID) {
		if (r && pasid_attach(mdev, global))
			atomic_inc(&race->broken);
		else if (r)
			pasid_detach(mdev, global);
		atomic_dec(&race->in_use[1][global]);
		iommu_free_global_pasid(global);
	}
	/*
	 * This PASID is not allocated, so a global RID refuses it, also while
	 * other tasks attach it to a RID of another group.
	 */
	if (!pasid_attach(race->rids[1 + (prandom_u32_state(rnd) & 1)],
			  RACE_FREE))
		atomic_inc(&race->broken);
	/* The first has this scope already, the second refuses to change it */
	pasid_set_rid(race->rids[0]);
	pasid_set_rid(race->rids[1]);
}

static int race_thread(void *data)
{
	struct racer *racer = data;
	struct rnd_state rnd;
	unsigned int i;

	prandom_seed_state(&rnd, racer->seed);
	wait_for_completion(&racer->race->start);
	for (i = 0; i < ROUNDS; i++) {
		race_round(racer->race, &rnd);
		cond_resched();
	}
	complete(&racer->race->end);
	return 0;
}

static void everything_at_once(struct kunit *test)
{
	struct race *race = kunit_kzalloc(test, sizeof(*race), GFP_KERNEL);
	struct racer racers[RACERS];
	unsigned int i, started = 0;

	KUNIT_ASSERT_NOT_NULL(test, race);
	init_completion(&race->start);
	init_completion(&race->end);
	race->rids[0] = pasid_plug(test, 0, 6);
	race->rids[1] = pasid_plug(test, 0, 6);
	race->rids[2] = pasid_plug(test, 0, 6);
	KUNIT_ASSERT_EQ(test, 0, pasid_set_rid(race->rids[0]));
	KUNIT_ASSERT_EQ(test, 0, pasid_set_global(race->rids[1]));
	KUNIT_ASSERT_EQ(test, 0, pasid_set_global(race->rids[2]));
	for (i = 0; i < RACERS; i++) {
		racers[i] = (struct racer){ race, i + 1 };
		if (!IS_ERR(kthread_run(race_thread, &racers[i], "pasid-race")))
			started++;
	}
	complete_all(&race->start);
	for (i = 0; i < started; i++)
		wait_for_completion(&race->end);
	KUNIT_EXPECT_EQ(test, RACERS, started);
	KUNIT_EXPECT_EQ(test, 0, atomic_read(&race->broken));
	for (i = 0; i < ARRAY_SIZE(race->rids); i++)
		KUNIT_EXPECT_EQ(test, 0, pasid_nr_attached(race->rids[i]));
}

static struct kunit_case pasid_model_test_cases[] = {
	KUNIT_CASE_SLOW(like_the_model),
	KUNIT_CASE_SLOW(everything_at_once),
	{}
};

static struct kunit_suite pasid_model_test_suite = {
	.name = "iommu_pasid_model",
	.init = pasid_mock_init,
	.exit = pasid_mock_exit,
	.test_cases = pasid_model_test_cases,
};

kunit_test_suite(pasid_model_test_suite);

MODULE_DESCRIPTION("KUnit tests of PASIDs by many calls");
MODULE_LICENSE("GPL");
