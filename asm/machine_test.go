package asm

import (
	"testing"

	"github.com/ungil/tm/internal/setting"
)

func TestDetect(t *testing.T) {
	m := Detect()
	t.Logf("%s %q, atomics %s, pause %s, line %d", m.Architecture, m.Processor, m.Atomics, m.Pause, m.CacheLine)
	if m.Atomics == "" || m.Pause == "" || m.Processors < 1 {
		t.Errorf("something is missing: %+v", m)
	}
	if m.CacheLine != 0 && (m.CacheLine < 16 || m.CacheLine > 256 || m.CacheLine&(m.CacheLine-1) != 0) {
		t.Errorf("cache lines of %d bytes", m.CacheLine)
	}
	for _, f := range m.Features {
		t.Logf("%+v", f)
		if f.Enabled == (f.Reason != "") || f.Enabled && !f.Found {
			t.Errorf("enabled without being found, or no reason: %+v", f)
		}
	}
	if setting.Get(setting.Pause) == setting.On && hasPause != (m.Pause != "loop") {
		t.Errorf("pause is %s", m.Pause)
	}
}

func TestSettle(t *testing.T) {
	f := Feature{Found: true}
	if got := f.settle("", ""); !got.Enabled || got.Reason != "" {
		t.Errorf("without a reason against it: %+v", got)
	}
	if got := f.settle("", "second", "third"); got.Enabled || got.Reason != "second" {
		t.Errorf("with two reasons against it: %+v", got)
	}
}

func TestRuntimeOption(t *testing.T) {
	for _, c := range []struct {
		godebug string
		on      bool
	}{
		{"", true},
		{"cpu.atomics=off", false},
		{"inittrace=1,cpu.atomics=off", false},
		{"cpu.all=off", false},
		{"cpu.all=off,cpu.atomics=on", true},
		{"cpu.atomics=on,cpu.all=off", false},
		{"cpu.atomics=never", true},
		{"cpu.other=off", true},
	} {
		if on := runtimeOption(c.godebug, "atomics"); on != c.on {
			t.Errorf("GODEBUG=%s: %v, want %v", c.godebug, on, c.on)
		}
	}
}

func BenchmarkPause(b *testing.B) {
	b.Run(Detect().Pause, func(b *testing.B) {
		for b.Loop() {
			Pause()
		}
	})
	b.Run("loop", func(b *testing.B) {
		for b.Loop() {
			idle()
		}
	})
}
