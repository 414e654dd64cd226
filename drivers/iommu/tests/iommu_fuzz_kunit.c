// SPDX-License-Identifier: GPL-2.0-only
/*
 * Generated firmware tables: random numbers, devices, damage to tables, and
 * checks of what the driver read.
 */
#include <kunit/resource.h>
#include <kunit/test.h>
#include <linux/hash.h>
#include <linux/iommu.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/moduleparam.h>
#include <linux/panic.h>
#include <linux/pci.h>
#include <linux/prandom.h>
#include <linux/printk.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "../direct/relax.h"
#include "../direct/snapshot.h"
#include "iommu_fuzz_kunit.h"

static unsigned int seed = 1;
module_param(seed, uint, 0444);
MODULE_PARM_DESC(seed, "Which tables to generate");

static unsigned int count = 100;
module_param(count, uint, 0444);
MODULE_PARM_DESC(count, "How many tables each test generates");

static struct rnd_state rnd;

u32 fuzz_u32(void)
{
	return prandom_u32_state(&rnd);
}

u32 fuzz_below(u32 nr)
{
	return fuzz_u32() % nr;
}

bool fuzz_one_in(u32 nr)
{
	return !fuzz_below(nr);
}

/* A range as firmware may write it: usually valid, sometimes not */
void fuzz_range(u64 *start, u64 *length)
{
	static const u64 odd[] = {
		0, 1, 0xfff, 0x1000, 1ULL << 52, 1ULL << 63, ~0xfffULL, ~0ULL,
	};

	*start = (u64)fuzz_u32() << 12;
	*length = (u64)(1 + fuzz_below(256)) << 12;
	if (fuzz_one_in(4))
		*start = odd[fuzz_below(ARRAY_SIZE(odd))];
	if (fuzz_one_in(4))
		*length = odd[fuzz_below(ARRAY_SIZE(odd))];
	if (fuzz_one_in(4))
		*start += fuzz_u32();
	if (fuzz_one_in(4))
		*length -= fuzz_u32();
}

/* The devices, which are the same in each segment */

#define CLASS_RAID	0x010400
#define CLASS_NVME	0x010802
#define CLASS_NIC	0x020000
#define CLASS_VGA	0x030000
#define CLASS_PCI	0x060400
#define CLASS_USB	0x0c0330

#define NR_BUSES	3

static const struct {
	u8 bus;
	u8 devfn;
	u32 class;
	int parent;
	u8 secondary;
} topology[FUZZ_NR_IN_SEG] = {
	{ 0, PCI_DEVFN(0x02, 0), CLASS_VGA, -1 },
	{ 0, PCI_DEVFN(0x14, 0), CLASS_USB, -1 },
	{ 0, PCI_DEVFN(0x19, 0), CLASS_NIC, -1 },
	{ 0, PCI_DEVFN(0x1c, 0), CLASS_PCI, -1, 1 },
	{ 1, PCI_DEVFN(0x00, 0), CLASS_NVME, 3 },
	{ 1, PCI_DEVFN(0x00, 1), CLASS_USB, 3 },
	{ 1, PCI_DEVFN(0x02, 0), CLASS_PCI, 3, 2 },
	{ 2, PCI_DEVFN(0x00, 0), CLASS_RAID, 6 },
};

static struct machine {
	struct pci_sysdata sysdata[FUZZ_NR_SEGS];
	struct pci_bus buses[FUZZ_NR_SEGS][NR_BUSES];
	struct pci_dev devs[FUZZ_NR_DEVS];
	struct dev_iommu iommu[FUZZ_NR_DEVS];
	char names[FUZZ_NR_DEVS][16];
} *machine;

/* Used instead of those of @machine, with tables from files */
static struct pci_dev **other_devs;
static unsigned int nr_other_devs;

void fuzz_use_devs(struct pci_dev **devs, unsigned int nr)
{
	other_devs = devs;
	nr_other_devs = nr;
}

/* Device number @i, or NULL if there are no more */
struct pci_dev *fuzz_dev(unsigned int i)
{
	if (other_devs)
		return i < nr_other_devs ? other_devs[i] : NULL;
	return i < FUZZ_NR_DEVS ? &machine->devs[i] : NULL;
}

bool fuzz_is_bridge(unsigned int i)
{
	return topology[i % FUZZ_NR_IN_SEG].class == CLASS_PCI;
}

/* The bridge above the device, or -1 */
int fuzz_parent(unsigned int i)
{
	int parent = topology[i % FUZZ_NR_IN_SEG].parent;

	return parent < 0 ? parent :
			    i / FUZZ_NR_IN_SEG * FUZZ_NR_IN_SEG + parent;
}

bool fuzz_is_below(unsigned int i, unsigned int bridge)
{
	int parent;

	for (parent = fuzz_parent(i); parent >= 0; parent = fuzz_parent(parent))
		if (parent == bridge)
			return true;
	return false;
}

static bool is_relaxable(unsigned int i)
{
	u32 class = topology[i % FUZZ_NR_IN_SEG].class;

	return class == CLASS_VGA || class == CLASS_USB;
}

/* Those of @direct that cannot be assigned: all but those relaxed by class */
u32 fuzz_refused(u32 direct)
{
	unsigned int i;

	for (i = 0; i < FUZZ_NR_DEVS; i++)
		if (is_relaxable(i))
			direct &= ~BIT(i);
	return direct;
}

int fuzz_suite_init(struct kunit_suite *suite)
{
	unsigned int i;

	machine = kzalloc(sizeof(*machine), GFP_KERNEL);
	if (!machine)
		return -ENOMEM;

	for (i = 0; i < FUZZ_NR_DEVS; i++) {
		unsigned int seg = i / FUZZ_NR_IN_SEG, t = i % FUZZ_NR_IN_SEG;
		struct pci_bus *bus = &machine->buses[seg][topology[t].bus];
		struct pci_dev *pdev = &machine->devs[i];

		machine->sysdata[seg].domain = seg;
		bus->sysdata = &machine->sysdata[seg];
		bus->number = topology[t].bus;

		pdev->bus = bus;
		pdev->devfn = topology[t].devfn;
		pdev->class = topology[t].class;
		pdev->hdr_type = PCI_HEADER_TYPE_NORMAL;
		if (fuzz_is_bridge(i)) {
			pdev->hdr_type = PCI_HEADER_TYPE_BRIDGE;
			pdev->subordinate =
				&machine->buses[seg][topology[t].secondary];
			pdev->subordinate->self = pdev;
			pdev->subordinate->parent = bus;
			pdev->subordinate->busn_res.end = NR_BUSES - 1;
		}
		snprintf(machine->names[i], sizeof(machine->names[i]),
			 "%04x:%02x:%02x.%x", seg, bus->number,
			 PCI_SLOT(pdev->devfn), PCI_FUNC(pdev->devfn));
		device_initialize(&pdev->dev);
		pdev->dev.init_name = machine->names[i];
		pdev->dev.bus = &pci_bus_type;
		pdev->dev.iommu = &machine->iommu[i];
	}
	return 0;
}

void fuzz_suite_exit(struct kunit_suite *suite)
{
	kfree(machine);
	machine = NULL;
}

/* Can the device be assigned, with the regions that the driver reports? */
bool fuzz_may_assign(const struct iommu_ops *ops, struct device *dev)
{
	struct iommu_resv *resv;
	LIST_HEAD(reported);
	bool ret = false;

	if (!ops->get_resv_regions(dev, &reported)) {
		iommu_resv_relax_by_class(dev, &reported);
		resv = iommu_resv_snapshot(dev, &reported);
		if (!IS_ERR(resv)) {
			ret = !iommu_resv_requires_direct(resv);
			kvfree(resv);
		}
	}
	iommu_put_resv_regions(dev, &reported);
	return ret;
}

/* Tables */

/* Append @len bytes, which are 0. Return: where they are. */
void *fuzz_put(struct fuzz_table *table, u32 len)
{
	void *p = table->data + table->len;

	if (WARN_ON(len > FUZZ_SIZE - table->len))
		return table->data;
	table->len += len;
	return p;
}

void fuzz_put_header(struct fuzz_table *table, const char *sig, u32 len)
{
	struct acpi_table_header *header = fuzz_put(table, len);

	memcpy(header->signature, sig, 4);
	header->revision = 2;
}

/* Begin an entry that has a region for @direct */
void fuzz_begin(struct fuzz_table *table, u32 direct)
{
	table->entries[table->nr].start = table->len;
	table->entries[table->nr].direct = direct;
	table->direct |= direct;
}

/* End the entry and fill in its length */
void fuzz_end(struct fuzz_table *table)
{
	u32 start = table->entries[table->nr].start;

	*(u16 *)(table->data + start + 2) = table->len - start;
	table->entries[table->nr++].end = table->len;
}

static u32 any_offset(const struct fuzz_table *table, u32 size)
{
	return fuzz_below(table->len - size + 1);
}

static void damage(struct fuzz_table *table, const struct fuzz_parser *parser)
{
	static const u16 lengths[] = { 0, 1, 3, 4, 5, 0x7fff, 0xffff };
	unsigned int times = 1 + fuzz_below(4);
	u32 offset, len;

	while (times--) {
		/* Damage mostly entries, rarely the header */
		offset = any_offset(table, 1);
		if (offset < parser->header && !fuzz_one_in(4))
			offset = min(parser->header, table->len - 1);
		switch (fuzz_below(7)) {
		case 0:
			table->data[offset] = fuzz_u32();
			break;
		case 1:
			table->data[offset] ^= BIT(fuzz_below(8));
			break;
		case 2:
			len = min(8U, table->len - offset);
			memset(table->data + offset, fuzz_one_in(2) ? 0 : 0xff,
			       len);
			break;
		case 3: /* Change the length of an entry */
			if (!table->nr)
				break;
			offset =
				table->entries[fuzz_below(table->nr)].start + 2;
			if (offset + 2 > table->len)
				break;
			*(u16 *)(table->data + offset) = fuzz_one_in(2) ?
				lengths[fuzz_below(ARRAY_SIZE(lengths))] :
				fuzz_below(64);
			break;
		case 4: /* Cut the table */
			if (offset >= parser->header)
				table->len = offset;
			break;
		case 5: /* Copy some bytes over others */
			len = min(fuzz_below(32), table->len - offset);
			memmove(table->data + any_offset(table, len),
				table->data + offset, len);
			break;
		case 6: /* Append bytes, which may be padding */
			len = min(1 + fuzz_below(40), FUZZ_SIZE - table->len);
			memset(table->data + table->len,
			       fuzz_one_in(2) ? 0 : fuzz_below(8), len);
			table->len += len;
			break;
		}
	}
}

/*
 * The devices that have a region in @damaged for certain: in an entry that is
 * unchanged, and that can be found, since the types and lengths of all entries
 * before it are unchanged as well.
 */
static u32 still_direct(const struct fuzz_table *table,
			const struct fuzz_table *damaged)
{
	unsigned int i;
	u32 direct = 0;

	for (i = 0; i < table->nr; i++) {
		u32 start = table->entries[i].start,
		    end = table->entries[i].end;

		if (end > damaged->len ||
		    memcmp(table->data + start, damaged->data + start, 4))
			break;
		if (!memcmp(table->data + start, damaged->data + start,
			    end - start))
			direct |= table->entries[i].direct;
	}
	return direct;
}

/* What the driver read from a table */
struct outcome {
	int ret;
	unsigned int units;
	u32 assignable;
	u32 translated;
};

/* Totals for the tables of a test that the second reader has read as well */
static struct {
	unsigned int tables;
	unsigned int units;
	unsigned int units_off;
	unsigned int devs;
	unsigned int devs_bare;
	unsigned int devs_direct;
	unsigned int devs_open;
} seen;

/* Compare the IOMMUs and the devices with those of the second reader */
static bool check(struct kunit *test, const struct fuzz_parser *parser,
		  const struct fuzz_table *table, const struct outcome *outcome)
{
	struct fuzz_expect expect = {};
	u32 open = 0, shut = 0, bare;
	bool off = outcome->ret;

	if (!parser->expect)
		return true;
	parser->expect(table->data, table->len, &expect);
	bare = expect.translated & ~outcome->translated;
	if (!off) {
		open = outcome->assignable & expect.direct;
		shut = ~outcome->assignable & FUZZ_ALL_DEVS &
		       fuzz_refused(~(expect.direct | expect.maybe));
		seen.devs_direct += hweight32(expect.direct);
	}
	seen.tables++;
	seen.units += expect.units;
	if (outcome->units < expect.units)
		seen.units_off += expect.units - outcome->units;
	seen.devs += hweight32(expect.translated);
	seen.devs_bare += hweight32(bare);
	seen.devs_open += hweight32(open);

	KUNIT_EXPECT_EQ_MSG(test, off, expect.off, "all IOMMUs are off");
	KUNIT_EXPECT_EQ_MSG(test, outcome->units, expect.units, "IOMMUs");
	KUNIT_EXPECT_EQ_MSG(test, open, 0, "assignable, but direct");
	KUNIT_EXPECT_EQ_MSG(test, shut, 0, "not assignable, but not direct");
	KUNIT_EXPECT_EQ_MSG(test, bare, 0, "without an IOMMU");
	return off == expect.off && outcome->units == expect.units && !open &&
	       !shut && !bare;
}

/*
 * Let the driver read the table, from memory that ends where the table does.
 * Return: is it what the second reader expects?
 */
static bool read_table(struct kunit *test, const struct fuzz_parser *parser,
		       const struct fuzz_table *table, struct outcome *outcome)
{
	struct acpi_table_header *acpi =
		kmemdup(table->data, table->len, GFP_KERNEL);
	bool warned = test_taint(TAINT_WARN);

	KUNIT_ASSERT_NOT_NULL(test, acpi);
	/* In a table that the ACPI core accepts, the length is correct */
	acpi->length = table->len;

	memset(outcome, 0, sizeof(*outcome));
	outcome->ret = parser->parse(acpi);
	if (parser->units)
		outcome->units = parser->units();
	if (!outcome->ret) {
		outcome->assignable = parser->assignable();
		if (parser->translated)
			outcome->translated = parser->translated();
	}
	parser->forget();

	kfree(acpi);
	KUNIT_EXPECT_TRUE_MSG(test, warned || !test_taint(TAINT_WARN),
			      "the kernel warned");
	return check(test, parser, table, outcome);
}

static void dump(const struct fuzz_table *table)
{
	print_hex_dump(KERN_ERR, "# ", DUMP_PREFIX_OFFSET, 16, 1, table->data,
		       table->len, false);
}

static void show(struct kunit *test, const struct fuzz_table *table, u32 number)
{
	kunit_err(test, "table %u of seed %u:\n", number, seed);
	dump(table);
}

/* Read a table that is not one of a generated series */
int fuzz_read(struct kunit *test, const struct fuzz_parser *parser,
	      const struct fuzz_table *table, u32 *assignable, u32 *translated)
{
	struct outcome outcome;

	if (!read_table(test, parser, table, &outcome))
		dump(table);
	*assignable = outcome.assignable;
	*translated = outcome.translated;
	return outcome.ret;
}

struct tables {
	struct fuzz_table whole;
	struct fuzz_table damaged;
};

/*
 * The console shows only errors while thousands of bad tables are read.
 * Warnings of the kernel are noticed by the taint. The log is flushed before
 * the level changes, since a console thread checks the level when it prints.
 */
static int loglevel;

static void set_loglevel(int level)
{
	pr_flush(10000, true);
	console_loglevel = level;
}

static void unquiet(void *unused)
{
	set_loglevel(loglevel);
}

static struct tables *start(struct kunit *test)
{
	struct tables *tables =
		kunit_kmalloc(test, sizeof(*tables), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, tables);
	/*
	 * KUnit's result of the last test has no newline yet. This line ends
	 * it, so that it is printed before the console is quiet.
	 */
	kunit_info(test, "seed=%u count=%u\n", seed, count);
	loglevel = console_loglevel;
	set_loglevel(CONSOLE_LOGLEVEL_QUIET);
	KUNIT_ASSERT_EQ(test, 0,
			kunit_add_action_or_reset(test, unquiet, NULL));
	memset(&seen, 0, sizeof(seen));
	return tables;
}

/* Print the totals, also if the test has failed */
static void finish(struct kunit *test, u32 nr, const char *what, u32 nr_direct)
{
	kunit_release_action(test, unquiet, NULL);
	kunit_info(test, "seed %u: %u tables, %u times a device was %s\n",
		   seed, nr, nr_direct, what);
	kunit_info(test,
		   "seed %u: %u tables read: %u of %u times an IOMMU was off, %u of %u times a device was without one, %u of %u times it was wrongly open\n",
		   seed, seen.tables, seen.units_off, seen.units,
		   seen.devs_bare, seen.devs, seen.devs_open, seen.devs_direct);
}

/*
 * Each table has a seed of its own, so that it does not depend on those before.
 * prandom_seed_state() ignores the lowest bits. Without the hash, seeds 2 and 3
 * would generate the same tables.
 */
static void generate(const struct fuzz_parser *parser, struct fuzz_table *table,
		     u32 number)
{
	prandom_seed_state(&rnd, hash_64(((u64)seed << 32) + number, 32));
	memset(table, 0, sizeof(*table));
	parser->generate(table);
}

/* A table without damage: only devices with regions cannot be assigned */
static bool check_whole(struct kunit *test, const struct fuzz_parser *parser,
			const struct fuzz_table *table, u32 number)
{
	struct outcome outcome;
	u32 open, shut;
	bool expected;

	expected = read_table(test, parser, table, &outcome);
	open = outcome.assignable & fuzz_refused(table->direct);
	shut = ~outcome.assignable & FUZZ_ALL_DEVS &
	       fuzz_refused(~(table->direct | table->maybe));
	KUNIT_EXPECT_EQ(test, outcome.ret, 0);
	KUNIT_EXPECT_EQ_MSG(test, open, 0, "assignable, but direct");
	KUNIT_EXPECT_EQ_MSG(test, shut, 0, "not assignable, but not direct");
	if (expected && !outcome.ret && !open && !shut)
		return true;
	show(test, table, number);
	return false;
}

void fuzz_whole(struct kunit *test, const struct fuzz_parser *parser)
{
	struct fuzz_table *table = &start(test)->whole;
	u32 i, nr_direct = 0;

	for (i = 0; i < count; i++) {
		generate(parser, table, i);
		if (!check_whole(test, parser, table, i))
			break;
		nr_direct += hweight32(fuzz_refused(table->direct));
	}
	finish(test, i, "direct", nr_direct);
}

/* A damaged table: devices that still have a region cannot be assigned */
static bool check_damaged(struct kunit *test, const struct fuzz_parser *parser,
			  const struct tables *tables, u32 number,
			  u32 *nr_direct)
{
	struct outcome outcome;
	bool expected;
	u32 direct;

	direct = fuzz_refused(still_direct(&tables->whole, &tables->damaged));
	expected = read_table(test, parser, &tables->damaged, &outcome);
	*nr_direct += hweight32(direct);
	KUNIT_EXPECT_EQ_MSG(test, outcome.assignable & direct, 0,
			    "assignable, but still direct");
	if (expected && !(outcome.assignable & direct))
		return true;
	show(test, &tables->damaged, number);
	return false;
}

void fuzz_damaged(struct kunit *test, const struct fuzz_parser *parser)
{
	struct tables *tables = start(test);
	u32 i, nr_direct = 0;

	for (i = 0; i < count; i++) {
		generate(parser, &tables->whole, i);
		tables->damaged = tables->whole;
		damage(&tables->damaged, parser);
		if (!check_damaged(test, parser, tables, i, &nr_direct))
			break;
	}
	finish(test, i, "still direct", nr_direct);
}

/* Tables with regions, cut off at each byte */
void fuzz_cut(struct kunit *test, const struct fuzz_parser *parser)
{
	struct tables *tables = start(test);
	u32 i = 0, number, nr_direct = 0;

	for (number = 0; i < count; number++) {
		generate(parser, &tables->whole, number);
		if (!fuzz_refused(tables->whole.direct))
			continue;
		tables->damaged = tables->whole;
		while (i < count && tables->damaged.len-- >
					    sizeof(struct acpi_table_header)) {
			if (!check_damaged(test, parser, tables, number,
					   &nr_direct))
				goto out;
			i++;
		}
	}
out:
	finish(test, i, "still direct", nr_direct);
}
