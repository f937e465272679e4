//go:build tmexplore

package clock

// Coarse tells whether the explorer's clock moves in steps that a tick must wait
// for. No transaction may be running.
func Coarse(steps bool) { coarse = steps }
