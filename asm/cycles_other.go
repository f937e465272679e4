//go:build !amd64

package asm

// HasCycles reports whether Cycles counts anything on this architecture.
const HasCycles = false

// Cycles returns 0: there is no counter here that may serve as a clock.
func Cycles() uint64 { return 0 }

// CyclesAfter returns 0.
func CyclesAfter() uint64 { return 0 }

// InvariantCounter reports false.
func InvariantCounter() bool { return false }

// StableHost reports false.
func StableHost() bool { return false }
