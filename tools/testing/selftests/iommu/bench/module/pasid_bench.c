// SPDX-License-Identifier: GPL-2.0-only
/*
 * What PASIDs cost: to allocate one and free it while many are live, to attach
 * one, and the memory that they take. Loading it is the run. A kernel without
 * iommu-pasid.h has one space for all, which stands for either scope.
 */
#include <linux/device.h>
#include <linux/iommu.h>
#include <linux/list.h>
#include <linux/module.h>
#include <linux/platform_device.h>
#include <linux/property.h>
#include <linux/slab.h>
#include <linux/sort.h>
#include <linux/timex.h>
#include <linux/vmstat.h>

#if __has_include(<linux/iommu-pasid.h>)
#include <linux/iommu-pasid.h>
#define SCOPES	1
#else
#define SCOPES	0
#endif

#define BATCH	1000
#define SAMPLES	15
#define SPACES	15
#define ATTACHED	1000

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

static struct iommu_device bench_iommu = { .max_pasids = 1 << 20 };
static struct platform_device *pdevs[SPACES + 3];
static const char owner;

static int bench_attach_dev(struct iommu_domain *domain, struct device *dev)
{
	return 0;
}

/* The least that drivers do: they keep a record of each attachment */
struct record {
	struct list_head node;
	struct device *dev;
	ioasid_t pasid;
};

static LIST_HEAD(records);
static bool bare;

static int bench_set_pasid(struct iommu_domain *domain, struct device *dev,
			   ioasid_t pasid, struct iommu_domain *old)
{
	struct record *record;

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

static struct iommu_device *bench_probe_device(struct device *dev)
{
	return &bench_iommu;
}

static int bench_def_domain_type(struct device *dev)
{
	return IOMMU_DOMAIN_IDENTITY;
}

static const struct iommu_ops bench_ops = {
	.owner = THIS_MODULE,
	.identity_domain = &bench_identity,
	.remove_dev_pasid = bench_remove_pasid,
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
	sort(v, SAMPLES, sizeof(*v), compare, NULL);			\
	v[SAMPLES / 2] / BATCH;						\
})

static unsigned long measure_attach(struct device *dev)
{
	unsigned long v[SAMPLES];
	ioasid_t pasid;

	/* The same on both kernels: what it costs to note depends on it */
	do {
		if (take(dev, false, &pasid))
			return 0;
	} while (pasid < ATTACHED);
	for (int i = -1; i < SAMPLES; i++) {
		unsigned long sum = 0;

		for (int j = 0; j < BATCH; j++) {
			cycles_t t = get_cycles();

			if (iommu_attach_device_pasid(&bench_identity, dev,
						      pasid, NULL))
				return 0;
			sum += get_cycles() - t;
			iommu_detach_device_pasid(&bench_identity, dev, pasid);
		}
		if (i >= 0)
			v[i] = sum / BATCH;
	}
	for (; pasid; pasid--)
		give_back(dev, false, pasid);
	sort(v, SAMPLES, sizeof(*v), compare, NULL);
	return v[SAMPLES / 2];
}

static unsigned long memory(void)
{
	return (global_node_page_state_pages(NR_SLAB_UNRECLAIMABLE_B) +
		global_node_page_state_pages(NR_SLAB_RECLAIMABLE_B)) *
	       PAGE_SIZE;
}

static int bench_add(unsigned int id)
{
	static const struct property_entry props[] = {
		PROPERTY_ENTRY_U32("pasid-num-bits", 20),
		{}
	};
	struct platform_device *pdev = platform_device_alloc("bench-pasid", id);
	int ret;

	if (!pdev)
		return -ENOMEM;
	ret = device_create_managed_software_node(&pdev->dev, props, NULL);
	if (!ret)
		ret = iommu_fwspec_init(&pdev->dev, bench_iommu.fwnode);
	if (!ret)
		ret = platform_device_add(pdev);
	if (ret) {
		platform_device_put(pdev);
		return ret;
	}
	pdevs[id] = pdev;
	return device_iommu_mapped(&pdev->dev) ? 0 : -ENODEV;
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

static int bench_run(void)
{
	int ret = 0;

	for (int i = 0; i < ARRAY_SIZE(pdevs) && !ret; i++)
		ret = bench_add(i);
	ret = ret ?: bench_global() ?: bench_rid();
	for (int i = 0; i < ARRAY_SIZE(pdevs) && pdevs[i]; i++)
		platform_device_unregister(pdevs[i]);
	return ret;
}

static int __init pasid_bench_init(void)
{
	int ret;

	bench_iommu.fwnode = fwnode_create_software_node(NULL, NULL);
	if (IS_ERR(bench_iommu.fwnode))
		return PTR_ERR(bench_iommu.fwnode);
	ret = iommu_device_sysfs_add(&bench_iommu, NULL, NULL, "bench-pasid");
	if (ret)
		goto out_fwnode;
	ret = iommu_device_register(&bench_iommu, &bench_ops, NULL);
	if (!ret) {
		ret = bench_run();
		iommu_device_unregister(&bench_iommu);
	}
	iommu_device_sysfs_remove(&bench_iommu);
out_fwnode:
	fwnode_remove_software_node(bench_iommu.fwnode);
	return ret;
}
module_init(pasid_bench_init);

/* Nothing is left; without it the module could not be unloaded. */
static void __exit pasid_bench_exit(void)
{
}
module_exit(pasid_bench_exit);

MODULE_DESCRIPTION("Cost of PASIDs in the IOMMU core");
MODULE_LICENSE("GPL");
