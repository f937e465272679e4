//go:build !linux

package clock

import (
	"errors"
	goruntime "runtime"
)

func kernelDistrusts() string { return "" }

// calibrate needs threads bound to processors, which is only done on Linux.
func calibrate() (c Calibration, err error) {
	return c, errors.New("the counters of the processors are not compared on " + goruntime.GOOS)
}
