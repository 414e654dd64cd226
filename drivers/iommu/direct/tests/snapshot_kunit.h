/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the KUnit suites of reserved regions share, in snapshot_kunit.c.
 *
 * No hardware and no groups here.
 */
#ifndef __IOMMU_DIRECT_TESTS_SNAPSHOT_KUNIT_H
#define __IOMMU_DIRECT_TESTS_SNAPSHOT_KUNIT_H

#include <kunit/test.h>
#include <linux/iommu.h>
#include <linux/string.h>

#include "../../tests/mock.h"
#include "../snapshot.h"

#define R	IOMMU_READ
#define W	IOMMU_WRITE
#define RW	(IOMMU_READ | IOMMU_WRITE)

#define DIRECT		IOMMU_RESV_DIRECT
#define RELAXABLE	IOMMU_RESV_DIRECT_RELAXABLE
#define RESERVED	IOMMU_RESV_RESERVED

#define TOP		PHYS_ADDR_MAX

/* What a driver reports */
struct report {
	phys_addr_t start;
	size_t length;
	int prot;
	enum iommu_resv_type type;
	const char *source;
};

/**
 * struct resv_test - what a test works with
 * @dev: a device
 * @mock: a domain
 * @resv: snapshots and unions to free at the end
 * @nr_resv: number of entries in @resv
 */
struct resv_test {
	struct device *dev;
	struct mock_domain mock;
	struct iommu_resv *resv[16];
	unsigned int nr_resv;
};

/* Called before and after each test of every suite */
int resv_test_init(struct kunit *test);
void resv_test_exit(struct kunit *test);

void resv_report(const struct report *report, unsigned int nr,
		 struct iommu_resv_region *region, struct list_head *list);
struct iommu_resv *resv_keep(struct kunit *test, struct iommu_resv *resv);
struct iommu_resv *resv_snapshot(struct kunit *test,
				 const struct report *report, unsigned int nr);

static inline bool resv_same_source(const char *a, const char *b)
{
	return a == b || (a && b && !strcmp(a, b));
}

/* The snapshot of a table of reported regions */
#define SNAPSHOT(test, ...) ({						\
	static const struct report __r[] = { __VA_ARGS__ };		\
	resv_snapshot(test, __r, ARRAY_SIZE(__r));			\
})

#endif
