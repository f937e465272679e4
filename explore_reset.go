//go:build tmexplore

package tm

import (
	"github.com/ungil/tm/clock"
	"github.com/ungil/tm/orec"
)

// resetForExplorer puts the engine's global state back to where it was when the
// process began, but for the clock, which only moves forward. A run that was cut short may have left
// anything in it. Pools are reset by the explorer.
func resetForExplorer() {
	descriptors = orec.Table{}
	registrations.count.Store(0)
	hardware.on = false
	clock.Coarse(false)
	attention.word.Store(0)
	claims.first.Store(nil)
	claims.tickets.Store(0)
	token.full = make(chan struct{}, 1)
	token.holder.Store(0)
	karma, topLevel, patience = ordinaryKarma, ordinaryTopLevel, ordinaryPatience
	clear(queues[:])
}

// ResetForExplorer is for explorations in other packages, which run the engine
// as well. It exists under the build tag tmexplore only.
func ResetForExplorer() { resetForExplorer() }
