package starlark

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/ungil/tm/starlark/compile"
	"github.com/ungil/tm/starlark/lib"
	"github.com/ungil/tm/starlark/value"
	"github.com/ungil/tm/starlark/vm"
)

// errUnset is what functions say that are given the zero Value, such as a name of a map of variables
// that is not there.
var errUnset = errors.New("a starlark.Value is not set: the zero Value is no value of the language, as None is; was a name misspelt?")

// areSet is the error of a function that is given the zero Value.
func areSet(vs ...Value) error {
	for _, v := range vs {
		if !v.IsSet() {
			return errUnset
		}
	}
	return nil
}

// has returns whether a name is in d, as a function.
func has(d StringDict) func(string) bool {
	return func(name string) bool { _, ok := d[name]; return ok }
}

// SourceProgram compiles a file that is to be executed many times, by Init. src is as for
// ExecFile; isPredeclared tells the names that Init will be given, besides those that every
// program has; nil: none. Errors of the source are compile.ErrorList.
func SourceProgram(filename string, src any, isPredeclared func(string) bool) (*Program, error) {
	text, err := sourceOf(filename, src)
	if err != nil {
		return nil, err
	}
	p, err := compile.File(filename, text, orPredeclared(isPredeclared), vm.IsUniversal)
	if err != nil {
		return nil, err
	}
	return &Program{p}, nil
}

func orPredeclared(more func(string) bool) func(string) bool {
	return func(name string) bool { return vm.IsPredeclared(name) || more != nil && more(name) }
}

// Init executes the program on a thread and returns its global variables; if it fails, those it
// had then. Several threads may execute one program at the same time.
func (p *Program) Init(thread *Thread, predeclared StringDict) (StringDict, error) {
	if err := p.lacks(predeclared); err != nil {
		return nil, err
	}
	globals, _, err := thread.vm.Exec(p.code, predeclared, nil)
	return globals, err
}

// lacks is the error of a name that the program was promised.
func (p *Program) lacks(predeclared StringDict) error {
	for _, name := range p.code.Predeclared {
		switch v, ok := predeclared[name]; {
		case ok && !v.IsSet():
			return fmt.Errorf("%s: the predeclared name %s has no value: %w", p.code.Filename, name, errUnset)
		case !ok && !vm.IsPredeclared(name):
			return fmt.Errorf("%s: the predeclared name %s has no value", p.code.Filename, name)
		}
	}
	return nil
}

// Eval returns the value of an expression. src is a string, a []byte, or nil to read the file;
// env has names besides the language's own.
func Eval(thread *Thread, filename string, src any, env StringDict) (Value, error) {
	text, err := sourceOf(filename, src)
	if err != nil {
		return Value{}, err
	}
	code, err := compile.Expr(filename, text, orPredeclared(has(env)), vm.IsUniversal)
	if err != nil {
		return Value{}, err
	}
	if err := (&Program{code}).lacks(env); err != nil {
		return Value{}, err
	}
	_, v, err := thread.vm.Exec(code, env, nil)
	return v, err
}

// A CallFrame is one of the active calls: the function, and the place in it that executes.
type CallFrame = vm.Call

// CallStack returns the active calls, outermost first; the last is that of the built-in which asks.
func (t *Thread) CallStack() []CallFrame { return t.vm.CallStack() }

// Struct makes a struct with these fields, as struct(**fields) does.
func Struct(fields StringDict) Value {
	var kvs []KV
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		kvs = append(kvs, KV{Name: name, Value: fields[name]})
	}
	return lib.NewStruct(kvs)
}

// Module makes a namespace of built-ins and other values, such as math is.
func Module(name string, members StringDict) Value { return value.NewModule(name, maps.Clone(members)) }

// AsString returns a string's text; ok is false if v is no string. The methods of Value that
// return a payload do not look at its type: what they say of another type makes no sense.
func AsString(v Value) (s string, ok bool) {
	if !v.IsSet() || !v.IsString() {
		return "", false
	}
	return v.AsString(), true
}

// AsInt returns an int; ok is false if v is none, or does not fit into 64 bits: see Value.AsBigInt.
func AsInt(v Value) (i int64, ok bool) {
	if !v.IsInt() {
		return 0, false
	}
	return v.AsInt(), true
}

// AsFloat returns a number as a float, as float(v) does; ok is false if v is none, or too large.
func AsFloat(v Value) (f float64, ok bool) {
	if !v.IsSet() {
		return 0, false
	}
	return value.AsFloat(v)
}
