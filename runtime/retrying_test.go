package runtime

import (
	goruntime "runtime"
	"sync"
	"testing"
	"unsafe"
)

func (o *locked) get(t *Thread) int {
	g := t.Guard(&o.lock)
	defer t.Unguard(&o.lock, g)
	return o.n
}

func (o *locked) set(t *Thread, n int) {
	g := t.Guard(&o.lock)
	defer t.Unguard(&o.lock, g)
	if t.Logging() {
		t.PushUndo(o, o.n, nil, 0)
	}
	o.n = n
	t.Changes(unsafe.Pointer(&o.lock))
}

func (o *locked) Undo(at int, _ unsafe.Pointer, _ uint64) { o.n = at }

// A retrier is a thread with a block that waits until an object is not 0.
type retrier struct {
	*machine
	looks int
	ended chan struct{}
}

// retryFor starts a retrier that waits for target; it looks at the others, too. afterwards is called
// when the block is rolled back and before the thread sleeps.
func retryFor(w *World, target *locked, others []locked, afterwards func()) *retrier {
	r := &retrier{ended: make(chan struct{})}
	never := make(chan struct{})
	r.machine = &machine{t: w.NewThread(), code: []instr{func(m *machine) {
		s := m.t.Savepoint()
		r.looks++
		for i := range others {
			others[i].get(m.t)
		}
		if target.get(m.t) != 0 {
			m.t.Release(s)
			return
		}
		m.t.WillWait()
		m.t.Rollback(s)
		afterwards()
		m.t.WaitFor(never, false)
		m.stop = Wait
		m.pc--
	}}}
	go func() {
		defer close(r.ended)
		r.t.Run(r.machine)
	}()
	return r
}

// sleepsFor waits until the retrier sleeps.
func (r *retrier) sleepsFor(watch *Watch) {
	for watch.count.Load() == 0 {
		goruntime.Gosched()
	}
}

// TestRetryingSleepsUntilChange: a block that waits under Locks is woken by a change of what it
// has looked at, and by nothing else: neither the end of others' quanta, nor changes of other objects or
// such as are taken back, nor blocks that look.
func TestRetryingSleepsUntilChange(t *testing.T) {
	for _, inBlock := range []bool{false, true} {
		w := NewWorld(Config{Model: Locks, Quantum: 1})
		objects := make([]locked, 3) // the last one is not looked at
		r := retryFor(w, &objects[0], objects[1:2], func() {})
		r.sleepsFor(&r.t.reads)
		run(w, loop(0, 10, func(m *machine) { objects[0].get(m.t); objects[2].set(m.t, 1) })...)
		run(w, func(m *machine) {
			outer := m.t.Savepoint()
			inner := m.t.Savepoint()
			objects[1].set(m.t, 1)
			m.t.Rollback(inner)
			objects[0].set(m.t, 0)
			m.t.Rollback(outer)
			outer = m.t.Savepoint()
			objects[2].set(m.t, 2)
			m.t.Release(outer)
		})
		if r.t.reads.count.Load() != 1 {
			t.Error("woken by what it did not wait for")
		}
		run(w, func(m *machine) {
			if inBlock {
				s := m.t.Savepoint()
				objects[0].set(m.t, 1)
				if r.t.reads.count.Load() != 1 {
					t.Error("woken before the block was kept")
				}
				m.t.Release(s)
			} else {
				objects[0].set(m.t, 1)
			}
			if r.t.reads.count.Load() != 0 {
				t.Error("not woken by the change")
			}
		})
		<-r.ended
		if r.looks != 2 {
			t.Errorf("looked %d times, want 2", r.looks)
		}
		w.nobodyRetries(t)
	}
}

func (w *World) nobodyRetries(t *testing.T) {
	t.Helper()
	if n := w.retrying.threads.Load(); n != 0 || len(w.retrying.at) != 0 {
		t.Errorf("%d threads are said to wait for %d objects", n, len(w.retrying.at))
	}
}

// TestRetryingMissesNothing: a change between the end of the block and the sleep is not lost.
func TestRetryingMissesNothing(t *testing.T) {
	w := NewWorld(Config{Model: Locks})
	var o locked
	change := func() {
		var done sync.WaitGroup
		done.Go(func() { run(w, func(m *machine) { o.set(m.t, 1) }) })
		done.Wait()
	}
	r := retryFor(w, &o, nil, change)
	<-r.ended
	if r.looks != 2 {
		t.Errorf("looked %d times, want 2", r.looks)
	}
	w.nobodyRetries(t)
}

// TestRetryingForTooMuch: a block that has looked at more than can be noted looks again when another
// thread's quantum ends; one that has changed more wakes all.
func TestRetryingForTooMuch(t *testing.T) {
	many := make([]locked, maxSeen+1)
	w := NewWorld(Config{Model: Locks})
	var o, other locked
	r := retryFor(w, &o, many, func() {})
	r.sleepsFor(&w.change)
	run(w, func(m *machine) { o.set(m.t, 1) })
	<-r.ended
	w.nobodyRetries(t)

	o.n = 0
	r, apart := retryFor(w, &o, nil, func() {}), retryFor(w, &other, nil, func() {})
	r.sleepsFor(&r.t.reads)
	apart.sleepsFor(&apart.t.reads)
	run(w, func(m *machine) {
		s := m.t.Savepoint()
		for i := range many {
			many[i].set(m.t, 1)
		}
		o.set(m.t, 1)
		m.t.Release(s)
	})
	<-r.ended
	apart.sleepsFor(&apart.t.reads)
	run(w, func(m *machine) { other.set(m.t, 1) })
	<-apart.ended
	if apart.looks != 3 {
		t.Errorf("looked %d times, want 3: at first, when there were too many changes, and at the end", apart.looks)
	}
	w.nobodyRetries(t)
}

// TestRetryingAfterAll: a guest that rolls back after WillWait and goes on, or keeps the block, or
// panics, does not stay among those that wait.
func TestRetryingAfterAll(t *testing.T) {
	w := NewWorld(Config{Model: Locks})
	objects := make([]locked, 3)
	look := func(m *machine, o *locked, end func(Savepoint)) {
		s := m.t.Savepoint()
		o.get(m.t)
		m.t.WillWait()
		end(s)
	}
	run(w, func(m *machine) {
		look(m, &objects[0], m.t.Rollback)
		look(m, &objects[1], m.t.Rollback)
		if n := len(w.retrying.at); n != 1 {
			t.Errorf("%d objects are noted, want the last block's", n)
		}
		look(m, &objects[2], m.t.Release)
		w.nobodyRetries(t)
		look(m, &objects[0], m.t.Rollback)
	})
	w.nobodyRetries(t)
	for _, rolledBack := range []bool{false, true} {
		mustPanic(t, func() {
			run(w, func(m *machine) {
				look(m, &objects[0], func(s Savepoint) {
					if rolledBack {
						m.t.Rollback(s)
					}
					panic("on purpose")
				})
			})
		})
		w.nobodyRetries(t)
	}
}

// holds reports whether b keeps anything alive.
func (b *notebook) holds() bool {
	for _, p := range b.list[:cap(b.list)] {
		if p != nil {
			return true
		}
	}
	return b.recent != [64]unsafe.Pointer{}
}

// TestNotesEnd: what a block has noted does not outlive it, nor its wait.
func TestNotesEnd(t *testing.T) {
	w := NewWorld(Config{Model: Locks})
	objects := make([]locked, 3)
	r := retryFor(w, &objects[0], objects[1:], func() {})
	r.sleepsFor(&r.t.reads)
	run(w, func(m *machine) {
		s := m.t.Savepoint()
		objects[0].set(m.t, 1)
		if !m.t.seen.holds() || !m.t.changed.holds() {
			t.Error("nothing is noted in the block: the test tests nothing")
		}
		m.t.Release(s)
		if m.t.seen.holds() || m.t.changed.holds() {
			t.Error("the notes outlive the block")
		}
	})
	<-r.ended
	if r.t.seen.holds() || r.t.changed.holds() {
		t.Error("the notes outlive the wait")
	}
}
