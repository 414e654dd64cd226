// SPDX-License-Identifier: GPL-2.0-only
/*
 * The PASIDs of a RID: from its own space, or all of them from the system's.
 *
 * A RID has one scope at a time, and changes it only while it holds no number:
 * what a number means to a device is never a matter of which range it is in.
 * Whoever claims a RID, VFIO for example, has its whole space; what the driver
 * asked for ends when it is unbound.
 *
 * RIDs share no lock with each other, nor with the system's pool unless that is
 * where their numbers are from.
 *
 * Lock order: group->mutex, lock of a pool. Two pools are never locked at once.
 */
#define pr_fmt(fmt) "iommu: " fmt

#include <linux/atomic.h>
#include <linux/bug.h>
#include <linux/device.h>
#include <linux/export.h>
#include <linux/moduleparam.h>
#include <linux/sched.h>
#include <linux/sched/mm.h>
#include <trace/events/iommu.h>

#include "iommu-pasid.h"

static struct iommu_pasid_pool global_pool = {
	.lock = __SPIN_LOCK_UNLOCKED(global_pool.lock),
	.shared = true,
};

/* Owner of what a driver left behind, until iommu_free_global_pasid() */
static const char left_behind;

static unsigned int owner_limit = IOMMU_PASID_SPACE / 2;
module_param(owner_limit, uint, 0644);
MODULE_PARM_DESC(owner_limit, "how many PASIDs of the system's pool the driver of one RID, or the processes of one user, may hold");

static const char no_pasids[] = "the device or its IOMMU has no PASIDs";

/**
 * iommu_pasid_refuse() - Say why something cannot be done
 * @dev: the device
 * @pasid: the number in question, or IOMMU_PASID_INVALID
 * @error: what to return
 * @why: the reason
 *
 * Context: any
 * Return: @error
 */
int iommu_pasid_refuse(struct device *dev, ioasid_t pasid, int error,
		       const char *why)
{
	trace_iommu_pasid_refused(dev, pasid, error, why);
	if (pasid == IOMMU_PASID_INVALID)
		dev_warn_ratelimited(dev, "PASID refused: %s (%pe)\n", why,
				     ERR_PTR(error));
	else
		dev_warn_ratelimited(dev, "PASID %u refused: %s (%pe)\n", pasid,
				     why, ERR_PTR(error));
	return error;
}

static const char *why_not(int error, bool global)
{
	switch (error) {
	case -ENOMEM:
		return "out of memory";
	case -EINVAL:
		return "it is beyond what the device can use";
	case -ENOSPC:
		return global ? "the system's pool has none left that the device can use" :
				"all that the device can use are taken";
	case -EDQUOT:
		return "the RID holds as many as iommu_pasid.owner_limit allows";
	case -ENOENT:
		return global ? "the RID draws from the system's pool, where nobody holds it" :
				"nobody holds it";
	case -EPERM:
		return "it is someone else's";
	case -EBUSY:
		return "it is in use";
	}
	return "internal error";
}

static struct iommu_pasid_rid *dev_rid(struct device *dev)
{
	if (!dev->iommu_group || !dev->iommu || !dev->iommu->max_pasids)
		return NULL;
	return iommu_group_pasids(dev->iommu_group);
}

/**
 * iommu_pasid_rid_init() - A RID without numbers, in its own space
 * @rid: to be initialised
 */
void iommu_pasid_rid_init(struct iommu_pasid_rid *rid)
{
	*rid = (struct iommu_pasid_rid){ .scope = IOMMU_PASID_SCOPE_RID };
	spin_lock_init(&rid->pool.lock);
	atomic_set(&rid->drawn, 0);
}

/**
 * iommu_pasid_rid_add_device() - A device has come that uses the RID's numbers
 * @rid: the RID
 * @max_pasids: its numbers are below this; 0 if it uses none
 *
 * Context: before the device is used, serialised with other devices
 */
void iommu_pasid_rid_add_device(struct iommu_pasid_rid *rid, u32 max_pasids)
{
	rid->limit = min_not_zero(rid->limit,
				  min(max_pasids, IOMMU_PASID_SPACE));
}

/* The next number that is held, from @pasid on; the pool may change meanwhile */
static ioasid_t next_held(struct iommu_pasid_pool *pool, ioasid_t pasid,
			  const struct iommu_pasid_rid *rid)
{
	bool found;

	do {
		cond_resched();
		spin_lock_irq(&pool->lock);
		found = iommu_pasid_pool_next(pool, &pasid, rid);
		spin_unlock_irq(&pool->lock);
	} while (!found && pasid != IOMMU_PASID_INVALID);
	return pasid;
}

/*
 * Numbers of the system's pool that the RID leaves behind stay taken, for good
 * if nobody frees them: they may be in use, and the RID is not to be asked.
 */
static void rid_disown(struct iommu_pasid_rid *rid)
{
	ioasid_t pasid = 0;

	while (atomic_read(&rid->drawn)) {
		spin_lock_irq(&global_pool.lock);
		if (iommu_pasid_pool_next(&global_pool, &pasid, rid)) {
			iommu_pasid_pool_disown(&global_pool, pasid,
						&left_behind);
			atomic_dec(&rid->drawn);
		}
		spin_unlock_irq(&global_pool.lock);
		/* Somebody allocates for a RID whose driver is gone */
		if (WARN_ON(pasid == IOMMU_PASID_INVALID))
			break;
		cond_resched();
	}
}

/**
 * iommu_pasid_rid_claim() - Give the RID's whole space to an owner
 * @rid: the RID
 * @dev: its device, for messages
 *
 * Context: may sleep, group->mutex is held
 * Return: 0, or -EBUSY if numbers are held, by the RID's driver for example
 */
int iommu_pasid_rid_claim(struct iommu_pasid_rid *rid, struct device *dev)
{
	struct iommu_pasid_table *table = NULL;
	int ret = 0;

	/* Most devices have none, and nobody to keep from them */
	if (!rid->limit) {
		rid->claimed = true;
		return 0;
	}

	spin_lock_irq(&rid->pool.lock);
	if (rid->pool.live || atomic_read(&rid->drawn)) {
		ret = -EBUSY;
	} else {
		table = iommu_pasid_pool_clear(&rid->pool);
		rid->scope = IOMMU_PASID_SCOPE_RID;
		rid->claimed = true;
	}
	spin_unlock_irq(&rid->pool.lock);
	iommu_pasid_table_free(table);
	return ret ? iommu_pasid_refuse(dev, IOMMU_PASID_INVALID, ret,
					"the RID holds some, so it cannot be claimed") :
		     0;
}

/**
 * iommu_pasid_rid_release() - Whoever drove the RID is gone, and what it held
 * @rid: the RID, of which nothing is attached
 * @dev: its device if it was a driver, who should have freed its numbers; NULL
 *	if it was an owner, who had them all anyway
 *
 * Context: may sleep, group->mutex is held
 */
void iommu_pasid_rid_release(struct iommu_pasid_rid *rid, struct device *dev)
{
	struct iommu_pasid_table *table;
	unsigned int left, drawn;

	if (!rid->limit) {
		rid->claimed = false;
		return;
	}

	spin_lock_irq(&rid->pool.lock);
	left = rid->pool.live;
	table = iommu_pasid_pool_clear(&rid->pool);
	rid->scope = IOMMU_PASID_SCOPE_RID;
	rid->claimed = false;
	spin_unlock_irq(&rid->pool.lock);
	iommu_pasid_table_free(table);

	drawn = atomic_read(&rid->drawn);
	rid_disown(rid);
	if (dev && (left || drawn))
		dev_warn(dev,
			 "driver left %u PASIDs of its RID, which are free now, and %u of the system's pool, which are not\n",
			 left, drawn);
}

/**
 * iommu_pasid_rid_destroy() - Free what a RID holds
 * @rid: the RID
 *
 * Context: may sleep
 */
void iommu_pasid_rid_destroy(struct iommu_pasid_rid *rid)
{
	iommu_pasid_rid_release(rid, NULL);
}

/* See iommu_pasid_walk() */
static int rid_walk(struct iommu_pasid_rid *rid,
		    int (*fn)(ioasid_t pasid, void *data), void *data)
{
	ioasid_t own = 0, drawn = 0, pasid;
	int ret = 0;

	if (!atomic_read(&rid->drawn))
		drawn = IOMMU_PASID_INVALID;
	for (pasid = 1; !ret; pasid++) {
		if (own < pasid)
			own = next_held(&rid->pool, pasid, NULL);
		if (drawn < pasid)
			drawn = next_held(&global_pool, pasid, rid);
		pasid = min(own, drawn);
		if (pasid == IOMMU_PASID_INVALID)
			break;
		ret = fn(pasid, data);
	}
	return ret;
}

static int count_one(ioasid_t pasid, void *data)
{
	(*(unsigned int *)data)++;
	return 0;
}

/**
 * iommu_pasid_rid_query() - What is known of the PASIDs of a RID
 * @rid: the RID
 * @info: result
 *
 * Context: may sleep
 */
void iommu_pasid_rid_query(struct iommu_pasid_rid *rid,
			   struct iommu_pasid_info *info)
{
	spin_lock_irq(&rid->pool.lock);
	info->scope = rid->scope;
	info->claimed = rid->claimed;
	info->live = rid->pool.live;
	info->limit = rid->limit;
	spin_unlock_irq(&rid->pool.lock);

	/* What it drew may be attached to it, or not: count it once */
	if (atomic_read(&rid->drawn)) {
		info->live = 0;
		rid_walk(rid, count_one, &info->live);
	}
}

/**
 * iommu_pasid_query() - What is known of the PASIDs of a device's RID
 * @dev: the device
 * @info: result
 *
 * Context: may sleep; the device stays probed
 * Return: 0, or -EOPNOTSUPP if the device or its IOMMU has no PASIDs
 */
int iommu_pasid_query(struct device *dev, struct iommu_pasid_info *info)
{
	struct iommu_pasid_rid *rid = dev_rid(dev);

	might_sleep();
	if (!rid)
		return -EOPNOTSUPP;
	iommu_pasid_rid_query(rid, info);
	return 0;
}
EXPORT_SYMBOL_GPL(iommu_pasid_query);

/**
 * iommu_pasid_set_scope() - Say whose space a device's PASIDs are from
 * @dev: the device
 * @scope: the system's or its own
 *
 * For the driver of @dev, before it takes or attaches a PASID. It ends when the
 * driver is unbound.
 *
 * Context: may sleep
 * Return: 0; -EOPNOTSUPP if the device or its IOMMU has no PASIDs; -EBUSY if
 * the RID holds some; -EPERM if the RID is claimed, VFIO has it for example
 */
int iommu_pasid_set_scope(struct device *dev, enum iommu_pasid_scope scope)
{
	struct iommu_pasid_rid *rid = dev_rid(dev);
	struct iommu_pasid_table *table = NULL;
	const char *why = NULL;
	int ret = 0;

	might_sleep();
	if (!rid)
		return iommu_pasid_refuse(dev, IOMMU_PASID_INVALID, -EOPNOTSUPP,
					  no_pasids);

	spin_lock_irq(&rid->pool.lock);
	if (rid->claimed) {
		ret = -EPERM;
		why = "the RID has an owner, and with it a space of its own";
	} else if (rid->scope != scope) {
		if (rid->pool.live || atomic_read(&rid->drawn)) {
			ret = -EBUSY;
			why = "the RID holds some, so its scope cannot change";
		} else {
			table = iommu_pasid_pool_clear(&rid->pool);
			rid->scope = scope;
		}
	}
	spin_unlock_irq(&rid->pool.lock);
	iommu_pasid_table_free(table);
	return ret ? iommu_pasid_refuse(dev, IOMMU_PASID_INVALID, ret, why) : 0;
}
EXPORT_SYMBOL_GPL(iommu_pasid_set_scope);

/**
 * iommu_pasid_is_global() - Are a device's PASIDs from the system's pool?
 * @dev: the device
 *
 * Context: any; the answer is good for as long as the driver does not change it
 * Return: whether they are
 */
bool iommu_pasid_is_global(struct device *dev)
{
	struct iommu_pasid_rid *rid = dev_rid(dev);

	return rid && READ_ONCE(rid->scope) == IOMMU_PASID_SCOPE_GLOBAL;
}

static bool fill_and_retry(int *ret, struct iommu_pasid_spare *spare)
{
	if (likely(*ret != -EAGAIN))
		return false;
	*ret = iommu_pasid_spare_fill(spare);
	return !*ret;
}

/* The RID's share of the system's pool */
static int rid_may_draw(struct iommu_pasid_rid *rid)
{
	if (likely(atomic_inc_return(&rid->drawn) <= READ_ONCE(owner_limit)))
		return 0;
	atomic_dec(&rid->drawn);
	return -EDQUOT;
}

static __always_inline int pool_take(struct iommu_pasid_pool *pool, u32 limit,
				     const void *cookie,
				     struct iommu_pasid_rid *rid, bool exact,
				     struct iommu_pasid_spare *spare,
				     ioasid_t *pasid)
{
	if (exact)
		return iommu_pasid_pool_reserve(pool, *pasid, cookie, rid,
						spare);
	return iommu_pasid_pool_alloc(pool, limit, cookie, rid, spare, pasid);
}

static __always_inline int global_try(u32 limit, const void *cookie,
				      struct iommu_pasid_rid *rid, bool exact,
				      struct iommu_pasid_spare *spare,
				      ioasid_t *pasid)
{
	int ret;

	spin_lock_irq(&global_pool.lock);
	ret = pool_take(&global_pool, limit, cookie, rid, exact, spare, pasid);
	spin_unlock_irq(&global_pool.lock);
	return ret;
}

static noinline int global_retry(u32 limit, const void *cookie,
				 struct iommu_pasid_rid *rid, bool exact,
				 ioasid_t *pasid)
{
	struct iommu_pasid_spare spare = { .size = IOMMU_PASID_SPACE };
	int ret;

	do {
		ret = global_try(limit, cookie, rid, exact, &spare, pasid);
	} while (fill_and_retry(&ret, &spare));
	iommu_pasid_spare_free(&spare);
	return ret;
}

/* What @rid draws has been counted by rid_may_draw() */
static __always_inline int global_take(u32 limit, const void *cookie,
				       struct iommu_pasid_rid *rid, bool exact,
				       ioasid_t *pasid)
{
	int ret = global_try(limit, cookie, rid, exact, NULL, pasid);

	if (unlikely(ret == -EAGAIN))
		ret = global_retry(limit, cookie, rid, exact, pasid);
	if (unlikely(ret && rid))
		atomic_dec(&rid->drawn);
	return ret;
}

static __always_inline int rid_try(struct iommu_pasid_rid *rid,
				   const void *owner, bool exact,
				   struct iommu_pasid_spare *spare,
				   ioasid_t *pasid, bool *global)
{
	int ret;

	spin_lock_irq(&rid->pool.lock);
	*global = rid->scope == IOMMU_PASID_SCOPE_GLOBAL;
	/* From here on the scope stays */
	if (*global)
		ret = rid_may_draw(rid);
	else if (owner && rid->claimed)
		ret = -EPERM;
	else
		ret = pool_take(&rid->pool, rid->limit, owner, NULL, exact,
				spare, pasid);
	spin_unlock_irq(&rid->pool.lock);
	return ret;
}

static noinline int rid_retry(struct iommu_pasid_rid *rid, const void *owner,
			      bool exact, ioasid_t *pasid, bool *global)
{
	struct iommu_pasid_spare spare = { .size = rid->limit };
	int ret;

	do {
		ret = rid_try(rid, owner, exact, &spare, pasid, global);
	} while (fill_and_retry(&ret, &spare));
	iommu_pasid_spare_free(&spare);
	return ret;
}

static __always_inline int rid_take(struct iommu_pasid_rid *rid,
				    const void *owner, bool exact,
				    ioasid_t *pasid, bool *global)
{
	int ret = rid_try(rid, owner, exact, NULL, pasid, global);

	if (unlikely(ret == -EAGAIN))
		ret = rid_retry(rid, owner, exact, pasid, global);
	if (*global && !ret)
		ret = global_take(rid->limit, owner ?: rid, rid, exact, pasid);
	return ret;
}

/**
 * iommu_pasid_alloc() - Take a PASID that a device can use
 * @dev: the device
 * @owner: identifies the owner, who alone may attach or free it; NULL for
 *	whoever drives the RID. Not dereferenced.
 * @pasid: result
 *
 * The number is good for all devices of the group, and comes from the space
 * that the RID's scope says. All numbers are to be freed before the driver is
 * unbound.
 *
 * Context: may sleep
 * Return: 0; -EOPNOTSUPP if the device or its IOMMU has no PASIDs; -ENOSPC if
 * all are taken; -EDQUOT if the RID holds its share of the system's pool;
 * -EPERM if the RID is claimed and @owner is somebody else; -ENOMEM
 */
int iommu_pasid_alloc(struct device *dev, const void *owner, ioasid_t *pasid)
{
	struct iommu_pasid_rid *rid = dev_rid(dev);
	bool global;
	int ret;

	might_alloc(GFP_KERNEL);
	if (unlikely(!rid))
		return iommu_pasid_refuse(dev, IOMMU_PASID_INVALID, -EOPNOTSUPP,
					  no_pasids);
	ret = rid_take(rid, owner, false, pasid, &global);
	if (unlikely(ret))
		return iommu_pasid_refuse(dev, IOMMU_PASID_INVALID, ret,
					  ret == -EPERM ?
					  "the RID has an owner" :
					  why_not(ret, global));
	trace_iommu_pasid_alloc(dev, *pasid, global);
	return 0;
}
EXPORT_SYMBOL_GPL(iommu_pasid_alloc);

static int rid_reserve(struct iommu_pasid_rid *rid, struct device *dev,
		       const void *owner, ioasid_t pasid, bool *global)
{
	int ret;

	*global = false;
	if (pasid == IOMMU_NO_PASID || pasid >= rid->limit)
		return -EINVAL;
	ret = rid_take(rid, owner, true, &pasid, global);
	if (!ret)
		trace_iommu_pasid_alloc(dev, pasid, *global);
	return ret;
}

/**
 * iommu_pasid_reserve() - Take exactly this PASID
 * @dev: the device
 * @owner: as for iommu_pasid_alloc()
 * @pasid: the number
 *
 * Context: may sleep
 * Return: 0; -EINVAL if the device cannot use the number, -EBUSY if it is
 * taken, and otherwise as for iommu_pasid_alloc()
 */
int iommu_pasid_reserve(struct device *dev, const void *owner, ioasid_t pasid)
{
	struct iommu_pasid_rid *rid = dev_rid(dev);
	bool global;
	int ret;

	might_alloc(GFP_KERNEL);
	if (!rid)
		return iommu_pasid_refuse(dev, pasid, -EOPNOTSUPP, no_pasids);
	ret = rid_reserve(rid, dev, owner, pasid, &global);
	return ret ? iommu_pasid_refuse(dev, pasid, ret, why_not(ret, global)) :
		     0;
}
EXPORT_SYMBOL_GPL(iommu_pasid_reserve);

static int rid_free(struct iommu_pasid_rid *rid, const void *owner,
		    ioasid_t pasid, bool *global)
{
	struct iommu_pasid_rid *drawn_by = NULL;
	unsigned long flags;
	int ret;

	spin_lock_irqsave(&rid->pool.lock, flags);
	*global = rid->scope == IOMMU_PASID_SCOPE_GLOBAL;
	if (!*global)
		ret = iommu_pasid_pool_free(&rid->pool, pasid, owner, NULL);
	spin_unlock_irqrestore(&rid->pool.lock, flags);
	if (!*global)
		return ret;

	/* The number that is to be freed, if there is one, keeps the scope */
	spin_lock_irqsave(&global_pool.lock, flags);
	ret = iommu_pasid_pool_free(&global_pool, pasid, owner ?: rid,
				    &drawn_by);
	if (drawn_by)
		atomic_dec(&drawn_by->drawn);
	spin_unlock_irqrestore(&global_pool.lock, flags);
	return ret;
}

/**
 * iommu_pasid_free() - Give a PASID back
 * @dev: the device
 * @owner: as it was taken with
 * @pasid: the number, which is not attached any more
 *
 * It is not handed out again before 256 others were freed, if there is another
 * one.
 *
 * Context: any
 * Return: 0; -ENOENT if nobody holds it; -EPERM if somebody else does; -EBUSY
 * while it is attached; -EOPNOTSUPP if the device or its IOMMU has no PASIDs
 */
int iommu_pasid_free(struct device *dev, const void *owner, ioasid_t pasid)
{
	struct iommu_pasid_rid *rid = dev_rid(dev);
	bool global;
	int ret;

	if (unlikely(!rid))
		return iommu_pasid_refuse(dev, pasid, -EOPNOTSUPP, no_pasids);
	ret = rid_free(rid, owner, pasid, &global);
	if (unlikely(ret))
		return iommu_pasid_refuse(dev, pasid, ret,
					  why_not(ret, global));
	trace_iommu_pasid_free(dev, pasid, global);
	return 0;
}
EXPORT_SYMBOL_GPL(iommu_pasid_free);

/**
 * iommu_pasid_reserve_set() - Take all of these PASIDs, or none
 * @dev: the device
 * @owner: as for iommu_pasid_alloc()
 * @want: the numbers; for each of them, @want->error is set
 * @nr: how many
 *
 * Rebuilds on one RID what iommu_pasid_walk() told of another.
 *
 * Context: may sleep
 * Return: 0, or the error of the first number that cannot be had; then the
 * others have their errors, too, and nothing is taken
 */
int iommu_pasid_reserve_set(struct device *dev, const void *owner,
			    struct iommu_pasid_want *want, unsigned int nr)
{
	struct iommu_pasid_rid *rid = dev_rid(dev);
	unsigned int i;
	int ret = 0;
	bool global;

	might_alloc(GFP_KERNEL);
	if (!rid)
		return iommu_pasid_refuse(dev, IOMMU_PASID_INVALID, -EOPNOTSUPP,
					  no_pasids);
	for (i = 0; i < nr; i++) {
		want[i].error = rid_reserve(rid, dev, owner, want[i].pasid,
					    &global);
		if (want[i].error)
			iommu_pasid_refuse(dev, want[i].pasid, want[i].error,
					   why_not(want[i].error, global));
		ret = ret ?: want[i].error;
		cond_resched();
	}
	for (i = 0; ret && i < nr; i++)
		if (!want[i].error)
			WARN_ON(rid_free(rid, owner, want[i].pasid, &global));
	return ret;
}
EXPORT_SYMBOL_GPL(iommu_pasid_reserve_set);

/**
 * iommu_pasid_walk() - Tell all PASIDs that a RID holds
 * @dev: a device with the RID
 * @fn: called for each, in ascending order; returns 0 to go on
 * @data: passed to @fn
 *
 * These are the numbers that were taken for the RID and those that are attached
 * to it. Of one that comes or goes meanwhile, @fn may hear or not.
 *
 * Context: may sleep, and so may @fn
 * Return: 0; what @fn returned, if that is not 0; -EOPNOTSUPP if the device or
 * its IOMMU has no PASIDs
 */
int iommu_pasid_walk(struct device *dev,
		     int (*fn)(ioasid_t pasid, void *data), void *data)
{
	struct iommu_pasid_rid *rid = dev_rid(dev);

	might_sleep();
	return rid ? rid_walk(rid, fn, data) : -EOPNOTSUPP;
}
EXPORT_SYMBOL_GPL(iommu_pasid_walk);

static int attach_try(struct iommu_pasid_rid *rid, ioasid_t pasid,
		      const void *owner, struct iommu_pasid_spare *spare,
		      bool *global)
{
	int ret = -EPERM;

	spin_lock_irq(&rid->pool.lock);
	*global = rid->scope == IOMMU_PASID_SCOPE_GLOBAL;
	if (!owner || !rid->claimed)
		ret = iommu_pasid_pool_attach(&rid->pool, pasid,
					      *global ? NULL : owner, spare);
	spin_unlock_irq(&rid->pool.lock);
	return ret;
}

/* Notes it in the RID's pool, also if the one that counts is the system's */
static int attach_own(struct iommu_pasid_rid *rid, ioasid_t pasid,
		      const void *owner, bool *global)
{
	struct iommu_pasid_spare spare = { .size = rid->limit };
	int ret;

	do {
		ret = attach_try(rid, pasid, owner, &spare, global);
	} while (fill_and_retry(&ret, &spare));
	iommu_pasid_spare_free(&spare);
	return ret;
}

static int attach_global(struct iommu_pasid_rid *rid, ioasid_t pasid,
			 const void *owner)
{
	int ret;

	spin_lock_irq(&global_pool.lock);
	ret = iommu_pasid_pool_attach(&global_pool, pasid, owner ?: rid, NULL);
	spin_unlock_irq(&global_pool.lock);
	if (ret) {
		spin_lock_irq(&rid->pool.lock);
		iommu_pasid_pool_detach(&rid->pool, pasid);
		spin_unlock_irq(&rid->pool.lock);
	}
	return ret;
}

/**
 * iommu_pasid_rid_attach_any() - May the number be attached? Then it is noted
 * @rid: the RID
 * @dev: the device, for messages
 * @pasid: the number
 * @owner: who attaches it, NULL for whoever drives the RID
 *
 * See iommu_pasid_rid_attach(), which does without this if it can.
 *
 * Context: may sleep, group->mutex is held, before hardware is touched
 * Return: as iommu_pasid_rid_attach()
 */
int iommu_pasid_rid_attach_any(struct iommu_pasid_rid *rid, struct device *dev,
			       ioasid_t pasid, const void *owner)
{
	bool global = false;
	int ret = -EINVAL;

	if (!dev->iommu->max_pasids)
		return iommu_pasid_refuse(dev, pasid, -EOPNOTSUPP, no_pasids);
	if (pasid < rid->limit)
		ret = attach_own(rid, pasid, owner, &global);
	if (!ret && global)
		ret = attach_global(rid, pasid, owner);
	if (!ret)
		return 0;
	return iommu_pasid_refuse(dev, pasid, ret, ret == -EBUSY ?
				  "it is attached already" :
				  why_not(ret, global));
}

/**
 * iommu_pasid_rid_attached() - Is the number attached?
 * @rid: the RID
 * @pasid: the number
 *
 * Context: group->mutex is held
 * Return: whether it is
 */
bool iommu_pasid_rid_attached(struct iommu_pasid_rid *rid, ioasid_t pasid)
{
	bool attached;

	spin_lock_irq(&rid->pool.lock);
	attached = iommu_pasid_pool_attached(&rid->pool, pasid);
	spin_unlock_irq(&rid->pool.lock);
	return attached;
}

/**
 * iommu_pasid_rid_detach() - Note that a number is not attached any more
 * @rid: the RID
 * @pasid: the number
 *
 * Frees it if it belonged to the attachment.
 *
 * Context: group->mutex is held, after the hardware has been told
 */
void iommu_pasid_rid_detach(struct iommu_pasid_rid *rid, ioasid_t pasid)
{
	/* Does not change while something is attached */
	bool global = READ_ONCE(rid->scope) == IOMMU_PASID_SCOPE_GLOBAL;

	if (global) {
		spin_lock_irq(&global_pool.lock);
		iommu_pasid_pool_detach(&global_pool, pasid);
		spin_unlock_irq(&global_pool.lock);
	}
	spin_lock_irq(&rid->pool.lock);
	iommu_pasid_pool_detach(&rid->pool, pasid);
	spin_unlock_irq(&rid->pool.lock);
}

/**
 * iommu_pasid_share() - How many of the system's PASIDs are for one user
 * @limit: those that are of use are below this
 *
 * Context: any
 * Return: the number
 */
unsigned int iommu_pasid_share(u32 limit)
{
	return min(READ_ONCE(owner_limit), limit / 2);
}

/**
 * iommu_pasid_alloc_process() - Take the PASID of a process, good for all RIDs
 * @dev: the device that the process is bound to
 * @process: owner of the number, never dereferenced
 * @pasid: result
 *
 * Does not count for the RID: the number stays with the process, for the other
 * devices that it uses, see iommu_pasid_charge(). iommu_free_global_pasid()
 * frees it.
 *
 * Context: may sleep
 * Return: as for iommu_pasid_alloc()
 */
int iommu_pasid_alloc_process(struct device *dev, const void *process,
			      ioasid_t *pasid)
{
	struct iommu_pasid_rid *rid = dev_rid(dev);
	int ret;

	might_alloc(GFP_KERNEL);
	if (!rid)
		return iommu_pasid_refuse(dev, IOMMU_PASID_INVALID, -EOPNOTSUPP,
					  no_pasids);
	ret = global_take(rid->limit, process, NULL, false, pasid);
	if (ret)
		return iommu_pasid_refuse(dev, IOMMU_PASID_INVALID, ret,
					  why_not(ret, true));
	trace_iommu_pasid_alloc(dev, *pasid, true);
	return 0;
}

/**
 * iommu_alloc_global_pasid() - Take a PASID of the system's pool
 * @dev: the device that is to use it
 *
 * The number is noted as held by the driver of @dev, who alone may attach it.
 * If others draw from that pool for @dev, the driver has to have asked for it:
 * see iommu_pasid_set_scope().
 *
 * Context: may sleep
 * Return: the number, or IOMMU_PASID_INVALID
 */
ioasid_t iommu_alloc_global_pasid(struct device *dev)
{
	struct iommu_pasid_rid *rid = dev_rid(dev);
	ioasid_t pasid;
	int ret;

	might_alloc(GFP_KERNEL);
	if (!rid) {
		iommu_pasid_refuse(dev, IOMMU_PASID_INVALID, -EOPNOTSUPP,
				   no_pasids);
		return IOMMU_PASID_INVALID;
	}
	ret = rid_may_draw(rid) ?:
	      global_take(rid->limit, rid, rid, false, &pasid);
	if (unlikely(ret)) {
		iommu_pasid_refuse(dev, IOMMU_PASID_INVALID, ret,
				   why_not(ret, true));
		return IOMMU_PASID_INVALID;
	}
	trace_iommu_pasid_alloc(dev, pasid, true);
	return pasid;
}
EXPORT_SYMBOL_GPL(iommu_alloc_global_pasid);

/**
 * iommu_free_global_pasid() - Give a PASID back to the system's pool
 * @pasid: the number, which is attached nowhere any more
 *
 * Context: any
 */
void iommu_free_global_pasid(ioasid_t pasid)
{
	struct iommu_pasid_rid *rid = NULL;
	unsigned long flags;
	int ret;

	if (WARN_ON(pasid == IOMMU_PASID_INVALID))
		return;

	spin_lock_irqsave(&global_pool.lock, flags);
	ret = iommu_pasid_pool_free(&global_pool, pasid, IOMMU_PASID_ANYONE,
				    &rid);
	/* Under the lock: else the RID might be gone */
	if (rid)
		atomic_dec(&rid->drawn);
	spin_unlock_irqrestore(&global_pool.lock, flags);
	if (WARN(ret, "iommu: PASID %u not freed: %s\n", pasid,
		 why_not(ret, true)))
		return;
	trace_iommu_pasid_free(NULL, pasid, true);
}
EXPORT_SYMBOL_GPL(iommu_free_global_pasid);
