package tm

import "testing"

// TestAllocations: a view allocates nothing, an update one version per Var that
// it writes.
func TestAllocations(t *testing.T) {
	if raceEnabled {
		t.Skip("under the race detector every transaction has a Tx of its own")
	}
	vs := newVars(100)
	for _, c := range []struct {
		what string
		most float64
		run  func()
	}{
		{"view of 100", 0, func() { _ = View(func(tx *Tx) error { sum(vs, tx); return nil }) }},
		{"update that only reads", 0, func() { _ = Atomically(func(tx *Tx) error { sum(vs, tx); return nil }) }},
		{"load", 0, func() { vs[0].Load() }},
		{"one write", 1, func() { _ = Atomically(func(tx *Tx) error { vs[0].Set(tx, vs[0].Get(tx)+1); return nil }) }},
		{"transfer", 2, func() { transfer(vs[:2:2], 1<<20) }},
		{"one Var written twice", 1, func() { _ = Atomically(func(tx *Tx) error { vs[0].Set(tx, 1); vs[0].Set(tx, 2); return nil }) }},
		{"explicit, one write", 1, func() { tx := Begin(); vs[0].Set(tx, 1); tx.Commit() }},
		{"rolled back", 1, func() { _ = Atomically(func(tx *Tx) error { vs[0].Set(tx, 1); return errUndo }) }},
	} {
		c.run()
		if got := testing.AllocsPerRun(100, c.run); got > c.most {
			t.Errorf("%s allocates %.1f times, want at most %.0f", c.what, got, c.most)
		}
	}
}
