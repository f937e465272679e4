package tm

import (
	goruntime "runtime"
	"strings"
)

// Reads and writes do not look whether what they are given is nil: the processor
// does, and the panic that follows says nothing of transactions. When it unwinds one,
// a deferred function says what was nil.

const (
	misuseNilTx = "tm: Get or Set with a nil *Tx; pass on the one that the transaction's function was given, or use Load outside of transactions"
	misuseNil   = "tm: Read with a nil *Tx or of a nil *orec.Slot; pass on the Tx that the transaction's function was given"
)

// explainFaultSlow panics with a text that says what to do if the goroutine is being
// unwound because a Var or a Tx was nil. It is called by a deferred function. Between
// Begin and Commit there is none, and the panic is Go's own.
func explainFaultSlow() {
	function, caller := faultingFunction()
	switch {
	case strings.HasSuffix(function, "tm.(*Var[...]).Get"):
		panic(misuseNilVar("Get"))
	case strings.HasSuffix(function, "tm.(*Tx).Wrote") && strings.HasSuffix(caller, "tm.(*Var[...]).Set"),
		strings.HasSuffix(function, "tm.(*Tx).Read") && (strings.HasSuffix(caller, "tm.(*Tx).getSlow") || strings.HasSuffix(caller, "tm.(*Var[...]).Get")):
		panic(misuseNilTx)
	case strings.HasSuffix(function, "tm.(*Tx).Read"):
		panic(misuseNil)
	}
}

// faultingFunction returns the function in which a fault of the processor has
// happened that is unwinding the goroutine, and its caller; empty if there was none.
// To be called by a deferred function's callee.
func faultingFunction() (function, caller string) {
	var callers [64]uintptr
	frames := goruntime.CallersFrames(callers[:goruntime.Callers(1, callers[:])])
	for more := true; more; {
		var frame goruntime.Frame
		frame, more = frames.Next()
		if frame.Function == "runtime.sigpanic" && more {
			at, _ := frames.Next()
			by, _ := frames.Next()
			return at.Function, by.Function
		}
	}
	return "", ""
}
