package runtime

import "fmt"

// Guest is a language's thread as the runtime sees it. The package comment has
// the protocol. All methods are called on the goroutine that called Run.
type Guest interface {
	Checkpoint()             // under STM, before each attempt: remember private state
	Restore()                // the attempt failed: put that state back. Everything else is undone already
	Resume(t *Thread) Status // run instructions
	Outside()                // Resume returned Outside and that has committed: no lock, no transaction
}

// Status is why a guest stopped running instructions.
type Status uint8

const (
	// Yield: Check reported true.
	Yield Status = iota + 1
	// Outside: something is to be done between two transactions.
	Outside
	// Done: the thread has ended.
	Done
)

// Thread is one thread of a World. Its methods are for the goroutine that
// called Run, or made the thread and has not called Run yet.
type Thread struct {
	// Budget is the number of instructions the machine may still run. The
	// machine subtracts what it ran at back-edges and calls; at zero or below it
	// calls Check.
	Budget int64
	// Epoch tells objects that were saved or made in this part of this
	// transaction from all others. See the package comment.
	Epoch uint64

	tx      *engineTx // the open transaction under STM, else nil
	world   *World
	logging bool
	running bool // between begin and end of a transaction, or holding the lock
	depth   int  // open atomic blocks
	level   int  // open savepoints

	undo      []undoEntry
	pending   batch
	lastEpoch uint64

	quantum  int64 // instructions per transaction
	left     int64 // of this quantum, not given to Budget yet
	granted  int64 // given to Budget since the transaction began
	failures int   // aborts since the last commit

	counters *counters
	id       int
	turn     chan struct{} // the lock is handed over through it
	next     *Thread       // in the queue for the lock; guarded by gil.mu
}

// World returns the world the thread belongs to.
func (t *Thread) World() *World { return t.world }

// ID returns the thread's number in its world: 0, 1, 2 in the order of NewThread.
func (t *Thread) ID() int { return t.id }

// Transactional reports whether the model is STM.
func (t *Thread) Transactional() bool { return t.world.model == STM }

// EnterAtomic begins a block that no switch point divides. Blocks nest.
func (t *Thread) EnterAtomic() { t.depth++ }

// LeaveAtomic ends the innermost block.
func (t *Thread) LeaveAtomic() {
	if t.depth == 0 {
		panic("runtime: LeaveAtomic without EnterAtomic")
	}
	t.depth--
}

// InAtomic reports whether the thread is in an atomic block.
func (t *Thread) InAtomic() bool { return t.depth > 0 }

// Run drives g until it is done and that has committed. Blocking under GIL;
// under STM it waits only for its own effects, at the end and before Outside.
func (t *Thread) Run(g Guest) {
	if t.running {
		panic("runtime: Run on a thread that is running: make another with NewThread")
	}
	t.world.enlist(t.counters)
	defer t.world.retire(t.counters)
	for {
		var s Status
		if t.world.model == GIL {
			s = t.turnGIL(g)
		}
		switch s {
		case Outside:
			g.Outside()
		case Done:
			return
		}
	}
}

// turnGIL holds the lock once.
func (t *Thread) turnGIL(g Guest) Status {
	t.world.lock.acquire(t)
	t.running = true
	defer t.endGIL()
	t.Budget = 0
	t.refill()
	s := g.Resume(t)
	t.mustEnd(s)
	t.counters.commit(t.ran())
	t.runEffects()
	return s
}

// endGIL gives the lock back, also when the guest or an effect panicked. In
// that case an open savepoint is rolled back: others must not see half a block.
func (t *Thread) endGIL() {
	defer t.world.lock.release()
	t.running = false
	t.logging = false
	t.undoTo(0)
	t.pending.reset()
	t.depth, t.level, t.Epoch = 0, 0, 0
}

// mustEnd panics if the guest stopped where a transaction cannot end.
func (t *Thread) mustEnd(s Status) {
	if s < Yield || s > Done {
		panic(fmt.Sprintf("runtime: Guest.Resume returned status %d: want Yield, Outside or Done", s))
	}
	if t.depth > 0 || t.level > 0 {
		panic(fmt.Sprintf("runtime: Guest.Resume stopped inside %d atomic blocks and %d savepoints: leave them first", t.depth, t.level))
	}
}
