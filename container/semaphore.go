package container

import (
	"fmt"

	"github.com/ungil/tm"
)

// A Semaphore holds permits that transactions take and give back. The zero
// Semaphore has none until some are released; NewSemaphore makes one with
// permits. It must not be copied after use.
//
// Unlike a lock, two of them taken in one transaction cannot deadlock: a
// transaction that has to wait for the second has not taken the first.
//
// All operations take constant time and conflict with each other.
type Semaphore struct{ permits tm.Var[int] }

// NewSemaphore returns a semaphore with n permits.
func NewSemaphore(n int) *Semaphore {
	notNegative("NewSemaphore", n)
	s := new(Semaphore)
	_ = tm.Atomically(func(tx *tm.Tx) error { s.permits.Set(tx, n); return nil })
	return s
}

func notNegative(what string, n int) {
	if n < 0 {
		panic(fmt.Sprintf("container: %s(%d): the number of permits must not be negative", what, n))
	}
}

// Acquire takes n permits. It sleeps while there are fewer.
func (s *Semaphore) Acquire(tx *tm.Tx, n int) { tx.Check(s.TryAcquire(tx, n)) }

// TryAcquire is Acquire that reports false instead of sleeping.
func (s *Semaphore) TryAcquire(tx *tm.Tx, n int) bool {
	notNegative("Acquire", n)
	have := s.permits.Get(tx)
	if have < n {
		return false
	}
	s.permits.Set(tx, have-n)
	return true
}

// Release gives n permits back.
func (s *Semaphore) Release(tx *tm.Tx, n int) {
	notNegative("Release", n)
	s.permits.Set(tx, s.permits.Get(tx)+n)
}

// Available returns the number of permits.
func (s *Semaphore) Available(tx *tm.Tx) int { return s.permits.Get(tx) }
