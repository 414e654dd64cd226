// SPDX-License-Identifier: GPL-2.0-only
/*
 * Who pays for the PASID that a process has of the system's pool.
 *
 * Such a number is bound to the process until it ends, so whoever can start
 * processes could take them all. It is charged to the user and the cgroup of
 * the task that binds, and stays with them whatever becomes of that task: as
 * with memory, who wants a charge elsewhere binds there.
 */
#include <linux/cred.h>
#include <linux/hashtable.h>
#include <linux/init.h>
#include <linux/iommu.h>
#include <linux/misc_cgroup.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/uidgid.h>

#include "iommu-pasid.h"

/**
 * struct iommu_pasid_user - what the processes of a user hold
 * @node: in the table of users
 * @uid: the user
 * @held: how many, 0 for one that is to be freed
 */
struct iommu_pasid_user {
	struct hlist_node node;
	kuid_t uid;
	unsigned int held;
};

static DEFINE_HASHTABLE(users, 6);
/* Processes end in any context */
static DEFINE_SPINLOCK(users_lock);

static struct iommu_pasid_user *find_user_locked(kuid_t uid)
{
	struct iommu_pasid_user *user;

	hash_for_each_possible(users, user, node, __kuid_val(uid))
		if (uid_eq(user->uid, uid))
			return user;
	return NULL;
}

static struct iommu_pasid_user *charge_user(kuid_t uid, unsigned int share)
{
	struct iommu_pasid_user *user, *new;
	unsigned long flags;

	new = kzalloc(sizeof(*new), GFP_KERNEL);
	if (!new)
		return ERR_PTR(-ENOMEM);
	new->uid = uid;

	spin_lock_irqsave(&users_lock, flags);
	user = find_user_locked(uid);
	if (!user && share) {
		user = new;
		new = NULL;
		hash_add(users, &user->node, __kuid_val(uid));
	}
	if (user && user->held < share)
		user->held++;
	else
		user = ERR_PTR(-EDQUOT);
	spin_unlock_irqrestore(&users_lock, flags);
	kfree(new);
	return user;
}

static void uncharge_user(struct iommu_pasid_user *user)
{
	unsigned long flags;
	bool last;

	spin_lock_irqsave(&users_lock, flags);
	last = !--user->held;
	if (last)
		hash_del(&user->node);
	spin_unlock_irqrestore(&users_lock, flags);
	if (last)
		kfree(user);
}

/**
 * iommu_pasid_charge() - The current task is to have a PASID of the system's
 * @payer: result, who pays for it
 * @dev: the device that it is bound to
 *
 * A user may hold half of what the device can use, and no more than
 * iommu_pasid.owner_limit; a cgroup what its misc.max says.
 *
 * Context: may sleep
 * Return: 0, -EDQUOT if the user has its share, -EBUSY if the cgroup has, or
 * -ENOMEM
 */
int iommu_pasid_charge(struct iommu_pasid_payer *payer, struct device *dev)
{
	struct iommu_pasid_user *user;
	struct misc_cg *cgroup;
	int ret;

	user = charge_user(current_uid(),
			   iommu_pasid_share(dev->iommu->max_pasids));
	if (IS_ERR(user)) {
		ret = PTR_ERR(user);
		return iommu_pasid_refuse(dev, IOMMU_PASID_INVALID, ret,
					  ret == -ENOMEM ? "out of memory" :
					  "the user's processes have their share of the system's pool");
	}
	cgroup = get_current_misc_cg();
	ret = misc_cg_try_charge(MISC_CG_RES_PASID, cgroup, 1);
	if (ret) {
		put_misc_cg(cgroup);
		uncharge_user(user);
		return iommu_pasid_refuse(dev, IOMMU_PASID_INVALID, ret,
					  "the cgroup has as many as misc.max allows");
	}
	payer->user = user;
	payer->cgroup = cgroup;
	return 0;
}

/**
 * iommu_pasid_uncharge() - The number is free again
 * @payer: who paid for it
 *
 * Context: any
 */
void iommu_pasid_uncharge(struct iommu_pasid_payer *payer)
{
	misc_cg_uncharge(MISC_CG_RES_PASID, payer->cgroup, 1);
	put_misc_cg(payer->cgroup);
	uncharge_user(payer->user);
	*payer = (struct iommu_pasid_payer){};
}

static int __init iommu_pasid_payer_init(void)
{
	return misc_cg_set_capacity(MISC_CG_RES_PASID, IOMMU_PASID_SPACE - 1);
}
subsys_initcall(iommu_pasid_payer_init);
