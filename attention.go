package tm

import (
	"github.com/ungil/tm/internal/word"
	"github.com/ungil/tm/orec"
)

// attention tells commits whether somebody wants something of them. Every commit
// loads it once, when all its versions are installed and nothing is decided; while
// it is 0 that is all that waiting and priorities cost those who have none. It is
// alone on its lines: commits only read it.
var attention struct {
	_    word.Pad
	word word.Uint64 // sums of the units below
	_    word.Pad
}

const (
	// oneWaiter is added to attention for each transaction that is about to sleep
	// or sleeps; there is room for 2^32 of them.
	oneWaiter = 1
	waiters   = 1<<32 - 1
	// onePriority is added for each attempt that has a published priority (I15).
	onePriority = 1 << 32
	priorities  = (1<<32 - 1) << 32
)

// attend does for the commit d what attention, whose value is wanted, asks, and
// reports whether d must fail itself (I15). Whoever takes d from "all installed" on calls
// it, its owner or a helper, ahead of the step that decides: a commit whose owner is
// stopped has woken its waiters by the time it has happened (I14).
func attend(d *orec.Descriptor, wanted uint64) (yields bool) {
	if wanted&priorities != 0 && !(helperUnchecked && d.Pins.Load() > 0) && mustYield(d.Priority, d.Writes) != nil {
		return true
	}
	if wanted&waiters != 0 && !wakeAfterDecision {
		for i := range d.Writes {
			wake(d.Writes[i].Slot)
		}
	}
	return false
}

// attendSingle is attend for a single write of s.
func attendSingle(s *orec.Slot, wanted uint64) (yields bool) {
	if wanted&priorities != 0 && !singleUnchecked && mustYield(0, []orec.WriteEntry{{Slot: s}}) != nil {
		return true
	}
	if wanted&waiters != 0 && !helperWakesNobody {
		wake(s)
	}
	return false
}
