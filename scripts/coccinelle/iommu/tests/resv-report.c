// SPDX-License-Identifier: GPL-2.0-only
/* What resv-report.cocci finds, in lines that say so, and what it does not */

static void driver_get_resv_regions(struct device *dev, struct list_head *head)
{
	struct iommu_resv_region *region;

	if (!find_it(dev))
		return;						/* fires */

	for (i = 0; i < nr; i++) {
		region = iommu_alloc_resv_region(start, length, prot,
						 IOMMU_RESV_DIRECT, GFP_KERNEL);
		if (!region)					/* fires */
			continue;
		list_add_tail(&region->list, head);
	}
	iommu_dma_get_resv_regions(dev, head);			/* fires */
	count++;
}

static void not_called(struct device *dev, struct list_head *head)
{
	iommu_dma_get_resv_regions(dev, head);
}

static const struct iommu_ops ops = {
	.get_resv_regions = driver_get_resv_regions,
};
