package value

import (
	"math"
	"unsafe"

	"github.com/ungil/tm"
	"github.com/ungil/tm/orec"
)

// A sharedList is the contents of a published list: the immutable elements it
// had, under an overlay.
//
// Whether position i holds an element can be told from its own slot: one
// below the length has a value (its own, or the base's), one at or above it
// none (never written and outside the base, or written as unset). So reading
// or writing elements does not read the length, and growth conflicts with nobody
// who does. Removing elements writes their slots.
type sharedList struct {
	base    []Value
	length  orec.Slot // a countVersion; never written: len(base)
	overlay vector
}

// A countVersion is one value of a counting slot.
type countVersion struct {
	orec.Version
	n int
}

// writeCount stores n in s.
func writeCount(tx *tm.Tx, s *orec.Slot, n int) {
	if own := (*countVersion)(unsafe.Pointer(tx.Pending(s))); own != nil {
		own.n = n
		return
	}
	w := &countVersion{n: n}
	tx.Write(s, &w.Version)
}

func (s *sharedList) len(t *Thread) int {
	if t.locking {
		return s.locked().len(t)
	}
	if v := (*countVersion)(unsafe.Pointer(readSlot(t.Tx(), &s.length, unloggedLengths))); v != nil {
		return v.n
	}
	return len(s.base)
}

// maxLen is the highest number of elements a list may have: more would not
// fit the blocks of its overlay.
const maxLen = min(1<<31, math.MaxInt)

// at returns element i >= 0; ok is false if there is none.
func (s *sharedList) at(t *Thread, i int) (v Value, ok bool) {
	if t.locking {
		return s.locked().at(t, i)
	}
	if i >= maxLen {
		return Value{}, false
	}
	v = s.element(t, i)
	return v, v.IsSet()
}

// element returns element i, 0 <= i < maxLen, in a transaction; unset: there is none.
func (s *sharedList) element(t *Thread, i int) Value {
	// As vector.segment does, without the call.
	n := i >> segmentBits
	seen := t.seenSegment(&s.overlay, n)
	seg := seen.s
	if !seen.is(&s.overlay, n, t.Reading) {
		seg = s.overlay.segmentSlow(t, n, seen)
	}
	if seg != nil {
		if w := (*cellVersion)(unsafe.Pointer(t.Tx().Read(&seg[i&(segmentSize-1)]))); w != nil {
			return w.v
		}
	}
	if i < len(s.base) {
		return s.base[i]
	}
	return Value{}
}

// set assigns to element i, or makes it one; v unset: it is none any more. False: under Locks
// another thread has removed the element.
func (s *sharedList) set(t *Thread, i int, v Value) bool {
	if t.locking {
		return s.locked().set(t, i, v)
	}
	tx := t.Tx()
	var base Value
	if i < len(s.base) {
		base = s.base[i]
	}
	seg := s.overlay.segment(t, i>>segmentBits)
	if seg == nil {
		if base == v {
			return true
		}
		seg = s.overlay.makeSegment(t, i>>segmentBits)
	}
	slot := &seg[i&(segmentSize-1)]
	if holds(tx, slot, base, v) {
		return true
	}
	Publish(t, v)
	writeCell(t, slot, v)
	return true
}

// replace assigns to element i of a list that was published for transactions, and reports
// whether it did: not if there is no such element, or if nothing was ever written near it.
func (s *sharedList) replace(t *Thread, i int, v Value) bool {
	seg := s.overlay.segment(t, i>>segmentBits)
	if seg == nil {
		return false
	}
	slot := &seg[i&(segmentSize-1)]
	var old Value
	if w := (*cellVersion)(unsafe.Pointer(t.Tx().Read(slot))); w != nil {
		old = w.v
	} else if i < len(s.base) {
		old = s.base[i]
	}
	if !old.IsSet() {
		return false
	}
	if old != v { // else that counts as read, see holds
		Publish(t, v)
		writeCell(t, slot, v)
	}
	return true
}

// snapshot returns all elements as the running transaction sees them.
func (s *sharedList) snapshot(t *Thread) []Value {
	if t.locking {
		return s.locked().snapshot(t)
	}
	n, tx := s.len(t), t.Tx()
	all := make([]Value, n)
	copy(all, s.base)
	for from := 0; from < n; from += segmentSize {
		seg := s.overlay.segment(t, from>>segmentBits)
		if seg == nil {
			continue
		}
		for i := from; i < min(from+segmentSize, n); i++ {
			if w := (*cellVersion)(unsafe.Pointer(tx.Read(&seg[i-from]))); w != nil {
				all[i] = w.v
			}
		}
	}
	return all
}

// store replaces everything from position from on by tail.
func (s *sharedList) store(t *Thread, from int, tail []Value) {
	if t.locking {
		s.locked().store(t, from, tail)
		return
	}
	old := s.len(t)
	for i, v := range tail {
		s.set(t, from+i, v)
	}
	n := from + len(tail)
	for i := n; i < old; i++ {
		s.set(t, i, Value{})
	}
	if n != old {
		writeCount(t.Tx(), &s.length, n)
	}
}
