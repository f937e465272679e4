package value

import "time"

// A Waiter is the host of a Thread that can wait.
type Waiter interface {
	// Wait is called by a built-in that cannot go on before something changes that it has just
	// looked at. The built-in, called what, returns err, which makes the machine call it again;
	// unless expired tells that the timeout is over, which a negative one never is.
	Wait(what string, timeout time.Duration) (expired bool, err error)
	// Again makes the machine commit what the built-in has done and call it again.
	Again(what string) error
}

// Wait waits; see Waiter.
func Wait(t *Thread, what string, timeout Timeout) (expired bool, err error) {
	return t.Host.(Waiter).Wait(what, time.Duration(timeout))
}

// Again commits and calls again; see Waiter.
func Again(t *Thread, what string) error { return t.Host.(Waiter).Again(what) }
