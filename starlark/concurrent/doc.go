// Package concurrent has the objects by which threads of a program work together:
// queues, locks, events, semaphores, barriers, shared variables, thread-local ones, and relaxed
// containers. Names and behaviour are those of Python's modules threading and queue as far as
// transactions allow.
//
// All state is in transactional variables (value.Cell, value.Dict). So what an atomic block does
// with them is undone with the block, and a block that has to wait, in whatever it
// calls, waits as a whole: it is undone, and runs again when something has changed. That is why
// two locks taken in one block cannot deadlock.
//
// A function that may have to wait looks first, with runtime.Thread.Look, changes nothing
// until it is certain to go on, and otherwise returns what value.Wait says. One that changes what
// others may wait for rings the object's Watch.
package concurrent

import (
	"fmt"

	"github.com/ungil/tm/runtime"
	"github.com/ungil/tm/starlark/value"
)

// A variable is a part of an object's state.
type variable struct{ *value.Cell }

func newVariable(t *value.Thread, v value.Value) variable { return variable{value.NewCell(t, v)} }

func (x variable) int(t *value.Thread) int64 { return x.Get(t).AsInt() }

func (x variable) setInt(t *value.Thread, i int64) { x.Set(t, value.Int(i)) }

func (x variable) bool(t *value.Thread) bool { return x.Get(t).AsBool() }

func (x variable) setBool(t *value.Thread, b bool) { x.Set(t, value.Bool(b)) }

// mutable refuses to use what would have to be changed and is frozen.
func (x variable) mutable(name string) error {
	if x.Frozen() {
		return fmt.Errorf("%s: cannot change what is frozen, as all that a loaded module has", name)
	}
	return nil
}

// An object is what most of the types here have.
type object struct {
	value.Object
	shared bool
	lock   runtime.Lock // under the model Locks
	watch  runtime.Watch
}

// changed wakes who waits for the object.
func (o *object) changed(t *value.Thread) { o.watch.Changed(t.Thread) }

// waitArgs takes the arguments block and timeout, in this order and behind those of pairs. A
// timeout is not allowed without block, as in Python.
func waitArgs(name string, args []value.Value, kwargs []value.KV, pairs ...any) (timeout value.Timeout, err error) {
	block := true
	timeout = -1
	pairs = append(pairs, "block?", &block, "timeout??", &timeout)
	if err := value.UnpackArgs(name, args, kwargs, pairs...); err != nil {
		return 0, err
	}
	if block {
		return timeout, nil
	}
	if timeout >= 0 {
		return 0, fmt.Errorf("%s: got a timeout and block = False", name)
	}
	return 0, nil
}

// noArgs refuses arguments.
func noArgs(name string, args []value.Value, kwargs []value.KV) error {
	return value.Positional(name, args, kwargs, 0, 0)
}
