package vm

import (
	"errors"
	"fmt"
	"time"

	"github.com/ungil/tm/runtime"
	"github.com/ungil/tm/starlark/compile"
	"github.com/ungil/tm/starlark/value"
)

// A built-in that has to wait asks the thread with Wait and returns what that returns:
// errRetry, as a rule. Where that goes depends on what is open:
//
//   - In an alternative of or_else: what the alternative did is undone, the next one begins.
//   - In atomic: what the outermost block did is undone; the block runs again when something
//     has changed.
//   - Outside of both: the built-in has done nothing yet, and is called again.
//
// In the last two cases nothing else may be part of the transaction: others might wait for
// just that. So if something ran before, that is committed first.

// errNoBlock is the error of a wait below a Go function that cannot be left and entered again.
var errNoBlock = errors.New("has to wait, and a function that a built-in calls back cannot: put the call of the built-in into an atomic block")

// Wait is for built-ins that cannot go on before something changes that they have just
// looked at; under a global lock they have called Look before, and changed nothing. A
// timeout that is not negative is the longest time to wait, counted from
// the first try. If that is over, expired is true. Otherwise the built-in must return err,
// and will be called again.
func (t *Thread) Wait(what string, timeout time.Duration) (expired bool, err error) {
	if timeout >= 0 && t.expired(timeout) {
		return true, nil
	}
	t.waits++
	for _, s := range t.stuck {
		if s.number == t.waits {
			return false, fmt.Errorf("%s: %w", what, s.reason)
		}
	}
	switch {
	case t.irreversible && (t.InAtomic() || t.start.body != nil):
		return false, fmt.Errorf("%s has to wait after something was done that cannot be undone", what)
	case !t.mayWait():
		return false, fmt.Errorf("%s %w", what, errNoBlock)
	}
	t.waitsAt = t.place(what)
	return false, errRetry
}

// Irreversible is called by a built-in before it does what cannot be undone. It
// must return the error, if there is one, and will be called again.
func (t *Thread) Irreversible() error {
	if t.irreversible || !t.Transactional() {
		t.irreversible = true
		return nil
	}
	free := t.goCalls == 0 && t.nested == 0 && !t.InAtomic() && t.start.body == nil
	if free && t.top >= 0 && t.Ran() > 1 {
		return errAgain // in a transaction that has nothing else in it, which holds up others for a shorter time
	}
	for !t.Irrevocable(t.machine.untilCancelled(t)) {
		if t.Doomed() {
			return errRestart // and the next attempt waits before it begins
		}
		if err := t.interrupted(); err != nil {
			t.machine.goesOn(t)
			return err
		}
	}
	t.machine.goesOn(t)
	t.irreversible = true
	t.EndQuantumSoon()
	return nil
}

// mayWait reports whether somebody can take errRetry.
func (t *Thread) mayWait() bool {
	for i := range t.blocks {
		if t.blocks[i].kind == compile.BlockAlternative {
			return true
		}
	}
	if o := t.outermost(); o >= 0 {
		return t.blocks[o].goCalls == 0 || t.start.body != nil
	}
	return t.start.body != nil || t.goCalls == 0 && t.nested == 0
}

// A stuckWait is a wait that is to fail each time the transaction is tried. A program may go on
// after it, and come to another wait in the same block.
type stuckWait struct {
	number int // of the waits in an attempt, from 1
	reason error
}

// retry is Wait for a function that gives up the atomic block it is in.
func (t *Thread) retry(what string) error {
	if t.outermost() < 0 && t.start.body == nil {
		return fmt.Errorf("%s: only inside atomic is there something to run again", what)
	}
	_, err := t.Wait(what, -1)
	return err
}

// A deadline is the end of a wait that has a timeout. The next attempt may take another way: it has come to the
// same wait if that is at the same place and has the same timeout. Of several such, as in a loop, the first
// is the first.
type deadline struct {
	at      time.Time
	timeout time.Duration
	code    *proto // nil: none of the program's
	pc      int
	attempt uint64 // the last one that came here
}

// expired reports whether a time is over that began when the transaction, in one of its
// attempts, came to this wait first.
func (t *Thread) expired(timeout time.Duration) bool {
	if timeout == 0 {
		return true
	}
	now := time.Now()
	d := t.deadline(now, timeout)
	d.attempt = t.attempt
	if !now.Before(d.at) {
		return true
	}
	if t.until.IsZero() || d.at.Before(t.until) {
		t.until = d.at
	}
	return false
}

// deadline returns that of the wait that this attempt has come to.
func (t *Thread) deadline(now time.Time, timeout time.Duration) *deadline {
	var code *proto
	p := t.place("")
	if p.fn != nil { // of a lambda there is another one in each attempt
		code = p.fn.proto
	}
	for i := range t.deadlines {
		if d := &t.deadlines[i]; d.code == code && d.pc == p.pc && d.timeout == timeout && d.attempt != t.attempt {
			return d
		}
	}
	t.deadlines = append(t.deadlines, deadline{at: now.Add(timeout), timeout: timeout, code: code, pc: p.pc})
	return &t.deadlines[len(t.deadlines)-1]
}

// suspend is called when errRetry or errAgain has come to the loop and no block stops it. pc is that
// after the call that has returned it.
func (t *Thread) suspend(err error, pc int) (runtime.Status, error) {
	if t.goCalls > 0 {
		return runtime.Done, err
	}
	if err == errAgain {
		t.frames[t.top].pc = pc - 1
		return runtime.Yield, nil
	}
	o := t.outermost()
	if o < 0 {
		t.frames[t.top].pc = pc - 1
		if !t.isFirst(pc-1, 1) {
			return runtime.Yield, nil
		}
		return t.waitNow(true), nil
	}
	first := t.blocks[o].first
	if !t.Transactional() {
		if first {
			t.WillWait()
		}
		t.dropBlocks(o)
		t.Restore()
		t.saved.lowest = neverSaved
		t.counted = t.Ran() // what the block ran does not count
		if !first {
			t.again = false // the block begins a transaction of its own, whose waits and times are counted anew
			return runtime.Yield, nil
		}
		return t.waitNow(false), nil
	}
	if !first {
		t.DropBatch() // also the blocks before this one are to be committed first
		t.WaitFor(closed, false)
		return runtime.Wait, nil
	}
	return t.waitNow(false), nil
}

// closed ends a sleep before it has begun.
var closed = func() chan struct{} {
	c := make(chan struct{})
	close(c)
	return c
}()

// waitNow makes the thread sleep until something changes. byWatch: it is the change of what
// a built-in looked at last, and that alone.
func (t *Thread) waitNow(byWatch bool) runtime.Status {
	t.again, t.sleptAt = true, t.waits
	t.WaitFor(t.machine.fallAsleep(t), byWatch)
	return runtime.Wait
}

// A place is where a thread waits.
type place struct {
	what string
	fn   *Function // the innermost of the program's own; nil if there is none
	pc   int
}

func (t *Thread) place(what string) place {
	for i := t.top; i >= 0; i-- {
		if f := &t.frames[i]; !f.fn.proto.module.builtins {
			return place{what, f.fn, f.pc}
		}
	}
	return place{what: what}
}

func (p place) String() string {
	if p.fn == nil {
		return p.what
	}
	line, col := p.fn.proto.Position(p.pc - 1)
	return fmt.Sprintf("%s at %v", p.what, Position{p.fn.proto.module.program.Filename, line, col})
}

// builtinRetry is retry().
func builtinRetry(t *value.Thread, _ value.Value, args []value.Value, kwargs []value.KV) (value.Value, error) {
	t.Enter()
	defer t.Leave()
	if err := noArgs("retry", args, kwargs); err != nil {
		return value.Value{}, err
	}
	return value.None, threadOf(t).retry("retry")
}

// builtinCheck is check(condition): retry unless it holds.
func builtinCheck(t *value.Thread, _ value.Value, args []value.Value, kwargs []value.KV) (value.Value, error) {
	t.Enter(args...)
	defer t.Leave()
	if err := value.Positional("check", args, kwargs, 1, 1); err != nil {
		return value.Value{}, err
	}
	if value.Truth(t, args[0]) {
		return value.None, nil
	}
	return value.None, threadOf(t).retry("check")
}

// Again implements value.Waiter.
func (t *Thread) Again(what string) error {
	if t.goCalls > 0 || t.nested > 0 || t.InAtomic() || t.start.body != nil {
		return fmt.Errorf("%s: others could not see it before the atomic block, or the call of the built-in around it, ends", what)
	}
	return errAgain
}
