package container

import (
	"iter"

	"github.com/ungil/tm"
)

// A Map is a hash map. The zero Map is empty; it must not be copied after use.
//
// Each key has an entry with a slot for its value. The entries stand in 64 hash
// tables, by the first bits of the hash. Which entries there are is no part of any
// transaction, so a key that is set for the first time touches nothing of others. A
// table that is three quarters full gets another one of twice the size, with the same entries:
// a 64th of the map at a time, and nobody waits for that.
//
// An entry stays when its key is deleted, or was only looked for by a transaction that
// may write. When there are more than half as many of those as of keys, a
// transaction that changes the table soon afterwards sweeps it after its end: in a transaction of
// its own it replaces the table by one without them. That takes time linear in the
// table's size, once for about as many changes.
//
// Conflicts. Operations on different keys do not conflict, whether the keys are there or
// not, and however the map grows. Only a sweep conflicts with operations on
// keys that are not there, of the same 64th of the map: inserts, and in updating
// transactions look-ups in vain.
//
// As in Go's map, a NaN as a key is never found again but by All, and a key whose
// dynamic type is not comparable panics. Hashes differ from process to process, so
// the order of iteration does too.
type Map[K comparable, V any] struct{ table table[K, V] }

// Get returns the value of k and whether it is there, in constant time. It conflicts
// with changes of k only; if k is not there, with a sweep as well.
func (m *Map[K, V]) Get(tx *tm.Tx, k K) (v V, ok bool) {
	return m.table.get(tx, k)
}

// Set gives k the value v, in constant time on average: tables grow by doubling. It
// conflicts with operations on k; if k was not there, with Len, with loops, and with
// a sweep as well.
func (m *Map[K, V]) Set(tx *tm.Tx, k K, v V) {
	m.table.set(tx, k, v)
}

// Update sets k to what f makes of its value, or of the zero V and false if k is not there,
// and returns that. It is Get and then Set, with their cost and conflicts.
func (m *Map[K, V]) Update(tx *tm.Tx, k K, f func(v V, ok bool) V) V {
	v, ok := m.Get(tx, k)
	v = f(v, ok)
	m.Set(tx, k, v)
	return v
}

// Delete removes k and returns the value it had, and whether it was there. Cost and
// conflicts are those of Set.
func (m *Map[K, V]) Delete(tx *tm.Tx, k K) (v V, ok bool) {
	return m.table.delete(tx, k)
}

// Len returns the number of keys, exactly. It takes as many steps as there have been
// transactions at the same time, and conflicts with inserts and deletes.
func (m *Map[K, V]) Len(tx *tm.Tx) int { return int(m.table.root().count.Value(tx)) }

// All iterates over keys and values in an order that means nothing. It takes
// time linear in the largest size that the map had since it was swept. In an updating
// transaction it conflicts with all inserts and deletes, as Len does, also if the
// loop ends early, and with updates of what it has passed.
func (m *Map[K, V]) All(tx *tm.Tx) iter.Seq2[K, V] {
	return func(yield func(K, V) bool) { m.table.all(tx, yield) }
}

// Keys iterates over the keys, as All.
func (m *Map[K, V]) Keys(tx *tm.Tx) iter.Seq[K] {
	return func(yield func(K) bool) {
		m.table.all(tx, func(k K, _ V) bool { return yield(k) })
	}
}

// Values iterates over the values, as All.
func (m *Map[K, V]) Values(tx *tm.Tx) iter.Seq[V] {
	return func(yield func(V) bool) {
		m.table.all(tx, func(_ K, v V) bool { return yield(v) })
	}
}
