package tm

import (
	goruntime "runtime"
	"testing"
	"weak"

	"github.com/ungil/tm/internal/word"
)

// TestDroppedExplicitTransactionIsUnregistered: collection ends what the
// program forgot to end.
func TestDroppedExplicitTransactionIsUnregistered(t *testing.T) {
	if word.Exploring {
		t.Skip("the explorer's pool keeps every Tx, so nothing is cleaned up")
	}
	before := registrations.count.Load()
	v := NewVar(0)
	for range 10 {
		v.Get(Begin())
	}
	for range 2000 {
		if registrations.count.Load() <= before { // less, if an earlier test has left some
			return
		}
		goruntime.GC()
		goruntime.Gosched()
	}
	t.Errorf("%d transactions are still registered after collections", registrations.count.Load()-before)
}

// TestDroppedTransactionKeepsNothingAlive: what a transaction has read that was begun
// and forgotten is not kept by the descriptor of its id, which stays and
// still names the logs of an earlier commit.
func TestDroppedTransactionKeepsNothingAlive(t *testing.T) {
	if word.Exploring {
		t.Skip("the explorer's pool keeps every Tx, so nothing is cleaned up")
	}
	x := forgetReading(t)
	for range 2000 {
		if x.Value() == nil {
			return
		}
		goruntime.GC()
		goruntime.Gosched()
	}
	t.Error("a value that only a forgotten transaction has read is still alive")
}

// forgetReading commits by way of a descriptor and then, with the same Tx, begins
// a transaction, reads a Var and forgets it. It returns what the Var held.
func forgetReading(t *testing.T) weak.Pointer[[1 << 16]byte] {
	a, b := NewVar(0), NewVar(0)
	x := new([1 << 16]byte)
	v := NewVar(x)
	tx := newTx()
	tx.mode = modeUpdate
	tx.begin()
	a.Set(tx, 1)
	b.Set(tx, 1)
	if !tx.commitPublished(tx.prepare()) {
		t.Fatal("a commit without company has failed")
	}
	tx.rollback()
	tx.mode = modeExplicit
	tx.begin()
	v.Get(tx)
	return weak.Make(x)
}

// TestLongLogsKeepNothingAlive: a transaction with long logs is used again, for one that
// publishes nothing, and keeps nothing of what it has read and written before.
func TestLongLogsKeepNothingAlive(t *testing.T) {
	for _, writes := range []bool{false, true} {
		tx, x := commitLong(t, writes)
		for range 20 {
			goruntime.GC()
		}
		if x.Value() != nil {
			t.Errorf("writes %v: a value of a transaction that is over is still alive", writes)
		}
		goruntime.KeepAlive(tx)
	}
}

// commitLong commits a transaction that reads, or writes, very many Vars. It returns the
// idle Tx and what the Vars held.
func commitLong(t *testing.T, writes bool) (*Tx, weak.Pointer[[1 << 16]byte]) {
	x := new([1 << 16]byte)
	last, vs := NewVar(x), make([]Var[*[1 << 16]byte], keptEntries+2)
	tx := newTx()
	tx.mode = modeUpdate
	tx.begin()
	last.Get(tx)
	for i := range vs {
		if writes || i < 2 {
			vs[i].Set(tx, x)
		} else {
			vs[i].Get(tx)
		}
	}
	if !tx.commitPublished(tx.prepare()) {
		t.Fatal("a commit without company has failed")
	}
	tx.rollback()
	return tx, weak.Make(x)
}
