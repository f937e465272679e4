//go:build !amd64 && !arm64

package asm

// describe has nothing to add.
func (m *Machine) describe() {}
