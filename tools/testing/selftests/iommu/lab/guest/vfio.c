// SPDX-License-Identifier: GPL-2.0-only
/* A user of VFIO: the group with type1, the group with iommufd, the cdev. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <linux/iommufd.h>
#include <linux/vfio.h>

#include "guest.h"

struct handle {
	enum vfio_api api;
	int container;		/* also the iommufd */
	int group;
	int dev;
	__u32 ioas;
	__u32 devid;
	bool bound;		/* we bound vfio-pci and have to undo it */
	bool noiommu;		/* a group that VFIO made for lack of one */
};

#define NO_HANDLE { .container = -1, .group = -1, .dev = -1 }

static struct handle handles[SCN_MAX_DEVICES];
static void *user;

void vfio_init(void)
{
	user = mmap(NULL, USER_SIZE, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	if (user == MAP_FAILED)
		die("no memory for the user's buffer");
	for (int i = 0; i < SCN_MAX_DEVICES; i++)
		handles[i] = (struct handle)NO_HANDLE;
}

void *vfio_user_buffer(void)
{
	return user;
}

static void put_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static void handle_close(struct handle *h)
{
	put_fd(&h->dev);
	put_fd(&h->group);
	put_fd(&h->container);
}

static int map_type1(struct handle *h)
{
	struct vfio_iommu_type1_dma_map map = {
		.argsz = sizeof(map),
		.flags = VFIO_DMA_MAP_FLAG_READ | VFIO_DMA_MAP_FLAG_WRITE,
		.vaddr = (unsigned long)user,
		.iova = USER_IOVA,
		.size = USER_SIZE,
	};

	return ioctl(h->container, VFIO_IOMMU_MAP_DMA, &map);
}

static int map_ioas(struct handle *h)
{
	struct iommu_ioas_alloc alloc = { .size = sizeof(alloc) };
	struct iommu_ioas_map map = {
		.size = sizeof(map),
		.flags = IOMMU_IOAS_MAP_FIXED_IOVA | IOMMU_IOAS_MAP_READABLE |
			 IOMMU_IOAS_MAP_WRITEABLE,
		.user_va = (unsigned long)user,
		.iova = USER_IOVA,
		.length = USER_SIZE,
	};

	if (ioctl(h->container, IOMMU_IOAS_ALLOC, &alloc))
		return -1;
	h->ioas = alloc.out_ioas_id;
	map.ioas_id = h->ioas;
	return ioctl(h->container, IOMMU_IOAS_MAP, &map);
}

/* Each of these returns the call that failed, with errno set, or NULL. */
static const char *group_own(const struct scn_device *d, struct handle *h)
{
	char *path = xasprintf("/dev/vfio/%d", pci_group(d));

	h->group = open(path, O_RDWR | O_CLOEXEC);
	free(path);
	if (h->group < 0 && errno == ENOENT) {
		path = xasprintf("/dev/vfio/noiommu-%d", pci_group(d));
		h->group = open(path, O_RDWR | O_CLOEXEC);
		h->noiommu = h->group >= 0;
		free(path);
	}
	if (h->group < 0)
		return "open";
	h->container = open(h->api == VFIO_API_COMPAT ? "/dev/iommu" :
			    "/dev/vfio/vfio", O_RDWR | O_CLOEXEC);
	if (h->container < 0)
		return "open container";
	if (ioctl(h->group, VFIO_GROUP_SET_CONTAINER, &h->container))
		return "SET_CONTAINER";
	return NULL;
}

static const char *group_attach(const struct scn_device *d, struct handle *h)
{
	if (ioctl(h->container, VFIO_SET_IOMMU, h->noiommu ?
		  VFIO_NOIOMMU_IOMMU : VFIO_TYPE1v2_IOMMU))
		return "SET_IOMMU";
	if (!h->noiommu && map_type1(h))
		return "MAP_DMA";
	h->dev = ioctl(h->group, VFIO_GROUP_GET_DEVICE_FD, pci_bdf(d));
	return h->dev < 0 ? "GET_DEVICE_FD" : NULL;
}

static int open_cdev(const struct scn_device *d)
{
	char *path = pci_path(d, "vfio-dev"), *node;
	DIR *dir = opendir(path);
	struct dirent *de;
	int fd = -1;

	free(path);
	errno = ENOENT;
	while (dir && (de = readdir(dir)))
		if (!strncmp(de->d_name, "vfio", 4) ||
		    !strncmp(de->d_name, "noiommu-", 8)) {
			node = xasprintf("/dev/vfio/devices/%s", de->d_name);
			fd = open(node, O_RDWR | O_CLOEXEC);
			free(node);
			break;
		}
	if (dir) {
		int err = errno;

		closedir(dir);
		errno = err;
	}
	return fd;
}

static const char *cdev_own(const struct scn_device *d, struct handle *h)
{
	struct vfio_device_bind_iommufd bind = { .argsz = sizeof(bind) };

	h->dev = open_cdev(d);
	if (h->dev < 0)
		return "open";
	h->container = open("/dev/iommu", O_RDWR | O_CLOEXEC);
	if (h->container < 0)
		return "open iommufd";
	bind.iommufd = h->container;
	if (ioctl(h->dev, VFIO_DEVICE_BIND_IOMMUFD, &bind))
		return "BIND_IOMMUFD";
	h->devid = bind.out_devid;
	return NULL;
}

static const char *cdev_attach(struct handle *h)
{
	struct vfio_device_attach_iommufd_pt attach = {
		.argsz = sizeof(attach),
	};

	if (map_ioas(h))
		return "IOAS_MAP";
	attach.pt_id = h->ioas;
	if (ioctl(h->dev, VFIO_DEVICE_ATTACH_IOMMUFD_PT, &attach))
		return "ATTACH_IOMMUFD_PT";
	return NULL;
}

/* Replaces what is attached by a domain whose IO page faults the user handles */
static const char *replace_by_faults(struct handle *h)
{
	struct iommu_fault_alloc queue = { .size = sizeof(queue) };
	struct iommu_hwpt_alloc hwpt = {
		.size = sizeof(hwpt),
		.flags = IOMMU_HWPT_FAULT_ID_VALID,
		.dev_id = h->devid,
		.pt_id = h->ioas,
	};
	struct vfio_device_attach_iommufd_pt attach = {
		.argsz = sizeof(attach),
	};

	if (ioctl(h->container, IOMMU_FAULT_QUEUE_ALLOC, &queue))
		return "FAULT_QUEUE_ALLOC";
	hwpt.fault_id = queue.out_fault_id;
	if (ioctl(h->container, IOMMU_HWPT_ALLOC, &hwpt))
		return "HWPT_ALLOC";
	attach.pt_id = hwpt.out_hwpt_id;
	if (ioctl(h->dev, VFIO_DEVICE_ATTACH_IOMMUFD_PT, &attach))
		return "ATTACH_IOMMUFD_PT";
	return NULL;
}

static const char *own(const struct scn_device *d, struct handle *h)
{
	return h->api == VFIO_API_CDEV ? cdev_own(d, h) : group_own(d, h);
}

static const char *attach(const struct scn_device *d, struct handle *h)
{
	return h->api == VFIO_API_CDEV ? cdev_attach(h) : group_attach(d, h);
}

/* "ok", or "ERRNO at CALL"; closes the handle unless all went well. */
static char *conclude(const struct scn_device *d, struct handle *h,
		      const char *call, bool keep)
{
	char *name = call ? errno_name(errno) : NULL, *out;

	if (call || !keep)
		handle_close(h);
	if ((call || !keep) && h->bound) {
		pci_unbind(d);
		h->bound = false;
	}
	out = call ? xasprintf("%s at %s", name, call) : xstrdup("ok");
	free(name);
	return out;
}

static const char *bind_vfio(const struct scn_device *d, struct handle *h)
{
	char *driver = pci_driver(d);
	int err;

	h->bound = !driver || strcmp(driver, "vfio-pci");
	free(driver);
	err = pci_bind(d, "vfio-pci");
	errno = err;
	return err ? "bind" : NULL;
}

static char *try_once(const struct scn_device *d, enum vfio_api api)
{
	struct handle h = NO_HANDLE;
	const char *call;

	h.api = api;
	call = own(d, &h);
	if (!call)
		call = attach(d, &h);
	return conclude(d, &h, call, false);
}

/*
 * With rounds=N the attempts go on until firmware has finished N further
 * round trips, so some of them overlap its DMA, whatever the timing.
 */
char *vfio_try(const struct scn_device *d, enum vfio_api api, const char *opt)
{
	struct handle binding = NO_HANDLE;
	unsigned long until = 0, attempts = 1;
	const char *call;
	char *first, *out;

	/* The lab's own kernels have it, or scripts/config fails. */
	if (api != VFIO_API_GROUP && access("/dev/iommu", F_OK))
		return xstrdup("SKIP the kernel has no iommufd");
	call = bind_vfio(d, &binding);
	if (call)
		return conclude(d, &binding, call, false);
	if (opt) {
		if (strncmp(opt, "rounds=", 7))
			die("%s: unknown option %s", scn->name, opt);
		if (!fw_running())
			die("%s: rounds= needs fw_start", scn->name);
		until = fw_rounds() + strtoul(opt + 7, NULL, 10);
	}

	first = try_once(d, api);
	while (opt && fw_running() && fw_rounds() < until) {
		char *again = try_once(d, api);

		attempts++;
		if (strcmp(first, again)) {
			out = xasprintf("%s, then %s", first, again);
			free(again);
			free(first);
			first = out;
			break;
		}
		free(again);
	}
	if (opt)
		diag("%lu attempts", attempts);
	if (binding.bound)
		pci_unbind(d);
	return first;
}

char *vfio_hold(const struct scn_device *d, const char *api, const char *stage)
{
	struct handle *h = &handles[d - scn->devices];
	const char *call;

	if (h->container >= 0)
		die("%s: %s is open already", scn->name, d->name);
	if (!strcmp(api, "cdev"))
		h->api = VFIO_API_CDEV;
	else if (!strcmp(api, "group"))
		h->api = VFIO_API_GROUP;
	else
		die("%s: hold through group or cdev, not %s", scn->name, api);

	call = bind_vfio(d, h);
	if (!call)
		call = own(d, h);
	if (!call && !strcmp(stage, "attached"))
		call = attach(d, h);
	else if (!call && strcmp(stage, "owned"))
		die("%s: hold owned or attached, not %s", scn->name, stage);
	return conclude(d, h, call, true);
}

/* As conclude(), but whatever happened the device is still claimed */
static char *conclude_attach(const char *call)
{
	char *name, *out;

	if (!call)
		return xstrdup("ok");
	name = errno_name(errno);
	out = xasprintf("%s at %s", name, call);
	free(name);
	return out;
}

char *vfio_attach(const struct scn_device *d)
{
	struct handle *h = &handles[d - scn->devices];

	return h->container < 0 ? xstrdup("not open") :
	       conclude_attach(attach(d, h));
}

char *vfio_attach_faults(const struct scn_device *d)
{
	struct handle *h = &handles[d - scn->devices];

	return h->api != VFIO_API_CDEV || !h->ioas ? xstrdup("not attached") :
	       conclude_attach(replace_by_faults(h));
}

/* The device's registers, for the owner of its group by another device */
char *vfio_open(const struct scn_device *d, const struct scn_device *holder)
{
	struct handle h = NO_HANDLE;
	const char *call;

	if (handles[holder - scn->devices].group < 0)
		return xstrdup("not open");
	call = bind_vfio(d, &h);
	if (!call) {
		h.dev = ioctl(handles[holder - scn->devices].group,
			      VFIO_GROUP_GET_DEVICE_FD, pci_bdf(d));
		if (h.dev < 0)
			call = "GET_DEVICE_FD";
	}
	return conclude(d, &h, call, false);
}

char *vfio_release(const struct scn_device *d)
{
	struct handle *h = &handles[d - scn->devices];

	if (h->container < 0)
		return xstrdup("not open");
	return conclude(d, h, NULL, false);
}
