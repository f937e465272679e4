package tm

import "github.com/ungil/tm/orec"

// A slotIndex finds the position of a slot in a log that is too long to search:
// open addressing with linear probing, at most a quarter full as long as it is short,
// because most slots that are looked for are not there. A word has half of the slot's hash above the
// position plus one, 0 if it is free. Whoever looks for a slot compares it with the log's.
type slotIndex struct {
	table []uint64 // empty, or a power of two in length
	used  int
}

const (
	// indexFrom is the length from which a log is worth an index.
	indexFrom = 12
	minIndex  = 64
	// longIndex is the length from which a table may be half full: it is not in the fast cache anyway.
	longIndex = 1 << 12
	// sparseIndex is how many times as long as needed a table may be and still be
	// cleared rather than given to the collector.
	sparseIndex = 16
)

// indexHash is the part of the slot's hash that an index has.
func indexHash(s *orec.Slot) uint32 { return uint32(slotHash(s) >> 32) }

func (x *slotIndex) reset() {
	if x.used == 0 {
		return
	}
	if len(x.table) > sparseIndex*max(x.used, minIndex) || len(x.table) > keptEntries {
		x.table = nil
	}
	clear(x.table)
	x.used = 0
}

// next returns the first position from a place on at which there may be a slot with that hash, -1 if
// there is none, and the place behind it. The first place is the hash.
func (x *slotIndex) next(hash, place uint32) (at int, after uint32) {
	if len(x.table) == 0 {
		return -1, 0
	}
	for mask := uint32(len(x.table) - 1); ; place++ {
		w := x.table[place&mask]
		if w == 0 || uint32(w>>32) == hash {
			return int(uint32(w)) - 1, place + 1
		}
	}
}

// add records that a slot with that hash, which is not in the index, is at a position.
func (x *slotIndex) add(hash uint32, at int) {
	if n := len(x.table); 4*(x.used+1) > n && (n < longIndex || 2*(x.used+1) > n) {
		x.grow()
	}
	x.put(uint64(hash)<<32 | uint64(at+1))
	x.used++
}

// grow doubles the table.
func (x *slotIndex) grow() {
	old := x.table
	x.table = make([]uint64, max(minIndex, 2*len(old)))
	for _, w := range old {
		if w != 0 {
			x.put(w)
		}
	}
}

func (x *slotIndex) put(w uint64) {
	place, mask := uint32(w>>32), uint32(len(x.table)-1)
	for x.table[place&mask] != 0 {
		place++
	}
	x.table[place&mask] = w
}
