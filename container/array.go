package container

import (
	"fmt"
	"iter"

	"github.com/ungil/tm"
)

// An Array is a fixed number of variables. Operations on different elements do
// not conflict. The zero Array has no elements; NewArray makes others.
type Array[T any] struct{ vars []tm.Var[T] }

// NewArray returns an array of n elements that hold the zero T.
func NewArray[T any](n int) *Array[T] {
	if n < 0 {
		panic(fmt.Sprintf("container: NewArray(%d): the length must not be negative", n))
	}
	return &Array[T]{make([]tm.Var[T], n)}
}

// Len returns the number of elements, which never changes.
func (a *Array[T]) Len() int { return len(a.vars) }

// At returns element i, in constant time. It conflicts with SetAt of the same
// element. It panics if there is no such element.
func (a *Array[T]) At(tx *tm.Tx, i int) T { return a.element(i).Get(tx) }

// SetAt gives element i the value x, in constant time. It conflicts with
// operations on the same element. It panics if there is no such element.
func (a *Array[T]) SetAt(tx *tm.Tx, i int, x T) { a.element(i).Set(tx, x) }

func (a *Array[T]) element(i int) *tm.Var[T] {
	if i < 0 || i >= len(a.vars) {
		panic(fmt.Sprintf("container: index %d of an Array of length %d", i, len(a.vars)))
	}
	return &a.vars[i]
}

// All iterates over indices and elements. It conflicts with SetAt of elements
// that it has produced. Elements that the loop sets are seen when it reaches them.
func (a *Array[T]) All(tx *tm.Tx) iter.Seq2[int, T] {
	return func(yield func(int, T) bool) {
		for i := range a.vars {
			if !yield(i, a.vars[i].Get(tx)) {
				return
			}
		}
	}
}
