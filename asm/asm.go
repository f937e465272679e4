// Package asm is the machine: what the processor offers that Go has no word
// for, one function an instruction, and what it says of itself. It knows nothing
// of transactions.
//
// A function here is a call, and a call costs more than an atomic operation
// that the compiler knows (1.1 ns against 0.3 for a load). So only what cannot
// be said in Go is here:
//
//	Pause                the spin hint, for back-off
//	Cycles, CyclesAfter  the cycle counter with the fences that package clock needs
//
// Where an architecture has no such instruction or no assembly here, Pause is a
// short loop in Go and HasCycles is false.
//
// Detection happens once, when the program starts: Detect tells what was found,
// what is in use, and why not. TMDEBUG switches what is used (package
// internal/setting has the names). On amd64 the flags come from
// github.com/klauspost/cpuid, which takes 0.3 ms of a program's start in a virtual
// machine, where each CPUID instruction traps; on arm64 from golang.org/x/sys/cpu.
package asm
