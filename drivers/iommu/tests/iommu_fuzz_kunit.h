/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Generated firmware tables for the parsers of DMAR and IVRS.
 *
 * A table consists of entries that begin with a type and, at byte 2, a length.
 * A generator records, for each entry, which devices it is for;
 * that follows the specification and is independent of the parsers. After a
 * table is damaged, what is left of it is what still can be reached, and what a
 * second reader finds, which has the rule for malformed parts. Each table
 * that is read is compared with the result of that reader.
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
 * @maybe: the same, but not for certain: what firmware wrote is malformed
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
 * struct fuzz_expect - what has to come out of a table
 * @direct: devices that cannot be assigned, since it names or may name them,
 *	  where that cannot be read
 * @maybe: devices that may be among these as well
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
 * struct fuzz_parser - what is tested
 * @header: length of the table before its first entry
 * @generate: fill in an empty table
 * @parse: read a table; 0 or an error, after which no device has an IOMMU
 * @assignable: which devices may be assigned, a bit per device
 * @translated: which devices have an IOMMU
 * @units: how many IOMMUs are used, also after @parse has failed
 * @expect: the second reader: what @assignable, @translated and @units have to
 *	    be; may be NULL, as may the two
 * @say: what tables_say() has to say after @parse, for tables_read()
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

/* Tables of real machines, and the devices of these */
void tables_read(struct kunit *test, const struct fuzz_parser *parser,
		 const char *name);
__printf(1, 2) void tables_say(const char *fmt, ...);
void tables_say_dev(struct pci_dev *pdev, u64 unit,
		    const struct iommu_ops *ops);

#endif
