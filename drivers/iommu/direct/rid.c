// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the RIDs of a group are attached to: the table in rid.h.
 *
 * The rule is that a device which requires direct regions is not attached to a
 * domain without them; the table has the exceptions. All paths that attach a
 * domain use two functions of this file: rid_decide() chooses the domain of a
 * RID, for all RIDs of a group before any of them is changed.
 * iommu_rid_attach() attaches it, and falls back to another one if that fails.
 */
#include <linux/device.h>
#include <linux/err.h>
#include <linux/export.h>
#include <linux/iommu.h>
#include <linux/lockdep.h>
#include <linux/pci.h>
#include <trace/events/iommu.h>

#include "../iommu-priv.h"
#include "attach.h"
#include "group.h"
#include "map.h"
#include "rid.h"

static const char * const iommu_resv_use_string[] = {
	[IOMMU_RESV_USE_CORE]			= "core",
	[IOMMU_RESV_USE_BLOCK]			= "block",
	[IOMMU_RESV_USE_USER]			= "user",
	[IOMMU_RESV_USE_KERNEL]			= "kernel",
	[IOMMU_RESV_USE_SHARED]			= "shared",
};

/* Returns NULL for a device without RID: no IOMMU driver has probed it */
static struct group_device *rid_device(struct iommu_group *group,
				       struct device *dev)
{
	struct group_device *gdev;

	for_each_group_device(group, gdev)
		if (gdev->dev == dev)
			return gdev->rid ? gdev : NULL;
	return NULL;
}

/* The domain of the first device of the RID that is attached to one */
static struct iommu_domain *rid_attached(const struct iommu_rid *rid)
{
	struct group_device *gdev;

	for_each_rid_device(rid, gdev)
		if (gdev->dev->iommu->attached)
			return gdev->dev->iommu->attached;
	return NULL;
}

/* The first device that counts and requires direct regions */
static struct group_device *rid_requires_direct(const struct iommu_rid *rid)
{
	struct group_device *gdev;

	for_each_rid_device(rid, gdev)
		if (unlikely(gdev->dev->iommu->require_direct) &&
		    iommu_rid_counts(gdev))
			return gdev;
	return NULL;
}

static bool rid_is_parked(struct iommu_group *group, struct iommu_rid *rid)
{
	return group->direct_domain &&
	       rid_attached(rid) == group->direct_domain;
}

/*
 * Who decides what @domain maps? The core does in the default domain of @group,
 * and in the previous one while that is being replaced, since a failed change
 * returns to it. It is replaced only while no driver uses the group. A driver
 * may have attached the default domain of another group, where the regions of
 * this one are not mapped: that counts as a domain of the driver.
 */
static enum iommu_resv_use rid_domain_use(struct iommu_group *group,
					  struct iommu_domain *domain)
{
	if (!domain || domain->type == IOMMU_DOMAIN_BLOCKED ||
	    domain == group->blocking_domain)
		return IOMMU_RESV_USE_BLOCK;
	if (domain == group->default_domain ||
	    (domain == group->domain && !group->owner_cnt &&
	     iommu_is_dma_domain(domain)))
		return IOMMU_RESV_USE_CORE;
	if (group->owner)
		return IOMMU_RESV_USE_USER;
	if (domain->type == IOMMU_DOMAIN_IDENTITY)
		return IOMMU_RESV_USE_CORE;
	return domain->keep_direct ? IOMMU_RESV_USE_SHARED :
				     IOMMU_RESV_USE_KERNEL;
}

/* Map the RID's direct regions in a domain whose owner leaves them to us */
static int rid_fill(struct iommu_group *group, struct iommu_rid *rid,
		    struct iommu_domain *domain)
{
	int ret = iommu_rid_map_missing(group, domain, rid);

	/*
	 * If the direct-only domain lacks regions, too, the IOMMU cannot
	 * address them in any domain: that is no reason to refuse this one.
	 */
	return ret == -ERANGE && rid->partial ? 0 : ret;
}

/*
 * Returns 0 if @domain has the direct regions that the RID requires. The core
 * maps missing ones where it may, some only after the attach: see rid->late.
 * Returns -EPERM if @domain lacks them, or -ENOMEM.
 */
static int rid_suits(struct iommu_group *group, struct iommu_rid *rid,
		     struct iommu_domain *domain)
{
	struct group_device *gdev;
	int ret;

	if (likely(!rid_requires_direct(rid)))
		return 0;

	switch (rid_domain_use(group, domain)) {
	case IOMMU_RESV_USE_CORE:
		if (!iommu_is_dma_domain(domain))
			return 0;
		/*
		 * What kept a region from being mapped when the device joined,
		 * such as a buffer at its addresses, may be gone: try again.
		 */
		for_each_rid_device(rid, gdev) {
			if (gdev->lacks != domain || !iommu_rid_counts(gdev))
				continue;
			ret = iommu_rid_map_default(group, gdev, domain);
			if (ret || gdev->lacks)
				return ret ?: -EPERM;
		}
		return 0;
	case IOMMU_RESV_USE_SHARED:
		ret = rid_fill(group, rid, domain);
		if (!ret || ret == -ENOMEM)
			return ret;
		if (ret == -EADDRINUSE || ret == -ERANGE)
			return -EPERM;
		/* Some IOMMU drivers can map only after attaching a domain */
		rid->late = true;
		return 0;
	default:
		return -EPERM;
	}
}

/* Log once per device, and trace every time, why a domain is refused */
static int rid_refuse(struct iommu_group *group, struct group_device *gdev,
		      struct iommu_domain *domain)
{
	enum iommu_resv_use use = rid_domain_use(group, domain);
	struct device *dev = gdev->dev;
	struct iommu_resv_range reason = iommu_resv_reason(dev->iommu->resv);

	trace_attach_refused(dev, group->id, iommu_resv_use_string[use],
			     reason.start, reason.last, reason.source);
	if (!gdev->refusal_logged)
		gdev->refusal_logged = iommu_resv_explain(dev, dev->iommu->resv,
							  group->id, use);
	return -EPERM;
}

/*
 * As rid_suits(). Excluded devices are included again if @domain suits all
 * devices of the RID, or if all are excluded: then the RID can be parked.
 */
static int rid_include(struct iommu_group *group, struct iommu_rid *rid,
		       struct iommu_domain *domain)
{
	bool excluded = false, others = false;
	struct group_device *gdev;
	int ret;

	for_each_rid_device(rid, gdev) {
		excluded |= gdev->excluded;
		others |= !gdev->excluded;
	}
	if (likely(!excluded))
		return rid_suits(group, rid, domain);

	rid->all = true;
	ret = rid_suits(group, rid, domain);
	rid->all = false;
	if (ret && others)
		return rid_suits(group, rid, domain);
	for_each_rid_device(rid, gdev)
		gdev->excluded = false;
	return ret;
}

static void rid_decide_to_park(struct iommu_group *group, struct iommu_rid *rid)
{
	rid->target = group->direct_domain;
	rid->late = rid->partial;
}

/*
 * The first step of every decision: let the RID follow its group to @domain.
 * Returns true if that is final: no device requires direct regions or is
 * excluded. For most RIDs this check of two bits per device is all there is.
 */
static __always_inline bool rid_decide_to_follow(struct iommu_rid *rid,
						 struct iommu_domain *domain)
{
	struct group_device *gdev;

	rid->target = domain;
	rid->late = false;
	for_each_rid_device(rid, gdev)
		if (unlikely(gdev->dev->iommu->require_direct) ||
		    unlikely(gdev->excluded))
			return false;
	return true;
}

/*
 * Decide what the RID is to be attached to when its group is on @domain.
 * Attaches nothing, but may map direct regions in @domain if that is left to
 * the core.
 */
static int rid_decide(struct iommu_group *group, struct iommu_rid *rid,
		      struct iommu_domain *domain, unsigned int flags)
{
	int ret;

	if (likely(rid_decide_to_follow(rid, domain)))
		return 0;
	ret = rid_include(group, rid, domain);
	if (!ret)
		return 0;
	/* Don't park for a lack of memory if the caller can fail instead */
	if (ret == -ENOMEM && !(flags & IOMMU_SET_DOMAIN_MUST_SUCCEED))
		return ret;

	/*
	 * Refuse @domain if the change may fail. Exception: a RID that joined
	 * after the group got an owner is parked, and stays so whatever the
	 * owner attaches.
	 */
	if (!(flags & (IOMMU_SET_DOMAIN_MUST_SUCCEED |
		       IOMMU_SET_DOMAIN_NEW_DEVICE)) &&
	    !(group->owner && rid_is_parked(group, rid)))
		return ret != -EPERM ? ret :
		       rid_refuse(group, rid_requires_direct(rid), domain);

	rid_decide_to_park(group, rid);
	return 0;
}

/**
 * iommu_rid_stay() - Cancel what was decided for a RID
 * @rid: the RID, which stays on the domain that it is attached to
 *
 * Devices that the decision included again are excluded again: those that
 * are attached to nothing while other devices of the RID are.
 *
 * Context: Caller holds the mutex of the group.
 */
void iommu_rid_stay(struct iommu_rid *rid)
{
	struct iommu_domain *attached = rid_attached(rid);
	struct group_device *gdev;

	rid->target = attached;
	rid->late = false;
	for_each_rid_device(rid, gdev)
		gdev->excluded |= attached && !gdev->dev->iommu->attached &&
				  !gdev->dev->iommu->attach_deferred &&
				  gdev->dev->iommu->require_direct;
}

/*
 * The slow path of iommu_group_decide(), from the first RID on with a device
 * that requires direct regions or is excluded.
 */
static noinline int group_decide_from(struct iommu_group *group,
				      struct iommu_rid *rid,
				      struct iommu_domain *domain,
				      unsigned int flags)
{
	int ret;

	list_for_each_entry_from(rid, &group->rids, node) {
		if (rid->resets)
			continue;
		ret = rid_decide(group, rid, domain, flags);
		if (ret)
			goto err_stay;
	}
	return 0;

err_stay:
	for_each_rid(group, rid)
		if (!rid->resets)
			iommu_rid_stay(rid);
	return ret;
}

/**
 * iommu_group_decide() - Decide what all RIDs of a group are to be attached to
 * @group: the group
 * @domain: the domain that @group is to change to
 * @flags: IOMMU_SET_DOMAIN_MUST_SUCCEED if that cannot be refused
 *
 * Attaches nothing, so if one RID refuses @domain, none has been changed. RIDs
 * in a reset are skipped: when the reset ends, it is decided for them.
 *
 * Context: Process context, may sleep. Caller holds the mutex of @group.
 *
 * Return: 0, -EPERM if @domain lacks direct regions that a RID requires, or
 * -ENOMEM.
 */
int iommu_group_decide(struct iommu_group *group, struct iommu_domain *domain,
		       unsigned int flags)
{
	struct iommu_rid *rid;

	lockdep_assert_held(&group->mutex);

	for_each_rid(group, rid)
		if (!rid->resets && !rid_decide_to_follow(rid, domain))
			return group_decide_from(group, rid, domain, flags);
	return 0;
}

static void rid_say_parked(struct iommu_group *group, struct device *dev)
{
	if (dev->iommu->require_direct)
		dev_warn(dev,
			 "parked while group %d is on a domain without its direct regions: those are mapped and nothing else\n",
			 group->id);
	else
		dev_warn(dev,
			 "parked while group %d is on a domain without the direct regions of another device with the same RID\n",
			 group->id);
}

static __always_inline int rid_attach_device(struct iommu_group *group,
					     struct group_device *gdev,
					     struct iommu_domain *domain)
{
	struct device *dev = gdev->dev;
	int ret;

	if (dev->iommu->attached == domain || gdev->excluded)
		return 0;
	/* Defer it to the first DMA; any other domain is attached at once */
	if (dev->iommu->attach_deferred && domain == group->default_domain)
		return 0;
	ret = __iommu_attach_device(domain, dev);
	if (!ret && unlikely(domain == group->direct_domain))
		rid_say_parked(group, dev);
	return ret;
}

/*
 * @failed could not be attached to @domain. Attach the devices before it to
 * what the RID was attached to. Returns @ret, the error.
 */
static noinline int rid_revert(struct iommu_rid *rid,
			       struct iommu_domain *domain,
			       struct iommu_domain *before,
			       struct group_device *failed, int ret)
{
	struct group_device *later = failed, *gdev;

	list_for_each_entry_from(later, &rid->devices, rid_node)
		before = before ?: later->dev->iommu->attached;
	/* If the RID was on @domain before, only a new device has failed */
	if (!before || before == domain)
		return ret;
	for_each_rid_device(rid, gdev) {
		if (gdev == failed)
			break;
		if (gdev->dev->iommu->attached == domain)
			WARN_ON(__iommu_attach_device(before, gdev->dev));
	}
	return ret;
}

/* Attach all devices. If one fails, the RID goes back to the domain it had */
static int rid_attach_devices(struct iommu_group *group, struct iommu_rid *rid,
			      struct iommu_domain *domain)
{
	struct iommu_domain *before = NULL;
	struct group_device *gdev;
	int ret;

	for_each_rid_device(rid, gdev) {
		before = before ?: gdev->dev->iommu->attached;
		ret = rid_attach_device(group, gdev, domain);
		if (ret)
			return rid_revert(rid, domain, before, gdev, ret);
	}
	return 0;
}

/*
 * No domain could be attached. Block the RID, since the caller may free the one
 * that it is on. If that fails, too, nothing counts as attached.
 */
static void rid_block(struct iommu_group *group, struct iommu_rid *rid, int why)
{
	struct group_device *gdev, *direct = rid_requires_direct(rid);

	if (direct)
		dev_err(direct->dev,
			"can neither be attached to the domain of group %d nor be parked, so firmware cannot access its direct regions: %pe\n",
			group->id, ERR_PTR(why));

	for_each_rid_device(rid, gdev) {
		struct device *dev = gdev->dev;
		struct iommu_domain *blocked = group->blocking_domain;

		blocked = blocked ?: dev_iommu_ops(dev)->blocked_domain;
		if (gdev->excluded || dev->iommu->attached == blocked)
			continue;
		if (!blocked || blocked == rid->target ||
		    __iommu_attach_device(blocked, dev))
			dev->iommu->attached = NULL;
	}
}

/* Map what the IOMMU driver could not map before it attached @domain */
static int rid_map_late(struct iommu_group *group, struct iommu_rid *rid,
			struct iommu_domain *domain)
{
	int ret;

	rid->late = false;
	if (domain != group->direct_domain) {
		ret = rid_fill(group, rid, domain);
		return ret && ret != -ENOMEM ? -EPERM : ret;
	}
	ret = iommu_rid_map_missing(group, domain, rid);
	rid->partial = ret;
	/*
	 * -ERANGE: the IOMMU cannot address a region. That was logged when it
	 * could not be mapped in the default domain.
	 */
	if (ret && ret != -ERANGE)
		dev_err(rid_requires_direct(rid)->dev,
			"parked without some of its direct regions: %pe\n",
			ERR_PTR(ret));
	return 0;
}

/* For IOMMU drivers that can map only after attaching a domain */
static noinline int rid_attach_late(struct iommu_group *group,
				    struct iommu_rid *rid,
				    struct iommu_domain *domain,
				    unsigned int flags)
{
	struct iommu_domain *before = rid_attached(rid);
	int ret = rid_attach_devices(group, rid, domain);

	if (ret)
		return ret;
	ret = rid_map_late(group, rid, domain);
	if (ret == -EPERM)
		rid_refuse(group, rid_requires_direct(rid), domain);
	if (ret && before && !(flags & IOMMU_SET_DOMAIN_MUST_SUCCEED))
		WARN_ON(rid_attach_devices(group, rid, before));
	return ret;
}

/* The target could not be attached: fall back as the table in rid.h says */
static noinline int rid_fall_back(struct iommu_group *group,
				  struct iommu_rid *rid, unsigned int flags,
				  int why)
{
	if (rid->target == group->direct_domain) {
		rid_block(group, rid, why);
		return 0;
	}
	if (!(flags & IOMMU_SET_DOMAIN_MUST_SUCCEED)) {
		iommu_rid_stay(rid);
		return why;
	}
	if (group->direct_domain && rid_requires_direct(rid)) {
		rid_decide_to_park(group, rid);
		iommu_rid_attach(group, rid, flags);
	} else {
		rid_block(group, rid, why);
	}
	return why;
}

/**
 * iommu_rid_attach() - Attach a RID to its target
 * @group: its group
 * @rid: the RID, after a decision
 * @flags: IOMMU_SET_DOMAIN_MUST_SUCCEED to fall back, see &struct iommu_rid;
 *	   IOMMU_SET_DOMAIN_NEW_DEVICE if one of its devices is attached to
 *	   nothing yet
 *
 * Context: Process context, may sleep. Caller holds the mutex of @group.
 *
 * Return: 0, also if the RID was to be parked and had to be blocked instead, or
 * an error. After an error the RID is on the domain that it was on or, with
 * IOMMU_SET_DOMAIN_MUST_SUCCEED, on what it falls back to.
 */
int iommu_rid_attach(struct iommu_group *group, struct iommu_rid *rid,
		     unsigned int flags)
{
	struct iommu_domain *domain = rid->target;
	int ret;

	lockdep_assert_held(&group->mutex);

	if (unlikely(!domain))
		ret = -EOPNOTSUPP;
	else if (unlikely(rid->late))
		ret = rid_attach_late(group, rid, domain, flags);
	else
		ret = rid_attach_devices(group, rid, domain);
	return likely(!ret) ? 0 : rid_fall_back(group, rid, flags, ret);
}

/**
 * iommu_rid_set_domain() - Decide for a single RID, and attach it
 * @group: its group
 * @rid: the RID
 * @domain: the domain of the group
 * @flags: as for iommu_group_decide() and iommu_rid_attach()
 *
 * Context: Process context, may sleep. Caller holds the mutex of @group.
 *
 * Return: as iommu_group_decide() and iommu_rid_attach().
 */
int iommu_rid_set_domain(struct iommu_group *group, struct iommu_rid *rid,
			 struct iommu_domain *domain, unsigned int flags)
{
	int ret = rid_decide(group, rid, domain, flags);

	if (!ret)
		return iommu_rid_attach(group, rid, flags);
	iommu_rid_stay(rid);
	return ret;
}

/**
 * iommu_rid_attach_new() - Attach a device that joined a group with a domain
 * @group: its group
 * @gdev: the device, after iommu_rid_join()
 *
 * Context: Process context, may sleep. Caller holds the mutex of @group.
 *
 * Return: 0, also if the device is parked or excluded, or an error.
 */
int iommu_rid_attach_new(struct iommu_group *group, struct group_device *gdev)
{
	struct iommu_rid *rid = gdev->rid;
	bool attached;
	int ret;

	/* Block it like the others; the end of the reset decides for all */
	if (rid->resets)
		return iommu_rid_attach(group, rid,
					IOMMU_SET_DOMAIN_NEW_DEVICE);

	attached = rid_attached(rid) == group->domain;
	/* The usual case: skip the RID's other devices, which may be many */
	if (likely(!gdev->dev->iommu->require_direct) && attached &&
	    rid->target == group->domain)
		return rid_attach_device(group, gdev, group->domain);

	if (unlikely(gdev->dev->iommu->require_direct) && attached) {
		/* The others keep their domain: exclude this one if need be */
		ret = rid_suits(group, rid, group->domain);
		if (ret == -ENOMEM)
			return ret;
		if (ret) {
			gdev->excluded = true;
			dev_err(gdev->dev,
				"excluded while group %d is on a domain without its direct regions that another device with the same RID uses: firmware cannot access them\n",
				group->id);
			return 0;
		}
	}
	return iommu_rid_set_domain(group, rid, group->domain,
				    IOMMU_SET_DOMAIN_NEW_DEVICE);
}

/*
 * A bridge may use the ID of the first device behind it as the alias of all of
 * them. So an alias that equals the device's ID may still be that of a bridge.
 */
static int rid_alias_is_not_own(struct pci_dev *pdev, u16 alias, void *data)
{
	return pdev != data || alias != pci_dev_id(pdev);
}

/*
 * May a released device be attached to the identity domain? Firmware can access
 * its direct regions then, but the RID can access all other memory, too. So no
 * owner of the group may have it, nor another device, not even one that is
 * added behind the same bridge later. The device must not be untrusted. The
 * IOMMU must support identity for it: a driver that insists on a DMA domain
 * does not.
 */
static bool rid_may_release_to_identity(struct iommu_group *group,
					struct device *dev, bool shared)
{
	const struct iommu_ops *ops = dev_iommu_ops(dev);

	if (!ops->identity_domain || dev->iommu->skip_release_domain ||
	    group->owner || shared)
		return false;
	if (dev_is_pci(dev)) {
		struct pci_dev *pdev = to_pci_dev(dev);

		/* If it was pulled out, it neither does DMA nor answers ATS */
		if (pdev->untrusted || pci_dev_is_disconnected(pdev) ||
		    pci_for_each_dma_alias(pdev, rid_alias_is_not_own, pdev))
			return false;
	}
	return !ops->def_domain_type ||
	       ops->def_domain_type(dev) != IOMMU_DOMAIN_DMA;
}

/**
 * iommu_rid_release() - Attach the domain that a device is released with
 * @group: its group, whose list the device has left
 * @dev: the device
 *
 * Context: Process context, may sleep. Caller holds the mutex of @group.
 */
void iommu_rid_release(struct iommu_group *group, struct device *dev)
{
	const struct iommu_ops *ops = dev_iommu_ops(dev);
	bool mapped = iommu_resv_has_mapped(dev->iommu->resv);
	bool shared = false;

	if (dev->iommu->attach_deferred)
		return;
	if (mapped || !dev->iommu->attached)
		shared = iommu_rid_find(group, dev);
	/* Nothing to detach, and other devices use the RID */
	if (shared && !dev->iommu->attached)
		return;

	if (mapped) {
		if (rid_may_release_to_identity(group, dev, shared) &&
		    !__iommu_attach_device(ops->identity_domain, dev))
			return;
		if (dev->iommu->require_direct && !shared)
			dev_warn(dev,
				 "released, and firmware cannot access its direct regions any more\n");
	}
	if (ops->release_domain &&
	    __iommu_attach_device(ops->release_domain, dev))
		dev_err(dev, "released, and still attached to a domain that may be freed\n");
}

/**
 * iommu_rid_released() - Attach what is left of the RID of a released device
 * @group: its group
 * @dev: the device, after the driver released it
 *
 * Without the device the RID may not have to be parked any more, or a device
 * that was excluded because of it can be parked.
 *
 * Context: Process context, may sleep. Caller holds the mutex of @group.
 */
void iommu_rid_released(struct iommu_group *group, struct device *dev)
{
	struct iommu_rid *rid = iommu_rid_find(group, dev);

	if (!rid || rid->resets || !group->domain)
		return;
	/* Devices on the group's domain stay there, even if this fails */
	iommu_rid_set_domain(group, rid, group->domain,
			     rid_attached(rid) == group->domain ?
			     IOMMU_SET_DOMAIN_NEW_DEVICE :
			     IOMMU_SET_DOMAIN_MUST_SUCCEED);
}

/**
 * iommu_group_may_be_owned() - May an owner claim all devices of a group?
 * @group: the group
 *
 * A group that is claimed is on a blocking domain first, then on the domains of
 * its owner: none of them is sure to have the direct regions.
 *
 * Context: Caller holds the mutex of @group.
 *
 * Return: 0, or -EPERM if one of the devices requires direct regions.
 */
int iommu_group_may_be_owned(struct iommu_group *group)
{
	struct group_device *gdev;

	for_each_group_device(group, gdev)
		if (dev_has_iommu(gdev->dev) &&
		    unlikely(gdev->dev->iommu->require_direct))
			return rid_refuse(group, gdev, NULL);
	return 0;
}

/**
 * iommu_rid_may_be_owned() - May the owner of a group have this device of it?
 * @group: the group
 * @dev: the device, which may have joined after the group got its owner
 *
 * Context: Caller holds the mutex of @group.
 *
 * Return: 0, or -EPERM if the device or another one with the same RID requires
 * direct regions.
 */
int iommu_rid_may_be_owned(struct iommu_group *group, struct device *dev)
{
	struct group_device *gdev = rid_device(group, dev), *direct;

	if (!gdev)
		return 0;
	direct = gdev->excluded ? gdev : rid_requires_direct(gdev->rid);
	return direct ? rid_refuse(group, direct, NULL) : 0;
}

/**
 * iommu_device_may_be_owned() - May an owner of the group have this device?
 * @dev: the device
 *
 * A device that requires direct regions may join a group that has an owner.
 * Then it is not attached to the domains of the owner, so that it keeps its
 * direct regions. The owner of a group has to call this before it gives access
 * to a single device of it.
 *
 * Context: Process context, may sleep. Takes the mutex of the group.
 *
 * Return: 0, also for a device without an IOMMU, or -EPERM.
 */
int iommu_device_may_be_owned(struct device *dev)
{
	struct iommu_group *group = dev->iommu_group;
	int ret;

	if (!group)
		return 0;

	mutex_lock(&group->mutex);
	ret = iommu_rid_may_be_owned(group, dev);
	mutex_unlock(&group->mutex);
	return ret;
}
EXPORT_SYMBOL_GPL(iommu_device_may_be_owned);

/**
 * iommu_rid_use_default() - Make sure that a driver can use the DMA API
 * @group: the group of @dev
 * @dev: the device that the driver is about to bind to
 *
 * Context: Process context, may sleep. Caller holds the mutex of @group.
 *
 * Return: 0, or -EBUSY if the device cannot be attached to the group's domain.
 */
int iommu_rid_use_default(struct iommu_group *group, struct device *dev)
{
	struct group_device *gdev;

	if (!dev_has_iommu(dev) || dev->iommu->attach_deferred ||
	    likely(dev->iommu->attached == group->domain))
		return 0;

	gdev = rid_device(group, dev);
	if (!gdev || gdev->rid->resets)
		return 0;
	/* Others may use what the RID is attached to: if this fails, keep it */
	iommu_rid_set_domain(group, gdev->rid, group->domain,
			     IOMMU_SET_DOMAIN_NEW_DEVICE);
	if (dev->iommu->attached == group->domain)
		return 0;
	dev_err(dev, "cannot do DMA: not attached to the domain of group %d, %s\n",
		group->id, rid_is_parked(group, gdev->rid) ?
		"where others use the addresses of direct regions" :
		"since the attach has failed");
	return -EBUSY;
}
