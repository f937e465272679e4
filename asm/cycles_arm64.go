package asm

const (
	// HasCycles reports whether Cycles counts anything on this architecture.
	HasCycles = true
	// CoarseCycles reports whether the counter's steps may be longer than a
	// message between two processors: the generic timer steps every 1 to 42 ns on
	// most machines.
	CoarseCycles = true
	// KernelClock is the name that Linux gives to a clock made of the counter.
	KernelClock = "arch_sys_counter"
)

// Cycles reads the generic timer after everything before the call has completed
// and before anything behind it begins. It counts at the fixed rate CycleRate.
// Wait-free.
//
//go:noescape
func Cycles() uint64

// CyclesAfter is Cycles: what it could save, ordering later accesses behind the
// reading, costs one load and a light barrier here, and without it a plain load behind
// a commit's tick, even behind the exclusive pair on the status that follows, could be
// performed before the tick. Wait-free.
func CyclesAfter() uint64 { return Cycles() }

// CycleRate returns how often the counter steps in a second, 0 if the firmware
// has not set it.
//
//go:noescape
func CycleRate() uint64

// invariant: the architecture wants one system counter of a fixed rate, which
// goes on in all power states and which all processors see alike (Arm ARM, "The
// Generic Timer in AArch64 state").
func invariant() bool { return true }

// StableHost reports false: the architecture needs no promise of the host.
func StableHost() bool { return false }
