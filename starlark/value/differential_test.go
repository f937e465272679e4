package value

import (
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"testing"

	"go.starlark.net/starlark"
	"go.starlark.net/syntax"
)

// samples are values whose combinations meet all edges of the operators.
func samples(t *Thread) []Value {
	power := func(n uint) Value { return Big(new(big.Int).Lsh(big.NewInt(1), n)) }
	ints := []int64{0, 1, -1, 2, 3, -3, 7, 62, 63, 64, 511, 512, 1 << 31, 1<<53 + 1, math.MaxInt64, math.MinInt64, math.MinInt64 + 1, 3037000500}
	vs := []Value{None, True, False, power(63), power(64), power(1100), Float(0), Float(math.Copysign(0, -1)),
		Float(1), Float(-2.5), Float(1e300), Float(1 << 53), Float(1 << 63), Float(math.Inf(1)), Float(math.Inf(-1)), Float(math.NaN()), Float(123456789.125), Float(1e21),
		Str(""), Str("a"), Str("ab"), Str("%d"), Str("%s and %r"), Str("%%%x"), Str("%(k)s"), Str("%c%g"), Str("%"), Str("%y"), Str("é\xff\n\""),
		NewTuple(nil), NewTuple([]Value{Int(1)}), NewPair(Str("x"), Int(-9)), NewPair(Int(1), Float(2)),
		NewList(t, nil), NewList(t, []Value{Int(1), Str("a")}), NewList(t, []Value{Int(2)})}
	for _, i := range ints {
		vs = append(vs, Int(i))
	}
	i, _ := power(63).AsBigInt()
	vs = append(vs, Big(new(big.Int).Neg(i)), Big(new(big.Int).Sub(big.NewInt(math.MinInt64), big.NewInt(1))))
	d := NewDict(t, 0)
	_ = d.Set(t, Str("k"), Int(1))
	_ = d.Set(t, Int(2), None)
	return append(vs, d.Value(), NewDict(t, 0).Value())
}

// result is what a program sees of an operation.
func result(text string, err error) string {
	if err != nil {
		return "error: " + err.Error()
	}
	return text
}

func checkOperator(tt *testing.T, t *Thread, op Op, x, y Value) {
	tt.Helper()
	var got, want string
	if op >= OpEq && op <= OpGe {
		b, err := Compare(t, op, x, y)
		got = result(fmt.Sprint(b), err)
		b, err = starlark.Compare(tokens[op], oracle(t, x), oracle(t, y))
		want = result(fmt.Sprint(b), err)
	} else {
		z, err := Binary(t, op, x, y)
		if err == nil {
			got = z.TypeName() + " " + Repr(t, z)
		}
		got = result(got, err)
		g, err := starlark.Binary(tokens[op], oracle(t, x), oracle(t, y))
		if err == nil {
			want = g.Type() + " " + g.String()
		}
		want = result(want, err)
	}
	if got != want {
		tt.Errorf("%.40s %s %.40s: got %.200s, want %.200s", Repr(t, x), op, Repr(t, y), got, want)
	}
}

func TestOperatorsAgreeWithOracle(tt *testing.T) {
	t := plain()
	vs := samples(t)
	for op := OpAdd; op <= OpGe; op++ {
		for _, x := range vs {
			for _, y := range vs {
				if op == OpDiv && x.Kind() == KindBigInt && !isNumber(y.Kind()) {
					continue // both refuse, in other words
				}
				if op == OpMul && huge(x, y) {
					continue // the limits differ: see TestLimits
				}
				checkOperator(tt, t, op, x, y)
			}
		}
	}
}

// huge reports whether x * y would repeat something very often.
func huge(x, y Value) bool {
	big := func(v Value) bool { return v.IsInt() && (v.AsInt() > 1<<20 || v.AsInt() < -1<<20) }
	return isRepeatable(x) && big(y) || isRepeatable(y) && big(x)
}

func TestRandomArithmeticAgreesWithOracle(tt *testing.T) {
	t := plain()
	r := rand.New(rand.NewPCG(1, 2))
	number := func() Value {
		bits := int64(r.Uint64()) >> r.IntN(64)
		switch r.IntN(4) {
		case 0:
			return Float(float64(bits) / 16)
		case 1:
			return Big(new(big.Int).Lsh(big.NewInt(bits), uint(r.IntN(80))))
		}
		return Int(bits)
	}
	for range 20000 {
		op := OpAdd + Op(r.IntN(int(OpGe)))
		y := number()
		if op == OpShl || op == OpShr {
			y = Int(int64(r.IntN(600) - 20))
		}
		checkOperator(tt, t, op, number(), y)
	}
}

func TestUnaryAgreesWithOracle(tt *testing.T) {
	t := plain()
	for _, x := range samples(t) {
		for op, token := range map[Op]int{OpAdd: 0, OpSub: 1, OpInvert: 2} {
			toks := []string{"+", "-", "~"}
			got, err := Unary(t, op, x)
			text := ""
			if err == nil {
				text = Repr(t, got)
			}
			text = result(text, err)
			env := starlark.StringDict{"x": oracle(t, x)}
			g, gerr := starlark.EvalOptions(&syntax.FileOptions{}, new(starlark.Thread), "", toks[token]+"x", env)
			want := ""
			if gerr == nil {
				want = g.String()
			} else {
				want = "error: " + gerr.Error()
			}
			if text != want {
				tt.Errorf("%s%s: got %s, want %s", op, Repr(t, x), text, want)
			}
		}
	}
}

// conversions are built-ins of one argument, with what they are tried on.
func TestConversionsAgreeWithOracle(tt *testing.T) {
	t := plain()
	inputs := samples(t)
	for _, s := range []string{"12", "-7", "+5", "0x1f", "1e3", " 1", "1_0", "inf", "-Infinity", "nan", "+-1", "99999999999999999999", "1e400", "é", "0b11", "--3"} {
		inputs = append(inputs, Str(s))
	}
	for _, name := range []string{"int", "float", "str", "repr", "bool", "type", "abs", "len", "list", "tuple", "chr", "ord", "hash", "reversed", "all", "any", "dict", "enumerate", "range"} {
		for _, x := range inputs {
			got, err := call(t, Value{}, name, x)
			text := ""
			if err == nil {
				text = Repr(t, got)
			}
			text = result(text, err)
			g, gerr := starlark.Call(new(starlark.Thread), starlark.Universe[name], starlark.Tuple{oracle(t, x)}, nil)
			want := ""
			if gerr == nil {
				want = g.String()
			}
			if want = result(want, gerr); text != want {
				tt.Errorf("%s(%s): got %.200s, want %.200s", name, Repr(t, x), text, want)
			}
		}
	}
}

func TestIntBasesAgreeWithOracle(tt *testing.T) {
	t := plain()
	for _, s := range []string{"", "0", "-0", "0x", "0x1F", "0X1f", "-0b101", "0o17", "017", "00", "zz", "0b2", "1-", "+", "0x-1", "9223372036854775808"} {
		for _, base := range []int64{0, 2, 8, 10, 16, 36, 37, 1} {
			got, err := call(t, Value{}, "int", Str(s), Int(base))
			text := ""
			if err == nil {
				text = Repr(t, got)
			}
			g, gerr := starlark.Call(new(starlark.Thread), starlark.Universe["int"], starlark.Tuple{starlark.String(s), starlark.MakeInt64(base)}, nil)
			want := ""
			if gerr == nil {
				want = g.String()
			}
			if text, want := result(text, err), result(want, gerr); text != want {
				tt.Errorf("int(%q, %d): got %s, want %s", s, base, text, want)
			}
		}
	}
}
