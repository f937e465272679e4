package tm

import "github.com/ungil/tm/internal/word"

// retrySignal unwinds user code when it cannot go on with what it has read. It
// never leaves this package unless user code recovers it, and then the attempt
// is doomed all the same (I11).
type retrySignal struct{}

// Error makes the signal readable where somebody prints what they recovered.
func (*retrySignal) Error() string {
	return "tm: this attempt of the transaction waits for something to change; let the panic pass"
}

var errRetry = new(retrySignal)

// Retry gives up this attempt of the transaction: what it has done is undone,
// the goroutine sleeps until another transaction commits a change of something
// that this attempt has read, and then the function runs again. Retry does not
// return.
//
//	for queue.Get(tx) == nil {
//		tx.Retry()
//	}
//
// In the first function of OrElse it starts the second one instead. It may be
// used in a View, which then runs once for every time that it is woken. It panics
// in a transaction from Begin, which has no function to run again, and in one that
// has read nothing, unless a context can end its sleep.
//
// Blocking, as it must be; but only what was read matters: a commit that
// has not written any of it does not wake the goroutine.
func (tx *Tx) Retry() {
	tx.mustUnwind("Retry")
	if tx.irrevocable {
		panic("tm: Retry after Irrevocable in " + tx.label() + ", which can not run again; look at what it may have to wait for before it becomes irrevocable")
	}
	tx.unwindIfDoomed() // OrElse forgives a Retry, but no conflict that fn has recovered (I11)
	tx.doomed, tx.waiting = true, true
	panic(errRetry)
}

// sleep ends an attempt that has called Retry, when it is time to run again.
func (tx *Tx) sleep() {
	tx.counts[countRetries].Inc()
	tx.standBack()
	switch {
	case tx.mode == modeView: // it has logged nothing to wait for; it will
		tx.rollback()
		tx.mode = modeWatch
		word.Yield()
		return
	case tx.limited && tx.terms.exhausted(): // nothing comes after the sleep
	case len(tx.reads) == 0 && tx.done() == nil:
		message := tx.misuseForever()
		tx.rollback()
		tx.end(false)
		panic(message)
	default:
		if tx.registered {
			tx.unregister() // nobody keeps history for who sleeps
		}
		if tx.suspect {
			tx.withdrawSuspicion() // all commits pay for it
		}
		tx.clearWrites()
		tx.waitForChange(tx.done())
	}
	tx.rollback()
	tx.aborts = 0
	word.Yield()
}

// Check is Retry unless condition holds. Then it is wait-free.
func (tx *Tx) Check(condition bool) {
	if !condition || tx.mode == modeEnded { // the latter is misuse, as Retry says
		tx.Retry()
	}
}

// OrElse runs f, and if f retries, undoes what f has done and runs g. If g
// retries as well, the whole transaction does, and sleeps until something changes that f
// or g has read. Both are inner parts, as with Tx.Atomically: one that
// returns an error or panics is undone. OrElse returns the error of the one that
// has not retried. It panics in a transaction from Begin. Wait-free but for what f
// and g do, and blocking if both retry.
func (tx *Tx) OrElse(f, g func(tx *Tx) error) error {
	tx.mustUnwind("OrElse")
	if err, retried := tx.alternative(f); !retried {
		return err
	}
	return tx.Atomically(g)
}

// alternative runs f as an inner part of tx; if f retries, that is undone and
// reported. What f has read stays logged: that it could not go on depends on it.
func (tx *Tx) alternative(f func(tx *Tx) error) (err error, retried bool) {
	s := tx.Savepoint()
	undo := true
	defer func() {
		if !undo || tx.mode == modeEnded {
			return
		}
		tx.Rollback(s)
		if f == nil {
			panic(misuseNilFunction)
		}
		if tx.waiting && recover() != nil { // a Goexit is no panic and goes on
			tx.doomed, tx.waiting = false, false
			err, retried = nil, true
		}
	}()
	err = f(tx)
	tx.unwindIfDoomed() // also if f has recovered the signal
	if err == nil {
		undo = false
		tx.Release(s)
	}
	return err, false
}
