package tm

import (
	goruntime "runtime"

	"github.com/ungil/tm/asm"
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
	tx.counts[countReadConflicts].Inc()
	tx.doom()
	panic(errConflict)
}

// doom marks the attempt: it will not commit. What cannot commit claims nothing.
func (tx *Tx) doom() {
	tx.mustNotBeCertain()
	tx.doomed, tx.waiting = true, false
	if tx.claiming() {
		tx.withdraw()
	}
}

// unwindIfDoomed goes on with an unwinding that user code has stopped.
func (tx *Tx) unwindIfDoomed() {
	switch {
	case !tx.doomed || tx.mode == modeExplicit:
	case tx.waiting:
		panic(errRetry)
	default:
		panic(errConflict)
	}
}

// Atomically runs fn as a transaction: its reads see one snapshot, and its
// writes happen all at once when it returns nil. If it returns an error, nothing
// happens and the error is returned unchanged. When another transaction was in
// the way, and after Retry, fn runs again, so it must not do what cannot be
// repeated: see OnCommit for that. A panic or Goexit in fn rolls back and goes on.
//
// Lock-free: some transaction always commits. One that has failed several times
// gets a priority, and commits after a bounded number of attempts. Inside another transaction of the
// same goroutine use Tx.Atomically instead.
func Atomically(fn func(tx *Tx) error) error {
	return acquire(modeUpdate).do(fn)
}

// Do is Atomically for a function with a result: that of the run that has happened, or that
// came with the error. Lock-free, as Atomically is.
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
// registered, so that writers keep the versions it needs. If fn calls Retry, it
// runs once more to log what it reads, and once each time that this has changed.
// View returns fn's error.
//
// Wait-free but for commits under way that it helps; lock-free with them; blocking
// in Retry.
func View(fn func(tx *Tx) error) error {
	return acquire(modeView).do(fn)
}

// do runs attempts until one is decided, gives tx back and runs its hooks.
func (tx *Tx) do(fn func(*Tx) error) error {
	for {
		next, err := tx.attempt(fn)
		switch next {
		case over:
			tx.end(err == nil)
			return err
		case sleepFirst:
			tx.sleep()
		case backOffFirst:
			tx.aborts++
			tx.contended = true
			if tx.aborts == suspectAfter && tx.mode == modeUpdate && !managed {
				tx.raiseSuspicion()
			}
			tx.backOff()
		}
		if err := tx.exceeded(); err != nil {
			tx.end(false)
			return err
		}
		tx.dropHooks(0)
	}
}

// next says what follows an attempt.
type next uint8

const (
	over         next = iota // committed, or given up with the function's error
	backOffFirst             // a conflict
	sleepFirst               // Retry: the logs still stand
)

// attempt runs fn once. If fn panics or exits, attempt rolls back, gives tx back
// and lets it pass, unless the attempt was doomed.
func (tx *Tx) attempt(fn func(*Tx) error) (next next, err error) {
	returned := false
	defer func() {
		switch {
		case returned:
		case tx.doomed && recover() != nil: // a Goexit is no panic and goes on
			next = tx.unwound()
		default:
			tx.counts[countPanics].Inc()
			tx.rollback()
			tx.end(false)
			nilVarSlow()
		}
	}()
	tx.begin()
	err = fn(tx)
	switch {
	case tx.waiting:
		next = sleepFirst
	case tx.doomed && !commitDoomed:
		next = backOffFirst
	case err != nil:
		tx.counts[countErrors].Inc()
	case len(tx.writes) == 0 || tx.commit():
		tx.counts[countCommits+tx.mode&modeMask].Inc()
	default:
		tx.mustNotBeCertain()
		next = backOffFirst
	}
	returned = true
	if next != sleepFirst {
		tx.rollback()
	}
	return next, err
}

// unwound ends an attempt that a signal has unwound.
func (tx *Tx) unwound() next {
	if tx.waiting {
		return sleepFirst
	}
	tx.rollback()
	return backOffFirst
}

const (
	// Back-off pauses a random number of times below 2^aborts, and yields the
	// processor after maxSpins aborts. A pause takes some 10 to 45 ns, so the longest
	// back-off takes 3 to 11 µs.
	maxSpins = 8
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
	tx.spinAfter(tx.aborts)
}

// spinAfter spins a random number of turns, up to twice as many for each failure.
func (tx *Tx) spinAfter(failures int) {
	// xorshift64, Marsaglia 2003.
	tx.random ^= tx.random << 13
	tx.random ^= tx.random >> 7
	tx.random ^= tx.random << 17
	for range tx.random & (1<<failures - 1) {
		asm.Pause()
	}
}
