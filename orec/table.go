package orec

import (
	"math/bits"

	"github.com/ungil/tm/internal/word"
)

// A Table finds descriptors by the small numbers that pending stamps carry. It
// grows by blocks of doubling size that never move, so a lookup takes no lock.
// The zero Table is ready. Ids are a resource: Acquire gives one out, Release
// takes it back, and the table never gives an id to two holders.
type Table struct {
	blocks [maxBlocks]word.Pointer[[]Entry]
	// next is the smallest id that was never given out.
	next word.Uint64
	// free is the head of the list of returned ids: the id plus one in the low 32
	// bits (0: empty), and above it a count that changes with every pop, so that a
	// pop that was overtaken fails (no ABA).
	free word.Uint64
}

const (
	firstBlockBits = 6
	firstBlock     = 1 << firstBlockBits
	maxBlocks      = 26 // 2^32 ids, more than the free list can name
	freeIDMask     = 1<<32 - 1
)

// An Entry is one id's place in the table.
type Entry struct {
	// Descriptor is what the id stands for now. The id's holder replaces it; the
	// store comes after all stamps with the id are final (I7).
	Descriptor word.Pointer[Descriptor]
	// Bound is what the id's holder says of its registered snapshot. The holder
	// writes it, committing writers read it (I9).
	Bound word.Uint64
	// Counts are the statistics of the id's holders, one after another. They
	// are made with the first one and stay.
	Counts word.Pointer[Counts]
	// nextFree links returned ids, as in Table.free.
	nextFree word.Uint64
	_        [word.LineSize - 4*8]byte
}

// Counts are numbers for statistics, whose meaning is the engine's. They fill two
// lines of their own, since their holder writes them all the time.
type Counts [2 * word.LineSize / 8]word.Count

// place returns the block of an id and the position in it.
func place(id uint64) (block int, at uint64) {
	block = bits.Len64(id+firstBlock) - firstBlockBits - 1
	return block, id + firstBlock - firstBlock<<block
}

// Entry returns the place of an id that was given out. Wait-free.
func (t *Table) Entry(id uint64) *Entry {
	block, at := place(id)
	return &(*t.blocks[block].Load())[at]
}

// Len returns a number above every id that was given out before the call.
// Wait-free.
func (t *Table) Len() uint64 { return t.next.Load() }

// Acquire gives out an id that nobody holds. Lock-free.
func (t *Table) Acquire() (id uint64) {
	for {
		head := t.free.Load()
		first := head & freeIDMask
		if first == 0 {
			return t.grow()
		}
		// Another goroutine may pop the entry and push it again meanwhile; the
		// count in the upper half makes the swap fail then.
		next := t.Entry(first - 1).nextFree.Load()
		if t.free.CompareAndSwap(head, (head>>32+1)<<32|next) {
			return first - 1
		}
	}
}

// Release takes an id back. Lock-free.
func (t *Table) Release(id uint64) {
	entry := t.Entry(id)
	for {
		head := t.free.Load()
		entry.nextFree.Store(head & freeIDMask)
		// Publishes nextFree; pairs with the load of free in Acquire.
		if t.free.CompareAndSwap(head, head&^uint64(freeIDMask)|(id+1)) {
			return
		}
	}
}

// grow gives out an id for the first time, making its block if it is the first.
func (t *Table) grow() uint64 {
	id := t.next.Load()
	for {
		// The block is there before next passes the id, so that whoever walks the
		// table up to Len finds every entry.
		block, _ := place(id)
		if t.blocks[block].Load() == nil {
			fresh := make([]Entry, firstBlock<<block)
			t.blocks[block].CompareAndSwap(nil, &fresh)
		}
		if t.next.CompareAndSwap(id, id+1) {
			return id
		}
		id = t.next.Load()
	}
}

// A Bound tells writers which versions a registered snapshot can need: 0 for
// none, else a time in the upper bits and whether the snapshot is exactly that
// time (1) or may be anywhere from it on (0).
type Bound uint64

// AtLeast is the Bound of a snapshot that is being taken.
func AtLeast(time uint64) Bound { return Bound(time << 1) }

// Exactly is the Bound of a snapshot that stands.
func Exactly(time uint64) Bound { return Bound(time<<1 | 1) }

// Time returns the time part.
func (b Bound) Time() uint64 { return uint64(b >> 1) }

// IsExact reports whether the snapshot is exactly Time.
func (b Bound) IsExact() bool { return b&1 != 0 }
