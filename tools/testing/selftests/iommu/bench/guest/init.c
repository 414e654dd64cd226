// SPDX-License-Identifier: GPL-2.0-only
/*
 * PID 1 of the benchmark's guests. Every emulated instruction takes a
 * nanosecond, so this thread's CPU time is what its calls executed: time spent
 * waiting and the work of other threads are not in it.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include <linux/iommufd.h>
#include <linux/vfio.h>

#include "../../lab/util.h"
#include "../bench.h"

#define SAMPLES		15
#define JOINS		5
#define IOVA		0x10000000ULL
#define HUGE		(2UL << 20)

/* The host runs QEMU with -no-reboot: restarting ends the machine. */
static noreturn void finish(void)
{
	fflush(stdout);
	reboot(RB_AUTOBOOT);
	for (;;)
		pause();
}

void die(const char *fmt, ...)
{
	va_list ap;

	printf("bench: error: ");
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	printf("\n");
	finish();
}

static __printf(2, 3) void write_file(const char *val, const char *fmt, ...)
{
	va_list ap;
	char *path;
	int fd;

	va_start(ap, fmt);
	if (vasprintf(&path, fmt, ap) < 0)
		die("out of memory");
	va_end(ap);
	fd = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC);
	if (fd < 0 || write(fd, val, strlen(val)) < 0)
		die("cannot write %s to %s: %s", val, path, strerror(errno));
	close(fd);
	free(path);
}

static char *device_path(const struct bench_device *d, const char *file)
{
	return xasprintf("/sys/bus/pci/devices/0000:00:%02x.0/%s", d->slot,
			 file);
}

static int group_of(const struct bench_device *d)
{
	char *path = device_path(d, "iommu_group"), target[256];
	ssize_t n = readlink(path, target, sizeof(target) - 1);

	if (n < 0)
		die("device %s has no group: %s", d->name, strerror(errno));
	target[n] = '\0';
	free(path);
	return atoi(strrchr(target, '/') + 1);
}

static struct bench_device claimed_device(int n)
{
	return (struct bench_device){
		.name = "claimed",
		.slot = BENCH_CLAIMED_SLOT + n,
	};
}

/*
 * Enabled already, or opening it would: ACPI interpreting its interrupt routing
 * costs many times what is measured.
 */
static void bind_vfio(const struct bench_device *d)
{
	char *override = device_path(d, "driver_override");
	char *enable = device_path(d, "enable");
	char *bdf = xasprintf("0000:00:%02x.0", d->slot);

	write_file("1", "%s", enable);
	write_file("vfio-pci", "%s", override);
	write_file(bdf, "/sys/bus/pci/drivers_probe");
	free(bdf);
	free(enable);
	free(override);
}

static __u64 now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
	return ts.tv_sec * 1000000000ULL + ts.tv_nsec;
}

static int compare(const void *a, const void *b)
{
	const __u64 *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

static __u64 median(__u64 *v, int n)
{
	qsort(v, n, sizeof(*v), compare);
	return v[n / 2];
}

static __printf(1, 2) void report(const char *fmt, ...)
{
	va_list ap;

	printf("bench: ");
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	printf("\n");
	fflush(stdout);
}

/* The median over @SAMPLES of the mean of @batch calls; the first one warms. */
static void measure(const char *name, int batch,
		    void (*fn)(const struct bench_device *d),
		    const struct bench_device *d)
{
	__u64 v[SAMPLES];

	fn(d);
	for (int i = 0; i < SAMPLES; i++) {
		__u64 t = now();

		for (int j = 0; j < batch; j++)
			fn(d);
		v[i] = (now() - t) / batch;
	}
	report("value %s %llu", name, median(v, SAMPLES));
}

/* Not bound to a driver yet: a group in use keeps its type. */
static void bench_switch(const struct bench_device *d)
{
	__u64 dma[SAMPLES], both[SAMPLES];
	int group = group_of(d);

	for (int i = -1; i < SAMPLES; i++) {
		__u64 t0 = now(), t1, t2;

		write_file("identity", "/sys/kernel/iommu_groups/%d/type",
			   group);
		t1 = now();
		write_file("DMA", "/sys/kernel/iommu_groups/%d/type", group);
		t2 = now();
		if (i < 0)
			continue;
		dma[i] = t2 - t1;
		both[i] = t2 - t0;
	}
	report("value switch-%s %llu", d->name, median(dma, SAMPLES));
	report("value switch-and-back-%s %llu", d->name, median(both, SAMPLES));
}

static void read_regions(const struct bench_device *d)
{
	char buf[4096], *path = device_path(d, "iommu_group/reserved_regions");
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0 || read(fd, buf, sizeof(buf)) <= 0)
		die("cannot read %s: %s", path, strerror(errno));
	close(fd);
	free(path);
}

static int xopen(const char *path)
{
	int fd = open(path, O_RDWR | O_CLOEXEC);

	if (fd < 0)
		die("cannot open %s: %s", path, strerror(errno));
	return fd;
}

static int open_group(const struct bench_device *d)
{
	char *path = xasprintf("/dev/vfio/%d", group_of(d));
	int fd = xopen(path);

	free(path);
	return fd;
}

static int open_cdev(const struct bench_device *d)
{
	char *path = device_path(d, "vfio-dev"), *node = NULL;
	DIR *dir = opendir(path);
	struct dirent *de;
	int fd;

	while (dir && !node && (de = readdir(dir)))
		if (!strncmp(de->d_name, "vfio", 4))
			node = xasprintf("/dev/vfio/devices/%s", de->d_name);
	if (!node)
		die("no character device in %s", path);
	fd = xopen(node);
	closedir(dir);
	free(node);
	free(path);
	return fd;
}

struct handle {
	int dev;
	int iommu;
};

static struct handle take_group(const struct bench_device *d)
{
	struct handle h = { open_group(d), xopen("/dev/vfio/vfio") };

	if (ioctl(h.dev, VFIO_GROUP_SET_CONTAINER, &h.iommu) ||
	    ioctl(h.iommu, VFIO_SET_IOMMU, VFIO_TYPE1v2_IOMMU))
		die("VFIO refuses %s: %s", d->name, strerror(errno));
	return h;
}

static int bind_cdev(int cdev, int iommufd)
{
	struct vfio_device_bind_iommufd bind = {
		.argsz = sizeof(bind),
		.iommufd = iommufd,
	};

	return ioctl(cdev, VFIO_DEVICE_BIND_IOMMUFD, &bind);
}

static __u32 attach_cdev(const struct bench_device *d, int cdev, int iommufd)
{
	struct iommu_ioas_alloc alloc = { .size = sizeof(alloc) };
	struct vfio_device_attach_iommufd_pt attach = {
		.argsz = sizeof(attach),
	};

	if (bind_cdev(cdev, iommufd))
		die("iommufd refuses %s: %s", d->name, strerror(errno));
	if (ioctl(iommufd, IOMMU_IOAS_ALLOC, &alloc))
		die("no IOAS: %s", strerror(errno));
	attach.pt_id = alloc.out_ioas_id;
	if (ioctl(cdev, VFIO_DEVICE_ATTACH_IOMMUFD_PT, &attach))
		die("cannot attach %s: %s", d->name, strerror(errno));
	return alloc.out_ioas_id;
}

static struct handle take_cdev(const struct bench_device *d)
{
	struct handle h = { open_cdev(d), xopen("/dev/iommu") };

	attach_cdev(d, h.dev, h.iommu);
	return h;
}

static void release(struct handle h)
{
	close(h.dev);
	close(h.iommu);
}

/*
 * A call that finds a slab full pays for the next one, and which call that is
 * depends on everything that was allocated before. So take the least over many
 * states, which each call needs: each claimed device adds one object to each
 * cache that matters.
 */
static void bench_claim(const char *name,
			struct handle (*take)(const struct bench_device *d))
{
	struct handle claimed[BENCH_CLAIMED];
	__u64 least = ~0ULL;

	release(take(BENCH_FREE));
	for (int h = 0; h < BENCH_CLAIMED; h++) {
		struct bench_device d = claimed_device(h);

		for (int i = 0; i < SAMPLES; i++) {
			__u64 t = now();

			release(take(BENCH_FREE));
			t = now() - t;
			if (t < least)
				least = t;
		}
		claimed[h] = take(&d);
	}
	for (int h = 0; h < BENCH_CLAIMED; h++)
		release(claimed[h]);
	report("value %s %llu", name, least);
}

static void refused(const struct bench_device *d, const char *call, int ret)
{
	if (!ret)
		die("%s lets %s in", call, d->name);
	if (errno != EPERM && errno != EINVAL)
		die("%s %s failed otherwise: %s", call, d->name,
		    strerror(errno));
}

/* Only the call that claims: opening files is not what is compared. */
static void bench_refused_type1(const struct bench_device *d)
{
	int group = open_group(d), container = xopen("/dev/vfio/vfio");
	__u64 v[SAMPLES];

	for (int i = -1; i < SAMPLES; i++) {
		__u64 t = now();
		int ret = ioctl(group, VFIO_GROUP_SET_CONTAINER, &container);

		t = now() - t;
		refused(d, "SET_CONTAINER", ret);
		if (i >= 0)
			v[i] = t;
	}
	close(group);
	close(container);
	report("value claim-refused-type1 %llu", median(v, SAMPLES));
}

static void bench_refused_iommufd(const struct bench_device *d)
{
	int cdev = open_cdev(d), iommufd = xopen("/dev/iommu");
	__u64 v[SAMPLES];

	for (int i = -1; i < SAMPLES; i++) {
		__u64 t = now();
		int ret = bind_cdev(cdev, iommufd);

		t = now() - t;
		refused(d, "BIND_IOMMUFD", ret);
		if (i >= 0)
			v[i] = t;
	}
	close(cdev);
	close(iommufd);
	report("value claim-refused-iommufd %llu", median(v, SAMPLES));
}

static struct {
	int iommufd;
	__u32 ioas;
	void *mem;
	__u64 size;
} user;

static void map_unmap(const struct bench_device *d)
{
	struct iommu_ioas_map map = {
		.size = sizeof(map),
		.flags = IOMMU_IOAS_MAP_FIXED_IOVA | IOMMU_IOAS_MAP_READABLE |
			 IOMMU_IOAS_MAP_WRITEABLE,
		.ioas_id = user.ioas,
		.user_va = (unsigned long)user.mem,
		.iova = IOVA,
		.length = user.size,
	};
	struct iommu_ioas_unmap unmap = {
		.size = sizeof(unmap),
		.ioas_id = user.ioas,
		.iova = IOVA,
		.length = user.size,
	};

	if (ioctl(user.iommufd, IOMMU_IOAS_MAP, &map) ||
	    ioctl(user.iommufd, IOMMU_IOAS_UNMAP, &unmap))
		die("%s: cannot map and unmap: %s", d->name, strerror(errno));
}

static void bench_map(const struct bench_device *d)
{
	int cdev = open_cdev(d);

	user.iommufd = xopen("/dev/iommu");
	user.ioas = attach_cdev(d, cdev, user.iommufd);
	/* A huge page, so that the same physical layout is there every time. */
	write_file("1", "/proc/sys/vm/nr_hugepages");
	user.mem = mmap(NULL, HUGE, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB |
			MAP_POPULATE, -1, 0);
	if (user.mem == MAP_FAILED)
		die("no huge page: %s", strerror(errno));

	user.size = 4 << 10;
	measure("map-unmap-4K", 100, map_unmap, d);
	user.size = 64 << 10;
	measure("map-unmap-64K", 100, map_unmap, d);
	user.size = 2 << 20;
	measure("map-unmap-2M", 10, map_unmap, d);
	close(cdev);
	close(user.iommufd);
}

static void run_iommu(void)
{
	for (int i = 0; i < ARRAY_SIZE(bench_devices); i++)
		if (bench_devices[i].size)
			bench_switch(&bench_devices[i]);
	measure("read-regions-none", 10, read_regions, BENCH_FREE);
	measure("read-regions-one", 10, read_regions, BENCH_REFUSED);
	bind_vfio(BENCH_FREE);
	bind_vfio(BENCH_REFUSED);
	for (int h = 0; h < BENCH_CLAIMED; h++) {
		struct bench_device d = claimed_device(h);

		bind_vfio(&d);
	}
	bench_claim("claim-free-type1", take_group);
	bench_claim("claim-free-iommufd", take_cdev);
	bench_refused_type1(BENCH_REFUSED);
	bench_refused_iommufd(BENCH_REFUSED);
	bench_map(BENCH_FREE);
}

/* The host counts the calls, if only the boot makes any. */
static void run_boot(void)
{
	DIR *dir = opendir("/sys/bus/pci/devices");
	unsigned int n = 0;
	struct dirent *de;

	while (dir && (de = readdir(dir))) {
		char *path;

		if (*de->d_name == '.')
			continue;
		path = xasprintf("/sys/bus/pci/devices/%s/iommu_group",
				 de->d_name);
		n += !access(path, F_OK);
		free(path);
	}
	if (!n)
		die("no device has a group");
	report("devices %u", n);
}

static __u64 read_result(const char *module, const char *name)
{
	char *path = xasprintf("/sys/module/%s/parameters/%s", module, name);
	char *s = read_file(path, NULL);
	__u64 val;

	if (!s)
		die("cannot read %s: %s", path, strerror(errno));
	val = strtoull(s, NULL, 10);
	free(s);
	free(path);
	return val;
}

static void load(const char *path, const char *args)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0 || syscall(SYS_finit_module, fd, args, 0))
		die("cannot load %s (%s): %s", path, args, strerror(errno));
	close(fd);
}

static void unload(const char *module)
{
	if (syscall(SYS_delete_module, module, O_NONBLOCK))
		die("cannot unload %s: %s", module, strerror(errno));
}

static void probe_once(int devices, int regions, __u64 *cost, __u64 *calls)
{
	char *args = xasprintf("devices=%d regions=%d", devices, regions);

	load(BENCH_MODULE, args);
	free(args);
	*cost = read_result("iommu_bench", "cost");
	*calls = read_result("iommu_bench", "calls");
	unload("iommu_bench");
}

static __u64 join_once(unsigned int live, int regions)
{
	char *args = xasprintf("join=1 live=%u regions=%d", live, regions);
	__u64 cost;

	load(BENCH_MODULE, args);
	free(args);
	cost = read_result("iommu_bench", "cost");
	unload("iommu_bench");
	return cost;
}

/* A device joins a group with buffers: with an MSI window, and a direct region */
static void run_join(void)
{
	static const char * const what[] = { "window", "direct" };
	static const unsigned int live[] = { 0, 1000, 100000 };

	for (int r = 0; r < ARRAY_SIZE(what); r++)
		for (int l = 0; l < ARRAY_SIZE(live); l++) {
			__u64 cost[JOINS];

			for (int i = 0; i < JOINS; i++)
				cost[i] = join_once(live[l], r);
			report("value join-%s-%u %llu", what[r], live[l],
			       median(cost, JOINS));
		}
}

/* Where the kernel has a function, or 0 */
static __u64 symbol(const char *name)
{
	FILE *f = fopen("/proc/kallsyms", "r");
	unsigned long long addr, found = 0;
	char line[512], sym[256];

	if (!f)
		die("/proc/kallsyms");
	while (!found && fgets(line, sizeof(line), f))
		if (sscanf(line, "%llx %*c %255s", &addr, sym) == 2 &&
		    !strcmp(sym, name))
			found = addr;
	fclose(f);
	return found;
}

static void run_pasid(void)
{
	static const char * const results[] = { "rid", "global" };
	static const unsigned int live[] = { 0, 1000, 65536, 1000000 };

	for (int i = 0; i < ARRAY_SIZE(live); i++) {
		char *args = xasprintf("live=%u attach_new=%llu", live[i],
				       symbol("iommu_attach_device_new_pasid"));

		load(BENCH_PASID, args);
		free(args);
		for (int r = 0; r < ARRAY_SIZE(results); r++)
			report("value pasid-%s-%u %llu", results[r], live[i],
			       read_result("pasid_bench", results[r]));
		if (!live[i]) {
			report("value pasid-attach %llu",
			       read_result("pasid_bench", "attach"));
			report("value pasid-bare-attach %llu",
			       read_result("pasid_bench", "attach_bare"));
		}
		if (!live[i])
			report("value pasid-fixed-bytes %llu",
			       read_result("pasid_bench", "fixed"));
		if (live[i] == 65536)
			report("ratio pasid-bytes-per-65536 %llu %u",
			       read_result("pasid_bench", "bytes"), live[i]);
		unload("pasid_bench");
	}
}

/* The machine has two processors, each with a RID. The host counts waiting. */
static void run_contend(void)
{
	char *args = xasprintf("contend=1000000 attach_new=%llu",
			       symbol("iommu_attach_device_new_pasid"));

	load(BENCH_PASID, args);
	free(args);
	unload("pasid_bench");
}

static void run_probe(void)
{
	static const struct {
		int devices, rounds;
	} sizes[] = { { 1, 15 }, { 100, 3 }, { 1000, 1 } };
	static const int regions[] = { 0, 1, 16 };
	__u64 devices = 0, all = 0;

	for (int r = 0; r < ARRAY_SIZE(regions); r++)
		for (int s = 0; s < ARRAY_SIZE(sizes); s++) {
			__u64 cost[SAMPLES], calls;

			for (int i = 0; i < sizes[s].rounds; i++) {
				probe_once(sizes[s].devices, regions[r],
					   &cost[i], &calls);
				devices += sizes[s].devices;
				all += calls;
			}
			report("value probe-%d-regions-%d-devices %llu",
			       regions[r], sizes[s].devices,
			       median(cost, sizes[s].rounds));
		}
	report("ratio report-calls-mock %llu %llu", all, devices);
	run_join();
}

int main(void)
{
	const char *what = getenv("bench");
	struct utsname uts;

	mount("proc", "/proc", "proc", 0, NULL);
	mount("sysfs", "/sys", "sysfs", 0, NULL);
	mount("devtmpfs", "/dev", "devtmpfs", 0, NULL);
	uname(&uts);
	report("kernel %s", uts.release);
	if (!what)
		die("no bench= on the kernel's command line");
	if (!strcmp(what, "iommu"))
		run_iommu();
	else if (!strcmp(what, "boot"))
		run_boot();
	else if (!strcmp(what, "probe"))
		run_probe();
	else if (!strcmp(what, "pasid"))
		run_pasid();
	else if (!strcmp(what, BENCH_CONTEND))
		run_contend();
	else
		die("bench=%s is none", what);
	report("end");
	finish();
}
