// Package lib has the modules json, math and time, and the type struct. Names,
// results and error texts are those of the modules of go.starlark.net.
//
// All of it is immutable, so it is shared by all threads and worlds. What a
// built-in looks at, it names through Thread.Enter, as package value wants it.
package lib

import "github.com/ungil/tm/starlark/value"

// module makes a module of built-ins; qualified ones know themselves by
// module.name, as in starlark-go.
func module(name string, qualified bool, funcs map[string]value.Func, constants map[string]value.Value) value.Value {
	members := make(map[string]value.Value, len(funcs)+len(constants))
	for member, fn := range funcs {
		full := member
		if qualified {
			full = name + "." + member
		}
		members[member] = value.NewBuiltin(full, fn)
	}
	for member, v := range constants {
		members[member] = v
	}
	return value.NewModule(name, members)
}
