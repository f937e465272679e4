//go:build mips || mipsle

package asm

// Atomics says by what instructions sync/atomic works on 64 bits in this binary.
// With a lock nothing here is lock-free.
func Atomics() string { return "a lock" }
