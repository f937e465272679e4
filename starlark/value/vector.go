package value

import (
	"math/bits"
	"unsafe"

	"github.com/ungil/tm/internal/word"
	"github.com/ungil/tm/orec"
)

// A vector overlays positions 0, 1, 2, ... of immutable base contents with
// slots. There is one segment slot for every 64 positions; its first
// version, written by the first transaction that writes one of them, leads to
// 64 element slots. A transaction that reads a position near which nothing was
// ever written thus reads the segment slot and nothing else, and a later first
// write conflicts with it there. A segment is never replaced.
//
// The segment slots themselves are in blocks of doubling size that never move.
type vector struct {
	first orec.Slot // segment 0; most containers are small
	more  word.Pointer[blocks]
}

const (
	segmentBits = 6
	segmentSize = 1 << segmentBits
)

// blocks lead to the segment slots from number 1: block k holds 1<<k of them.
// Each pointer goes from nil to non-nil once, by CAS.
type blocks [32]word.Pointer[orec.Slot]

// A segment holds the element slots of 64 positions.
type segment [segmentSize]orec.Slot

// A segmentVersion is in one piece with the segment that it leads to, so that a reader waits for
// memory once.
type segmentVersion struct {
	orec.Version
	s segment
}

// segmentSlot returns the slot of segment n, making its block if need be: also
// a reader needs the slot, to conflict there with the first writer.
func (v *vector) segmentSlot(n int) *orec.Slot {
	if n == 0 {
		return &v.first
	}
	b := v.more.Load()
	if b == nil {
		// The CAS hands over the zeroed blocks; it pairs with the load above.
		v.more.CompareAndSwap(nil, new(blocks))
		b = v.more.Load()
	}
	k := bits.Len(uint(n)) - 1
	block := b[k].Load()
	if block == nil {
		fresh := make([]orec.Slot, 1<<k)
		b[k].CompareAndSwap(nil, &fresh[0]) // as above
		block = b[k].Load()
	}
	return (*orec.Slot)(unsafe.Add(unsafe.Pointer(block), uintptr(n-1<<k)*unsafe.Sizeof(*block)))
}

// seenSegments is how many segments a thread remembers of its transaction.
const seenSegments = 64

// A seenSegment is a segment slot that the running transaction has read or written:
// valid while reading is the thread's Reading. As long as it is, the transaction's logs
// keep the vector, so that its address cannot become another's.
type seenSegment struct {
	vector  uintptr
	n       int
	reading uint64
	s       *segment
}

// seenSegment returns the place where the thread would remember segment n.
func (t *Thread) seenSegment(v *vector, n int) *seenSegment {
	const spread = 0x9e3779b97f4a7c15 // 2^64 divided by the golden ratio
	address := uint64(uintptr(unsafe.Pointer(v))) + uint64(n)
	return &t.seen[address*spread>>(64-bits.Len(seenSegments-1))]
}

// is reports whether seen is segment n of v, seen by the attempt that reading stands for.
func (seen *seenSegment) is(v *vector, n int, reading uint64) bool {
	return seen.vector == uintptr(unsafe.Pointer(v)) && seen.n == n && seen.reading == reading
}

// segment returns segment n as the thread's transaction sees it, or nil if it was
// never written.
func (v *vector) segment(t *Thread, n int) *segment {
	seen := t.seenSegment(v, n)
	if seen.is(v, n, t.Reading) {
		return seen.s
	}
	return v.segmentSlow(t, n, seen)
}

// segmentSlow reads the slot of segment n, and remembers what it has seen.
func (v *vector) segmentSlow(t *Thread, n int, seen *seenSegment) *segment {
	var s *segment
	if sv := (*segmentVersion)(unsafe.Pointer(readSlot(t.Tx(), v.segmentSlot(n), unloggedBase))); sv != nil {
		s = &sv.s
	}
	*seen = seenSegment{uintptr(unsafe.Pointer(v)), n, t.Reading, s}
	return s
}

// slot returns the slot of position i, to write it.
func (v *vector) slot(t *Thread, i int) *orec.Slot {
	n := i >> segmentBits
	s := v.segment(t, n)
	if s == nil {
		s = v.makeSegment(t, n)
	}
	return &s[i&(segmentSize-1)]
}

// makeSegment makes segment n, of which the thread's transaction has seen that there is none.
func (v *vector) makeSegment(t *Thread, n int) *segment {
	w := new(segmentVersion)
	t.Tx().Write(v.segmentSlot(n), &w.Version)
	*t.seenSegment(v, n) = seenSegment{uintptr(unsafe.Pointer(v)), n, t.Reading, &w.s}
	return &w.s
}
