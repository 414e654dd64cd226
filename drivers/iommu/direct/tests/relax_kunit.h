/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the KUnit suites of relaxing regions share, in relax_kunit.c.
 */
#ifndef __IOMMU_DIRECT_TESTS_RELAX_KUNIT_H
#define __IOMMU_DIRECT_TESTS_RELAX_KUNIT_H

#include <kunit/test.h>
#include <linux/iommu.h>
#include <linux/list.h>
#include <linux/pci.h>

#include "../snapshot.h"

#define RW	(IOMMU_READ | IOMMU_WRITE)

#define DIRECT		IOMMU_RESV_DIRECT
#define RELAXABLE	IOMMU_RESV_DIRECT_RELAXABLE
#define RESERVED	IOMMU_RESV_RESERVED

#define BY_CLASS	IOMMU_RESV_RELAXED_BY_CLASS
#define BY_CARD		IOMMU_RESV_RELAXED_BY_CARD
#define BY_NAME		IOMMU_RESV_RELAXED_BY_NAME

#define CLASS_NVME	0x010802
#define CLASS_NIC	0x020000
#define CLASS_VGA	0x030000
#define CLASS_3D	0x030200
#define CLASS_SOUND	0x040300
#define CLASS_BRIDGE	0x060400
#define CLASS_USB	0x0c0330
#define CLASS_UCSI	0x0c8000

#define RID(bus, slot, func)	PCI_DEVID(bus, PCI_DEVFN(slot, func))

__printf(2, 3) char *relax_text(struct kunit *test, const char *fmt, ...);

/* Add a region to a report; returned so that tests can look at it later */
struct iommu_resv_region *relax_report(struct kunit *test,
				       struct list_head *list,
				       phys_addr_t start, size_t length,
				       enum iommu_resv_type type,
				       bool relax_by_class);

struct pci_dev *relax_plug(struct kunit *test, u32 class, int domain, u16 rid);

/* At most two per test; relax_test_exit() frees them */
struct iommu_resv *relax_snapshot(struct kunit *test, struct device *dev,
				  struct list_head *list);
void relax_test_exit(struct kunit *test);

#endif
