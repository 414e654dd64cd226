/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The rule for an IORT, for iort-kunit.c: a second reader of the table, which
 * uses no struct and no function of the kernel's parser.
 */
#include <linux/minmax.h>
#include <linux/string.h>
#include <linux/unaligned.h>

#define RULE_MAX_RANGES	64

/**
 * struct iort_rule - what an IORT means for one stream of an SMMU
 * @smmu: offset of the SMMU
 * @sid: the stream
 * @malformed: part of the table cannot be read and may be for this stream
 * @relaxable: there is a region that the kernel may remap
 * @nr: number of regions that the kernel may not remap
 * @start: first address of each of these
 * @last: last address of each of these
 */
struct iort_rule {
	u32 smmu;
	u32 sid;
	bool malformed;
	bool relaxable;
	unsigned int nr;
	u64 start[RULE_MAX_RANGES];
	u64 last[RULE_MAX_RANGES];
};

static bool rule_is_node(const u8 *table, u64 pos)
{
	u32 len = get_unaligned_le32(table + 4);

	return pos >= 48 && pos + 16 <= len &&
	       get_unaligned_le16(table + pos + 1) >= 16;
}

static bool rule_is_smmu(const u8 *table, u32 ref)
{
	u32 left = get_unaligned_le32(table + 36);
	u64 pos = get_unaligned_le32(table + 40);

	for (; left && rule_is_node(table, pos); left--) {
		if (pos == ref)
			return table[pos] == 3 || table[pos] == 4;
		pos += get_unaligned_le16(table + pos + 1);
	}
	return false;
}

/* Do @nr entries of 20 bytes at @offset fit, after the fixed part of an RMR? */
static bool rule_fit(u64 len, u32 offset, u32 nr)
{
	return offset >= 28 && offset + 20ULL * nr <= len;
}

static void rule_read_memory(const u8 *desc, u32 nr, bool relaxable,
			     struct iort_rule *rule)
{
	for (; nr; nr--, desc += 20) {
		u64 start = get_unaligned_le64(desc);
		u64 len = get_unaligned_le64(desc + 8);

		if (!len || start + (len - 1) < start) {
			rule->malformed |= !relaxable;
		} else if (relaxable) {
			rule->relaxable = true;
		} else if (rule->nr < RULE_MAX_RANGES) {
			rule->start[rule->nr] = start;
			rule->last[rule->nr++] = start + (len - 1);
		}
	}
}

static void rule_read_rmr(const u8 *table, u64 pos, struct iort_rule *rule)
{
	u64 len = min_t(u64, get_unaligned_le32(table + 4) - pos,
			get_unaligned_le16(table + pos + 1));
	const u8 *node = table + pos, *map;
	u32 nr_maps = get_unaligned_le32(node + 8);
	u32 maps = get_unaligned_le32(node + 12);
	bool mine = false, lost = false;
	u32 i, nr, offset;
	bool relaxable;

	if (len < 28) {
		rule->malformed = true;
		return;
	}
	relaxable = node[16] & 1;
	nr = get_unaligned_le32(node + 20);
	offset = get_unaligned_le32(node + 24);
	/* An RMR without memory has no effect, whatever its mappings are */
	if (!nr)
		return;
	if (!nr_maps || !rule_fit(len, maps, nr_maps)) {
		rule->malformed |= !relaxable;
		return;
	}
	for (i = 0, map = node + maps; i < nr_maps; i++, map += 20) {
		u32 base = get_unaligned_le32(map + 8);
		u32 ref = get_unaligned_le32(map + 12);

		if (rule->sid < base ||
		    rule->sid - base > get_unaligned_le32(map + 4))
			continue;
		mine |= ref == rule->smmu;
		lost |= ref != rule->smmu && !rule_is_smmu(table, ref);
	}
	if (mine && rule_fit(len, offset, nr))
		rule_read_memory(node + offset, nr, relaxable, rule);
	else if (mine || lost)
		rule->malformed |= !relaxable;
}

static void rule_read(const u8 *table, struct iort_rule *rule)
{
	u32 len = get_unaligned_le32(table + 4);
	u32 left = get_unaligned_le32(table + 36);
	u64 pos = get_unaligned_le32(table + 40);

	/* RMRs are used from revision 5 (E.d) on */
	if (table[8] < 5)
		return;
	for (; left; left--) {
		if (!rule_is_node(table, pos)) {
			/* Zeros to the end are padding */
			rule->malformed |= pos >= len ||
				memchr_inv(table + pos, 0, len - pos);
			return;
		}
		if (table[pos] == 6)
			rule_read_rmr(table, pos, rule);
		pos += get_unaligned_le16(table + pos + 1);
	}
}

static char rule_concludes(const struct iort_rule *rule)
{
	if (rule->nr)
		return rule->malformed ? 'b' : 'd';
	if (rule->malformed)
		return 'm';
	return rule->relaxable ? 'r' : '-';
}
