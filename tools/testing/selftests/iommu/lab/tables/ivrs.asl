/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * IVRS of the AMD machine; the regions of the scenario follow.
 *
 * The kernel takes it instead of QEMU's own only if the OEM ids are QEMU's, the
 * revision is higher and the checksum right; iasl works out the checksum and
 * the table's length, but takes the Length below as it is. The IVHD is QEMU's,
 * but for every device, so that those that come later are covered.
 *
 * Values without labels (iasl -G), as versions of iasl disagree on the labels.
 */
             Signature : "IVRS"
          Table Length : 00000000
              Revision : 01
              Checksum : 00
                Oem ID : "BOCHS "
          Oem Table ID : "BXPC    "
          Oem Revision : 00000002
       Asl Compiler ID : "INTL"
 Asl Compiler Revision : 00000000

UINT32 : 00002800         /* IVinfo */
UINT64 : 0000000000000000 /* Reserved */

/* IVHD */
UINT8  : 10               /* Type */
UINT8  : D1               /* Flags: PPR, prefetch, IOTLB, HT tunnel */
UINT16 : 0024             /* Length */
UINT16 : 0008             /* Device ID */
UINT16 : 0040             /* Capability Offset */
UINT64 : 00000000FED80000 /* Base Address */
UINT16 : 0000             /* PCI Segment Group */
UINT16 : 0000             /* IOMMU Info */
UINT32 : 00000044         /* Feature Reporting */

/* All devices */
UINT8  : 01               /* Entry Type */
UINT16 : 0000             /* Device ID */
UINT8  : 00               /* Data Setting */

/* The IO-APIC */
UINT8  : 48               /* Entry Type */
UINT16 : 0000             /* Device ID */
UINT8  : 00               /* Data Setting */
UINT8  : 00               /* Handle */
UINT16 : 00A0             /* Source Device ID */
UINT8  : 01               /* Variety */
