package tm

import (
	"math/bits"
	"unsafe"

	"github.com/ungil/tm/orec"
)

// A slotIndex finds the position of a slot in a log that is too long to search:
// open addressing with linear probing, at most a quarter full as long as it is short, because most
// that are looked for are not there. The log keeps the slots alive, so that their addresses do
// not become others'.
type slotIndex struct {
	table []indexEntry // empty, or a power of two in length
	shift uint32       // from the hash to the place
	used  int
}

type indexEntry struct {
	slot uintptr // 0: free
	hash uint32
	at   uint32 // the position in the log
}

// indexHash is the upper half of the slot's hash.
func indexHash(s *orec.Slot) uint32 { return uint32(slotHash(s) >> 32) }

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

// find returns the position of s, or -1.
func (x *slotIndex) find(s *orec.Slot) int {
	if len(x.table) == 0 {
		return -1
	}
	mask := uint32(len(x.table) - 1)
	for h := indexHash(s) >> (x.shift & 31); ; h++ {
		switch e := &x.table[h&mask]; e.slot {
		case uintptr(unsafe.Pointer(s)):
			return int(e.at)
		case 0:
			return -1
		}
	}
}

// add records that s, which is not in the index, is at a position.
func (x *slotIndex) add(s *orec.Slot, at int) {
	if n := len(x.table); 4*(x.used+1) > n && (n < longIndex || 2*(x.used+1) > n) {
		x.grow()
	}
	x.put(indexEntry{uintptr(unsafe.Pointer(s)), indexHash(s), uint32(at)})
	x.used++
}

// grow doubles the table.
func (x *slotIndex) grow() {
	old := x.table
	x.table = make([]indexEntry, max(minIndex, 2*len(old)))
	x.shift = uint32(32 - bits.TrailingZeros(uint(len(x.table))))
	for _, e := range old {
		if e.slot != 0 {
			x.put(e)
		}
	}
}

func (x *slotIndex) put(e indexEntry) {
	mask := uint32(len(x.table) - 1)
	h := e.hash >> (x.shift & 31)
	for x.table[h&mask].slot != 0 {
		h++
	}
	x.table[h&mask] = e
}
