// Package asm is the machine: what the processor offers that Go has no word
// for, one function an instruction. It knows nothing of transactions.
//
// A function here is a call, and a call costs more than an atomic operation
// that the compiler knows (1.1 ns against 0.3 for a load). So only what cannot
// be said in Go is here.
//
// Cycles is a cycle counter with the fences that package clock needs. On
// architectures without one, HasCycles is false.
package asm
