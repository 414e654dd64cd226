// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a user of iommufd may do with devices that have reserved regions, and
 * which domain they are on after a failure. The hardware is the mock IOMMU of
 * iommufd.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "iommufd_direct_utils.h"

/* In the aperture of the mock's page tables, and apart from REGION */
#define USER_IOVA	((__u64)MOCK_APERTURE_START + 0x20000000)

static int mock_detach(int fd, const struct mock *mock)
{
	struct iommu_test_cmd cmd = {
		.op = IOMMU_TEST_OP_MOCK_DEV_DETACH,
		.id = mock->stdev_id,
	};

	return mock_op(fd, &cmd);
}

#define phys_of(_mock, _iova)                                                 \
	({                                                                    \
		struct state state;                                           \
									      \
		ASSERT_EQ(0, mock_state(self->fd, _mock, _iova, &state));     \
		state.phys;                                                   \
	})

/* Is all of [@start, @last] ordinary IOVA space of the IOAS? -1 on error */
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

/* First line of a sysfs file of the device's group, or "" */
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
 * A device with a direct region cannot be claimed in any way.
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

/* Also several, overlapping and malformed regions, as real tables have them */
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

	/* Each try is refused before an attach, which would fail */
	ASSERT_EQ(0, mock_fail(self->fd, &mock, 1));
	for (i = 0; i < 3; i++)
		EXPECT_ERRNO(EPERM, mock_bind(self->fd, &mock));
	expect_on(&mock, MOCK_DEV_ON_IDENTITY, 0);
}

/* No other device of its group can be claimed, in whatever order they joined */
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

	/* The group can be claimed when that device is gone */
	ASSERT_EQ(0, mock_fail(self->fd, &before, 0));
	test_ioctl_destroy(mock.stdev_id);
	EXPECT_STREQ("yes", group_file(&before, "assignable"));
	EXPECT_EQ(0, mock_bind(self->fd, &before));
	EXPECT_EQ(0, mock_bind(self->fd, &after));
}

/*
 * A device with a direct region joins a group with an owner: it is excluded and
 * cannot be claimed, and the owner's device stays on its domain.
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

/* Attach the user's device in the way of the variant */
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

	/* When the owner releases the group, the default domain is attached */
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

	/* Its removal has no effect on the user's device */
	test_ioctl_destroy(mock.stdev_id);
	attach_user();
	expect_user_on();
}

/* A device without direct regions joins: the owner can use it, too */
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
 * Other types of regions, and a driver that fails to report.
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

/* A relaxable region is ordinary IOVA space once the device is assigned */
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

/* A hot-plugged device with a relaxable region follows its group */
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
 * If the driver cannot report regions, the device has no IOMMU. Then either it
 * cannot be claimed, or the kernel supports iommufd without an IOMMU (VFIO's
 * unsafe mode) and an attach has no effect on the mock.
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

	/* A group with a user, which it would have joined, is not affected */
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

/* The region is no IOVA space; the pages before and after it are */
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

	/* Nor does the kernel choose an IOVA in the region */
	test_ioctl_ioas_map(buffer, BUFFER_SIZE, &iova);
	EXPECT_TRUE(iova + BUFFER_SIZE <= REGION ||
		    iova >= REGION + REGION_SIZE);

	/* Without the device, the region is IOVA space again */
	ASSERT_EQ(0, mock_detach(self->fd, &self->mock));
	test_ioctl_ioas_map_fixed(buffer, PAGE_SIZE, REGION);
}

/* If the user has mapped something in the region, the attach fails */
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
 * After a failure, a device is on the same domain as before.
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

/* The same for all devices of a group, whichever of them fails */
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

/* A failed replace, too, has no effect on an excluded device of the group */
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

TEST_HARNESS_MAIN
