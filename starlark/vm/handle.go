package vm

import (
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/ungil/tm/runtime"
	"github.com/ungil/tm/starlark/value"
)

// A Handle is what thread.start returns. It is immutable but for the outcome,
// which is a transactional variable: a transaction that began before the thread
// ended does not see that it has.
type Handle struct {
	value.Object
	machine *Machine
	outcome *value.Cell // unset, then an *outcome; written by the thread's last transaction
	watch   runtime.Watch
	control *Control // of the thread

	// Guarded by machine.mu, and set when the thread has ended and all its effects
	// have happened.
	number int
	err    error

	asked    atomic.Bool // a thread has been told of err; set after the telling transaction has committed
	waitsFor *Handle     // guarded by machine.mu
}

// An outcome is how a thread ended.
type outcome struct {
	value.Object
	v      value.Value // what its function returned, if err is nil
	err    error
	number int
	shared bool
}

var outcomeType = value.Type{
	Name: "outcome", Kind: value.KindOther,
	Trace:  func(v value.Value, visit func(value.Value)) { visit((*outcome)(v.Pointer()).v) },
	Shared: func(v value.Value) *bool { return &(*outcome)(v.Pointer()).shared },
}

var handleType = value.Type{
	Name: "thread", Kind: value.KindOther, Hash: value.HashIdentity,
	Trace: func(v value.Value, visit func(value.Value)) { visit(handleOf(v).outcome.Value()) },
}

func init() {
	value.AddMethods(&handleType, map[string]value.Func{
		"join":   handleJoin,
		"result": handleResult,
		"done":   handleDone,
		"cancel": handleCancel,
	})
}

var (
	errCancelled = errors.New("thread stopped because the main thread failed or the world was cancelled")
	errDeadlock  = errors.New("waiting for this thread would never end: it waits for the thread that asks")
)

// wasCancelled reports whether err is why a thread was stopped from outside, and not what it
// was told of another one that was.
func wasCancelled(err error) bool {
	for ; err != nil; err = errors.Unwrap(err) {
		switch err.(type) {
		case *CancelError:
			return true
		case *threadError:
			return false
		}
		if err == errCancelled {
			return true
		}
	}
	return false
}

// A threadError is the error of another thread.
type threadError struct {
	number int
	err    *EvalError
}

func (e *threadError) Error() string { return fmt.Sprintf("thread %d failed: %s", e.number, e.err.Msg) }
func (e *threadError) Unwrap() error { return e.err }

// newHandle makes the handle of a thread that t is about to start.
func newHandle(t *value.Thread, m *Machine) *Handle {
	h := &Handle{
		Object: value.Object{Type: &handleType}, machine: m,
		outcome: value.NewCell(t, value.Value{}), control: new(Control),
	}
	value.Publish(t, h.outcome.Value())
	return h
}

func (h *Handle) value() value.Value { return value.FromObject(&h.Object) }

// finish records how the thread t ended, in its last transaction.
func (h *Handle) finish(t *Thread, v value.Value, err error) {
	o := &outcome{Object: value.Object{Type: &outcomeType}, v: v, err: err, number: t.number}
	if err != nil {
		o.v, o.err = value.Value{}, asEvalError(err)
	}
	h.outcome.Set(&t.Thread, value.FromObject(&o.Object))
	h.watch.Changed(t.Thread.Thread)
}

// unasked reports whether the program fails with the error of the thread, which has ended with one: nobody has
// asked for it, nor stopped the thread.
func (h *Handle) unasked() bool {
	return !h.asked.Load() && !wasCancelled(h.err)
}

// failure returns the error of a thread that has failed.
func (h *Handle) failure() *threadError { return &threadError{h.number, asEvalError(h.err)} }

// wait returns the outcome of a thread that has ended, and its error as the
// asking thread's; nil if the timeout is over, should it not be negative. Otherwise the
// error makes the machine wait and run the call again.
func (h *Handle) wait(t *value.Thread, what string, timeout time.Duration) (*outcome, error) {
	asking := threadOf(t)
	t.Look(&h.watch)
	if v := h.outcome.Get(t); v.IsSet() {
		o := (*outcome)(v.Pointer())
		t.Defer(func() { h.asked.Store(true) })
		if o.err != nil {
			return nil, &threadError{o.number, asEvalError(o.err)}
		}
		return o, nil
	}
	switch {
	case timeout == 0:
		return nil, nil
	case asking.goCalls > 0:
		return nil, fmt.Errorf("%s: the thread is still running, and a function that a built-in calls back cannot wait for it", what)
	case t.InAtomic() || asking.start.body != nil:
		return nil, fmt.Errorf("%s: the thread is still running, and inside atomic waiting for it would never end: move the call out of the atomic block", what)
	}
	_, err := asking.Wait(what, timeout)
	if err == errRetry {
		asking.joins = h
	}
	return nil, err
}

// waitArgs is wait with the arguments of join and result.
func waitArgs(t *value.Thread, recv value.Value, what string, args []value.Value, kwargs []value.KV) (*outcome, error) {
	timeout := value.Timeout(-1)
	if err := value.UnpackArgs(what, args, kwargs, "timeout??", &timeout); err != nil {
		return nil, err
	}
	return handleOf(recv).wait(t, what, time.Duration(timeout))
}

// handleJoin is join(timeout = None). As in Python, done tells whether it was the timeout.
func handleJoin(t *value.Thread, recv value.Value, args []value.Value, kwargs []value.KV) (value.Value, error) {
	t.Enter(recv)
	defer t.Leave()
	_, err := waitArgs(t, recv, "join", args, kwargs)
	return value.None, err
}

// handleResult is result(timeout = None).
func handleResult(t *value.Thread, recv value.Value, args []value.Value, kwargs []value.KV) (value.Value, error) {
	t.Enter(recv)
	defer t.Leave()
	o, err := waitArgs(t, recv, "result", args, kwargs)
	switch {
	case err != nil:
		return value.Value{}, err
	case o == nil:
		return value.Value{}, errors.New("result: the thread has not ended in time")
	}
	return o.v, nil
}

// handleCancel is cancel(): the thread fails at its next switch point, or where it waits.
func handleCancel(t *value.Thread, recv value.Value, args []value.Value, kwargs []value.KV) (value.Value, error) {
	t.Enter(recv)
	defer t.Leave()
	if err := noArgs("cancel", args, kwargs); err != nil {
		return value.Value{}, err
	}
	h, reason := handleOf(recv), fmt.Sprintf("by thread %d", threadOf(t).number)
	t.Defer(func() { h.control.Cancel(reason) })
	return value.None, nil
}

func handleDone(t *value.Thread, recv value.Value, args []value.Value, kwargs []value.KV) (value.Value, error) {
	t.Enter(recv)
	defer t.Leave()
	if err := noArgs("done", args, kwargs); err != nil {
		return value.Value{}, err
	}
	return value.Bool(handleOf(recv).outcome.Get(t).IsSet()), nil
}

func handleOf(v value.Value) *Handle { return (*Handle)(v.Pointer()) }

// noArgs refuses arguments.
func noArgs(name string, args []value.Value, kwargs []value.KV) error {
	if n := len(args) + len(kwargs); n > 0 {
		return fmt.Errorf("%s: got %d arguments, want 0", name, n)
	}
	return nil
}
