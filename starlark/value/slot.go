package value

import (
	"github.com/ungil/tm"
	"github.com/ungil/tm/orec"
)

// readSlot reads a slot. unlogged is one of the deliberate bugs of bugs.go: then the
// transaction does not fail when the slot changes before it commits.
func readSlot(tx *tm.Tx, s *orec.Slot, unlogged bool) *orec.Version {
	if unlogged {
		return tx.Peek(s)
	}
	return tx.Read(s)
}
