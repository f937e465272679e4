package compile

import (
	"fmt"
	"math"

	"go.starlark.net/resolve"
	"go.starlark.net/syntax"
)

// operand returns a register that holds the value of e: a local's own
// register, or a new temporary.
func (fc *funcCompiler) operand(e syntax.Expr) uint16 {
	if r, ok := fc.localOperand(e); ok {
		return r
	}
	t := fc.alloc(1)
	fc.into(e, t)
	return t
}

// operandOr is operand, except that it may use the temporary t, which must be
// free until the instruction that consumes the operand. If t is a local, it is
// not touched: what is evaluated next may read it.
func (fc *funcCompiler) operandOr(e syntax.Expr, t uint16) uint16 {
	if r, ok := fc.localOperand(e); ok {
		return r
	}
	if fc.isLocal(t) {
		t = fc.alloc(1)
	}
	fc.into(e, t)
	return t
}

func (fc *funcCompiler) localOperand(e syntax.Expr) (uint16, bool) {
	id, ok := unparen(e).(*syntax.Ident)
	if !ok || scope(id) != resolve.Local {
		return 0, false
	}
	r := uint16(binding(id).Index)
	fc.check(id, r)
	return r, true
}

// check emits a CheckLocal unless the local certainly has a value.
func (fc *funcCompiler) check(id *syntax.Ident, r uint16) {
	if fc.dead || fc.assigned.has(int(r)) {
		return
	}
	fc.emit(id.NamePos, Instr{Op: CheckLocal, A: r})
	fc.checked.add(int(r))
	fc.assigned.add(int(r)) // behind the check it has one
}

// into evaluates e and leaves its value in register d. If d is a local, d is
// written by the last instruction and not before.
func (fc *funcCompiler) into(e syntax.Expr, d uint16) {
	top := fc.top
	defer func() { fc.release(top) }()
	if v, ok := constOf(e); ok {
		fc.load(syntax.Start(e), v, d)
		return
	}
	switch e := e.(type) {
	case *syntax.ParenExpr:
		fc.into(e.X, d)
	case *syntax.Ident:
		fc.ident(e, d)
	case *syntax.UnaryExpr:
		fc.unary(e, d)
	case *syntax.BinaryExpr:
		fc.binary(e, d)
	case *syntax.CondExpr:
		fc.condExpr(e, d)
	case *syntax.IndexExpr:
		fc.index(e, d)
	case *syntax.SliceExpr:
		fc.slice(e, d)
	case *syntax.DotExpr:
		x := fc.operandOr(e.X, d)
		fc.emit(e.Dot, Instr{Op: Attr, A: d, B: x, C: fc.name(e.Name.Name, e.NamePos)})
	case *syntax.CallExpr:
		fc.call(e, d)
	case *syntax.TupleExpr:
		fc.tuple(e, d)
	case *syntax.ListExpr:
		fc.list(e, d)
	case *syntax.DictExpr:
		fc.dict(e, d)
	case *syntax.Comprehension:
		fc.comprehension(e, d)
	case *syntax.LambdaExpr:
		fc.function(e.Function.(*resolve.Function), d)
	default:
		fc.errorf(syntax.Start(e), "expression is not supported: %s", fmt.Sprintf("%T", e))
	}
}

// load loads a constant.
func (fc *funcCompiler) load(pos syntax.Position, v Constant, d uint16) {
	if i, ok := v.(int64); ok && i >= math.MinInt32 && i <= math.MaxInt32 {
		fc.emit(pos, Instr{Op: LoadInt, A: d, B: uint16(uint32(i)), C: uint16(uint32(i) >> 16)})
		return
	}
	fc.emit(pos, Instr{Op: LoadConst, A: d, B: fc.constant(pos, v)})
}

// ident loads a variable.
func (fc *funcCompiler) ident(id *syntax.Ident, d uint16) {
	b := binding(id)
	in := Instr{A: d, B: uint16(b.Index)}
	switch b.Scope {
	case resolve.Local:
		fc.check(id, in.B)
		if in.B == d {
			return
		}
		in.Op = Move
	case resolve.Cell:
		in.Op = LoadCell
	case resolve.Free:
		in.Op = LoadFree
	case resolve.Global:
		in.Op = GetGlobal
	case resolve.Predeclared:
		in.Op, in.B = GetPredeclared, fc.predeclaredIndex(id)
	case resolve.Universal:
		switch id.Name {
		case "None":
			in = Instr{Op: LoadNone, A: d}
		case "True":
			in = Instr{Op: LoadTrue, A: d}
		case "False":
			in = Instr{Op: LoadFalse, A: d}
		default:
			in.Op, in.B = GetUniversal, fc.universalIndex(id)
		}
	default:
		fc.errorf(id.NamePos, "undefined: %s", id.Name)
		return
	}
	fc.emit(id.NamePos, in)
}

// row evaluates list into temporaries in a row and returns the first, or 0 if
// the list is empty.
func (fc *funcCompiler) row(list []syntax.Expr) uint16 {
	if len(list) == 0 {
		return 0
	}
	base := fc.top
	for _, e := range list {
		fc.into(e, fc.alloc(1))
	}
	return uint16(base)
}

// temp returns d if it may be written before all operands are evaluated, and
// a new temporary otherwise; then moveTo brings the result home.
func (fc *funcCompiler) temp(d uint16) uint16 {
	if fc.isLocal(d) {
		return fc.alloc(1)
	}
	return d
}

func (fc *funcCompiler) moveTo(pos syntax.Position, d, t uint16) {
	if d != t {
		fc.emit(pos, Instr{Op: Move, A: d, B: t})
	}
}

func (fc *funcCompiler) tuple(e *syntax.TupleExpr, d uint16) {
	if v, ok := constTuple(e, maxConstTuple); ok {
		fc.load(syntax.Start(e), v, d)
		return
	}
	base := fc.row(e.List)
	fc.emit(syntax.Start(e), Instr{Op: MakeTuple, A: d, B: base, C: uint16(len(e.List))})
}

// maxListRow is the number of elements of a list literal that are collected in
// registers before the list is made; the others are appended, so that a long
// table does not make the frame large.
const maxListRow = 64

func (fc *funcCompiler) list(e *syntax.ListExpr, d uint16) {
	if len(e.List) <= maxListRow {
		base := fc.row(e.List)
		fc.emit(e.Lbrack, Instr{Op: MakeList, A: d, B: base, C: uint16(len(e.List))})
		return
	}
	t := fc.temp(d)
	top := fc.top
	base := fc.row(e.List[:maxListRow])
	fc.emit(e.Lbrack, Instr{Op: MakeList, A: t, B: base, C: maxListRow})
	fc.release(top)
	for _, x := range e.List[maxListRow:] {
		fc.emit(e.Lbrack, Instr{Op: Append, A: t, B: fc.operand(x)})
		fc.release(top)
	}
	fc.moveTo(e.Lbrack, d, t)
}

func (fc *funcCompiler) dict(e *syntax.DictExpr, d uint16) {
	t := d
	if len(e.List) > 0 {
		t = fc.temp(d)
	}
	fc.emit(e.Lbrace, Instr{Op: MakeDict, A: t, B: uint16(min(len(e.List), limit))})
	top := fc.top
	for _, x := range e.List {
		entry := x.(*syntax.DictEntry)
		k := fc.operand(entry.Key)
		v := fc.operand(entry.Value)
		fc.emit(entry.Colon, Instr{Op: DictUnique, A: t, B: k, C: v})
		fc.release(top)
	}
	fc.moveTo(e.Lbrace, d, t)
}

func (fc *funcCompiler) index(e *syntax.IndexExpr, d uint16) {
	x := fc.operandOr(e.X, d)
	if i, ok := smallInt(e.Y); ok {
		fc.emit(e.Lbrack, Instr{Op: IndexInt, A: d, B: x, C: i})
		return
	}
	fc.emit(e.Lbrack, Instr{Op: Index, A: d, B: x, C: fc.operand(e.Y)})
}

func (fc *funcCompiler) slice(e *syntax.SliceExpr, d uint16) {
	x := fc.operandOr(e.X, d)
	base := fc.alloc(3)
	for i, part := range []syntax.Expr{e.Lo, e.Hi, e.Step} {
		if part == nil {
			fc.emit(e.Lbrack, Instr{Op: LoadNone, A: base + uint16(i)})
		} else {
			fc.into(part, base+uint16(i))
		}
	}
	fc.emit(e.Lbrack, Instr{Op: Slice, A: d, B: x, C: base})
}

func (fc *funcCompiler) unary(e *syntax.UnaryExpr, d uint16) {
	var op Op
	switch e.Op {
	case syntax.MINUS:
		op = Neg
	case syntax.PLUS:
		op = Pos
	case syntax.TILDE:
		op = Invert
	case syntax.NOT:
		op = Not
	default:
		fc.errorf(e.OpPos, "operator %s is not supported here", e.Op)
		return
	}
	fc.emit(e.OpPos, Instr{Op: op, A: d, B: fc.operandOr(e.X, d)})
}

// condExpr needs no temporary even if d is a local: each branch writes d last.
func (fc *funcCompiler) condExpr(e *syntax.CondExpr, d uint16) {
	var no, end label
	fc.cond(e.Cond, false, &no)
	fc.into(e.True, d)
	fc.jump(e.If, &end)
	fc.place(&no)
	fc.into(e.False, d)
	fc.place(&end)
}
