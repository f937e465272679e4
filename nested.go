package tm

import (
	"fmt"

	"github.com/ungil/tm/orec"
)

// nesting remembers what an inner part of a transaction has overwritten in the
// write log, so that the inner part alone can be undone.
type nesting struct {
	// epoch numbers the stretches between savepoints; a pending version carries
	// the one it was written in where its stamp will stand.
	epoch uint64
	depth int
	// replaced holds overwritten pending versions, newest last.
	replaced []replacedWrite
}

type replacedWrite struct {
	at  int
	old *orec.Version
}

func (n *nesting) reset() {
	n.epoch, n.depth = 0, 0
	n.forget()
}

// forget drops the overwritten versions, and what they took if it was much.
func (n *nesting) forget() {
	clear(n.replaced)
	n.replaced = n.replaced[:0]
	if cap(n.replaced) > keptHome {
		n.replaced = nil
	}
}

// A Savepoint is a point of a transaction to which its writes can be undone.
// Savepoints nest: Release or Rollback of one also closes those made after it, and
// each is good for one of the two. Closing one a second time, or after one that was
// made before it, panics.
type Savepoint struct{ writes, replaced, hooks, depth int }

// Savepoint starts an inner part of tx. It is for runtimes; programs use
// Tx.Atomically. Wait-free.
func (tx *Tx) Savepoint() Savepoint {
	tx.mustRun("Atomically, OrElse or Savepoint")
	tx.nesting.epoch++
	tx.nesting.depth++
	return Savepoint{len(tx.writes), len(tx.nesting.replaced), len(tx.hooks), tx.nesting.depth}
}

// mustBeOpen panics if s is closed, as far as that can be told.
func (tx *Tx) mustBeOpen(what string, s Savepoint) {
	if s.depth < 1 || s.depth > tx.nesting.depth {
		panic(fmt.Sprintf("tm: %s of a savepoint that is not open (it was number %d, %d are open); each is good for one Release or Rollback, and closed with those around it", what, s.depth, tx.nesting.depth))
	}
}

// Release ends the inner part that began at s and keeps its writes. Wait-free.
func (tx *Tx) Release(s Savepoint) {
	tx.mustRun("Release")
	tx.mustBeOpen("Release", s)
	tx.nesting.epoch++
	if tx.nesting.depth = s.depth - 1; tx.nesting.depth == 0 {
		tx.nesting.forget() // nothing can be undone any more but everything
	}
}

// Rollback ends the inner part that began at s, undoes its writes and forgets its
// hooks. Its reads stay logged: that the part failed may depend on them. Wait-free.
func (tx *Tx) Rollback(s Savepoint) {
	tx.mustRun("Rollback")
	tx.mustBeOpen("Rollback", s)
	tx.nesting.epoch++
	tx.nesting.depth = s.depth - 1
	tx.dropHooks(s.hooks)
	replaced := tx.nesting.replaced
	for i := len(replaced) - 1; i >= s.replaced; i-- {
		if r := replaced[i]; r.at < s.writes {
			tx.writes[r.at].New = r.old
		}
	}
	clear(replaced[s.replaced:])
	tx.nesting.replaced = replaced[:s.replaced]
	if len(tx.writes) > s.writes {
		clear(tx.writes[s.writes:])
		tx.writes = tx.writes[:s.writes]
		tx.rebuildIndex()
	}
}

// Atomically runs fn as an inner part of tx: if fn returns an error or panics,
// what fn has set is undone, what tx did before stays. The error is returned. A conflict is one of
// the whole transaction, which runs again from its begin. Wait-free but for what fn does.
func (tx *Tx) Atomically(fn func(tx *Tx) error) error {
	s := tx.Savepoint()
	undo := true
	defer func() {
		// An attempt that is being unwound by a conflict has been rolled back as a
		// whole by the time anybody could look.
		if undo && tx.mode != modeEnded {
			tx.Rollback(s)
		}
		if fn == nil {
			panic(misuseNilFunction)
		}
	}()
	err := fn(tx)
	tx.unwindIfDoomed()
	if err == nil {
		undo = false
		tx.Release(s)
	}
	return err
}
