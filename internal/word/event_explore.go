//go:build tmexplore

package word

import (
	"sync/atomic"
	"unsafe"
)

// An Event is something that one goroutine waits for and that any other can make
// happen.
type Event struct{ state *eventState }

type eventState struct {
	happened atomic.Uint64
	wake     chan struct{} // for goroutines that run without a hook
}

// NewEvent returns an Event that has not happened.
func NewEvent() Event { return Event{&eventState{wake: make(chan struct{}, 1)}} }

// Set makes the event happen.
func (e *Event) Set() {
	announce(unsafe.Pointer(&e.state.happened), Write)
	e.state.happened.Store(1)
	select {
	case e.state.wake <- struct{}{}:
	default:
	}
}

// Wait sleeps until the event has happened or done is closed. Under a hook it is
// announced as a Sleep, which acts no sooner than that.
func (e *Event) Wait(done <-chan struct{}) bool {
	if hook != nil {
		hook.Sleep(unsafe.Pointer(&e.state.happened), done)
		return e.state.happened.Load() != 0
	}
	select {
	case <-e.state.wake:
		return true
	case <-done:
		return false
	}
}
