package asm

import (
	"testing"

	"github.com/ungil/tm/internal/setting"
)

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

// TestRTMSaysWhy: whatever is found, the reason is said, and under an emulator
// transactions commit.
func TestRTMSaysWhy(t *testing.T) {
	usable, reason := RTM()
	if reason == "" {
		t.Error("no reason is given")
	}
	if again, _ := RTM(); again != usable {
		t.Errorf("usable is %v, then %v", usable, again)
	}
	if f := rtmFeature(); f.Enabled != (usable && setting.Get(setting.RTM) != setting.Off) {
		t.Errorf("usable is %v, and the report says %+v", usable, f)
	}
	t.Logf("usable %v: %s", usable, reason)
}

// TestRTMIsNotTakenOnTrust: without an emulator TMRTM=emulated must not make the
// process execute an instruction that the processor does not know.
func TestRTMIsNotTakenOnTrust(t *testing.T) {
	if usable, reason := RTM(); usable {
		t.Skip(reason)
	}
	t.Setenv("TMRTM", "emulated")
	if usable, reason := RTM(); usable {
		t.Errorf("usable: %s", reason)
	}
}
