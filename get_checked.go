//go:build race || tmexplore || 386 || arm || mips || mipsle

package tm

// Get returns the value of v as tx sees it: what tx has set, else the value in
// its snapshot. Lock-free: it may first finish a commit that is under way. When
// another transaction's commit leaves no consistent snapshot, Get does not
// return: the attempt is rolled back and runs again (except between Begin and
// Commit, where Get goes on with the old snapshot and Commit reports false).
//
// A nil Var panics with a text that says so; between Begin and Commit the panic
// may be Go's own for a nil pointer.
func (v *Var[T]) Get(tx *Tx) (x T) {
	if v == nil {
		panic(misuseNilVar("Get"))
	}
	// In a View the bound is the snapshot; elsewhere it is 0, below every stamp.
	n := v.slot.Head.Load()
	if n == nil || n.Stamp.Load() > tx.viewBound {
		n = tx.Read(&v.slot)
	}
	if n != nil {
		x = nodeOf[T](n).value
	}
	return x
}
