package asm

import "github.com/ungil/tm/internal/setting"

// pauses says that Pause executes the processor's instruction.
var pauses = hasPause && setting.Get(setting.Pause) != setting.Off

// idleTurns is the length of a Pause without an instruction: some ten
// nanoseconds, about what PAUSE takes on amd64.
const idleTurns = 32

// Pause lets some ten nanoseconds pass in a way that is kind to whoever shares
// the core: PAUSE on amd64 (18 ns on a Zen 5, about 45 on Intel's since Skylake),
// ISB on arm64, a short loop elsewhere. Wait-free.
func Pause() {
	if pauses {
		pause()
		return
	}
	idle()
}

//go:noinline
func idle() {
	for range idleTurns {
	}
}
