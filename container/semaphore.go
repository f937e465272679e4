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
type Semaphore struct {
	first int         // permits that it was made with
	more  tm.Var[int] // that were released since, less those taken
}

// NewSemaphore returns a semaphore with n permits.
func NewSemaphore(n int) *Semaphore {
	notNegative("NewSemaphore", n)
	return &Semaphore{first: n}
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
	if s.Available(tx) < n {
		return false
	}
	s.more.Set(tx, s.more.Get(tx)-n)
	return true
}

// Release gives n permits back.
func (s *Semaphore) Release(tx *tm.Tx, n int) {
	notNegative("Release", n)
	s.more.Set(tx, s.more.Get(tx)+n)
}

// Available returns the number of permits.
func (s *Semaphore) Available(tx *tm.Tx) int { return s.first + s.more.Get(tx) }
