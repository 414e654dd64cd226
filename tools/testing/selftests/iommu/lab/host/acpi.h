/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A reader of DMAR and IVRS, which shares no code with the kernel.
 *
 * From a table follows a machine: the devices that it names, some that it does
 * not name, and bridges where a path needs them. What is read out of the table
 * is, for each of them, its unit and its direct regions.
 */
#ifndef LAB_ACPI_H
#define LAB_ACPI_H

#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>

#define MAX_DEVS	4096
#define MAX_UNITS	256
#define MAX_RANGES	64
#define NO_PARENT	0xffff

#define ACPI_HEADER	48	/* of both tables, with what is their own */

struct range {
	__u64 start;
	__u64 last;
	bool read;
	bool write;
};

struct dev {
	__u16 seg;
	__u8 bus;
	__u8 devfn;
	__u16 parent;		/* the bridge above, or NO_PARENT */
	__u8 secondary;		/* of a bridge */
	__u8 subordinate;
	__u64 unit;		/* registers of its IOMMU; 0: it has none */
	bool listed;		/* that unit is for this device by name */
	bool malformed;
	int nranges;
	struct range ranges[MAX_RANGES];
};

struct unit {
	__u16 seg;
	__u64 address;
	bool all;
};

/* What is in one table */
struct reading {
	int ndevs;
	struct dev devs[MAX_DEVS];
	int nunits;
	struct unit units[MAX_UNITS];
};

/* A structure of a table */
struct block {
	const __u8 *p;
	size_t len;
};

static inline __u16 get16(const __u8 *p)
{
	return p[0] | p[1] << 8;
}

static inline __u32 get32(const __u8 *p)
{
	return get16(p) | (__u32)get16(p + 2) << 16;
}

static inline __u64 get64(const __u8 *p)
{
	return get32(p) | (__u64)get32(p + 4) << 32;
}

/* acpi.c */
bool acpi_next(const __u8 *table, size_t len, struct block *block);
bool acpi_is_unreadable(const __u8 *table, size_t len, const struct block *block);
int reading_find(const struct reading *r, __u16 seg, __u8 bus, __u8 devfn);
int reading_add(struct reading *r, __u16 seg, __u8 bus, __u8 devfn, __u16 parent);
void reading_unit(struct reading *r, __u16 seg, __u64 address, bool all);
void reading_hold(struct dev *dev, __u64 start, __u64 length, bool read,
		  bool write);
void reading_hold_all(struct reading *r);
char *reading_text(struct reading *r);

/* cases.c */
const __u8 *acpi_case(int n, const char **name, size_t *size);

/* dmar.c, ivrs.c */
void read_dmar(struct reading *r, const __u8 *table, size_t len);
void read_ivrs(struct reading *r, const __u8 *table, size_t len);

#endif
