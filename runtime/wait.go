package runtime

import (
	"sync"

	"github.com/ungil/tm/internal/word"
)

// Waiting
//
// A guest that cannot go on with what it has seen returns Wait. Everything its
// transaction did is undone, the thread sleeps, and the guest runs again from where the
// transaction began. Under STM any commit that changes something the transaction has
// read ends the sleep. Under GIL nobody knows what was read: the thread sleeps until
// another has held the lock and changed something, as far as anybody can tell, or, if
// the guest has named a Watch, until that is rung. Under Locks it sleeps until something changes
// that its block has looked at (retrying.go); if that was too much, until the end of
// another thread's quantum. In all models it also ends when
// the channel given to WaitFor is closed, and under Auto when the world becomes transactional.

// A Watch is something that threads wait for under GIL. Whoever changes it
// calls Changed. The zero Watch is ready. Under STM a Watch does nothing.
type Watch struct {
	mu       sync.Mutex
	rung     uint64 // calls of ring; tells who looked before a change and is about to sleep behind it
	sleepers []*Thread
	// count is the length of sleepers. It is read without mu, for advice only: by a
	// holder of the lock, who has seen all that went to sleep before it got the lock.
	count word.Int64
}

// Changed wakes the threads that wait for w. Call it after the change. Blocking, for
// a few instructions.
func (w *Watch) Changed(t *Thread) {
	if t.tx == nil {
		w.ring()
	}
}

func (w *Watch) ring() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.rung++
	for i, t := range w.sleepers {
		w.sleepers[i] = nil
		select {
		case t.rung <- struct{}{}:
		default:
		}
	}
	w.sleepers = w.sleepers[:0]
	w.count.Store(0)
}

// add puts t to those that the next ring wakes; if there was one since seen, at once.
func (w *Watch) add(t *Thread, seen uint64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.rung != seen {
		t.rung <- struct{}{} // room for one, and nothing is in it between two sleeps
		return
	}
	w.sleepers = append(w.sleepers, t)
	w.count.Store(int64(len(w.sleepers)))
}

// remove takes t out again, and what may have been rung meanwhile.
func (w *Watch) remove(t *Thread) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for i, s := range w.sleepers {
		if s == t {
			last := len(w.sleepers) - 1
			w.sleepers[i], w.sleepers[last] = w.sleepers[last], nil
			w.sleepers = w.sleepers[:last]
			w.count.Store(int64(last))
			break
		}
	}
	select {
	case <-t.rung:
	default:
	}
}

func (w *Watch) seen() uint64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.rung
}

// Look says that the guest is about to look at what w stands for. If it then
// returns Wait with w, a change since this call ends the sleep. Blocking, for a few
// instructions; nothing under STM.
func (t *Thread) Look(w *Watch) {
	if t.tx == nil {
		t.watch, t.watchSeen = w, w.seen()
	}
}

// WaitFor is called before Resume returns Wait. The sleep also ends when wake is
// closed. Wake may be nil if the transaction has read something: else nothing could end the sleep,
// and under STM Run panics. If byWatch, and the guest has called Look in this turn, a thread
// under GIL sleeps only for that Watch; this is right if nothing else was looked at.
func (t *Thread) WaitFor(wake <-chan struct{}, byWatch bool) {
	t.wake, t.waitsFor = wake, true
	switch {
	case byWatch && t.watch != nil:
	case t.enlisted:
		t.watch, t.watchSeen = &t.reads, t.readsSeen
	default:
		t.watch, t.watchSeen = &t.world.change, t.world.change.seen()
		if t.world.model == Locks {
			// What the guest has looked at may have changed since. Whoever did that was in a
			// quantum then, and rings when that ends, after this one has begun.
			t.watchSeen = t.began
		}
	}
}

// mustWaitFor panics if the guest has not said what ends its sleep.
func (t *Thread) mustWaitFor() {
	if !t.waitsFor {
		panic("runtime: Guest.Resume returned Wait without a call of Thread.WaitFor in the same turn: call it first")
	}
}

// awaitTurn ends a turn that waits (not STM). Under GIL the lock is still held, so nothing
// has changed since the guest looked.
func (t *Thread) awaitTurn() {
	t.mustWaitFor()
	t.counters.waits.Add(1)
	t.waits = true
	t.watch.add(t, t.watchSeen)
}

// sleep is called after awaitTurn when the lock is given back.
func (t *Thread) sleep() {
	select {
	case <-t.rung:
	case <-t.wake:
		t.watch.remove(t)
	case <-t.world.auto.became: // from now on nobody rings
		t.watch.remove(t)
	}
	t.waits, t.watch, t.wake = false, nil, nil
}

// await undoes the transaction and sleeps until it can go on (STM).
func (t *Thread) await() {
	t.mustWaitFor()
	t.counters.waits.Add(1)
	t.reset()
	tx := t.tx
	t.tx = nil
	tx.Await(t.wake)
	t.wake = nil
}
