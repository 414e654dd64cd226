/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * DMAR of the Intel machine; the regions of the scenario follow.
 *
 * The kernel takes it instead of QEMU's own only if the OEM ids are QEMU's, the
 * revision is higher and the checksum right; iasl works out the checksum and
 * the table's length, but takes the Lengths below as they are. One DRHD covers
 * every device, so that those that come later are too; the IO-APIC's scope is
 * for interrupt remapping.
 *
 * Values without labels (iasl -G), as versions of iasl disagree on the labels.
 */
             Signature : "DMAR"
          Table Length : 00000000
              Revision : 01
              Checksum : 00
                Oem ID : "BOCHS "
          Oem Table ID : "BXPC    "
          Oem Revision : 00000002
       Asl Compiler ID : "INTL"
 Asl Compiler Revision : 00000000

UINT8  : 26               /* Host Address Width */
UINT8  : 01               /* Flags */
UINT16 : 0000             /* Reserved */
UINT64 : 0000000000000000 /* Reserved */

/* DRHD */
UINT16 : 0000             /* Type */
UINT16 : 0018             /* Length */
UINT8  : 01               /* Flags: all devices */
UINT8  : 00               /* Size */
UINT16 : 0000             /* Segment Number */
UINT64 : 00000000FED90000 /* Register Base Address */

/* The IO-APIC */
UINT8  : 03               /* Device Scope Type */
UINT8  : 08               /* Length */
UINT16 : 0000             /* Reserved */
UINT8  : 00               /* Enumeration ID */
UINT8  : FF               /* Start Bus Number */
UINT8  : 00               /* Path: device */
UINT8  : 00               /* Path: function */
