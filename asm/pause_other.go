//go:build !amd64 && !arm64

package asm

const (
	hasPause         = false
	pauseInstruction = "loop"
)

func pause() { idle() }
