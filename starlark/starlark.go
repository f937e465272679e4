// Package starlark runs Starlark programs whose threads need no global
// interpreter lock. It is the thin top of the interpreter: package compile makes
// register code of the source, package vm runs it, package value has the
// objects, and package runtime decides what the threads see of each other.
//
//	p, err := starlark.Compile("hello.star", src)
//	if err != nil { ... }                       // one line for each mistake
//	stats, err := p.Run(starlark.Options{Model: runtime.STM, Threads: 2})
//	if err != nil { fmt.Fprintln(os.Stderr, starlark.Traceback(err)) }
//
// Go programs embed it with the names that starlark-go has. What that cannot do is
// the reason for this package: the Threads of a World share one heap of mutable
// objects, each goroutine has a Thread, and they run in parallel.
//
//	world := starlark.NewWorld(starlark.Config{Model: runtime.STM})
//	thread := world.NewThread("main")               // one for each goroutine
//	globals, err := starlark.ExecFile(thread, "f.star", src, nil)
//	v, err := starlark.Call(thread, globals["f"], args, nil)
//
// A Value may be handed from one goroutine to another. Functions that look into
// objects or change them take a Thread; each is a transaction of its own, unless
// Atomically or a built-in has one open.
//
// Besides the language's own names a program has args (a list of strings),
// thread (start, count, id), file (read, list, is_dir, goroot), struct, json, math,
// time, and those by which threads work together: atomic, retry, check, or_else, try_call, cell,
// queue, lock, semaphore, event, barrier, local, relaxed, parallel, transaction_queue.
// docs/language.md describes them.
package starlark

import (
	"errors"
	"io"

	"github.com/ungil/tm/runtime"
	"github.com/ungil/tm/starlark/compile"
	"github.com/ungil/tm/starlark/vm"
)

// Options says how a program is run. Model must be set; everything else may be
// left out.
type Options struct {
	Model   runtime.Model
	Quantum int       // instructions per transaction; 0: see runtime.Config
	Threads int       // thread.count, which is advice for the program; 0: 1
	Args    []string  // args
	Output  io.Writer // of print; nil: os.Stdout
	Source  Source    // for load statements, such as Files; nil: they are errors

	// Started is called for each thread of the program before it runs, the main thread
	// included, one call at a time; nil: nobody is told. It is not called for threads of modules.
	Started func()
}

// A Program is a compiled file. It is immutable: it may be run many times, also
// at once.
type Program struct{ code *compile.Program }

// An EvalError is an error of a running program.
type EvalError = vm.EvalError

// A CancelError is why a thread was stopped: by Cancel, or by a limit. errors.As finds it in an EvalError.
type CancelError = vm.CancelError

// A Result is what a run leaves behind, whether it failed or not.
type Result struct {
	Stats runtime.Stats
}

// Compile compiles a file. The error is a compile.ErrorList: its text has one
// line for each mistake, which begins with file:line:col.
func Compile(filename string, src []byte) (*Program, error) {
	return SourceProgram(filename, src, nil)
}

// Run runs the program until all its threads have ended. It blocks. An error of
// the program is an *EvalError, or several of them joined if several threads
// failed; see Traceback. If the program succeeds but its output cannot be
// written, the error is that of the output.
func (p *Program) Run(o Options) (runtime.Stats, error) {
	if err := p.lacks(nil); err != nil {
		return runtime.Stats{}, err
	}
	world := runtime.NewWorld(runtime.Config{Model: o.Model, Quantum: o.Quantum, Output: o.Output})
	c := vm.Config{World: world, Threads: max(o.Threads, 1), Args: o.Args}
	if o.Source != nil {
		c.Load = newLoader(o.Source, c).load
	}
	if o.Started != nil {
		c.Started = func(*vm.Thread) { o.Started() }
	}
	err := vm.New(c).Run(p.code)
	if err == nil {
		err = world.OutputError()
	}
	return world.Stats(), err
}

// Run compiles and runs a file. IsCompileError tells the two kinds of error apart.
func Run(filename string, src []byte, o Options) (*Result, error) {
	p, err := Compile(filename, src)
	if err != nil {
		return nil, err
	}
	stats, err := p.Run(o)
	return &Result{Stats: stats}, err
}

// IsCompileError reports whether err came from Compile: the program has not run.
func IsCompileError(err error) bool {
	var list compile.ErrorList
	return errors.As(err, &list)
}

// Traceback returns the text to show for an error of Run: for each failed thread
// its calls and the message.
func Traceback(err error) string { return vm.Traceback(err) }
