// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the kernel programmed for a device. It shows what no DMA can: what a
 * device may do that does none, and whose it is behind a PCIe-to-PCI bridge,
 * where all devices have one RID.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "guest.h"

/* Where the registers are that a driver claimed by this name; 0 if none did */
__u64 domain_registers(const char *name)
{
	char *all = read_file("/proc/iomem", NULL), *line, *save = NULL;
	unsigned long long start = 0;

	for (line = all ? strtok_r(all, "\n", &save) : NULL; line;
	     line = strtok_r(NULL, "\n", &save))
		if (strstr(line, name) && sscanf(line, "%llx-", &start) == 1)
			break;
	free(all);
	return start;
}

/* The requester ID under which the IOMMU looks the device up */
unsigned int domain_rid(const struct scn_device *d)
{
	unsigned int bus, slot, fn;

	if (sscanf(pci_alias(d), "%*x:%x:%x.%x", &bus, &slot, &fn) != 3)
		die("%s: where is %s?", scn->name, d->name);
	return bus << 8 | slot << 3 | fn;
}

/* "1:1", "mapped" (elsewhere), "unmapped", "identity", "blocked" or "absent" */
char *domain_lookup(const struct scn_device *d, const char *where)
{
	__u64 addr = edu_addr(where);

	if (!strcmp(scn->machine, "intel"))
		return domain_intel(d, addr);
	if (!strcmp(scn->machine, "amd"))
		return domain_amd(d, addr);
	if (!strcmp(scn->machine, "arm") || !strcmp(scn->machine, "iort"))
		return domain_arm(d, addr);
	return xstrdup("SKIP a machine without an IOMMU");
}
