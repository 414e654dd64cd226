// SPDX-License-Identifier: GPL-2.0-only
/* What the readers of DMAR and IVRS share: structures, devices, ranges. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../util.h"
#include "acpi.h"

#define PAGE	0x1000ULL

/* Bytes of zero to the end are padding, not a structure */
static bool is_padding(const __u8 *p, size_t len)
{
	while (len && !*p) {
		p++;
		len--;
	}
	return !len;
}

/*
 * The structure behind @block, or the first one if that is empty. They begin
 * with a type, and have their length at byte 2. None, if what is there has no
 * length that can be.
 */
bool acpi_next(const __u8 *table, size_t len, struct block *block)
{
	const __u8 *p = block->p ? block->p + block->len : table + ACPI_HEADER;
	size_t left = len < (size_t)(p - table) ? 0 : len - (p - table);

	if (left < 4 || is_padding(p, left) || get16(p + 2) < 4 ||
	    get16(p + 2) > left)
		return false;
	block->p = p;
	block->len = get16(p + 2);
	return true;
}

/* Behind the last structure: is there anything but padding? */
bool acpi_is_unreadable(const __u8 *table, size_t len, const struct block *block)
{
	const __u8 *p = block->p ? block->p + block->len : table + ACPI_HEADER;

	return len < ACPI_HEADER || !is_padding(p, len - (p - table));
}

int reading_find(const struct reading *r, __u16 seg, __u8 bus, __u8 devfn)
{
	for (int i = 0; i < r->ndevs; i++)
		if (r->devs[i].seg == seg && r->devs[i].bus == bus &&
		    r->devs[i].devfn == devfn)
			return i;
	return -1;
}

int reading_add(struct reading *r, __u16 seg, __u8 bus, __u8 devfn, __u16 parent)
{
	int i = reading_find(r, seg, bus, devfn);

	if (i >= 0)
		return i;
	if (r->ndevs == MAX_DEVS)
		die("a table names more than %d devices", MAX_DEVS);
	r->devs[r->ndevs] = (struct dev) {
		.seg = seg, .bus = bus, .devfn = devfn, .parent = parent,
	};
	return r->ndevs++;
}

/* A duplicate counts once; without registers it cannot be used */
void reading_unit(struct reading *r, __u16 seg, __u64 address, bool all)
{
	if (!address)
		return;
	for (int i = 0; i < r->nunits; i++)
		if (r->units[i].seg == seg && r->units[i].address == address) {
			r->units[i].all |= all;
			return;
		}
	if (r->nunits == MAX_UNITS)
		die("a table has more than %d units", MAX_UNITS);
	r->units[r->nunits++] = (struct unit) { seg, address, all };
}

/* A malformed range counts, too: what firmware uses is unknown */
void reading_hold(struct dev *dev, __u64 start, __u64 length, bool read,
		  bool write)
{
	__u64 last = start + length - 1;

	if (!length || last < start || (!read && !write)) {
		dev->malformed = true;
		return;
	}
	if (dev->nranges == MAX_RANGES)
		die("a device has more than %d ranges", MAX_RANGES);
	dev->ranges[dev->nranges++] = (struct range) {
		start & ~(PAGE - 1), last | (PAGE - 1), read, write,
	};
}

void reading_hold_all(struct reading *r)
{
	for (int i = 0; i < r->ndevs; i++)
		r->devs[i].malformed = true;
}

static int cmp_start(const void *a, const void *b)
{
	const __u64 *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

/* One line for what touches and allows the same, in order */
static void print_ranges(FILE *f, const char *name, const struct dev *dev)
{
	__u64 cuts[2 * MAX_RANGES];
	struct range sum = {};
	int n = 0;

	for (int i = 0; i < dev->nranges; i++) {
		cuts[n++] = dev->ranges[i].start;
		cuts[n++] = dev->ranges[i].last + 1;	/* 0 is behind all */
	}
	qsort(cuts, n, sizeof(*cuts), cmp_start);

	for (int i = 0; i <= n; i++) {
		struct range piece = {};

		if (i < n) {
			if (i + 1 < n && cuts[i + 1] == cuts[i])
				continue;
			piece.start = cuts[i];
			piece.last = (i + 1 < n ? cuts[i + 1] : 0) - 1;
			for (int j = 0; j < dev->nranges; j++) {
				const struct range *h = &dev->ranges[j];

				if (h->start <= piece.start && h->last >= piece.last) {
					piece.read |= h->read;
					piece.write |= h->write;
				}
			}
		}
		if (i < n && sum.last + 1 == piece.start &&
		    sum.read == piece.read && sum.write == piece.write) {
			sum.last = piece.last;
			continue;
		}
		if (sum.read || sum.write)
			fprintf(f, "%s direct %llx-%llx %s%s\n", name, sum.start,
				sum.last, sum.read ? "r" : "", sum.write ? "w" : "");
		sum = piece;
	}
}

/* A line per fact, as the kernel's test prints them */
char *reading_text(struct reading *r)
{
	char *text, name[16];
	size_t size;
	FILE *f = open_memstream(&text, &size);

	if (!f)
		die("out of memory");
	for (int i = 0; i < r->nunits; i++)
		fprintf(f, "unit %04x:%llx%s\n", r->units[i].seg,
			r->units[i].address, r->units[i].all ? " all" : "");
	for (int i = 0; i < r->ndevs; i++) {
		const struct dev *dev = &r->devs[i];

		snprintf(name, sizeof(name), "%04x:%02x:%02x.%x", dev->seg,
			 dev->bus, dev->devfn >> 3, dev->devfn & 7);
		fprintf(f, "%s unit %llx\n", name, dev->unit);
		if (!dev->unit)
			continue;
		print_ranges(f, name, dev);
		if (dev->malformed)
			fprintf(f, "%s direct malformed\n", name);
	}
	fprintf(f, "end\n");
	fclose(f);
	return text;
}
