//go:build tmbug

package vm

import "os"

// planted names the bug of this run; see bugs.go.
var planted = os.Getenv("TMBUG")

var (
	forgetsCallers   = planted == "forgets-callers"
	detachedCaptures = planted == "detached-captures"
)
