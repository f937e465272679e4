//go:build tmexplore

package tm

import "github.com/ungil/tm/orec"

// resetForExplorer puts the engine's global state back to where it was when the
// process began, but for the clock, which only moves forward. A run that was cut short may have left
// anything in it. Pools are reset by the explorer.
func resetForExplorer() {
	descriptors = orec.Table{}
	registrations.count.Store(0)
	hardware.on = false
	attention.word.Store(0)
	clear(queues[:])
}
