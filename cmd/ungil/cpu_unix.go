//go:build unix

package main

import "golang.org/x/sys/unix"

// cpuSeconds returns the processor time of this process so far, user and system
// together; 0 if the system does not tell.
func cpuSeconds() float64 {
	var u unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return float64(u.Utime.Nano()+u.Stime.Nano()) / 1e9
}
