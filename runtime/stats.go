package runtime

import (
	"math/bits"

	"github.com/ungil/tm/internal/word"
)

// Stats counts what the threads of a world did, those that have ended included.
// The numbers of a thread that is running are those of its finished transactions.
type Stats struct {
	Threads      uint64     // threads that have run or are running
	Commits      uint64     // transactions that committed; under GIL, times the lock was held
	Aborts       uint64     // transactions that had to run again
	Instructions uint64     // instructions in committed transactions
	Wasted       uint64     // instructions in aborted ones
	Quanta       [64]uint64 // Quanta[i]: committed transactions of at least 1<<i and less than 1<<(i+1) instructions; [0] also has those of none
}

// add adds the counts of s to those of sum.
func (sum *Stats) add(s *Stats) {
	sum.Threads += s.Threads
	sum.Commits += s.Commits
	sum.Aborts += s.Aborts
	sum.Instructions += s.Instructions
	sum.Wasted += s.Wasted
	for i, n := range s.Quanta {
		sum.Quanta[i] += n
	}
}

// counters are one thread's share of Stats. Only that thread writes them;
// World.Stats reads them at any time, so they are atomic, but they order
// nothing: each number is right by itself.
type counters struct {
	_            [64]byte // no other thread's writes in our first line
	commits      word.Uint64
	aborts       word.Uint64
	instructions word.Uint64
	wasted       word.Uint64
	quanta       [64]word.Uint64
	_            [64]byte
}

// commit counts a committed transaction of n instructions.
func (c *counters) commit(n uint64) {
	c.commits.Add(1)
	c.instructions.Add(n)
	c.quanta[bits.Len64(n|1)-1].Add(1)
}

// abort counts an aborted transaction of n instructions.
func (c *counters) abort(n uint64) {
	c.aborts.Add(1)
	c.wasted.Add(n)
}

// load returns the counts so far.
func (c *counters) load() (s Stats) {
	s.Threads = 1
	s.Commits = c.commits.Load()
	s.Aborts = c.aborts.Load()
	s.Instructions = c.instructions.Load()
	s.Wasted = c.wasted.Load()
	for i := range c.quanta {
		s.Quanta[i] = c.quanta[i].Load()
	}
	return s
}

// Stats returns the sums over all threads that have run so far. It may be
// called at any time by any goroutine. Blocking, for as long as threads start or end.
func (w *World) Stats() Stats {
	w.mu.Lock()
	defer w.mu.Unlock()
	sum := w.ended
	for c := range w.live {
		s := c.load()
		sum.add(&s)
	}
	return sum
}

// enlist makes the counters of a thread part of the sums.
func (w *World) enlist(c *counters) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.live[c] = struct{}{}
}

// retire keeps the counts of a thread that has ended but not the thread.
func (w *World) retire(c *counters) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if _, ok := w.live[c]; ok {
		delete(w.live, c)
		s := c.load()
		w.ended.add(&s)
	}
}
