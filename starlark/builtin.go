package starlark

import (
	"fmt"

	"github.com/ungil/tm/starlark/value"
	"github.com/ungil/tm/starlark/vm"
)

// A Builtin is a Go function that programs can call. Args and kwargs must not be
// kept or changed. It runs inside a transaction: it may be called again if that
// meets a conflict, and all it may change is Starlark values, by the functions of this
// package. Effects go through Thread.Defer, or make it one of NewDeferred or NewIrreversible.
type Builtin func(thread *Thread, args []Value, kwargs []KV) (Value, error)

// NewBuiltin makes a value of a Go function. The name is for error messages and
// tracebacks.
func NewBuiltin(name string, fn Builtin) Value {
	return value.NewBuiltin(name, func(t *value.Thread, _ Value, args []Value, kwargs []KV) (Value, error) {
		t.Enter() // each operation of fn names its own objects
		defer t.Leave()
		v, err := fn(t.Host.(*vm.Thread).Embedder.(*Thread), args, kwargs)
		if err == nil && !v.IsSet() {
			v = None
		}
		return v, err
	})
}

// NewIrreversible is NewBuiltin for a function that does what can neither be undone nor
// wait for the commit, such as a request to a server whose answer the program
// needs. Its transaction becomes irrevocable first: it will not run again, neither for a
// conflict nor to wait (that is an error), and only one transaction of the process is irrevocable at a
// time. If the program itself fails later in the same atomic block, what the function has
// done stays done.
func NewIrreversible(name string, fn Builtin) Value {
	return NewBuiltin(name, func(thread *Thread, args []Value, kwargs []KV) (Value, error) {
		if err := thread.vm.Acting().Irreversible(); err != nil {
			return Value{}, err
		}
		return fn(thread, args, kwargs)
	})
}

// NewDeferred makes a built-in that has its effect when the transaction which calls it has
// committed, as print does: once, in the order of commits, one effect at a time in the world, and
// not at all if the call is undone. fn gets the positional arguments as FromValue converts
// them at the time of the call; it must not use the world. The call's value is None.
func NewDeferred(name string, fn func(args []any)) Value {
	return NewBuiltin(name, func(thread *Thread, args []Value, kwargs []KV) (Value, error) {
		if len(kwargs) > 0 {
			return Value{}, fmt.Errorf("%s: unexpected keyword arguments", name)
		}
		converted := make([]any, len(args))
		for i, v := range args {
			x, err := FromValue(thread, v)
			if err != nil {
				return Value{}, fmt.Errorf("%s: for parameter %d: %w", name, i+1, err)
			}
			converted[i] = x
		}
		thread.Defer(func() { fn(converted) })
		return None, nil
	})
}

// Defer runs f once after the transaction has committed, and never if it does not,
// in the order of commits and one at a time in the world. f must not use the world.
// Outside of a transaction it runs at once.
func (t *Thread) Defer(f func()) { t.vm.Acting().Defer(f) }

// UnpackArgs distributes the arguments of a built-in over Go variables, as in
//
//	var path Value
//	limit := 10
//	err := starlark.UnpackArgs("find", args, kwargs, "path", &path, "limit?", &limit)
//
// A name that ends in "?" is optional, as are all that follow; with "??", None counts as
// not given. The variables may be a Value, Callable, Iterable, string, bool, float64, any of
// Go's integers, or have a method Unpack(Value) error.
func UnpackArgs(name string, args []Value, kwargs []KV, pairs ...any) error {
	return value.UnpackArgs(name, args, kwargs, pairs...)
}

// UnpackPositionalArgs is UnpackArgs for a built-in that takes no names: at
// least min arguments, at most one for each of vars.
func UnpackPositionalArgs(name string, args []Value, kwargs []KV, min int, vars ...any) error {
	return value.UnpackPositionalArgs(name, args, kwargs, min, vars...)
}

// A Callable and an Iterable are values that UnpackArgs has found to be such.
type (
	Callable = value.Callable
	Iterable = value.Iterable
)

// IsControl reports whether an error of Call, within a built-in, is none of the
// program but makes the running transaction start again. A built-in that does not
// simply return the errors of Call must return this kind.
func IsControl(err error) bool { return vm.IsControl(err) }
