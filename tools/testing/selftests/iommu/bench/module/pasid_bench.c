// SPDX-License-Identifier: GPL-2.0-only
/*
 * What PASIDs cost: to use one and give it back while many are live, to attach one,
 * the memory that they take, and what two processors do at the same time. Loading
 * it is the run. A kernel without the series allocates a number of the system's
 * pool and attaches it; with it, the attachment chooses one of the RID.
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

#if __has_include(<pasid/pasid.h>)
/* Of the core: what a RID has for its PASIDs */
#define FIXED	sizeof(enum iommu_pasid_scope)
#else
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
MODULE_PARM_DESC(rid, "result: cycles to attach a new one, and to give it back");

static unsigned long global;
module_param(global, ulong, 0444);
MODULE_PARM_DESC(global, "result: cycles of iommu_alloc_global_pasid() and of freeing it");

/* It is the core's own, and not exported */
static unsigned long attach_new;
module_param(attach_new, ulong, 0444);
MODULE_PARM_DESC(attach_new, "address of iommu_attach_device_new_pasid(), if there is one");

typedef int (*attach_new_fn)(struct iommu_domain *domain, struct device *dev,
			     ioasid_t *pasid, struct iommu_attach_handle *handle);

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

static int take_global(struct device *dev, ioasid_t *pasid)
{
	*pasid = iommu_alloc_global_pasid(dev);
	return *pasid == IOMMU_PASID_INVALID ? -ENOSPC : 0;
}

static void give_back_global(struct device *dev, ioasid_t pasid)
{
	iommu_free_global_pasid(pasid);
}

/* A number that is in use */
static int take(struct device *dev, ioasid_t *pasid)
{
	if (attach_new)
		return ((attach_new_fn)attach_new)(&bench_identity, dev, pasid, NULL);
	return take_global(dev, pasid) ?:
	       iommu_attach_device_pasid(&bench_identity, dev, *pasid, NULL);
}

static void give_back(struct device *dev, ioasid_t pasid)
{
	iommu_detach_device_pasid(&bench_identity, dev, pasid);
	if (!attach_new)
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

#define measure(take, give_back, dev) ({				\
	unsigned long v[SAMPLES];					\
	ioasid_t pasid;							\
	cycles_t t;							\
									\
	for (int i = -1; i < SAMPLES; i++) {				\
		t = get_cycles();					\
		for (int j = 0; j < BATCH; j++) {			\
			if (take(dev, &pasid))				\
				break;					\
			give_back(dev, pasid);				\
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

	pasid = ATTACHED;
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
	return median(v, SAMPLES);
}

static unsigned long memory(void)
{
	return (global_node_page_state_pages(NR_SLAB_UNRECLAIMABLE_B) +
		global_node_page_state_pages(NR_SLAB_RECLAIMABLE_B)) *
	       PAGE_SIZE;
}

/* Numbers are the lowest that are free, so they are those up to @nr */
static int fill(struct device *dev, unsigned int nr)
{
	ioasid_t pasid;
	int ret = 0;

	while (nr-- && !ret)
		ret = take(dev, &pasid);
	return ret;
}

static void empty(struct device *dev, ioasid_t first, unsigned int nr)
{
	for (; nr; nr--)
		give_back(dev, first++);
}

static int bench_global(void)
{
	struct device *dev = &pdevs[0]->dev;
	ioasid_t pasid = 0;
	int ret = 0;

	for (unsigned int i = 0; i < live && !ret; i++)
		ret = take_global(dev, &pasid);
	if (!ret)
		global = measure(take_global, give_back_global, dev);
	for (; pasid; pasid--)
		give_back_global(dev, pasid);
	return ret;
}

static int bench_rid(void)
{
	struct device *dev = &pdevs[2]->dev;
	unsigned long before;
	int ret;

	/* Drivers' records of others would be looked through */
	bare = true;
	ret = fill(dev, live);
	if (!ret)
		rid = measure(take, give_back, dev);
	empty(dev, 1, live);
	if (!ret && !live) {
		attach_bare = measure_attach(dev);
		bare = false;
		attach = measure_attach(dev);
	}

	/* Counters of memory are for many pages, so take the mean of some RIDs */
	bare = true;
	before = memory();
	for (int i = 0; !ret && live <= 65536 && i < SPACES; i++)
		ret = fill(&pdevs[3 + i]->dev, live);
	bytes = (memory() - before) / SPACES;
	for (int i = 0; !ret && live <= 65536 && i < SPACES; i++)
		empty(&pdevs[3 + i]->dev, attach_new ? 1 : 1 + i * live, live);
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
		me->ret = take(me->dev, &pasid);
		if (!me->ret)
			give_back(me->dev, pasid);
	}
	mark();
	complete(&contend_end);
	return 0;
}

static int bench_contend(void)
{
	int ret = 0, i;

	bare = true;
	if (num_online_cpus() < CONTENDERS)
		return -ENXIO;
	for (i = 0; i < CONTENDERS; i++) {
		struct contender *c = &contenders[i];
		ioasid_t pasid;

		/* What is allocated with the first number is not the question */
		c->dev = &pdevs[i]->dev;
		ret = take(c->dev, &pasid);
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
