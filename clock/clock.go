// Package clock is the engine's global time: a 62-bit number that goes forward
// with every commit.
//
// What the protocol needs of a clock (docs/protocol.md, A1): if a reading a
// happens before a reading b, through memory or on one goroutine, then
// value(b) >= value(a), and strictly greater when b is the tick of a commit. Two
// ticks may be equal only if neither happens before the other.
//
// There are two clocks:
//
//   - counter: one word alone on its cache lines. Exact on every machine; its line
//     moves between cores at every commit.
//   - cycle: the processor's cycle counter (amd64), or the generic timer (arm64).
//     Nothing is shared, so transactions that touch different slots touch no common
//     line at all; a reading costs more than an atomic operation, and it needs
//     counters that agree. Where its steps are coarse, a tick waits for the next one.
//
// The process chooses when it starts: cycle, if there are more than two processors, the
// counter is invariant, the kernel trusts it, and a measurement of every pair of
// processors says that they agree to within half the time of a message between them;
// else counter.
// TMDEBUG=clock=counter or clock=cycle forces one.
package clock

import (
	"fmt"
	"os"

	"github.com/ungil/tm/asm"
	"github.com/ungil/tm/internal/setting"
	"github.com/ungil/tm/internal/word"
)

const (
	// First is the stamp of values that were there before any commit.
	First = 1
	// Max is the largest time: a status word keeps two bits for its state.
	Max = 1<<62 - 1
)

// The names of the clocks.
const (
	NameCounter = "counter"
	NameCycle   = "cycle"
)

var counter struct {
	_   word.Pad
	now word.Uint64
	_   word.Pad
}

// cycles says which clock is in use. It is written before any transaction can
// run and never afterwards.
var cycles bool

// coarse says that the counter's steps may be longer than a message between two
// processors, so that readings tie although one happens before the other. It is
// asm.CoarseCycles but under the explorer, which says it for its own clocks.
var coarse = asm.CoarseCycles && !word.Exploring

// A Choice says which clock a process uses, and why.
type Choice struct {
	Name        string
	Reason      string      // one line for a person
	Calibration Calibration // what was measured; zero if nothing was
}

var choice Choice

func init() {
	word.InitUint64(&counter.now, First)
	choice = choose(setting.Get(setting.Clock))
	cycles = choice.Name == NameCycle
}

// choose picks a clock; forced is the value of the setting.
func choose(forced string) Choice {
	switch {
	case word.Exploring:
		return Choice{Name: NameCounter, Reason: "the explorer has a clock of its own"}
	case forced == NameCounter:
		return Choice{Name: NameCounter, Reason: "TMDEBUG says so"}
	case forced == NameCycle && asm.HasCycles && setting.Get(setting.Cycles) != setting.Off:
		calibration, doubt := Compare()
		if doubt != "" {
			doubt = "; it would not be chosen: " + doubt
		}
		return Choice{NameCycle, "TMDEBUG says so" + doubt, calibration}
	case forced == NameCycle:
		fmt.Fprintln(os.Stderr, "tm: TMDEBUG: clock=cycle ignored: there is no cycle counter that may serve as a clock, or it is switched off")
	}
	why, calibration := refusal()
	if why != "" {
		return Choice{NameCounter, why, calibration}
	}
	return Choice{NameCycle, "the cycle counters of all processors agree", calibration}
}

// Name tells which clock this process uses.
func Name() string { return choice.Name }

// Chosen tells which clock this process uses, and why.
func Chosen() Choice { return choice }

// Now returns a time at or after every tick that happened before the call.
// Wait-free.
func Now() uint64 {
	if word.Exploring || cycles {
		return read(false)
	}
	// Pairs with the Add in Tick: a reader that sees a tick also sees the
	// versions that the ticking transaction had installed before it.
	return counter.now.Load()
}

// Tick returns a commit time for a transaction all of whose versions are
// installed. Wait-free: where the counter is coarse it waits until time goes on,
// some 40 ns at most, but for nobody.
func Tick() uint64 {
	if word.Exploring || cycles {
		return read(true)
	}
	// The Add orders the installations before it ahead of the new time: whoever
	// reads this time or a later one from the clock meets the versions.
	return counter.now.Add(1)
}

// Counter returns the counter's word, for a hardware transaction that ticks it
// by itself; nil if the clock is the cycle counter.
func Counter() *word.Uint64 {
	if cycles {
		return nil
	}
	return &counter.now
}

// read asks the explorer's clock, if there is one, or else the clock in use.
func read(tick bool) uint64 {
	now := sample(tick)
	if tick && coarse && !tickWithoutStep {
		return nextStep(now)
	}
	return now
}

// nextStep reads the clock until it has gone on, and returns the new time. The
// first reading is at or above whatever happened before the call, since counters
// agree, and the new one is strictly above that, as A1 wants of a tick. (Taking
// now+1 at once, and waiting for it at the end of the commit, would let two owners
// with one time look through each other.)
func nextStep(now uint64) uint64 {
	for {
		if next := sample(true); next > now {
			return next
		}
	}
}

// sample reads the clock once.
func sample(tick bool) uint64 {
	t, simulated := word.Clock(tick)
	switch {
	case simulated:
		return t
	case cycles && tick:
		return asm.CyclesAfter()
	case cycles:
		return asm.Cycles()
	case tick:
		return counter.now.Add(1)
	}
	return counter.now.Load()
}
