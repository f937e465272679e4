package vm

import (
	"fmt"

	"github.com/ungil/tm/starlark/compile"
	"github.com/ungil/tm/starlark/value"
)

// slow runs an instruction that the loop has no fast path for, or whose
// operands are not what the fast path wants, and returns where to go on; pc is
// that after the instruction. It neither calls nor returns: frames stay, and
// registers do not move.
func (t *Thread) slow(in *compile.Instr, r *registers, pc int) (next int, err error) {
	jump := false
	switch op := in.Op; {
	case op >= compile.Add && op <= compile.OrInPlace:
		err = t.arithmetic(in, r)
	case op >= compile.Index && op <= compile.Unpack:
		err = t.container(in, r)
	case op >= compile.Jump && op <= compile.JumpGeConst:
		jump, err = t.jump(in, r)
	case op >= compile.Neg && op <= compile.NotIn:
		err = t.compute(in, r)
	case op == compile.RangeInit:
		jump, err = t.rangeInit(in, r)
	default:
		err = t.variable(in, r)
	}
	if jump && err == nil {
		pc = int(in.C)
	}
	return pc, err
}

// getGlobal runs GetGlobal for a variable that is unset or belongs to a transaction.
func (t *Thread) getGlobal(in *compile.Instr, r *registers) error {
	fn := t.frames[t.top].fn
	v := fn.globals.Get(&t.Thread, int(in.B))
	if !v.IsSet() {
		return unassigned("global", fn.proto.module.program.Globals[in.B])
	}
	r[in.A] = v
	return nil
}

// getCell runs LoadCell and LoadFree for a cell that is unset or belongs to a
// transaction; names has the variable's.
func (t *Thread) getCell(in *compile.Instr, r *registers, c *value.Cell, names []string) error {
	v := c.Get(&t.Thread)
	if detachedCaptures {
		t.Detached(func() { v = c.Get(&t.Thread) })
	}
	if !v.IsSet() {
		return unassigned("local", names[in.B])
	}
	r[in.A] = v
	return nil
}

// variable runs instructions on variables, and reports those without a value.
func (t *Thread) variable(in *compile.Instr, r *registers) error {
	fn := t.frames[t.top].fn
	m := fn.proto.module
	switch in.Op {
	case compile.Unset:
		clear(r[in.A : in.A+in.B])
	case compile.CheckLocal:
		return unassigned("local", fn.proto.Locals[in.A])
	case compile.NewCell:
		r[in.A] = value.NewCell(&t.Thread, value.Value{}).Value()
	case compile.BoxCell:
		r[in.A] = value.NewCell(&t.Thread, r[in.A]).Value()
	case compile.LoadCell:
		return t.getCell(in, r, value.CellOf(r[in.B]), fn.proto.Locals)
	case compile.LoadFree:
		return t.getCell(in, r, fn.cells[in.B], fn.proto.FreeVars)
	case compile.GetPredeclared:
		r[in.A] = m.predeclared[in.B]
	case compile.GetUniversal:
		r[in.A] = m.universals[in.B]
	case compile.MakeFunc:
		t.makeFunc(in, r)
	default:
		return fmt.Errorf("internal error: no code for instruction %d", in.Op)
	}
	return nil
}

func unassigned(scope, name string) error {
	return fmt.Errorf("%s variable %s referenced before assignment", scope, name)
}

// binaryOps are the operators of arithmetic instructions that are not named
// Add to Shr.
var binaryOps = map[compile.Op]value.Op{
	compile.AddInt: value.OpAdd, compile.SubInt: value.OpSub, compile.MulInt: value.OpMul,
	compile.FloorDivInt: value.OpFloorDiv, compile.ModInt: value.OpMod, compile.BitAndInt: value.OpAnd,
	compile.ShlInt: value.OpShl, compile.ShrInt: value.OpShr,
	compile.AddConst: value.OpAdd, compile.SubConst: value.OpSub, compile.MulConst: value.OpMul, compile.DivConst: value.OpDiv,
	compile.ConstAdd: value.OpAdd, compile.ConstSub: value.OpSub, compile.ConstMul: value.OpMul,
	compile.ConstDiv: value.OpDiv, compile.ConstMod: value.OpMod,
}

// arithOps is binaryOps as an array, with Add to Shr.
var arithOps = func() (ops [compile.NumOps]value.Op) {
	for op := compile.Add; op <= compile.Shr; op++ {
		ops[op] = value.OpAdd + value.Op(op-compile.Add)
	}
	for op, v := range binaryOps {
		ops[op] = v
	}
	return ops
}()

// arithmetic runs the instructions from Add to OrInPlace.
func (t *Thread) arithmetic(in *compile.Instr, r *registers) error {
	k := t.frames[t.top].fn.constants
	x, y := &r[in.B], &r[in.C]
	var constant value.Value
	switch op := in.Op; {
	case op <= compile.Shr:
	case op <= compile.ShrInt:
		constant = value.Int(in.IntC())
		y = &constant
	case op <= compile.DivConst:
		y = &k[in.C]
	case op <= compile.ConstMod:
		x = &k[in.B]
	}
	var z value.Value
	var err error
	switch in.Op {
	case compile.AddInPlace:
		z, err = value.InplaceAdd(&t.Thread, *x, *y)
	case compile.OrInPlace:
		z, err = value.InplaceOr(&t.Thread, *x, *y)
	default:
		if op := arithOps[in.Op]; mixed(op, x, y, &r[in.A]) {
			return nil
		} else {
			z, err = value.Binary(&t.Thread, op, *x, *y)
		}
	}
	if err != nil {
		return err
	}
	t.ChargeResult(z)
	r[in.A] = z
	return nil
}

// mixed applies + - * / to a float and an int, or a division to two ints, if
// they are exact as floats.
func mixed(op value.Op, x, y, z *value.Value) bool {
	const exact = 1 << 53
	var a, b float64
	switch {
	case x.IsFloat():
		a = x.AsFloat()
	case x.IsInt() && uint64(x.AsInt()+exact) <= 2*exact:
		a = float64(x.AsInt())
	default:
		return false
	}
	switch {
	case y.IsFloat():
		b = y.AsFloat()
	case y.IsInt() && uint64(y.AsInt()+exact) <= 2*exact:
		b = float64(y.AsInt())
	default:
		return false
	}
	if op != value.OpDiv && x.IsInt() && y.IsInt() {
		return false
	}
	switch op {
	case value.OpAdd:
		z.SetFloat(a + b)
	case value.OpSub:
		z.SetFloat(a - b)
	case value.OpMul:
		z.SetFloat(a * b)
	case value.OpDiv:
		if b == 0 {
			return false
		}
		z.SetFloat(a / b)
	default:
		return false
	}
	return true
}

// compute runs the instructions from Neg to NotIn.
func (t *Thread) compute(in *compile.Instr, r *registers) error {
	var err error
	var z value.Value
	switch in.Op {
	case compile.Neg:
		z, err = value.Unary(&t.Thread, value.OpSub, r[in.B])
	case compile.Pos:
		z, err = value.Unary(&t.Thread, value.OpAdd, r[in.B])
	case compile.Invert:
		z, err = value.Unary(&t.Thread, value.OpInvert, r[in.B])
	case compile.Not:
		z = value.Bool(!value.Truth(&t.Thread, r[in.B]))
	default:
		var ok bool
		ok, err = t.compare(in.Op, r[in.B], r[in.C])
		z = value.Bool(ok)
	}
	if err != nil {
		return err
	}
	r[in.A] = z
	return nil
}

// compareOps are the operators of Eq to Ge.
var compareOps = [...]value.Op{value.OpEq, value.OpNe, value.OpLt, value.OpLe, value.OpGt, value.OpGe}

// compare applies the operator of a comparison instruction, Eq to NotIn.
func (t *Thread) compare(op compile.Op, x, y value.Value) (bool, error) {
	switch op {
	case compile.In, compile.NotIn:
		v, err := value.Binary(&t.Thread, value.OpIn, x, y)
		if err != nil {
			return false, err
		}
		return v.AsBool() == (op == compile.In), nil
	case compile.Eq:
		return value.Equal(&t.Thread, x, y)
	case compile.Ne:
		eq, err := value.Equal(&t.Thread, x, y)
		return !eq, err
	}
	return value.Compare(&t.Thread, compareOps[op-compile.Eq], x, y)
}

// jump decides the conditional jumps.
func (t *Thread) jump(in *compile.Instr, r *registers) (bool, error) {
	var y value.Value
	switch op := in.Op; {
	case op == compile.JumpIfTrue:
		return value.Truth(&t.Thread, r[in.A]), nil
	case op == compile.JumpIfFalse:
		return !value.Truth(&t.Thread, r[in.A]), nil
	case op <= compile.JumpNotIn:
		y = r[in.B]
	case op <= compile.JumpGeInt:
		y = value.Int(in.IntB())
	default:
		y = t.frames[t.top].fn.constants[in.B]
	}
	op, want := in.Compare()
	ok, err := t.compare(op, r[in.A], y)
	return ok == want, err
}

// container runs the instructions from Index to Unpack.
func (t *Thread) container(in *compile.Instr, r *registers) (err error) {
	names := t.frames[t.top].fn.proto.module.program.Names
	var z value.Value
	switch in.Op {
	case compile.Index:
		z, err = value.Index(&t.Thread, r[in.B], r[in.C])
	case compile.IndexInt:
		z, err = value.Index(&t.Thread, r[in.B], value.Int(in.IntC()))
	case compile.SetIndex:
		return value.SetIndex(&t.Thread, r[in.A], r[in.B], r[in.C])
	case compile.SetIndexInt:
		return value.SetIndex(&t.Thread, r[in.A], value.Int(in.IntB()), r[in.C])
	case compile.Slice:
		z, err = value.Slice(&t.Thread, r[in.B], r[in.C], r[in.C+1], r[in.C+2])
		if err == nil && (z.Kind() == value.KindTuple || !r[in.C+2].IsNone()) { // else lists count, and strings share memory
			t.ChargeResult(z)
		}
	case compile.Attr:
		z, err = value.Attr(&t.Thread, r[in.B], names[in.C])
	case compile.SetAttr:
		return value.SetAttr(&t.Thread, r[in.A], names[in.B], r[in.C])
	case compile.Unpack:
		return value.Unpack(&t.Thread, r[in.B], r[in.A:in.A+in.C])
	default:
		z, err = t.build(in, r)
	}
	if err != nil {
		return err
	}
	r[in.A] = z
	return nil
}

// build makes containers and fills those of literals and comprehensions.
func (t *Thread) build(in *compile.Instr, r *registers) (value.Value, error) {
	switch in.Op {
	case compile.MakeTuple:
		t.Charge(int(in.C) * valueSize)
		return value.NewTuple(r[in.B : int(in.B)+int(in.C)]), nil
	case compile.MakeList:
		return value.NewList(&t.Thread, clone(r, in.B, in.C)), nil
	case compile.MakeDict:
		return value.NewDict(&t.Thread, int(in.B)).Value(), nil
	default: // compile.DictUnique
		d := value.DictOf(r[in.A])
		if _, found, err := d.Get(&t.Thread, r[in.B]); err != nil {
			return value.Value{}, err
		} else if found {
			return value.Value{}, fmt.Errorf("duplicate key: %s", value.Repr(&t.Thread, r[in.B]))
		}
		return r[in.A], d.Set(&t.Thread, r[in.B], r[in.C])
	}
}

// clone returns a copy of n registers from first on.
func clone(r *registers, first, n uint16) []value.Value {
	if n == 0 {
		return nil
	}
	return append(make([]value.Value, 0, n), r[first:int(first)+int(n)]...)
}
