package tm

import (
	"github.com/ungil/tm/clock"
	"github.com/ungil/tm/internal/word"
	"github.com/ungil/tm/orec"
)

// commitSingle commits a transaction with one write and no reads but perhaps of
// the written slot. Its version decides itself, so it needs no descriptor: the
// installation is all that it needs, and its time is the first tick that anybody
// makes for it, unless a claim stands against it (I12). Lock-free.
func (tx *Tx) commitSingle() bool {
	w := &tx.writes[0]
	word.InitPointer(&w.New.Prev, w.Expected)
	word.InitUint64(&w.New.Stamp, orec.Single)
	if stampBeforeInstall {
		word.InitUint64(&w.New.Stamp, clock.Tick())
	}
	for {
		head := w.Slot.Head.Load()
		switch {
		case head == w.Expected:
			// Publishes the version and its value.
			if w.Slot.Head.CompareAndSwap(head, w.New) {
				if helperWakesNobody {
					wake(w.Slot)
				}
				time := decideSingle(w.Slot, w.New)
				if time != orec.Aborted {
					tx.happened(time)
					return true
				}
				w.Slot.Head.CompareAndSwap(w.New, w.Expected)
				tx.counts[countGaveWay].Inc()
				return false
			}
		case head != nil && finish(w.Slot, head) == orec.Aborted:
			w.Slot.Head.CompareAndSwap(head, head.Prev.Load())
		default:
			// Something committed over what tx has read or wanted to replace. The
			// version was never installed, so there is nothing to undo.
			tx.counts[countOverwritten].Inc()
			return false
		}
	}
}

// decideSingle gives n, an installed Single version of s, its final stamp, and
// returns it: Aborted if somebody claims s (I15), else the tick of the clock. The
// tick comes after the installation, as I2 wants; stamping before it would let
// two views disagree on the order of two writes.
func decideSingle(s *orec.Slot, n *orec.Version) (final uint64) {
	replaced := n.Prev.Load()
	for {
		stamp := n.Stamp.Load()
		if stamp != orec.Single {
			return stamp
		}
		// Installed, and not decided: the place to look at what others want, for
		// helpers too, because the owner may be stopped here (I14, I15).
		// Transactions that have a priority do not come this way.
		if wanted := attention.word.Load(); wanted != 0 && attendSingle(s, wanted) {
			n.Stamp.CompareAndSwap(orec.Single, orec.Aborted)
			continue
		}
		// While n is undecided nothing has replaced it, so its prev is the version
		// it replaced, which is committed, and not a mark of dropped history.
		if tick := clock.Tick(); tick > stampOf(replaced) {
			n.Stamp.CompareAndSwap(orec.Single, tick)
		}
	}
}
