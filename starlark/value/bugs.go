//go:build !tmbug

package value

// Deliberate bugs, as in the engine's bugs.go: the build tag tmbug replaces each of these
// constants by a choice at start, to show that the tests catch it.
const (
	takesUndone  = false // under Locks, a variable has a value that a block took back while it was being read
	skipsWaiting = false // or one that the block may yet take back

	staleGlobals    = false // what was read of a global outlives the transaction
	unloggedLengths = false // reading a list's length leaves no trace
	unloggedBase    = false // nor does reading an element near which nothing was ever written
	silentInserts   = false // nor does finding that a dict has no such key
	unloggedKeys    = false // nor does asking for all keys notice that one is added
	keysByThread    = false // the order of a shared dict's keys is not that of commits
	unsavedRewrites = false // a version written before a block is changed in it for good
)

// betweenLoads is where a test can stop loadVariable.
func betweenLoads(*Thread) {}
