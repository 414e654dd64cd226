/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * PASIDs inside the core: a pool of numbers, and what a RID has of them.
 *
 * A pool knows numbers and owners; it has no idea of devices or scopes. A RID
 * has one of its own, and there is one for the system. Which of them counts,
 * and who may do what, is decided in iommu-pasid.c.
 */
#ifndef __IOMMU_PASID_H
#define __IOMMU_PASID_H

#include <linux/atomic.h>
#include <linux/device.h>
#include <linux/iommu-pasid.h>
#include <linux/spinlock.h>

/* A PASID has 20 bits on PCI, the widest there is */
#define IOMMU_PASID_SPACE	0x100000U

/*
 * A freed number is not handed out again before that many others were freed,
 * unless nothing else is left: then the one that was freed first.
 */
#define IOMMU_PASID_QUARANTINE	256

/* Whoever holds the number: for calls that cannot say who they are for */
#define IOMMU_PASID_ANYONE	((const void *)-1L)

struct iommu_pasid_chunk;
struct iommu_pasid_payer;
struct iommu_pasid_rid;
struct iommu_pasid_table;

/**
 * struct iommu_pasid_owner - who holds a number, where that has to be noted
 * @cookie: identifies the owner, never dereferenced
 * @rid: the RID that drew the number from the system's pool, or NULL
 * @users: attachments of it, in the system's pool
 */
struct iommu_pasid_owner {
	const void *cookie;
	struct iommu_pasid_rid *rid;
	unsigned int users;
};

/**
 * struct iommu_pasid_pool - a space of PASIDs
 * @lock: protects the pool; nothing else is taken inside it, interrupts are off
 * @live: how many numbers are held
 * @shared: all have an owner, and more than one RID may attach the same number
 * @table: what is taken; NULL until the first number is
 */
struct iommu_pasid_pool {
	/* Innermost. Numbers are freed in any context */
	spinlock_t lock;
	unsigned int live;
	bool shared;
	struct iommu_pasid_table *table;
};

/**
 * struct iommu_pasid_spare - memory that a pool may turn out to need
 * @size: numbers of a new table are below this
 * @need: what is missing, internal
 * @table: for the pool
 * @chunk: for numbers near the one in question
 * @owners: likewise, for those with an owner
 *
 * A pool is changed under a spinlock, where memory cannot be had. So a caller
 * tries, and when told -EAGAIN fills this, without the lock, and tries again.
 */
struct iommu_pasid_spare {
	u32 size;
	unsigned int need;
	struct iommu_pasid_table *table;
	struct iommu_pasid_chunk *chunk;
	struct iommu_pasid_owner *owners;
};

int iommu_pasid_spare_fill(struct iommu_pasid_spare *spare);
void iommu_pasid_spare_free(struct iommu_pasid_spare *spare);

int iommu_pasid_pool_alloc(struct iommu_pasid_pool *pool, u32 limit,
			   const void *cookie, struct iommu_pasid_rid *rid,
			   struct iommu_pasid_spare *spare, ioasid_t *pasid);
int iommu_pasid_pool_reserve(struct iommu_pasid_pool *pool, ioasid_t pasid,
			     const void *cookie, struct iommu_pasid_rid *rid,
			     struct iommu_pasid_spare *spare);
int iommu_pasid_pool_free(struct iommu_pasid_pool *pool, ioasid_t pasid,
			  const void *cookie, struct iommu_pasid_rid **rid);
int iommu_pasid_pool_attach(struct iommu_pasid_pool *pool, ioasid_t pasid,
			    const void *cookie,
			    struct iommu_pasid_spare *spare);
bool iommu_pasid_pool_attach_live(struct iommu_pasid_pool *pool,
				  ioasid_t pasid, const void *cookie);
bool iommu_pasid_pool_attached(struct iommu_pasid_pool *pool, ioasid_t pasid);
void iommu_pasid_pool_detach(struct iommu_pasid_pool *pool, ioasid_t pasid);
bool iommu_pasid_pool_next(struct iommu_pasid_pool *pool, ioasid_t *pasid,
			   const struct iommu_pasid_rid *rid);
void iommu_pasid_pool_disown(struct iommu_pasid_pool *pool, ioasid_t pasid,
			     const void *cookie);
struct iommu_pasid_table *iommu_pasid_pool_clear(struct iommu_pasid_pool *pool);
void iommu_pasid_table_free(struct iommu_pasid_table *table);

/**
 * struct iommu_pasid_rid - the PASIDs of a RID
 * @pool: its own space. While the scope is global, it notes what is attached.
 * @drawn: how many numbers the RID holds in the system's pool
 * @limit: numbers are below this, for all devices with the RID; 0 for no PASIDs
 * @scope: see enum iommu_pasid_scope; under the lock of @pool
 * @claimed: somebody owns the RID and with it the space; under that lock, too,
 *	     or under group->mutex alone as long as @limit is 0
 */
struct iommu_pasid_rid {
	struct iommu_pasid_pool pool;
	atomic_t drawn;
	u32 limit;
	u8 scope;
	bool claimed;
};

void iommu_pasid_rid_init(struct iommu_pasid_rid *rid);
void iommu_pasid_rid_destroy(struct iommu_pasid_rid *rid);
void iommu_pasid_rid_add_device(struct iommu_pasid_rid *rid, u32 max_pasids);
int iommu_pasid_rid_claim(struct iommu_pasid_rid *rid, struct device *dev);
void iommu_pasid_rid_release(struct iommu_pasid_rid *rid, struct device *dev);
int iommu_pasid_rid_attach_any(struct iommu_pasid_rid *rid, struct device *dev,
			       ioasid_t pasid, const void *owner);
bool iommu_pasid_rid_attached(struct iommu_pasid_rid *rid, ioasid_t pasid);
void iommu_pasid_rid_detach(struct iommu_pasid_rid *rid, ioasid_t pasid);
void iommu_pasid_rid_query(struct iommu_pasid_rid *rid,
			   struct iommu_pasid_info *info);

/**
 * iommu_pasid_rid_attach() - May the number be attached? Then it is noted
 * @rid: the RID
 * @dev: the device, for messages
 * @pasid: the number
 * @owner: who attaches it, NULL for whoever drives the RID
 *
 * In the RID's own space, a number that nobody holds belongs to the attachment:
 * users choose their numbers. One of the system's pool has to be allocated.
 *
 * Context: may sleep, group->mutex is held, before hardware is touched
 * Return: 0; -EINVAL if a device with the RID cannot use the number; -ENOENT if
 * it has to be allocated first; -EPERM if it is someone else's; -EBUSY if it is
 * attached; -EOPNOTSUPP if the device or its IOMMU has no PASIDs; -ENOMEM
 */
static inline int iommu_pasid_rid_attach(struct iommu_pasid_rid *rid,
					 struct device *dev, ioasid_t pasid,
					 const void *owner)
{
	/*
	 * What is live in the RID's pool was allocated from it: the scope is
	 * the RID's, and a claim leaves nobody else anything there.
	 */
	if (likely(pasid < rid->limit && dev->iommu->max_pasids &&
		   iommu_pasid_pool_attach_live(&rid->pool, pasid, owner)))
		return 0;
	return iommu_pasid_rid_attach_any(rid, dev, pasid, owner);
}

bool iommu_pasid_is_global(struct device *dev);
int iommu_pasid_alloc_process(struct device *dev, const void *process,
			      ioasid_t *pasid);
unsigned int iommu_pasid_share(u32 limit);
int iommu_pasid_charge(struct iommu_pasid_payer *payer, struct device *dev);
void iommu_pasid_uncharge(struct iommu_pasid_payer *payer);
int iommu_pasid_refuse(struct device *dev, ioasid_t pasid, int error,
		       const char *why);

struct iommu_pasid_rid *iommu_group_pasids(struct iommu_group *group);

#endif
