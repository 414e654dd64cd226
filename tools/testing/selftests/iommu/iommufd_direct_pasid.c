// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a user of iommufd may do with the PASIDs of a device: the owner of a RID
 * may use all its PASIDs. The hardware is iommufd's mock IOMMU.
 */
#include <fcntl.h>

#include "iommufd_direct_utils.h"

/* Width of the PASIDs that can be attached, in bits, or -1 on error */
static int pasid_width(int fd, const struct mock *mock)
{
	struct iommu_hw_info info = {
		.size = sizeof(info),
		.dev_id = mock->idev_id,
	};

	return ioctl(fd, IOMMU_GET_HW_INFO, &info) ? -1 :
						     info.out_max_pasid_log2;
}

FIXTURE(pasid)
{
	int fd;
	__u32 ioas_id;
	/* For the macros of iommufd_utils.h */
	__u32 stdev_id;
	__u32 hwpt_id[2];
	struct mock mock;
};

FIXTURE_VARIANT(pasid)
{
	__u32 bits;
};

FIXTURE_VARIANT_ADD(pasid, full)
{
	.bits = MOCK_PASID_WIDTH,
};

FIXTURE_VARIANT_ADD(pasid, narrow)
{
	.bits = 4,
};

FIXTURE_SETUP(pasid)
{
	int i;

	self->fd = open("/dev/iommu", O_RDWR);
	ASSERT_NE(-1, self->fd);
	test_ioctl_ioas_alloc(&self->ioas_id);
	create(&self->mock, .pasid_bits = variant->bits);
	self->stdev_id = self->mock.stdev_id;
	ASSERT_EQ(0, mock_bind(self->fd, &self->mock));
	for (i = 0; i < 2; i++)
		test_cmd_hwpt_alloc(self->mock.idev_id, self->ioas_id,
				    IOMMU_HWPT_ALLOC_PASID, &self->hwpt_id[i]);
}

FIXTURE_TEARDOWN(pasid)
{
	teardown_iommufd(self->fd, _metadata);
}

#define expect_pasid(_pasid, _hwpt_id)                                        \
	EXPECT_EQ(0, test_cmd_pasid_check_hwpt(self->fd, self->stdev_id,      \
					       _pasid, _hwpt_id))

TEST_F(pasid, chosen)
{
	const __u32 pasid = 11;

	test_cmd_pasid_attach(pasid, self->hwpt_id[0]);
	expect_pasid(pasid, self->hwpt_id[0]);

	/* It is in use, also for the page table that is attached to it */
	test_err_pasid_attach(EBUSY, pasid, self->hwpt_id[0]);
	test_err_pasid_attach(EBUSY, pasid, self->hwpt_id[1]);
	expect_pasid(pasid, self->hwpt_id[0]);

	test_cmd_pasid_detach(pasid);
	expect_pasid(pasid, 0);

	/* It can be used again at once, since a VM chooses its PASIDs */
	test_cmd_pasid_attach(pasid, self->hwpt_id[1]);
	expect_pasid(pasid, self->hwpt_id[1]);
	test_cmd_pasid_replace(pasid, self->hwpt_id[0]);
	expect_pasid(pasid, self->hwpt_id[0]);
	test_err_pasid_attach(EBUSY, pasid, self->hwpt_id[0]);
	test_cmd_pasid_detach(pasid);

	test_err_pasid_replace(EINVAL, pasid, self->hwpt_id[0]);
}

TEST_F(pasid, whole_space)
{
	const __u32 limit = 1U << variant->bits;
	const __u32 good[] = { 1, 2, limit / 2, limit - 2, limit - 1 };
	const __u32 bad[] = { 0, limit, limit + 1, 1U << 20, (1U << 20) + 1,
			      1U << 31, ~0U };
	size_t i;

	EXPECT_EQ(variant->bits, pasid_width(self->fd, &self->mock));
	for (i = 0; i < ARRAY_SIZE(good); i++) {
		test_cmd_pasid_attach(good[i], self->hwpt_id[i & 1]);
		expect_pasid(good[i], self->hwpt_id[i & 1]);
	}
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		test_err_pasid_attach(EINVAL, bad[i], self->hwpt_id[0]);
		test_err_pasid_replace(EINVAL, bad[i], self->hwpt_id[0]);
	}
	for (i = 0; i < ARRAY_SIZE(good); i++) {
		expect_pasid(good[i], self->hwpt_id[i & 1]);
		test_cmd_pasid_detach(good[i]);
		expect_pasid(good[i], 0);
	}
}

/* Up to 4095 at once, as by a VM with that many processes */
TEST_F(pasid, every_number)
{
	const __u32 limit = variant->bits > 12 ? 1U << 12 : 1U << variant->bits;
	__u32 pasid;

	for (pasid = 1; pasid < limit; pasid++)
		test_cmd_pasid_attach(pasid, self->hwpt_id[0]);
	for (pasid = limit - 1; pasid; pasid--) {
		expect_pasid(pasid, self->hwpt_id[0]);
		test_cmd_pasid_detach(pasid);
	}
}

TEST_F(pasid, failed_attach_holds_nothing)
{
	const __u32 pasid = 11;

	ASSERT_EQ(0, mock_fail(self->fd, &self->mock, 1));
	test_err_pasid_attach(ENOMEM, pasid, self->hwpt_id[0]);
	expect_pasid(pasid, 0);

	test_cmd_pasid_attach(pasid, self->hwpt_id[0]);
	ASSERT_EQ(0, mock_fail(self->fd, &self->mock, 1));
	test_err_pasid_replace(ENOMEM, pasid, self->hwpt_id[1]);
	expect_pasid(pasid, self->hwpt_id[0]);
	test_cmd_pasid_detach(pasid);
}

/* Two RIDs use the same PASID for different page tables */
TEST_F(pasid, same_number_on_another_rid)
{
	const __u32 pasid = 11;
	struct mock other;

	create(&other, .pasid_bits = variant->bits);
	ASSERT_EQ(0, mock_bind(self->fd, &other));
	test_cmd_pasid_attach(pasid, self->hwpt_id[0]);
	ASSERT_EQ(0, _test_cmd_pasid_attach(self->fd, other.stdev_id, pasid,
					    self->hwpt_id[1]));
	test_cmd_pasid_detach(pasid);
	EXPECT_EQ(0, test_cmd_pasid_check_hwpt(self->fd, other.stdev_id, pasid,
					       self->hwpt_id[1]));
	ASSERT_EQ(0, _test_cmd_pasid_detach(self->fd, other.stdev_id, pasid));
}

/*
 * A guest moves to another device: each PASID in use on the first device is
 * attached to the same page table on the second one.
 */
TEST_F(pasid, migrate)
{
	const __u32 limit = 1U << variant->bits;
	const __u32 used[] = { 1, 3, limit / 2, limit - 2, limit - 1 };
	struct mock target, narrow;
	size_t i, moved = 0;
	__u32 pasid;

	for (i = 0; i < ARRAY_SIZE(used); i++)
		test_cmd_pasid_attach(used[i], self->hwpt_id[i & 1]);

	create(&target, .pasid_bits = variant->bits);
	ASSERT_EQ(0, mock_bind(self->fd, &target));
	ASSERT_EQ(pasid_width(self->fd, &self->mock),
		  pasid_width(self->fd, &target));
	/* A PASID that is in use on the target has to be detached first */
	ASSERT_EQ(0, _test_cmd_pasid_attach(self->fd, target.stdev_id, 3,
					    self->hwpt_id[0]));
	EXPECT_ERRNO(EBUSY, _test_cmd_pasid_attach(self->fd, target.stdev_id, 3,
						   self->hwpt_id[1]));
	ASSERT_EQ(0, _test_cmd_pasid_detach(self->fd, target.stdev_id, 3));

	for (pasid = 1; pasid < limit && moved < ARRAY_SIZE(used); pasid++) {
		for (i = 0; i < 2; i++) {
			if (test_cmd_pasid_check_hwpt(self->fd, self->stdev_id,
						      pasid, self->hwpt_id[i]))
				continue;
			EXPECT_EQ(used[moved++], pasid);
			ASSERT_EQ(0, _test_cmd_pasid_attach(self->fd,
							    target.stdev_id,
							    pasid,
							    self->hwpt_id[i]));
		}
	}
	ASSERT_EQ(ARRAY_SIZE(used), moved);
	for (i = 0; i < ARRAY_SIZE(used); i++)
		EXPECT_EQ(0, test_cmd_pasid_check_hwpt(self->fd,
						       target.stdev_id, used[i],
						       self->hwpt_id[i & 1]));
	EXPECT_EQ(0,
		  test_cmd_pasid_check_hwpt(self->fd, target.stdev_id, 2, 0));

	/*
	 * The width shows in advance that a device has too few PASIDs to attach
	 * the last one
	 */
	create(&narrow, .pasid_bits = variant->bits - 1);
	ASSERT_EQ(0, mock_bind(self->fd, &narrow));
	EXPECT_LT(pasid_width(self->fd, &narrow),
		  pasid_width(self->fd, &self->mock));
	EXPECT_ERRNO(EINVAL,
		     _test_cmd_pasid_attach(self->fd, narrow.stdev_id,
					    limit - 1, self->hwpt_id[0]));
	ASSERT_EQ(0, _test_cmd_pasid_attach(self->fd, narrow.stdev_id, 1,
					    self->hwpt_id[0]));
	ASSERT_EQ(0, _test_cmd_pasid_detach(self->fd, narrow.stdev_id, 1));

	for (i = 0; i < ARRAY_SIZE(used); i++) {
		test_cmd_pasid_detach(used[i]);
		ASSERT_EQ(0, _test_cmd_pasid_detach(self->fd, target.stdev_id,
						    used[i]));
	}
}

/*
 * A nested domain, where the guest manages its own PASID table: iommufd can
 * still attach PASIDs.
 */
TEST_F(pasid, table_of_the_guest)
{
	__u32 parent_id, nested_id, pt_id, pasid = 11;

	test_cmd_hwpt_alloc(self->mock.idev_id, self->ioas_id,
			    IOMMU_HWPT_ALLOC_NEST_PARENT, &parent_id);
	ASSERT_EQ(0, alloc_nested(self->fd, self->mock.idev_id, parent_id,
				  IOMMU_HWPT_ALLOC_PASID, &nested_id));
	pt_id = nested_id;
	ASSERT_EQ(0, mock_attach(self->fd, &self->mock, &pt_id));
	expect_on(&self->mock, MOCK_DEV_ON_NESTED, nested_id);

	test_cmd_pasid_attach(pasid, nested_id);
	expect_pasid(pasid, nested_id);
	test_cmd_pasid_replace(pasid, self->hwpt_id[0]);
	test_cmd_pasid_replace(pasid, nested_id);
	test_cmd_pasid_detach(pasid);
	expect_on(&self->mock, MOCK_DEV_ON_NESTED, nested_id);
}

/*
 * A rule of iommufd: if PASIDs are attached, the page tables of the RID and of
 * all PASIDs have to be allocated with IOMMU_HWPT_ALLOC_PASID.
 */
TEST_F(pasid, page_tables_of_both_kinds)
{
	const __u32 pasid = 11;
	__u32 plain_id, pt_id;

	test_cmd_hwpt_alloc(self->mock.idev_id, self->ioas_id, 0, &plain_id);
	pt_id = plain_id;
	ASSERT_EQ(0, mock_attach(self->fd, &self->mock, &pt_id));
	test_err_pasid_attach(EINVAL, pasid, self->hwpt_id[0]);

	test_cmd_mock_domain_replace(self->stdev_id, self->hwpt_id[0]);
	test_err_pasid_attach(EINVAL, pasid, plain_id);
	test_cmd_pasid_attach(pasid, self->hwpt_id[0]);
	test_err_mock_domain_replace(EINVAL, self->stdev_id, plain_id);
	test_err_pasid_replace(EINVAL, pasid, plain_id);
	test_cmd_pasid_detach(pasid);
}

/*
 * Direct regions are for DMA without a PASID. So an excluded device with a
 * region does not prevent other devices of the group from using PASIDs.
 */
TEST_F(pasid, beside_an_excluded_device)
{
	const __u32 pasid = 11;
	__u32 pt_id = self->hwpt_id[0];
	struct mock mock;

	ASSERT_EQ(0, mock_attach(self->fd, &self->mock, &pt_id));
	create(&mock, .beside = self->stdev_id, .nr_regions = 1,
	       .regions = &direct_region);
	expect_excluded(&mock);
	test_cmd_pasid_attach(pasid, self->hwpt_id[1]);
	expect_pasid(pasid, self->hwpt_id[1]);
	expect_excluded(&mock);
	test_cmd_pasid_detach(pasid);
	expect_excluded(&mock);
}

/* A group has as many PASIDs as the device of it that has the fewest */
TEST_F(pasid, beside_a_narrow_device)
{
	struct mock mock;

	create(&mock, .beside = self->stdev_id, .pasid_bits = 3);
	EXPECT_EQ(3, pasid_width(self->fd, &self->mock));
	test_err_pasid_attach(EINVAL, 8, self->hwpt_id[0]);
	test_cmd_pasid_attach(7, self->hwpt_id[0]);
	test_cmd_pasid_detach(7);
}

/* A device without PASIDs reports a width of 0, and refuses to attach one */
TEST_F(pasid, none)
{
	__u32 pt_id = self->hwpt_id[0];
	struct mock mock;

	create(&mock);
	ASSERT_EQ(0, mock_bind(self->fd, &mock));
	EXPECT_EQ(0, pasid_width(self->fd, &mock));
	ASSERT_EQ(0, mock_attach(self->fd, &mock, &pt_id));
	EXPECT_ERRNO(EOPNOTSUPP,
		     _test_cmd_pasid_attach(self->fd, mock.stdev_id, 11,
					    self->hwpt_id[1]));
}

TEST_HARNESS_MAIN
