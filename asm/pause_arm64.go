package asm

const (
	hasPause         = true
	pauseInstruction = "ISB"
)

//go:noescape
func pause()
