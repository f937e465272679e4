package container

import (
	"hash/maphash"
	"iter"

	"github.com/ungil/tm"
)

// A Map is a hash map. The zero Map is empty; it must not be copied after use.
//
// It is a trie of hashes (Bagwell, "Ideal Hash Trees", 2001) whose places are
// transactional: 64 at the root, and 16 in each branch, so with n keys about
// log16(n/64)+1 steps lead to a key. A place holds nothing, one key with its
// value, or a branch. It grows by one branch at a time, where two keys meet, and
// nobody waits for that; branches that have become empty are taken out.
//
// Conflicts. A key that is in the map has a place of its own, so reading and
// updating different keys never conflicts. Inserting, deleting or not finding a
// key concerns the place where it is or would be; two of these conflict if their keys fall
// into the same place. Of n keys that are there a further one meets a given other with a
// probability of about 1/(n+64). Besides, an insert may conflict with an operation on a key
// that it meets: it needs a branch where that key was alone. That too has a
// probability of about 1/(n+64).
//
// As in Go's map, a NaN as a key is never found again but by All, and a key whose
// dynamic type is not comparable panics. Hashes differ from process to process, so
// the order of iteration does too.
type Map[K comparable, V any] struct{ table table[K, V] }

// seed is that of all maps of the process; hashes cannot be foreseen from outside.
var seed = maphash.MakeSeed()

// Get returns the value of k and whether it is there. It conflicts with changes
// of k; if k is not there, with the insertion of a key in its place.
func (m *Map[K, V]) Get(tx *tm.Tx, k K) (v V, ok bool) {
	return m.table.get(tx, maphash.Comparable(seed, k), k)
}

// Set gives k the value v. It conflicts with operations on k; if k was not
// there, with others on keys in its place.
func (m *Map[K, V]) Set(tx *tm.Tx, k K, v V) {
	m.table.set(tx, maphash.Comparable(seed, k), k, v)
}

// Delete removes k and returns the value it had, and whether it was there. It
// conflicts with operations on k; if it empties a branch, with others in that branch.
func (m *Map[K, V]) Delete(tx *tm.Tx, k K) (v V, ok bool) {
	return m.table.delete(tx, maphash.Comparable(seed, k), k)
}

// Len returns the number of keys. It takes as many steps as there have been
// transactions at the same time, and conflicts with inserts and deletes.
func (m *Map[K, V]) Len(tx *tm.Tx) int { return int(m.table.root().count.Value(tx)) }

// All iterates over keys and values in an order that means nothing. It takes
// linear time; what it has passed conflicts with changes there.
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
