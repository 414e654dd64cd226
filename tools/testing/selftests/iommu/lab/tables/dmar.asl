/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * DMAR of the Intel machine. It replaces QEMU's own, so the OEM ids are
 * QEMU's and the revision is higher. The DRHD covers every device, so that
 * added ones are too, and keeps the IO-APIC's scope for interrupt remapping.
 * iasl works out the table's length, but loops on a wrong subtable Length.
 *
 * Regions of devices that a scenario leaves out concern nobody:
 *   00:04.0              0x3e000000  a device of its own
 *   00:06.0              0x3e010000  a USB controller, relaxable
 *   00:07.1              0x3e020000  the second of two functions
 *   00:08.0 -> 02.0      0x3e030000  behind a PCIe-to-PCI bridge
 *   00:0a.0              0x3e040000  a display controller, relaxable
 */
[0004]                     Signature : "DMAR"    [DMA Remapping table]
[0004]                  Table Length : 00000000
[0001]                      Revision : 01
[0001]                      Checksum : 00
[0006]                        Oem ID : "BOCHS "
[0008]                  Oem Table ID : "BXPC    "
[0004]                  Oem Revision : 00000002
[0004]               Asl Compiler ID : "BXPC"
[0004]         Asl Compiler Revision : 00000001

[0001]            Host Address Width : 26
[0001]                         Flags : 01
[0010]                      Reserved : 00 00 00 00 00 00 00 00 00 00

[0002]                 Subtable Type : 0000 [Hardware Unit Definition]
[0002]                        Length : 0018
[0001]                         Flags : 01
[0001]                      Reserved : 00
[0002]            PCI Segment Number : 0000
[0008]         Register Base Address : 00000000FED90000

[0001]             Device Scope Type : 03 [IOAPIC Device]
[0001]                  Entry Length : 08
[0002]                      Reserved : 0000
[0001]                Enumeration ID : 00
[0001]                PCI Bus Number : FF
[0002]                      PCI Path : 00,00

/* 00:04.0 */
[0002]                 Subtable Type : 0001 [Reserved Memory Region]
[0002]                        Length : 0020
[0002]                      Reserved : 0000
[0002]            PCI Segment Number : 0000
[0008]                  Base Address : 000000003E000000
[0008]           End Address (limit) : 000000003E00FFFF

[0001]             Device Scope Type : 01 [PCI Endpoint Device]
[0001]                  Entry Length : 08
[0002]                      Reserved : 0000
[0001]                Enumeration ID : 00
[0001]                PCI Bus Number : 00
[0002]                      PCI Path : 04,00

/* 00:06.0 */
[0002]                 Subtable Type : 0001 [Reserved Memory Region]
[0002]                        Length : 0020
[0002]                      Reserved : 0000
[0002]            PCI Segment Number : 0000
[0008]                  Base Address : 000000003E010000
[0008]           End Address (limit) : 000000003E01FFFF

[0001]             Device Scope Type : 01 [PCI Endpoint Device]
[0001]                  Entry Length : 08
[0002]                      Reserved : 0000
[0001]                Enumeration ID : 00
[0001]                PCI Bus Number : 00
[0002]                      PCI Path : 06,00

/* 00:07.1 */
[0002]                 Subtable Type : 0001 [Reserved Memory Region]
[0002]                        Length : 0020
[0002]                      Reserved : 0000
[0002]            PCI Segment Number : 0000
[0008]                  Base Address : 000000003E020000
[0008]           End Address (limit) : 000000003E02FFFF

[0001]             Device Scope Type : 01 [PCI Endpoint Device]
[0001]                  Entry Length : 08
[0002]                      Reserved : 0000
[0001]                Enumeration ID : 00
[0001]                PCI Bus Number : 00
[0002]                      PCI Path : 07,01

/* 02.0 behind the bridge at 00:08.0 */
[0002]                 Subtable Type : 0001 [Reserved Memory Region]
[0002]                        Length : 0022
[0002]                      Reserved : 0000
[0002]            PCI Segment Number : 0000
[0008]                  Base Address : 000000003E030000
[0008]           End Address (limit) : 000000003E03FFFF

[0001]             Device Scope Type : 01 [PCI Endpoint Device]
[0001]                  Entry Length : 0A
[0002]                      Reserved : 0000
[0001]                Enumeration ID : 00
[0001]                PCI Bus Number : 00
[0002]                      PCI Path : 08,00
[0002]                      PCI Path : 02,00

/* 00:0a.0 */
[0002]                 Subtable Type : 0001 [Reserved Memory Region]
[0002]                        Length : 0020
[0002]                      Reserved : 0000
[0002]            PCI Segment Number : 0000
[0008]                  Base Address : 000000003E040000
[0008]           End Address (limit) : 000000003E04FFFF

[0001]             Device Scope Type : 01 [PCI Endpoint Device]
[0001]                  Entry Length : 08
[0002]                      Reserved : 0000
[0001]                Enumeration ID : 00
[0001]                PCI Bus Number : 00
[0002]                      PCI Path : 0A,00
