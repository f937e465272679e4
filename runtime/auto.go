package runtime

import "github.com/ungil/tm/internal/word"

// A Sharer is what a guest language does when a world under Auto becomes
// transactional. Until then its objects need no slots, since threads take turns.
// Share must bring everything that more than one thread can reach into the form
// that transactions work on. It is called once, on the goroutine of one of the
// threads, while none of the world's threads is in a quantum.
type Sharer interface {
	Share(t *Thread)
}

// auto is the state of a world under Auto. While one thread lives the world works
// as under GIL. A second thread that enters Run asks for transactions, and waits
// for the lock like any other. The first one that gets the lock afterwards finds
// nothing in flight: every other thread is between two quanta, or outside of Run.
// It shares what must be shared and says so; from then on nobody takes the lock.
// Threads that wait for it meanwhile get it once more, and give it back unused.
type auto struct {
	living word.Int64 // threads in Run, but for inner ones; see arrive

	// wanted and transactional go from 0 to 1 once. wanted is stored before its
	// thread asks for the lock and is read by holders of the lock, so whoever gets the
	// lock after that thread reads 1. transactional is stored by a holder of the
	// lock after Share; who reads 1 sees all that Share did.
	wanted        word.Uint64
	transactional word.Uint64

	// became is closed when transactional is stored. Nil but under Auto.
	became chan struct{}

	sharer Sharer // guarded by World.mu; nil: the guest has nothing to share
}

// Sharer returns what the world's guest made first to be told when the world
// becomes transactional. Blocking, for as long as make takes.
func (w *World) Sharer(make func() Sharer) Sharer {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.auto.sharer == nil {
		w.auto.sharer = make()
	}
	return w.auto.sharer
}

// Transactional reports whether quanta are transactions: always under STM, and
// under Auto once two threads have lived at a time. A thread in a quantum, and one
// between two, gets the same answer until its next quantum begins.
func (w *World) Transactional() bool {
	return w.model == STM || w.model == Auto && w.auto.transactional.Load() != 0
}

// arrive counts a thread that enters Run, and leave one that leaves it. An inner
// thread runs while another is in Outside and waits for it: together they are one.
func (w *World) arrive(t *Thread) {
	if w.model == Locks {
		w.openGate(t)
	}
	if w.model == Auto && !t.Inner && w.auto.living.Add(1) > 1 {
		w.auto.wanted.Store(1)
	}
}

func (w *World) leave(t *Thread) {
	if w.model == Locks {
		w.closeGate(t)
	}
	if w.model == Auto && !t.Inner {
		w.auto.living.Add(-1)
	}
}

// becomeTransactional is called by the holder of the lock. It reports whether
// quanta are transactions, and makes them so if that is wanted.
func (w *World) becomeTransactional(t *Thread) bool {
	switch {
	case w.model != Auto:
		return false
	case w.auto.transactional.Load() != 0:
		return true
	case w.auto.wanted.Load() == 0:
		return false
	}
	w.mu.Lock()
	sharer := w.auto.sharer
	w.mu.Unlock()
	if sharer != nil {
		sharer.Share(t)
	}
	w.auto.transactional.Store(1)
	close(w.auto.became)
	return true
}
