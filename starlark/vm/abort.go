package vm

import (
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
	second        bool // this attempt is the second
}

// Resume implements runtime.Guest.
func (g *abortingGuest) Resume(t *runtime.Thread) runtime.Status {
	if g.second {
		g.second = false
		return g.Thread.Resume(t)
	}
	g.second = true
	t.Tx().Read(&g.read)
	status := g.Thread.Resume(t)
	other := tm.Begin()
	other.Write(&g.read, new(orec.Version))
	if !other.Commit() {
		panic("vm: the interfering transaction failed")
	}
	t.Tx().Write(&g.written, new(orec.Version)) // one that only reads may commit all the same
	return status
}
