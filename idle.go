package tm

import (
	"github.com/ungil/tm/asm"
	"github.com/ungil/tm/internal/word"
)

// Idle transactions are kept for the next one, since making one costs a
// descriptor and two logs. A processor that can tell its number has a place of its own for
// one, which takes half the time of a sync.Pool; all others are in the pool.

// places are where idle transactions are kept by processor: its number, or what is
// left of it, is the index. Two goroutines may use one place at a time, after a
// change of processor or on a machine with more of them, and are only slower
// for it.
var places [placeCount]place

const placeCount = 256

type place struct {
	tx word.Pointer[Tx]
	_  [word.LineSize - 8]byte
}

var pool = word.Pool{New: func() any { return newTx() }}

// keptHome is how many entries a log may have room for if its Tx is to stay at a
// place, where the collector never gets it.
const keptHome = 1 << 12

// acquire takes an idle Tx. Lock-free.
func acquire(m mode) *Tx {
	if !raceEnabled && !word.Exploring && asm.KnowsProcessor() {
		home := &places[asm.Processor()%placeCount]
		// Takes the Tx over with all that its last user has stored in it. Pairs with
		// the store in release.
		if tx := home.tx.Swap(nil); tx != nil {
			tx.mode = m
			return tx
		}
		return acquireSlow(m, home)
	}
	return acquireSlow(m, nil)
}

// acquireSlow takes a Tx from the pool, which is to come home afterwards.
func acquireSlow(m mode, home *place) *Tx {
	tx := pool.Get().(*Tx)
	tx.mode = m
	if cap(tx.reads) <= keptHome && cap(tx.writes) <= keptHome {
		tx.home = home
	}
	return tx
}

// release ends the transaction and gives tx back. Under the race detector a Tx
// is never used again, so that using one after its end is always found. Its id is: a
// commit asks all ids for registered snapshots, and there would be as many as
// transactions between two collections.
func (tx *Tx) release() {
	if tx.contended || tx.limited {
		tx.releaseSlow()
	}
	tx.mode = modeEnded
	if home := tx.home; home != nil && home.tx.Load() == nil {
		// Hands tx over to the next acquire. A plain store is enough: only amd64
		// has places, and its stores become visible in their order. Of two that
		// store here at the same time one Tx is lost: the collector finds it.
		word.StorePointer(&home.tx, tx)
		return
	}
	if raceEnabled {
		tx.cleanup.Stop()
		abandon(tx.descriptor.ID)
	} else {
		pool.Put(tx)
	}
}

// releaseSlow undoes what few transactions have done to their Tx.
func (tx *Tx) releaseSlow() {
	if tx.suspect {
		tx.withdrawSuspicion()
	}
	tx.calm()
	tx.limited, tx.terms = false, terms{}
}
