// SPDX-License-Identifier: GPL-2.0-only
/// A driver's attach_dev() is called from one place in the IOMMU core, after
/// the check that refuses a domain without a device's direct regions.
///
//# There are two exceptions. The SMMUv3 driver attaches the domain of the RID
//# again when it removes a PASID. A driver that has detached the old domain and
//# then fails to attach the new one may attach the old one again.
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
