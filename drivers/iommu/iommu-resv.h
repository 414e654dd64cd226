/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reserved regions of a device: what firmware said once, and what follows.
 *
 * Firmware tables (Intel RMRR, AMD IVMD, Arm RMR, device tree) name memory that
 * a device may access at any time. A region of type IOMMU_RESV_DIRECT must be
 * mapped 1:1 for as long as the device exists, so such a device may never be
 * attached to a domain that lacks the map.
 *
 * Everything here works on a snapshot of the driver's report. It knows nothing
 * of groups, hardware or locks; iommu.c asks it and acts on the answer.
 */
#ifndef __IOMMU_RESV_H
#define __IOMMU_RESV_H

#include <linux/iommu.h>
#include <linux/security.h>
#include <linux/types.h>

/**
 * struct iommu_resv_range - one reserved range of a snapshot
 * @start: first byte
 * @last: last byte; inclusive, so that a range may end where the space ends
 * @prot: IOMMU_READ, IOMMU_WRITE and the other protection flags
 * @type: what the range is reserved for
 * @source: firmware table or rule behind it, for people to read; may be NULL
 * @relaxed: what made it IOMMU_RESV_DIRECT_RELAXABLE, if the core did
 */
struct iommu_resv_range {
	phys_addr_t start;
	phys_addr_t last;
	int prot;
	enum iommu_resv_type type;
	const char *source;
	enum iommu_resv_relaxed relaxed;
};

/**
 * struct iommu_resv - the reserved regions of a device
 * @nr: number of entries in @ranges
 * @nr_direct: how many of them are IOMMU_RESV_DIRECT
 * @broken_source: table of a direct region that makes no sense, or NULL
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
 *  - do not overlap; where reported ones did, the piece they share is
 *    IOMMU_RESV_DIRECT if one of them was and grants what either granted,
 *  - are joined where they touch and do not differ in anything,
 *  - grant IOMMU_READ, IOMMU_WRITE or both.
 *
 * Ranges of the other types are as the driver reported them.
 *
 * A direct region that firmware described in a way that cannot be mapped holds
 * the device all the same: what firmware does with the memory is unknown.
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

/**
 * enum iommu_resv_use - who decides what a domain maps
 * @IOMMU_RESV_USE_CORE: the core, which sees to the direct regions itself
 * @IOMMU_RESV_USE_BLOCK: nobody, it maps nothing
 * @IOMMU_RESV_USE_USER: user space, through VFIO or iommufd
 * @IOMMU_RESV_USE_KERNEL: a driver of the kernel
 * @IOMMU_RESV_USE_SHARED: a driver of the kernel, which leaves the direct
 *			   regions in there to the core
 */
enum iommu_resv_use {
	IOMMU_RESV_USE_CORE,
	IOMMU_RESV_USE_BLOCK,
	IOMMU_RESV_USE_USER,
	IOMMU_RESV_USE_KERNEL,
	IOMMU_RESV_USE_SHARED,
};

/**
 * enum iommu_resv_name_state - what became of a name
 * @IOMMU_RESV_NAME_UNSEEN: the IOMMU core has seen no such device
 * @IOMMU_RESV_NAME_IDLE: there is nothing to relax
 * @IOMMU_RESV_NAME_USED: relaxed, or the reason why not was said
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
 * @held: relax what firmware holds explicitly, too
 * @state: what became of it
 */
struct iommu_resv_name {
	u32 domain;
	u16 rid;
	bool held;
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
void iommu_resv_relax_by_class(struct device *dev, struct list_head *reported);
struct iommu_resv *iommu_resv_snapshot(struct device *dev,
				       const struct list_head *reported);
struct iommu_resv *iommu_resv_union(const struct iommu_resv * const *resv,
				    unsigned int nr, unsigned long granule);
int iommu_resv_copy(const struct iommu_resv *resv, struct list_head *list);

/**
 * enum iommu_resv_map_flags - how iommu_resv_map() goes about it
 * @IOMMU_RESV_MAP_MISSING: the domain may hold some of the maps already
 * @IOMMU_RESV_MAP_DIRECT_ONLY: leave out what is relaxable
 * @IOMMU_RESV_MAP_QUIET: for the caller, who tries again before complaining
 */
enum iommu_resv_map_flags {
	IOMMU_RESV_MAP_MISSING = 1 << 0,
	IOMMU_RESV_MAP_DIRECT_ONLY = 1 << 1,
	IOMMU_RESV_MAP_QUIET = 1 << 2,
};

unsigned long iommu_resv_granule(const struct iommu_domain *domain);
int iommu_resv_map(struct iommu_domain *domain, const struct iommu_resv *want,
		   unsigned int flags, const struct iommu_resv_range **failed);

int iommu_resv_may_attach(const struct iommu_resv *resv,
			  struct iommu_domain *domain, enum iommu_resv_use use,
			  const struct iommu_resv_range **missing);
struct iommu_resv_range iommu_resv_reason(const struct iommu_resv *resv,
					  const struct iommu_resv_range *missing);
bool iommu_resv_explain(struct device *dev, const struct iommu_resv *resv,
			int group_id, const struct iommu_resv_range *missing);

int iommu_resv_show(const char *name, const struct iommu_resv *resv, char *buf,
		    int at, unsigned int *left_out);
int iommu_resv_show_left_out(char *buf, int at, unsigned int left_out);

int iommu_resv_guard_add(struct iommu_domain *domain,
			 const struct iommu_resv *resv);
void iommu_resv_guard_del(struct iommu_domain *domain,
			  const struct iommu_resv *resv);
void iommu_resv_guard_free(struct iommu_domain *domain);

/* Is the range one that has to be in a DMA domain, if only until relaxed? */
static inline bool iommu_resv_range_is_mapped(const struct iommu_resv_range *range)
{
	return range->type == IOMMU_RESV_DIRECT ||
	       range->type == IOMMU_RESV_DIRECT_RELAXABLE;
}

/* Is there any? Most devices have none, and nothing is to be done for them. */
static inline bool iommu_resv_has_mapped(const struct iommu_resv *resv)
{
	const struct iommu_resv_range *range;

	for (range = resv->ranges; range < iommu_resv_end(resv); range++)
		if (iommu_resv_range_is_mapped(range))
			return true;
	return false;
}

/* Must the device see its direct regions at all times? */
static inline bool iommu_resv_requires_direct(const struct iommu_resv *resv)
{
	return resv->nr_direct || resv->broken_source;
}

#endif
