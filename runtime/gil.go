package runtime

import (
	"sync"

	"github.com/ungil/tm/internal/word"
)

// gil is a lock that is handed over in the order of arrival. A sync.Mutex would
// nearly always let the thread that gives it back take it again at once, since
// the next one first has to be woken; other threads would starve.
type gil struct {
	mu    sync.Mutex // held for a few instructions only
	held  bool
	first *Thread // queue of waiting threads, linked by Thread.next
	last  *Thread

	// waiting counts the queue. It is read without mu by the holder, which only
	// decides on it whether to go on; a stale value costs one more quantum.
	waiting word.Int64
}

// acquire takes the lock for t, after all threads that asked before. Blocking.
func (l *gil) acquire(t *Thread) {
	l.mu.Lock()
	if !l.held {
		l.held = true
		l.mu.Unlock()
		return
	}
	if l.last == nil {
		l.first = t
	} else {
		l.last.next = t
	}
	l.last = t
	l.waiting.Add(1)
	l.mu.Unlock()
	<-t.handed
}

// release gives the lock to the thread that waits longest, if any does. The
// lock stays held meanwhile, so no newcomer can slip in between.
func (l *gil) release() {
	l.mu.Lock()
	t := l.first
	if t == nil {
		l.held = false
		l.mu.Unlock()
		return
	}
	l.first, t.next = t.next, nil
	if l.first == nil {
		l.last = nil
	}
	l.waiting.Add(-1)
	l.mu.Unlock()
	t.handed <- struct{}{} // room for one: never blocks
}

// contended reports whether a thread waits for the lock.
func (l *gil) contended() bool { return l.waiting.Load() > 0 }
