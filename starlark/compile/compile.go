package compile

import (
	"fmt"
	"math"
	"strings"

	"go.starlark.net/resolve"
	"go.starlark.net/syntax"
)

// File parses, resolves and compiles the file. isPredeclared and isUniversal
// say which names the caller will bind; None, True, False and range must be
// universal if the program is to use them. The error, if any, is an ErrorList.
func File(filename string, src []byte, isPredeclared, isUniversal func(string) bool) (*Program, error) {
	if len(src) > maxSource {
		return nil, ErrorList{{Filename: filename, Msg: "file is too large: the limit is 16 MiB"}}
	}
	file, err := Options().Parse(filename, src, 0)
	if err != nil {
		return nil, toErrors(filename, err)
	}
	return Tree(filename, file, nil, isPredeclared, isUniversal)
}

// Expr is File for one expression: a chunk that returns its value.
func Expr(filename string, src []byte, isPredeclared, isUniversal func(string) bool) (*Program, error) {
	if len(src) > maxSource {
		return nil, ErrorList{{Filename: filename, Msg: "expression is too large: the limit is 16 MiB"}}
	}
	x, err := Options().ParseExpr(filename, src, 0)
	if err != nil {
		return nil, toErrors(filename, err)
	}
	file := &syntax.File{Path: filename, Options: Options(), Stmts: []syntax.Stmt{&syntax.ExprStmt{X: x}}}
	return Tree(filename, file, func(string) bool { return false }, isPredeclared, isUniversal)
}

// Builtins is File for functions that belong to the interpreter: they may use blocks that
// programs do not have.
func Builtins(filename string, src []byte, isPredeclared, isUniversal func(string) bool) (*Program, error) {
	file, err := Options().Parse(filename, src, 0)
	if err != nil {
		return nil, toErrors(filename, err)
	}
	return tree(filename, file, true, nil, isPredeclared, isUniversal)
}

// Options are those of the language: all that the front end has. Each call
// returns a copy.
func Options() *syntax.FileOptions {
	return &syntax.FileOptions{Set: true, While: true, TopLevelControl: true, GlobalReassign: true, Recursion: true}
}

// Chunk reads, resolves and compiles one statement of an interactive session, line
// by line. What it loads is bound globally, so that the next statements have it.
func Chunk(filename string, readLine func() ([]byte, error), isGlobal, isPredeclared, isUniversal func(string) bool) (*Program, error) {
	opts := Options()
	opts.LoadBindsGlobally = true
	file, err := opts.ParseCompoundStmt(filename, readLine)
	if err != nil {
		return nil, toErrors(filename, err)
	}
	return Tree(filename, file, isGlobal, isPredeclared, isUniversal)
}

// Tree resolves and compiles a file that was parsed with Options. If isGlobal is not nil,
// the file is a chunk of an interactive session, in which those names are
// variables that exist already. A chunk that is one expression returns its value.
func Tree(filename string, file *syntax.File, isGlobal, isPredeclared, isUniversal func(string) bool) (*Program, error) {
	return tree(filename, file, false, isGlobal, isPredeclared, isUniversal)
}

func tree(filename string, file *syntax.File, builtins bool, isGlobal, isPredeclared, isUniversal func(string) bool) (*Program, error) {
	if err := checkDepth(filename, file); err != nil {
		return nil, err
	}
	if err := resolve.REPLChunk(file, isGlobal, isPredeclared, isUniversal); err != nil {
		return nil, toErrors(filename, err)
	}
	if isGlobal != nil && len(file.Stmts) == 1 {
		if s, ok := file.Stmts[0].(*syntax.ExprStmt); ok {
			file.Stmts[0] = &syntax.ReturnStmt{Return: syntax.Start(s), Result: s.X}
		}
	}
	c := &compiler{
		prog:        &Program{Filename: filename},
		builtins:    builtins,
		names:       map[string]uint16{},
		predeclared: map[string]uint16{},
		universals:  map[string]uint16{},
	}
	c.file(file)
	if len(c.errors) > 0 {
		return nil, c.errors
	}
	return c.prog, nil
}

// An Error is a mistake in the source, or a construct that is not supported.
type Error struct {
	Filename  string
	Line, Col int32 // from 1; 0 if the error has no position
	Msg       string
}

// Error returns the message behind its position: file:line:col.
func (e Error) Error() string {
	if e.Line == 0 {
		return fmt.Sprintf("%s: %s", e.Filename, e.Msg)
	}
	return fmt.Sprintf("%s:%d:%d: %s", e.Filename, e.Line, e.Col, e.Msg)
}

// An ErrorList is what File returns: one or more errors in source order as
// far as they are known.
type ErrorList []Error

// Error returns all errors, one a line.
func (l ErrorList) Error() string {
	var b strings.Builder
	for i, e := range l {
		if i > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(e.Error())
	}
	return b.String()
}

func errorAt(filename string, pos syntax.Position, format string, args ...any) Error {
	return Error{Filename: filename, Line: pos.Line, Col: pos.Col, Msg: fmt.Sprintf(format, args...)}
}

// toErrors converts an error of the front end.
func toErrors(filename string, err error) ErrorList {
	switch err := err.(type) {
	case syntax.Error:
		return ErrorList{errorAt(filename, err.Pos, "%s", err.Msg)}
	case resolve.ErrorList:
		var list ErrorList
		for _, e := range err {
			list = append(list, errorAt(filename, e.Pos, "%s", e.Msg))
		}
		return list
	default:
		return ErrorList{{Filename: filename, Msg: err.Error()}}
	}
}

// A compiler holds what the functions of a file share.
type compiler struct {
	prog        *Program
	builtins    bool // code of the interpreter's own
	names       map[string]uint16
	predeclared map[string]uint16
	universals  map[string]uint16
	errors      ErrorList
}

func (c *compiler) errorf(pos syntax.Position, format string, args ...any) {
	c.errors = append(c.errors, errorAt(c.prog.Filename, pos, format, args...))
}

func (c *compiler) file(file *syntax.File) {
	module := file.Module.(*resolve.Module)
	for _, g := range module.Globals {
		c.prog.Globals = append(c.prog.Globals, g.First.Name)
	}
	if n := len(module.Globals); n > limit {
		c.errorf(module.Globals[limit].First.NamePos, "too many global variables: %d, the limit is %d", n, limit)
		return
	}
	top := &Func{Name: "<toplevel>", Line: 1, Col: 1, Simple: true}
	c.prog.Toplevel = top
	c.prog.Funcs = append(c.prog.Funcs, top)
	fc := newFuncCompiler(c, top, module.Locals, 0, syntax.MakePosition(&c.prog.Filename, 1, 1))
	fc.stmts(file.Stmts)
	fc.finish()
}

// limit is the number of entries of a table, a function's registers and its
// instructions: what sixteen bits can tell apart, less one.
const limit = math.MaxUint16

// index returns the index of name in a table of the program, which it enters
// if need be.
func (c *compiler) index(table map[string]uint16, list *[]string, what, name string, pos syntax.Position) uint16 {
	if i, ok := table[name]; ok {
		return i
	}
	n := len(*list)
	if n >= limit {
		if n == limit {
			c.errorf(pos, "too many %s: the limit is %d", what, limit)
			*list = append(*list, name) // report it once
		}
		return 0
	}
	table[name] = uint16(n)
	*list = append(*list, name)
	return uint16(n)
}

func (c *compiler) name(name string, pos syntax.Position) uint16 {
	return c.index(c.names, &c.prog.Names, "attribute and keyword names", name, pos)
}

func (c *compiler) predeclaredIndex(id *syntax.Ident) uint16 {
	return c.index(c.predeclared, &c.prog.Predeclared, "predeclared names", id.Name, id.NamePos)
}

func (c *compiler) universalIndex(id *syntax.Ident) uint16 {
	return c.index(c.universals, &c.prog.Universals, "universal names", id.Name, id.NamePos)
}
