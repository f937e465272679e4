package vm

import (
	goruntime "runtime"

	"github.com/ungil/tm"
	"github.com/ungil/tm/orec"
	"github.com/ungil/tm/runtime"
)

// AbortEach is a guest for Machine.SetGuest that makes the first attempt of every
// transaction fail when it has done all its work. It is for tests: what is
// not undone shows as a difference.
//
// It reads a slot at the beginning, which another transaction changes before the
// end.
func AbortEach(t *Thread) runtime.Guest { return &abortingGuest{Thread: t} }

type abortingGuest struct {
	*Thread
	read, written orec.Slot
	again         bool // this attempt is not its transaction's first, not counting those that waited
	waited        bool // the last one waited
}

// Restore implements runtime.Guest.
func (g *abortingGuest) Restore() {
	g.again = !g.waited
	g.Thread.Restore()
}

// Resume implements runtime.Guest.
func (g *abortingGuest) Resume(t *runtime.Thread) runtime.Status {
	if t.Tx() == nil { // under Auto, a lone thread has no transaction
		g.again = false
		return g.Thread.Resume(t)
	}
	if !g.again {
		t.Tx().Read(&g.read)
	}
	status := g.Thread.Resume(t)
	if g.waited = status == runtime.Wait; g.waited || g.again || t.IsIrrevocable() {
		g.again = false
		return status
	}
	for !overwrite(&g.read) {
		// Another thread's claim stands in the way for a while: its filter has the
		// slot by chance. This thread has no claim at its first attempt.
		goruntime.Gosched()
	}
	t.Tx().Write(&g.written, new(orec.Version)) // one that only reads may commit all the same
	return status
}

// overwrite tries once to change s in a transaction of its own.
func overwrite(s *orec.Slot) bool {
	tx := tm.Begin()
	tx.Write(s, new(orec.Version))
	return tx.Commit()
}
