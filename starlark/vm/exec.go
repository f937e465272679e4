package vm

import (
	"fmt"

	"github.com/ungil/tm/starlark/compile"
	"github.com/ungil/tm/starlark/value"
)

// Exec executes a file on the calling goroutine and returns its global
// variables, also those it had when it failed, and what its only expression gave
// if it is a chunk of an interactive session. env has predeclared names, session
// the variables of earlier chunks. Called from a built-in of this thread, it is part
// of the running transaction.
func (t *Thread) Exec(p *compile.Program, env, session map[string]value.Value) (globals map[string]value.Value, result value.Value, err error) {
	if t = t.Acting(); t.outside {
		defer t.endInner()
		return t.beginInner().Exec(p, env, session)
	}
	m := t.machine.newModule(t, p, env)
	fn := newFunction(m.protos[0], nil, nil).value()
	prepare := func() {
		m.bindPredeclared(&t.Thread, &t.machine.config)
		m.setGlobals(&t.Thread, session)
	}
	if t.busy {
		prepare()
		result, err = t.Call(fn, nil, nil)
		return m.globalsMap(&t.Thread), result, err
	}
	finish := func() { globals = m.globalsMap(&t.Thread) }
	result, err = t.drive(startCall{fn: fn, prepare: prepare, finish: finish})
	return globals, result, err
}

// Invoke calls fn on the calling goroutine, in as many transactions as it takes, or
// within the running one if a built-in of this thread asks.
func (t *Thread) Invoke(fn value.Value, args []value.Value, kwargs []value.KV) (value.Value, error) {
	if t = t.Acting(); t.outside {
		defer t.endInner()
		return t.beginInner().Invoke(fn, args, kwargs)
	}
	if t.busy {
		return t.Call(fn, args, kwargs)
	}
	if !value.IsCallable(fn) {
		return value.Value{}, fmt.Errorf("invalid call of non-function (%s)", fn.TypeName())
	}
	return t.drive(startCall{fn: fn, args: args, kwargs: kwargs})
}

// Do runs a Go function as one transaction, or as part of the running one. It may
// run several times; an error undoes what it did to Starlark's values.
func (t *Thread) Do(f func() error) error {
	if t = t.Acting(); t.outside {
		defer t.endInner()
		return t.beginInner().Do(f)
	}
	if !t.busy {
		_, err := t.drive(startCall{body: f})
		return err
	}
	mark := t.Savepoint()
	err := f()
	if err == errRetry {
		t.WillWait()
	}
	if err != nil {
		t.Rollback(mark)
	} else {
		t.Release(mark)
	}
	return err
}

// Step runs a Go function as one transaction, or as part of the running one, with the
// thread whose transaction it is. What it did before it fails stays. It must not run code
// of the program: limits and cancellation do not stop it.
func (t *Thread) Step(f func(*value.Thread) error) error {
	if t = t.Acting(); t.outside {
		defer t.endInner()
		return t.beginInner().Step(f)
	}
	if t.busy {
		return f(&t.Thread)
	}
	_, err := t.drive(startCall{body: func() error { return f(&t.Thread) }, step: true})
	return err
}

// drive runs the thread from a start to its end.
func (t *Thread) drive(start startCall) (value.Value, error) {
	t.reset()
	t.start, t.busy = start, true
	t.control.cap(t)
	t.LetGo() // what a panic has left
	defer func() { t.busy, t.outside, t.start = false, false, startCall{} }()
	if t.machine.guest != nil {
		t.Run(t.machine.guest(t))
	} else {
		t.Run(t)
	}
	if t.err != nil && start.body == nil {
		return value.Value{}, asEvalError(t.err)
	}
	if start.body != nil {
		return value.Value{}, t.err
	}
	return t.result, nil
}

// reset makes the thread as if it had not run yet, also if a Go function has left the
// last run by a panic.
func (t *Thread) reset() {
	t.err, t.result, t.top = nil, value.Value{}, -1
	t.endMarks(0)
	t.blocks = t.blocks[:0]
	t.goCalls, t.goNames = 0, t.goNames[:0]
	t.nested, t.again, t.irreversible = 0, false, false
	t.joins, t.stuck = nil, nil
}

// Busy reports whether the thread is running: what is called on it now is part
// of its transaction.
func (t *Thread) Busy() bool { return t.busy && !t.outside }

// While a thread loads a module, what it is asked to do has to be done by another one, an
// inner thread, which can have transactions. Both are the same to the embedder.

// Acting returns the thread that does what t is asked to do now: t itself, or the inner
// thread that is at work for it.
func (t *Thread) Acting() *Thread {
	for t.outside && t.inside != nil {
		t = t.inside
	}
	return t
}

// beginInner makes a thread that does one thing for t, which is loading a module.
func (t *Thread) beginInner() *Thread {
	u := t.machine.NewThread()
	u.Embedder, u.control, u.Inner, u.Allocated = t.Embedder, t.control, true, t.Allocated
	t.inside = u
	return u
}

// endInner is called when that is done, also if it has panicked.
func (t *Thread) endInner() { t.Allocated, t.inside = t.inside.Allocated, nil }
