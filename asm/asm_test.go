package asm

import "testing"

func TestCyclesGoOn(t *testing.T) {
	if !HasCycles {
		if Cycles() != 0 || CyclesAfter() != 0 || InvariantCounter() {
			t.Error("an architecture without a counter claims one")
		}
		return
	}
	// On one goroutine readings never fall if the counters agree; on a machine
	// where they do not, the clock is not used (see package clock).
	if !InvariantCounter() {
		t.Skip("no invariant counter")
	}
	first, last := Cycles(), uint64(0)
	for range 1000 {
		last = CyclesAfter()
	}
	if last <= first {
		t.Errorf("a thousand readings later the counter went from %d to %d", first, last)
	}
}

func BenchmarkCycles(b *testing.B) {
	for b.Loop() {
		Cycles()
	}
}
