package container

import (
	"context"
	"fmt"
	"iter"

	"github.com/ungil/tm"
)

// A Pipe is to transactions what a channel is to goroutines: Send, Receive,
// Close, and a loop that ends when the pipe is closed and empty. The zero Pipe
// holds one value; NewPipe makes one of another capacity. A channel without a buffer has no
// counterpart: sender and receiver would have to be one transaction.
//
// tm.Tx.OrElse takes the place of select:
//
//	tx.OrElse(
//		func(tx *tm.Tx) error { x, ok = a.Receive(tx); return nil },
//		func(tx *tm.Tx) error { x, ok = b.Receive(tx); return nil })
//
// Costs and conflicts are those of Queue.
type Pipe[T any] struct{ queue Queue[T] }

// NewPipe returns a pipe that holds at most so many values.
func NewPipe[T any](capacity int) *Pipe[T] {
	if capacity < 1 {
		panic(fmt.Sprintf("container: NewPipe(%d): the capacity must be positive", capacity))
	}
	return &Pipe[T]{Queue[T]{capacity: capacity}}
}

// Cap returns the capacity.
func (p *Pipe[T]) Cap() int { return max(1, p.queue.capacity) }

// Send sends x. It sleeps while the pipe is full, and panics if it is closed.
func (p *Pipe[T]) Send(tx *tm.Tx, x T) { tx.Check(p.TrySend(tx, x)) }

// TrySend is Send that reports false instead of sleeping.
func (p *Pipe[T]) TrySend(tx *tm.Tx, x T) bool {
	if p.queue.closed.Get(tx) {
		panic("container: Send on a closed Pipe")
	}
	if p.queue.list.holdsLast(tx, p.Cap()) {
		return false
	}
	p.queue.list.Append(tx, x)
	return true
}

// Receive returns the next value. It sleeps while the pipe is empty; false: the
// pipe is empty and closed.
func (p *Pipe[T]) Receive(tx *tm.Tx) (T, bool) { return p.queue.Take(tx) }

// TryReceive is Receive that does not sleep; false: the pipe is empty.
func (p *Pipe[T]) TryReceive(tx *tm.Tx) (T, bool) { return p.queue.TryTake(tx) }

// Close says that nothing more will be sent. What is in the pipe can still be
// received. It panics if the pipe is closed.
func (p *Pipe[T]) Close(tx *tm.Tx) {
	if p.queue.closed.Get(tx) {
		panic("container: Close of a closed Pipe")
	}
	p.queue.closed.Set(tx, true)
}

// Len returns the number of values that are waiting to be received.
func (p *Pipe[T]) Len(tx *tm.Tx) int { return p.queue.Len(tx) }

// All receives until the pipe is closed and empty, or ctx ends; each value in a
// transaction of its own. It is not part of a transaction, as a loop that waits for
// others' commits cannot be.
func (p *Pipe[T]) All(ctx context.Context) iter.Seq[T] {
	return func(yield func(T) bool) {
		for {
			var x T
			var ok bool
			err := tm.AtomicallyContext(ctx, func(tx *tm.Tx) error {
				x, ok = p.Receive(tx)
				return nil
			})
			if err != nil || !ok || !yield(x) {
				return
			}
		}
	}
}
