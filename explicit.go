package tm

import (
	"github.com/ungil/tm/internal/word"
	"github.com/ungil/tm/orec"
)

// Begin starts a transaction that ends with Commit or Abort:
//
//	for {
//		t := tm.Begin()
//		x := from.Get(t)
//		to.Set(t, x)
//		if t.Commit() {
//			break
//		}
//	}
//
// Nothing unwinds between Begin and Commit: after a conflict, reads go on with
// the old, still consistent snapshot, and Commit reports false. Writers keep the
// versions that the snapshot needs, so every transaction that was begun must
// end. It ends once: a second Commit or Abort panics, so a deferred Abort must be told
// that there was a Commit:
//
//	t := tm.Begin()
//	defer func() {
//		if t != nil {
//			t.Abort()
//		}
//	}()
//	...
//	committed := t.Commit()
//	t = nil
//
// Wait-free.
func Begin() *Tx {
	tx := acquire(modeExplicit)
	tx.contended = true // its aborts are not counted, there may have been any number
	tx.begin()
	return tx
}

// An Age is what the attempts of one explicit transaction have in common: how
// often it was in vain. The zero Age is that of a new transaction. It belongs to
// one transaction at a time, and one goroutine.
type Age struct{ seniority seniority }

// BeginAged is Begin for a caller that tries again until Commit reports true:
//
//	var age tm.Age
//	for {
//		t := tm.BeginAged(&age)
//		...
//		if t.Commit() {
//			break
//		}
//	}
//
// Each attempt that fails makes the transaction older, and after some of them
// others give way to it, as they do to one of Atomically; with Begin each attempt
// is a transaction that nobody has seen before. Commit, Abort and Await keep the age: when
// the transaction has happened, or has ended without a conflict, it is zero again.
// A conflict is a Commit that reports false, Doomed that reports true, and Extend
// that reports false.
// Wait-free but for its claim, which is lock-free.
func BeginAged(age *Age) *Tx {
	if age == nil {
		panic("tm: BeginAged with a nil *Age; pass the address of one that all attempts of the transaction share, or use Begin")
	}
	tx := acquire(modeExplicit)
	tx.age, tx.seniority, tx.contended = age, age.seniority, true
	tx.begin()
	return tx
}

// endExplicit ends a transaction from Begin, and runs its hooks. Failed: a conflict
// ended it, so it is likely to be tried again.
func (tx *Tx) endExplicit(committed, failed bool) {
	tx.rollback()
	if age := tx.age; age != nil {
		tx.age = nil
		if failed {
			tx.aborts++
			age.seniority = tx.seniority
		} else {
			*age = Age{}
		}
	}
	tx.end(committed)
}

// Commit ends a transaction from Begin and reports whether it happened. If not,
// another transaction was in the way and nothing has changed. The hooks run
// before it returns. Lock-free.
func (tx *Tx) Commit() bool {
	_, ok := tx.CommitAt()
	return ok
}

// CommitAt is Commit that also tells when the transaction happened: its commit
// time, or its snapshot's if it wrote nothing. Of two transactions that wrote
// something, the one that the other depends on has the smaller time. It is 0 if the
// transaction has not happened. Lock-free.
func (tx *Tx) CommitAt() (time uint64, ok bool) {
	tx.mustBeExplicit("Commit")
	if ok = tx.commit(); ok {
		tx.counts[countCommits+tx.mode&modeMask].Inc()
		time = tx.time
	} else {
		tx.mustNotBeCertain()
	}
	tx.endExplicit(ok, !ok)
	return time, ok
}

// Abort ends a transaction from Begin; nothing happens, and its OnAbort hooks
// run. Wait-free.
func (tx *Tx) Abort() {
	tx.mustBeExplicit("Abort")
	tx.counts[countErrors].Inc()
	tx.endExplicit(false, tx.doomed || tx.overdue)
}

// Doomed reports whether a conflict was seen, so that Commit will report false. It is
// false as long as nothing has noticed one: Commit may report false all the same.
// Wait-free.
func (tx *Tx) Doomed() bool { return tx.doomed }

// Write makes v the version of s when tx commits. v is fresh: the caller has
// filled in its value and gives it away. It panics in a View. Wait-free.
func (tx *Tx) Write(s *orec.Slot, v *orec.Version) {
	tx.mustWrite()
	// Until commit nobody else can reach v, and its stamp's place tells which
	// part of a nested transaction has written it.
	word.InitUint64(&v.Stamp, tx.nesting.epoch)
	if len(tx.writes) == 0 {
		tx.addWrite(s, v)
		return
	}
	i := tx.findWrite(s)
	if i < 0 {
		tx.addWrite(s, v)
		return
	}
	if tx.nesting.depth > 0 {
		tx.nesting.replaced = append(tx.nesting.replaced, replacedWrite{i, tx.writes[i].New})
	}
	tx.writes[i].New = v
}

// Rewrite is Pending for an author who can put back what a version held: it returns the
// version of s that tx has written also if that was before the last savepoint. Then saved is
// false, once: before the version is changed its value must be kept, and be put back if tx is rolled
// back to that savepoint, before Rollback. But never after Commit: the version
// may be others' to read. Nil if tx has not written s. Wait-free.
func (tx *Tx) Rewrite(s *orec.Slot) (v *orec.Version, saved bool) {
	if tx.filter&filterBit(s) == 0 {
		return nil, false
	}
	i := tx.findWrite(s)
	if i < 0 {
		return nil, false
	}
	v = tx.writes[i].New
	saved = v.Stamp.Load() == tx.nesting.epoch
	if !saved {
		// As in Write. After a Rollback no epoch is used again, so the version is never
		// taken for saved by mistake.
		word.InitUint64(&v.Stamp, tx.nesting.epoch)
	}
	return v, saved
}

// Wrote reports whether tx has written anything. Wait-free.
func (tx *Tx) Wrote() bool { return len(tx.writes) != 0 }

// Pending returns the version of s that tx has written since the last
// savepoint, which its author may still change in place; nil if there is none.
// Wait-free.
func (tx *Tx) Pending(s *orec.Slot) *orec.Version {
	if tx.filter == 0 {
		return nil
	}
	i := tx.findWrite(s)
	if i < 0 || tx.writes[i].New.Stamp.Load() != tx.nesting.epoch {
		return nil
	}
	return tx.writes[i].New
}
