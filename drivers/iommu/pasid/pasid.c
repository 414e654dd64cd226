// SPDX-License-Identifier: GPL-2.0-only
/*
 * Whose PASIDs a RID uses.
 *
 * The IOMMU looks up a PASID in a table of the RID. So a RID has a space of its
 * own, and what is taken in it is what is attached: &iommu_group.pasid_array.
 *
 * That is not enough if the processor puts the number into the DMA. ENQCMD
 * takes it from a register of the task, which holds one for all devices. A RID
 * that is used like that takes all numbers that are chosen for it from one pool
 * for the system. A range of numbers never tells the one kind from the other:
 * devices may have few of them.
 */
#include <kunit/static_stub.h>
#include <linux/cpufeature.h>
#include <linux/device.h>
#include <linux/export.h>
#include <linux/idr.h>
#include <linux/iommu.h>
#include <linux/xarray.h>

#include "../iommu-priv.h"
#include "pasid.h"

/* The numbers of the global scope that are taken */
static DEFINE_IDA(iommu_global_pasid_ida);

/*
 * Those among them that are a process's, and whose. Who frees one may be in an
 * interrupt.
 */
static DEFINE_XARRAY_FLAGS(iommu_process_pasids, XA_FLAGS_LOCK_IRQ);

/**
 * iommu_pasid_cpu_has_enqcmd() - Does the processor put PASIDs into DMA?
 *
 * Context: Any.
 *
 * Return: true if a task has a register for that, whose number devices trust.
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
 * iommu_pasid_is_global() - Are the PASIDs of a RID those of the system?
 * @group: its group
 *
 * Context: Caller holds the mutex of @group, or takes the answer for a hint.
 *
 * Return: true if numbers that are chosen for the RID are to be from the pool.
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
	/* The driver has set no scope: the device may take the task's */
	return iommu_pasid_cpu_has_enqcmd();
}

/**
 * iommu_pasid_set_scope() - Say where the PASIDs of a device have to be from
 * @dev: the device, to which its driver is bound
 * @scope: %IOMMU_PASID_SCOPE_GLOBAL if processors send them, with ENQCMD, or
 *	the driver takes some with iommu_alloc_global_pasid();
 *	%IOMMU_PASID_SCOPE_RID if the device uses those only that its driver
 *	programs
 *
 * For a driver that knows better than the default, which is global where the
 * processor has ENQCMD. Holds for all devices of the group, until no driver is
 * bound to any.
 *
 * Context: Process context, may sleep. Takes the mutex of the group.
 *
 * Return: 0; -EBUSY if another one was asked for, PASIDs of another one are
 * attached, or the group has an owner; -EOPNOTSUPP if the device or its IOMMU
 * has no PASIDs.
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
 * iommu_pasid_may_attach_global() - Is this PASID for that domain?
 * @domain: what is to be attached
 * @dev: the device, whose RID is in the global scope and not claimed
 * @pasid: the number
 *
 * A task may come with the number that its process has in the global scope:
 * then that has to be what the number leads to.
 *
 * Context: Process context, may sleep.
 *
 * Return: 0; -ENOENT if the number is not allocated; -EPERM if it is that
 * of a process and @domain is not; -ENOMEM.
 */
int iommu_pasid_may_attach_global(struct iommu_domain *domain,
				  struct device *dev, ioasid_t pasid)
{
	struct mm_struct *mm;
	int free;

	mm = xa_load(&iommu_process_pasids, pasid);
	if (mm) {
		if (domain->type == IOMMU_DOMAIN_SVA && domain->mm == mm)
			return 0;
		dev_warn_ratelimited(dev, "PASID %u cannot be attached: it is that of a process\n",
				     pasid);
		return -EPERM;
	}

	/* An IDA can be asked only in this way, if not for long */
	free = ida_alloc_range(&iommu_global_pasid_ida, pasid, pasid,
			       GFP_KERNEL);
	if (free == -ENOSPC)
		return 0;
	if (free < 0)
		return free;
	ida_free(&iommu_global_pasid_ida, pasid);
	dev_warn_ratelimited(dev, "PASID %u cannot be attached: it is not one of iommu_alloc_global_pasid()\n",
			     pasid);
	return -ENOENT;
}

static int pasid_alloc(u32 limit)
{
	if (limit <= IOMMU_FIRST_GLOBAL_PASID)
		return -ENOSPC;
	return ida_alloc_range(&iommu_global_pasid_ida,
			       IOMMU_FIRST_GLOBAL_PASID, limit - 1, GFP_KERNEL);
}

/**
 * iommu_pasid_alloc_process() - Take the PASID that a process has everywhere
 * @mm: the process, never dereferenced
 * @limit: it is to be below this
 * @pasid: result, for iommu_pasid_free_process()
 *
 * Context: Process context, may sleep.
 *
 * Return: 0, -ENOSPC if all are taken, or -ENOMEM.
 */
int iommu_pasid_alloc_process(struct mm_struct *mm, u32 limit, ioasid_t *pasid)
{
	int id = pasid_alloc(limit), ret;

	if (id < 0)
		return id;
	ret = xa_err(xa_store_irq(&iommu_process_pasids, id, mm, GFP_KERNEL));
	if (ret)
		ida_free(&iommu_global_pasid_ida, id);
	else
		*pasid = id;
	return ret;
}

/**
 * iommu_pasid_free_process() - Give the PASID of a process back
 * @pasid: the number, which is attached nowhere any more
 *
 * Context: Any, but not NMI, nor hard interrupts of PREEMPT_RT.
 */
void iommu_pasid_free_process(ioasid_t pasid)
{
	unsigned long flags;

	xa_lock_irqsave(&iommu_process_pasids, flags);
	__xa_erase(&iommu_process_pasids, pasid);
	xa_unlock_irqrestore(&iommu_process_pasids, flags);
	ida_free(&iommu_global_pasid_ida, pasid);
}

/**
 * iommu_alloc_global_pasid() - Take a PASID that no process has
 * @dev: the device that is to use it
 *
 * The number can be attached to other devices, too. From now on the RID of @dev
 * is in the global scope, unless its driver has set another one, see
 * iommu_pasid_set_scope(), or processes are bound to it by numbers of its own.
 *
 * Context: Process context, may sleep. Takes the mutex of the device's group.
 *
 * Return: The lowest number that is free, or %IOMMU_PASID_INVALID.
 */
ioasid_t iommu_alloc_global_pasid(struct device *dev)
{
	struct iommu_group *group = dev->iommu_group;
	int pasid;

	/* max_pasids == 0 means that the device does not support PASID */
	if (!dev->iommu->max_pasids)
		return IOMMU_PASID_INVALID;

	if (group && !READ_ONCE(group->pasid_scope))
		iommu_pasid_set_scope(dev, IOMMU_PASID_SCOPE_GLOBAL);
	pasid = pasid_alloc(dev->iommu->max_pasids);
	return pasid < 0 ? IOMMU_PASID_INVALID : pasid;
}
EXPORT_SYMBOL_GPL(iommu_alloc_global_pasid);

/**
 * iommu_free_global_pasid() - Give a PASID of iommu_alloc_global_pasid() back
 * @pasid: the number, which is attached nowhere any more
 *
 * Context: Any, but not NMI, nor hard interrupts of PREEMPT_RT.
 */
void iommu_free_global_pasid(ioasid_t pasid)
{
	if (WARN_ON(pasid == IOMMU_PASID_INVALID))
		return;
	ida_free(&iommu_global_pasid_ida, pasid);
}
EXPORT_SYMBOL_GPL(iommu_free_global_pasid);
