package runtime

import (
	"math/bits"
	"slices"

	"github.com/ungil/tm/internal/word"
)

// Stats counts what the threads of a world did, those that have ended included.
// The numbers of a thread that is running are those of its finished transactions.
type Stats struct {
	Threads      uint64     // calls of Thread.Run
	Commits      uint64     // transactions that committed; under a lock, times it was held
	Alone        uint64     // of Commits: under Auto, times the lock was held by a lone thread
	Aborts       uint64     // transactions that had to run again
	Waits        uint64     // transactions that were undone to wait for a change
	Instructions uint64     // instructions in committed transactions
	Wasted       uint64     // instructions in aborted ones
	Quanta       [64]uint64 // Quanta[i]: committed transactions of at least 1<<i and less than 1<<(i+1) instructions; [0] also has those of none

	// The shortest and the longest quantum that there was, in instructions:
	// the same under GIL, and where Config.Quantum fixes it. 0: no thread has run.
	ShortestQuantum, LongestQuantum uint64

	// Places[i]: places in the code at which transactions begin whose quantum has been adapted and
	// is now at least 1<<i and less than 1<<(i+1) instructions.
	Places [64]uint64
}

// add adds the counts of s to those of sum.
func (sum *Stats) add(s *Stats) {
	sum.Threads += s.Threads
	sum.Commits += s.Commits
	sum.Alone += s.Alone
	sum.Aborts += s.Aborts
	sum.Waits += s.Waits
	sum.Instructions += s.Instructions
	sum.Wasted += s.Wasted
	for i, n := range s.Quanta {
		sum.Quanta[i] += n
	}
	if sum.ShortestQuantum == 0 || s.ShortestQuantum < sum.ShortestQuantum {
		sum.ShortestQuantum = s.ShortestQuantum
	}
	sum.LongestQuantum = max(sum.LongestQuantum, s.LongestQuantum)
}

// counters are one thread's share of Stats. Only that thread writes them;
// World.Stats reads them at any time, so they are atomic, but they order
// nothing: each number is right by itself.
type counters struct {
	_            word.Pad
	commits      word.Uint64
	alone        word.Uint64
	aborts       word.Uint64
	waits        word.Uint64
	instructions word.Uint64
	wasted       word.Uint64
	quanta       [64]word.Uint64
	shortest     word.Uint64
	longest      word.Uint64
	_            word.Pad
}

// allow notes the length of the quanta from now on.
func (c *counters) allow(quantum int64) {
	n := uint64(quantum)
	if shortest := c.shortest.Load(); shortest == 0 || n < shortest {
		c.shortest.Store(n)
	}
	if n > c.longest.Load() {
		c.longest.Store(n)
	}
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
	s.Alone = c.alone.Load()
	s.Aborts = c.aborts.Load()
	s.Waits = c.waits.Load()
	s.Instructions = c.instructions.Load()
	s.Wasted = c.wasted.Load()
	for i := range c.quanta {
		s.Quanta[i] = c.quanta[i].Load()
	}
	s.ShortestQuantum, s.LongestQuantum = c.shortest.Load(), c.longest.Load()
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
	sum.Places = w.places.count()
	return sum
}

// enlist makes the counters of t part of the sums, and its announcements known, and gives it a seat.
func (w *World) enlist(t *Thread) {
	w.effects.enlist(t)
	w.running.Add(1)
	if w.Transactional() {
		t.counters.allow(t.quantum)
	} else {
		t.counters.allow(t.length())
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.live[t.counters] = struct{}{}
	if t.seat = slices.Index(w.seats, false); t.seat < 0 {
		t.seat = len(w.seats)
		w.seats = append(w.seats, false)
	}
	w.seats[t.seat] = true
}

// retire keeps the counts of a thread that has ended but not the thread. The
// thread gets new counters, should it run again.
func (w *World) retire(t *Thread) {
	w.effects.retire(t)
	w.running.Add(-1)
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.live, t.counters)
	w.seats[t.seat] = false
	s := t.counters.load()
	w.ended.add(&s)
	t.counters = new(counters)
}
