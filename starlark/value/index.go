package value

import (
	"fmt"
	"math"
)

// Index implements x[i].
func Index(t *Thread, x, i Value) (Value, error) {
	if t.locking {
		return indexLocked(t, x, i)
	}
	return index(t, x, i)
}

func indexLocked(t *Thread, x, i Value) (Value, error) {
	t.Enter(x, i)
	defer t.Leave()
	return index(t, x, i)
}

func index(t *Thread, x, i Value) (Value, error) {
	switch x.Kind() {
	case KindList:
		return indexList(t, ListOf(x), i)
	case KindDict:
		v, found, err := DictOf(x).Get(t, i)
		if err == nil && !found {
			err = fmt.Errorf("key %s not in dict", Repr(t, i))
		}
		return v, err
	case KindTuple:
		elems := TupleOf(x).Elems()
		n, err := position(x, i, int64(len(elems)))
		if err != nil {
			return Value{}, err
		}
		return elems[n], nil
	case KindString:
		s := x.AsString()
		n, err := position(x, i, int64(len(s)))
		if err != nil {
			return Value{}, err
		}
		return byteString(s[n]), nil
	case KindBytes:
		s := x.AsString()
		n, err := position(x, i, int64(len(s)))
		if err != nil {
			return Value{}, err
		}
		return Bytes(s[n : n+1]), nil
	case KindRange:
		r := RangeOf(x)
		n, err := position(x, i, r.n)
		if err != nil {
			return Value{}, err
		}
		return r.At(n), nil
	}
	return indexOther(t, x, i)
}

// indexOther is index for types whose Type says how.
func indexOther(t *Thread, x, i Value) (Value, error) {
	if get := x.Type().Get; get != nil {
		return get(t, x, i)
	}
	if ty := x.Type(); ty.Len != nil && ty.At != nil {
		n, err := position(x, i, int64(ty.Len(t, x)))
		if err != nil {
			return Value{}, err
		}
		v, _ := ty.At(t, x, n)
		return v, nil
	}
	return Value{}, fmt.Errorf("unhandled index operation %s[%s]", x.TypeName(), i.TypeName())
}

// indexList reads the length only for an index that is negative or out of
// range, so that reading elements does not conflict with growth.
func indexList(t *Thread, l *List, i Value) (Value, error) {
	if i.IsInt() && uint64(i.AsInt()) < maxLen { // int may have 32 bits
		if v, ok := l.at(t, int(i.AsInt())); ok {
			return v, nil
		}
	}
	n, err := position(FromObject(&l.Object), i, int64(l.Len(t)))
	if err != nil {
		return Value{}, err
	}
	v, _ := l.at(t, int(n))
	return v, nil
}

// position turns an index into a position below n.
func position(x, i Value, n int64) (int64, error) {
	at, err := asIndex(i)
	if err != nil {
		return 0, fmt.Errorf("%s index: %w", x.TypeName(), err)
	}
	return inRange(x, at, n)
}

func inRange(x Value, at, n int64) (int64, error) {
	p := at
	if p < 0 {
		p += n
	}
	if p >= 0 && p < n {
		return p, nil
	}
	if n == 0 {
		return 0, fmt.Errorf("index %d out of range: empty %s", at, x.TypeName())
	}
	return 0, fmt.Errorf("%s index %d out of range [%d:%d]", x.TypeName(), at, -n, n-1)
}

// asIndex returns an integer of 32 bits: no sequence is longer.
func asIndex(v Value) (int64, error) {
	i, err := asInt64(v)
	if err == nil && i != int64(int32(i)) {
		err = fmt.Errorf("%d out of range", i)
	}
	return i, err
}

// asInt64 returns an integer of 64 bits.
func asInt64(v Value) (int64, error) {
	if v.IsInt() {
		return v.AsInt(), nil
	}
	if v.Kind() == KindBigInt {
		i, _ := v.AsBigInt()
		return 0, fmt.Errorf("%s out of range", i)
	}
	return 0, fmt.Errorf("got %s, want int", v.TypeName())
}

// SetIndex implements x[i] = v.
func SetIndex(t *Thread, x, i, v Value) error {
	if t.locking {
		return setIndexLocked(t, x, i, v)
	}
	return setIndex(t, x, i, v)
}

func setIndexLocked(t *Thread, x, i, v Value) error {
	t.Enter(x, i, v)
	defer t.Leave()
	return setIndex(t, x, i, v)
}

func setIndex(t *Thread, x, i, v Value) error {
	switch x.Kind() {
	case KindList:
		l := ListOf(x)
		n, err := l.existing(t, i)
		if err != nil {
			return err
		}
		return l.setAt(t, n, v)
	case KindDict:
		return DictOf(x).Set(t, i, v)
	}
	if set := x.Type().Set; set != nil {
		return set(t, x, i, v)
	}
	return fmt.Errorf("%s value does not support item assignment", x.TypeName())
}

// existing returns the position of an element to assign to; see indexList.
func (l *List) existing(t *Thread, i Value) (int, error) {
	at, err := asIndex(i)
	if err != nil {
		return 0, err
	}
	if at >= 0 {
		if _, ok := l.at(t, int(at)); ok {
			return int(at), nil
		}
	}
	p, err := inRange(FromObject(&l.Object), at, int64(l.Len(t)))
	return int(p), err
}

// Slice implements x[lo:hi:step]; None stands for what is left out.
func Slice(t *Thread, x, lo, hi, step Value) (Value, error) {
	t.Enter(x)
	defer t.Leave()
	var elems []Value
	var n int64
	switch x.Kind() {
	case KindString, KindBytes:
		n = int64(len(x.AsString()))
	case KindList:
		elems = ListOf(x).Snapshot(t)
		n = int64(len(elems))
	case KindTuple:
		elems = TupleOf(x).Elems()
		n = int64(len(elems))
	case KindRange:
		n = RangeOf(x).n
	default:
		return Value{}, fmt.Errorf("invalid slice operand %s", x.TypeName())
	}
	c, err := bounds(lo, hi, step, n)
	if err != nil {
		return Value{}, err
	}
	switch x.Kind() {
	case KindString:
		return Str(pick([]byte(nil), x.AsString(), c)), nil
	case KindBytes:
		return Bytes(pick([]byte(nil), x.AsString(), c)), nil
	case KindRange:
		return RangeOf(x).cut(c), nil
	case KindTuple:
		if c.count == n && c.by == 1 {
			return x, nil
		}
		return NewTuple(every(elems, c)), nil
	}
	return NewList(t, every(elems, c)), nil
}

// A span says which positions a slice takes: count of them, in steps of by from start on, before end.
type span struct{ start, end, by, count int64 }

// bounds returns what a slice takes of something that has n elements. If that is nothing, end is start.
func bounds(lo, hi, step Value, n int64) (c span, err error) {
	c.by = 1
	if !step.IsNone() {
		if c.by, err = asIndex(step); err != nil {
			return span{}, fmt.Errorf("invalid slice step: %w", err)
		}
		if c.by == 0 {
			return span{}, fmt.Errorf("zero is not a valid slice step")
		}
	}
	down := c.by < 0
	first, last, low, high := int64(0), n, int64(0), n
	if down {
		first, last, low, high = n-1, -1, -1, n-1
	}
	if c.start, err = bound(lo, n, first, low, high); err != nil {
		return span{}, fmt.Errorf("invalid start index: %w", err)
	}
	if down {
		high = math.MaxInt64 // an end behind the last element is no other end than that
	}
	if c.end, err = bound(hi, n, last, low, high); err != nil {
		return span{}, fmt.Errorf("invalid end index: %w", err)
	}
	distance, stride := c.end-c.start, c.by
	if down {
		distance, stride = -distance, -stride
	}
	switch {
	case distance > 0:
		c.count = (distance-1)/stride + 1
	case down:
		c.start = c.end
	default:
		c.end = c.start
	}
	return c, nil
}

// bound returns one bound of a slice, clamped to [low, high].
func bound(v Value, n, missing, low, high int64) (int64, error) {
	if v.IsNone() {
		return missing, nil
	}
	i, err := asIndex(v)
	if err != nil {
		return 0, err
	}
	if i < 0 {
		i += n
	}
	return max(low, min(i, high)), nil
}

// every returns the elements that c takes.
func every(vs []Value, c span) []Value {
	z := make([]Value, c.count)
	if c.by == 1 {
		copy(z, vs[c.start:])
		return z
	}
	for i := range z {
		z[i] = vs[c.start+int64(i)*c.by]
	}
	return z
}

// pick is every for strings.
func pick(buf []byte, s string, c span) string {
	if c.by == 1 {
		return s[c.start : c.start+c.count]
	}
	for i := range c.count {
		buf = append(buf, s[c.start+i*c.by])
	}
	return string(buf)
}

// Len returns the length of x; ok is false if it has none. Of a range that is longer than an int it
// is the highest int.
func Len(t *Thread, x Value) (n int, ok bool) {
	if t.locking {
		t.Enter(x)
		defer t.Leave()
	}
	switch x.Kind() {
	case KindString, KindBytes:
		return len(x.AsString()), true
	case KindList:
		return ListOf(x).Len(t), true
	case KindTuple:
		return len(TupleOf(x).Elems()), true
	case KindDict:
		return DictOf(x).Len(t), true
	case KindRange:
		return int(min(RangeOf(x).n, math.MaxInt)), true
	case KindSet:
		return SetOf(x).Len(t), true
	}
	if f := x.Type().Len; f != nil {
		return f(t, x), true
	}
	return 0, false
}

// Truth returns bool(x).
func Truth(t *Thread, x Value) bool {
	switch x.Kind() {
	case KindBool, KindInt:
		return x.bits != 0
	case KindNone:
		return false
	case KindFloat:
		return x.AsFloat() != 0
	case KindString, KindBytes:
		return x.AsString() != ""
	case KindList, KindTuple, KindDict, KindSet, KindRange:
		n, _ := Len(t, x)
		return n != 0
	}
	if f := x.Type().Truth; f != nil {
		return f(t, x)
	}
	return true
}

// ToInt converts a number to an integer, towards zero.
func ToInt(v Value) (Value, error) {
	if !v.IsFloat() {
		if isInteger(v) {
			return v, nil
		}
		return Value{}, fmt.Errorf("cannot convert %s to int", v.TypeName())
	}
	switch f := v.AsFloat(); {
	case math.IsInf(f, 0):
		return Value{}, fmt.Errorf("cannot convert float infinity to integer")
	case math.IsNaN(f):
		return Value{}, fmt.Errorf("cannot convert float NaN to integer")
	default:
		return truncate(f), nil
	}
}
