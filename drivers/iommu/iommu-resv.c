// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reserved regions of a device: snapshot, mapping and attach policy.
 *
 * See iommu-resv.h for the terms and for what a snapshot promises.
 */
#include <linux/align.h>
#include <linux/device.h>
#include <linux/err.h>
#include <linux/iommu.h>
#include <linux/limits.h>
#include <linux/list.h>
#include <linux/minmax.h>
#include <linux/ratelimit.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/sort.h>

#include "iommu-resv.h"

#define RESV_RW			(IOMMU_READ | IOMMU_WRITE)
/* These narrow an access: what two regions share has them if both do */
#define RESV_NARROWING		(IOMMU_NOEXEC | IOMMU_PRIV)

static const char *resv_source(const char *source)
{
	return source ?: "firmware";
}

/* How much of what is left fits a size_t, and keeps large pages possible */
static size_t resv_chunk(phys_addr_t start, phys_addr_t last)
{
	return min_t(u64, last - start, SIZE_MAX / 2) + 1;
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

/* Both are mapped ranges that share a piece: make @a what holds for the piece */
static void resv_combine(struct iommu_resv_range *a,
			 const struct iommu_resv_range *b)
{
	int narrow = a->prot & b->prot & RESV_NARROWING;
	int access = (a->prot | b->prot) & RESV_RW;

	/* What is direct also says what kind of memory it is */
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
 * Cut the @nr mapped ranges in @in where any of them begins or ends and put
 * what is covered, in order, into @out, which has room for 2 * @nr entries.
 * @cuts has room for as many. Quadratic, but firmware tables are short.
 */
static unsigned int resv_disjoin(const struct iommu_resv_range *in,
				 unsigned int nr, phys_addr_t *cuts,
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
			if (in[j].start > piece.start || in[j].last < piece.last)
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
		if (nr_out && resv_joins(&out[nr_out - 1], &piece))
			out[nr_out - 1].last = piece.last;
		else
			out[nr_out++] = piece;
	}
	return nr_out;
}

/*
 * The first @nr_mapped entries of @ranges have to be mapped and are rounded to
 * @granule here, @nr_other more follow that stay as they are.
 */
static struct iommu_resv *resv_build(struct iommu_resv_range *ranges,
				     unsigned int nr_mapped,
				     unsigned int nr_other,
				     unsigned long granule)
{
	struct iommu_resv_range *pieces;
	struct iommu_resv *resv = NULL;
	phys_addr_t *cuts;
	unsigned int i, nr = 0;

	pieces = kvcalloc(2 * nr_mapped + 1, sizeof(*pieces), GFP_KERNEL);
	cuts = kvcalloc(2 * nr_mapped + 1, sizeof(*cuts), GFP_KERNEL);
	if (!pieces || !cuts)
		goto out;

	for (i = 0; i < nr_mapped; i++) {
		ranges[i].start = ALIGN_DOWN(ranges[i].start, (phys_addr_t)granule);
		ranges[i].last |= granule - 1;
	}
	nr = resv_disjoin(ranges, nr_mapped, cuts, pieces);

	resv = kvzalloc(struct_size(resv, ranges, nr + nr_other), GFP_KERNEL);
	if (!resv)
		goto out;
	resv->nr = nr + nr_other;
	memcpy(resv->ranges, pieces, nr * sizeof(*pieces));
	memcpy(resv->ranges + nr, ranges + nr_mapped, nr_other * sizeof(*ranges));
	sort(resv->ranges, resv->nr, sizeof(*resv->ranges), resv_cmp_range, NULL);

	for (i = 0; i < resv->nr; i++)
		resv->nr_direct += resv->ranges[i].type == IOMMU_RESV_DIRECT;
out:
	kvfree(cuts);
	kvfree(pieces);
	return resv ?: ERR_PTR(-ENOMEM);
}

/* Why the region cannot be used as it is, or NULL */
static const char *resv_flaw(const struct iommu_resv_range *range, size_t length)
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
 *	      stays the caller's
 *
 * Every region that makes no sense is said aloud as a firmware bug; if it was a
 * direct one, the device still counts as one that requires its direct regions.
 * One that nobody may access stays, as IOMMU_RESV_RESERVED: nothing else should
 * be mapped where firmware has something. One without an extent is left out.
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
	struct iommu_resv_range *ranges;
	struct iommu_resv *resv;
	unsigned int room = 1;

	list_for_each_entry(region, reported, list)
		room++;
	ranges = kvcalloc(room, sizeof(*ranges), GFP_KERNEL);
	if (!ranges)
		return ERR_PTR(-ENOMEM);

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
			if (!region->length || range.last < range.start)
				continue;
			range.type = IOMMU_RESV_RESERVED;
		}
		/* The mapped ones fill the array from its front, others from its end */
		if (iommu_resv_range_is_mapped(&range))
			ranges[nr_mapped++] = range;
		else
			ranges[room - ++nr_other] = range;
	}
	memmove(ranges + nr_mapped, ranges + room - nr_other,
		nr_other * sizeof(*ranges));

	resv = resv_build(ranges, nr_mapped, nr_other, PAGE_SIZE);
	kvfree(ranges);
	if (!IS_ERR(resv) && broken) {
		resv->broken_source = resv_source(broken->source);
		resv->broken_start = broken->start;
		resv->broken_length = broken->length;
	}
	return resv;
}

/**
 * iommu_resv_union() - What several devices need mapped, in one domain
 * @resv: snapshots of the devices
 * @nr: number of entries in @resv
 * @granule: smallest page of the domain, a power of two
 *
 * Context: Process context, may sleep. Takes no locks.
 *
 * Return: the ranges to map, as in a snapshot but rounded to @granule where
 * that is more than a page and without those of other types; to be freed with
 * kvfree(). ERR_PTR(-ENOMEM) on failure.
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
		for (range = resv[i]->ranges; range < iommu_resv_end(resv[i]); range++)
			if (iommu_resv_range_is_mapped(range))
				ranges[nr_mapped++] = *range;

	all = resv_build(ranges, nr_mapped, 0, max(granule, PAGE_SIZE));
	kvfree(ranges);
	return all;
}

/**
 * iommu_resv_copy() - Hand out a snapshot as a list of regions
 * @resv: the snapshot
 * @list: where to append the regions
 *
 * The caller owns the copies and frees them with iommu_put_resv_regions(). A
 * range that is too long for the size_t of a region becomes several.
 *
 * Context: Process context, may sleep. Takes no locks.
 *
 * Return: 0, or -ENOMEM with @list as it was.
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
			length = resv_chunk(start, range->last);
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

/**
 * iommu_resv_granule() - Smallest page of a domain
 * @domain: the domain
 *
 * Some drivers claim all sizes until they have attached the domain. No IOMMU
 * has pages of less than 4 KiB.
 *
 * Return: its size in bytes, or 0 if the domain has no pages.
 */
unsigned long iommu_resv_granule(const struct iommu_domain *domain)
{
	if (!domain->pgsize_bitmap)
		return 0;
	return max(1UL << __ffs(domain->pgsize_bitmap), (unsigned long)SZ_4K);
}

#define RESV_UNMAPPED	PHYS_ADDR_MAX

/* Ask one byte in: iommu_iova_to_phys() says 0 for unmapped and for page 0 */
static phys_addr_t resv_translate(struct iommu_domain *domain, dma_addr_t iova)
{
	phys_addr_t phys = iommu_iova_to_phys(domain, iova | 1);

	return phys ? phys & ~(phys_addr_t)1 : RESV_UNMAPPED;
}

static bool resv_fits(const struct iommu_domain *domain,
		      const struct iommu_resv_range *range)
{
	const struct iommu_domain_geometry *geo = &domain->geometry;

	if (range->last > ULONG_MAX)
		return false;
	return !geo->force_aperture || (range->start >= geo->aperture_start &&
					range->last <= geo->aperture_end);
}

/* Map [@start, @last] 1:1 with the largest pages that the domain has */
static int resv_map(struct iommu_domain *domain, phys_addr_t start,
		    phys_addr_t last, int prot)
{
	size_t length;
	int ret;

	for (;; start += length) {
		length = resv_chunk(start, last);
		ret = iommu_map(domain, start, start, length, prot, GFP_KERNEL);
		if (ret || last - start < length)
			return ret;
	}
}

/* Where a driver cannot tell what a page permits, the address has to do */
static bool resv_permits(struct iommu_domain *domain, dma_addr_t iova, int prot)
{
	if (!domain->ops->iova_to_prot)
		return true;
	return !(prot & RESV_RW & ~domain->ops->iova_to_prot(domain, iova));
}

/* 1 if the page is mapped as it should be, 0 if not at all, or -EADDRINUSE */
static int resv_page_mapped(struct iommu_domain *domain, phys_addr_t addr,
			    int prot)
{
	phys_addr_t phys = resv_translate(domain, addr);

	if (phys == RESV_UNMAPPED)
		return 0;
	return phys == addr && resv_permits(domain, addr, prot) ? 1 :
								  -EADDRINUSE;
}

/* As above, where part of the range may be mapped already */
static int resv_map_missing(struct iommu_domain *domain,
			    const struct iommu_resv_range *range)
{
	unsigned long granule = iommu_resv_granule(domain);
	phys_addr_t addr, run = range->start;
	bool in_run = false;
	int mapped, ret;

	/* All or nothing: a piece that is mapped is in the way of others */
	for (addr = range->start;; addr += granule) {
		mapped = resv_page_mapped(domain, addr, range->prot);
		if (mapped < 0)
			return mapped;
		if (range->last - addr < granule)
			break;
	}

	for (addr = range->start;; addr += granule) {
		mapped = resv_page_mapped(domain, addr, range->prot);
		if (mapped < 0)
			return mapped;
		if (!mapped && !in_run)
			run = addr;
		if (mapped && in_run) {
			ret = resv_map(domain, run, addr - 1, range->prot);
			if (ret)
				return ret;
		}
		in_run = !mapped;
		if (range->last - addr < granule)
			break;
	}
	return in_run ? resv_map(domain, run, range->last, range->prot) : 0;
}

/**
 * iommu_resv_map() - Map reserved regions 1:1
 * @domain: the domain, of a type that maps pages
 * @want: what to map, from iommu_resv_union() with the granule of @domain
 * @flags: see &enum iommu_resv_map_flags
 * @failed: where to store the first range that could not be mapped
 *
 * A range that cannot be mapped does not keep the others from it.
 *
 * Context: Process context, may sleep. The caller keeps others from mapping
 * in the same ranges.
 *
 * Return: 0, -EINVAL if @domain has no pages, or the error of the first range
 * that could not be mapped:
 * -ERANGE if it is beyond what @domain translates, -EADDRINUSE if something
 * else is mapped there, or the same with less access, or what iommu_map()
 * returned.
 */
int iommu_resv_map(struct iommu_domain *domain, const struct iommu_resv *want,
		   unsigned int flags, const struct iommu_resv_range **failed)
{
	const struct iommu_resv_range *range;
	int ret, first = 0;

	if (!iommu_resv_granule(domain))
		return -EINVAL;

	for (range = want->ranges; range < iommu_resv_end(want); range++) {
		if (!iommu_resv_range_is_mapped(range))
			continue;
		if ((flags & IOMMU_RESV_MAP_DIRECT_ONLY) &&
		    range->type != IOMMU_RESV_DIRECT)
			continue;
		if (!resv_fits(domain, range))
			ret = -ERANGE;
		else if (flags & IOMMU_RESV_MAP_MISSING)
			ret = resv_map_missing(domain, range);
		else
			ret = resv_map(domain, range->start, range->last,
				       range->prot);
		if (ret && !first) {
			first = ret;
			*failed = range;
		}
	}
	return first;
}

/* Is every page of the range mapped 1:1, and permits what it has to? */
static bool resv_range_mapped(struct iommu_domain *domain,
			      const struct iommu_resv_range *range)
{
	unsigned long granule = iommu_resv_granule(domain);
	phys_addr_t addr;

	if (domain->type == IOMMU_DOMAIN_IDENTITY)
		return true;
	if (!granule || range->last > ULONG_MAX)
		return false;

	addr = ALIGN_DOWN(range->start, (phys_addr_t)granule);
	for (;; addr += granule) {
		if (resv_page_mapped(domain, addr, range->prot) != 1)
			return false;
		if (range->last - addr < granule)
			return true;
	}
}

/**
 * iommu_resv_may_attach() - May a device be attached to a domain?
 * @resv: snapshot of the device
 * @domain: the domain
 * @use: who decides what @domain maps
 * @missing: where to store the first direct range that @domain lacks; NULL is
 *	     stored if no map could make @domain acceptable
 *
 * Firmware must reach its direct regions at all times. No domain that maps
 * nothing does that, none that user space controls can be relied on to, and
 * one of a kernel driver is believed if it shows the maps.
 *
 * Context: Any. Cost is a page table walk per granule of the device's direct
 * regions for IOMMU_RESV_USE_KERNEL, none for the others.
 *
 * Return: 0 or -EPERM. Not -EINVAL, which tells iommufd to try another domain.
 */
int iommu_resv_may_attach(const struct iommu_resv *resv,
			  struct iommu_domain *domain, enum iommu_resv_use use,
			  const struct iommu_resv_range **missing)
{
	const struct iommu_resv_range *range;

	*missing = NULL;
	if (!iommu_resv_requires_direct(resv) || use == IOMMU_RESV_USE_CORE ||
	    use == IOMMU_RESV_USE_SHARED)
		return 0;
	if (use != IOMMU_RESV_USE_KERNEL)
		return -EPERM;

	for (range = resv->ranges; range < iommu_resv_end(resv); range++) {
		if (range->type == IOMMU_RESV_DIRECT &&
		    !resv_range_mapped(domain, range)) {
			*missing = range;
			return -EPERM;
		}
	}
	return 0;
}

/**
 * iommu_resv_reason() - Which region is behind a refusal
 * @resv: snapshot of the device that a domain was refused to
 * @missing: as stored by iommu_resv_may_attach()
 *
 * Context: Any.
 *
 * Return: @missing; if that is NULL the first direct range of the device, or
 * the malformed region that holds it, as firmware has it. Has a source.
 */
struct iommu_resv_range iommu_resv_reason(const struct iommu_resv *resv,
					  const struct iommu_resv_range *missing)
{
	struct iommu_resv_range reason = {
		.start = resv->broken_start,
		.last = resv->broken_start + (resv->broken_length - 1),
		.type = IOMMU_RESV_DIRECT,
		.source = resv->broken_source,
	};
	const struct iommu_resv_range *range = missing;

	if (!range)
		for (range = resv->ranges; range < iommu_resv_end(resv); range++)
			if (range->type == IOMMU_RESV_DIRECT)
				break;
	if (range != iommu_resv_end(resv))
		reason = *range;
	reason.source = resv_source(reason.source);
	return reason;
}

/* What there is to see, and what can be done about it */
#define RESV_SEE \
	"see /sys/kernel/iommu_groups/%d/assignable and Documentation/admin-guide/iommu-assign.rst"

/**
 * iommu_resv_explain() - Tell people why a domain was refused
 * @dev: the device that requires its direct regions
 * @resv: its snapshot
 * @group_id: number of its group in sysfs
 * @missing: as stored by iommu_resv_may_attach()
 *
 * Rate-limited; the caller sees to it that it is said once per device.
 *
 * Context: Any.
 *
 * Return: true if it was said, false if it fell to the rate limit.
 */
bool iommu_resv_explain(struct device *dev, const struct iommu_resv *resv,
			int group_id, const struct iommu_resv_range *missing)
{
	static DEFINE_RATELIMIT_STATE(limit, DEFAULT_RATELIMIT_INTERVAL,
				      DEFAULT_RATELIMIT_BURST);
	struct iommu_resv_range reason = iommu_resv_reason(resv, missing);

	if (!__ratelimit(&limit))
		return false;

	if (missing)
		dev_warn(dev,
			 "domain refused, it does not map [mem %pap-%pap] 1:1 as %s requires at all times; "
			 RESV_SEE "\n",
			 &reason.start, &reason.last, reason.source, group_id);
	else if (resv->nr_direct)
		dev_warn(dev,
			 "not available to VFIO, iommufd or any other owner: %s requires [mem %pap-%pap]%s mapped 1:1 at all times; "
			 RESV_SEE "\n",
			 reason.source, &reason.start, &reason.last,
			 resv->nr_direct > 1 ? " and more" : "", group_id);
	else
		dev_warn(dev,
			 "not available to VFIO, iommufd or any other owner: %s requires a region at %pap, length %#zx, that makes no sense; "
			 RESV_SEE "\n",
			 resv->broken_source, &resv->broken_start,
			 resv->broken_length, group_id);
	return true;
}
