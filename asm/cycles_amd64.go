package asm

const (
	// HasCycles reports whether Cycles counts anything on this architecture.
	HasCycles = true
	// CoarseCycles reports whether the counter's steps may be longer than a
	// message between two processors.
	CoarseCycles = false
	// KernelClock is the name that Linux gives to a clock made of the counter.
	KernelClock = "tsc"
)

// Cycles reads the time-stamp counter after everything before the call has
// completed and before anything behind it begins. It counts at a fixed rate, not
// the core's. About 20 ns. Wait-free.
//
//go:noescape
func Cycles() uint64

// CyclesAfter is Cycles without the fence behind the reading. Wait-free.
//
//go:noescape
func CyclesAfter() uint64

// CycleRate returns how often the counter steps in a second, 0 if the processor
// does not tell.
func CycleRate() uint64 { return 0 }

//go:noescape
func cpuid(leaf uint32) (eax, ebx, ecx, edx uint32)

const (
	leafPower     = 0x80000007
	powerTSC      = 1 << 8 // in edx: the counter runs at one rate in all states
	leafExtended  = 0x80000000
	leafVirtual   = 0x40000000
	leafKVM       = 0x40000001
	kvmClockSteps = 1 << 24 // in eax: the host promises a clock without steps between processors
)

// invariant asks the processor; package cpuid does not have this flag.
func invariant() bool {
	if last, _, _, _ := cpuid(leafExtended); last < leafPower {
		return false
	}
	_, _, _, edx := cpuid(leafPower)
	return edx&powerTSC != 0
}

// StableHost reports whether this is a KVM guest whose host promises that the
// counters of its processors agree.
func StableHost() bool {
	_, b, c, d := cpuid(leafVirtual)
	const kvmk, vmkv, m = 0x4b4d564b, 0x564b4d56, 0x4d // "KVMKVMKVM" in three words
	if b != kvmk || c != vmkv || d != m {
		return false
	}
	eax, _, _, _ := cpuid(leafKVM)
	return eax&kvmClockSteps != 0
}
