// SPDX-License-Identifier: GPL-2.0-only
/*
 * IVRS, from the layout in AMD's "I/O Virtualization Technology (IOMMU)
 * Specification", chapter 5.
 */
#include <string.h>

#include "../util.h"
#include "acpi.h"

#define MAX_SEGS	16
#define NIDS		0x10000

enum {
	ALL = 1, SELECT, START, END,
	ALIAS = 0x42, ALIAS_START,
	EXT_SELECT = 0x46, EXT_START, SPECIAL,
	ACPI_HID = 0xf0,
};

enum { UNITY = 1, CAN_READ = 2, CAN_WRITE = 4, EXCLUSION = 8 };

/* Device IDs of a segment */
struct seg {
	__u16 id;
	__u64 unit[NIDS];
	bool named[NIDS];	/* to be looked at, with its neighbours */
};

static struct seg segs[MAX_SEGS];
static int nsegs;

static struct seg *get_seg(__u16 id)
{
	for (int i = 0; i < nsegs; i++)
		if (segs[i].id == id)
			return &segs[i];
	if (nsegs == MAX_SEGS)
		die("a table has more than %d segments", MAX_SEGS);
	memset(&segs[nsegs], 0, sizeof(*segs));
	segs[nsegs].id = id;
	return &segs[nsegs++];
}

static bool is_ivhd(const struct block *b)
{
	switch (b->p[0]) {
	case 0x10:
		return b->len >= 24;
	case 0x11:
	case 0x40:
		return b->len >= 40;
	}
	return false;
}

static bool is_ivmd_type(const struct block *b)
{
	return b->p[0] >= 0x20 && b->p[0] <= 0x22;
}

/* Does it have its devices, if not its range? */
static bool is_ivmd(const struct block *b)
{
	return is_ivmd_type(b) && b->len >= 10;
}

/* The same IOMMU is there in several formats, the newest has most details */
static bool is_newest(const __u8 *table, size_t len, const struct block *ivhd)
{
	struct block b = {};

	while (acpi_next(table, len, &b))
		if (is_ivhd(&b) && b.p[0] > ivhd->p[0] &&
		    get16(b.p + 4) == get16(ivhd->p + 4) &&
		    get16(b.p + 16) == get16(ivhd->p + 16))
			return false;
	return true;
}

static size_t entry_length(const __u8 *p, size_t left)
{
	size_t length = 0;

	if (*p < 0x80)
		length = 4U << (*p >> 6);
	else if (*p == ACPI_HID && left >= 22)
		length = 22 + p[21];
	return length > left ? 0 : length;
}

static void translate(struct seg *seg, int first, int last, __u64 unit)
{
	if (first > last)
		return;
	seg->named[first] = true;
	seg->named[last] = true;
	for (int id = first; id <= last; id++)
		seg->unit[id] = unit;
}

static void ivhd(struct reading *r, const struct block *b)
{
	struct seg *seg = get_seg(get16(b->p + 16));
	const __u8 *p = b->p + (b->p[0] == 0x10 ? 24 : 40), *end = b->p + b->len;
	__u64 unit = get64(b->p + 8);
	int first = 0, alias = -1;
	size_t length;

	reading_unit(r, seg->id, unit, false);
	for (; p < end; p += length) {
		__u16 id;

		length = entry_length(p, end - p);
		if (!length)
			break;
		id = get16(p + 1);
		switch (*p) {
		case ALL:
			translate(seg, 0, NIDS - 1, unit);
			break;
		case SELECT:
		case EXT_SELECT:
		case ACPI_HID:
			translate(seg, id, id, unit);
			break;
		case ALIAS:
			translate(seg, id, id, unit);
			translate(seg, get16(p + 5), get16(p + 5), unit);
			break;
		case SPECIAL:
			translate(seg, get16(p + 5), get16(p + 5), unit);
			break;
		case START:
		case EXT_START:
			first = id;
			alias = -1;
			break;
		case ALIAS_START:
			first = id;
			alias = get16(p + 5);
			break;
		case END:
			translate(seg, first, id, unit);
			if (alias >= 0)
				translate(seg, alias, alias, unit);
			break;
		}
	}
	/* It does not translate its own */
	seg->named[get16(b->p + 4)] = true;
}

struct ivmd {
	struct seg *seg;
	__u16 first;
	__u16 last;
};

/* The devices it is for; any, if the last one of a range was left out */
static struct ivmd ivmd_devs(const struct block *b)
{
	struct ivmd m = { get_seg(get16(b->p + 8)), 0, NIDS - 1 };
	__u16 a = get16(b->p + 4), z = get16(b->p + 6);

	if (b->p[0] == 0x21) {
		m.first = a;
		m.last = a;
	} else if (b->p[0] == 0x22 && (z || !a)) {
		m.first = a < z ? a : z;
		m.last = a < z ? z : a;
	}
	return m;
}

static void ivmd(struct reading *r, const struct block *b)
{
	struct ivmd m = ivmd_devs(b);
	__u8 flags = b->p[1];

	if (!(flags & (UNITY | EXCLUSION)))
		return;
	/* What is excluded from translation is open to all accesses */
	if (flags & EXCLUSION)
		flags |= CAN_READ | CAN_WRITE;
	for (int i = 0; i < r->ndevs; i++) {
		struct dev *dev = &r->devs[i];
		int id = dev->bus << 8 | dev->devfn;

		if (dev->seg != m.seg->id || id < m.first || id > m.last)
			continue;
		if (b->len < 32)
			dev->malformed = true;
		else
			reading_hold(dev, get64(b->p + 16), get64(b->p + 24),
				     flags & CAN_READ, flags & CAN_WRITE);
	}
}

/* Devices with an ID that is named, and those before and behind it */
static void make_devs(struct reading *r, const struct seg *seg)
{
	for (int id = 0; id < NIDS; id++) {
		if (!seg->named[id] && !(id && seg->named[id - 1]) &&
		    !(id + 1 < NIDS && seg->named[id + 1]))
			continue;
		r->devs[reading_add(r, seg->id, id >> 8, id & 255, NO_PARENT)].unit =
			seg->unit[id];
	}
}

void read_ivrs(struct reading *r, const __u8 *table, size_t len)
{
	struct block b;
	struct ivmd m;

	nsegs = 0;
	for (b = (struct block) {}; acpi_next(table, len, &b);) {
		if (is_ivhd(&b) && is_newest(table, len, &b)) {
			ivhd(r, &b);
		} else if (is_ivmd(&b)) {
			m = ivmd_devs(&b);
			m.seg->named[m.first] = true;
			m.seg->named[m.last] = true;
		}
	}
	for (b = (struct block) {}; acpi_next(table, len, &b);)
		if (is_ivhd(&b))
			get_seg(get16(b.p + 16))->unit[get16(b.p + 4)] = 0;
	for (int i = 0; i < nsegs; i++)
		make_devs(r, &segs[i]);

	for (b = (struct block) {}; acpi_next(table, len, &b);) {
		if (is_ivmd(&b))
			ivmd(r, &b);
		else if (is_ivmd_type(&b))
			reading_hold_all(r);
	}
	if (acpi_is_unreadable(table, len, &b))
		reading_hold_all(r);
}
