package runtime

import (
	"sync"
	"testing"

	"github.com/ungil/tm/internal/word"
)

// countingSharer counts calls of Share, and the machines in a quantum meanwhile.
type countingSharer struct {
	calls, during word.Int64
	inQuantum     word.Int64
}

func (s *countingSharer) Share(*Thread) {
	s.calls.Add(1)
	s.during.Add(s.inQuantum.Load())
}

// mark counts a machine in for one instruction.
func (s *countingSharer) mark(m *machine) {
	if m.t.Tx() == nil {
		s.inQuantum.Add(1)
		defer s.inQuantum.Add(-1)
	}
}

// Threads one after the other stay without transactions, and so do one that runs
// while another is outside on its behalf.
func TestAutoStaysWithOneThread(t *testing.T) {
	w := NewWorld(Config{Model: Auto, Quantum: 3})
	s := new(countingSharer)
	w.Sharer(func() Sharer { return s })
	var c cell
	for range 5 {
		run(w, loop(0, 20, add(&c, 1))...)
	}
	m := &machine{t: w.NewThread(), code: []instr{add(&c, 1), goOutside, add(&c, 1)}}
	m.outside = func() {
		inner := &machine{t: w.NewThread(), code: loop(0, 20, add(&c, 1))}
		inner.t.Inner = true
		inner.t.Run(inner)
	}
	m.t.Run(m)
	if st := w.Stats(); w.Transactional() || s.calls.Load() != 0 || st.Alone != st.Commits || c.n != 122 {
		t.Errorf("transactional %v, Share called %d times, %d of %d quanta alone, cell %d (want 122)",
			w.Transactional(), s.calls.Load(), st.Alone, st.Commits, c.n)
	}
}

// A second thread makes the world transactional, once, while nobody is in a quantum.
func TestAutoSharesOnce(t *testing.T) {
	for range 10 {
		w := NewWorld(Config{Model: Auto, Quantum: 3})
		s := new(countingSharer)
		w.Sharer(func() Sharer { return s })
		w.Sharer(func() Sharer { t.Error("made twice"); return nil })
		var met, c cell
		meet := func(m *machine) {
			if met.get(m.t) < 2 {
				m.pc-- // until both threads run
			}
		}
		code := append([]instr{add(&met, 1), meet}, loop(0, 50, s.mark, add(&c, 1))...)
		var all sync.WaitGroup
		for range 2 {
			all.Go(func() {
				m := run(w, code...)
				if m.checkpoints == 0 {
					t.Error("a thread ended without a transaction")
				}
			})
		}
		all.Wait()
		if n := c.load(w); n != 100 || s.calls.Load() != 1 || s.during.Load() != 0 || !w.Transactional() {
			t.Fatalf("cell %d, Share called %d times, %d machines in a quantum", n, s.calls.Load(), s.during.Load())
		}
		if st := w.Stats(); st.Alone == st.Commits {
			t.Fatalf("%d of %d quanta alone", st.Alone, st.Commits)
		}
	}
}
