// SPDX-License-Identifier: GPL-2.0-only
/*
 * DMAR, from the layout in Intel's "Virtualization Technology for Directed
 * I/O", chapter 8. A device that may be in a structure counts as in it.
 */
#include <stdlib.h>
#include <string.h>

#include "../util.h"
#include "acpi.h"

#define MAX_PATHS	1024
#define MAX_HOPS	16
#define SCOPE_HEADER	6

enum { DRHD, RMRR, ATSR, RHSA, ANDD, SATC };
enum { ENDPOINT = 1, BRIDGE = 2, NAMESPACE = 5 };

/* A device scope: who, from which bus on, and each hop's device and function */
struct path {
	__u16 seg;
	__u8 type;
	__u8 start;
	int hops;
	__u8 devfn[MAX_HOPS];
};

static struct path paths[MAX_PATHS];
static int npaths;

/* The bytes before the scopes, or 0 for what has none */
static size_t fixed_size(const struct block *b)
{
	switch (get16(b->p)) {
	case DRHD:
		return 16;
	case RMRR:
		return 24;
	case ATSR:
	case SATC:
		return 8;
	}
	return 0;
}

/* The scope at @offset, which moves on; false: no more, or none that can be */
static bool next_scope(const struct block *b, size_t *offset, struct path *path)
{
	const __u8 *p = b->p + *offset;
	size_t left = b->len - *offset;

	if (left < SCOPE_HEADER + 2 || p[1] < SCOPE_HEADER + 2 || p[1] > left)
		return false;
	*path = (struct path) {
		.seg = get16(b->p + 6), .type = p[0], .start = p[5],
		.hops = (p[1] - SCOPE_HEADER) / 2,
	};
	if (path->hops > MAX_HOPS)
		die("a path has more than %d hops", MAX_HOPS);
	for (int i = 0; i < path->hops; i++)
		path->devfn[i] = p[SCOPE_HEADER + 2 * i] << 3 |
				 (p[SCOPE_HEADER + 2 * i + 1] & 7);
	*offset += p[1];
	return true;
}

/* Is it about a PCI device? A namespace device may be one, for an RMRR */
static bool is_pci(const struct block *b, const struct path *path)
{
	return path->type == ENDPOINT || path->type == BRIDGE ||
	       (path->type == NAMESPACE && get16(b->p) == RMRR);
}

/* By segment, then depth first, each bridge before what is below it */
static int cmp_path(const void *a, const void *b)
{
	const struct path *x = a, *y = b;
	int min = x->hops < y->hops ? x->hops : y->hops, c;

	if (x->seg != y->seg)
		return x->seg < y->seg ? -1 : 1;
	if (x->start != y->start)
		return x->start - y->start;
	c = memcmp(x->devfn, y->devfn, min);
	return c ? c : x->hops - y->hops;
}

static void collect_paths(const __u8 *table, size_t len)
{
	struct block b = {};
	struct path path;

	npaths = 0;
	while (acpi_next(table, len, &b)) {
		size_t offset = fixed_size(&b);

		while (offset && offset < b.len && next_scope(&b, &offset, &path)) {
			if (!is_pci(&b, &path))
				continue;
			if (npaths == MAX_PATHS)
				die("a table has more than %d scopes", MAX_PATHS);
			paths[npaths++] = path;
		}
	}
	qsort(paths, npaths, sizeof(*paths), cmp_path);
}

/* What is being made of one segment */
struct segment {
	struct reading *r;
	__u16 seg;
	int next_bus;		/* to be a bridge's secondary bus */
	int last_bus;
	__u16 above[256];	/* the bridge above a bus that paths start at */
};

/* A function on bus 0 that no path is about */
static int add_unnamed(struct segment *s)
{
	bool named[256] = {};
	int devfn = 255;

	for (int i = 0; i < npaths; i++)
		if (paths[i].seg == s->seg && !paths[i].start)
			named[paths[i].devfn[0]] = true;
	while (devfn && (named[devfn] ||
			 reading_find(s->r, s->seg, 0, devfn) >= 0))
		devfn--;
	return reading_add(s->r, s->seg, 0, devfn, NO_PARENT);
}

/*
 * Which buses there are. Firmware may start at the secondary bus of a bridge;
 * where that can be, because all paths from there have one hop, it is so here
 * for low numbers, and high ones are root buses of their own.
 */
static void make_buses(struct segment *s)
{
	bool starts[256] = { true }, is_root[256] = { true };
	int free = 0;

	for (int i = 0; i < 256; i++)
		s->above[i] = NO_PARENT;
	for (int i = 0; i < npaths; i++) {
		if (paths[i].seg != s->seg)
			continue;
		starts[paths[i].start] = true;
		if (paths[i].hops > 1 || paths[i].start >= 0x20)
			is_root[paths[i].start] = true;
	}
	for (int i = 1; i < 256; i++) {
		if (!starts[i] || is_root[i])
			continue;
		s->above[i] = add_unnamed(s);
		s->r->devs[s->above[i]].secondary = i;
		s->r->devs[s->above[i]].subordinate = i;
	}
	/* The others go where most numbers are free */
	s->next_bus = 1;
	s->last_bus = 0;
	for (int i = 0; i < 256; i++) {
		free = starts[i] ? 0 : free + 1;
		if (free <= s->last_bus - s->next_bus + 1)
			continue;
		s->next_bus = i - free + 1;
		s->last_bus = i;
	}
}

static void make_bridge(struct segment *s, int i)
{
	struct dev *devs = s->r->devs;

	if (devs[i].secondary)
		return;
	if (s->next_bus > s->last_bus)
		die("a table has too many buses");
	devs[i].secondary = s->next_bus++;
	for (int up = i; up != NO_PARENT; up = devs[up].parent)
		devs[up].subordinate = devs[i].secondary;
}

static void make_devs(struct reading *r, __u16 seg)
{
	struct segment s = { .r = r, .seg = seg };

	make_buses(&s);
	add_unnamed(&s);
	for (int i = 0; i < npaths; i++) {
		const struct path *path = &paths[i];
		__u8 bus = path->start;
		__u16 above = s.above[bus];

		if (path->seg != seg)
			continue;
		for (int hop = 0; hop < path->hops; hop++) {
			above = reading_add(r, seg, bus, path->devfn[hop], above);
			if (hop + 1 == path->hops && path->type != BRIDGE)
				break;
			make_bridge(&s, above);
			bus = r->devs[above].secondary;
		}
		/* A bridge is named for those below it */
		if (path->type == BRIDGE)
			reading_add(r, seg, bus, 0, above);
	}
}

static struct dev *find(struct reading *r, const struct path *path)
{
	__u8 bus = path->start;
	int i = -1;

	for (int hop = 0; hop < path->hops; hop++) {
		i = reading_find(r, path->seg, bus, path->devfn[hop]);
		bus = r->devs[i].secondary;
	}
	return &r->devs[i];
}

static bool is_below(const struct reading *r, const struct dev *dev,
		     const struct dev *bridge)
{
	while (dev != bridge && dev->parent != NO_PARENT)
		dev = &r->devs[dev->parent];
	return dev == bridge;
}

static void drhd(struct reading *r, const struct block *b)
{
	size_t offset = fixed_size(b);
	__u64 address = get64(b->p + 8);
	struct path path;

	reading_unit(r, get16(b->p + 6), address, b->p[4] & 1);
	while (next_scope(b, &offset, &path)) {
		struct dev *dev;

		if (!is_pci(b, &path))
			continue;
		dev = find(r, &path);
		dev->unit = address;
		dev->listed = true;
	}
	/* Who is in the rest has no IOMMU that can be used */
	if (offset != b->len && !address)
		reading_hold_all(r);
}

/* Who is not listed has the unit of the bridge above, or that of the rest */
static void inherit_unit(struct reading *r, struct dev *dev)
{
	const struct dev *up = dev;

	while (!up->listed && up->parent != NO_PARENT)
		up = &r->devs[up->parent];
	if (up->listed) {
		dev->unit = up->unit;
		return;
	}
	for (int i = 0; i < r->nunits; i++)
		if (r->units[i].all && r->units[i].seg == dev->seg)
			dev->unit = r->units[i].address;
}

static void rmrr(struct reading *r, const struct block *b)
{
	__u64 start = get64(b->p + 8), end = get64(b->p + 16);
	size_t offset = fixed_size(b);
	struct path path;

	while (next_scope(b, &offset, &path)) {
		const struct dev *dev;

		if (!is_pci(b, &path))
			continue;
		dev = find(r, &path);
		for (int i = 0; i < r->ndevs; i++)
			if (is_below(r, &r->devs[i], dev))
				reading_hold(&r->devs[i], start, end - start + 1,
					     true, true);
	}
	if (offset == b->len)
		return;
	/* Who is in the rest is not known, other than the segment */
	for (int i = 0; i < r->ndevs; i++)
		if (r->devs[i].seg == get16(b->p + 6))
			r->devs[i].malformed = true;
}

void read_dmar(struct reading *r, const __u8 *table, size_t len)
{
	bool is_done[0x10000] = {};
	struct block b = {};

	collect_paths(table, len);
	make_devs(r, 0);
	is_done[0] = true;
	for (int i = 0; i < npaths; i++) {
		if (!is_done[paths[i].seg])
			make_devs(r, paths[i].seg);
		is_done[paths[i].seg] = true;
	}

	while (acpi_next(table, len, &b)) {
		bool fits = b.len >= fixed_size(&b);

		if (get16(b.p) == DRHD && fits)
			drhd(r, &b);
		else if (get16(b.p) == RMRR && fits)
			rmrr(r, &b);
		else if (get16(b.p) == DRHD || get16(b.p) == RMRR)
			reading_hold_all(r);
	}
	if (acpi_is_unreadable(table, len, &b))
		reading_hold_all(r);
	for (int i = 0; i < r->ndevs; i++)
		inherit_unit(r, &r->devs[i]);
}
