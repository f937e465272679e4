package asm

import (
	"os"
	goruntime "runtime"

	"golang.org/x/sys/cpu"
)

// describe fills in what only this architecture tells.
func (m *Machine) describe() {
	if goruntime.GOOS == "linux" { // elsewhere nobody promises that a program may ask
		m.CacheLine = cacheLine(cacheType())
	}
	lse := Feature{Name: "LSE", Use: "sync/atomic", Found: cpu.ARM64.HasATOMICS, Switch: "GODEBUG=cpu.atomics=off"}
	if fixedLSE() {
		lse.Switch = ""
	}
	// Package cpu obeys GODEBUG too, so what it switches off is not found.
	on := fixedLSE() || runtimeOption(os.Getenv("GODEBUG"), "atomics")
	m.Features = append(m.Features, lse.settle(unless(on, "switched off by GODEBUG"), unless(usesLSE(), absent)))
}

// cacheLine returns the smallest data cache line in bytes; bits 16 to 19 of
// CTR_EL0 hold its logarithm, in words of four bytes.
func cacheLine(ctr uint64) int { return 4 << (ctr >> 16 & 15) }

// cacheType reads CTR_EL0.
//
//go:noescape
func cacheType() uint64
