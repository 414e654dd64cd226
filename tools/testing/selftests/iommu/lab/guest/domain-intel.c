// SPDX-License-Identifier: GPL-2.0-only
/* What the Intel driver's debugfs says that it programmed for a device. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "guest.h"

#define INTEL_DEBUGFS	"/sys/kernel/debug/iommu/intel"
#define PTE_ADDR_MASK	0x000ffffffffff000ULL

/* No page table: is the device blocked or does it see physical memory? */
static char *without_table(const struct scn_device *d)
{
	char *all = read_file(INTEL_DEBUGFS "/dmar_translation_struct", NULL);
	char *line, *save = NULL, *last;
	const char *out = "blocked";
	unsigned long long lo;

	for (line = all ? strtok_r(all, "\n", &save) : NULL; line;
	     line = strtok_r(NULL, "\n", &save)) {
		if (strncmp(line, pci_bdf(d) + 5, 7))
			continue;
		/*
		 * Legacy mode ends in an invalid PASID and zeros after the
		 * context entry; scalable mode in the PASID entry.
		 */
		last = strrchr(line, ':');
		lo = last ? strtoull(last + 1, NULL, 16) : 0;
		if (lo) {
			if ((lo & 1) && (lo >> 6 & 7) == 4)
				out = "identity";
		} else if (sscanf(line, "%*s %*s %*[^:]:%llx", &lo) == 1) {
			if ((lo & 1) && (lo >> 2 & 3) == 2)
				out = "identity";
		}
	}
	free(all);
	return xstrdup(out);
}

char *domain_intel(const struct scn_device *d, __u64 addr)
{
	char *path, *text, *line, *save = NULL, *out = NULL;

	if (access(INTEL_DEBUGFS, F_OK))
		return xstrdup("SKIP needs CONFIG_INTEL_IOMMU_DEBUGFS");
	path = xasprintf(INTEL_DEBUGFS "/%s/domain_translation_struct",
			 pci_bdf(d));
	text = read_file(path, NULL);
	free(path);
	if (!text)
		return xstrdup("absent");
	if (!*text) {
		free(text);
		return without_table(d);
	}
	for (line = strtok_r(text, "\n", &save); line && !out;
	     line = strtok_r(NULL, "\n", &save)) {
		unsigned long long pfn, e[5] = { 0 }, size, iova;
		int n = sscanf(line, "0x%llx | %llx %llx %llx %llx %llx", &pfn,
			       &e[0], &e[1], &e[2], &e[3], &e[4]);

		if (n < 4)
			continue;
		/* A row of 3, 4 or 5 levels ends in a 1G, 2M or 4K leaf. */
		size = 1ULL << (12 + 9 * (6 - n));
		iova = pfn << 12;
		if (addr < iova || addr >= iova + size)
			continue;
		out = xstrdup((e[n - 2] & PTE_ADDR_MASK & ~(size - 1)) == iova ?
			      "1:1" : "mapped");
	}
	free(text);
	return out ? out : xstrdup("unmapped");
}
