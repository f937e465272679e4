package tm

// Await ends a transaction from Begin as Abort does, and then sleeps until another
// transaction commits a change of something that it has read, or done is closed; it
// reports whether it was a change. It is what Retry is to Atomically, for
// runtimes whose transactions are no functions:
//
//	for {
//		t := tm.Begin()
//		if !full.Get(t) {
//			t.Await(nil)
//			continue
//		}
//		...
//	}
//
// What was read counts even if it was read in a part that is rolled back. If something has been overwritten already, Await returns
// at once. OnAbort hooks run before it returns. It panics in a transaction that has
// read nothing if done is nil, and in an irrevocable one. Blocking; see Retry.
func (tx *Tx) Await(done <-chan struct{}) (changed bool) {
	tx.mustBeExplicit("Await")
	if tx.irrevocable {
		panic("tm: Await after Irrevocable in " + tx.label() + ", which can not run again; look at what it may have to wait for before it becomes irrevocable")
	}
	if len(tx.reads) == 0 && done == nil {
		panic("tm: Await of " + tx.label() + " that has read nothing, so nothing can wake it; read what it waits for, or pass a channel that is closed some time")
	}
	tx.counts[countRetries].Inc()
	changed = tx.doomed // a conflict: what it has read is overwritten
	if !changed {
		tx.standBack()
		if tx.registered {
			tx.unregister() // nobody keeps history for who sleeps
		}
		tx.clearWrites()
		changed = tx.waitForChange(done)
	}
	tx.endExplicit(false, tx.doomed || tx.overdue)
	return changed
}
