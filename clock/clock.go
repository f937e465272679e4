// Package clock is the engine's global time: a 62-bit number that every
// committing transaction moves forward.
//
// What the protocol needs of a clock (docs/protocol.md, A1): if a reading a
// happens before a reading b, through memory or on one goroutine, then
// value(b) >= value(a), and strictly greater when b is the tick of a commit. Two
// ticks may be equal only if neither happens before the other.
//
// The clock here is a counter alone on its cache lines. It is exact on every
// machine; what it costs is that its line moves between cores at every commit.
package clock

import (
	"github.com/ungil/tm/internal/setting"
	"github.com/ungil/tm/internal/word"
)

const (
	// First is the stamp of values that were there before any commit.
	First = 1
	// Max is the largest time: a status word keeps two bits for its state.
	Max = 1<<62 - 1
)

var counter struct {
	_   word.Pad
	now word.Uint64
	_   word.Pad
}

func init() { word.InitUint64(&counter.now, First) }

// Name tells which clock this process uses: "counter". TMDEBUG=clock=NAME
// chooses it.
func Name() string { return setting.Get("clock") }

// Now returns a time at or after every tick that happened before the call.
// Wait-free.
func Now() uint64 {
	if word.Exploring {
		if t, simulated := word.Clock(false); simulated {
			return t
		}
	}
	// Pairs with the Add in Tick: a reader that sees a tick also sees the
	// versions that the ticking transaction had installed before it.
	return counter.now.Load()
}

// Tick returns a commit time for a transaction all of whose versions are
// installed. Wait-free.
func Tick() uint64 {
	if word.Exploring {
		if t, simulated := word.Clock(true); simulated {
			return t
		}
	}
	// The Add orders the installations before it ahead of the new time: whoever
	// reads this time or a later one from the clock meets the versions.
	return counter.now.Add(1)
}
