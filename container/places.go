package container

import (
	"iter"

	"github.com/ungil/tm/internal/word"
	"github.com/ungil/tm/orec"
)

// A row holds the entries of a part: open addressing with linear probing (Knuth, "The
// Art of Computer Programming", volume 3, 6.4), by the lowest bits of the hash. A
// place is taken by a compare-and-swap from nil and never changes again, so all
// who look for a key pass the same places, and it gets one entry.
//
// When half of the places are taken, the row is replaced by a larger one with the
// same entries. First its free places are closed, so that none can be taken after it
// was copied. Whoever meets a closed place does all of that too and waits for nobody.
// Entries keep their slots, so no transaction notices.
type row[K comparable, V any] struct {
	places []word.Pointer[entry[K, V]] // a power of two
	closed *entry[K, V]                // what closes a place: the same one for the whole table
	used   word.Int64                  // how many places were taken, counted ahead
}

// leastPlaces is the length of the first row.
const leastPlaces = 4

// newRow returns a row for n entries and about as many more.
func newRow[K comparable, V any](closed *entry[K, V], n int) *row[K, V] {
	size := leastPlaces
	for size < 4*n {
		size *= 2
	}
	return &row[K, V]{places: make([]word.Pointer[entry[K, V]], size), closed: closed}
}

// search passes the places in which k may be, up to the one where it is, or that is
// free or closed: there the search ends.
func (w *row[K, V]) search(h uint64, k K) (i uint64, e *entry[K, V]) {
	mask := uint64(len(w.places) - 1)
	for i = h & mask; ; i = (i + 1) & mask {
		// Pairs with the swap in take: the entry is complete.
		if e = w.places[i].Load(); e == nil || e == w.closed || e.hash == h && e.key == k {
			return i, e
		}
	}
}

// take puts fresh into the first free place from i on, and returns the entry that
// its key has now: fresh, that of somebody who was faster, or closed if the row has
// no room any more.
func (w *row[K, V]) take(i uint64, fresh *entry[K, V]) *entry[K, V] {
	// Counted before it is taken, so a row never gets fuller than half, and every
	// search comes to an end.
	if 2*w.used.Add(1) > int64(len(w.places)) {
		return w.closed
	}
	mask := uint64(len(w.places) - 1)
	for ; ; i = (i + 1) & mask {
		if w.places[i].CompareAndSwap(nil, fresh) { // hands over the entry
			return fresh
		}
		if e := w.places[i].Load(); e == w.closed || e.hash == fresh.hash && e.key == fresh.key {
			return e
		}
	}
}

// add puts an entry into a row that nobody else can reach and that has room.
func (w *row[K, V]) add(e *entry[K, V]) {
	mask := uint64(len(w.places) - 1)
	i := e.hash & mask
	for w.places[i].Load() != nil {
		i = (i + 1) & mask
	}
	word.InitPointer(&w.places[i], e)
	w.used.Add(1)
}

// entries iterates over the entries of a row.
func (w *row[K, V]) entries() iter.Seq[*entry[K, V]] {
	return func(yield func(*entry[K, V]) bool) {
		for i := range w.places {
			if e := w.places[i].Load(); e != nil && e != w.closed && !yield(e) {
				return
			}
		}
	}
}

// part is a version of one of a table's parts.
type part[K comparable, V any] struct {
	orec.Version
	row     word.Pointer[row[K, V]]
	changes *changes
}

// newPart returns a part with those entries, which nobody else can reach.
func newPart[K comparable, V any](closed *entry[K, V], entries []*entry[K, V]) *part[K, V] {
	w := newRow(closed, len(entries))
	for _, e := range entries {
		w.add(e)
	}
	p := &part[K, V]{changes: newChanges(len(entries))}
	word.InitPointer(&p.row, w)
	return p
}

// lookup returns the entry of k, nil if there was none when the caller's snapshot was
// taken. Wait-free.
func (p *part[K, V]) lookup(h uint64, k K) *entry[K, V] {
	// Pairs with the swap in grow: the row is complete. A place in it may have been
	// closed since, and the entry added to a larger row: after the snapshot.
	w := p.row.Load()
	if _, e := w.search(h, k); e != w.closed {
		return e
	}
	return nil
}

// entry returns the entry of k, which it adds if there is none. Lock-free.
func (p *part[K, V]) entry(h uint64, k K) (e *entry[K, V], added bool) {
	var fresh *entry[K, V]
	for {
		w := p.row.Load() // as in lookup
		i, e := w.search(h, k)
		if e == nil {
			if fresh == nil {
				fresh = &entry[K, V]{hash: h, key: k}
			}
			e = w.take(i, fresh)
		}
		if e != w.closed {
			return e, e == fresh
		}
		p.grow(w)
	}
}

// grow replaces w, the part's row, by a larger one, unless it was replaced already.
func (p *part[K, V]) grow(w *row[K, V]) {
	n := 0
	for i := range w.places {
		if growUnclosed || !w.places[i].CompareAndSwap(nil, w.closed) && w.places[i].Load() != w.closed {
			n++
		}
	}
	larger := newRow(w.closed, n)
	for e := range w.entries() {
		larger.add(e)
	}
	// Hands over the new row, unless somebody else's is there, with the same entries.
	p.row.CompareAndSwap(w, larger)
}
