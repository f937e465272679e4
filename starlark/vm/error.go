package vm

import (
	"errors"
	"fmt"
	"strings"

	"github.com/ungil/tm/starlark/value"
)

// builtinFile is the file name of built-in functions in tracebacks.
const builtinFile = "<builtin>"

// A Position is a place in a source file, from 1.
type Position struct {
	File      string
	Line, Col int32
}

// String returns file:line:col, or the file alone if there is no line.
func (p Position) String() string {
	if p.Line == 0 {
		return p.File
	}
	return fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Col)
}

// A Call is one active call in a traceback: the function, and the place in it
// that was executing.
type Call struct {
	Name string
	Pos  Position
}

// An EvalError is an error of a Starlark program, with the calls that led to it.
type EvalError struct {
	Msg   string
	Calls []Call // outermost first; the last is where the error happened
	cause error
}

// Error returns the message without the traceback.
func (e *EvalError) Error() string { return e.Msg }

// Unwrap returns what a built-in or operator reported.
func (e *EvalError) Unwrap() error { return e.cause }

// Position returns the innermost place in Starlark code.
func (e *EvalError) Position() Position {
	for i := len(e.Calls) - 1; i >= 0; i-- {
		if e.Calls[i].Pos.Line != 0 {
			return e.Calls[i].Pos
		}
	}
	return Position{}
}

// shownCalls is how many calls a traceback shows at each end when it is cut.
const shownCalls = 20

// Backtrace returns the calls and the message, as starlark-go prints them. Of a
// very deep stack only both ends are shown. The error of another thread, or of a module
// that is loaded, brings its own traceback along.
func (e *EvalError) Backtrace() string {
	calls, suffix := e.Calls, ""
	if n := len(calls); n > 0 && calls[n-1].Pos.File == builtinFile {
		suffix = " in " + calls[n-1].Name
		calls = calls[:n-1]
	}
	var b strings.Builder
	if len(calls) > 0 {
		b.WriteString("Traceback (most recent call last):\n")
	}
	for i, c := range calls {
		if cut := len(calls) - 2*shownCalls; cut > 0 && i >= shownCalls && i < len(calls)-shownCalls {
			if i == shownCalls {
				fmt.Fprintf(&b, "  ... %d more calls ...\n", cut)
			}
			continue
		}
		fmt.Fprintf(&b, "  %s: in %s\n", c.Pos, c.Name)
	}
	fmt.Fprintf(&b, "Error%s: %s", suffix, e.Msg)
	var other *threadError
	var load *loadError
	var inModule *EvalError
	switch {
	case errors.As(e.cause, &load) && errors.As(load.err, &inModule):
		fmt.Fprintf(&b, "\nIn module %s:\n%s", load.module, inModule.Backtrace())
	case errors.As(e.cause, &other):
		fmt.Fprintf(&b, "\nIn thread %d:\n%s", other.number, other.err.Backtrace())
	}
	return b.String()
}

// control is a reason to leave the loop that is no error of the program.
type control = value.Control

const (
	// errRestart: the transaction has met a conflict, but Go frames are below.
	errRestart = control("transaction has to run again")
	// errOutside: Thread.Outside is to be called.
	errOutside = control("wait between two transactions")
	// errRetry: something has to change first; see wait.go.
	errRetry = control("wait for a change")
	// errAgain: what the built-in has done is to be committed, and it is to be
	// called again.
	errAgain = control("call again")
)

// An attrError is the error of the attribute of a method call: it happened at the
// dot, not at the parenthesis.
type attrError struct{ error }

// A callerError is the error of the function in builtins.star that called a built-in.
type callerError struct{ error }

// fail adds the calls to err, unless it has some already because it comes
// through a Go function from deeper calls. pc is that after the instruction
// that failed. builtin names the built-in that failed, or is empty.
func (t *Thread) fail(err error, pc int, builtin string) error {
	if hasCalls(err) {
		return err
	}
	t.frames[t.top].pc = pc
	switch own := err.(type) {
	case callerError:
		return t.withCalls(own.error, "")
	case attrError:
		e, proto := t.withCalls(own.error, ""), t.frames[t.top].fn.proto
		if !proto.module.builtins {
			pos := &e.Calls[len(e.Calls)-1].Pos
			pos.Line, pos.Col = proto.DotPosition(pc - 1)
		}
		return e
	}
	return t.withCalls(err, builtin)
}

// failBuiltin is fail for a built-in that was called by Go code.
func (t *Thread) failBuiltin(err error, name string) error {
	if hasCalls(err) {
		return err
	}
	return t.withCalls(err, name)
}

// hasCalls reports whether err has its calls already, or is no error of the program.
func hasCalls(err error) bool {
	switch err.(type) {
	case *EvalError, control:
		return true
	}
	return false
}

// withCalls returns err with the active calls, of which a built-in, if it is named, is the innermost.
func (t *Thread) withCalls(err error, builtin string) *EvalError {
	e := &EvalError{Msg: err.Error(), cause: err, Calls: t.calls()}
	if builtin != "" {
		e.Calls = append(e.Calls, builtinCall(builtin))
	}
	return e
}

func builtinCall(name string) Call { return Call{Name: name, Pos: Position{File: builtinFile}} }

// failOutside is fail for a built-in that no Starlark function has called.
func failOutside(err error, fn value.Value) error {
	switch err.(type) {
	case nil, *EvalError, control:
		return err
	}
	name := fn.TypeName()
	if b := value.BuiltinOf(fn); b != nil {
		name = b.Name
	}
	return &EvalError{Msg: err.Error(), cause: err, Calls: []Call{builtinCall(name)}}
}

// calls returns the active calls, outermost first.
func (t *Thread) calls() []Call {
	var calls []Call
	callers := t.calling // of which those of the frames below i are gone through
	for i := -1; i <= t.top; i++ {
		if i >= 0 && !t.frames[i].fn.proto.isHelper() {
			calls = append(calls, t.frames[i].call())
		}
		for ; len(callers) > 0 && callers[0].frame == i; callers = callers[1:] {
			if name := callers[0].name; name != "" {
				calls = append(calls, builtinCall(name))
			}
		}
	}
	return calls
}

// call returns the frame's call.
func (f *frame) call() Call {
	if f.fn.proto.module.builtins {
		return builtinCall(f.fn.name())
	}
	line, col := f.fn.proto.Line, f.fn.proto.Col // parameters could not be bound
	if f.pc > 0 {
		line, col = f.fn.proto.Position(f.pc - 1)
	}
	return Call{Name: f.fn.name(), Pos: Position{f.fn.proto.module.program.Filename, line, col}}
}

// asEvalError returns err as an EvalError.
func asEvalError(err error) *EvalError {
	if e, ok := err.(*EvalError); ok { // not one inside: what is around it would be lost
		return e
	}
	return &EvalError{Msg: err.Error(), cause: err}
}

// Traceback returns the tracebacks of all errors that err joins; the text of an
// error that is none of a program is the error's own.
func Traceback(err error) string {
	switch e := err.(type) {
	case *EvalError:
		return e.Backtrace()
	case interface{ Unwrap() []error }:
		var texts []string
		for _, err := range e.Unwrap() {
			texts = append(texts, Traceback(err))
		}
		return strings.Join(texts, "\n")
	}
	return err.Error()
}

// CallStack returns the active calls, outermost first; within a built-in, its own is the last.
func (t *Thread) CallStack() []Call {
	calls := t.calls()
	if t.builtin != "" && t.busy {
		calls = append(calls, builtinCall(t.builtin))
	}
	return calls
}

// Backtrace returns the active calls, as they stand in a traceback.
func (t *Thread) Backtrace() string {
	e := EvalError{Calls: t.calls()}
	return e.Backtrace()
}

// IsControl reports whether err is no error of the program, but makes the Go
// functions below return: a built-in that calls back must return it as it is.
func IsControl(err error) bool { return value.IsControl(err) }
