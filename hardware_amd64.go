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

// What tm_amd64.s takes for granted of package orec: sizes and places of
// the fields. An array of negative length does not compile.
var (
	_ [unsafe.Sizeof(orec.ReadEntry{}) - 16]byte
	_ [16 - unsafe.Sizeof(orec.ReadEntry{})]byte
	_ [0 - unsafe.Offsetof(orec.ReadEntry{}.Slot)]byte
	_ [8 - unsafe.Offsetof(orec.ReadEntry{}.Seen)]byte
	_ [unsafe.Offsetof(orec.ReadEntry{}.Seen) - 8]byte
	_ [unsafe.Sizeof(orec.WriteEntry{}) - 24]byte
	_ [24 - unsafe.Sizeof(orec.WriteEntry{})]byte
	_ [0 - unsafe.Offsetof(orec.WriteEntry{}.Slot)]byte
	_ [8 - unsafe.Offsetof(orec.WriteEntry{}.New)]byte
	_ [unsafe.Offsetof(orec.WriteEntry{}.New) - 8]byte
	_ [16 - unsafe.Offsetof(orec.WriteEntry{}.Expected)]byte
	_ [unsafe.Offsetof(orec.WriteEntry{}.Expected) - 16]byte
	_ [0 - unsafe.Offsetof(orec.Slot{}.Head)]byte
	_ [0 - unsafe.Offsetof(orec.Version{}.Stamp)]byte
)

// Stamps are told apart by their sign and by being all ones.
var (
	_ [orec.Aborted - ^uint64(0)]byte
	_ [orec.PendingBit - 1<<63]byte
)
