// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit tests of the domain ids in PASID table entries of processes. svm.c
 * includes this file at its end. The IOMMU here has no registers and no
 * invalidation queue, so invalidations return at once.
 */
#include <kunit/test.h>

#define SVM_KUNIT_DEVS		2
#define SVM_KUNIT_PASID		1
/* VT-d spec 11.4.2, "ND" is 0: the smallest number of domain ids */
#define SVM_KUNIT_IDS		16
/* 5-level paging, which the processor of the test may use */
#define SVM_KUNIT_CAP		BIT_ULL(60)
/* First-level translation, coherent page walks */
#define SVM_KUNIT_ECAP		(BIT_ULL(47) | BIT_ULL(0))

/**
 * struct svm_kunit - two devices behind one IOMMU, and two processes
 * @iommu: the IOMMU
 * @pdev: the devices
 * @info: the driver's data of each device
 * @dev_iommu: the core's data of each device
 * @mm: the processes
 * @domain: the SVA domain of each process
 * @dmar: saved value of dmar_policy
 */
struct svm_kunit {
	struct intel_iommu iommu;
	struct pci_dev pdev[SVM_KUNIT_DEVS];
	struct device_domain_info info[SVM_KUNIT_DEVS];
	struct dev_iommu dev_iommu[SVM_KUNIT_DEVS];
	struct mm_struct *mm[SVM_KUNIT_DEVS];
	struct iommu_domain *domain[SVM_KUNIT_DEVS];
	int dmar;
};

static struct pasid_entry *svm_kunit_entry(struct svm_kunit *k, int dev,
					   ioasid_t pasid)
{
	struct pasid_dir_entry *dir = k->info[dev].pasid_table->table;
	struct pasid_entry *entries;

	entries = get_pasid_table_from_pde(&dir[pasid >> PASID_PDE_SHIFT]);
	return entries ? &entries[pasid & PASID_PTE_MASK] : NULL;
}

/* Return: the domain id of the entry, or -ENOENT if it is not present */
static int svm_kunit_did(struct svm_kunit *k, int dev, ioasid_t pasid)
{
	struct pasid_entry *entry = svm_kunit_entry(k, dev, pasid);

	if (!entry || !pasid_pte_is_present(entry))
		return -ENOENT;
	return entry->val[1] & GENMASK(15, 0);
}

static int svm_kunit_attach(struct svm_kunit *k, int process, int dev,
			    ioasid_t pasid)
{
	return intel_svm_set_dev_pasid(k->domain[process], &k->pdev[dev].dev,
				       pasid, NULL);
}

/* Detach as the driver does, but do not invalidate the device's TLB */
static void svm_kunit_detach(struct svm_kunit *k, int process, int dev,
			     ioasid_t pasid)
{
	struct dmar_domain *domain = to_dmar_domain(k->domain[process]);
	struct dev_pasid_info *curr, *next;

	list_for_each_entry_safe(curr, next, &domain->dev_pasids, link_domain) {
		if (curr->dev != &k->pdev[dev].dev || curr->pasid != pasid)
			continue;
		list_del(&curr->link_domain);
		cache_tag_unassign_domain(domain, curr->dev, pasid);
		k->info[dev].ats_enabled = 0;
		intel_pasid_tear_down_entry(&k->iommu, curr->dev, pasid, false);
		k->info[dev].ats_enabled = 1;
		domain_detach_iommu(domain, &k->iommu);
		kfree(curr);
	}
}

/*
 * Hardware tags cached translations with domain id and PASID, not with the
 * device: the same PASID of two processes needs two domain ids.
 */
static void svm_two_processes_one_pasid(struct kunit *test)
{
	struct svm_kunit *k = test->priv;
	struct cache_tag *tag;
	int id[SVM_KUNIT_DEVS];

	for (int i = 0; i < SVM_KUNIT_DEVS; i++) {
		KUNIT_ASSERT_EQ(test,
				svm_kunit_attach(k, i, i, SVM_KUNIT_PASID), 0);
		id[i] = svm_kunit_did(k, i, SVM_KUNIT_PASID);
		/* Ids up to this one are reserved */
		KUNIT_EXPECT_GT(test, id[i], FLPT_DEFAULT_DID);
		list_for_each_entry(tag,
				    &to_dmar_domain(k->domain[i])->cache_tags,
				    node)
			KUNIT_EXPECT_EQ(test, tag->domain_id, id[i]);
	}
	KUNIT_EXPECT_NE(test, id[0], id[1]);

	for (int i = 0; i < SVM_KUNIT_DEVS; i++) {
		svm_kunit_detach(k, i, i, SVM_KUNIT_PASID);
		KUNIT_EXPECT_EQ(test, svm_kunit_did(k, i, SVM_KUNIT_PASID),
				-ENOENT);
	}
}

/* All PASIDs of a process have the same domain id */
static void svm_one_process_two_pasids(struct kunit *test)
{
	struct svm_kunit *k = test->priv;

	for (int i = 0; i < SVM_KUNIT_DEVS; i++)
		KUNIT_ASSERT_EQ(test,
				svm_kunit_attach(k, 0, i, SVM_KUNIT_PASID + i),
				0);
	KUNIT_EXPECT_GT(test, svm_kunit_did(k, 0, SVM_KUNIT_PASID),
			FLPT_DEFAULT_DID);
	KUNIT_EXPECT_EQ(test, svm_kunit_did(k, 0, SVM_KUNIT_PASID),
			svm_kunit_did(k, 1, SVM_KUNIT_PASID + 1));

	/* The id stays in use while a PASID of the process is attached */
	svm_kunit_detach(k, 0, 0, SVM_KUNIT_PASID);
	KUNIT_ASSERT_EQ(test, svm_kunit_attach(k, 1, 0, SVM_KUNIT_PASID), 0);
	KUNIT_EXPECT_NE(test, svm_kunit_did(k, 0, SVM_KUNIT_PASID),
			svm_kunit_did(k, 1, SVM_KUNIT_PASID + 1));
	svm_kunit_detach(k, 1, 0, SVM_KUNIT_PASID);
	svm_kunit_detach(k, 0, 1, SVM_KUNIT_PASID + 1);
}

static void svm_no_id_left(struct kunit *test)
{
	struct svm_kunit *k = test->priv;
	struct dmar_domain *others, *first;
	int nr;

	others = kunit_kcalloc(test, SVM_KUNIT_IDS, sizeof(*others),
			       GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, others);
	for (nr = 0; nr < SVM_KUNIT_IDS; nr++) {
		others[nr].domain.type = IOMMU_DOMAIN_SVA;
		others[nr].domain.rid_pasid = true;
		xa_init(&others[nr].iommu_array);
		if (domain_attach_iommu(&others[nr], &k->iommu))
			break;
	}
	KUNIT_EXPECT_EQ(test, nr, SVM_KUNIT_IDS - FLPT_DEFAULT_DID - 1);

	KUNIT_EXPECT_EQ(test, svm_kunit_attach(k, 0, 0, SVM_KUNIT_PASID),
			-ENOSPC);
	KUNIT_EXPECT_EQ(test, svm_kunit_did(k, 0, SVM_KUNIT_PASID), -ENOENT);
	first = to_dmar_domain(k->domain[0]);
	KUNIT_EXPECT_TRUE(test, list_empty(&first->dev_pasids));
	KUNIT_EXPECT_TRUE(test, list_empty(&first->cache_tags));

	if (nr)
		domain_detach_iommu(&others[--nr], &k->iommu);
	KUNIT_EXPECT_EQ(test, svm_kunit_attach(k, 0, 0, SVM_KUNIT_PASID), 0);
	svm_kunit_detach(k, 0, 0, SVM_KUNIT_PASID);
	while (nr)
		domain_detach_iommu(&others[--nr], &k->iommu);
}

/*
 * A global PASID identifies the process by itself, so all of them share a
 * reserved domain id. There may be more processes than domain ids.
 */
static void svm_global_takes_no_id(struct kunit *test)
{
	struct svm_kunit *k = test->priv;
	struct dmar_domain *domain;
	struct cache_tag *tag;

	for (int i = 0; i < SVM_KUNIT_DEVS; i++) {
		k->domain[i]->rid_pasid = false;
		KUNIT_ASSERT_EQ(test,
				svm_kunit_attach(k, i, i, SVM_KUNIT_PASID + i),
				0);
		KUNIT_EXPECT_EQ(test, svm_kunit_did(k, i, SVM_KUNIT_PASID + i),
				FLPT_DEFAULT_DID);
		list_for_each_entry(tag,
				    &to_dmar_domain(k->domain[i])->cache_tags,
				    node)
			KUNIT_EXPECT_EQ(test, tag->domain_id, FLPT_DEFAULT_DID);
		domain = to_dmar_domain(k->domain[i]);
		KUNIT_EXPECT_TRUE(test, xa_empty(&domain->iommu_array));
	}
	for (int i = 0; i < SVM_KUNIT_DEVS; i++)
		svm_kunit_detach(k, i, i, SVM_KUNIT_PASID + i);
}

static int svm_kunit_init(struct kunit *test)
{
	struct svm_kunit *k = kunit_kzalloc(test, sizeof(*k), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, k);
	test->priv = k;
	k->dmar = dmar_policy;
	dmar_policy = DMAR_ON;
	strscpy(k->iommu.name, "kunit");
	k->iommu.cap = SVM_KUNIT_CAP;
	k->iommu.ecap = SVM_KUNIT_ECAP;
	k->iommu.flags = VTD_FLAG_SVM_CAPABLE;
	k->iommu.node = NUMA_NO_NODE;
	spin_lock_init(&k->iommu.lock);
	ida_init(&k->iommu.domain_ida);
	k->iommu.max_domain_id = cap_ndoms(k->iommu.cap);
	mutex_init(&k->iommu.did_lock);

	for (int i = 0; i < SVM_KUNIT_DEVS; i++) {
		struct device *dev = &k->pdev[i].dev;

		dev->bus = &pci_bus_type;
		dev->iommu = &k->dev_iommu[i];
		dev->iommu->priv = &k->info[i];
		k->info[i].dev = dev;
		k->info[i].iommu = &k->iommu;
		k->info[i].pasid_enabled = 1;
		k->info[i].ats_enabled = 1;
		KUNIT_ASSERT_EQ(test, intel_pasid_alloc_table(dev), 0);

		k->mm[i] = mm_alloc();
		KUNIT_ASSERT_NOT_NULL(test, k->mm[i]);
		k->domain[i] = intel_svm_domain_alloc(dev, k->mm[i]);
		KUNIT_ASSERT_NOT_ERR_OR_NULL(test, k->domain[i]);
		k->domain[i]->type = IOMMU_DOMAIN_SVA;
		k->domain[i]->mm = k->mm[i];
		k->domain[i]->rid_pasid = true;
	}
	return 0;
}

static void svm_kunit_exit(struct kunit *test)
{
	struct svm_kunit *k = test->priv;

	if (!k)
		return;
	for (int i = 0; i < SVM_KUNIT_DEVS; i++) {
		if (!IS_ERR_OR_NULL(k->domain[i]))
			intel_svm_domain_free(k->domain[i]);
		if (k->mm[i])
			mmput(k->mm[i]);
		if (k->info[i].pasid_table)
			intel_pasid_free_table(&k->pdev[i].dev);
	}
	mmu_notifier_synchronize();
	dmar_policy = k->dmar;
}

static struct kunit_case svm_kunit_cases[] = {
	KUNIT_CASE(svm_two_processes_one_pasid),
	KUNIT_CASE(svm_one_process_two_pasids),
	KUNIT_CASE(svm_no_id_left),
	KUNIT_CASE(svm_global_takes_no_id),
	{}
};

static struct kunit_suite svm_kunit_suite = {
	.name = "iommu_svm_intel",
	.init = svm_kunit_init,
	.exit = svm_kunit_exit,
	.test_cases = svm_kunit_cases,
};

kunit_test_suite(svm_kunit_suite);
