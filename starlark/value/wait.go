package value

import (
	"errors"
	"time"
)

// A Waiter is the host of a Thread that can wait.
type Waiter interface {
	// Wait is called by a built-in that cannot go on before something changes that it has just
	// looked at. The built-in, called what, returns err, which makes the machine call it again;
	// unless expired tells that the timeout is over, which a negative one never is.
	Wait(what string, timeout time.Duration) (expired bool, err error)
	// Again returns what makes the machine commit what the built-in does and call it again, or why
	// that is impossible, which is no Control.
	Again(what string) error
}

// A Control is an error that is none of the program: it tells the machine what to do next. A
// built-in returns it as it is.
type Control string

// Error implements error.
func (c Control) Error() string { return string(c) }

// IsControl reports whether err is, or wraps, a Control.
func IsControl(err error) bool {
	var c Control
	return errors.As(err, &c)
}

// Wait waits; see Waiter.
func Wait(t *Thread, what string, timeout Timeout) (expired bool, err error) {
	return t.Host.(Waiter).Wait(what, time.Duration(timeout))
}

// Again commits and calls again; see Waiter.
func Again(t *Thread, what string) error { return t.Host.(Waiter).Again(what) }
