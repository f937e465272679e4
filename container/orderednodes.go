package container

import (
	"cmp"
	"slices"

	"github.com/ungil/tm"
	"github.com/ungil/tm/clock"
	"github.com/ungil/tm/internal/word"
	"github.com/ungil/tm/orec"
)

const (
	// A leaf of an OrderedMap may have so many keys. Fewer would make fewer
	// inserts meet, and the tree higher.
	maxLeaf = 32
	// An inner node may have so many keys. They change seldom.
	maxInner = 128
)

// full reports whether n has more keys than it may.
func (n *node[K]) full() bool {
	if n.leaf {
		return len(n.keys) > maxLeaf
	}
	return len(n.keys) > maxInner
}

// A node is a version of a leaf or of an inner node. Nothing in it ever
// changes. A leaf has a slot for each key, which holds a *held. An inner node has a slot
// for each child, one more than keys: key i is the smallest that belongs to child i+1.
type node[K cmp.Ordered] struct {
	orec.Version
	leaf  bool
	keys  []K
	slots []*orec.Slot
}

// held is a version of a key's slot: its value. A key that was removed from the
// map leaves its slot dead for ever; if it comes back it gets another one.
type held[V any] struct {
	orec.Version
	dead  bool
	value V
}

// newSlot returns a slot that holds v. The slot is of no use to anybody before the
// node that it is in is committed, so v is valid from the beginning of time.
func newSlot(v *orec.Version) *orec.Slot {
	s := new(orec.Slot)
	word.InitUint64(&v.Stamp, clock.First)
	word.InitPointer(&s.Head, v)
	return s
}

// lower returns the position of the first key that is not less than k.
func lower[K cmp.Ordered](keys []K, k K) int {
	// The answer is from i to i+n. The one assignment that depends on a key
	// compiles to a conditional move: there is no jump to be mispredicted.
	i, n := 0, len(keys)
	for n > 0 {
		half := (n + 1) / 2
		if cmp.Less(keys[i+half-1], k) {
			i += half
		}
		n -= half
	}
	return i
}

// child returns which child of an inner node k belongs to.
func (n *node[K]) child(k K) int {
	i := lower(n.keys, k)
	if i < len(n.keys) && cmp.Compare(n.keys[i], k) == 0 {
		i++
	}
	return i
}

// index returns where k is in a leaf, or where it would be.
func (n *node[K]) index(k K) (int, bool) {
	i := lower(n.keys, k)
	return i, i < len(n.keys) && cmp.Compare(n.keys[i], k) == 0
}

// with returns a copy of n with another key and slot. In an inner node the slot
// stands behind the key.
func (n *node[K]) with(i int, k K, s *orec.Slot) *node[K] {
	j := i
	if !n.leaf {
		j++
	}
	return &node[K]{leaf: n.leaf, keys: inserted(n.keys, i, k), slots: inserted(n.slots, j, s)}
}

// without returns a copy of n without a slot and a key beside it.
func (n *node[K]) without(slot int) *node[K] {
	key := slot
	if !n.leaf {
		key = max(0, slot-1) // the first child has no key of its own
	}
	m := &node[K]{leaf: n.leaf, slots: removed(n.slots, slot)}
	if len(n.keys) > 0 {
		m.keys = removed(n.keys, key)
	}
	return m
}

// halves splits a node that is too large. Keys of the right one are not less than
// the key between.
func (n *node[K]) halves() (left *node[K], between K, right *node[K]) {
	h := len(n.keys) / 2
	between = n.keys[h]
	if n.leaf {
		return &node[K]{leaf: true, keys: slices.Clone(n.keys[:h]), slots: slices.Clone(n.slots[:h])}, between,
			&node[K]{leaf: true, keys: slices.Clone(n.keys[h:]), slots: slices.Clone(n.slots[h:])}
	}
	return &node[K]{keys: slices.Clone(n.keys[:h]), slots: slices.Clone(n.slots[:h+1])}, between,
		&node[K]{keys: slices.Clone(n.keys[h+1:]), slots: slices.Clone(n.slots[h+1:])}
}

func inserted[E any](s []E, i int, x E) []E {
	n := make([]E, len(s)+1)
	copy(n, s[:i])
	n[i] = x
	copy(n[i+1:], s[i:])
	return n
}

func removed[E any](s []E, i int) []E {
	n := make([]E, len(s)-1)
	copy(n, s[:i])
	copy(n[i:], s[i+1:])
	return n
}

// A step is one node on the way down from the root.
type step[K cmp.Ordered] struct {
	slot  *orec.Slot
	node  *node[K]
	child int // the way on from an inner node
}

// A way leads from the root to a leaf.
type way[K cmp.Ordered] struct {
	steps []step[K]
	room  [8]step[K] // enough for 16^8 keys and more
}

// leaf returns the last step.
func (w *way[K]) leaf() *step[K] { return &w.steps[len(w.steps)-1] }

// next returns the smallest key that belongs to the leaves behind this one;
// false: there are none.
func (w *way[K]) next() (k K, ok bool) {
	for i := len(w.steps) - 2; i >= 0; i-- {
		if s := &w.steps[i]; s.child < len(s.node.keys) {
			return s.node.keys[s.child], true
		}
	}
	return k, false
}

// down goes from the root to a leaf and logs all nodes. choose says which child
// to take.
func (w *way[K]) down(tx *tm.Tx, root *orec.Slot, choose func(n *node[K]) int) {
	w.steps = w.room[:0]
	for s := root; ; {
		v := tx.Read(s)
		if v == nil { // the root of a map that was always empty
			w.steps = append(w.steps, step[K]{s, &node[K]{leaf: true}, 0})
			return
		}
		n := as[node[K]](v)
		if n.leaf {
			w.steps = append(w.steps, step[K]{s, n, 0})
			return
		}
		i := choose(n)
		w.steps = append(w.steps, step[K]{s, n, i})
		s = n.slots[i]
	}
}
