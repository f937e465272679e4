package asm

// HasCycles reports whether Cycles counts anything on this architecture.
const HasCycles = true

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

// InvariantCounter reports whether the counter runs at one rate whatever the
// processor's power state is.
func InvariantCounter() bool {
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
