package value

import (
	"math/big"
	"testing"

	"go.starlark.net/starlark"
	"go.starlark.net/syntax"

	"github.com/ungil/tm/runtime"
)

// script is a guest whose program is a Go function: one transaction.
type script struct {
	t        *Thread
	attempts int
	body     func(t *Thread, attempt int)
}

func (s *script) Checkpoint() {}
func (s *script) Restore()    {}
func (s *script) Outside()    {}
func (s *script) Resume(*runtime.Thread) runtime.Status {
	s.attempts++
	s.body(s.t, s.attempts)
	return runtime.Done
}

// newThread makes a thread of a world.
func newThread(w *runtime.World) *Thread {
	t := new(Thread)
	t.Init(w.NewThread())
	return t
}

// do runs body in one transaction of t and returns how often it was attempted.
func do(t *Thread, body func(t *Thread, attempt int)) int {
	s := &script{t: t, body: body}
	t.Run(s)
	return s.attempts
}

func world(m runtime.Model) *runtime.World { return runtime.NewWorld(runtime.Config{Model: m}) }

// plain returns a thread on which values can be used outside of Run.
func plain() *Thread { return newThread(world(runtime.GIL)) }

// both runs a test under both models, inside a transaction.
func both(tt *testing.T, f func(tt *testing.T, t *Thread)) {
	for _, m := range []runtime.Model{runtime.GIL, runtime.STM} {
		tt.Run(m.String(), func(tt *testing.T) {
			do(newThread(world(m)), func(t *Thread, _ int) { f(tt, t) })
		})
	}
}

// oracle converts a value to one of starlark-go.
func oracle(t *Thread, v Value) starlark.Value {
	switch v.Kind() {
	case KindNone:
		return starlark.None
	case KindBool:
		return starlark.Bool(v.AsBool())
	case KindInt, KindBigInt:
		i, _ := v.AsBigInt()
		return starlark.MakeBigInt(new(big.Int).Set(i))
	case KindFloat:
		return starlark.Float(v.AsFloat())
	case KindString:
		return starlark.String(v.AsString())
	case KindTuple:
		var tup starlark.Tuple
		for _, e := range TupleOf(v).Elems() {
			tup = append(tup, oracle(t, e))
		}
		return tup
	case KindList:
		var vs []starlark.Value
		for _, e := range ListOf(v).Snapshot(t) {
			vs = append(vs, oracle(t, e))
		}
		return starlark.NewList(vs)
	case KindDict:
		d := new(starlark.Dict)
		for _, e := range DictOf(v).items(t) {
			_ = d.SetKey(oracle(t, e.key), oracle(t, e.value))
		}
		return d
	}
	panic("oracle: " + v.TypeName())
}

var tokens = map[Op]syntax.Token{
	OpAdd: syntax.PLUS, OpSub: syntax.MINUS, OpMul: syntax.STAR, OpDiv: syntax.SLASH,
	OpFloorDiv: syntax.SLASHSLASH, OpMod: syntax.PERCENT, OpAnd: syntax.AMP, OpOr: syntax.PIPE,
	OpXor: syntax.CIRCUMFLEX, OpShl: syntax.LTLT, OpShr: syntax.GTGT, OpIn: syntax.IN,
	OpNotIn: syntax.NOT_IN, OpEq: syntax.EQL, OpNe: syntax.NEQ, OpLt: syntax.LT, OpLe: syntax.LE,
	OpGt: syntax.GT, OpGe: syntax.GE,
}

// call calls a method, or a built-in if recv is unset.
func call(t *Thread, recv Value, name string, args ...Value) (Value, error) {
	if !recv.IsSet() {
		return universe[name](t, Value{}, args, nil)
	}
	return recv.Type().Methods[name].Fn(t, recv, args, nil)
}

// list makes a list of integers.
func list(t *Thread, is ...int64) Value {
	vs := make([]Value, len(is))
	for i, n := range is {
		vs[i] = Int(n)
	}
	return NewList(t, vs)
}

func wantRepr(tt *testing.T, t *Thread, v Value, want string) {
	tt.Helper()
	if got := Repr(t, v); got != want {
		tt.Errorf("got %s, want %s", got, want)
	}
}
