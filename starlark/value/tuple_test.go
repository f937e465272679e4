package value

import (
	"fmt"
	"math/big"
	goruntime "runtime"
	"testing"
)

func TestTuples(tt *testing.T) {
	t := plain()
	for n := range 20 {
		elems := make([]Value, n)
		for i := range elems {
			elems[i] = Int(int64(i))
		}
		tup := TupleOf(NewTuple(elems))
		for i := range elems {
			elems[i] = None // a tuple has its own
		}
		if tup.Len() != n || len(tup.Elems()) != n || cap(tup.Elems()) != n {
			tt.Fatalf("length %d, %d elements with room for %d; want %d", tup.Len(), len(tup.Elems()), cap(tup.Elems()), n)
		}
		for i, v := range tup.Elems() {
			if v != Int(int64(i)) || tup.At(i) != v {
				tt.Errorf("element %d of %d is %s and %s", i, n, Repr(t, v), Repr(t, tup.At(i)))
			}
		}
	}
}

func TestScalars(tt *testing.T) {
	for _, v := range []Value{None, True, False, Int(0), Int(-1), Int(1 << 62), Float(0), Float(-2.5)} {
		if !v.isScalar() {
			tt.Errorf("%s is none", Repr(plain(), v))
		}
	}
	t := plain()
	for _, v := range []Value{{}, Str(""), Str("a"), Str("abc"), Bytes("abc"), intString(77), Big(new(big.Int).Lsh(big.NewInt(1), 70)), NewTuple(nil), NewPair(None, None), NewList(t, nil), NewDict(t, 0).Value(), NewRange(1, 2, 3)} {
		if v.isScalar() {
			tt.Errorf("%v is one", v)
		}
	}
}

// What a tuple holds lives as long as the tuple, wherever among scalars it stands. The
// collector does not look into tuples of scalars.
func TestTuplesKeepElementsAlive(tt *testing.T) {
	const most = 6
	text := func(n, i int) string { return fmt.Sprintf("element %d of %d", i, n) }
	var tuples []Value
	for n := 1; n <= most; n++ {
		for i := range n {
			elems := []Value{Int(0), None, True, Float(3), Int(4), Int(5)}[:n]
			elems[i] = Str(text(n, i))
			tuples = append(tuples, NewTuple(elems))
			if n == 2 {
				tuples = append(tuples, NewPair(elems[0], elems[1]))
			} else {
				tuples = append(tuples, NewTuple(elems))
			}
		}
	}
	goruntime.GC()
	for i := range 100_000 { // what was freed is used again
		kept = Str(fmt.Sprintf("not element %d", i))
	}
	for n := 1; n <= most; n++ {
		for i := range n {
			for range 2 {
				if got := TupleOf(tuples[0]).At(i); !got.IsString() || got.AsString() != text(n, i) {
					tt.Fatalf("tuple of %d: element %d has changed", n, i)
				}
				tuples = tuples[1:]
			}
		}
	}
}

// A tuple of scalars is complete from the beginning: publishing it changes nothing.
func TestTuplesOfScalarsArePublished(tt *testing.T) {
	for _, v := range []Value{NewTuple([]Value{Int(1)}), NewPair(None, Float(2)), NewTuple([]Value{True, True, True, True}), NewConstantTuple([]Value{Str("ab"), None})} {
		if !TupleOf(v).shared {
			tt.Errorf("%s is not", Repr(plain(), v))
		}
	}
	for _, v := range []Value{NewTuple([]Value{Str("ab")}), NewPair(None, NewTuple(nil))} {
		if TupleOf(v).shared {
			tt.Errorf("%s is", Repr(plain(), v))
		}
	}
	if v := NewConstantTuple(nil); v != NewTuple(nil) {
		tt.Errorf("an empty tuple that is not the empty tuple: %s", Repr(plain(), v))
	}
}

func TestRows(tt *testing.T) {
	t := plain()
	rows := newRows(3, 2)
	var all []Value
	for i := range int64(3) {
		elems, tup := rows.next()
		elems[0], elems[1] = Int(i), Str(fmt.Sprint("row ", i))
		all = append(all, tup)
	}
	wantRepr(tt, t, NewTuple(all), `((0, "row 0"), (1, "row 1"), (2, "row 2"))`)
}

// A tuple and its elements are one object.
func TestAllocationsOfTuples(tt *testing.T) {
	elems := []Value{Int(1), Int(2), Int(3), Int(4), Int(5)}
	for n := range elems {
		want := 1.0
		if n == 0 {
			want = 0
		}
		if got := testing.AllocsPerRun(100, func() { kept = NewTuple(elems[:n]) }); got != want {
			tt.Errorf("%d elements: %v allocations, want %v", n, got, want)
		}
	}
	if got := testing.AllocsPerRun(100, func() { kept = NewPair(elems[0], elems[1]) }); got != 1 {
		tt.Errorf("a pair: %v allocations, want 1", got)
	}
}

var kept Value // so that the compiler must allocate
