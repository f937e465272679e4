package vm

import (
	"errors"
	"math"

	"github.com/ungil/tm/runtime"
	"github.com/ungil/tm/starlark/value"
)

// A Thread is one thread of a Starlark program.
type Thread struct {
	value.Thread
	machine *Machine
	handle  *Handle // nil: the main thread, or one of the embedder's
	number  int     // thread.id()
	busy    bool    // between begin and end of drive
	outside bool    // busy, but no transaction is open: a module is being loaded
	control *Control

	// Embedder is for whoever made the machine.
	Embedder any

	stack  []value.Value // registers of all frames
	frames []frame
	top    int // index of the running frame; -1: none yet
	saved  checkpoint

	atomics  []runtime.Savepoint // open atomic blocks
	goCalls  int                 // Go functions below that call back
	goNames  []string            // their names
	builtin  string              // the built-in called last
	waiting  *Handle             // to be waited for by Outside
	loading  loading             // the newest load statement
	deadlock bool                // Outside refused to wait

	begun   int64 // Budget when this transaction began
	counted int64 // Budget when instructions were counted last

	start  startCall   // what the thread runs
	result value.Value // of the entry frame that returned last
	err    error       // that ended the thread
}

// A startCall is the call that a thread begins with.
type startCall struct {
	fn      value.Value
	args    []value.Value
	kwargs  []value.KV
	prepare func()       // in the first transaction, before the call; may be nil
	finish  func()       // in the last transaction, after the call; may be nil
	body    func() error // instead of the call
	step    bool         // the body's error undoes nothing
}

// Control returns the limits of the thread.
func (t *Thread) Control() *Control { return t.control }

// threadOf returns the machine's thread that t is part of.
func threadOf(t *value.Thread) *Thread { return t.Host.(*Thread) }

// Resume implements runtime.Guest.
func (t *Thread) Resume(*runtime.Thread) runtime.Status {
	status, err := t.resume()
	switch {
	case err == nil && status != runtime.Done:
		return status
	case errors.Is(err, errOutside):
		return runtime.Outside
	case errors.Is(err, errRestart):
		return runtime.Yield // the runtime knows that it cannot commit
	case err != nil:
		t.unwind(-1, 0, 0)
	}
	t.err = err
	if t.start.finish != nil {
		t.start.finish()
	}
	if t.handle == nil && err == nil {
		value.Publish(&t.Thread, t.result) // Go code may give it to any thread
	}
	if t.handle != nil {
		t.handle.finish(t, t.result, err)
	}
	return runtime.Done
}

// resume runs the thread's first call, or goes on where it stopped.
func (t *Thread) resume() (runtime.Status, error) {
	t.begun, t.counted = t.Budget, t.Budget
	defer t.count()
	if err := t.interrupted(); err != nil {
		return runtime.Done, err
	}
	if t.top >= 0 {
		return t.run()
	}
	switch {
	case t.start.body != nil && t.start.step:
		return runtime.Done, t.start.body()
	case t.start.body != nil:
		return runtime.Done, t.Do(t.start.body)
	}
	if t.start.prepare != nil {
		t.start.prepare()
	}
	if !isFunction(t.start.fn) {
		v, err := t.Call(t.start.fn, t.start.args, t.start.kwargs)
		t.result = v
		return runtime.Done, err
	}
	if err := t.enter(functionOf(t.start.fn), 0, t.start.args, t.start.kwargs, true); err != nil {
		return runtime.Done, err
	}
	return t.run()
}

// check is called when the instruction budget is used up. stop: save pc and
// return Yield. Otherwise Budget is at least 1, however deep it was overdrawn:
// a call that is tried again charges it again.
func (t *Thread) check() (stop bool, err error) {
	t.count()
	if err := t.interrupted(); err != nil {
		return false, err
	}
	for t.Budget <= 0 {
		if !t.Check() {
			t.counted = t.Budget
			continue
		}
		if t.goCalls > 0 {
			return false, errRestart
		}
		return true, nil
	}
	t.begun = math.MaxInt64 / 2 // long ago
	return false, nil
}
