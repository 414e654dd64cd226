/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reserved regions of a device: relaxed by its name.
 */
#ifndef __IOMMU_DIRECT_RELAX_PARAM_H
#define __IOMMU_DIRECT_RELAX_PARAM_H

#include <linux/device.h>
#include <linux/list.h>
#include <linux/security.h>
#include <linux/types.h>

/**
 * enum iommu_resv_name_state - what became of a name
 * @IOMMU_RESV_NAME_UNSEEN: the IOMMU core has seen no such device
 * @IOMMU_RESV_NAME_IDLE: there is nothing to relax
 * @IOMMU_RESV_NAME_USED: relaxed, or the reason why not was logged
 */
enum iommu_resv_name_state {
	IOMMU_RESV_NAME_UNSEEN,
	IOMMU_RESV_NAME_IDLE,
	IOMMU_RESV_NAME_USED,
};

/**
 * struct iommu_resv_name - a device that iommu.relax_direct= names
 * @domain: its PCI domain
 * @rid: its bus, slot and function, as of PCI_DEVID()
 * @checked: only if @vendor and @device are what is found there
 * @vendor: PCI vendor ID
 * @device: PCI device ID
 * @force: relax what firmware could have marked as relaxable, too
 * @state: whether it was used
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
 * struct iommu_resv_names - all of them
 * @locked_down: security_locked_down(), or what a test has instead
 * @nr: number of entries in @name
 * @name: static, since there is no memory to be had when they are parsed
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
