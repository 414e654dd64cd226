// SPDX-License-Identifier: GPL-2.0-only
/*
 * Check every RID of the mock IOMMU's groups against the table above struct
 * iommu_rid.
 *
 * What a RID should be attached to is computed here from the regions of its
 * devices and the domain of its group, not from what the core has decided.
 */
#include <linux/align.h>
#include <linux/lockdep.h>
#include <linux/minmax.h>

#include "../../iommu-priv.h"
#include "../../tests/compat.h"
#include "../rid.h"
#include "mock_driver.h"

enum row {
	ROW_DEFERRED,
	ROW_RESET,
	ROW_FAILED,
	ROW_PARKED,
	ROW_FOLLOWS,
	ROW_EXCLUDED,
	ROW_NO_DOMAIN,
};

static const char *const row_string[] = {
	[ROW_DEFERRED] = "has a driver that attaches when it does DMA",
	[ROW_RESET] = "is in a reset",
	[ROW_FAILED] = "could not be attached to what it should",
	[ROW_PARKED] = "requires direct regions that its group's domain lacks",
	[ROW_FOLLOWS] = "follows its group",
	[ROW_EXCLUDED] = "excluded",
	[ROW_NO_DOMAIN] = "its group has no domain",
};

static const char *domain_string(const struct iommu_group *group,
				 const struct iommu_domain *domain)
{
	if (!domain)
		return "nothing";
	if (domain == group->direct_domain)
		return "the direct-only domain";
	if (domain == group->domain)
		return "the group's domain";
	if (domain == group->default_domain)
		return "the default domain";
	if (domain == group->blocking_domain || domain == &mock_blocked)
		return "the blocking domain";
	if (domain == &mock_identity)
		return "identity";
	return "another domain";
}

#define violation(test, row, gdev, fmt, ...)				\
	KUNIT_FAIL(test, "%s, row \"%s\": " fmt, dev_name((gdev)->dev),	\
		   row_string[row], ##__VA_ARGS__)

/* Does @domain map all direct regions of the device that are in reach? */
static bool has_regions(const struct mock_dev *mdev,
			struct iommu_domain *domain)
{
	phys_addr_t limit = min(mock_iommu->aperture_end, mock_iommu->hw_limit);
	const struct region *region;

	for (region = mdev->firmware->regions; region->source; region++) {
		phys_addr_t last = region->start + (region->length - 1);

		if (region->type != DIRECT || !region->length ||
		    last < region->start || last > limit ||
		    !(region->prot & RW))
			continue;
		if (!mock_domain_maps(to_mock_domain(domain),
				      ALIGN_DOWN(region->start, PAGE_SIZE),
				      last | (PAGE_SIZE - 1), 0))
			return false;
	}
	return true;
}

static bool all_reachable(const struct mock_dev *mdev)
{
	phys_addr_t limit = min(mock_iommu->aperture_end, mock_iommu->hw_limit);
	const struct region *region;

	for (region = mdev->firmware->regions; region->source; region++)
		if (region->type == DIRECT && region->length &&
		    region->start + (region->length - 1) > limit)
			return false;
	return true;
}

/* Does the group's domain lack direct regions that the device requires? */
static bool lacks(struct kunit *test, struct iommu_group *group,
		  struct group_device *gdev)
{
	struct iommu_domain *domain = group->domain;
	struct mock_dev *mdev = mock_find(gdev->dev);

	if (domain->type == IOMMU_DOMAIN_BLOCKED ||
	    domain == group->blocking_domain)
		return true;
	if (domain == group->default_domain) {
		bool found = mock_is_static(domain) ||
			     has_regions(mdev, domain);

		if (gdev->lacks != domain || mock_is_static(domain)) {
			/*
			 * Mapping may have failed, which is no reason to park
			 */
			if (!found && !to_mock_domain(domain)->map_error)
				violation(test, ROW_FOLLOWS, gdev,
					  "its regions are not in the default domain");
			return false;
		}
		/*
		 * If the regions are mapped, the device may still need more
		 * access than these mappings allow.
		 */
		if (found && mock_covers(mdev, domain))
			violation(test, ROW_PARKED, gdev,
				  "the default domain does not lack its regions");
		return true;
	}
	if (group->owner)
		return true;
	if (mock_is_static(domain))
		return false;
	return !domain->keep_direct || !has_regions(mdev, domain);
}

/* The RID needs no fallback: earlier failures do not explain one any more */
static void forget_failures(struct iommu_rid *rid)
{
	struct group_device *gdev;

	for_each_rid_device(rid, gdev)
		mock_find(gdev->dev)->failures = 0;
}

/* Can the device be attached to @attached as a fallback after a failure? */
static bool may_be_fallback(struct iommu_group *group, struct iommu_rid *rid,
			    bool direct, struct iommu_domain *attached)
{
	struct iommu_domain *blocked = group->blocking_domain ?:
				       mock_iommu->ops.blocked_domain;
	unsigned int failures = 0;
	struct group_device *gdev;

	for_each_rid_device(rid, gdev)
		failures |= mock_find(gdev->dev)->failures;
	/* Only a RID that requires direct regions falls back to direct-only */
	if (direct && group->direct_domain) {
		if (attached == group->direct_domain)
			return failures & MOCK_FAILED_OTHER;
		if (!(failures & MOCK_FAILED_DIRECT))
			return false;
	} else if (!direct && !failures) {
		return false;
	}
	if (attached)
		return attached == blocked;
	return !blocked || (failures & MOCK_FAILED_BLOCKED);
}

static void check_hw(struct kunit *test, enum row row,
		     struct group_device *gdev, struct iommu_domain *attached)
{
	struct mock_dev *mdev = mock_find(gdev->dev);

	/* After a failed attach only the driver knows the domain */
	if (attached && !mdev->failed && mdev->hw != attached)
		violation(test, row, gdev,
			  "the hardware has it on %s, not on %s",
			  domain_string(gdev->dev->iommu_group, mdev->hw),
			  domain_string(gdev->dev->iommu_group, attached));
}

static void check_excluded(struct kunit *test, struct iommu_rid *rid,
			   struct group_device *gdev)
{
	struct iommu_domain *others = NULL;
	struct group_device *sibling;

	for_each_rid_device(rid, sibling)
		if (!sibling->excluded)
			others = others ?: sibling->dev->iommu->attached;
	if (!others)
		violation(test, ROW_EXCLUDED, gdev, "no device uses its RID");
	if (gdev->dev->iommu->attached)
		violation(test, ROW_EXCLUDED, gdev, "it is attached");
	if (!gdev->dev->iommu->require_direct)
		violation(test, ROW_EXCLUDED, gdev, "it requires nothing");
	check_hw(test, ROW_EXCLUDED, gdev, others);
}

/*
 * Check what a device that is not excluded is attached to. Returns the row of
 * the table that applies to its RID.
 */
static enum row check_row(struct kunit *test, struct iommu_group *group,
			  struct iommu_rid *rid, bool direct, bool lacking,
			  struct group_device *gdev)
{
	struct iommu_domain *attached = gdev->dev->iommu->attached, *want;
	enum row row;

	if (gdev->dev->iommu->attach_deferred) {
		row = ROW_DEFERRED;
		want = NULL;
	} else if (rid->resets) {
		row = ROW_RESET;
		want = group->blocking_domain;
	} else if (!group->domain) {
		row = ROW_NO_DOMAIN;
		/* A reset may have blocked it before the group had a domain */
		want = attached && attached == group->blocking_domain ?
			       attached :
			       NULL;
	} else if (lacking) {
		row = ROW_PARKED;
		want = group->direct_domain ?: attached;
		if (!group->direct_domain && attached &&
		    attached->type != IOMMU_DOMAIN_BLOCKED)
			violation(test, row, gdev, "it is attached to %s",
				  domain_string(group, attached));
	} else {
		row = ROW_FOLLOWS;
		want = group->domain;
	}

	if (attached != want) {
		if (row < ROW_FAILED || row == ROW_NO_DOMAIN ||
		    !may_be_fallback(group, rid, direct, attached))
			violation(test, row, gdev,
				  "it is attached to %s, not to %s",
				  domain_string(group, attached),
				  domain_string(group, want));
		row = ROW_FAILED;
	} else if (row == ROW_RESET || row == ROW_PARKED ||
		   row == ROW_FOLLOWS) {
		if (rid->target != want && want)
			violation(test, row, gdev,
				  "it was to be attached to %s, not to %s",
				  domain_string(group, rid->target),
				  domain_string(group, want));
	}
	check_hw(test, row, gdev, attached);
	return row;
}

static void check_rid(struct kunit *test, struct iommu_group *group,
		      struct iommu_rid *rid)
{
	bool direct = false, lacking = false, reachable = true, failed = false;
	enum row row = ROW_FOLLOWS, first = ROW_FOLLOWS;
	unsigned int resets = 0, counted = 0;
	struct group_device *gdev;

	for_each_rid_device(rid, gdev) {
		if (gdev->rid != rid)
			violation(test, row, gdev,
				  "it is in the list of another RID");
		resets += !!iommu_compat_reset_depth(gdev);
		reachable &= all_reachable(mock_find(gdev->dev));
		if (gdev->excluded || !gdev->dev->iommu->require_direct)
			continue;
		direct = true;
		lacking |= group->domain && lacks(test, group, gdev);
	}
	for_each_rid_device(rid, gdev) {
		if (gdev->excluded) {
			check_excluded(test, rid, gdev);
			continue;
		}
		row = check_row(test, group, rid, direct, lacking, gdev);
		failed |= row == ROW_FAILED;
		if (row == ROW_DEFERRED)
			continue;
		if (counted++ && row != first)
			violation(test, row, gdev,
				  "others with its RID are in row \"%s\"",
				  row_string[first]);
		first = row;
	}

	gdev = list_first_entry_or_null(&rid->devices, struct group_device,
					rid_node);
	if (!gdev) {
		KUNIT_FAIL(test, "group %d has a RID without devices",
			   group->id);
		return;
	}
	if (!failed)
		forget_failures(rid);
	if (rid->resets != resets)
		violation(test, first, gdev, "%u resets, not %u", rid->resets,
			  resets);
	if (rid->partial && reachable && !mock_iommu->map_after_attach &&
	    !mock_iommu->map_error)
		violation(test, first, gdev,
			  "the direct-only domain has all of its regions");
}

/* Has a device of the RID several aliases? It may have merged RIDs. */
static bool is_joined(struct iommu_rid *rid)
{
	struct group_device *gdev;

	for_each_rid_device(rid, gdev)
		if (mock_find(gdev->dev)->nr_rids > 1)
			return true;
	return false;
}

/* The core and the hardware must agree on which devices share a RID */
static void check_same_rid(struct kunit *test, struct iommu_group *group)
{
	struct group_device *a, *b;

	for_each_group_device(group, a) {
		for_each_group_device(group, b) {
			bool same = mock_same_rid(mock_find(a->dev),
						  mock_find(b->dev));
			bool one = a->rid == b->rid;

			if (a != b && same != one &&
			    (same || !is_joined(a->rid)))
				violation(test, ROW_FOLLOWS, a,
					  "%s the RID of %s",
					  same ? "the hardware gives it" :
						 "it does not have",
					  dev_name(b->dev));
		}
	}
}

static void check_group(struct kunit *test, struct iommu_group *group)
{
	unsigned int recovering = 0, counted = 0, devices = 0;
	struct group_device *gdev;
	struct iommu_rid *rid;

	for_each_group_device(group, gdev) {
		devices++;
		if (!mock_find(gdev->dev) || !gdev->rid) {
			KUNIT_FAIL(test, "%s has no RID", dev_name(gdev->dev));
			return;
		}
	}
	for_each_rid(group, rid) {
		recovering += !!rid->resets;
		counted += list_count_nodes(&rid->devices);
		check_rid(test, group, rid);
	}
	KUNIT_EXPECT_EQ(test, counted, devices);
	KUNIT_EXPECT_EQ(test, iommu_compat_recovery_cnt(group), recovering);
	check_same_rid(test, group);
}

/* The caller keeps the group from being freed. May be called by any task. */
void mock_check_group(struct kunit *test, struct iommu_group *group)
{
	mutex_lock(&group->mutex);
	check_group(test, group);
	mutex_unlock(&group->mutex);
}

static struct mock_dev *first_of(const struct iommu_group *group)
{
	struct mock_dev *mdev;

	list_for_each_entry(mdev, &mock_iommu->devices, node)
		if (mdev->dev && mdev->dev->iommu_group == group)
			return mdev;
	return NULL;
}

/* Check all groups; the caller keeps devices from being removed */
void mock_check(struct kunit *test)
{
	struct mock_dev *mdev;

	list_for_each_entry(mdev, &mock_iommu->devices, node) {
		struct iommu_group *group = mdev->dev ? mdev->dev->iommu_group :
							NULL;

		if (group && first_of(group) == mdev)
			mock_check_group(test, group);
	}
}
