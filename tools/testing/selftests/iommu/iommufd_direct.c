// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a user of iommufd may do with devices that have reserved regions, and
 * with the PASIDs of a device. iommufd's mock IOMMU plays the hardware.
 *
 * Each test asks for what the user is told, and then the mock for what it has
 * attached: the two differ when something goes wrong.
 */
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#define __EXPORTED_HEADERS__
#include <linux/vfio.h>

#include "iommufd_utils.h"

/* Both in the aperture of the mock's page tables */
#define REGION		((__u64)MOCK_APERTURE_START + 0x10000000)
#define REGION_SIZE	0x10000
#define USER_IOVA	((__u64)MOCK_APERTURE_START + 0x20000000)

static const struct iommu_test_resv_region direct_region = {
	.start = REGION,
	.length = REGION_SIZE,
	.kind = MOCK_RESV_DIRECT,
};

static __attribute__((constructor)) void setup_buffer(void)
{
	PAGE_SIZE = sysconf(_SC_PAGE_SIZE);

	/* Room for a REGION of the largest pages there are */
	BUFFER_SIZE = 2 * 1024 * 1024;
	buffer = mmap(NULL, BUFFER_SIZE, PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	assert(buffer != MAP_FAILED);
}

/* What a device is to be like */
struct spec {
	__u32 flags;
	__u32 pasid_bits;
	/* Its group is that of this device, if not 0 */
	__u32 beside;
	__u32 nr_regions;
	const struct iommu_test_resv_region *regions;
};

struct mock {
	__u32 stdev_id;
	__u32 idev_id;
	/* As in the name that it has in sysfs */
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

#define create(_mock, ...) \
	ASSERT_EQ(0, mock_create(self->fd, &(struct spec){ __VA_ARGS__ }, _mock))

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

/* @pt_id: an IOAS or a HWPT; then the HWPT that it is attached to */
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

static int mock_detach(int fd, const struct mock *mock)
{
	struct iommu_test_cmd cmd = {
		.op = IOMMU_TEST_OP_MOCK_DEV_DETACH,
		.id = mock->stdev_id,
	};

	return mock_op(fd, &cmd);
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

/* What the mock has attached: a kind of domain, and of which HWPT if any */
#define expect_on(_mock, _domain, _hwpt_id)                                   \
	({                                                                    \
		struct state state;                                           \
									      \
		ASSERT_EQ(0, mock_state(self->fd, _mock, 0, &state));         \
		EXPECT_EQ(_domain, state.domain);                             \
		EXPECT_EQ(_hwpt_id, state.hwpt_id);                           \
	})

#define phys_of(_mock, _iova)                                                 \
	({                                                                    \
		struct state state;                                           \
									      \
		ASSERT_EQ(0, mock_state(self->fd, _mock, _iova, &state));     \
		state.phys;                                                   \
	})

/*
 * Beside devices that a user has, of which the IOMMU cannot tell it as far as the
 * core knows: what these have is not attached for it, and nothing else is.
 */
#define expect_excluded(_mock)	expect_on(_mock, MOCK_DEV_ON_NOTHING, 0)

/* Is all of [@start, @last] ordinary IOVA space of the IOAS? -1 for no idea */
static int iova_allowed(int fd, __u32 ioas_id, __u64 start, __u64 last)
{
	struct iommu_iova_range ranges[64];
	struct iommu_ioas_iova_ranges cmd = {
		.size = sizeof(cmd),
		.ioas_id = ioas_id,
		.num_iovas = 64,
		.allowed_iovas = (uintptr_t)ranges,
	};
	__u32 i;

	if (ioctl(fd, IOMMU_IOAS_IOVA_RANGES, &cmd))
		return -1;
	for (i = 0; i < cmd.num_iovas; i++)
		if (ranges[i].start <= start && last <= ranges[i].last)
			return 1;
	return 0;
}

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

/* First line of a file that sysfs has on the device's group; "" for none */
static const char *group_file(const struct mock *mock, const char *name)
{
	static char line[64];
	char path[128];
	FILE *f;

	snprintf(path, sizeof(path),
		 "/sys/bus/iommufd_mock/devices/iommufd_mock%u/iommu_group/%s",
		 mock->nr, name);
	line[0] = '\0';
	f = fopen(path, "r");
	if (!f)
		return line;
	if (fgets(line, sizeof(line), f))
		line[strcspn(line, "\n")] = '\0';
	fclose(f);
	return line;
}

/*
 * A device of which firmware has memory: nobody gets it, whatever he tries.
 */

FIXTURE(direct)
{
	int fd;
};

FIXTURE_VARIANT(direct)
{
	__u32 nr_regions;
	struct iommu_test_resv_region regions[3];
};

/* Found in tables: entries that are not one region, and one that is broken */
FIXTURE_VARIANT_ADD(direct, one)
{
	.nr_regions = 1,
	.regions = { { REGION, REGION_SIZE, MOCK_RESV_DIRECT } },
};

FIXTURE_VARIANT_ADD(direct, among_others)
{
	.nr_regions = 3,
	.regions = {
		{ REGION - 0x1000000, 0x1000, MOCK_RESV_MSI },
		{ REGION, REGION_SIZE, MOCK_RESV_DIRECT },
		{ REGION + 0x1000000, 0x1000, MOCK_RESV_DIRECT_RELAXABLE },
	},
};

FIXTURE_VARIANT_ADD(direct, part_of_relaxable)
{
	.nr_regions = 2,
	.regions = {
		{ REGION - 0x10000, 0x100000, MOCK_RESV_DIRECT_RELAXABLE },
		{ REGION, REGION_SIZE, MOCK_RESV_DIRECT },
	},
};

FIXTURE_VARIANT_ADD(direct, no_length)
{
	.nr_regions = 1,
	.regions = { { REGION, 0, MOCK_RESV_DIRECT } },
};

FIXTURE_SETUP(direct)
{
	self->fd = open("/dev/iommu", O_RDWR);
	ASSERT_NE(-1, self->fd);
}

FIXTURE_TEARDOWN(direct)
{
	teardown_iommufd(self->fd, _metadata);
}

TEST_F(direct, refused)
{
	struct mock mock;
	int i;

	create(&mock, .nr_regions = variant->nr_regions,
	       .regions = variant->regions);
	expect_on(&mock, MOCK_DEV_ON_IDENTITY, 0);
	EXPECT_STREQ("no", group_file(&mock, "assignable"));

	/* Trying again does not help, and does not touch the device */
	ASSERT_EQ(0, mock_fail(self->fd, &mock, 1));
	for (i = 0; i < 3; i++)
		EXPECT_ERRNO(EPERM, mock_bind(self->fd, &mock));
	expect_on(&mock, MOCK_DEV_ON_IDENTITY, 0);
}

/* Nor does anybody get a device beside it, in either order */
TEST_F(direct, refused_with_its_group)
{
	struct mock before, mock, after;

	create(&before);
	create(&mock, .beside = before.stdev_id,
	       .nr_regions = variant->nr_regions, .regions = variant->regions);
	create(&after, .beside = before.stdev_id);
	ASSERT_EQ(0, mock_fail(self->fd, &before, 1));

	EXPECT_ERRNO(EPERM, mock_bind(self->fd, &before));
	EXPECT_ERRNO(EPERM, mock_bind(self->fd, &mock));
	EXPECT_ERRNO(EPERM, mock_bind(self->fd, &after));
	expect_on(&before, MOCK_DEV_ON_IDENTITY, 0);
	expect_on(&mock, MOCK_DEV_ON_IDENTITY, 0);
	expect_on(&after, MOCK_DEV_ON_IDENTITY, 0);

	/* It was that device and nothing else */
	ASSERT_EQ(0, mock_fail(self->fd, &before, 0));
	test_ioctl_destroy(mock.stdev_id);
	EXPECT_STREQ("yes", group_file(&before, "assignable"));
	EXPECT_EQ(0, mock_bind(self->fd, &before));
	EXPECT_EQ(0, mock_bind(self->fd, &after));
}

/*
 * A device with a direct region comes into a group that a user has: he notices
 * nothing, firmware's memory stays mapped, and nobody gets the device.
 */

enum way {
	WAY_BOUND,
	WAY_IOAS,
	WAY_HWPT,
	WAY_REPLACE,
	WAY_NESTED,
	WAY_REPLACE_NESTED,
};

FIXTURE(hotplug)
{
	int fd;
	__u32 ioas_id;
	__u32 hwpt_id;
	__u32 nested_id;
	struct mock user;
};

FIXTURE_VARIANT(hotplug)
{
	enum way way;
};

FIXTURE_VARIANT_ADD(hotplug, bound)
{
	.way = WAY_BOUND,
};

FIXTURE_VARIANT_ADD(hotplug, ioas)
{
	.way = WAY_IOAS,
};

FIXTURE_VARIANT_ADD(hotplug, hwpt)
{
	.way = WAY_HWPT,
};

FIXTURE_VARIANT_ADD(hotplug, replace)
{
	.way = WAY_REPLACE,
};

FIXTURE_VARIANT_ADD(hotplug, nested)
{
	.way = WAY_NESTED,
};

FIXTURE_VARIANT_ADD(hotplug, replace_nested)
{
	.way = WAY_REPLACE_NESTED,
};

FIXTURE_SETUP(hotplug)
{
	self->fd = open("/dev/iommu", O_RDWR);
	ASSERT_NE(-1, self->fd);
	test_ioctl_ioas_alloc(&self->ioas_id);
	test_ioctl_ioas_map_fixed(buffer, BUFFER_SIZE, USER_IOVA);
	create(&self->user);
	ASSERT_EQ(0, mock_bind(self->fd, &self->user));
	test_cmd_hwpt_alloc(self->user.idev_id, self->ioas_id,
			    IOMMU_HWPT_ALLOC_NEST_PARENT, &self->hwpt_id);
	ASSERT_EQ(0, alloc_nested(self->fd, self->user.idev_id, self->hwpt_id,
				  0, &self->nested_id));
}

FIXTURE_TEARDOWN(hotplug)
{
	teardown_iommufd(self->fd, _metadata);
}

/* Attaches the user's device in the way of the variant */
#define attach_user()                                                         \
	({                                                                    \
		__u32 pt_id = self->ioas_id;                                  \
									      \
		if (variant->way == WAY_HWPT)                                 \
			pt_id = self->hwpt_id;                                \
		if (variant->way == WAY_NESTED)                               \
			pt_id = self->nested_id;                              \
		if (variant->way != WAY_BOUND)                                \
			ASSERT_EQ(0, mock_attach(self->fd, &self->user,       \
						 &pt_id));                    \
		if (variant->way == WAY_REPLACE)                              \
			test_cmd_mock_domain_replace(self->user.stdev_id,     \
						     self->hwpt_id);          \
		if (variant->way == WAY_REPLACE_NESTED)                       \
			test_cmd_mock_domain_replace(self->user.stdev_id,     \
						     self->nested_id);        \
	})

#define expect_user_on()                                                      \
	({                                                                    \
		switch (variant->way) {                                       \
		case WAY_BOUND:                                               \
			expect_on(&self->user, MOCK_DEV_ON_BLOCKING, 0);      \
			break;                                                \
		case WAY_NESTED:                                              \
		case WAY_REPLACE_NESTED:                                      \
			expect_on(&self->user, MOCK_DEV_ON_NESTED,            \
				  self->nested_id);                           \
			break;                                                \
		case WAY_HWPT:                                                \
		case WAY_REPLACE:                                             \
			expect_on(&self->user, MOCK_DEV_ON_PAGING,            \
				  self->hwpt_id);                             \
			EXPECT_NE(0, phys_of(&self->user, USER_IOVA));        \
			break;                                                \
		case WAY_IOAS:                                                \
			EXPECT_NE(0, phys_of(&self->user, USER_IOVA));        \
			break;                                                \
		}                                                             \
	})

TEST_F(hotplug, after_attach)
{
	struct mock mock;

	attach_user();
	create(&mock, .beside = self->user.stdev_id, .nr_regions = 1,
	       .regions = &direct_region);
	expect_excluded(&mock);
	expect_user_on();

	EXPECT_ERRNO(EPERM, mock_bind(self->fd, &mock));
	expect_excluded(&mock);
	expect_user_on();

	/* The owner lets go: firmware has the device as it had it before */
	test_ioctl_destroy(self->user.stdev_id);
	expect_on(&mock, MOCK_DEV_ON_IDENTITY, 0);
	EXPECT_ERRNO(EPERM, mock_bind(self->fd, &mock));
}

TEST_F(hotplug, before_attach)
{
	struct mock mock;

	create(&mock, .beside = self->user.stdev_id, .nr_regions = 1,
	       .regions = &direct_region);
	expect_excluded(&mock);

	attach_user();
	expect_excluded(&mock);
	expect_user_on();

	EXPECT_ERRNO(EPERM, mock_bind(self->fd, &mock));

	if (variant->way != WAY_BOUND)
		ASSERT_EQ(0, mock_detach(self->fd, &self->user));
	expect_on(&self->user, MOCK_DEV_ON_BLOCKING, 0);
	expect_excluded(&mock);

	/* It leaves before its neighbour does */
	test_ioctl_destroy(mock.stdev_id);
	attach_user();
	expect_user_on();
}

/* One without such a region is the user's, like the first */
TEST_F(hotplug, of_an_ordinary_device)
{
	struct mock mock;
	__u32 pt_id;

	attach_user();
	create(&mock, .beside = self->user.stdev_id);
	expect_user_on();
	ASSERT_EQ(0, mock_bind(self->fd, &mock));
	switch (variant->way) {
	case WAY_BOUND:
		expect_on(&mock, MOCK_DEV_ON_BLOCKING, 0);
		return;
	case WAY_IOAS:
		pt_id = self->ioas_id;
		break;
	case WAY_HWPT:
	case WAY_REPLACE:
		pt_id = self->hwpt_id;
		break;
	default:
		pt_id = self->nested_id;
	}
	ASSERT_EQ(0, mock_attach(self->fd, &mock, &pt_id));
	expect_on(&mock,
		  pt_id == self->nested_id ? MOCK_DEV_ON_NESTED :
					     MOCK_DEV_ON_PAGING, pt_id);
}

/*
 * The other kinds of regions, and a driver that does not tell.
 */

FIXTURE(regions)
{
	int fd;
	__u32 ioas_id;
};

FIXTURE_SETUP(regions)
{
	self->fd = open("/dev/iommu", O_RDWR);
	ASSERT_NE(-1, self->fd);
	test_ioctl_ioas_alloc(&self->ioas_id);
}

FIXTURE_TEARDOWN(regions)
{
	teardown_iommufd(self->fd, _metadata);
}

/* Firmware is done with it when somebody takes the device: ordinary IOVA */
TEST_F(regions, relaxable)
{
	const struct iommu_test_resv_region region = {
		.start = REGION,
		.length = REGION_SIZE,
		.kind = MOCK_RESV_DIRECT_RELAXABLE,
	};
	__u32 pt_id = self->ioas_id;
	struct mock mock;

	create(&mock, .nr_regions = 1, .regions = &region);
	EXPECT_STREQ("yes", group_file(&mock, "assignable"));
	ASSERT_EQ(0, mock_bind(self->fd, &mock));
	expect_on(&mock, MOCK_DEV_ON_BLOCKING, 0);
	ASSERT_EQ(0, mock_attach(self->fd, &mock, &pt_id));
	EXPECT_EQ(0, phys_of(&mock, REGION));

	EXPECT_EQ(1, iova_allowed(self->fd, self->ioas_id, REGION - PAGE_SIZE,
				  REGION + REGION_SIZE + PAGE_SIZE));
	test_ioctl_ioas_map_fixed(buffer, REGION_SIZE, REGION);
	EXPECT_NE(0, phys_of(&mock, REGION));
	EXPECT_NE(REGION, phys_of(&mock, REGION));
}

/* Hot-plugged, it follows its group like any other */
TEST_F(regions, relaxable_beside_a_users)
{
	const struct iommu_test_resv_region region = {
		.start = REGION,
		.length = REGION_SIZE,
		.kind = MOCK_RESV_DIRECT_RELAXABLE,
	};
	__u32 pt_id = self->ioas_id;
	struct mock user, mock;

	create(&user);
	ASSERT_EQ(0, mock_bind(self->fd, &user));
	ASSERT_EQ(0, mock_attach(self->fd, &user, &pt_id));
	create(&mock, .beside = user.stdev_id, .nr_regions = 1,
	       .regions = &region);
	expect_on(&mock, MOCK_DEV_ON_PAGING, pt_id);
	EXPECT_EQ(0, phys_of(&mock, REGION));
	EXPECT_EQ(0, mock_bind(self->fd, &mock));
	EXPECT_EQ(0, mock_attach(self->fd, &mock, &pt_id));
}

/*
 * Fail closed: the device has no IOMMU then, and nobody gets it. Some kernels let
 * iommufd have a device without one, which is VFIO's unsafe mode: nothing of it
 * reaches the IOMMU.
 */
#define expect_without_iommu(_mock) do {				\
	struct mock *_m = (_mock);					\
									\
	if (mock_bind(self->fd, _m)) {					\
		EXPECT_EQ(EINVAL, errno);				\
	} else {							\
		__u32 _pt_id = self->ioas_id;				\
									\
		EXPECT_EQ(0, mock_attach(self->fd, _m, &_pt_id));	\
		expect_on(_m, MOCK_DEV_ON_NOTHING, 0);			\
	}								\
} while (0)

TEST_F(regions, not_reported)
{
	const struct iommu_test_resv_region regions[] = {
		{ REGION, REGION_SIZE, MOCK_RESV_DIRECT_RELAXABLE },
		{ .kind = MOCK_RESV_FAIL },
	};
	__u32 pt_id = self->ioas_id;
	struct mock mock, user, beside;

	create(&mock, .nr_regions = 2, .regions = regions);
	expect_on(&mock, MOCK_DEV_ON_NOTHING, 0);
	expect_without_iommu(&mock);

	/* Nor does it disturb the group that it did not get into */
	create(&user);
	ASSERT_EQ(0, mock_bind(self->fd, &user));
	ASSERT_EQ(0, mock_attach(self->fd, &user, &pt_id));
	create(&beside, .beside = user.stdev_id, .nr_regions = 2,
	       .regions = regions);
	expect_on(&beside, MOCK_DEV_ON_NOTHING, 0);
	expect_on(&user, MOCK_DEV_ON_PAGING, pt_id);
	expect_without_iommu(&beside);
	expect_on(&user, MOCK_DEV_ON_PAGING, pt_id);
}

FIXTURE(left_out)
{
	int fd;
	__u32 ioas_id;
	struct mock mock;
};

FIXTURE_VARIANT(left_out)
{
	__u32 kind;
};

FIXTURE_VARIANT_ADD(left_out, reserved)
{
	.kind = MOCK_RESV_RESERVED,
};

FIXTURE_VARIANT_ADD(left_out, msi)
{
	.kind = MOCK_RESV_MSI,
};

FIXTURE_VARIANT_ADD(left_out, sw_msi)
{
	.kind = MOCK_RESV_SW_MSI,
};

FIXTURE_SETUP(left_out)
{
	const struct iommu_test_resv_region region = {
		.start = REGION,
		.length = REGION_SIZE,
		.kind = variant->kind,
	};

	self->fd = open("/dev/iommu", O_RDWR);
	ASSERT_NE(-1, self->fd);
	test_ioctl_ioas_alloc(&self->ioas_id);
	create(&self->mock, .nr_regions = 1, .regions = &region);
	ASSERT_EQ(0, mock_bind(self->fd, &self->mock));
}

FIXTURE_TEARDOWN(left_out)
{
	teardown_iommufd(self->fd, _metadata);
}

/* All around the region is IOVA space, and nothing of the region is */
#define expect_left_out()                                                     \
	({                                                                    \
		EXPECT_EQ(1, iova_allowed(self->fd, self->ioas_id,            \
					  REGION - PAGE_SIZE, REGION - 1));   \
		EXPECT_EQ(0, iova_allowed(self->fd, self->ioas_id, REGION,    \
					  REGION));                           \
		EXPECT_EQ(0, iova_allowed(self->fd, self->ioas_id,            \
					  REGION + REGION_SIZE - 1,           \
					  REGION + REGION_SIZE - 1));         \
		EXPECT_EQ(1, iova_allowed(self->fd, self->ioas_id,            \
					  REGION + REGION_SIZE,               \
					  REGION + REGION_SIZE + PAGE_SIZE)); \
	})

TEST_F(left_out, of_iova_space)
{
	__u32 pt_id = self->ioas_id;
	__u64 iova;

	EXPECT_EQ(1, iova_allowed(self->fd, self->ioas_id, REGION,
				  REGION + REGION_SIZE - 1));
	ASSERT_EQ(0, mock_attach(self->fd, &self->mock, &pt_id));
	expect_left_out();

	test_err_ioctl_ioas_map_fixed(EINVAL, buffer, PAGE_SIZE, REGION);
	test_err_ioctl_ioas_map_fixed(EINVAL, buffer, PAGE_SIZE,
				      REGION + REGION_SIZE - PAGE_SIZE);
	test_err_ioctl_ioas_map_fixed(EINVAL, buffer, 2 * PAGE_SIZE,
				      REGION - PAGE_SIZE);
	EXPECT_EQ(0, phys_of(&self->mock, REGION));
	test_ioctl_ioas_map_fixed(buffer, PAGE_SIZE, REGION - PAGE_SIZE);
	test_ioctl_ioas_map_fixed(buffer, PAGE_SIZE, REGION + REGION_SIZE);

	/* Also where the kernel chooses */
	test_ioctl_ioas_map(buffer, BUFFER_SIZE, &iova);
	EXPECT_TRUE(iova + BUFFER_SIZE <= REGION ||
		    iova >= REGION + REGION_SIZE);

	/* Nobody is there any more who needs it */
	ASSERT_EQ(0, mock_detach(self->fd, &self->mock));
	test_ioctl_ioas_map_fixed(buffer, PAGE_SIZE, REGION);
}

/* What is in the way is not taken away: the attach fails */
TEST_F(left_out, where_memory_is)
{
	__u32 pt_id = self->ioas_id;

	test_ioctl_ioas_map_fixed(buffer, PAGE_SIZE,
				  REGION + REGION_SIZE - PAGE_SIZE);
	EXPECT_ERRNO(EADDRINUSE, mock_attach(self->fd, &self->mock, &pt_id));
	expect_on(&self->mock, MOCK_DEV_ON_BLOCKING, 0);
	EXPECT_EQ(1, iova_allowed(self->fd, self->ioas_id, REGION,
				  REGION + REGION_SIZE - 1));
}

TEST_F(left_out, after_replace)
{
	__u32 pt_id = self->ioas_id;
	__u32 other_ioas_id, hwpt_id;

	ASSERT_EQ(0, mock_attach(self->fd, &self->mock, &pt_id));
	test_ioctl_ioas_alloc(&other_ioas_id);
	test_cmd_hwpt_alloc(self->mock.idev_id, self->ioas_id, 0, &hwpt_id);

	/* To another page table of the IOAS, to another IOAS, and back */
	test_cmd_mock_domain_replace(self->mock.stdev_id, hwpt_id);
	expect_left_out();
	test_cmd_mock_domain_replace(self->mock.stdev_id, other_ioas_id);
	EXPECT_EQ(1, iova_allowed(self->fd, self->ioas_id, REGION,
				  REGION + REGION_SIZE - 1));
	EXPECT_EQ(0, iova_allowed(self->fd, other_ioas_id, REGION, REGION));
	test_cmd_mock_domain_replace(self->mock.stdev_id, hwpt_id);
	expect_left_out();
	EXPECT_EQ(1, iova_allowed(self->fd, other_ioas_id, REGION,
				  REGION + REGION_SIZE - 1));
}

TEST_F(left_out, after_replace_failed)
{
	__u32 pt_id = self->ioas_id;
	__u32 other_ioas_id, hwpt_id;

	ASSERT_EQ(0, mock_attach(self->fd, &self->mock, &pt_id));
	test_ioctl_ioas_alloc(&other_ioas_id);
	test_cmd_hwpt_alloc(self->mock.idev_id, self->ioas_id, 0, &hwpt_id);

	ASSERT_EQ(0, mock_fail(self->fd, &self->mock, 1));
	test_err_mock_domain_replace(ENOMEM, self->mock.stdev_id, hwpt_id);
	expect_on(&self->mock, MOCK_DEV_ON_PAGING, pt_id);
	expect_left_out();

	ASSERT_EQ(0, mock_fail(self->fd, &self->mock, 1));
	test_err_mock_domain_replace(ENOMEM, self->mock.stdev_id,
				     other_ioas_id);
	expect_on(&self->mock, MOCK_DEV_ON_PAGING, pt_id);
	expect_left_out();
	EXPECT_EQ(1, iova_allowed(self->fd, other_ioas_id, REGION,
				  REGION + REGION_SIZE - 1));
}

/*
 * What fails leaves the device on what it had.
 */

FIXTURE(failing)
{
	int fd;
	__u32 ioas_id;
};

FIXTURE_SETUP(failing)
{
	self->fd = open("/dev/iommu", O_RDWR);
	ASSERT_NE(-1, self->fd);
	test_ioctl_ioas_alloc(&self->ioas_id);
	test_ioctl_ioas_map_fixed(buffer, BUFFER_SIZE, USER_IOVA);
}

FIXTURE_TEARDOWN(failing)
{
	teardown_iommufd(self->fd, _metadata);
}

TEST_F(failing, bind)
{
	__u32 pt_id = self->ioas_id;
	struct mock mock;

	create(&mock);
	ASSERT_EQ(0, mock_fail(self->fd, &mock, 1));
	EXPECT_ERRNO(ENOMEM, mock_bind(self->fd, &mock));
	expect_on(&mock, MOCK_DEV_ON_IDENTITY, 0);

	ASSERT_EQ(0, mock_bind(self->fd, &mock));
	expect_on(&mock, MOCK_DEV_ON_BLOCKING, 0);
	ASSERT_EQ(0, mock_attach(self->fd, &mock, &pt_id));
}

TEST_F(failing, attach)
{
	__u32 pt_id = self->ioas_id;
	struct mock mock;

	create(&mock);
	ASSERT_EQ(0, mock_bind(self->fd, &mock));
	ASSERT_EQ(0, mock_fail(self->fd, &mock, 1));
	EXPECT_ERRNO(ENOMEM, mock_attach(self->fd, &mock, &pt_id));
	expect_on(&mock, MOCK_DEV_ON_BLOCKING, 0);

	ASSERT_EQ(0, mock_attach(self->fd, &mock, &pt_id));
	expect_on(&mock, MOCK_DEV_ON_PAGING, pt_id);
	EXPECT_NE(0, phys_of(&mock, USER_IOVA));
}

TEST_F(failing, replace)
{
	__u32 pt_id = self->ioas_id;
	struct mock mock;
	__u32 hwpt_id;
	__u64 phys;

	create(&mock);
	ASSERT_EQ(0, mock_bind(self->fd, &mock));
	ASSERT_EQ(0, mock_attach(self->fd, &mock, &pt_id));
	phys = phys_of(&mock, USER_IOVA);
	EXPECT_NE(0, phys);
	test_cmd_hwpt_alloc(mock.idev_id, self->ioas_id, 0, &hwpt_id);

	ASSERT_EQ(0, mock_fail(self->fd, &mock, 1));
	test_err_mock_domain_replace(ENOMEM, mock.stdev_id, hwpt_id);
	expect_on(&mock, MOCK_DEV_ON_PAGING, pt_id);
	EXPECT_EQ(phys, phys_of(&mock, USER_IOVA));

	test_cmd_mock_domain_replace(mock.stdev_id, hwpt_id);
	expect_on(&mock, MOCK_DEV_ON_PAGING, hwpt_id);
	EXPECT_EQ(phys, phys_of(&mock, USER_IOVA));
}

/* Of a group, whichever of its devices it is that fails */
TEST_F(failing, replace_of_a_group)
{
	struct mock mock[3];
	__u32 hwpt_id;
	__u32 pt_id;
	int i, j;

	for (i = 0; i < 3; i++) {
		create(&mock[i], .beside = i ? mock[0].stdev_id : 0);
		ASSERT_EQ(0, mock_bind(self->fd, &mock[i]));
		pt_id = self->ioas_id;
		ASSERT_EQ(0, mock_attach(self->fd, &mock[i], &pt_id));
	}
	test_cmd_hwpt_alloc(mock[0].idev_id, self->ioas_id, 0, &hwpt_id);

	for (i = 0; i < 3; i++) {
		ASSERT_EQ(0, mock_fail(self->fd, &mock[i], 1));
		test_err_mock_domain_replace(ENOMEM, mock[1].stdev_id, hwpt_id);
		for (j = 0; j < 3; j++) {
			expect_on(&mock[j], MOCK_DEV_ON_PAGING, pt_id);
			EXPECT_NE(0, phys_of(&mock[j], USER_IOVA));
		}
	}
	test_cmd_mock_domain_replace(mock[1].stdev_id, hwpt_id);
	for (j = 0; j < 3; j++)
		expect_on(&mock[j], MOCK_DEV_ON_PAGING, hwpt_id);
}

/* A device of the group that does not follow it is no part of a replace */
TEST_F(failing, replace_beside_an_excluded_device)
{
	__u32 pt_id = self->ioas_id;
	struct mock user, mock;
	__u32 hwpt_id;

	create(&user);
	ASSERT_EQ(0, mock_bind(self->fd, &user));
	ASSERT_EQ(0, mock_attach(self->fd, &user, &pt_id));
	test_cmd_hwpt_alloc(user.idev_id, self->ioas_id, 0, &hwpt_id);
	create(&mock, .beside = user.stdev_id, .nr_regions = 1,
	       .regions = &direct_region);

	ASSERT_EQ(0, mock_fail(self->fd, &user, 1));
	test_err_mock_domain_replace(ENOMEM, user.stdev_id, hwpt_id);
	expect_on(&user, MOCK_DEV_ON_PAGING, pt_id);
	expect_excluded(&mock);
}

/* A page table with a fault queue, for a device without page requests */
TEST_F(failing, no_page_requests)
{
	__u32 fault_id, fault_fd, hwpt_id;
	__u32 pt_id = self->ioas_id;
	struct mock mock;
	__u64 phys;

	create(&mock, .flags = MOCK_FLAGS_DEVICE_NO_PRI);
	ASSERT_EQ(0, mock_bind(self->fd, &mock));
	ASSERT_EQ(0, mock_attach(self->fd, &mock, &pt_id));
	phys = phys_of(&mock, USER_IOVA);
	test_ioctl_fault_alloc(&fault_id, &fault_fd);
	if (_test_cmd_hwpt_alloc(self->fd, mock.idev_id, self->ioas_id,
				 fault_id, IOMMU_HWPT_FAULT_ID_VALID, &hwpt_id,
				 IOMMU_HWPT_DATA_NONE, NULL, 0)) {
		ASSERT_EQ(EOPNOTSUPP, errno);
		close(fault_fd);
		SKIP(return, "only nested page tables have a queue here");
	}

	test_err_mock_domain_replace(ENODEV, mock.stdev_id, hwpt_id);
	expect_on(&mock, MOCK_DEV_ON_PAGING, pt_id);
	EXPECT_EQ(phys, phys_of(&mock, USER_IOVA));

	ASSERT_EQ(0, mock_detach(self->fd, &mock));
	EXPECT_ERRNO(ENODEV, mock_attach(self->fd, &mock, &hwpt_id));
	expect_on(&mock, MOCK_DEV_ON_BLOCKING, 0);
	close(fault_fd);
}

/*
 * PASIDs: the one who has the RID has all its numbers. Not all versions of the
 * mock have any.
 */
#ifdef IOMMU_TEST_PASID_RESERVED

/* How many bits the PASIDs have that can be attached, or -1 */
static int pasid_width(int fd, const struct mock *mock)
{
	struct iommu_hw_info info = {
		.size = sizeof(info),
		.dev_id = mock->idev_id,
	};

	return ioctl(fd, IOMMU_GET_HW_INFO, &info) ? -1 : info.out_max_pasid_log2;
}

FIXTURE(pasid)
{
	int fd;
	__u32 ioas_id;
	/* As the macros of the other tests want it */
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

	/* Taken, also for the one who has it */
	test_err_pasid_attach(EBUSY, pasid, self->hwpt_id[0]);
	test_err_pasid_attach(EBUSY, pasid, self->hwpt_id[1]);
	expect_pasid(pasid, self->hwpt_id[0]);

	test_cmd_pasid_detach(pasid);
	expect_pasid(pasid, 0);

	/* Free, for anything and at once: a VM's numbers are the VM's */
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

/* All of them, as a VM with a process on each would */
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

/* A number means something on one RID, and another thing on the next */
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
 * A guest moves to another device with the numbers that it uses: those are read
 * from the one and attached to the other, each to what is the same there.
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
	/* What is in the way, and goes */
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
		EXPECT_EQ(0, test_cmd_pasid_check_hwpt(self->fd, target.stdev_id,
						       used[i],
						       self->hwpt_id[i & 1]));
	EXPECT_EQ(0, test_cmd_pasid_check_hwpt(self->fd, target.stdev_id, 2, 0));

	/* A device where the last cannot be had says so before anything is moved */
	create(&narrow, .pasid_bits = variant->bits - 1);
	ASSERT_EQ(0, mock_bind(self->fd, &narrow));
	EXPECT_LT(pasid_width(self->fd, &narrow),
		  pasid_width(self->fd, &self->mock));
	EXPECT_ERRNO(EINVAL, _test_cmd_pasid_attach(self->fd, narrow.stdev_id,
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
 * The guest has a PASID table of its own, which the kernel never sees: its
 * numbers are all the guest's, and iommufd may attach some besides.
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

/* iommufd's own rule: no PASID beside a page table that is not for PASIDs */
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
 * Regions are for DMA without a PASID. A device that keeps its own does not
 * keep others of the group from theirs.
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

/* The narrowest device of a group says what the group's numbers are */
TEST_F(pasid, beside_a_narrow_device)
{
	struct mock mock;

	create(&mock, .beside = self->stdev_id, .pasid_bits = 3);
	EXPECT_EQ(3, pasid_width(self->fd, &self->mock));
	test_err_pasid_attach(EINVAL, 8, self->hwpt_id[0]);
	test_cmd_pasid_attach(7, self->hwpt_id[0]);
	test_cmd_pasid_detach(7);
}

/* A device without PASIDs has none, and says so */
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

#endif /* IOMMU_TEST_PASID_RESERVED */

TEST_HARNESS_MAIN
