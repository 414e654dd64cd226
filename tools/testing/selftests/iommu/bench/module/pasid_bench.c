// SPDX-License-Identifier: GPL-2.0-only
/*
 * What PASIDs cost: to allocate one and free it while many are live, to attach
 * one, the memory that they take, and what two processors do at the same time.
 * Loading it is the run. A kernel without iommu-pasid.h has one space for all,
 * which stands for either scope.
 */
#include <linux/atomic.h>
#include <linux/completion.h>
#include <linux/jiffies.h>
#include <linux/kthread.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/sort.h>
#include <linux/timex.h>

#include "bench_mock.h"

#if __has_include(<linux/iommu-pasid.h>)
#include <linux/iommu-pasid.h>
/* Of the core, for the size of what a RID has */
#include <iommu-pasid.h>
#define SCOPES	1
#define FIXED	sizeof(struct iommu_pasid_rid)
#else
#define SCOPES	0
#define FIXED	0
#endif

#define BATCH	1000
#define SAMPLES	15
#define SPACES	15
#define ATTACHED	1000
#define CONTENDERS	2

static unsigned int live;
module_param(live, uint, 0444);
MODULE_PARM_DESC(live, "how many PASIDs are live meanwhile");

static unsigned long rid;
module_param(rid, ulong, 0444);
MODULE_PARM_DESC(rid, "result: cycles to allocate one of the RID and free it");

static unsigned long global;
module_param(global, ulong, 0444);
MODULE_PARM_DESC(global, "result: likewise, of the system's pool, with an owner");

static unsigned long call;
module_param(call, ulong, 0444);
MODULE_PARM_DESC(call, "result: likewise, through iommu_alloc_global_pasid()");

static unsigned long attach;
module_param(attach, ulong, 0444);
MODULE_PARM_DESC(attach, "result: cycles to attach an allocated one");

static unsigned long attach_bare;
module_param(attach_bare, ulong, 0444);
MODULE_PARM_DESC(attach_bare, "result: likewise, with a driver that does nothing");

static unsigned long bytes;
module_param(bytes, ulong, 0444);
MODULE_PARM_DESC(bytes, "result: memory of the live ones of a RID");

static unsigned long fixed = FIXED;
module_param(fixed, ulong, 0444);
MODULE_PARM_DESC(fixed, "result: memory of a RID that uses none");

static unsigned int contend;
module_param(contend, uint, 0444);
MODULE_PARM_DESC(contend, "only this: two processors, each with a RID, take and free that many");

static struct platform_device *pdevs[SPACES + 3];
static const char owner;

/* The least that drivers do: they keep a record of each attachment */
struct record {
	struct list_head node;
	struct device *dev;
	ioasid_t pasid;
};

static LIST_HEAD(records);
static bool bare;

static void bench_remove_pasid(struct device *dev, ioasid_t pasid,
			       struct iommu_domain *domain)
{
	struct record *record, *next;

	list_for_each_entry_safe(record, next, &records, node) {
		if (record->dev != dev || record->pasid != pasid)
			continue;
		list_del(&record->node);
		kfree(record);
	}
}

static int bench_set_pasid(struct iommu_domain *domain, struct device *dev,
			   ioasid_t pasid, struct iommu_domain *old)
{
	struct record *record;

	if (domain->type == IOMMU_DOMAIN_BLOCKED) {
		bench_remove_pasid(dev, pasid, old);
		return 0;
	}
	if (bare)
		return 0;
	record = kzalloc(sizeof(*record), GFP_KERNEL);
	if (!record)
		return -ENOMEM;
	record->dev = dev;
	record->pasid = pasid;
	list_add(&record->node, &records);
	return 0;
}

static const struct iommu_domain_ops bench_domain_ops = {
	.attach_dev = bench_attach_dev,
	.set_dev_pasid = bench_set_pasid,
};

static const struct iommu_ops bench_ops;

static struct iommu_domain bench_identity = {
	.type = IOMMU_DOMAIN_IDENTITY,
	.ops = &bench_domain_ops,
	.owner = &bench_ops,
};

static struct iommu_domain bench_blocked __maybe_unused = {
	.type = IOMMU_DOMAIN_BLOCKED,
	.ops = &bench_domain_ops,
	.owner = &bench_ops,
};

static int bench_def_domain_type(struct device *dev)
{
	return IOMMU_DOMAIN_IDENTITY;
}

static const struct iommu_ops bench_ops = {
	.owner = THIS_MODULE,
	.identity_domain = &bench_identity,
#ifdef REMOVE_DEV_PASID
	.remove_dev_pasid = bench_remove_pasid,
#else
	.blocked_domain = &bench_blocked,
#endif
	.probe_device = bench_probe_device,
	.device_group = generic_device_group,
	.def_domain_type = bench_def_domain_type,
};

static int take(struct device *dev, bool owned, ioasid_t *pasid)
{
#if SCOPES
	return iommu_pasid_alloc(dev, owned ? &owner : NULL, pasid);
#else
	*pasid = iommu_alloc_global_pasid(dev);
	return *pasid == IOMMU_PASID_INVALID ? -ENOSPC : 0;
#endif
}

static void give_back(struct device *dev, bool owned, ioasid_t pasid)
{
#if SCOPES
	WARN_ON(iommu_pasid_free(dev, owned ? &owner : NULL, pasid));
#else
	iommu_free_global_pasid(pasid);
#endif
}

static int take_call(struct device *dev, bool owned, ioasid_t *pasid)
{
	*pasid = iommu_alloc_global_pasid(dev);
	return *pasid == IOMMU_PASID_INVALID ? -ENOSPC : 0;
}

static void give_back_call(struct device *dev, bool owned, ioasid_t pasid)
{
	iommu_free_global_pasid(pasid);
}

static int compare(const void *a, const void *b)
{
	const unsigned long *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

static unsigned long median(unsigned long *v, int n)
{
	sort(v, n, sizeof(*v), compare, NULL);
	return v[n / 2];
}

#define measure(take, give_back, dev, owned) ({				\
	unsigned long v[SAMPLES];					\
	ioasid_t pasid;							\
	cycles_t t;							\
									\
	for (int i = -1; i < SAMPLES; i++) {				\
		t = get_cycles();					\
		for (int j = 0; j < BATCH; j++) {			\
			if (take(dev, owned, &pasid))			\
				break;					\
			give_back(dev, owned, pasid);			\
		}							\
		if (i >= 0)						\
			v[i] = (unsigned long)(get_cycles() - t);	\
	}								\
	median(v, SAMPLES) / BATCH;					\
})

/* The median, too, of each batch: some calls pay for a slab that others use */
static unsigned long measure_attach(struct device *dev)
{
	static unsigned long cost[BATCH];
	unsigned long v[SAMPLES];
	ioasid_t pasid;

	/* The same on both kernels: what it costs to note depends on it */
	do {
		if (take(dev, false, &pasid))
			return 0;
	} while (pasid < ATTACHED);
	for (int i = -1; i < SAMPLES; i++) {
		for (int j = 0; j < BATCH; j++) {
			cycles_t t = get_cycles();

			if (iommu_attach_device_pasid(&bench_identity, dev,
						      pasid, NULL))
				return 0;
			cost[j] = get_cycles() - t;
			iommu_detach_device_pasid(&bench_identity, dev, pasid);
		}
		if (i >= 0)
			v[i] = median(cost, BATCH);
	}
	for (; pasid; pasid--)
		give_back(dev, false, pasid);
	return median(v, SAMPLES);
}

static unsigned long memory(void)
{
	return (global_node_page_state_pages(NR_SLAB_UNRECLAIMABLE_B) +
		global_node_page_state_pages(NR_SLAB_RECLAIMABLE_B)) *
	       PAGE_SIZE;
}

static int fill(struct device *dev, bool owned, unsigned int nr)
{
	ioasid_t pasid;
	int ret = 0;

	while (nr-- && !ret)
		ret = take(dev, owned, &pasid);
	return ret;
}

static void empty(struct device *dev, bool owned, unsigned int nr)
{
	for (ioasid_t pasid = 1; pasid <= nr; pasid++)
		give_back(dev, owned, pasid);
}

/* No more than half of the system's pool is for one RID */
static int bench_global(void)
{
	struct device *a = &pdevs[0]->dev, *b = &pdevs[1]->dev;
	int ret = 0;

#if SCOPES
	ret = iommu_pasid_set_scope(a, IOMMU_PASID_SCOPE_GLOBAL) ?:
	      iommu_pasid_set_scope(b, IOMMU_PASID_SCOPE_GLOBAL);
#endif
	ret = ret ?: fill(a, true, live / 2) ?: fill(b, true, live / 2);
	if (!ret) {
		global = measure(take, give_back, a, true);
		call = measure(take_call, give_back_call, a, true);
	}
	empty(a, true, live / 2 * 2);
	return ret;
}

static int bench_rid(void)
{
	struct device *dev = &pdevs[2]->dev;
	unsigned long before;
	int ret;

	ret = fill(dev, false, live);
	if (!ret)
		rid = measure(take, give_back, dev, false);
	if (!ret && !live) {
		attach = measure_attach(dev);
		bare = true;
		attach_bare = measure_attach(dev);
	}
	empty(dev, false, live);

	/* Counters of memory are for many pages, so take the mean of some RIDs */
	before = memory();
	for (int i = 0; !ret && live <= 65536 && i < SPACES; i++)
		ret = fill(&pdevs[3 + i]->dev, false, live);
	bytes = (memory() - before) / SPACES;
	/* Otherwise they go with their RIDs */
	if (!SCOPES && live <= 65536)
		empty(dev, false, live * SPACES);
	return ret;
}

/**
 * struct contender - one of those that allocate at the same time
 * @task: it
 * @dev: on this device
 * @ret: how it ended
 */
struct contender {
	struct task_struct *task;
	struct device *dev;
	int ret;
};

static struct contender contenders[CONTENDERS];
static DECLARE_COMPLETION(contend_end);
static atomic_t at_start;

/*
 * Each contender calls this before it begins and when it has done; the host
 * looks at what is executed while all are at it.
 */
static void mark(void)
{
	jiffies64_to_msecs(0);
}

static int contender(void *data)
{
	struct contender *me = data;
	ioasid_t pasid;

	atomic_inc(&at_start);
	while (atomic_read(&at_start) < CONTENDERS)
		cond_resched();
	mark();
	for (unsigned int i = 0; i < contend && !me->ret; i++) {
		me->ret = take(me->dev, false, &pasid);
		if (!me->ret)
			give_back(me->dev, false, pasid);
	}
	mark();
	complete(&contend_end);
	return 0;
}

static int bench_contend(void)
{
	int ret = 0, i;

	if (num_online_cpus() < CONTENDERS)
		return -ENXIO;
	for (i = 0; i < CONTENDERS; i++) {
		struct contender *c = &contenders[i];
		ioasid_t pasid;

		/* What is allocated with the first number is not the question */
		c->dev = &pdevs[i]->dev;
		ret = take(c->dev, false, &pasid);
		if (ret)
			return ret;
		c->task = kthread_create(contender, c, "pasid-bench/%d", i);
		if (IS_ERR(c->task))
			return PTR_ERR(c->task);
		kthread_bind(c->task, i);
	}
	for (i = 0; i < CONTENDERS; i++)
		wake_up_process(contenders[i].task);
	for (i = 0; i < CONTENDERS; i++)
		wait_for_completion(&contend_end);
	for (i = 0; i < CONTENDERS; i++)
		ret = ret ?: contenders[i].ret;
	return ret;
}

static int bench_run(void)
{
	static const struct property_entry props[] = {
		PROPERTY_ENTRY_U32("pasid-num-bits", 20),
		{}
	};
	int ret = 0;

	for (int i = 0; i < ARRAY_SIZE(pdevs) && !ret; i++) {
		pdevs[i] = bench_add_device("bench-pasid", i, props);
		ret = pdevs[i] ? 0 : -ENODEV;
	}
	if (contend)
		ret = ret ?: bench_contend();
	else
		ret = ret ?: bench_global() ?: bench_rid();
	for (int i = 0; i < ARRAY_SIZE(pdevs) && pdevs[i]; i++)
		platform_device_unregister(pdevs[i]);
	return ret;
}

static int __init pasid_bench_init(void)
{
	bench_iommu.max_pasids = 1 << 20;
	return bench_with_iommu("bench-pasid", &bench_ops, bench_run);
}
module_init(pasid_bench_init);

MODULE_DESCRIPTION("Cost of PASIDs in the IOMMU core");
