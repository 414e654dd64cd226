// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a VFIO user can do with a device that has memory used by firmware (a
 * region of type "direct" in its group's reserved_regions), and with one that
 * has none. Tests for the other kind of device are skipped.
 *
 * As for the tests in ../vfio, the device's address is the last argument or in
 * VFIO_SELFTESTS_BDF, and the device has to be bound to vfio-pci.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <linux/iommufd.h>
#include <linux/vfio.h>

#include "../kselftest_harness.h"

#define MAX_REGIONS	64
#define TRACEFS		"/sys/kernel/tracing"
#define TRACE_ENABLE	TRACEFS "/events/iommu/attach_device_to_domain/enable"
#define INTEL_DEBUGFS	"/sys/kernel/debug/iommu/intel"

static const char *bdf;
static int group;

static struct region {
	__u64 first, last;
	char type[32];
} regions[MAX_REGIONS];
static unsigned int nregions;
static struct region *direct;	/* the first region of that type, or NULL */

enum api { GROUP_TYPE1, GROUP_IOMMUFD, CDEV };

struct user {
	enum api api;
	int group, iommu, device;
	__u32 ioas;
};

#define NO_USER(_api) \
	((struct user){ .api = (_api), .group = -1, .iommu = -1, .device = -1 })

static char *read_all(const char *path)
{
	size_t size = 1 << 20, used;
	char *buf = malloc(size);
	FILE *f = buf ? fopen(path, "r") : NULL;

	if (!f) {
		free(buf);
		return NULL;
	}
	used = fread(buf, 1, size - 1, f);
	buf[used] = '\0';
	fclose(f);
	return buf;
}

static int write_str(const char *path, const char *s)
{
	int fd = open(path, O_WRONLY | O_TRUNC), ret;

	if (fd < 0)
		return -1;
	ret = write(fd, s, strlen(s)) < 0 ? -1 : 0;
	close(fd);
	return ret;
}

static char *read_group_file(const char *name)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "/sys/kernel/iommu_groups/%d/%s", group,
		 name);
	return read_all(path);
}

/* Open the device's node in /dev/vfio/devices. Return: the fd, or -1. */
static int open_cdev(void)
{
	char path[PATH_MAX];
	struct dirent *de;
	int fd = -1;
	DIR *dir;

	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/vfio-dev", bdf);
	dir = opendir(path);
	while (dir && (de = readdir(dir))) {
		if (strncmp(de->d_name, "vfio", 4))
			continue;
		snprintf(path, sizeof(path), "/dev/vfio/devices/%s",
			 de->d_name);
		fd = open(path, O_RDWR);
		break;
	}
	if (dir)
		closedir(dir);
	return fd;
}

static int bind_iommufd(int device, int iommufd)
{
	struct vfio_device_bind_iommufd bind = {
		.argsz = sizeof(bind),
		.iommufd = iommufd,
	};

	return ioctl(device, VFIO_DEVICE_BIND_IOMMUFD, &bind);
}

static int attach_iommufd(int device, __u32 ioas)
{
	struct vfio_device_attach_iommufd_pt attach = {
		.argsz = sizeof(attach),
		.pt_id = ioas,
	};

	return ioctl(device, VFIO_DEVICE_ATTACH_IOMMUFD_PT, &attach);
}

static int alloc_ioas(struct user *u)
{
	struct iommu_ioas_alloc alloc = { .size = sizeof(alloc) };

	if (ioctl(u->iommu, IOMMU_IOAS_ALLOC, &alloc))
		return -1;
	u->ioas = alloc.out_ioas_id;
	return 0;
}

/* Open the device and give it an address space. Return: 0, or -1 with errno. */
static int claim(struct user *u)
{
	char path[32];

	if (u->api == CDEV) {
		u->device = open_cdev();
		u->iommu = open("/dev/iommu", O_RDWR);
		if (u->device < 0 || u->iommu < 0)
			return -1;
		if (bind_iommufd(u->device, u->iommu) || alloc_ioas(u))
			return -1;
		return attach_iommufd(u->device, u->ioas);
	}

	snprintf(path, sizeof(path), "/dev/vfio/%d", group);
	u->group = open(path, O_RDWR);
	u->iommu = open(u->api == GROUP_TYPE1 ? "/dev/vfio/vfio" :
			"/dev/iommu", O_RDWR);
	if (u->group < 0 || u->iommu < 0)
		return -1;
	if (ioctl(u->group, VFIO_GROUP_SET_CONTAINER, &u->iommu))
		return -1;
	if (ioctl(u->iommu, VFIO_SET_IOMMU, VFIO_TYPE1v2_IOMMU))
		return -1;
	u->device = ioctl(u->group, VFIO_GROUP_GET_DEVICE_FD, bdf);
	return u->device < 0 ? -1 : 0;
}

static void release(struct user *u)
{
	if (u->device >= 0)
		close(u->device);
	if (u->group >= 0)
		close(u->group);
	if (u->iommu >= 0)
		close(u->iommu);
	*u = NO_USER(u->api);
}

static int map(struct user *u, void *buf, __u64 iova, __u64 length)
{
	struct vfio_iommu_type1_dma_map type1 = {
		.argsz = sizeof(type1),
		.flags = VFIO_DMA_MAP_FLAG_READ | VFIO_DMA_MAP_FLAG_WRITE,
		.vaddr = (uintptr_t)buf,
		.iova = iova,
		.size = length,
	};
	struct iommu_ioas_map ioas = {
		.size = sizeof(ioas),
		.flags = IOMMU_IOAS_MAP_FIXED_IOVA | IOMMU_IOAS_MAP_READABLE |
			 IOMMU_IOAS_MAP_WRITEABLE,
		.ioas_id = u->ioas,
		.user_va = (uintptr_t)buf,
		.iova = iova,
		.length = length,
	};

	if (u->api == CDEV)
		return ioctl(u->iommu, IOMMU_IOAS_MAP, &ioas);
	return ioctl(u->iommu, VFIO_IOMMU_MAP_DMA, &type1);
}

static int unmap(struct user *u, __u64 iova, __u64 length)
{
	struct vfio_iommu_type1_dma_unmap type1 = {
		.argsz = sizeof(type1),
		.iova = iova,
		.size = length,
	};
	struct iommu_ioas_unmap ioas = {
		.size = sizeof(ioas),
		.ioas_id = u->ioas,
		.iova = iova,
		.length = length,
	};

	if (u->api == CDEV)
		return ioctl(u->iommu, IOMMU_IOAS_UNMAP, &ioas);
	return ioctl(u->iommu, VFIO_IOMMU_UNMAP_DMA, &type1);
}

struct range {
	__u64 first, last;
};

/* Fill in @ranges, up to @max of them. Return: their number, or -1. */
static int iommufd_ranges(struct user *u, struct range *ranges, int max)
{
	struct iommu_iova_range found[MAX_REGIONS];
	struct iommu_ioas_iova_ranges cmd = {
		.size = sizeof(cmd),
		.ioas_id = u->ioas,
		.num_iovas = MAX_REGIONS,
		.allowed_iovas = (uintptr_t)found,
	};

	if (ioctl(u->iommu, IOMMU_IOAS_IOVA_RANGES, &cmd) ||
	    cmd.num_iovas > max)
		return -1;
	for (int i = 0; i < cmd.num_iovas; i++)
		ranges[i] = (struct range){ found[i].start, found[i].last };
	return cmd.num_iovas;
}

static int type1_ranges(struct user *u, struct range *ranges, int max)
{
	struct vfio_iommu_type1_info_cap_iova_range *cap;
	struct vfio_info_cap_header *header;
	union {
		struct vfio_iommu_type1_info info;
		char space[8192];
	} buf = { .info.argsz = sizeof(buf) };
	__u32 at;

	if (ioctl(u->iommu, VFIO_IOMMU_GET_INFO, &buf.info) ||
	    !(buf.info.flags & VFIO_IOMMU_INFO_CAPS))
		return -1;
	for (at = buf.info.cap_offset; at; at = header->next) {
		header = (void *)(buf.space + at);
		if (header->id != VFIO_IOMMU_TYPE1_INFO_CAP_IOVA_RANGE)
			continue;
		cap = (void *)header;
		if (cap->nr_iovas > max)
			return -1;
		for (int i = 0; i < cap->nr_iovas; i++)
			ranges[i] = (struct range){
				cap->iova_ranges[i].start,
				cap->iova_ranges[i].end,
			};
		return cap->nr_iovas;
	}
	return -1;
}

static int iova_ranges(struct user *u, struct range *ranges, int max)
{
	return u->api == CDEV ? iommufd_ranges(u, ranges, max) :
	       type1_ranges(u, ranges, max);
}

/* The page table of the device's domain, from VT-d's debugfs file, or NULL */
static char *domain(void)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), INTEL_DEBUGFS
		 "/%s/domain_translation_struct", bdf);
	return read_all(path);
}

/* Number of attaches of the device since the trace was last emptied */
static int attaches(void)
{
	char want[64], *trace = read_all(TRACEFS "/trace"), *s = trace;
	int n = 0;

	snprintf(want, sizeof(want),
		 "attach_device_to_domain: IOMMU: device=%s", bdf);
	while (s && (s = strstr(s, want))) {
		s += strlen(want);
		n++;
	}
	free(trace);
	return n;
}

FIXTURE(direct)
{
	struct user user;
};

FIXTURE_VARIANT(direct)
{
	enum api api;
};

FIXTURE_VARIANT_ADD(direct, group_type1) { .api = GROUP_TYPE1 };
FIXTURE_VARIANT_ADD(direct, group_iommufd) { .api = GROUP_IOMMUFD };
FIXTURE_VARIANT_ADD(direct, cdev) { .api = CDEV };

FIXTURE_SETUP(direct)
{
	self->user = NO_USER(variant->api);
	if (!direct)
		SKIP(return, "firmware holds no memory of %s", bdf);
}

FIXTURE_TEARDOWN(direct)
{
	release(&self->user);
}

/* The second try is refused as well: a refusal has no effect on later ones */
TEST_F(direct, refused)
{
	for (int i = 0; i < 2; i++) {
		ASSERT_EQ(-1, claim(&self->user));
		EXPECT_EQ(EPERM, errno);
		release(&self->user);
	}
}

TEST_F(direct, refused_without_an_attach)
{
	if (write_str(TRACE_ENABLE, "1"))
		SKIP(return, "no trace event for attaches");
	write_str(TRACEFS "/trace", "");
	EXPECT_EQ(-1, claim(&self->user));
	release(&self->user);
	EXPECT_EQ(0, attaches());
	write_str(TRACE_ENABLE, "0");
}

TEST_F(direct, domain_is_as_before)
{
	char *before = domain(), *during, *after;

	if (!before)
		SKIP(return, "no debugfs file of the device's domain");
	ASSERT_EQ(-1, claim(&self->user));
	during = domain();
	ASSERT_NE(NULL, during);
	EXPECT_STREQ(before, during);
	release(&self->user);
	after = domain();
	ASSERT_NE(NULL, after);
	EXPECT_STREQ(before, after);
	free(after);
	free(during);
	free(before);
}

/* After the refusal, the steps that normally follow fail, too. */
TEST_F(direct, nothing_to_go_on_with)
{
	struct vfio_device_info info = { .argsz = sizeof(info) };
	struct user *u = &self->user;

	ASSERT_EQ(-1, claim(u));
	if (u->api != CDEV) {
		EXPECT_GT(0, ioctl(u->group, VFIO_GROUP_GET_DEVICE_FD, bdf));
		return;
	}
	ASSERT_EQ(0, alloc_ioas(u));
	EXPECT_NE(0, attach_iommufd(u->device, u->ioas));
	EXPECT_NE(0, ioctl(u->device, VFIO_DEVICE_GET_INFO, &info));
}

TEST(assignable_gives_the_reason)
{
	char *text = read_group_file("assignable"), want[128];

	if (!direct)
		SKIP(return, "firmware holds no memory of %s", bdf);
	ASSERT_NE(NULL, text);
	EXPECT_EQ(0, strncmp(text, "no\n", 3));
	/* The region may be that of another device of the group. */
	snprintf(want, sizeof(want), " 0x%016llx 0x%016llx direct ",
		 direct->first, direct->last);
	EXPECT_NE(NULL, strstr(text, want)) {
		TH_LOG("\"%s\" is not in:\n%s", want, text);
	}
	free(text);
}

TEST(assignable_says_yes)
{
	char *text = read_group_file("assignable");

	if (direct)
		SKIP(return, "firmware holds memory of %s", bdf);
	ASSERT_NE(NULL, text);
	EXPECT_EQ(0, strncmp(text, "yes\n", 4));
	free(text);
}

FIXTURE(free)
{
	struct user user;
	void *buf;
	__u64 page;
};

FIXTURE_VARIANT(free)
{
	enum api api;
};

FIXTURE_VARIANT_ADD(free, group_type1) { .api = GROUP_TYPE1 };
FIXTURE_VARIANT_ADD(free, group_iommufd) { .api = GROUP_IOMMUFD };
FIXTURE_VARIANT_ADD(free, cdev) { .api = CDEV };

FIXTURE_SETUP(free)
{
	self->user = NO_USER(variant->api);
	self->page = sysconf(_SC_PAGESIZE);
	self->buf = MAP_FAILED;
	if (direct)
		SKIP(return, "firmware holds memory of %s", bdf);
	self->buf = mmap(NULL, self->page, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, self->buf);
	ASSERT_EQ(0, claim(&self->user)) {
		TH_LOG("%s", strerror(errno));
	}
}

FIXTURE_TEARDOWN(free)
{
	release(&self->user);
	if (self->buf != MAP_FAILED)
		munmap(self->buf, self->page);
}

TEST_F(free, assigned)
{
	struct vfio_device_info info = { .argsz = sizeof(info) };
	struct range ranges[MAX_REGIONS];
	__u64 iova;

	ASSERT_EQ(0, ioctl(self->user.device, VFIO_DEVICE_GET_INFO, &info));
	ASSERT_LT(0, iova_ranges(&self->user, ranges, MAX_REGIONS));
	iova = (ranges[0].first + self->page - 1) & -self->page;
	ASSERT_EQ(0, map(&self->user, self->buf, iova, self->page));
	ASSERT_EQ(0, unmap(&self->user, iova, self->page));
}

TEST_F(free, ranges_leave_out_what_is_reserved)
{
	struct range ranges[MAX_REGIONS];
	int n = iova_ranges(&self->user, ranges, MAX_REGIONS);

	ASSERT_LT(0, n);
	if (!nregions)
		SKIP(return, "nothing is reserved");
	for (int i = 0; i < n; i++)
		for (int r = 0; r < nregions; r++) {
			bool apart = ranges[i].last < regions[r].first ||
				     ranges[i].first > regions[r].last;

			EXPECT_TRUE(apart) {
				TH_LOG("%llx-%llx has some of %llx-%llx %s",
				       ranges[i].first, ranges[i].last,
				       regions[r].first, regions[r].last,
				       regions[r].type);
			}
		}
}

TEST_F(free, no_map_over_what_is_reserved)
{
	if (!nregions)
		SKIP(return, "nothing is reserved");
	for (int r = 0; r < nregions; r++) {
		__u64 first = regions[r].first & -self->page;
		__u64 last = regions[r].last & -self->page;

		EXPECT_NE(0, map(&self->user, self->buf, first, self->page));
		EXPECT_NE(0, map(&self->user, self->buf, last, self->page));
	}
}

#ifdef VFIO_DEVICE_ATTACH_PASID
static int attach_pasid(struct user *u, __u32 pasid)
{
	struct vfio_device_attach_iommufd_pt attach = {
		.argsz = sizeof(attach),
		.flags = VFIO_DEVICE_ATTACH_PASID,
		.pt_id = u->ioas,
		.pasid = pasid,
	};

	return ioctl(u->device, VFIO_DEVICE_ATTACH_IOMMUFD_PT, &attach);
}

static int max_pasid_log2(struct user *u)
{
	struct vfio_device_bind_iommufd bind = { .argsz = sizeof(bind) };
	struct iommu_hw_info info = { .size = sizeof(info) };
	int device = open_cdev(), ret = -1;

	bind.iommufd = open("/dev/iommu", O_RDWR);
	if (device >= 0 && bind.iommufd >= 0 &&
	    !ioctl(device, VFIO_DEVICE_BIND_IOMMUFD, &bind)) {
		info.dev_id = bind.out_devid;
		if (!ioctl(bind.iommufd, IOMMU_GET_HW_INFO, &info))
			ret = info.out_max_pasid_log2;
	}
	close(device);
	close(bind.iommufd);
	return ret;
}

/* PASID 0 stands for DMA without a PASID, and cannot be attached. */
TEST_F(free, pasid_0_is_refused)
{
	struct user *u = &self->user;

	if (u->api != CDEV)
		SKIP(return, "PASIDs are for the cdev only");
	EXPECT_NE(0, attach_pasid(u, 0));
	/* The refusal has no effect on the device: an attach still works. */
	EXPECT_EQ(0, attach_iommufd(u->device, u->ioas));
}

TEST_F(free, pasid_of_a_device_without_is_refused)
{
	struct user *u = &self->user;
	int log2;

	if (u->api != CDEV)
		SKIP(return, "PASIDs are for the cdev only");
	release(u);
	log2 = max_pasid_log2(u);
	ASSERT_LE(0, log2);
	if (log2)
		SKIP(return, "%s has PASIDs", bdf);
	ASSERT_EQ(0, claim(u));
	EXPECT_NE(0, attach_pasid(u, 1));
	EXPECT_EQ(0, attach_iommufd(u->device, u->ioas));
}
#endif

static bool is_bdf(const char *s)
{
	unsigned int domain, bus, dev, fn;
	int n = 0;

	return sscanf(s, "%x:%x:%x.%x%n", &domain, &bus, &dev, &fn, &n) == 4 &&
	       n == strlen(s);
}

static void get_bdf(int *argc, char **argv)
{
	if (*argc > 1 && is_bdf(argv[*argc - 1]))
		bdf = argv[--*argc];
	else
		bdf = getenv("VFIO_SELFTESTS_BDF");
	if (!bdf)
		ksft_exit_skip("no device: %s [options] SEG:BUS:DEV.FUNC\n",
			       argv[0]);
	if (!is_bdf(bdf))
		ksft_exit_fail_msg("%s is no address of a PCI device\n", bdf);
}

static void get_group(void)
{
	char path[PATH_MAX], link[PATH_MAX], *text, *line, *save = NULL;
	ssize_t n;

	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/iommu_group",
		 bdf);
	n = readlink(path, link, sizeof(link) - 1);
	if (n < 0)
		ksft_exit_skip("%s has no IOMMU group\n", bdf);
	link[n] = '\0';
	group = atoi(strrchr(link, '/') + 1);

	text = read_group_file("reserved_regions");
	if (!text)
		ksft_exit_fail_msg("no reserved_regions of group %d\n", group);
	for (line = strtok_r(text, "\n", &save); line && nregions < MAX_REGIONS;
	     line = strtok_r(NULL, "\n", &save)) {
		struct region *r = &regions[nregions];

		if (sscanf(line, "0x%llx 0x%llx %31s", &r->first, &r->last,
			   r->type) != 3)
			continue;
		/* Relaxable regions are IOVA space once it is assigned */
		if (!strcmp(r->type, "direct-relaxable"))
			continue;
		if (!direct && !strcmp(r->type, "direct"))
			direct = r;
		nregions++;
	}
	free(text);
}

int main(int argc, char **argv)
{
	get_bdf(&argc, argv);
	get_group();
	return test_harness_run(argc, argv);
}
