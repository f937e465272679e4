package tm

import (
	"github.com/ungil/tm/orec"
)

// maxPushes bounds how often readers may raise one commit's floor. With a clock
// that never stands still every reader has another snapshot, and without a bound
// they could keep a writer from ever choosing a time (I10). From then on readers
// run the commit instead.
const maxPushes = 4

// pin returns the owner of n, which had the pending stamp, or nil if n is
// decided by now. The caller may read the owner's logs until it calls unpin.
//
// Why the owner cannot have been reused: an owner writes all its stamps before it
// looks at its pins. The stamp is still pending after the pin was added, so the
// owner will see the pin (I6).
func pin(n *orec.Version, stamp uint64) *orec.Descriptor {
	d := descriptors.Entry(stamp &^ orec.PendingBit).Descriptor.Load()
	d.Pins.Add(1)
	if n.Stamp.Load() != stamp && !pinWithoutCheck {
		unpin(d)
		return nil
	}
	return d
}

// unpin gives d back. The Add orders the caller's reads of the logs ahead of
// their reuse; pairs with the owner's load of Pins.
func unpin(d *orec.Descriptor) { d.Pins.Add(-1) }

// owner returns the pinned owner of n, a version of s, and n's pending stamp; nil
// and the final stamp if n is decided.
func owner(s *orec.Slot, n *orec.Version) (d *orec.Descriptor, stamp uint64) {
	for {
		stamp = n.Stamp.Load()
		switch {
		case !orec.IsPending(stamp):
			return nil, stamp
		case stamp == orec.Single:
			decideSingle(s, n)
		default:
			if d = pin(n, stamp); d != nil {
				return d, stamp
			}
		}
	}
}

// settle returns what n, a version of s, is to somebody at time: its commit time, Aborted, or its
// pending stamp if its owner can only commit after time. For a validation, by is
// the validating descriptor; owners with the same time are ordered by id (I5).
// Lock-free: it helps only owners with a smaller (time, id).
func settle(s *orec.Slot, n *orec.Version, time uint64, by *orec.Descriptor) uint64 {
	for {
		d, stamp := owner(s, n)
		if d == nil {
			return stamp
		}
		later := settleOwner(d, n, stamp, time, by)
		unpin(d)
		if later {
			return stamp
		}
	}
}

// settleOwner brings n's pinned owner one step closer to what settle wants; it
// reports whether the owner can only commit after time.
func settleOwner(d *orec.Descriptor, n *orec.Version, stamp, time uint64, by *orec.Descriptor) bool {
	s := d.LoadStatus()
	switch s.State() {
	case orec.Installing:
		if s.Time() >= time || !raiseFloor {
			return true
		}
		if by == nil && d.Pushes.Load() >= maxPushes {
			help(d)
			return false
		}
		// Raises the floor: the owner's time must now be above the caller's, even
		// if it has read the clock already, because its step to Validating expects
		// the old floor (I2).
		if d.CompareAndSwapStatus(s, orec.Pack(orec.Installing, time)) {
			d.Pushes.Add(1)
			return true
		}
	case orec.Validating:
		if s.Time() > time || breakTies && s.Time() == time && by != nil && d.ID > by.ID {
			return true
		}
		countHelp(d)
		decide(d, s.Time())
	case orec.Committed:
		// Copies the outcome; the owner and other helpers write the same.
		n.Stamp.CompareAndSwap(stamp, s.Time())
	case orec.Failed:
		n.Stamp.CompareAndSwap(stamp, orec.Aborted)
	}
	return false
}

// help is run by somebody else than the owner.
func help(d *orec.Descriptor) (time uint64, ok bool) {
	countHelp(d)
	return run(d)
}

// finish runs the owner of n, a version of s, to its end and returns n's final
// stamp. Lock-free.
func finish(s *orec.Slot, n *orec.Version) uint64 {
	for {
		d, stamp := owner(s, n)
		if d == nil {
			return stamp
		}
		outcome := orec.Aborted
		if time, ok := help(d); ok {
			outcome = time
		}
		n.Stamp.CompareAndSwap(stamp, outcome)
		unpin(d)
	}
}
