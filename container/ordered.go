package container

import (
	"cmp"
	"iter"

	"github.com/ungil/tm"
	"github.com/ungil/tm/orec"
)

// An OrderedMap is a map whose keys are in order: that of cmp.Compare, in which
// a NaN equals itself and is less than all other numbers. The zero OrderedMap is empty;
// it must not be copied after use.
//
// It is a B+ tree (Bayer and McCreight, 1972; Comer, "The Ubiquitous B-Tree", 1979) of leaves
// with up to 30 keys and inner nodes with up to 128. A node never changes but is replaced in its slot; each key has
// a slot of its own for its value. A node that has become empty is taken out;
// others are not merged, as in many data bases, because keys tend to come back.
//
// Conflicts. Reading and updating keys that are there concerns nothing but the
// value's slot, so different keys do not conflict, nor does the growth of the tree around
// them: a key's slot is alive exactly as long as the key is in the map, so whoever has logged the slot
// need not log the way to it. Inserting, deleting and not finding a key concern its leaf and the
// nodes above: inserts conflict when they meet in one leaf, that is among up to 30 neighbours, and
// one in 15 replaces the leaf's parent too. Iterating concerns all leaves that were passed,
// and their keys.
//
// Operations on one key take logarithmic time.
type OrderedMap[K cmp.Ordered, V any] struct {
	root  orec.Slot // *node[K]; nil: an empty leaf
	count Counter
}

// Get returns the value of k and whether it is there. It conflicts with changes
// of k; if k is not there, with inserts and deletes in the leaf where it would be.
func (m *OrderedMap[K, V]) Get(tx *tm.Tx, k K) (v V, ok bool) {
	if _, h := m.find(tx, k); h != nil {
		return h.value, true
	}
	return v, false
}

// find returns the slot of k and what it holds, logged; nil if k is not there.
func (m *OrderedMap[K, V]) find(tx *tm.Tx, k K) (*orec.Slot, *held[V]) {
	if s := m.peek(tx, k); s != nil {
		if h := as[held[V]](tx.Read(s)); !h.dead || deadIsAlive {
			return s, h
		}
		// The snapshot has moved on the way.
	} else if leafUnlogged {
		return nil, nil
	}
	var w way[K]
	w.to(tx, &m.root, k)
	n := w.leaf().node
	i, ok := n.index(k)
	if !ok {
		return nil, nil
	}
	return n.slots()[i], as[held[V]](tx.Read(n.slots()[i]))
}

// peek looks for the slot of k without a trace.
func (m *OrderedMap[K, V]) peek(tx *tm.Tx, k K) *orec.Slot {
	bound := tx.Bound()
	for s := &m.root; ; {
		v := s.Head.Load() // pairs with a commit's, as in tm.Tx.Read
		if v == nil || v.Stamp.Load() > bound {
			if v = tx.Peek(s); v == nil {
				return nil
			}
		}
		n := as[node[K]](v)
		if n.leaf {
			if i, ok := n.index(k); ok {
				return n.slots()[i]
			}
			return nil
		}
		s = n.slots()[n.child(k)]
	}
}

// to goes down to the leaf of k.
func (w *way[K]) to(tx *tm.Tx, root *orec.Slot, k K) {
	w.down(tx, root, func(n *node[K]) int { return n.child(k) })
}

// Set gives k the value v. It conflicts with operations on k; if k was not
// there, with inserts, deletes and misses in its leaf.
func (m *OrderedMap[K, V]) Set(tx *tm.Tx, k K, v V) {
	if s, h := m.find(tx, k); s != nil {
		if tx.Pending(s) == &h.Version {
			h.value = v
		} else {
			tx.Write(s, &(&held[V]{value: v}).Version)
		}
		return
	}
	var w way[K]
	w.to(tx, &m.root, k)
	at := w.leaf()
	i, _ := at.node.index(k)
	w.insert(tx, i, k, newSlot(&(&held[V]{value: v}).Version))
	m.count.Add(tx, 1)
}

// insert puts a key and its slot into the leaf at the end of the way, and splits it
// and the nodes above where they get too large.
func (w *way[K]) insert(tx *tm.Tx, i int, k K, s *orec.Slot) {
	for d := len(w.steps) - 1; ; d-- {
		left, between, right := w.steps[d].node.with(i, k, s)
		if right == nil {
			tx.Write(w.steps[d].slot, &left.Version)
			return
		}
		s = newSlot(&right.Version)
		if d == 0 {
			// The root stays where it is: both halves move.
			top := newInner([]K{between}, []*orec.Slot{newSlot(&left.Version), s})
			tx.Write(w.steps[0].slot, &top.Version)
			return
		}
		tx.Write(w.steps[d].slot, &left.Version)
		i, k = w.steps[d-1].child, between
	}
}

// Delete removes k and returns the value it had, and whether it was there. It
// conflicts with operations on k and with inserts, deletes and misses in its leaf.
func (m *OrderedMap[K, V]) Delete(tx *tm.Tx, k K) (v V, ok bool) {
	var w way[K]
	w.to(tx, &m.root, k)
	n := w.leaf().node
	i, ok := n.index(k)
	if !ok {
		return v, false
	}
	s := n.slots()[i]
	v = as[held[V]](tx.Read(s)).value
	tx.Write(s, &(&held[V]{dead: true}).Version)
	w.remove(tx, i)
	m.count.Add(tx, -1)
	return v, true
}

// remove takes key i out of the leaf at the end of the way, and the leaf out of
// the tree if nothing is left in it.
func (w *way[K]) remove(tx *tm.Tx, i int) {
	for d := len(w.steps) - 1; ; d-- {
		n := w.steps[d].node.without(i)
		if d > 0 && len(n.slots()) == 0 {
			// Whoever relies on the node has logged the way to it, or finds a slot in
			// it that is dead.
			i = w.steps[d-1].child
			continue
		}
		for d == 0 && !n.leaf && len(n.slots()) == 1 { // the root has one child: take its place
			n = as[node[K]](tx.Read(n.slots()[0])).copy()
		}
		tx.Write(w.steps[d].slot, &n.Version)
		return
	}
}

// Len returns the number of keys. It takes as many steps as there have been
// transactions at the same time, and conflicts with inserts and deletes.
func (m *OrderedMap[K, V]) Len(tx *tm.Tx) int { return int(m.count.Value(tx)) }

// Min returns the smallest key and its value; false: the map is empty. It
// conflicts with inserts and deletes in the first leaf and changes of the value.
func (m *OrderedMap[K, V]) Min(tx *tm.Tx) (k K, v V, ok bool) {
	return m.end(tx, false)
}

// Max returns the largest key and its value; false: the map is empty. It
// conflicts with inserts and deletes in the last leaf and changes of the value.
func (m *OrderedMap[K, V]) Max(tx *tm.Tx) (k K, v V, ok bool) {
	return m.end(tx, true)
}

func (m *OrderedMap[K, V]) end(tx *tm.Tx, last bool) (k K, v V, ok bool) {
	side := func(n int) int {
		if last {
			return n - 1
		}
		return 0
	}
	var w way[K]
	w.down(tx, &m.root, func(n *node[K]) int { return side(len(n.slots())) })
	n := w.leaf().node
	if len(n.keys()) == 0 { // only the root can be empty
		return k, v, false
	}
	i := side(len(n.keys()))
	return n.keys()[i], as[held[V]](tx.Read(n.slots()[i])).value, true
}

// All iterates over keys and values in ascending order. A loop that changes the
// map finds its changes at the keys that are still to come.
func (m *OrderedMap[K, V]) All(tx *tm.Tx) iter.Seq2[K, V] {
	return func(yield func(K, V) bool) {
		if k, _, ok := m.Min(tx); ok {
			m.ascend(tx, k, nil, yield)
		}
	}
}

// Range iterates over the keys from the first to the second, which is not
// included, and their values, as All does.
func (m *OrderedMap[K, V]) Range(tx *tm.Tx, from, to K) iter.Seq2[K, V] {
	return func(yield func(K, V) bool) {
		m.ascend(tx, from, &to, yield)
	}
}

// Backward iterates over keys and values in descending order, otherwise as All does.
func (m *OrderedMap[K, V]) Backward(tx *tm.Tx) iter.Seq2[K, V] {
	return func(yield func(K, V) bool) { m.descend(tx, nil, nil, yield) }
}

// RangeBackward iterates over the keys of Range, from the last to the first. So the first that it
// gives is the largest key less than to.
func (m *OrderedMap[K, V]) RangeBackward(tx *tm.Tx, from, to K) iter.Seq2[K, V] {
	return func(yield func(K, V) bool) { m.descend(tx, &from, &to, yield) }
}

// ascend calls yield for the keys that are not less than from, up to the one before to if
// that is not nil, until it returns false. It goes down the tree once for every leaf.
func (m *OrderedMap[K, V]) ascend(tx *tm.Tx, from K, to *K, yield func(K, V) bool) {
	for behind := false; ; { // behind: from itself is done
		var w way[K]
		w.to(tx, &m.root, from)
		at := w.leaf()
		i, found := at.node.index(from)
		if found && behind {
			i++
		}
		changed := false
		for ; i < len(at.node.keys()) && !changed; i++ {
			k := at.node.keys()[i]
			if to != nil && !cmp.Less(k, *to) || !yield(k, as[held[V]](tx.Read(at.node.slots()[i])).value) {
				return
			}
			from, behind = k, true
			changed = tx.Wrote() && tx.Peek(at.slot) != &at.node.Version
		}
		if changed {
			continue
		}
		next, more := w.next()
		if !more {
			return
		}
		from, behind = next, false
	}
}

// descend calls yield for the keys that are less than to, down to from, until it returns false; nil
// is no bound. It goes down the tree once for every leaf.
func (m *OrderedMap[K, V]) descend(tx *tm.Tx, from, to *K, yield func(K, V) bool) {
	for {
		var w way[K]
		w.before(tx, &m.root, to)
		at := w.leaf()
		i := len(at.node.keys())
		if to != nil {
			i, _ = at.node.index(*to)
		}
		changed := false
		for i--; i >= 0 && !changed; i-- {
			k := at.node.keys()[i]
			if from != nil && cmp.Less(k, *from) || !yield(k, as[held[V]](tx.Read(at.node.slots()[i])).value) {
				return
			}
			to = &k
			changed = tx.Wrote() && tx.Peek(at.slot) != &at.node.Version
		}
		if changed {
			continue
		}
		before, more := w.previous()
		if !more {
			return
		}
		to = &before
	}
}
