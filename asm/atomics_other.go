//go:build !arm64 && !arm && !mips && !mipsle

package asm

// Atomics says by what instructions sync/atomic works in this binary: those that
// every processor of this architecture has.
func Atomics() string { return "native" }
