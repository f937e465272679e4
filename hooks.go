package tm

// A hook is a function that runs when its transaction is over.
type hook struct {
	run     func()
	onAbort bool
}

type hooks []hook

// OnCommit runs f when tx has happened: once, on the goroutine of tx, after
// Atomically or Commit has ended the transaction and before it returns. f may
// run other transactions, and may do what cannot be undone. Hooks run in the order in
// which they were registered. They are forgotten with the part that has
// registered them: an attempt that runs again, an inner part that is undone, an
// alternative of OrElse that retries.
//
// A panic in f goes on in the caller, after the other hooks have run, and does
// not undo the transaction. Registering is wait-free.
func (tx *Tx) OnCommit(f func()) {
	tx.mustRun("OnCommit")
	mustHook("OnCommit", f)
	tx.hooks = append(tx.hooks, hook{run: f})
}

// OnAbort runs f when tx is given up for good: its function has returned an error,
// panicked or called Goexit, its context has ended, its attempts are used up, or it was
// ended by Abort or by a Commit that reports false. It does not run
// when an attempt is to be made again. Otherwise it is like OnCommit. Wait-free.
func (tx *Tx) OnAbort(f func()) {
	tx.mustRun("OnAbort")
	mustHook("OnAbort", f)
	tx.hooks = append(tx.hooks, hook{run: f, onAbort: true})
}

// mustHook panics if a hook is nil: here, where the mistake is, not when it would run.
func mustHook(what string, f func()) {
	if f == nil {
		panic("tm: " + what + "(nil): a hook must be a function")
	}
}

// dropHooks forgets the hooks from the given one on.
func (tx *Tx) dropHooks(from int) {
	clear(tx.hooks[from:])
	tx.hooks = tx.hooks[:from]
}

// end gives tx back and then runs the hooks for its outcome.
func (tx *Tx) end(committed bool) {
	if len(tx.hooks) == 0 {
		tx.release()
	} else {
		tx.endWithHooks(committed)
	}
}

// endWithHooks gives tx back before it runs the hooks: they may begin
// transactions, and the first of them may well get this Tx.
func (tx *Tx) endWithHooks(committed bool) {
	list := tx.hooks
	tx.hooks = nil
	tx.release()
	list.call(!committed)
}

// call runs the hooks for one outcome, also the rest if one panics or exits.
func (list hooks) call(onAbort bool) {
	next := 0
	defer func() {
		if next < len(list) {
			list[next:].call(onAbort)
		}
	}()
	for next < len(list) {
		h := list[next]
		next++
		if h.onAbort == onAbort {
			h.run()
		}
	}
}
