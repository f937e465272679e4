package value

import (
	"fmt"
	"math"
	"math/big"
)

// IterInit returns what a loop over x goes over, for IterNext: x itself or, for
// a dict, the keys it has now. The caller notes x with Thread.Mark for
// as long as the loop runs.
func IterInit(t *Thread, x Value) (Value, error) {
	t.Enter(x)
	defer t.Leave()
	switch x.Kind() {
	case KindList, KindTuple, KindRange:
		return x, nil
	case KindDict:
		return NewTuple(DictOf(x).Keys(t)), nil
	case KindSet:
		return NewTuple(SetOf(x).Elems(t)), nil
	}
	switch ty := x.Type(); {
	case ty.Iterate != nil:
		return ty.Iterate(t, x)
	case ty.At != nil:
		return x, nil
	}
	return Value{}, fmt.Errorf("%s value is not iterable", x.TypeName())
}

// IterNext returns element i of what IterInit returned; ok is false at the end.
func IterNext(t *Thread, it Value, i int64) (v Value, ok bool, err error) {
	switch (*Object)(it.p).Type {
	case &listType:
		v, ok = (*List)(it.p).at(t, int(i))
		return v, ok, nil
	case &tupleType:
		if elems := (*Tuple)(it.p).Elems(); i < int64(len(elems)) {
			return elems[i], true, nil
		}
		return Value{}, false, nil
	case &rangeType:
		if r := (*Range)(it.p); i < r.n {
			return r.At(i), true, nil
		}
		return Value{}, false, nil
	}
	if at := it.Type().At; at != nil {
		v, ok = at(t, it, i)
		return v, ok, nil
	}
	return Value{}, false, fmt.Errorf("%s value is not iterable", it.TypeName())
}

// Iterate returns all elements of x at once. The caller must not change the
// result, and a later change of x may show in it.
func Iterate(t *Thread, x Value) ([]Value, error) {
	switch x.Kind() {
	case KindList:
		return ListOf(x).Snapshot(t), nil
	case KindTuple:
		return TupleOf(x).Elems(), nil
	case KindDict:
		return DictOf(x).Keys(t), nil
	case KindSet:
		return SetOf(x).Elems(t), nil
	case KindRange:
		r := RangeOf(x)
		if r.n > int64(maxElements) {
			return nil, fmt.Errorf("excessive range: %d elements", r.n)
		}
		if err := t.Reserve(int(r.n) * valueSize); err != nil {
			return nil, err
		}
		vs := make([]Value, r.n)
		for i := range vs {
			vs[i] = r.At(int64(i))
		}
		return vs, nil
	}
	return iterateOther(t, x)
}

// iterateOther is Iterate for types whose Type says how.
func iterateOther(t *Thread, x Value) ([]Value, error) {
	ty := x.Type()
	if ty.Iterate != nil {
		y, err := ty.Iterate(t, x)
		if err != nil {
			return nil, err
		}
		return Iterate(t, y)
	}
	if ty.At == nil {
		return nil, fmt.Errorf("%s value is not iterable", x.TypeName())
	}
	var vs []Value
	for v, ok := ty.At(t, x, 0); ok; v, ok = ty.At(t, x, int64(len(vs))) {
		if len(vs) == maxElements {
			return nil, fmt.Errorf("excessive iteration: %s has more than %d elements", ty.Name, maxElements)
		}
		vs = append(vs, v)
	}
	return vs, nil
}

// Unpack stores the elements of x, which must be as many, in dst.
func Unpack(t *Thread, x Value, dst []Value) error {
	t.Enter(x)
	defer t.Leave()
	vs, err := Iterate(t, x)
	if err != nil {
		return fmt.Errorf("got %s in sequence assignment", x.TypeName())
	}
	switch {
	case len(vs) > len(dst):
		return fmt.Errorf("too many values to unpack (got %d, want %d)", len(vs), len(dst))
	case len(vs) < len(dst):
		return fmt.Errorf("too few values to unpack (got %d, want %d)", len(vs), len(dst))
	}
	copy(dst, vs)
	return nil
}

// truncate converts a finite float to an integer.
func truncate(f float64) Value {
	if math.MinInt64 <= f && f < 1<<63 {
		return Int(int64(f))
	}
	i, _ := big.NewFloat(f).Int(nil)
	return Big(i)
}
