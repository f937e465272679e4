//go:build !tmexplore

package word

// An Event is something that one goroutine waits for and that any other can make
// happen. It happens once and stays so. Make one with NewEvent.
type Event struct{ happened chan struct{} }

// NewEvent returns an Event that has not happened.
func NewEvent() Event { return Event{make(chan struct{}, 1)} }

// Set makes the event happen. It does not block.
func (e *Event) Set() {
	select {
	case e.happened <- struct{}{}:
	default: // it has
	}
}

// Wait sleeps until the event has happened or done is closed; false: it was
// done. Only one goroutine may wait, and only once. A nil done is never closed.
func (e *Event) Wait(done <-chan struct{}) bool {
	select {
	case <-e.happened:
		return true
	case <-done:
		return false
	}
}
