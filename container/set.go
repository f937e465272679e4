package container

import (
	"iter"

	"github.com/ungil/tm"
)

// A Set is a set of keys: a Map without values. Costs and conflicts are those
// of Map. The zero Set is empty; it must not be copied after use.
type Set[K comparable] struct{ m Map[K, struct{}] }

// Add adds k and reports whether it was not there before. If it was there,
// nothing is written and Add is as Has.
func (s *Set[K]) Add(tx *tm.Tx, k K) bool {
	return s.m.table.insert(tx, k, struct{}{})
}

// Has reports whether k is in the set, as Map.Get.
func (s *Set[K]) Has(tx *tm.Tx, k K) bool {
	_, ok := s.m.Get(tx, k)
	return ok
}

// Delete removes k and reports whether it was there, as Map.Delete.
func (s *Set[K]) Delete(tx *tm.Tx, k K) bool {
	_, ok := s.m.Delete(tx, k)
	return ok
}

// Len returns the number of keys, as Map.Len.
func (s *Set[K]) Len(tx *tm.Tx) int { return s.m.Len(tx) }

// All iterates over the keys, as Map.All.
func (s *Set[K]) All(tx *tm.Tx) iter.Seq[K] { return s.m.Keys(tx) }
