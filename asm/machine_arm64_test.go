package asm

import "testing"

// The first is a Neoverse N1's, the second an emulated processor's.
func TestCacheLine(t *testing.T) {
	for ctr, want := range map[uint64]int{0x8444c004: 64, 0x80038003: 32} {
		if got := cacheLine(ctr); got != want {
			t.Errorf("CTR_EL0 %#x: %d bytes, want %d", ctr, got, want)
		}
	}
}

// The architecture asks for 1 MHz to 1 GHz; the bounds catch a register misread.
func TestCycleRate(t *testing.T) {
	if rate := CycleRate(); rate < 1e5 || rate > 1e11 {
		t.Errorf("%d steps in a second", rate)
	}
}
