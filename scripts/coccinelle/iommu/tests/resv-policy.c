// SPDX-License-Identifier: GPL-2.0-only
/* What resv-policy.cocci finds, in lines that say so, and what it does not */

static int report_by_flag(struct device *dev, struct list_head *head)
{
	type = rmr->flags & REMAP_PERMITTED ? IOMMU_RESV_DIRECT_RELAXABLE :
					      IOMMU_RESV_DIRECT;
	if (rmr->flags & REMAP_PERMITTED)
		type = IOMMU_RESV_DIRECT_RELAXABLE;
	else
		type = IOMMU_RESV_DIRECT;
	region = iommu_alloc_resv_region(start, length, prot, IOMMU_RESV_DIRECT,
					 GFP_KERNEL);
	region = iommu_alloc_resv_region(0, 1UL << 24, prot,
					 IOMMU_RESV_DIRECT_RELAXABLE, GFP_KERNEL);
	return 0;
}

static int report_by_class(struct device *dev, struct list_head *head)
{
	type = is_usb(dev) ? IOMMU_RESV_DIRECT_RELAXABLE :	/* fires */
			     IOMMU_RESV_DIRECT;
	if (is_usb(dev))					/* fires */
		type = IOMMU_RESV_DIRECT_RELAXABLE;
	else
		type = IOMMU_RESV_DIRECT;
	if (is_display(dev))					/* fires */
		type = IOMMU_RESV_DIRECT_RELAXABLE;
	if (is_display(dev)) {					/* fires */
		count++;
		type = IOMMU_RESV_DIRECT_RELAXABLE;
	}
	if (is_display(dev))
		region = iommu_alloc_resv_region(start, length, prot,	/* fires */
						 IOMMU_RESV_DIRECT_RELAXABLE,
						 GFP_KERNEL);
	return 0;
}

static bool look_at_conclusion(struct device *dev)
{
	return dev->iommu->require_direct;			/* fires */
}

static int attach(struct device *dev, struct iommu_domain *domain, int n)
{
	if (device_has_rmrr(dev))				/* fires */
		return -EPERM;
	return 0;
}
