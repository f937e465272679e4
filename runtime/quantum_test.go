package runtime

import (
	goruntime "runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/ungil/tm"
)

func TestFixedQuantum(t *testing.T) {
	w := NewWorld(Config{Model: STM, Quantum: 10})
	run(w, slices.Repeat([]instr{func(*machine) {}}, 100)...)
	s := w.Stats()
	if s.Instructions != 100 || s.Quanta[3] != 10 || s.Commits != 11 { // the last finds nothing left
		t.Errorf("statistics %+v", s)
	}
}

// A long quantum reaches the machine in slices.
func TestLongQuantum(t *testing.T) {
	w := NewWorld(Config{Model: STM, Quantum: 5 * slice / 2})
	run(w, append(loop(0, 5*slice/4-1), func(*machine) {})...) // 1 + turns + 1 instructions
	m := run(w, loop(0, 5*slice)...)
	if m.checkpoints != 3 {
		t.Errorf("%d transactions for two quanta and one instruction, want 3", m.checkpoints)
	}
}

// A machine that overdraws its budget by a lot still gets some, and the quantum
// has gone by.
func TestOverdrawnBudget(t *testing.T) {
	for _, model := range []Model{GIL, STM, Auto, Locks} {
		w := NewWorld(Config{Model: model, Quantum: 2})
		run(w, enterAtomic, func(m *machine) { m.t.Budget -= 1000 }, func(m *machine) {
			if m.t.Budget <= 0 {
				t.Errorf("%v: budget is %d after Check", model, m.t.Budget)
			}
		}, leaveAtomic)
		if s := w.Stats(); s.Instructions != 1004 {
			t.Errorf("%v: %d instructions, want 1004", model, s.Instructions)
		}
	}
}

func TestAdaptiveQuantum(t *testing.T) {
	w := NewWorld(Config{Model: STM})
	m := run(w, loop(0, 20*startQuantum)...)
	grown := m.t.quantum
	if grown <= startQuantum || m.checkpoints >= 20 {
		t.Fatalf("quantum %d after %d transactions without a conflict", grown, m.checkpoints)
	}
	var c cell
	spoiled := 0
	m.code = []instr{func(m *machine) {
		c.get(m.t)
		c.set(m.t, 1)
		if spoiled++; spoiled <= 3 {
			c.spoil()
		}
	}}
	m.pc = 0
	m.t.Run(m)
	if m.t.quantum != grown/8 {
		t.Errorf("quantum %d after three aborts of %d, want an eighth", m.t.quantum, grown)
	}
	for range 40 {
		m.t.cut()
	}
	if m.t.quantum != minQuantum {
		t.Errorf("cut down to %d", m.t.quantum)
	}
	m.t.left, m.t.Budget = 0, 0
	for range 400 {
		m.t.grow()
	}
	if m.t.quantum != maxQuantum {
		t.Errorf("grown to %d", m.t.quantum)
	}
	if s := w.Stats(); s.Threads != 2 || s.Aborts != 3 || s.ShortestQuantum != uint64(grown/8) || s.LongestQuantum != uint64(grown) {
		t.Errorf("statistics of both runs: %d runs, %d aborts, quanta of %d to %d", s.Threads, s.Aborts, s.ShortestQuantum, s.LongestQuantum)
	}
}

// Statistics can be read while threads run, and keep those that have ended.
func TestStatsWhileRunning(t *testing.T) {
	w := NewWorld(Config{Model: STM, Quantum: 1})
	var all sync.WaitGroup
	for range 3 {
		all.Go(func() { run(w, loop(0, 500)...) })
	}
	var last uint64
	for last < 3*501 {
		n := w.Stats().Instructions
		if n < last || n > 3*501 {
			t.Fatalf("instructions went from %d to %d", last, n)
		}
		last = n
		goruntime.Gosched()
	}
	all.Wait()
	if s := w.Stats(); s.Threads != 3 || len(w.live) != 0 {
		t.Errorf("%d threads, %d live", s.Threads, len(w.live))
	}
}

// With fewer processors than threads, a thread gets between the instructions of
// another all the same: the two take turns, each waiting in a loop for the other.
func TestTurnsOnOneProcessor(t *testing.T) {
	defer goruntime.GOMAXPROCS(goruntime.GOMAXPROCS(1))
	w := NewWorld(Config{Model: STM, Quantum: 1})
	var c cell
	var all sync.WaitGroup
	var started, looks atomic.Int64
	for me := range 2 {
		all.Go(func() {
			var once sync.Once
			run(w, loop(0, 1000, func(m *machine) {
				once.Do(func() { started.Add(1) })
				if started.Load() < 2 { // the other goroutine has not begun yet
					m.pc--
					return
				}
				looks.Add(1)
				n := c.get(m.t)
				if n%2 != me {
					m.pc--
					return
				}
				c.set(m.t, n+1)
			})...)
		})
	}
	all.Wait()
	// Go alone would let each wait its whole time slice, some hundred thousand
	// instructions for each turn.
	if c.load(w) != 2000 || looks.Load() > 200_000 {
		t.Errorf("%d turns in %d instructions", c.load(w), looks.Load())
	}
}

func TestLockIsFirstComeFirstServed(t *testing.T) {
	const threads = 8
	w := NewWorld(Config{Model: GIL})
	l := &w.lock
	holder := w.NewThread()
	l.acquire(holder)
	var order []int
	var all sync.WaitGroup
	for i := range threads {
		all.Go(func() {
			run(w, func(*machine) { order = append(order, i) })
		})
		for l.waiting.Load() != int64(i+1) {
			goruntime.Gosched()
		}
	}
	if !l.contended() {
		t.Error("nobody seems to wait")
	}
	l.release()
	all.Wait()
	if !slices.IsSorted(order) || len(order) != threads {
		t.Errorf("served in order %v", order)
	}
}

// Two threads that never stop by themselves take turns.
func TestLockTakesTurns(t *testing.T) {
	w := NewWorld(Config{Model: GIL, Quantum: 5})
	var c cell
	turn := func(me int) []instr {
		return loop(0, 50, func(m *machine) {
			if c.n%2 != me {
				m.pc-- // wait for the other: needs the lock to move
				return
			}
			c.n++
		})
	}
	var all sync.WaitGroup
	for i := range 2 {
		all.Go(func() { run(w, turn(i)...) })
	}
	all.Wait()
	if c.n != 100 {
		t.Errorf("%d turns", c.n)
	}
}

// The batch of atomic blocks grows with commits that used it up and is halved by failures; a
// quantum that was chosen has none.
func TestBatch(t *testing.T) {
	th := NewWorld(Config{Model: STM}).NewThread()
	ran := func(n int64) { th.granted, th.Budget = n, 0 }
	for range 100_000 {
		if ran(th.batch); th.batch < maxBatch {
			before := th.batch
			if th.grow(); th.batch <= before || th.batch > before+before/batchGrowth+1 {
				t.Fatalf("from %d to %d", before, th.batch)
			}
		}
	}
	ran(maxBatch)
	if th.grow(); th.batch != maxBatch {
		t.Errorf("grew to %d, want %d", th.batch, maxBatch)
	}
	for want := int64(maxBatch / 2); want >= minBatch; want /= 2 {
		if th.cut(); th.batch != want {
			t.Errorf("cut to %d, want %d", th.batch, want)
		}
	}
	th.cut()
	ran(minBatch - 1)
	if th.grow(); th.batch != minBatch {
		t.Errorf("%d after a failure and a commit that did not use it up, want %d", th.batch, minBatch)
	}
	th.DropBatch()
	ran(1)
	th.tx = tm.Begin()
	if !th.EndsAfterBlock() {
		t.Error("a transaction behind DropBatch does not end after its first block")
	}
	th.tx.Abort()
	th.tx = nil
	if th.cut(); !th.Dropped() {
		t.Errorf("%d after a failure behind DropBatch, want it still dropped", th.batch)
	}
	if th.grow(); th.batch != minBatch {
		t.Errorf("%d after the commit behind DropBatch, want %d", th.batch, minBatch)
	}
	th = NewWorld(Config{Model: STM, Quantum: 10}).NewThread()
	ran(1000)
	th.grow()
	if th.cut(); th.batch != 0 {
		t.Errorf("%d with a quantum that was chosen, want 0", th.batch)
	}
}
