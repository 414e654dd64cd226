/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * DMAR of the Intel machine; the regions of the scenario follow.
 *
 * The kernel takes it instead of QEMU's own only if the OEM ids are QEMU's, the
 * revision is higher and the checksum right; iasl works out the checksum and
 * the table's length. One DRHD covers every device, so that those that come
 * later are too; the IO-APIC's scope is for interrupt remapping.
 *
 * DECODED is for the iasl that wants some flags twice, see firmware.c. The
 * Lengths must be right: iasl never ends if they are not.
 */
[0004]                          Signature : "DMAR"
[0004]                       Table Length : 00000000
[0001]                           Revision : 01
[0001]                           Checksum : 00
[0006]                             Oem ID : "BOCHS "
[0008]                       Oem Table ID : "BXPC    "
[0004]                       Oem Revision : 00000002
[0004]                    Asl Compiler ID : "INTL"
[0004]              Asl Compiler Revision : 00000000

[0001]                 Host Address Width : 26
[0001]                              Flags : 01
[0010]                           Reserved : 00 00 00 00 00 00 00 00 00 00

[0002]                      Subtable Type : 0000 [Hardware Unit Definition]
[0002]                             Length : 0018
[0001]                              Flags : 01
#ifdef DECODED
[0001]               Size (decoded below) : 00
                       Size (pages, log2) : 0
#else
[0001]                           Reserved : 00
#endif
[0002]                 PCI Segment Number : 0000
[0008]              Register Base Address : 00000000FED90000

[0001]                  Device Scope Type : 03 [IOAPIC Device]
[0001]                       Entry Length : 08
#ifdef DECODED
[0001]                              Flags : 00
[0001]                           Reserved : 00
#else
[0002]                           Reserved : 0000
#endif
[0001]                     Enumeration ID : 00
[0001]                     PCI Bus Number : FF
[0002]                           PCI Path : 00,00
