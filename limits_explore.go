//go:build tmexplore

package tm

import (
	"unsafe"

	"github.com/ungil/tm/orec"
)

// The manager's constants are variables here, so that programs of a few steps
// reach every level.
var karma, topLevel, patience = ordinaryKarma, ordinaryTopLevel, ordinaryPatience

func leastPatience() int64 { return int64(patience) }

const ordinaryKarma, ordinaryTopLevel, ordinaryPatience = 8, 4, 256

// firstSlot is the first of a program's slots, which lie in one piece.
var firstSlot *orec.Slot

// claimHash gives each slot of a program a bit of its own, the same one in every
// run: addresses differ from run to run.
func claimHash(s *orec.Slot) uint64 {
	return (uint64(uintptr(unsafe.Pointer(s))-uintptr(unsafe.Pointer(firstSlot))) / 8) << 54
}
