package container

import (
	"cmp"
	"iter"

	"github.com/ungil/tm"
)

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

// From iterates over the keys that are not less than from, in ascending order, and
// their values, as All does. The first one is the smallest key at or above from.
func (m *OrderedMap[K, V]) From(tx *tm.Tx, from K) iter.Seq2[K, V] {
	return func(yield func(K, V) bool) {
		m.ascend(tx, from, nil, yield)
	}
}

// Backward iterates over keys and values in descending order. A loop that changes the
// map finds its changes at the keys that are still to come.
func (m *OrderedMap[K, V]) Backward(tx *tm.Tx) iter.Seq2[K, V] {
	return func(yield func(K, V) bool) {
		if k, v, ok := m.Max(tx); ok && yield(k, v) {
			m.descend(tx, k, yield)
		}
	}
}

// Before iterates over the keys that are less than k, in descending order, and their
// values, as Backward does. The first one is the largest key below k.
func (m *OrderedMap[K, V]) Before(tx *tm.Tx, k K) iter.Seq2[K, V] {
	return func(yield func(K, V) bool) {
		m.descend(tx, k, yield)
	}
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

// descend calls yield for the keys that are less than before, the largest one first, until it
// returns false. It goes down the tree once for every leaf.
func (m *OrderedMap[K, V]) descend(tx *tm.Tx, before K, yield func(K, V) bool) {
	for {
		var w way[K]
		// Of the children that may have a key less than before, the last one.
		w.down(tx, &m.root, func(n *node[K]) int { return lower(n.keys(), before) })
		at := w.leaf()
		i, _ := at.node.index(before)
		changed := false
		for i--; i >= 0 && !changed; i-- {
			k := at.node.keys()[i]
			if !yield(k, as[held[V]](tx.Read(at.node.slots()[i])).value) {
				return
			}
			before = k
			changed = tx.Wrote() && tx.Peek(at.slot) != &at.node.Version
		}
		if changed {
			continue
		}
		bound, more := w.bound()
		if !more {
			return
		}
		before = bound
	}
}
