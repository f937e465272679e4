//go:build !tmexplore

package tm

import "github.com/ungil/tm/orec"

// The manager's constants. The explorer's build has small ones (limits_explore.go).
const (
	// karma is how many consecutive aborts raise a transaction by one level.
	karma = 8
	// topLevel is the last rung: from there on the older transaction goes first,
	// whatever the aborts.
	topLevel = 4
)

// leastPatience is how many failures of others a transaction's first attempts
// are granted between two steps of progress: enough that as many transactions as have
// ever run at a time can each have some turns.
func leastPatience() int64 { return 256 + 4*int64(descriptors.Len()) }

// claimHash places a slot in the filter of a claim.
func claimHash(s *orec.Slot) uint64 { return slotHash(s) }
