package vm

import (
	"maps"
	"slices"

	"github.com/ungil/tm/starlark/value"
)

// A builtinModule is a namespace of built-ins, such as thread.
type builtinModule struct {
	value.Object
	name    string
	members map[string]value.Value
}

var moduleType = value.Type{
	Name: "module",
	Kind: value.KindModule,
	Repr: func(_ *value.Thread, v value.Value) string { return "<module " + moduleOf(v).name + ">" },
	Attr: func(_ *value.Thread, v value.Value, name string) (value.Value, error) {
		return moduleOf(v).members[name], nil
	},
	AttrNames: func(v value.Value) []string {
		return slices.Sorted(maps.Keys(moduleOf(v).members))
	},
}

func newModule(name string, members map[string]value.Value) value.Value {
	m := &builtinModule{Object: value.Object{Type: &moduleType}, name: name, members: members}
	return value.FromObject(&m.Object)
}

func moduleOf(v value.Value) *builtinModule { return (*builtinModule)(v.Pointer()) }

// predeclared makes the values of the names a program has besides the universal
// ones.
var predeclared = map[string]func(*value.Thread, *Config) value.Value{
	"args": func(t *value.Thread, c *Config) value.Value {
		return value.NewList(t, value.Strings(c.Args))
	},
	"thread": threadModule,
	"file":   func(*value.Thread, *Config) value.Value { return fileModule },
	"atomic": func(*value.Thread, *Config) value.Value { return atomicBuiltin },
}
