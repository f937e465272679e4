package compile

import (
	"go.starlark.net/resolve"
	"go.starlark.net/syntax"
)

// arguments are those of a call, by form.
type arguments struct {
	positional []syntax.Expr
	names      []*syntax.Ident
	named      []syntax.Expr
	args       syntax.Expr // of *args, or nil
	kwargs     syntax.Expr // of **kwargs, or nil
}

func sortArguments(list []syntax.Expr) arguments {
	var a arguments
	for _, arg := range list {
		switch x := arg.(type) {
		case *syntax.BinaryExpr:
			if x.Op == syntax.EQ {
				a.names = append(a.names, x.X.(*syntax.Ident))
				a.named = append(a.named, x.Y)
				continue
			}
		case *syntax.UnaryExpr:
			if x.Op == syntax.STAR {
				a.args = x.X
				continue
			}
			if x.Op == syntax.STARSTAR {
				a.kwargs = x.X
				continue
			}
		}
		a.positional = append(a.positional, arg)
	}
	return a
}

// plain reports whether there are positional arguments only.
func (a *arguments) plain() bool { return len(a.names) == 0 && a.args == nil && a.kwargs == nil }

// call compiles a call. The function, or the receiver of a method call, goes to
// a register that is the last one in use, and the arguments behind it.
func (fc *funcCompiler) call(e *syntax.CallExpr, d uint16) {
	a := sortArguments(e.Args)
	base := d
	if fc.isLocal(d) || int(d) != fc.top-1 {
		base = fc.alloc(1)
	}
	in := Instr{Op: Call, A: d, B: base, N: uint8(len(a.positional))}
	method := -1
	if dot, ok := unparen(e.Fn).(*syntax.DotExpr); ok {
		fc.into(dot.X, base)
		in.Op, in.C = CallMethod, fc.name(dot.Name.Name, dot.NamePos)
		method = int(in.C)
	} else if id := fc.universalFunc(e.Fn); id != nil && a.plain() {
		in.Op, in.C = CallUniversal, fc.universalIndex(id)
	} else {
		fc.into(e.Fn, base)
	}
	fc.row(a.positional)
	if !a.plain() {
		in = Instr{Op: CallGeneral, A: d, B: base, C: fc.callSite(e.Lparen, &a, method)}
	}
	pc := fc.emit(e.Lparen, in)
	if dot, ok := unparen(e.Fn).(*syntax.DotExpr); ok {
		fc.f.Dots = append(fc.f.Dots, Position{PC: uint32(pc), Line: dot.Dot.Line, Col: dot.Dot.Col})
	}
}

// universalFunc returns the identifier if e is a universal name that may be
// called without loading it.
func (fc *funcCompiler) universalFunc(e syntax.Expr) *syntax.Ident {
	switch universal(e) {
	case "", "None", "True", "False":
		return nil
	}
	return unparen(e).(*syntax.Ident)
}

// callSite evaluates what follows the positional arguments and describes it.
func (fc *funcCompiler) callSite(pos syntax.Position, a *arguments, method int) uint16 {
	site := CallSite{Method: method, Positional: len(a.positional), Args: a.args != nil, Kwargs: a.kwargs != nil}
	for _, id := range a.names {
		site.Names = append(site.Names, fc.name(id.Name, id.NamePos))
	}
	fc.row(a.named)
	if a.args != nil {
		fc.into(a.args, fc.alloc(1))
	}
	if a.kwargs != nil {
		fc.into(a.kwargs, fc.alloc(1))
	}
	n := len(fc.f.Calls)
	if n >= limit {
		if n == limit {
			fc.errorf(pos, "function %s has too many calls with keyword, * or ** arguments: the limit is %d", fc.f.Name, limit)
			fc.f.Calls = append(fc.f.Calls, site)
		}
		return 0
	}
	fc.f.Calls = append(fc.f.Calls, site)
	return uint16(n)
}

// function compiles a def or lambda and makes its closure in register d.
func (fc *funcCompiler) function(rf *resolve.Function, d uint16) {
	f := &Func{Name: rf.Name, Line: rf.Pos.Line, Col: rf.Pos.Col, HasArgs: rf.HasVarargs, HasKwargs: rf.HasKwargs}
	index := len(fc.prog.Funcs)
	if index > limit {
		if index == limit+1 {
			fc.errorf(rf.Pos, "too many functions: the limit is %d", limit+1)
		}
		index = 0
	}
	fc.prog.Funcs = append(fc.prog.Funcs, f)
	base := fc.params(f, rf.Params)
	if f.NumDefaults == 0 {
		base = 0
	}
	for _, b := range rf.FreeVars {
		f.FreeVars = append(f.FreeVars, b.First.Name)
		f.Captures = append(f.Captures, Capture{Free: b.Scope == resolve.Free, Index: uint16(b.Index)})
	}
	numParams := len(f.Params)
	if f.HasArgs {
		numParams++
	}
	if f.HasKwargs {
		numParams++
	}
	inner := newFuncCompiler(fc.compiler, f, rf.Locals, numParams, rf.Pos)
	inner.stmts(rf.Body)
	inner.finish()
	fc.emit(rf.Pos, Instr{Op: MakeFunc, A: d, B: uint16(index), C: base})
}

// params describes the parameters and evaluates their default values into
// temporaries in a row, of which it returns the first.
func (fc *funcCompiler) params(f *Func, params []syntax.Expr) uint16 {
	base := uint16(fc.top)
	star := false
	for _, p := range params {
		param := Param{Default: -1}
		switch p := p.(type) {
		case *syntax.Ident:
			param.Name = p.Name
		case *syntax.BinaryExpr:
			param.Name = p.X.(*syntax.Ident).Name
			param.Default = f.NumDefaults
			f.NumDefaults++
			fc.into(p.Y, fc.alloc(1))
		default: // *, *args or **kwargs
			star = true
			continue
		}
		f.Params = append(f.Params, param)
		if !star {
			f.NumPositional++
		}
	}
	return base
}
