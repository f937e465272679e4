package compile

import (
	"go.starlark.net/syntax"
)

// forms are the opcodes of a binary operator by the kind of its operands;
// Invalid: there is no such form.
type forms struct {
	regReg, regInt, regConst, constReg Op
}

var binaryForms = map[syntax.Token]forms{
	syntax.PLUS:       {Add, AddInt, AddConst, ConstAdd},
	syntax.MINUS:      {Sub, SubInt, SubConst, ConstSub},
	syntax.STAR:       {Mul, MulInt, MulConst, ConstMul},
	syntax.SLASH:      {Div, Invalid, DivConst, ConstDiv},
	syntax.SLASHSLASH: {FloorDiv, FloorDivInt, Invalid, Invalid},
	syntax.PERCENT:    {Mod, ModInt, Invalid, ConstMod},
	syntax.AMP:        {BitAnd, BitAndInt, Invalid, Invalid},
	syntax.PIPE:       {BitOr, Invalid, Invalid, Invalid},
	syntax.CIRCUMFLEX: {BitXor, Invalid, Invalid, Invalid},
	syntax.LTLT:       {Shl, ShlInt, Invalid, Invalid},
	syntax.GTGT:       {Shr, ShrInt, Invalid, Invalid},
	syntax.EQL:        {regReg: Eq},
	syntax.NEQ:        {regReg: Ne},
	syntax.LT:         {regReg: Lt},
	syntax.LE:         {regReg: Le},
	syntax.GT:         {regReg: Gt},
	syntax.GE:         {regReg: Ge},
	syntax.IN:         {regReg: In},
	syntax.NOT_IN:     {regReg: NotIn},
}

func (fc *funcCompiler) binary(e *syntax.BinaryExpr, d uint16) {
	if e.Op == syntax.AND || e.Op == syntax.OR {
		fc.andOr(e, d)
		return
	}
	f, ok := binaryForms[e.Op]
	if !ok {
		fc.errorf(e.OpPos, "operator %s is not supported here", e.Op)
		return
	}
	if f.constReg != Invalid {
		if v, ok := constOf(e.X); ok {
			if _, both := constOf(e.Y); !both {
				k := fc.constant(syntax.Start(e.X), v)
				fc.emit(e.OpPos, Instr{Op: f.constReg, A: d, B: k, C: fc.operandOr(e.Y, d)})
				return
			}
		}
	}
	x := fc.operandOr(e.X, d)
	fc.binaryRight(e.OpPos, f, d, x, e.Y)
}

// binaryRight evaluates y and emits R[d] = R[x] op y.
func (fc *funcCompiler) binaryRight(pos syntax.Position, f forms, d, x uint16, y syntax.Expr) {
	if i, ok := smallInt(y); ok && f.regInt != Invalid {
		fc.emit(pos, Instr{Op: f.regInt, A: d, B: x, C: i})
		return
	}
	if v, ok := constOf(y); ok && f.regConst != Invalid {
		fc.emit(pos, Instr{Op: f.regConst, A: d, B: x, C: fc.constant(syntax.Start(y), v)})
		return
	}
	fc.emit(pos, Instr{Op: f.regReg, A: d, B: x, C: fc.operand(y)})
}

// augmented emits R[d] = R[x] op= y. An addition of a number is no different
// from a plain one, since only an iterable can extend a list.
func (fc *funcCompiler) augmented(pos syntax.Position, op syntax.Token, d, x uint16, y syntax.Expr) {
	f := binaryForms[op-syntax.PLUS_EQ+syntax.PLUS]
	if _, isConst := constOf(y); !isConst {
		switch op {
		case syntax.PLUS_EQ:
			f.regReg = AddInPlace
		case syntax.PIPE_EQ:
			f.regReg = OrInPlace
		}
	}
	fc.binaryRight(pos, f, d, x, y)
}

// andOr evaluates `x and y` or `x or y` to a value.
func (fc *funcCompiler) andOr(e *syntax.BinaryExpr, d uint16) {
	op := JumpIfFalse
	if e.Op == syntax.OR {
		op = JumpIfTrue
	}
	x := fc.operandOr(e.X, d)
	var short, end label
	fc.branch(e.OpPos, Instr{Op: op, A: x}, &short)
	fc.into(e.Y, d)
	if x == d {
		fc.place(&short)
		return
	}
	fc.jump(e.OpPos, &end)
	fc.place(&short)
	fc.emit(e.OpPos, Instr{Op: Move, A: d, B: x})
	fc.place(&end)
}

// cond emits code that jumps to l if the truth of e is when, and falls
// through otherwise.
func (fc *funcCompiler) cond(e syntax.Expr, when bool, l *label) {
	top := fc.top
	defer func() { fc.release(top) }()
	e = unparen(e)
	if value, known := truth(e); known {
		if value == when {
			fc.jump(syntax.Start(e), l)
		}
		return
	}
	switch x := e.(type) {
	case *syntax.UnaryExpr:
		if x.Op == syntax.NOT {
			fc.cond(x.X, !when, l)
			return
		}
	case *syntax.BinaryExpr:
		switch x.Op {
		case syntax.AND, syntax.OR:
			fc.condAndOr(x, when, l)
			return
		case syntax.EQL, syntax.NEQ, syntax.LT, syntax.LE, syntax.GT, syntax.GE, syntax.IN, syntax.NOT_IN:
			fc.condCompare(x, when, l)
			return
		}
	}
	op := JumpIfFalse
	if when {
		op = JumpIfTrue
	}
	fc.branch(syntax.Start(e), Instr{Op: op, A: fc.operand(e)}, l)
}

func (fc *funcCompiler) condAndOr(e *syntax.BinaryExpr, when bool, l *label) {
	// `and` is decided by a false operand, `or` by a true one.
	decides := e.Op == syntax.OR
	if decides == when {
		fc.cond(e.X, when, l)
		fc.cond(e.Y, when, l)
		return
	}
	var skip label
	fc.cond(e.X, decides, &skip)
	fc.cond(e.Y, when, l)
	fc.place(&skip)
}

func (fc *funcCompiler) condCompare(e *syntax.BinaryExpr, when bool, l *label) {
	op := binaryForms[e.Op].regReg
	in := Instr{}
	if !when {
		if op >= Lt && op <= Ge {
			in.N = 1
		}
		op = opposite(op)
	}
	in.A = fc.operand(e.X)
	if universal(e.Y) == "None" && (op == Eq || op == Ne) {
		in.Op = JumpIsNone + (op - Eq)
		fc.branch(e.OpPos, in, l)
		return
	}
	if op <= Ge {
		if i, ok := smallInt(e.Y); ok {
			in.Op, in.B = JumpEqInt+(op-Eq), i
			fc.branch(e.OpPos, in, l)
			return
		}
		if v, ok := constOf(e.Y); ok {
			in.Op, in.B = JumpEqConst+(op-Eq), fc.constant(syntax.Start(e.Y), v)
			fc.branch(e.OpPos, in, l)
			return
		}
	}
	in.Op, in.B = JumpEq+(op-Eq), fc.operand(e.Y)
	fc.branch(e.OpPos, in, l)
}
