// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the IOMMU core spends on probing: adds devices below an IOMMU that costs
 * next to nothing itself, and takes them away again. Loading it is the run.
 */
#include <linux/dma-mapping.h>
#include <linux/gfp.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/timex.h>

#include "bench_mock.h"

#define MAX_REGIONS	16

static unsigned int devices = 1;
module_param(devices, uint, 0444);
MODULE_PARM_DESC(devices, "how many devices to add");

static unsigned int regions;
module_param(regions, uint, 0444);
MODULE_PARM_DESC(regions, "how many direct regions each of them has, up to 16");

static bool join;
module_param(join, bool, 0444);
MODULE_PARM_DESC(join, "they join the group of one more, and each has an MSI window too");

static unsigned int live;
module_param(live, uint, 0444);
MODULE_PARM_DESC(live, "how many buffers are mapped in that group");

static unsigned long cost;
module_param(cost, ulong, 0444);
MODULE_PARM_DESC(cost, "result: cycles to probe one device");

static unsigned long calls;
module_param(calls, ulong, 0444);
MODULE_PARM_DESC(calls, "result: how often drivers were asked for regions");

struct bench_map {
	unsigned long iova;
	phys_addr_t paddr;
	size_t size;
};

struct bench_domain {
	struct iommu_domain domain;
	unsigned int nr;
	struct bench_map maps[MAX_REGIONS];
};

static struct platform_device **bench_pdevs;
static cycles_t bench_begin;
static cycles_t bench_total;

static int bench_map_pages(struct iommu_domain *domain, unsigned long iova,
			   phys_addr_t paddr, size_t pgsize, size_t pgcount,
			   int prot, gfp_t gfp, size_t *mapped)
{
	struct bench_domain *bench =
		container_of(domain, struct bench_domain, domain);
	struct bench_map *map = &bench->maps[bench->nr];
	size_t size = pgsize * pgcount;

	/* A buffer: its address does not matter */
	if (iova != paddr) {
		*mapped += size;
		return 0;
	}
	if (bench->nr && map[-1].iova + map[-1].size == iova &&
	    map[-1].paddr + map[-1].size == paddr) {
		map[-1].size += size;
	} else {
		if (bench->nr == MAX_REGIONS)
			return -ENOSPC;
		*map = (struct bench_map){ iova, paddr, size };
		bench->nr++;
	}
	*mapped += size;
	return 0;
}

static size_t bench_unmap_pages(struct iommu_domain *domain, unsigned long iova,
				size_t pgsize, size_t pgcount,
				struct iommu_iotlb_gather *gather)
{
	return pgsize * pgcount;
}

static phys_addr_t bench_iova_to_phys(struct iommu_domain *domain,
				      dma_addr_t iova)
{
	struct bench_domain *bench =
		container_of(domain, struct bench_domain, domain);
	unsigned int i;

	for (i = 0; i < bench->nr; i++)
		if (iova - bench->maps[i].iova < bench->maps[i].size)
			return bench->maps[i].paddr + iova -
			       bench->maps[i].iova;
	return 0;
}

static void bench_domain_free(struct iommu_domain *domain)
{
	kfree(container_of(domain, struct bench_domain, domain));
}

static const struct iommu_domain_ops bench_paging_ops = {
	.attach_dev = bench_attach_dev,
	.map_pages = bench_map_pages,
	.unmap_pages = bench_unmap_pages,
	.iova_to_phys = bench_iova_to_phys,
	.free = bench_domain_free,
};

static const struct iommu_domain_ops bench_static_ops = {
	.attach_dev = bench_attach_dev,
};

static struct iommu_domain bench_identity = {
	.type = IOMMU_DOMAIN_IDENTITY,
	.ops = &bench_static_ops,
};

static struct iommu_domain bench_blocked = {
	.type = IOMMU_DOMAIN_BLOCKED,
	.ops = &bench_static_ops,
};

static struct iommu_domain *bench_alloc_paging(struct device *dev)
{
	struct bench_domain *bench = kzalloc(sizeof(*bench), GFP_KERNEL);

	if (!bench)
		return NULL;
	bench->domain.pgsize_bitmap = SZ_4K | SZ_2M | SZ_1G;
	bench->domain.geometry.aperture_end = BIT_ULL(48) - 1;
	bench->domain.geometry.force_aperture = true;
	return &bench->domain;
}

/* The one that is there already, if the others join it */
static bool bench_is_joined(struct device *dev)
{
	return join && !to_platform_device(dev)->id;
}

static struct iommu_group *bench_device_group(struct device *dev)
{
	if (join && !bench_is_joined(dev))
		return iommu_group_get(&bench_pdevs[0]->dev);
	return generic_device_group(dev);
}

static int bench_report(struct device *dev, struct list_head *head)
{
	struct iommu_resv_region *region;
	unsigned int i;

	calls++;
	if (join) {
		region = iommu_alloc_resv_region(0xfee00000, SZ_1M, 0,
						 IOMMU_RESV_MSI, GFP_KERNEL);
		if (!region)
			return -ENOMEM;
		list_add_tail(&region->list, head);
	}
	if (bench_is_joined(dev))
		return 0;
	/* Apart from each other: neighbours would be merged. */
	for (i = 0; i < regions; i++) {
		region = iommu_alloc_resv_region(SZ_16M + i * SZ_1M, SZ_64K,
						 IOMMU_READ | IOMMU_WRITE,
						 IOMMU_RESV_DIRECT, GFP_KERNEL);
		if (!region)
			return -ENOMEM;
		list_add_tail(&region->list, head);
	}
	return 0;
}

static void __maybe_unused bench_report_void(struct device *dev,
					     struct list_head *head)
{
	bench_report(dev, head);
}

/* Reporting could not fail before the series. */
#define bench_get_resv_regions						\
	__builtin_choose_expr(__builtin_types_compatible_p(		\
		typeof(((struct iommu_ops *)NULL)->get_resv_regions),	\
		int (*)(struct device *dev, struct list_head *head)),	\
		bench_report, bench_report_void)

static const struct iommu_ops bench_ops = {
	.owner = THIS_MODULE,
	.identity_domain = &bench_identity,
	.blocked_domain = &bench_blocked,
	.default_domain_ops = &bench_paging_ops,
	.domain_alloc_paging = bench_alloc_paging,
	.probe_device = bench_probe_device,
	.device_group = bench_device_group,
	.get_resv_regions = bench_get_resv_regions,
};

/*
 * The core probes in its notifier: one of ours runs right before it, and one
 * right after, so the cost of adding a device to the bus is left out.
 */
static int bench_before(struct notifier_block *nb, unsigned long action,
			void *data)
{
	if (action == BUS_NOTIFY_ADD_DEVICE)
		bench_begin = get_cycles();
	return NOTIFY_DONE;
}

static int bench_after(struct notifier_block *nb, unsigned long action,
		       void *data)
{
	if (action == BUS_NOTIFY_ADD_DEVICE)
		bench_total += get_cycles() - bench_begin;
	return NOTIFY_DONE;
}

static struct notifier_block bench_before_nb = {
	.notifier_call = bench_before,
	.priority = 1,
};

static struct notifier_block bench_after_nb = {
	.notifier_call = bench_after,
	.priority = -1,
};

/* The domain is freed with all that is in it, without unmapping. */
static int bench_map_buffers(struct device *dev)
{
	struct page *page;
	dma_addr_t iova = 0;
	unsigned int i;

	if (!iommu_is_dma_domain(iommu_get_domain_for_dev(dev)))
		return -EINVAL;
	page = alloc_page(GFP_KERNEL);
	if (!page)
		return -ENOMEM;
	for (i = 0; i < live && iova != DMA_MAPPING_ERROR; i++)
		iova = dma_map_page_attrs(dev, page, 0, PAGE_SIZE,
					  DMA_BIDIRECTIONAL, 0);
	__free_page(page);
	return iova == DMA_MAPPING_ERROR ? -ENOSPC : 0;
}

static int bench_run(void)
{
	unsigned int end = devices + join, i;
	int ret = 0;

	if (join) {
		bench_pdevs[0] = bench_add_device("bench", 0, NULL);
		ret = bench_pdevs[0] ? bench_map_buffers(&bench_pdevs[0]->dev) :
				       -ENODEV;
	}
	bus_register_notifier(&platform_bus_type, &bench_before_nb);
	bus_register_notifier(&platform_bus_type, &bench_after_nb);
	for (i = join; i < end && !ret; i++) {
		bench_pdevs[i] = bench_add_device("bench", i, NULL);
		ret = bench_pdevs[i] ? 0 : -ENODEV;
	}
	bus_unregister_notifier(&platform_bus_type, &bench_after_nb);
	bus_unregister_notifier(&platform_bus_type, &bench_before_nb);

	for (i = 0; i < end && bench_pdevs[i]; i++)
		platform_device_unregister(bench_pdevs[i]);
	cost = (unsigned long)bench_total / devices;
	return ret;
}

static int __init bench_init(void)
{
	int ret;

	if (!devices || regions > MAX_REGIONS)
		return -EINVAL;
	bench_pdevs = kcalloc(devices + join, sizeof(*bench_pdevs), GFP_KERNEL);
	if (!bench_pdevs)
		return -ENOMEM;

	ret = bench_with_iommu("bench", &bench_ops, bench_run);
	kfree(bench_pdevs);
	return ret;
}
module_init(bench_init);

MODULE_DESCRIPTION("Cost of probing in the IOMMU core");
