/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reserved regions of a device: relax them if iommu.relax_direct= names it.
 */
#ifndef __IOMMU_DIRECT_RELAX_PARAM_H
#define __IOMMU_DIRECT_RELAX_PARAM_H

#include <linux/device.h>
#include <linux/list.h>
#include <linux/security.h>
#include <linux/types.h>

/**
 * enum iommu_resv_name_state - what has come of a name so far
 * @IOMMU_RESV_NAME_UNSEEN: the IOMMU core has seen no such device
 * @IOMMU_RESV_NAME_IDLE: the device has no direct region to relax
 * @IOMMU_RESV_NAME_USED: its regions were relaxed, or the log says why not
 */
enum iommu_resv_name_state {
	IOMMU_RESV_NAME_UNSEEN,
	IOMMU_RESV_NAME_IDLE,
	IOMMU_RESV_NAME_USED,
};

/**
 * struct iommu_resv_name - a device that iommu.relax_direct= names
 * @domain: its PCI domain
 * @rid: its bus, slot and function, as PCI_DEVID() encodes them
 * @checked: the device found there must have the IDs @vendor and @device
 * @vendor: PCI vendor ID
 * @device: PCI device ID
 * @force: relax regions that the table reserves explicitly, too
 * @state: what has come of it so far
 */
struct iommu_resv_name {
	u32 domain;
	u16 rid;
	bool checked;
	u32 vendor;
	u32 device;
	bool force;
	enum iommu_resv_name_state state;
};

/**
 * struct iommu_resv_names - all devices that iommu.relax_direct= names
 * @locked_down: security_locked_down(), or a test's replacement
 * @nr: number of entries in @name
 * @name: the devices; of fixed size, as they are parsed before kmalloc() works
 */
struct iommu_resv_names {
	int (*locked_down)(enum lockdown_reason what);
	unsigned int nr;
	struct iommu_resv_name name[32];
};

void iommu_resv_names_parse(struct iommu_resv_names *names, char *list);
void iommu_resv_relax_named(struct iommu_resv_names *names, struct device *dev,
			    struct list_head *reported);
void iommu_resv_relax_by_name(struct device *dev, struct list_head *reported);

#endif
