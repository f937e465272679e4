package runtime

import (
	"fmt"
	"io"
	"os"
	goruntime "runtime"
	"sync"
	"unsafe"

	"github.com/ungil/tm/internal/word"
)

// Model says how the threads of a World are kept from each other's way.
type Model uint8

const (
	// GIL is one lock around all threads, handed over every quantum.
	GIL Model = iota + 1
	// STM makes each quantum a transaction; threads run in parallel.
	STM
	// Auto is GIL as long as one thread lives, and STM from the end of the quantum
	// in which a second one starts.
	Auto
	// Locks has no steps longer than one operation, which holds the locks of the objects
	// that it touches; threads run in parallel.
	Locks
)

// models are the models by name.
var models = []struct {
	model Model
	name  string
}{{GIL, "gil"}, {STM, "stm"}, {Auto, "auto"}, {Locks, "locks"}}

// String returns the model's name as ParseModel takes it.
func (m Model) String() string {
	for _, known := range models {
		if known.model == m {
			return known.name
		}
	}
	return fmt.Sprintf("Model(%d)", uint8(m))
}

// ParseModel returns the model called name: "gil", "stm", "auto" or "locks".
func ParseModel(name string) (Model, error) {
	for _, known := range models {
		if known.name == name {
			return known.model, nil
		}
	}
	return 0, fmt.Errorf("unknown model %q: want stm, auto, locks or gil", name)
}

// Config is how a World is made.
type Config struct {
	Model   Model     // GIL, STM, Auto or Locks
	Quantum int       // instructions; 0: adaptive in transactions, else DefaultQuantum
	Output  io.Writer // where Thread.Write ends up; nil: os.Stdout. One write at a time
}

// World is one heap of a guest language with the threads that work on it. Its
// methods may be called by any goroutine.
type World struct {
	model   Model
	quantum int64 // fixed length of a quantum; 0: chosen by the runtime
	lock    gil   // under Locks, of the thread that has a savepoint open
	auto    auto
	change  Watch // rung at the end of each turn that may have changed something (GIL, Locks)

	parking parking     // of threads that wait for a Lock
	gates   []*Thread   // threads in Run under Locks; guarded by lock
	blocks  uint64      // outermost savepoints so far under Locks; guarded by lock
	block   word.Uint64 // the number of the one that is open, 0 if none; stored by its owner, see Await

	retrying retrying // blocks that wait under Locks

	effectMu sync.Mutex // held while effects happen under Locks
	effects  sequencer

	outMu  sync.Mutex
	out    io.Writer
	outErr error // the first one

	epochs  word.Uint64 // end of the last block of epochs given out; orders nothing, only makes blocks distinct
	threads word.Uint64 // threads made so far; the next thread's id

	places places // quanta by where they begin (transactions)

	recording *Recording // for tests: nil
	replay    *Replay    // for tests: nil

	processors int64      // GOMAXPROCS when the world was made
	running    word.Int64 // threads in Run; only advice for share, orders nothing

	mu    sync.Mutex // live, ended and seats
	live  map[*counters]struct{}
	ended Stats  // sums of threads that have ended
	seats []bool // taken by threads in Run
}

// NewWorld returns an empty world. An unknown model, or a quantum below zero, is a mistake of the caller: NewWorld panics with what is wrong.
func NewWorld(c Config) *World {
	if c.Model < GIL || c.Model > Locks {
		panic(fmt.Sprintf("runtime: NewWorld: unknown model %v: use runtime.GIL, runtime.STM, runtime.Auto or runtime.Locks", c.Model))
	}
	if c.Quantum < 0 {
		panic(fmt.Sprintf("runtime: NewWorld: quantum %d is negative: use 0 for the default", c.Quantum))
	}
	w := &World{model: c.Model, quantum: int64(c.Quantum), out: c.Output, live: make(map[*counters]struct{}),
		processors: int64(goruntime.GOMAXPROCS(0))}
	if w.out == nil {
		w.out = os.Stdout
	}
	if c.Model == Auto {
		w.auto.became = make(chan struct{})
	}
	w.effects.init(w)
	return w
}

// Model returns the world's model.
func (w *World) Model() Model { return w.model }

// NewThread returns a thread of w that has not run yet.
func (w *World) NewThread() *Thread {
	t := &Thread{
		world:    w,
		id:       int(w.threads.Add(1) - 1),
		counters: new(counters),
		handed:   make(chan struct{}, 1),
		rung:     make(chan struct{}, 1),
		bound:    new(announcement),
		quantum:  w.quantum,
	}
	t.random = uint64(t.id)*0x9e3779b97f4a7c15 + 1
	if t.quantum == 0 {
		t.quantum, t.batch = startQuantum, minBatch
	}
	return t
}

// OutputError returns the first error that writing deferred output gave, or
// nil. Deferred output is written after the transaction that made it has
// committed, so the writer of it can no longer be told.
func (w *World) OutputError() error {
	w.outMu.Lock()
	defer w.outMu.Unlock()
	return w.outErr
}

// write passes b to the output. After an error nothing more is written: a hole
// in the middle would be worse than a missing end.
func (w *World) write(b []byte) {
	w.outMu.Lock()
	defer w.outMu.Unlock()
	if w.outErr == nil {
		_, w.outErr = w.out.Write(b)
	}
}

// Undoable is an object whose plain state the undo log can put back. Undo gets
// what PushUndo was given. It must not call methods of a Thread.
type Undoable interface {
	Undo(at int, p unsafe.Pointer, bits uint64)
}
