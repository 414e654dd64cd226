// SPDX-License-Identifier: GPL-2.0-only
/*
 * Firmware tables of a machine, with the regions that its scenario names.
 *
 * The kernel takes a table from the initrd instead of the machine's own if the
 * OEM ids are the same, the revision is higher and the checksum is right.
 */
#include <stdlib.h>
#include <string.h>

#include "lab.h"

#define TABLE_MAX	4096
#define BRIDGES_MAX	4

struct table {
	__u8 data[TABLE_MAX];
	size_t len;
};

static size_t put(struct table *t, __u64 val, size_t size)
{
	size_t at = t->len;

	if (t->len + size > TABLE_MAX)
		die("the firmware table grew beyond %d bytes", TABLE_MAX);
	for (size_t i = 0; i < size; i++)
		t->data[t->len++] = val >> (8 * i);
	return at;
}

static void put_text(struct table *t, const char *s, size_t size)
{
	while (size--)
		put(t, *s ? *s++ : ' ', 1);
}

static void put_header(struct table *t, const char *signature)
{
	put_text(t, signature, 4);
	put(t, 0, 4);			/* length, at the end */
	put(t, 1, 1);
	put(t, 0, 1);			/* checksum, at the end */
	put_text(t, "BOCHS", 6);
	put_text(t, "BXPC", 8);
	put(t, 2, 4);
	put_text(t, "LAB", 4);
	put(t, 1, 4);
}

static void finish(struct table *t)
{
	__u8 sum = 0;

	for (size_t i = 0; i < 4; i++)
		t->data[4 + i] = t->len >> (8 * i);
	for (size_t i = 0; i < t->len; i++)
		sum -= t->data[i];
	t->data[9] = sum;
}

static struct scn_device *by_name(struct scenario *scn, const char *name,
				  size_t len)
{
	char *copy = xasprintf("%.*s", (int)len, name);
	struct scn_device *d = scn_device(scn, copy);

	free(copy);
	return d;
}

static noreturn void bad_scope(const struct scenario *scn, const char *scope)
{
	die("%s: \"%s\" is neither a device nor a scope that this table has",
	    scn->path, scope);
}

/* "NAME", "NAME/" for all below that bridge, "SLOT.FN" for a gap on bus 0 */
static void put_dmar_scope(struct table *t, struct scenario *scn,
			   const char *scope)
{
	size_t name = strcspn(scope, "/");
	struct scn_device *d = by_name(scn, scope, name), *path[BRIDGES_MAX];
	struct scn_device gap;
	int n = 0;

	if (!d) {
		if (sscanf(scope, "%x.%x", &gap.slot, &gap.fn) != 2)
			bad_scope(scn, scope);
		gap.bridge = -1;
		d = &gap;
	}
	for (; d; d = d->bridge < 0 ? NULL : &scn->devices[d->bridge]) {
		if (n == BRIDGES_MAX)
			die("%s: more than %d bridges in a row", scn->path,
			    BRIDGES_MAX);
		path[n++] = d;
	}
	put(t, scope[name] == '/' ? 2 : 1, 1);
	put(t, 6 + 2 * n, 1);
	put(t, 0, 4);			/* no id, and bus 0 */
	while (n--) {
		put(t, path[n]->slot, 1);
		put(t, path[n]->fn, 1);
	}
}

static void put_rmrr(struct table *t, struct scenario *scn,
		     const struct scn_entry *e)
{
	size_t start = t->len, len;

	put(t, 1, 2);
	len = put(t, 0, 2);
	put(t, 0, 4);			/* segment 0 */
	put(t, e->start, 8);
	put(t, e->last, 8);
	for (int i = 0; i < e->nscopes; i++)
		put_dmar_scope(t, scn, e->scopes[i]);
	t->data[len] = t->len - start;
}

/*
 * One DRHD covers every device, so that those that come later are too; the
 * IO-APIC's scope is for interrupt remapping.
 */
static void build_dmar(struct table *t, struct scenario *scn)
{
	static const __u8 drhd[] = {
		0, 0, 24, 0, 1, 0, 0, 0, 0x00, 0x00, 0xd9, 0xfe, 0, 0, 0, 0,
		3, 8, 0, 0, 0, 0xff, 0, 0,
	};

	put_header(t, "DMAR");
	put(t, 0x26, 1);		/* host address width, less one */
	put(t, 1, 1);			/* interrupt remapping */
	put(t, 0, 10);
	for (int i = 0; i < ARRAY_SIZE(drhd); i++)
		put(t, drhd[i], 1);
	for (int i = 0; i < scn->nentries; i++)
		put_rmrr(t, scn, &scn->entries[i]);
}

#define IVMD_ALL	0x20
#define IVMD_ONE	0x21
#define IVMD_RANGE	0x22
#define IVMD_UNITY_RW	0x07

/* "NAME" on bus 0, "all", "0xFIRST-0xLAST" as device ids */
static void put_ivmd(struct table *t, struct scenario *scn,
		     const struct scn_entry *e, const char *scope)
{
	struct scn_device *d = scn_device(scn, scope);
	unsigned int type = IVMD_ONE, first = 0, last = 0;

	if (d && d->bridge < 0)
		first = d->slot << 3 | d->fn;
	else if (!strcmp(scope, "all"))
		type = IVMD_ALL;
	else if (sscanf(scope, "0x%x-0x%x", &first, &last) == 2)
		type = IVMD_RANGE;
	else
		bad_scope(scn, scope);

	put(t, type, 1);
	put(t, e->flags < 0 ? IVMD_UNITY_RW : e->flags, 1);
	put(t, 32, 2);
	put(t, first, 2);
	put(t, last, 2);
	put(t, 0, 8);
	put(t, e->start, 8);
	put(t, e->last - e->start + 1, 8);
}

/* As QEMU has it, but for every device, so that those that come later are in */
static void build_ivrs(struct table *t, struct scenario *scn)
{
	static const __u8 ivhd[] = {
		0x10, 0xd1, 36, 0, 0x08, 0, 0x40, 0, 0, 0, 0xd8, 0xfe,
		0, 0, 0, 0, 0, 0, 0, 0, 0x44, 0, 0, 0,
		1, 0, 0, 0,			/* all devices */
		0x48, 0, 0, 0, 0, 0xa0, 0, 1,	/* IO-APIC */
	};

	put_header(t, "IVRS");
	put(t, 0x2800, 4);		/* address sizes */
	put(t, 0, 8);
	for (int i = 0; i < ARRAY_SIZE(ivhd); i++)
		put(t, ivhd[i], 1);
	for (int i = 0; i < scn->nentries; i++)
		for (int s = 0; s < scn->entries[i].nscopes; s++)
			put_ivmd(t, scn, &scn->entries[i],
				 scn->entries[i].scopes[s]);
}

static const struct {
	const char *name;
	void (*build)(struct table *t, struct scenario *scn);
} tables[] = {
	{ "dmar", build_dmar },
	{ "ivrs", build_ivrs },
};

void *firmware_table(const struct machine *m, struct scenario *scn, size_t *len)
{
	for (int i = 0; i < ARRAY_SIZE(tables); i++) {
		struct table *t;

		if (strcmp(tables[i].name, m->table))
			continue;
		t = xcalloc(sizeof(*t));
		tables[i].build(t, scn);
		finish(t);
		*len = t->len;
		return t;
	}
	die("no table \"%s\"", m->table);
}
