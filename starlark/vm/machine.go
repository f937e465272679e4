package vm

import (
	"errors"
	"math/big"
	"sync"
	"sync/atomic"
	"unsafe"

	"github.com/ungil/tm/runtime"
	"github.com/ungil/tm/starlark/compile"
	"github.com/ungil/tm/starlark/value"
)

// Config is what a program gets from outside.
type Config struct {
	World   *runtime.World
	Threads int      // thread.count
	Args    []string // args
}

// A Machine runs one program: a compiled file and the threads it starts.
type Machine struct {
	world  *runtime.World
	config Config
	module *module

	// cancelled is closed, and isOver set, when the main thread has failed: the
	// other threads are to end. isOver orders nothing: a thread that reads it
	// late runs a little longer.
	cancelled chan struct{}
	isOver    atomic.Bool

	// guest stands between runtime and thread in tests; nil otherwise.
	guest func(*Thread) runtime.Guest

	running sync.WaitGroup // threads other than main
	mu      sync.Mutex
	started int       // threads so far, with main
	failed  []*Handle // threads that ended with an error, in order of their end
}

// IsPredeclared and IsUniversal report whether a program may use a name; they
// are for compile.File.
func IsPredeclared(name string) bool { _, ok := predeclared[name]; return ok }

// IsUniversal reports whether name is built in. See IsPredeclared.
func IsUniversal(name string) bool {
	_, ok := universe[name]
	return ok || name == "None" || name == "True" || name == "False"
}

// New binds a compiled program.
func New(p *compile.Program, c Config) *Machine {
	m := &Machine{world: c.World, config: c, cancelled: make(chan struct{}), started: 1}
	m.module = &module{program: p}
	for _, f := range p.Funcs {
		m.module.protos = append(m.module.protos, newProto(m.module, f))
	}
	for _, name := range p.Universals {
		m.module.universals = append(m.module.universals, universe[name])
	}
	for _, name := range p.Names {
		m.module.selectors = append(m.module.selectors, value.SelectorOf(name))
	}
	m.module.predeclared = make([]value.Value, len(p.Predeclared))
	return m
}

func newProto(m *module, f *compile.Func) *proto {
	p := &proto{Func: f, module: m, code: codeOf(f)}
	for _, c := range f.Constants {
		p.constants = append(p.constants, constant(c))
	}
	return p
}

// codeOf returns the code as an array type that is larger than it.
//
//go:nocheckptr
func codeOf(f *compile.Func) *instructions { return (*instructions)(unsafe.Pointer(&f.Code[0])) }

// constant converts a constant of the compiler.
func constant(c compile.Constant) value.Value {
	switch c := c.(type) {
	case int64:
		return value.Int(c)
	case float64:
		return value.Float(c)
	case string:
		return value.Str(c)
	case compile.Bytes:
		return value.Bytes(string(c))
	case *big.Int:
		return value.Big(new(big.Int).Set(c))
	}
	panic("vm: constant of unknown type")
}

// Run runs the program until its main thread and all threads it started have
// ended. If the main thread fails, the others are stopped at their next
// back-edge or call. The error is an *EvalError, or several joined: that of the
// main thread, and those of threads for which nobody asked.
func (m *Machine) Run() error {
	main := newThread(m, startCall{})
	m.module.globals = value.NewGlobals(&main.Thread, len(m.module.program.Globals))
	main.start.fn = newFunction(m.module.protos[0], nil, nil).value()
	m.drive(main)
	if main.err != nil {
		m.cancel()
	}
	m.running.Wait()
	var errs []error
	if main.err != nil {
		errs = append(errs, asEvalError(main.err))
	}
	for _, h := range m.failed {
		if !h.asked.Load() && !errors.Is(h.err, errCancelled) {
			errs = append(errs, &EvalError{Msg: h.failure().Error(), cause: h.failure()})
		}
	}
	if len(errs) == 1 {
		return errs[0]
	}
	return errors.Join(errs...)
}

// drive runs a thread to its end.
func (m *Machine) drive(t *Thread) {
	if m.guest != nil {
		t.Run(m.guest(t))
		return
	}
	t.Run(t)
}

// cancel makes all threads but main end.
func (m *Machine) cancel() {
	m.isOver.Store(true)
	close(m.cancelled)
}

func (m *Machine) isCancelled() bool { return m.isOver.Load() }

// bindPredeclared gives the predeclared names their values. The main thread does
// it in its first transaction, because args is a list that all threads can reach.
func (m *Machine) bindPredeclared(t *value.Thread) {
	for i, name := range m.module.program.Predeclared {
		v := predeclared[name](t, &m.config)
		value.Publish(t, v)
		m.module.predeclared[i] = v
	}
}
