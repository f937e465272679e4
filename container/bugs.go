//go:build !tmbug

package container

// Deliberate bugs, as those of package tm: under the build tag tmbug each is a choice
// at start (bugs_planted.go), to show that the tests catch it. In every other build
// they are constants, and the wrong code is not compiled.
const (
	missUnlogged   = false // Map: that a key is absent is not logged
	partUnlogged   = false // Map: an absent key's entry is relied on without its part
	loopUncounted  = false // Map: a loop misses that a key is added behind it
	sweepUncounted = false // Map: a sweep does not notice that a key was put in
	growUnclosed   = false // Map: a row is copied while its places can still be taken
	untaggedUnseen = false // Map: a place without a tag is taken for a free one
	leafUnlogged   = false // OrderedMap: that a key is absent is not logged
	deadIsAlive    = false // OrderedMap: a removed key's slot is used again
	cellUnlogged   = false // List: the cell that says whether it is empty is not logged
	packedUnlogged = false // List: a change misses that its block was copied at the same time
)
