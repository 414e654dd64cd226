// SPDX-License-Identifier: GPL-2.0-only
/// A driver's attach_dev() is called from one place in the IOMMU core, below the
/// gate that refuses a domain without a device's direct regions.
///
//# What removes a PASID from an SMMUv3, by whatever name, attaches the domain
//# again that the RID is attached to already, and so does a driver that cannot
//# attach another one after it ended that. There are no other exceptions.
//
// Confidence: High
// Options: --no-includes --include-headers

virtual report

@call@
expression ops, domain, dev;
position p;
@@
(
	ops.attach_dev@p(domain, dev, ...)
|
	ops->attach_dev@p(domain, dev, ...)
)

@script:python depends on report@
p << call.p;
@@
where = p[0].current_element
if where not in ("__iommu_attach_device", "arm_smmu_remove_dev_pasid",
                 "arm_smmu_blocking_set_dev_pasid", "restore_domain",
                 "device_restore_domain"):
	coccilib.report.print_report(p[0], "WARNING: %s() attaches past the gate, use __iommu_attach_device()" % where)
