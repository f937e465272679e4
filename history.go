package tm

import (
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

// register takes a snapshot that writers keep the history of (I9). The bound is
// stored before the snapshot is read from the clock: a writer that has not seen
// the bound has ticked before that reading, so its version is in the snapshot
// and what it cuts off is not needed.
func (tx *Tx) register() {
	registrations.count.Add(1)
	tx.entry.Bound.Store(clock.Now())
	tx.registered = true
	tx.snapshot = clock.Now()
}

// unregister lets writers cut the history that the snapshot needed.
func (tx *Tx) unregister() {
	tx.registered = false
	tx.entry.Bound.Store(0)
	registrations.count.Add(-1)
}

// abandon does what a transaction that was dropped without Commit or Abort has
// left undone, when its Tx is collected.
func abandon(id uint64) {
	if entry := descriptors.Entry(id); entry.Bound.Load() != 0 {
		entry.Bound.Store(0)
		registrations.count.Add(-1)
	}
	descriptors.Release(id)
}

// horizon returns a time such that every registered snapshot is at or after it,
// the ones that are being registered included: a commit asks after its decision,
// and a snapshot whose bound it does not see is read from the clock after that.
func horizon() uint64 {
	h := uint64(clock.Max)
	if registrations.count.Load() == 0 {
		return h
	}
	for id := range descriptors.Len() {
		if b := descriptors.Entry(id).Bound.Load(); b != 0 {
			h = min(h, b)
		}
	}
	return h
}

// cutHistory drops what no snapshot at or after the horizon h needs: everything
// behind the first version, from the one that was just replaced down, that is
// not above h. With no registered snapshot that leaves the new version and the
// replaced one, for readers that are not registered.
func cutHistory(replaced *orec.Version, h uint64) {
	for n := replaced; n != nil && n != &orec.Cut; n = n.Prev.Load() {
		if n.Stamp.Load() > h {
			continue
		}
		if prev := n.Prev.Load(); prev != nil && prev != &orec.Cut {
			n.Prev.Store(&orec.Cut)
		}
		return
	}
}
