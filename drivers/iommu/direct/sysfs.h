/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reserved regions of a device: how sysfs shows them.
 */
#ifndef __IOMMU_DIRECT_SYSFS_H
#define __IOMMU_DIRECT_SYSFS_H

#include "snapshot.h"

struct iommu_group;

int iommu_resv_show(const char *name, const struct iommu_resv *resv, char *buf,
		    int at, unsigned int *left_out);
int iommu_resv_show_left_out(char *buf, int at, unsigned int left_out);
ssize_t iommu_group_show_assignable(struct iommu_group *group, char *buf);

#endif
