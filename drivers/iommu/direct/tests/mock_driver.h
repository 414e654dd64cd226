/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A mock IOMMU driver for the KUnit suites of the IOMMU core.
 *
 * PCI and platform devices go through the core's own probe, attach and claim
 * code. The mock records the attaches, so that a test can check that some never
 * happen. After each step, mock_check() compares the result with the table
 * above struct iommu_rid.
 */
#ifndef __IOMMU_DIRECT_TESTS_MOCK_DRIVER_H
#define __IOMMU_DIRECT_TESTS_MOCK_DRIVER_H

#include <kunit/test.h>
#include <linux/atomic.h>
#include <linux/iommu.h>
#include <linux/mutex.h>
#include <linux/pci.h>
#include <linux/platform_device.h>
#include <linux/sizes.h>

#include "../../tests/mock.h"

#define R	IOMMU_READ
#define W	IOMMU_WRITE
#define RW	(IOMMU_READ | IOMMU_WRITE)

#define DIRECT		IOMMU_RESV_DIRECT
#define RELAXABLE	IOMMU_RESV_DIRECT_RELAXABLE

/* Printed with a region, so tests look for it in the log */
#define TABLE	"MOCK table"

/* A reserved region as firmware describes it */
struct region {
	phys_addr_t start;
	size_t length;
	int prot;
	enum iommu_resv_type type;
	const char *source;
};

/* The reserved regions of a device; a region without a source ends the list */
struct firmware {
	struct region regions[4];
};

/**
 * struct mock_dev - a device and what the hardware knows of it
 * @node: in &mock_iommu.devices
 * @id: its number
 * @platform: a platform device: it shares its RID with all devices of its
 *	      group. Other devices are on the mock's PCI bus.
 * @pdev: the platform device, NULL while it is not plugged in
 * @pci: the PCI device, likewise
 * @devfn: its devfn while it is on the PCI bus, or -1
 * @control: its config registers that the kernel can write
 * @dev: its struct device, NULL while it is not plugged in
 * @firmware: its reserved regions
 * @group: devices of the same number share a group, 0 is a group of its own
 * @type: default domain type that the driver asks for, 0 is none
 * @rid: DMA alias of a PCI device; PCI devices with the same alias share their
 *	 RID. 0 is none: its RID is its own
 * @nr_rids: number of its aliases, which are consecutive from @rid on; 0 is one
 * @ats: a PCI device has ATS
 * @pasid_bits: width of its PASIDs, 0 is none
 * @deferred: attach on the first DMA only
 * @probe_error: error that probe_device() returns for it, 0 is none
 * @report_error: error that get_resv_regions() returns for it, 0 is none
 * @no_paging: a paging domain cannot be allocated for it
 * @fail_attach: the n-th attach from now fails; 0 is never
 * @fail_more: number of attaches directly after that one that fail, too
 * @reports: number of calls of get_resv_regions() since it was probed
 * @finalized: number of calls of probe_finalize() since it was probed
 * @probed: between probe_device() and release_device()
 * @attached: the domain that was last attached for it since it was probed
 * @failed: the last attach has failed
 * @failures: attaches that failed since mock_check() last found its RID
 *	      attached without a fallback, see &enum mock_failure
 * @hw: the domain that the hardware translates with, NULL for none
 * @uncovered: number of attaches to a domain without its direct regions
 * @log: domains of the first attaches, including those that failed
 * @nr_log: number of entries in @log
 */
struct mock_dev {
	struct list_head node;
	int id;
	bool platform;
	struct platform_device *pdev;
	struct pci_dev *pci;
	int devfn;
	u16 control[3];
	struct device *dev;
	const struct firmware *firmware;
	unsigned int group;
	unsigned int type;
	u32 rid;
	unsigned int nr_rids;
	bool ats;
	u32 pasid_bits;
	bool deferred;
	int probe_error;
	int report_error;
	bool no_paging;
	unsigned int fail_attach;
	unsigned int fail_more;
	unsigned int reports;
	unsigned int finalized;
	bool probed;
	struct iommu_domain *attached;
	bool failed;
	unsigned int failures;
	struct iommu_domain *hw;
	unsigned int uncovered;
	const struct iommu_domain *log[64];
	unsigned int nr_log;
};

/* The kinds of domains that could not be attached */
enum mock_failure {
	MOCK_FAILED_DIRECT = 1 << 0,
	MOCK_FAILED_BLOCKED = 1 << 1,
	MOCK_FAILED_OTHER = 1 << 2,
};

/**
 * struct mock_iommu - the mock IOMMU of a test
 * @test: the test
 * @iommu: the instance
 * @ops: ops of its driver; a test may change them before mock_start()
 * @fwnode: its firmware node, if devices get IDs from firmware
 * @started: registered
 * @lock: protects what the hardware translates with, see mock_hw_set()
 * @bus: bus of the PCI devices
 * @sysdata: of @bus
 * @devices: list of &struct mock_dev
 * @nr_devices: number of devices created so far, the id of the next one
 * @pgsizes: page sizes of its domains
 * @aperture_end: last IOVA of its domains
 * @hw_limit: last IOVA that it translates; the driver checks that only when it
 *	      attaches a domain
 * @map_after_attach: its domains have no page table before they are attached
 * @map_error: error of mapping in domains that it allocates from now on
 * @nr_domains: number of paging domains that are allocated
 * @freed_in_use: domains freed while the hardware still used them
 * @wrong_old: attaches for which the core passed a wrong old domain
 * @domains: domains that the test allocated, freed at its end
 * @nr_test_domains: number of entries in @domains
 */
struct mock_iommu {
	struct kunit *test;
	struct iommu_device iommu;
	struct iommu_ops ops;
	struct fwnode_handle *fwnode;
	bool started;
	struct mutex lock; /* what the hardware translates with */
	struct pci_bus *bus;
	struct pci_sysdata sysdata;
	struct list_head devices;
	unsigned int nr_devices;
	unsigned long pgsizes;
	dma_addr_t aperture_end;
	dma_addr_t hw_limit;
	bool map_after_attach;
	int map_error;
	atomic_t nr_domains;
	unsigned int freed_in_use;
	unsigned int wrong_old;
	struct iommu_domain *domains[8];
	unsigned int nr_test_domains;
};

/* Global, since the callbacks of the driver get no context */
extern struct mock_iommu *mock_iommu;

extern const struct firmware mock_direct;
extern const struct firmware mock_relaxable;
extern const struct firmware mock_nothing;

extern struct iommu_domain mock_identity;
extern struct iommu_domain mock_blocked;
extern const struct iommu_domain_ops mock_paging_ops;

/* Called before and after each test of every suite */
int mock_test_init(struct kunit *test);
void mock_test_exit(struct kunit *test);

struct mock_dev *mock_find(struct device *dev);
bool mock_same_rid(const struct mock_dev *a, const struct mock_dev *b);
bool mock_is_static(const struct iommu_domain *domain);
bool mock_covers(const struct mock_dev *mdev, struct iommu_domain *domain);
int mock_try_start(void);
void mock_start(struct kunit *test);
void mock_start_ids(struct kunit *test);
void mock_stop(void);
struct mock_dev *mock_new_dev(struct kunit *test, unsigned int group,
			      const struct firmware *firmware);
int mock_set_ids(struct mock_dev *mdev);
int mock_try_plug(struct mock_dev *mdev);
void mock_plug(struct kunit *test, struct mock_dev *mdev);
void mock_unplug(struct mock_dev *mdev);
struct mock_dev *mock_plug_new(struct kunit *test, unsigned int group,
			       const struct firmware *firmware);
struct mock_dev *mock_plug_rid(struct kunit *test, unsigned int group, u32 rid,
			       const struct firmware *firmware);
struct mock_dev *mock_plug_slot(struct kunit *test, unsigned int group,
				const struct firmware *firmware);
struct iommu_domain *mock_new_domain(struct kunit *test, struct mock_dev *mdev);
struct iommu_domain *mock_new_shared_domain(struct kunit *test,
					    struct mock_dev *mdev);
void mock_map_direct(struct kunit *test, struct iommu_domain *domain,
		     const struct mock_dev *mdev);
struct iommu_domain *mock_give_to_user(struct kunit *test,
				       struct mock_dev *mdev);
struct iommu_domain *mock_default_domain(struct mock_dev *mdev);
unsigned int mock_attaches_to(const struct mock_dev *mdev,
			      const struct iommu_domain *domain);
void mock_expect_direct_now(struct kunit *test, const struct mock_dev *mdev);
void mock_expect_always_direct(struct kunit *test, const struct mock_dev *mdev);
void mock_hw_set(struct mock_dev *mdev, struct iommu_domain *domain);
void mock_expect_on(struct kunit *test, const struct mock_dev *mdev,
		    const struct iommu_domain *domain);
ssize_t mock_group_file(struct mock_dev *mdev, const char *name,
			const char *value, char *buf);
ssize_t mock_set_type(struct mock_dev *mdev, const char *type);

/* The PCI bus, in mock_pci.c */
int mock_pci_plug(struct mock_dev *mdev);
void mock_pci_unplug(struct mock_dev *mdev);
void mock_pci_exit(void);

/* Check what is attached to what, in mock_check.c */
void mock_check(struct kunit *test);
void mock_check_group(struct kunit *test, struct iommu_group *group);

#endif
