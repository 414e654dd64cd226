/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * DSDT of the Arm machine with UEFI: its console, and its PCI bus. QEMU's own
 * does not say that PCI is to be left as firmware set it up, without which no
 * region of an IORT can be for a PCI device.
 */
DefinitionBlock ("", "DSDT", 2, "BOCHS ", "BXPC    ", 2)
{
    Scope (\_SB)
    {
        Device (COM0)
        {
            Name (_HID, "ARMH0011")
            Name (_UID, Zero)
            Name (_CRS, ResourceTemplate ()
            {
                Memory32Fixed (ReadWrite, 0x09000000, 0x00001000)
                Interrupt (ResourceConsumer, Level, ActiveHigh, Exclusive) { 33 }
            })
        }

        Device (PCI0)
        {
            Name (_HID, "PNP0A08")
            Name (_CID, "PNP0A03")
            Name (_SEG, Zero)
            Name (_BBN, Zero)
            Name (_UID, Zero)
            Name (_CCA, One)
            Name (_CRS, ResourceTemplate ()
            {
                WordBusNumber (ResourceProducer, MinFixed, MaxFixed, PosDecode,
                    0, 0, 0xff, 0, 0x100)
                DWordMemory (ResourceProducer, PosDecode, MinFixed, MaxFixed,
                    NonCacheable, ReadWrite,
                    0, 0x10000000, 0x3efeffff, 0, 0x2eff0000)
                QWordMemory (ResourceProducer, PosDecode, MinFixed, MaxFixed,
                    NonCacheable, ReadWrite,
                    0, 0x8000000000, 0xffffffffff, 0, 0x8000000000)
            })

            Method (_DSM, 4)
            {
                If (Arg0 == ToUUID ("e5c937d0-3553-4d7a-9117-ea4d19c3434d"))
                {
                    If (Arg2 == Zero)
                    {
                        Return (Buffer () { 0x21 })
                    }
                    If (Arg2 == 5)
                    {
                        Return (Zero)
                    }
                }
                Return (Buffer () { Zero })
            }
        }
    }
}
