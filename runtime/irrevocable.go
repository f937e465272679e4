package runtime

// Irrevocable makes the running transaction certain to commit, before the guest does
// something that cannot be undone. If ok is false, that was too late: a conflict has been
// met already, and the guest must return Yield; its next attempt is irrevocable from
// the start. Under GIL nothing has to be done: whoever has the lock goes on.
//
// One transaction of the process is irrevocable at a time. Blocking, until it is this one's turn, or
// cancelled, which may be nil, is closed; see tm.Tx.IrrevocableUntil. If cancelled ends the wait, ok is
// false, too, but Doomed is not, and nothing has changed. If it ends that of the next attempt, the
// attempt begins without being irrevocable: IsIrrevocable tells. A guest must not return Wait
// after it has become irrevocable.
func (t *Thread) Irrevocable(cancelled <-chan struct{}) (ok bool) {
	if t.tx == nil {
		return true
	}
	t.cancelled = cancelled
	ok = t.tx.IrrevocableUntil(cancelled)
	t.certain = ok || t.tx.Doomed()
	return ok
}

// Doomed reports whether the running transaction has met a conflict and can only run again.
func (t *Thread) Doomed() bool { return t.tx != nil && t.tx.Doomed() }

// IsIrrevocable reports whether Irrevocable has been called for the running transaction.
func (t *Thread) IsIrrevocable() bool { return t.tx != nil && t.certain }
