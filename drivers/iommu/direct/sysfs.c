// SPDX-License-Identifier: GPL-2.0-only
/*
 * The file "assignable" of a group in sysfs: whether the group can be assigned,
 * and the regions that decide on that.
 */
#include <linux/device.h>
#include <linux/iommu.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/string_choices.h>
#include <linux/sysfs.h>

#include "../iommu-priv.h"
#include "sysfs.h"

#define RESV_LINE	"%s 0x%016llx 0x%016llx %s %s\n"
/* Room for the line that iommu_resv_show_left_out() adds */
#define RESV_LAST_LINE	32

static const char *resv_kind(const struct iommu_resv_range *range)
{
	if (range->type == IOMMU_RESV_DIRECT)
		return "direct";

	switch (range->relaxed) {
	case IOMMU_RESV_RELAXED_BY_CLASS:
		return "relaxed-by-class";
	case IOMMU_RESV_RELAXED_BY_CARD:
		return "relaxed-by-card";
	case IOMMU_RESV_RELAXED_BY_NAME:
		return "relaxed-by-name";
	default:
		return "direct-relaxable";
	}
}

static int resv_show_line(const char *name, phys_addr_t start, phys_addr_t last,
			  const char *kind, const char *source, char *buf,
			  int at, unsigned int *left_out)
{
	unsigned long long first = start, end = last;

	source = source ?: "firmware";
	if (*left_out ||
	    at + snprintf(NULL, 0, RESV_LINE, name, first, end, kind, source) >
		    PAGE_SIZE - RESV_LAST_LINE) {
		++*left_out;
		return 0;
	}
	return sysfs_emit_at(buf, at, RESV_LINE, name, first, end, kind,
			     source);
}

/**
 * iommu_resv_show() - Show the direct regions of a device, one line each
 * @name: name of the device
 * @resv: its snapshot
 * @buf: the page of a sysfs file
 * @at: number of bytes that are in @buf already
 * @left_out: counts the lines for which there was no room left; 0 before the
 *	      first device
 *
 * A line has the name, the first and the last address, the kind and the table.
 *
 * Context: Any. Takes no locks.
 *
 * Return: number of bytes added to @buf.
 */
int iommu_resv_show(const char *name, const struct iommu_resv *resv, char *buf,
		    int at, unsigned int *left_out)
{
	const struct iommu_resv_range *range;
	int start = at;

	for (range = resv->ranges; range < iommu_resv_end(resv); range++)
		if (iommu_resv_range_is_mapped(range))
			at += resv_show_line(name, range->start, range->last,
					     resv_kind(range), range->source,
					     buf, at, left_out);

	/* As firmware reported it, even if it ends before it starts */
	if (resv->broken_source)
		at += resv_show_line(name, resv->broken_start,
				     resv->broken_start +
				     (resv->broken_length - 1), "malformed",
				     resv->broken_source, buf, at, left_out);
	return at - start;
}

/**
 * iommu_resv_show_left_out() - Show how many lines did not fit
 * @buf: the page of a sysfs file
 * @at: number of bytes that are in @buf already
 * @left_out: number of lines that did not fit; 0 adds nothing
 *
 * Context: Any. Takes no locks.
 *
 * Return: number of bytes added to @buf.
 */
int iommu_resv_show_left_out(char *buf, int at, unsigned int left_out)
{
	return left_out ? sysfs_emit_at(buf, at, "and %u more\n", left_out) : 0;
}

/**
 * iommu_group_show_assignable() - Show whether a group can be assigned
 * @group: the group
 * @buf: the page of the sysfs file
 *
 * "yes" means that no region of a device prevents it. There may be other
 * reasons why the group cannot be assigned.
 *
 * Context: Process context, may sleep. Takes the mutex of @group.
 *
 * Return: number of bytes in @buf.
 */
ssize_t iommu_group_show_assignable(struct iommu_group *group, char *buf)
{
	unsigned int left_out = 0;
	struct group_device *gdev;
	bool assignable = true;
	int at;

	mutex_lock(&group->mutex);
	for_each_group_device(group, gdev)
		if (dev_has_iommu(gdev->dev))
			assignable &= !gdev->dev->iommu->require_direct;
	at = sysfs_emit(buf, "%s\n", str_yes_no(assignable));
	for_each_group_device(group, gdev)
		if (dev_has_iommu(gdev->dev))
			at += iommu_resv_show(dev_name(gdev->dev),
					      gdev->dev->iommu->resv, buf, at,
					      &left_out);
	mutex_unlock(&group->mutex);

	return at + iommu_resv_show_left_out(buf, at, left_out);
}
