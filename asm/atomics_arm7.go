//go:build arm.7

package asm

// Atomics says by what instructions sync/atomic works on 64 bits in this binary.
func Atomics() string { return "ldrexd (fixed by GOARM)" }
