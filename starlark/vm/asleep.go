package vm

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Who sleeps, and whether anybody is left to wake somebody
//
// If all threads of a program sleep and none has a time-out, the program stands still, unless
// somebody is about to wake: it has been woken but has not run yet. To tell
// the two apart, all are woken (the roll call), run the call or block that waits once more, and
// go back to sleep if they still have to. If all of them do so, and none has
// committed anything else meanwhile, then each has seen the state that all others have
// left, and nobody can change it: a deadlock. While a machine has threads of an embedder's,
// who may come with a change at any time, there is no such thing.
//
// One thread is told: the main thread if it is still there, else the one with the
// smallest number.

// rollDelay is how long all must have been asleep before the roll is called. It
// saves threads that wake each other in turn from being called all the time. Tests change it.
var rollDelay = 10 * time.Millisecond

// A sleeper is one sleep of a thread. Its machine's mutex guards it.
type sleeper struct {
	thread *Thread
	wake   chan struct{}
	woken  bool // wake is closed
	timer  *time.Timer
	called uint64 // the roll call that has woken it
	answer uint64 // the roll call that the thread answers by sleeping
	joins  *Handle
	at     place
	stuck  error // why the wait is to fail
}

func (s *sleeper) end() {
	if !s.woken {
		s.woken = true
		close(s.wake)
	}
}

// roll is the state of a machine's roll calls.
type roll struct {
	number  uint64
	valid   bool // nobody has committed anything since
	pending bool // the timer for the next one runs
}

// fallAsleep notes that t, whose transaction ends now, sleeps until it is called on again. What
// it returns is closed to end that.
func (m *Machine) fallAsleep(t *Thread) <-chan struct{} {
	s := &sleeper{thread: t, wake: make(chan struct{}), at: t.waitsAt, joins: t.joins, answer: t.answering}
	t.sleeper = s
	if !t.until.IsZero() { // at once if that is over by now
		s.timer = time.AfterFunc(time.Until(t.until), func() { m.wake(s) })
	}
	m.mu.Lock()
	m.asleep[t] = s
	switch {
	case t.handle != nil && m.isCancelled():
		s.end()
	case s.joins != nil && s.timer == nil && t.handle != nil && !m.mayJoin(t.handle, s.joins):
		s.stuck = errDeadlock
		s.end()
	}
	m.lookAround()
	m.mu.Unlock()
	t.control.onCancel(func() { m.wake(s) })
	return s.wake
}

func (m *Machine) wake(s *sleeper) {
	m.mu.Lock()
	defer m.mu.Unlock()
	s.end()
}

// wakeUp undoes fallAsleep, on the same goroutine.
func (m *Machine) wakeUp(t *Thread) {
	s := t.sleeper
	t.sleeper = nil
	t.control.onCancel(nil)
	if s.timer != nil {
		s.timer.Stop()
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.asleep, t)
	if t.handle != nil {
		t.handle.waitsFor = nil
	}
	switch {
	case s.stuck != nil:
		t.stuck = append(t.stuck, stuckWait{t.sleptAt, s.stuck})
	case !s.woken: // but by a change: what was found out before it is void
		t.stuck = t.stuck[:0]
	}
	if s.called != 0 {
		t.answering = s.called
	}
}

// hasCommitted makes a roll call that t was to answer void: it has done something.
func (m *Machine) hasCommitted(t *Thread) {
	t.answering = 0
	m.mu.Lock()
	defer m.mu.Unlock()
	m.roll.valid = false
}

// mayJoin notes that the thread of h waits for the thread of other, for any time, unless
// that one waits for h already, itself or by way of others. The main thread has no
// handle: nobody waits for it.
func (m *Machine) mayJoin(h, other *Handle) bool {
	for o := other; o != nil; o = o.waitsFor {
		if o == h {
			return false
		}
	}
	h.waitsFor = other
	return true
}

// allAsleep reports whether nobody will do anything by itself.
func (m *Machine) allAsleep() bool {
	if !m.closed || m.live == 0 || len(m.asleep) < m.live {
		return false
	}
	for _, s := range m.asleep {
		if s.woken || s.timer != nil {
			return false
		}
	}
	return true
}

// lookAround is called when a thread has fallen asleep or has ended.
func (m *Machine) lookAround() {
	if !m.allAsleep() {
		return
	}
	answered := m.roll.valid
	for _, s := range m.asleep {
		answered = answered && s.answer == m.roll.number
	}
	switch {
	case answered:
		m.reportDeadlock()
	case !m.roll.pending:
		m.roll.pending = true
		time.AfterFunc(rollDelay, m.callRoll)
	}
}

func (m *Machine) callRoll() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.roll.pending = false
	if !m.allAsleep() {
		return
	}
	m.roll.number++
	m.roll.valid = true
	for _, s := range m.asleep {
		s.called = m.roll.number
		s.end()
	}
}

// reportDeadlock makes the wait of one thread fail.
func (m *Machine) reportDeadlock() {
	var all []*sleeper
	for _, s := range m.asleep {
		all = append(all, s)
	}
	slices.SortFunc(all, func(x, y *sleeper) int { return x.thread.number - y.thread.number })
	var b strings.Builder
	b.WriteString("deadlock: all threads wait, and nobody is left to wake one:")
	for _, s := range all {
		fmt.Fprintf(&b, "\n  thread %d: %v", s.thread.number, s.at)
	}
	m.roll.valid = false
	all[0].stuck = errors.New(b.String())
	all[0].end()
}
