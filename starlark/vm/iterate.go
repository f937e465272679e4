package vm

import (
	"fmt"

	"github.com/ungil/tm/starlark/compile"
	"github.com/ungil/tm/starlark/value"
)

// The state of a loop is two registers: what it goes over and an index. There
// is no iterator object, whose position would have to be undone.

// iterInit runs IterInit and returns where to go on.
func (t *Thread) iterInit(in *compile.Instr, r *registers) (next int, err error) {
	x := r[in.B]
	it, err := value.IterInit(&t.Thread, x)
	if err != nil {
		return 0, err
	}
	t.Mark(x)
	r[in.A] = it
	r[in.A+1].SetInt(0)
	return int(in.C), nil
}

// iterNext runs IterNext and returns where to go on, or -1 after the last element.
func (t *Thread) iterNext(in *compile.Instr, r *registers) (next int) {
	i := r[in.A+1].AsInt()
	v, ok, err := value.IterNext(&t.Thread, r[in.A], i)
	if !ok || err != nil { // no error: IterInit has accepted it
		t.iterEnd(in, r)
		return -1
	}
	r[in.A+1].SetInt(i + 1)
	r[in.B] = v
	return int(in.C)
}

// iterEnd closes an iteration. It forgets what the loop went over: the function may run for
// long, or be called again, before something else is in that register.
func (t *Thread) iterEnd(in *compile.Instr, r *registers) {
	t.Unmark()
	r[in.A] = value.Value{}
}

// elements returns the elements of any iterable.
func (t *Thread) elements(v value.Value) ([]value.Value, error) {
	return value.Iterate(&t.Thread, v)
}

// rangeInit runs RangeInit. done: the range is empty.
func (t *Thread) rangeInit(in *compile.Instr, r *registers) (done bool, err error) {
	if !r[in.A].IsInt() || !r[in.A+1].IsInt() || !r[in.A+2].IsInt() {
		return false, rangeError(r[in.A:in.A+3], int(in.N))
	}
	start, stop, step := r[in.A].AsInt(), r[in.A+1].AsInt(), r[in.A+2].AsInt()
	var further uint64
	// In unsigned arithmetic: the distance may exceed the range of int64.
	switch {
	case step == 0:
		return false, fmt.Errorf("range: step argument must not be zero")
	case step > 0 && start < stop:
		further = (uint64(stop) - uint64(start) - 1) / uint64(step)
	case step < 0 && start > stop:
		further = (uint64(start) - uint64(stop) - 1) / -uint64(step)
	default:
		return true, nil
	}
	r[in.A+1].SetInt(int64(further))
	r[in.B].SetInt(start)
	return false, nil
}

// rangeError returns the error of a range whose start, stop and step are not all ints, n of
// which are arguments.
func rangeError(state []value.Value, n int) error {
	args := state[:n]
	if n == 1 {
		args = state[1:2]
	}
	var x [3]int64
	return value.UnpackPositionalArgs("range", args, nil, 1, &x[0], &x[1], &x[2])
}
