//go:build !amd64

package asm

import goruntime "runtime"

// RTM reports false: there are no hardware transactions on this architecture.
func RTM() (usable bool, reason string) {
	return false, "no hardware transactions on " + goruntime.GOARCH
}

func hasRTM() bool { return false }
