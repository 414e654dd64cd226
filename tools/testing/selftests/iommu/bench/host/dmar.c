// SPDX-License-Identifier: GPL-2.0-only
/*
 * The machine's DMAR table: one IOMMU for every device, the IO-APIC's scope for
 * interrupt remapping, and a region for each device that has one. The kernel
 * prefers it to the machine's own: same OEM ids, higher revision.
 */
#include <assert.h>
#include <stddef.h>
#include <string.h>

#include "bench.h"

struct scope {
	__u8 type;
	__u8 length;
	__u16 reserved;
	__u8 id;
	__u8 bus;
	__u8 slot;
	__u8 fn;
};

struct rmrr {
	__u16 type;
	__u16 length;
	__u32 segment;
	__u64 start;
	__u64 last;
	struct scope scope;
};

struct dmar {
	char signature[4];
	__u32 length;
	__u8 table_revision;
	__u8 checksum;
	char oem[6];
	char oem_table[8];
	__u32 revision;
	char creator[4];
	__u32 creator_revision;
	__u8 width;
	__u8 flags;
	__u8 reserved[10];
	struct {
		__u16 type;
		__u16 length;
		__u8 flags;
		__u8 size;
		__u16 segment;
		__u64 base;
		struct scope ioapic;
	} drhd;
	struct rmrr rmrrs[ARRAY_SIZE(bench_devices)];
};

/* The fields lie where the compiler would have them anyway. */
static_assert(offsetof(struct dmar, drhd) == 48);
static_assert(offsetof(struct dmar, rmrrs) == 72);
static_assert(sizeof(struct rmrr) == 32);

void *dmar_table(size_t *len)
{
	struct dmar *t = xcalloc(sizeof(*t));
	struct rmrr *r = t->rmrrs;
	__u8 sum = 0;

	memcpy(t->signature, "DMAR", sizeof(t->signature));
	t->table_revision = 1;
	memcpy(t->oem, "BOCHS ", sizeof(t->oem));
	memcpy(t->oem_table, "BXPC    ", sizeof(t->oem_table));
	t->revision = 2;
	memcpy(t->creator, "LAB ", sizeof(t->creator));
	t->creator_revision = 1;
	t->width = 38;
	t->flags = 1;			/* interrupt remapping */
	t->drhd.length = sizeof(t->drhd);
	t->drhd.flags = 1;		/* all devices */
	t->drhd.base = 0xfed90000;
	t->drhd.ioapic = (struct scope){
		.type = 3, .length = sizeof(struct scope), .bus = 0xff,
	};

	for (int i = 0; i < ARRAY_SIZE(bench_devices); i++) {
		const struct bench_device *d = &bench_devices[i];

		if (!d->size)
			continue;
		r->type = 1;
		r->length = sizeof(*r);
		r->start = d->start;
		r->last = d->start + d->size - 1;
		r->scope = (struct scope){
			.type = 1, .length = sizeof(r->scope), .slot = d->slot,
		};
		r++;
	}
	*len = (char *)r - (char *)t;
	t->length = *len;
	for (size_t i = 0; i < *len; i++)
		sum -= ((__u8 *)t)[i];
	t->checksum = sum;
	return t;
}
