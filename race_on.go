//go:build race

package tm

const raceEnabled = true
