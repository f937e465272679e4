package tm

import "testing"

// TestFilterEndsWithTheAttempt: reads take their fast path again in the transactions
// that use a Tx later, and in the attempts that follow.
func TestFilterEndsWithTheAttempt(t *testing.T) {
	skipUnlessManaged(t)
	var x, y Var[int]
	tx, _ := aged(karma) // with a claim, which takes all reads off the fast path
	x.Get(tx)
	y.Set(tx, 1)
	if tx.filter == 0 {
		t.Error("an attempt with a claim has an empty filter")
	}
	if !tx.Commit() || tx.filter != 0 {
		t.Errorf("after a commit the filter is %#x", tx.filter)
	}
	for _, end := range []string{"commit", "error", "conflict"} {
		attempts := 0
		err := Atomically(func(tx *Tx) error {
			if attempts++; tx.filter != 0 {
				t.Errorf("%s: attempt %d begins with the filter %#x", end, attempts, tx.filter)
			}
			x.Set(tx, x.Get(tx)+1)
			switch {
			case end == "error":
				return errUndo
			case end == "conflict" && attempts == 1:
				interfere(&x, 7)
			}
			return nil
		})
		if (err != nil) != (end == "error") {
			t.Errorf("%s: error %v", end, err)
		}
	}
}

// TestLongLogsAreGivenBack: one long transaction does not make all later ones that use its Tx
// keep the memory of its logs.
func TestLongLogsAreGivenBack(t *testing.T) {
	vs := make([]Var[int], keptEntries+1)
	tx := newTx()
	tx.mode = modeUpdate
	tx.begin()
	for i := range vs {
		vs[i].Get(tx)
		vs[i].Set(tx, 1)
	}
	tx.rollback()
	if cap(tx.reads) > keptEntries || cap(tx.writes) > keptEntries || len(tx.index.table) > keptEntries {
		t.Errorf("room for %d reads, %d writes, %d places of the index; want %d at most", cap(tx.reads), cap(tx.writes), len(tx.index.table), keptEntries)
	}
}

// TestInnerPartsLeaveNothing: what inner parts have overwritten is kept for as long as one
// of them can be undone, and no longer.
func TestInnerPartsLeaveNothing(t *testing.T) {
	var v Var[int]
	tx := Begin()
	v.Set(tx, -1)
	set := func(x int) func(*Tx) error {
		return func(tx *Tx) error { v.Set(tx, x); return nil }
	}
	outer := tx.Savepoint()
	for i := range 2 * keptHome {
		_ = tx.Atomically(set(i))
	}
	if n := len(tx.nesting.replaced); n < keptHome {
		t.Errorf("%d versions are kept inside a part that can be undone", n)
	}
	tx.Rollback(outer)
	if got := v.Get(tx); got != -1 {
		t.Errorf("after the outer part was undone: %d", got)
	}
	for i := range 2 * keptHome {
		_ = tx.Atomically(set(i))
		if n := len(tx.nesting.replaced); n != 0 {
			t.Fatalf("%d versions are kept after %d parts that cannot be undone any more", n, i+1)
		}
	}
	if !tx.Commit() || v.Load() != 2*keptHome-1 {
		t.Errorf("in the end: %d", v.Load())
	}
}
