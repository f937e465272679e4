package asm

import (
	"os"
	"strings"

	id "github.com/klauspost/cpuid/v2"
)

// probes is how many tiny transactions are tried before it is believed that
// none will commit. A timer interrupt or a page fault disturbs one or two of them.
const probes = 64

// probe adds one to *n in a transaction of its own and returns StatusStarted if
// it committed, else the status of the abort.
//
//go:noescape
func probe(n *uint64) (status uint32)

// RTM reports whether hardware transactions commit on this processor, and says
// why or why not. It asks CPUID first, because the instructions trap where they are
// unknown. An emulator, which CPUID knows nothing of, says so by TMRTM=emulated
// in the environment.
func RTM() (usable bool, reason string) {
	emulated := os.Getenv("TMRTM") == "emulated"
	if why := rtmAbsent(); why != "" {
		if !emulated {
			return false, why
		}
		if !traced() {
			return false, "TMRTM=emulated, but no emulator traces this process"
		}
	}
	var committed uint64
	for range probes {
		probe(&committed)
	}
	switch {
	case committed == 0:
		return false, "the processor has RTM, but no transaction commits"
	case emulated:
		return true, "emulated"
	}
	return true, "the processor has RTM, and transactions commit"
}

// rtmAbsent returns what CPUID says against RTM, or "".
func rtmAbsent() string {
	switch {
	case !hasRTM():
		return "the processor has no RTM, or it is switched off"
	case id.CPU.Has(id.RTM_ALWAYS_ABORT):
		return "the processor's microcode aborts every transaction (RTM_ALWAYS_ABORT)"
	}
	return ""
}

// hasRTM reports whether the processor claims to know the instructions.
func hasRTM() bool { return id.CPU.Has(id.RTM) }

// traced reports whether another process traces this one: without an emulator
// that catches it, the first XBEGIN would kill the program.
func traced() bool {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return false
	}
	for line := range strings.Lines(string(status)) {
		if tracer, ok := strings.CutPrefix(line, "TracerPid:"); ok {
			return strings.TrimSpace(tracer) != "0"
		}
	}
	return false
}
