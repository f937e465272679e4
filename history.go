package tm

import (
	"unsafe"

	"github.com/ungil/tm/clock"
	"github.com/ungil/tm/internal/word"
	"github.com/ungil/tm/orec"
)

// registrations counts the transactions that may hold a bound in the table. It
// is alone on its lines; commits read it, registrations change it.
var registrations struct {
	_     word.Pad
	count word.Int64
	_     word.Pad
}

const _ = uint(unsafe.Offsetof(registrations.count) - word.LineSize) // negative, and no constant, if it shares a line

// register takes a snapshot that writers keep the history of (I9). The bound is
// stored before the snapshot is read from the clock: a writer that has not seen
// the bound has ticked before that reading, so its version is in the snapshot
// and what it drops is not needed.
func (tx *Tx) register() {
	registrations.count.Add(1)
	if boundAfterSnapshot {
		tx.snapshot = clock.Now()
		tx.bound(orec.AtLeast(clock.Now()))
	} else {
		tx.bound(orec.AtLeast(clock.Now()))
		tx.snapshot = clock.Now()
	}
	tx.registered = true
	tx.bound(orec.Exactly(tx.snapshot))
}

// bound tells writers what they must keep. Pairs with the loads in survey.
func (tx *Tx) bound(b orec.Bound) { tx.entry.Bound.Store(uint64(b)) }

// unregister lets writers drop the history that the snapshot needed.
func (tx *Tx) unregister() {
	tx.registered = false
	tx.entry.Bound.Store(0)
	registrations.count.Add(-1)
}

// abandon does what a transaction that was dropped without Commit or Abort has
// left undone, when its Tx is collected.
func abandon(id uint64) {
	entry := descriptors.Entry(id)
	if entry.Bound.Load() != 0 {
		entry.Bound.Store(0)
		registrations.count.Add(-1)
	}
	if c := entry.Claim.Load(); c != nil {
		entry.Claim.Store(nil)
		last := c.Priority.Load() == utmost
		dropClaim(c, orec.AllWords)
		if last {
			freeToken()
		}
	}
	// The descriptor stays until the id has a new holder, but not the logs, which
	// keep alive whatever the dropped transaction has read. Nobody reads them: whoever
	// pins the descriptor from now on finds all stamps with this id final (I6, I7).
	d := entry.Descriptor.Load()
	d.Reads, d.Writes = nil, nil
	descriptors.Release(id)
}

// needs says which old versions registered snapshots can need.
type needs struct {
	exact []uint64 // snapshots that stand
	from  uint64   // snapshots that are being taken are at or after this time
	least uint64   // no snapshot is before this time
}

// survey asks all registered snapshots what they need. A commit asks after its
// decision, so a snapshot that the survey does not see is read from the clock
// after the commit's tick: it needs the new version or a later one.
func (n *needs) survey() {
	n.exact = n.exact[:0]
	n.from, n.least = clock.Max, clock.Max
	for id := range descriptors.Len() {
		b := orec.Bound(descriptors.Entry(id).Bound.Load())
		if b == 0 {
			continue
		}
		n.least = min(n.least, b.Time())
		if b.IsExact() {
			n.exact = append(n.exact, b.Time())
		} else {
			n.from = min(n.from, b.Time())
		}
	}
}

// version reports whether a snapshot can need the version that is valid from
// stamp up to, not including, next.
func (n *needs) version(stamp, next uint64) bool {
	if next > n.from {
		return true
	}
	for _, snapshot := range n.exact {
		if stamp <= snapshot && snapshot < next {
			return true
		}
	}
	return false
}

// dropAll drops the versions behind the replaced one: nobody is registered. Like
// needs.dropHistory for that case.
func dropAll(replaced *orec.Version) {
	if replaced == nil {
		return
	}
	if v := replaced.Prev.Load(); v != nil && v != &orec.Cut {
		word.StorePointer(&replaced.Prev, &orec.Cut)
	}
}

// dropHistory drops the versions behind the replaced one that no registered
// snapshot needs: a gap mark stands for those in the middle, Cut for the rest.
// Together with the new version that leaves at most two more versions than there
// are snapshots; with no snapshot the two that readers which are not
// registered find.
//
// Two commits may do this to one history at the same time. Each drops only what
// no snapshot needs, now or later, so whichever store comes last is right; at
// worst something is kept until the next commit. For the same reason the stores
// of Cut need no order: a reader is right with the old link and with the new.
func (n *needs) dropHistory(replaced *orec.Version) {
	if replaced == nil {
		return
	}
	last, next, gap := replaced, replaced.Stamp.Load(), false
	for v := replaced.Prev.Load(); v != &orec.Cut; v = v.Prev.Load() {
		if n.least >= next { // nobody needs anything from here on
			if v != nil || gap {
				word.StorePointer(&last.Prev, &orec.Cut)
			}
			return
		}
		stamp := uint64(0) // the base value is valid from the beginning
		if v != nil {
			stamp = v.Stamp.Load()
		}
		if stamp == orec.Gap {
			continue
		}
		if n.version(stamp, next) {
			if gap {
				skipTo(last, v)
			}
			last, gap = v, false
		} else {
			gap = true
		}
		if v == nil {
			return
		}
		next = stamp
	}
	if gap {
		word.StorePointer(&last.Prev, &orec.Cut)
	}
}

// skipTo links v behind last with a gap mark between them. An old mark is used
// again: readers that stand on it may go either way.
func skipTo(last, v *orec.Version) {
	if gapWithoutMark {
		last.Prev.Store(v)
		return
	}
	if mark := last.Prev.Load(); mark != nil && mark.Stamp.Load() == orec.Gap {
		mark.Prev.Store(v)
		return
	}
	mark := new(orec.Version)
	word.InitUint64(&mark.Stamp, orec.Gap)
	word.InitPointer(&mark.Prev, v)
	last.Prev.Store(mark)
}
