//go:build !amd64 && !arm64

package asm

const (
	// HasCycles reports whether Cycles counts anything on this architecture.
	HasCycles = false
	// CoarseCycles reports whether the counter's steps may be longer than a
	// message between two processors.
	CoarseCycles = false
	// KernelClock is the name that Linux gives to a clock made of the counter.
	KernelClock = ""
)

// Cycles returns 0: there is no counter here that may serve as a clock.
func Cycles() uint64 { return 0 }

// CyclesAfter returns 0.
func CyclesAfter() uint64 { return 0 }

// CycleRate returns 0.
func CycleRate() uint64 { return 0 }

// StableHost reports false.
func StableHost() bool { return false }

func invariant() bool { return false }
