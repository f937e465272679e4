// Package compile turns Starlark source into register code.
//
// The front end is go.starlark.net/syntax and go.starlark.net/resolve: a tree
// in which every name has a scope and an index. One pass over the tree emits
// code for each function; jump targets are patched when they are known.
//
// Locals live in registers and are operands as they stand: `x + y` of two
// locals is one instruction. This is sound because no expression of the
// language assigns to a variable that an enclosing expression can see, so an
// operand cannot change between its evaluation and its use. An expression is
// asked for its value in one of two ways: "anywhere" (a local answers with its
// own register) or "in register d" (the last instruction writes d directly).
// In the second way d is written only after every part has been evaluated when
// it is a local, because a part may read it.
//
// Conditions are compiled to jumps, not to values: `if a < b and c:` makes no
// bool. The compiler keeps a set of locals that are certainly assigned; only a
// use outside the set is checked at run time.
//
// The package knows nothing of values: constants are Go's int64, float64,
// string, *big.Int, our Bytes and tuples of these, and names are indices into tables that
// the machine binds. The opcode table in opcode.go is the contract between the two.
package compile

import "sort"

// A Program is a compiled file.
type Program struct {
	Filename    string
	Toplevel    *Func    // the file's statements, a function without parameters; also Funcs[0]
	Funcs       []*Func  // every function of the file
	Globals     []string // names of global variables
	Names       []string // names of attributes and keyword arguments
	Predeclared []string // the predeclared names that the file uses, to be bound by the caller
	Universals  []string // likewise, universal names (never None, True, False)
	Loads       []LoadSite
}

// A LoadSite describes a load statement.
type LoadSite struct {
	Module string
	Names  []string // as the module has them
}

// A Func is the code of one function. It is immutable.
type Func struct {
	Name      string
	Line, Col int32 // of def or lambda; 1, 1 for the top level
	Code      []Instr
	Constants []Constant
	Calls     []CallSite // for CallGeneral

	// Params are the named parameters, positional ones first, then
	// keyword-only ones: registers 0 to len(Params)-1. *args and **kwargs, if
	// any, follow in this order.
	Params        []Param
	NumPositional int  // parameters that a positional argument can set
	HasArgs       bool // *args: register len(Params)
	HasKwargs     bool // **kwargs: the register after that
	NumDefaults   int
	Simple        bool     // no keyword-only parameters, no *args, no **kwargs: N == NumPositional arguments need no binding
	Locals        []string // names of the registers that are variables
	NumRegs       int      // registers the frame needs
	FreeVars      []string // names of the captured cells
	Captures      []Capture
	Positions     []Position
	Dots          []Position // of the attributes of method calls, whose own position is the parenthesis
}

// Constant is an int64, a float64, a string, a Bytes, a *big.Int (which does
// not fit an int64) or a Tuple.
type Constant any

// Tuple is the constant of a tuple that has elements, all of them constants. Among
// these, nil is None, and there are bools.
type Tuple []Constant

// Bytes is the constant of a bytes literal.
type Bytes string

// A Param is a named parameter.
type Param struct {
	Name    string
	Default int // index of the default value; -1: none, the parameter is required
}

// A Capture says where a closure finds a cell when it is made.
type Capture struct {
	Free  bool // false: R[Index] of the frame that makes it; true: captured cell Index of that frame's closure
	Index uint16
}

// A CallSite describes the arguments of a CallGeneral.
type CallSite struct {
	Method     int // index in Program.Names of the method that is called, or -1
	Positional int
	Names      []uint16 // keyword arguments: indices in Program.Names
	Args       bool     // has *args
	Kwargs     bool     // has **kwargs
}

// A Position is the place in the source of the instructions from PC on.
type Position struct {
	PC        uint32
	Line, Col int32 // from 1
}

// Position returns the line and column of the instruction at pc.
func (f *Func) Position(pc int) (line, col int32) { return f.find(f.Positions, pc) }

// DotPosition returns the line and column of the attribute of the method call at pc.
func (f *Func) DotPosition(pc int) (line, col int32) { return f.find(f.Dots, pc) }

func (f *Func) find(table []Position, pc int) (line, col int32) {
	i := sort.Search(len(table), func(i int) bool { return int(table[i].PC) > pc })
	if i == 0 {
		return f.Line, f.Col
	}
	return table[i-1].Line, table[i-1].Col
}
