/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The rule for a DMAR, for the tests that include this file.
 */

/*
 * A second reader of the table, which uses no struct and no function of the
 * kernel's parser. The rule: if a structure cannot be read, no device that it
 * could be for can be assigned, and no device loses its IOMMU.
 */

static u32 devs_in_seg(unsigned int seg)
{
	return seg < FUZZ_NR_SEGS ?
		(BIT(FUZZ_NR_IN_SEG) - 1) << (seg * FUZZ_NR_IN_SEG) : 0;
}

/* Do the @nr pairs (device, function) at @path lead from @bus to device @i? */
static bool leads_to(unsigned int bus, const u8 *path, unsigned int nr, int i)
{
	/* Some firmware writes the device's own bus, and only the last pair */
	if (nr == 1 && bus == fuzz_dev(i)->bus->number &&
	    fuzz_dev(i)->devfn == PCI_DEVFN(path[0], path[1]) &&
	    path[0] < 32 && path[1] < 8)
		return true;
	for (; nr && i >= 0; i = fuzz_parent(i)) {
		nr--;
		if (path[2 * nr] != PCI_SLOT(fuzz_dev(i)->devfn) ||
		    path[2 * nr + 1] != PCI_FUNC(fuzz_dev(i)->devfn))
			return false;
		if (fuzz_parent(i) < 0)
			return !nr && bus == 0;
	}
	return false;
}

/*
 * The devices that @len bytes of scopes name, and all devices below those. Sets
 * @bad if one of the scopes cannot be read.
 */
static u32 read_scopes(const u8 *scope, u32 len, unsigned int seg, bool *bad)
{
	unsigned int i, dev;
	u32 named = 0;

	for (; len; len -= scope[1], scope += scope[1]) {
		if (len < 6 || scope[1] < 6 || scope[1] > len) {
			*bad = true;
			break;
		}
		*bad |= scope[1] < 8;
		if (scope[0] != 1 && scope[0] != 2)
			continue;
		for (dev = 0; dev < FUZZ_NR_DEVS; dev++) {
			if (!(BIT(dev) & devs_in_seg(seg)) ||
			    !leads_to(scope[5], scope + 6, (scope[1] - 6) / 2,
				      dev))
				continue;
			named |= BIT(dev);
			for (i = 0; i < FUZZ_NR_DEVS; i++)
				if (fuzz_is_below(i, dev))
					named |= BIT(i);
		}
	}
	return named;
}

/* Is the DRHD at @p for another unit than those before it? If so, add it. */
static bool is_new_unit(const u8 *p, const u8 **units, unsigned int nr)
{
	unsigned int i;

	/* Compare segments and addresses */
	for (i = 0; i < nr; i++)
		if (!memcmp(units[i] + 6, p + 6, 10))
			return false;
	units[nr] = p;
	return true;
}

static void fuzz_expect_dmar(const u8 *table, u32 len,
			     struct fuzz_expect *expect)
{
	static const u8 *units[FUZZ_SIZE / 16];
	u32 pos, size, named, unusable = 0;
	const u8 *p;
	bool bad;

	expect->off = len < 48;
	for (pos = 48; pos < len; pos += size) {
		p = table + pos;
		size = len - pos;
		while (size && !p[size - 1])
			size--;
		if (!size)
			break;
		if (len - pos < 4 || fuzz_get16(p + 2) < 4 ||
		    fuzz_get16(p + 2) > len - pos) {
			if (len - pos >= 16 || p[0] <= 1)
				expect->direct = FUZZ_ALL_DEVS;
			break;
		}
		size = fuzz_get16(p + 2);
		bad = false;
		switch (fuzz_get16(p)) {
		case 0: /* DRHD */
			if (size < 16) {
				expect->direct = FUZZ_ALL_DEVS;
				break;
			}
			named = read_scopes(p + 16, size - 16,
					    fuzz_get16(p + 6), &bad);
			if (p[4] & 1)
				named = devs_in_seg(fuzz_get16(p + 6));
			if (memchr_inv(p + 8, 0, 8)) {
				expect->translated |= named;
				expect->units += is_new_unit(p, units,
							     expect->units);
				break;
			}
			unusable |= named;
			if (bad)
				expect->direct = FUZZ_ALL_DEVS;
			break;
		case 1: /* RMRR */
			if (size < 24) {
				expect->direct = FUZZ_ALL_DEVS;
				break;
			}
			expect->direct |= read_scopes(p + 24, size - 24,
						      fuzz_get16(p + 6), &bad);
			if (bad)
				expect->direct |=
					devs_in_seg(fuzz_get16(p + 6));
			break;
		}
	}
	expect->direct = fuzz_refused(expect->direct);
	expect->translated &= ~unusable;
}
