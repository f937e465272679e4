//go:build tmexplore

package tm

import (
	"unsafe"

	"github.com/ungil/tm/internal/word"
	"github.com/ungil/tm/orec"
)

// Under the explorer the kernel is written in Go, with the accesses of the one in
// assembly: plain loads between two barriers (tm_arm64.s). It is used where
// a test asks for it, with a memory in which plain loads may be out of order.
const (
	hasKernel  = true
	kernelFrom = 1
)

func firstChangedKernel(reads []orec.ReadEntry) int {
	if loadBarrier {
		word.LoadBarrier()
	}
	defer word.LoadBarrier()
	for i := range reads {
		if r := &reads[i]; word.LoadPlain(&r.Slot.Head) != uintptr(unsafe.Pointer(r.Seen)) {
			return i
		}
	}
	return len(reads)
}
