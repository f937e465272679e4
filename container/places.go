package container

import (
	"iter"
	"math/bits"
	"unsafe"

	"github.com/ungil/tm/internal/word"
	"github.com/ungil/tm/orec"
)

// A row holds the entries of a part: open addressing with linear probing (Knuth, "The
// Art of Computer Programming", volume 3, 6.4) over buckets of a few places; the lowest bits
// of the hash say where to begin. A place is taken by a compare-and-swap from nil, in a
// bucket the first one that is free, and never changes again: all who look for a
// key pass the same places, and it gets one entry.
//
// When three quarters of the places are taken, the row is replaced by a larger one with the
// same entries. First its free places are closed, so that none can be taken after it
// was copied. Whoever meets a closed place does all of that too and waits for nobody.
// Entries keep their slots, so no transaction notices.
type row[K comparable, V any] struct {
	buckets []bucket[K, V] // a power of two
	closed  *entry[K, V]   // what closes a place: the same one for the whole table
	used    word.Int64     // how many places were taken, counted ahead
}

// A bucket is some places in one cache line, and what tells of nearly every entry in
// them that it is not the one looked for: an entry is a line of memory of its own,
// and would be waited for.
type bucket[K comparable, V any] struct {
	// tags has a byte for each place: the tag of the entry there, or 0. It is written
	// after the place was taken, so 0 does not say that the place is free.
	tags   word.Uint64
	places [bucketPlaces]word.Pointer[entry[K, V]]
}

// A bucket is no larger than a line, or this does not compile.
const _ = uint(lineSize - unsafe.Sizeof(bucket[int, int]{}))

const (
	// The tag of an entry is some bits of its hash, neither those of its part nor, in any
	// table that fits into memory, those of its place; and a bit that is always set.
	tagShift = 50
	tagBit   = 0x80

	tagBits   = 8
	everyTag  = 1<<(tagBits*bucketPlaces) - 1
	firstBits = everyTag / 0xff // the lowest bit of each tag
)

func tagOf(h uint64) uint64 { return h>>tagShift&0xff | tagBit }

// A set of places of a bucket has the highest bit of a place's byte set if the place is in.
type placeSet uint64

// equal returns the places with that tag, and maybe others behind the first one.
func equal(tags, tag uint64) placeSet {
	// A byte of x is 0 where the tags are equal, and has its highest bit set where there is
	// none. Subtracting 1 gives the other bytes a highest bit only by a borrow.
	x := tags ^ tag*firstBits
	return placeSet((x - firstBits) &^ x & (firstBits * tagBit))
}

// untagged returns the places that have no tag.
func untagged(tags uint64) placeSet { return placeSet(^tags & (firstBits * tagBit)) }

// first returns the number of the first place of a set.
func (s placeSet) first() int { return bits.TrailingZeros64(uint64(s)) / tagBits }

// others returns the set without its first place.
func (s placeSet) others() placeSet { return s & (s - 1) }

// newRow returns a row for n entries and about as many more.
func newRow[K comparable, V any](closed *entry[K, V], n int) *row[K, V] {
	size := 1
	for 3*size*bucketPlaces < 8*n {
		size *= 2
	}
	return &row[K, V]{buckets: make([]bucket[K, V], size), closed: closed}
}

// next returns the number of the bucket behind bucket i.
func (w *row[K, V]) next(i int) int { return (i + 1) & (len(w.buckets) - 1) }

// begin returns the number of the bucket where a search for a key of that hash begins.
func (w *row[K, V]) begin(h uint64) int { return int(h & uint64(len(w.buckets)-1)) }

// search passes the places in which k may be, up to the one where it is, or that is
// free or closed: there the search ends, in place p of bucket i.
func (w *row[K, V]) search(h uint64, k K) (i, p int, e *entry[K, V]) {
	tag := tagOf(h)
	for i = w.begin(h); ; i = w.next(i) {
		b := &w.buckets[i]
		// Pairs with the Or in take: a place that has a tag was taken. The loads of places
		// pair with the swap there: the entry is complete.
		tags := b.tags.Load()
		for s := equal(tags, tag); s != 0; s = s.others() {
			p = s.first()
			if e = b.places[p].Load(); e.key == k {
				return i, p, e
			}
		}
		if s := untagged(tags); s != 0 {
			if untaggedUnseen {
				return i, s.first(), nil
			}
			if p, e = w.searchUntagged(b, s, k); p < bucketPlaces {
				return i, p, e
			}
		}
	}
}

// searchUntagged is search for places of b that have no tag. If it does not end
// there, p is bucketPlaces.
func (w *row[K, V]) searchUntagged(b *bucket[K, V], s placeSet, k K) (p int, e *entry[K, V]) {
	for ; s != 0; s = s.others() {
		p = s.first()
		if e = b.places[p].Load(); e == nil || e == w.closed || e.key == k {
			return p, e
		}
	}
	return bucketPlaces, nil
}

// take puts fresh, of that hash, into the first free place from place p of bucket i on, and
// returns the entry that its key has now: fresh, that of somebody who was faster, or closed
// if the row has no room any more.
func (w *row[K, V]) take(i, p int, h uint64, fresh *entry[K, V]) *entry[K, V] {
	// Counted before it is taken, so a row never gets fuller than this, and every
	// search comes to an end.
	if 4*w.used.Add(1) > 3*bucketPlaces*int64(len(w.buckets)) {
		return w.closed
	}
	for ; ; i, p = w.next(i), 0 {
		for b := &w.buckets[i]; p < bucketPlaces; p++ {
			if b.places[p].CompareAndSwap(nil, fresh) { // hands over the entry
				b.tags.Or(tagOf(h) << (tagBits * p)) // says that it is there
				return fresh
			}
			if e := b.places[p].Load(); e == w.closed || e.key == fresh.key {
				return e
			}
		}
	}
}

// add puts an entry of that hash into a row that nobody else can reach and that has room.
func (w *row[K, V]) add(h uint64, e *entry[K, V]) {
	i := w.begin(h)
	for untagged(w.buckets[i].tags.Load()) == 0 {
		i = w.next(i)
	}
	b := &w.buckets[i]
	tags := b.tags.Load()
	p := untagged(tags).first()
	word.InitPointer(&b.places[p], e)
	word.InitUint64(&b.tags, tags|tagOf(h)<<(tagBits*p))
	w.used.Add(1)
}

// close closes the free places of a bucket and returns how many are taken.
func (b *bucket[K, V]) close(closed *entry[K, V]) (taken int) {
	for p := range b.places {
		if growUnclosed || !b.places[p].CompareAndSwap(nil, closed) && b.places[p].Load() != closed {
			taken++
		}
	}
	return taken
}

// entries iterates over the entries of a row.
func (w *row[K, V]) entries() iter.Seq[*entry[K, V]] {
	return func(yield func(*entry[K, V]) bool) {
		for i := range w.buckets {
			for p := range w.buckets[i].places {
				if e := w.buckets[i].places[p].Load(); e != nil && e != w.closed && !yield(e) {
					return
				}
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

// newPart returns a part of t with those entries, which nobody else can reach.
func newPart[K comparable, V any](t *table[K, V], entries []*entry[K, V]) *part[K, V] {
	w := newRow(&t.root().closed, len(entries))
	for _, e := range entries {
		w.add(t.hashOf(e.key), e)
	}
	p := &part[K, V]{changes: newChanges(len(entries))}
	word.InitPointer(&p.row, w)
	return p
}

// entry returns the entry of k, which it adds if there is none. Lock-free.
func (p *part[K, V]) entry(t *table[K, V], h uint64, k K) (e *entry[K, V], added bool) {
	var fresh *entry[K, V]
	for {
		w := p.row.Load() // pairs with the swap in grow: the row is complete
		i, place, e := w.search(h, k)
		if e == nil {
			if fresh == nil {
				fresh = &entry[K, V]{key: k}
			}
			e = w.take(i, place, h, fresh)
		}
		if e != w.closed {
			return e, e == fresh
		}
		p.grow(t, w)
	}
}

// grow replaces w, the part's row, by a larger one, unless it was replaced already.
func (p *part[K, V]) grow(t *table[K, V], w *row[K, V]) {
	n := 0
	for i := range w.buckets {
		n += w.buckets[i].close(w.closed)
	}
	larger := newRow(w.closed, n)
	for e := range w.entries() {
		// A NaN has another hash each time. Nobody looks for it.
		larger.add(t.hashOf(e.key), e)
	}
	// Hands over the new row, unless somebody else's is there, with the same entries.
	p.row.CompareAndSwap(w, larger)
}
