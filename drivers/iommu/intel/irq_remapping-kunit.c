// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit tests of what interrupt remapping reads from a DMAR. irq_remapping.c
 * includes this file at its end. The IOMMU here has no registers.
 */
#include <kunit/test.h>

/* ID of an IOAPIC or HPET that no machine has */
#define IR_KUNIT_ID	0xfe

static const struct ir_scope_case {
	const char *name;
	u8 type;
	u8 len;
	u16 sid;
} ir_scope_cases[] = {
	{ "ioapic", ACPI_DMAR_SCOPE_TYPE_IOAPIC, 8, PCI_DEVID(0x2a, 0xff) },
	{ "hpet", ACPI_DMAR_SCOPE_TYPE_HPET, 8, PCI_DEVID(0x2a, 0xff) },
	/* The path after these scopes is not a part of them */
	{ "ioapic_without_path", ACPI_DMAR_SCOPE_TYPE_IOAPIC, 6, 0 },
	{ "hpet_without_path", ACPI_DMAR_SCOPE_TYPE_HPET, 6, 0 },
};

KUNIT_ARRAY_PARAM_DESC(ir_scope, ir_scope_cases, name);

static void a_scope_without_a_path_has_its_unit(struct kunit *test)
{
	const struct ir_scope_case *c = test->param_value;
	bool ioapic = c->type == ACPI_DMAR_SCOPE_TYPE_IOAPIC;
	struct {
		struct acpi_dmar_hardware_unit drhd;
		struct acpi_dmar_device_scope scope;
		struct acpi_dmar_pci_path path;
	} *unit = kunit_kzalloc(test, sizeof(*unit), GFP_KERNEL);
	struct intel_iommu *iommu =
		kunit_kzalloc(test, sizeof(*iommu), GFP_KERNEL);
	struct irte irte = {};

	KUNIT_ASSERT_NOT_NULL(test, unit);
	KUNIT_ASSERT_NOT_NULL(test, iommu);
	unit->drhd.header.length = sizeof(unit->drhd) + c->len;
	unit->scope.entry_type = c->type;
	unit->scope.length = c->len;
	unit->scope.enumeration_id = IR_KUNIT_ID;
	unit->scope.bus = 0x2a;
	unit->path.device = 0x1f;
	unit->path.function = 7;

	ir_parse_ioapic_hpet_scope(&unit->drhd.header, iommu);

	/* If an IOAPIC has no unit, the kernel remaps no interrupts at all */
	KUNIT_EXPECT_PTR_EQ(test, iommu,
			    ioapic ? map_ioapic_to_iommu(IR_KUNIT_ID) :
				     map_hpet_to_iommu(IR_KUNIT_ID));
	if (ioapic)
		set_ioapic_sid(&irte, IR_KUNIT_ID);
	else
		set_hpet_sid(&irte, IR_KUNIT_ID);
	/* The casts are for bit-fields, which KUnit cannot compare */
	KUNIT_EXPECT_EQ(test, (u16)irte.sid, c->sid);
	KUNIT_EXPECT_EQ(test, (int)irte.svt,
			c->sid ? SVT_VERIFY_SID_SQ : SVT_NO_VERIFY);

	ir_remove_ioapic_hpet_scope(iommu);
}

static struct kunit_case ir_kunit_cases[] = {
	KUNIT_CASE_PARAM(a_scope_without_a_path_has_its_unit,
			 ir_scope_gen_params),
	{}
};

static struct kunit_suite ir_kunit_suite = {
	.name = "iommu_dmar_ir",
	.test_cases = ir_kunit_cases,
};

kunit_test_suite(ir_kunit_suite);
