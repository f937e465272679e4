//go:build arm64 && !race && !tmexplore

package tm

import (
	"unsafe"

	"github.com/ungil/tm/orec"
)

// hasKernel reports whether this build has a validation kernel in assembly. The
// race detector and the explorer must see every access, so they have none.
const hasKernel = true

const (
	// kernelFrom is the length from which the call, the copy of its arguments to
	// the stack and two barriers are worth it. Shorter read sets go to the Go loop.
	kernelFrom = 16
	// kernelMost bounds the work of one call: the collector cannot stop a goroutine
	// in assembly. 4096 entries are some microseconds.
	kernelMost = 4096
)

// Offsets for tm_arm64.s. They are those of other packages' types, which
// the assembler's header does not name.
const (
	readEntrySize  = unsafe.Sizeof(orec.ReadEntry{})
	readEntryShift = 4
	readEntrySlot  = unsafe.Offsetof(orec.ReadEntry{}.Slot)
	readEntrySeen  = unsafe.Offsetof(orec.ReadEntry{}.Seen)
	slotHead       = unsafe.Offsetof(orec.Slot{}.Head)
)

// The kernel loads Slot and Seen as one pair and divides by the size by a shift.
var (
	_ = [1]struct{}{}[readEntrySeen-readEntrySlot-8]
	_ = [1]struct{}{}[readEntrySize-1<<readEntryShift]
)

// firstChangedKernel is firstChanged by plain loads between two barriers.
func firstChangedKernel(reads []orec.ReadEntry) int {
	for done := 0; ; {
		part := reads[done:min(done+kernelMost, len(reads))]
		i := firstChangedAsm(part)
		done += i
		if i < len(part) || done == len(reads) {
			return done
		}
	}
}

// firstChangedAsm is firstChangedKernel for at most kernelMost entries.
//
//go:noescape
func firstChangedAsm(reads []orec.ReadEntry) int
