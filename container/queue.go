package container

import (
	"fmt"
	"iter"

	"github.com/ungil/tm"
)

// A Queue hands values from some transactions to others, first in, first out.
// The zero Queue is empty and unbounded; NewQueue makes one with a capacity. It
// must not be copied after use.
//
// Put and Take sleep in tm.Tx.Retry until there is room or a value, so they
// compose: with tm.Tx.OrElse as select does with channels, with a context in
// tm.AtomicallyContext, and with anything else that is to happen in the same transaction.
// A transaction that puts into one queue what it has taken from another
// cannot lose it.
//
// All operations take constant time. Puts conflict with puts and takes with takes; a put and
// a take do not conflict unless the queue is empty or full. A value that a
// transaction has put can be taken by others only after its commit; so one transaction can
// put no more than there is room for when it begins.
type Queue[T any] struct {
	list     List[T]
	closed   tm.Var[bool]
	capacity int // 0: unbounded
}

// NewQueue returns a queue that holds at most so many values.
func NewQueue[T any](capacity int) *Queue[T] {
	if capacity < 1 {
		panic(fmt.Sprintf("container: NewQueue(%d): the capacity must be positive; the zero Queue is unbounded", capacity))
	}
	return &Queue[T]{capacity: capacity}
}

// Put adds x at the end. It sleeps while the queue is full, and panics if the
// queue is closed.
func (q *Queue[T]) Put(tx *tm.Tx, x T) {
	tx.Check(q.TryPut(tx, x))
}

// TryPut is Put that reports false instead of sleeping.
func (q *Queue[T]) TryPut(tx *tm.Tx, x T) bool {
	if q.closed.Get(tx) {
		panic("container: Put on a closed Queue")
	}
	if q.capacity > 0 && q.list.holdsLast(tx, q.capacity) {
		return false
	}
	q.list.Append(tx, x)
	return true
}

// Take removes the first value and returns it. It sleeps while the queue is
// empty; false: the queue is empty and closed.
func (q *Queue[T]) Take(tx *tm.Tx) (x T, ok bool) {
	if x, ok = q.TryTake(tx); !ok && !q.closed.Get(tx) {
		tx.Retry()
	}
	return x, ok
}

// TryTake is Take that does not sleep; false: the queue is empty.
func (q *Queue[T]) TryTake(tx *tm.Tx) (T, bool) { return q.list.PopFront(tx) }

// Close says that nothing more will be put. What is in the queue can still be taken. It
// conflicts with Put, and with Take of an empty queue. It panics if the queue is closed.
func (q *Queue[T]) Close(tx *tm.Tx) {
	if q.closed.Get(tx) {
		panic("container: Close of a closed Queue")
	}
	q.closed.Set(tx, true)
}

// Closed reports whether the queue is closed; values may still be in it.
func (q *Queue[T]) Closed(tx *tm.Tx) bool { return q.closed.Get(tx) }

// Len returns the number of values. It conflicts with puts and takes.
func (q *Queue[T]) Len(tx *tm.Tx) int { return q.list.Len(tx) }

// Cap returns the capacity, 0 if there is none.
func (q *Queue[T]) Cap() int { return q.capacity }

// All iterates over the values from the first one on and leaves them where they
// are, as List.Values.
func (q *Queue[T]) All(tx *tm.Tx) iter.Seq[T] { return q.list.Values(tx) }
