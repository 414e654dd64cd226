/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Devices of iommufd's mock IOMMU, with the properties that a test asks for.
 *
 * Tests check the result that the user gets, and also which domain the mock has
 * attached, since a bug may cause a difference.
 */
#ifndef __IOMMUFD_DIRECT_UTILS_H
#define __IOMMUFD_DIRECT_UTILS_H

#include <stdbool.h>
#include <sys/mman.h>

#define __EXPORTED_HEADERS__
#include <linux/vfio.h>

#include "iommufd_utils.h"

/* In the aperture of the mock's page tables */
#define REGION		((__u64)MOCK_APERTURE_START + 0x10000000)
#define REGION_SIZE	0x10000

static const struct iommu_test_resv_region direct_region = {
	.start = REGION,
	.length = REGION_SIZE,
	.kind = MOCK_RESV_DIRECT,
};

static __attribute__((constructor)) void setup_buffer(void)
{
	PAGE_SIZE = sysconf(_SC_PAGE_SIZE);

	/* Room for REGION_SIZE, and for some pages of any page size */
	BUFFER_SIZE = 2 * 1024 * 1024;
	buffer = mmap(NULL, BUFFER_SIZE, PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	assert(buffer != MAP_FAILED);
}

/* Properties of a device to be created */
struct spec {
	__u32 flags;
	__u32 pasid_bits;
	/* If not 0, a device whose group it joins */
	__u32 beside;
	__u32 nr_regions;
	const struct iommu_test_resv_region *regions;
};

struct mock {
	__u32 stdev_id;
	__u32 idev_id;
	/* The number in its sysfs name */
	__u32 nr;
};

static int mock_op(int fd, struct iommu_test_cmd *cmd)
{
	cmd->size = sizeof(*cmd);
	return ioctl(fd, IOMMU_TEST_CMD, cmd);
}

static int mock_create(int fd, const struct spec *spec, struct mock *mock)
{
	struct iommu_test_cmd cmd = {
		.op = IOMMU_TEST_OP_MOCK_DEV_CREATE,
		.mock_dev_create = {
			.dev_flags = spec->flags,
			.pasid_bits = spec->pasid_bits,
			.group_stdev_id = spec->beside,
			.nr_regions = spec->nr_regions,
			.regions_uptr = (uintptr_t)spec->regions,
		},
	};
	int ret = mock_op(fd, &cmd);

	mock->stdev_id = cmd.mock_dev_create.out_stdev_id;
	mock->nr = cmd.mock_dev_create.out_nr;
	return ret;
}

#define create(_mock, ...)						\
	ASSERT_EQ(0,							\
		  mock_create(self->fd, &(struct spec){ __VA_ARGS__ }, _mock))

static int mock_bind(int fd, struct mock *mock)
{
	struct iommu_test_cmd cmd = {
		.op = IOMMU_TEST_OP_MOCK_DEV_BIND,
		.id = mock->stdev_id,
	};
	int ret = mock_op(fd, &cmd);

	mock->idev_id = cmd.mock_dev_bind.out_idev_id;
	return ret;
}

/* @pt_id: an IOAS or a HWPT; on return, the HWPT that is attached */
static int mock_attach(int fd, const struct mock *mock, __u32 *pt_id)
{
	struct iommu_test_cmd cmd = {
		.op = IOMMU_TEST_OP_MOCK_DEV_ATTACH,
		.id = mock->stdev_id,
		.mock_dev_attach = { .pt_id = *pt_id },
	};
	int ret = mock_op(fd, &cmd);

	if (!ret)
		*pt_id = cmd.mock_dev_attach.pt_id;
	return ret;
}

static int mock_fail(int fd, const struct mock *mock, __u32 nth)
{
	struct iommu_test_cmd cmd = {
		.op = IOMMU_TEST_OP_MOCK_DEV_FAIL,
		.id = mock->stdev_id,
		.mock_dev_fail = { .nth = nth },
	};

	return mock_op(fd, &cmd);
}

struct state {
	__u32 domain;
	__u32 hwpt_id;
	__u64 phys;
};

static int mock_state(int fd, const struct mock *mock, __u64 iova,
		      struct state *state)
{
	struct iommu_test_cmd cmd = {
		.op = IOMMU_TEST_OP_MOCK_DEV_STATE,
		.id = mock->stdev_id,
		.mock_dev_state = { .iova = iova },
	};
	int ret = mock_op(fd, &cmd);

	state->domain = cmd.mock_dev_state.out_domain;
	state->hwpt_id = cmd.mock_dev_state.out_hwpt_id;
	state->phys = cmd.mock_dev_state.out_phys;
	return ret;
}

/* Check what the mock has attached: the type of domain, and its HWPT or 0 */
#define expect_on(_mock, _domain, _hwpt_id)                                   \
	({                                                                    \
		struct state state;                                           \
									      \
		ASSERT_EQ(0, mock_state(self->fd, _mock, 0, &state));         \
		EXPECT_EQ(_domain, state.domain);                             \
		EXPECT_EQ(_hwpt_id, state.hwpt_id);                           \
	})

/*
 * Excluded: it joined a RID that a user has already. The core attaches nothing
 * for the device itself.
 */
#define expect_excluded(_mock)	expect_on(_mock, MOCK_DEV_ON_NOTHING, 0)

static int alloc_nested(int fd, __u32 idev_id, __u32 parent_id, __u32 flags,
			__u32 *hwpt_id)
{
	struct iommu_hwpt_selftest data = {
		.iotlb = IOMMU_TEST_IOTLB_DEFAULT,
	};

	return _test_cmd_hwpt_alloc(fd, idev_id, parent_id, 0, flags, hwpt_id,
				    IOMMU_HWPT_DATA_SELFTEST, &data,
				    sizeof(data));
}

#endif
