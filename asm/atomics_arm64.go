package asm

import (
	"os"

	"golang.org/x/sys/cpu"
)

// Atomics says by what instructions sync/atomic works in this binary: LSE,
// because GOARM64 says so, or what a branch at each operation has chosen at run
// time.
func Atomics() string {
	switch {
	case fixedLSE():
		return "lse (fixed by GOARM64)"
	case usesLSE():
		return "lse (chosen at run time)"
	}
	return "ll/sc (chosen at run time)"
}

// usesLSE reports what the branch will find: Go's runtime looks at the same
// flag of the kernel, and at GODEBUG.
func usesLSE() bool {
	return fixedLSE() || cpu.ARM64.HasATOMICS && runtimeOption(os.Getenv("GODEBUG"), "atomics")
}

// fixedLSE reports whether this binary was built for processors with LSE only.
//
//go:noescape
func fixedLSE() bool
