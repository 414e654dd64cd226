// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit tests of how the SMMUv2 driver bypasses the streams of RMRs at boot.
 * arm-smmu.c includes this file at its end. The SMMU here has no registers.
 */
#include <kunit/test.h>

#define NR_STREAMS	16
#define NR_GROUPS	4

struct rmr_test {
	struct arm_smmu_device smmu;
	struct arm_smmu_smr smrs[NR_GROUPS];
	/* The last one is out of range and must not be written to */
	struct arm_smmu_s2cr s2crs[NR_STREAMS + 1];
};

static struct arm_smmu_device *rmr_smmu(struct kunit *test, bool matches)
{
	struct rmr_test *t = kunit_kzalloc(test, sizeof(*t), GFP_KERNEL);
	int i;

	KUNIT_ASSERT_NOT_NULL(test, t);
	t->smmu.s2crs = t->s2crs;
	t->smmu.smrs = matches ? t->smrs : NULL;
	t->smmu.num_mapping_groups = matches ? NR_GROUPS : NR_STREAMS;
	t->smmu.streamid_mask = NR_STREAMS - 1;
	for (i = 0; i < ARRAY_SIZE(t->s2crs); i++)
		t->s2crs[i] = s2cr_init_val;
	return &t->smmu;
}

static bool rmr_bypassed(const struct arm_smmu_device *smmu, int idx)
{
	return smmu->s2crs[idx].type == S2CR_TYPE_BYPASS &&
	       smmu->s2crs[idx].count == 1;
}

static void rmr_streams_are_all_bypassed(struct kunit *test)
{
	struct arm_smmu_device *smmu = rmr_smmu(test, true);
	u32 i;

	for (i = 0; i < 3; i++) {
		KUNIT_EXPECT_EQ(test, 0, arm_smmu_bypass_rmr_sid(smmu, 4 + i));
		KUNIT_EXPECT_TRUE(test, smmu->smrs[i].valid);
		KUNIT_EXPECT_EQ(test, smmu->smrs[i].id, 4 + i);
		KUNIT_EXPECT_EQ(test, smmu->smrs[i].mask, 0);
		KUNIT_EXPECT_TRUE(test, rmr_bypassed(smmu, i));
	}
	/* Two RMRs may name the same stream */
	KUNIT_EXPECT_EQ(test, 0, arm_smmu_bypass_rmr_sid(smmu, 5));
	KUNIT_EXPECT_TRUE(test, rmr_bypassed(smmu, 1));
	KUNIT_EXPECT_FALSE(test, smmu->smrs[3].valid);

	KUNIT_EXPECT_EQ(test, 0, arm_smmu_bypass_rmr_sid(smmu, 8));
	KUNIT_EXPECT_EQ(test, -ENOSPC, arm_smmu_bypass_rmr_sid(smmu, 9));
}

/* A stream match of the boot loader keeps its ID and its mask */
static void rmr_keeps_boot_mappings(struct kunit *test)
{
	struct arm_smmu_device *smmu = rmr_smmu(test, true);

	smmu->smrs[1] = (struct arm_smmu_smr){ .id = 8, .mask = 7,
					       .valid = true };
	KUNIT_EXPECT_EQ(test, 0, arm_smmu_bypass_rmr_sid(smmu, 9));
	KUNIT_EXPECT_EQ(test, smmu->smrs[1].id, 8);
	KUNIT_EXPECT_EQ(test, smmu->smrs[1].mask, 7);
	KUNIT_EXPECT_TRUE(test, rmr_bypassed(smmu, 1));
	KUNIT_EXPECT_FALSE(test, smmu->smrs[0].valid);
}

static void rmr_streams_may_be_indexes(struct kunit *test)
{
	struct arm_smmu_device *smmu = rmr_smmu(test, false);

	KUNIT_EXPECT_EQ(test, 0, arm_smmu_bypass_rmr_sid(smmu, 0));
	KUNIT_EXPECT_EQ(test, 0, arm_smmu_bypass_rmr_sid(smmu, NR_STREAMS - 1));
	KUNIT_EXPECT_TRUE(test, rmr_bypassed(smmu, 0));
	KUNIT_EXPECT_FALSE(test, rmr_bypassed(smmu, 1));
	KUNIT_EXPECT_TRUE(test, rmr_bypassed(smmu, NR_STREAMS - 1));
}

static void rmr_streams_that_are_not_there(struct kunit *test)
{
	struct arm_smmu_device *smmu;
	int matches;

	for (matches = 0; matches < 2; matches++) {
		smmu = rmr_smmu(test, matches);
		KUNIT_EXPECT_EQ(test, -ERANGE,
				arm_smmu_bypass_rmr_sid(smmu, NR_STREAMS));
		/* IDs of the table have 32 bits, and are not cut to 16 */
		KUNIT_EXPECT_EQ(test, -ERANGE,
				arm_smmu_bypass_rmr_sid(smmu, 0x10001));
		KUNIT_EXPECT_FALSE(test, rmr_bypassed(smmu, 1));
		KUNIT_EXPECT_FALSE(test, rmr_bypassed(smmu, NR_STREAMS));
		KUNIT_EXPECT_FALSE(test, matches && smmu->smrs[0].valid);
	}
}

static void rmr_streams_are_bypassed_again(struct kunit *test)
{
	struct arm_smmu_device *smmu = rmr_smmu(test, true);

	KUNIT_ASSERT_EQ(test, 0, arm_smmu_bypass_rmr_sid(smmu, 4));
	/* As if a device had been attached; it is released below */
	smmu->s2crs[0].count++;
	smmu->s2crs[0].type = S2CR_TYPE_TRANS;
	KUNIT_EXPECT_TRUE(test, arm_smmu_free_sme(smmu, 0));
	KUNIT_EXPECT_TRUE(test, rmr_bypassed(smmu, 0));
	KUNIT_EXPECT_TRUE(test, smmu->smrs[0].valid);
}

static struct kunit_case rmr_cases[] = {
	KUNIT_CASE(rmr_streams_are_all_bypassed),
	KUNIT_CASE(rmr_keeps_boot_mappings),
	KUNIT_CASE(rmr_streams_may_be_indexes),
	KUNIT_CASE(rmr_streams_that_are_not_there),
	KUNIT_CASE(rmr_streams_are_bypassed_again),
	{}
};

static struct kunit_suite rmr_suite = {
	.name = "iommu_smmu_rmr",
	.test_cases = rmr_cases,
};

kunit_test_suite(rmr_suite);
