//go:build !tmbug

package vm

// Deliberate bugs, as in the engine's bugs.go: the build tag tmbug replaces each of these
// constants by a choice at start, to show that the tests catch it.
const (
	forgetsCallers   = false // registers of calling functions are not put back
	detachedCaptures = false // captured variables are read outside of the transaction
)
