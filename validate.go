package tm

import (
	"fmt"
	"os"
	"unsafe"

	"github.com/ungil/tm/internal/setting"
	"github.com/ungil/tm/internal/word"
	"github.com/ungil/tm/orec"
)

// Validation asks whether the heads of all slots read are still the versions
// seen. Nearly always they are, so one pass over the whole read set compares
// words and nothing else, and what differs is settled one by one (unchanged).
//
// That pass is the only loop of the engine that is longer than a few entries. It
// exists in Go, compiled everywhere, and as a kernel in assembly where loads in
// Go cost more than the processor's (tm_arm64.s). The kernel's argument is in
// docs/protocol.md, "Weaker than Go's atomics".

// allUnchanged reports whether unchanged holds for all of reads.
func allUnchanged(reads []orec.ReadEntry, time uint64, d *orec.Descriptor) bool {
	for {
		i := firstChanged(reads)
		if i == len(reads) {
			return true
		}
		if !unchanged(&reads[i], time, d) {
			return false
		}
		reads = reads[i+1:]
	}
}

// firstChanged returns the index of the first entry whose slot's head is not the
// version seen, or the number of entries. Each head is loaded once, after every
// load that the caller has made. Wait-free.
func firstChanged(reads []orec.ReadEntry) int {
	if hasKernel && useKernel && len(reads) >= kernelFrom {
		return firstChangedKernel(reads)
	}
	return firstChangedGo(reads)
}

// validateBlock is how many entries are compared before the first branch: their
// loads are under way together, and a loop costs its counting once for all.
const validateBlock = 4

// firstChangedGo is firstChanged by sequentially consistent loads.
func firstChangedGo(reads []orec.ReadEntry) int {
	i := 0
	for ; i+validateBlock <= len(reads); i += validateBlock {
		block := reads[i : i+validateBlock : i+validateBlock]
		if difference(&block[0])|difference(&block[1])|difference(&block[2])|difference(&block[3]) != 0 {
			break
		}
	}
	for ; i < len(reads); i++ {
		if difference(&reads[i]) != 0 {
			return i
		}
	}
	return i
}

// difference returns 0 if the head of r's slot is the version seen. The addresses
// are compared as numbers, so that a block of them needs one branch; r keeps the
// version seen alive, so no other one can have its address.
func difference(r *orec.ReadEntry) uintptr {
	return uintptr(unsafe.Pointer(r.Slot.Head.Load())) ^ uintptr(unsafe.Pointer(r.Seen))
}

// The names of the ways to validate, for TMDEBUG=kernel=...
const (
	kernelGo  = "go"
	kernelAsm = "asm"
)

// useKernel says whether long read sets go to the kernel. It is written before
// any transaction can run; tests change it while none runs.
var useKernel = chooseKernel(setting.Get(setting.Kernel))

// chooseKernel reports whether to use the kernel; forced is the value of the
// setting.
func chooseKernel(forced string) bool {
	if forced == kernelAsm && !hasKernel {
		fmt.Fprintln(os.Stderr, "tm: TMDEBUG: kernel=asm ignored: this build has no validation kernel in assembly")
	}
	return hasKernel && (forced == kernelAsm || forced != kernelGo && !word.Exploring)
}

// Kernel tells how this process validates long read sets: "asm" or "go".
func Kernel() string {
	if useKernel {
		return kernelAsm
	}
	return kernelGo
}
