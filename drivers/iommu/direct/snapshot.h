/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reserved regions of a device: a snapshot of what the driver reported.
 *
 * Firmware tables (Intel RMRR, AMD IVMD, Arm RMR, device tree) name memory that
 * a device may access at any time. A region of type IOMMU_RESV_DIRECT must be
 * mapped 1:1 for as long as the device exists, so such a device may never be
 * attached to a domain that lacks this mapping.
 *
 * The functions here depend on no group, hardware or lock. iommu.c and group.c
 * call them.
 */
#ifndef __IOMMU_DIRECT_SNAPSHOT_H
#define __IOMMU_DIRECT_SNAPSHOT_H

#include <linux/iommu.h>
#include <linux/limits.h>
#include <linux/minmax.h>
#include <linux/types.h>

/**
 * struct iommu_resv_range - one reserved range of a snapshot
 * @start: first byte
 * @last: last byte; inclusive, so that a range may end where the space ends
 * @prot: IOMMU_READ, IOMMU_WRITE and the other protection flags
 * @type: what the range is reserved for
 * @source: firmware table or rule that it comes from, for messages; may be NULL
 * @err: why it cannot be mapped, see iommu_resv_map(), or 0; 0 in a snapshot
 * @relaxed: why the core made it IOMMU_RESV_DIRECT_RELAXABLE, if it did
 */
struct iommu_resv_range {
	phys_addr_t start;
	phys_addr_t last;
	int prot;
	enum iommu_resv_type type;
	const char *source;
	int err;
	enum iommu_resv_relaxed relaxed;
};

/**
 * struct iommu_resv - the reserved regions of a device
 * @nr: number of entries in @ranges
 * @nr_direct: how many of them are IOMMU_RESV_DIRECT
 * @broken_source: table of a malformed direct region, or NULL
 * @broken_start: start of that region, as reported
 * @broken_length: length of that region, as reported
 * @ranges: the regions, see below
 *
 * Taken once, when the device is probed, and immutable from then on: readers
 * need no lock, only a device that stays probed.
 *
 * @ranges is sorted by start. The IOMMU_RESV_DIRECT and
 * IOMMU_RESV_DIRECT_RELAXABLE ranges among them
 *
 *  - start and end at page boundaries, rounded outward from what was reported,
 *  - do not overlap: where reported regions did, the part that they share is
 *    IOMMU_RESV_DIRECT if one of them was, and permits each access that one of
 *    them permitted,
 *  - are joined if they touch and differ in nothing else,
 *  - permit IOMMU_READ, IOMMU_WRITE or both.
 *
 * Ranges of the other types are as the driver reported them.
 *
 * A device with a malformed direct region requires direct regions as well,
 * since it is unknown which memory firmware uses, and how.
 */
struct iommu_resv {
	unsigned int nr;
	unsigned int nr_direct;
	const char *broken_source;
	phys_addr_t broken_start;
	size_t broken_length;
	struct iommu_resv_range ranges[] __counted_by(nr);
};

static inline const struct iommu_resv_range *
iommu_resv_end(const struct iommu_resv *resv)
{
	return resv->ranges + resv->nr;
}

struct iommu_resv *iommu_resv_snapshot(struct device *dev,
				       const struct list_head *reported);
struct iommu_resv *iommu_resv_union(const struct iommu_resv * const *resv,
				    unsigned int nr, unsigned long granule);
int iommu_resv_copy(const struct iommu_resv *resv, struct list_head *list);

/*
 * Does a DMA domain have to map the range? A relaxable one has to be mapped
 * only until the device is assigned.
 */
static inline bool
iommu_resv_range_is_mapped(const struct iommu_resv_range *range)
{
	return range->type == IOMMU_RESV_DIRECT ||
	       range->type == IOMMU_RESV_DIRECT_RELAXABLE;
}

/*
 * A range may be too long for a size_t. The limit is a power of two, so that
 * what follows can be mapped with large pages, too.
 */
static inline size_t iommu_resv_chunk(phys_addr_t start, phys_addr_t last)
{
	return min_t(u64, last - start, SIZE_MAX / 2) + 1;
}

/* Must the direct regions of the device be mapped at all times? */
static inline bool iommu_resv_requires_direct(const struct iommu_resv *resv)
{
	return resv->nr_direct || resv->broken_source;
}

#endif
