//go:build !tmbug

package runtime

// Deliberate bugs, as in the engine's bugs.go: the build tag tmbug replaces each of these
// constants by a choice at start, to show that the tests catch it.
const (
	dropUndoEntries   = false // one in four changes of plain objects is not taken back
	keepsBlocksWrites = false // an error that leaves an atomic block does not undo its writes in the engine
	outputAtOnce      = false // output appears before the commit, which may fail
)
