package runtime

import (
	"fmt"
	goruntime "runtime"

	"github.com/ungil/tm"
	"github.com/ungil/tm/internal/word"
)

// Guest is a language's thread as the runtime sees it. The package comment has
// the protocol. All methods are called on the goroutine that called Run.
type Guest interface {
	Checkpoint()             // before each attempt of a transaction: remember private state
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
	// Wait: undo the transaction, and run it again when something it has looked at
	// has changed. See WaitFor.
	Wait
)

// String returns the status in lower case.
func (s Status) String() string {
	switch s {
	case Yield:
		return "yield"
	case Outside:
		return "outside"
	case Done:
		return "done"
	case Wait:
		return "wait"
	}
	return fmt.Sprintf("Status(%d)", uint8(s))
}

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
	// Reading is a number that changes when what the thread has read in its transaction does not
	// count any more: at the beginning of each attempt, at a rollback, and at both ends of Detached. A
	// guest that keeps what it has read by Tx need not read it again while Reading is the same.
	Reading uint64
	// Slice, if positive, is the most that Budget gets at a time. A guest that has
	// to do something after a certain number of instructions sets it.
	Slice int64
	// Inner is set before Run on a thread that runs on behalf of another one, which
	// is in Outside and waits for it. Under Auto it does not count as a second thread.
	Inner bool

	tx      *tm.Tx // the open transaction under STM, else nil
	world   *World
	logging bool
	running bool // between begin and end of a transaction, or holding the lock
	active  bool // in Run
	depth   int  // open atomic blocks
	level   int  // open savepoints

	undo      []undoEntry
	marks     []tm.Savepoint // the engine's part of the open savepoints
	pending   batch
	lastEpoch uint64

	quantum   int64           // instructions per transaction
	place     *word.Uint64    // where the transaction began, in World.places; nil: the guest has not said
	tag       uint64          // what an entry for it has above the quantum
	batch     int64           // see EndsAfterBlock; 0: none, with a chosen quantum; dropped after DropBatch
	left      int64           // of this quantum, not given to Budget yet
	granted   int64           // given to Budget since the transaction began
	cutShort  bool            // by EndQuantumSoon
	failures  int             // aborts since the last commit
	attempts  uint64          // of all transactions
	certain   bool            // this transaction, or its next attempt, is irrevocable
	cancelled <-chan struct{} // ends the wait for that
	age       tm.Age          // of the transaction: others give way to one that has failed often
	random    uint64          // state of the back-off's generator

	counters  *counters
	bound     *announcement
	gate      Lock    // held by operations under Locks, and by whoever excludes them
	locks     []*Lock // see LockAll
	guard     *Lock   // the one Guard took, else nil
	awaits    *Lock   // that the thread sleeps for; guarded by parking.mu
	exclusive bool    // a savepoint is open under Locks
	unsettled int     // batches of ours in the sequencer; guarded by its mutex
	id        int
	seat      int           // while in Run
	handed    chan struct{} // the lock is handed over through it
	rung      chan struct{} // a Watch wakes the thread through it
	wake      <-chan struct{}
	waitsFor  bool   // WaitFor was called since the quantum began
	watch     *Watch // what it looked at last (GIL)
	watchSeen uint64
	began     uint64  // what world.change had rung when the quantum began (Locks)
	waits     bool    // this turn ended with Wait (GIL)
	next      *Thread // in the queue for the lock; guarded by gil.mu

	stops     int // calls of Stops in this turn
	stoppedAt int // the first of them that told the guest to stop; 0: none did

	latest Turn // the newest, where turns are recorded or replayed
	// Locks; see retrying.go.
	seen, changed notebook // by the block that is open
	retries       bool     // the block is about to wait for what it has seen
	enlisted      bool     // and waits, or is about to
	reads         Watch    // rung when that changes
	readsSeen     uint64

	script *Turn // the recorded turn that this one must be like; nil: none
}

// World returns the world the thread belongs to.
func (t *Thread) World() *World { return t.world }

// ID returns the thread's number in its world: 0, 1, 2 in the order of NewThread.
func (t *Thread) ID() int { return t.id }

// Transactional reports whether the thread's quanta are transactions. It does not
// change within a quantum.
func (t *Thread) Transactional() bool { return t.world.Transactional() }

// Seat returns a number that no other thread in Run has, the lowest one that was free when
// this one began. What threads keep apart from each other in shared objects has as many
// parts as there are seats, not threads.
func (t *Thread) Seat() int { return t.seat }

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

// Tx returns the open transaction: nil where quanta are not transactions, and
// outside of Resume and Checkpoint. The runtime begins and ends it; the guest reads and writes.
func (t *Thread) Tx() *tm.Tx { return t.tx }

// Run drives g until it is done and that has committed. Blocking under GIL;
// under STM it waits only for its own effects, at the end and before Outside.
func (t *Thread) Run(g Guest) {
	if g == nil {
		panic("runtime: Run with a nil Guest: pass the interpreter's side of the thread")
	}
	if t.active {
		panic("runtime: Run on a thread that is running: make another with NewThread")
	}
	t.active = true
	t.world.enlist(t)
	t.world.arrive(t)
	defer t.end()
	for {
		switch t.step(g) {
		case Yield:
			t.world.share()
		case Wait:
			if t.waits {
				t.sleep()
			}
		case Outside:
			g.Outside()
		case Done:
			return
		}
	}
}

// step runs one quantum.
func (t *Thread) step(g Guest) Status {
	switch {
	case t.world.replay != nil:
		return t.replayTurn(g)
	case t.world.model == Locks:
		return t.runLocked(g)
	}
	if !t.world.Transactional() {
		if s, ok := t.turn(g); ok {
			return s
		}
	}
	s := t.transaction(g)
	if s != Yield {
		t.world.effects.settle(t)
	}
	return s
}

// share gives the processor away at a switch point if there are fewer of them
// than threads. Go itself takes one away only after milliseconds; a thread that
// waits in a loop for another would run all that time, and a short quantum
// would not mean that others get between its instructions.
func (w *World) share() {
	if w.model != GIL && w.running.Load() > w.processors {
		goruntime.Gosched()
	}
}

func (t *Thread) end() {
	t.world.leave(t)
	t.world.retire(t)
	t.active, t.certain = false, false
}

// mustEnd panics if the guest stopped where a transaction cannot end.
func (t *Thread) mustEnd(s Status) {
	if s < Yield || s > Wait {
		panic(fmt.Sprintf("runtime: Guest.Resume returned status %d: want Yield, Outside, Done or Wait", s))
	}
	if t.unsplittable() {
		panic(fmt.Sprintf("runtime: Guest.Resume stopped with %d atomic blocks and %d savepoints open: leave them first", t.depth, t.level))
	}
}

// turn holds the lock once (GIL, and Auto with one thread). ok is false if the
// world has become transactional meanwhile, and nothing was run.
func (t *Thread) turn(g Guest) (s Status, ok bool) {
	t.world.lock.acquire(t)
	defer t.endTurn()
	if t.world.becomeTransactional(t) {
		return 0, false
	}
	t.running, t.watch = true, nil
	t.refill()
	s = g.Resume(t)
	t.mustEnd(s)
	if t.script != nil {
		t.describe(s)
	}
	if s == Wait {
		t.awaitTurn()
		return s, true
	}
	t.counters.commit(t.Ran())
	if t.world.model == Auto {
		t.counters.alone.Add(1)
	}
	t.runEffects()
	return s, true
}

// endTurn gives the lock back, also when the guest or an effect panicked. Then
// open savepoints are rolled back: others must not see half a block.
func (t *Thread) endTurn() {
	defer t.world.lock.release()
	t.reset()
	t.Epoch = 0
	if !t.waits && t.world.change.count.Load() > 0 {
		t.world.change.ring()
	}
}

// transaction makes attempts until one commits (STM).
func (t *Thread) transaction(g Guest) Status {
	for {
		if s, ok := t.attempt(g); ok {
			t.failures = 0
			if s == Wait {
				g.Restore()
			} else {
				t.grow()
			}
			return s
		}
		g.Restore()
		t.cut()
		t.failures++
		t.backOff()
	}
}

// attempt runs one transaction and reports whether it committed. If not, it is
// undone but for the guest's private state.
func (t *Thread) attempt(g Guest) (s Status, ok bool) {
	t.tx = tm.BeginAged(&t.age)
	defer t.endAttempt()
	t.running, t.logging = true, true
	t.attempts++
	if t.certain {
		t.certain = t.tx.IrrevocableUntil(t.cancelled) // it has read nothing, so it cannot be too late
	}
	t.newEpoch()
	t.Reading++
	t.place = nil
	g.Checkpoint()
	t.refill()
	s = g.Resume(t)
	if t.tx.Doomed() {
		t.counters.abort(t.Ran())
		return 0, false
	}
	if s == Wait {
		t.await()
		return s, true
	}
	t.mustEnd(s)
	if t.world.recording != nil {
		t.describe(s)
	}
	if !t.commit() {
		t.counters.abort(t.Ran())
		return 0, false
	}
	t.counters.commit(t.Ran())
	return s, true
}

// commit ends the transaction and makes its effects happen. After it t.tx is
// nil, and t.running says whether there is something to undo.
func (t *Thread) commit() bool {
	if !t.pending.empty() {
		return t.commitEffects()
	}
	tx := t.tx
	t.tx = nil
	time, ok := tx.CommitAt()
	if ok {
		t.committed()
		t.record(time)
	}
	return ok
}

// committed makes the changes of plain objects final.
func (t *Thread) committed() {
	t.certain = false
	t.running, t.logging = false, false
	t.dropUndo()
}

// endAttempt closes what is still open: nothing after a commit, everything after
// a conflict or a panic.
func (t *Thread) endAttempt() {
	if tx := t.tx; tx != nil {
		t.tx = nil
		defer tx.Abort() // also if an Undo panics
	}
	if t.running {
		t.reset()
	}
}

// reset undoes what is left in the logs and closes blocks and savepoints.
func (t *Thread) reset() {
	t.running, t.logging = false, false
	t.depth, t.level = 0, 0
	t.marks = t.marks[:0]
	t.pending.reset()
	t.undoTo(0)
	t.dropUndo()
}
