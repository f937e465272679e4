package container

import (
	"github.com/ungil/tm"
	"github.com/ungil/tm/clock"
	"github.com/ungil/tm/internal/word"
	"github.com/ungil/tm/orec"
)

// A table maps keys, of which the caller knows the hash, to values.
//
// Each key has an entry of its own, with a slot for its value. Which entries there
// are is not part of any transaction: who needs one that is not there adds it by a
// compare-and-swap (places.go), and it says that its key is absent, as before. So
// transactions on different keys never meet.
//
// Entries of keys that are absent are taken out by transactions of their own
// (sweep.go), a part of the table at a time: the part is the version of a slot.
// What must be logged for that:
//
//   - A part without an entry for a key means that the key is absent as long as
//     the part is valid: whoever puts a key in adds the entry before it commits.
//   - An entry that is taken out is marked as dead by the same transaction, so it
//     is enough for those who have found their key to log its slot.
//   - An entry that was added after the sweep has looked is lost with the old
//     part. So whoever relies on an entry whose key is absent, to put it in or to
//     report that it is not there, logs the part as well.
//   - An entry that was added and put to use after the sweep has looked makes
//     the sweep fail, because that has read the number of keys.
type table[K comparable, V any] struct{ lazy word.Pointer[tableRoot[K, V]] }

const (
	// A table's parts; the highest bits of the hash say which one a key is in.
	partBits  = 6
	partShift = 64 - partBits
)

type tableRoot[K comparable, V any] struct {
	parts  [1 << partBits]orec.Slot // *part
	count  Counter
	closed entry[K, V] // of no key: see row
}

// An entry is what the table knows of a key. Only its slot ever changes.
type entry[K comparable, V any] struct {
	slot orec.Slot // *content, or *mark if the key is absent; nil: absent
	hash uint64
	key  K
}

// presence says what a version of an entry's slot means.
type presence uint8

const (
	absent  presence = iota
	present          // a content
	dead             // absent, and the entry has been taken out of the table
)

// mark begins every version of an entry's slot. Alone it has no value.
type mark struct {
	orec.Version
	presence presence
}

type content[V any] struct {
	orec.Version
	presence presence
	value    V
}

func presenceOf(v *orec.Version) presence {
	if v == nil {
		return absent
	}
	return as[mark](v).presence
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
func (r *tableRoot[K, V]) part(tx *tm.Tx, s *orec.Slot) *part[K, V] {
	v := tx.Peek(s)
	if v == nil {
		p := newPart(&r.closed, nil)
		word.InitUint64(&p.Stamp, clock.First)
		// Publishes the part. If somebody was faster, the slot has another, and a
		// slot that has a version always has one in every snapshot from now on.
		s.Head.CompareAndSwap(nil, &p.Version)
		v = tx.Peek(s)
	}
	return as[part[K, V]](v)
}

func (t *table[K, V]) get(tx *tm.Tx, h uint64, k K) (x V, ok bool) {
	bound := tx.Bound()
	if bound == 0 {
		_, v := t.find(tx, h, k)
		if presenceOf(v) != present {
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
	e := as[part[K, V]](v).lookup(h, k)
	if e == nil {
		return x, false
	}
	if v = e.slot.Head.Load(); v == nil || v.Stamp.Load() > bound {
		v = tx.Read(&e.slot)
	}
	if presenceOf(v) != present {
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
		p := r.part(tx, s)
		e, added := p.entry(h, k)
		if added {
			t.changed(tx, s, p)
		}
		v := tx.Read(&e.slot)
		// An absent key's entry may have been lost, and the snapshot may have moved
		// since the part was looked at.
		if presenceOf(v) == present || tx.Read(s) == &p.Version && presenceOf(v) != dead {
			return e, v
		}
	}
}

func (t *table[K, V]) set(tx *tm.Tx, h uint64, k K, x V) {
	e, v := t.find(tx, h, k)
	if presenceOf(v) != present {
		tx.Write(&e.slot, &(&content[V]{presence: present, value: x}).Version)
		t.root().count.Add(tx, 1)
		return
	}
	if tx.Pending(&e.slot) == v {
		as[content[V]](v).value = x
		return
	}
	tx.Write(&e.slot, &(&content[V]{presence: present, value: x}).Version)
}

func (t *table[K, V]) delete(tx *tm.Tx, h uint64, k K) (x V, ok bool) {
	e, v := t.find(tx, h, k)
	if presenceOf(v) != present {
		return x, false
	}
	x = as[content[V]](v).value
	tx.Write(&e.slot, &new(mark).Version)
	r := t.root()
	r.count.Add(tx, -1)
	s := &r.parts[h>>partShift]
	t.changed(tx, s, r.part(tx, s))
	return x, true
}

// all calls yield for every key until that returns false.
func (t *table[K, V]) all(tx *tm.Tx, yield func(K, V) bool) {
	r := t.root()
	if tx.Bound() == 0 {
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
			if presenceOf(v) == present && !yield(e.key, as[content[V]](v).value) {
				return
			}
		}
	}
}
