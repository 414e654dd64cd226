// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reserved regions of a device: the snapshot.
 *
 * See snapshot.h for the terms and for what a snapshot promises.
 */
#include <linux/align.h>
#include <linux/array_size.h>
#include <linux/device.h>
#include <linux/err.h>
#include <linux/iommu.h>
#include <linux/list.h>
#include <linux/minmax.h>
#include <linux/slab.h>
#include <linux/sort.h>

#include "snapshot.h"

#define RESV_RW			(IOMMU_READ | IOMMU_WRITE)
/* Flags that restrict access: an overlap has them if both regions do */
#define RESV_NARROWING		(IOMMU_NOEXEC | IOMMU_PRIV)

static const char *resv_source(const char *source)
{
	return source ?: "firmware";
}

static int resv_cmp_start(const void *a, const void *b)
{
	phys_addr_t x = *(const phys_addr_t *)a, y = *(const phys_addr_t *)b;

	return x < y ? -1 : x > y;
}

static int resv_cmp_range(const void *a, const void *b)
{
	const struct iommu_resv_range *x = a, *y = b;

	if (x->start != y->start)
		return x->start < y->start ? -1 : 1;
	return x->type < y->type ? -1 : x->type > y->type;
}

/* The range @b covers the piece @a as well: add what it requires */
static void resv_combine(struct iommu_resv_range *a,
			 const struct iommu_resv_range *b)
{
	int narrow = a->prot & b->prot & RESV_NARROWING;
	int access = (a->prot | b->prot) & RESV_RW;

	/* The direct one also determines other flags, such as IOMMU_MMIO */
	if (a->type != IOMMU_RESV_DIRECT && b->type == IOMMU_RESV_DIRECT) {
		a->type = b->type;
		a->prot = b->prot;
		a->source = b->source;
		a->relaxed = b->relaxed;
	}
	a->prot = (a->prot & ~RESV_NARROWING) | access | narrow;
}

static bool resv_joins(const struct iommu_resv_range *a,
		       const struct iommu_resv_range *b)
{
	/* @b starts after @a ends, so the sum cannot wrap */
	return a->last + 1 == b->start && a->type == b->type &&
	       a->prot == b->prot && a->relaxed == b->relaxed &&
	       !strcmp(resv_source(a->source), resv_source(b->source));
}

/*
 * Cut the @nr mapped ranges in @in wherever one of them begins or ends, combine
 * those that cover the same piece, and write the pieces to @out in the order of
 * their addresses. @out and @cuts have room for 2 * @nr entries. If @join, join
 * pieces that touch and do not differ. This takes quadratic time, but firmware
 * tables are short.
 */
static unsigned int resv_disjoin(const struct iommu_resv_range *in,
				 unsigned int nr, phys_addr_t *cuts, bool join,
				 struct iommu_resv_range *out)
{
	unsigned int i, j, nr_cuts = 0, nr_out = 0;

	for (i = 0; i < nr; i++) {
		cuts[nr_cuts++] = in[i].start;
		if (in[i].last != PHYS_ADDR_MAX)
			cuts[nr_cuts++] = in[i].last + 1;
	}
	sort(cuts, nr_cuts, sizeof(*cuts), resv_cmp_start, NULL);

	for (i = 0; i < nr_cuts; i++) {
		struct iommu_resv_range piece = { .start = cuts[i] };
		bool covered = false;

		if (i + 1 < nr_cuts && cuts[i + 1] == cuts[i])
			continue;
		piece.last = i + 1 < nr_cuts ? cuts[i + 1] - 1 : PHYS_ADDR_MAX;

		for (j = 0; j < nr; j++) {
			if (in[j].start > piece.start ||
			    in[j].last < piece.last)
				continue;
			if (covered) {
				resv_combine(&piece, &in[j]);
				continue;
			}
			piece.type = in[j].type;
			piece.prot = in[j].prot;
			piece.source = in[j].source;
			piece.relaxed = in[j].relaxed;
			covered = true;
		}
		if (!covered)
			continue;
		if (join && nr_out && resv_joins(&out[nr_out - 1], &piece))
			out[nr_out - 1].last = piece.last;
		else
			out[nr_out++] = piece;
	}
	return nr_out;
}

/*
 * Make a snapshot of @ranges. The first @nr_mapped entries have to be mapped:
 * round them outward to @granule and remove overlaps. Copy the @nr_other
 * entries that follow as they are.
 */
static struct iommu_resv *resv_build(struct iommu_resv_range *ranges,
				     unsigned int nr_mapped,
				     unsigned int nr_other,
				     unsigned long granule, bool join)
{
	struct iommu_resv_range *pieces = NULL;
	struct iommu_resv *resv = NULL;
	phys_addr_t *cuts = NULL;
	unsigned int i, nr = 0;

	/* Most devices have none */
	if (unlikely(nr_mapped)) {
		pieces = kvcalloc(2 * nr_mapped, sizeof(*pieces), GFP_KERNEL);
		cuts = kvcalloc(2 * nr_mapped, sizeof(*cuts), GFP_KERNEL);
		if (!pieces || !cuts)
			goto out;

		for (i = 0; i < nr_mapped; i++) {
			ranges[i].start = ALIGN_DOWN(ranges[i].start,
						     (phys_addr_t)granule);
			ranges[i].last |= granule - 1;
		}
		nr = resv_disjoin(ranges, nr_mapped, cuts, join, pieces);
	}

	resv = kvzalloc(struct_size(resv, ranges, nr + nr_other), GFP_KERNEL);
	if (!resv)
		goto out;
	resv->nr = nr + nr_other;
	if (nr)
		memcpy(resv->ranges, pieces, nr * sizeof(*pieces));
	memcpy(resv->ranges + nr, ranges + nr_mapped,
	       nr_other * sizeof(*ranges));
	sort(resv->ranges, resv->nr, sizeof(*resv->ranges), resv_cmp_range,
	     NULL);

	for (i = 0; i < resv->nr; i++)
		resv->nr_direct += resv->ranges[i].type == IOMMU_RESV_DIRECT;
out:
	kvfree(cuts);
	kvfree(pieces);
	return resv ?: ERR_PTR(-ENOMEM);
}

/* What is wrong with the region, or NULL */
static const char *resv_flaw(const struct iommu_resv_range *range,
			     size_t length)
{
	if (!length)
		return "has no length";
	if (range->last < range->start)
		return "ends before it starts";
	if (iommu_resv_range_is_mapped(range) && !(range->prot & RESV_RW))
		return "allows neither reading nor writing";
	return NULL;
}

/**
 * iommu_resv_snapshot() - Make the snapshot of a device's reserved regions
 * @dev: the device, named in messages
 * @reported: list of &struct iommu_resv_region, as the driver reported it;
 *	      the caller keeps and frees it
 *
 * Malformed regions are logged as firmware bugs. If one of them is direct, the
 * device requires direct regions. A direct region that permits no access is
 * kept as IOMMU_RESV_RESERVED, so that nothing else is mapped at its addresses.
 * All other malformed regions are left out.
 *
 * Context: Process context, may sleep. Takes no locks.
 *
 * Return: the snapshot, to be freed with kvfree(), or ERR_PTR(-ENOMEM).
 */
struct iommu_resv *iommu_resv_snapshot(struct device *dev,
				       const struct list_head *reported)
{
	const struct iommu_resv_region *region, *broken = NULL;
	unsigned int nr_mapped = 0, nr_other = 0;
	struct iommu_resv_range few[4], *ranges = few;
	struct iommu_resv *resv;
	unsigned int room = 1;

	list_for_each_entry(region, reported, list)
		room++;
	/* Most devices have an MSI window and little else, which fits @few */
	if (room > ARRAY_SIZE(few)) {
		ranges = kvcalloc(room, sizeof(*ranges), GFP_KERNEL);
		if (!ranges)
			return ERR_PTR(-ENOMEM);
	}

	list_for_each_entry(region, reported, list) {
		struct iommu_resv_range range = {
			.start = region->start,
			.last = region->start + (region->length - 1),
			.prot = region->prot,
			.type = region->type,
			.source = region->source,
			.relaxed = region->relaxed,
		};
		const char *flaw = resv_flaw(&range, region->length);

		if (flaw) {
			dev_warn(dev, FW_BUG "%s region at %pap, length %#zx, %s\n",
				 resv_source(region->source), &region->start,
				 region->length, flaw);
			if (region->type == IOMMU_RESV_DIRECT)
				broken = region;
			/* If it is not mapped, relaxable is ordinary IOVA */
			if (!region->length || range.last < range.start ||
			    region->type == IOMMU_RESV_DIRECT_RELAXABLE)
				continue;
			range.type = IOMMU_RESV_RESERVED;
		}
		/* Mapped ones go to the front, others to the array's end */
		if (iommu_resv_range_is_mapped(&range))
			ranges[nr_mapped++] = range;
		else
			ranges[room - ++nr_other] = range;
	}
	memmove(ranges + nr_mapped, ranges + room - nr_other,
		nr_other * sizeof(*ranges));

	resv = resv_build(ranges, nr_mapped, nr_other, PAGE_SIZE, true);
	if (ranges != few)
		kvfree(ranges);
	if (!IS_ERR(resv) && broken) {
		resv->broken_source = resv_source(broken->source);
		resv->broken_start = broken->start;
		resv->broken_length = broken->length;
	}
	return resv;
}

/**
 * iommu_resv_union() - Combine what a domain has to map for several devices
 * @resv: snapshots of the devices
 * @nr: number of entries in @resv
 * @granule: smallest page of the domain, a power of two
 *
 * Context: Process context, may sleep. Takes no locks.
 *
 * Return: the ranges to map, as in a snapshot, but rounded to @granule if that
 * is more than a page, and without those of other types. Ranges that touch are
 * not joined: if that of one device cannot be mapped, that of another one still
 * can. To be freed with kvfree(). ERR_PTR(-ENOMEM) on failure.
 */
struct iommu_resv *iommu_resv_union(const struct iommu_resv * const *resv,
				    unsigned int nr, unsigned long granule)
{
	const struct iommu_resv_range *range;
	struct iommu_resv_range *ranges;
	unsigned int i, nr_mapped = 0;
	struct iommu_resv *all;
	size_t room = 1;

	for (i = 0; i < nr; i++)
		room += resv[i]->nr;
	ranges = kvcalloc(room, sizeof(*ranges), GFP_KERNEL);
	if (!ranges)
		return ERR_PTR(-ENOMEM);

	for (i = 0; i < nr; i++)
		for (range = resv[i]->ranges; range < iommu_resv_end(resv[i]);
		     range++)
			if (iommu_resv_range_is_mapped(range))
				ranges[nr_mapped++] = *range;

	all = resv_build(ranges, nr_mapped, 0, max(granule, PAGE_SIZE), false);
	kvfree(ranges);
	return all;
}

/**
 * iommu_resv_copy() - Copy a snapshot to a list of regions
 * @resv: the snapshot
 * @list: where to append the regions
 *
 * The caller owns the copies and frees them with iommu_put_resv_regions(). A
 * range that is too long for the size_t of a region becomes several.
 *
 * Context: Process context, may sleep. Takes no locks.
 *
 * Return: 0, or -ENOMEM, with @list unchanged.
 */
int iommu_resv_copy(const struct iommu_resv *resv, struct list_head *list)
{
	const struct iommu_resv_range *range;
	struct iommu_resv_region *region, *next;
	LIST_HEAD(copies);

	for (range = resv->ranges; range < iommu_resv_end(resv); range++) {
		phys_addr_t start = range->start;
		size_t length;

		for (;; start += length) {
			length = iommu_resv_chunk(start, range->last);
			region = iommu_alloc_resv_region(start, length,
							 range->prot,
							 range->type,
							 GFP_KERNEL);
			if (!region)
				goto err_free;
			region->source = range->source;
			list_add_tail(&region->list, &copies);
			if (range->last - start < length)
				break;
		}
	}
	list_splice_tail(&copies, list);
	return 0;

err_free:
	list_for_each_entry_safe(region, next, &copies, list)
		kfree(region);
	return -ENOMEM;
}
