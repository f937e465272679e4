//go:build arm && !arm.7

package asm

import (
	"os"

	"golang.org/x/sys/cpu"
)

// Atomics says by what instructions sync/atomic works on 64 bits in this binary.
// With locks nothing here is lock-free.
func Atomics() string {
	// Go's runtime asks for LPAE, which only ARMv7 has.
	if cpu.ARM.HasLPAE && runtimeOption(os.Getenv("GODEBUG"), "v7atomics") {
		return "ldrexd (chosen at run time)"
	}
	return "locks (chosen at run time)"
}
