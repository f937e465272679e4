package tm

import "github.com/ungil/tm/internal/word"

// token is held by the transaction that is or becomes irrevocable: there is one
// at a time.
var token = struct {
	full   chan struct{}
	holder word.Uint64 // the goroutine's number, 0 if it is not known
}{full: make(chan struct{}, 1)}

// Irrevocable makes tx certain to commit: from its return on no conflict rolls
// the attempt back, so the function may do what cannot be repeated. What others
// commit meanwhile changes nothing that tx has read or written; commits that do not
// touch that go on, and so does every View. It is for input and output in the
// middle of a transaction. There is one irrevocable transaction at a time.
//
// If something that tx has read has been overwritten already, Irrevocable unwinds
// the attempt once, as any conflict does, and the function runs again, irrevocable
// from its begin. In a transaction from Begin nothing unwinds: if Doomed reports true after
// the call, tx has not become irrevocable, and must end and begin again;
// Irrevocable before the first read cannot fail.
//
// If the function returns an error, or panics, or Abort is called, the Vars are rolled back
// as always: only conflicts are excluded, not the program's own decision. Retry
// after Irrevocable panics.
//
// Blocking: it waits until no other transaction is irrevocable, or a context of
// AtomicallyContext ends; see also IrrevocableUntil. And as long as tx is irrevocable, every transaction that would commit something which tx has read or written
// fails until tx has ended; should tx never end, so do they (I16). Nothing
// else waits. Inside the function use tx.Atomically, not the function Atomically:
// it would be a transaction of its own that may have to wait for the one around it.
func (tx *Tx) Irrevocable() {
	tx.mustBecomeIrrevocable()
	tx.becomeIrrevocable(tx.done())
}

// IrrevocableUntil is Irrevocable in a transaction from Begin that does not wait any more once
// done is closed. It reports whether tx is irrevocable. If not, Doomed tells why: true, a
// conflict; false, done is closed, and tx is as it was before. Blocking, as Irrevocable is.
func (tx *Tx) IrrevocableUntil(done <-chan struct{}) (ok bool) {
	tx.mustBeExplicit("IrrevocableUntil")
	tx.becomeIrrevocable(done)
	return tx.irrevocable
}

func (tx *Tx) becomeIrrevocable(done <-chan struct{}) {
	if tx.mode == modeExplicit && tx.doomed {
		return
	}
	tx.unwindIfDoomed()
	if tx.irrevocable {
		return
	}
	tx.becomeCertain(done)
	if tx.certain {
		tx.irrevocable = true
		tx.counts[countIrrevocable].Inc()
	}
}

// becomeCertain takes the token and protects what tx has read.
func (tx *Tx) becomeCertain(done <-chan struct{}) {
	if tx.certain {
		return // from its begin, after an attempt that came too late
	}
	if !tx.takeToken(done) {
		if tx.mode != modeExplicit {
			tx.conflict() // AtomicallyContext returns the context's error
		}
		return
	}
	if tx.claim == nil {
		tx.publishClaim(utmost)
	} else {
		// From now on without a bound to its patience. Commits that had looked
		// at the claims before had installed their versions.
		tx.claim.Priority.Store(utmost)
		tx.nameGoroutine()
	}
	if !tx.claimReads() {
		if tx.mode != modeExplicit {
			tx.conflict() // and begin again, with the token
		}
		tx.doom()
		tx.dropToken()
		return
	}
	tx.certain = true
}

// claimReads shows everything that tx has read, and reports whether it is still
// the newest. The bits come first: what they do not keep from committing had
// installed its versions before, and is at the head, undecided or not (I16).
func (tx *Tx) claimReads() bool {
	if validateBeforeClaim {
		defer tx.showReads()
	} else {
		tx.showReads()
	}
	for i := range tx.reads {
		if newestCommitted(tx.reads[i].Slot) != tx.reads[i].Seen {
			return false
		}
	}
	// Nothing can be in the way any more. The snapshot may be older than what
	// will be read from now on; each such read extends it.
	return true
}

func (tx *Tx) showReads() {
	for i := range tx.reads {
		tx.show(tx.reads[i].Slot)
	}
}

// takeToken waits for the token, and reports false if done was closed first. Blocking; who
// came first has it first.
func (tx *Tx) takeToken(done <-chan struct{}) bool {
	if tx.mode == modeUpdate && !word.Exploring {
		tx.goroutine = goroutineID()
	}
	select {
	case token.full <- struct{}{}:
	default:
		if h := token.holder.Load(); h != 0 && h == tx.goroutine {
			panic("tm: Irrevocable inside an irrevocable transaction of the same goroutine, for whose end it would wait for ever; use tx.Atomically for the inner one")
		}
		if word.Exploring {
			select {
			case <-done:
				return false
			default:
				panic("tm: the explorer's threads cannot wait for each other; let one be irrevocable at a time")
			}
		}
		select {
		case token.full <- struct{}{}:
		case <-done:
			return false
		}
	}
	token.holder.Store(tx.goroutine)
	tx.holdsToken, tx.contended = true, true
	return true
}

// dropToken lets the next transaction become irrevocable.
func (tx *Tx) dropToken() {
	tx.holdsToken = false
	freeToken()
}

func freeToken() {
	token.holder.Store(0)
	<-token.full
}

// mustBecomeIrrevocable panics where tx cannot.
func (tx *Tx) mustBecomeIrrevocable() {
	switch tx.mode {
	case modeEnded:
		panic(misuseEnded("Irrevocable"))
	case modeView, modeWatch:
		panic("tm: Irrevocable in a View, which has no conflicts; use Atomically to set something, or call it outside")
	}
}

// mustNotBeCertain panics if an irrevocable transaction has met a conflict.
func (tx *Tx) mustNotBeCertain() {
	if tx.certain {
		panic("tm: BUG: an irrevocable transaction has met a conflict")
	}
}

// standBack gives up all privileges of an attempt that is going to sleep. It was not
// irrevocable yet, even if its next attempt would have been certain from its begin.
func (tx *Tx) standBack() {
	if tx.claim != nil {
		tx.withdraw()
	}
	if tx.holdsToken {
		tx.dropToken()
	}
}
