package starlark

import (
	"github.com/ungil/tm/starlark/value"
	"github.com/ungil/tm/starlark/vm"
)

// A Builtin is a Go function that programs can call. Args and kwargs must not be
// kept or changed. It runs inside a transaction: it may be called again if that
// meets a conflict, and all it may change is Starlark values, by the functions of this
// package. Effects go through Thread.Defer.
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

// Defer runs f once after the transaction has committed, and never if it does not,
// in the order of commits and one at a time in the world. f must not use the world.
// Outside of a transaction it runs at once.
func (t *Thread) Defer(f func()) { t.vm.Defer(f) }

// UnpackArgs distributes the arguments of a built-in over Go variables, as in
//
//	var path Value
//	limit := 10
//	err := starlark.UnpackArgs("find", args, kwargs, "path", &path, "limit?", &limit)
//
// A name that ends in "?" is optional, as are all that follow; with "??", None counts as
// not given. The variables may be a Value, Callable, Iterable, string, bool, int,
// int64 or float64.
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
