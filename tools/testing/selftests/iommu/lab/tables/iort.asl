/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * IORT of the Arm machine with UEFI; the regions of the scenario follow.
 *
 * @NODES@ is the count of nodes, three and the regions. The kernel takes it instead of QEMU's own only if the OEM ids are QEMU's, the
 * revision is higher and the checksum right; iasl works out the checksum and
 * the table's length. All but the regions is QEMU's: PCI behind the SMMU, and
 * that behind the ITS.
 *
 * Values without labels (iasl -G), as versions of iasl disagree on the labels.
 */
             Signature : "IORT"
          Table Length : 00000000
              Revision : 05
              Checksum : 00
                Oem ID : "BOCHS "
          Oem Table ID : "BXPC    "
          Oem Revision : 00000002
       Asl Compiler ID : "INTL"
 Asl Compiler Revision : 00000000

UINT32 : @NODES@          /* Node Count */
UINT32 : 00000030         /* Node Offset */
UINT32 : 00000000         /* Reserved */

/* 0x30: the ITS group */
UINT8  : 00               /* Type */
UINT16 : 0018             /* Length */
UINT8  : 01               /* Revision */
UINT32 : 00000000         /* Identifier */
UINT32 : 00000000         /* Mapping Count */
UINT32 : 00000000         /* Mapping Offset */
UINT32 : 00000001         /* ITS Count */
UINT32 : 00000000         /* ITS Identifier */

/* 0x48: the SMMUv3 */
UINT8  : 04               /* Type */
UINT16 : 0058             /* Length */
UINT8  : 04               /* Revision */
UINT32 : 00000001         /* Identifier */
UINT32 : 00000001         /* Mapping Count */
UINT32 : 00000044         /* Mapping Offset */
UINT64 : 0000000009050000 /* Base Address */
UINT32 : 00000001         /* Flags: coherent */
UINT32 : 00000000         /* Reserved */
UINT64 : 0000000000000000 /* VATOS Address */
UINT32 : 00000000         /* Model */
UINT32 : 0000006A         /* Event GSIV */
UINT32 : 0000006B         /* PRI GSIV */
UINT32 : 0000006D         /* GERR GSIV */
UINT32 : 0000006C         /* Sync GSIV */
UINT32 : 00000000         /* Proximity Domain */
UINT32 : 00000000         /* Device ID Mapping Index */

UINT32 : 00000000         /* Input Base */
UINT32 : 0000FFFF         /* ID Count */
UINT32 : 00000000         /* Output Base */
UINT32 : 00000030         /* Output Reference: the ITS group */
UINT32 : 00000000         /* Flags */

/* 0xa0: PCI */
UINT8  : 02               /* Type */
UINT16 : 0038             /* Length */
UINT8  : 03               /* Revision */
UINT32 : 00000002         /* Identifier */
UINT32 : 00000001         /* Mapping Count */
UINT32 : 00000024         /* Mapping Offset */
UINT32 : 00000001         /* Cache Coherency */
UINT8  : 00               /* Hints */
UINT16 : 0000             /* Reserved */
UINT8  : 03               /* Memory Access Flags */
UINT32 : 00000000         /* ATS Attribute */
UINT32 : 00000000         /* PCI Segment Number */
UINT8  : 40               /* Memory Address Size Limit */
UINT16 : 0000             /* PASID capabilities */
UINT8  : 00               /* Reserved */

UINT32 : 00000000         /* Input Base */
UINT32 : 0000FFFF         /* ID Count */
UINT32 : 00000000         /* Output Base */
UINT32 : 00000048         /* Output Reference: the SMMUv3 */
UINT32 : 00000000         /* Flags */
