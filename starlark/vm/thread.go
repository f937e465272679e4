package vm

import (
	"errors"
	"time"

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
	inside  *Thread // which is at work for this one meanwhile, else nil; see Acting
	control *Control

	// Embedder is for whoever made the machine.
	Embedder any

	stack  []value.Value // registers of all frames
	frames []frame
	top    int // index of the running frame; -1: none yet
	saved  checkpoint
	forgot uint64 // control's steps when dead registers were cleared

	blocks  []block   // open ones, outermost first
	goCalls int       // Go functions below that call back
	calling []calling // these built-ins, and those that have called built-ins
	nested  int       // Go functions below that call built-ins
	builtin string    // the built-in called last
	loading loading   // the newest load statement

	counted  uint64 // instructions of this transaction that control has counted
	startTop int    // the running frame when this transaction began,
	startPC  int    // and its pc

	// Waiting; see wait.go and asleep.go.
	again        bool       // this transaction is not at its first attempt
	irreversible bool       // this transaction has done what cannot be undone
	deadlines    []deadline // of the waits of this transaction
	attempt      uint64     // its number
	until        time.Time  // the first deadline of this attempt that was not over; zero: none
	waitsAt      place
	joins        *Handle     // which this attempt is about to wait for
	sleeper      *sleeper    // asleep, or just woken
	waitsForTurn bool        // to be irrevocable, now or at the begin of the next attempt
	answering    uint64      // the roll call that is answered by sleeping again
	stuck        []stuckWait // waits of this transaction that are to fail
	waits        int         // calls of Wait in this attempt
	sleptAt      int         // waits, when the thread fell asleep

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
	if t.answering != 0 && status != runtime.Wait {
		t.machine.hasCommitted(t)
	}
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
	t.counted = 0
	defer t.count()
	t.beginAttempt()
	if t.start.step {
		return t.runGo() // it ends soon, and some of what does has no error to report
	}
	if err := t.interrupted(); err != nil {
		if t.top >= 0 {
			err = t.fail(err, t.frames[t.top].pc+1, "")
		}
		return runtime.Done, err
	}
	if t.top >= 0 {
		return t.run()
	}
	if t.start.prepare != nil {
		t.start.prepare()
	}
	if t.start.body != nil || !isFunction(t.start.fn) {
		return t.runGo()
	}
	if err := t.enter(functionOf(t.start.fn), 0, t.start.args, t.start.kwargs, true); err != nil {
		return runtime.Done, err
	}
	return t.run()
}

// beginAttempt forgets what belongs to the transaction before, or the attempt before.
func (t *Thread) beginAttempt() {
	if !t.again {
		t.deadlines, t.stuck = t.deadlines[:0], t.stuck[:0]
	}
	if t.sleeper != nil {
		t.machine.wakeUp(t)
	}
	if t.waitsForTurn {
		t.machine.goesOn(t)
	}
	t.again, t.irreversible = false, false
	t.attempt++
	t.waits, t.joins = 0, nil
	t.until = time.Time{}
	t.startTop = t.top
	if t.top >= 0 {
		t.startPC = t.frames[t.top].pc
	}
}

// runGo runs a first call that is none of a Starlark function.
func (t *Thread) runGo() (runtime.Status, error) {
	t.builtin = "" // a body has no name
	var err error
	if t.start.body != nil && t.start.step {
		err = t.start.body()
	} else if t.start.body != nil {
		err = t.Do(t.start.body)
	} else {
		t.result, err = t.callGo(t.start.fn, t.start.args, t.start.kwargs)
		err = failOutside(err, t.start.fn)
	}
	switch err {
	case errRetry:
		return t.waitNow(t.start.body == nil), nil
	case errAgain:
		return runtime.Yield, nil
	}
	return runtime.Done, err
}

// check is called when the instruction budget is used up. stop: save pc and
// return Yield. Otherwise Budget is at least 1, however deep it was overdrawn:
// a call that is tried again charges it again.
func (t *Thread) check() (stop bool, err error) {
	t.count()
	t.forget()
	if err := t.interrupted(); err != nil {
		return false, err
	}
	for t.Budget <= 0 {
		if !t.Check() {
			continue
		}
		if t.goCalls > 0 {
			return false, errRestart
		}
		return true, nil
	}
	return false, nil
}
