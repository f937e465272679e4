package value

import (
	"fmt"
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
