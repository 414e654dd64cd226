// SPDX-License-Identifier: GPL-2.0-only
/*
 * A PCI bus for the devices of the mock IOMMU driver, in a domain of its own.
 *
 * A device is nothing but a config space. The kernel scans, probes and removes
 * it as it does a real one.
 */
#include <linux/limits.h>
#include <linux/pci.h>

#include "mock_driver.h"

/* IDs that neither hardware nor a device of QEMU has */
#define MOCK_PCI_VENDOR		0x6b75
#define MOCK_PCI_DEVICE		0x6e69
#define MOCK_PCI_DOMAIN		0xfffe

/* The lower half of the devfns is for devices, the upper half for aliases */
#define MOCK_PCI_DEVFNS		0x80
#define MOCK_PCI_ALIAS(rid)	(MOCK_PCI_DEVFNS | ((rid) & 0x7f))

#define MOCK_PCI_EXP		0x40
#define MOCK_PCI_ATS		0x100
#define MOCK_PCI_PASID		0x110

#define MOCK_EXT_CAP(id, next)	((id) | 1 << 16 | (next) << 20)

static struct mock_dev *mock_pci_find(unsigned int devfn)
{
	struct mock_dev *mdev;

	list_for_each_entry(mdev, &mock_iommu->devices, node)
		if (mdev->devfn == devfn)
			return mdev;
	return NULL;
}

/* The register at @where that the kernel may write, or NULL */
static u16 *mock_pci_control(struct mock_dev *mdev, int where)
{
	switch (where) {
	case PCI_COMMAND:
		return &mdev->control[0];
	case MOCK_PCI_ATS + PCI_ATS_CTRL:
		return &mdev->control[1];
	case MOCK_PCI_PASID + PCI_PASID_CTRL:
		return &mdev->control[2];
	}
	return NULL;
}

static u32 mock_pci_config(struct mock_dev *mdev, int where)
{
	switch (where) {
	case PCI_VENDOR_ID:
		return MOCK_PCI_VENDOR | MOCK_PCI_DEVICE << 16;
	case PCI_COMMAND:
		return mdev->control[0] | PCI_STATUS_CAP_LIST << 16;
	case PCI_CLASS_REVISION:
		return PCI_CLASS_OTHERS << 16;
	case PCI_CAPABILITY_LIST:
		return MOCK_PCI_EXP;
	case MOCK_PCI_EXP:
		/* Root complex integrated endpoint: no link, no port above */
		return PCI_CAP_ID_EXP | (2 | PCI_EXP_TYPE_RC_END << 4) << 16;
	case MOCK_PCI_ATS:
		return mdev->ats ?
			       MOCK_EXT_CAP(PCI_EXT_CAP_ID_ATS,
					    MOCK_PCI_PASID) :
			       MOCK_EXT_CAP(PCI_EXT_CAP_ID_DSN, MOCK_PCI_PASID);
	case MOCK_PCI_ATS + PCI_ATS_CAP:
		return mdev->control[1] << 16;
	case MOCK_PCI_PASID:
		return mdev->pasid_bits ?
			       MOCK_EXT_CAP(PCI_EXT_CAP_ID_PASID, 0) :
			       0;
	case MOCK_PCI_PASID + PCI_PASID_CAP:
		return mdev->pasid_bits << 8 | mdev->control[2] << 16;
	}
	return 0;
}

static int mock_pci_read(struct pci_bus *bus, unsigned int devfn, int where,
			 int size, u32 *val)
{
	struct mock_dev *mdev = mock_pci_find(devfn);

	if (!mdev) {
		PCI_SET_ERROR_RESPONSE(val);
		return PCIBIOS_DEVICE_NOT_FOUND;
	}
	*val = mock_pci_config(mdev, where & ~3) >> (where & 3) * 8;
	*val &= U32_MAX >> (4 - size) * 8;
	return PCIBIOS_SUCCESSFUL;
}

static int mock_pci_write(struct pci_bus *bus, unsigned int devfn, int where,
			  int size, u32 val)
{
	struct mock_dev *mdev = mock_pci_find(devfn);
	u16 *control;

	if (!mdev)
		return PCIBIOS_DEVICE_NOT_FOUND;
	control = mock_pci_control(mdev, where);
	if (control)
		*control = val;
	return PCIBIOS_SUCCESSFUL;
}

static struct pci_ops mock_pci_ops = {
	.read = mock_pci_read,
	.write = mock_pci_write,
};

/* Set alias and IDs before the core and the mock driver read them */
static void mock_pci_fixup(struct pci_dev *pdev)
{
	struct mock_dev *mdev;

	if (pdev->bus->ops != &mock_pci_ops)
		return;
	mdev = mock_pci_find(pdev->devfn);
	mdev->dev = &pdev->dev;
	if (mdev->rid)
		pci_add_dma_alias(pdev, MOCK_PCI_ALIAS(mdev->rid),
				  mdev->nr_rids ?: 1);
	WARN_ON(mock_set_ids(mdev));
}
DECLARE_PCI_FIXUP_HEADER(MOCK_PCI_VENDOR, MOCK_PCI_DEVICE, mock_pci_fixup);

static int mock_pci_init(void)
{
	LIST_HEAD(resources);

	mock_iommu->sysdata.domain = MOCK_PCI_DOMAIN;
	mock_iommu->sysdata.node = NUMA_NO_NODE;
	pci_lock_rescan_remove();
	mock_iommu->bus = pci_scan_root_bus(NULL, 0, &mock_pci_ops,
					    &mock_iommu->sysdata, &resources);
	pci_unlock_rescan_remove();
	return mock_iommu->bus ? 0 : -ENOMEM;
}

void mock_pci_exit(void)
{
	struct pci_host_bridge *bridge;

	if (!mock_iommu->bus)
		return;
	bridge = to_pci_host_bridge(mock_iommu->bus->bridge);
	pci_lock_rescan_remove();
	pci_stop_root_bus(mock_iommu->bus);
	pci_remove_root_bus(mock_iommu->bus);
	pci_unlock_rescan_remove();
	/* pci_scan_root_bus() leaves this reference to its caller */
	put_device(&bridge->dev);
	mock_iommu->bus = NULL;
}

int mock_pci_plug(struct mock_dev *mdev)
{
	int devfn, ret = -ENOMEM;

	if (!mock_iommu->bus && mock_pci_init())
		return -ENOMEM;

	pci_lock_rescan_remove();
	for (devfn = 0; mock_pci_find(devfn); devfn++)
		;
	if (devfn >= MOCK_PCI_DEVFNS) {
		ret = -ENOSPC;
		goto out_unlock;
	}
	mdev->devfn = devfn;
	memset(mdev->control, 0, sizeof(mdev->control));
	mdev->pci = pci_scan_single_device(mock_iommu->bus, devfn);
	if (!mdev->pci) {
		mdev->dev = NULL;
		mdev->devfn = -1;
		goto out_unlock;
	}
	pci_bus_add_device(mdev->pci);
	ret = 0;

out_unlock:
	pci_unlock_rescan_remove();
	return ret;
}

void mock_pci_unplug(struct mock_dev *mdev)
{
	pci_stop_and_remove_bus_device_locked(mdev->pci);
	mdev->pci = NULL;
	mdev->dev = NULL;
	mdev->devfn = -1;
}
