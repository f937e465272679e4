package vm

import (
	"math"

	"github.com/ungil/tm/runtime"
	"github.com/ungil/tm/starlark/compile"
	"github.com/ungil/tm/starlark/value"
)

// run executes instructions until the entry frame that was pushed last returns
// (Done, with the result in t.result), the transaction is to end (Yield,
// Outside) or an error leaves that frame.
//
// This is the dispatch loop. Its switch is a jump table over compile.Op; a case
// holds the fast path of an instruction and ends in continue. A case that
// cannot go on by itself breaks out of the switch, and slow does the whole
// instruction by the ordinary operators. So an instruction works without its
// case here, only slower.
//
// The state of the running frame is in local variables: fn, r (its registers)
// and pc. They are written back (frame.pc) before anything that may look at the
// frame or change frames, and read again at reload after anything that may have
// changed frames or moved the stack, which only calls do.
//
// Budget is charged with the length of the round at back-edges, with one at
// calls and with the length of the code passed at returns. It is tested at
// back-edges after the jump, and at calls before the call, so that a call is a
// step of its own when the quantum is 1. A transaction begins with a Budget of
// at least 1, so its first call passes and every transaction makes progress.
func (t *Thread) run() (runtime.Status, error) {
	var (
		rt      = t.Thread.Thread
		fn      *Function
		code    *instructions
		r       *registers
		fr      *frame
		pc      int
		target  int
		v       value.Value
		jump    bool
		err     error
		builtin string
	)

reload:
	fr = &t.frames[t.top]
	fn, pc = fr.fn, fr.pc
	r = t.window(fr.base)
enter:
	code = fn.code
	if code == nil || r == nil { // never; and the compiler need not test again
		panic("vm: frame without code or registers")
	}

loop:
	for {
		in := &code[uint16(pc)]
		pc++
		switch in.Op {

		// ---- registers, constants, variables ----

		case compile.Move:
			r[in.A] = r[in.B]
			continue
		case compile.LoadInt:
			r[in.A].SetInt(in.IntBC())
			continue
		case compile.LoadConst:
			r[in.A] = fn.constants[in.B]
			continue
		case compile.LoadNone:
			r[in.A] = value.None
			continue
		case compile.LoadTrue:
			r[in.A].SetBool(true)
			continue
		case compile.LoadFalse:
			r[in.A].SetBool(false)
			continue
		case compile.CheckLocal:
			if r[in.A].IsSet() {
				continue
			}
		case compile.LoadCell:
			if v = value.CellOf(r[in.B]).Fast(); v.IsSet() {
				r[in.A] = v
				continue
			}
		case compile.StoreCell:
			value.CellOf(r[in.A]).Set(&t.Thread, r[in.B])
			continue
		case compile.LoadFree:
			if v = fn.cells[in.B].Fast(); v.IsSet() {
				r[in.A] = v
				continue
			}
		case compile.GetGlobal:
			if v = fn.globals.Fast(int(in.B)); v.IsSet() {
				r[in.A] = v
				continue
			}
			if v = fn.globals.Known(&t.Thread, int(in.B)); v.IsSet() {
				r[in.A] = v
				continue
			}
			if err = t.getGlobal(in, r); err != nil {
				goto failed
			}
			continue
		case compile.SetGlobal:
			fn.globals.Set(&t.Thread, int(in.A), r[in.B])
			continue

		// ---- arithmetic ----

		case compile.Add, compile.AddInPlace:
			if x, y := &r[in.B], &r[in.C]; value.BothInts(*x, *y) {
				a, b := x.AsInt(), y.AsInt()
				if s := a + b; (s^a)&(s^b) >= 0 {
					r[in.A].SetInt(s)
					continue
				}
			} else if value.BothFloats(*x, *y) {
				r[in.A].SetFloat(x.AsFloat() + y.AsFloat())
				continue
			}
		case compile.Sub:
			if x, y := &r[in.B], &r[in.C]; value.BothInts(*x, *y) {
				a, b := x.AsInt(), y.AsInt()
				if d := a - b; (a^b)&(a^d) >= 0 {
					r[in.A].SetInt(d)
					continue
				}
			} else if value.BothFloats(*x, *y) {
				r[in.A].SetFloat(x.AsFloat() - y.AsFloat())
				continue
			}
		case compile.Mul:
			if x, y := &r[in.B], &r[in.C]; value.BothInts(*x, *y) {
				if a, b := x.AsInt(), y.AsInt(); a == int64(int32(a)) && b == int64(int32(b)) {
					r[in.A].SetInt(a * b)
					continue
				}
			} else if value.BothFloats(*x, *y) {
				r[in.A].SetFloat(x.AsFloat() * y.AsFloat())
				continue
			}
		case compile.Div:
			if x, y := &r[in.B], &r[in.C]; value.BothFloats(*x, *y) {
				if b := y.AsFloat(); b != 0 {
					r[in.A].SetFloat(x.AsFloat() / b)
					continue
				}
			}
		case compile.FloorDiv:
			if x, y := &r[in.B], &r[in.C]; value.BothInts(*x, *y) && y.AsInt() > 0 {
				r[in.A].SetInt(floorDiv(x.AsInt(), y.AsInt()))
				continue
			}
		case compile.Mod:
			if x, y := &r[in.B], &r[in.C]; value.BothInts(*x, *y) && y.AsInt() > 0 {
				m := mod(x.AsInt(), y.AsInt())
				r[in.A].SetInt(m)
				continue
			}
		case compile.BitAnd:
			if x, y := &r[in.B], &r[in.C]; value.BothInts(*x, *y) {
				r[in.A].SetInt(x.AsInt() & y.AsInt())
				continue
			}
		case compile.BitXor:
			if x, y := &r[in.B], &r[in.C]; value.BothInts(*x, *y) {
				r[in.A].SetInt(x.AsInt() ^ y.AsInt())
				continue
			}
		case compile.AddInt:
			if x := &r[in.B]; x.IsInt() {
				a, b := x.AsInt(), in.IntC()
				if s := a + b; (s^a)&(s^b) >= 0 {
					r[in.A].SetInt(s)
					continue
				}
			}
		case compile.SubInt:
			if x := &r[in.B]; x.IsInt() {
				a, b := x.AsInt(), in.IntC()
				if d := a - b; (a^b)&(a^d) >= 0 {
					r[in.A].SetInt(d)
					continue
				}
			}
		case compile.MulInt:
			if x := &r[in.B]; x.IsInt() {
				if a := x.AsInt(); a == int64(int32(a)) {
					r[in.A].SetInt(a * in.IntC())
					continue
				}
			}
		case compile.FloorDivInt:
			if x, c := &r[in.B], in.IntC(); c > 0 && x.IsInt() {
				r[in.A].SetInt(floorDiv(x.AsInt(), c))
				continue
			}
		case compile.ModInt:
			if x, c := &r[in.B], in.IntC(); c > 0 && x.IsInt() {
				m := mod(x.AsInt(), c)
				r[in.A].SetInt(m)
				continue
			}
		case compile.BitAndInt:
			if x := &r[in.B]; x.IsInt() {
				r[in.A].SetInt(x.AsInt() & in.IntC())
				continue
			}
		case compile.ShrInt:
			if x, c := &r[in.B], in.IntC(); uint64(c) < 64 && x.IsInt() {
				r[in.A].SetInt(x.AsInt() >> uint(c))
				continue
			}
		case compile.AddConst:
			if x, y := &r[in.B], &fn.constants[in.C]; value.BothFloats(*x, *y) {
				r[in.A].SetFloat(x.AsFloat() + y.AsFloat())
				continue
			} else if value.BothInts(*x, *y) {
				a, b := x.AsInt(), y.AsInt()
				if s := a + b; (s^a)&(s^b) >= 0 {
					r[in.A].SetInt(s)
					continue
				}
			}
		case compile.SubConst:
			if x, y := &r[in.B], &fn.constants[in.C]; value.BothFloats(*x, *y) {
				r[in.A].SetFloat(x.AsFloat() - y.AsFloat())
				continue
			}
		case compile.MulConst:
			if x, y := &r[in.B], &fn.constants[in.C]; value.BothFloats(*x, *y) {
				r[in.A].SetFloat(x.AsFloat() * y.AsFloat())
				continue
			} else if value.BothInts(*x, *y) {
				if a, b := x.AsInt(), y.AsInt(); a == int64(int32(a)) && b == int64(int32(b)) {
					r[in.A].SetInt(a * b)
					continue
				}
			}
		case compile.DivConst:
			if x, y := &r[in.B], &fn.constants[in.C]; value.BothFloats(*x, *y) {
				if b := y.AsFloat(); b != 0 {
					r[in.A].SetFloat(x.AsFloat() / b)
					continue
				}
			}
		case compile.ConstAdd:
			if x, y := &fn.constants[in.B], &r[in.C]; value.BothInts(*x, *y) {
				a, b := x.AsInt(), y.AsInt()
				if s := a + b; (s^a)&(s^b) >= 0 {
					r[in.A].SetInt(s)
					continue
				}
			} else if value.BothFloats(*x, *y) {
				r[in.A].SetFloat(x.AsFloat() + y.AsFloat())
				continue
			}
		case compile.ConstSub:
			if x, y := &fn.constants[in.B], &r[in.C]; value.BothInts(*x, *y) {
				a, b := x.AsInt(), y.AsInt()
				if d := a - b; (a^b)&(a^d) >= 0 {
					r[in.A].SetInt(d)
					continue
				}
			} else if value.BothFloats(*x, *y) {
				r[in.A].SetFloat(x.AsFloat() - y.AsFloat())
				continue
			}
		case compile.ConstMul:
			if x, y := &fn.constants[in.B], &r[in.C]; value.BothFloats(*x, *y) {
				r[in.A].SetFloat(x.AsFloat() * y.AsFloat())
				continue
			}

		case compile.ConstDiv:
			if x, y := &fn.constants[in.B], &r[in.C]; x.IsFloat() {
				if b := y.AsFloat(); y.IsFloat() && b != 0 {
					r[in.A].SetFloat(x.AsFloat() / b)
					continue
				} else if i := y.AsInt(); y.IsInt() && i == int64(int32(i)) && i != 0 {
					r[in.A].SetFloat(x.AsFloat() / float64(i))
					continue
				}
			}
		case compile.Neg:
			if x := &r[in.B]; x.IsFloat() {
				r[in.A].SetFloat(-x.AsFloat())
				continue
			} else if i := x.AsInt(); x.IsInt() && i != math.MinInt64 {
				r[in.A].SetInt(-i)
				continue
			}
		case compile.Eq:
			if x, y := &r[in.B], &r[in.C]; value.BothInts(*x, *y) {
				r[in.A].SetBool(x.AsInt() == y.AsInt())
				continue
			}
		case compile.Ne:
			if x, y := &r[in.B], &r[in.C]; value.BothInts(*x, *y) {
				r[in.A].SetBool(x.AsInt() != y.AsInt())
				continue
			}

		// ---- jumps ----

		case compile.Jump:
			pc = int(in.C)
			continue
		case compile.JumpBack:
			target = int(in.C)
			goto back
		case compile.JumpIfTrue:
			if x := &r[in.A]; x.IsBool() || x.IsInt() {
				if x.AsBool() {
					pc = int(in.C)
				}
				continue
			}
		case compile.JumpIfFalse:
			if x := &r[in.A]; x.IsBool() || x.IsInt() {
				if !x.AsBool() {
					pc = int(in.C)
				}
				continue
			}
		case compile.JumpIsNone:
			if r[in.A].IsNone() {
				pc = int(in.C)
			}
			continue
		case compile.JumpNotNone:
			if !r[in.A].IsNone() {
				pc = int(in.C)
			}
			continue

		// A float that is not a number compares unlike in Go: the jumps on floats
		// are taken or not when Go's operators settle it, and left to slow if not.

		case compile.JumpEq:
			if x, y := &r[in.A], &r[in.B]; value.BothInts(*x, *y) {
				if x.AsInt() == y.AsInt() {
					pc = int(in.C)
				}
				continue
			}
		case compile.JumpNe:
			if x, y := &r[in.A], &r[in.B]; value.BothInts(*x, *y) {
				if x.AsInt() != y.AsInt() {
					pc = int(in.C)
				}
				continue
			}
		case compile.JumpLt:
			if x, y := &r[in.A], &r[in.B]; value.BothInts(*x, *y) {
				if x.AsInt() < y.AsInt() {
					pc = int(in.C)
				}
				continue
			} else if value.BothFloats(*x, *y) {
				if x.AsFloat() < y.AsFloat() {
					pc = int(in.C)
					continue
				} else if x.AsFloat() >= y.AsFloat() {
					continue
				}
			}
		case compile.JumpLe:
			if x, y := &r[in.A], &r[in.B]; value.BothInts(*x, *y) {
				if x.AsInt() <= y.AsInt() {
					pc = int(in.C)
				}
				continue
			} else if value.BothFloats(*x, *y) {
				if x.AsFloat() <= y.AsFloat() {
					pc = int(in.C)
					continue
				} else if x.AsFloat() > y.AsFloat() {
					continue
				}
			}
		case compile.JumpGt:
			if x, y := &r[in.A], &r[in.B]; value.BothInts(*x, *y) {
				if x.AsInt() > y.AsInt() {
					pc = int(in.C)
				}
				continue
			} else if value.BothFloats(*x, *y) {
				if x.AsFloat() > y.AsFloat() {
					pc = int(in.C)
					continue
				} else if x.AsFloat() <= y.AsFloat() {
					continue
				}
			}
		case compile.JumpGe:
			if x, y := &r[in.A], &r[in.B]; value.BothInts(*x, *y) {
				if x.AsInt() >= y.AsInt() {
					pc = int(in.C)
				}
				continue
			} else if value.BothFloats(*x, *y) {
				if x.AsFloat() >= y.AsFloat() {
					pc = int(in.C)
					continue
				} else if x.AsFloat() < y.AsFloat() {
					continue
				}
			}
		case compile.JumpEqInt:
			if x := &r[in.A]; x.IsInt() {
				if x.AsInt() == in.IntB() {
					pc = int(in.C)
				}
				continue
			}
		case compile.JumpNeInt:
			if x := &r[in.A]; x.IsInt() {
				if x.AsInt() != in.IntB() {
					pc = int(in.C)
				}
				continue
			}
		case compile.JumpLtInt:
			if x := &r[in.A]; x.IsInt() {
				if x.AsInt() < in.IntB() {
					pc = int(in.C)
				}
				continue
			}
		case compile.JumpLeInt:
			if x := &r[in.A]; x.IsInt() {
				if x.AsInt() <= in.IntB() {
					pc = int(in.C)
				}
				continue
			}
		case compile.JumpGtInt:
			if x := &r[in.A]; x.IsInt() {
				if x.AsInt() > in.IntB() {
					pc = int(in.C)
				}
				continue
			}
		case compile.JumpGeInt:
			if x := &r[in.A]; x.IsInt() {
				if x.AsInt() >= in.IntB() {
					pc = int(in.C)
				}
				continue
			}
		case compile.JumpLtConst:
			if x, y := &r[in.A], &fn.constants[in.B]; value.BothFloats(*x, *y) {
				if x.AsFloat() < y.AsFloat() {
					pc = int(in.C)
					continue
				} else if x.AsFloat() >= y.AsFloat() {
					continue
				}
			}
		case compile.JumpGeConst:
			if x, y := &r[in.A], &fn.constants[in.B]; value.BothFloats(*x, *y) {
				if x.AsFloat() >= y.AsFloat() {
					pc = int(in.C)
					continue
				} else if x.AsFloat() < y.AsFloat() {
					continue
				}
			}
		case compile.JumpGtConst:
			if x, y := &r[in.A], &fn.constants[in.B]; value.BothFloats(*x, *y) {
				if x.AsFloat() > y.AsFloat() {
					pc = int(in.C)
					continue
				} else if x.AsFloat() <= y.AsFloat() {
					continue
				}
			}
		case compile.JumpLeConst:
			if x, y := &r[in.A], &fn.constants[in.B]; value.BothFloats(*x, *y) {
				if x.AsFloat() <= y.AsFloat() {
					pc = int(in.C)
					continue
				} else if x.AsFloat() > y.AsFloat() {
					continue
				}
			}

		case compile.JumpIn:
			if d := value.DictOf(r[in.B]); d != nil && d.Local(&t.Thread, r[in.A]) != nil {
				pc = int(in.C)
				continue
			}
		case compile.JumpNotIn:
			if d := value.DictOf(r[in.B]); d != nil && d.Local(&t.Thread, r[in.A]) != nil {
				continue
			}

		// ---- loops ----

		case compile.RangeNext:
			if n := &r[in.A+1]; n.AsInt() != 0 {
				n.SetInt(n.AsInt() - 1)
				i := r[in.A].AsInt() + r[in.A+2].AsInt()
				r[in.A].SetInt(i)
				r[in.B].SetInt(i)
				target = int(in.C)
				goto back
			}
			continue
		case compile.IterInit:
			if target, err = t.iterInit(in, r); err != nil {
				goto failed
			}
			pc = target
			continue
		case compile.IterNext:
			if l := value.ListOf(r[in.A]); l != nil {
				i := &r[in.A+1]
				if elems, n := l.Local(), i.AsInt(); uint64(n) < uint64(len(elems)) {
					i.SetInt(n + 1)
					r[in.B] = elems[n]
					target = int(in.C)
					goto back
				}
			}
			if target = t.iterNext(in, r); target >= 0 {
				goto back
			}
			continue
		case compile.IterEnd:
			t.iterEnd(in, r)
			continue

		// ---- containers ----

		case compile.Index:
			if l := value.ListOf(r[in.B]); l != nil {
				if i := &r[in.C]; i.IsInt() {
					n := i.AsInt()
					if elems := l.Local(); uint64(n) < uint64(len(elems)) {
						r[in.A] = elems[n]
						continue
					}
					if v = l.Shared(&t.Thread, n); v.IsSet() {
						r[in.A] = v
						continue
					}
				}
			} else if d := value.DictOf(r[in.B]); d != nil {
				if x := d.Local(&t.Thread, r[in.C]); x != nil {
					r[in.A] = *x
					continue
				}
				if v = d.Shared(&t.Thread, r[in.C]); v.IsSet() {
					r[in.A] = v
					continue
				}
			} else if x, i := value.TupleOf(r[in.B]), &r[in.C]; x != nil && i.IsInt() {
				if n := i.AsInt(); uint64(n) < uint64(x.Len()) {
					r[in.A] = x.At(int(n))
					continue
				}
			}
		case compile.IndexInt:
			n := in.IntC()
			if l := value.ListOf(r[in.B]); l != nil {
				if elems := l.Local(); uint64(n) < uint64(len(elems)) {
					r[in.A] = elems[n]
					continue
				}
			} else if x := value.TupleOf(r[in.B]); x != nil {
				if uint64(n) < uint64(x.Len()) {
					r[in.A] = x.At(int(n))
					continue
				}
			}
		case compile.SetIndex:
			if l := value.ListOf(r[in.A]); l != nil {
				if n := r[in.B].AsInt(); l.Writable(&t.Thread) && r[in.B].IsInt() {
					if elems := l.Local(); uint64(n) < uint64(len(elems)) {
						elems[n] = r[in.C]
						continue
					}
				} else if l.Published() && r[in.B].IsInt() && l.SetShared(&t.Thread, n, r[in.C]) {
					continue
				}
			} else if d := value.DictOf(r[in.A]); d != nil {
				if d.Writable(&t.Thread) {
					if x := d.Local(&t.Thread, r[in.B]); x != nil {
						*x = r[in.C]
						continue
					}
				} else if d.Published() && d.SetShared(&t.Thread, r[in.B], r[in.C]) {
					continue
				}
			}
		case compile.SetIndexInt:
			n := in.IntB()
			if l := value.ListOf(r[in.A]); l != nil && l.Writable(&t.Thread) {
				if elems := l.Local(); uint64(n) < uint64(len(elems)) {
					elems[n] = r[in.C]
					continue
				}
			}

		case compile.MakeTuple:
			t.Charge(int(in.C) * valueSize)
			if in.C == 2 {
				r[in.A] = value.NewPair(r[in.B], r[in.B+1])
				continue
			}
			r[in.A] = value.NewTuple(r[in.B : int(in.B)+int(in.C)])
			continue
		case compile.MakeList:
			r[in.A] = value.NewList(&t.Thread, clone(r, in.B, in.C))
			continue
		case compile.Unpack:
			if x := value.TupleOf(r[in.B]); x != nil && x.Len() == int(in.C) {
				copy(r[in.A:], x.Elems())
				continue
			}
		case compile.Attr:
			if field := r[in.B].Type().Field; field != nil {
				if v = field(r[in.B], fn.proto.module.program.Names[in.C]); v.IsSet() {
					r[in.A] = v
					continue
				}
			}

		case compile.Append:
			if err = value.ListOf(r[in.A]).Append(&t.Thread, r[in.B]); err != nil {
				goto failed
			}
			continue

		// ---- calls ----

		case compile.Call:
			if rt.Budget--; rt.Budget < 0 {
				pc--
				goto check
			}
			fr = &t.frames[t.top]
			fr.pc = pc
			if isFunction(r[in.B]) {
				callee := functionOf(r[in.B])
				base := fr.base + int(in.B) + 1
				if callee.arity == int(in.N) && base+callee.numRegs < len(t.stack) && t.top+1 < len(t.frames) {
					t.top++
					fr = &t.frames[t.top]
					fr.fn, fr.base, fr.entry = callee, base, false
					fn, pc = callee, 0
					r = t.window(base)
					goto enter
				}
			}
			builtin, err = t.callSlow(in, r)
			if err != nil {
				goto failedCall
			}
			goto reload
		case compile.CallUniversal, compile.CallMethod, compile.CallGeneral, compile.Load:
			if rt.Budget--; rt.Budget < 0 {
				pc--
				goto check
			}
			t.frames[t.top].pc = pc
			builtin, err = t.callSlow(in, r)
			if err != nil {
				goto failedCall
			}
			goto reload
		case compile.Return:
			v = r[in.A]
			goto ret
		case compile.ReturnNone:
			v = value.None
			goto ret

		// ---- atomic blocks ----

		case compile.AtomicBegin:
			r[in.A] = value.None
			if !t.beginBlock(in, pc-1) {
				return runtime.Yield, nil
			}
			continue
		case compile.AtomicEnd:
			if t.endBlock() {
				t.frames[t.top].pc = pc
				return runtime.Yield, nil
			}
			continue
		}
		if pc, err = t.slow(in, r, pc); err != nil {
			goto failed
		}
	}

back:
	rt.Budget -= int64(pc - target)
	pc = target
	if rt.Budget >= 0 {
		goto loop
	}

check:
	jump, err = t.check()
	if err != nil {
		return runtime.Done, t.fail(err, pc+1, "") // at the instruction that was to come
	}
	if jump {
		t.frames[t.top].pc = pc
		return runtime.Yield, nil
	}
	goto loop

ret:
	rt.Budget -= int64(pc)
	if t.top == t.saved.lowest {
		t.saveCaller()
	}
	if t.frames[t.top].entry {
		t.top--
		t.result = v
		return runtime.Done, nil
	}
	t.top--
	fr = &t.frames[t.top]
	fn, pc = fr.fn, fr.pc
	r = t.window(fr.base)
	r[fn.code[uint16(pc-1)].A] = v
	goto enter

failedCall:
	if err == errOutside {
		t.frames[t.top].pc = pc - 1
		return runtime.Outside, nil
	}
	goto raise

failed:
	if code[uint16(pc-1)].Op == compile.RangeInit {
		builtin = "range"
	}

raise:
	err = t.fail(err, pc, builtin)
	if err = t.stop(err, pc); err == nil {
		builtin = ""
		goto reload
	}
	if err == errRetry || err == errAgain {
		return t.suspend(err, pc)
	}
	return runtime.Done, err
}

// floorDiv returns a / c rounded down, for c > 0.
func floorDiv(a, c int64) int64 {
	q := a / c
	if a < 0 && q*c != a {
		q--
	}
	return q
}

// mod returns a - c*floorDiv(a, c), for c > 0.
func mod(a, c int64) int64 {
	m := a % c
	if m < 0 {
		m += c
	}
	return m
}
