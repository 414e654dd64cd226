// SPDX-License-Identifier: GPL-2.0-only
/*
 * The scope of the PASIDs of a RID: RID-local, or global.
 *
 * The IOMMU looks up a PASID in a table of the RID, so each RID has a number
 * space of its own. The numbers in use are those that are attached, see
 * &iommu_group.pasid_array.
 *
 * With ENQCMD, the processor takes the number from a register of the task,
 * which has one for all devices. It must not mean another process on any of
 * them. So if a RID is used like that, all numbers that are chosen for it are
 * from one pool for the system. The pool is not a range of its own, since some
 * devices have too few numbers for a split.
 */
#include <kunit/static_stub.h>
#include <linux/cpufeature.h>
#include <linux/device.h>
#include <linux/export.h>
#include <linux/iommu.h>
#include <linux/xarray.h>

#include "../iommu-priv.h"
#include "pasid.h"

/*
 * The pool of the system: the global PASIDs that are allocated, each with its
 * process, or with PASID_OF_DRIVER. Interrupts are disabled under its lock,
 * since PASIDs may be freed in interrupt context.
 */
static DEFINE_XARRAY_FLAGS(iommu_global_pasids,
			   XA_FLAGS_ALLOC1 | XA_FLAGS_LOCK_IRQ);

#define PASID_OF_DRIVER		xa_mk_value(0)

/**
 * iommu_pasid_cpu_has_enqcmd() - Can the processor send PASIDs to devices?
 *
 * Context: Any.
 *
 * Return: true if it has ENQCMD, which sends the PASID in the task's register.
 */
bool iommu_pasid_cpu_has_enqcmd(void)
{
	KUNIT_STATIC_STUB_REDIRECT(iommu_pasid_cpu_has_enqcmd);
#ifdef CONFIG_X86
	return cpu_feature_enabled(X86_FEATURE_ENQCMD);
#else
	return false;
#endif
}

/**
 * iommu_pasid_is_global() - Is a RID in the global scope?
 * @group: its group
 *
 * Context: Any. The answer may change unless the caller holds the mutex of
 * @group.
 *
 * Return: true if the numbers that are chosen for the RID have to be from the
 * pool of the system.
 */
bool iommu_pasid_is_global(struct iommu_group *group)
{
	switch (READ_ONCE(group->pasid_scope)) {
	case IOMMU_PASID_SCOPE_RID:
		return false;
	case IOMMU_PASID_SCOPE_GLOBAL:
		return true;
	case IOMMU_PASID_SCOPE_DEFAULT:
		break;
	}
	/* No scope is set: tasks may send PASIDs to the device, with ENQCMD */
	return iommu_pasid_cpu_has_enqcmd();
}

/**
 * iommu_pasid_set_scope() - Set the scope of the PASIDs of a device
 * @dev: the device, to which its driver is bound
 * @scope: %IOMMU_PASID_SCOPE_GLOBAL if tasks send PASIDs to the device, with
 *	ENQCMD, or if the driver uses iommu_alloc_global_pasid();
 *	%IOMMU_PASID_SCOPE_RID if the device uses only PASIDs that its driver
 *	programs
 *
 * For a driver that does not want the default, which is global if the processor
 * has ENQCMD, and RID-local otherwise. The scope applies to all devices of the
 * group, until no driver is bound to any of them.
 *
 * Context: Process context, may sleep. Takes the mutex of the group.
 *
 * Return: 0; -EBUSY if another scope is set, PASIDs of another scope are
 * attached, or the group has an owner; -EOPNOTSUPP if the device or its IOMMU
 * does not support PASIDs.
 */
int iommu_pasid_set_scope(struct device *dev, enum iommu_pasid_scope scope)
{
	bool global = scope == IOMMU_PASID_SCOPE_GLOBAL;
	struct iommu_group *group = dev->iommu_group;
	int ret = 0;

	if (!group || !dev_has_iommu(dev) || !dev->iommu->max_pasids)
		return -EOPNOTSUPP;

	mutex_lock(&group->mutex);
	if (group->owner ||
	    (group->pasid_scope && group->pasid_scope != scope) ||
	    (iommu_pasid_is_global(group) != global &&
	     !xa_empty(&group->pasid_array)))
		ret = -EBUSY;
	else
		WRITE_ONCE(group->pasid_scope, scope);
	mutex_unlock(&group->mutex);
	return ret;
}
EXPORT_SYMBOL_GPL(iommu_pasid_set_scope);

/**
 * iommu_pasid_may_attach_global() - May a domain be attached to a global PASID?
 * @domain: what is to be attached
 * @dev: the device; a driver has set the global scope, and there is no owner
 * @pasid: the number
 *
 * Tasks may send the global PASID of their process to the device, so only a
 * domain of this process may be attached to it.
 *
 * Context: Any.
 *
 * Return: 0; -ENOENT if the number is not allocated; -EPERM if it is that
 * of a process and @domain is not.
 */
int iommu_pasid_may_attach_global(struct iommu_domain *domain,
				  struct device *dev, ioasid_t pasid)
{
	void *of = xa_load(&iommu_global_pasids, pasid);

	if (!of) {
		dev_warn_ratelimited(dev, "PASID %u cannot be attached: it is not one of iommu_alloc_global_pasid()\n",
				     pasid);
		return -ENOENT;
	}
	if (of == PASID_OF_DRIVER ||
	    (domain->type == IOMMU_DOMAIN_SVA && domain->mm == of))
		return 0;
	dev_warn_ratelimited(dev, "PASID %u cannot be attached: it is that of a process\n",
			     pasid);
	return -EPERM;
}

static int pasid_alloc(void *of, u32 limit, ioasid_t *pasid)
{
	int ret;

	if (limit <= IOMMU_FIRST_GLOBAL_PASID)
		return -ENOSPC;
	ret = xa_alloc_irq(&iommu_global_pasids, pasid, of,
			   XA_LIMIT(IOMMU_FIRST_GLOBAL_PASID, limit - 1),
			   GFP_KERNEL);
	return ret == -EBUSY ? -ENOSPC : ret;
}

/**
 * iommu_pasid_alloc_process() - Allocate the global PASID of a process
 * @mm: the process, never dereferenced
 * @limit: the PASID has to be less than this
 * @pasid: result, to be freed with iommu_free_global_pasid()
 *
 * Context: Process context, may sleep.
 *
 * Return: 0, -ENOSPC if all are in use, or -ENOMEM.
 */
int iommu_pasid_alloc_process(struct mm_struct *mm, u32 limit, ioasid_t *pasid)
{
	return pasid_alloc(mm, limit, pasid);
}

/**
 * iommu_alloc_global_pasid() - Allocate a global PASID that no process has
 * @dev: the device that is to use it
 *
 * The number can be attached to other devices, too. This sets the scope of @dev
 * to global, see iommu_pasid_set_scope(), unless its driver has set another
 * one, RID-local PASIDs are attached, or the group of @dev has an owner.
 *
 * Context: Process context, may sleep. Takes the mutex of the device's group.
 *
 * Return: The lowest number that is free, or %IOMMU_PASID_INVALID.
 */
ioasid_t iommu_alloc_global_pasid(struct device *dev)
{
	struct iommu_group *group = dev->iommu_group;
	ioasid_t pasid;

	/* max_pasids == 0 means that the device does not support PASID */
	if (!dev->iommu->max_pasids)
		return IOMMU_PASID_INVALID;

	if (group && !READ_ONCE(group->pasid_scope))
		iommu_pasid_set_scope(dev, IOMMU_PASID_SCOPE_GLOBAL);
	if (pasid_alloc(PASID_OF_DRIVER, dev->iommu->max_pasids, &pasid))
		return IOMMU_PASID_INVALID;
	return pasid;
}
EXPORT_SYMBOL_GPL(iommu_alloc_global_pasid);

/**
 * iommu_free_global_pasid() - Free a global PASID, of a driver or a process
 * @pasid: the number, which is not attached to any device any more
 *
 * Context: Any, but not NMI, nor hard interrupts of PREEMPT_RT.
 */
void iommu_free_global_pasid(ioasid_t pasid)
{
	unsigned long flags;
	void *of;

	if (WARN_ON(pasid == IOMMU_PASID_INVALID))
		return;
	xa_lock_irqsave(&iommu_global_pasids, flags);
	of = __xa_erase(&iommu_global_pasids, pasid);
	xa_unlock_irqrestore(&iommu_global_pasids, flags);
	WARN_ON(!of);
}
EXPORT_SYMBOL_GPL(iommu_free_global_pasid);
