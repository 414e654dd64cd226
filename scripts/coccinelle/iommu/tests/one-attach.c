// SPDX-License-Identifier: GPL-2.0-only
/* What one-attach.cocci finds, in lines that say so, and what it does not */

static int __iommu_attach_device(struct iommu_domain *domain, struct device *dev)
{
	return domain->ops->attach_dev(domain, dev);
}

static int other_attach(struct iommu_domain *domain, struct device *dev)
{
	int ret = domain->ops->attach_dev(domain, dev);		/* fires */

	return ret ?: mock_ops.attach_dev(domain, dev, old);	/* fires */
}
