package starlark

import (
	"cmp"
	"fmt"
	"io"
	"time"

	"github.com/ungil/tm/runtime"
	"github.com/ungil/tm/starlark/value"
	"github.com/ungil/tm/starlark/vm"
)

// A Value is any value of the language: two words, to be copied freely. The zero
// Value is none at all; IsSet tells.
type Value = value.Value

// A StringDict maps names to values: predeclared names, the variables of a module.
type StringDict = map[string]Value

// A KV is a keyword argument.
type KV = value.KV

// The constants of the language.
var (
	None  = value.None
	True  = value.True
	False = value.False
)

// Config says how a World is made. Model must be set; runtime.Auto suits most.
type Config struct {
	Model   runtime.Model
	Quantum int       // instructions per transaction; 0: see runtime.Config
	Threads int       // thread.count, which is advice for programs; 0: 1
	Args    []string  // args
	Output  io.Writer // of print; nil: os.Stdout
	Source  Source    // for load statements of threads that have no Load; nil: they are errors
}

// A World is a heap of Starlark objects that many goroutines may use at once, each
// with a Thread of its own. Its methods may be called by any goroutine.
type World struct {
	machine *vm.Machine
	world   *runtime.World
	loader  *loader // nil: no Source
}

// NewWorld makes an empty world.
func NewWorld(c Config) *World {
	w := &World{world: runtime.NewWorld(runtime.Config{Model: c.Model, Quantum: c.Quantum, Output: c.Output})}
	mc := vm.Config{World: w.world, Threads: max(c.Threads, 1), Args: c.Args}
	if c.Source != nil {
		w.loader = newLoader(c.Source, mc)
	}
	mc.Load, mc.Print, mc.Started = w.load, w.print, w.started
	w.machine = vm.New(mc)
	return w
}

// Wait waits until all threads that programs have started with thread.start have
// ended. The error joins those of threads whose results nobody asked for.
func (w *World) Wait() error { return w.machine.Wait() }

// Cancel makes all threads that programs have started with thread.start, and will
// start, end at their next switch point. It does not wait for them; Wait does.
func (w *World) Cancel() { w.machine.Cancel() }

// Stats returns what has happened in the world so far.
func (w *World) Stats() runtime.Stats { return w.world.Stats() }

// OutputError returns the first error that writing output gave.
func (w *World) OutputError() error { return w.world.OutputError() }

// A Thread executes Starlark code for one goroutine at a time. Different threads
// of a World run at the same time.
type Thread struct {
	// Name is for the embedder's own purposes.
	Name string
	// Print gets what print is given, once the transaction that called it has
	// committed, one call at a time in the whole world. It must not use the world.
	// nil: the world's output. Modules of the world's Source print to that in any case.
	Print func(thread *Thread, msg string)
	// Load executes load statements, outside of transactions; it may call ExecFile
	// with the same thread. What it returns must belong to the same world, or
	// be frozen. nil: the world's Source.
	Load func(thread *Thread, module string) (StringDict, error)

	world  *World
	vm     *vm.Thread
	locals map[string]any
}

// NewThread makes a thread.
func (w *World) NewThread(name string) *Thread {
	t := w.machine.NewThread().Embedder.(*Thread)
	t.Name = name
	return t
}

// started makes the Thread of every thread of the machine, also of those that
// programs start.
func (w *World) started(t *vm.Thread) {
	t.Embedder = &Thread{Name: "started by a program", world: w, vm: t}
}

func (w *World) print(t *vm.Thread, msg string) {
	thread := t.Embedder.(*Thread)
	if thread.Print == nil {
		t.Write([]byte(msg + "\n")) // never fails, see OutputError
		return
	}
	t.Defer(func() { thread.Print(thread, msg) })
}

func (w *World) load(t *vm.Thread, from, module string) (map[string]value.Value, error) {
	thread := t.Embedder.(*Thread)
	switch {
	case thread.Load != nil:
		return thread.Load(thread, module)
	case w.loader != nil:
		return w.loader.load(t, from, module)
	}
	return nil, fmt.Errorf("load not implemented by this application")
}

// World returns the thread's world.
func (t *Thread) World() *World { return t.world }

// SetLocal keeps a value of the embedder's with the thread; Local returns it.
func (t *Thread) SetLocal(key string, v any) {
	if t.locals == nil {
		t.locals = map[string]any{}
	}
	t.locals[key] = v
}

// Local returns what SetLocal kept, nil if nothing.
func (t *Thread) Local(key string) any { return t.locals[key] }

// Cancel makes the thread's running call, or its next one, fail at its next switch
// point or where it waits, with "Starlark computation cancelled: " and the reason.
// It may be called by any goroutine.
func (t *Thread) Cancel(reason string) { t.vm.Control().Cancel(reason) }

// Uncancel takes Cancel back.
func (t *Thread) Uncancel() { t.vm.Control().Uncancel() }

// CancelAfter calls Cancel after a time, unless the function it returns is called
// before.
func (t *Thread) CancelAfter(d time.Duration) (stop func() bool) {
	return time.AfterFunc(d, func() { t.Cancel(fmt.Sprintf("time limit of %v exceeded", d)) }).Stop
}

// SetMaxExecutionSteps limits how many instructions the thread may execute in all;
// 0: no limit. Instructions are counted at the end of a round of a loop, at calls and
// at returns. What an aborted transaction executed does not count.
func (t *Thread) SetMaxExecutionSteps(n uint64) { t.vm.Control().SetMaxSteps(n) }

// ExecutionSteps returns how many instructions the thread has executed.
func (t *Thread) ExecutionSteps() uint64 { return t.vm.Control().Steps() }

// SetMaxAllocations limits how many bytes the thread may allocate in all; 0: no limit. Garbage is
// not taken off. Counted, near enough, are elements of containers, strings, large integers,
// closures and registers. Beyond the limit the thread fails at its next switch point, and a single
// operation that would go far beyond fails at once. What an aborted transaction allocated does not count.
func (t *Thread) SetMaxAllocations(bytes uint64) { t.vm.Control().SetMaxBytes(bytes) }

// Allocations returns how many bytes the thread has allocated, up to its last switch point.
func (t *Thread) Allocations() uint64 { return t.vm.Control().Bytes() }

// ExecFile executes a file and returns its global variables; if it fails, those it
// had then. src is a string, a []byte, or nil to read the file. predeclared has
// names besides the language's own, and overrides those that every program has.
// Errors of the source are compile.ErrorList, those of the program *EvalError.
func ExecFile(thread *Thread, filename string, src any, predeclared StringDict) (StringDict, error) {
	p, err := SourceProgram(filename, src, has(predeclared))
	if err != nil {
		return nil, err
	}
	return p.Init(thread, predeclared)
}

// Call calls a function or built-in. From outside it takes as many transactions as
// the function needs; from a built-in of the same thread it is part of the running one.
func Call(thread *Thread, fn Value, args []Value, kwargs []KV) (Value, error) {
	if err := cmp.Or(areSet(fn), areSet(args...)); err != nil {
		return Value{}, err
	}
	for _, kw := range kwargs {
		if err := areSet(kw.Value); err != nil {
			return Value{}, fmt.Errorf("argument %s: %w", kw.Name, err)
		}
	}
	return thread.vm.Invoke(fn, args, kwargs)
}

// Atomically runs f as one transaction: no other thread sees a part of what it
// does. f may run several times; it should do nothing else that matters. If it returns
// an error, all that it did to Starlark's values is undone. From a built-in of the same
// thread, it is part of the running transaction.
func (t *Thread) Atomically(f func() error) error { return t.vm.Do(f) }
