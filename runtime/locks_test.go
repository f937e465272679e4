package runtime

import (
	goruntime "runtime"
	"strings"
	"sync"
	"testing"

	"github.com/ungil/tm/internal/word"
)

// locked is an object of the model Locks.
type locked struct {
	lock Lock
	n    int
}

// subset returns the locks of some objects, in the order of their addresses.
func subset(objects []locked, bits int) (locks []*Lock) {
	for i := range objects {
		if bits>>i&1 != 0 {
			locks = append(locks, &objects[i].lock)
		}
	}
	return locks
}

// Threads take all subsets of some locks, and others in the middle; no change may be
// lost. Under -race this also checks that a lock hands over what it guards.
func TestLocksGuard(t *testing.T) {
	const threads, turns, objects = 8, 2000, 4
	w := NewWorld(Config{Model: Locks})
	all := make([]locked, objects)
	var done sync.WaitGroup
	for id := range threads {
		done.Go(func() {
			turn := id
			run(w, loop(0, turns, func(m *machine) {
				turn++
				bits := turn % (1 << objects)
				m.t.LockAll(subset(all, bits))
				for i := range all {
					g := m.t.Guard(&all[i].lock)
					all[i].n++
					m.t.Unguard(&all[i].lock, g)
				}
				if len(m.t.Locked()) != len(subset(all, bits)) {
					t.Error("locks are lost")
				}
				m.t.UnlockAll()
			})...)
		})
	}
	done.Wait()
	for i := range all {
		if all[i].n != threads*turns || all[i].lock.owner.Load() != nil || all[i].lock.waiting.Load() != 0 {
			t.Errorf("object %d: %d, want %d", i, all[i].n, threads*turns)
		}
	}
	if len(w.parking.queues) != 0 || len(w.gates) != 0 {
		t.Errorf("%d queues and %d gates are left", len(w.parking.queues), len(w.gates))
	}
}

// Locks taken out of order are found by the thread that closes the circle, every time;
// when it has failed, the others go on.
func TestLocksOutOfOrderAreFound(t *testing.T) {
	for _, threads := range []int{2, 3, 8} {
		w := NewWorld(Config{Model: Locks})
		all := make([]locked, threads)
		var first, done sync.WaitGroup
		first.Add(threads)
		var failed word.Int64
		for i := range threads {
			done.Go(func() {
				defer func() {
					if text, _ := recover().(string); strings.Contains(text, "out of order") {
						failed.Add(1)
					}
				}()
				run(w, func(m *machine) {
					m.t.LockAll(subset(all, 1<<i))
					first.Done()
					first.Wait() // each thread has one lock, and wants its neighbour's
					m.t.LockAll(subset(all, 1<<((i+1)%threads)))
					all[i].n++
					m.t.UnlockAll()
				})
			})
		}
		done.Wait()
		if failed.Load() != 1 {
			t.Errorf("%d threads: %d have failed, want 1", threads, failed.Load())
		}
		ended := 0
		for i := range all {
			ended += all[i].n
			if all[i].lock.owner.Load() != nil {
				t.Error("a lock is left")
			}
		}
		if ended != threads-1 {
			t.Errorf("%d threads: %d have ended well", threads, ended)
		}
	}
}

// A thread that asks for a lock it has does not sleep for ever either.
func TestLockTwiceIsFound(t *testing.T) {
	w := NewWorld(Config{Model: Locks})
	var l Lock
	got, _ := mustPanic(t, func() {
		run(w, func(m *machine) { m.t.LockAll([]*Lock{&l}); m.t.LockAll([]*Lock{&l}) })
	}).(string)
	if !strings.Contains(got, "out of order") || l.owner.Load() != nil {
		t.Errorf("panic %q", got)
	}
}

// While a savepoint is open, nobody is in the middle of an operation; what it did is
// seen whole or, if it is rolled back, never. It does not starve.
func TestSavepointExcludes(t *testing.T) {
	const threads, turns = 4, 300
	w := NewWorld(Config{Model: Locks, Quantum: 5})
	all := make([]locked, 2)
	var kept, writing word.Int64
	writing.Store(threads)
	write := func(m *machine) {
		s := m.t.Savepoint()
		all[0].n++
		inner := m.t.Savepoint()
		m.t.PushUndo(&plain{}, 0, nil, 0)
		m.t.Release(inner)
		all[1].n++
		if m.reg[0]%2 == 0 {
			all[0].n--
			all[1].n--
			m.t.Rollback(s)
			return
		}
		kept.Add(1)
		m.t.Release(s)
	}
	read := func(m *machine) {
		m.t.LockAll(subset(all, 3))
		defer m.t.UnlockAll()
		if all[0].n != all[1].n {
			t.Errorf("half a savepoint is seen: %d and %d", all[0].n, all[1].n)
		}
		if writing.Load() > 0 {
			m.pc-- // until all writers have ended
		}
	}
	var done sync.WaitGroup
	for range threads {
		done.Go(func() { run(w, read) })
		done.Go(func() {
			defer writing.Add(-1)
			run(w, loop(0, turns, write)...)
		})
	}
	done.Wait()
	if n := int(kept.Load()); n != threads*turns/2 || all[0].n != n || all[1].n != n {
		t.Errorf("kept %d, objects %d and %d, want %d", n, all[0].n, all[1].n, threads*turns/2)
	}
}

// Await returns after the savepoint with the number has been closed, and does not wait
// for others.
func TestAwait(t *testing.T) {
	w := NewWorld(Config{Model: Locks})
	number, ready := make(chan uint64), make(chan struct{})
	waiter := w.NewThread()
	closed := false
	var done sync.WaitGroup
	done.Go(func() {
		m := &machine{t: waiter, code: []instr{func(m *machine) {
			close(ready)
			n := <-number
			if !m.t.Await(n) || !closed {
				t.Error("did not wait for a savepoint that is open")
			}
			if m.t.Await(n) {
				t.Error("waited for what is over")
			}
		}}}
		waiter.Run(m)
	})
	<-ready // its gate is one of those that the savepoint takes
	run(w, func(m *machine) {
		s := m.t.Savepoint()
		n := m.t.Exclusive()
		if n == 0 || m.t.Await(n) {
			t.Error("the owner of a savepoint waits for itself")
		}
		number <- n
		for waiter.gate.waiting.Load() == 0 {
			goruntime.Gosched() // until the other thread waits
		}
		closed = true
		m.t.Release(s)
		if m.t.Exclusive() != 0 {
			t.Error("exclusive after the savepoint")
		}
	})
	done.Wait()
}
