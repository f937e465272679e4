package container

import (
	"github.com/ungil/tm"
	"github.com/ungil/tm/internal/word"
	"github.com/ungil/tm/orec"
)

// A trie maps keys, of which the caller knows the hash, to values.
//
// A place's version is its content: a leaf, a branch, a bucket, or nothing. Why
// the way down need not be logged (Peek), and what must be:
//
//   - A branch is taken out of the place that holds it only when all of its own
//     places are empty, by a transaction that has read them all. So as long as
//     something is in a place, everything above it stays where it is: whoever has
//     logged that place needs nothing else.
//   - An empty place may be in a branch that is being taken out. Whoever relies on
//     its emptiness, to put something in or to report that a key is not there, logs the place of the
//     branch too.
//   - Nothing is ever put into a branch that was taken out, by the second rule. So
//     the iterator may go on inside one: all it misses was added since.
type trie[K comparable, V any] struct{ lazy word.Pointer[trieRoot] }

const (
	rootBits   = 6
	branchBits = 4
	branchMask = 1<<branchBits - 1
	// The hash is used from the top; its lowest bits tell what a version is.
	rootShift = 64 - rootBits
	kindMask  = 3
)

type trieRoot struct {
	places [1 << rootBits]orec.Slot
	count  Counter
}

// root returns the root, which the first operation of any kind makes. An empty
// root means the same as none, so it needs no transaction.
func (t *trie[K, V]) root() *trieRoot {
	if r := t.lazy.Load(); r != nil {
		return r
	}
	t.lazy.CompareAndSwap(nil, new(trieRoot))
	return t.lazy.Load()
}

// kind says what a place holds.
type kind uint64

const (
	kindEmpty  kind = iota
	kindLeaf        // a key and its value
	kindBranch      // more places
	kindBucket      // keys whose hashes are equal
)

// content begins every version of a place. Alone it is an empty one.
type content struct {
	orec.Version
	tag uint64 // the hash of leaf and bucket, with the kind in its lowest bits
}

type leaf[K comparable, V any] struct {
	content
	key   K
	value V
}

type branch struct {
	content
	places [1 << branchBits]orec.Slot
}

// bucket holds keys that the trie cannot tell apart: not to be expected, but
// for NaNs.
type bucket[K comparable, V any] struct {
	content
	entries []entry[K, V] // immutable
}

type entry[K comparable, V any] struct {
	key   K
	value V
}

func tag(h uint64, k kind) uint64 { return h&^kindMask | uint64(k) }

// kindOf returns the kind of a version, which may be nil.
func kindOf(v *orec.Version) kind {
	if v == nil {
		return kindEmpty
	}
	return kind(as[content](v).tag & kindMask)
}

// A spot is where a search has ended.
type spot struct {
	place *orec.Slot
	held  *orec.Version // what the place holds: no branch
	shift uint          // of the hash bits that a branch in the place would use
	// above is the place of the branch that place belongs to, nil at the root.
	above  *orec.Slot
	inside *orec.Version // the branch
}

// find returns the spot of a hash, logged as the rules above want it.
func (t *trie[K, V]) find(tx *tm.Tx, h uint64) spot {
	r := t.root()
again:
	at := spot{place: &r.places[h>>rootShift], shift: rootShift - branchBits}
	for {
		at.held = tx.Peek(at.place)
		if kindOf(at.held) == kindBranch {
			at.above, at.inside = at.place, at.held
			at.place = &as[branch](at.held).places[h>>at.shift&branchMask]
			at.shift -= branchBits
			continue
		}
		// The snapshot may have moved since the Peek.
		at.held = tx.Read(at.place)
		switch kindOf(at.held) {
		case kindBranch:
			continue
		case kindEmpty:
			if at.above != nil && tx.Read(at.above) != at.inside {
				goto again
			}
		}
		return at
	}
}

func (t *trie[K, V]) get(tx *tm.Tx, h uint64, k K) (v V, ok bool) {
	if bound := tx.Bound(); bound != 0 {
		if l := as[leaf[K, V]](t.glance(bound, h)); l != nil && l.key == k {
			return l.value, true
		}
	}
	at := t.find(tx, h)
	switch kindOf(at.held) {
	case kindLeaf:
		if l := as[leaf[K, V]](at.held); l.key == k {
			return l.value, true
		}
	case kindBucket:
		b := as[bucket[K, V]](at.held)
		if i := b.index(k); i >= 0 {
			return b.entries[i].value, true
		}
	}
	return v, false
}

// glance returns the leaf to which h leads in a View whose snapshot is bound; nil if it
// meets anything but branches and the leaf, or a version that is not simply the
// newest.
func (t *trie[K, V]) glance(bound, h uint64) *orec.Version {
	r := t.lazy.Load()
	if r == nil {
		return nil
	}
	place := &r.places[h>>rootShift]
	for shift := uint(rootShift - branchBits); ; shift -= branchBits {
		// The loads pair with those of a commit, as in tm.Tx.Read.
		v := place.Head.Load()
		if v == nil || v.Stamp.Load() > bound {
			return nil
		}
		switch c := as[content](v); kind(c.tag & kindMask) {
		case kindLeaf:
			return v
		case kindBranch:
			place = &as[branch](v).places[h>>(shift&63)&branchMask]
		default:
			return nil
		}
	}
}

func (t *trie[K, V]) set(tx *tm.Tx, h uint64, k K, v V) {
	at := t.find(tx, h)
	switch kindOf(at.held) {
	case kindEmpty:
		at.put(tx, newLeaf(h, k, v))
	case kindLeaf:
		l := as[leaf[K, V]](at.held)
		if l.key == k {
			if tx.Pending(at.place) == at.held {
				l.value = v
			} else {
				at.put(tx, newLeaf(h, k, v))
			}
			return
		}
		if l.tag == tag(h, kindLeaf) {
			at.put(tx, newBucket(h, entry[K, V]{l.key, l.value}, entry[K, V]{k, v}))
		} else {
			at.put(tx, split(at.shift, l.tag, newLeaf(l.tag, l.key, l.value), h, newLeaf(h, k, v)))
		}
	case kindBucket:
		if !t.setBucket(tx, at, h, k, v) {
			return
		}
	}
	t.root().count.Add(tx, 1)
}

// setBucket is set where a bucket is; it reports whether k is new.
func (t *trie[K, V]) setBucket(tx *tm.Tx, at spot, h uint64, k K, v V) (added bool) {
	b := as[bucket[K, V]](at.held)
	if b.tag != tag(h, kindBucket) {
		at.put(tx, split(at.shift, b.tag, newBucket(b.tag, b.entries...), h, newLeaf(h, k, v)))
		return true
	}
	n := newBucketOf[K, V](b.tag, b.entries)
	if i := b.index(k); i >= 0 {
		n.entries[i].value = v
		at.put(tx, &n.content)
		return false
	}
	n.entries = append(n.entries, entry[K, V]{k, v})
	at.put(tx, &n.content)
	return true
}

func (t *trie[K, V]) delete(tx *tm.Tx, h uint64, k K) (v V, ok bool) {
	at := t.find(tx, h)
	switch kindOf(at.held) {
	case kindLeaf:
		l := as[leaf[K, V]](at.held)
		if l.key != k {
			return v, false
		}
		v = l.value
		at.put(tx, new(content))
		t.prune(tx, h, at)
	case kindBucket:
		b := as[bucket[K, V]](at.held)
		i := b.index(k)
		if i < 0 {
			return v, false
		}
		v = b.entries[i].value
		at.put(tx, b.without(i))
	default:
		return v, false
	}
	t.root().count.Add(tx, -1)
	return v, true
}

// put writes what at's place is to hold.
func (at *spot) put(tx *tm.Tx, c *content) { tx.Write(at.place, &c.Version) }

// prune takes out the branch that at belongs to if nothing is left in it, and
// then the one above. Two transactions that each remove one of the last two keys
// of a branch both see the other's, and leave the branch: it is used again, or
// goes when it is emptied the next time.
func (t *trie[K, V]) prune(tx *tm.Tx, h uint64, at spot) {
	for at.above != nil {
		places := &as[branch](at.inside).places
		for i := range places { // without a trace until it is worth one
			if kindOf(tx.Peek(&places[i])) != kindEmpty {
				return
			}
		}
		for i := range places {
			if kindOf(tx.Read(&places[i])) != kindEmpty {
				return
			}
		}
		if tx.Read(at.above) != at.inside {
			return
		}
		gone := at.above
		tx.Write(gone, &new(content).Version)
		at = t.find(tx, h) // the place above, empty now
		if at.place != gone {
			return
		}
	}
}

// all calls yield for every key until that returns false.
func (t *trie[K, V]) all(tx *tm.Tx, yield func(K, V) bool) {
	walk(tx, t.root().places[:], yield)
}

func walk[K comparable, V any](tx *tm.Tx, places []orec.Slot, yield func(K, V) bool) bool {
	for i := range places {
		v := tx.Read(&places[i])
		switch kindOf(v) {
		case kindLeaf:
			if l := as[leaf[K, V]](v); !yield(l.key, l.value) {
				return false
			}
		case kindBranch:
			if !walk(tx, as[branch](v).places[:], yield) {
				return false
			}
		case kindBucket:
			if !walkBucket(tx, &places[i], as[bucket[K, V]](v).entries, yield) {
				return false
			}
		}
	}
	return true
}

// walkBucket produces the entries of a bucket that are still there when they
// are reached.
func walkBucket[K comparable, V any](tx *tm.Tx, place *orec.Slot, entries []entry[K, V], yield func(K, V) bool) bool {
	for n, e := range entries {
		if n > 0 {
			v := tx.Read(place)
			if kindOf(v) != kindBucket {
				return true
			}
			b := as[bucket[K, V]](v)
			i := b.index(e.key)
			if i < 0 {
				continue
			}
			e = b.entries[i]
		}
		if !yield(e.key, e.value) {
			return false
		}
	}
	return true
}
