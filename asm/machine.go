package asm

import (
	goruntime "runtime"
	"slices"
	"strings"

	"github.com/ungil/tm/internal/setting"
)

// A Machine is what is known of the processor, for people and tests.
type Machine struct {
	Architecture string `json:"architecture"`         // Go's name
	Processor    string `json:"processor,omitempty"`  // its own name, if it tells
	Hypervisor   string `json:"hypervisor,omitempty"` // the vendor's mark, if there is one
	Processors   int    `json:"processors"`           // logical ones that this process may use
	CacheLine    int    `json:"cacheLine,omitempty"`  // in bytes; 0 if unknown
	// Atomics says by what instructions sync/atomic works in this binary on this machine.
	Atomics string `json:"atomics"`
	// Pause is the instruction that Pause executes, or "loop".
	Pause    string    `json:"pause"`
	Features []Feature `json:"features"`
}

// A Feature is something that a processor may have and that a program may use.
type Feature struct {
	Name string `json:"name"`
	Use  string `json:"use"` // what it is good for here
	// Found says that the processor claims to have it; Enabled, besides, that it
	// is not switched off, has passed its probe, and that something here uses it.
	Found   bool   `json:"found"`
	Enabled bool   `json:"enabled"`
	Reason  string `json:"reason,omitempty"` // why it is not enabled
	Switch  string `json:"switch,omitempty"` // what switches it off
}

// Detect returns what was found when the program started.
func Detect() Machine {
	m := Machine{
		Architecture: goruntime.GOARCH,
		Processors:   goruntime.NumCPU(),
		Atomics:      Atomics(),
		Pause:        pauseInstruction,
		Features:     []Feature{pauseFeature(), cyclesFeature(), processorFeature(), rtmFeature()},
	}
	if !pauses {
		m.Pause = "loop"
	}
	m.describe()
	return m
}

func pauseFeature() Feature {
	f := Feature{Name: "spin hint", Use: "back-off", Found: hasPause, Switch: "TMDEBUG=pause=off"}
	return f.settle(unless(hasPause, "no instruction for it here"), unless(pauses, offBySetting))
}

func cyclesFeature() Feature {
	f := Feature{Name: "cycle counter", Use: "clock", Found: HasCycles && invariant(), Switch: "TMDEBUG=cycles=off"}
	return f.settle(
		unless(HasCycles, "no cycle counter that may serve as a clock"),
		unless(f.Found, "it does not count at a constant rate"),
		unless(setting.Get(setting.Cycles) != setting.Off, offBySetting),
	)
}

func rtmFeature() Feature {
	usable, reason := RTM()
	f := Feature{Name: "RTM", Use: "hardware transactions", Found: hasRTM() || usable, Switch: "TMDEBUG=rtm=off"}
	return f.settle(
		unless(setting.Get(setting.RTM) != setting.Off, offBySetting),
		unless(usable, reason),
	)
}

const (
	absent       = "the processor does not have it"
	offBySetting = "switched off by TMDEBUG"
)

// settle enables f unless one of the reasons is not empty.
func (f Feature) settle(reasons ...string) Feature {
	if i := slices.IndexFunc(reasons, func(r string) bool { return r != "" }); i >= 0 {
		f.Reason = reasons[i]
	}
	f.Enabled = f.Reason == ""
	return f
}

// unless returns the reason if ok is false.
func unless(ok bool, reason string) string {
	if ok {
		return ""
	}
	return reason
}

// InvariantCounter reports whether Cycles counts at one rate, whatever the
// processor's power state is, and is not switched off by TMDEBUG.
func InvariantCounter() bool {
	return HasCycles && setting.Get(setting.Cycles) != setting.Off && invariant()
}

// runtimeOption reports whether GODEBUG leaves an optional processor feature to
// Go's runtime: cpu.NAME=off and cpu.all=off take it away; the last word counts.
func runtimeOption(godebug, name string) bool {
	on := true
	for field := range strings.SplitSeq(godebug, ",") {
		switch key, value, _ := strings.Cut(field, "="); {
		case key != "cpu."+name && key != "cpu.all":
		case value == "on" || value == "off":
			on = value == "on"
		}
	}
	return on
}
