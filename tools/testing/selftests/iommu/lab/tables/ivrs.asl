/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * IVRS of the AMD machine; the regions of the scenario follow.
 *
 * The kernel takes it instead of QEMU's own only if the OEM ids are QEMU's, the
 * revision is higher and the checksum right; iasl works out the checksum and
 * the table's length. The IVHD is QEMU's, but for every device, so that those
 * that come later are covered.
 *
 * DECODED is for the iasl that wants some flags twice, see firmware.c.
 */
[0004]                          Signature : "IVRS"
[0004]                       Table Length : 00000000
[0001]                           Revision : 01
[0001]                           Checksum : 00
[0006]                             Oem ID : "BOCHS "
[0008]                       Oem Table ID : "BXPC    "
[0004]                       Oem Revision : 00000002
[0004]                    Asl Compiler ID : "INTL"
[0004]              Asl Compiler Revision : 00000000

[0004]                Virtualization Info : 00002800
[0008]                           Reserved : 0000000000000000

[0001]                      Subtable Type : 10 [Hardware Definition Block]
[0001]                              Flags : D1
#ifdef DECODED
                                  HtTunEn : 1
                                   PassPW : 0
                                ResPassPW : 0
                             Isoc Control : 0
                            Iotlb Support : 1
                                 Coherent : 0
                         Prefetch Support : 1
                              PPR Support : 1
#endif
[0002]                             Length : 0024
[0002]                           DeviceId : 0008
[0002]                  Capability Offset : 0040
[0008]                       Base Address : 00000000FED80000
[0002]                  PCI Segment Group : 0000
[0002]                Virtualization Info : 0000
[0004]                  Feature Reporting : 00000044

/* All devices */
[0001]                         Entry Type : 01
[0002]                          Device ID : 0000
[0001]                       Data Setting : 00
#ifdef DECODED
                                 INITPass : 0
                                 EIntPass : 0
                                  NMIPass : 0
                                 Reserved : 0
                              System MGMT : 0
                               LINT0 Pass : 0
                               LINT1 Pass : 0
#endif

/* The IO-APIC */
[0001]                         Entry Type : 48
[0002]                          Device ID : 0000
[0001]                       Data Setting : 00
#ifdef DECODED
                                 INITPass : 0
                                 EIntPass : 0
                                  NMIPass : 0
                                 Reserved : 0
                              System MGMT : 0
                               LINT0 Pass : 0
                               LINT1 Pass : 0
#endif
[0001]                             Handle : 00
[0002]              Source Used Device ID : 00A0
[0001]                            Variety : 01
