// Package vm is the machine that runs register code: frames, calls, closures,
// threads and atomic blocks of a Starlark program, and the built-ins that call
// back or that touch the machine.
//
// # Frames
//
// A Thread has one stack of registers and one of frames, both its own and not
// Go's: a Starlark function that calls another does not recurse in Go, so a
// transaction may end in one frame and the next begin there. A callee's
// registers begin where the caller has put the arguments (see package compile),
// so a call with positional arguments copies nothing. Registers move when the
// stack grows. What is above the running frame's registers is rubbish, which
// the collector keeps until it is overwritten.
//
// run (loop.go) is the dispatch loop. A fast path is inside the loop, all else
// is one call away in slow.go (operators, containers) and call.go (calls).
//
// # Transactions
//
// A Thread is a runtime.Guest. The loop counts instructions and stops when
// runtime.Thread.Check says so, which leaves the program counter in the frame.
// Under STM, Checkpoint copies the registers of the running frame, and older
// frames are copied before the first return into them; Restore puts them back
// (checkpoint.go). Everything else that a program can change is undone by the
// runtime. Under GIL only an outermost atomic block makes a
// copy, as it may have to wait and run again.
//
// An atomic block is an instruction at each end, not a Go call: it holds a
// savepoint, so that an error which leaves the block undoes it under either
// model, and keeps the runtime from ending the transaction.
//
// A built-in that calls back (sorted with a key) runs the loop again inside its
// Go call. While it does, no transaction ends, as in an atomic block; if the
// transaction has met a conflict, the control value errRestart unwinds the Go
// calls.
//
// A built-in that has to wait returns errRetry: what the block or call did is undone, the
// thread sleeps, and begins it again (wait.go, asleep.go).
//
// Functions that only call others, such as atomic and try_call, are written in Starlark
// (builtins.star), so that their calls are frames, not Go recursion.
//
// # Errors
//
// An error that reaches the loop becomes an EvalError with the calls that were
// active. It goes to the innermost block of try_call, or ends the thread, or goes
// through the Go function that called back. A Go panic is a bug of the
// interpreter and is not recovered.
package vm
