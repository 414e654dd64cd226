// SPDX-License-Identifier: GPL-2.0-only
/*
 * A pool of PASIDs: which numbers are taken, by whom, and which must rest.
 *
 * The lowest number is handed out first. Numbers that stay small suit narrow
 * devices, and IOMMU drivers keep tables by number that grow with the largest.
 * A bit per number, with two levels of summary above, finds it in a few steps,
 * however many are live.
 *
 * All functions here are called with the lock of the pool held, but for those
 * that handle memory and the one that says that it takes the lock.
 */
#include <linux/bitmap.h>
#include <linux/bitops.h>
#include <linux/lockdep.h>
#include <linux/overflow.h>
#include <linux/slab.h>

#include "iommu-pasid.h"

/* Numbers in a chunk: its summary is one word */
#define CHUNK	(BITS_PER_LONG * BITS_PER_LONG)
#define MAX_SLOTS	(IOMMU_PASID_SPACE / CHUNK)

/**
 * struct iommu_pasid_chunk - numbers that are neighbours
 * @taken: not to be handed out: live, attached or resting
 * @live: somebody allocated or reserved it
 * @attached: somebody attached it; if that is all, it is freed by detaching
 * @owners: of the numbers of one word, NULL if none of them was noted
 */
struct iommu_pasid_chunk {
	unsigned long taken[BITS_PER_LONG];
	unsigned long live[BITS_PER_LONG];
	unsigned long attached[BITS_PER_LONG];
	struct iommu_pasid_owner *owners[BITS_PER_LONG];
};

/**
 * struct iommu_pasid_slot - place of a chunk
 * @chunk: NULL while none of its numbers is taken
 * @full: which words of &iommu_pasid_chunk.taken have no zero
 * @nr_taken: how many bits in there are set
 */
struct iommu_pasid_slot {
	struct iommu_pasid_chunk *chunk;
	unsigned long full;
	unsigned int nr_taken;
};

/**
 * struct iommu_pasid_table - the numbers of a pool
 * @size: they are below this
 * @nr_slots: how many chunks that makes
 * @rest_first: index in @resting of the one that was freed first
 * @nr_resting: how many there are
 * @resting: numbers in quarantine, a ring
 * @full: which slots have no zero left
 * @slots: the chunks
 */
struct iommu_pasid_table {
	u32 size;
	unsigned int nr_slots;
	unsigned int rest_first;
	unsigned int nr_resting;
	ioasid_t resting[IOMMU_PASID_QUARANTINE];
	DECLARE_BITMAP(full, MAX_SLOTS);
	struct iommu_pasid_slot slots[] __counted_by(nr_slots);
};

enum {
	NEED_TABLE = 1 << 0,
	NEED_CHUNK = 1 << 1,
	NEED_OWNERS = 1 << 2,
};

static unsigned int word_of(ioasid_t pasid)
{
	return pasid % CHUNK / BITS_PER_LONG;
}

static unsigned long bit_of(ioasid_t pasid)
{
	return BIT(pasid % BITS_PER_LONG);
}

static struct iommu_pasid_table *table_alloc(u32 size)
{
	unsigned int nr = DIV_ROUND_UP(size, CHUNK);
	struct iommu_pasid_table *table;

	table = kvzalloc(struct_size(table, slots, nr), GFP_KERNEL);
	if (!table)
		return NULL;
	table->nr_slots = nr;
	table->size = size;
	table->slots[0].chunk = kzalloc(sizeof(*table->slots[0].chunk),
					GFP_KERNEL);
	if (!table->slots[0].chunk) {
		kvfree(table);
		return NULL;
	}
	/* Means "no PASID" and is nobody's. It keeps the first chunk, too. */
	table->slots[0].chunk->taken[0] = BIT(IOMMU_NO_PASID);
	table->slots[0].nr_taken = 1;
	return table;
}

static void chunk_free(struct iommu_pasid_chunk *chunk)
{
	unsigned int i;

	for (i = 0; chunk && i < ARRAY_SIZE(chunk->owners); i++)
		kfree(chunk->owners[i]);
	kfree(chunk);
}

/**
 * iommu_pasid_table_free() - Free what iommu_pasid_pool_clear() left
 * @table: the table, or NULL
 *
 * Context: may sleep
 */
void iommu_pasid_table_free(struct iommu_pasid_table *table)
{
	unsigned int i;

	for (i = 0; table && i < table->nr_slots; i++)
		chunk_free(table->slots[i].chunk);
	kvfree(table);
}

/**
 * iommu_pasid_spare_fill() - Allocate what the pool said is missing
 * @spare: to be filled
 *
 * Context: may sleep
 * Return: 0, or -ENOMEM; then iommu_pasid_spare_free() is still to be called
 */
int iommu_pasid_spare_fill(struct iommu_pasid_spare *spare)
{
	unsigned int need = spare->need;

	spare->need = 0;
	if (need & NEED_TABLE && !spare->table)
		spare->table = table_alloc(spare->size);
	if (need & NEED_CHUNK && !spare->chunk)
		spare->chunk = kzalloc(sizeof(*spare->chunk), GFP_KERNEL);
	if (need & NEED_OWNERS && !spare->owners)
		spare->owners = kcalloc(BITS_PER_LONG, sizeof(*spare->owners),
					GFP_KERNEL);
	if ((need & NEED_TABLE && !spare->table) ||
	    (need & NEED_CHUNK && !spare->chunk) ||
	    (need & NEED_OWNERS && !spare->owners))
		return -ENOMEM;
	return 0;
}

/**
 * iommu_pasid_spare_free() - Free what was not needed after all
 * @spare: to be emptied
 *
 * Context: may sleep, if a table is left; see iommu_pasid_spare_fill()
 */
void iommu_pasid_spare_free(struct iommu_pasid_spare *spare)
{
	iommu_pasid_table_free(spare->table);
	kfree(spare->chunk);
	kfree(spare->owners);
}

static struct iommu_pasid_table *need_table(struct iommu_pasid_pool *pool,
					    struct iommu_pasid_spare *spare)
{
	if (likely(pool->table))
		return pool->table;
	if (!spare)
		return NULL;
	if (!spare->table) {
		spare->need |= NEED_TABLE;
		return NULL;
	}
	pool->table = spare->table;
	spare->table = NULL;
	return pool->table;
}

static struct iommu_pasid_chunk *need_chunk(struct iommu_pasid_table *table,
					    ioasid_t pasid,
					    struct iommu_pasid_spare *spare)
{
	struct iommu_pasid_slot *slot = &table->slots[pasid / CHUNK];

	if (likely(slot->chunk))
		return slot->chunk;
	if (!spare)
		return NULL;
	if (!spare->chunk) {
		spare->need |= NEED_CHUNK;
		return NULL;
	}
	slot->chunk = spare->chunk;
	spare->chunk = NULL;
	return slot->chunk;
}

static struct iommu_pasid_owner *need_owner(struct iommu_pasid_chunk *chunk,
					    ioasid_t pasid,
					    struct iommu_pasid_spare *spare)
{
	struct iommu_pasid_owner **owners = &chunk->owners[word_of(pasid)];

	if (unlikely(!*owners)) {
		if (!spare)
			return NULL;
		if (!spare->owners) {
			spare->need |= NEED_OWNERS;
			return NULL;
		}
		*owners = spare->owners;
		spare->owners = NULL;
	}
	return *owners + pasid % BITS_PER_LONG;
}

/* These two are a few instructions, on each path that counts */
static __always_inline struct iommu_pasid_chunk *
find_chunk(struct iommu_pasid_pool *pool, ioasid_t pasid)
{
	struct iommu_pasid_table *table = pool->table;

	if (!table || pasid >= table->size)
		return NULL;
	return table->slots[pasid / CHUNK].chunk;
}

static __always_inline struct iommu_pasid_owner *
find_owner(struct iommu_pasid_chunk *chunk, ioasid_t pasid)
{
	struct iommu_pasid_owner *owners = chunk->owners[word_of(pasid)];

	return owners ? owners + pasid % BITS_PER_LONG : NULL;
}

static void take(struct iommu_pasid_table *table, ioasid_t pasid)
{
	struct iommu_pasid_slot *slot = &table->slots[pasid / CHUNK];
	unsigned int w = word_of(pasid);

	slot->nr_taken++;
	slot->chunk->taken[w] |= bit_of(pasid);
	if (slot->chunk->taken[w] != ~0UL)
		return;
	slot->full |= BIT(w);
	if (slot->full == ~0UL)
		__set_bit(pasid / CHUNK, table->full);
}

static void give_back(struct iommu_pasid_table *table, ioasid_t pasid)
{
	struct iommu_pasid_slot *slot = &table->slots[pasid / CHUNK];
	unsigned int w = word_of(pasid);

	slot->chunk->taken[w] &= ~bit_of(pasid);
	slot->full &= ~BIT(w);
	__clear_bit(pasid / CHUNK, table->full);
	if (!--slot->nr_taken) {
		chunk_free(slot->chunk);
		slot->chunk = NULL;
	}
}

static unsigned int rest_index(const struct iommu_pasid_table *table,
			       unsigned int i)
{
	return (table->rest_first + i) % IOMMU_PASID_QUARANTINE;
}

/* Into quarantine; who has been there for the longest time leaves if need be */
static void rest(struct iommu_pasid_table *table, ioasid_t pasid)
{
	if (table->nr_resting == IOMMU_PASID_QUARANTINE) {
		give_back(table, table->resting[table->rest_first]);
		table->rest_first = rest_index(table, 1);
		table->nr_resting--;
	}
	table->resting[rest_index(table, table->nr_resting++)] = pasid;
}

/* Out of quarantine, and still taken */
static void end_rest(struct iommu_pasid_table *table, ioasid_t pasid)
{
	unsigned int i, nr = table->nr_resting;

	for (i = 0; i < nr; i++)
		if (table->resting[rest_index(table, i)] == pasid)
			break;
	if (WARN_ON_ONCE(i == nr))
		return;
	while (++i < nr)
		table->resting[rest_index(table, i - 1)] =
			table->resting[rest_index(table, i)];
	table->nr_resting--;
}

static ioasid_t first_resting(const struct iommu_pasid_table *table, u32 limit)
{
	unsigned int i;

	for (i = 0; i < table->nr_resting; i++) {
		ioasid_t pasid = table->resting[rest_index(table, i)];

		if (pasid < limit)
			return pasid;
	}
	return IOMMU_PASID_INVALID;
}

static ioasid_t lowest(const struct iommu_pasid_table *table)
{
	const struct iommu_pasid_slot *slot;
	unsigned int i, s = 0, w;

	/* A few words at most, and mostly the first: no need for a call */
	for (i = 0; i < ARRAY_SIZE(table->full); i++, s += BITS_PER_LONG)
		if (table->full[i] != ~0UL)
			break;
	if (i < ARRAY_SIZE(table->full))
		s += ffz(table->full[i]);
	if (s >= table->nr_slots)
		return IOMMU_PASID_INVALID;
	slot = &table->slots[s];
	if (!slot->chunk)
		return s * CHUNK;
	w = ffz(slot->full);
	return s * CHUNK + w * BITS_PER_LONG + ffz(slot->chunk->taken[w]);
}

/* It is neither live nor attached */
static int make_live(struct iommu_pasid_pool *pool, ioasid_t pasid,
		     const void *cookie, struct iommu_pasid_rid *rid,
		     struct iommu_pasid_spare *spare)
{
	struct iommu_pasid_table *table = pool->table;
	struct iommu_pasid_chunk *chunk = need_chunk(table, pasid, spare);
	unsigned int w = word_of(pasid);

	if (!chunk)
		return -EAGAIN;
	if (cookie) {
		struct iommu_pasid_owner *entry;

		entry = need_owner(chunk, pasid, spare);
		if (!entry)
			return -EAGAIN;
		entry->cookie = cookie;
		entry->rid = rid;
	}
	if (unlikely(chunk->taken[w] & bit_of(pasid)))
		end_rest(table, pasid);
	else
		take(table, pasid);
	chunk->live[w] |= bit_of(pasid);
	pool->live++;
	return 0;
}

/**
 * iommu_pasid_pool_alloc() - Take the lowest number that is free
 * @pool: the pool, its lock is held
 * @limit: the number has to be below this
 * @cookie: its owner, or NULL for whoever the pool belongs to
 * @rid: the RID that draws it from the system's pool, or NULL
 * @spare: memory, or NULL for a first attempt
 * @pasid: result, never IOMMU_NO_PASID
 *
 * Return: 0, -ENOSPC if there is none, or -EAGAIN if @spare has to be filled
 */
int iommu_pasid_pool_alloc(struct iommu_pasid_pool *pool, u32 limit,
			   const void *cookie, struct iommu_pasid_rid *rid,
			   struct iommu_pasid_spare *spare, ioasid_t *pasid)
{
	struct iommu_pasid_table *table = need_table(pool, spare);

	lockdep_assert_held(&pool->lock);

	if (!table)
		return -EAGAIN;
	limit = min(limit, table->size);
	*pasid = lowest(table);
	if (unlikely(*pasid >= limit)) {
		*pasid = first_resting(table, limit);
		if (*pasid == IOMMU_PASID_INVALID)
			return -ENOSPC;
	}
	return make_live(pool, *pasid, cookie, rid, spare);
}

/**
 * iommu_pasid_pool_reserve() - Take exactly this number
 * @pool: the pool, its lock is held
 * @pasid: the number, which may be one that rests: who asks for it knows it
 * @cookie: its owner, or NULL for whoever the pool belongs to
 * @rid: the RID that draws it from the system's pool, or NULL
 * @spare: memory, or NULL for a first attempt
 *
 * Return: 0, -EINVAL if there is no such number, -EBUSY if it is taken, or
 * -EAGAIN if @spare has to be filled
 */
int iommu_pasid_pool_reserve(struct iommu_pasid_pool *pool, ioasid_t pasid,
			     const void *cookie, struct iommu_pasid_rid *rid,
			     struct iommu_pasid_spare *spare)
{
	struct iommu_pasid_table *table = need_table(pool, spare);
	struct iommu_pasid_chunk *chunk;

	lockdep_assert_held(&pool->lock);

	if (!table)
		return -EAGAIN;
	if (pasid == IOMMU_NO_PASID || pasid >= table->size)
		return -EINVAL;
	chunk = find_chunk(pool, pasid);
	if (chunk && (chunk->live[word_of(pasid)] |
		      chunk->attached[word_of(pasid)]) & bit_of(pasid))
		return -EBUSY;
	return make_live(pool, pasid, cookie, rid, spare);
}

/**
 * iommu_pasid_pool_free() - Give a number back; it rests for a while
 * @pool: the pool, its lock is held
 * @pasid: the number
 * @cookie: who gives it back, NULL for whoever the pool belongs to, or
 *	IOMMU_PASID_ANYONE not to compare
 * @rid: result, the RID that drew it or NULL; may be NULL
 *
 * Return: 0, -ENOENT if nobody holds it, -EPERM if it is someone else's, -EBUSY
 * while it is attached
 */
int iommu_pasid_pool_free(struct iommu_pasid_pool *pool, ioasid_t pasid,
			  const void *cookie, struct iommu_pasid_rid **rid)
{
	struct iommu_pasid_chunk *chunk = find_chunk(pool, pasid);
	unsigned int w = word_of(pasid);
	struct iommu_pasid_owner *entry;

	lockdep_assert_held(&pool->lock);

	if (!chunk || !(chunk->live[w] & bit_of(pasid)))
		return -ENOENT;
	entry = find_owner(chunk, pasid);
	if (cookie != IOMMU_PASID_ANYONE &&
	    cookie != (entry ? entry->cookie : NULL))
		return -EPERM;
	if (chunk->attached[w] & bit_of(pasid))
		return -EBUSY;

	chunk->live[w] &= ~bit_of(pasid);
	if (rid)
		*rid = entry ? entry->rid : NULL;
	if (entry)
		*entry = (struct iommu_pasid_owner){};
	pool->live--;
	rest(pool->table, pasid);
	return 0;
}

/**
 * iommu_pasid_pool_attach_live() - Note that a number is attached, if it is easy
 * @pool: the pool of a RID; takes its lock
 * @pasid: the number
 * @cookie: who attaches it, NULL for whoever the pool belongs to
 *
 * Each attachment goes through here, so it is short. What is not as usual is
 * for iommu_pasid_pool_attach().
 *
 * Context: interrupts are enabled
 * Return: whether it has been noted: @cookie holds it, and it was not attached
 */
bool iommu_pasid_pool_attach_live(struct iommu_pasid_pool *pool,
				  ioasid_t pasid, const void *cookie)
{
	unsigned int n = pasid % CHUNK;
	struct iommu_pasid_chunk *chunk;
	struct iommu_pasid_owner *owners;
	bool done = false;

	spin_lock_irq(&pool->lock);
	chunk = find_chunk(pool, pasid);
	if (likely(chunk && test_bit(n, chunk->live))) {
		owners = chunk->owners[n / BITS_PER_LONG];
		if (owners ? owners[n % BITS_PER_LONG].cookie == cookie : !cookie)
			done = !__test_and_set_bit(n, chunk->attached);
	}
	spin_unlock_irq(&pool->lock);
	return done;
}

/* Nobody allocated it */
static int attach_unheld(struct iommu_pasid_pool *pool, ioasid_t pasid,
			 const void *cookie, struct iommu_pasid_spare *spare)
{
	struct iommu_pasid_chunk *chunk = find_chunk(pool, pasid);
	unsigned int w = word_of(pasid);

	if (chunk && chunk->attached[w] & bit_of(pasid))
		return -EBUSY;
	if (pool->shared || cookie)
		return -ENOENT;
	if (!need_table(pool, spare))
		return -EAGAIN;
	if (pasid == IOMMU_NO_PASID || pasid >= pool->table->size)
		return -EINVAL;
	chunk = need_chunk(pool->table, pasid, spare);
	if (!chunk)
		return -EAGAIN;
	if (chunk->taken[w] & bit_of(pasid))
		end_rest(pool->table, pasid);
	else
		take(pool->table, pasid);
	pool->live++;
	chunk->attached[w] |= bit_of(pasid);
	return 0;
}

/**
 * iommu_pasid_pool_attach() - Note that a number is attached
 * @pool: the pool, its lock is held
 * @pasid: the number
 * @cookie: who attaches it, NULL for whoever the pool belongs to
 * @spare: memory, or NULL for a first attempt
 *
 * A number that nobody holds is held by the attachment, if it is the owner of
 * the pool who attaches, and the pool has one.
 *
 * Return: 0, -EINVAL if there is no such number, -EPERM if it is someone
 * else's, -ENOENT if it would have to be allocated first, -EBUSY if it is
 * attached, or -EAGAIN if @spare has to be filled
 */
int iommu_pasid_pool_attach(struct iommu_pasid_pool *pool, ioasid_t pasid,
			    const void *cookie,
			    struct iommu_pasid_spare *spare)
{
	struct iommu_pasid_chunk *chunk = find_chunk(pool, pasid);
	struct iommu_pasid_owner *entry;
	unsigned int w = word_of(pasid);

	lockdep_assert_held(&pool->lock);

	if (!chunk || !(chunk->live[w] & bit_of(pasid)))
		return attach_unheld(pool, pasid, cookie, spare);
	entry = find_owner(chunk, pasid);
	if ((entry ? entry->cookie : NULL) != cookie)
		return -EPERM;
	if (pool->shared)
		entry->users++;
	else if (chunk->attached[w] & bit_of(pasid))
		return -EBUSY;
	chunk->attached[w] |= bit_of(pasid);
	return 0;
}

/**
 * iommu_pasid_pool_attached() - Is the number attached?
 * @pool: the pool, its lock is held
 * @pasid: the number
 *
 * Return: whether it is
 */
bool iommu_pasid_pool_attached(struct iommu_pasid_pool *pool, ioasid_t pasid)
{
	struct iommu_pasid_chunk *chunk = find_chunk(pool, pasid);

	lockdep_assert_held(&pool->lock);

	return chunk && chunk->attached[word_of(pasid)] & bit_of(pasid);
}

/**
 * iommu_pasid_pool_detach() - Note that a number is not attached any more
 * @pool: the pool, its lock is held
 * @pasid: the number, which is attached. It is freed if only that held it.
 */
void iommu_pasid_pool_detach(struct iommu_pasid_pool *pool, ioasid_t pasid)
{
	struct iommu_pasid_chunk *chunk = find_chunk(pool, pasid);
	unsigned int w = word_of(pasid);

	if (WARN_ON_ONCE(!iommu_pasid_pool_attached(pool, pasid)))
		return;
	if (pool->shared && --find_owner(chunk, pasid)->users)
		return;
	chunk->attached[w] &= ~bit_of(pasid);
	if (chunk->live[w] & bit_of(pasid))
		return;
	pool->live--;
	rest(pool->table, pasid);
}

/**
 * iommu_pasid_pool_next() - Find a number that is held
 * @pool: the pool, its lock is held
 * @pasid: where to start; result, the next one from there, or where to go on
 * @rid: only what this one drew, NULL for all
 *
 * Looks at no more than a few thousand numbers, so that the lock can be dropped
 * between calls.
 *
 * Return: whether there is one at @pasid. If not, and @pasid is
 * IOMMU_PASID_INVALID, there is no more.
 */
bool iommu_pasid_pool_next(struct iommu_pasid_pool *pool, ioasid_t *pasid,
			   const struct iommu_pasid_rid *rid)
{
	struct iommu_pasid_chunk *chunk = find_chunk(pool, *pasid);
	ioasid_t n = *pasid, end = round_down(n, CHUNK) + CHUNK;

	lockdep_assert_held(&pool->lock);

	if (!pool->table || n >= pool->table->size) {
		*pasid = IOMMU_PASID_INVALID;
		return false;
	}
	while (chunk && n < end) {
		unsigned int w = word_of(n);
		unsigned long held = chunk->live[w] | chunk->attached[w];
		struct iommu_pasid_owner *entry;

		held &= ~0UL << n % BITS_PER_LONG;
		if (!held) {
			n = round_down(n, BITS_PER_LONG) + BITS_PER_LONG;
			continue;
		}
		n = round_down(n, BITS_PER_LONG) + __ffs(held);
		entry = rid ? find_owner(chunk, n) : NULL;
		if (!rid || (entry && entry->rid == rid)) {
			*pasid = n;
			return true;
		}
		n++;
	}
	*pasid = end;
	return false;
}

/**
 * iommu_pasid_pool_disown() - The owner of a number is gone
 * @pool: the pool, its lock is held
 * @pasid: a number with an owner
 * @cookie: noted instead
 */
void iommu_pasid_pool_disown(struct iommu_pasid_pool *pool, ioasid_t pasid,
			     const void *cookie)
{
	struct iommu_pasid_owner *entry;

	lockdep_assert_held(&pool->lock);

	entry = find_owner(find_chunk(pool, pasid), pasid);
	entry->cookie = cookie;
	entry->rid = NULL;
}

/**
 * iommu_pasid_pool_clear() - Forget all numbers
 * @pool: the pool, its lock is held
 *
 * Return: what to pass to iommu_pasid_table_free() without the lock, or NULL
 */
struct iommu_pasid_table *iommu_pasid_pool_clear(struct iommu_pasid_pool *pool)
{
	struct iommu_pasid_table *table = pool->table;

	lockdep_assert_held(&pool->lock);

	pool->table = NULL;
	pool->live = 0;
	return table;
}
