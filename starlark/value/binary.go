package value

import (
	"fmt"
	"math/bits"
	"strings"
	"unsafe"
)

// Binary applies an operator that is no comparison.
func Binary(t *Thread, op Op, x, y Value) (Value, error) {
	if t.locking {
		return binaryLocked(t, op, x, y)
	}
	return binary(t, op, x, y)
}

func binaryLocked(t *Thread, op Op, x, y Value) (Value, error) {
	t.Enter(x, y)
	defer t.Leave()
	return binary(t, op, x, y)
}

func binary(t *Thread, op Op, x, y Value) (Value, error) {
	if op <= OpShr && isNumber(x.Kind()) && isNumber(y.Kind()) {
		if z, ok, err := arithmetic(op, x, y); ok {
			return z, err
		}
		return unknownBinary(op, x, y)
	}
	switch op {
	case OpAdd:
		return concatenate(t, x, y)
	case OpMul:
		switch {
		case isRepeatable(x) && isInteger(y):
			return repeat(t, x, y)
		case isInteger(x) && isRepeatable(y):
			return repeat(t, y, x)
		}
	case OpMod:
		if x.IsString() {
			return interpolate(t, x.AsString(), y)
		}
	case OpIn, OpNotIn:
		found, err := contains(t, x, y)
		if err != nil {
			return Value{}, err
		}
		return Bool(found == (op == OpIn)), nil
	case OpOr:
		if a, b := DictOf(x), DictOf(y); a != nil && b != nil {
			return union(t, a, b)
		}
	case OpShl, OpShr:
		if isInteger(x) {
			return Value{}, fmt.Errorf("got %s, want int", y.TypeName())
		}
	}
	if f := setOperators[op]; f != nil {
		if a, b := SetOf(x), SetOf(y); a != nil && b != nil {
			return f(a, t, b.Elems(t))
		}
	}
	return binaryOther(t, op, x, y)
}

// binaryOther asks the types of the operands, the left one first.
func binaryOther(t *Thread, op Op, x, y Value) (Value, error) {
	if f := x.Type().Binary; f != nil {
		if z, err := f(t, op, x, y, true); err != nil || z.IsSet() {
			return z, err
		}
	}
	if f := y.Type().Binary; f != nil {
		if z, err := f(t, op, y, x, false); err != nil || z.IsSet() {
			return z, err
		}
	}
	return unknownBinary(op, x, y)
}

func unknownBinary(op Op, x, y Value) (Value, error) {
	return Value{}, fmt.Errorf("unknown binary op: %s %s %s", x.TypeName(), op, y.TypeName())
}

// concatenate implements x + y for strings, lists and tuples.
func concatenate(t *Thread, x, y Value) (Value, error) {
	if x.Type() != y.Type() {
		return binaryOther(t, OpAdd, x, y)
	}
	switch x.Kind() {
	case KindString, KindBytes:
		a, b := x.AsString(), y.AsString()
		if len(a) == 0 {
			return y, nil
		}
		if len(b) == 0 {
			return x, nil
		}
		if len(a)+len(b) > maxBytes {
			return Value{}, fmt.Errorf("excessive concatenation (%d + %d bytes)", len(a), len(b))
		}
		if err := t.Reserve(len(a) + len(b)); err != nil {
			return Value{}, err
		}
		if x.IsBytes() {
			return Bytes(a + b), nil
		}
		return Str(a + b), nil
	case KindList:
		z, err := join(t, ListOf(x).Snapshot(t), ListOf(y).Snapshot(t))
		return NewList(t, z), err
	case KindTuple:
		z, err := join(t, TupleOf(x).Elems(), TupleOf(y).Elems())
		return NewTuple(z), err
	}
	return binaryOther(t, OpAdd, x, y)
}

// maxElements is how many values one operation may allocate.
const maxElements = maxBytes / int(unsafe.Sizeof(Value{}))

func join(t *Thread, a, b []Value) ([]Value, error) {
	if len(a)+len(b) > maxElements {
		return nil, fmt.Errorf("excessive concatenation (%d + %d elements)", len(a), len(b))
	}
	if err := t.Reserve((len(a) + len(b)) * valueSize); err != nil {
		return nil, err
	}
	z := make([]Value, len(a)+len(b))
	copy(z[copy(z, a):], b)
	return z, nil
}

func isRepeatable(v Value) bool {
	k := v.Kind()
	return k == KindString || k == KindBytes || k == KindList || k == KindTuple
}

func isInteger(v Value) bool { k := v.Kind(); return k == KindInt || k == KindBigInt }

// repeat implements x * n for strings, lists and tuples.
func repeat(t *Thread, x, n Value) (Value, error) {
	k := x.Kind()
	if k == KindString || k == KindBytes {
		s, err := repeatString(t, x.AsString(), n)
		if err == nil && k == KindBytes {
			return Bytes(s), nil
		}
		return Str(s), err
	}
	var elems []Value
	if k == KindTuple {
		elems = TupleOf(x).Elems()
	} else {
		elems = ListOf(x).Snapshot(t)
	}
	count, err := repeatCount(len(elems), n, maxElements)
	if err != nil {
		return Value{}, err
	}
	if err := t.Reserve(len(elems) * count * valueSize); err != nil {
		return Value{}, err
	}
	z := make([]Value, len(elems)*count)
	for done := copy(z, elems); done < len(z); done *= 2 {
		copy(z[done:], z[:done])
	}
	if k == KindTuple {
		return NewTuple(z), nil
	}
	return NewList(t, z), nil
}

func repeatString(t *Thread, s string, n Value) (string, error) {
	count, err := repeatCount(len(s), n, maxBytes)
	if err == nil {
		err = t.Reserve(len(s) * count)
	}
	if err != nil {
		return "", err
	}
	return strings.Repeat(s, count), nil
}

// repeatCount returns how often to repeat what has length size.
func repeatCount(size int, n Value, limit int) (int, error) {
	if size == 0 {
		return 0, nil
	}
	if !n.IsInt() || n.AsInt() != int64(int32(n.AsInt())) {
		i, _ := n.AsBigInt()
		return 0, fmt.Errorf("repeat count %s too large", i)
	}
	count := n.AsInt()
	if count < 1 {
		return 0, nil
	}
	if hi, lo := bits.Mul64(uint64(size), uint64(count)); hi != 0 || lo >= uint64(limit) {
		return 0, fmt.Errorf("excessive repeat (%d * %d elements)", size, count)
	}
	return int(count), nil
}

// contains implements x in y.
func contains(t *Thread, x, y Value) (bool, error) {
	switch y.Kind() {
	case KindString:
		if !x.IsString() {
			return false, fmt.Errorf("'in <string>' requires string as left operand, not %s", x.TypeName())
		}
		return strings.Contains(y.AsString(), x.AsString()), nil
	case KindBytes:
		return bytesContain(t, x, y)
	case KindSet:
		return SetOf(y).Has(t, x)
	case KindDict:
		// A key that cannot be hashed is not in the dict.
		_, found, _ := DictOf(y).Get(t, x)
		return found, nil
	case KindList:
		i, err := indexOf(t, ListOf(y).Snapshot(t), x)
		return i >= 0, err
	case KindTuple:
		i, err := indexOf(t, TupleOf(y).Elems(), x)
		return i >= 0, err
	case KindRange:
		i, err := ToInt(x)
		if err != nil {
			return false, fmt.Errorf("'in <range>' requires integer as left operand, not %s", x.TypeName())
		}
		return i.IsInt() && RangeOf(y).contains(i.AsInt()), nil
	}
	v, err := binaryOther(t, OpIn, x, y)
	return err == nil && Truth(t, v), err
}

func (r *Range) contains(i int64) bool {
	if r.n == 0 {
		return false
	}
	lo, hi, step := r.start, r.start+(r.n-1)*r.step, uint64(r.step)
	if r.step < 0 {
		lo, hi, step = hi, lo, -step
	}
	return lo <= i && i <= hi && (uint64(i)-uint64(lo))%step == 0
}

// indexOf returns the first position of x in vs, or -1.
func indexOf(t *Thread, vs []Value, x Value) (int, error) {
	for i, v := range vs {
		if same, err := Equal(t, v, x); err != nil {
			return -1, err
		} else if same {
			return i, nil
		}
	}
	return -1, nil
}

// union implements x | y for dicts.
func union(t *Thread, x, y *Dict) (Value, error) {
	z := NewDict(t, x.Len(t))
	for _, d := range [...]*Dict{x, y} {
		for _, e := range d.items(t) {
			if err := z.Set(t, e.key, e.value); err != nil {
				return Value{}, err
			}
		}
	}
	return z.Value(), nil
}

// InplaceAdd implements x += y: a list grows, anything else is x + y.
func InplaceAdd(t *Thread, x, y Value) (Value, error) {
	l := ListOf(x)
	if l == nil {
		return Binary(t, OpAdd, x, y)
	}
	t.Enter(x, y)
	defer t.Leave()
	if !IsIterable(y) {
		return binaryOther(t, OpAdd, x, y)
	}
	if err := l.mutable(t, "apply += to"); err != nil {
		return Value{}, err
	}
	vs, err := Iterate(t, y)
	if err != nil {
		return Value{}, err
	}
	return x, l.Extend(t, vs)
}

// InplaceOr implements x |= y: a dict is updated, anything else, also a set,
// is x | y.
func InplaceOr(t *Thread, x, y Value) (Value, error) {
	a, b := DictOf(x), DictOf(y)
	if a == nil || b == nil {
		return Binary(t, OpOr, x, y)
	}
	t.Enter(x, y)
	defer t.Leave()
	if err := a.mutable(t, "apply |= to"); err != nil {
		return Value{}, err
	}
	for _, e := range b.items(t) {
		if err := a.Set(t, e.key, e.value); err != nil {
			return Value{}, err
		}
	}
	return x, nil
}
