package vm

import (
	"unsafe"

	"github.com/ungil/tm/starlark/compile"
	"github.com/ungil/tm/starlark/value"
)

// A module is a compiled file bound to values.
type module struct {
	program     *compile.Program
	builtins    bool // the interpreter's own
	protos      []*proto
	globals     *value.Globals
	env         map[string]value.Value // predeclared names of the embedder's
	predeclared []value.Value
	universals  []value.Value
	selectors   []value.Selector // of program.Names
}

// A proto is a compiled function bound to its module.
type proto struct {
	*compile.Func
	module    *module
	code      *instructions
	constants []value.Value
}

// instructions is the code of a function, registers the registers of a frame.
// Operands are 16 bits wide, so that indexing an array of that size needs no
// bounds check: the compiler guarantees that an operand is less than
// Func.NumRegs, and push that the stack has so many registers from the frame's
// base on.
type (
	instructions [1 << 16]compile.Instr
	registers    [1 << 16]value.Value
)

// A Function is a Starlark closure. It is immutable.
type Function struct {
	value.Object
	// Copies of what the loop needs at each call and return.
	code      *instructions
	constants *registers
	globals   *value.Globals
	cells     []*value.Cell
	numRegs   int
	arity     int // positional arguments that need no binding, or -1

	proto    *proto
	defaults []value.Value
	shared   bool // visited by Publish
}

var functionType = value.Type{
	Name: "function",
	Kind: value.KindFunction,
	Repr: func(_ *value.Thread, v value.Value) string {
		f := functionOf(v)
		if f.proto.module.builtins {
			return "<built-in function " + f.name() + ">"
		}
		return "<function " + f.name() + ">"
	},
	Hash: func(t *value.Thread, v value.Value) (uint64, error) { // equal only to itself; the name will do
		return value.Hash(t, value.Str(functionOf(v).name()))
	},
	Trace:  traceFunction,
	Shared: sharedFunction,
}

// newFunction makes a closure. defaults and cells are taken over.
func newFunction(p *proto, defaults []value.Value, cells []*value.Cell) *Function {
	f := &Function{
		Object: value.Object{Type: &functionType}, proto: p, defaults: defaults, cells: cells,
		code: p.code, constants: constantsOf(p), globals: p.module.globals, numRegs: p.NumRegs, arity: -1,
	}
	if p.Simple {
		f.arity = p.NumPositional
	}
	return f
}

// constantsOf returns the constants as an array type that is larger than they
// are, hence the pragma.
//
//go:nocheckptr
func constantsOf(p *proto) *registers {
	if len(p.constants) == 0 {
		return nil
	}
	return (*registers)(unsafe.Pointer(&p.constants[0]))
}

// functionOf returns v, which must be a Function.
func functionOf(v value.Value) *Function { return (*Function)(v.Pointer()) }

// isFunction reports whether v is a Function.
func isFunction(v value.Value) bool { return v.Type() == &functionType }

func (f *Function) value() value.Value { return value.FromObject(&f.Object) }

// name returns the name as tracebacks and error messages show it.
func (f *Function) name() string {
	if f.proto == f.proto.module.protos[0] {
		return "<toplevel>"
	}
	if f.proto.module.builtins {
		return builtinName(f.proto.Name)
	}
	return f.proto.Name
}

func sharedFunction(v value.Value) *bool {
	f := functionOf(v)
	if len(f.defaults)+len(f.cells) == 0 {
		return nil
	}
	return &f.shared
}

// traceFunction visits what a function reaches.
func traceFunction(v value.Value, visit func(value.Value)) {
	f := functionOf(v)
	for _, d := range f.defaults {
		visit(d)
	}
	for _, c := range f.cells {
		visit(c.Value())
	}
}

// makeFunc runs MakeFunc.
func (t *Thread) makeFunc(in *compile.Instr, r *registers) {
	f := t.frames[t.top].fn
	p := f.proto.module.protos[in.B]
	var defaults []value.Value
	if p.NumDefaults > 0 {
		defaults = make([]value.Value, p.NumDefaults)
		copy(defaults, r[in.C:])
	}
	var cells []*value.Cell
	if len(p.Captures) > 0 {
		cells = make([]*value.Cell, len(p.Captures))
		for i, c := range p.Captures {
			if c.Free {
				cells[i] = f.cells[c.Index]
			} else {
				cells[i] = value.CellOf(r[c.Index])
			}
		}
	}
	t.Charge(int(unsafe.Sizeof(Function{})) + len(defaults)*valueSize + len(cells)*int(unsafe.Sizeof(cells[0])))
	r[in.A] = newFunction(p, defaults, cells).value()
}
