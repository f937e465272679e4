package asm

const (
	hasPause         = true
	pauseInstruction = "PAUSE"
)

//go:noescape
func pause()
