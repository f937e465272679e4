package vm

import (
	"errors"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/ungil/tm/runtime"
	"github.com/ungil/tm/starlark/compile"
	"github.com/ungil/tm/starlark/value"
)

// Config is what programs get from outside.
type Config struct {
	World   *runtime.World
	Threads int      // thread.count
	Args    []string // args

	// LoadedBy is the thread of another machine that waits for the program to end, because it
	// loads it; nil: none. The limits of that thread hold for the main thread,
	// and its cancellation for all.
	LoadedBy *Thread
	// Frozen makes args immutable, for modules that several worlds use.
	Frozen bool
	// Load executes load statements; nil: they are errors. It is called between
	// two transactions, with nothing held, unless Go code below calls back. The
	// values must be frozen, or belong to the same world.
	// from is the file that has the statement.
	Load func(t *Thread, from, module string) (map[string]value.Value, error)
	// Print gets what print is given, inside the transaction; nil: one line of
	// the world's output.
	Print func(t *Thread, text string)
	// Started is told of each thread when it is made, before it runs; nil: nobody.
	Started func(t *Thread)
}

// A Machine runs programs in one world: files, and the threads they start.
type Machine struct {
	world  *runtime.World
	config Config

	// isOver is set when the main thread has failed: the other threads are to end.
	// It orders nothing: a thread that reads it late runs a little longer.
	isOver atomic.Bool

	// guest stands between runtime and thread in tests; nil otherwise.
	guest func(*Thread) runtime.Guest

	mu      sync.Mutex
	started int       // threads so far
	running int       // of those that a program started
	ended   sync.Cond // running is 0; its lock is mu
	failed  []*Handle // threads that ended with an error since outcome told of them, and maybe some that nobody needs to be told of
	forget  int       // how many of these there may be before the latter are removed
	closed  bool      // all threads are a program's, none an embedder's
	live    int       // threads of such a program
	asleep  map[*Thread]*sleeper
	turns   map[*Thread]chan struct{} // that wait to be irrevocable; see untilCancelled
	roll    roll
}

// New makes a machine.
func New(c Config) *Machine {
	m := &Machine{world: c.World, config: c, asleep: map[*Thread]*sleeper{}, turns: map[*Thread]chan struct{}{}}
	m.ended.L = &m.mu
	return m
}

// World returns the world whose threads the machine runs.
func (m *Machine) World() *runtime.World { return m.world }

// SetGuest puts a guest of the caller's between the runtime and each thread that
// is made afterwards. It is for tests that make transactions fail.
func (m *Machine) SetGuest(wrap func(*Thread) runtime.Guest) { m.guest = wrap }

// NewThread makes a thread for the calling goroutine.
func (m *Machine) NewThread() *Thread {
	t := m.newThread()
	m.tell(t)
	return t
}

// tell calls Config.Started, on the goroutine of t.
func (m *Machine) tell(t *Thread) {
	if m.config.Started != nil {
		m.config.Started(t)
	}
}

// newThread makes a thread for any goroutine.
func (m *Machine) newThread() *Thread {
	t := &Thread{machine: m, top: -1, control: new(Control)}
	t.Thread.Init(m.world.NewThread())
	t.Thread.Host = t
	t.saved.lowest = neverSaved
	m.mu.Lock()
	t.number = m.started
	m.started++
	m.mu.Unlock()
	return t
}

// Run runs a program until its main thread and all threads it started have
// ended. If the main thread fails, the others are stopped at their next
// back-edge or call. The error is an *EvalError, or several joined: that of the
// main thread, and those of threads for which nobody asked.
func (m *Machine) Run(p *compile.Program) error {
	_, err := m.RunModule(p)
	return err
}

// RunModule is Run; it also returns the program's global variables. What stops or limits
// the thread that loads the program, stops and limits its main thread.
func (m *Machine) RunModule(p *compile.Program) (map[string]value.Value, error) {
	main := m.NewThread()
	if by := m.config.LoadedBy; by != nil {
		main.control = by.control
		defer func() { m.config.LoadedBy = nil }() // all threads have ended; handles may keep the machine
	}
	m.mu.Lock()
	m.closed = true
	m.live++
	m.mu.Unlock()
	globals, _, err := main.Exec(p, nil, nil)
	if err != nil {
		m.Cancel()
	}
	m.mu.Lock()
	m.hasEnded()
	m.mu.Unlock()
	main.control.onCancel(m.Cancel) // what is left is the threads that it has started
	defer main.control.onCancel(nil)
	if err = m.outcome(err); err == nil {
		err = main.Cancelled()
	}
	return globals, err
}

// Wait waits for all threads that programs have started, and returns the errors
// of those for which nobody asked, each once.
func (m *Machine) Wait() error { return m.outcome(nil) }

// outcome waits until no thread runs that a program has started, and joins the main thread's
// error and those nobody asked for, by thread.
func (m *Machine) outcome(main error) error {
	var errs []error
	if main != nil {
		errs = append(errs, main)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	for m.running > 0 {
		m.ended.Wait()
	}
	slices.SortFunc(m.failed, func(a, b *Handle) int { return a.number - b.number })
	for _, h := range m.failed {
		if h.unasked() {
			errs = append(errs, &EvalError{Msg: h.failure().Error(), cause: h.failure()})
		}
	}
	m.failed = nil
	if len(errs) == 1 {
		return errs[0]
	}
	return errors.Join(errs...)
}

// minFailed is the smallest value of forget.
const minFailed = 16

// hasFailed notes that the thread of h has ended with an error. m.mu is held.
func (m *Machine) hasFailed(h *Handle) {
	if len(m.failed) >= max(m.forget, minFailed) {
		m.failed = slices.DeleteFunc(m.failed, func(h *Handle) bool { return !h.unasked() })
		m.forget = 2 * len(m.failed)
	}
	m.failed = append(m.failed, h)
}

// Cancel makes all threads that programs have started, and will start, end at
// their next switch point.
func (m *Machine) Cancel() {
	m.isOver.Store(true)
	m.mu.Lock() // after the store: who falls asleep later sees it
	defer m.mu.Unlock()
	for t, s := range m.asleep {
		if t.handle != nil {
			s.end()
		}
	}
	for t := range m.turns {
		if t.handle != nil {
			m.endTurn(t)
		}
	}
}

// hasEnded notes that a thread of a program has ended. m.mu is held.
func (m *Machine) hasEnded() {
	m.live--
	m.roll.valid = false
	m.lookAround()
}

func (m *Machine) isCancelled() bool { return m.isOver.Load() }
