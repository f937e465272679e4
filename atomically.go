package tm

import (
	goruntime "runtime"

	"github.com/ungil/tm/internal/word"
)

// conflictSignal unwinds user code when an attempt cannot go on. It never
// leaves this package unless user code recovers it, and then the attempt is
// doomed all the same (I11).
type conflictSignal struct{}

// Error makes the signal readable where somebody prints what they recovered.
func (*conflictSignal) Error() string {
	return "tm: this attempt of the transaction is being rolled back; let the panic pass"
}

var errConflict = new(conflictSignal)

// conflict marks the attempt as doomed and unwinds it. The mark comes first:
// code that swallows panics cannot make the attempt commit.
func (tx *Tx) conflict() {
	tx.doomed = true
	panic(errConflict)
}

// unwindIfDoomed goes on with an unwinding that user code has stopped.
func (tx *Tx) unwindIfDoomed() {
	if tx.doomed && tx.mode != modeExplicit {
		panic(errConflict)
	}
}

// Atomically runs fn as a transaction: its reads see one snapshot, and its
// writes happen all at once when it returns nil. If it returns an error, nothing
// happens and the error is returned unchanged. When another transaction was in
// the way, fn runs again, so it must not do what cannot be repeated. A panic or
// Goexit in fn rolls back and goes on.
//
// Lock-free: some transaction always commits. Inside another transaction of the
// same goroutine use Tx.Atomically instead.
func Atomically(fn func(tx *Tx) error) error {
	return acquire(modeUpdate).do(fn)
}

// Do is Atomically for a function with a result.
func Do[R any](fn func(tx *Tx) (R, error)) (R, error) {
	var result R
	err := Atomically(func(tx *Tx) (err error) {
		result, err = fn(tx)
		return err
	})
	return result, err
}

// View runs fn over one snapshot of all Vars. It cannot set anything. It logs
// nothing, makes nobody abort, and runs fn at most twice: the second run is
// registered, so that writers keep the versions it needs. It returns fn's error.
//
// Wait-free but for commits under way that it helps; lock-free with them.
func View(fn func(tx *Tx) error) error {
	return acquire(modeView).do(fn)
}

// do runs attempts until one is decided, and gives tx back.
func (tx *Tx) do(fn func(*Tx) error) error {
	for {
		err, done := tx.attempt(fn)
		if done {
			tx.release()
			return err
		}
		tx.aborts++
		if tx.aborts == suspectAfter && tx.mode == modeUpdate {
			tx.raiseSuspicion()
		}
		tx.backOff()
	}
}

// attempt runs fn once. It reports whether the transaction is over: committed,
// or given up with fn's error. If fn panics or exits, attempt rolls back, gives
// tx back and lets it pass, unless the attempt was doomed.
func (tx *Tx) attempt(fn func(*Tx) error) (err error, done bool) {
	returned := false
	defer func() {
		if returned {
			return
		}
		doomed := tx.doomed
		tx.rollback()
		if doomed && recover() != nil {
			return // run again; a Goexit is no panic and goes on
		}
		tx.release()
		nilVarSlow()
	}()
	tx.begin()
	err = fn(tx)
	switch {
	case tx.doomed && !commitDoomed:
	case err != nil:
		done = true
	default:
		done = tx.commit()
	}
	returned = true
	tx.rollback()
	return err, done
}

const (
	// Back-off spins a random number of turns below 2^(aborts+minSpinBits), and
	// yields the processor from maxSpins aborts on.
	minSpinBits = 3
	maxSpins    = 8
)

// backOff lets others finish after an abort. It never waits for anybody.
func (tx *Tx) backOff() {
	if word.Exploring {
		word.Yield()
		return
	}
	if tx.aborts > maxSpins {
		goruntime.Gosched()
		return
	}
	for range tx.nextRandom() & (1<<(tx.aborts+minSpinBits) - 1) {
		spin()
	}
}

// nextRandom is xorshift64, Marsaglia 2003.
func (tx *Tx) nextRandom() uint64 {
	tx.random ^= tx.random << 13
	tx.random ^= tx.random >> 7
	tx.random ^= tx.random << 17
	return tx.random
}

//go:noinline
func spin() {}
