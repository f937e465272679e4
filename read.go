package tm

import (
	"github.com/ungil/tm/clock"
	"github.com/ungil/tm/orec"
)

const firstStamp = clock.First

// Read returns the version of s that tx sees: its own, if it has written s, else
// the one in its snapshot. Nil means that the slot was never written: its value
// is the base value, which the caller knows. Lock-free; see Var.Get for what
// happens on a conflict.
func (tx *Tx) Read(s *orec.Slot) *orec.Version {
	if tx.filter != 0 && tx.filter&filterBit(s) != 0 {
		if i := tx.findWrite(s); i >= 0 {
			return tx.writes[i].New
		}
		if tx.claiming() { // then the filter has all bits
			return tx.readVisible(s)
		}
	}
	// Pairs with the compare-and-swap that installed the head: the version and
	// its value are complete.
	n := s.Head.Load()
	if n == nil || n.Stamp.Load() > tx.snapshot {
		n = tx.readSlow(s)
	}
	if tx.mode != modeView {
		tx.logRead(s, n)
	}
	return n
}

// Bound is for data structures that inline the way that a View reads: the version
// at the head of a slot is what Read would return if its stamp is not above Bound.
// Otherwise, and always outside of a View, where Bound is 0, ask Read. Wait-free.
func (tx *Tx) Bound() uint64 { return tx.viewBound }

// Peek is Read without a trace: nothing makes the transaction fail when s
// changes after it. It is for data structures whose author can argue that what
// was concluded from s follows from slots that were read with Read as well, as
// the way down a search tree follows from where it has ended. Of two Peeks the
// second may see a newer state than the first, if the snapshot has moved between
// them. Lock-free.
func (tx *Tx) Peek(s *orec.Slot) *orec.Version {
	if tx.filter != 0 && tx.filter&filterBit(s) != 0 {
		if i := tx.findWrite(s); i >= 0 {
			return tx.writes[i].New
		}
	}
	// Pairs with the compare-and-swap that installed the head, as in Read.
	n := s.Head.Load()
	if n == nil || n.Stamp.Load() > tx.snapshot {
		n = tx.readSlow(s)
	}
	return n
}

// readSlow finds the version of s in the snapshot: it moves the snapshot
// forward, helps, or walks to older versions.
func (tx *Tx) readSlow(s *orec.Slot) *orec.Version {
	if tx.mode == modeEnded {
		panic(misuseEnded("Get or Read"))
	}
	// Code that has recovered the panic reads on. It must not get an old version: the
	// snapshot may be older than the attempt (I4), and OrElse forgives a Retry (I16).
	tx.unwindIfDoomed()
restart:
	for n := s.Head.Load(); n != &orec.Cut; n = n.Prev.Load() {
		if n == nil {
			return nil
		}
		if !tx.fresh && skipNeedsFreshSnapshot && orec.IsPending(n.Stamp.Load()) {
			// Before the first skip of an undecided version the clock must be read
			// (I4): with an older snapshot this attempt could be ordered before a
			// transaction that had returned before it began.
			tx.extendOrConflict()
			goto restart
		}
		stamp := settle(s, n, tx.snapshot, nil)
		if stamp <= tx.snapshot {
			return n
		}
		if stamp == orec.Gap && !tx.registered {
			break
		}
		if orec.IsCommitted(stamp) && tx.mode != modeView && tx.mode != modeWatch && !tx.doomed {
			tx.extendOrConflict()
			goto restart
		}
	}
	if tx.registered {
		panic("tm: BUG: a registered snapshot misses a version")
	}
	if tx.mode == modeUpdate && !tx.doomed {
		// A version that was skipped has been committed and replaced since, and what
		// is behind it dropped. That is no conflict with what tx has read (I16).
		tx.extendOrConflict()
		goto restart
	}
	tx.conflict()
	return nil
}

// extendOrConflict moves the snapshot to now. If something read has changed, the
// attempt is doomed: an explicit transaction goes on with its old snapshot,
// another one unwinds.
func (tx *Tx) extendOrConflict() {
	if tx.Extend() {
		return
	}
	if tx.mode != modeExplicit {
		tx.conflict()
	}
	tx.counts[countReadConflicts].Inc()
	tx.doom()
}

// Extend moves the snapshot of tx to now and reports whether that was possible:
// not if something that tx has read was changed by another transaction. In a
// transaction from Begin nothing else happens then: it goes on with its old snapshot,
// and if it is aborted, that counts as a failure (BeginAged). Lock-free.
func (tx *Tx) Extend() bool {
	if tx.doomed || tx.mode == modeView || tx.mode == modeWatch || tx.mode == modeEnded {
		return false
	}
	if tx.registered {
		// While the snapshot moves, writers must keep what any later one needs.
		tx.bound(orec.AtLeast(tx.snapshot))
		defer func() { tx.bound(orec.Exactly(tx.snapshot)) }()
	}
	now := clock.Now()
	if !allUnchanged(tx.reads, now, nil) {
		tx.overdue = tx.mode == modeExplicit
		return false
	}
	tx.counts[countExtensions].Inc()
	tx.snapshot = now
	tx.fresh = true
	return true
}

// unchanged reports whether what r has seen is still the version of its slot as
// of time. It looks through versions that cannot be committed at or before that
// time: aborted ones, d's own, and those whose owner can only commit later (I3).
// d is the descriptor that is being validated, nil for a running transaction.
func unchanged(r *orec.ReadEntry, time uint64, d *orec.Descriptor) bool {
	n := r.Slot.Head.Load()
	for n != r.Seen {
		if n == nil || n == &orec.Cut {
			return false
		}
		if d == nil || n.Stamp.Load() != orec.Pending(d.ID) {
			if orec.IsCommitted(settle(r.Slot, n, time, d)) {
				return false
			}
		}
		n = n.Prev.Load()
	}
	return true
}

// newestCommitted returns the newest committed version of s, nil for the base
// value. It runs an undecided owner to its end rather than skip it: skipping
// without a snapshot could order the caller before a commit that had returned.
func newestCommitted(s *orec.Slot) *orec.Version {
	for {
		n := s.Head.Load()
		if n == nil || finish(s, n) != orec.Aborted {
			return n
		}
		// Unlinks an aborted version. Its prev is never cut (I8), so what comes
		// back to the head is the version that it was to replace.
		s.Head.CompareAndSwap(n, n.Prev.Load())
	}
}
