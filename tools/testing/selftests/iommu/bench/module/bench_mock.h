/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the modules share: an IOMMU that costs next to nothing, devices below
 * it, and a run that is over when the module is loaded.
 */
#ifndef BENCH_MOCK_H
#define BENCH_MOCK_H

#include <linux/device.h>
#include <linux/iommu.h>
#include <linux/module.h>
#include <linux/platform_device.h>
#include <linux/property.h>

static struct iommu_device bench_iommu;

static struct iommu_device *bench_probe_device(struct device *dev)
{
	return &bench_iommu;
}

/* attach_dev() has the domain that is left as well, on newer kernels */
#define bench_attach_dev						\
	__builtin_choose_expr(__builtin_types_compatible_p(		\
		typeof(((struct iommu_domain_ops *)NULL)->attach_dev),	\
		int (*)(struct iommu_domain *domain, struct device *dev)), \
		bench_attach, bench_attach_old)

static int __maybe_unused bench_attach(struct iommu_domain *domain,
				       struct device *dev)
{
	return 0;
}

static int __maybe_unused bench_attach_old(struct iommu_domain *domain,
					   struct device *dev,
					   struct iommu_domain *old)
{
	return 0;
}

/* A device of that name, with properties or none; NULL if the IOMMU lacks it */
static struct platform_device *
bench_add_device(const char *name, unsigned int id,
		 const struct property_entry *props)
{
	struct platform_device *pdev = platform_device_alloc(name, id);
	int ret = 0;

	if (!pdev)
		return NULL;
	if (props)
		ret = device_create_managed_software_node(&pdev->dev, props,
							  NULL);
	if (!ret)
		ret = iommu_fwspec_init(&pdev->dev, bench_iommu.fwnode);
	if (!ret)
		ret = platform_device_add(pdev);
	/* The result of the core's notifier is lost on the way */
	if (!ret && !device_iommu_mapped(&pdev->dev)) {
		platform_device_del(pdev);
		ret = -ENODEV;
	}
	if (!ret)
		return pdev;
	platform_device_put(pdev);
	return NULL;
}

/* All of a module's work: registers the IOMMU for as long as @run takes */
static int bench_with_iommu(const char *name, const struct iommu_ops *ops,
			    int (*run)(void))
{
	int ret;

	bench_iommu.fwnode = fwnode_create_software_node(NULL, NULL);
	if (IS_ERR(bench_iommu.fwnode))
		return PTR_ERR(bench_iommu.fwnode);
	ret = iommu_device_sysfs_add(&bench_iommu, NULL, NULL, "%s", name);
	if (ret)
		goto out_fwnode;
	ret = iommu_device_register(&bench_iommu, ops, NULL);
	if (!ret) {
		ret = run();
		iommu_device_unregister(&bench_iommu);
	}
	iommu_device_sysfs_remove(&bench_iommu);
out_fwnode:
	fwnode_remove_software_node(bench_iommu.fwnode);
	return ret;
}

/* Nothing is left; without it the module could not be unloaded. */
static void __exit bench_exit(void)
{
}
module_exit(bench_exit);

MODULE_LICENSE("GPL");

#endif
