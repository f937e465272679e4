package runtime

import (
	"sync"
	"unsafe"

	"github.com/ungil/tm/internal/word"
)

// The model Locks
//
// Threads run at the same time without transactions. What several threads can
// reach has a Lock each, and an operation of the guest holds those of the objects
// that it touches. Three rules keep threads from waiting for each other in a circle:
//
//  1. A thread that asks for several locks holds none, and takes them in one order,
//     that of their addresses; objects do not move.
//  2. A thread that comes upon another object in the middle of an operation gives
//     back what it holds before it locks that one (Guard), and takes the first ones again
//     afterwards, by rule 1.
//  3. Around callbacks it holds nothing.
//
// An operation also holds its thread's own gate, which is free but for savepoints:
// who opens one first takes the world's lock and then all gates, so that no other
// thread is in the middle of an operation until the savepoint is closed. So changes
// can be taken back as if there were one thread. A gate is taken before any other
// lock and given back last.
//
// A lock is handed to the thread that has waited longest. Blocking.

// A Lock is the lock of one object under the model Locks. Its zero value is free.
// It must not be copied after use.
type Lock struct {
	// owner has the lock; nil: nobody. Whoever sets it by CAS from nil, or is made it
	// by the one before, sees all that owners before have done.
	owner word.Pointer[Thread]
	// waiting counts the threads in the queue. Storing owner and then reading
	// waiting, here, pairs with adding to waiting and then reading owner in wait: one of the two
	// threads sees the other.
	waiting word.Int64
}

// parking is where threads wait for locks.
type parking struct {
	mu     sync.Mutex // held for a few instructions only
	queues map[*Lock][]*Thread
}

// spins is how often a thread looks at a lock before it sleeps. Operations are
// short, and to be woken takes microseconds.
const spins = 100

// lock takes l for t, which must not have it. Blocking.
func (t *Thread) lock(l *Lock) {
	if l.owner.CompareAndSwap(nil, t) {
		return
	}
	for range spins {
		if t.world.processors == 1 || l.waiting.Load() > 0 {
			break
		}
		if l.owner.Load() == nil && l.owner.CompareAndSwap(nil, t) {
			return
		}
		spin()
	}
	t.wait(l)
}

// wait sleeps until l is t's. It panics if that will never be.
func (t *Thread) wait(l *Lock) {
	p := &t.world.parking
	p.mu.Lock()
	l.waiting.Add(1)
	if l.owner.CompareAndSwap(nil, t) {
		l.waiting.Add(-1)
		p.mu.Unlock()
		return
	}
	if t.wouldWaitForItself(l) {
		l.waiting.Add(-1)
		p.mu.Unlock()
		panic("runtime: threads wait for each other's locks in a circle: the guest has taken locks out of order")
	}
	if p.queues == nil {
		p.queues = make(map[*Lock][]*Thread)
	}
	p.queues[l] = append(p.queues[l], t)
	t.awaits = l
	p.mu.Unlock()
	<-t.handed
}

// wouldWaitForItself follows the owners of locks and the locks that these wait for.
// It is called with parking.mu held. A thread that sleeps has been found to
// close no circle, and owns what it owned then; so every circle is found by the
// thread that closes it, and what is found is one.
func (t *Thread) wouldWaitForItself(l *Lock) bool {
	for l != nil {
		o := l.owner.Load()
		if o == nil || o == t {
			return o == t
		}
		l = o.awaits
	}
	return false
}

// unlock gives l back.
func (t *Thread) unlock(l *Lock) {
	if l.waiting.Load() == 0 {
		l.owner.Store(nil)
		if l.waiting.Load() == 0 {
			return
		}
		t.world.parking.handOver(l, nil)
		return
	}
	t.world.parking.handOver(l, t)
}

// handOver makes the thread that has waited longest the owner of l in place of
// owner, unless somebody else has come before.
func (p *parking) handOver(l *Lock, owner *Thread) {
	p.mu.Lock()
	queue := p.queues[l]
	if len(queue) == 0 { // who had announced that it would wait has got l after all
		if owner != nil {
			l.owner.Store(nil)
		}
		p.mu.Unlock()
		return
	}
	next := queue[0]
	if !l.owner.CompareAndSwap(owner, next) {
		p.mu.Unlock()
		return
	}
	if len(queue) == 1 {
		delete(p.queues, l)
	} else {
		p.queues[l] = queue[1:]
	}
	l.waiting.Add(-1)
	next.awaits = nil
	p.mu.Unlock()
	next.handed <- struct{}{} // room for one: never blocks
}

// LockAll takes locks, which must be in the order of their addresses, each once, for
// an operation that touches several objects, or one more than once. The thread must
// hold none: Locked tells. Inside a savepoint nothing is needed and nothing happens. Blocking.
func (t *Thread) LockAll(locks []*Lock) {
	if t.exclusive || len(locks) == 0 {
		return
	}
	if len(t.locks) == 0 {
		t.lock(&t.gate)
	}
	for _, l := range locks {
		t.lock(l)
		t.locks = append(t.locks, l)
	}
}

// Locked returns what LockAll took. It is good until the next call of LockAll.
func (t *Thread) Locked() []*Lock { return t.locks }

// UnlockAll gives back what LockAll took.
func (t *Thread) UnlockAll() {
	if len(t.locks) == 0 {
		return
	}
	t.unlockObjects()
	t.locks = t.locks[:0]
	t.unlock(&t.gate)
}

func (t *Thread) unlockObjects() {
	for i := len(t.locks) - 1; i >= 0; i-- {
		t.unlock(t.locks[i])
	}
}

// A Guarded tells Unguard what Guard has done.
type Guarded uint8

const (
	guardedAlready Guarded = iota // the thread had the lock, or all of them
	guardedAlone                  // with the gate
	guardedInstead                // what LockAll took is given back meanwhile
	guardedBesides                // inside another guard
)

// Guard makes sure that the thread has l for one access to an object, until Unguard.
// If it holds other locks, but not this one, these are given back meanwhile. A nil l is for an
// access that needs the gate only. Blocking.
func (t *Thread) Guard(l *Lock) Guarded {
	if t.exclusive {
		if l != nil {
			t.seen.note(unsafe.Pointer(l))
		}
		return guardedAlready
	}
	switch {
	case l != nil && l.owner.Load() == t || l == nil && t.gate.owner.Load() == t:
		return guardedAlready
	case t.guard != nil:
		// The guest looks into one object while it changes another. Nothing can be given
		// back here; values of this kind must not be keys of each other.
		t.lock(l)
		return guardedBesides
	case len(t.locks) > 0:
		t.unlockObjects()
		t.lock(l)
		t.guard = l
		return guardedInstead
	}
	t.lock(&t.gate)
	if l != nil {
		t.lock(l)
		t.guard = l
	}
	return guardedAlone
}

// Unguard ends what Guard(l) began.
func (t *Thread) Unguard(l *Lock, g Guarded) {
	switch g {
	case guardedBesides:
		t.unlock(l)
	case guardedInstead:
		t.guard = nil
		t.unlock(l)
		for _, l := range t.locks {
			t.lock(l)
		}
	case guardedAlone:
		if l != nil {
			t.guard = nil
			t.unlock(l)
		}
		t.unlock(&t.gate)
	}
}

// Exclusive returns the number of the thread's outermost savepoint under Locks if
// one is open, else 0. No other savepoint of the world has it.
func (t *Thread) Exclusive() uint64 {
	if t.exclusive {
		return t.world.block.Load() // only its owner writes it
	}
	return 0
}

// Await waits until the savepoint with a number has been closed, and reports whether
// it had to: what it has changed may be changed back. Blocking.
func (t *Thread) Await(number uint64) bool {
	// block is stored while all gates are held. So if the number is there, the gate
	// below is taken only after the savepoint has been closed.
	if t.exclusive || number != t.world.block.Load() {
		return false
	}
	t.lock(&t.gate)
	t.unlock(&t.gate)
	return true
}

// exclude keeps all other threads out of operations.
func (t *Thread) exclude() {
	t.UnlockAll()
	t.dropReads() // of a block that had an error after WillWait
	t.world.lock.acquire(t)
	for _, u := range t.world.gates {
		t.lock(&u.gate)
	}
	t.exclusive = true
	t.world.blocks++
	t.world.block.Store(t.world.blocks)
}

// include lets the others go on.
func (t *Thread) include() {
	t.world.block.Store(0)
	t.exclusive = false
	t.changed.clear()
	if !t.enlisted {
		t.seen.clear() // it would keep all that alive
	}
	for _, u := range t.world.gates {
		t.unlock(&u.gate)
	}
	t.world.lock.release()
}

// openGate makes t one of the threads that exclude stops, and closeGate ends that.
func (w *World) openGate(t *Thread) {
	w.lock.acquire(t)
	w.gates = append(w.gates, t)
	w.lock.release()
}

func (w *World) closeGate(t *Thread) {
	w.lock.acquire(t)
	defer w.lock.release()
	for i, u := range w.gates {
		if u == t {
			last := len(w.gates) - 1
			w.gates[i], w.gates[last] = w.gates[last], nil
			w.gates = w.gates[:last]
			return
		}
	}
}

// runLocked runs one quantum under Locks.
func (t *Thread) runLocked(g Guest) Status {
	defer t.endLocked()
	t.running, t.watch = true, nil
	t.began = t.world.change.seen()
	t.refill()
	s := g.Resume(t)
	t.mustEnd(s)
	if s == Wait {
		t.awaitTurn()
		return s
	}
	t.counters.commit(t.Ran())
	return s
}

// endLocked undoes and gives back what a panic has left.
func (t *Thread) endLocked() {
	defer t.giveBack()
	t.reset()
	t.Epoch = 0
	if !t.waits {
		t.dropReads()
		t.world.change.ring()
	}
}

func (t *Thread) giveBack() {
	if t.exclusive {
		t.include()
	}
	if l := t.guard; l != nil {
		t.guard = nil
		t.unlock(l)
	}
	for _, l := range t.locks {
		if l.owner.Load() == t {
			t.unlock(l)
		}
	}
	t.locks = t.locks[:0]
	if t.gate.owner.Load() == t {
		t.unlock(&t.gate)
	}
}
