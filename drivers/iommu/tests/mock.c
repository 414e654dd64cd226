// SPDX-License-Identifier: GPL-2.0-only
/*
 * Helpers for the KUnit suites of the IOMMU core.
 */
#include <linux/debugfs.h>
#include <linux/fault-inject.h>
#include <linux/property.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <trace/events/kmem.h>

#include "mock.h"

struct mock_leaf {
	unsigned long iova;
	phys_addr_t paddr;
	size_t size;
	int prot;
};

void mock_domain_init(struct mock_domain *mock, unsigned long pgsize_bitmap)
{
	memset(mock, 0, sizeof(*mock));
	mt_init(&mock->leaves);
	mock->limit = ULONG_MAX;
	mock->domain.type = IOMMU_DOMAIN_UNMANAGED;
	mock->domain.pgsize_bitmap = pgsize_bitmap;
	mock->domain.geometry.aperture_end = ~0UL;
	mock->domain.geometry.force_aperture = true;
}

void mock_domain_wipe(struct mock_domain *mock)
{
	struct mock_leaf *leaf;
	unsigned long index = 0;

	mt_for_each(&mock->leaves, leaf, index, ULONG_MAX)
		kfree(leaf);
	mtree_destroy(&mock->leaves);
	mock->nr_leaves = 0;
}

/*
 * Limit the domain to the addresses that the hardware supports, as drivers do
 * when they attach. Fails if more is mapped already.
 */
int mock_domain_limit(struct mock_domain *mock, unsigned long limit)
{
	unsigned long index = limit + 1;

	if (index && mt_find(&mock->leaves, &index, ULONG_MAX))
		return -EINVAL;
	mock->limit = limit;
	return 0;
}

static int mock_domain_map_leaf(struct mock_domain *mock, unsigned long iova,
				phys_addr_t paddr, size_t size, int prot,
				gfp_t gfp)
{
	struct mock_leaf *leaf;
	int ret;

	if (iova + (size - 1) > mock->limit)
		return -EFAULT;
	if (mock->fail_leaf && !--mock->fail_leaf)
		return mock->fail_error;

	leaf = kmalloc(sizeof(*leaf), gfp);
	if (!leaf)
		return -ENOMEM;
	*leaf = (struct mock_leaf){ iova, paddr, size, prot };

	ret = mtree_insert_range(&mock->leaves, iova, iova + (size - 1), leaf,
				 gfp);
	if (ret) {
		kfree(leaf);
		return ret;
	}
	mock->nr_leaves++;
	mock->written++;
	mock->largest = max(mock->largest, size);
	return 0;
}

int mock_domain_map_pages(struct iommu_domain *domain, unsigned long iova,
			  phys_addr_t paddr, size_t pgsize, size_t pgcount,
			  int prot, gfp_t gfp, size_t *mapped)
{
	struct mock_domain *mock = to_mock_domain(domain);
	int ret;

	if (mock->no_table)
		return -ENODEV;
	if (mock->map_error)
		return mock->map_error;

	while (pgcount--) {
		ret = mock_domain_map_leaf(mock, iova + *mapped,
					   paddr + *mapped, pgsize, prot, gfp);
		if (ret)
			return ret;
		*mapped += pgsize;
	}
	return 0;
}

size_t mock_domain_unmap_pages(struct iommu_domain *domain, unsigned long iova,
			       size_t pgsize, size_t pgcount,
			       struct iommu_iotlb_gather *gather)
{
	struct mock_domain *mock = to_mock_domain(domain);
	size_t unmapped = 0;

	while (unmapped < pgsize * pgcount) {
		struct mock_leaf *leaf = mtree_erase(&mock->leaves,
						     iova + unmapped);

		if (!leaf)
			break;
		unmapped += leaf->size;
		mock->nr_leaves--;
		kfree(leaf);
	}
	return unmapped;
}

phys_addr_t mock_domain_iova_to_phys(struct iommu_domain *domain,
				     dma_addr_t iova)
{
	struct mock_domain *mock = to_mock_domain(domain);
	struct mock_leaf *leaf = mtree_load(&mock->leaves, iova);

	mock->walks++;
	return leaf ? leaf->paddr + (iova - leaf->iova) : 0;
}

/*
 * Is all of the range mapped 1:1, for at least the access that @prot permits?
 */
bool mock_domain_maps(struct mock_domain *mock, phys_addr_t start,
		      phys_addr_t last, int prot)
{
	struct mock_leaf *leaf;
	phys_addr_t addr = start;

	for (;;) {
		leaf = mtree_load(&mock->leaves, addr);
		if (!leaf || leaf->paddr != leaf->iova ||
		    (prot & ~leaf->prot & (IOMMU_READ | IOMMU_WRITE)))
			return false;
		if (leaf->iova + (leaf->size - 1) >= last)
			return true;
		addr = leaf->iova + leaf->size;
	}
}

struct kmsg_dump_iter mock_log_mark(void)
{
	struct kmsg_dump_iter iter;

	kmsg_dump_rewind(&iter);
	while (kmsg_dump_get_line(&iter, false, NULL, 0, NULL))
		;
	return iter;
}

static bool mock_log_has(const char *line, const char *needle)
{
	return !needle || strstr(line, needle);
}

unsigned int mock_log_count(const struct kmsg_dump_iter *mark, const char *a,
			    const char *b, const char *c)
{
	struct kmsg_dump_iter iter = *mark;
	unsigned int count = 0;
	char line[512];
	size_t len;

	while (kmsg_dump_get_line(&iter, false, line, sizeof(line) - 1, &len)) {
		line[len] = '\0';
		count += mock_log_has(line, a) && mock_log_has(line, b) &&
			 mock_log_has(line, c);
	}
	return count;
}

/* Add the device, with PASIDs of @pasid_bits bits, or without PASIDs if 0 */
int mock_platform_add(struct platform_device *pdev, u32 pasid_bits)
{
	const struct property_entry props[] = {
		PROPERTY_ENTRY_U32("pasid-num-bits", pasid_bits),
		{}
	};
	int ret = 0;

	if (pasid_bits)
		ret = device_create_managed_software_node(&pdev->dev, props,
							  NULL);
	return ret ?: platform_device_add(pdev);
}

#if IS_ENABLED(CONFIG_FAILSLAB) && IS_ENABLED(CONFIG_FAULT_INJECTION_DEBUG_FS)

static void *mock_fail_knob(struct dentry *dir, const char *name)
{
	struct dentry *file = debugfs_lookup(name, dir);
	void *knob = file ? d_inode(file)->i_private : NULL;

	dput(file);
	return knob;
}

/*
 * Set up failslab: allocations that may sleep can fail as well, which is off by
 * default, and nothing is logged. User space does this with files in debugfs.
 * There is no user space when the tests run, so write to the variables of these
 * files.
 */
int mock_fail_init(void)
{
	struct dentry *dir = debugfs_lookup("failslab", NULL);
	unsigned long *verbose;
	bool *ignore;

	if (!dir)
		return -ENOENT;
	ignore = mock_fail_knob(dir, "ignore-gfp-wait");
	verbose = mock_fail_knob(dir, "verbose");
	dput(dir);
	if (!ignore || !verbose)
		return -ENOENT;
	*ignore = false;
	*verbose = 0;
	return 0;
}

/* Let the @nth allocation of this task from now on fail */
void mock_fail_nth(unsigned int nth)
{
	WRITE_ONCE(current->fail_nth, nth);
}

/* Undo mock_fail_nth(). Returns true if no allocation has failed. */
bool mock_fail_done(void)
{
	unsigned int left = READ_ONCE(current->fail_nth);

	WRITE_ONCE(current->fail_nth, 0);
	return left;
}

#else

int mock_fail_init(void)
{
	return -ENOENT;
}

void mock_fail_nth(unsigned int nth)
{
}

bool mock_fail_done(void)
{
	return true;
}

#endif

#ifdef CONFIG_TRACEPOINTS

/* What the task has allocated since mock_leak_begin() and is not freed yet */
static const void *mock_leaks[256];
static unsigned int mock_nr_leaks;
static struct task_struct *mock_leak_task;
static DEFINE_RAW_SPINLOCK(mock_leak_lock);

static void mock_leak_kmalloc(void *data, unsigned long call_site,
			      const void *ptr, size_t bytes_req,
			      size_t bytes_alloc, gfp_t gfp, int node)
{
	unsigned long flags;

	if (!ptr || !in_task() || current != mock_leak_task)
		return;
	raw_spin_lock_irqsave(&mock_leak_lock, flags);
	if (mock_nr_leaks < ARRAY_SIZE(mock_leaks))
		mock_leaks[mock_nr_leaks++] = ptr;
	raw_spin_unlock_irqrestore(&mock_leak_lock, flags);
}

static void mock_leak_kfree(void *data, unsigned long call_site,
			    const void *ptr)
{
	unsigned long flags;
	unsigned int i;

	if (!ptr)
		return;
	raw_spin_lock_irqsave(&mock_leak_lock, flags);
	for (i = 0; i < mock_nr_leaks; i++) {
		if (mock_leaks[i] == ptr) {
			mock_leaks[i] = mock_leaks[--mock_nr_leaks];
			break;
		}
	}
	raw_spin_unlock_irqrestore(&mock_leak_lock, flags);
}

void mock_leak_begin(void)
{
	mock_nr_leaks = 0;
	WARN_ON(register_trace_kfree(mock_leak_kfree, NULL));
	WARN_ON(register_trace_kmalloc(mock_leak_kmalloc, NULL));
	/* Last, since the registration allocates, too */
	mock_leak_task = current;
}

unsigned int mock_leak_end(void)
{
	mock_leak_task = NULL;
	unregister_trace_kmalloc(mock_leak_kmalloc, NULL);
	unregister_trace_kfree(mock_leak_kfree, NULL);
	tracepoint_synchronize_unregister();
	return mock_nr_leaks;
}

#else

void mock_leak_begin(void)
{
}

unsigned int mock_leak_end(void)
{
	return 0;
}

#endif
