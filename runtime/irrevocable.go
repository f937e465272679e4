package runtime

// Irrevocable makes the running transaction certain to commit, before the guest does
// something that cannot be undone. If ok is false, that was too late: a conflict has been
// met already, and the guest must return Yield; its next attempt is irrevocable from
// the start. Under GIL nothing has to be done: whoever has the lock goes on.
//
// One transaction of the process is irrevocable at a time. Blocking, until it is this one's turn; see
// tm.Tx.Irrevocable. A guest must not return Wait afterwards.
func (t *Thread) Irrevocable() (ok bool) {
	if t.tx == nil {
		return true
	}
	t.certain = true
	t.tx.Irrevocable()
	return !t.tx.Doomed()
}

// IsIrrevocable reports whether Irrevocable has been called for the running transaction.
func (t *Thread) IsIrrevocable() bool { return t.tx != nil && t.certain }
