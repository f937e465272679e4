package value

import (
	"math/bits"
	"unsafe"

	"github.com/ungil/tm"
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

type segmentVersion struct {
	orec.Version
	s *segment
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

// segment returns segment n as tx sees it, or nil if it was never written.
func (v *vector) segment(tx *tm.Tx, n int) *segment {
	if sv := (*segmentVersion)(unsafe.Pointer(readSlot(tx, v.segmentSlot(n), unloggedBase))); sv != nil {
		return sv.s
	}
	return nil
}

// read returns what was last written at position i, nil if nothing was.
func (v *vector) read(tx *tm.Tx, i int) *orec.Version {
	if s := v.segment(tx, i>>segmentBits); s != nil {
		return tx.Read(&s[i&(segmentSize-1)])
	}
	return nil
}

// slot returns the slot of position i, to write it.
func (v *vector) slot(tx *tm.Tx, i int) *orec.Slot {
	n := i >> segmentBits
	s := v.segment(tx, n)
	if s == nil {
		s = v.makeSegment(tx, n)
	}
	return &s[i&(segmentSize-1)]
}

// makeSegment makes segment n, of which tx has seen that there is none.
func (v *vector) makeSegment(tx *tm.Tx, n int) *segment {
	w := &segmentVersion{s: new(segment)}
	tx.Write(v.segmentSlot(n), &w.Version)
	return w.s
}
