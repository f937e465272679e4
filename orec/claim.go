package orec

import (
	"math/bits"

	"github.com/ungil/tm/internal/word"
)

// filterWords times 64 bits is the size of a Claim's filter.
const filterWords = 16

// Words is a set of words of a filter.
type Words uint16

// AllWords is the whole filter.
const AllWords = ^Words(0)

// WordOf is the set of the word with the bit of the slot of that hash.
func WordOf(hash uint64) Words { return 1 << (hash >> 60) }

// A Claim is what an attempt with a priority lets commits see: how important it
// is and, in a Bloom filter, which slots it has read or is about to write. A
// commit that would change one of them gives way to a higher priority (I15).
type Claim struct {
	_ word.Pad
	// Priority orders claims, the larger one first; 0 means that the claim is free.
	Priority word.Uint64
	// Patience is how many more commits must give way before the attempt gets on.
	Patience word.Int64
	// Goroutine is the number of the goroutine that the attempt runs on, 0 if that
	// is not known.
	Goroutine word.Uint64
	filter    [filterWords]word.Uint64
	_         word.Pad
}

// bit gives the place of a slot, by its hash, in the filter.
func (c *Claim) bit(hash uint64) (w *word.Uint64, bit uint64) {
	return &c.filter[hash>>60], 1 << (hash >> 54 & 63)
}

// Has reports whether the slot of that hash is in the filter: true for every one
// that was added, and for some others.
func (c *Claim) Has(hash uint64) bool {
	w, bit := c.bit(hash)
	return w.Load()&bit != 0
}

// Add puts the slot of that hash into the filter and reports whether it is new
// there. Lock-free.
func (c *Claim) Add(hash uint64) bool {
	w, bit := c.bit(hash)
	return w.Load()&bit == 0 && w.Or(bit)&bit == 0
}

// Free empties the filter and then gives the claim up. Only the words whose bits
// are in used need it.
func (c *Claim) Free(used Words) {
	for w := uint64(used); w != 0; w &= w - 1 {
		c.filter[bits.TrailingZeros64(w)].Store(0)
	}
	c.Priority.Store(0)
}

// Grant takes one from the patience and reports whether there was any left. Lock-free.
func (c *Claim) Grant() bool {
	for {
		n := c.Patience.Load()
		if n <= 0 {
			return false
		}
		if c.Patience.CompareAndSwap(n, n-1) {
			return true
		}
	}
}
