package container

import (
	"hash/maphash"

	"github.com/ungil/tm"
	"github.com/ungil/tm/clock"
	"github.com/ungil/tm/internal/word"
	"github.com/ungil/tm/orec"
)

// A table maps keys to values.
//
// Each key has an entry of its own, with a slot for its value. Which entries there
// are is not part of any transaction: who needs one that is not there adds it by a
// compare-and-swap (places.go), and it says that its key is absent, as before. So
// transactions on different keys never meet.
//
// Entries of keys that are absent are taken out by transactions of their own
// (sweep.go), a part of the table at a time: the part is the version of a slot. What
// that needs:
//
//   - Whoever puts a key in has added the entry before. So in every snapshot a
//     key is absent if the part has no entry for it.
//   - A sweep reads the number of keys, and then looks which entries are there. Who
//     puts a key in before the sweep commits makes it fail, and entries that were added
//     after it has looked are lost with the old part.
//   - So who relies on an entry whose key is absent, to put it in or to report that
//     it is not there, logs the part too. A key that is there keeps its
//     entry, so who has found it need log nothing but its slot.
type table[K comparable, V any] struct {
	lazy word.Pointer[tableRoot[K, V]]
	// hash is for tests, which want keys to meet; nil: maphash.Comparable.
	hash func(K) uint64
}

// seed is that of all maps of the process; hashes cannot be foreseen from outside.
var seed = maphash.MakeSeed()

func (t *table[K, V]) hashOf(k K) uint64 {
	if t.hash != nil {
		return t.hash(k)
	}
	return maphash.Comparable(seed, k)
}

const (
	// A table's parts; the highest bits of the hash say which one a key is in.
	partBits  = 6
	partShift = 64 - partBits
)

type tableRoot[K comparable, V any] struct {
	parts  [1 << partBits]orec.Slot // *part
	count  Counter
	closed entry[K, V] // of no key, and nobody ever gives it a value: see row
}

// An entry is what the table knows of a key. Only its slot ever changes. It is as small as
// it can be, since a look-up waits for its memory: the hash, which is needed again
// only when a row is replaced, is computed again.
type entry[K comparable, V any] struct {
	slot orec.Slot // *content, or *mark or nil: the key is absent
	key  K
}

// mark begins every version of an entry's slot. Alone it says that the key is absent.
type mark struct {
	orec.Version
	present bool
}

// content is the version of a key that is there.
type content[V any] struct {
	orec.Version
	present bool
	value   V
}

func present(v *orec.Version) bool { return v != nil && as[mark](v).present }

// newContent returns a fresh version with a value.
func newContent[V any](x V) *orec.Version {
	return &(&content[V]{present: true, value: x}).Version
}

// root returns the root, which the first operation of any kind makes. An empty
// root means the same as none, so it needs no transaction.
func (t *table[K, V]) root() *tableRoot[K, V] {
	if r := t.lazy.Load(); r != nil {
		return r
	}
	t.lazy.CompareAndSwap(nil, new(tableRoot[K, V]))
	return t.lazy.Load()
}

// part returns the part in s as tx sees it. The first one is made outside of any
// transaction: it has no entry, which means the same as no part.
func (t *table[K, V]) part(tx *tm.Tx, s *orec.Slot) *part[K, V] {
	v := tx.Peek(s)
	if v == nil {
		p := newPart(t, nil)
		word.InitUint64(&p.Stamp, clock.First)
		// Publishes the part. If somebody was faster, the slot has another, and a
		// slot that has a version always has one in every snapshot from now on.
		s.Head.CompareAndSwap(nil, &p.Version)
		v = tx.Peek(s)
	}
	return as[part[K, V]](v)
}

func (t *table[K, V]) get(tx *tm.Tx, k K) (x V, ok bool) {
	var h uint64
	if t.hash == nil { // hashOf, which the compiler does not inline
		h = maphash.Comparable(seed, k)
	} else {
		h = t.hash(k)
	}
	bound := tx.Bound()
	if bound == 0 {
		_, v := t.find(tx, h, k)
		if !present(v) {
			return x, false
		}
		return as[content[V]](v).value, true
	}
	r := t.lazy.Load()
	if r == nil {
		return x, false
	}
	// In a View nothing needs to be logged, nor any entry to be added. The loads of
	// heads and stamps pair with those of a commit, as in tm.Tx.Read.
	s := &r.parts[h>>partShift]
	v := s.Head.Load()
	if v == nil || v.Stamp.Load() > bound {
		if v = tx.Read(s); v == nil {
			return x, false
		}
	}
	// Pairs with the swap in grow: the row is complete. If a place in it was closed since,
	// and the entry added to a larger row, that was after the snapshot: the key is
	// absent, as r.closed says too.
	_, _, e := as[part[K, V]](v).row.Load().search(h, k)
	if e == nil {
		return x, false
	}
	if v = e.slot.Head.Load(); v == nil || v.Stamp.Load() > bound {
		v = tx.Read(&e.slot)
	}
	if !present(v) {
		return x, false
	}
	return as[content[V]](v).value, true
}

// find returns the entry of k, added if need be, and what its slot holds, logged
// as the rules above want it.
func (t *table[K, V]) find(tx *tm.Tx, h uint64, k K) (*entry[K, V], *orec.Version) {
	r := t.root()
	s := &r.parts[h>>partShift]
	for {
		p := t.part(tx, s)
		e, added := p.entry(t, h, k)
		if added {
			t.changed(tx, s, p)
		}
		if missUnlogged && !present(tx.Peek(&e.slot)) {
			return e, nil
		}
		v := tx.Read(&e.slot)
		// The part may have been replaced since it was looked at.
		if present(v) || partUnlogged || tx.Read(s) == &p.Version {
			return e, v
		}
	}
}

func (t *table[K, V]) set(tx *tm.Tx, k K, x V) {
	e, v := t.find(tx, t.hashOf(k), k)
	switch {
	case !present(v):
		t.put(tx, e, x)
	case tx.Wrote() && tx.Pending(&e.slot) == v:
		as[content[V]](v).value = x
	default:
		tx.Write(&e.slot, newContent(x))
	}
}

// insert is set unless k is there already; it reports whether it was not.
func (t *table[K, V]) insert(tx *tm.Tx, k K, x V) bool {
	e, v := t.find(tx, t.hashOf(k), k)
	if present(v) {
		return false
	}
	t.put(tx, e, x)
	return true
}

// put gives a key that is absent a value.
func (t *table[K, V]) put(tx *tm.Tx, e *entry[K, V], x V) {
	tx.Write(&e.slot, newContent(x))
	t.root().count.Add(tx, 1)
}

func (t *table[K, V]) delete(tx *tm.Tx, k K) (x V, ok bool) {
	h := t.hashOf(k)
	e, v := t.find(tx, h, k)
	if !present(v) {
		return x, false
	}
	x = as[content[V]](v).value
	tx.Write(&e.slot, &new(mark).Version)
	r := t.root()
	r.count.Add(tx, -1)
	s := &r.parts[h>>partShift]
	t.changed(tx, s, t.part(tx, s))
	return x, true
}

// all calls yield for every key until that returns false.
func (t *table[K, V]) all(tx *tm.Tx, yield func(K, V) bool) {
	r := t.root()
	if tx.Bound() == 0 && !loopUncounted {
		// Keys may be added where the loop has been already: they change the count.
		r.count.Value(tx)
	}
	for i := range r.parts {
		v := tx.Peek(&r.parts[i])
		if v == nil {
			continue
		}
		for e := range as[part[K, V]](v).row.Load().entries() {
			v := tx.Read(&e.slot)
			if present(v) && !yield(e.key, as[content[V]](v).value) {
				return
			}
		}
	}
}
