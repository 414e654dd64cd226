/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The rule for an IVRS, for the tests that include this file.
 */

/*
 * A second reader of the table, which follows the specification, and the rule
 * for what cannot be read: that is skipped, and devices that it could name
 * cannot be assigned. An IVHD is used even if some of its entries cannot be
 * read, and its IOMMU then translates the devices that these could name.
 */
struct fuzz_unit {
	u8 type;
	u16 devid;
	u16 seg;
	bool lost;
	bool usable;
	u32 devs;
};

static u32 fuzz_header_size(u8 type)
{
	switch (type) {
	case 0x10:
		return 24;
	case 0x11:
	case 0x40:
		return 40;
	case 0x20:
	case 0x21:
	case 0x22:
		return 32;
	}
	return 0;
}

/* Type 0x40 may also be a padding entry, whose length is not that of a block */
static bool fuzz_is_block(const u8 *p, const u8 *end)
{
	if (*p == 0x40)
		return end - p >= 40 && fuzz_get16(p + 2) >= 40;
	return fuzz_header_size(*p);
}

/* Return: the end of the entries that can be read */
static const u8 *fuzz_read_entries(const u8 *p, const u8 *end,
				   struct fuzz_unit *unit)
{
	int start = -1, len;

	for (; p < end && !fuzz_is_block(p, end); p += len) {
		u16 devid, alias;

		len = *p < 0x40 ? 4 : *p < 0x80 ? 8 : 0;
		if (*p == 0xf0 && end - p >= 22)
			len = 22 + p[21];
		if (!len || len > end - p)
			break;
		devid = fuzz_get16(p + 1);
		alias = len >= 8 ? fuzz_get16(p + 5) : 0;
		switch (*p) {
		case 0x01:
			unit->devs |= fuzz_devs(unit->seg, 0, 0xffff);
			break;
		case 0x42:
			unit->devs |= fuzz_devs(unit->seg, alias, alias);
			fallthrough;
		case 0x02:
		case 0x46:
		case 0xf0:
			unit->devs |= fuzz_devs(unit->seg, devid, devid);
			break;
		case 0x48:
			unit->devs |= fuzz_devs(unit->seg, alias, alias);
			break;
		case 0x03:
		case 0x43:
		case 0x47:
			unit->lost |= start >= 0;
			start = devid;
			break;
		case 0x04:
			if (start < 0 || devid < start)
				unit->lost = true;
			else
				unit->devs |=
					fuzz_devs(unit->seg, start, devid);
			if (devid >= start)
				start = -1;
			break;
		}
	}
	unit->lost |= start >= 0;
	return p;
}

/* Which devices an IVMD is for, whether its range is valid or not */
static u32 fuzz_ivmd_holds(const u8 *p)
{
	u16 first = fuzz_get16(p + 4), last = fuzz_get16(p + 6),
	    seg = fuzz_get16(p + 8);

	if (!(p[1] & (IVMD_FLAG_UNITY_MAP | IVMD_FLAG_EXCL_RANGE)))
		return 0;
	if (*p == 0x20 || (*p == 0x22 && first && !last))
		return fuzz_devs(seg, 0, 0xffff);
	if (*p == 0x21)
		return fuzz_devs(seg, first, first);
	return fuzz_devs(seg, min(first, last), max(first, last));
}

static struct fuzz_unit fuzz_units[64];

/* If an IOMMU has several blocks, only those of the highest type are used */
static unsigned int fuzz_count_units(unsigned int nr)
{
	unsigned int i, k, units = 0;

	for (i = 0; i < nr; i++) {
		struct fuzz_unit *u = &fuzz_units[i];
		bool again = false;

		for (k = 0; k < nr; k++) {
			struct fuzz_unit *o = &fuzz_units[k];

			if (k == i || o->devid != u->devid || o->seg != u->seg)
				continue;
			if (o->type > u->type)
				break;
			if (o->type == u->type && o->usable && k < i)
				again = true;
		}
		if (k < nr)
			u->type = 0;
		else if (again)
			u->usable = true;
		units += k == nr && u->usable && !again;
	}
	return units;
}

static void fuzz_expect_ivrs(const u8 *table, u32 len,
			     struct fuzz_expect *expect)
{
	const u8 *p = table, *end = table + len, *next, *stop;
	bool left_out = false, all = false, fits;
	unsigned int i, k, nr = 0;

	memset(fuzz_units, 0, sizeof(fuzz_units));
	for (p += IVRS_HEADER_LENGTH; p < end && memchr_inv(p, 0, end - p);
	     p = next) {
		u32 room = end - p, size = fuzz_header_size(*p);
		u32 length = room < 4 ? 0 : fuzz_get16(p + 2);
		bool ivmd = *p >= 0x20 && *p <= 0x22;

		fits = length >= (ivmd ? 10 : max(size, 4U)) && length <= room;
		next = fits ? p + length : NULL;
		if (size && !ivmd && room >= size &&
		    nr < ARRAY_SIZE(fuzz_units)) {
			struct fuzz_unit *unit = &fuzz_units[nr++];

			unit->type = *p;
			unit->devid = fuzz_get16(p + 4);
			unit->seg = fuzz_get16(p + 16);
			unit->usable = memchr_inv(p + 8, 0, 8) &&
				       ((struct ivhd_header *)p)->mmio_phys !=
				       FUZZ_NO_REGISTERS;
			stop = fuzz_read_entries(p + size, fits ? next : end,
						 unit);
			if (fits && stop < next && fuzz_is_block(stop, next))
				fits = false;
			if (!fits || memchr_inv(stop, 0, next - stop))
				unit->lost = true;
			if (!fits)
				next = stop;
		} else if (ivmd && (fits || room >= 32)) {
			expect->direct |= fuzz_refused(fuzz_ivmd_holds(p));
			if (!fits)
				next = p + 32;
		}
		all |= !fits;
		if (!next || (!fits && next < end && !fuzz_is_block(next, end)))
			break;
	}
	if (all)
		expect->direct = FUZZ_ALL_DEVS;

	expect->units = fuzz_count_units(nr);
	expect->off = !expect->units;
	for (i = 0; i < nr; i++)
		left_out |= fuzz_units[i].type && !fuzz_units[i].usable;
	for (i = 0; i < nr; i++) {
		struct fuzz_unit *u = &fuzz_units[i];
		u32 in_seg = fuzz_devs(u->seg, 0, 0xffff);
		bool alone = true;

		if (!u->type || !u->usable)
			continue;
		expect->translated |= u->devs;
		if (u->lost && !left_out)
			expect->translated |= in_seg;
		/*
		 * If the segment has several IOMMUs, their order decides which
		 * of them has a device that no entry names. This is not
		 * computed here.
		 */
		for (k = 0; k < nr; k++)
			if (fuzz_units[k].type && fuzz_units[k].seg == u->seg &&
			    fuzz_units[k].devid != u->devid)
				alone = false;
		if (u->lost && alone)
			expect->direct |= in_seg;
		else if (u->lost)
			expect->maybe |= in_seg;
	}
	/* An IOMMU does not translate itself */
	for (i = 0; i < nr; i++)
		if (fuzz_units[i].type)
			expect->translated &= ~fuzz_devs(fuzz_units[i].seg,
							   fuzz_units[i].devid,
							   fuzz_units[i].devid);
	/* Without an IOMMU, a device cannot be assigned in any case */
	expect->maybe |= ~expect->translated;
}
