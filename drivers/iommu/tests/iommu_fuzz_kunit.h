/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Generated firmware tables for the parsers of DMAR and IVRS.
 *
 * A table consists of entries that begin with a type and, at byte 2, a length.
 * For each entry, the generator records the devices that it is for, according
 * to the specification. After a table was damaged, the devices of entries that
 * can still be read must not be assignable.
 *
 * What the kernel's parser reads from a table, damaged or not, is also compared
 * with the result of a second reader, which has the rule for malformed parts
 * and does not depend on the parser.
 */
#ifndef __IOMMU_TESTS_FUZZ_KUNIT_H
#define __IOMMU_TESTS_FUZZ_KUNIT_H

#include <kunit/test.h>
#include <linux/acpi.h>
#include <linux/pci.h>
#include <linux/types.h>

#define FUZZ_NR_SEGS	2
#define FUZZ_NR_IN_SEG	8
#define FUZZ_NR_DEVS	(FUZZ_NR_SEGS * FUZZ_NR_IN_SEG)
#define FUZZ_ALL_DEVS	((u32)(BIT(FUZZ_NR_DEVS) - 1))
#define FUZZ_NR_ENTRIES	32
#define FUZZ_SIZE	2048

/**
 * struct fuzz_table - a generated table
 * @len: its length in bytes
 * @nr: number of entries
 * @direct: devices that cannot be assigned because of it, a bit per device
 * @maybe: devices that may not be assignable for another reason
 * @entries: where they are in @data, and which devices each one is for
 * @data: its bytes
 */
struct fuzz_table {
	u32 len;
	unsigned int nr;
	u32 direct;
	u32 maybe;
	struct {
		u32 start;
		u32 end;
		u32 direct;
	} entries[FUZZ_NR_ENTRIES];
	u8 data[FUZZ_SIZE];
};

/**
 * struct fuzz_expect - what the second reader expects of a table
 * @direct: devices that cannot be assigned, since a region is for them, or part
 *	    of the table cannot be read and may be a region for them
 * @maybe: devices that may be assignable or not
 * @translated: devices that have an IOMMU
 * @units: number of IOMMUs that are used
 * @off: the table is refused, and all IOMMUs are off
 */
struct fuzz_expect {
	u32 direct;
	u32 maybe;
	u32 translated;
	unsigned int units;
	bool off;
};

/**
 * struct fuzz_parser - the parser of a driver
 * @header: length of the table before its first entry
 * @generate: fill in an empty table
 * @parse: read a table; 0 or an error, after which no device has an IOMMU
 * @assignable: which devices may be assigned, a bit per device
 * @translated: which devices have an IOMMU
 * @units: how many IOMMUs are used, also after @parse has failed
 * @expect: the second reader, for what @assignable, @translated and @units have
 *	    to return; @expect, @translated and @units may be NULL
 * @say: print with tables_say() what was read, for tables_read()
 * @forget: undo @parse
 */
struct fuzz_parser {
	u32 header;
	void (*generate)(struct fuzz_table *table);
	int (*parse)(struct acpi_table_header *acpi);
	u32 (*assignable)(void);
	u32 (*translated)(void);
	unsigned int (*units)(void);
	void (*expect)(const u8 *table, u32 len, struct fuzz_expect *expect);
	void (*say)(void);
	void (*forget)(void);
};

static inline u16 fuzz_get16(const u8 *p)
{
	return p[0] | p[1] << 8;
}

u32 fuzz_u32(void);
u32 fuzz_below(u32 nr);
bool fuzz_one_in(u32 nr);
void fuzz_range(u64 *start, u64 *length);

void *fuzz_put(struct fuzz_table *table, u32 len);
void fuzz_put_header(struct fuzz_table *table, const char *sig, u32 len);
void fuzz_begin(struct fuzz_table *table, u32 direct);
void fuzz_end(struct fuzz_table *table);
int fuzz_read(struct kunit *test, const struct fuzz_parser *parser,
	      const struct fuzz_table *table, u32 *assignable, u32 *translated);

int fuzz_suite_init(struct kunit_suite *suite);
void fuzz_suite_exit(struct kunit_suite *suite);
struct pci_dev *fuzz_dev(unsigned int i);
void fuzz_use_devs(struct pci_dev **devs, unsigned int nr);
bool fuzz_is_bridge(unsigned int i);
bool fuzz_is_below(unsigned int i, unsigned int bridge);
int fuzz_parent(unsigned int i);
u32 fuzz_refused(u32 direct);
bool fuzz_may_assign(const struct iommu_ops *ops, struct device *dev);

void fuzz_whole(struct kunit *test, const struct fuzz_parser *parser);
void fuzz_damaged(struct kunit *test, const struct fuzz_parser *parser);
void fuzz_cut(struct kunit *test, const struct fuzz_parser *parser);

/* Tables of real machines, with their devices, from files */
void tables_read(struct kunit *test, const struct fuzz_parser *parser,
		 const char *name);
__printf(1, 2) void tables_say(const char *fmt, ...);
void tables_say_dev(struct pci_dev *pdev, u64 unit,
		    const struct iommu_ops *ops);

#endif
