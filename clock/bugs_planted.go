//go:build tmbug

package clock

import "os"

var tickWithoutStep = os.Getenv("TMBUG") == "tick-without-step"
