// SPDX-License-Identifier: GPL-2.0-only
/// An IOMMU driver only reports reserved regions. The IOMMU core decides which
/// of them may be relaxed, and which domains a device may be attached to.
///
//# A driver may report a region as relaxable if a flag in the table says so: a
//# test of such a flag is not reported.
//
// Confidence: Moderate
// Options: --no-includes --include-headers
// Fires-on: drivers/iommu/intel/iommu.c

virtual report

@initialize:python@
@@
import re
CORE = ("drivers/iommu/iommu.c", "drivers/iommu/dma-iommu.c", "drivers/iommu/iommu-",
	"drivers/iommu/direct/", "drivers/iommu/pasid/", "drivers/iommu/tests/", "-kunit.", "drivers/iommu/iommufd/", "drivers/vfio/")

def warn(p, what, test=""):
	if not any(part in p[0].file for part in CORE) and not re.match(r"\w+ *(->|\.) *flags *& *\w+$", test):
		coccilib.report.print_report(p[0], "WARNING: %s() %s, which is the core's business" % (p[0].current_element, what))

// Choice between DIRECT and RELAXABLE by anything but a flag of the table

@chosen@
expression test;
position p;
@@
	test ?@p \(IOMMU_RESV_DIRECT_RELAXABLE\|IOMMU_RESV_DIRECT\) : \(IOMMU_RESV_DIRECT\|IOMMU_RESV_DIRECT_RELAXABLE\)

@script:python depends on report@
p << chosen.p;
test << chosen.test;
@@
warn(p, "chooses what may be relaxed", test)

@branched@
expression test, type;
position p;
statement S;
@@
(
	if@p (test)
		type = \(IOMMU_RESV_DIRECT_RELAXABLE\|IOMMU_RESV_DIRECT\);
	else S
|
	if@p (test)
		type = IOMMU_RESV_DIRECT_RELAXABLE;
|
	if@p (test) {
		...
		type = IOMMU_RESV_DIRECT_RELAXABLE;
		...
	}
)

@script:python depends on report@
p << branched.p;
test << branched.test;
@@
warn(p, "chooses what may be relaxed", test)

// RELAXABLE as an argument. The region of VT-d's workaround for floppy drives is
// an exception: no table has it.

@passed@
identifier f;
position p;
@@
(
	iommu_alloc_resv_region(0, 1UL << 24, ...)
|
	f@p(..., IOMMU_RESV_DIRECT_RELAXABLE, ...)
)

@script:python depends on report@
p << passed.p;
@@
warn(p, "says what may be relaxed")

// The result of the core's decision

@required@
expression e;
position p;
@@
	e->require_direct@p

@script:python depends on report@
p << required.p;
@@
warn(p, "looks at require_direct")

// Any function with a domain as an argument

@asked@
identifier f, domain;
identifier h =~ "rmrr|resv|ivmd|unity_map";
position p;
@@
f(..., struct iommu_domain *domain, ...)
{
	<+...
	h@p(...)
	...+>
}

@script:python depends on report@
p << asked.p;
@@
warn(p, "looks at reserved regions to attach a domain")
