//go:build linux && amd64

package main

import (
	"fmt"
	"os"
	"slices"
)

// xbeginProbe runs one transaction that sets *p to 1 and returns its status, or
// all ones if it has committed.
//
//go:noescape
func xbeginProbe(p *uint64) uint32

const probeVariable = "RTMEMU_PROBE=1"

func init() {
	if slices.Contains(os.Environ(), probeVariable) {
		os.Exit(probe())
	}
}

// probe is the program that -check runs.
func probe() int {
	for range 10 { // a signal may abort one
		var word uint64
		if xbeginProbe(&word) == 1<<32-1 && word == 1 {
			return 0
		}
	}
	return 1
}

// checkHere reports by an exit status whether transactions can be emulated, and
// says why not.
func checkHere() int {
	self, err := os.Executable()
	if err == nil {
		err = os.Setenv("RTMEMU_PROBE", "1")
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "rtmemu: no:", err)
		return 1
	}
	o := &options{seed: 1, lines: 512, readLines: 4096, steps: 5000, execute: executeStep, lengths: map[uint64]int{}}
	w, err := emulate(o, []string{self})
	switch {
	case err != nil:
		fmt.Fprintln(os.Stderr, "rtmemu: no:", err)
	case w.stats.begun == 0 && w.code == 0:
		fmt.Fprintln(os.Stderr, "rtmemu: no: this processor executes XBEGIN itself, so there is nothing to emulate; run the program without rtmemu")
	case w.stats.begun == 0:
		fmt.Fprintln(os.Stderr, "rtmemu: no: this processor accepts XBEGIN and aborts each transaction, so it raises no trap")
	case w.code != 0:
		fmt.Fprintf(os.Stderr, "rtmemu: no: of %d transactions none has committed\n", w.stats.begun)
	default:
		fmt.Fprintln(os.Stderr, "rtmemu: yes")
		return 0
	}
	return 1
}
