// SPDX-License-Identifier: GPL-2.0-only
/* Devices of the scenario as the guest's PCI core sees them. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "guest.h"

#define SYSFS_PCI	"/sys/bus/pci"
#define PCI_COMMAND	0x04
#define  PCI_CMD_ON	0x06	/* memory decoding and bus mastering */

static char bdfs[SCN_MAX_DEVICES][BDF_LEN];
static char aliases[SCN_MAX_DEVICES][BDF_LEN];

struct scn_device *pci_dev(const char *name)
{
	struct scn_device *d = scn_device(scn, name);

	if (!d)
		die("%s: no device \"%s\"", scn->name, name);
	return d;
}

const char *pci_bdf(const struct scn_device *d)
{
	return bdfs[d - scn->devices];
}

/* The requester ID under which a device's DMA arrives at the IOMMU. */
const char *pci_alias(const struct scn_device *d)
{
	return aliases[d - scn->devices];
}

char *pci_path(const struct scn_device *d, const char *file)
{
	return xasprintf(SYSFS_PCI "/devices/%s%s%s", pci_bdf(d),
			 *file ? "/" : "", file);
}

bool pci_present(const struct scn_device *d)
{
	char *path = pci_path(d, "");
	bool ret = !access(path, F_OK);

	free(path);
	return ret;
}

static int pci_write(const struct scn_device *d, const char *file,
		     const char *val)
{
	char *path = pci_path(d, file);
	int err = write_str(path, val);

	free(path);
	return err;
}

/* The last component of a link in the device's directory, or NULL. */
static char *pci_link(const struct scn_device *d, const char *file)
{
	char *path = pci_path(d, file), buf[PATH_MAX];
	ssize_t n = readlink(path, buf, sizeof(buf) - 1);

	free(path);
	if (n < 0)
		return NULL;
	buf[n] = '\0';
	return xstrdup(strrchr(buf, '/') + 1);
}

/*
 * A device tree's device has a group from when its first driver binds. This
 * one leaves the device alone until it is opened.
 */
static void pci_settle(const struct scn_device *d)
{
	if (access("/sys/firmware/devicetree", F_OK) || pci_group(d) >= 0)
		return;
	pci_bind(d, "vfio-pci");
	pci_unbind(d);
}

/* Bus numbers behind bridges are the firmware's choice: ask the bridge. */
static unsigned int pci_bus(const struct scn_device *d)
{
	char *path, *val;
	unsigned int bus;

	if (d->bridge < 0)
		return 0;
	path = pci_path(&scn->devices[d->bridge], "secondary_bus_number");
	val = read_line(path);
	if (!val)
		die("%s: no bridge %s", scn->name,
		    scn->devices[d->bridge].name);
	bus = strtoul(val, NULL, 10);
	free(val);
	free(path);
	return bus;
}

void pci_init(void)
{
	for (int i = 0; i < scn->ndevices; i++) {
		struct scn_device *d = &scn->devices[i];
		unsigned int bus = pci_bus(d);
		bool conventional = d->bridge >= 0 &&
			!strncmp(scn->devices[d->bridge].model,
				 "pcie-pci-bridge", 15);

		snprintf(bdfs[i], BDF_LEN, "0000:%02x:%02x.%x", bus & 0xff,
			 d->slot & 0x1f, d->fn & 7);
		if (conventional)
			snprintf(aliases[i], BDF_LEN, "0000:%02x:00.0",
				 bus & 0xff);
		else
			memcpy(aliases[i], bdfs[i], BDF_LEN);
		/* The scenario brings it about itself, say a VF. */
		if (!strcmp(d->model, "-"))
			continue;
		if (!pci_present(d))
			die("%s: device %s is not at %s", scn->name, d->name,
			    bdfs[i]);
		pci_settle(d);
		diag("%s is %s, group %d", d->name, bdfs[i], pci_group(d));
	}
}

char *pci_driver(const struct scn_device *d)
{
	return pci_link(d, "driver");
}

int pci_unbind(const struct scn_device *d)
{
	char *driver = pci_driver(d), *path;
	int err;

	pci_write(d, "driver_override", "\n");
	if (!driver)
		return 0;
	path = xasprintf(SYSFS_PCI "/drivers/%s/unbind", driver);
	err = write_str(path, pci_bdf(d));
	free(path);
	free(driver);
	return err;
}

int pci_bind(const struct scn_device *d, const char *driver)
{
	char *now = pci_driver(d);
	int err = 0;

	if (now && !strcmp(now, driver))
		goto out;
	err = pci_unbind(d);
	if (!err)
		err = pci_write(d, "driver_override", driver);
	if (!err)
		err = write_str(SYSFS_PCI "/drivers_probe", pci_bdf(d));
	if (err)
		goto out;
	free(now);
	now = pci_driver(d);
	/* The driver core keeps a failing probe's error to itself. */
	if (!now)
		err = ENODEV;
out:
	free(now);
	return err;
}

int pci_group(const struct scn_device *d)
{
	char *link = pci_link(d, "iommu_group");
	int group = link ? atoi(link) : -1;

	free(link);
	return group;
}

static void config_or(const char *dir, __u16 bits)
{
	char *path = xasprintf("%s/config", dir);
	int fd = open(path, O_RDWR | O_CLOEXEC);
	__u16 cmd;

	if (fd >= 0 && pread(fd, &cmd, 2, PCI_COMMAND) == 2 &&
	    (cmd & bits) != bits) {
		cmd |= bits;
		if (pwrite(fd, &cmd, 2, PCI_COMMAND) != 2)
			die("cannot write %s: %s", path, strerror(errno));
	}
	if (fd >= 0)
		close(fd);
	free(path);
}

/*
 * Firmware leaves its devices and the bridges above them mastering the bus;
 * drivers switch that off when they unbind. Switch it on without a driver.
 */
void pci_set_master(const struct scn_device *d)
{
	char *path = pci_path(d, ""), *real = realpath(path, NULL), *slash;

	free(path);
	if (!real)
		return;
	while (strstr(real, "/pci0000:00/")) {
		config_or(real, PCI_CMD_ON);
		slash = strrchr(real, '/');
		*slash = '\0';
	}
	free(real);
}

__u64 pci_bar(const struct scn_device *d)
{
	char *path = pci_path(d, "resource"), *val = read_line(path);
	__u64 bar = val ? strtoull(val, NULL, 0) : 0;

	free(path);
	free(val);
	return bar;
}

char *pci_remove(const struct scn_device *d)
{
	int err = pci_write(d, "remove", "1");

	if (err)
		return errno_name(err);
	return xstrdup(pci_present(d) ? "still there" : "ok");
}

char *pci_rescan(const struct scn_device *d)
{
	int err = write_str(SYSFS_PCI "/rescan", "1");

	if (err)
		return errno_name(err);
	if (!pci_present(d))
		return xstrdup("absent");
	pci_settle(d);
	return xstrdup("ok");
}

static char *group_file(const struct scn_device *d, const char *file)
{
	int group = pci_group(d);

	return group < 0 ? NULL :
	       xasprintf("/sys/kernel/iommu_groups/%d/%s", group, file);
}

char *pci_type(const struct scn_device *d)
{
	char *path = group_file(d, "type"), *type;

	if (!path)
		return xstrdup("no group");
	type = read_line(path);
	free(path);
	return type ? type : errno_name(errno);
}

char *pci_set_type(const struct scn_device *d, const char *type)
{
	char *path = group_file(d, "type");
	int err;

	if (!path)
		return xstrdup("no group");
	err = write_str(path, type);
	free(path);
	return err ? errno_name(err) : xstrdup("ok");
}

/* Interrupt windows are the machine's, not the device's: leave them out. */
char *pci_resv(const struct scn_device *d)
{
	char *path = group_file(d, "reserved_regions"), *out = xstrdup("");
	char type[32], *line = NULL;
	unsigned long long start, end;
	size_t size = 0;
	FILE *f;

	if (!path)
		return xstrdup("no group");
	f = fopen(path, "re");
	if (!f)
		return errno_name(errno);
	while (getline(&line, &size, f) > 0) {
		char *old = out;

		if (sscanf(line, "%llx %llx %31s", &start, &end, type) != 3 ||
		    !strcmp(type, "msi"))
			continue;
		out = xasprintf("%s%s%s 0x%llx-0x%llx", old, *old ? ", " : "",
				type, start, end);
		free(old);
	}
	fclose(f);
	free(line);
	free(path);
	return *out ? out : xstrdup("none");
}

/* The lines of the file, as one */
char *pci_assignable(const struct scn_device *d)
{
	char *path = group_file(d, "assignable"), *text;

	if (!path)
		return xstrdup("no group");
	text = read_file(path, NULL);
	free(path);
	if (!text)
		return errno_name(errno);
	text[strlen(text) - 1] = '\0';
	for (char *c = text; (c = strchr(c, '\n')); c++)
		*c = ',';
	return text;
}
