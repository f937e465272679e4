package value

import (
	"math"
	"testing"
)

// TestIndexIsNoInt: where an int has 32 bits, indexes and lengths beyond that are not cut.
func TestIndexIsNoInt(tt *testing.T) {
	both(tt, func(tt *testing.T, t *Thread) {
		far := Int(1<<32 + 1)
		l, shared := list(t, 7, 8, 9), list(t, 7, 8, 9)
		Publish(t, shared)
		for _, x := range []Value{l, shared, NewTuple(ListOf(l).Snapshot(t)), Str("abc")} {
			if v, err := Index(t, x, far); err == nil {
				tt.Errorf("%s[%s] is %s", Repr(t, x), Repr(t, far), Repr(t, v))
			}
		}
		if v, err := call(t, l, "pop", far); err == nil {
			tt.Errorf("pop(%s) is %s", Repr(t, far), Repr(t, v))
		}
		if v, err := call(t, Value{}, "int", Str("1"), Int(1<<32+10)); err == nil {
			tt.Errorf("int with base 2^32 + 10 is %s", Repr(t, v))
		}
		long := NewRange(math.MinInt32, 1<<32, 1)
		n := Int(1<<32 - math.MinInt32)
		if got, err := call(t, Value{}, "len", long); err != nil || got != n || !Truth(t, long) {
			tt.Errorf("len is %s (%v), truth %v; want %s", Repr(t, got), err, Truth(t, long), Repr(t, n))
		}
		if got, err := Index(t, long, Int(-1)); err != nil || got != Int(1<<32-1) {
			tt.Errorf("the last element is %s (%v)", Repr(t, got), err)
		}
		if got, err := Slice(t, long, Int(-2), None, None); err != nil || RangeOf(got).At(0) != Int(1<<32-2) || RangeOf(got).Len() != 2 {
			tt.Errorf("the last two are %s (%v)", Repr(t, got), err)
		}
	})
}
