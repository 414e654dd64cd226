// SPDX-License-Identifier: GPL-2.0-only
/// Convert an IOMMU driver to a get_resv_regions() that returns int.
///
//# The op returns 0 or a negative errno. On error, it must not free the regions
//# that are in the list already, since the core does.
//#
//# The rules start from the .get_resv_regions initialiser and change only that
//# function and its prototype in the same file. A "return;" after a failed
//# allocation becomes "return -ENOMEM;", any other one "return 0;". If the last
//# statement is a call of a kernel helper, its result is returned. Do by hand
//# (MODE=report finds 1-3):
//#
//#  1. "return 0;" where the driver cannot tell what to report (device not
//#     found, failed lookup, its own allocator): return the error.
//#  2. A failed allocation after which the function only skips a region, or
//#     leaves a loop: return -ENOMEM, and release locks and references first.
//#  3. A kernel helper that is not called last: check what it returns.
//#  4. A void helper of the driver that allocates regions: make it return int,
//#     and check it.
//#  5. An op that is in another file than its iommu_ops, or that is called from
//#     elsewhere: convert it, its header and its callers.
//#  6. Align continued arguments again, where "void" became "int".
//
// Confidence: Moderate
// Options: --no-includes --include-headers

virtual patch
virtual report

@op@
identifier f, o;
@@
struct iommu_ops o = {
	.get_resv_regions = f,
};

@returns depends on report@
identifier op.f;
position p;
@@
void f(...)
{
	<...
	return@p;
	...>
}

@script:python depends on report@
f << op.f;
p << returns.p;
@@
for x in p:
	# Coccinelle treats the closing brace of a void function as a return
	if x.column != "0":
		coccilib.report.print_report(x, "WARNING: %s() does not say why it returns" % f)

@lost depends on report exists@
identifier op.f;
expression r;
position p;
statement S;
@@
f(...)
{
	... when any
	r = \(iommu_alloc_resv_region\|kmemdup\|kmalloc\|kzalloc\)(...);
	... when != r
(
	if@p (r)
		S
|
	if@p (!r)
		\(break;\|continue;\)
|
	if@p (!r) {
		...
		\(break;\|continue;\)
	}
)
	... when any
}

@script:python depends on report@
f << op.f;
p << lost.p;
@@
for x in p:
	coccilib.report.print_report(x, "ERROR: %s() goes on without the region" % f)

@unchecked depends on report exists@
identifier op.f;
identifier h = {iommu_dma_get_resv_regions, of_iommu_get_resv_regions, iort_iommu_get_resv_regions};
expression list es;
position p;
@@
f(...)
{
	... when any
	h@p(es);
	... when any
}

@script:python depends on report@
f << op.f;
h << unchecked.h;
p << unchecked.p;
@@
for x in p:
	coccilib.report.print_report(x, "WARNING: %s() does not check %s()" % (f, h))

@proto depends on patch@
identifier op.f;
@@
-void
+int
 f(...);

@nomem depends on patch@
identifier op.f;
expression r;
@@
 void f(...)
 {
	<...
	r = \(iommu_alloc_resv_region\|kmemdup\|kmalloc\|kzalloc\)(...);
	if (!r)
	{
		...
-		return;
+		return -ENOMEM;
	}
	...>
 }

@head depends on patch@
identifier op.f;
@@
-void
+int
 f(...)
 {
	...
 }

@tail depends on patch exists@
identifier op.f;
identifier h = {iommu_dma_get_resv_regions, of_iommu_get_resv_regions, iort_iommu_get_resv_regions};
expression list es;
@@
 f(...)
 {
	... when any
-	h(es);
+	return h(es);
 }

// This also adds a line before the closing brace, if it can be reached.
@zero depends on patch@
identifier op.f;
@@
 f(...)
 {
	<...
-	return;
+	return 0;
	...>
 }
