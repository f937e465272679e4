// Package orec holds the passive types of ownership: the slot, the version, the
// stamp, the status word and the table of descriptors. Nothing here decides
// anything; the engine (package tm) reads and writes these words by the rules of
// docs/protocol.md.
//
//	slot        the newest version of one transactional cell, nil if never written
//	version     a stamp, the version it replaced, and (behind them) a value
//	descriptor  what a committing transaction lets others see, so that they can finish it
//
// An author of a language runtime embeds Slot in shared objects and begins a
// version type of its own with Version:
//
//	type cellVersion struct {
//		orec.Version
//		value Value // written before the version is handed to Tx.Write, never after its commit
//	}
//
// A value may be wider than a word: it is complete before its version can be
// reached and never changes afterwards, so no reader can see half of it.
//
// The exported words are for the engine. A program that changes them loses every
// guarantee. Its functions wait for nobody: they are wait-free unless they say that they
// are lock-free.
package orec

import "github.com/ungil/tm/internal/word"

// A Slot is one transactional cell of one word. The zero Slot is ready: it was
// never written, and its value is whatever its owner says an unwritten cell
// holds (the base value). A Slot must not be copied after use.
type Slot struct {
	// Head is the newest version: committed, undecided or aborted. It goes from
	// nil to non-nil at the first installation; an aborted first version may be
	// unlinked again.
	Head word.Pointer[Version]
}

// A Version is the header of one value of a slot. Once its transaction has
// entered commit it is never reused: a helper that comes late may still hold it
// (docs/protocol.md, I7).
type Version struct {
	// Stamp is a commit time, a pending mark, or Aborted. It goes from pending
	// to one of the other two once, written by the owner or any helper, always
	// with the same outcome.
	Stamp word.Uint64
	// Prev is the version that this one replaced: nil for the base value, &Cut
	// where older history was dropped. Fixed before publication; afterwards only
	// changed to drop history (I9), and never in an aborted version (I8).
	Prev word.Pointer[Version]
}

// Stamps above any commit time.
const (
	// PendingBit marks a version whose transaction is undecided or whose outcome
	// was not copied here yet; the other bits are the descriptor's id.
	PendingBit = uint64(1) << 63
	// Single marks an undecided version of a transaction that has written
	// nothing else and has nothing to validate. It has no descriptor: whoever
	// meets it ticks the clock and makes the tick its stamp; the first one wins (I12).
	Single = PendingBit | 1<<62
	// Gap marks a node without a value that stands for versions dropped from the
	// middle of a history. A registered reader passes it, because nothing that it
	// could need was there; to another it means "missing" (I9).
	Gap = ^uint64(1)
	// Aborted marks a version that never happened. Whoever meets it looks
	// through it.
	Aborted = ^uint64(0)
)

// Cut stands in Prev where older versions were dropped. It means "missing",
// unlike nil, which means "the base value".
var Cut Version

// IsPending reports whether stamp is that of an undecided version: one that
// names an owner, or Single.
func IsPending(stamp uint64) bool { return stamp&PendingBit != 0 && stamp < Gap }

// Pending returns the stamp of an undecided version of the descriptor id.
func Pending(id uint64) uint64 { return PendingBit | id }

// IsCommitted reports whether stamp is a commit time.
func IsCommitted(stamp uint64) bool { return stamp&PendingBit == 0 }
