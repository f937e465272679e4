package value

import (
	"errors"
	"fmt"
	"math"
	"math/big"
	"math/bits"
)

var (
	errFloatDivision = errors.New("floating-point division by zero")
	errFloorDivision = errors.New("floored division by zero")
	errIntModulo     = errors.New("integer modulo by zero")
	errFloatModulo   = errors.New("floating-point modulo by zero")
	errIntTooLarge   = errors.New("int too large to convert to float")
)

// number returns a finite number as a float.
func number(v Value) (float64, error) {
	switch v.Kind() {
	case KindFloat:
		return v.AsFloat(), nil
	case KindInt:
		return float64(v.AsInt()), nil
	}
	f, _ := new(big.Float).SetInt(&(*BigInt)(v.p).i).Float64()
	if math.IsInf(f, 0) {
		return 0, errIntTooLarge
	}
	return f, nil
}

// AsFloat returns a number as a float; ok is false if v is none, or too large.
func AsFloat(v Value) (f float64, ok bool) {
	if !isNumber(v.Kind()) {
		return 0, false
	}
	f, err := number(v)
	return f, err == nil
}

// arithmetic applies an operator to two numbers; ok is false if it has no
// meaning for them.
func arithmetic(op Op, x, y Value) (z Value, ok bool, err error) {
	if BothInts(x, y) {
		if z, ok := smallInts(op, x.AsInt(), y.AsInt()); ok {
			return z, true, nil
		}
	}
	if op >= OpShl && op <= OpShr {
		z, err := shift(op, x, y)
		return z, !x.IsFloat(), err
	}
	if !x.IsFloat() && !y.IsFloat() && op != OpDiv {
		z, err := bigInts(op, x, y)
		return z, true, err
	}
	if op > OpMod {
		return Value{}, false, nil
	}
	a, err := number(x)
	if err != nil {
		return Value{}, true, err
	}
	b, err := number(y)
	if err != nil {
		return Value{}, true, err
	}
	z, err = floats(op, a, b)
	return z, true, err
}

// smallInts applies an operator to small integers; ok is false if the result
// may not fit or is an error.
func smallInts(op Op, a, b int64) (z Value, ok bool) {
	switch op {
	case OpAdd:
		return AddInts(Int(a), Int(b))
	case OpSub:
		return SubInts(Int(a), Int(b))
	case OpMul:
		return MulInts(Int(a), Int(b))
	case OpFloorDiv:
		if b == 0 || b == -1 {
			return Value{}, false
		}
		return Int(floorDiv(a, b)), true
	case OpMod:
		if b == 0 || b == -1 {
			return Value{}, false
		}
		return Int(floorMod(a, b)), true
	case OpAnd:
		return Int(a & b), true
	case OpOr:
		return Int(a | b), true
	case OpXor:
		return Int(a ^ b), true
	case OpShl:
		if uint64(b) < 63 && a<<b>>b == a {
			return Int(a << b), true
		}
	case OpShr:
		if b >= 0 && b <= math.MaxInt32 {
			return Int(a >> min(b, 63)), true
		}
	}
	return Value{}, false
}

// MulInts multiplies two integers of 64 bits; ok is false if the product does
// not fit.
func MulInts(x, y Value) (product Value, ok bool) {
	a, b := int64(x.bits), int64(y.bits)
	hi, lo := bits.Mul64(uint64(a), uint64(b))
	// From the unsigned product to the signed one.
	hi -= uint64(a>>63&b) + uint64(b>>63&a)
	return Int(int64(lo)), int64(hi) == int64(lo)>>63
}

// FloorDivInts divides two integers of 64 bits; ok is false if y is 0 or the
// result might not fit.
func FloorDivInts(x, y Value) (quotient Value, ok bool) {
	if y.bits+1 <= 1 { // 0 or -1
		return Value{}, false
	}
	return Int(floorDiv(int64(x.bits), int64(y.bits))), true
}

// ModInts is the remainder that belongs to FloorDivInts.
func ModInts(x, y Value) (remainder Value, ok bool) {
	if y.bits+1 <= 1 { // 0 or -1
		return Value{}, false
	}
	return Int(floorMod(int64(x.bits), int64(y.bits))), true
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if (a^b) < 0 && q*b != a {
		q--
	}
	return q
}

func floorMod(a, b int64) int64 {
	r := a % b
	if r != 0 && (r^b) < 0 {
		r += b
	}
	return r
}

// maxProductBits bounds integers that are made by multiplying: one operation
// cannot be interrupted, and at this size it takes about a second.
const maxProductBits = 1 << 25

// bigInts applies an operator to integers of any size.
func bigInts(op Op, x, y Value) (Value, error) {
	a, _ := x.AsBigInt()
	b, _ := y.AsBigInt()
	z := new(big.Int)
	switch op {
	case OpAdd:
		z.Add(a, b)
	case OpSub:
		z.Sub(a, b)
	case OpMul:
		if a.BitLen()+b.BitLen() > maxProductBits {
			return Value{}, fmt.Errorf("excessive product: %d * %d bits", a.BitLen(), b.BitLen())
		}
		z.Mul(a, b)
	case OpFloorDiv, OpMod:
		return bigDivision(op, a, b)
	case OpAnd:
		z.And(a, b)
	case OpOr:
		z.Or(a, b)
	case OpXor:
		z.Xor(a, b)
	}
	return Big(z), nil
}

// bigDivision rounds towards minus infinity.
func bigDivision(op Op, a, b *big.Int) (Value, error) {
	if b.Sign() == 0 {
		if op == OpMod {
			return Value{}, errIntModulo
		}
		return Value{}, errFloorDivision
	}
	q, r := new(big.Int).QuoRem(a, b, new(big.Int))
	if r.Sign() != 0 && r.Sign() != b.Sign() {
		q.Sub(q, big.NewInt(1))
		r.Add(r, b)
	}
	if op == OpMod {
		return Big(r), nil
	}
	return Big(q), nil
}

// maxShift is the first count that << refuses.
const maxShift = 512

func shift(op Op, x, y Value) (Value, error) {
	if x.IsFloat() {
		return Value{}, nil
	}
	if y.IsFloat() {
		return Value{}, fmt.Errorf("got %s, want int", y.TypeName())
	}
	b, err := asIndex(y)
	a, _ := x.AsBigInt()
	switch {
	case err != nil:
		return Value{}, err
	case b < 0:
		return Value{}, fmt.Errorf("negative shift count: %d", b)
	case op == OpShr:
		return Big(new(big.Int).Rsh(a, uint(b))), nil
	case b >= maxShift:
		return Value{}, fmt.Errorf("shift count too large: %d", b)
	}
	return Big(new(big.Int).Lsh(a, uint(b))), nil
}

// floats applies an operator to floats.
func floats(op Op, a, b float64) (Value, error) {
	switch op {
	case OpAdd:
		return Float(a + b), nil
	case OpSub:
		return Float(a - b), nil
	case OpMul:
		return Float(a * b), nil
	case OpDiv:
		if b == 0 {
			return Value{}, errFloatDivision
		}
		return Float(a / b), nil
	case OpFloorDiv:
		if b == 0 {
			return Value{}, errFloorDivision
		}
		return Float(math.Floor(a / b)), nil
	}
	if b == 0 {
		return Value{}, errFloatModulo
	}
	m := math.Mod(a, b)
	if m != 0 && (a < 0) != (b < 0) {
		m += b
	}
	return Float(m), nil
}

// Unary applies -, +, ~ or not.
func Unary(t *Thread, op Op, x Value) (Value, error) {
	switch {
	case op == OpNot:
		return Bool(!Truth(t, x)), nil
	case x.IsFloat() && op == OpSub:
		return Float(-x.AsFloat()), nil
	case x.IsFloat() && op == OpAdd:
		return x, nil
	}
	if i, ok := x.AsBigInt(); ok {
		switch op {
		case OpSub:
			return Big(new(big.Int).Neg(i)), nil
		case OpAdd:
			return x, nil
		case OpInvert:
			return Big(new(big.Int).Not(i)), nil
		}
	}
	if f := x.Type().Unary; f != nil {
		if z, err := f(t, op, x); err != nil || z.IsSet() {
			return z, err
		}
	}
	return Value{}, fmt.Errorf("unknown unary op: %s %s", op, x.TypeName())
}

// AsReal returns a number as a float, infinite if it is an int too large for one;
// ok is false if v is no number.
func AsReal(v Value) (f float64, ok bool) {
	switch v.Kind() {
	case KindFloat:
		return v.AsFloat(), true
	case KindInt:
		return float64(v.AsInt()), true
	case KindBigInt:
		f, _ := new(big.Float).SetInt(&(*BigInt)(v.p).i).Float64()
		return f, true
	}
	return 0, false
}
