package asm

const (
	leafFeatures  = 7
	featuresRDPID = 1 << 22 // in ecx
)

// Processor returns the number of the processor that the calling goroutine runs
// on, as the operating system has numbered it. It may be another one by the time the caller
// looks at the number, which is therefore only a hint. Requires KnowsProcessor. About 2 ns.
// Wait-free.
//
//go:noescape
func Processor() uint64

// hasProcessor asks for RDPID. RDTSCP tells the same, but reads the counter as well
// and takes ten times as long.
func hasProcessor() bool {
	if last, _, _, _ := cpuid(0); last < leafFeatures {
		return false
	}
	_, _, ecx, _ := cpuid(leafFeatures)
	return ecx&featuresRDPID != 0
}
