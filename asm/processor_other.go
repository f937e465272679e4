//go:build !amd64

package asm

// Processor returns the number of the processor that the calling goroutine runs
// on. Nothing tells it here.
func Processor() uint64 { return 0 }

func hasProcessor() bool { return false }
