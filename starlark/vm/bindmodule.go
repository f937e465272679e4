package vm

import (
	"math/big"
	"unsafe"

	"github.com/ungil/tm/starlark/compile"
	"github.com/ungil/tm/starlark/value"
)

// IsPredeclared and IsUniversal report whether a program may use a name; they
// are for compile.File.
func IsPredeclared(name string) bool { _, ok := predeclared[name]; return ok }

// IsUniversal reports whether name is built in. See IsPredeclared.
func IsUniversal(name string) bool {
	_, ok := universe[name]
	return ok || name == "None" || name == "True" || name == "False"
}

// newModule binds a compiled file. env has predeclared names besides, or
// instead of, those of every program.
func (m *Machine) newModule(t *Thread, p *compile.Program, env map[string]value.Value) *module {
	mod := bindModule(p, env)
	mod.globals = value.NewGlobals(&t.Thread, len(p.Globals))
	return mod
}

// bindModule is newModule without the global variables.
func bindModule(p *compile.Program, env map[string]value.Value) *module {
	mod := &module{program: p, env: env}
	strings := map[string]value.Value{}
	for _, f := range p.Funcs {
		mod.protos = append(mod.protos, newProto(mod, f, strings))
	}
	for _, name := range p.Universals {
		mod.universals = append(mod.universals, universe[name])
	}
	for _, name := range p.Names {
		mod.selectors = append(mod.selectors, value.SelectorOf(name))
	}
	mod.predeclared = make([]value.Value, len(p.Predeclared))
	return mod
}

// bindPredeclared gives the predeclared names their values. The thread that
// executes the file does it in its first transaction, because args is a list
// that all threads can reach.
func (mod *module) bindPredeclared(t *value.Thread, c *Config) {
	for i, name := range mod.program.Predeclared {
		v, ok := mod.env[name]
		if !ok {
			v = predeclared[name](t, c)
		}
		if c.Frozen {
			value.Freeze(t, v)
		}
		value.Publish(t, v)
		mod.predeclared[i] = v
	}
}

// setGlobals gives variables of an interactive session the values they have.
func (mod *module) setGlobals(t *value.Thread, session map[string]value.Value) {
	for i, name := range mod.program.Globals {
		if v, ok := session[name]; ok {
			mod.globals.Set(t, i, v)
		}
	}
}

// globalsMap returns the variables that have a value, for Go code.
func (mod *module) globalsMap(t *value.Thread) map[string]value.Value {
	vars := make(map[string]value.Value, len(mod.program.Globals))
	for i, name := range mod.program.Globals {
		if v := mod.globals.Get(t, i); v.IsSet() {
			value.Publish(t, v) // the module may be gone before the map is
			vars[name] = v
		}
	}
	return vars
}

// newProto binds a function.
func newProto(m *module, f *compile.Func, strings map[string]value.Value) *proto {
	p := &proto{Func: f, module: m, code: codeOf(f)}
	for _, c := range f.Constants {
		p.constants = append(p.constants, constant(c, strings))
	}
	return p
}

// codeOf returns the code as an array type that is larger than it.
//
//go:nocheckptr
func codeOf(f *compile.Func) *instructions { return (*instructions)(unsafe.Pointer(&f.Code[0])) }

// constant converts a constant of the compiler. Equal strings of a module are one object,
// which it finds in strings: dicts find a key that is the same object without comparing
// contents.
func constant(c compile.Constant, strings map[string]value.Value) value.Value {
	switch c := c.(type) {
	case nil:
		return value.None
	case bool:
		return value.Bool(c)
	case int64:
		return value.Int(c)
	case float64:
		return value.Float(c)
	case string:
		v, ok := strings[c]
		if !ok {
			v = value.Str(c)
			strings[c] = v
		}
		return v
	case compile.Bytes:
		return value.Bytes(string(c))
	case *big.Int:
		return value.Big(new(big.Int).Set(c))
	case compile.Tuple:
		elems := make([]value.Value, len(c))
		for i := range c {
			elems[i] = constant(c[i], strings)
		}
		return value.NewConstantTuple(elems)
	}
	panic("vm: constant of unknown type")
}
