//go:build amd64 && gc && !race && !msan && !asan && !tmexplore && !go1.27

package tm

import (
	"unsafe"

	"github.com/ungil/tm/orec"
)

// This file and tm_amd64.s are for releases of Go on which what they take
// for granted of the runtime has been checked (docs/protocol.md, "Hardware
// transactions and Go's runtime"); with others hardware_none.go is
// built. They are not for builds whose instrumentation does not see assembly.

const hardwareBuilt = true

// hardwareKernel makes one try. It executes XBEGIN, which traps on processors
// that do not know it.
//
//go:noescape
func hardwareKernel(c *hardwareCommit) (status hardwareStatus)

// writeBarrier is the runtime's own variable, which it leaves open to packages
// that store pointers by other means than the compiler's.
//
//go:linkname writeBarrier runtime.writeBarrier
var writeBarrier struct {
	enabled bool
	pad     [3]byte
	alignme uint64
}

// barrierWord is the word that the compiler's own stores of pointers test.
func barrierWord() *uint32 { return (*uint32)(unsafe.Pointer(&writeBarrier)) }

// Sizes and places for tm_amd64.s. They are those of other packages' types, which
// the assembler's header does not name.
const (
	readEntrySize      = unsafe.Sizeof(orec.ReadEntry{})
	readEntrySlot      = unsafe.Offsetof(orec.ReadEntry{}.Slot)
	readEntrySeen      = unsafe.Offsetof(orec.ReadEntry{}.Seen)
	writeEntrySize     = unsafe.Sizeof(orec.WriteEntry{})
	writeEntrySlot     = unsafe.Offsetof(orec.WriteEntry{}.Slot)
	writeEntryNew      = unsafe.Offsetof(orec.WriteEntry{}.New)
	writeEntryExpected = unsafe.Offsetof(orec.WriteEntry{}.Expected)
	slotHead           = unsafe.Offsetof(orec.Slot{}.Head)
	versionStamp       = unsafe.Offsetof(orec.Version{}.Stamp)
)

// Linters do not look for uses in assembly.
var _ = [...]uintptr{readEntrySize, readEntrySlot, readEntrySeen, writeEntrySize, writeEntrySlot, writeEntryNew, writeEntryExpected, slotHead, versionStamp}

// Stamps are told apart by their sign and by being all ones.
var (
	_ [orec.Aborted - ^uint64(0)]byte
	_ [orec.PendingBit - 1<<63]byte
)
