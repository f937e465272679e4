//go:build tmbug

package container

import "os"

// planted names the bug of this run; see bugs.go.
var planted = os.Getenv("TMBUG")

var (
	missUnlogged   = planted == "miss-unlogged"
	partUnlogged   = planted == "part-unlogged"
	loopUncounted  = planted == "loop-uncounted"
	sweepUncounted = planted == "sweep-uncounted"
	growUnclosed   = planted == "grow-unclosed"
	untaggedUnseen = planted == "untagged-unseen"
	leafUnlogged   = planted == "leaf-unlogged"
	deadIsAlive    = planted == "dead-is-alive"
	cellUnlogged   = planted == "cell-unlogged"
	packedUnlogged = planted == "packed-unlogged"
)
