// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reserved regions of a device: which domains it may be attached to, and the
 * message when it may not.
 *
 * See snapshot.h for the terms and for what a snapshot promises.
 */
#include <linux/device.h>
#include <linux/iommu.h>
#include <linux/ratelimit.h>

#include "attach.h"
#include "map.h"

/**
 * iommu_resv_reason() - Which region is the reason why a domain is refused?
 * @resv: snapshot of the device that requires direct regions
 *
 * Context: Any.
 *
 * Return: the first direct range of the device or, if there is none, the
 * malformed region as firmware has it. The source is never NULL.
 */
struct iommu_resv_range iommu_resv_reason(const struct iommu_resv *resv)
{
	struct iommu_resv_range reason = {
		.start = resv->broken_start,
		.last = resv->broken_start + (resv->broken_length - 1),
		.type = IOMMU_RESV_DIRECT,
		.source = resv->broken_source,
	};
	const struct iommu_resv_range *range;

	for (range = resv->ranges; range < iommu_resv_end(resv); range++) {
		if (range->type == IOMMU_RESV_DIRECT) {
			reason = *range;
			break;
		}
	}
	reason.source = reason.source ?: "firmware";
	return reason;
}

/* Where to find details, and what can be done about it */
#define RESV_SEE \
	"see /sys/kernel/iommu_groups/%d/assignable and Documentation/admin-guide/iommu-assign.rst"

/**
 * iommu_resv_explain() - Log why a domain was refused
 * @dev: the device that requires its direct regions
 * @resv: its snapshot
 * @group_id: number of its group in sysfs
 * @use: who decides what the domain maps
 *
 * Rate-limited; the caller logs it once per device.
 *
 * Context: Any.
 *
 * Return: true if it was logged, false if the rate limit prevented that.
 */
bool iommu_resv_explain(struct device *dev, const struct iommu_resv *resv,
			int group_id, enum iommu_resv_use use)
{
	static DEFINE_RATELIMIT_STATE(limit, DEFAULT_RATELIMIT_INTERVAL,
				      DEFAULT_RATELIMIT_BURST);
	struct iommu_resv_range reason = iommu_resv_reason(resv);

	if (!__ratelimit(&limit))
		return false;

	if (use == IOMMU_RESV_USE_KERNEL || use == IOMMU_RESV_USE_SHARED)
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
			 "not available to VFIO, iommufd or any other owner: %s requires a malformed region at %pap, length %#zx; "
			 RESV_SEE "\n",
			 resv->broken_source, &resv->broken_start,
			 resv->broken_length, group_id);
	return true;
}
