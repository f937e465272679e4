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
	// inserts meet, and the tree higher. With 30 keys of 8 bytes it fits into 512. At least
	// 30 and at most 31: see leaf.lower.
	maxLeaf = 30
	// An inner node may have so many keys. They change seldom.
	maxInner = 128
)

// A node is what begins a version of a leaf or of an inner node. Nothing in either ever
// changes. A leaf has a slot for each key, which holds a *held. An inner node has a slot
// for each child, one more than keys: key i is the smallest that belongs to child i+1.
type node[K cmp.Ordered] struct {
	orec.Version
	leaf bool
	n    int32 // keys in a leaf
}

// A leaf is one piece of memory: a look-up in a large map finds it nowhere in the
// cache, and need not wait for the address of its keys too.
type leaf[K cmp.Ordered] struct {
	node[K]
	keys  [maxLeaf]K
	slots [maxLeaf]*orec.Slot
}

type inner[K cmp.Ordered] struct {
	node[K]
	keys  []K
	slots []*orec.Slot
}

func (n *node[K]) keys() []K {
	if n.leaf {
		return as[leaf[K]](&n.Version).keys[:n.n]
	}
	return as[inner[K]](&n.Version).keys
}

func (n *node[K]) slots() []*orec.Slot {
	if n.leaf {
		return as[leaf[K]](&n.Version).slots[:n.n]
	}
	return as[inner[K]](&n.Version).slots
}

func newLeaf[K cmp.Ordered](keys []K, slots []*orec.Slot) *node[K] {
	l := &leaf[K]{node: node[K]{leaf: true, n: int32(len(keys))}}
	copy(l.keys[:], keys)
	copy(l.slots[:], slots)
	return &l.node
}

func newInner[K cmp.Ordered](keys []K, slots []*orec.Slot) *node[K] {
	return &(&inner[K]{keys: keys, slots: slots}).node
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
	// The answer is from i to i+n. Three keys are compared at a time, which the
	// processor fetches together, and no jump depends on them: one that is mispredicted
	// would cost more than the comparisons.
	i, n := 0, len(keys)
	for n > 3 {
		quarter := (n + 1) / 4
		i += quarter * (less(keys[i+quarter-1], k) + less(keys[i+2*quarter-1], k) + less(keys[i+3*quarter-1], k))
		n -= 3 * quarter
	}
	for _, x := range keys[i : i+n] {
		i += less(x, k)
	}
	return i
}

// less returns 1 if x is less than y, and 0 otherwise.
func less[K cmp.Ordered](x, y K) (n int) {
	if cmp.Less(x, y) {
		n = 1
	}
	return n
}

// lower is the function lower for a leaf. Where it looks first does not depend on the
// number of keys, so that the processor fetches that and them together. What is behind the
// last key does not count.
func (l *leaf[K]) lower(k K) int {
	n, keys := int(l.n), &l.keys
	i := 8 * (less(keys[7], k)&less(7, n) + less(keys[15], k)&less(15, n) + less(keys[23], k)&less(23, n))
	i += 2 * (less(keys[i+1], k)&less(i+1, n) + less(keys[i+3], k)&less(i+3, n) + less(keys[i+5], k)&less(i+5, n))
	if i < n {
		i += less(keys[i], k)
	}
	return i
}

// child returns which child of an inner node k belongs to.
func (n *node[K]) child(k K) int {
	keys := n.keys()
	i := lower(keys, k)
	if i < len(keys) && cmp.Compare(keys[i], k) == 0 {
		i++
	}
	return i
}

// index returns where k is in a leaf, or where it would be.
func (n *node[K]) index(k K) (int, bool) {
	l := as[leaf[K]](&n.Version)
	i := l.lower(k)
	return i, i < int(l.n) && cmp.Compare(l.keys[i], k) == 0
}

// with returns a copy of n with another key and slot; in an inner node the slot
// stands behind the key. If that is more than a node may have, it returns two nodes: no
// key of the right one is less than the key between.
func (n *node[K]) with(i int, k K, s *orec.Slot) (left *node[K], between K, right *node[K]) {
	if n.leaf && n.n < maxLeaf {
		l := &leaf[K]{node: node[K]{leaf: true, n: n.n + 1}}
		insert(l.keys[:], n.keys(), i, k)
		insert(l.slots[:], n.slots(), i, s)
		return &l.node, k, nil
	}
	keys := inserted(n.keys(), i, k)
	if n.leaf {
		slots := inserted(n.slots(), i, s)
		h := len(keys) / 2
		return newLeaf(keys[:h], slots[:h]), keys[h], newLeaf(keys[h:], slots[h:])
	}
	slots := inserted(n.slots(), i+1, s)
	if len(keys) <= maxInner {
		return newInner(keys, slots), k, nil
	}
	h := len(keys) / 2
	return newInner(slices.Clone(keys[:h]), slices.Clone(slots[:h+1])), keys[h],
		newInner(slices.Clone(keys[h+1:]), slices.Clone(slots[h+1:]))
}

// without returns a copy of n without a slot and a key beside it.
func (n *node[K]) without(slot int) *node[K] {
	slots := removed(n.slots(), slot)
	if n.leaf {
		return newLeaf(removed(n.keys(), slot), slots)
	}
	if len(slots) == 0 {
		return newInner[K](nil, nil)
	}
	return newInner(removed(n.keys(), max(0, slot-1)), slots) // the first child has no key of its own
}

// copy returns a version with the same content, for another slot.
func (n *node[K]) copy() *node[K] {
	if n.leaf {
		return newLeaf(n.keys(), n.slots())
	}
	return newInner(n.keys(), n.slots())
}

// insert copies s to to, with x in front of element i.
func insert[E any](to, s []E, i int, x E) {
	copy(to, s[:i])
	to[i] = x
	copy(to[i+1:], s[i:])
}

func inserted[E any](s []E, i int, x E) []E {
	n := make([]E, len(s)+1)
	insert(n, s, i, x)
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
	room  [8]step[K] // enough for 15^8 keys and more
}

// leaf returns the last step.
func (w *way[K]) leaf() *step[K] { return &w.steps[len(w.steps)-1] }

// next returns the smallest key that belongs to the leaves behind this one;
// false: there are none.
func (w *way[K]) next() (k K, ok bool) {
	for i := len(w.steps) - 2; i >= 0; i-- {
		if s := &w.steps[i]; s.child < len(s.node.keys()) {
			return s.node.keys()[s.child], true
		}
	}
	return k, false
}

// previous returns a key that is greater than all in the leaves before this one, and not greater
// than any in it; false: there are none before it.
func (w *way[K]) previous() (k K, ok bool) {
	for i := len(w.steps) - 2; i >= 0; i-- {
		if s := &w.steps[i]; s.child > 0 {
			return s.node.keys()[s.child-1], true
		}
	}
	return k, false
}

// before goes down to the leaf of the keys just below to; nil: to the last one.
func (w *way[K]) before(tx *tm.Tx, root *orec.Slot, to *K) {
	w.down(tx, root, func(n *node[K]) int {
		if to == nil {
			return len(n.keys())
		}
		return lower(n.keys(), *to)
	})
}

// down goes from the root to a leaf and logs all nodes. choose says which child
// to take.
func (w *way[K]) down(tx *tm.Tx, root *orec.Slot, choose func(n *node[K]) int) {
	w.steps = w.room[:0]
	for s := root; ; {
		v := tx.Read(s)
		if v == nil { // the root of a map that was always empty
			w.steps = append(w.steps, step[K]{s, newLeaf[K](nil, nil), 0})
			return
		}
		n := as[node[K]](v)
		if n.leaf {
			w.steps = append(w.steps, step[K]{s, n, 0})
			return
		}
		i := choose(n)
		w.steps = append(w.steps, step[K]{s, n, i})
		s = n.slots()[i]
	}
}
