// SPDX-License-Identifier: GPL-2.0-only
/*
 * Keep direct regions mapped in the domain of a kernel driver.
 *
 * A device that requires direct regions may be attached to a kernel driver's
 * domain that has them, and the driver can unmap in its domain what it likes.
 * As long as such a device is attached, domain->ops is a copy of the driver's
 * with an unmap of its own, that refuses. A domain without such a device keeps
 * the ops that it has: map and unmap of everybody else stay as they are.
 *
 * Where the domain has a page table of the kernel's own kind, its unmap is among
 * the ops of that table. There domain->ops stays, which drivers tell their kinds
 * of domains by.
 */
#define pr_fmt(fmt)	"iommu: " fmt

#include <linux/align.h>
#include <linux/container_of.h>
#if IS_ENABLED(CONFIG_IOMMU_PT)
#include <linux/generic_pt/iommu.h>
#endif
#include <linux/iommu.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/spinlock.h>

#include "iommu-resv-guard.h"
#include "iommu-resv-map.h"

/**
 * struct iommu_resv_guard - what stands between a domain and its ops
 * @ops: what domain->ops points to; as @driver_ops but for unmap_pages
 * @driver_ops: what domain->ops pointed to
 * @pt_ops: the same for a page table's ops, unmap_range and all
 * @driver_pt_ops: what those were
 * @lock: protects @devices, taken in any context
 * @devices: a &struct iommu_resv_guarded for each attached device
 *
 * Lives from the first such device to the end of the domain: an unmap that
 * began with these ops may go on after the device is gone.
 */
struct iommu_resv_guard {
	struct iommu_domain_ops ops;
	const struct iommu_domain_ops *driver_ops;
#if IS_ENABLED(CONFIG_IOMMU_PT)
	struct pt_iommu_ops pt_ops;
	const struct pt_iommu_ops *driver_pt_ops;
#endif
	spinlock_t lock; /* protects devices */
	struct list_head devices;
};

/* Serialises putting a guard in place: several groups may attach a domain */
static DEFINE_MUTEX(resv_guard_mutex);

struct iommu_resv_guarded {
	struct list_head list;
	const struct iommu_resv *resv;
};

static bool resv_overlaps_direct(const struct iommu_resv *resv,
				 unsigned long granule, phys_addr_t start,
				 phys_addr_t last)
{
	const struct iommu_resv_range *range = resv->ranges;

	for (; range < iommu_resv_end(resv); range++)
		if (range->type == IOMMU_RESV_DIRECT &&
		    start <= (range->last | (granule - 1)) &&
		    last >= ALIGN_DOWN(range->start, (phys_addr_t)granule))
			return true;
	return false;
}

/* Is something in [@iova, @last] to stay? Then that is said. */
static bool resv_guard_holds(struct iommu_resv_guard *guard,
			     struct iommu_domain *domain, unsigned long iova,
			     unsigned long last)
{
	struct iommu_resv_guarded *guarded;
	bool held = false;
	unsigned long flags;

	spin_lock_irqsave(&guard->lock, flags);
	list_for_each_entry(guarded, &guard->devices, list)
		held |= resv_overlaps_direct(guarded->resv,
					     iommu_resv_granule(domain), iova,
					     last);
	spin_unlock_irqrestore(&guard->lock, flags);

	if (held)
		pr_warn_ratelimited("unmap of [%#lx-%#lx] refused, firmware of an attached device requires memory in there\n",
				    iova, last);
	return held;
}

static size_t resv_guard_unmap_pages(struct iommu_domain *domain,
				     unsigned long iova, size_t pgsize,
				     size_t pgcount,
				     struct iommu_iotlb_gather *gather)
{
	struct iommu_resv_guard *guard =
		container_of(domain->ops, struct iommu_resv_guard, ops);

	if (resv_guard_holds(guard, domain, iova, iova + (pgsize * pgcount - 1)))
		return 0;
	return guard->driver_ops->unmap_pages(domain, iova, pgsize, pgcount,
					      gather);
}

#if IS_ENABLED(CONFIG_IOMMU_PT)
static size_t resv_guard_unmap_range(struct pt_iommu *pt, dma_addr_t iova,
				     dma_addr_t len,
				     struct iommu_iotlb_gather *gather)
{
	struct iommu_resv_guard *guard =
		container_of(pt->ops, struct iommu_resv_guard, pt_ops);

	if (resv_guard_holds(guard, &pt->domain, iova, iova + (len - 1)))
		return 0;
	return guard->driver_pt_ops->unmap_range(pt, iova, len, gather);
}

static struct iommu_resv_guard *resv_guard_of_pt(struct iommu_domain *domain)
{
	struct pt_iommu *pt = iommupt_from_domain(domain);

	if (!pt || pt->ops->unmap_range != resv_guard_unmap_range)
		return NULL;
	return container_of(pt->ops, struct iommu_resv_guard, pt_ops);
}

/* Returns false if the domain has no such page table */
static bool resv_guard_enter_pt(struct iommu_resv_guard *guard,
				struct iommu_domain *domain)
{
	struct pt_iommu *pt = iommupt_from_domain(domain);

	if (!pt)
		return false;
	guard->driver_pt_ops = pt->ops;
	guard->pt_ops = *pt->ops;
	guard->pt_ops.unmap_range = resv_guard_unmap_range;
	/* Others read it without a lock, and may see either */
	smp_store_release(&pt->ops, &guard->pt_ops);
	return true;
}

static bool resv_guard_leave_pt(struct iommu_resv_guard *guard,
				struct iommu_domain *domain)
{
	struct pt_iommu *pt = iommupt_from_domain(domain);

	if (pt)
		pt->ops = guard->driver_pt_ops;
	return pt;
}
#else
static struct iommu_resv_guard *resv_guard_of_pt(struct iommu_domain *domain)
{
	return NULL;
}

static bool resv_guard_enter_pt(struct iommu_resv_guard *guard,
				struct iommu_domain *domain)
{
	return false;
}

static bool resv_guard_leave_pt(struct iommu_resv_guard *guard,
				struct iommu_domain *domain)
{
	return false;
}
#endif

static struct iommu_resv_guard *resv_guard_of(struct iommu_domain *domain)
{
	if (domain->ops->unmap_pages != resv_guard_unmap_pages)
		return resv_guard_of_pt(domain);
	return container_of(domain->ops, struct iommu_resv_guard, ops);
}

static void resv_guard_enter(struct iommu_resv_guard *guard,
			     struct iommu_domain *domain)
{
	if (resv_guard_enter_pt(guard, domain))
		return;
	guard->driver_ops = domain->ops;
	guard->ops = *domain->ops;
	guard->ops.unmap_pages = resv_guard_unmap_pages;
	/* Others read it without a lock, and may see either */
	smp_store_release(&domain->ops, &guard->ops);
}

/**
 * iommu_resv_guard_add() - Have a device's direct regions stay mapped
 * @domain: a domain whose maps are a kernel driver's business
 * @resv: snapshot of the device that is about to be attached to it
 *
 * What is not mapped is not guarded against anything, so look afterwards. An
 * unmap that is under way is not waited for: a driver that attaches a domain
 * and unmaps in it at the same time has lost count of what it does anyway.
 *
 * Context: Process context, may sleep. Takes a mutex of its own.
 *
 * Return: 0 or -ENOMEM.
 */
int iommu_resv_guard_add(struct iommu_domain *domain,
			 const struct iommu_resv *resv)
{
	struct iommu_resv_guarded *guarded;
	struct iommu_resv_guard *guard;

	guarded = kmalloc(sizeof(*guarded), GFP_KERNEL);
	if (!guarded)
		return -ENOMEM;
	guarded->resv = resv;

	mutex_lock(&resv_guard_mutex);
	guard = resv_guard_of(domain);
	if (!guard) {
		guard = kzalloc(sizeof(*guard), GFP_KERNEL);
		if (!guard) {
			mutex_unlock(&resv_guard_mutex);
			kfree(guarded);
			return -ENOMEM;
		}
		spin_lock_init(&guard->lock);
		INIT_LIST_HEAD(&guard->devices);
		resv_guard_enter(guard, domain);
	}
	mutex_unlock(&resv_guard_mutex);

	spin_lock_irq(&guard->lock);
	list_add(&guarded->list, &guard->devices);
	spin_unlock_irq(&guard->lock);
	return 0;
}

/**
 * iommu_resv_guard_del() - Undo iommu_resv_guard_add()
 * @domain: the domain
 * @resv: snapshot of the device that is no longer attached to it
 *
 * Context: Any.
 */
void iommu_resv_guard_del(struct iommu_domain *domain,
			  const struct iommu_resv *resv)
{
	struct iommu_resv_guard *guard = resv_guard_of(domain);
	struct iommu_resv_guarded *guarded, *found = NULL;
	unsigned long flags;

	if (WARN_ON(!guard))
		return;

	spin_lock_irqsave(&guard->lock, flags);
	list_for_each_entry(guarded, &guard->devices, list) {
		if (guarded->resv == resv) {
			found = guarded;
			list_del(&found->list);
			break;
		}
	}
	spin_unlock_irqrestore(&guard->lock, flags);
	kfree(found);
}

/**
 * iommu_resv_guard_free() - Give a domain that is to be freed its ops back
 * @domain: the domain, which no device is attached to
 *
 * Context: Any.
 */
void iommu_resv_guard_free(struct iommu_domain *domain)
{
	struct iommu_resv_guard *guard = resv_guard_of(domain);

	if (!guard)
		return;
	WARN_ON(!list_empty(&guard->devices));
	if (!resv_guard_leave_pt(guard, domain))
		domain->ops = guard->driver_ops;
	kfree(guard);
}
